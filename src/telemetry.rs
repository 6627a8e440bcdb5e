//! Numbers and logs: every metric's name, where it is counted, and how log lines are written.
//!
//! A metric is a variant of [`Metric`], so that no name is made up elsewhere. Log lines carry identifiers, never what a
//! message says, a token or an address.

use std::fmt;
use std::sync::{Arc, LazyLock};

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds: from one commit on a fast disk to a minute's outage.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0];

/// What sort of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How long things took.
    Histogram,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $kind:ident $name:literal $([$label:literal])? $help:literal;)*) => {
        /// Every number that `/metrics` shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = $help] $variant,)*
        }

        impl Metric {
            /// In the order of `/metrics`.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As Prometheus calls it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What sort of number it is.
            pub fn kind(self) -> MetricKind {
                match self { $(Self::$variant => MetricKind::$kind,)* }
            }

            /// What tells its rows apart; none where there is one row.
            pub fn label(self) -> Option<&'static str> {
                match self { $(Self::$variant => metrics!(@label $($label)?),)* }
            }

            /// One sentence.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help,)* }
            }
        }
    };
    (@label $label:literal) => { Some($label) };
    (@label) => { None };
}

metrics! {
    EventsAcceptedTotal = Counter "events_accepted_total" ["login"] "Events stored, by the login that brought them";
    EventsDroppedTotal = Counter "events_dropped_total" ["reason"] "Events dropped before storing, by reason";
    EventsUnknownTotal = Counter "events_unknown_total" ["login"] "Events of a platform that this program does not know, dropped";
    EventsHandledTotal = Counter "events_handled_total" ["kind"] "Events whose outcome is committed, by kind";
    EventsParkedTotal = Counter "events_parked_total" "Events that wait for a person to look";
    EventConflictsTotal = Counter "event_conflicts_total" "Turns that ran again because somebody else was faster";
    EventHandleSeconds = Histogram "event_handle_seconds" "From accepted to committed";
    LanesOpen = Gauge "lanes_open" "Lanes with work in them";
    PluginCallsTotal = Counter "plugin_calls_total" ["plugin"] "Calls into a plugin";
    PluginFailuresTotal = Counter "plugin_failures_total" ["plugin"] "Calls of a plugin that trapped, ran out of a limit or answered nonsense";
    PluginCallSeconds = Histogram "plugin_call_seconds" ["plugin"] "How long a plugin's calls took";
    DeliveriesQueued = Gauge "deliveries_queued" ["login"] "Deliveries that wait or are on their way";
    DeliveriesEndedTotal = Counter "deliveries_ended_total" ["end"] "Deliveries that ended: `delivered`, `failed`, `perhaps_sent`, `given_up`";
    DegradationsTotal = Counter "degradations_total" ["loss"] "Actions done in another way, or in part, because the place cannot do them as asked";
    DeliveryRetriesTotal = Counter "delivery_retries_total" ["login"] "Deliveries that are tried again";
    DeliverySeconds = Histogram "delivery_seconds" "From committed to delivered";
    CallsEndedTotal = Counter "calls_ended_total" ["end"] "Calls of plugins to servers elsewhere that ended: `answered`, `unanswered`, `unsent`";
    WebhooksCalledTotal = Counter "webhooks_called_total" ["result"] "Calls of servers elsewhere: `taken`, `stranger`, `unknown`, `too_many`, `refused`";
    JobsFiredTotal = Counter "jobs_fired_total" "Jobs that were due and did their work";
    JobsFailedTotal = Counter "jobs_failed_total" "Jobs that failed and are tried again, or wait for a person";
    StorageUnitsTotal = Counter "storage_units_total" "Units written";
    StorageBatchesTotal = Counter "storage_batches_total" "Transactions that carried them";
    StorageErrorsTotal = Counter "storage_errors_total" ["error"] "Units refused: `conflict`, `disk_full`, `broken`";
    StorageCommitSeconds = Histogram "storage_commit_seconds" "How long a transaction took, with its sync to disk";
    EmbeddingSeconds = Histogram "embedding_seconds" "How long the sentence model took for a text";
    QuestionsUnembeddedTotal = Counter "questions_unembedded_total" ["reason"] "Questions answered without the sentence model: `late`, `busy`, `failed`";
    ConversationsHeld = Gauge "conversations_held" ["holder"] "Conversations, by who holds them";
    VisitorsConnected = Gauge "visitors_connected" "Web chats that are open now";
    HttpRequestsTotal = Counter "http_requests_total" ["status"] "Requests answered, by status";
    SignInsTotal = Counter "sign_ins_total" ["result"] "Tries to sign in to the console: done, refused, throttled";
    BackupsTotal = Counter "backups_total" ["result"] "Backups: done, failed";
    TasksRestartedTotal = Counter "tasks_restarted_total" ["task"] "Background tasks that failed and started again";
}

/// Adds one to a counter without a label.
pub fn count(metric: Metric) {
    add(metric, "", 1);
}

/// Adds one to the row `label` of a counter.
pub fn count_for(metric: Metric, label: &str) {
    add(metric, label, 1);
}

/// Adds `by` to the row `label` of a counter; `""` where it has one row.
pub fn add(metric: Metric, label: &str, by: u64) {
    if let Some(Cell::Counter(family)) = NUMBERS.cells.get(metric as usize) {
        family.get_or_create(&Label::new(metric, label)).inc_by(by);
    }
}

