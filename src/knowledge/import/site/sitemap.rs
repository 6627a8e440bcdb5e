//! A list of pages as sitemaps.org describes it: XML, plain text with an address a line, or a list of such lists; perhaps packed with
//! gzip. Pure.
//!
//! Only addresses are read. A tokenizer is enough for them, and knows no entities of its own: nothing in the file makes it longer
//! than it is.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use html5gum::{Token, Tokenizer};
use url::Url;

/// What the description allows, unpacked.
pub const SITEMAP_BYTES_MAX: usize = 50 * 1024 * 1024;

/// What the description allows; whoever has more has several lists.
const ADDRESSES_MAX: usize = 50_000;

/// How a packed file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How the text stands in a comment that is none: `<![CDATA[…]]>`.
const QUOTED: (&str, &str) = ("[CDATA[", "]]");

/// Which addresses a list has, each once and in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Pages.
    pub pages: Vec<Url>,
    /// Other lists.
    pub sitemaps: Vec<Url>,
    /// What is no address of the web, or too many.
    pub skipped: usize,
}

/// Why it is no list of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SitemapError {
    /// More than is read.
    #[error("it is larger than {} MiB unpacked", SITEMAP_BYTES_MAX >> 20)]
    TooLarge,
    /// Packed, but not soundly.
    #[error("it is packed, and cannot be unpacked")]
    Broken,
    /// In another encoding.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// Something else.
    #[error("it has no list of pages, as sitemaps.org describes it")]
    NoSitemap,
}

/// The text of a file that may be packed.
///
/// # Errors
///
/// When it is too large or broken.
pub fn unpacked(bytes: &[u8]) -> Result<String, SitemapError> {
    let mut plain = Vec::new();
    if bytes.starts_with(&GZIP) {
        let limit = SITEMAP_BYTES_MAX as u64 + 1;
        let read = MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut plain);
        read.map_err(|_| SitemapError::Broken)?;
    } else {
        plain.extend_from_slice(&bytes[..bytes.len().min(SITEMAP_BYTES_MAX + 1)]);
    }
    if plain.len() > SITEMAP_BYTES_MAX {
        return Err(SitemapError::TooLarge);
    }
    String::from_utf8(plain).map_err(|_| SitemapError::NotUtf8)
}

/// What an address stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Page,
    Sitemap,
}

impl Sitemap {
    /// Reads the text of one.
    ///
    /// # Errors
    ///
    /// When it is no list of pages.
    pub fn parse(text: &str) -> Result<Self, SitemapError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let mut found = Found::default();
        if text.starts_with('<') {
            if !found.read(text) {
                return Err(SitemapError::NoSitemap);
            }
        } else {
            text.lines().for_each(|line| found.add(In::Page, line));
            if found.sitemap.pages.is_empty() {
                return Err(SitemapError::NoSitemap);
            }
        }
        Ok(found.sitemap)
    }
}

#[derive(Default)]
struct Found {
    sitemap: Sitemap,
    seen: std::collections::HashSet<Url>,
}

