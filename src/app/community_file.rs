//! `community.toml`: a community's settings and places as a file.
//!
//! Pure: text in, what it changes out. Direct chats are people's and stand in no file.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::directory::{Audience, Place};
use crate::model::hours::Hours;
use crate::model::ids::{CommunityId, PlaceId, PlaceRef};
use crate::storage::Unit;
use crate::storage::core::Community;
use crate::storage::handoff::HandoffUnit;
use crate::storage::unit::DirectoryUnit;

/// The file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CommunityFile {
    /// As people see it.
    pub name: String,
    /// BCP 47: what is spoken where nothing else is known.
    pub language: String,
    /// IANA name.
    pub zone: String,
    /// When staff are there; always, where nothing is said.
    #[serde(default, skip_serializing_if = "Hours::are_always")]
    pub hours: Hours,
    /// Rooms and channels. What is in no file stays as it is.
    #[serde(default, rename = "place", skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceEntry>,
}

/// One place of the file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceEntry {
    /// What settings of plugins call it. Counts only where the place is new.
    id: Uuid,
    /// Where the platform's id holds.
    scope: String,
    /// The platform's id.
    native: String,
    /// The login that answers here.
    login: String,
    /// As people see it.
    name: String,
    /// Who reads along.
    audience: Audience,
    /// Whether Switchboard acts here.
    enabled: bool,
    /// Whether messages that do not address the bot are kept and offered to plugins.
    overheard: bool,
}

/// What making a file the community's settings does.
#[derive(Debug, Default)]
pub struct Changes {
    /// A line for each, for people.
    pub lines: Vec<String>,
    /// To be written.
    pub units: Vec<Unit>,
}

impl CommunityFile {
    /// Reads and checks the file.
    ///
    /// # Errors
    ///
    /// All mistakes at once, for people.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: Self =
            toml::from_str(text).map_err(|error| vec![format!("community.toml: {}", error.to_string().trim_end())])?;
        let mut mistakes = Vec::new();
        if file.name.trim().is_empty() {
            mistakes.push("community.toml: `name` is empty".to_owned());
        }
        if file.language.trim().is_empty() {
            mistakes.push("community.toml: `language` is empty; it looks like \"en\"".to_owned());
        }
        if TimeZone::get(&file.zone).is_err() {
            mistakes.push(format!(
                "community.toml: {:?} is no time zone; it looks like \"Europe/Berlin\"",
                file.zone
            ));
        }
        for (number, place) in file.places.iter().enumerate() {
            let earlier = &file.places[..number];
            if earlier
                .iter()
                .any(|other| other.native() == place.native() || other.id == place.id)
            {
                mistakes.push(format!("community.toml: the place {:?} is there twice", place.name));
            }
            if place.audience == Audience::Direct {
                mistakes.push(format!(
                    "community.toml: {:?} is a direct chat, which stands in no file",
                    place.name
                ));
            }
        }
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }

    /// What is stored, as a file. Threads come and go with what they are in.
    pub fn of(community: &Community, hours: Hours, places: &[Place]) -> Self {
        let written = |place: &&Place| place.audience != Audience::Direct && !place.thread;
        Self {
            name: community.name.clone(),
            language: community.language.clone(),
            zone: community.zone.clone(),
            hours,
            places: places.iter().filter(written).map(PlaceEntry::of).collect(),
        }
    }

    /// Its text.
    ///
    /// # Errors
    ///
    /// When it has no form in TOML.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        Ok(format!(
            "# Written by `switchboard export`, read by `switchboard apply`.\n{}",
            toml::to_string(self)?
        ))
    }

    /// What is to be done so that `stored` says what the file says.
    pub fn changes(&self, id: CommunityId, stored: Option<&Self>) -> Changes {
        let mut changes = Changes::default();
        let same =
            |stored: &Self| (&stored.name, &stored.language, &stored.zone) == (&self.name, &self.language, &self.zone);
        if !stored.is_some_and(same) {
            let (name, language, zone) = (self.name.clone(), self.language.clone(), self.zone.clone());
            changes.lines.push(format!("the community: {name}, {language}, {zone}"));
            let unit = DirectoryUnit::Community {
                id,
                name,
                language,
                zone,
            };
            changes.units.push(Unit::Directory(unit));
        }
        if stored.is_none_or(|stored| stored.hours != self.hours) {
            let hours = self.hours.clone();
            changes.lines.push(format!("hours: {}", hours_in_words(&hours)));
            changes
                .units
                .push(Unit::Handoff(HandoffUnit::Hours { community: id, hours }));
        }
        changes
    }
}

fn hours_in_words(hours: &Hours) -> String {
    if hours.are_always() {
        "always".to_owned()
    } else {
        hours.lines().join(", ")
    }
}

impl PlaceEntry {
    fn of(place: &Place) -> Self {
        Self {
            id: place.id.0,
            scope: place.native.scope.to_string(),
            native: place.native.id.to_string(),
            login: place.login.to_string(),
            name: place.name.clone(),
            audience: place.audience,
            enabled: place.enabled,
            overheard: place.overheard,
        }
    }

    /// How the platform names it.
    pub fn native(&self) -> PlaceRef {
        PlaceRef {
            scope: self.scope.as_str().into(),
            id: self.native.as_str().into(),
        }
    }

    /// Adds what is to be done so that the place is as the file says. `known` is the place of this native id.
    ///
    /// # Errors
    ///
    /// When the place belongs to another community, for people.
    pub fn change(&self, community: CommunityId, known: Option<Place>, changes: &mut Changes) -> Result<(), String> {
        let before = known.clone();
        let mut place = known.unwrap_or_else(|| Place {
            id: PlaceId(self.id),
            native: self.native(),
            login: self.login.as_str().into(),
            community,
            space: None,
            parent: None,
            name: String::new(),
            audience: self.audience,
            thread: false,
            enabled: false,
            overheard: false,
        });
        if place.community != community {
            return Err(format!(
                "community.toml: the place {:?} belongs to another community",
                self.name
            ));
        }
        place.name.clone_from(&self.name);
        (place.enabled, place.overheard) = (self.enabled, self.overheard);
        if before.as_ref() != Some(&place) {
            let on = if place.enabled { "on" } else { "off" };
            let overheard = if place.overheard { ", reads along" } else { "" };
            let word = if before.is_some() { "changed" } else { "new" };
            changes
                .lines
                .push(format!("place {}, {word}: {on}{overheard}", place.name));
            changes.units.push(Unit::Directory(DirectoryUnit::Place(place)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_mistakes_are_told_at_once() {
        let place = "[[place]]\nid = \"00000000-0000-0000-0000-000000000001\"\nscope = \"s\"\nnative = \"n\"\n\
                     login = \"l\"\nname = \"x\"\naudience = \"group\"\nenabled = true\noverheard = false\n";
        let text = format!("name = \"\"\nlanguage = \"en\"\nzone = \"Mars/Olympus\"\n{place}{place}");
        let mistakes = CommunityFile::parse(&text).unwrap_err();
        assert_eq!(
            mistakes,
            [
                "community.toml: `name` is empty",
                "community.toml: \"Mars/Olympus\" is no time zone; it looks like \"Europe/Berlin\"",
                "community.toml: the place \"x\" is there twice",
            ]
        );
    }
}
