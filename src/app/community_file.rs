//! `community.toml`: a community's settings and places as a file.
//!
//! Pure: text in, what it changes out. Direct chats are people's and stand in no file.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::installer::{Named, References};
use crate::model::directory::{Audience, Place, Role, cannot_be};
use crate::model::hours::Hours;
use crate::model::ids::{CommunityId, PlaceId, PlaceRef};
use crate::model::quality::Precision;
use crate::storage::Unit;
use crate::storage::consult::{ConsultUnit, Mode};
use crate::storage::core::Community;
use crate::storage::handoff::HandoffUnit;
use crate::storage::quality::QualityUnit;
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
    /// When staff are there; no line means always. Where nothing is said they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// What a language model does about questions that entries leave undecided: `off`, `select` or `compose`. Where nothing is said it
    /// stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_model: Option<Mode>,
    /// How many answers are to be right. Where nothing is said it stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Precision>,
    /// Roles of platforms that plugins know by a name of ours, and which of them make somebody staff. Where nothing is said
    /// they stay as they are.
    #[serde(default, rename = "role", skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
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
    /// The login that answers here. Counts only where the place is new, as its connector knows better.
    login: String,
    /// As people see it.
    name: String,
    /// Who reads along. Counts only where the place is new, as its connector knows better.
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
        if let Some(why) = file.answers.and_then(Precision::fault) {
            mistakes.push(format!("community.toml: `answers`: {why}"));
        }
        let roles = file.roles.as_deref().unwrap_or_default();
        for (number, role) in roles.iter().enumerate() {
            let same = |other: &Role| (&other.scope, &other.native) == (&role.scope, &role.native);
            if role.name.trim().is_empty() {
                mistakes.push(format!("community.toml: the role {} has no `name`", role.native));
            }
            if roles[..number].iter().any(same) {
                mistakes.push(format!("community.toml: the role {:?} is there twice", role.name));
            }
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
            if let Some(why) = cannot_be(place.enabled, place.overheard) {
                mistakes.push(format!("community.toml: the place {:?}: {why}", place.name));
            }
        }
        if mistakes.is_empty() { Ok(file) } else { Err(mistakes) }
    }

    /// What is stored, as a file. Threads come and go with what they are in.
    pub fn of(
        community: &Community,
        hours: Hours,
        (language_model, answers): (Mode, Precision),
        places: &[Place],
    ) -> Self {
        let written = |place: &&Place| place.audience != Audience::Direct && !place.thread;
        Self {
            name: community.name.clone(),
            language: community.language.clone(),
            zone: community.zone.clone(),
            hours: Some(hours),
            answers: Some(answers),
            roles: (!community.roles.is_empty()).then(|| community.roles.clone()),
            language_model: Some(language_model),
            places: places.iter().filter(written).map(PlaceEntry::of).collect(),
        }
    }

    /// What a file of plugins beside it can name before anything else is known here.
    pub fn references(&self) -> References {
        let named = |place: &PlaceEntry| Named {
            reference: place.id.to_string(),
            name: place.name.clone(),
            whence: Some(place.login.clone()),
        };
        References {
            places: self.places.iter().map(named).collect(),
            ..References::default()
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

    /// What is to be done so that `stored` says what the file says. `places` are the stored ones that it names.
    ///
    /// # Errors
    ///
    /// All mistakes at once, for people: places that belong to another community.
    pub fn changes(&self, id: CommunityId, stored: Option<&Self>, places: &[Place]) -> Result<Changes, Vec<String>> {
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
        if let Some(hours) = &self.hours
            && stored.is_none_or(|stored| stored.hours.as_ref() != Some(hours))
        {
            let hours = hours.clone();
            changes.lines.push(format!("hours: {}", hours_in_words(&hours)));
            changes
                .units
                .push(Unit::Handoff(HandoffUnit::Hours { community: id, hours }));
        }
        if let Some(precision) = self.answers
            && stored.is_none_or(|stored| stored.answers != Some(precision))
        {
            let Precision { addressed, overheard } = precision;
            let line = format!("answers: {addressed} of a hundred are to be right, {overheard} of what was overheard");
            changes.lines.push(line);
            let community = id;
            let unit = QualityUnit::Precision { community, precision };
            changes.units.push(Unit::Quality(unit));
        }
        let known = stored.and_then(|stored| stored.roles.as_deref()).unwrap_or_default();
        if let Some(roles) = self.roles.as_ref().filter(|roles| roles.as_slice() != known) {
            let line = |role: &Role| format!("{}{}", role.name, if role.staff { " (staff)" } else { "" });
            let lines: Vec<String> = roles.iter().map(line).collect();
            let names = if lines.is_empty() {
                "none".to_owned()
            } else {
                lines.join(", ")
            };
            changes.lines.push(format!("roles: {names}"));
            changes.units.push(Unit::Directory(DirectoryUnit::Roles {
                community: id,
                roles: roles.clone(),
            }));
        }
        if let Some(mode) = self.language_model
            && stored.and_then(|stored| stored.language_model).unwrap_or_default() != mode
        {
            changes
                .lines
                .push(format!("language model for answers: {}", mode.as_str()));
            let unit = ConsultUnit::Mode { community: id, mode };
            changes.units.push(Unit::Consult(unit));
        }
        let outcomes = self.places.iter().map(|place| place.change(id, places, &mut changes));
        let mistakes: Vec<String> = outcomes.filter_map(Result::err).collect();
        // What hangs in another place is compared with what that is by then.
        changes.units.sort_by_key(|unit| depth(unit, places));
        changes.units.extend(self.held(places, &changes.units));
        if mistakes.is_empty() {
            Ok(changes)
        } else {
            Err(mistakes)
        }
    }
}

impl CommunityFile {
    /// Threads and topics of the file that are as it says, in places that change: those would take them along.
    fn held(&self, places: &[Place], units: &[Unit]) -> Vec<Unit> {
        let changed = |wanted: Option<PlaceId>| {
            let is_it =
                |unit: &Unit| matches!(unit, Unit::Directory(DirectoryUnit::Place(place)) if Some(place.id) == wanted);
            wanted.is_some() && units.iter().any(is_it)
        };
        let listed = |place: &&Place| self.places.iter().any(|listed| listed.native() == place.native);
        let held = places.iter().filter(listed);
        let held = held.filter(|place| changed(place.parent) && !changed(Some(place.id)));
        held.map(|place| Unit::Directory(DirectoryUnit::Place(place.clone())))
            .collect()
    }
}

/// In how many other places it hangs, one in the other; what is no place hangs in none.
fn depth(unit: &Unit, places: &[Place]) -> usize {
    let Unit::Directory(DirectoryUnit::Place(place)) = unit else {
        return 0;
    };
    let above = |id: PlaceId| places.iter().find(|known| known.id == id)?.parent;
    // No chain is longer than there are places, be it a ring by mistake.
    std::iter::successors(place.parent, |id| above(*id))
        .take(places.len())
        .count()
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
            // An earlier release kept it of places where nothing is read.
            overheard: place.overheard && place.enabled,
        }
    }

    /// What settings of plugins call it, where it is new.
    pub fn id(&self) -> PlaceId {
        PlaceId(self.id)
    }

    /// How the platform names it.
    pub fn native(&self) -> PlaceRef {
        PlaceRef {
            scope: self.scope.as_str().into(),
            id: self.native.as_str().into(),
        }
    }

    /// Adds what is to be done so that the place is as the file says.
    ///
    /// # Errors
    ///
    /// When it belongs to another community, or is new with the id of another place. For people.
    fn change(&self, community: CommunityId, places: &[Place], changes: &mut Changes) -> Result<(), String> {
        let before = places.iter().find(|place| place.native == self.native());
        if before.is_none() && places.iter().any(|place| place.id == self.id()) {
            return Err(format!(
                "community.toml: the place {:?} is new and has the `id` of another place; give it one of its own",
                self.name
            ));
        }
        let mut place = before.cloned().unwrap_or_else(|| Place {
            id: self.id(),
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
        if before != Some(&place) {
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

    const ID: u128 = 1;

    fn place(native: &str, name: &str) -> String {
        format!(
            "[[place]]\nid = \"{}\"\nscope = \"s\"\nnative = \"{native}\"\nlogin = \"l\"\nname = \"{name}\"\n\
             audience = \"group\"\nenabled = true\noverheard = false\n",
            Uuid::from_u128(ID)
        )
    }

    fn file(more: &str) -> CommunityFile {
        CommunityFile::parse(&format!("name = \"c\"\nlanguage = \"en\"\nzone = \"UTC\"\n{more}")).unwrap()
    }

    fn community(number: u128) -> CommunityId {
        CommunityId(Uuid::from_u128(number))
    }

    fn stored(more: &str) -> Vec<Place> {
        let units = file(more).changes(community(1), None, &[]).unwrap().units;
        let places = units.into_iter().filter_map(|unit| match unit {
            Unit::Directory(DirectoryUnit::Place(place)) => Some(place),
            _ => None,
        });
        places.collect()
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let place = place("n", "x");
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

    #[test]
    fn a_place_that_is_switched_off_is_not_read_along() {
        let text = format!(
            "name = \"c\"\nlanguage = \"en\"\nzone = \"UTC\"\n{}",
            place("n", "x")
                .replace("enabled = true", "enabled = false")
                .replace("overheard = false", "overheard = true")
        );
        let why = cannot_be(false, true).unwrap();
        let mistakes = CommunityFile::parse(&text).unwrap_err();
        assert_eq!(mistakes, [format!("community.toml: the place \"x\": {why}")]);
        let mut earlier = stored(&place("n", "x")).remove(0);
        (earlier.enabled, earlier.overheard) = (false, true);
        assert!(!PlaceEntry::of(&earlier).overheard, "what is exported can be applied");
    }

    #[test]
    fn a_file_that_says_nothing_of_hours_leaves_them() {
        let stored = file("hours = [\"mon-fri 09:00-17:00\"]");
        let lines = |file: CommunityFile| file.changes(community(1), Some(&stored), &[]).unwrap().lines;
        assert_eq!(lines(file("")), [""; 0]);
        assert_eq!(lines(file("hours = []")), ["hours: always"]);
    }

    #[test]
    fn a_language_model_is_asked_where_the_file_says_so() {
        let lines = |file: &CommunityFile, stored: Option<&CommunityFile>| {
            let changes = file.changes(community(1), stored, &[]).unwrap();
            let lines = changes.lines.into_iter();
            lines.filter(|line| line.contains("model")).collect::<Vec<_>>()
        };
        let (silent, off, on) = (
            file(""),
            file("language_model = \"off\""),
            file("language_model = \"compose\""),
        );
        assert_eq!(lines(&on, None), ["language model for answers: compose"]);
        assert_eq!(lines(&off, None), [""; 0]);
        assert_eq!(lines(&off, Some(&on)), ["language model for answers: off"]);
        assert_eq!(lines(&silent, Some(&on)), [""; 0]);
        let wrong = CommunityFile::parse("name = \"c\"\nlanguage = \"en\"\nzone = \"UTC\"\nlanguage_model = \"yes\"");
        assert!(wrong.unwrap_err()[0].contains("`off`, `select`, `compose`"));
    }

    #[test]
    fn a_file_says_how_many_answers_are_to_be_right_or_leaves_it() {
        let stored = file("[answers]\nprecision = 90\n");
        let lines = |file: CommunityFile| file.changes(community(1), Some(&stored), &[]).unwrap().lines;
        assert_eq!(lines(file("")), [""; 0]);
        assert_eq!(lines(file("[answers]\nprecision_overheard = 97\n")), [""; 0]);
        let told = ["answers: 95 of a hundred are to be right, 99 of what was overheard"];
        assert_eq!(
            lines(file("[answers]\nprecision = 95\nprecision_overheard = 99\n")),
            told
        );
        let text = |answers: &str| format!("name = \"c\"\nlanguage = \"en\"\nzone = \"UTC\"\n[answers]\n{answers}\n");
        let why = CommunityFile::parse(&text("precision = 100")).unwrap_err();
        assert_eq!(
            why,
            ["community.toml: `answers`: 100 of a hundred cannot be wanted; it is from 50 to 99"]
        );
        assert!(CommunityFile::parse(&text("threshold = 0.9")).is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        let written = file(&format!("hours = []\n[answers]\nprecision = 80\n{}", place("n", "x")));
        assert_eq!(CommunityFile::parse(&written.text().unwrap()).unwrap(), written);
    }

    #[test]
    fn roles_are_named_once_and_stay_where_nothing_is_said() {
        const ROLE: &str = "[[role]]\nname = \"mods\"\nscope = \"discord\"\nnative = \"7\"\nstaff = true\n";
        let lines =
            |file: &CommunityFile, stored: &CommunityFile| file.changes(community(1), Some(stored), &[]).unwrap().lines;
        let (without, with) = (file(""), file(ROLE));
        assert_eq!(lines(&with, &without), ["roles: mods (staff)"]);
        assert_eq!(lines(&with, &with), [""; 0]);
        assert_eq!(lines(&without, &with), [""; 0]);
        assert_eq!(lines(&file("role = []"), &with), ["roles: none"]);
        let twice = CommunityFile::parse(&format!(
            "name = \"c\"\nlanguage = \"en\"\nzone = \"UTC\"\n{ROLE}{ROLE}"
        ));
        assert_eq!(twice.unwrap_err(), ["community.toml: the role \"mods\" is there twice"]);
    }

    #[test]
    fn a_known_place_is_changed_whatever_its_id_in_the_file() {
        let mut known = stored(&place("n", "before"));
        known[0].id = PlaceId(Uuid::from_u128(ID + 1));
        let changes = file(&place("n", "after")).changes(community(1), Some(&file("")), &known);
        assert_eq!(changes.unwrap().lines, ["place after, changed: on"]);
    }

    #[test]
    fn what_a_place_hangs_in_is_set_before_it() {
        const NATIVES: [&str; 3] = ["post", "forum", "server"];
        let entries = |enabled: &str| {
            let entries = NATIVES.map(|native| {
                let id = Uuid::from_u128(10 + native.len() as u128);
                let entry = place(native, native).replace(&Uuid::from_u128(ID).to_string(), &id.to_string());
                entry.replace("enabled = true", enabled)
            });
            entries.concat()
        };
        let mut known = stored(&entries("enabled = true"));
        let id = |known: &[Place], native: &str| {
            let named = known.iter().find(|place| place.name == native);
            named.map(|place| place.id)
        };
        let (forum, server) = (id(&known, "forum"), id(&known, "server"));
        for place in &mut known {
            place.parent = match place.name.as_str() {
                "post" => forum,
                "forum" => server,
                _ => None,
            };
        }
        let changes = file(&entries("enabled = false")).changes(community(1), Some(&file("")), &known);
        let set: Vec<String> = changes
            .unwrap()
            .units
            .into_iter()
            .filter_map(|unit| match unit {
                Unit::Directory(DirectoryUnit::Place(place)) => Some(place.name),
                _ => None,
            })
            .collect();
        assert_eq!(set, ["server", "forum", "post"]);
    }

    #[test]
    fn a_place_of_another_community_stays_there() {
        let known = stored(&place("n", "theirs"));
        let taken = file(&place("n", "ours"))
            .changes(community(2), None, &known)
            .unwrap_err();
        assert_eq!(
            taken,
            ["community.toml: the place \"ours\" belongs to another community"]
        );
    }

    #[test]
    fn a_new_place_takes_no_id_of_another() {
        let known = stored(&place("n", "theirs"));
        let taken = file(&place("other", "ours"))
            .changes(community(2), None, &known)
            .unwrap_err();
        assert_eq!(
            taken,
            ["community.toml: the place \"ours\" is new and has the `id` of another place; give it one of its own"]
        );
    }
}
