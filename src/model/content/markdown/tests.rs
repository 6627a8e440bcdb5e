//! What is written comes out as the tree that was meant, and nothing else.

use uuid::Uuid;

use super::*;
use crate::model::ids::IdentityId;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn paragraph(inlines: Vec<Inline>) -> Block {
    Block::Paragraph(inlines)
}

#[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
#[track_caller]
fn check(markdown: &str, expected: Vec<Block>) {
    assert_eq!(Content::markdown(markdown).blocks, expected);
}

#[track_caller]
fn check_inline(markdown: &str, expected: Vec<Inline>) {
    check(markdown, vec![paragraph(expected)]);
}

#[test]
fn emphasis_code_and_breaks_become_a_tree() {
    check_inline(
        "a **b *c*** ~~d~~ `e`\\\nf",
        vec![
            text("a "),
            Inline::Bold(vec![text("b "), Inline::Italic(vec![text("c")])]),
            text(" "),
            Inline::Strike(vec![text("d")]),
            text(" "),
            Inline::Code("e".to_owned()),
            Inline::Break,
            text("f"),
        ],
    );
}

#[test]
fn lists_quotes_headings_and_fences_become_blocks() {
    check(
        "# Title\n\n> said\n\n3. one\n4. two\n   - deep\n\n```rust x\nfn a() {}\n```",
        vec![
            Block::Heading(vec![text("Title")]),
            Block::Quote(vec![paragraph(vec![text("said")])]),
            Block::List {
                start: Some(3),
                items: vec![
                    vec![paragraph(vec![text("one")])],
                    vec![
                        paragraph(vec![text("two")]),
                        Block::List {
                            start: None,
                            items: vec![vec![paragraph(vec![text("deep")])]],
                        },
                    ],
                ],
            },
            Block::Code {
                language: Some("rust".to_owned()),
                text: "fn a() {}".to_owned(),
            },
        ],
    );
}

#[test]
fn html_is_shown_and_never_meant() {
    check_inline("a <b>c</b>", vec![text("a <b>c</b>")]);
    check(
        "<script>alert(1)</script>",
        vec![paragraph(vec![text("<script>alert(1)</script>")])],
    );
}

#[test]
fn an_address_in_the_text_is_a_link() {
    let url = "https://example.org/a(b)".to_owned();
    check_inline(
        "see https://example.org/a(b).",
        vec![
            text("see "),
            Inline::Link {
                url: url.clone(),
                label: vec![text(&url)],
                source: None,
            },
            text("."),
        ],
    );
}

#[test]
fn values_are_plain_whatever_they_hold() {
    let values = vec![
        (
            "name".to_owned(),
            "**Eve** <@1> https://e.example {other}\n[x](https://e.example)".to_owned(),
        ),
        ("other".to_owned(), "no".to_owned()),
    ];
    let content = Content::from_markdown("Hi {name} {missing}!", &values, &|_| {
        Some(Mention::Identity {
            id: IdentityId(Uuid::nil()),
            name: "x".to_owned(),
            pings: true,
        })
    });
    let expected = vec![
        text("Hi **Eve** <@1> https://e.example {other}"),
        Inline::Break,
        text("[x](https://e.example) {missing}!"),
    ];
    assert_eq!(content.blocks, vec![paragraph(expected)]);
}

#[test]
fn a_value_in_a_label_cannot_dress_up_a_link() {
    let values = vec![("title".to_owned(), "https://bank.example".to_owned())];
    let content = Content::from_markdown("[{title}](https://evil.example/x)", &values, &|_| None);
    assert_eq!(
        content.blocks,
        vec![paragraph(vec![
            text("https://bank.example"),
            text(" (https://evil.example/x)")
        ])]
    );
}

#[test]
fn mentions_are_those_the_caller_knows() {
    let known = Mention::Identity {
        id: IdentityId(Uuid::nil()),
        name: "Alice".to_owned(),
        pings: false,
    };
    let content = Content::from_markdown("<@ab_c-1> <@no> <#ab_c-1>", &[], &|mention| {
        (mention == MentionRef::Identity("ab_c-1")).then(|| known.clone())
    });
    assert_eq!(
        content.blocks,
        vec![paragraph(vec![
            Inline::Mention(known.clone()),
            text(" <@no> <#ab_c-1>")
        ])]
    );
}

#[test]
fn nesting_has_an_end_and_no_word_is_lost() {
    let hostile = format!("{} deep", ">".repeat(60_000));
    let content = Content::markdown(&hostile);
    assert!(content.to_plain().contains("deep"));
    let hostile = format!("{}deep{}", "**a *b ".repeat(5_000), "***".repeat(5_000));
    let json = serde_json::to_string(&Content::markdown(&hostile)).unwrap();
    assert!(serde_json::from_str::<Content>(&json).is_ok());
}
