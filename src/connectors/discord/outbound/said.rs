//! What is said, and what hangs below it: buttons in rows, and menus where there are many of them. Pure.

use std::borrow::Cow;

use serenity::builder::{
    CreateActionRow, CreateButton, CreateEmbed, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};
use serenity::model::application::ButtonStyle;

use super::super::render::Pen;
use super::super::sources;
use crate::model::button::{Button, ButtonEffect};
use crate::model::content::{Block, Content, Inline};

/// Buttons in a row, and rows, from <https://discord.com/developers/docs/components/reference#action-row>.
const ROW_MAX: usize = 5;
const ROWS_MAX: usize = 5;

/// What can be chosen from one menu, which takes a row, by
/// <https://discord.com/developers/docs/components/reference#string-select>.
const CHOICES_MAX: usize = 25;

/// Of a button that leads somewhere.
const URL_BYTES_MAX: usize = 512;

/// Characters of a button's label.
const LABEL_CHARS_MAX: usize = 80;

/// What stands for a text where there are only buttons.
const NO_TEXT: &str = "…";

/// What is said, with the buttons below it.
pub(super) struct Said<'a> {
    pub(super) words: String,
    pub(super) rows: Vec<CreateActionRow>,
    /// Links that have no room there.
    written: Vec<&'a Button>,
}

impl<'a> Said<'a> {
    pub(super) fn new(text: &Content, buttons: &'a [Button], speaker: Option<&str>, has_files: bool) -> Self {
        let Below { rows, written } = Below::new(buttons);
        let words = Pen::default().render(&with_links(text, &written), speaker);
        Self {
            words: if words.trim().is_empty() && !has_files {
                NO_TEXT.to_owned()
            } else {
                words
            },
            rows,
            written,
        }
    }

    /// The words and embeds that show the sources of `text` as embeds; none where it has no source that can be one.
    pub(super) fn embedded(&self, text: &Content, speaker: Option<&str>) -> Option<(String, Vec<CreateEmbed>)> {
        let parted = sources::part(text)?;
        let words = Pen { quiet: true }.render(&with_links(&parted.text, &self.written), speaker);
        Some((words, parted.embeds))
    }
}

/// The text with links that are no buttons behind it.
fn with_links<'t>(text: &'t Content, written: &[&Button]) -> Cow<'t, Content> {
    let mut content = Cow::Borrowed(text);
    for button in written {
        if let ButtonEffect::Link { url } = &button.effect {
            let line = Inline::Text(format!("{}: {url}", button.label));
            content.to_mut().blocks.push(Block::Paragraph(vec![line]));
        }
    }
    content
}

/// What hangs below a text.
struct Below<'a> {
    rows: Vec<CreateActionRow>,
    /// Links that have no room there.
    written: Vec<&'a Button>,
}

impl<'a> Below<'a> {
    /// Buttons in rows. More than Discord takes are choices of a menu; what leads elsewhere cannot be one.
    fn new(buttons: &'a [Button]) -> Self {
        let (shown, mut written): (Vec<&Button>, Vec<&Button>) = buttons.iter().partition(|button| is_taken(button));
        if shown.len() <= ROW_MAX * ROWS_MAX {
            return Self {
                rows: rows(&shown),
                written,
            };
        }
        let is_link = |button: &&Button| matches!(button.effect, ButtonEffect::Link { .. });
        let (links, choices): (Vec<&Button>, Vec<&Button>) = shown.into_iter().partition(is_link);
        let menus = choices.chunks(CHOICES_MAX).take(ROWS_MAX).enumerate();
        let mut below: Vec<CreateActionRow> = menus.map(|(number, choices)| menu(number, choices)).collect();
        let room = (ROWS_MAX - below.len()) * ROW_MAX;
        let (links, behind) = links.split_at(links.len().min(room));
        below.extend(rows(links));
        written.extend(behind);
        Self { rows: below, written }
    }
}

