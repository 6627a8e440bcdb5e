//! Sites that answer by heart: what is asked of them, and what never is.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;

use async_trait::async_trait;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// What stands at each address; nothing is anywhere else.
#[derive(Debug, Default)]
struct Shelf {
    answers: BTreeMap<String, HttpAnswer>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Shelf {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let url = request.url.to_string();
        let agent = request.headers.get(USER_AGENT).expect("it says who asks");
        assert!(agent.to_str().is_ok_and(|agent| agent.starts_with("Switchboard/")));
        self.asked
            .lock()
            .expect("nobody panics while holding it")
            .push(url.clone());
        match self.answers.get(&url) {
            Some(answer) if answer.status == 0 => Err(HttpError::Unavailable("there is no connection")),
            Some(answer) if answer.body.len() > request.answer_bytes => Err(HttpError::TooLarge(answer.clone())),
            Some(answer) => Ok(answer.clone()),
            None => Ok(answer(404, "")),
        }
    }
}

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: vec![("content-type".to_owned(), "text/html; charset=utf-8".to_owned())],
        body: body.into(),
    }
}

fn led(to: &str) -> HttpAnswer {
    let mut answer = answer(302, "");
    answer.headers.push(("location".to_owned(), to.to_owned()));
    answer
}

fn list(pages: &[&str]) -> HttpAnswer {
    let pages: Vec<String> = pages
        .iter()
        .map(|page| format!("<url><loc>{page}</loc></url>"))
        .collect();
    answer(200, &format!("<urlset>{}</urlset>", pages.concat()))
}

fn lists(lists: &[&str]) -> HttpAnswer {
    let lists: Vec<String> = lists
        .iter()
        .map(|list| format!("<sitemap><loc>{list}</loc></sitemap>"))
        .collect();
    answer(200, &format!("<sitemapindex>{}</sitemapindex>", lists.concat()))
}

/// A page that answers one question.
fn faq(question: &str) -> HttpAnswer {
    answer(200, &format!("<html lang=en><h2>{question}</h2><p>Yes, it is."))
}

const SITEMAP: &str = "https://a.example/sitemap.xml";

async fn walked(answers: &[(&str, HttpAnswer)]) -> (Result<Reading, String>, Vec<String>) {
    walked_from(SITEMAP, answers, 100).await
}

async fn walked_from(
    sitemap: &str,
    answers: &[(&str, HttpAnswer)],
    pages_max: usize,
) -> (Result<Reading, String>, Vec<String>) {
    let shelf = Arc::new(Shelf {
        answers: answers
            .iter()
            .map(|(url, answer)| ((*url).to_owned(), answer.clone()))
            .collect(),
        ..Shelf::default()
    });
    let mut walk = Walk::new(Arc::<Shelf>::clone(&shelf), vec![], pages_max, |_: &str| {});
    walk.pause = Duration::ZERO;
    let reading = walk.read(sitemap).await;
    let asked = shelf.asked.lock().expect("nobody panics while holding it").clone();
    (reading, asked)
}

/// Which pages gave which questions, and what was left out.
#[track_caller]
fn check(reading: Result<Reading, String>, questions: &[(&str, &str)], left_out: &[&str]) {
    let reading = reading.expect("it is read");
    let found: Vec<_> = reading
        .entries
        .iter()
        .map(|entry| (entry.page.as_deref().unwrap_or_default(), entry.question.as_str()))
        .collect();
    assert_eq!(found, questions);
    let told: Vec<_> = reading.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(told, left_out);
    assert_eq!(reading.partial.is_empty(), left_out.is_empty(), "{:?}", reading.partial);
}

#[tokio::test]
async fn each_page_of_the_list_is_read_once_after_the_rules_of_the_site() {
    let (reading, asked) = walked(&[
        (
            SITEMAP,
            list(&[
                "https://a.example/rye",
                "https://a.example/oat#top",
                "https://a.example/rye",
            ]),
        ),
        ("https://a.example/rye", faq("Is there rye?")),
        ("https://a.example/oat", faq("Is there oat?")),
    ])
    .await;
    let both = [
        ("https://a.example/rye", "Is there rye?"),
        ("https://a.example/oat", "Is there oat?"),
    ];
    check(reading, &both, &[]);
    let all = [
        SITEMAP,
        "https://a.example/robots.txt",
        "https://a.example/rye",
        "https://a.example/oat",
    ];
    assert_eq!(asked, all);
}

