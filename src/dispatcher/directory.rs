//! Who and where: finds our ids for what a platform names, and makes them for what is new.
//!
//! New places and identities get their ids here at once and are written with the first event that names them. Until
//! that unit is on disk every event that names them carries them again.

use std::sync::{Arc, Mutex, MutexGuard};

use super::generations::Generations;
use super::options::{LoginOptions, NewPlaces};
use crate::clock::Clock;
use crate::model::directory::{Audience, Identity, Place, SeenIdentity, SeenPlace};
use crate::model::ids::{CommunityId, IdentityId, IdentityRef, LoginName, PlaceId, PlaceRef, SpaceId};
use crate::storage::core::Community;
use crate::storage::unit::DirectoryUnit;
use crate::storage::{ReadError, SharedStorage};

/// Entries of each generation; half a kilobyte each.
const KNOWN_MAX: usize = 8192;

#[derive(Clone, Debug)]
struct Known<T> {
    value: Arc<T>,
    /// Whether a unit with it is on disk.
    written: bool,
}

#[derive(Debug)]
struct State {
    places: Generations<PlaceRef, Known<Place>>,
    identities: Generations<IdentityRef, Known<Identity>>,
    place_ids: Generations<PlaceId, Arc<Place>>,
    identity_ids: Generations<IdentityId, Arc<Identity>>,
    communities: Generations<CommunityId, Arc<Community>>,
    /// Spaces that were made here and may not be on disk yet.
    spaces: Generations<(LoginName, String), SpaceId>,
    /// How often all was forgotten: what was read before that may be old, and is not kept.
    forgotten: u64,
}

impl State {
    fn new() -> Self {
        Self {
            places: Generations::new(KNOWN_MAX),
            identities: Generations::new(KNOWN_MAX),
            place_ids: Generations::new(KNOWN_MAX),
            identity_ids: Generations::new(KNOWN_MAX),
            communities: Generations::new(KNOWN_MAX),
            spaces: Generations::new(KNOWN_MAX),
            forgotten: 0,
        }
    }

    fn forget(&mut self) {
        self.places.clear();
        self.identities.clear();
        self.place_ids.clear();
        self.identity_ids.clear();
        self.communities.clear();
        self.spaces.clear();
        self.forgotten += 1;
    }

    /// What is known of a place from now on, unless all was forgotten since, which had been done `forgotten` times
    /// when it was read.
    fn keep_place(&mut self, forgotten: u64, native: &PlaceRef, known: Known<Place>) {
        self.place_ids.remove(&known.value.id);
        if self.forgotten == forgotten {
            self.places.insert(native.clone(), known);
        }
    }

    /// The same of an identity.
    fn keep_identity(&mut self, forgotten: u64, native: &IdentityRef, known: Known<Identity>) {
        self.identity_ids.remove(&known.value.id);
        if self.forgotten == forgotten {
            self.identities.insert(native.clone(), known);
        }
    }
}

/// What is known, in memory; the tables are the truth.
pub(super) struct Directory {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Directory {
    pub(super) fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            clock,
            state: Mutex::new(State::new()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the directory")
    }

    /// Somebody changed communities, places or people.
    pub(super) fn forget(&self) {
        self.state().forget();
    }

