//! Shows what a package asks for, and asks whether it may.

use std::io::{IsTerminal as _, Write as _};

use crate::app::control::{Reply, Request};
use crate::cli::ask::{answer, refused};
use crate::cli::failure::{FOUND, OURS};
use crate::cli::{Common, Failure, block_on};
use crate::config::Config;
use crate::installer::{PluginRequest, Wish};

/// Consent to whatever a package asks for.
const YES: &str = "yes";

/// Brings a package in. A person agrees to the very package whose plan was shown.
pub(super) fn take(common: &Common, wish: &Wish, update: bool, yes: bool) -> Result<(), Failure> {
    let config = common.load(None)?;
    if yes {
        return told(ask(&config, wish, update, Some(YES.to_owned()))?);
    }
    let plan = answer_of(&config, PluginRequest::Plan(wish.clone()))?;
    let Reply::Planned {
        text,
        digest,
        possible,
        waits,
        question,
    } = plan
    else {
        return told(plan);
    };
    shown(&text, possible)?;
    match agreed(&question)? {
        Some(true) => told(ask(&config, wish, update, Some(digest))?),
        Some(false) => Ok(()),
        // What asks for no more than before needs nobody; what asks for more is kept, and waits.
        None if update => {
            told(ask(&config, wish, update, None)?)?;
            if waits {
                return Err(nobody("nobody has agreed to that, so the old version goes on"));
            }
            Ok(())
        }
        None => Err(nobody("nobody has agreed to that, so nothing was installed")),
    }
}

/// Does what is asked, once somebody has agreed to what it takes, where nobody has yet.
pub(super) fn allow(common: &Common, request: &PluginRequest, yes: bool) -> Result<(), Failure> {
    let config = common.load(None)?;
    let first = request.clone().agreed(yes.then(|| YES.to_owned()));
    let reply = answer_of(&config, first)?;
    let Reply::Planned {
        text,
        digest,
        possible,
        question,
        ..
    } = reply
    else {
        return told(reply);
    };
    shown(&text, possible)?;
    match agreed(&question)? {
        Some(true) => told(answer_of(&config, request.clone().agreed(Some(digest)))?),
        Some(false) => Ok(()),
        None => Err(nobody("nobody has agreed to that, so nothing was changed")),
    }
}

/// Shows a plan; one that cannot be agreed to is the end.
fn shown(plan: &str, possible: bool) -> Result<(), Failure> {
    print!("{plan}");
    if possible {
        return Ok(());
    }
    Err(Failure::new(FOUND, "that cannot be done, for the reasons above"))
}

/// Asks the person at the terminal; none where nobody is there.
fn agreed(question: &str) -> Result<Option<bool>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    print!("\n{question} [y/N] ");
    std::io::stdout().flush().map_err(anyhow::Error::from)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(anyhow::Error::from)?;
    let yes = matches!(line.trim().to_lowercase().as_str(), "y" | "yes");
    if !yes {
        println!("Nothing was changed.");
    }
    Ok(Some(yes))
}

fn nobody(what: &str) -> Failure {
    Failure::new(FOUND, what).hint("`--yes` agrees to all of it")
}

fn ask(config: &Config, wish: &Wish, update: bool, consent: Option<String>) -> Result<Reply, Failure> {
    let wish = wish.clone();
    answer_of(config, PluginRequest::Take { wish, update, consent })
}

fn answer_of(config: &Config, plugin: PluginRequest) -> Result<Reply, Failure> {
    block_on(answer(config, Request::Plugin { plugin }))
}

fn told(reply: Reply) -> Result<(), Failure> {
    match reply {
        Reply::Done { text } => println!("{text}"),
        // Somebody exchanged the package while the person read.
        Reply::Planned { .. } => {
            return Err(Failure::new(
                FOUND,
                "the package is another one than you have read about: nothing was changed",
            )
            .hint("look at it again"));
        }
        Reply::Refused { message, hint } => return Err(refused(message, hint)),
        _ => return Err(Failure::new(OURS, "the running Switchboard is of another version")),
    }
    Ok(())
}
