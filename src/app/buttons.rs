//! What Discord needs to know of buttons, filled from storage.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::connectors::discord::{Buttons, Does};
use crate::model::button::{ButtonEffect, Presser};
use crate::model::directory::SeenIdentity;
use crate::model::ids::{ButtonId, PlaceId};
use crate::storage::{ReadError, SharedStorage};

/// The buttons under stored messages.
pub(super) struct StoredButtons {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
}

impl StoredButtons {
    pub(super) fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { storage, clock })
    }

    async fn is_for(&self, presser: &Presser, who: &SeenIdentity, place: PlaceId) -> Result<bool, ReadError> {
        match presser {
            Presser::Anyone => Ok(true),
            Presser::Identity(id) => {
                let known = self.storage.identity_by_native(&who.native).await?;
                Ok(known.is_some_and(|known| known.id == *id))
            }
            Presser::Staff => {
                let known = self.storage.identity_by_native(&who.native).await?;
                let Some(place) = self.storage.place(place).await? else {
                    return Ok(false);
                };
                let communities = self.storage.communities().await?;
                let community = communities
                    .into_iter()
                    .find(|community| community.id == place.community);
                let roles = community.map_or_else(Vec::new, |community| community.roles);
                Ok(who.is_staff(known.as_ref(), &roles))
            }
        }
    }
}

#[async_trait]
impl Buttons for StoredButtons {
    async fn does(
        &self,
        button: ButtonId,
        presser: &SeenIdentity,
    ) -> Result<Does, Box<dyn std::error::Error + Send + Sync>> {
        let row = self.storage.button(button).await?;
        let Some(row) = row.filter(|row| row.expires > self.clock.now()) else {
            return Ok(Does::default());
        };
        let Some(message) = self.storage.message(row.message).await? else {
            return Ok(Does::default());
        };
        let place = message.new.place;
        let form = message.new.buttons.into_iter().find_map(|shown| match shown.effect {
            ButtonEffect::Form { id, form } if id == button => Some(form),
            _ => None,
        });
        let private = row.meaning.private;
        // Only where it does more costs it the look at who it is.
        let more = form.is_some() || private;
        Ok(if more && self.is_for(&row.meaning.presser, presser, place).await? {
            Does { form, private }
        } else {
            Does::default()
        })
    }
}

#[cfg(test)]
mod tests;
