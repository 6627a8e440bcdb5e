//! Names of what the settings of a community are about and its lists are too short for: whatever is shown has a name.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::{Named, named_place};
use crate::model::ids::{CommunityId, PlaceId};
use crate::storage::plugins::{PluginSettings, Within};
use crate::storage::{ReadError, SharedStorage};

/// More are shown by their ids: each is looked up by itself, whenever somebody looks at settings.
const LOOKED_UP_MAX: usize = 1_000;

/// The places that settings of plugins are about and that are not among `known`, by name.
pub(super) async fn places<'a>(
    storage: &SharedStorage,
    community: CommunityId,
    known: impl Iterator<Item = &'a Named>,
) -> Result<Vec<Named>, ReadError> {
    let mut wanted = BTreeSet::new();
    for settings in storage.plugin_settings(community).await? {
        note(&settings, &mut wanted);
    }
    for named in known {
        if let Ok(id) = Uuid::try_parse(&named.reference) {
            wanted.remove(&id);
        }
    }
    let mut found = Vec::new();
    for id in wanted.into_iter().take(LOOKED_UP_MAX) {
        let place = storage.place(PlaceId(id)).await?;
        found.extend(place.filter(|place| place.community == community));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found.iter().map(named_place).collect())
}

/// All that may be a place in the settings of a plugin.
fn note(settings: &PluginSettings, ids: &mut BTreeSet<Uuid>) {
    // What cannot be read names nothing.
    note_value(&serde_json::from_str(&settings.config).unwrap_or_default(), ids);
    for set in &settings.overrides {
        if let Within::Place(PlaceId(id)) = set.within {
            ids.insert(id);
        }
        set.config.values().for_each(|value| note_value(value, ids));
    }
}

fn note_value(value: &Value, ids: &mut BTreeSet<Uuid>) {
    match value {
        Value::String(text) => ids.extend(Uuid::try_parse(text)),
        Value::Array(items) => items.iter().for_each(|item| note_value(item, ids)),
        Value::Object(fields) => fields.values().for_each(|field| note_value(field, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::{LISTED_MAX, references};
    use crate::clock::TestClock;
    use crate::installer::baseline::fresh;
    use crate::model::Timestamp;
    use crate::model::directory::{Audience, Place};
    use crate::model::ids::{PlaceRef, PluginId};
    use crate::storage::Unit;
    use crate::storage::plugins::{Override, PluginUnit};
    use crate::storage::sqlite::{Options, SqliteStorage};
    use crate::storage::unit::DirectoryUnit;

    use super::*;

    const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
    const ELSEWHERE: CommunityId = CommunityId(Uuid::from_u128(2));

    fn place(number: u128, community: CommunityId, audience: Audience, name: &str) -> Unit {
        Unit::Directory(DirectoryUnit::Place(Place {
            id: id(number),
            native: PlaceRef {
                scope: "discord".into(),
                id: number.to_string().into(),
            },
            login: "discord".into(),
            community,
            space: None,
            parent: None,
            name: name.to_owned(),
            audience,
            thread: false,
            enabled: true,
            overheard: false,
        }))
    }

    fn id(number: u128) -> PlaceId {
        PlaceId(Uuid::from_u128(number))
    }

    fn community(id: CommunityId) -> Unit {
        Unit::Directory(DirectoryUnit::Community {
            id,
            name: id.to_string(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whatever_settings_are_about_has_a_name_in_a_community_of_any_size() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(0)));
        let path = folder.path().join("switchboard.db");
        let storage: SharedStorage = SqliteStorage::open(&path, &Options::for_testing(), clock).unwrap();
        let mut units = vec![community(COMMUNITY), community(ELSEWHERE)];
        // As many as a list has, and as many people who write to the bot alone.
        for number in 0..u128::from(LISTED_MAX) {
            units.push(place(
                10_000 + number,
                COMMUNITY,
                Audience::Public,
                &format!("room {number}"),
            ));
            units.push(place(
                20_000 + number,
                COMMUNITY,
                Audience::Direct,
                &format!("ann {number}"),
            ));
        }
        units.push(place(3, COMMUNITY, Audience::Public, "zoo"));
        units.push(place(4, COMMUNITY, Audience::Public, "yard"));
        units.push(place(5, ELSEWHERE, Audience::Public, "not theirs"));
        let plugin = PluginId::from("acme/news");
        let mut settings = fresh(COMMUNITY, &plugin, &[]);
        let gone = id(6).to_string();
        settings.config = json!({ "to": [{ "place": id(4).to_string() }, id(5).to_string(), gone] }).to_string();
        settings.overrides = vec![Override {
            within: Within::Place(id(3)),
            enabled: Some(false),
            config: serde_json::Map::new(),
        }];
        units.push(Unit::Plugin(PluginUnit::Settings {
            before: None,
            after: settings,
        }));
        storage.write(Unit::All(units)).await.unwrap();

        let known = references(&storage, COMMUNITY).await.unwrap();
        let listed = LISTED_MAX as usize;
        assert_eq!(known.places.len(), listed + 2);
        assert!(
            known.places[..listed]
                .iter()
                .all(|place| place.name.starts_with("room "))
        );
        let more: Vec<_> = known.places[listed..].iter().map(|place| place.name.as_str()).collect();
        assert_eq!(more, ["yard", "zoo"]);
        assert_eq!(known.label(Within::Place(id(3))), "zoo (discord)");
        assert_eq!(known.label(Within::Place(id(5))), id(5).to_string());
    }
}
