//! What is told of slips that people make.

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let error = tree::parse(text).expect_err("it is no YAML");
    let Slip { at, what, hint } = of(&error, text);
    assert_eq!(
        format!("{}:{}: {what} ({hint})", at.line, at.column),
        expected,
        "{error}"
    );
}

#[test]
fn a_colon_in_a_text_is_told_where_it_stands() {
    check(
        "- id: a\n  question: Note: is it open?\n  answer: Yes.\n",
        "2:17: a text without quotes may not have a colon with a space behind it (put the text in quotes: question: \"…\")",
    );
    check(
        "- id: a\n  question: Q\n  aliases:\n    - when: and how: often\n  answer: Yes.\n",
        "4:20: a text without quotes may not have a colon with a space behind it (put the text in quotes: when: \"…\")",
    );
    check(
        "- id: a\n  question: Q\n  answer: Yes, and\n    mind the hours: nine to five\n",
        "4:19: a text without quotes may not have a colon with a space behind it (put the text above in quotes, with all its \
         lines; a field of its own begins in the column of the one above)",
    );
}

#[test]
fn a_tab_is_told_where_it_stands() {
    for text in [
        "- id: a\n\tquestion: Q\n",
        "- id: a\n  answer:\n\t  full: A\n",
        "- id: a\n \tquestion: Q\n",
    ] {
        let error = tree::parse(text).expect_err("it is no YAML");
        let found = of(&error, text);
        assert_eq!(
            found.what, "a tab stands where only spaces may stand",
            "{text:?}: {error}"
        );
        assert_eq!(
            text.lines()
                .nth(usize::try_from(found.at.line).unwrap() - 1)
                .unwrap()
                .find('\t'),
            { Some(usize::try_from(found.at.column).unwrap() - 1) }
        );
    }
}

#[test]
fn a_quote_that_is_not_closed_is_told_where_it_is_opened() {
    let open = "2:13: the quote \" that is opened here is not closed (put a \" at the end of the text)";
    for below in [
        "  answer: Yes.\n",
        "  answer: \"Yes.\"\n",
        "  answer: He said \"yes\" to it\n",
        "  answer: Yes.\n  credit: \"Ann\n",
    ] {
        check(&format!("- id: a\n  question: \"Is it open?\n{below}"), open);
    }
    check(
        "- id: \"a\"\n  aliases: ['b']\n  answer: |\n    \"It\n  credit: 'Ann's friend'\n",
        "5:11: text goes on behind the closing ' (put all of it in quotes, and write '' for a quote within)",
    );
    check(
        "- id: a\n  question: \"Is\n    it: open?\" \n  answer: \"Yes\" or no\n",
        "4:11: text goes on behind the closing \" (put all of it in quotes, and write \\\" for a quote within)",
    );
}

#[test]
fn signs_that_mean_something_have_to_stand_in_quotes() {
    for (value, sign) in [
        ("*Yes*, it is.", '*'),
        ("@ann knows", '@'),
        ("`run` it", '`'),
        ("%d", '%'),
        ("[here](https://example.org) it is", '['),
        ("{name} knows", '{'),
        ("[here", '['),
    ] {
        check(
            &format!("- id: a\n  answer: {value}\n  question: Q\n"),
            &format!("2:11: a text that begins with {sign} has to stand in quotes (answer: \"…\")"),
        );
    }
    check(
        "- id: a\n  answer: | Yes.\n  question: Q\n",
        "2:11: behind | the text begins in the next line (put the text below, further in, or in quotes: answer: \"…\")",
    );
}

#[test]
fn other_slips_say_how_lines_stand() {
    let hint =
        "a field is \"name: value\"; a text of several lines begins with | behind its name, and they stand further in";
    let alone = "the line is no field, and no part of the text above it";
    check("- id: a\n  question\n  answer: A\n", &format!("2:3: {alone} ({hint})"));
    check(
        "- id: a\n  answer: One.\nTwo.\n  question: Q\n",
        &format!("3:1: {alone} ({hint})"),
    );
    check(
        "- id: a\n  id: b\n",
        "2:3: id is there twice in one entry (keep one of them, or begin the next entry with \"- id: …\")",
    );
    let fields = "each field is \"name: value\" with a space behind the colon, an entry begins with \"- id: …\", and all fields of an \
                  entry begin in one column";
    check(
        "- id: a\n  question: Q # so\n   answer: A\n",
        &format!("2:15: the line does not fit to those above it ({fields})"),
    );
}

#[test]
fn what_is_sound_above_a_slip_is_not_told() {
    for sound in [
        "aliases: [x, y] # ways",
        "aliases: [x,\n    y]",
        "credit: \"Ann: of here\" # yes",
        "answer: |\n    It: is\n\n    so",
    ] {
        let text = format!("- id: a\n  {sound}\n  question: Note: is it open?\n");
        let error = tree::parse(&text).expect_err("it is no YAML");
        let line = u64::try_from(text.lines().count()).unwrap();
        assert_eq!(of(&error, &text).at, At { line, column: 17 }, "{text}");
    }
}

#[test]
fn a_file_is_parted_where_entries_begin() {
    let text = "# Top\n- id: a\n  aliases:\n  - b\n- id: \"c\" # d\n";
    let parts = parts(text);
    let lines: Vec<_> = parts.iter().map(|part| part.lines_above).collect();
    assert_eq!(lines, [0, 1, 4]);
    assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
    let ids: Vec<_> = parts.iter().flat_map(|part| ids(part.text)).collect();
    assert_eq!(ids, ["a", "c"].map(EntryId::from));
    assert_eq!(self::parts("- id: &x a\n- id: *x\n"), [], "one names what another uses");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_search_panic(text in "[-a: \t\"'|>\\[{*é#\n]{0,60}") {
        if let Err(error) = tree::parse(&text) {
            let found = of(&error, &text);
            proptest::prop_assert!(!found.what.is_empty());
        }
        let parted: String = parts(&text).iter().map(|part| part.text).collect();
        proptest::prop_assert!(parted.is_empty() || parted == text);
    }
}
