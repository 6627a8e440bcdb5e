//! `switchboard chat`: a visitor's conversation in the terminal.

use std::io::Write as _;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin, stdin};

use super::failure::{FOUND, OURS};
use super::{Common, Failure, ask, block_on};
use crate::app::control::{Client, ClientError, Request};
use crate::app::{App, paths};
use crate::config::Config;
use crate::connectors::terminal::{Heard, Said, Shown};
use crate::plugin_host::visible::{in_one_line, visible};
use crate::telemetry;

#[derive(clap::Args)]
#[command(
    after_help = "A number presses the button with that number. Ctrl-D ends.\n\nExample:\n  echo 'What is Switchboard?' | switchboard chat --once"
)]
pub(crate) struct Arguments {
    /// As whom you talk; each name has a conversation of its own.
    #[arg(long = "as", value_name = "NAME", default_value_t = default_name())]
    name: String,
    /// Ends after the first answer; for scripts. What was said before is not shown.
    #[arg(long)]
    once: bool,
    /// How long `--once` waits for an answer, in seconds. A person may take longer than a bot.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "once")]
    wait: u64,
}

fn default_name() -> String {
    std::env::var("USER").unwrap_or_else(|_| "guest".to_owned())
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    let config = common.load(None)?;
    block_on(async {
        let socket = paths::socket(&config.written.data);
        if let Some(client) = Client::connect(&socket).await {
            return talk(client, arguments).await;
        }
        ask::is_there(&config.written.data)?;
        let app = start(&config).await?;
        let client = Client::connect(&socket).await;
        let talked = match client {
            Some(client) => talk(client, arguments).await,
            None => Err(Failure::new(OURS, "the program that was just started does not answer")),
        };
        app.stop().await;
        talked
    })
}

/// Nothing runs yet: for the time of this chat, this process does.
async fn start(config: &Config) -> Result<App, Failure> {
    let quiet = telemetry::Config {
        level: "warn".to_owned(),
        ..config.written.log.clone()
    };
    telemetry::start_logs(&quiet);
    Ok(App::start(config, false).await?)
}

/// One chat.
struct Chat {
    client: Client,
    keys: Lines<BufReader<Stdin>>,
    buttons: Vec<Shown>,
}

async fn talk(mut client: Client, arguments: &Arguments) -> Result<(), Failure> {
    let request = Request::Chat {
        name: arguments.name.clone(),
        language: language(),
        earlier: !arguments.once,
    };
    client.say(&request).await.map_err(broken)?;
    let mut chat = Chat {
        client,
        keys: BufReader::new(stdin()).lines(),
        buttons: Vec::new(),
    };
    let (mut state, mut typing) = (Question::default(), true);
    let wait = Duration::from_secs(arguments.wait);
    let patience = tokio::time::sleep(wait);
    tokio::pin!(patience);
    loop {
        tokio::select! {
            heard = chat.client.hear::<Heard>() => {
                let Some(heard) = heard.map_err(broken)? else {
                    return Err(Failure::new(OURS, "Switchboard has stopped; what was said is kept"));
                };
                state.hear(&heard);
                let refused = matches!(&heard, Heard::Trouble { .. });
                if chat.show(heard).is_err() {
                    // Whoever closed standard output has read enough.
                    return Ok(());
                }
                if arguments.once && refused {
                    return Err(Failure::new(FOUND, "the question was not taken in"));
                }
                if arguments.once && state.is_answered() {
                    return Ok(());
                }
            }
            line = chat.keys.next_line(), if typing => match line {
                Ok(Some(line)) => {
                    state.asked = true;
                    chat.say(line).await?;
                    patience.as_mut().reset(tokio::time::sleep(wait).deadline());
                }
                // A script's input ends before its answer is there.
                _ if arguments.once && state.asked => typing = false,
                _ => return Ok(()),
            },
            () = &mut patience, if arguments.once && state.asked => {
                let why = format!("no answer came within {} s; what was said is kept", arguments.wait);
                return Err(Failure::new(FOUND, why).hint("a person may be answering: `switchboard chat` shows it"));
            }
        }
    }
}

