//! A form as it comes in: whose it is, whether it is of this session, what was filled in.

use axum::extract::{FromRequest, Multipart, RawForm, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use sha2::{Digest, Sha256};

use super::session::{self, SignedIn};
use crate::console::ConsoleState;
use crate::console::error::ConsoleError;
use crate::knowledge::import::BYTES_MAX as IMPORT_BYTES_MAX;
use crate::model::ids::{AccountId, CommunityId};
use crate::plugin_host::PACKAGE_BYTES_MAX;
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, NewAudit, TokenHash};

/// Fields of one form; far more than any of ours has, also where each item of a list in a plugin's settings has some.
const FIELDS_MAX: usize = 2_000;

/// The longest text of one field, in bytes: an entry or a plugin's settings.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Files of one reply.
const FILES_MAX: usize = 10;

/// The largest file, as in the web chat.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The field of a plugin's package, which may be as large as packages are.
pub(crate) const PACKAGE_FIELD: &str = "package";

/// The field of files that were looked at and come back to be imported: they are as large as an import may be, each byte written as two.
pub(crate) const IMPORT_FIELD: &str = "import";

/// A whole form with its files.
pub(crate) const BODY_BYTES_MAX: usize = FILES_MAX * FILE_BYTES_MAX + 1024 * 1024;

/// A file that came with a form.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What was filled in. Names that come twice are kept twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    texts: Vec<(String, String)>,
    pub(crate) files: Vec<Upload>,
}

impl Fields {
    /// A field as it was typed, line ends as `\n`. Empty when it is missing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.raw(name).replace("\r\n", "\n")
    }

    /// A field on one line, without space around it.
    pub(crate) fn line(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// A field on one line; none when it was left empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.line(name)).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.texts.iter().any(|(key, _)| key == name)
    }

    /// The names in a field of names.
    pub(crate) fn names(&self, name: &str) -> std::str::SplitWhitespace<'_> {
        self.raw(name).split_whitespace()
    }

    /// Every value of a field that may come several times, such as boxes of one name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.texts.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The fields whose name begins so, with the rest of their name.
    pub(crate) fn beginning<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, String)> {
        let named =
            move |(name, text): &'a (String, String)| Some((name.strip_prefix(start)?, text.replace("\r\n", "\n")));
        self.texts.iter().filter_map(named)
    }

    fn raw(&self, name: &str) -> &str {
        let found = self.texts.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// What a person typed, for giving it back: no hidden fields, no passwords.
    fn typed(&self) -> Vec<String> {
        let hidden = |name: &str| name.starts_with('_') || name.contains("password");
        let typed = self
            .texts
            .iter()
            .filter(|(name, text)| !hidden(name) && !text.trim().is_empty());
        typed.map(|(_, text)| text.clone()).collect()
    }
}

#[cfg(test)]
impl FromIterator<(String, String)> for Fields {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(texts: T) -> Self {
        Self {
            texts: texts.into_iter().collect(),
            files: Vec::new(),
        }
    }
}

/// A form of a signed-in browser, checked: right origin, right session.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub(crate) who: SignedIn,
    pub(crate) fields: Fields,
    /// Names this sending of this form; the same form sent twice has the same.
    pub(crate) key: TokenHash,
}

impl Posted {
    /// The form's unit followed by its line in the audit; with the form's key first, so that a second sending is a
    /// conflict and changes nothing.
    pub(crate) fn once(&self, state: &ConsoleState, mut units: Vec<Unit>, act: &'static str, subject: String) -> Unit {
        units.insert(0, self.used(state));
        units.push(self.audit(state, act, subject));
        Unit::All(units)
    }

    /// What marks the form as used, to be written in one unit with what it asks: a second sending is a conflict then, and changes
    /// nothing.
    pub(crate) fn used(&self, state: &ConsoleState) -> Unit {
        let at = state.clock.now();
        Unit::Account(AccountUnit::FormUsed { key: self.key, at })
    }

    /// The line of the audit, to be written in one unit with what it tells of.
    pub(crate) fn audit(&self, state: &ConsoleState, act: &'static str, subject: String) -> Unit {
        audit(state, self.who.account.id, Some(self.who.community.id), act, subject)
    }

