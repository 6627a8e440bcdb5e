//! Has Telegram's menus show the commands where they are answered. `menu` says what each list is to show; here they are read
//! and written, one after the other, as Telegram likes it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use teloxide_core::payloads::{DeleteMyCommandsSetters as _, GetMyCommandsSetters as _, SetMyCommandsSetters as _};
use teloxide_core::prelude::Requester as _;
use teloxide_core::types::BotCommand;
use teloxide_core::{ApiError, Bot, RequestError};

use super::menu::{self, List, Scope};
use crate::model::command::Menu;

/// What the lists show, as far as this run has seen: a change asks nothing of lists that stay as they are, and after a
/// wait that Telegram asked for it goes on where it was.
#[derive(Debug, Default)]
pub(super) struct Menus {
    shown: Mutex<BTreeMap<List, Vec<BotCommand>>>,
}

impl Menus {
    /// Has the menus show this, wherever they do not yet.
    pub(super) async fn offer(&self, bot: &Bot, menu: &Menu, bot_id: u64) -> Result<(), RequestError> {
        let mut lists = menu::lists(menu, bot_id);
        // What is no longer wanted, such as a language that no plugin speaks any more, is taken back.
        for list in self.shown().keys() {
            lists.entry(list.clone()).or_default();
        }
        for (list, wanted) in lists {
            let known = self.shown().get(&list).is_some_and(|shown| *shown == wanted);
            if known {
                continue;
            }
            match show(bot, &list, &wanted).await {
                Ok(()) => {}
                // A channel has no menu, and a group that has removed the bot, or is another now, none of the bot's.
                Err(error) if matches!(list.scope, Scope::Group(_)) && is_about_group(&error) => {
                    tracing::debug!(scope = ?list.scope, "a chat takes no menu");
                }
                Err(error) => return Err(error),
            }
            self.shown().insert(list, wanted);
        }
        Ok(())
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, BTreeMap<List, Vec<BotCommand>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_about_group(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::InvalidToken) => false,
        RequestError::Api(_) | RequestError::MigrateToChatId(_) => true,
        _ => false,
    }
}

async fn show(bot: &Bot, list: &List, wanted: &[BotCommand]) -> Result<(), RequestError> {
    let (scope, language) = (list.scope.of_request(), list.language.clone());
    let mut reading = bot.get_my_commands().scope(scope.clone());
    reading.language_code.clone_from(&language);
    if reading.await? == wanted {
        return Ok(());
    }
    if wanted.is_empty() {
        let mut taking_back = bot.delete_my_commands().scope(scope);
        taking_back.language_code = language;
        taking_back.await?;
        return Ok(());
    }
    let mut writing = bot.set_my_commands(wanted.to_vec()).scope(scope);
    writing.language_code = language;
    writing.await?;
    Ok(())
}
