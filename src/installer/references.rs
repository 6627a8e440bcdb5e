//! Settings that name a place, a person or a role: people write and choose names, plugins get refs.

mod in_settings;

use std::fmt::Display;

use serde_json::Value;
use uuid::Uuid;

use crate::dispatcher::chain::settings::PartName;
use crate::model::directory::{Identity, Place, Space};
use crate::model::ids::{CommunityId, PlaceId, SpaceId};
use crate::plugin_host::schema::{Problem, Reference};
use crate::storage::plugins::Within;
use crate::storage::{ReadError, SharedStorage};

/// More than a list in a form can show; who is behind them is written by ref.
const LISTED_MAX: u32 = 1_000;

/// As many names as a sentence can hold.
const TOLD_MAX: usize = 10;

/// What settings of a community can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// What logins were let into, such as servers of Discord.
    pub spaces: Vec<Named>,
    /// Rooms and channels by name, then threads; last those that are too many for a list and that settings are about.
    pub places: Vec<Named>,
    /// People who lately wrote, by name.
    pub people: Vec<Named>,
    /// Roles that the community has named.
    pub roles: Vec<Named>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As plugins get it.
    pub reference: String,
    /// As people call it.
    pub name: String,
    /// The login or platform where it is; none for roles.
    pub whence: Option<String>,
}

impl Named {
    /// `general (discord)`: what is chosen from.
    pub fn label(&self) -> String {
        match &self.whence {
            Some(whence) => format!("{} ({whence})", self.name),
            None => self.name.clone(),
        }
    }

    fn has_id(&self, id: Uuid) -> bool {
        Uuid::try_parse(&self.reference) == Ok(id)
    }

    fn is_called(&self, text: &str) -> bool {
        let bare = text.trim().trim_start_matches(['#', '@']);
        self.name.trim_start_matches('#').eq_ignore_ascii_case(bare) || self.label().eq_ignore_ascii_case(text.trim())
    }
}

impl References {
    /// Those that a format is about.
    pub fn of(&self, reference: Reference) -> &[Named] {
        match reference {
            Reference::Place => &self.places,
            Reference::Person => &self.people,
            Reference::Role => &self.roles,
        }
    }

    /// The value with a ref in place of each name, and which names are nobody's or several's; those stay.
    pub fn resolved(&self, schema: &Value, value: Value) -> (Value, Vec<Problem>) {
        let mut problems = Vec::new();
        let value = self.resolve(schema, value, &mut Vec::new(), &mut problems);
        (value, problems)
    }