/// What the row `label` of a counter has come to since the start; `""` where it has one row.
pub fn counted(metric: Metric, label: &str) -> u64 {
    match NUMBERS.cells.get(metric as usize) {
        Some(Cell::Counter(family)) => family.get(&Label::new(metric, label)).map_or(0, |row| row.get()),
        _ => 0,
    }
}

/// Sets the row `label` of a gauge; `""` where it has one row.
pub fn set(metric: Metric, label: &str, value: i64) {
    if let Some(Cell::Gauge(family)) = NUMBERS.cells.get(metric as usize) {
        family.get_or_create(&Label::new(metric, label)).set(value);
    }
}

/// Changes the row `label` of a gauge by `by`; `""` where it has one row.
pub fn change(metric: Metric, label: &str, by: i64) {
    if let Some(Cell::Gauge(family)) = NUMBERS.cells.get(metric as usize) {
        family.get_or_create(&Label::new(metric, label)).inc_by(by);
    }
}

/// Notes how long something took; `""` where the histogram has one row.
pub fn observe(metric: Metric, label: &str, took: std::time::Duration) {
    if let Some(Cell::Histogram(family)) = NUMBERS.cells.get(metric as usize) {
        family
            .get_or_create(&Label::new(metric, label))
            .observe(took.as_secs_f64());
    }
}

/// All numbers in the text format of Prometheus.
pub fn render() -> String {
    let mut out = String::new();
    text::encode(&mut out, &NUMBERS.registry).expect("writing to a string cannot fail");
    out
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// `[log]`: what is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, also by module: `info,switchboard::outbox=debug`.
    pub level: String,
    /// `text` for people, `json` for programs.
    pub format: LogFormat,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Says what is wrong with `level`, if anything.
    pub fn problem(&self) -> Option<String> {
        tracing_subscriber::EnvFilter::try_new(&self.level)
            .err()
            .map(|error| error.to_string())
    }
}

/// Starts writing log lines to stderr. A second start in one process does nothing.
pub fn start_logs(config: &Config) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // What cannot be written, because the terminal was closed, would be told there, too, and end whatever logs.
        .log_internal_errors(false);
    // Tests start many parts in one process; the first wins.
    let _already = match config.format {
        LogFormat::Text => {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
            lines.with_target(false).with_ansi(colour).try_init().is_err()
        }
        LogFormat::Json => lines.json().flatten_event(true).try_init().is_err(),
    };
}

static NUMBERS: LazyLock<Numbers> = LazyLock::new(Numbers::new);

struct Numbers {
    registry: Registry,
    cells: Vec<Cell>,
}

enum Cell {
    Counter(Family<Label, Counter>),
    Gauge(Family<Label, Gauge>),
    Histogram(Family<Label, Histogram, fn() -> Histogram>),
}

impl Numbers {
    fn new() -> Self {
        let mut registry = Registry::default();
        let cells = Metric::ALL
            .iter()
            .map(|metric| register(&mut registry, *metric))
            .collect();
        Self { registry, cells }
    }
}

fn register(registry: &mut Registry, metric: Metric) -> Cell {
    // The encoder adds `_total` to counters by itself.
    let name = metric.name().trim_end_matches("_total");
    match metric.kind() {
        MetricKind::Counter => {
            let family = Family::<Label, Counter>::default();
            registry.register(name, metric.help(), family.clone());
            Cell::Counter(family)
        }
        MetricKind::Gauge => {
            let family = Family::<Label, Gauge>::default();
            registry.register(name, metric.help(), family.clone());
            Cell::Gauge(family)
        }
        MetricKind::Histogram => {
            let make: fn() -> Histogram = || Histogram::new(BUCKETS);
            let family = Family::<Label, Histogram, _>::new_with_constructor(make);
            registry.register(name, metric.help(), family.clone());
            Cell::Histogram(family)
        }
    }
}

/// The one label of a row, or none.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Label(Option<(&'static str, Arc<str>)>);

impl Label {
    fn new(metric: Metric, value: &str) -> Self {
        Self(metric.label().map(|key| (key, Arc::from(value))))
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Label").field(&self.0).finish()
    }
}

impl EncodeLabelSet for Label {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> Result<(), fmt::Error> {
        match &self.0 {
            Some((key, value)) => [(*key, value.as_ref())].encode(encoder),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_thing_is_shown_under_its_name_and_label() {
        count_for(Metric::JobsFiredTotal, "");
        count_for(Metric::SignInsTotal, "telemetry_test");
        assert_eq!(counted(Metric::SignInsTotal, "telemetry_test"), 1);
        assert_eq!(counted(Metric::SignInsTotal, "nobody"), 0);
        let text = render();
        assert!(text.contains("# TYPE jobs_fired counter"), "{text}");
        assert!(text.contains("sign_ins_total{result=\"telemetry_test\"} 1"), "{text}");
    }

    #[test]
    fn names_say_what_sort_of_number_they_are() {
        for metric in Metric::ALL {
            let name = metric.name();
            let fits = match metric.kind() {
                MetricKind::Counter => name.ends_with("_total"),
                MetricKind::Gauge => !name.ends_with("_total") && !name.ends_with("_seconds"),
                MetricKind::Histogram => name.ends_with("_seconds"),
            };
            assert!(fits, "{name}");
        }
    }

    #[test]
    fn a_level_that_cannot_be_read_is_a_problem() {
        let config = Config {
            level: "info,switchboard=loudly".to_owned(),
            ..Config::default()
        };
        assert!(config.problem().is_some());
        assert_eq!(Config::default().problem(), None);
    }
}
