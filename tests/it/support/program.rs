//! The built program as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A command in an empty folder, with the data folder in it.
pub fn switchboard(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A folder with an empty data folder in it. Commands that do not begin one make none.
pub fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    folder
}

/// Runs a command to its end.
pub fn done(folder: &Path, arguments: &[&str]) -> Output {
    switchboard(folder, arguments).output().unwrap()
}

/// The exit code, and a part of what was printed.
#[track_caller]
pub fn check(output: &Output, code: i32, part: &str) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(part), "{part:?} is not in\n{text}");
}

/// The running program; killed when a test fails.
pub struct Running {
    child: Child,
    errors: Receiver<String>,
    /// Where its pages are, such as `http://127.0.0.1:8000`.
    pub url: String,
}

impl Running {
    pub fn start(folder: &Path) -> Self {
        Self::start_as(switchboard(folder, &["run", "--listen", "127.0.0.1:0"]))
    }

    /// As this command says.
    pub fn start_as(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        let mut ready = false;
        let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
        // It has said where it is when it is ready.
        for line in &mut shown {
            let line = line.unwrap();
            if let Some((_, found)) = line.split_once("web chat  ") {
                found.trim_end_matches('/').clone_into(&mut url);
            }
            ready = line.starts_with("Ctrl-C");
            if ready {
                break;
            }
        }
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let (lines, errors) = channel();
        let more = lines.clone();
        // Read all the time: a full pipe would hold the program up.
        std::thread::spawn(move || shown.map_while(Result::ok).try_for_each(|line| more.send(line)));
        std::thread::spawn(move || stderr.map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let running = Self { child, errors, url };
        assert!(ready, "it did not start: {}", running.errors());
        running
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as systemd does.
    pub fn terminate(&self) {
        let asked = Command::new("kill").arg(self.id().to_string()).status().unwrap();
        assert!(asked.success());
    }

    /// Waits until it has said this after it was ready, on whichever output; answers the line.
    pub fn said(&self, part: &str) -> String {
        let mut before = Vec::new();
        for line in &self.errors {
            if line.contains(part) {
                return line;
            }
            before.push(line);
        }
        panic!("it ended without saying {part:?}, but {}", before.join("\n"));
    }

    /// What it still says, until it ends.
    fn errors(&self) -> String {
        self.errors.iter().collect::<Vec<_>>().join("\n")
    }

    /// Asks for a page; answers its status and text.
    pub fn get(&self, path: &str) -> (u16, String) {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap();
        (status, answer)
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub fn stop(self) -> Option<i32> {
        self.terminate();
        self.ended()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A person in the terminal, as the socket sees them.
pub struct Chat {
    lines: BufReader<UnixStream>,
    /// What was shown.
    pub heard: Vec<String>,
}

impl Chat {
    /// Attaches to the program that runs on this data folder.
    pub fn open(data: &Path, name: &str) -> Self {
        let socket = UnixStream::connect(data.join("control.sock")).unwrap();
        let mut chat = Self {
            lines: BufReader::new(socket),
            heard: Vec::new(),
        };
        chat.write(&format!(
            r#"{{"ask":"chat","name":"{name}","language":null,"earlier":true}}"#
        ));
        chat
    }

    fn write(&mut self, line: &str) {
        self.lines.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Says something; whether it was taken in.
    pub fn say(&mut self, text: &str) -> bool {
        self.write(&format!(r#"{{"do":"text","text":"{text}"}}"#));
        loop {
            let line = self.next().expect("the program goes on");
            match line {
                _ if line.contains(r#""see":"taken""#) => return true,
                _ if line.contains(r#""see":"trouble""#) => return false,
                _ => {}
            }
        }
    }

    /// The next thing shown; none when the program hangs up.
    pub fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        if self.lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        self.heard.push(line.clone());
        Some(line)
    }

    /// How many answers were shown.
    pub fn answers(&self) -> usize {
        let answers = self.heard.iter();
        answers.filter(|line| line.contains(r#""from":"Switchboard""#)).count()
    }
}
