//! The second half: the program runs, a question is tried, and a channel is switched on.

use std::io::{Write as _, stdout};
use std::time::Duration;

use super::record::{Act, Platform};
use super::{Init, first_entries};
use crate::app::control::{Client, Reply, Request, Wanted};
use crate::app::{App, is_named, paths};
use crate::cli::failure::{FOUND, OURS};
use crate::cli::{Failure, ask, block_on, doctor, run};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::connectors::examination::{Health, KnownAs};
use crate::connectors::terminal::{Heard, Said};
use crate::model::directory::{Audience, Place};
use crate::model::ids::PlaceId;
use crate::telemetry;

/// A bot answers within a second or two.
const ANSWER_PATIENCE: Duration = Duration::from_mins(1);

/// A platform tells a login where it is within seconds of connecting.
const PLACE_PATIENCE: Duration = Duration::from_secs(10);

/// As whom the question in the terminal is asked.
const WHO: &str = "init";

/// Asked where no entries were added: the sample knowledge answers it.
const SAMPLE_QUESTION: &str = "What is Switchboard?";

/// Starts the program and goes on with it until it is stopped.
pub(super) fn go(
    init: &mut Init<'_>,
    config: &Config,
    platform: Platform,
    known_as: Option<KnownAs>,
) -> Result<(), Failure> {
    let quiet = telemetry::Config {
        level: "warn".to_owned(),
        ..config.written.log.clone()
    };
    telemetry::start_logs(&quiet);
    block_on(async {
        let app = App::start(config, true).await?;
        let mut live = Live {
            init,
            config,
            platform,
            known_as,
        };
        let prepared = live.prepare().await;
        if let (Ok(()), false) = (&prepared, live.init.arguments.no_run) {
            return live.run(app).await;
        }
        app.stop().await;
        prepared?;
        println!("\nEverything is set up. This starts it:\n  switchboard run");
        Ok(())
    })
}

struct Live<'a, 'b> {
    init: &'a mut Init<'b>,
    config: &'a Config,
    platform: Platform,
    known_as: Option<KnownAs>,
}

impl Live<'_, '_> {
    /// Everything that is done before somebody asks in the channel. While somebody thinks about a question this task stands
    /// still; the program goes on beside it.
    async fn prepare(&mut self) -> Result<(), Failure> {
        if !self.init.record.tried {
            self.try_a_question().await?;
        }
        if let Some(known_as) = &self.known_as {
            let (name, address) = (&known_as.name, &known_as.address);
            match self.platform {
                Platform::Discord => println!("\nThis lets {name} into your guild:\n  {address}"),
                Platform::Telegram => println!("\n{name} is here; add it to your group from there:\n  {address}"),
                Platform::Web => {}
            }
        }
        if self.platform == Platform::Web || self.init.arguments.no_place {
            return Ok(());
        }
        if self.init.record.place.is_none() {
            let Some(place) = self.choose().await? else {
                println!("No place is switched on; *Places* in the console does that, too.");
                return Ok(());
            };
            self.switch_on(&place).await?;
        }
        self.look_at_place().await
    }

    /// Whether the bot may work in the place, until it may or somebody wants to go on all the same.
    async fn look_at_place(&self) -> Result<(), Failure> {
        let Some((id, _)) = self.init.record.place else {
            return Ok(());
        };
        let places = self.places(Wanted::Now).await?;
        let Some(place) = places.into_iter().find(|place| place.id == id) else {
            return Ok(());
        };
        loop {
            let Reply::Examined { reports } = self.ask(Request::Doctor).await? else {
                return Ok(());
            };
            let mut found = super::about(&reports, &place.name);
            let Some(wrong) = found.find(|found| matches!(found.health, Health::Failure { .. })) else {
                return Ok(());
            };
            print!("{}", doctor::line(wrong));
            if !self.init.prompt.is_person() {
                let failure = Failure::new(FOUND, format!("the bot cannot work in {}", place.name));
                return Err(failure.hint("mend it and run `switchboard init` again; it goes on here"));
            }
            if self.init.goes_on_all_the_same()? {
                return Ok(());
            }
        }
    }