#[tokio::test]
async fn a_page_without_questions_is_the_answer_to_its_title() {
    let (reading, _) = walked(&[
        (SITEMAP, list(&["https://a.example/rye"])),
        (
            "https://a.example/rye",
            answer(200, "<nav>Menu</nav><h1>Opening hours</h1><p>From 9 to 5.</p>"),
        ),
    ])
    .await;
    check(reading, &[("https://a.example/rye", "Opening hours")], &[]);
}

#[tokio::test]
async fn every_page_of_the_list_is_taken_or_named_with_the_reason() {
    let site = |page: &str| format!("https://a.example/{page}");
    let pages = ["title", "nothing", "script", "again", "headless"].map(site);
    let titled =
        "<html><head><meta charset=utf-8><title>Opening\n hours &amp; days</title><body><div>From 9 to 5.</div>";
    let answers = [
        (SITEMAP.to_owned(), list(&pages.each_ref().map(String::as_str))),
        (site("title"), answer(200, titled)),
        (site("nothing"), answer(200, "<div>From 9 to 5.</div>")),
        (
            site("script"),
            answer(200, "<title>App</title><div id=root></div><script>go()</script>"),
        ),
        (site("again"), led("/title")),
        (
            site("headless"),
            answer(200, "<head><title>Way</title><h1></h1><p>By bus."),
        ),
    ];
    let answers: Vec<_> = answers
        .iter()
        .map(|(url, answer)| (url.as_str(), answer.clone()))
        .collect();
    let reading = walked(&answers).await.0.expect("it is read");
    let found: Vec<_> = reading
        .entries
        .iter()
        .map(|entry| (entry.file.as_str(), entry.question.as_str(), entry.answer.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("https://a.example/title", "Opening hours & days", "From 9 to 5."),
            ("https://a.example/headless", "Way", "By bus."),
        ]
    );
    let told: Vec<_> = reading.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "https://a.example/nothing: nothing is taken of it: it has neither a question, nor an `<h1>` with text below it, \
             nor a `<title>`",
            "https://a.example/script: nothing is taken of it: no text is seen in it; what a script would write there is not read",
            "https://a.example/again: it leads on to https://a.example/title, which was looked at already",
        ]
    );
    assert!(reading.partial.is_empty(), "all of the site was read");
}

#[tokio::test]
async fn what_the_site_does_not_let_programs_read_is_not_asked_for() {
    let robots = answer(200, "User-agent: *\nDisallow: /private\n");
    let (reading, asked) = walked(&[
        (
            SITEMAP,
            list(&[
                "https://a.example/private/rye",
                "https://a.example/moved",
                "https://a.example/oat",
            ]),
        ),
        ("https://a.example/robots.txt", robots),
        ("https://a.example/private/rye", faq("Is there rye?")),
        ("https://a.example/moved", led("/private/rye")),
        ("https://a.example/oat", faq("Is there oat?")),
    ])
    .await;
    let refused = "the robots.txt of the site does not let programs read it";
    check(
        reading,
        &[("https://a.example/oat", "Is there oat?")],
        &[
            &format!("https://a.example/private/rye: {refused}"),
            &format!("https://a.example/moved: {refused}"),
        ],
    );
    assert_eq!(
        asked.iter().filter(|url| url.contains("/private")).count(),
        0,
        "{asked:?}"
    );

    for broken in [
        answer(500, ""),
        answer(0, ""),
        answer(200, &"#\n".repeat(ROBOTS_BYTES_MAX)),
    ] {
        let (reading, asked) = walked(&[
            (SITEMAP, list(&["https://a.example/rye"])),
            ("https://a.example/robots.txt", broken),
            ("https://a.example/rye", faq("Is there rye?")),
        ])
        .await;
        check(reading, &[], &[&format!("https://a.example/rye: {refused}")]);
        assert!(!asked.contains(&"https://a.example/rye".to_owned()));
    }
}

