//! Shows what a package asks for, and asks whether it may.

use std::io::{IsTerminal as _, Write as _};

use crate::app::control::{Reply, Request};
use crate::cli::ask::{answer, refused};
use crate::cli::failure::{FOUND, OURS};
use crate::cli::{Common, Failure, block_on};
use crate::config::Config;
use crate::installer::{PluginRequest, Wish, consent_question};

/// Consent to whatever a package asks for.
const YES: &str = "yes";

/// Brings a package in. A person agrees to the very package whose plan was shown.
pub(super) fn take(common: &Common, wish: &Wish, update: bool, yes: bool) -> Result<(), Failure> {
    let config = common.load(None)?;
    if yes {
        return told(ask(&config, wish, update, Some(YES.to_owned()))?);
    }
    let plan = answer_of(&config, PluginRequest::Plan(wish.clone()))?;
    let Reply::Planned { text, digest, possible } = plan else {
        return told(plan);
    };
    print!("{text}");
    if !possible {
        return Err(Failure::new(FOUND, "it cannot be installed, for the reasons above"));
    }
    if !std::io::stdin().is_terminal() {
        if update {
            // What asks for no more than before needs nobody.
            return told(ask(&config, wish, update, None)?);
        }
        return Err(
            Failure::new(FOUND, "nobody has agreed to that, so nothing was installed")
                .hint("`--yes` agrees to all of it"),
        );
    }
    print!("\n{} [y/N] ", consent_question(update));
    std::io::stdout().flush().map_err(anyhow::Error::from)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(anyhow::Error::from)?;
    if !matches!(line.trim().to_lowercase().as_str(), "y" | "yes") {
        println!("Nothing was changed.");
        return Ok(());
    }
    told(ask(&config, wish, update, Some(digest))?)
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
                "the package is another one than you have read about: nothing was installed",
            )
            .hint("look at it again"));
        }
        Reply::Refused { message, hint } => return Err(refused(message, hint)),
        _ => return Err(Failure::new(OURS, "the running Switchboard is of another version")),
    }
    Ok(())
}
