//! Asks a person, or a script that writes its answers as lines.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use super::interrupt::{self, Interrupt};
use crate::cli::Failure;
use crate::cli::failure::{OURS, USAGE};
use crate::secret::Secret;

/// Who answers.
pub(super) struct Prompt {
    terminal: bool,
    /// Set while Ctrl-C ends the command wherever it is.
    interrupt: Option<Interrupt>,
}

impl Prompt {
    /// Whoever is at the other end of standard input. From now on Ctrl-C ends the command with a word: how it goes on.
    pub(super) fn new(command: &'static str) -> Result<Self, Failure> {
        Ok(Self {
            terminal: std::io::stdin().is_terminal(),
            interrupt: Some(Interrupt::watched(command)?),
        })
    }

    /// Nobody is asked any more, and somebody else hears Ctrl-C.
    pub(super) fn ends(&mut self) {
        self.interrupt = None;
    }

    /// Whether a person sits there, who can mend something and look again.
    pub(super) fn is_person(&self) -> bool {
        self.terminal
    }

    /// One line, without space around it; none when nobody answers.
    pub(super) fn ask(&self, question: &str) -> Result<Option<String>, Failure> {
        show(question);
        let mut line = String::new();
        let read = std::io::stdin()
            .lock()
            .read_line(&mut line)
            .map_err(|error| unread(&error))?;
        if !self.terminal {
            // A person ends the line of the question; a script does not.
            println!();
        }
        Ok((read > 0).then(|| line.trim().to_owned()))
    }

    /// One line; `flag` would have answered it.
    pub(super) fn need(&self, question: &str, flag: &str) -> Result<String, Failure> {
        let answer = self.ask(question)?;
        answer.ok_or_else(|| Failure::new(USAGE, "nobody answers").hint(format!("{flag} gives the answer")))
    }

    /// One line that is not shown while it is typed.
    pub(super) fn secret(&self, question: &str, flag: &str) -> Result<Secret, Failure> {
        if !self.terminal {
            return self.need(question, flag).map(Secret::new);
        }
        let typed = interrupt::hidden(|| self.need(question, flag)).map_err(|error| unread(&error))?;
        typed.map(Secret::new)
    }

    /// Whether they agree; Enter alone means yes.
    pub(super) fn agree(&self, question: &str, flag: &str) -> Result<bool, Failure> {
        let answer = self.need(&format!("{question} [Y/n] "), flag)?;
        Ok(matches!(answer.to_lowercase().as_str(), "" | "y" | "yes"))
    }
}

fn show(question: &str) {
    print!("{question}");
    // Whoever closed standard output does not look at it.
    let _ = std::io::stdout().flush();
}

fn unread(error: &std::io::Error) -> Failure {
    Failure::new(OURS, format!("cannot read what is typed: {error}"))
}
