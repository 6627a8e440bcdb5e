//! Text of HTML, as feeds have it in titles and summaries. Pure.

use html5gum::{Token, Tokenizer};

/// What stands between these is not for people.
const HIDDEN: [&[u8]; 4] = [b"script", b"style", b"template", b"noscript"];

/// These begin a word of their own.
const BREAKS: [&[u8]; 12] = [
    b"br",
    b"p",
    b"div",
    b"li",
    b"tr",
    b"td",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"blockquote",
    b"pre",
];

/// The text of some HTML in one line.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut hidden: Option<Vec<u8>> = None;
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) if hidden.is_none() => {
                let name: &[u8] = &tag.name;
                if HIDDEN.contains(&name) && !tag.self_closing {
                    hidden = Some(name.to_vec());
                } else if BREAKS.contains(&name) {
                    text.push(' ');
                }
            }
            Token::EndTag(tag) => {
                let name: &[u8] = &tag.name;
                if hidden.as_deref() == Some(name) {
                    hidden = None;
                } else if BREAKS.contains(&name) {
                    text.push(' ');
                }
            }
            Token::String(part) if hidden.is_none() => text.push_str(&String::from_utf8_lossy(&part)),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many characters, cut at a word.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else {
        return text.to_owned();
    };
    let head = &text[..end];
    let word = head.rfind(' ').filter(|at| *at > head.len() / 2).unwrap_or(head.len());
    format!("{}…", head[..word].trim_end_matches([' ', ',', ';', ':', '.', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_text() {
        let html =
            "<p>Fish &amp; <b>chips</b></p><p>at&nbsp;9&#8217;s<br>place</p><script>steal()</script><style>p{}</style>";
        assert_eq!(text(html), "Fish & chips at 9’s place");
        assert_eq!(text("1 < 2 and 3 > 2"), "1 < 2 and 3 > 2");
        assert_eq!(text("no end <b"), "no end");
    }

    #[test]
    fn long_text_is_cut_at_a_word() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("one two, three four", 12), "one two…");
        assert_eq!(cut("ääääääääää", 5), "äääää…");
    }
}