#[tokio::test]
async fn nothing_inside_and_no_other_server_is_asked() {
    let (reading, asked) = walked(&[
        (
            SITEMAP,
            list(&[
                "https://a.example/in",
                "https://a.example/away",
                "https://b.example/rye",
                "http://10.0.0.7/",
                "http://169.254.169.254/",
            ]),
        ),
        ("https://a.example/in", led("http://127.0.0.1:8400/console")),
        ("https://a.example/away", led("https://b.example/rye")),
        ("https://b.example/rye", faq("Is there rye?")),
    ])
    .await;
    check(
        reading,
        &[],
        &[
            &format!("{SITEMAP}: 3 of its pages are on another server"),
            "https://a.example/in: it leads on to another server, http://127.0.0.1:8400/console",
            "https://a.example/away: it leads on to another server, https://b.example/rye",
        ],
    );
    assert!(
        asked.iter().all(|url| url.starts_with("https://a.example/")),
        "{asked:?}"
    );
    for (sitemap, why) in [
        ("http://10.0.0.7/sitemap.xml", "inside your own network"),
        ("https://169.254.169.254/sitemap.xml", "nobody may reach"),
        ("http://a.example/sitemap.xml", "it is not https"),
        ("file:///etc/passwd", "names no host"),
        ("https://a.example/round.xml", "more than 3 redirects"),
        ("https://a.example/inside.xml", "inside your own network"),
        ("https://a.example/none.xml", "the server answers 404"),
        ("https://a.example/page.xml", "it has no list of pages"),
    ] {
        let answers = [
            ("https://a.example/round.xml", led("/round.xml")),
            ("https://a.example/inside.xml", led("http://192.168.1.1/sitemap.xml")),
            ("https://a.example/page.xml", faq("Is there rye?")),
        ];
        let (reading, _) = walked_from(sitemap, &answers, 10).await;
        let problem = reading.expect_err("it is refused");
        assert!(problem.contains(why), "{sitemap}: {problem}");
    }
}

#[tokio::test]
async fn who_is_outside_leads_to_no_machine_that_the_owner_named() {
    let inside = Url::parse("http://10.0.0.7:8080/").expect("it is an address");
    let answers = [
        (SITEMAP, list(&["https://a.example/in"])),
        ("https://a.example/robots.txt", led("http://10.0.0.7:8080/robots.txt")),
        ("http://10.0.0.7:8080/robots.txt", answer(200, "")),
    ];
    let shelf = Arc::new(Shelf {
        answers: answers.map(|(url, answer)| (url.to_owned(), answer)).into(),
        ..Shelf::default()
    });
    let machines = Machine::inside(&inside).into_iter().collect();
    let mut walk = Walk::new(Arc::<Shelf>::clone(&shelf), machines, 10, |_: &str| {});
    walk.pause = Duration::ZERO;
    let reading = walk.read(SITEMAP).await.expect("the list is read");
    assert!(!reading.left_out.is_empty(), "what the site lets read is not known");
    let asked = shelf.asked.lock().expect("nobody panics").clone();
    assert!(asked.iter().all(|url| !url.contains("10.0.0.7")), "{asked:?}");
}

