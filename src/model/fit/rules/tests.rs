//! The table of fallbacks, line by line.

use uuid::Uuid;

use super::*;
use crate::model::Timestamp;
use crate::model::action::Author;
use crate::model::button::{Field, Form, Input};
use crate::model::capability::{FormMax, Moderates, Rate, TextUnit};
use crate::model::fit::part::Holds::{self, FileAlone, Text, TextAndFiles};
use crate::model::fit::part::{Deed, EditPart, MessageCopy, ModerationPart};
use crate::model::ids::{ButtonId, IdentityRef, MessageId, MessageRef, NativeId, PlaceRef, Scope};
use crate::model::measure::{Measure, TAKEN_WITHIN};

fn able() -> Capabilities {
    let rate = Rate {
        burst: 5,
        per_ms: 5_000,
    };
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: true,
        form_max: None,
        threads: true,
        private: true,
        typing: true,
        moderates: Moderates {
            remove: true,
            mute_seconds_max: Some(3_600),
            kick: true,
            ban: true,
        },
        file_bytes_max: Some(1_000),
        caption_max: None,
        text_max: 100,
        unit: TextUnit::Characters,
        idempotent_send: true,
        place_rate: rate,
        login_rate: rate,
    }
}

fn without(change: impl FnOnce(&mut Capabilities)) -> Capabilities {
    let mut capabilities = able();
    change(&mut capabilities);
    capabilities
}

fn native(id: &str) -> MessageRef {
    let place = PlaceRef {
        scope: Scope::from("test"),
        id: NativeId::from("place"),
    };
    MessageRef {
        place,
        id: NativeId::from(id),
    }
}

fn file(name: &str, bytes: u64) -> FileRef {
    FileRef {
        sha256: "0".repeat(64),
        name: name.to_owned(),
        media_type: "image/png".to_owned(),
        bytes,
        alt: String::new(),
    }
}

fn copies(count: u16) -> Vec<MessageCopy> {
    let copy = |piece| MessageCopy {
        piece,
        target: native(&piece.to_string()),
        holds: Text,
    };
    (0..count).map(copy).collect()
}

fn message() -> MessageId {
    MessageId(Uuid::nil())
}

fn press(label: &str) -> Button {
    Button {
        label: label.to_owned(),
        effect: ButtonEffect::Press {
            id: ButtonId(Uuid::nil()),
        },
    }
}

fn send(text: &str) -> SendPart {
    SendPart {
        message: message(),
        author: Author::Host,
        content: Content::markdown(text),
        short: None,
        buttons: Vec::new(),
        files: Vec::new(),
        reply_to: Some(native("asked")),
        thread: None,
        only: None,
        direct: false,
        direct_chat: false,
        language: None,
    }
}

fn edit(before: &str, content: &str, count: u16) -> Part {
    Part::Edit(EditPart {
        message: message(),
        author: Author::Host,
        only: None,
        copies: copies(count),
        before: Content::plain(before),
        content: Content::plain(content),
        buttons: Vec::new(),
        direct: false,
        language: None,
    })
}

/// One line for each request: what is asked, of which copy, with which text.
fn shown(fit: &Fit) -> Vec<String> {
    fit.bodies
        .iter()
        .map(|body| match body {
            FittedBody::Send {
                piece,
                pieces,
                content,
                buttons,
                files,
                reply_to,
                ..
            } => {
                let reply = reply_to.as_ref().map_or(String::new(), |to| format!(" to {}", to.id));
                let labels: Vec<_> = buttons.iter().map(|button| format!(" [{}]", button.label)).collect();
                let names: Vec<_> = files.iter().map(|file| format!(" <{}>", file.name)).collect();
                let text = content.to_plain();
                format!(
                    "send {}/{pieces}{reply}: {text}{}{}",
                    piece + 1,
                    labels.concat(),
                    names.concat()
                )
            }
            FittedBody::Edit {
                target,
                content,
                buttons,
                ..
            } => {
                let labels: Vec<_> = buttons.iter().map(|button| format!(" [{}]", button.label)).collect();
                format!("edit {}: {}{}", target.id, content.to_plain(), labels.concat())
            }
            FittedBody::Delete { target, .. } => format!("delete {}", target.id),
            FittedBody::Remove { target, reason, .. } => format!("remove {}: {reason}", target.id),
            FittedBody::Measure { measure, .. } => measure.words("ann"),
            FittedBody::React { target, emoji, .. } => format!("react {} {emoji}", target.id),
            FittedBody::Thread { from, name } => format!("thread below {}: {name}", from.id),
            FittedBody::Typing { .. } => "typing".to_owned(),
        })
        .collect()
}

