//! How `switchboard doctor` shows what it found.

use std::fmt::Write as _;

use serde_json::json;

use super::Failure;
use super::failure::FOUND;
use crate::app::control::Report;
use crate::connectors::examination::{Diagnosis, Health};

/// Shows all of it; a failure among it fails the command.
pub(super) fn tell(reports: &[Report], as_json: bool) -> Result<(), Failure> {
    if as_json {
        println!("{}", rows(reports));
    } else {
        print!("{}", lines(reports));
    }
    let found = diagnoses(reports).map(|(_, diagnosis)| &diagnosis.health);
    match found.filter(|health| matches!(health, Health::Failure { .. })).count() {
        0 => Ok(()),
        count => {
            let failure = Failure::new(
                FOUND,
                format!(
                    "{count} of these {} work",
                    if count == 1 { "does not" } else { "do not" }
                ),
            );
            Err(failure.hint("mend them one after the other; `switchboard doctor` looks again"))
        }
    }
}

fn diagnoses(reports: &[Report]) -> impl Iterator<Item = (&Report, &Diagnosis)> {
    reports.iter().flat_map(|report| {
        report
            .examination
            .diagnoses
            .iter()
            .map(move |diagnosis| (report, diagnosis))
    })
}

fn rows(reports: &[Report]) -> serde_json::Value {
    let row = |(report, diagnosis): (&Report, &Diagnosis)| {
        let health = &diagnosis.health;
        json!({"of": report.of, "about": diagnosis.about, "health": health.word(), "what": health.what(),
               "fix": health.fix()})
    };
    diagnoses(reports).map(row).collect()
}

fn lines(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        out.push_str(&report.of);
        out.push('\n');
        for diagnosis in &report.examination.diagnoses {
            out.push_str(&line(diagnosis));
        }
    }
    out
}

/// One thing, and below it what to do about it.
pub(super) fn line(diagnosis: &Diagnosis) -> String {
    let health = &diagnosis.health;
    let mut line = format!("  {:<8} {}: {}\n", health.word(), diagnosis.about, health.what());
    if let Some(fix) = health.fix() {
        writeln!(line, "           fix: {fix}").expect("a string takes all");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::examination::Examination;

    #[test]
    fn a_failure_stands_with_its_fix_and_fails_the_command() {
        let report = |health: Health| {
            let examination = Examination {
                known_as: None,
                diagnoses: vec![Health::fine("it is known").of("token"), health.of("#help")],
            };
            let of = "discord".to_owned();
            vec![Report { of, examination }]
        };
        let broken = report(Health::failure("the bot lacks *Send Messages* here", "allow it"));
        let expected = "discord\n  fine     token: it is known\n  failure  #help: the bot lacks *Send Messages* here\n           fix: allow it\n";
        assert_eq!(lines(&broken), expected);
        assert_eq!(rows(&broken)[1]["health"], "failure");
        assert!(tell(&broken, false).is_err());
        assert!(tell(&report(Health::warning("not all", "allow it")), false).is_ok());
    }
}
