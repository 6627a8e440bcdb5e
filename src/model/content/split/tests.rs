//! What holds for every text, and how cuts look.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::content::Mention;
use crate::model::ids::IdentityId;

const UNITS: [TextUnit; 4] = [
    TextUnit::Characters,
    TextUnit::Utf16,
    TextUnit::Graphemes,
    TextUnit::Bytes,
];

fn texts(markdown: &str, limit: usize) -> Vec<String> {
    Content::markdown(markdown)
        .split(limit, TextUnit::Characters)
        .iter()
        .map(|piece| piece.content.to_plain())
        .collect()
}

#[track_caller]
fn check(markdown: &str, limit: usize, expected: &[&str]) {
    assert_eq!(texts(markdown, limit), expected);
}

#[test]
fn a_text_that_fits_stays_whole() {
    check("One. Two.\n\nThree.", 100, &["One. Two.\n\nThree."]);
}

#[test]
fn paragraphs_are_kept_together_first() {
    check(
        "One two three.\n\nFour five six.",
        20,
        &["One two three.", "Four five six."],
    );
}

#[test]
fn then_sentences_then_words() {
    check("One two. Three four five.", 20, &["One two. ", "Three four five."]);
    check("one two three four five", 16, &["one two three ", "four five"]);
}

#[test]
fn a_long_word_is_cut_between_graphemes() {
    let family = "👨‍👩‍👧‍👦";
    for piece in texts(&family.repeat(12), 16) {
        assert_eq!(piece.replace(family, ""), "");
    }
}

#[test]
fn a_fence_is_closed_and_opened_again() {
    let markdown = format!("```rust\n{}```", "let a = 1;\n".repeat(6));
    let pieces = Content::markdown(&markdown).split(40, TextUnit::Characters);
    assert_eq!(pieces.len(), 3);
    for piece in pieces {
        let expected = Block::Code {
            language: Some("rust".to_owned()),
            text: "let a = 1;\nlet a = 1;".to_owned(),
        };
        assert_eq!(piece.content.blocks, [expected]);
    }
}

#[test]
fn a_list_goes_on_with_its_numbers() {
    check(
        "8. first item\n9. second item\n10. third item",
        24,
        &["8. first item", "9. second item", "10. third item"],
    );
}

#[test]
fn a_link_is_never_cut_and_becomes_text_when_it_cannot_be_whole() {
    check(
        "see [the guide](https://e.example/a) now",
        34,
        &["see ", "the guide (https://e.example/a) ", "now"],
    );
    let long = format!("[x](https://e.example/{})", "a".repeat(100));
    assert_eq!(
        texts(&long, 40).concat(),
        format!("x (https://e.example/{})", "a".repeat(100))
    );
}

#[test]
fn hostile_texts_are_cut_in_linear_time() {
    let zalgo = format!("e{}", "\u{301}".repeat(30_000));
    let right_to_left = "\u{202e}مرحبا".repeat(6_000);
    for text in [
        "x".repeat(60_000),
        zalgo,
        right_to_left,
        "👩‍💻".repeat(6_000),
        "a\n".repeat(30_000),
        " ".repeat(60_000),
    ] {
        for unit in UNITS {
            let content = Content::plain(&text);
            let pieces = content.split(300, unit);
            assert_eq!(Content::join(&pieces), content);
            assert!(pieces.iter().all(|piece| piece.content.length(unit) <= 300));
        }
    }
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,12}",
        "[a-z]{1,6}[.!?]",
        "[\u{300}-\u{310}]{1,5}",
        "[а-я]{1,8}",
        "[一-鿿]{1,9}",
        "[א-ת]{1,6}",
        Just("👨‍👩‍👧‍👦".to_owned()),
        Just("🇩🇪🇫🇷".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{202e}".to_owned()),
        "\\PC{1,6}",
    ];
    prop::collection::vec(word, 1..12).prop_map(|words| words.join(" "))
}

fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        5 => words().prop_map(Inline::Text),
        1 => words().prop_map(Inline::Code),
        1 => "[a-z]{1,8}".prop_map(|name| Inline::Link {
            url: format!("https://e.example/{name}"),
            label: vec![Inline::Text(name)],
            source: None,
        }),
        1 => "[a-z]{1,8}".prop_map(|name| Inline::Mention(Mention::Identity {
            id: IdentityId(Uuid::nil()),
            name,
            pings: false,
        })),
        1 => Just(Inline::Break),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Inline::Bold),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Inline::Italic),
            prop::collection::vec(inner, 1..4).prop_map(Inline::Spoiler),
        ]
    })
}

fn block() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        4 => prop::collection::vec(inline(), 1..6).prop_map(Block::Paragraph),
        1 => prop::collection::vec(inline(), 1..3).prop_map(Block::Heading),
        2 => (prop::option::of("[a-z]{1,5}"), "[a-z \n]{1,120}")
            .prop_map(|(language, text)| Block::Code { language, text }),
    ];
    leaf.prop_recursive(2, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Block::Quote),
            (
                prop::option::of(0_u32..200),
                prop::collection::vec(prop::collection::vec(inner, 1..3), 1..4)
            )
                .prop_map(|(start, items)| Block::List { start, items }),
        ]
    })
}

fn content() -> impl Strategy<Value = Content> {
    prop::collection::vec(block(), 1..5).prop_map(|blocks| Content { blocks })
}

fn unit() -> impl Strategy<Value = TextUnit> {
    prop::sample::select(UNITS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn joining_the_pieces_gives_the_text(content in content(), limit in 120_usize..600, unit in unit()) {
        let pieces = content.split(limit, unit);
        prop_assert_eq!(Content::join(&pieces), content);
    }

    #[test]
    fn every_piece_is_within_the_limit(content in content(), limit in LIMIT_MIN..600, unit in unit()) {
        for piece in content.split(limit, unit) {
            let length = piece.content.length(unit);
            prop_assert!(length <= limit, "{} in {:?}", length, piece.content);
            prop_assert!(unit.count(&piece.content.to_plain()) <= length);
        }
    }

    #[test]
    fn no_word_is_lost_at_tiny_limits(text in words(), limit in LIMIT_MIN..40, unit in unit()) {
        let content = Content { blocks: vec![Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(text)])])] };
        prop_assert_eq!(Content::join(&content.split(limit, unit)), content);
    }

    #[test]
    fn no_grapheme_is_cut(text in words(), unit in unit()) {
        let content = Content { blocks: vec![Block::Paragraph(vec![Inline::Text(text.clone())])] };
        let bounds: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        let mut at = 0;
        for piece in content.split(120, unit) {
            prop_assert!(bounds.contains(&at));
            at += match &piece.content.blocks[0] {
                Block::Paragraph(inlines) => match &inlines[0] {
                    Inline::Text(text) => text.len(),
                    other => panic!("{other:?} in a plain text"),
                },
                other => panic!("{other:?} in a plain text"),
            };
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn links_and_mentions_stay_whole(content in content(), limit in 120_usize..600, unit in unit()) {
        let split = content.split(limit, unit);
        let mut pieces = Vec::new();
        for piece in &split {
            whole_blocks(&piece.content.blocks, &mut pieces);
        }
        let mut all = Vec::new();
        whole_blocks(&content.blocks, &mut all);
        prop_assert_eq!(pieces, all);
    }
}

/// Links and mentions, in order.
fn whole_blocks<'a>(blocks: &'a [Block], found: &mut Vec<&'a Inline>) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) | Block::Heading(inlines) => whole_inlines(inlines, found),
            Block::Quote(blocks) => whole_blocks(blocks, found),
            Block::List { items, .. } => items.iter().for_each(|item| whole_blocks(item, found)),
            Block::Code { .. } => {}
        }
    }
}

fn whole_inlines<'a>(inlines: &'a [Inline], found: &mut Vec<&'a Inline>) {
    for inline in inlines {
        match inline {
            Inline::Link { .. } | Inline::Mention(_) => found.push(inline),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => {
                whole_inlines(inner, found);
            }
            Inline::Text(_) | Inline::Code(_) | Inline::Break => {}
        }
    }
}
