//! How good answers are, and from which probability on a base answers.
//!
//! Owns the lines, what is measured of what was asked, and what a base makes of its own texts. `line` fits a line to what people say
//! of answers, `measure` counts, `share` says how sure a number is; all three are pure. What is kept of a question is decided where it
//! is asked, in `dispatcher::chain`.

mod line;
mod measure;
mod share;

use crate::knowledge::scoring::{Line, Lines, version};
use crate::knowledge::{Base, Knowledge, read};
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::model::quality::{Fit, Fits, Precision, Trial};
use crate::storage::quality::{AskedFilter, Kept, QualityUnit};
use crate::storage::{ReadError, Unit, WriteError};

pub use self::line::LABELS_MIN;
pub use self::measure::{Estimated, Group, Measured, Numbers, Pair};
pub use self::share::Share;

/// Older labels than so many are of other times; and a line is fitted in a moment.
const LABELS_MAX: u32 = 5_000;

/// Ways to ask that are tried: enough to know a share to three in a hundred, and a few seconds for the largest base.
const TRIED_MAX: usize = 1_000;

/// Why lines were not fitted, or a base not tried.
#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The thread that tried it broke.
    #[error("trying the knowledge base broke off")]
    Broken,
}

/// How good a base is, over a while.
#[derive(Clone, Debug)]
pub struct Quality {
    /// How many answers are to be right.
    pub precision: Precision,
    /// Who asks the bot.
    pub addressed: LineShown,
    /// Who is overheard.
    pub overheard: LineShown,
    /// What was counted and tried.
    pub numbers: Numbers,
    /// When the base was tried last, and how; none when it was not yet.
    pub trial: Option<TrialShown>,
    /// Entries that take each other's texts.
    pub pairs: Vec<Pair>,
}

/// A line, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct LineShown {
    /// Where it is, and why.
    pub fit: Fit,
    /// Of what was asked in that while, how much passes it.
    pub passing: Share,
}

/// When and how a base was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialShown {
    /// When.
    pub at: Timestamp,
    /// Whether entries were changed since.
    pub is_old: bool,
    /// How many entries there were.
    pub entries: u32,
    /// How many of them have one way to ask alone.
    pub alone: u32,
}

impl Knowledge {
    /// How many answers are to be right.
    pub async fn precision(&self, community: CommunityId) -> Result<Precision, ReadError> {
        Ok(self.storage.quality(community).await?.precision)
    }

    /// Fits the lines to what is wanted and to what was said of answers; they hold from now on.
    pub async fn refit(&self, community: CommunityId) -> Result<(), QualityError> {
        let kept = self.storage.quality(community).await?;
        let scoring = self.scoring(community).await?;
        let fits = self.fitted(community, kept.precision, scoring).await?;
        if kept.fits.as_ref() != Some(&fits) {
            let fits = Box::new(fits);
            let unit = QualityUnit::Fitted { community, fits };
            self.storage.write(Unit::Quality(unit)).await?;
        }
        let (lines, with_model) = self.both_lines(community).await?;
        self.change(community, |base| base.set_lines(lines, with_model)).await?;
        Ok(())
    }

    /// Asks the base its own texts, when that was not done since the last edit. Off the path of messages: members are answered in
    /// between.
    pub async fn try_out(&self, community: CommunityId) -> Result<(), QualityError> {
        let base = self.base(community).await?;
        let today = self.today(community).await?.to_string();
        let (of, scoring) = read(&base, |base| (base.fingerprint(), base.scoring()));
        let known = self.storage.trial(community).await?;
        if known.is_some_and(|known| known.of == of && known.scoring == scoring) {
            return Ok(());
        }
        let stop = self.stop.clone();
        let trying = tokio::task::spawn_blocking(move || {
            let ((entries, alone), ways) = read(&base, |base| (base.alone(&today), base.sample(TRIED_MAX, &today)));
            let mut tried = Vec::new();
            for way in &ways {
                if stop.is_requested() {
                    return None;
                }
                // The base is held for one question at a time, as by members.
                tried.extend(read(&base, |base| base.try_out(way, &today)));
            }
            Some((entries, alone, tried))
        });
        let tried = trying.await.map_err(|_| QualityError::Broken)?;
        let (entries, alone, tried) = tried.ok_or(QualityError::Broken)?;
        let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let trial = Box::new(Trial {
            of,
            scoring,
            at: self.clock.now(),
            entries: small(entries),
            alone: small(alone),
            tried,
        });
        let unit = QualityUnit::Tried { community, trial };
        self.storage.write(Unit::Quality(unit)).await?;
        Ok(())
    }

