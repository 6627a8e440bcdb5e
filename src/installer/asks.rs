//! What a yes to a plan does, and the question for it: the same words on each face. Pure.

/// What a yes to a plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// It comes in.
    Install,
    /// It takes the place of what serves.
    Update,
    /// It takes the place of what serves, and is older than that.
    Downgrade,
    /// What stood before the last update stands again.
    Back,
    /// What is here already is switched on.
    SwitchOn,
    /// What is here already is tried without effect.
    Try,
}

impl Asks {
    /// The question behind the plan.
    pub fn question(self) -> &'static str {
        match self {
            Self::Install => "Install it, and allow it that?",
            Self::Update => "Update it so?",
            Self::Downgrade => "It is older than the version that serves. Let it take its place all the same?",
            Self::Back => "Go back to it?",
            Self::SwitchOn => "Switch it on, and allow it that?",
            Self::Try => "Try it without effect, and allow it that?",
        }
    }

    /// The heading of what stands in the way of a yes.
    pub fn impossible(self) -> &'static str {
        match self {
            Self::Install | Self::Update | Self::Downgrade => "It cannot be installed",
            Self::Back | Self::SwitchOn | Self::Try => "It cannot run here",
        }
    }

    /// The yes, for a button.
    pub fn label(self) -> &'static str {
        match self {
            Self::Install => "Install it",
            Self::Update => "Update it",
            Self::Downgrade => "Go to the older version",
            Self::Back => "Go back",
            Self::SwitchOn => "Switch it on",
            Self::Try => "Try it",
        }
    }
}
