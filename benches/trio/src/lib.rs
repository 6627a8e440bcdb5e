//! The three plugins that the benches run, in the sandbox and natively: answers over 200 keywords, a count of links, and
//! a handoff. They are what the measured peers ran, so that rows can be compared.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchboard_plugin::types::{Draft, Event, Handoff, Message, Outcome, Step};
use switchboard_plugin::{Context, Handled, Plugin};

/// So many keywords have an answer.
pub const KEYWORDS: usize = 200;

/// Who asks for a person with these is passed on.
const PERSON_WORDS: [&str; 4] = ["human", "person", "agent", "staff"];

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers a message that holds a keyword.
    Faq,
    /// Counts links for each person.
    Links,
    /// Hands over who asks for a person.
    Handoff,
    /// Passes everything on.
    Nothing,
    /// Never ends.
    Loop,
}

/// The settings.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which of the three it is.
    pub role: Role,
}

/// One of the three.
#[derive(Debug)]
pub struct Trio {
    role: Role,
    answers: BTreeMap<String, String>,
    links: BTreeMap<String, usize>,
    lower: String,
}

/// The keyword of that number.
pub fn keyword(number: usize) -> String {
    const STEMS: [&str; 20] = [
        "garden", "winter", "ticket", "school", "museum", "bridge", "harbor", "market", "letter", "summer", "office",
        "repair", "bottle", "camera", "doctor", "engine", "flight", "guitar", "island", "jacket",
    ];
    const ENDINGS: [&str; 10] = [
        "door", "fee", "hour", "map", "plan", "pass", "rule", "shop", "talk", "team",
    ];
    let number = number % KEYWORDS;
    format!("{}{}", STEMS[number % STEMS.len()], ENDINGS[number / STEMS.len()])
}

impl Plugin for Trio {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        let answer = |number| {
            let keyword = keyword(number);
            let answer = format!("About the {keyword}: it is open from nine to five, and the desk knows more.");
            (keyword, answer)
        };
        let known = if config.role == Role::Faq { KEYWORDS } else { 0 };
        Ok(Self {
            role: config.role,
            answers: (0..known).map(answer).collect(),
            links: BTreeMap::new(),
            lower: String::new(),
        })
    }

    fn message(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
        Ok(match self.role {
            Role::Faq => self.answer(message),
            Role::Links => self.count(cx, message),
            Role::Handoff => self.hand_over(message),
            Role::Nothing => Outcome::pass(),
            Role::Loop => loop {
                std::hint::black_box(&self.lower);
            },
        })
    }
}

impl Trio {
    /// As the contract's `handle`, without the sandbox.
    pub fn handle(&mut self, event: &Event, trail: &[Step]) -> Handled {
        switchboard_plugin::runtime::handle(Some(self), event, trail)
    }

    fn words<'a>(&'a mut self, text: &str) -> impl Iterator<Item = &'a str> {
        self.lower.clear();
        self.lower.extend(text.chars().flat_map(char::to_lowercase));
        self.lower.split(|character: char| !character.is_alphanumeric())
    }

    fn answer(&mut self, message: &Message) -> Outcome {
        let answers = std::mem::take(&mut self.answers);
        let found = self.words(&message.text).find_map(|word| answers.get(word));
        let outcome = match found {
            Some(answer) => Outcome::pass().reply(Draft::plain(answer)).answered(),
            None => Outcome::pass(),
        };
        self.answers = answers;
        outcome
    }

    fn count(&mut self, cx: &Context<'_>, message: &Message) -> Outcome {
        if let (Some(person), false) = (&cx.person, message.links.is_empty()) {
            *self.links.entry(person.ref_.clone()).or_default() += message.links.len();
        }
        Outcome::pass()
    }

    fn hand_over(&mut self, message: &Message) -> Outcome {
        let wanted = self.words(&message.text).any(|word| PERSON_WORDS.contains(&word));
        if wanted {
            Outcome::pass().hand_off(Handoff::because("asked for a person"))
        } else {
            Outcome::pass()
        }
    }
}

// Natively the three are called directly; a shared library with the contract's symbols would not even link.
#[cfg(target_family = "wasm")]
switchboard_plugin::export!(Trio);