    fn resolve(&self, schema: &Value, value: Value, path: &mut Vec<String>, problems: &mut Vec<Problem>) -> Value {
        let mut inside = |name: &str, schema: Option<&Value>, value: Value| {
            path.push(name.to_owned());
            let value = self.resolve(schema.unwrap_or(&Value::Null), value, path, problems);
            path.pop();
            value
        };
        match value {
            Value::Array(items) => {
                let items = (1..).zip(items);
                let items = items.map(|(number, item)| inside(&format!("{number}"), schema.get("items"), item));
                Value::Array(items.collect())
            }
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, field)| {
                    let of_field = schema.get("properties").and_then(|known| known.get(&name));
                    let field = inside(&name, of_field, field);
                    (name, field)
                });
                Value::Object(fields.collect())
            }
            Value::String(text) => match Reference::of(schema).filter(|_| !text.is_empty()) {
                None => Value::String(text),
                Some(kind) => Value::String(self.one(kind, &text).unwrap_or_else(|why| {
                    problems.push(Problem {
                        path: path.clone(),
                        text: why,
                    });
                    text
                })),
            },
            other => other,
        }
    }

    /// The value with a name in place of each ref, as far as the name says which. The other way round [`resolved`](Self::resolved)
    /// leads back.
    pub fn named(&self, schema: &Value, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(match Reference::of(schema) {
                Some(kind) => self.name_of(kind, &text).unwrap_or(text),
                None => text,
            }),
            Value::Array(items) => {
                let of_items = schema.get("items").unwrap_or(&Value::Null);
                items.into_iter().map(|item| self.named(of_items, item)).collect()
            }
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, field)| {
                    let of_field = schema.get("properties").and_then(|known| known.get(&name));
                    let field = self.named(of_field.unwrap_or(&Value::Null), field);
                    (name, field)
                });
                Value::Object(fields.collect())
            }
            other => other,
        }
    }

    /// The shortest name that is nobody else's.
    fn name_of(&self, kind: Reference, reference: &str) -> Option<String> {
        let named = self.of(kind).iter().find(|named| named.reference == reference)?;
        let mut shortest_first = [named.name.clone(), named.label()].into_iter();
        shortest_first.find(|name| self.one(kind, name).as_deref() == Ok(reference))
    }

    fn one(&self, kind: Reference, text: &str) -> Result<String, String> {
        // A ref is left to whoever uses it, which checks it each time: it may be of a place that is gone, or not listed.
        if Uuid::try_parse(text).is_ok() {
            return Ok(text.to_owned());
        }
        let known = self.of(kind);
        let called: Vec<&Named> = known.iter().filter(|named| named.is_called(text)).collect();
        only(&called, kind, text, known.iter()).map(|named| named.reference.clone())
    }

    /// The space or place that is called so, or has this id.
    ///
    /// # Errors
    ///
    /// That it is none's name, or several's, as a sentence.
    pub fn part(&self, text: &str) -> Result<Within, String> {
        let id = Uuid::try_parse(text.trim()).ok();
        let is_meant = |named: &&Named| match id {
            Some(id) => named.has_id(id),
            None => named.is_called(text),
        };
        let known = || self.spaces.iter().chain(&self.places);
        let meant: Vec<&Named> = known().filter(is_meant).collect();
        let named = only(&meant, "space or place", text, known())?;
        let id = Uuid::try_parse(&named.reference).map_err(|_| format!("“{text}” has no id"))?;
        Ok(if self.spaces.contains(named) {
            Within::Space(SpaceId(id))
        } else {
            Within::Place(PlaceId(id))
        })
    }

    /// The same where it is said which of both it is.
    ///
    /// # Errors
    ///
    /// That it is none's name, or several's, as a sentence.
    pub fn part_named(&self, part: PartName<'_>) -> Result<Within, String> {
        let id = |known: &[Named], kind: &str, text: &str| {
            // As with a ref: whoever uses it looks whether it is there, also where it is not listed.
            if let Ok(id) = Uuid::try_parse(text.trim()) {
                return Ok(id);
            }
            let called: Vec<&Named> = known.iter().filter(|named| named.is_called(text)).collect();
            let named = only(&called, kind, text, known.iter())?;
            Uuid::try_parse(&named.reference).map_err(|_| format!("“{text}” has no id"))
        };
        Ok(match part {
            PartName::Space(text) => Within::Space(SpaceId(id(&self.spaces, "space", text)?)),
            PartName::Place(text) => Within::Place(PlaceId(id(&self.places, "place", text)?)),
        })
    }

    /// How people call a part of the community; by its id where it is not, or no longer, here.
    pub fn label(&self, within: Within) -> String {
        let (known, id) = match within {
            Within::Space(SpaceId(id)) => (&self.spaces, id),
            Within::Place(PlaceId(id)) => (&self.places, id),
        };
        let named = known.iter().find(|named| named.has_id(id));
        named.map_or_else(|| Self::id(within), Named::label)
    }

    /// The id of a space or place.
    pub fn id(within: Within) -> String {
        within.to_string()
    }
}

/// `known` are those that could have been meant.
fn only<'a, 'k>(
    called: &[&'a Named],
    kind: impl Display,
    text: &str,
    known: impl Iterator<Item = &'k Named>,
) -> Result<&'a Named, String> {
    match called {
        [one] => Ok(one),
        [] => Err(format!("there is no {kind} “{text}” here{}", there_are(known))),
        [..] => {
            let labels: Vec<String> = called.iter().map(|named| named.label()).collect();
            Err(format!("“{text}” may be each of {}: write which", labels.join(", ")))
        }
    }
}

