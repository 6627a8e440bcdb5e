//! What stands in the file, what is wrong with it, and that it comes back as it went out.

use super::*;
use crate::dispatcher::chain::config::{CONFIG_BYTES_MAX, PARTS_MAX};

#[test]
fn the_sample_is_sound_and_grants_what_its_plugins_ask_for() {
    let packages = Packages::bundled();
    let file = PluginsFile::parse(SAMPLE, &packages).expect("it is sound");
    for entry in &file.plugins {
        let package = packages.find(&entry.id).expect("it is inside");
        let package = Package::read(package).expect("it is sound");
        for wanted in package.manifest.wanted() {
            assert!(
                entry.grants.iter().any(|grant| grant == wanted.name()),
                "{}: {wanted}",
                entry.id
            );
        }
    }
}

#[test]
fn a_config_that_its_plugin_refuses_is_a_mistake_with_its_path() {
    let text = "[[plugin]]\nid = \"switchboard/faq\"\nconfig = { suggestions = 9 }\n";
    assert_eq!(
        PluginsFile::parse(text, &Packages::bundled()).expect_err("it has a mistake"),
        ["plugins.toml: switchboard/faq: its config is wrong: at suggestions: 5 is the most"]
    );
}

#[test]
fn what_is_set_otherwise_somewhere_goes_out_and_comes_back() {
    let (space, place) = (uuid::Uuid::from_u128(7), uuid::Uuid::from_u128(8));
    let text = format!(
        "[[plugin]]\nid = \"switchboard/faq\"\n[[plugin.within]]\nspace = \"{space}\"\nenabled = false\n\
         [[plugin.within]]\nplace = \"{place}\"\nenabled = true\nwithout = [\"quiet\"]\nconfig = {{ suggestions = 2 }}\n"
    );
    let community = CommunityId(uuid::Uuid::nil());
    let read = |text: &str| PluginsFile::parse(text, &Packages::bundled()).expect("it is sound");
    let changes = read(&text).changes(community, &[]);
    let [PluginUnit::Settings { after, .. }] = &changes[..] else {
        panic!("one plugin is set: {changes:?}")
    };
    assert_eq!(after.overrides.len(), 2);
    let written = PluginsFile::of(std::slice::from_ref(after))
        .text()
        .expect("it has a form in TOML");
    assert!(
        read(&written)
            .changes(community, std::slice::from_ref(after))
            .is_empty(),
        "{written}"
    );
}

#[test]
fn a_part_is_named_once_and_is_one_of_two_kinds() {
    let place = uuid::Uuid::from_u128(8);
    let refused = |within: &str| {
        let text = format!("[[plugin]]\nid = \"switchboard/faq\"\n{within}");
        PluginsFile::parse(&text, &Packages::bundled()).expect_err("it has a mistake")
    };
    let one = format!("[[plugin.within]]\nplace = \"{place}\"\nenabled = false\n");
    assert_eq!(
        refused(&format!("{one}{one}")),
        ["plugins.toml: switchboard/faq: two parts of `within` are about the same place or space"]
    );
    assert_eq!(
        refused("[[plugin.within]]\nenabled = false\n"),
        ["plugins.toml: switchboard/faq: each part of `within` names either a `space` or a `place`"]
    );
}

#[test]
fn settings_and_parts_have_a_limit() {
    let mistakes = |text: &str| PluginsFile::parse(text, &Packages::bundled()).expect_err("it has a mistake");
    let part = |number: u128, config: &str| {
        let place = PlaceId(uuid::Uuid::from_u128(number));
        format!("[[plugin.within]]\nplace = \"{place}\"\nenabled = false\nconfig = {{ {config} }}\n")
    };
    let long = format!("text = \"{}\"", "x".repeat(CONFIG_BYTES_MAX));
    let too_long = "its config has 65547 bytes, and 64 KiB (65536 bytes) are the most";
    // Also of a plugin that is not here.
    assert_eq!(
        mistakes(&format!("[[plugin]]\nid = \"a/b\"\nconfig = {{ {long} }}\n")),
        [format!("plugins.toml: a/b: {too_long}")]
    );
    assert_eq!(
        mistakes(&format!("[[plugin]]\nid = \"a/b\"\n{}", part(8, &long))),
        [format!(
            "plugins.toml: a/b: in {}, {too_long}",
            PlaceId(uuid::Uuid::from_u128(8))
        )]
    );
    let file = |parts: usize| {
        let parts: String = (1..=parts).map(|number| part(number as u128, "")).collect();
        format!("[[plugin]]\nid = \"a/b\"\n{parts}")
    };
    assert!(PluginsFile::parse(&file(PARTS_MAX), &Packages::bundled()).is_ok());
    let one_more = mistakes(&file(PARTS_MAX + 1));
    assert!(one_more[0].contains("in 50 spaces and places at most"), "{one_more:?}");
}

