//! A community's knowledge as files, out and in.

use anyhow::Result;

use super::{Ops, Reply};
use crate::knowledge::files::File;
use crate::knowledge::{ApplyError, Change};

impl Ops {
    /// The knowledge as the files it came from.
    pub(super) async fn export(&self) -> Result<Reply> {
        let files = self.knowledge.export(self.community).await?;
        let files = files
            .into_iter()
            .map(|file| (format!("knowledge/{}", file.name), file.text));
        Ok(Reply::Files { files: files.collect() })
    }

    /// Makes files the community's knowledge, wholly or not at all.
    pub(super) async fn apply(&self, files: Vec<(String, String)>, dry_run: bool) -> Result<Reply> {
        let files: Vec<File> = files.into_iter().map(|(name, text)| File { name, text }).collect();
        let plan = if dry_run {
            self.knowledge.plan(self.community, &files).await
        } else {
            self.knowledge.apply(self.community, &files).await
        };
        let plan = match plan {
            Ok(plan) => plan,
            Err(ApplyError::Problems(problems)) => {
                let lines = problems
                    .iter()
                    .map(|problem| format!("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.what));
                let lines: Vec<_> = lines.collect();
                return Ok(Reply::refused(format!("the files have mistakes\n{}", lines.join("\n"))));
            }
            Err(ApplyError::Stale(stale)) => {
                let lines = stale.iter().map(|(file, stored)| {
                    format!(
                        "{}:{}: {} was made from revision {}; stored is {}\n  in the file: {}\n  stored:      {}",
                        file.file,
                        file.line,
                        file.entry.id,
                        file.entry.rev,
                        stored.entry.rev,
                        file.entry.question,
                        stored.entry.question
                    )
                });
                let lines: Vec<_> = lines.collect();
                return Ok(Reply::Refused {
                    message: format!(
                        "nothing was applied: entries were changed meanwhile\n{}",
                        lines.join("\n")
                    ),
                    hint: Some(
                        "`switchboard export` writes what is stored; put the two together and apply again".to_owned(),
                    ),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let count = |wanted: fn(&Change) -> bool| plan.changes.iter().filter(|change| wanted(change)).count();
        let stale = count(|change| matches!(change, Change::Stale { .. }));
        let word = if dry_run { "Would be" } else { "Applied" };
        Ok(Reply::done(format!(
            "{word}: {} new, {} changed, {} as stored{}.",
            count(|change| matches!(change, Change::New(_))),
            count(|change| matches!(change, Change::Update(_))),
            count(|change| matches!(change, Change::Same(_))),
            if stale > 0 {
                format!(", {stale} changed meanwhile")
            } else {
                String::new()
            },
        )))
    }
}
