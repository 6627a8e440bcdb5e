//! What one line of a dialog means. Pure.

use std::time::Duration;

use super::elsewhere::Told;
use super::told_model::Answers;
use crate::model::directory::Audience;

/// One line.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// A comment or nothing: stays as it is.
    Blank,
    /// What is expected of the bot or the console: replaced by what came.
    Expected,
    /// Shows what staff have to do.
    Inbox,
    /// Shows what has become of posts.
    Posts,
    /// Shows which questions have no good answer.
    Questions,
    /// Shows what became of the last thing that was said, and why.
    Why,
    /// The clock moves on.
    Clock(Duration),
    /// The program ends and starts again; the clock moves on meanwhile.
    Restart(Duration),
    /// A member says something to the bot.
    Say(Spot<'a>, &'a str),
    /// A member says something to others, which the bot overhears.
    Aside(Spot<'a>, &'a str),
    /// A member answers what is said in the next line; the program hears of it before, as it does after an outage.
    Before(Spot<'a>, &'a str),
    /// A member replies to what somebody said last in a shared place.
    Reply(Spot<'a>, &'a str, &'a str),
    /// A member presses the button with this label, and fills its form with these values.
    Press(Spot<'a>, &'a str, Vec<(&'a str, &'a str)>),
    /// Staff do something in the conversation with this member, or in the one that was active last.
    Staff {
        who: &'a str,
        with: Option<&'a str>,
        text: &'a str,
    },
    /// Staff plan a post.
    Plan {
        who: &'a str,
        place: &'a str,
        local: &'a str,
        zone: &'a str,
        text: &'a str,
    },
    /// Staff call the post off that was planned last.
    CallOff,
    /// They change what they said last there.
    Edit(Spot<'a>, &'a str),
    /// A member sends a file of this name, and nothing with it.
    File(Spot<'a>, &'a str),
    /// Staff take an entry out of the knowledge base.
    TakeAway(&'a str),
    /// What a server elsewhere answers from now on.
    Elsewhere(Told),
    /// A further line of what that server answers.
    More(&'a str),
    /// What the language model answers from now on.
    Model(Answers),
    /// A server elsewhere calls this endpoint of a plugin, and may.
    Webhook(&'a str, &'a str),
}

/// Who, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot<'a> {
    pub(super) who: &'a str,
    /// The platform: `web`, or another that is there from the first time it is named.
    pub(super) platform: &'a str,
    /// The shared place, none for the direct chat.
    pub(super) place: Option<&'a str>,
}

impl<'a> Spot<'a> {
    /// `alice@web` or `alice@web#support`.
    fn read(text: &'a str) -> Option<Self> {
        let (who, rest) = text.trim().split_once('@')?;
        let (platform, place) = match rest.split_once('#') {
            Some((platform, place)) => (platform, Some(place)),
            None => (rest, None),
        };
        Some(Self { who, platform, place })
    }

    pub(super) fn name(&self) -> &'a str {
        self.place.unwrap_or(self.who)
    }

    pub(super) fn audience(&self) -> Audience {
        match self.place {
            Some(_) => Audience::Public,
            None => Audience::Direct,
        }
    }
}

/// None when the line means nothing.
pub(super) fn read(line: &str) -> Option<Line<'_>> {
    if line.trim().is_empty() || line.starts_with('#') {
        return Some(Line::Blank);
    }
    if line.starts_with("bot") || line.starts_with("console:") || line.starts_with("  ") {
        return Some(Line::Expected);
    }
    if let Some(more) = line.strip_prefix('|') {
        return Some(Line::More(more.strip_prefix(' ').unwrap_or(more)));
    }
    if let Some(shows) = shows(line) {
        return Some(shows);
    }
    if let Some(by) = line.strip_prefix("clock: +") {
        return duration(by).map(Line::Clock);
    }
    if let Some(by) = line.strip_prefix("restart: +") {
        return duration(by).map(Line::Restart);
    }
    if let Some(told) = line.strip_prefix("http: ") {
        return Told::read(told).map(Line::Elsewhere);
    }
    if let Some(call) = line.strip_prefix("webhook: ") {
        let (endpoint, body) = call.split_once(' ').unwrap_or((call, ""));
        return Some(Line::Webhook(endpoint, body.trim()));
    }
    if let Some(told) = line.strip_prefix("model: ") {
        return Answers::read(told).map(Line::Model);
    }
    if let Some((spot, label)) = line.split_once(" presses ") {
        let (label, values) = filled(label);
        return Some(Line::Press(Spot::read(spot)?, label.trim(), values));
    }
    if line.ends_with(" calls the post off") {
        return Some(Line::CallOff);
    }
    if let Some((who, plan)) = line.split_once(" plans #") {
        return plan_line(who, plan);
    }
    if let Some(done) = done(line) {
        return Some(done);
    }
    let (head, text) = line.split_once(':')?;
    let text = text.trim();
    if let Some((who, rest)) = head.split_once("@console") {
        let with = rest.trim().strip_prefix("with ");
        return Some(Line::Staff { who, with, text });
    }
    if let Some((head, whom)) = head.split_once(" to ") {
        let spot = Spot::read(head)?;
        let line = match whom {
            "others" => Line::Aside(spot, text),
            whom => Line::Reply(spot, whom, text),
        };
        return spot.place.map(|_| line);
    }
    if let Some(head) = head.strip_suffix(" edits") {
        return Some(Line::Edit(Spot::read(head)?, text));
    }
    if let Some(head) = head.strip_suffix(" answers the next line") {
        let spot = Spot::read(head)?;
        return spot.place.map(|_| Line::Before(spot, text));
    }
    Some(Line::Say(Spot::read(head)?, text))
}