#[track_caller]
fn check(capabilities: &Capabilities, part: Part, expected: &[&str], losses: &[Loss]) {
    let fit = capabilities.fit(part).unwrap();
    assert_eq!(shown(&fit), expected);
    assert_eq!(fit.losses, losses);
}

#[test]
fn what_a_place_can_do_is_done() {
    let mut part = send("Hello.");
    part.buttons = vec![press("Helpful")];
    check(&able(), Part::Send(part), &["send 1/1 to asked: Hello. [Helpful]"], &[]);
    check(&able(), edit("a", "b", 1), &["edit 0: b"], &[]);
    let delete = Part::Delete {
        message: message(),
        copies: copies(2),
        language: None,
        in_conversation: true,
    };
    check(&able(), delete, &["delete 0", "delete 1"], &[]);
}

#[test]
fn a_long_text_comes_in_pieces_with_its_buttons_below_the_last() {
    let mut part = send(&format!("{}\n\n{}", "a".repeat(80), "b".repeat(80)));
    part.buttons = vec![press("Helpful")];
    let (one, two) = ("a".repeat(80), "b".repeat(80));
    let expected = [
        format!("send 1/2 to asked: {one}"),
        format!("send 2/2: {two} [Helpful]"),
    ];
    check(&able(), Part::Send(part), &[&expected[0], &expected[1]], &[]);
}

#[test]
fn a_wall_of_text_is_replaced_by_its_short_form() {
    let mut part = send(&"word ".repeat(100));
    part.short = Some(Content::plain("In short."));
    check(
        &able(),
        Part::Send(part),
        &["send 1/1 to asked: In short."],
        &[Loss::Shortened],
    );
}

#[test]
fn a_wall_without_a_short_form_comes_in_pieces_and_has_an_end() {
    let fit = able().fit(Part::Send(send(&"word ".repeat(10_000)))).unwrap();
    assert_eq!(fit.bodies.len(), PIECES_MAX);
    assert_eq!(shown(&fit).last().unwrap(), "send 20/20: …");
    assert_eq!(fit.losses, [Loss::CutOff]);
}

#[test]
fn without_buttons_there_is_a_numbered_list() {
    let mut part = send("Right?");
    part.buttons = vec![press("Yes"), press("No")];
    let expected = "send 1/1 to asked: Right?\n\n1. Yes\n2. No";
    check(
        &without(|able| able.buttons = false),
        Part::Send(part),
        &[expected],
        &[Loss::Buttons],
    );
}

#[test]
fn without_edits_a_correction_quotes_the_old_text() {
    let capabilities = without(|able| able.edit = false);
    let expected = "send 2/2 to 0: > It is 7.\n\nCorrection:\n\nIt is 8.";
    check(
        &capabilities,
        edit("It is 7.", "It is 8.", 1),
        &[expected],
        &[Loss::Edited],
    );
    check(&capabilities, edit("Same.", "Same.", 1), &[], &[Loss::ButtonChange]);
}

#[test]
fn an_edit_with_more_pieces_appends_and_with_fewer_deletes() {
    let (one, two) = ("a".repeat(90), "b".repeat(90));
    let longer = format!("{one}\n\n{two}");
    let expected = [format!("edit 0: {one}"), format!("send 2/2: {two}")];
    check(&able(), edit("x", &longer, 1), &[&expected[0], &expected[1]], &[]);
    check(&able(), edit(&longer, "short", 2), &["edit 0: short", "delete 1"], &[]);
}

#[test]
fn without_deletes_the_text_is_replaced() {
    let delete = |in_conversation| Part::Delete {
        message: message(),
        copies: copies(1),
        language: Some("de-AT".to_owned()),
        in_conversation,
    };
    let capabilities = without(|able| able.delete = false);
    check(
        &capabilities,
        delete(true),
        &["edit 0: (Diese Nachricht wurde entfernt.)"],
        &[Loss::Deleted],
    );
    let neither = without(|able| (able.delete, able.edit) = (false, false));
    check(&neither, delete(true), &[], &[Loss::Undeleted]);
    check(&neither, delete(false), &[], &[Loss::UndeletedUntold]);
}

