//! The network between the program and a platform is cut for a while, with messages on their way in both directions:
//! nothing is lost and nothing is doubled.
//!
//! `SWITCHBOARD_CUT_SECONDS` makes the cut longer than a minute.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use switchboard::clock::SystemClock;
use switchboard::storage::Page;
use switchboard::storage::core::{CoreReads as _, DeliveryState};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::supervisor::{Restart, Stop, Supervisor};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use crate::support::program::{Running, switchboard};
use crate::{discord, telegram};

/// Asked at once before the cut: more than a chat bears at once, so that answers are on their way when it comes.
const BEFORE: usize = 12;

/// Asked when all is well again.
const AFTER: usize = 3;

/// Asked during the cut, one in so many seconds.
const EVERY: Duration = Duration::from_secs(3);

const QUESTION: &str = "How do I install a plugin?";

/// A network cable to one server.
struct Wire {
    address: SocketAddr,
    plugged: watch::Sender<bool>,
}

impl Wire {
    async fn to(server: SocketAddr) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let plugged = watch::Sender::new(true);
        let (socket, state) = (Mutex::new(Some(socket)), plugged.subscribe());
        Supervisor::new(Stop::new()).spawn("wire", Restart::Never, move || {
            let (socket, mut state) = (socket.lock().unwrap().take(), state.clone());
            async move {
                carry(socket.expect("started once"), server, &mut state).await;
                loop {
                    // Nobody else gets the port meanwhile, and nobody is let in.
                    let kept = TcpSocket::new_v4()?;
                    kept.set_reuseaddr(true)?;
                    kept.bind(address)?;
                    if state.wait_for(|plugged| *plugged).await.is_err() {
                        return Ok(());
                    }
                    carry(kept.listen(128)?, server, &mut state).await;
                }
                #[expect(unreachable_code, reason = "says what the task answers")]
                Ok::<(), std::io::Error>(())
            }
        });
        Self { address, plugged }
    }

    fn cut(&self) {
        self.plugged.send_replace(false);
    }

    fn mend(&self) {
        self.plugged.send_replace(true);
    }
}

/// Carries connections until the cable is pulled out, which breaks them all and refuses new ones.
async fn carry(socket: TcpListener, server: SocketAddr, plugged: &mut watch::Receiver<bool>) {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            _ = plugged.wait_for(|plugged| !*plugged) => return,
            accepted = socket.accept() => connections.push(async move {
                let Ok((mut near, _)) = accepted else { return };
                let Ok(mut far) = TcpStream::connect(server).await else { return };
                // Either side may hang up.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }),
            Some(()) = connections.next(), if !connections.is_empty() => {}
        }
    }
}

/// One platform, as this test needs it.
trait Platform {
    /// Somebody asks in their chat with the bot; answers the platform's name of the message.
    fn asks(&self, text: &str) -> String;
    /// Which messages the bot has answered, in order.
    fn answered(&self) -> Vec<String>;
    /// Tells when something was asked of the platform.
    fn changes(&self) -> watch::Receiver<u64>;
}

impl Platform for discord::fake::Fake {
    fn asks(&self, text: &str) -> String {
        self.says(discord::fake::DIRECT, text).to_string()
    }

    fn answered(&self) -> Vec<String> {
        let sent = self.calls("POST channels/107/messages").into_iter();
        // The same nonce is the same message.
        let once: BTreeMap<u64, String> = sent
            .filter(|call| call.made != 0)
            .map(|call| (call.made, call.body["message_reference"]["message_id"].to_string()))
            .collect();
        once.into_values().map(|id| id.trim_matches('"').to_owned()).collect()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed()
    }
}

impl Platform for telegram::fake::Fake {
    fn asks(&self, text: &str) -> String {
        self.says(7, text).to_string()
    }

    fn answered(&self) -> Vec<String> {
        let sent = self.calls("SendMessage").into_iter();
        let replies = sent.filter(|asked| asked["sent_as"].is_i64());
        replies
            .map(|asked| asked["reply_parameters"]["message_id"].to_string())
            .collect()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed()
    }
}

fn start(folder: &Path, config: &str, token: (&str, &str)) -> Running {
    std::fs::write(folder.join("switchboard.toml"), config).unwrap();
    let arguments = ["run", "--listen", "127.0.0.1:0", "--config", "switchboard.toml"];
    let mut command = switchboard(folder, &arguments);
    command.env(token.0, token.1);
    Running::start_as(command)
}

/// Waits until the messages that are answered are as `wanted`.
async fn until(platform: &impl Platform, wanted: impl Fn(&[String]) -> bool) {
    let mut changes = platform.changes();
    let found = async {
        while !wanted(&platform.answered()) {
            changes.changed().await.expect("the platform lives as long as the test");
        }
    };
    // A chat bears four messages in five seconds, and a retry waits two minutes at most.
    let in_time = tokio::time::timeout(Duration::from_mins(10), found).await.is_ok();
    assert!(in_time, "answered until now: {:?}", platform.answered());
}

