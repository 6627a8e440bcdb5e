//! The tutorials and recipes of `docs/plugins`, word for word: what they say to write is written, what they say to type is typed, and what
//! they show has to be seen.
//!
//! A block behind "Write `FILE`:" is the file; a block of `console` has commands behind `$ `, and below each what is among
//! the lines that it prints.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::authors::{empty, lock, with_our_crates};
use crate::support::program::check;

/// Plays a page of `docs/plugins` in a folder. `program` makes the command that `switchboard` stands for.
pub fn play(page: &str, folder: &Path, program: impl Fn(&Path, &[&str]) -> Command) {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plugins").join(page);
    let text = std::fs::read_to_string(text).unwrap();
    let (mut before, mut done) = (String::new(), 0);
    let mut rest = text.as_str();
    while let Some((prose, block)) = rest.split_once("\n```") {
        let (language, block) = block.split_once('\n').unwrap();
        let (block, behind) = block.split_once("```\n").expect("a block ends");
        before.push_str(prose);
        if language == "console" {
            run(page, block, folder, &program);
            done += 1;
        } else if let Some(file) = written(&before) {
            std::fs::write(folder.join(file), block).unwrap();
            done += 1;
        }
        before.clear();
        rest = behind;
    }
    assert!(done > 0, "{page} has nothing to do");
}

/// The file that the last words before a block name.
fn written(prose: &str) -> Option<PathBuf> {
    let (_, name) = prose.trim_end().strip_suffix("`:")?.rsplit_once("Write `")?;
    Some(PathBuf::from(name))
}

fn run(page: &str, block: &str, folder: &Path, program: &impl Fn(&Path, &[&str]) -> Command) {
    let mut output = None;
    for line in block.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            let output = output
                .as_ref()
                .unwrap_or_else(|| panic!("{page}: {line}: nothing was typed before"));
            check(output, 0, line);
            continue;
        };
        let words: Vec<&str> = command.split(' ').collect();
        let ["switchboard", arguments @ ..] = words.as_slice() else {
            panic!("{page}: {command}: only `switchboard` can be typed");
        };
        let ended = program(folder, arguments).output().unwrap();
        check(&ended, 0, "");
        // With the crates that are here already.
        if let ["plugin", "new", name, ..] = arguments
            && folder.join(name).join("Cargo.toml").is_file()
        {
            lock(&folder.join(name));
        }
        output = Some(ended);
    }
}

#[test]
fn who_follows_the_tutorial_in_rust_has_a_plugin() {
    let folder = empty("tutorial");
    play("rust.md", &folder, with_our_crates);
}

#[test]
fn who_follows_how_to_publish_has_an_index() {
    let folder = empty("publish");
    std::fs::create_dir(folder.join("packages")).unwrap();
    play("publish.md", &folder, with_our_crates);
}

#[test]
fn every_recipe_does_what_it_says() {
    let folder = empty("recipes");
    play("recipes.md", &folder, with_our_crates);
}