    /// Our place for what the platform names; `news` gets what has to be written.
    pub(super) async fn place(
        &self,
        login: &LoginName,
        options: &LoginOptions,
        seen: &SeenPlace,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<Arc<Place>, ReadError> {
        let (cached, forgotten) = {
            let mut state = self.state();
            (state.places.get(&seen.native), state.forgotten)
        };
        let known = match cached {
            Some(known) => known,
            None => loop {
                if let Some(known) = self.load_place(login, options, seen, news).await? {
                    break known;
                }
            },
        };
        if known.written && known.value.name == seen.name {
            return Ok(known.value);
        }
        let mut place = known.value;
        if place.name != seen.name {
            Arc::make_mut(&mut place).name.clone_from(&seen.name);
            let known = Known {
                value: Arc::clone(&place),
                written: false,
            };
            self.state().keep_place(forgotten, &seen.native, known);
        }
        if let Some(native) = seen.space.as_ref().filter(|_| !known.written) {
            // Whoever found the place first may only have asked, and written nothing.
            self.space(login, options, native, news).await?;
        }
        news.push(DirectoryUnit::Place(Place::clone(&place)));
        Ok(place)
    }

    /// Our place under the name that it has from now on; none when nobody knows it. A fault forgets it again.
    pub(super) async fn moved(
        &self,
        from: &PlaceRef,
        to: &SeenPlace,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<Option<Arc<Place>>, ReadError> {
        let (cached, forgotten) = {
            let mut state = self.state();
            (state.places.get(from), state.forgotten)
        };
        let known = match cached {
            Some(known) => {
                if !known.written {
                    news.push(DirectoryUnit::Place(Place::clone(&known.value)));
                }
                Some(known.value)
            }
            None => self.storage.place_by_native(from).await?.map(Arc::new),
        };
        let Some(mut place) = known else {
            // It was told twice, or nobody ever heard of it.
            return Ok(self.storage.place_by_native(&to.native).await?.map(Arc::new));
        };
        news.push(DirectoryUnit::Moved {
            place: place.id,
            from: from.clone(),
            to: to.clone(),
        });
        Arc::make_mut(&mut place).native.clone_from(&to.native);
        let known = Known {
            value: Arc::clone(&place),
            written: true,
        };
        let mut state = self.state();
        state.places.remove(from);
        state.keep_place(forgotten, &to.native, known);
        Ok(Some(place))
    }

    /// None when all was forgotten meanwhile: what was read may be old.
    async fn load_place(
        &self,
        login: &LoginName,
        options: &LoginOptions,
        seen: &SeenPlace,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<Option<Known<Place>>, ReadError> {
        let forgotten = self.state().forgotten;
        let known = if let Some(place) = self.storage.place_by_native(&seen.native).await? {
            Known {
                value: Arc::new(place),
                written: true,
            }
        } else {
            let (space, community) = match &seen.space {
                Some(native) => self.space(login, options, native, news).await?,
                None => (None, options.community),
            };
            let parent = match &seen.parent {
                Some(native) => self.storage.place_by_native(native).await?,
                None => None,
            };
            // A thread is as open as what it hangs in, also for what is not meant for the bot. So it is stored, too.
            let opened = || seen.audience == Audience::Direct || options.new_places == NewPlaces::Enabled;
            let enabled = parent.as_ref().map_or_else(opened, |parent| parent.enabled);
            let overheard = parent.as_ref().is_some_and(|parent| parent.overheard);
            let place = Place {
                id: PlaceId(self.clock.id()),
                native: seen.native.clone(),
                login: login.clone(),
                community,
                space,
                parent: parent.map(|parent| parent.id),
                name: seen.name.clone(),
                audience: seen.audience,
                thread: seen.thread,
                enabled,
                overheard,
            };
            Known {
                value: Arc::new(place),
                written: false,
            }
        };
        let mut state = self.state();
        if state.forgotten != forgotten {
            return Ok(None);
        }
        // Somebody may have been faster; the first one made counts.
        if let Some(first) = state.places.get(&seen.native) {
            return Ok(Some(first));
        }
        state.places.insert(seen.native.clone(), known.clone());
        Ok(Some(known))
    }

    async fn space(
        &self,
        login: &LoginName,
        options: &LoginOptions,
        native: &str,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<(Option<SpaceId>, CommunityId), ReadError> {
        if let Some((id, community)) = self.storage.space_by_native(login, native).await? {
            return Ok((Some(id), community.unwrap_or(options.community)));
        }
        // Several of its places may come at once.
        let made = news.iter().find_map(|unit| match unit {
            DirectoryUnit::Space {
                id,
                login: of,
                native: known,
                ..
            } if of == login && known == native => Some(*id),
            _ => None,
        });
        if let Some(id) = made {
            return Ok((Some(id), options.community));
        }
        let key = (login.clone(), native.to_owned());
        let id = {
            let mut state = self.state();
            let known = state.spaces.get(&key);
            known.unwrap_or_else(|| {
                let id = SpaceId(self.clock.id());
                state.spaces.insert(key, id);
                id
            })
        };
        news.push(DirectoryUnit::Space {
            id,
            login: login.clone(),
            native: native.to_owned(),
            community: Some(options.community),
            name: native.to_owned(),
        });
        Ok((Some(id), options.community))
    }

    /// Our identity for what the platform names; `news` gets what has to be written.
    pub(super) async fn identity(
        &self,
        seen: &SeenIdentity,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<Arc<Identity>, ReadError> {
        let (cached, forgotten) = {
            let mut state = self.state();
            (state.identities.get(&seen.native), state.forgotten)
        };
        let known = match cached {
            Some(known) => known,
            None => loop {
                if let Some(known) = self.load_identity(seen).await? {
                    break known;
                }
            },
        };
        let mut identity = known.value;
        // Some events tell no more of somebody than the id.
        let unnamed = seen.name.is_empty();
        let same = (unnamed || identity.name == seen.name && identity.bot == seen.bot)
            && (seen.language.is_none() || identity.language == seen.language);
        if known.written && same {
            return Ok(identity);
        }
        if !same {
            let changed = Arc::make_mut(&mut identity);
            if !unnamed {
                changed.name.clone_from(&seen.name);
                changed.bot = seen.bot;
            }
            if seen.language.is_some() {
                changed.language.clone_from(&seen.language);
            }
            let known = Known {
                value: Arc::clone(&identity),
                written: false,
            };
            self.state().keep_identity(forgotten, &seen.native, known);
        }
        news.push(DirectoryUnit::Identity(Identity::clone(&identity)));
        Ok(identity)
    }

    /// None when all was forgotten meanwhile: what was read may be old.
    async fn load_identity(&self, seen: &SeenIdentity) -> Result<Option<Known<Identity>>, ReadError> {
        let forgotten = self.state().forgotten;
        let known = if let Some(identity) = self.storage.identity_by_native(&seen.native).await? {
            Known {
                value: Arc::new(identity),
                written: true,
            }
        } else {
            let identity = Identity {
                id: IdentityId(self.clock.id()),
                native: seen.native.clone(),
                name: seen.name.clone(),
                bot: seen.bot,
                staff: false,
                roles: Vec::new(),
                language: seen.language.clone(),
            };
            Known {
                value: Arc::new(identity),
                written: false,
            }
        };
        let mut state = self.state();
        if state.forgotten != forgotten {
            return Ok(None);
        }
        if let Some(first) = state.identities.get(&seen.native) {
            return Ok(Some(first));
        }
        state.identities.insert(seen.native.clone(), known.clone());
        Ok(Some(known))
    }

    /// A unit with this news is on disk.
    pub(super) fn written(&self, news: &[DirectoryUnit]) {
        let mut state = self.state();
        for unit in news {
            match unit {
                DirectoryUnit::Place(place) => {
                    if let Some(mut known) = state.places.get(&place.native) {
                        known.written |= *known.value == *place;
                        state.places.insert(place.native.clone(), known);
                    }
                }
                DirectoryUnit::Identity(identity) => {
                    if let Some(mut known) = state.identities.get(&identity.native) {
                        known.written |= *known.value == *identity;
                        state.identities.insert(identity.native.clone(), known);
                    }
                }
                // Another place may have become part of it, or it of another.
                DirectoryUnit::Moved { .. } => {
                    state.places.clear();
                    state.place_ids.clear();
                }
                DirectoryUnit::Community { .. }
                | DirectoryUnit::Roles { .. }
                | DirectoryUnit::Space { .. }
                | DirectoryUnit::Membership { .. }
                | DirectoryUnit::Login { .. } => {}
            }
        }
    }

    /// A place by our id.
    pub(super) async fn place_of(&self, id: PlaceId) -> Result<Option<Arc<Place>>, ReadError> {
        if let Some(place) = self.state().place_ids.get(&id) {
            return Ok(Some(place));
        }
        let forgotten = self.state().forgotten;
        let place = self.storage.place(id).await?.map(Arc::new);
        let mut state = self.state();
        if let Some(place) = place.as_ref().filter(|_| state.forgotten == forgotten) {
            state.place_ids.insert(id, Arc::clone(place));
        }
        Ok(place)
    }

    /// An identity by our id.
    pub(super) async fn identity_of(&self, id: IdentityId) -> Result<Option<Arc<Identity>>, ReadError> {
        if let Some(identity) = self.state().identity_ids.get(&id) {
            return Ok(Some(identity));
        }
        let forgotten = self.state().forgotten;
        let identity = self.storage.identity(id).await?.map(Arc::new);
        let mut state = self.state();
        if let Some(identity) = identity.as_ref().filter(|_| state.forgotten == forgotten) {
            state.identity_ids.insert(id, Arc::clone(identity));
        }
        Ok(identity)
    }

    /// A community; one that is missing in the table is named by its id.
    pub(super) async fn community(&self, id: CommunityId) -> Result<Arc<Community>, ReadError> {
        if let Some(community) = self.state().communities.get(&id) {
            return Ok(community);
        }
        let forgotten = self.state().forgotten;
        let all = self.storage.communities().await?;
        let found = all.into_iter().find(|community| community.id == id).map(Arc::new);
        match found {
            Some(community) => {
                let mut state = self.state();
                if state.forgotten == forgotten {
                    state.communities.insert(id, Arc::clone(&community));
                }
                Ok(community)
            }
            None => Err(ReadError {
                what: "community of an event",
                source: format!("community {id} is not in the table").into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