    async fn try_a_question(&mut self) -> Result<(), Failure> {
        let entries = self.init.record.entries.as_deref().unwrap_or_default();
        let suggested = first_entries::first_question(entries).unwrap_or_else(|| SAMPLE_QUESTION.to_owned());
        let question = if let Some(question) = &self.init.arguments.question {
            question.clone()
        } else {
            let typed = self.init.prompt.ask(&format!("\nA question to try [{suggested}]: "))?;
            typed.filter(|typed| !typed.is_empty()).unwrap_or(suggested)
        };
        println!("You: {question}");
        let answered = tokio::time::timeout(ANSWER_PATIENCE, self.hear_answer(question)).await;
        match answered {
            Ok(answer) => println!("Switchboard: {}", answer?),
            Err(_) => println!(
                "No answer came within {} s; *Events* in the console says why.",
                ANSWER_PATIENCE.as_secs()
            ),
        }
        self.init.record.tried = true;
        self.init.save()
    }

    async fn client(&self) -> Result<Client, Failure> {
        let client = Client::connect(&paths::socket(&self.config.written.data)).await;
        client.ok_or_else(|| Failure::new(OURS, "the program that was just started does not answer"))
    }

    /// Asks as a visitor does.
    async fn hear_answer(&self, question: String) -> Result<String, Failure> {
        let mut client = self.client().await?;
        let chat = Request::Chat {
            name: WHO.to_owned(),
            language: None,
            earlier: false,
        };
        client.say(&chat).await.map_err(anyhow::Error::from)?;
        client
            .say(&Said::Text { text: question })
            .await
            .map_err(anyhow::Error::from)?;
        loop {
            match client.hear::<Heard>().await.map_err(anyhow::Error::from)? {
                Some(Heard::Message {
                    from: Some(_), text, ..
                }) => return Ok(text),
                Some(Heard::Trouble { text }) => return Err(Failure::new(FOUND, text)),
                Some(Heard::Message { .. } | Heard::Typing { .. } | Heard::Taken) => {}
                None => return Err(Failure::new(OURS, "Switchboard stopped before it answered")),
            }
        }
    }

    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        ask::answer(self.config, request).await
    }

    async fn places(&self, wanted: Wanted) -> Result<Vec<Place>, Failure> {
        let login = self.platform.login().to_owned();
        match self.ask(Request::Places { login, wanted }).await? {
            Reply::Places { places } => Ok(places),
            Reply::Refused { message, hint } => Err(ask::refused(message, hint)),
            _ => Ok(Vec::new()),
        }
    }

    /// The channel to switch on, if somebody wants one.
    async fn choose(&self) -> Result<Option<Place>, Failure> {
        if let Some(name) = &self.init.arguments.place {
            return self.named(name).await.map(Some);
        }
        if !self.init.prompt.is_person() {
            return Ok(None);
        }
        println!("\nWaiting until the bot sees a channel … (Ctrl-C stops; `switchboard init` goes on here)");
        let mut places = self.places(Wanted::Any).await?;
        loop {
            println!();
            for (number, place) in places.iter().enumerate() {
                println!("  [{}] {} ({})", number + 1, place.name, readers(place.audience));
            }
            let question = "Where is it to answer? A number, Enter to look again, or `none`: ";
            let typed = self.init.prompt.need(question, "--place")?;
            match chosen(&typed, &places) {
                Choice::Place(place) => return Ok(Some(place.clone())),
                Choice::Nowhere => return Ok(None),
                Choice::LookAgain => {}
                Choice::Unknown => println!("{}", unknown(&typed, places.len())),
            }
            places = self.places(Wanted::Any).await?;
        }
    }

    /// The channel of this name, as soon as the bot sees it. Somebody who sits there may let the bot in meanwhile.
    async fn named(&self, name: &str) -> Result<Place, Failure> {
        println!("Waiting until the bot sees {name} …");
        let mut shown = None;
        loop {
            let wanted = self.places(Wanted::Named(name.to_owned()));
            if let Ok(places) = tokio::time::timeout(PLACE_PATIENCE, wanted).await {
                let place = places?.into_iter().find(|place| is_named(place, name));
                return place.ok_or_else(|| Failure::new(OURS, format!("{name} is gone again")));
            }
            let others = self.places(Wanted::Now).await?;
            let seen: Vec<String> = others.into_iter().map(|place| place.name).collect();
            if !self.init.prompt.is_person() {
                let failure = Failure::new(FOUND, format!("the bot sees no place {name}{}", listed(&seen)));
                return Err(failure.hint(
                    "let the bot in there, or name another one, and run `switchboard init` again; it goes on here",
                ));
            }
            if shown.as_ref() != Some(&seen) {
                println!(
                    "{name} is not there yet{}\nStill waiting … (Ctrl-C stops; `switchboard init` goes on here)",
                    listed(&seen)
                );
                shown = Some(seen);
            }
        }
    }

    async fn switch_on(&mut self, place: &Place) -> Result<(), Failure> {
        self.init.record.place = Some((place.id, SystemClock::new().now()));
        // What was on before stays on when everything is taken back.
        if !place.enabled {
            let (id, overheard) = (place.id, place.overheard);
            self.init.record.note(Act::Place { id, overheard });
        }
        self.init.save()?;
        match self
            .ask(Request::SwitchPlace {
                place: place.id,
                on: true,
                as_left: None,
            })
            .await?
        {
            Reply::Done { text } => println!("{text}"),
            Reply::Refused { message, hint } => return Err(ask::refused(message, hint)),
            _ => {}
        }
        Ok(())
    }

    /// Until somebody stops it. Tells of the first answer in the channel.
    async fn run(&mut self, app: App) -> Result<(), Failure> {
        let mut signals = run::Signals::listen()?;
        self.init.prompt.ends();
        println!("\n{}", run::greeting(&app));
        if let Some((place, since)) = self.init.record.place {
            if let Some(known_as) = &self.known_as {
                println!(
                    "Now ask there, naming {}. Waiting for the first answer …",
                    known_as.name
                );
            }
            tokio::select! {
                answered = self.answered(place, since) => answered?,
                () = signals.next() => {
                    // A terminal that was closed takes nothing any more.
                    let _ = writeln!(stdout(), "`switchboard init` goes on here.");
                    return run::stop(app, &mut signals).await;
                }
            }
        }
        signals.next().await;
        run::stop(app, &mut signals).await
    }

    async fn answered(&mut self, place: PlaceId, since: crate::model::Timestamp) -> Result<(), Failure> {
        match self.ask(Request::Answer { place, since }).await? {
            Reply::Done { text } => println!("Answered: {text}"),
            Reply::Refused { message, hint } => return Err(ask::refused(message, hint)),
            _ => {}
        }
        self.init.record.answered = true;
        self.init.save()?;
        println!(
            "It works. From now on `switchboard run` starts it; `switchboard init --undo` takes back what was set up here."
        );
        Ok(())
    }
}

