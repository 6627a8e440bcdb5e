//! Answers as messages. Pure.

use super::line::LINES;
use crate::installer::answer::Told;
use crate::installer::plan::Plan;
use crate::model::Content;
use crate::model::content::{Block, Inline};

/// More rows nobody reads in a chat.
const ROWS_MAX: usize = 20;

/// What there is to ask.
pub(super) fn overview() -> Content {
    let mut content = sentences(
        "What an owner can do about plugins here. ID is `publisher/name`, PACKAGE is a name of the index or an address. Whatever \
         changes something asks first.",
    );
    let items = LINES.iter().map(|(usage, does)| {
        let mut item = vec![Inline::Code(format!("/plugin {usage}")), Inline::Text(": ".to_owned())];
        item.extend(inlines(does));
        vec![Block::Paragraph(item)]
    });
    content.blocks.push(Block::List {
        start: None,
        items: items.collect(),
    });
    content
}

/// Sentences of ours: what stands between backticks is to be typed.
pub(super) fn sentences(text: &str) -> Content {
    let blocks = text.split("\n\n").filter(|part| !part.trim().is_empty());
    let blocks = blocks.map(|part| {
        let mut all = Vec::new();
        for (number, line) in part.trim_matches('\n').split('\n').enumerate() {
            if number > 0 {
                all.push(Inline::Break);
            }
            all.extend(inlines(line));
        }
        Block::Paragraph(all)
    });
    Content {
        blocks: blocks.collect(),
    }
}

fn inlines(line: &str) -> Vec<Inline> {
    // A backtick that stands alone is one.
    if line.matches('`').count() % 2 == 1 {
        return vec![Inline::Text(line.to_owned())];
    }
    let parts = line.split('`').enumerate();
    let parts = parts.filter(|(_, part)| !part.is_empty());
    parts
        .map(|(number, part)| match number % 2 {
            0 => Inline::Text(part.to_owned()),
            _ => Inline::Code(part.to_owned()),
        })
        .collect()
}

/// What was answered.
pub(super) fn told(told: &Told) -> Content {
    match told {
        Told::Text(text) | Told::Waits(text) => sentences(text),
        Told::Data(json) => Content {
            blocks: vec![Block::Code {
                language: Some("json".to_owned()),
                text: json.clone(),
            }],
        },
        Told::Plan { plan: asked, .. } => plan(asked),
        Told::Table { note, columns, rows } => {
            let mut content = note.as_deref().map(sentences).unwrap_or_default();
            if note.is_none() || !rows.is_empty() {
                content.blocks.extend(table(columns, rows).blocks);
            }
            content
        }
    }
}

/// What a package asks for, in the sentences of the plan.
pub(super) fn plan(plan: &Plan) -> Content {
    let mut blocks = vec![strong(&plan.title)];
    for (heading, lines) in plan.parts() {
        blocks.push(strong(heading));
        blocks.push(Block::List {
            start: None,
            items: lines.iter().map(|line| vec![plain(line)]).collect(),
        });
    }
    Content { blocks }
}

/// An item for each row: what it is about, and the rest behind it.
fn table(columns: &[&str], rows: &[Vec<String>]) -> Content {
    if rows.is_empty() {
        return sentences("There is nothing.");
    }
    let item = |row: &Vec<String>| {
        let (first, rest) = row.split_first()?;
        let named = columns.iter().skip(1).zip(rest);
        let cells = named.filter(|(_, cell)| !cell.is_empty());
        // Names of permissions say nothing without their verb; other cells stand for themselves.
        let cells = cells.map(|(column, cell)| match *column {
            "may" => format!("may {cell}"),
            _ => cell.clone(),
        });
        let rest = cells.collect::<Vec<_>>().join("; ");
        let mut line = vec![Inline::Bold(vec![Inline::Text(first.clone())])];
        if !rest.is_empty() {
            line.push(Inline::Text(format!(": {rest}")));
        }
        Some(vec![Block::Paragraph(line)])
    };
    let mut blocks = vec![Block::List {
        start: None,
        items: rows.iter().take(ROWS_MAX).filter_map(item).collect(),
    }];
    let more = rows.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        blocks.push(plain(&format!("There are {more} more; the console shows them.")));
    }
    Content { blocks }
}

fn plain(text: &str) -> Block {
    Block::Paragraph(vec![Inline::Text(text.to_owned())])
}

fn strong(text: &str) -> Block {
    Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(text.to_owned())])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::installer::Waits;
    use crate::installer::asks::Asks;
    use crate::installer::plan::Section;
    use crate::plugin_host::Manifest;

    /// The words alone, however they stand.
    fn words(text: &str) -> Vec<String> {
        let words = text.split_whitespace().filter(|word| *word != "•");
        words.map(str::to_owned).collect()
    }

    #[test]
    fn a_plan_says_in_a_chat_what_it_says_in_a_terminal() {
        let about = "id = \"acme/refunds\"\nversion = \"1.4.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";
        let manifest = Manifest::parse(&format!("[plugin]\n{about}")).expect("it is sound");
        let shown = Plan {
            title: "acme/refunds 1.4.0: Answers *refund* `questions`".to_owned(),
            sections: vec![
                Section {
                    heading: "What it may do",
                    lines: vec!["It may keep data of its own. It says why: <b>Count</b>.".to_owned()],
                },
                Section {
                    heading: "The package",
                    lines: vec!["Unsigned.".to_owned(), "Licence MIT.".to_owned()],
                },
            ],
            obstacles: vec!["It wants too much.".to_owned()],
            wider: None,
            waits: Waits::of(&manifest, None),
            asks: Asks::Install,
        };
        assert_eq!(words(&plan(&shown).to_plain()), words(&shown.text()));
    }

    #[test]
    fn what_is_to_be_typed_is_code_and_a_lone_backtick_is_none() {
        assert_eq!(
            sentences("Write `/plugin list`.\n\nEnd").blocks[0],
            Block::Paragraph(vec![
                Inline::Text("Write ".to_owned()),
                Inline::Code("/plugin list".to_owned()),
                Inline::Text(".".to_owned()),
            ])
        );
        assert_eq!(sentences("a ` b").to_plain(), "a ` b");
    }

    #[test]
    fn a_table_is_a_list_that_ends() {
        let rows = vec![vec!["acme/x".to_owned(), "1.0.0".to_owned(), String::new(), "kv".to_owned()]; 30];
        let shown = table(&["plugin", "version", "state", "may"], &rows).to_plain();
        assert!(shown.starts_with("• acme/x: 1.0.0; may kv\n"), "{shown}");
        assert!(shown.ends_with("There are 10 more; the console shows them."), "{shown}");
        assert_eq!(table(&["plugin"], &[]).to_plain(), "There is nothing.");
    }
}
