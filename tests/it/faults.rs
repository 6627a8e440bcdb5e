//! The disk lets the running program down: it says so, takes in nothing it could lose, and goes on when it can.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::program::{Chat, Running, check, done, switchboard};

/// Holds the compiled plugins and a database, and is filled in a moment.
const SMALL_DISK: &str = "size=96m";

/// SQLite's default.
const PAGE_BYTES: u64 = 4096;

/// The program with a data folder on a small disk of its own. The disk is mounted where only it is seen, so no rights
/// are needed beyond those of a user; where the system forbids even that, the test fails and says so.
fn on_a_small_disk(folder: &Path) -> Command {
    std::fs::create_dir(folder.join("data")).unwrap();
    let mut command = Command::new("unshare");
    let mount = format!(r#"mount -t tmpfs -o {SMALL_DISK} small data && exec "$0" "$@""#);
    command
        .current_dir(folder)
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount])
        .arg(env!("CARGO_BIN_EXE_switchboard"))
        .args(["run", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The data folder as the process sees it.
fn inside(running: &Running, folder: &Path) -> PathBuf {
    let data = folder.join("data");
    PathBuf::from(format!("/proc/{}/root", running.id())).join(data.strip_prefix("/").unwrap())
}

/// Leaves no room in the folder.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).unwrap();
    for bytes in [1 << 20, 1 << 12, 1] {
        while file.write_all(&vec![0; bytes]).is_ok() {}
    }
    path
}

#[test]
fn a_full_disk_loses_nothing_and_is_over_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start_as(on_a_small_disk(folder.path()));
    let data = inside(&running, folder.path());
    let mut chat = Chat::open(&data, "ada");
    let question = "What is Switchboard?";
    assert!(chat.say(question));
    assert_eq!(running.get("/readyz").0, 200);
    let mut taken = 1;

    let filler = fill(&data);
    // What the log has room for is still taken in.
    while chat.say(question) {
        taken += 1;
    }
    let (status, text) = running.get("/readyz");
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("the disk is full; make room"), "{text}");
    running.said("the disk is full");

    std::fs::remove_file(filler).unwrap();
    assert_eq!(running.get("/readyz").0, 200);
    assert!(chat.say(question));
    taken += 1;
    while chat.answers() < taken {
        chat.next().expect("the program goes on");
    }
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "no folder at all").unwrap();
    check(
        &done(folder.path(), &["run", "--listen", "127.0.0.1:0"]),
        1,
        "cannot use the data folder data",
    );
}

#[test]
fn damage_is_told_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    assert!(Chat::open(&folder.path().join("data"), "ada").say("Hello"));
    assert_eq!(running.stop(), Some(0));
    spoil(&folder.path().join("data/switchboard.db"), "message");

    let running = Running::start(folder.path());
    let mut chat = Chat::open(&folder.path().join("data"), "bob");
    assert!(chat.say("Hello"), "the event itself can still be kept");
    running.said("switchboard restore");
    let (status, text) = running.get("/readyz");
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("switchboard restore"), "{text}");
}

#[test]
fn a_database_of_a_newer_release_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Running::start(folder.path()).stop(), Some(0));
    let database = folder.path().join("data/switchboard.db");
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 9999).unwrap();
    drop(connection);
    let before = std::fs::read(&database).unwrap();
    let output = switchboard(folder.path(), &["run", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    check(&output, 1, "was written by a newer release (schema 9999");
    assert!(std::fs::read(&database).unwrap() == before, "the file was changed");
}

/// Overwrites the first page of a table.
fn spoil(database: &Path, table: &str) {
    let connection = rusqlite::Connection::open(database).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = connection.query_row(sql, [table], |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = File::options().write(true).open(database).unwrap();
    file.seek(SeekFrom::Start((page.unsigned_abs() - 1) * PAGE_BYTES))
        .unwrap();
    file.write_all(&[0xAA; PAGE_BYTES as usize]).unwrap();
}
