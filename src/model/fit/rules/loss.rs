//! What a place cannot do, and what becomes of it there.

/// What was done in another way, or left out. Goes into the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The short form was sent.
    Shortened,
    /// The end of a very long text is missing.
    CutOff,
    /// Buttons became a numbered list.
    Buttons,
    /// A form became a plain button.
    Forms,
    /// A thread became a reply with a short name.
    Thread,
    /// What is for one person alone went to their direct chat.
    Private,
    /// A file became a line that names it.
    Files,
    /// A new message corrects the old one.
    Edited,
    /// The text was replaced by a line that says it was removed.
    Deleted,
    /// It could not be taken back, and staff are told.
    Undeleted,
    /// The same, and it is in no conversation in which staff could be told.
    UndeletedUntold,
    /// A reaction became an answer of that one emoji.
    Reaction,
    /// A reaction was left out: it was to be taken back, or nobody had asked the bot.
    ReactionLeftOut,
    /// The change of the buttons was left out.
    ButtonChange,
    /// What somebody else said still stands, and staff are told.
    Unremoved,
    /// The same, where there is no conversation in which staff could be told.
    UnremovedUntold,
    /// Nothing was done about somebody, and staff are told.
    Unmeasured,
    /// The same, where there is no conversation in which staff could be told.
    UnmeasuredUntold,
    /// They are muted for less time.
    MuteShortened,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Shortened,
        Self::CutOff,
        Self::Buttons,
        Self::Forms,
        Self::Thread,
        Self::Private,
        Self::Files,
        Self::Edited,
        Self::Deleted,
        Self::Undeleted,
        Self::UndeletedUntold,
        Self::Reaction,
        Self::ReactionLeftOut,
        Self::ButtonChange,
        Self::Unremoved,
        Self::UnremovedUntold,
        Self::Unmeasured,
        Self::UnmeasuredUntold,
        Self::MuteShortened,
    ];

    /// As it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shortened => "shortened",
            Self::CutOff => "cut_off",
            Self::Buttons => "buttons",
            Self::Forms => "forms",
            Self::Thread => "thread",
            Self::Private => "private",
            Self::Files => "files",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Undeleted => "undeleted",
            Self::UndeletedUntold => "undeleted_untold",
            Self::Reaction => "reaction",
            Self::ReactionLeftOut => "reaction_left_out",
            Self::ButtonChange => "button_change",
            Self::Unremoved => "unremoved",
            Self::UnremovedUntold => "unremoved_untold",
            Self::Unmeasured => "unmeasured",
            Self::UnmeasuredUntold => "unmeasured_untold",
            Self::MuteShortened => "mute_shortened",
        }
    }

    /// One line for the trace.
    pub fn line(self) -> &'static str {
        match self {
            Self::Shortened => "too long for this place: the short form is sent",
            Self::CutOff => "too long for this place: the end is left out",
            Self::Buttons => "no buttons in this place: shown as a numbered list",
            Self::Forms => "no such form in this place: the button comes back empty",
            Self::Thread => "no threads in this place: sent as a reply with a short name",
            Self::Private => "nothing is private in this place: sent to their direct chat",
            Self::Files => "a file cannot be sent to this place: its name is shown",
            Self::Edited => "nothing can be edited in this place: a correction is sent",
            Self::Deleted => "nothing can be deleted in this place: the text is replaced",
            Self::Undeleted => "it cannot be taken back in this place: staff are told",
            Self::UndeletedUntold => {
                "it cannot be taken back in this place, nor staff be told: it is in no conversation"
            }
            Self::Reaction => "no such reaction in this place: the emoji is sent as an answer",
            Self::ReactionLeftOut => "no reactions in this place: it is left out",
            Self::ButtonChange => "nothing can be edited in this place: the old buttons stay",
            Self::Unremoved => "what others say cannot be deleted in this place: staff are told",
            Self::UnremovedUntold => {
                "what others say cannot be deleted in this place, nor staff be told: there is no conversation"
            }
            Self::Unmeasured => "this cannot be done about anybody in this place: staff are told",
            Self::UnmeasuredUntold => {
                "this cannot be done about anybody in this place, nor staff be told: there is no conversation"
            }
            Self::MuteShortened => "nobody can be muted so long in this place: muted for as long as it can",
        }
    }
}
