//! RSS 2.0, RSS 1.0 and Atom, read as a stream. Pure. What is hostile in a feed is text like any other: only addresses that a
//! browser opens become links.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::plain;

/// Items that are read: a feed with more shows its newest first.
const ITEMS_MAX: usize = 200;

/// Longer texts are cut before anything is made of them.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Deeper nesting is no feed.
const DEPTH_MAX: usize = 32;

/// What a feed holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feed {
    /// As it calls itself.
    pub(crate) title: String,
    /// In the feed's order.
    pub(crate) items: Vec<Item>,
}

/// One thing in it, as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    /// The feed's own name for it.
    pub(crate) id: Option<String>,
    /// Where it is read.
    pub(crate) link: Option<String>,
    /// What it is called.
    pub(crate) title: String,
    /// How it begins.
    pub(crate) summary: String,
    /// Who wrote it.
    pub(crate) author: Option<String>,
    /// When it came out, else when it was changed.
    pub(crate) at: Option<Timestamp>,
}

impl Item {
    /// By which it is known again: id and link, else its title.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let named = self.id.is_some() || self.link.is_some();
        let title = (!named).then_some(self.title.as_str());
        self.id.as_deref().into_iter().chain(self.link.as_deref()).chain(title)
    }
}

/// What is being read.
#[derive(Default)]
struct Reading {
    feed: Feed,
    item: Option<Item>,
    /// Local names of what is open.
    open: Vec<String>,
    text: String,
}

/// Reads a feed.
///
/// # Errors
///
/// Why it is none.
pub(crate) fn feed(bytes: &[u8]) -> Result<Feed, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    reader.config_mut().check_end_names = false;
    let mut reading = Reading::default();
    let mut is_feed = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                is_feed |= reading.open.is_empty() && matches!(tag.local_name().as_ref(), "rss" | "RDF" | "feed");
                reading.begin(&tag)?;
            }
            Ok(Event::Empty(tag)) => {
                reading.begin(&tag)?;
                reading.end();
            }
            Ok(Event::End(_)) => reading.end(),
            Ok(Event::Text(text)) => reading.add(&text),
            Ok(Event::CData(text)) => reading.add(&text),
            Ok(Event::GeneralRef(entity)) => reading.add(&character(&entity)),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) if is_feed && !reading.feed.items.is_empty() => break,
            Err(error) => return Err(format!("it is no feed: {error}")),
        }
        if reading.feed.items.len() == ITEMS_MAX {
            break;
        }
    }
    if is_feed {
        Ok(reading.feed)
    } else {
        Err("it is no feed: neither RSS nor Atom".to_owned())
    }
}

/// What a reference stands for; one that the document defines itself stands for nothing.
fn character(entity: &str) -> String {
    let html = format!("&{entity};");
    let text = plain::text(&html);
    match (text.is_empty(), text == html) {
        // A space is a space, and no end of a text.
        (true, _) => " ".to_owned(),
        (_, true) => String::new(),
        _ => text,
    }
}

impl Reading {
    fn begin(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() == DEPTH_MAX {
            return Err("it is no feed: nested too deeply".to_owned());
        }
        let name = tag.local_name().as_ref().to_owned();
        let prefixed = tag.name().prefix().is_some();
        if matches!(name.as_str(), "item" | "entry") {
            self.item = Some(Item::default());
        }
        if name == "link" && !prefixed {
            self.link(tag);
        }
        // `media:title` is no title; of the prefixed ones only these say what the others do.
        let known = !prefixed || matches!(name.as_str(), "creator" | "encoded" | "date" | "RDF");
        self.open.push(if known { name } else { String::new() });
        self.text.clear();
        Ok(())
    }

    /// Atom's link is an attribute; the first that leads to the page itself counts.
    fn link(&mut self, tag: &BytesStart<'_>) {
        let Some(item) = &mut self.item else { return };
        let attribute = |name: &str| {
            let found = tag.try_get_attribute(name).ok()??;
            let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
            Some(value.trim().to_owned())
        };
        let to_page = attribute("rel").is_none_or(|rel| rel == "alternate");
        if let Some(href) = attribute("href").filter(|href| to_page && is_link(href)) {
            item.link.get_or_insert(href);
        }
    }

    fn add(&mut self, text: &str) {
        let room = TEXT_BYTES_MAX.saturating_sub(self.text.len());
        let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        self.text.push_str(&text[..end.unwrap_or(0)]);
    }

    fn end(&mut self) {
        let Some(name) = self.open.pop() else { return };
        let parent = self.open.last().map(String::as_str).unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        match &mut self.item {
            Some(_) if matches!(name.as_str(), "item" | "entry") => self.feed.items.extend(self.item.take()),
            Some(item) if matches!(parent, "item" | "entry" | "author") => item.set(&name, parent, &text),
            None if name == "title" && matches!(parent, "channel" | "feed") => self.feed.title = plain::text(&text),
            _ => {}
        }
    }
}

