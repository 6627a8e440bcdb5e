//! The bot's token: asked for, tried, kept in a file of its own, and named in the configuration.

use std::path::{Path, PathBuf};

use super::record::{self, Act};
use super::{Init, examined, option, read};
use crate::cli::failure::{CONFIG, FOUND, USAGE};
use crate::cli::{Failure, doctor};
use crate::config::{Config, FILE};
use crate::connectors::examination::{Diagnosis, Health, TOKEN};
use crate::secret::{Secret, SecretRef};

/// What is said of a platform before its token is there.
pub(super) struct Bot {
    section: &'static str,
    how: &'static str,
}

pub(super) const DISCORD: Bot = Bot {
    section: "discord",
    how: "A bot on Discord:\n  1. Open https://discord.com/developers/applications and press *New Application*.\n  2. On its page *Bot* \
          turn on *Message Content Intent* and *Server Members Intent*, and save.\n  3. Press *Reset Token* there and \
          copy the token.",
};

pub(super) const TELEGRAM: Bot = Bot {
    section: "telegram",
    how: "A bot on Telegram:\n  1. Write /newbot to @BotFather and follow it.\n  2. Copy the token that it gives you, \
          such as 123456:ABC-DEF…",
};

impl Init<'_> {
    /// The configuration with a token that the platform knows, or of which nothing is known because it could not be asked.
    pub(super) fn token(&mut self, config: Config, bot: &Bot) -> Result<Config, Failure> {
        let section = bot.section;
        let token_file = self.data.join(format!("{section}.token"));
        let written = match section {
            "discord" => &config.written.discord.token,
            _ => &config.written.telegram.token,
        };
        let reference = format!("file:{}", token_file.display());
        let ours = |act: &Act| matches!(act, Act::Token { section: ours, .. } if ours == section);
        let is_ours = self.record.acts.iter().any(ours) && *written == SecretRef::new(&reference);
        let again = is_ours && (self.arguments.token_file.is_some() || !token_file.is_file());
        if !written.is_empty() && !again {
            match refused(&config, bot)? {
                None => {
                    println!("`{section}.token` is set in the configuration, and stays as it is.");
                    return Ok(config);
                }
                // Asked for below, as at the first time.
                Some(_) if is_ours && self.made(&token_file) => {}
                Some(why) => return Err(elsewhere(section, written, &why)),
            }
        }
        let config_file = self.common.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
        let before = read(&config_file)?;
        let wrong = |why: String| Failure::new(CONFIG, format!("{}: {why}", config_file.display()));
        let (after, mut stood) = option::with_token(&before, section, &reference).map_err(wrong)?;
        stood.file = config_file.exists();
        let new = Config::from_text(&config_file, &after, &self.common.overrides())?;
        self.known_token(&new, bot, &token_file)?;

        if before == after {
            return Ok(new);
        }
        println!("\n{} changes like this:", config_file.display());
        for line in option::difference(&before, &after) {
            println!("  {line}");
        }
        if !self.arguments.yes && !self.prompt.agree("Write it?", "--yes")? {
            // The platform may show it only once.
            let kept = format!(
                "the configuration is as it was; the token is kept in {}",
                token_file.display()
            );
            return Err(Failure::new(FOUND, kept)
                .hint("run `switchboard init` again at any time; `switchboard init --undo` deletes the token"));
        }
        self.record.note(Act::Token {
            config: config_file.clone(),
            section: section.to_owned(),
            value: reference,
            before: stood,
        });
        self.save()?;
        record::write_config(&config_file, &after)?;
        Ok(new)
    }

    /// Asks until the file holds a token that the platform knows. It may be there already, from a run that was broken
    /// off.
    fn known_token(&mut self, config: &Config, bot: &Bot, file: &Path) -> Result<(), Failure> {
        let given = self.arguments.token_file.as_deref();
        let mut given = given.map(given_token).transpose()?;
        if !file.exists() {
            self.record.note(Act::TokenFile { path: file.to_owned() });
            self.save()?;
        } else if given.is_some() && !self.made(file) {
            let problem = format!("{} is there already, and init did not make it", file.display());
            return Err(Failure::new(FOUND, problem).hint("leave `--token-file` out to use it, or move it away"));
        }
        let mut there = file.is_file() && given.is_none();
        if !there && given.is_none() {
            println!("\n{}", bot.how);
        }
        loop {
            if !there {
                let token = match given.take() {
                    Some(given) => given,
                    None => self.pasted()?,
                };
                record::write_token(file, token.expose())?;
            }
            there = false;
            let found = examined_alone(config, bot)?;
            let about_token = found.iter().find(|found| found.about == TOKEN);
            match about_token.map(|found| (found, &found.health)) {
                Some((_, health @ (Health::Fine { .. } | Health::Warning { .. }))) => {
                    println!("{}", health.what());
                    return Ok(());
                }
                Some((wrong, Health::Failure { .. })) => {
                    // A token that nobody knows is kept nowhere.
                    self.take_back(file)?;
                    // How to mend it elsewhere is no help to somebody who is asked again here.
                    println!(
                        "{}. Please copy the whole token once more, or make a new one.",
                        wrong.health.what()
                    );
                    if !self.prompt.is_person() {
                        return Err(Failure::new(FOUND, "the platform does not take this token"));
                    }
                }
                None => {
                    // Whether it is a good one is not known, and the platform may show it only once.
                    for found in &found {
                        print!("{}", doctor::line(found));
                    }
                    if !self.prompt.is_person() || self.prompt.ask("Press Enter to look again: ")?.is_none() {
                        let failure = Failure::new(FOUND, "the platform could not be asked; the token is kept");
                        return Err(failure.hint("run `switchboard init` again; it goes on here"));
                    }
                    there = true;
                }
            }
        }
    }

    /// What somebody pastes; a person is asked until it is something.
    fn pasted(&self) -> Result<Secret, Failure> {
        loop {
            let pasted = self.prompt.secret("Its token (it is not shown): ", "--token-file")?;
            if !pasted.expose().is_empty() {
                return Ok(pasted);
            }
            if !self.prompt.is_person() {
                return Err(Failure::new(USAGE, "nothing was given as the token"));
            }
            println!("Nothing was pasted. Please copy the token and paste it here; Ctrl-C stops.");
        }
    }

    /// Whether this file is of init, and not of somebody who put it there before.
    fn made(&self, file: &Path) -> bool {
        let made = |act: &Act| matches!(act, Act::TokenFile { path } if path == file);
        self.record.acts.iter().any(made)
    }

    /// Removes a token file that init made.
    fn take_back(&self, file: &Path) -> Result<(), Failure> {
        if self.made(file) {
            record::remove(file)?;
        }
        Ok(())
    }
}