#[test]
fn mistakes_are_told_at_once() {
    let text = "[[plugin]]\nid = \"a/b\"\ngrants = [\"fly\"]\n[[plugin]]\nid = \"a/b\"\n";
    let mistakes = PluginsFile::parse(text, &Packages::bundled()).expect_err("it has mistakes");
    assert_eq!(
        mistakes,
        [
            "plugins.toml: a/b is granted \"fly\", which is no permission",
            "plugins.toml: a/b is there twice"
        ]
    );
}

#[test]
fn a_part_may_be_called_by_its_name() {
    let place = Within::Place(PlaceId(Uuid::from_u128(8)));
    let find = |part: PartName<'_>| match part {
        PartName::Place("help") => Ok(place),
        PartName::Place(other) | PartName::Space(other) => Err(format!("there is no {other}")),
    };
    let text = "[[plugin]]\nid = \"switchboard/faq\"\n[[plugin.within]]\nplace = \"help\"\nenabled = false\n\
                [[plugin.within]]\nspace = \"help\"\n[[plugin.within]]\nplace = \"attic\"\n";
    let packages = Packages::bundled();
    let mut file = PluginsFile::read(text).expect("it is a file");
    assert_eq!(
        file.mistakes(&packages),
        ["plugins.toml: switchboard/faq: “help” is no id of a space or place"],
        "nobody has looked yet"
    );
    assert_eq!(
        file.find_parts(find),
        [
            "plugins.toml: switchboard/faq: there is no help",
            "plugins.toml: switchboard/faq: there is no attic"
        ]
    );
    assert!(file.mistakes(&packages).is_empty(), "each is told once");
    let parts = file.plugins[0].parts().expect("they are found");
    assert_eq!(parts.iter().map(|part| part.within).collect::<Vec<_>>(), [place]);
}

#[test]
fn what_only_moved_up_because_another_one_has_gone_is_no_change() {
    let community = CommunityId(uuid::Uuid::nil());
    let stored = |names: &[(&str, u32)]| -> Vec<PluginSettings> {
        let settings = names.iter().map(|(name, position)| PluginSettings {
            position: *position,
            ..PluginSettings::new(community, PluginId::from(*name), BUNDLED)
        });
        settings.collect()
    };
    let places = |file: &[&str], before: &[PluginSettings]| -> Vec<(String, u32)> {
        let entries = file
            .iter()
            .map(|id| format!("[[plugin]]\nid = \"{id}\"\nenabled = false\n"));
        let file = PluginsFile::read(&entries.collect::<String>()).expect("it is a file");
        let units = file.changes(community, before).into_iter();
        let changed = units.filter_map(|unit| match unit {
            PluginUnit::Settings { after, .. } => Some((after.plugin.to_string(), after.position)),
            _ => None,
        });
        changed.collect()
    };
    let place = |id: &str, position: u32| (id.to_owned(), position);
    let before = stored(&[("a/a", 0), ("a/c", 2), ("a/d", 3)]);
    assert!(places(&["a/a", "a/c", "a/d"], &before).is_empty());
    assert!(places(&["a/a", "a/d"], &before).is_empty());
    assert_eq!(places(&["a/a", "a/c", "a/d", "a/e"], &before), [place("a/e", 4)]);
    let moved = [place("a/c", 0), place("a/a", 1), place("a/d", 2)];
    assert_eq!(places(&["a/c", "a/a", "a/d"], &before), moved);
    let between = [place("a/b", 1)];
    assert_eq!(places(&["a/a", "a/b", "a/c", "a/d"], &before), between);
}