#[test]
fn what_is_private_is_never_made_public() {
    let private = |direct| {
        let place = native("x").place;
        let only = IdentityRef {
            scope: place.scope,
            id: NativeId::from("alice"),
        };
        Part::Send(SendPart {
            only: Some(only),
            direct,
            ..send("Only for you.")
        })
    };
    let capabilities = without(|able| able.private = false);
    assert_eq!(capabilities.fit(private(false)), Err(Refusal::NotPrivate));
    check(&capabilities, private(true), &["send 1/1 to asked: Only for you."], &[]);
    let Part::Send(in_chat) = private(false) else {
        unreachable!("it is a send");
    };
    let in_chat = Part::Send(SendPart {
        direct_chat: true,
        ..in_chat
    });
    check(
        &capabilities,
        in_chat.clone(),
        &["send 1/1: Only for you."],
        &[Loss::Private],
    );
    assert!(capabilities.fit(in_chat.clone()).unwrap().in_direct_chat);
    check(&able(), in_chat, &["send 1/1 to asked: Only for you."], &[]);
}

#[test]
fn a_change_of_what_is_private_stays_private() {
    let longer = format!("{}\n\n{}", "a".repeat(80), "b".repeat(80));
    let changed = |text: &str| {
        let Part::Edit(mut edit) = edit("before", text, 1) else {
            unreachable!("it is an edit");
        };
        let place = native("x").place;
        edit.only = Some(IdentityRef {
            scope: place.scope,
            id: NativeId::from("alice"),
        });
        Part::Edit(edit)
    };
    let fit = able().fit(changed(&longer)).unwrap();
    let Some(FittedBody::Send { only, .. }) = fit.bodies.last() else {
        panic!("{fit:?}");
    };
    assert!(only.is_some());
    let nothing_private = without(|able| able.private = false);
    assert_eq!(nothing_private.fit(changed(&longer)), Err(Refusal::NotPrivate));
    check(&nothing_private, changed("after"), &["edit 0: after"], &[]);
    let neither = without(|able| (able.private, able.edit) = (false, false));
    assert_eq!(neither.fit(changed("after")), Err(Refusal::NotPrivate));
}

#[test]
fn a_form_that_is_too_large_becomes_a_plain_button() {
    let form = |fields: usize, choices: usize| {
        let choices = (0..choices).map(|number| (number.to_string(), number.to_string()));
        let field = Field {
            name: "f".to_owned(),
            label: "F".to_owned(),
            input: Input::Choice {
                choices: choices.collect(),
            },
            required: true,
        };
        Button {
            label: "Fill in".to_owned(),
            effect: ButtonEffect::Form {
                id: ButtonId(Uuid::nil()),
                form: Form {
                    title: "T".to_owned(),
                    fields: vec![field; fields],
                },
            },
        }
    };
    let capabilities = without(|able| {
        able.form_max = Some(FormMax { fields: 2, choices: 3 });
    });
    let opens = |fields, choices| {
        let mut part = send("Please.");
        part.buttons = vec![form(fields, choices)];
        let fit = capabilities.fit(Part::Send(part)).unwrap();
        let Some(FittedBody::Send { buttons, .. }) = fit.bodies.first() else {
            panic!("{fit:?}");
        };
        let opens = matches!(buttons[0].effect, ButtonEffect::Form { .. });
        assert_eq!(opens, fit.losses.is_empty(), "{fit:?}");
        opens
    };
    assert!(opens(2, 3));
    assert!(!opens(3, 3) && !opens(2, 4) && !opens(2, 0));
}

#[test]
fn without_reactions_one_is_a_word_where_it_may_be_said_and_its_end_is_nothing() {
    let part = |add, instead| Part::React {
        target: native("1"),
        emoji: "👍".to_owned(),
        add,
        instead,
        author: Author::Host,
    };
    let react = |add| part(add, Some(MessageId(Uuid::from_u128(9))));
    let without = without(|able| able.react = false);
    check(&without, react(true), &["send 1/1 to 1: 👍"], &[Loss::Reaction]);
    let said = without.fit(react(true)).unwrap();
    let FittedBody::Send { message, reply_to, .. } = &said.bodies[0] else {
        panic!("{said:?}")
    };
    assert_eq!((message.0, reply_to), (Uuid::from_u128(9), &Some(native("1"))));
    check(&without, react(false), &[], &[Loss::ReactionLeftOut]);
    check(&without, part(true, None), &[], &[Loss::ReactionLeftOut]);
    check(&able(), part(true, None), &["react 1 👍"], &[]);
}