/// What is in the file that was named for it.
fn given_token(file: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new(FOUND, format!("cannot read {}: {error}", file.display())))?;
    match text.trim() {
        "" => Err(Failure::new(FOUND, format!("{} holds nothing", file.display()))),
        token => Ok(Secret::new(token)),
    }
}

/// What to do about a token that is kept where init does not write.
fn elsewhere(section: &str, reference: &SecretRef, why: &str) -> Failure {
    let place = reference.place().unwrap_or_default();
    Failure::new(FOUND, format!("{why}; `{section}.token` names {place}")).hint(format!(
        "put a new token into {place} and run `switchboard init` again; it goes on here"
    ))
}

/// Why a token cannot be used, where it cannot.
fn refused(config: &Config, bot: &Bot) -> Result<Option<String>, Failure> {
    let found = examined_alone(config, bot)?;
    let mut about_token = found.into_iter().filter(|found| found.about == TOKEN);
    Ok(about_token.find_map(|found| match found.health {
        Health::Failure { what, .. } => Some(what),
        _ => None,
    }))
}

/// What the doctor finds of this bot, whatever is wrong with another one.
fn examined_alone(config: &Config, bot: &Bot) -> Result<Vec<Diagnosis>, Failure> {
    let mut alone = config.clone();
    let written = &mut alone.written;
    let readable = if bot.section == DISCORD.section {
        written.telegram.token = SecretRef::default();
        written.discord.settings().map(drop)
    } else {
        written.discord.token = SecretRef::default();
        written.telegram.settings().map(drop)
    };
    if let Err((_, problem)) = readable {
        return Ok(vec![
            Health::failure(problem, "copy the whole token once more").of(TOKEN),
        ]);
    }
    let own = examined(&alone)?.into_iter().filter(|report| report.of == bot.section);
    Ok(own.flat_map(|report| report.examination.diagnoses).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_kept_elsewhere_is_mended_there() {
        let failure = |reference: &str| format!("{:?}", elsewhere("discord", &SecretRef::new(reference), "not known"));
        assert!(failure("env:DISCORD_TOKEN").contains("the environment variable `DISCORD_TOKEN`"));
        assert!(failure("file:/run/secrets/discord").contains("the file /run/secrets/discord"));
    }
}
