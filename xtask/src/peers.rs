//! The servers from elsewhere that tests run against: installed below the build folder, started on loopback, stopped.
//!
//! What they are is in `tests/peers`. They are processes of their own, for tests alone: nothing of them is linked or shipped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{step, tools};

/// Versions of Python that the pinned packages have builds for, the likeliest first.
const PYTHONS: [&str; 4] = ["python3.11", "python3.12", "python3.10", "python3"];

/// What is installed, and where.
pub struct Installed {
    python: PathBuf,
    node_modules: PathBuf,
}

/// The servers while they run. They end when their input does, so also when this process is killed.
pub struct Running {
    servers: Vec<Child>,
    discord: String,
    telegram: String,
}

/// Installs what is missing. Prints only what it begins to do, since cargo may print meanwhile.
pub fn install() -> Result<Installed> {
    // The terminal of who follows the README.
    if !step::exists("script") {
        tools::install(&["bsdutils"])?;
    }
    let installed = Installed {
        python: install_python()?,
        node_modules: install_node()?,
    };
    // With them the program installs what compiles plugins.
    tools::ensure_node()?;
    if !can(Path::new("python3"), "import pip") {
        tools::install(&["python3", "python3-pip"])?;
    }
    Ok(installed)
}

impl Installed {
    /// Starts the servers with nothing in them, and waits until they answer.
    pub fn start(&self) -> Result<Running> {
        eprintln!("==> start the servers that connectors are tested against");
        let data = home().join("discord-data");
        if data.exists() {
            fs::remove_dir_all(&data).context("remove what the last run left")?;
        }
        fs::create_dir_all(&data).context("create the data folder of a server")?;
        let mut running = Running {
            servers: Vec::new(),
            discord: String::new(),
            telegram: String::new(),
        };
        let mut discord = self.python();
        discord.arg(source().join("discord/serve.py")).arg(&data);
        let mut telegram = Command::new("node");
        telegram
            .arg(source().join("telegram/server.mjs"))
            .arg(&self.node_modules);
        running.discord = running.add("discord", discord)?;
        running.telegram = running.add("telegram", telegram)?;
        Ok(running)
    }

    /// Writes nothing beside the sources.
    fn python(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.arg("-B");
        command
    }

    /// Lets another library for bots say whether Discord's front is right.
    pub fn second_opinion(&self, running: &Running) -> Command {
        let mut command = self.python();
        command
            .arg(source().join("discord/second_opinion.py"))
            .arg(&running.discord);
        command
    }

    /// Compares what our fake of Discord was asked, answered and told with Discord's own description.
    pub fn schemas(&self, traffic: &Path) -> Command {
        let mut command = Command::new("node");
        command
            .arg(source().join("discord/schemas.mjs"))
            .arg(&self.node_modules)
            .arg(traffic);
        command
    }
}

impl Running {
    /// Tells a test where they are.
    pub fn show(&self, command: &mut Command) {
        command
            .env("SWITCHBOARD_PEER_DISCORD", &self.discord)
            .env("SWITCHBOARD_PEER_TELEGRAM", &self.telegram);
    }

    /// Starts one, and waits for its `ready ADDRESS`.
    fn add(&mut self, name: &str, mut command: Command) -> Result<String> {
        let log = home().join(format!("{name}.log"));
        let errors = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .with_context(|| format!("start the server for {name}"))?;
        let output = server.stdout.take().expect("standard output is piped");
        self.servers.push(server);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let Some(address) = lines.find_map(|line| line.strip_prefix("ready ").map(str::to_owned)) else {
            bail!("the server for {name} did not start, see {}", log.display());
        };
        // A full pipe would hold it up.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for server in &mut self.servers {
            drop(server.stdin.take());
        }
        for server in &mut self.servers {
            drop(server.wait());
        }
    }
}

/// A folder for what passes between our connector and our fake of Discord, with nothing in it.
pub fn traffic() -> Result<PathBuf> {
    let folder = std::path::absolute(home().join("discord-traffic")).context("name a folder")?;
    if folder.exists() {
        fs::remove_dir_all(&folder).context("remove what the last run left")?;
    }
    fs::create_dir_all(&folder).context("create a folder for what is asked")?;
    Ok(folder)
}

/// Where the sources lie.
fn source() -> PathBuf {
    step::root().join("tests/peers")
}

/// Where they are installed and leave what they write.
fn home() -> PathBuf {
    step::target().join("peers")
}

/// Our own Python with the packages of `requirements.txt`.
fn install_python() -> Result<PathBuf> {
    let folder = home().join("python");
    let lock = source().join("discord/requirements.txt");
    let python = folder.join("bin/python");
    if is_installed(&folder, &lock)? {
        return Ok(python);
    }
    let known = PYTHONS.into_iter().find(|name| can(Path::new(name), "pass"));
    let system = known.unwrap_or("python3");
    if !can(Path::new(system), "import ensurepip") {
        tools::install(&["python3", "python3-venv"])?;
    }
    quietly(
        "make a folder for Python",
        Command::new(system).args(["-m", "venv"]).arg(&folder),
    )?;
    quietly(
        "pip install (tests/peers)",
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--require-hashes", "--requirement"])
            .arg(&lock),
    )
    .context("the pinned packages need Python 3.10, 3.11 or 3.12")?;
    // A library of the system that a package asks for.
    if !can(&python, "import magic") {
        tools::install(&["libmagic1"])?;
    }
    note_installed(&folder, &lock)?;
    Ok(python)
}

/// The packages of `package-lock.json`.
fn install_node() -> Result<PathBuf> {
    let folder = home().join("node");
    let lock = source().join("package-lock.json");
    if !is_installed(&folder, &lock)? {
        tools::ensure_node()?;
        fs::create_dir_all(&folder).context("create a folder for packages")?;
        for file in [&lock, &source().join("package.json")] {
            let name = file.file_name().expect("it is a file");
            fs::copy(file, folder.join(name)).with_context(|| format!("copy {}", file.display()))?;
        }
        quietly(
            "npm ci (tests/peers)",
            Command::new("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(&folder),
        )?;
        note_installed(&folder, &lock)?;
    }
    Ok(folder.join("node_modules"))
}

/// Whether what this lock says is there. What another one said is removed.
fn is_installed(folder: &Path, lock: &Path) -> Result<bool> {
    let wanted = fs::read(lock).with_context(|| format!("read {}", lock.display()))?;
    if fs::read(folder.join("installed")).is_ok_and(|found| found == wanted) {
        return Ok(true);
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    fs::create_dir_all(home()).context("create the folder of the servers")?;
    Ok(false)
}

/// Written last: what is interrupted before is begun anew.
fn note_installed(folder: &Path, lock: &Path) -> Result<()> {
    let copied = fs::copy(lock, folder.join("installed"));
    copied.map(drop).context("note what is installed")
}

/// Whether Python can do this.
fn can(python: &Path, program: &str) -> bool {
    let output = Command::new(python).args(["-c", program]).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// As [`step::run`], but shows the output only where it fails.
fn quietly(what: &str, command: &mut Command) -> Result<()> {
    eprintln!("==> {what}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start {}", command.get_program().display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{what} ended with {}:\n{}", output.status, said.trim_end());
    }
    Ok(())
}