#[test]
fn a_file_that_is_too_large_is_named() {
    let mut part = send("Two files.");
    part.files = vec![file("small.png", 10), file("large.png", 10_000)];
    let expected = "send 1/1 to asked: Two files.\n\nFile that cannot be sent here: large.png <small.png>";
    check(&able(), Part::Send(part), &[expected], &[Loss::Files]);
}

/// A place where a message holds one file at most.
fn one_by_one() -> Capabilities {
    without(|able| able.caption_max = Some(20))
}

#[test]
fn where_a_message_holds_one_file_each_goes_by_itself_and_the_buttons_hang_below_the_last() {
    let said = |text: &str| {
        let mut part = send(text);
        part.files = vec![file("a.png", 1), file("b.pdf", 1)];
        part.buttons = vec![press("Helpful")];
        Part::Send(part)
    };
    let with_the_first = ["send 1/2 to asked: Two files. <a.png>", "send 2/2:  [Helpful] <b.pdf>"];
    check(&one_by_one(), said("Two files."), &with_the_first, &[]);
    let before_both = [
        "send 1/3 to asked: Two files, and a few words.",
        "send 2/3:  <a.png>",
        "send 3/3:  [Helpful] <b.pdf>",
    ];
    check(&one_by_one(), said("Two files, and a few words."), &before_both, &[]);
    let alone = ["send 1/2 to asked:  <a.png>", "send 2/2:  [Helpful] <b.pdf>"];
    check(&one_by_one(), said(""), &alone, &[]);
    let together = ["send 1/1 to asked: Two files. [Helpful] <a.png> <b.pdf>"];
    check(&able(), said("Two files."), &together, &[]);
}

#[test]
fn an_edit_leaves_the_files_where_they_are() {
    let changed = |holds: &[Holds], text: &str| {
        let mut copies = copies(index(holds.len()));
        for (copy, holds) in copies.iter_mut().zip(holds) {
            copy.holds = *holds;
        }
        Part::Edit(EditPart {
            message: message(),
            author: Author::Host,
            only: None,
            copies,
            before: Content::plain("before"),
            content: Content::plain(text),
            buttons: vec![press("Helpful")],
            direct: false,
            language: None,
        })
    };
    let place = one_by_one();
    check(
        &place,
        changed(&[TextAndFiles], "after"),
        &["edit 0: after [Helpful]"],
        &[],
    );
    let below = ["edit 0: after", "edit 1:  [Helpful]"];
    check(&place, changed(&[TextAndFiles, FileAlone], "after"), &below, &[]);
    check(&place, changed(&[Text, TextAndFiles], "after"), &below, &[]);
    let (one, two) = ("a".repeat(90), "b".repeat(90));
    let appended = [
        format!("edit 0: {one}"),
        "edit 1: ".to_owned(),
        format!("send 3/3: {two} [Helpful]"),
    ];
    let appended = appended.each_ref().map(String::as_str);
    check(
        &place,
        changed(&[Text, FileAlone], &format!("{one}\n\n{two}")),
        &appended,
        &[],
    );
    let too_long = place.fit(changed(&[TextAndFiles], "longer than twenty characters"));
    assert_eq!(too_long, Err(Refusal::CaptionTooLong));
}

#[test]
fn nothing_is_not_sent() {
    assert_eq!(able().fit(Part::Send(send(""))), Err(Refusal::Empty));
}

#[test]
fn without_threads_a_reply_under_a_short_name_stands_for_one() {
    let in_thread = || SendPart {
        thread: Some(ThreadPart {
            name: "How do I pay?".to_owned(),
            tag: "#12".to_owned(),
        }),
        ..send("Here.")
    };
    let place = |threads| Capabilities { threads, ..able() };
    let fit = place(false).fit(Part::Send(in_thread())).expect("it can be sent");
    assert_eq!(shown(&fit), ["send 1/1 to asked: [#12] Here."]);
    assert_eq!(fit.losses, [Loss::Thread]);
    // What one person alone sees is no matter for a thread.
    let alone = SendPart {
        only: Some(IdentityRef {
            scope: Scope::from("test"),
            id: NativeId::from("carol"),
        }),
        ..in_thread()
    };
    let fit = place(true).fit(Part::Send(alone)).expect("it can be sent");
    assert_eq!(
        (shown(&fit), fit.losses),
        (vec!["send 1/1 to asked: Here.".to_owned()], Vec::new())
    );
}