impl Item {
    fn set(&mut self, name: &str, parent: &str, text: &str) {
        let bare = || text.trim().to_owned();
        match (parent, name) {
            ("author", "name") | (_, "creator") => {
                self.author = Some(plain::text(text)).filter(|name| !name.is_empty());
            }
            // RSS wants an address of mail there, which nobody gains by seeing.
            ("item", "author") if !text.contains('@') => {
                self.author = Some(plain::text(text)).filter(|name| !name.is_empty());
            }
            ("author", _) => {}
            (_, "title") => self.title = plain::text(text),
            (_, "guid" | "id") => self.id = Some(bare()).filter(|id| !id.is_empty()),
            ("item", "link") => self.link = Some(bare()).filter(|link| is_link(link)),
            (_, "description" | "summary") => self.summary = plain::text(text),
            (_, "encoded" | "content") if self.summary.is_empty() => self.summary = plain::text(text),
            (_, "pubDate") => self.at = rfc2822::parse(text.trim()).ok().map(|at| at.timestamp()),
            (_, "published" | "date") => self.at = text.trim().parse().ok(),
            (_, "updated") if self.at.is_none() => self.at = text.trim().parse().ok(),
            _ => {}
        }
    }
}

fn is_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(xml: &str) -> Item {
        let mut feed = feed(xml.as_bytes()).expect("it is a feed");
        assert_eq!(feed.items.len(), 1);
        feed.items.remove(0)
    }

    #[test]
    fn rss_is_read() {
        let xml = "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                   xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>Garden &amp; more</title><item>\
                   <title><![CDATA[Fish &amp; <b>chips</b>]]></title><media:title>another</media:title>\
                   <link>https://garden.example/1</link><guid isPermaLink=\"false\">g1</guid><dc:creator>Ana</dc:creator>\
                   <pubDate>Tue, 24 Nov 2026 09:00:00 +0100</pubDate><description>&lt;p&gt;It&#8217;s &amp;lt;3&lt;/p&gt;</description>\
                   </item></channel></rss>";
        assert_eq!(feed(xml.as_bytes()).expect("it is a feed").title, "Garden & more");
        let item = only(xml);
        assert_eq!(item.title, "Fish & chips");
        assert_eq!(item.summary, "It’s <3");
        assert_eq!(item.keys().collect::<Vec<_>>(), ["g1", "https://garden.example/1"]);
        assert_eq!(item.author.as_deref(), Some("Ana"));
        assert_eq!(
            item.at.map(|at| at.to_string()).as_deref(),
            Some("2026-11-24T08:00:00Z")
        );
    }

    #[test]
    fn atom_is_read() {
        let item = only(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title><entry><title type=\"html\">A &amp;amp; B</title>\
             <link rel=\"self\" href=\"https://a.example/self\"/><link href=\"https://a.example/1?a=1&amp;b=2\"/><id>urn:1</id>\
             <author><name>Bea</name><email>bea@a.example</email></author><updated>2026-11-24T10:00:00Z</updated>\
             <published>2026-11-24T09:00:00Z</published><content type=\"html\">&lt;p&gt;Long&lt;/p&gt;</content></entry></feed>",
        );
        assert_eq!(item.title, "A & B");
        assert_eq!(item.link.as_deref(), Some("https://a.example/1?a=1&b=2"));
        assert_eq!(item.author.as_deref(), Some("Bea"));
        assert_eq!(
            item.at.map(|at| at.to_string()).as_deref(),
            Some("2026-11-24T09:00:00Z")
        );
        assert_eq!(item.summary, "Long");
    }

    #[test]
    fn rss_of_the_first_kind_is_read() {
        let item = only(
            "<rdf:RDF xmlns:rdf=\"r\" xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"d\"><channel><title>Old</title></channel>\
             <item><title>One</title><link>https://old.example/1</link><dc:date>2026-11-24T09:00:00+01:00</dc:date></item>\
             </rdf:RDF>",
        );
        assert_eq!((item.title.as_str(), item.at.is_some()), ("One", true));
    }

    #[test]
    fn what_a_stranger_writes_is_no_link_and_no_address_of_mail() {
        let item = only(
            "<rss><channel><item><title>t</title><link>javascript:alert(1)</link><author>me@a.example (Me)</author></item>\
             </channel></rss>",
        );
        assert_eq!((item.link.clone(), item.author.clone()), (None, None));
        assert_eq!(item.keys().collect::<Vec<_>>(), ["t"]);
    }

    #[test]
    fn what_is_no_feed_is_told_and_what_is_cut_off_gives_what_is_whole() {
        for nothing in ["", "hello", "<html><body>Not found</body></html>", "{\"a\": 1}"] {
            assert!(feed(nothing.as_bytes()).is_err(), "{nothing}");
        }
        let deep = format!("<rss>{}", "<a>".repeat(100));
        assert!(feed(deep.as_bytes()).is_err());
        let cut = "<rss><channel><item><title>whole</title></item><item><title>half</ti";
        let found = feed(cut.as_bytes()).expect("it begins as one");
        assert_eq!(
            found.items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(),
            ["whole"]
        );
    }

    #[test]
    fn entities_of_the_document_itself_stand_for_nothing() {
        let bomb = "<!DOCTYPE rss [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><rss><channel><item><title>x&b;y&amp;z</title></item>\
                    </channel></rss>";
        assert_eq!(only(bomb).title, "xy&z");
    }
}