    /// Marks the form as used, before a feature does what it asks. Whether it was used before.
    pub(crate) async fn first(&self, state: &ConsoleState) -> Result<bool, ConsoleError> {
        match state.storage.write(self.used(state)).await {
            Ok(_) => Ok(true),
            Err(crate::storage::WriteError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// A line of the audit; of no community when an account does something to itself.
pub(crate) fn audit(
    state: &ConsoleState,
    account: AccountId,
    community: Option<CommunityId>,
    act: &'static str,
    subject: String,
) -> Unit {
    Unit::Account(AccountUnit::Audit(NewAudit {
        account: Some(account),
        community,
        act,
        subject,
        at: state.clock.now(),
    }))
}

/// A form of a browser that is not signed in: only the origin is checked.
#[derive(Debug)]
pub(crate) struct Unsigned {
    pub(crate) fields: Fields,
    pub(crate) headers: HeaderMap,
}

impl FromRequest<ConsoleState> for Unsigned {
    type Rejection = ConsoleError;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, ConsoleError> {
        let headers = request.headers().clone();
        if !origin_is_ours(&headers, &state.public_url) {
            return Err(ConsoleError::ForeignForm);
        }
        let fields = read(request, state).await?;
        Ok(Self { fields, headers })
    }
}

impl FromRequest<ConsoleState> for Posted {
    type Rejection = ConsoleError;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, ConsoleError> {
        if !origin_is_ours(request.headers(), &state.public_url) {
            return Err(ConsoleError::ForeignForm);
        }
        let path = request.uri().path().to_owned();
        let Some(who) = session::find(state, request.headers()).await? else {
            let typed = if is_short(request.headers()) {
                read(request, state).await?.typed()
            } else {
                vec![]
            };
            return Err(ConsoleError::SessionEnded { typed });
        };
        let fields = read(request, state).await?;
        if !who.token.csrf_is(fields.raw("_csrf")) {
            return Err(ConsoleError::ForeignForm);
        }
        let shown = fields.raw("_community");
        if !shown.is_empty() && shown != who.community.id.to_string() {
            return Err(ConsoleError::Changed(format!(
                "This page is of another community; this window looks at {} now. Please open the page again.",
                who.community.name
            )));
        }
        let key = key_of(&path, who.account.id, &fields);
        Ok(Self { who, fields, key })
    }
}

/// A stranger's form is read only to give it back, and only when it is short.
fn is_short(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length <= TEXT_BYTES_MAX)
}

/// Browsers name the origin of every form. A form of another site is refused whatever else it carries.
fn origin_is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN.as_str()) else {
        return text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    origin == public_url || (host.is_some() && host == text(HOST.as_str()))
}

/// The same fields of the same page by the same account: the same sending.
fn key_of(path: &str, account: AccountId, fields: &Fields) -> TokenHash {
    let mut digest = Sha256::new();
    let mut put = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    };
    put(path.as_bytes());
    put(account.0.as_bytes());
    for (name, text) in &fields.texts {
        put(name.as_bytes());
        put(text.as_bytes());
    }
    for file in &fields.files {
        put(file.name.as_bytes());
        put(&file.bytes);
    }
    TokenHash(digest.finalize().into())
}

async fn read(request: Request, state: &ConsoleState) -> Result<Fields, ConsoleError> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
        read_parts(request, state).await
    } else {
        let RawForm(bytes) = RawForm::from_request(request, state)
            .await
            .map_err(|_| ConsoleError::TooLarge)?;
        let texts: Vec<(String, String)> = parse(&bytes)?;
        Ok(Fields { texts, files: vec![] })
    }
}

fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, ConsoleError> {
    let texts: Vec<_> = bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .take(FIELDS_MAX + 1)
        .map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decode(&pair[..end]), decode(pair.get(end + 1..).unwrap_or_default()))
        })
        .collect();
    let fits = texts.len() <= FIELDS_MAX && texts.iter().all(|(_, text)| text.len() <= TEXT_BYTES_MAX);
    if fits { Ok(texts) } else { Err(ConsoleError::TooLarge) }
}

