//! Finds the entry that answers a question, and says how sure it is. Pure: no I/O, no clock, no ids of ours.
//!
//! `analysis` makes features of a text and `table` its meaning, `index` keeps those of all stored texts, `rank` compares a
//! question with them by `ridge` regression over the `kernel` of the nearest, `decide` turns the comparison into a probability, by the weights in
//! `calibration`, and a band. Where a sentence model runs, `embedding` holds what it makes of the texts, and the weights are those
//! in `model_calibration`. Its caller is `knowledge::base`, which knows what an entry is and who may see it.

mod analysis;
mod calibration;
mod decide;
mod embedding;
mod index;
mod kernel;
mod languages;
mod model_calibration;
mod rank;
mod ridge;
mod table;

pub use self::analysis::{fold, fold_all, hash};
pub use self::decide::{Band, Evidence, LINE_MAX, Line, Lines, SUGGEST, VERSION, band, evidence, probability, version};
pub use self::embedding::{Embedding, ModelDigest, Space, TextDigest};
pub use self::index::{Field, Index, Slot, Text};
pub use self::rank::{Question, Ranked};