/// How far one question has come.
#[derive(Default)]
struct Question {
    asked: bool,
    taken: bool,
    answered: bool,
}

impl Question {
    fn hear(&mut self, heard: &Heard) {
        self.taken |= matches!(heard, Heard::Taken);
        self.answered |= self.asked && matches!(heard, Heard::Message { from: Some(_), .. });
    }

    /// Whether the question is on disk and something was said to it, in whichever order that was heard.
    fn is_answered(&self) -> bool {
        self.taken && self.answered
    }
}

impl Chat {
    async fn say(&mut self, line: String) -> Result<(), Failure> {
        let number = line.trim().parse::<usize>().ok();
        let pressed = number
            .and_then(|number| self.buttons.get(number.checked_sub(1)?))
            .cloned();
        let said = match pressed.as_ref().and_then(|shown| shown.button) {
            Some(button) => {
                let values = self.fill(pressed.and_then(|shown| shown.form)).await;
                Said::Press { button, values }
            }
            None => Said::Text { text: line },
        };
        self.client.say(&said).await.map_err(broken)
    }

    /// Asks for each field of a form.
    async fn fill(&mut self, form: Option<crate::model::button::Form>) -> Vec<(String, String)> {
        let mut values = Vec::new();
        for field in form.map(|form| form.fields).unwrap_or_default() {
            prompt(&format!("{}: ", in_one_line(&field.label)));
            match self.keys.next_line().await {
                Ok(Some(value)) => values.push((field.name, value)),
                _ => break,
            }
        }
        values
    }

    fn show(&mut self, heard: Heard) -> std::io::Result<()> {
        match heard {
            Heard::Message {
                from,
                text,
                buttons,
                edited,
            } => {
                let lines = lines(from.as_deref().unwrap_or("You"), &text, &buttons, edited);
                std::io::stdout().write_all(lines.as_bytes())?;
                if !buttons.is_empty() {
                    self.buttons = buttons;
                }
            }
            Heard::Typing { name } => {
                let name = in_one_line(name.as_deref().unwrap_or("Switchboard"));
                prompt(&format!("{name} is writing …\r"));
            }
            Heard::Taken => prompt("✓\r"),
            Heard::Trouble { text } => eprintln!("{}", visible(&text)),
        }
        Ok(())
    }
}

/// What was said, with its buttons below. Nothing of it moves the cursor or turns the direction of what stands around it.
fn lines(from: &str, text: &str, buttons: &[Shown], edited: bool) -> String {
    let mark = if edited { " (changed)" } else { "" };
    let mut lines = format!("{}{mark}: {}\n", in_one_line(from), visible(text));
    for (number, shown) in buttons.iter().enumerate() {
        let label = in_one_line(&shown.label);
        let line = match &shown.url {
            Some(url) => format!("      {label}: {}\n", in_one_line(url)),
            None => format!("  [{}] {label}\n", number + 1),
        };
        lines.push_str(&line);
    }
    lines
}

/// Shown beside the talk, so that standard output holds the talk alone.
fn prompt(text: &str) {
    eprint!("{text}");
    // Whoever closed standard error does not look at it.
    let _ = std::io::stderr().flush();
}

fn broken(error: ClientError) -> Failure {
    Failure::from(anyhow::Error::from(error))
}

/// BCP 47, from what the system says of its user: `de_DE.UTF-8`.
fn language() -> Option<String> {
    let lang = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).ok()?;
    let language = lang.split(['_', '.', '@']).next()?.to_lowercase();
    (language.len() == 2 && language.is_ascii()).then_some(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_turns_nothing_in_the_terminal() {
        let button = |label: &str, url: Option<&str>| Shown {
            label: label.to_owned(),
            button: None,
            url: url.map(str::to_owned),
            form: None,
        };
        let buttons = [
            button("\u{1b}[2JYes", None),
            button("Read", Some("https://a.example/\u{202e}")),
        ];
        let shown = lines("Bo\u{7}t", "one\ntwo \u{202e}eerht", &buttons, true);
        let expected = [
            r"Bo\u{7}t (changed): one",
            r"two \u{202e}eerht",
            r"  [1] \u{1b}[2JYes",
            r"      Read: https://a.example/\u{202e}",
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }
}
