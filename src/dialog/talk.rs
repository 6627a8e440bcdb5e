//! A dialog that somebody plays by hand: each line that is typed is played, and what comes is shown at once.

use std::borrow::Cow;

use anyhow::Result;

use super::kit::Kit;
use super::stage::Stage;

/// Who types.
const TYPIST: &str = "you@web";

/// What stands before a line of a dialog that is not something to say.
const DIALOG: char = ':';

/// A conversation in a world of its own, on a clock that stands until it is moved.
pub struct Talk {
    stage: Stage<'static>,
    /// The labels of the buttons that were shown last.
    buttons: Vec<String>,
    /// How many lines of the plugins' logs were shown.
    logged: usize,
}

/// What came of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// In the words of a dialog.
    pub lines: String,
    /// What the plugins wrote into their logs meanwhile, and which of their calls failed.
    pub log: Vec<String>,
}

impl Talk {
    /// A new world.
    ///
    /// # Errors
    ///
    /// When a plugin does not start.
    pub async fn begin(kit: &Kit) -> Result<Self> {
        Ok(Self {
            stage: Stage::open(Cow::Owned(kit.clone())).await?,
            buttons: Vec::new(),
            logged: 0,
        })
    }

    /// Says it to the bot. A number presses the button with that number; what begins with a colon is a line of a dialog, such
    /// as `:clock: +1h`.
    ///
    /// # Errors
    ///
    /// When a line means nothing or cannot be done. The conversation goes on all the same.
    pub async fn line(&mut self, typed: &str) -> Result<Came> {
        let line = self.meant(typed);
        self.stage.out.clear();
        self.stage.line(&line).await?;
        let shown = std::mem::take(&mut self.stage.out);
        // What was typed is on the screen already.
        let lines = shown.strip_prefix(&format!("{line}\n")).unwrap_or(&shown);
        let buttons = labels(lines);
        if !buttons.is_empty() {
            self.buttons = buttons;
        }
        Ok(Came {
            lines: lines.to_owned(),
            log: self.news(),
        })
    }

    /// Goes on with other plugins: conversation, data and clock stay. Where they do not start it goes on as before.
    ///
    /// # Errors
    ///
    /// Why they do not start.
    pub async fn go_on_with(&mut self, kit: &Kit) -> Result<()> {
        self.logged = 0;
        self.stage.world.go_on_with(kit.clone()).await
    }

    /// The buttons that can be pressed by their number.
    pub fn buttons(&self) -> &[String] {
        &self.buttons
    }

    /// Ends everything.
    ///
    /// # Errors
    ///
    /// When something does not stop.
    pub async fn end(self) -> Result<()> {
        self.stage.world.end().await
    }

    fn meant(&self, typed: &str) -> String {
        let typed = typed.trim();
        if let Some(line) = typed.strip_prefix(DIALOG) {
            return line.trim_start().to_owned();
        }
        let pressed = typed
            .parse::<usize>()
            .ok()
            .and_then(|number| self.buttons.get(number.checked_sub(1)?));
        match pressed {
            Some(label) => format!("{TYPIST} presses {label}"),
            None => format!("{TYPIST}: {typed}"),
        }
    }

    /// Lines of the logs that were not shown yet. A restart begins them anew.
    fn news(&mut self) -> Vec<String> {
        let log = self.stage.world.log();
        let news = log.get(self.logged..).unwrap_or(&log).to_vec();
        self.logged = log.len();
        news
    }
}

/// The labels in the last row of buttons: `  [More] [A person, please]`.
fn labels(lines: &str) -> Vec<String> {
    let mut rows = lines
        .lines()
        .filter_map(|line| line.strip_prefix("  [")?.strip_suffix(']'));
    let last = rows
        .next_back()
        .map(|row| row.split("] [").map(str::to_owned).collect());
    last.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_are_read_from_the_last_row() {
        assert_eq!(
            labels("bot@you: One?\n  [No]\nbot@you: Two?\n  [More] [A person, please]\n"),
            ["More", "A person, please"]
        );
        assert!(labels("bot@you: [1] is the first\n").is_empty());
    }
}
