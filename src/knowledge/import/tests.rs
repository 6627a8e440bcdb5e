//! What files say, whoever wrote them.

mod pages;

use proptest::prelude::*;

use super::*;
use crate::model::Content;

fn import(name: &str, text: &str) -> Import {
    Import {
        files: vec![ImportFile {
            name: name.to_owned(),
            format: Format::of_file(name).unwrap(),
            text: text.to_owned(),
        }],
        ..Import::default()
    }
}

#[track_caller]
fn candidates(name: &str, text: &str) -> Found {
    read(&import(name, text)).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

/// Questions with their answers.
#[track_caller]
fn check(name: &str, text: &str, expected: &[(&str, &str)]) {
    let found = candidates(name, text).candidates;
    let found: Vec<_> = found
        .iter()
        .map(|candidate| (candidate.question.as_str(), candidate.answer.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_left_out(name: &str, text: &str, expected: &[&str]) {
    let left_out = candidates(name, text).left_out;
    let left_out: Vec<_> = left_out.iter().map(ToString::to_string).collect();
    assert_eq!(left_out, expected);
}

#[track_caller]
fn check_mistakes(name: &str, text: &str, expected: &[&str]) {
    let mistakes = read(&import(name, text)).unwrap_err();
    let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(mistakes, expected);
}

#[test]
fn headings_are_questions_and_the_text_below_is_the_answer() {
    check(
        "faq.md",
        "---\ntitle: FAQ\n---\n# Help\n\nHello.\n\n## Opening hours\n\nFrom **9** to 5.\n\n- Monday\n- Friday\n\n\
         ## Empty\n\n### Is there rye?\nYes.\n\n#### Where\n\nOn the shelf.\n\n## More\n##### Small print\nText.\n\n\
         > ## quoted\n> is no question\n",
        &[
            ("Opening hours", "From **9** to 5.\n\n- Monday\n- Friday"),
            ("Is there rye?", "Yes.\n\n#### Where\n\nOn the shelf."),
            ("More", "##### Small print\nText.\n\n> ## quoted\n> is no question"),
        ],
    );
}

#[test]
fn a_title_that_asks_is_not_answered_by_the_whole_page() {
    check(
        "faq.md",
        "# What is this?\nA bot.\n\n## Install\nWith cargo.\n",
        &[("What is this?", "A bot."), ("Install", "With cargo.")],
    );
}

#[test]
fn html_in_markdown_leaves_what_is_seen() {
    check(
        "faq.md",
        "## Q?\nA <b>bold</b> word<script>alert('x')</script>.<!-- secret -->\n\n<script>\nevil()\n</script>\n\n\
         <div hidden>unseen</div>\n\n<p>seen</p>\n\nEnd <script>open\n\nnext <!-- unseen --> line\n",
        &[("Q?", "A bold word.\n\nseen\n\nEnd \n\nnext  line")],
    );
}

#[test]
fn a_word_in_angle_brackets_is_a_word() {
    check(
        "faq.md",
        "## How do I use /poll <title>?\nType /poll <title> and <button>, <option> or <time>.<br/>Then <embed> it.\n\n\
         - <button>unseen</button>Send.\n- Or <script>unseen\n- not.\n\n## Next?\nYes.\n",
        &[
            (
                "How do I use /poll <title>?",
                "Type /poll <title> and <button>, <option> or <time>.Then  it.\n\n- Send.\n- Or \n- not.",
            ),
            ("Next?", "Yes."),
        ],
    );
}

#[test]
fn only_at_the_beginning_of_a_text_do_lines_belong_to_programs() {
    check(
        "faq.md",
        "# Help\n\n---\n## Is there rye?\nYes.\n\n---\n\n+++\n## Is there oat?\nNo.\n\n+++\n",
        &[("Is there rye?", "Yes.\n\n---\n\n+++"), ("Is there oat?", "No.\n\n+++")],
    );
    check(
        "faq.md",
        "---\n## Why: how?\nSo.\n\n---\n",
        &[("Why: how?", "So.\n\n---")],
    );
    check("faq.md", "+++\n# FAQ\ntitle = \"x\"\n+++\n## Q?\nA\n", &[("Q?", "A")]);
    let rules = "---\t\na\n\n".repeat(40_000);
    check("faq.md", &format!("## Q?\nA\n\n## R?\n{rules}"), &[("Q?", "A")]);
}

#[test]
fn links_by_name_keep_their_address() {
    check(
        "faq.md",
        "## Q?\nSee [the page][p] and [again][p].\n\n## R?\nNothing.\n\n## S?\nOther.\n\n[p]: https://example.org/a\n",
        &[
            (
                "Q?",
                "See [the page][p] and [again][p].\n\n[p]: <https://example.org/a>",
            ),
            ("R?", "Nothing."),
            ("S?", "Other.\n\n[p]: https://example.org/a"),
        ],
    );
}

#[test]
fn what_is_no_entry_is_told_with_its_line() {
    let long = "x".repeat(QUESTION);
    check_left_out(
        "faq.md",
        &format!("# T\n\n## Where?\n\n## Who?\nI.\n\n## Who?\nYou.\n\n## {long}\nText.\n"),
        &[
            "faq.md, line 3: \"Where?\" has no text below it",
            "faq.md, line 11, question: has 301 characters; at most 300",
            "faq.md, line 8: \"Who?\" is there already, in faq.md, line 5; only that one is taken",
        ],
    );
}

const QUESTION: usize = check::QUESTION_CHARS_MAX + 1;

#[test]
fn columns_are_found_by_their_names() {
    let found = candidates(
        "faq.csv",
        "Aliases;Answer;QUESTION;visibility;tags\nrye bread| is there rye |;\"Yes;\nfresh.\";Rye?;staff;bread\n;;;;\n",
    );
    let candidate = &found.candidates[0];
    assert_eq!(found.candidates.len(), 1);
    assert_eq!(
        (candidate.question.as_str(), candidate.answer.as_str()),
        ("Rye?", "Yes;\nfresh.")
    );
    assert_eq!(
        candidate.aliases,
        Some(vec!["rye bread".to_owned(), "is there rye".to_owned()])
    );
    assert_eq!(candidate.visibility, Some(Visibility::Staff));
    assert_eq!(candidate.language, None, "no column, nothing said");
    assert_eq!(found.left_out.len(), 1);
    assert!(
        found.left_out[0]
            .to_string()
            .starts_with("faq.csv, line 1, column 5: `tags` is not taken")
    );
}

#[test]
fn every_mistake_of_a_table_has_its_line_and_column_in_the_order_of_the_file() {
    check_mistakes(
        "faq.csv",
        "question,answer,visibility,language,id\nA?,,,,\n\n,\"x\ny\",,,\nB?,,everybody,,\nC?,x,,English,a b\nD?,x,,,,,\nE?,x,,,\n",
        &[
            "faq.csv, line 2, column answer: must not be empty",
            "faq.csv, line 4, column question: must not be empty",
            "faq.csv, line 6, column answer: must not be empty",
            "faq.csv, line 6, column visibility: must be public, members or staff",
            "faq.csv, line 7, column language: must be a language: de, pt-BR",
            "faq.csv, line 7, column id: must be lower-case letters, digits and hyphens, at most 64: reset-password",
            "faq.csv, line 8, column 6: there are 7 cells, but the first line has 5 columns; a text with a comma or a quote in it \
             stands in quotes",
        ],
    );
    check_mistakes(
        "faq.csv",
        "title,answer\nA?,x\n",
        &["faq.csv, line 1: there is no column `question`; the first line names the columns, here: title, answer"],
    );
    check_mistakes(
        "faq.csv",
        "question,answer\nA?,x\nB?,\"y\nC?,z\n",
        &["faq.csv, line 3: a quote is opened here or below, and never closed"],
    );
}

#[test]
fn a_column_that_is_nearly_one_of_ours_says_which() {
    check_mistakes(
        "faq.csv",
        "question,answers,tags\nA?,x,\n",
        &[
            "faq.csv, line 1: there is no column `answer`; the first line names the columns, here: question, answers (did you mean \
           answer?), tags",
        ],
    );
    check_left_out(
        "faq.csv",
        "question,answer,alias,tags\nA?,x,,\n",
        &[
            "faq.csv, line 1, column 3: `alias` is not taken (did you mean aliases?); what is taken: id, question, answer, aliases, \
             short, language, visibility",
            "faq.csv, line 1, column 4: `tags` is not taken; what is taken: id, question, answer, aliases, short, language, \
             visibility",
        ],
    );
}

#[test]
fn a_page_has_entries_in_headings_details_and_terms() {
    check(
        "faq.html",
        "<html lang=de><head><title>No</title></head><body><nav><h2>Menu</h2><p>Home</nav><h1>Help</h1><p>Hi.\
         <h2>Hours</h2><p>From 9<br>to 5.<p>Closed: <ul><li>Sunday<li>Monday<ol><li>one<li>two</ol></ul>\
         <details><summary><h3>Is there <b>rye</b>?</h3></summary><p>Yes &amp; <a href='https://example.org/a?b=c'>more</a>.</details>\
         <h2>Terms</h2><dl><dt>Crumb<dt>What is crumb?<dd>The inside.<dd>Soft.<dt>Crust</dt><dd>The outside.</dd></dl>\
         <h2>Code?</h2>Run <code>a `b`</code>:<pre>x\n  y</pre>1. *no* list<footer>Imprint</footer>",
        &[
            ("Is there rye?", "Yes & [more](<https://example.org/a?b=c>)."),
            (
                "Hours",
                "From 9\\\nto 5.\n\nClosed:\n\n- Sunday\n- Monday\n\n  1. one\n  2. two",
            ),
            ("Crumb", "The inside.\n\nSoft."),
            ("Crust", "The outside."),
            ("Code?", "Run `` a `b` ``:\n\n```\nx\n  y\n```\n\n1\\. \\*no\\* list"),
        ],
    );
}

#[test]
fn a_question_without_an_answer_is_told_and_takes_no_other_s() {
    let page = "<h2>Rye?</h2><h2>Bread</h2><details><summary>Oat</summary><img></details>\
                <dl><dt>Crumb<dd><dt>Crust<dd>The outside.</dl>";
    check("a.html", page, &[("Crust", "The outside.")]);
    let told = ["\"Rye?\"", "\"Oat\"", "\"Crumb\""].map(|asked| format!("a.html: {asked} has no text below it"));
    check_left_out("a.html", page, &told.each_ref().map(String::as_str));
}

#[test]
fn a_language_is_written_our_way_or_told_once() {
    for (said, expected) in [("EN", Some("en")), ("pt_BR", Some("pt-BR")), ("English", None)] {
        let found = candidates(
            "a.html",
            &format!("<html lang='{said}'><h2>Rye</h2>Yes.<h2>Oat</h2>No."),
        );
        let languages: Vec<_> = found
            .candidates
            .iter()
            .map(|candidate| candidate.language.as_deref())
            .collect();
        assert_eq!(languages, [expected; 2]);
        let told: Vec<_> = found.left_out.iter().map(ToString::to_string).collect();
        let expected = "a.html: `lang` is \"English\", which is no language: de, pt-BR";
        assert_eq!(told, expected.get(..).filter(|_| said == "English").as_slice());
    }
    let found = candidates("a.csv", "question,answer,language\nRye?,Yes.,DE\n");
    assert_eq!(found.candidates[0].language.as_deref(), Some("de"));
}

#[test]
fn what_markdown_hides_does_not_come_in() {
    check(
        "faq.md",
        "## A?\nSeen <span hidden>un *seen*</span>and <i>seen</i>.\n\n<div hidden>\n\nun[seen][p]\n\n## Unseen?\n\nNo <b>b</b>.\n\n\
         </div>\n\nAfter.\n\n<nav>\n\n- unseen\n\n</nav> Behind.\n\n## B?\nLine.\n\n<title>of a line\n\nNext.\n\n\
         <p style='display:none'>\n\nunseen\n\n## C?\nYes.\n\n[p]: https://example.org\n",
        &[
            ("A?", "Seen and seen.\n\nAfter.\n\nBehind."),
            ("B?", "Line.\n\nNext."),
            ("C?", "Yes.\n\n[p]: https://example.org"),
        ],
    );
    let never = "an element that is hidden is never closed; what follows is left out";
    check_left_out(
        "faq.md",
        "## A?\nYes.\n\n<div hidden>\n\nunseen\n\n## B?\nNo.\n",
        &[&format!("faq.md, line 5: {never}")],
    );
    let deep = "<div>".repeat(300);
    check_left_out(
        "faq.md",
        &format!("## A?\nYes.\n\n{deep}\n"),
        &["faq.md, line 4: elements are nested too deeply here, and left out"],
    );
}

#[test]
fn references_to_what_nobody_sees_are_taken_out() {
    let text = "a&#x202e;b &#xE0041;&shy;c &amp; `&#x202e;` &#x2&#x202e;02e;d";
    let cleaned = "ab c &amp; `&#x202e;`  d";
    check("faq.md", &format!("## Q&#x202e;?\n{text}\n"), &[("Q?", cleaned)]);
    check("faq.csv", &format!("question,answer\nQ?,{text}\n"), &[("Q?", cleaned)]);
    check("faq.md", "## Q?\na\u{61c}\u{180e}b\n", &[("Q?", "ab")]);
}

#[test]
fn a_button_in_a_heading_is_its_text() {
    check(
        "a.html",
        "<h3><button>Is there rye?</button></h3><div>Yes. <button>Copy</button></div>",
        &[("Is there rye?", "Yes.")],
    );
}

#[test]
fn a_page_tells_its_language_and_terms_are_other_ways_to_ask() {
    let found = candidates("a.htm", "<html lang='pt-BR'><dl><dt>Rye<dt>Is there rye?<dd>Yes.</dl>");
    assert_eq!(found.candidates[0].language.as_deref(), Some("pt-BR"));
    assert_eq!(found.candidates[0].aliases, Some(vec!["Is there rye?".to_owned()]));
}

#[test]
fn links_of_a_page_lead_on_from_where_it_was() {
    let mut import = import(
        "a.html",
        "<h2>Q</h2><a href='../b'>b</a> <a href='javascript:x()'>c</a> <a href='#d'>d</a>",
    );
    import.source_url = Some("https://example.org/a/faq".to_owned());
    let found = read(&import).unwrap();
    assert_eq!(found.candidates[0].answer, "[b](<https://example.org/b>) c d");
    import.source_url = Some("javascript:x()".to_owned());
    let mistakes = read(&import).unwrap_err();
    assert!(
        mistakes[0].to_string().contains("is no address of a page"),
        "{mistakes:?}"
    );
}

#[test]
fn what_a_page_tells_search_engines_adds_to_what_is_seen() {
    let data = r#"<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":["WebPage","FAQPage"],
        "mainEntity":[{"@type":"Question","name":"Rye?","acceptedAnswer":{"@type":"Answer","text":"<p>No &amp; never.</p>"}},
        {"@type":"Question","name":"Oat?","acceptedAnswer":[{"text":"Yes,<script>x()<\/script> <b>fresh</b>."}]},
        {"@type":"Question","name":"Bare?"}]}]}</script>"#;
    check(
        "a.html",
        &format!("<head>{data}</head><h2>Rye?</h2>Yes."),
        &[("Rye?", "Yes."), ("Oat?", "Yes, fresh.")],
    );
    check_left_out(
        "a.html",
        "<script type='application/ld+json'>{oops</script>",
        &[
            "a.html: what it tells search engines (JSON-LD) cannot be read",
            "a.html: nothing is taken of it: no text is seen in it; what a script would write there is not read",
        ],
    );
    let deep = format!("<script type='application/ld+json'>{}</script>", "[".repeat(100_000));
    check("a.html", &deep, &[]);
}

#[test]
fn scripts_styles_and_hidden_text_never_come_in() {
    for hidden in [
        "<script>hidden</script>",
        "<SCRIPT type=module>\"</h2>hidden\"</SCRIPT>",
        "<script><!-- <script>hidden</script> hidden --></script>",
        "<style>p::after { content: 'hidden' }</style>",
        "<!-- hidden --><!--> <!-- hidden --!>",
        "<template><p>hidden</p></template>",
        "<noscript>hidden</noscript>",
        "<iframe srcdoc='hidden'>hidden</iframe>",
        "<svg><title>hidden</title><text>hidden</text><path/></svg>",
        "<div hidden><p>hidden</div>",
        "<div hidden=until-found>hidden</div>",
        "<span style='Display : NONE'>hidden</span>",
        "<span style='visibility:hidden'>hidden</span>",
        "<span style='font-size: 0px'>hidden</span>",
        "<span style='opacity: 0'>hidden</span>",
        "<span style='opacity:0!important'>hidden</span>",
        "<p aria-hidden=true>hidden</p>",
        "<textarea>hidden</textarea><select><option>hidden</select>",
        "<img alt=hidden title=hidden onerror='hidden()' src='data:hidden'>",
        "<b onclick='hidden()' title=hidden></b>",
        "\u{e0068}\u{e0069}",
    ] {
        check(
            "a.html",
            &format!("<h2>Q</h2><p>before {hidden}<p>after"),
            &[("Q", "before\n\nafter")],
        );
    }
    check(
        "a.md",
        "## Q\u{202e}\u{e0041}\nA\u{0}\u{1b}[31m\u{200b}B\n",
        &[("Q", "A[31mB")],
    );
}

#[test]
fn text_of_a_page_means_nothing_as_markdown() {
    let page = "<h2>Q</h2><p># no [link](https://evil.example) `code` *b* _i_ ~~s~~ &lt;@everyone&gt; \\ &amp;lt;<p>- a<p>1) b<p>&gt; c<p>+ d";
    let answer = candidates("a.html", page).candidates.remove(0).answer;
    assert_eq!(
        Content::markdown(&answer).to_plain(),
        "# no [link](https://evil.example) `code` *b* _i_ ~~s~~ <@everyone> \\ &lt;\n\n- a\n\n1) b\n\n> c\n\n+ d"
    );
}

#[test]
fn sizes_have_limits() {
    check_mistakes(
        "a.html",
        &"<div>".repeat(300),
        &["a.html: its elements are nested too deeply to be a page for readers"],
    );
    check_mistakes(
        "a.csv",
        &"x,".repeat(3_000_000),
        &["a.csv, line 1: has 3000001 columns; at most 50"],
    );
    check_mistakes(
        "a.csv",
        "question,answer,,,\nA?,,,,\n",
        &["a.csv, line 2, column answer: must not be empty"],
    );
    check_left_out(
        "a.csv",
        "question,answer,,,\nA?,x,,,\n",
        &["a.csv, line 1: 3 columns without a name are not taken"],
    );
    let faulty = read(&import("a.csv", &format!("question,answer\n{}", "A?,\n".repeat(200)))).unwrap_err();
    assert_eq!(
        (faulty.len(), faulty[20].to_string().as_str()),
        (21, "a.csv: and 180 more")
    );
    // Each paragraph looks for an open one through all elements of its line.
    check(
        "a.html",
        &format!("{}{}", "<b>".repeat(254), "<p></p>".repeat(500_000)),
        &[],
    );
    let many: Vec<_> = (0..=ENTRIES_MAX).map(|number| format!("## Q{number}\nA\n")).collect();
    let mistakes = read(&import("a.md", &many.concat())).unwrap_err();
    assert!(
        mistakes[0].to_string().contains("one import takes 10000"),
        "{mistakes:?}"
    );
    let mistakes = read(&import("a.md", &"x".repeat(BYTES_MAX + 1))).unwrap_err();
    assert!(
        mistakes[0].to_string().contains("one import takes 6291456"),
        "{mistakes:?}"
    );
    let long = "word ".repeat(100_000);
    check_left_out(
        "a.html",
        &format!("<h2>Q</h2><a href='https://example.org'>{long}</a>"),
        &["a.html, \"Q\", answer: has 65562 bytes with its steps; at most 16384"],
    );
}

#[test]
fn what_was_read_elsewhere_is_looked_at_like_a_file() {
    let entry = |question: &str, answer: &str, page: &str| ReadEntry {
        file: page.to_owned(),
        question: question.to_owned(),
        answer: answer.to_owned(),
        language: Some("DE".to_owned()),
        page: Some(page.to_owned()),
        ..ReadEntry::default()
    };
    let long = "x".repeat(QUESTION);
    let import = Import {
        reading: Reading {
            entries: vec![
                entry("Rye\u{202e}?", "Yes.\u{0}", "https://a.example/1"),
                entry("Rye?", "No.", "https://a.example/2"),
                entry(&long, "Yes.", "https://a.example/3"),
                entry("Oat?", "Yes.", "javascript:alert(1)"),
            ],
            left_out: vec![Remark {
                file: "https://a.example/4".to_owned(),
                place: String::new(),
                what: "is not there".to_owned(),
            }],
            partial: vec![],
        },
        ..Import::default()
    };
    let found = read(&import).unwrap();
    let taken: Vec<_> = found
        .candidates
        .iter()
        .map(|candidate| {
            (
                candidate.question.as_str(),
                candidate.answer.as_str(),
                candidate.source(&import),
            )
        })
        .collect();
    assert_eq!(
        taken,
        [("Rye?", "Yes.", Some("https://a.example/1")), ("Oat?", "Yes.", None)]
    );
    assert_eq!(found.candidates[0].language.as_deref(), Some("de"));
    let told: Vec<_> = found.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("has 301 characters"), "{told:?}");
    assert_eq!(told[1], "https://a.example/4: is not there");
    assert!(
        told[2].contains("\"Rye?\" is there already, in https://a.example/1"),
        "{told:?}"
    );

    let many = vec![entry("Rye?", &"x".repeat(16_000), "https://a.example/1"); 400];
    let reading = Reading {
        entries: many,
        ..Reading::default()
    };
    let mistakes = read(&Import {
        reading,
        ..Import::default()
    })
    .unwrap_err();
    assert!(
        mistakes[0].to_string().contains("one import takes 6291456"),
        "{mistakes:?}"
    );
}

