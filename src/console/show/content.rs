//! A content tree as HTML. Everything a person or plugin wrote is escaped here; nothing else makes HTML of it. What links
//! accounts is hidden here, too: staff with a member's code could make themselves one with them.

use crate::model::content::{Block, Content, Inline, Mention};
use crate::person::masked;

/// Deeper nesting is shown flat: a hostile tree must not end the process.
const DEPTH_MAX: usize = 32;

/// The tree as HTML, safe to stand in a page.
pub(crate) fn html(content: &Content) -> String {
    let mut out = String::new();
    blocks(&content.blocks, 0, &mut out);
    out
}

/// The first words of a text on one line.
pub(crate) fn excerpt(content: &Content, characters: usize) -> String {
    let text = content.to_plain();
    let text = masked(&text);
    let mut line = String::new();
    for (number, word) in text.split_whitespace().enumerate() {
        if line.chars().count() + word.chars().count() >= characters {
            if line.is_empty() {
                line.extend(word.chars().take(characters));
            }
            line.push('…');
            break;
        }
        if number > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn blocks(list: &[Block], depth: usize, out: &mut String) {
    if depth > DEPTH_MAX {
        return out.push('…');
    }
    for block in list {
        match block {
            Block::Paragraph(line) => wrap("p", out, |out| inlines(line, depth + 1, out)),
            // The page has headings of its own; those of a message must not stand among them.
            Block::Heading(line) => wrap("p", out, |out| wrap("strong", out, |out| inlines(line, depth + 1, out))),
            Block::Quote(inner) => wrap("blockquote", out, |out| blocks(inner, depth + 1, out)),
            Block::List { start: None, items } => wrap("ul", out, |out| list_items(items, depth, out)),
            Block::List {
                start: Some(start),
                items,
            } => {
                out.push_str("<ol start=\"");
                out.push_str(&start.to_string());
                out.push_str("\">");
                list_items(items, depth, out);
                out.push_str("</ol>");
            }
            // Wide code scrolls, so the keyboard must reach it.
            Block::Code { text, .. } => {
                out.push_str("<pre tabindex=\"0\"><code>");
                escape(&masked(text), out);
                out.push_str("</code></pre>");
            }
        }
    }
}

fn list_items(items: &[Vec<Block>], depth: usize, out: &mut String) {
    for item in items {
        wrap("li", out, |out| blocks(item, depth + 1, out));
    }
}

fn inlines(list: &[Inline], depth: usize, out: &mut String) {
    if depth > DEPTH_MAX {
        return out.push('…');
    }
    for inline in list {
        match inline {
            Inline::Text(text) => escape(&masked(text), out),
            Inline::Bold(inner) => wrap("strong", out, |out| inlines(inner, depth + 1, out)),
            Inline::Italic(inner) => wrap("em", out, |out| inlines(inner, depth + 1, out)),
            Inline::Strike(inner) => wrap("s", out, |out| inlines(inner, depth + 1, out)),
            // Staff read what the member wrote.
            Inline::Spoiler(inner) => wrap("span", out, |out| inlines(inner, depth + 1, out)),
            Inline::Code(text) => wrap("code", out, |out| escape(&masked(text), out)),
            Inline::Link { url, label, .. } => link(url, label, depth, out),
            Inline::Mention(mention) => {
                let (sign, name) = match mention {
                    Mention::Identity { name, .. } => ('@', name),
                    Mention::Place { name, .. } => ('#', name),
                };
                out.push(sign);
                escape(name, out);
            }
            Inline::Break => out.push_str("<br>"),
        }
    }
}

fn link(url: &str, label: &[Inline], depth: usize, out: &mut String) {
    let known = ["https://", "http://", "mailto:"];
    let scheme = known.iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if !scheme {
        return inlines(label, depth + 1, out);
    }
    out.push_str("<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"");
    escape(url, out);
    out.push_str("\">");
    inlines(label, depth + 1, out);
    out.push_str("</a>");
}

fn wrap(tag: &str, out: &mut String, inner: impl FnOnce(&mut String)) {
    out.push('<');
    out.push_str(tag);
    out.push('>');
    inner(out);
    out.push_str("</");
    out.push_str(tag);
    out.push('>');
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(blocks: Vec<Block>, expected: &str) {
        assert_eq!(html(&Content { blocks }), expected);
    }

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn what_looks_like_markup_stays_text() {
        check(
            vec![Block::Paragraph(vec![text("<script>alert('&')</script>")])],
            "<p>&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>",
        );
    }

    #[test]
    fn a_link_with_another_scheme_is_only_its_label() {
        let link = |url: &str| Inline::Link {
            url: url.to_owned(),
            label: vec![text("x")],
            source: None,
        };
        check(vec![Block::Paragraph(vec![link("javascript:alert(1)")])], "<p>x</p>");
        check(
            vec![Block::Paragraph(vec![link("HTTPS://a.example/\"onclick=\"b")])],
            "<p><a rel=\"noopener noreferrer nofollow\" target=\"_blank\" \
             href=\"HTTPS://a.example/&quot;onclick=&quot;b\">x</a></p>",
        );
    }

    #[test]
    fn codes_that_link_accounts_are_hidden() {
        let code = "BCDFGHJK".to_owned();
        let shown = Content {
            blocks: vec![
                Block::Paragraph(vec![text("Write "), Inline::Code(format!("/link {code}"))]),
                Block::Code {
                    language: None,
                    text: code.clone(),
                },
                Block::Paragraph(vec![text("bcdf-ghjk?")]),
            ],
        };
        assert_eq!(
            html(&shown),
            "<p>Write <code>/link ••••••••</code></p><pre tabindex=\"0\"><code>••••••••</code></pre><p>••••••••?</p>"
        );
        assert_eq!(excerpt(&shown, 80), "Write /link •••••••• •••••••• ••••••••?");
    }

    #[test]
    fn code_and_lists_keep_their_shape() {
        let code = Block::Code {
            language: Some("html\"><b>".to_owned()),
            text: "<b>".to_owned(),
        };
        let list = Block::List {
            start: Some(3),
            items: vec![vec![Block::Paragraph(vec![text("a"), Inline::Break, text("b")])]],
        };
        check(
            vec![code, list],
            "<pre tabindex=\"0\"><code>&lt;b&gt;</code></pre><ol start=\"3\"><li><p>a<br>b</p></li></ol>",
        );
    }

    #[test]
    fn a_tree_of_any_depth_ends() {
        let mut block = Block::Paragraph(vec![text("deep")]);
        for _ in 0..1_000 {
            block = Block::Quote(vec![block]);
        }
        assert!(!html(&Content { blocks: vec![block] }).contains("deep"));
    }

    #[test]
    fn an_excerpt_ends_between_words() {
        let content = Content::plain("How do I connect\n\nDiscord to it?");
        assert_eq!(excerpt(&content, 80), "How do I connect Discord to it?");
        assert_eq!(excerpt(&content, 18), "How do I connect…");
        assert_eq!(excerpt(&Content::plain(&"x".repeat(50)), 5), "xxxxx…");
    }
}
