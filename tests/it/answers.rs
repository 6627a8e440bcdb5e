//! From a question without a good answer to an entry that is watched: what the night does, and what authors are asked.

mod authors;
mod drafts;
mod kept;
mod night;
mod nights;
