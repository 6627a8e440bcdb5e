//! How a plugin is set in a part of its community: what stands nearer outweighs what stands around it. Pure, but for finding
//! what a place is in.

use serde_json::{Map, Value};

use crate::model::directory::Place;
use crate::model::ids::CommunityId;
use crate::storage::plugins::{Override, PluginSettings, Within};
use crate::storage::{ReadError, SharedStorage};

/// What a place is in, and the place itself: the widest first.
pub fn around(place: &Place) -> Vec<Within> {
    let parts = [
        place.space.map(Within::Space),
        place.parent.map(Within::Place),
        Some(Within::Place(place.id)),
    ];
    parts.into_iter().flatten().collect()
}

/// The settings as they are in this part, which is the last of `around`. What is not said otherwise there is as it is around it;
/// revision, permissions and place in the chain are the same everywhere.
pub fn effective(settings: &PluginSettings, around: &[Within]) -> PluginSettings {
    let mut there = settings.clone();
    let holds = around
        .iter()
        .filter_map(|within| settings.overrides.iter().find(|set| set.within == *within));
    for set in holds {
        there.enabled = set.enabled.unwrap_or(there.enabled);
        if !set.config.is_empty() {
            there.config = laid_over(&there.config, &set.config);
        }
    }
    there
}

/// A config with other fields laid over it.
fn laid_over(config: &str, fields: &Map<String, Value>) -> String {
    let mut config: Map<String, Value> = serde_json::from_str(config).unwrap_or_default();
    for (name, value) in fields {
        match value {
            Value::Null => config.remove(name),
            value => config.insert(name.clone(), value.clone()),
        };
    }
    Value::Object(config).to_string()
}

/// The fields that make `wanted` of `around`.
pub fn differing(around: &Map<String, Value>, wanted: &Map<String, Value>) -> Map<String, Value> {
    let gone = around.keys().filter(|name| !wanted.contains_key(*name));
    let gone = gone.map(|name| (name.clone(), Value::Null));
    let other = wanted.iter().filter(|(name, value)| around.get(*name) != Some(*value));
    gone.chain(other.map(|(name, value)| (name.clone(), value.clone())))
        .collect()
}

/// The settings with this in place of what was said of that part; what says nothing is taken out.
pub fn with(settings: &PluginSettings, set: Override) -> PluginSettings {
    let mut after = settings.clone();
    after.overrides.retain(|other| other.within != set.within);
    if set.enabled.is_some() || !set.config.is_empty() {
        after.overrides.push(set);
    }
    after
}

/// A part of a community that is there.
pub struct Found {
    /// As people call it.
    pub name: String,
    /// What it is in, and the part itself: the widest first.
    pub around: Vec<Within>,
}

/// The part; none where it is not, or no longer, one of the community.
///
/// # Errors
///
/// When it cannot be read.
pub async fn find(storage: &SharedStorage, community: CommunityId, within: Within) -> Result<Option<Found>, ReadError> {
    Ok(match within {
        Within::Space(id) => {
            let spaces = storage.spaces(community).await?;
            let space = spaces.into_iter().find(|space| space.id == id);
            space.map(|space| Found {
                name: space.name,
                around: vec![within],
            })
        }
        Within::Place(id) => {
            let place = storage.place(id).await?.filter(|place| place.community == community);
            place.map(|place| Found {
                around: around(&place),
                name: place.name,
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::dispatcher::chain::BUNDLED;
    use crate::model::ids::{PlaceId, PluginId, SpaceId};

    fn space() -> Within {
        Within::Space(SpaceId(Uuid::from_u128(1)))
    }

    fn place(number: u128) -> Within {
        Within::Place(PlaceId(Uuid::from_u128(number)))
    }

    fn set(within: Within, enabled: Option<bool>, config: Value) -> Override {
        let Value::Object(config) = config else {
            panic!("no object")
        };
        Override {
            within,
            enabled,
            config,
        }
    }

    fn settings(overrides: Vec<Override>) -> PluginSettings {
        PluginSettings {
            enabled: true,
            config: json!({ "greeting": "Hello", "short": false }).to_string(),
            overrides,
            ..PluginSettings::new(CommunityId(Uuid::nil()), PluginId::from("a/b"), BUNDLED)
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
    #[track_caller]
    fn check(settings: &PluginSettings, around: &[Within], enabled: bool, config: Value) {
        let there = effective(settings, around);
        assert_eq!(there.enabled, enabled);
        assert_eq!(
            serde_json::from_str::<Value>(&there.config).expect("it is JSON"),
            config
        );
    }

    #[test]
    fn what_stands_nearer_outweighs_what_stands_around_it() {
        let settings = settings(vec![
            set(place(3), Some(true), json!({ "greeting": "Psst" })),
            set(
                space(),
                Some(false),
                json!({ "greeting": "Hey", "short": null, "extra": [1] }),
            ),
        ]);
        check(&settings, &[], true, json!({ "greeting": "Hello", "short": false }));
        check(
            &settings,
            &[place(9)],
            true,
            json!({ "greeting": "Hello", "short": false }),
        );
        check(
            &settings,
            &[space(), place(2)],
            false,
            json!({ "greeting": "Hey", "extra": [1] }),
        );
        check(
            &settings,
            &[space(), place(3)],
            true,
            json!({ "greeting": "Psst", "extra": [1] }),
        );
        // A thread is as what it hangs in.
        check(
            &settings,
            &[place(3), place(4)],
            true,
            json!({ "greeting": "Psst", "short": false }),
        );
    }

    #[test]
    fn what_differs_makes_one_config_of_another() {
        let (around, wanted) = (json!({ "a": 1, "b": 2, "c": 3 }), json!({ "a": 1, "b": [2], "d": 4 }));
        let (Value::Object(around), Value::Object(wanted)) = (around, wanted) else {
            panic!("both are objects")
        };
        let differing = differing(&around, &wanted);
        assert_eq!(Value::Object(differing.clone()), json!({ "b": [2], "c": null, "d": 4 }));
        let text = Value::Object(around).to_string();
        let made: Value = serde_json::from_str(&laid_over(&text, &differing)).expect("it is JSON");
        assert_eq!(made, Value::Object(wanted));
    }

    #[test]
    fn what_says_nothing_is_not_kept() {
        let before = settings(vec![set(space(), Some(false), json!({}))]);
        let after = with(&before, set(space(), None, json!({ "short": true })));
        assert_eq!(after.overrides, [set(space(), None, json!({ "short": true }))]);
        assert!(with(&after, set(space(), None, json!({}))).overrides.is_empty());
    }
}