#[test]
fn a_thread_is_opened_before_what_is_said_in_it_and_leaves_room_for_its_short_name() {
    let long = SendPart {
        thread: Some(ThreadPart {
            name: "How do I pay?".to_owned(),
            tag: "#12".to_owned(),
        }),
        ..send(&"x".repeat(99))
    };
    let mut fit = able().fit(Part::Send(long)).expect("it can be sent");
    let thread = FittedBody::Thread {
        from: native("asked"),
        name: "How do I pay?".to_owned(),
    };
    assert_eq!((fit.bodies.remove(0), fit.losses), (thread, Vec::new()));
    assert_eq!(fit.bodies.len(), 2);
    // It could not be opened.
    fit.bodies.iter_mut().for_each(FittedBody::stays_outside);
    let texts: Vec<String> = fit
        .bodies
        .iter()
        .map(|body| match body {
            FittedBody::Send { content, .. } => content.to_plain(),
            other => panic!("a send, not {other:?}"),
        })
        .collect();
    let expected = [format!("[#12] {}", "x".repeat(94)), "x".repeat(5)];
    assert_eq!(texts, expected);
}

fn about_ann(deed: Deed, in_conversation: bool) -> Part {
    Part::Moderate(ModerationPart {
        deed,
        by: "test/moderation".into(),
        reason: "spam".to_owned(),
        in_conversation,
    })
}

fn removal(in_conversation: bool) -> Part {
    let message = MessageId(Uuid::from_u128(5));
    let target = native("m5");
    about_ann(Deed::Remove { target, message }, in_conversation)
}

fn measure(measure: Measure) -> Part {
    let person = IdentityRef {
        scope: "test".into(),
        id: "ann".into(),
    };
    let now = Timestamp::from_millis(1_000);
    about_ann(Deed::Measure { person, measure, now }, true)
}

fn mute(seconds: u32) -> Measure {
    let until = Timestamp::from_millis(1_000 + i64::from(seconds) * 1_000);
    Measure::Mute { seconds, until }
}

#[test]
fn what_others_say_is_deleted_or_staff_hear_that_it_stands() {
    check(&able(), removal(true), &["remove m5: spam"], &[]);
    let unable = without(|able| able.moderates = Moderates::default());
    check(&unable, removal(true), &[], &[Loss::Unremoved]);
    check(&unable, removal(false), &[], &[Loss::UnremovedUntold]);
}

#[test]
fn measures_are_taken_where_the_place_has_them() {
    check(&able(), measure(mute(600)), &["mute ann for 10 min"], &[]);
    check(&able(), measure(Measure::Kick), &["take ann out"], &[]);
    check(&able(), measure(Measure::Ban), &["ban ann"], &[]);
    let lifted = ["let ann write and come back again"];
    check(&able(), measure(Measure::Lift), &lifted, &[]);
    let unable = without(|able| able.moderates = Moderates::default());
    for wanted in [mute(600), Measure::Kick, Measure::Ban, Measure::Lift] {
        check(&unable, measure(wanted), &[], &[Loss::Unmeasured]);
    }
}

#[test]
fn who_is_taken_out_is_taken_out_soon_or_not_at_all() {
    let end = |wanted: Measure| match able().fit(measure(wanted)).unwrap().bodies.remove(0) {
        FittedBody::Measure { not_after, .. } => not_after,
        other => panic!("{other:?}"),
    };
    let soon = Some(Timestamp::from_millis(1_000) + TAKEN_WITHIN);
    assert_eq!((end(Measure::Kick), end(Measure::Ban)), (soon, soon));
    assert_eq!(end(mute(600)), Some(Timestamp::from_millis(601_000)), "at its own end");
    assert_eq!(end(Measure::Lift), None);
}

#[test]
fn a_mute_that_is_too_long_ends_as_late_as_the_place_can() {
    let fit = able().fit(measure(mute(7_200))).unwrap();
    assert_eq!(fit.losses, [Loss::MuteShortened]);
    let [FittedBody::Measure { measure, .. }] = fit.bodies.as_slice() else {
        panic!("{fit:?}")
    };
    assert_eq!(*measure, mute(3_600));
}
