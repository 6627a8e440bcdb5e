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

impl Bot {
    /// Where its token is.
    fn token<'a>(&self, config: &'a Config) -> &'a SecretRef {
        if self.section == DISCORD.section {
            &config.written.discord.token
        } else {
            &config.written.telegram.token
        }
    }
}

impl Init<'_> {
    /// The configuration with a token that the platform knows, or of which nothing is known because it could not be asked.
    pub(super) fn token(&mut self, config: Config, bot: &Bot) -> Result<Config, Failure> {
        let section = bot.section;
        let token_file = self.data.join(format!("{section}.token"));
        let reference = reference(&token_file);
        let given = self.given()?;
        if self.stays(&config, bot, &token_file, given.as_ref())? {
            println!("`{section}.token` is set in the configuration, and stays as it is.");
            return Ok(config);
        }
        let config_file = self.common.config.clone().unwrap_or_else(|| PathBuf::from(FILE));
        let before = read(&config_file)?;
        let wrong = |why: String| Failure::new(CONFIG, format!("{}: {why}", config_file.display()));
        let (after, mut stood) = option::with_token(&before, section, &reference).map_err(wrong)?;
        stood.file = config_file.exists();
        let new = Config::from_text(&config_file, &after, &self.common.overrides())?;
        self.known_token(&new, bot, &token_file, given)?;

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

    /// Whether the configuration names a token by now that is not to give way to another one.
    fn stays(
        &mut self,
        config: &Config,
        bot: &Bot,
        token_file: &Path,
        given: Option<&Secret>,
    ) -> Result<bool, Failure> {
        let (section, written) = (bot.section, bot.token(config));
        if written.is_empty() {
            return Ok(false);
        }
        let ours = |act: &Act| matches!(act, Act::Token { section: ours, .. } if ours == section);
        let is_ours = self.record.acts.iter().any(ours) && *written == SecretRef::new(reference(token_file));
        let there = written.read();
        let is_another = given.is_some_and(|given| there.as_ref() != Ok(given));
        if is_ours {
            let beside = beside(token_file);
            if given.is_some() && !is_another && self.is_left(&beside) {
                // Whoever gives the one that is there does not want another one any more.
                record::remove(&beside)?;
                self.forget(&beside)?;
            }
            if is_another || self.is_left(&beside) || !token_file.is_file() {
                return Ok(false);
            }
        } else if is_another && there.is_ok() {
            return Err(another(section, written));
        }
        match verdict(config, bot, written.clone())? {
            // Asked for, as at the first time.
            Verdict::Refused(_) if is_ours && self.made(token_file) && self.prompt.is_person() => Ok(false),
            Verdict::Refused(why) => Err(elsewhere(section, written, &why)),
            Verdict::Known(_) | Verdict::NotAsked(_) => Ok(true),
        }
    }

    /// The token that was given; none where everything is set up and its file is not there any more.
    fn given(&self) -> Result<Option<Secret>, Failure> {
        let file = self.arguments.token_file.as_deref();
        let is_gone = |file: &Path| file.try_exists().is_ok_and(|is_there| !is_there);
        file.filter(|file| !(self.record.is_done() && is_gone(file)))
            .map(given_token)
            .transpose()
    }

    /// Asks until the file holds a token that the platform knows. What is there already is tried first, and gives way to
    /// one that the platform knows alone: another one is tried beside it.
    fn known_token(
        &mut self,
        config: &Config,
        bot: &Bot,
        file: &Path,
        mut given: Option<Secret>,
    ) -> Result<(), Failure> {
        let beside = beside(file);
        let was_there = file.is_file();
        let is_left = self.is_left(&beside);
        if (given.is_some() || is_left) && file.exists() && !self.made(file) {
            let problem = format!("{} is there already, and init did not make it", file.display());
            let hint = if is_left {
                "move it away"
            } else {
                "leave `--token-file` out to use it, or move it away"
            };
            return Err(Failure::new(FOUND, problem).hint(hint));
        }
        let mut tried = match (&given, is_left, was_there) {
            (Some(_), ..) | (None, false, false) => None,
            // Of a run that was broken off.
            (None, true, _) => Some(&*beside),
            (None, false, true) => Some(file),
        };
        if tried.is_none() && given.is_none() {
            println!("\n{}", bot.how);
        }
        loop {
            let at = if let Some(at) = tried {
                at
            } else {
                let token = given.take().map_or_else(|| self.pasted(), Ok)?;
                let at = if was_there { &beside } else { file };
                self.put(at, &token, bot.section)?;
                at
            };
            match found(config, bot, at)? {
                Verdict::Known(what) => {
                    if at == beside {
                        self.record.note_token_file(file, bot.section);
                        self.save()?;
                        record::put_in_place(&beside, file)?;
                        self.forget(&beside)?;
                    }
                    println!("{what}");
                    return Ok(());
                }
                Verdict::Refused(why) => {
                    if at == beside || !was_there {
                        record::remove(at)?;
                        self.forget(at)?;
                    }
                    self.refused(&why, at)?;
                    tried = None;
                }
                Verdict::NotAsked(found) => {
                    self.not_asked(&found)?;
                    tried = Some(at);
                }
            }
        }
    }

    /// Fails where nobody can give another token.
    fn refused(&self, why: &str, file: &Path) -> Result<(), Failure> {
        // How to mend it elsewhere is no help to somebody who is asked again here.
        println!("{why}. Please copy the whole token once more, or make a new one.");
        if file.is_file() && !self.made(file) {
            let problem = format!("the platform does not take the token in {}", file.display());
            return Err(Failure::new(FOUND, problem).hint("init did not make that file: mend it, or move it away"));
        }
        if !self.prompt.is_person() {
            let failure = Failure::new(FOUND, "the platform does not take this token");
            return Err(failure.hint("`--token-file` gives another one; what was there before is still there"));
        }
        Ok(())
    }

    /// Fails where nobody waits. Whether it is a good token is not known, and the platform may show it only once: it stays.
    fn not_asked(&self, found: &[Diagnosis]) -> Result<(), Failure> {
        for found in found {
            print!("{}", doctor::line(found));
        }
        if !self.prompt.is_person() || self.prompt.ask("Press Enter to look again: ")?.is_none() {
            let failure = Failure::new(FOUND, "the platform could not be asked; the token is kept");
            return Err(failure.hint("run `switchboard init` again; it goes on here"));
        }
        Ok(())
    }

    /// Puts a token where it is to be tried.
    fn put(&mut self, at: &Path, token: &Secret, section: &str) -> Result<(), Failure> {
        self.record.note_token_file(at, section);
        self.save()?;
        Ok(record::write_token(at, token.expose())?)
    }

    /// The file of a token is gone again. Whoever puts one there is not us.
    fn forget(&mut self, file: &Path) -> Result<(), Failure> {
        let is_it = |act: &Act| matches!(act, Act::TokenFile { path } if path == file);
        self.record.acts.retain(|act| !is_it(act));
        self.save()
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

    /// Whether a token is there that an earlier run put beside the one that it was to replace, and has not come to try.
    fn is_left(&self, beside: &Path) -> bool {
        beside.is_file() && self.made(beside)
    }

    /// Whether this file is of init, and not of somebody who put it there before.
    fn made(&self, file: &Path) -> bool {
        let made = |act: &Act| matches!(act, Act::TokenFile { path } if path == file);
        self.record.acts.iter().any(made)
    }
}

/// What is in the file that was named for it. Never repeats the name, which may be the token itself.
fn given_token(file: &Path) -> Result<Secret, Failure> {
    let wrong = |why: String| Failure::new(FOUND, format!("the file that `--token-file` names {why}"));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    match text.trim() {
        "" => Err(wrong("holds nothing".to_owned())),
        token => Ok(Secret::new(token)),
    }
}

/// How the configuration names a token's file.
fn reference(token_file: &Path) -> String {
    format!("file:{}", token_file.display())
}

/// Where a token is tried while another one is in its place.
fn beside(token_file: &Path) -> PathBuf {
    token_file.with_extension("token.new")
}

/// What to do about another token than that which is kept where init does not write.
fn another(section: &str, written: &SecretRef) -> Failure {
    let place = written.place().unwrap_or_default();
    let problem = format!("`{section}.token` names {place}, and `--token-file` holds another token");
    Failure::new(FOUND, problem).hint(format!(
        "put the new token into {place}, or take `{section}.token` out of the configuration, and run `switchboard init` again; \
         without `--token-file` it goes on with the token that is there"
    ))
}

/// What to do about a token that is kept where init does not write.
fn elsewhere(section: &str, reference: &SecretRef, why: &str) -> Failure {
    let place = reference.place().unwrap_or_default();
    Failure::new(FOUND, format!("{why}; `{section}.token` names {place}"))
        .hint(format!("put a new token into {place} and run `switchboard init` again"))
}

/// What is known of a token.
enum Verdict {
    /// The platform says so.
    Known(String),
    /// It cannot be used, and why.
    Refused(String),
    /// The platform could not be asked.
    NotAsked(Vec<Diagnosis>),
}

/// What the doctor finds of the token in this file.
fn found(config: &Config, bot: &Bot, file: &Path) -> Result<Verdict, Failure> {
    verdict(config, bot, SecretRef::new(format!("file:{}", file.display())))
}

/// The configuration with this bot alone.
pub(super) fn alone(config: &Config, section: &str, token: SecretRef) -> Config {
    let mut alone = config.clone();
    let written = &mut alone.written;
    (written.discord.token, written.telegram.token) = Default::default();
    if section == DISCORD.section {
        written.discord.token = token;
    } else {
        written.telegram.token = token;
    }
    alone
}

/// What the doctor finds of this bot's token, whatever is wrong with another bot.
fn verdict(config: &Config, bot: &Bot, token: SecretRef) -> Result<Verdict, Failure> {
    let alone = alone(config, bot.section, token);
    let written = &alone.written;
    let readable = if bot.section == DISCORD.section {
        written.discord.settings().map(drop)
    } else {
        written.telegram.settings().map(drop)
    };
    if let Err((_, problem)) = readable {
        return Ok(Verdict::Refused(problem));
    }
    let own = examined(&alone)?.into_iter().filter(|report| report.of == bot.section);
    let found: Vec<Diagnosis> = own.flat_map(|report| report.examination.diagnoses).collect();
    let health = found
        .iter()
        .find(|found| found.about == TOKEN)
        .map(|found| found.health.clone());
    Ok(match health {
        Some(Health::Fine { what } | Health::Warning { what, .. }) => Verdict::Known(what),
        Some(Health::Failure { what, .. }) => Verdict::Refused(what),
        None => Verdict::NotAsked(found),
    })
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