/// What somebody does without a word.
fn done(line: &str) -> Option<Line<'_>> {
    let head = |word| line.split_once(word).filter(|(head, _)| !head.contains(':'));
    if let Some((spot, file)) = head(" sends ") {
        return Some(Line::File(Spot::read(spot)?, file.trim()));
    }
    let (_, entry) = head(" takes the entry ")?;
    entry.trim().strip_suffix(" away").map(Line::TakeAway)
}

/// What staff look at.
fn shows(line: &str) -> Option<Line<'_>> {
    match line.split_once(':')?.0 {
        "inbox" => Some(Line::Inbox),
        "why" => Some(Line::Why),
        "posts" => Some(Line::Posts),
        "questions" => Some(Line::Questions),
        _ => None,
    }
}

/// `Start a refund with order=17, why=too late`: a label may hold the word, too.
fn filled(text: &str) -> (&str, Vec<(&str, &str)>) {
    let form = text.rsplit_once(" with ").and_then(|(label, form)| {
        let values: Option<Vec<_>> = form.split(", ").map(|value| value.split_once('=')).collect();
        Some((label, values?))
    });
    form.unwrap_or((text, Vec::new()))
}

/// `news at 2026-12-24T18:00 Europe/Berlin: Merry Christmas!`
fn plan_line<'a>(who: &'a str, plan: &'a str) -> Option<Line<'a>> {
    let (place, rest) = plan.split_once(" at ")?;
    let (local, rest) = rest.split_once(' ')?;
    let (zone, text) = rest.split_once(": ")?;
    Some(Line::Plan {
        who,
        place,
        local,
        zone,
        text,
    })
}

/// `30m`, `24h`, `7d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let number: u64 = text.get(..text.len().checked_sub(1)?)?.parse().ok()?;
    let seconds = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    Some(Duration::from_secs(number * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Line<'_>) {
        assert_eq!(read(line), Some(expected));
    }

    #[test]
    fn lines_are_read_as_a_person_reads_them() {
        let spot = Spot {
            who: "alice",
            platform: "web",
            place: Some("support"),
        };
        check("alice@web#support: Hi: there", Line::Say(spot, "Hi: there"));
        check("alice@web#support to others: Hi", Line::Aside(spot, "Hi"));
        check("alice@web#support answers the next line: Hi", Line::Before(spot, "Hi"));
        check("alice@web#support to bob: Hi", Line::Reply(spot, "bob", "Hi"));
        check("alice@web#support edits: Ho", Line::Edit(spot, "Ho"));
        check("alice@web#support sends shot.png", Line::File(spot, "shot.png"));
        check("alice@web#support: he sends a file", Line::Say(spot, "he sends a file"));
        check("carol takes the entry backup away", Line::TakeAway("backup"));
        check("| <item>", Line::More("<item>"));
        check(
            "alice@web#support presses Not it",
            Line::Press(spot, "Not it", Vec::new()),
        );
        check(
            "alice@web#support presses Chat with us",
            Line::Press(spot, "Chat with us", Vec::new()),
        );
        check(
            "alice@web#support presses Refund with order=17, why=too late",
            Line::Press(spot, "Refund", vec![("order", "17"), ("why", "too late")]),
        );
        let elsewhere = Spot {
            who: "al",
            platform: "telegram",
            place: None,
        };
        check("al@telegram: Hi", Line::Say(elsewhere, "Hi"));
        check("webhook: order 7: sent", Line::Webhook("order", "7: sent"));
        check("webhook: order", Line::Webhook("order", ""));
        check("clock: +30m", Line::Clock(Duration::from_mins(30)));
        let staff = Line::Staff {
            who: "carol",
            with: Some("bob"),
            text: "/claim",
        };
        check("carol@console with bob: /claim", staff);
    }
    #[test]
    fn what_means_nothing_is_not_guessed() {
        for line in [
            "alice: Hi",
            "clock: later",
            "alice@web to others: Hi",
            "alice@web to bob: Hi",
            "Alice writes something",
            "http: https://shop.example gives 200",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