    /// How good the base is by what was asked since then.
    pub async fn quality(&self, community: CommunityId, since: Timestamp) -> Result<Quality, ReadError> {
        let kept = self.storage.quality(community).await?;
        let precision = kept.precision;
        let scoring = self.scoring(community).await?;
        let fits = self.fits(community, &kept, scoring).await?;
        let trial = self.trial(community).await?;
        let counted = self.storage.asked_counts(community, since).await?;
        let numbers = measure::numbers(&counted, trial.as_ref(), fits.addressed.line);
        let base = self.base(community).await?;
        let of = read(&base, Base::fingerprint);
        Ok(Quality {
            precision,
            addressed: self.shown(community, since, fits.addressed, false).await?,
            overheard: self.shown(community, since, fits.overheard, true).await?,
            numbers,
            pairs: trial.as_ref().map(measure::pairs).unwrap_or_default(),
            trial: trial.map(|trial| TrialShown {
                at: trial.at,
                is_old: trial.of != of,
                entries: trial.entries,
                alone: trial.alone,
            }),
        })
    }

    /// What the base made of its own texts, when it was tried last with this scoring.
    pub async fn trial(&self, community: CommunityId) -> Result<Option<Trial>, ReadError> {
        let trial = self.storage.trial(community).await?;
        let scoring = self.scoring(community).await?;
        Ok(trial.filter(|trial| trial.scoring == scoring))
    }

    /// The lines as they are for what is asked now. What was fitted to something else does not hold any more.
    pub async fn lines(&self, community: CommunityId) -> Result<Lines, ReadError> {
        let kept = self.storage.quality(community).await?;
        let scoring = self.scoring(community).await?;
        Ok(lines(&self.fits(community, &kept, scoring).await?))
    }

    /// Where words alone decide, and where the sentence model has its say.
    pub(super) async fn both_lines(&self, community: CommunityId) -> Result<(Lines, Lines), ReadError> {
        self.both_lines_of(community, self.storage.quality(community).await?)
            .await
    }

    /// The same as they would be if so many answers were to be right.
    pub(super) async fn both_lines_at(
        &self,
        community: CommunityId,
        precision: Precision,
    ) -> Result<(Lines, Lines), ReadError> {
        let kept = self.storage.quality(community).await?;
        self.both_lines_of(community, Kept { precision, ..kept }).await
    }

    async fn both_lines_of(&self, community: CommunityId, kept: Kept) -> Result<(Lines, Lines), ReadError> {
        let by_words = lines(&self.fits(community, &kept, version(None)).await?);
        let with_model = match &self.sentence_model {
            Some(model) => {
                let scoring = version(Some(model.embedder().space().model));
                lines(&self.fits(community, &kept, scoring).await?)
            }
            None => Lines::START,
        };
        Ok((by_words, with_model))
    }

    /// Names the scoring that questions go through now.
    async fn scoring(&self, community: CommunityId) -> Result<String, ReadError> {
        let base = self.base(community).await?;
        Ok(read(&base, Base::scoring))
    }

    async fn fits(&self, community: CommunityId, kept: &Kept, scoring: String) -> Result<Fits, ReadError> {
        let holds = |fits: &&Fits| fits.precision == kept.precision && fits.scoring == scoring;
        match kept.fits.as_ref().filter(holds) {
            Some(fits) => Ok(fits.clone()),
            None => self.fitted(community, kept.precision, scoring).await,
        }
    }

    async fn fitted(&self, community: CommunityId, precision: Precision, scoring: String) -> Result<Fits, ReadError> {
        let labels = async |overheard| self.storage.labels(community, &scoring, overheard, LABELS_MAX).await;
        let addressed = line::fit(Line::Addressed, precision.addressed, &labels(false).await?);
        let overheard = line::fit(Line::Overheard, precision.overheard, &labels(true).await?);
        let (addressed, overheard) = line::fits(addressed, overheard);
        Ok(Fits {
            precision,
            scoring,
            addressed,
            overheard,
        })
    }

    async fn shown(
        &self,
        community: CommunityId,
        since: Timestamp,
        fit: Fit,
        overheard: bool,
    ) -> Result<LineShown, ReadError> {
        let of = AskedFilter {
            since,
            overheard: Some(overheard),
            ..AskedFilter::default()
        };
        let passing = AskedFilter {
            from: fit.line,
            ..of.clone()
        };
        let asked = self.storage.asked_count(community, &of).await?;
        let passing = self.storage.asked_count(community, &passing).await?;
        Ok(LineShown {
            fit,
            passing: Share::new(passing, asked),
        })
    }
}

fn lines(fits: &Fits) -> Lines {
    Lines {
        addressed: fits.addressed.line,
        overheard: fits.overheard.line,
    }
}
