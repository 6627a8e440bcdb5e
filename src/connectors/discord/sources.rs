//! Takes the sources of an answer out of its text, to be shown as embeds below it. Pure.
//!
//! Limits are from <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.

use serenity::builder::CreateEmbed;

use crate::model::content::{Block, Content, Inline};

/// Embeds with one message; what is more stays in the text. So they never come to the 6,000 characters that all may have.
const EMBEDS_MAX: usize = 10;

/// Characters of a title.
const TITLE_CHARS_MAX: usize = 256;

/// Characters of what stands below it: Discord takes more, but not with ten of them.
const BELOW_CHARS_MAX: usize = 256;

/// An answer without its sources.
pub(super) struct Parted {
    pub(super) text: Content,
    pub(super) embeds: Vec<CreateEmbed>,
}

/// None where there is nothing to take out, or where nothing else would be left: an embed alone would be refused where the bot may
/// show none.
pub(super) fn part(content: &Content) -> Option<Parted> {
    let mut embeds = Vec::new();
    let mut left = Vec::new();
    for block in &content.blocks {
        match embed(block).filter(|_| embeds.len() < EMBEDS_MAX) {
            Some(embed) => embeds.push(embed),
            None => left.push(block.clone()),
        }
    }
    let text = Content { blocks: left };
    let speaks = !embeds.is_empty() && !text.to_plain().trim().is_empty();
    speaks.then_some(Parted { text, embeds })
}

/// A line with a source: its title, its address, and what stands behind that.
fn embed(block: &Block) -> Option<CreateEmbed> {
    let Block::Paragraph(line) = block else { return None };
    let (at, url, title) = line.iter().enumerate().find_map(|(at, inline)| match inline {
        Inline::Link {
            url,
            source: Some(title),
            ..
        } => Some((at, url, title)),
        _ => None,
    })?;
    let of_the_web = |url: url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
    (url::Url::parse(url).is_ok_and(of_the_web) && !title.trim().is_empty()).then_some(())?;
    let behind = Content {
        blocks: vec![Block::Paragraph(line[at + 1..].to_vec())],
    };
    let behind = behind.to_plain();
    let below = cut(behind.trim().trim_matches(['(', ')']), BELOW_CHARS_MAX);
    let embed = CreateEmbed::new().title(cut(title, TITLE_CHARS_MAX)).url(url);
    Some(if below.is_empty() {
        embed
    } else {
        embed.description(below)
    })
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn source(title: &str, url: &str, behind: &str) -> Block {
        Block::Paragraph(vec![
            Inline::Text("Source: ".to_owned()),
            Inline::Link {
                url: url.to_owned(),
                label: vec![Inline::Text(url.to_owned())],
                source: Some(title.to_owned()),
            },
            Inline::Text(behind.to_owned()),
        ])
    }

    fn answer(sources: Vec<Block>) -> Content {
        let mut content = Content::markdown("Press [it](https://example.org/it).");
        content.blocks.extend(sources);
        content
    }

    fn shown(parted: &Parted) -> Vec<Value> {
        let embeds = parted.embeds.iter().map(|embed| serde_json::to_value(embed).unwrap());
        embeds
            .map(|embed| json!([embed["title"], embed["url"], embed["description"]]))
            .collect()
    }

    #[test]
    fn each_source_is_an_embed_and_the_text_stays() {
        let parted = part(&answer(vec![
            source("How do I press?", "https://example.org/press", " (checked 2026-08-01)"),
            source(&"x".repeat(300), "https://example.org/x", ""),
        ]))
        .unwrap();
        assert_eq!(parted.text.to_plain(), "Press it (https://example.org/it).");
        assert_eq!(
            shown(&parted),
            [
                json!(["How do I press?", "https://example.org/press", "checked 2026-08-01"]),
                json!(["x".repeat(TITLE_CHARS_MAX), "https://example.org/x", null]),
            ]
        );
    }

    #[test]
    fn what_discord_would_refuse_stays_in_the_text() {
        let mail = source("How do I write?", "mailto:help@example.org", "");
        assert!(part(&answer(vec![mail])).is_none());
        let source = || source("How?", "https://example.org/", "");
        let alone = Content { blocks: vec![source()] };
        assert!(part(&alone).is_none());
        assert!(part(&Content::plain("No source.")).is_none());
        let many = part(&answer((0..12).map(|_| source()).collect())).unwrap();
        assert_eq!((many.embeds.len(), many.text.blocks.len()), (EMBEDS_MAX, 3));
    }
}
