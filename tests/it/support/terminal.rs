//! A person at a terminal of their own, as `script` makes one: what is typed without being shown works as at a real one.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program in such a terminal; killed when a test fails.
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Receiver<String>,
    /// All that has been on the screen.
    pub screen: String,
    /// So much of it has been read.
    read: usize,
}

impl Terminal {
    /// Starts the program with these arguments in a folder.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let line = [&[env!("CARGO_BIN_EXE_switchboard")], arguments].concat().join(" ");
        Self::runs(folder, &format!("exec {line}"))
    }

    /// The same, and then this command of the shell in the same terminal; ends with the program's exit code. The program's
    /// number is in the file `pid`.
    pub fn start_then(folder: &Path, arguments: &[&str], then: &str) -> Self {
        let line = [&[env!("CARGO_BIN_EXE_switchboard")], arguments].concat().join(" ");
        // Ctrl-C is for the program alone: the shell goes on.
        let line = format!("trap : INT; sh -c 'echo $$ > pid; exec {line}'; code=$?; {then}; exit $code");
        Self::runs(folder, &line)
    }

    fn runs(folder: &Path, line: &str) -> Self {
        // A new terminal begins with nothing ignored, also where the tests run under `nohup`.
        let mut child = Command::new("env")
            .args(["--default-signal=HUP", "script"])
            .args(["--quiet", "--flush", "--return", "--command", line, "/dev/null"])
            .current_dir(folder)
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script`, of util-linux, is there");
        let (keys, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (news, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if news
                    .send(String::from_utf8_lossy(&bytes[..count]).into_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
        Self {
            child,
            keys,
            shown,
            screen: String::new(),
            read: 0,
        }
    }

    /// Waits until this is on the screen, behind what was read before; answers what stands before it.
    pub fn reads(&mut self, part: &str) -> String {
        loop {
            if let Some(at) = self.screen[self.read..].find(part) {
                let before = self.screen[self.read..][..at].to_owned();
                self.read += at + part.len();
                return before;
            }
            let Ok(news) = self.shown.recv_timeout(PATIENCE) else {
                panic!("{part:?} did not come behind\n{}", self.screen);
            };
            self.screen.push_str(&news);
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.types_part(&format!("{line}\r"));
    }

    /// Types this, and does not end the line.
    pub fn types_part(&mut self, part: &str) {
        self.keys.write_all(part.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Presses Ctrl-C, and waits for the end; answers the exit code.
    pub fn interrupts(mut self) -> Option<i32> {
        self.presses_interrupt();
        self.ends()
    }

    /// Presses Ctrl-C.
    pub fn presses_interrupt(&mut self) {
        self.keys.write_all(b"\x03").unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end; answers the exit code. What says nothing for too long is killed.
    pub fn ends(&mut self) -> Option<i32> {
        loop {
            match self.shown.recv_timeout(PATIENCE) {
                Ok(news) => self.screen.push_str(&news),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap().code(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end behind\n{}", self.screen),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