/// What a line means, where channels are listed.
#[derive(Debug, PartialEq)]
enum Choice<'a> {
    Place(&'a Place),
    Nowhere,
    LookAgain,
    /// Nothing that is there.
    Unknown,
}

fn chosen<'a>(typed: &str, places: &'a [Place]) -> Choice<'a> {
    if typed.eq_ignore_ascii_case("none") {
        return Choice::Nowhere;
    }
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_number = number.and_then(|number| places.get(number));
    let place = by_number.or_else(|| places.iter().find(|place| is_named(place, typed)));
    match place {
        Some(place) => Choice::Place(place),
        None if typed.is_empty() => Choice::LookAgain,
        None => Choice::Unknown,
    }
}

fn unknown(typed: &str, count: usize) -> String {
    match typed.parse::<usize>() {
        Ok(number) => format!("There is no number {number}; they go from 1 to {count}."),
        Err(_) => format!("There is no place called {typed}."),
    }
}

/// Who reads what is said there.
fn readers(audience: Audience) -> &'static str {
    match audience {
        Audience::Direct => "read by one person",
        Audience::Group => "read by its members",
        Audience::Public => "read by everybody",
    }
}

/// The places that there are, at the end of a sentence.
fn listed(places: &[String]) -> String {
    match places {
        [] => "; it sees no place at all".to_owned(),
        places => format!("; it sees\n  {}", places.join("\n  ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::directory::Audience;
    use crate::model::ids::{CommunityId, PlaceRef};

    #[test]
    fn a_channel_is_chosen_by_its_number_or_name() {
        let id = uuid::Uuid::nil();
        let place = Place {
            id: PlaceId(id),
            native: PlaceRef {
                scope: "discord".into(),
                id: "101".into(),
            },
            login: "discord".into(),
            community: CommunityId(id),
            space: None,
            parent: None,
            name: "Gardeners / #help".to_owned(),
            audience: Audience::Public,
            thread: false,
            enabled: false,
            overheard: false,
        };
        let places = [place];
        for typed in ["1", "help", "#help", "Gardeners / #help", "101"] {
            assert_eq!(chosen(typed, &places), Choice::Place(&places[0]), "{typed}");
        }
        for typed in ["0", "2", "99", "other"] {
            assert_eq!(chosen(typed, &places), Choice::Unknown, "{typed}");
        }
        assert_eq!(chosen("", &places), Choice::LookAgain);
        assert_eq!(chosen("None", &places), Choice::Nowhere);
    }
}
