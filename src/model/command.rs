//! A command as platforms show it in their own menus.

/// What stands where somebody typed a secret, for whoever reads it.
pub const HIDDEN: &str = "••••••••";

/// A command that people may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Without the slash.
    pub name: String,
    /// One line.
    pub help: String,
    /// What it takes, in order.
    pub options: Vec<CommandOption>,
    /// Whether only who gives it sees what it answers.
    pub private: bool,
}

/// What a command takes: a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOption {
    /// Names the value.
    pub name: String,
    /// What it is, for people.
    pub label: String,
    /// Whether it must be given.
    pub required: bool,
}