/// Those that could have been meant, while they are few.
fn there_are<'k>(known: impl Iterator<Item = &'k Named>) -> String {
    let mut labels: Vec<String> = known.map(Named::label).collect();
    if labels.is_empty() {
        return ", nor any other yet".to_owned();
    }
    let more = labels.len().saturating_sub(TOLD_MAX);
    labels.truncate(TOLD_MAX);
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    format!("; there is {}{more}", labels.join(", "))
}

/// What settings of a community can name.
///
/// # Errors
///
/// When it cannot be read.
pub async fn references(storage: &SharedStorage, community: CommunityId) -> Result<References, ReadError> {
    let places = storage.shared_places(community, LISTED_MAX).await?;
    let mut places: Vec<Named> = places.iter().map(named_place).collect();
    let people = storage.people_lately(community, LISTED_MAX).await?.into_iter();
    let people: Vec<Named> = people.map(named_person).collect();
    let more = in_settings::places(storage, community, places.iter().chain(&people)).await?;
    places.extend(more);
    let communities = storage.communities().await?;
    let roles = communities.into_iter().filter(|known| known.id == community);
    let mut roles: Vec<String> = roles.flat_map(|known| known.roles).map(|role| role.name).collect();
    roles.sort();
    roles.dedup();
    let spaces = storage.spaces(community).await?.into_iter();
    Ok(References {
        spaces: spaces.map(named_space).collect(),
        places,
        people,
        roles: roles
            .into_iter()
            .map(|name| Named {
                reference: name.clone(),
                name,
                whence: None,
            })
            .collect(),
    })
}

fn named_space(space: Space) -> Named {
    Named {
        reference: space.id.to_string(),
        name: space.name,
        whence: Some(format!("space of {}", space.login)),
    }
}

fn named_person(identity: Identity) -> Named {
    Named {
        reference: identity.id.to_string(),
        name: identity.name,
        whence: Some(identity.native.scope.to_string()),
    }
}

