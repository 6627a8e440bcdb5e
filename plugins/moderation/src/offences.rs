//! What was counted of a message already: whoever changes it goes on with the same offence, unless there is a new one in it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use switchboard_plugin::kv;
use switchboard_plugin::types::{Error, Message, Person};

use crate::APPEAL_SECONDS;
use crate::rules::Broken;

/// More than anybody gets into one message by mistake; what is beyond counts anew.
const KEPT_MAX: usize = 64;

/// Stands for a message that has no name here: it was said before the bot came.
const UNNAMED: &str = "-";

/// As it is kept: no words of theirs.
type Digest = u64;

/// What was counted of the message.
pub(crate) fn counted(person: &Person, message: &Message) -> Result<Vec<Digest>, Error> {
    Ok(kv::get_json(&key(person, message))?.unwrap_or_default())
}

/// The first that was not.
pub(crate) fn first_new<'b>(all: &'b [Broken], counted: &[Digest]) -> Option<&'b Broken> {
    all.iter().find(|broken| !counted.contains(&digest(broken)))
}

/// All of these are counted from now on. The person's ref stands alone between slashes: it is erased with them.
pub(crate) fn keep(person: &Person, message: &Message, counted: &[Digest], all: &[Broken]) -> Result<(), Error> {
    let kept = joined(counted, all);
    kv::set_json(&key(person, message), &kept, Some(APPEAL_SECONDS))
}

fn joined(counted: &[Digest], all: &[Broken]) -> Vec<Digest> {
    let mut kept = counted.to_vec();
    for digest in all.iter().map(digest) {
        if !kept.contains(&digest) && kept.len() < KEPT_MAX {
            kept.push(digest);
        }
    }
    kept
}

fn key(person: &Person, message: &Message) -> String {
    let name = if message.ref_.is_empty() {
        UNNAMED
    } else {
        &message.ref_
    };
    format!("counted/{}/{name}", person.ref_)
}

fn digest(broken: &Broken) -> Digest {
    let mut digest = DefaultHasher::new();
    broken.rule.word().hash(&mut digest);
    broken.reason.hash(&mut digest);
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Rule, Why};

    fn word(word: &str) -> Broken {
        Broken {
            rule: Rule::Words,
            why: Why::Word,
            reason: format!("the blocked word “{word}”"),
        }
    }

    #[test]
    fn only_what_is_new_in_a_message_counts_again() {
        let before = joined(&[], &[word("casino")]);
        assert_eq!(first_new(&[word("casino")], &before), None);
        let now = [word("casino"), word("poker")];
        assert_eq!(first_new(&now, &before), Some(&now[1]));
        // Whoever takes it out and puts it in again has not done it twice.
        let kept = joined(&joined(&before, &now), &[word("poker")]);
        assert_eq!(first_new(&now, &kept), None);
    }
}