impl Found {
    /// Whether it is a list at all, be it an empty one.
    fn read(&mut self, text: &str) -> bool {
        let mut is_list = false;
        let (mut within, mut address) = (None, None);
        for token in Tokenizer::new(text) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => match tag.name.as_slice() {
                    b"urlset" | b"sitemapindex" => is_list = true,
                    b"url" => within = Some(In::Page),
                    b"sitemap" => within = Some(In::Sitemap),
                    b"loc" => address = Some(String::new()),
                    _ => {}
                },
                Token::EndTag(tag) if tag.name.as_slice() == b"loc" => {
                    if let (Some(within), Some(address)) = (within, address.take()) {
                        self.add(within, &address);
                    }
                }
                Token::EndTag(tag) if matches!(tag.name.as_slice(), b"url" | b"sitemap") => within = None,
                Token::String(part) => {
                    if let Some(address) = &mut address {
                        address.push_str(&String::from_utf8_lossy(&part));
                    }
                }
                Token::Comment(part) => {
                    let part = String::from_utf8_lossy(&part);
                    let quoted = part.strip_prefix(QUOTED.0).and_then(|part| part.strip_suffix(QUOTED.1));
                    if let (Some(address), Some(quoted)) = (&mut address, quoted) {
                        address.push_str(quoted);
                    }
                }
                _ => {}
            }
        }
        is_list
    }

    fn add(&mut self, within: In, address: &str) {
        let address = address.trim();
        if address.is_empty() {
            return;
        }
        let url = Url::parse(address).ok().map(|mut url| {
            url.set_fragment(None);
            url
        });
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty());
        let Some(url) = url.filter(|_| self.seen.len() < ADDRESSES_MAX) else {
            self.sitemap.skipped += 1;
            return;
        };
        if self.seen.insert(url.clone()) {
            match within {
                In::Page => self.sitemap.pages.push(url),
                In::Sitemap => self.sitemap.sitemaps.push(url),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[track_caller]
    fn check(text: &str, pages: &[&str], sitemaps: &[&str], skipped: usize) {
        let found = Sitemap::parse(text).expect("it is a list");
        let texts = |urls: &[Url]| urls.iter().map(Url::to_string).collect::<Vec<_>>();
        assert_eq!(
            (texts(&found.pages), texts(&found.sitemaps)),
            (texts_of(pages), texts_of(sitemaps))
        );
        assert_eq!(found.skipped, skipped);
    }

    fn texts_of(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    }

    #[test]
    fn pages_are_those_of_the_list_each_once() {
        check(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- <loc>https://a.example/no</loc> -->\
             <urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc> https://a.example/x?a=1&amp;b=2\n</loc>\
             <image:image><image:loc>https://a.example/picture.png</image:loc></image:image></url>\
             <url><loc><![CDATA[https://a.example/y]]></loc><lastmod>2026-01-01</lastmod></url>\
             <url><loc>https://a.example/y#part</loc></url><url><loc>/relative</loc></url><url><loc>javascript:alert(1)</loc></url>\
             <url><loc>https://me:secret@a.example/</loc></url><url><loc></loc></url></urlset>",
            &["https://a.example/x?a=1&b=2", "https://a.example/y"],
            &[],
            3,
        );
    }

    #[test]
    fn a_list_of_lists_has_no_pages_of_its_own_and_a_plain_text_has() {
        check(
            "<sitemapindex><sitemap><loc>https://a.example/1.xml.gz</loc></sitemap></sitemapindex>",
            &[],
            &["https://a.example/1.xml.gz"],
            0,
        );
        check(
            "https://a.example/x\r\n\nhttps://a.example/y\n",
            &["https://a.example/x", "https://a.example/y"],
            &[],
            0,
        );
        check("<urlset></urlset>", &[], &[], 0);
    }

    #[test]
    fn something_else_is_no_list() {
        for other in ["", "hello", "<html><body>Not found</body></html>", "{}", "<rss></rss>"] {
            assert_eq!(Sitemap::parse(other), Err(SitemapError::NoSitemap), "{other}");
        }
    }

    #[test]
    fn entities_that_name_each_other_make_nothing_longer() {
        let bomb = "<!DOCTYPE urlset [<!ENTITY a \"https://a.example/\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                    <urlset><url><loc>&b;</loc></url></urlset>";
        let found = Sitemap::parse(bomb).expect("it is a list");
        assert!(found.pages.is_empty());
    }

    #[test]
    fn too_many_addresses_are_counted_and_not_kept() {
        let many: Vec<String> = (0..=ADDRESSES_MAX)
            .map(|number| format!("https://a.example/{number}"))
            .collect();
        let found = Sitemap::parse(&many.join("\n")).expect("it is a list");
        assert_eq!((found.pages.len(), found.skipped), (ADDRESSES_MAX, 1));
    }

    #[test]
    fn a_packed_file_is_unpacked_and_one_that_grows_without_end_is_not() {
        assert_eq!(unpacked(&packed(b"hello")).as_deref(), Ok("hello"));
        assert_eq!(unpacked(b"hello").as_deref(), Ok("hello"));
        let bomb = packed(&vec![b' '; SITEMAP_BYTES_MAX + 1]);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(unpacked(&bomb), Err(SitemapError::TooLarge));
        let mut cut = packed(b"hello");
        cut.truncate(cut.len() - 6);
        assert_eq!(unpacked(&cut), Err(SitemapError::Broken));
        assert_eq!(unpacked(b"\xff\xfe<\0u\0"), Err(SitemapError::NotUtf8));
    }
}