fn named_place(place: &Place) -> Named {
    Named {
        reference: place.id.to_string(),
        name: place.name.clone(),
        whence: Some(place.login.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plugin_host::schema::told;

    const GENERAL: &str = "11111111-1111-4111-8111-111111111111";
    const NEWS: &str = "33333333-3333-4333-8333-333333333333";
    const GUILD: &str = "77777777-7777-4777-8777-777777777777";
    const GONE: &str = "55555555-5555-4555-8555-555555555555";

    fn known() -> References {
        let named = |reference: &str, name: &str, whence: Option<&str>| Named {
            reference: reference.to_owned(),
            name: name.to_owned(),
            whence: whence.map(str::to_owned),
        };
        References {
            spaces: vec![named(GUILD, "4711", Some("space of discord"))],
            places: vec![
                named(GENERAL, "general", Some("discord")),
                named("on telegram", "general", Some("telegram")),
                named(NEWS, "#news", Some("discord")),
            ],
            people: vec![named("ana", "Ana", Some("discord"))],
            roles: vec![named("helper", "helper", None)],
        }
    }

    fn schema() -> Value {
        json!({ "properties": {
            "place": { "type": "string", "format": "place" },
            "who": { "type": "array", "items": { "type": "string", "format": "person" } },
            "plan": { "type": "array", "items": { "properties": { "role": { "format": "role" }, "text": {} } } },
        } })
    }

    #[track_caller]
    fn check(written: Value, expected: Result<Value, &str>) {
        let (resolved, problems) = known().resolved(&schema(), written.clone());
        match expected {
            Ok(expected) => assert_eq!((resolved, told(&problems)), (expected, String::new())),
            Err(expected) => assert_eq!((resolved, told(&problems).as_str()), (written, expected)),
        }
    }

    #[test]
    fn names_become_refs_at_any_depth() {
        check(json!({ "place": "news" }), Ok(json!({ "place": NEWS })));
        check(
            json!({ "place": "General (Telegram)" }),
            Ok(json!({ "place": "on telegram" })),
        );
        check(json!({ "place": GENERAL }), Ok(json!({ "place": GENERAL })));
        check(json!({ "place": GONE }), Ok(json!({ "place": GONE })));
        check(json!({ "place": "" }), Ok(json!({ "place": "" })));
        check(json!({ "who": ["@ana"] }), Ok(json!({ "who": ["ana"] })));
        let plan = |role: &str| json!({ "plan": [{ "role": role, "text": "general" }] });
        check(plan("Helper"), Ok(plan("helper")));
    }

    #[test]
    fn a_part_is_a_space_or_a_place() {
        let id = |text: &str| Uuid::try_parse(text).expect("it is an id");
        let (guild, news) = (Within::Space(SpaceId(id(GUILD))), Within::Place(PlaceId(id(NEWS))));
        for (written, part) in [("4711", guild), (GUILD, guild), ("#news", news), (NEWS, news)] {
            assert_eq!(known().part(written), Ok(part), "{written}");
        }
        assert_eq!(known().label(guild), "4711 (space of discord)");
        assert_eq!(known().label(news), "#news (discord)");
        for (wrong, why) in [
            (
                "attic",
                "there is no space or place “attic” here; there is 4711 (space of discord), general (discord), general \
                 (telegram), #news (discord)",
            ),
            (
                GONE,
                "there is no space or place “55555555-5555-4555-8555-555555555555” here; there is 4711 (space of discord), general \
                 (discord), general (telegram), #news (discord)",
            ),
            (
                "general",
                "“general” may be each of general (discord), general (telegram): write which",
            ),
        ] {
            assert_eq!(known().part(wrong), Err(why.to_owned()));
        }
    }

    #[test]
    fn a_file_says_whether_it_means_a_space_or_a_place() {
        let id = |text: &str| Uuid::try_parse(text).expect("it is an id");
        let find = |part| known().part_named(part);
        assert_eq!(find(PartName::Space("4711")), Ok(Within::Space(SpaceId(id(GUILD)))));
        assert_eq!(find(PartName::Place("news")), Ok(Within::Place(PlaceId(id(NEWS)))));
        assert_eq!(find(PartName::Place(GONE)), Ok(Within::Place(PlaceId(id(GONE)))));
        let there = "there is no place “4711” here; there is general (discord), general (telegram), #news (discord)";
        assert_eq!(find(PartName::Place("4711")), Err(there.to_owned()));
        let which = "“general” may be each of general (discord), general (telegram): write which";
        assert_eq!(find(PartName::Place("general")), Err(which.to_owned()));
        let no_space = "there is no space “news” here; there is 4711 (space of discord)";
        assert_eq!(find(PartName::Space("news")), Err(no_space.to_owned()));
    }

    #[test]
    fn what_is_nobodys_or_severals_is_told() {
        let there =
            "at place: there is no place “attic” here; there is general (discord), general (telegram), #news (discord)";
        check(json!({ "place": "attic" }), Err(there));
        check(
            json!({ "place": "#general", "who": ["Bob", "Cat"] }),
            Err(
                "at place: “#general” may be each of general (discord), general (telegram): write which; at who, 1: there is no person \
                 “Bob” here; there is Ana (discord); at who, 2: there is no person “Cat” here; there is Ana (discord)",
            ),
        );
        let (_, nobody) = References::default().resolved(&json!({ "format": "role" }), json!("cook"));
        assert_eq!(told(&nobody), "there is no role “cook” here, nor any other yet");
    }

    #[test]
    fn refs_become_names_that_lead_back() {
        let stored = json!({ "place": GENERAL, "who": ["ana", GONE], "plan": [{ "role": "helper", "text": NEWS }] });
        let named = known().named(&schema(), stored.clone());
        let expected =
            json!({ "place": "general (discord)", "who": ["Ana", GONE], "plan": [{ "role": "helper", "text": NEWS }] });
        assert_eq!(named, expected);
        assert_eq!(known().resolved(&schema(), named), (stored, Vec::new()));
        assert_eq!(
            known().named(&schema(), json!({ "place": NEWS })),
            json!({ "place": "#news" })
        );
    }
}