async fn nothing_is_lost_or_doubled(folder: &Path, running: Running, wire: Wire, platform: &impl Platform) {
    let seconds = std::env::var("SWITCHBOARD_CUT_SECONDS").map_or(60, |text| text.parse().unwrap());
    let mut asked: Vec<String> = (0..BEFORE).map(|_| platform.asks(QUESTION)).collect();
    until(platform, |answered| answered.len() >= 2).await;
    wire.cut();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.tick().await;
    let mut at_the_cut = 0;
    for number in 0..seconds / EVERY.as_secs() {
        asked.push(platform.asks(QUESTION));
        ticks.tick().await;
        if number == 0 {
            // What was on its way has arrived or broken by now.
            at_the_cut = platform.answered().len();
        }
    }
    let meanwhile = platform.answered().len();
    assert_eq!(meanwhile, at_the_cut, "the cable is out");
    assert!(meanwhile < BEFORE, "answers were on their way");
    wire.mend();
    asked.extend((0..AFTER).map(|_| platform.asks(QUESTION)));
    // What was asked more than ten minutes ago is kept for people.
    let late = asked.len() - asked.len().min((600 / EVERY.as_secs() as usize) + AFTER);
    // Answers in one chat keep their order, so all others have ended by then.
    let last = asked.last().cloned().unwrap();
    until(platform, |answered| answered.contains(&last)).await;
    let (heard, states) = stop_and_count(folder, running, asked.len()).await;
    assert_eq!(heard, asked.len(), "each question is there once");

    let answered = platform.answered();
    let once: BTreeSet<&String> = answered.iter().collect();
    assert_eq!(once.len(), answered.len(), "nothing is said twice: {answered:?}");
    // A send that the cut met in the middle is a person's to decide, and nobody repeats it.
    let perhaps = states
        .iter()
        .filter(|state| **state == DeliveryState::PerhapsSent)
        .count();
    let delivered = states
        .iter()
        .filter(|state| **state == DeliveryState::Delivered)
        .count();
    assert_eq!(delivered + perhaps, states.len(), "{states:?}");
    assert!(perhaps <= 1, "one chat has one send on its way: {states:?}");
    assert!(
        (delivered..=delivered + perhaps).contains(&answered.len()),
        "{answered:?}, {states:?}"
    );
    assert!(
        states.len() >= asked.len() - late,
        "{} answers to {}",
        states.len(),
        asked.len()
    );
}

/// Ends the program, and reads what it stored: how often the question was heard, and how each answer stands.
async fn stop_and_count(folder: &Path, running: Running, asked: usize) -> (usize, Vec<DeliveryState>) {
    assert_eq!(running.stop(), Some(0));
    let database = folder.join("data/switchboard.db");
    let storage = SqliteStorage::open(&database, &Options::default(), Arc::new(SystemClock::new())).unwrap();
    let all = Page {
        before: None,
        limit: 10 * u32::try_from(asked).unwrap() + 100,
    };
    let events = storage.events(None, all, None).await.unwrap();
    let questions = events
        .iter()
        .filter(|(event, _)| event.new.event.body.kind() == "message");
    let deliveries = storage.deliveries(None, all, None).await.unwrap();
    (
        questions.count(),
        deliveries.into_iter().map(|delivery| delivery.state).collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_loses_and_doubles_nothing_on_discord() {
    let folder = tempfile::tempdir().unwrap();
    let fake = discord::fake::Fake::start().await;
    let wire = Wire::to(fake.address).await;
    let config = format!(
        "[discord]\ntoken = \"env:TEST_DISCORD_TOKEN\"\napi_url = \"http://{0}\"\ngateway_url = \"ws://{0}/gateway\"\n",
        wire.address
    );
    let running = start(folder.path(), &config, ("TEST_DISCORD_TOKEN", discord::fake::TOKEN));
    fake.welcomed(1).await;
    nothing_is_lost_or_doubled(folder.path(), running, wire, &*fake).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_loses_and_doubles_nothing_on_telegram() {
    let folder = tempfile::tempdir().unwrap();
    let fake = telegram::fake::Fake::start().await;
    let wire = Wire::to(fake.address).await;
    let config = format!(
        "[telegram]\ntoken = \"env:TEST_TELEGRAM_TOKEN\"\napi_url = \"http://{}\"\n",
        wire.address
    );
    let running = start(folder.path(), &config, ("TEST_TELEGRAM_TOKEN", telegram::fake::TOKEN));
    nothing_is_lost_or_doubled(folder.path(), running, wire, &*fake).await;
}