/// One name or value of `application/x-www-form-urlencoded`.
fn decode(bytes: &[u8]) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes
            .get(at + 1)
            .copied()
            .and_then(hex)
            .zip(bytes.get(at + 2).copied().and_then(hex));
        match (bytes[at], pair) {
            (b'%', Some((high, low))) => {
                out.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte"));
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).replace('\0', "")
}

async fn read_parts(request: Request, state: &ConsoleState) -> Result<Fields, ConsoleError> {
    let unreadable = |_| ConsoleError::TooLarge;
    let mut parts = Multipart::from_request(request, state)
        .await
        .map_err(|_| ConsoleError::ForeignForm)?;
    let mut fields = Fields::default();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let file_max = if name == PACKAGE_FIELD {
            PACKAGE_BYTES_MAX
        } else {
            FILE_BYTES_MAX
        };
        let bytes = part.bytes().await.map_err(unreadable)?;
        let text_max = if name == IMPORT_FIELD {
            2 * IMPORT_BYTES_MAX + TEXT_BYTES_MAX
        } else {
            TEXT_BYTES_MAX
        };
        let own_max = if file.is_some() { file_max } else { text_max };
        if bytes.len() > own_max {
            return Err(ConsoleError::TooLarge);
        }
        match file {
            // A file input that was left empty still sends a part.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => fields.files.push(Upload {
                name: file,
                bytes: bytes.to_vec(),
            }),
            None => {
                let text = String::from_utf8_lossy(&bytes).replace('\0', "");
                fields.texts.push((name, text));
            }
        }
        if fields.texts.len() > FIELDS_MAX || fields.files.len() > FILES_MAX {
            return Err(ConsoleError::TooLarge);
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_origin(pairs: &[(&'static str, &str)], expected: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        assert_eq!(origin_is_ours(&headers, "https://chat.example.org"), expected);
    }

    #[test]
    fn forms_of_our_own_pages_are_taken() {
        check_origin(&[("origin", "https://chat.example.org")], true);
        check_origin(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true);
        check_origin(&[("sec-fetch-site", "same-origin")], true);
        check_origin(&[], true);
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        check_origin(
            &[("origin", "https://evil.example"), ("host", "chat.example.org")],
            false,
        );
        check_origin(&[("origin", "https://chat.example.org.evil.example")], false);
        check_origin(&[("origin", "null"), ("host", "chat.example.org")], false);
        check_origin(&[("sec-fetch-site", "cross-site")], false);
    }

    #[test]
    fn what_a_browser_encodes_is_read_back() {
        let fields = parse(b"text=a%26b+c%0D%0Ad%C3%BC&empty=&tick&bad=%zz%4").ok().unwrap();
        let fields = Fields {
            texts: fields,
            files: vec![],
        };
        assert_eq!(fields.text("text"), "a&b c\ndü");
        assert_eq!(fields.some("empty"), None);
        assert!(fields.ticked("tick"));
        assert_eq!(fields.text("bad"), "%zz%4");
    }

    #[test]
    fn too_many_fields_are_refused() {
        assert!(parse("a=b&".repeat(FIELDS_MAX + 1).as_bytes()).is_err());
        assert!(parse("a".repeat(TEXT_BYTES_MAX + 3).as_bytes()).is_ok());
        assert!(parse(format!("a={}", "b".repeat(TEXT_BYTES_MAX + 1)).as_bytes()).is_err());
    }

    #[test]
    fn a_form_sent_twice_has_one_key_and_another_text_another() {
        let fields = |text: &str| Fields {
            texts: vec![
                ("_key".to_owned(), "k".to_owned()),
                ("text".to_owned(), text.to_owned()),
            ],
            files: vec![],
        };
        let account = AccountId(uuid::Uuid::nil());
        let key = |path: &str, text: &str| key_of(path, account, &fields(text));
        assert_eq!(key("/a", "hi"), key("/a", "hi"));
        assert_ne!(key("/a", "hi"), key("/a", "ho"));
        assert_ne!(key("/a", "hi"), key("/b", "hi"));
    }

    #[test]
    fn what_was_typed_is_given_back_without_secrets() {
        let texts = [("_csrf", "x"), ("password", "y"), ("text", "Hello"), ("empty", " ")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let fields = Fields { texts, files: vec![] };
        assert_eq!(fields.typed(), ["Hello"]);
    }
}