/// Bits of which broken files are made.
const BITS: &[&str] = &[
    "<head>",
    "<title>",
    "</title>",
    "<h1>",
    "</h1>",
    "<h2>",
    "</h2>",
    "<p>",
    "<details>",
    "<summary>",
    "</summary>",
    "</details>",
    "<dl>",
    "<dt>",
    "<dd>",
    "</dl>",
    "<ul>",
    "<ol>",
    "<li>",
    "</li>",
    "</ul>",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "<a href='https://e.org'>",
    "</a>",
    "<br>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<svg>",
    "</svg>",
    "<b hidden>",
    "</b>",
    "<td>",
    "<tr>",
    "a",
    "é?",
    "1.",
    " ",
    "\n",
    "\n\n",
    "## ",
    "### q?\n",
    "- ",
    "> ",
    "```\n",
    "[a][b]",
    "[b]: c\n",
    "---\n",
    "<",
    "&",
    "`",
    "\\",
    "question",
    "answer",
    ",",
    ";",
    "\"",
    "|",
    "id",
    "\u{202e}",
    "\u{0}",
];

fn soup() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        8 => proptest::sample::select(BITS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(bit, 0..60).prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic_and_what_is_read_can_be_stored(text in soup(), headed in any::<bool>()) {
        for name in ["a.md", "a.csv", "a.html"] {
            let head = if headed && name == "a.csv" { "question,answer,aliases,id\n" } else { "" };
            let import = import(name, &format!("{head}{text}"));
            let Ok(found) = read(&import) else { continue };
            for candidate in found.candidates {
                prop_assert_eq!(check::faults(&candidate.entry(&import)), vec![]);
            }
        }
    }

    #[test]
    fn words_of_a_page_come_through_as_they_are(words in "[^\\p{C}<&\\s]([^\\p{C}<&]{0,40}[^\\p{C}<&\\s])?") {
        let found = candidates("a.html", &format!("<h2>Q</h2><p>{words}"));
        let words = one_line(&clean(&words));
        prop_assume!(!words.is_empty());
        let answer = &found.candidates[0].answer;
        prop_assert_eq!(Content::markdown(answer).to_plain(), words);
    }
}

#[test]
fn long_texts_are_shown_from_where_they_differ() {
    let long = "We are open. ".repeat(100);
    let (one, other) = where_they_differ(&format!("{long}From nine."), &format!("{long}From ten."), 60);
    assert!(one.starts_with('…') && one.ends_with("From nine."), "{one}");
    assert!(other.ends_with("From ten."), "{other}");
    let short = where_they_differ("From nine.", "From ten.", 60);
    assert_eq!(short, ("From nine.".to_owned(), "From ten.".to_owned()));
    let none = where_they_differ("", &long, 60);
    assert!(none.0.is_empty() && none.1.starts_with("We are open."), "{none:?}");
}