#[tokio::test]
async fn lists_in_a_list_are_read_one_level_deep_and_circles_end() {
    let (reading, asked) = walked(&[
        (
            SITEMAP,
            lists(&[
                "https://a.example/1.xml.gz",
                SITEMAP,
                "https://a.example/deep.xml",
                "https://b.example/2.xml",
                "https://a.example/none.xml",
            ]),
        ),
        (
            "https://a.example/1.xml.gz",
            packed(&list(&["https://a.example/rye"]).body),
        ),
        ("https://a.example/deep.xml", lists(&["https://a.example/deeper.xml"])),
        ("https://a.example/rye", faq("Is there rye?")),
    ])
    .await;
    check(
        reading,
        &[("https://a.example/rye", "Is there rye?")],
        &[
            &format!("{SITEMAP}: is a list of lists within another one, and not read"),
            "https://a.example/deep.xml: is a list of lists within another one, and not read",
            "https://b.example/2.xml: the list is not read: it is on another server",
            "https://a.example/none.xml: the list is not read: the server answers 404",
        ],
    );
    assert!(!asked.contains(&"https://a.example/deeper.xml".to_owned()));

    let many: Vec<String> = (0..60)
        .map(|number| format!("https://a.example/{number}.xml"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (_, asked) = walked(&[(SITEMAP, lists(&many))]).await;
    assert_eq!(asked.len(), 1 + SITEMAPS_MAX);
}

fn packed(bytes: &[u8]) -> HttpAnswer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes all");
    HttpAnswer {
        body: encoder.finish().expect("memory takes all"),
        ..answer(200, "")
    }
}

#[tokio::test]
async fn a_packed_list_that_grows_without_end_is_not_read() {
    let bomb = packed(&vec![b' '; SITEMAP_BYTES_MAX + 1]);
    let (reading, _) = walked(&[(SITEMAP, bomb)]).await;
    assert!(reading.is_err_and(|why| why.contains("larger than 50 MiB unpacked")));
}

#[tokio::test]
async fn no_more_pages_are_read_than_was_said() {
    let pages: Vec<String> = (0..9).map(|number| format!("https://a.example/{number}")).collect();
    let listed: Vec<&str> = pages.iter().map(String::as_str).collect();
    let mut answers = vec![(SITEMAP, list(&listed))];
    answers.extend(listed.iter().map(|url| (*url, faq(&format!("Is there {url}?")))));
    let (reading, asked) = walked_from(SITEMAP, &answers, 2).await;
    let both = [
        ("https://a.example/0", "Is there https://a.example/0?"),
        ("https://a.example/1", "Is there https://a.example/1?"),
    ];
    check(
        reading,
        &both,
        &[&format!(
            "{SITEMAP}: 2 of its 9 pages are read; `--pages-max` says how many"
        )],
    );
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn a_site_that_is_not_well_is_left_alone() {
    let pages: Vec<String> = (0..9).map(|number| format!("https://a.example/{number}")).collect();
    let listed: Vec<&str> = pages.iter().map(String::as_str).collect();
    let all = |what: &HttpAnswer| {
        let mut answers = vec![(SITEMAP, list(&listed))];
        answers.extend(listed.iter().map(|url| (*url, what.clone())));
        answers
    };
    let (reading, asked) = walked(&all(&answer(429, ""))).await;
    check(
        reading,
        &[],
        &["https://a.example/0: the site wants fewer requests: this page and what follows are not read"],
    );
    assert_eq!(asked.len(), 3);
    for dead in [answer(500, ""), answer(0, "")] {
        let (reading, asked) = walked(&all(&dead)).await;
        assert_eq!(asked.len(), 2 + FAILURES_MAX);
        let told = reading.expect("it is read").left_out;
        let last = told.last().expect("something is left out");
        assert_eq!(
            last.what,
            "nothing came several times in a row: what follows is not read"
        );
    }
    let (_, asked) = walked(&all(&answer(404, ""))).await;
    assert_eq!(
        asked.len(),
        2 + listed.len(),
        "a page that is gone says nothing of the others"
    );
}

#[tokio::test]
async fn what_is_no_page_is_left_out_with_the_reason() {
    let mut picture = answer(200, "GIF89a");
    picture.headers = vec![("content-type".to_owned(), "image/gif".to_owned())];
    let mut latin = answer(200, "");
    latin.body = b"<h2>Caf\xe9?</h2>Yes.".to_vec();
    let (reading, _) = walked(&[
        (
            SITEMAP,
            list(&[
                "https://a.example/1",
                "https://a.example/2",
                "https://a.example/3",
                "https://a.example/4",
            ]),
        ),
        ("https://a.example/1", picture),
        ("https://a.example/2", latin),
        ("https://a.example/3", answer(200, &"x".repeat(PAGE_BYTES_MAX + 1))),
        ("https://a.example/4", answer(200, &"<div>".repeat(300))),
    ])
    .await;
    check(
        reading,
        &[],
        &[
            "https://a.example/1: it is no page in HTML",
            "https://a.example/2: it is not UTF-8",
            &format!("https://a.example/3: it is larger than {PAGE_BYTES_MAX} bytes"),
            "https://a.example/4: its elements are nested too deeply to be a page for readers",
        ],
    );
}

#[tokio::test]
async fn more_than_one_import_takes_is_not_read_on() {
    let pages: Vec<String> = (0..60).map(|number| format!("https://a.example/{number}")).collect();
    let listed: Vec<&str> = pages.iter().map(String::as_str).collect();
    let long: Vec<String> = (0..20)
        .map(|number| format!("<h2>Is {number} there?</h2><p>{}", "yes ".repeat(3_000)))
        .collect();
    let mut answers = vec![(SITEMAP, list(&listed))];
    answers.extend(listed.iter().map(|url| (*url, answer(200, &long.concat()))));
    let (reading, asked) = walked(&answers).await;
    let reading = reading.expect("it is read");
    assert!(reading.bytes() <= BYTES_MAX, "{}", reading.bytes());
    assert!(asked.len() < 40, "{}", asked.len());
    let last = reading.left_out.last().expect("something is left out");
    assert_eq!(
        last.what,
        "one import takes no more: this page and what follows are not read"
    );
}

#[tokio::test]
async fn a_list_in_a_file_is_of_one_site() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("pages.txt");
    std::fs::write(&file, "https://a.example/rye\nhttps://b.example/oat\n").expect("there is room");
    let answers = [
        ("https://a.example/rye", faq("Is there rye?")),
        ("https://b.example/oat", faq("Is there oat?")),
    ];
    let name = file.to_str().expect("it is UTF-8");
    let (reading, _) = walked_from(name, &answers, 10).await;
    let other = format!("{name}: 1 of its pages are on another server");
    check(reading, &[("https://a.example/rye", "Is there rye?")], &[&other]);
}
