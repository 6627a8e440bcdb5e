//! The languages that stored texts are in, and how many there are of each.

/// Where a language stands in the index's list.
pub(super) type Language = u16;

/// The languages of all stored texts, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Languages(Vec<Spoken>);

#[derive(Debug)]
struct Spoken {
    /// BCP 47.
    name: String,
    texts: usize,
    /// Slots with texts in it.
    slots: usize,
}

impl Languages {
    /// Where it stands; it is listed where it is not.
    pub(super) fn number(&mut self, name: &str) -> Language {
        let known = self.0.iter().position(|spoken| spoken.name == name);
        let at = known.unwrap_or_else(|| {
            self.0.push(Spoken {
                name: name.to_owned(),
                texts: 0,
                slots: 0,
            });
            self.0.len() - 1
        });
        Language::try_from(at).expect("there are fewer languages in the world")
    }

    /// Counts a text; `is_first` of its slot in this language.
    pub(super) fn add(&mut self, language: Language, is_first: bool) {
        let spoken = &mut self.0[usize::from(language)];
        spoken.texts += 1;
        spoken.slots += usize::from(is_first);
    }

    /// The opposite; `is_last` of its slot in this language.
    pub(super) fn remove(&mut self, language: Language, is_last: bool) {
        let spoken = &mut self.0[usize::from(language)];
        spoken.texts -= 1;
        spoken.slots -= usize::from(is_last);
    }

    /// Those with texts, by name.
    pub(super) fn spoken(&self) -> impl Iterator<Item = (Language, &str)> {
        let numbered = (0..).zip(&self.0);
        let mut spoken: Vec<_> = numbered
            .filter_map(|(at, spoken)| (spoken.texts > 0).then_some((at, spoken.name.as_str())))
            .collect();
        spoken.sort_unstable_by_key(|(_, name)| *name);
        spoken.into_iter()
    }

    /// How many slots have texts in it, of whichever region.
    pub(super) fn slots(&self, language: Language) -> usize {
        let wanted = primary(&self.0[usize::from(language)].name);
        let same = self.0.iter().filter(|spoken| primary(&spoken.name) == wanted);
        same.map(|spoken| spoken.slots).sum()
    }
}

/// Without its region.
fn primary(name: &str) -> &str {
    name.split('-').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_a_language_are_one_language() {
        let mut languages = Languages::default();
        let [en, de_at, de] = ["en", "de-AT", "de"].map(|name| languages.number(name));
        for (language, is_first) in [(en, true), (de_at, true), (de_at, false), (de, true)] {
            languages.add(language, is_first);
        }
        assert_eq!((languages.slots(en), languages.slots(de)), (1, 2));
        languages.remove(en, true);
        let names: Vec<&str> = languages.spoken().map(|(_, name)| name).collect();
        assert_eq!(names, ["de", "de-AT"]);
    }
}
