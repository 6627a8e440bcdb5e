//! The password once more, before something that whoever finds an open browser must not do.

use super::SignedIn;
use super::throttle::Counted;
use crate::console::ConsoleState;
use crate::console::error::ConsoleError;
use crate::secret::Secret;
use crate::storage::Unit;
use crate::storage::accounts::AccountUnit;

/// Refuses what is asked, unless the password is that of whoever is signed in. Wrong ones count as at signing in.
pub(crate) async fn password_again(state: &ConsoleState, who: &SignedIn, typed: Secret) -> Result<(), ConsoleError> {
    let counted = Counted::Account(&who.account.email);
    let (key, now) = (counted.key(), state.clock.now());
    let failures = state.storage.login_failures(&key).await?;
    if let Some(wait) = counted.wait(failures, now) {
        return Err(ConsoleError::TooMany { wait });
    }
    let right = state
        .passwords()
        .is_right(typed, Some(who.account.password.clone()))
        .await;
    let unit = if right {
        AccountUnit::LoginSucceeded { key }
    } else {
        AccountUnit::LoginFailed {
            keys: vec![key],
            at: now,
        }
    };
    state.storage.write(Unit::Account(unit)).await?;
    if right {
        return Ok(());
    }
    let text = "The present password is not the one you typed. Please try once more.";
    Err(ConsoleError::Invalid(text.to_owned()))
}
