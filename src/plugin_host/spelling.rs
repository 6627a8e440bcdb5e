//! What somebody probably wanted to write: the name that is most like theirs, of those that there are. Pure.

/// A name is taken for a mistyped one from here on.
const NEAR: f64 = 0.8;

/// Longer texts are nobody's name with a slip in it.
const WRITTEN_BYTES_MAX: usize = 100;

/// The name that is most like what was written, if one is like it at all.
pub fn near<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    most(names.into_iter().map(|name| (likeness(written, name), name)))
}

/// The same among plugins, which people call by what stands behind the slash, too.
pub fn near_plugin<'a>(written: &str, ids: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    most(ids.into_iter().map(|id| {
        let short = id.split_once('/').map(|(_, name)| name);
        let short = short.filter(|_| !written.contains('/'));
        let by_name = short.map_or(0.0, |name| likeness(written, name));
        (likeness(written, id).max(by_name), id)
    }))
}

fn likeness(written: &str, name: &str) -> f64 {
    if written.len().max(name.len()) > WRITTEN_BYTES_MAX {
        return 0.0;
    }
    strsim::jaro_winkler(written, name)
}

fn most<'a>(names: impl Iterator<Item = (f64, &'a str)>) -> Option<&'a str> {
    let near = names.filter(|(likeness, _)| *likeness > NEAR);
    near.max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        assert_eq!(near("greting", ["greeting", "zone"]), Some("greeting"));
        assert_eq!(near("colour", ["greeting", "zone"]), None);
        assert_eq!(near(&"greeting".repeat(1_000), ["greeting"]), None);
    }

    #[test]
    fn a_plugin_is_found_by_the_end_of_its_name() {
        let ids = ["switchboard/hello", "switchboard/help", "acme/tools"];
        assert_eq!(near_plugin("hello", ids), Some("switchboard/hello"));
        assert_eq!(near_plugin("tol", ids), Some("acme/tools"));
        assert_eq!(near_plugin("acme/tool", ids), Some("acme/tools"));
        assert_eq!(near_plugin("weather", ids), None);
    }
}