fn menu(number: usize, choices: &[&Button]) -> CreateActionRow {
    let options = choices.iter().filter_map(|button| match &button.effect {
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => {
            Some(CreateSelectMenuOption::new(label(button), id.to_string()))
        }
        ButtonEffect::Link { .. } => None,
    });
    let kind = CreateSelectMenuKind::String {
        options: options.collect(),
    };
    CreateActionRow::SelectMenu(CreateSelectMenu::new(format!("menu-{number}"), kind))
}

fn label(button: &Button) -> String {
    button.label.chars().take(LABEL_CHARS_MAX).collect()
}

/// Discord refuses a whole message for one button that leads elsewhere than into the web.
fn is_taken(button: &Button) -> bool {
    match &button.effect {
        ButtonEffect::Press { .. } | ButtonEffect::Form { .. } => true,
        ButtonEffect::Link { url } => {
            let of_the_web = |url: url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
            url.len() <= URL_BYTES_MAX && url::Url::parse(url).is_ok_and(of_the_web)
        }
    }
}

fn rows(buttons: &[&Button]) -> Vec<CreateActionRow> {
    let rows = buttons.chunks(ROW_MAX).take(ROWS_MAX);
    rows.map(|row| CreateActionRow::Buttons(row.iter().map(|button| one(button)).collect()))
        .collect()
}

fn one(button: &Button) -> CreateButton {
    let made = match &button.effect {
        // 32 digits; Discord takes 100 characters. What the press means is stored on our side.
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => {
            CreateButton::new(id.to_string()).style(ButtonStyle::Secondary)
        }
        ButtonEffect::Link { url } => CreateButton::new_link(url),
    };
    made.label(label(button))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::model::ids::ButtonId;

    fn link(label: &str, url: &str) -> Button {
        Button {
            label: label.to_owned(),
            effect: ButtonEffect::Link { url: url.to_owned() },
        }
    }

    #[test]
    fn a_link_that_discord_would_refuse_is_written_out() {
        let buttons = [
            link("Docs", "https://example.org/docs"),
            link("Write to us", "mailto:help@example.org"),
        ];
        let said = Said::new(&Content::plain("Here."), &buttons, None, false);
        assert_eq!(said.words, "Here.\n\nWrite to us: mailto:help@example.org");
        assert_eq!(said.rows.len(), 1);
    }

    #[test]
    fn many_buttons_stand_in_rows() {
        let button = |number| Button {
            label: "x".repeat(100),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        let buttons: Vec<Button> = (0..7).map(button).collect();
        let said = Said::new(&Content::default(), &buttons, None, false);
        assert_eq!((said.words.as_str(), said.rows.len()), (NO_TEXT, 2));
        let first = serde_json::to_value(&said.rows[1]).unwrap();
        assert_eq!(first["components"][0]["label"], "x".repeat(LABEL_CHARS_MAX));
        assert_eq!(first["components"][1]["custom_id"], format!("{:032x}", 6));
    }

    #[test]
    fn more_buttons_than_discord_takes_are_choices_and_no_link_is_lost() {
        let button = |number| Button {
            label: format!("Choice {number}"),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        let mut buttons: Vec<Button> = (0..26).map(button).collect();
        buttons.extend((0..17).map(|number| link(&format!("Page {number}"), "https://example.org/")));
        let said = Said::new(&Content::plain("Choose."), &buttons, None, false);
        let rows = serde_json::to_value(&said.rows).unwrap();
        let first = &rows[0]["components"][0];
        assert_eq!(
            (first["type"].as_u64(), first["options"].as_array().unwrap().len()),
            (Some(3), 25)
        );
        let last = &rows[1]["components"][0]["options"][0];
        assert_eq!(last, &json!({"label": "Choice 25", "value": format!("{:032x}", 25)}));
        assert_eq!(rows.as_array().unwrap().len(), 5);
        assert!(
            said.words
                .ends_with("Page 15: https://example.org/\n\nPage 16: https://example.org/"),
            "{}",
            said.words
        );
    }
}
