//! Pages: what is taken of each, what is told of it, and how its words are stored.

use super::*;

#[test]
fn a_page_without_questions_is_the_answer_to_its_heading_or_else_to_its_title() {
    let head = "<head><title>Visit us | Bakery</title></head>";
    check(
        "a.html",
        &format!("{head}<h1>Visit us</h1><p>By bus.<title>No</title>"),
        &[("Visit us", "By bus.")],
    );
    check(
        "a.html",
        &format!(
            "{head}<svg><title>Bus</title></svg><p>By bus.<h5>Or</h5><p>by <a href='https://example.org/t'>train</a>."
        ),
        &[(
            "Visit us | Bakery",
            "By bus.\n\nOr\n\nby [train](<https://example.org/t>).",
        )],
    );
    check("a.html", &format!("{head}<h2>Rye?</h2>"), &[]);
    check_left_out(
        "a.html",
        &format!("{head}<h2>Rye?</h2>"),
        &["a.html: \"Rye?\" has no text below it"],
    );
}

#[test]
fn no_file_is_passed_over_without_a_word() {
    for (name, text, why) in [
        (
            "a.html",
            "<p>By bus.",
            "it has neither a question, nor an `<h1>` with text below it, nor a `<title>`",
        ),
        (
            "a.html",
            "<title>App</title>",
            "no text is seen in it; what a script would write there is not read",
        ),
        (
            "a.md",
            "# Help\n\nBy bus.\n",
            "no heading of level 2 to 4 and no question has text below it",
        ),
        ("a.csv", "question,answer\n", "there is no row below the first line"),
    ] {
        check_left_out(name, text, &[&format!("{name}: nothing is taken of it: {why}")]);
    }
    let page = |name: &str, more: &str| ImportFile {
        name: name.to_owned(),
        format: Format::Html,
        text: format!("<h2>Rye?</h2><p>Yes.{more}"),
    };
    let found = read(&Import {
        files: vec![
            page("a.html", ""),
            page("b.html", ""),
            page("c.html", "<h2>Oat?</h2><p>No."),
        ],
        ..Import::default()
    });
    let left_out: Vec<_> = found.unwrap().left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        ["b.html: it says nothing that is not in a.html already; only that one is taken"]
    );
}

#[test]
fn what_means_nothing_is_stored_as_it_is_shown() {
    for (page, stored, shown) in [
        ("R&amp;D, Q&amp;A, &amp;x;", "R&D, Q&A, \\&x;", "R&D, Q&A, &x;"),
        (
            "AT&amp;T&amp;amp;x &amp;#38; &amp;;",
            "AT&T\\&amp;x \\&#38; &;",
            "AT&T&amp;x &#38; &;",
        ),
        ("my_file_name a__b", "my_file_name a\\_\\_b", "my_file_name a__b"),
        ("_no_ x_ _y \\_z", "\\_no\\_ x\\_ \\_y \\\\\\_z", "_no_ x_ _y \\_z"),
        (
            "see_<a href='https://example.org'>a_b</a>_c &amp;am<a href='https://example.org'>p;</a>",
            "see\\_[a_b](<https://example.org/>)\\_c &am[p;](<https://example.org/>)",
            "see_a_b (https://example.org/)_c &amp; (https://example.org/)",
        ),
    ] {
        let answer = candidates("a.html", &format!("<h2>Q</h2><p>{page}"))
            .candidates
            .remove(0)
            .answer;
        assert_eq!(answer, stored);
        assert_eq!(Content::markdown(&answer).to_plain(), shown);
    }
    // What programs write into markdown is read as markdown, where it is said.
    let found = candidates("a.md", "## What is R\\&D in my\\_file?\nR\\&D is in my\\_file.\n");
    let candidate = &found.candidates[0];
    assert_eq!(candidate.question, "What is R&D in my_file?");
    assert_eq!(Content::markdown(&candidate.answer).to_plain(), "R&D is in my_file.");
}
