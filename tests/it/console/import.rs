//! Entries from files in the console: looked at first, then imported; again, in conflict, and what cannot be read.

use switchboard::storage::accounts::Role;

use super::site::{Answer, Browser, Site};

const PAGE: &str = "/console/knowledge/import";
const FAQ: &str =
    "# Help\n\n## How do I \"reset\" my password?\n\nPress *Forgot*.\n\n## When are you open?\n\nFrom nine.\n";

async fn looked_at(browser: &mut Browser<'_>, fields: &[(&str, &str)], name: &str, content: &[u8]) -> Answer {
    browser.send_bytes((PAGE, PAGE), fields, ("files", name, content)).await
}

/// The fields of the form that imports what was looked at, as a browser sends them.
fn form(looked: &Answer) -> [(&'static str, String); 4] {
    ["_csrf", "_key", "import", "seen"].map(|name| {
        let escaped = looked.field(name);
        let value = escaped
            .replace("&#34;", "\"")
            .replace("&#60;", "<")
            .replace("&#62;", ">");
        (name, value.replace("&#39;", "'").replace("&#38;", "&"))
    })
}

async fn import(browser: &mut Browser<'_>, form: &[(&'static str, String); 4]) -> Answer {
    let fields: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(PAGE, &fields).await
}

#[track_caller]
fn says(answer: &Answer, status: u16, words: &str) {
    assert!(
        answer.status == status && answer.body.contains(words),
        "{} instead of {status} with {words:?}: {}",
        answer.status,
        answer.body
    );
}

#[tokio::test]
async fn what_was_looked_at_is_imported_once_and_nothing_before() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    assert!(owner.get("/console/knowledge").await.body.contains(PAGE));

    let looked = looked_at(&mut owner, &[("readers", "members")], "faq.md", FAQ.as_bytes()).await;
    says(&looked, 200, "2 added. Nothing is written yet.");
    assert!(looked.body.contains("Press Forgot."), "{}", looked.body);
    assert!(owner.get("/console/knowledge").await.body.contains("knows nothing yet"));

    let form = form(&looked);
    says(&import(&mut owner, &form).await, 200, "Done: 2 added.");
    let listed = owner.get("/console/knowledge").await.body;
    assert!(listed.contains("2 entries") && listed.contains("members"), "{listed}");
    let audit = owner.get("/console/audit").await.body;
    assert!(audit.contains("Entries imported") && !audit.contains("faq"), "{audit}");

    // The same form sent twice, and the same file looked at again.
    let twice = import(&mut owner, &form).await;
    says(&twice, 200, "or this was imported already. Nothing was written.");
    says(&twice, 200, "2 same");
    let again = looked_at(&mut owner, &[("readers", "members")], "faq.md", FAQ.as_bytes()).await;
    says(&again, 200, "2 same. Nothing is written yet.");
    says(&again, 200, "There is nothing to do");
    let audit = owner.get("/console/audit").await.body;
    assert_eq!(audit.matches("Entries imported").count(), 1, "{audit}");
}

#[tokio::test]
async fn what_people_changed_here_is_kept_and_shown_beside_what_the_file_says() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let looked = looked_at(&mut owner, &[("readers", "everybody")], "faq.md", FAQ.as_bytes()).await;
    import(&mut owner, &form(&looked)).await;
    let edit = "/console/knowledge/entries/when-are-you-open/edit";
    let fields = [
        ("revision", "1"),
        ("question", "When are you open?"),
        ("full", "From eight."),
        ("visibility", "everybody"),
    ];
    assert_eq!(owner.send(edit, edit, &fields).await.status, 303);

    let changed = FAQ.replace("From nine.", "From ten.").replace("Press", "Click");
    let looked = looked_at(&mut owner, &[("readers", "everybody")], "faq.md", changed.as_bytes()).await;
    says(&looked, 200, "1 changed, 1 conflict");
    assert!(
        looked.body.contains("answer here:</strong> From eight.")
            && looked.body.contains("answer in the file:</strong> From ten."),
        "{}",
        looked.body
    );
    says(
        &import(&mut owner, &form(&looked)).await,
        200,
        "Done: 1 changed, 1 conflict.",
    );
    let kept = owner.get("/console/knowledge/entries/when-are-you-open").await.body;
    assert!(kept.contains("From eight.") && !kept.contains("From ten."), "{kept}");
}

#[tokio::test]
async fn nothing_is_imported_that_was_not_seen() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let everybody = [("readers", "everybody")];
    // Two people look at files of one name, and both import.
    let other = FAQ.replace("From nine.", "From eight.");
    let mine = form(&looked_at(&mut owner, &everybody, "faq.md", FAQ.as_bytes()).await);
    let theirs = form(&looked_at(&mut owner, &everybody, "faq.md", other.as_bytes()).await);
    says(&import(&mut owner, &mine).await, 200, "Done: 2 added.");
    let late = import(&mut owner, &theirs).await;
    says(&late, 200, "has changed since you looked");
    says(&late, 200, "1 changed, 1 same. Nothing is written yet.");
    assert!(
        late.body.contains("answer here:</strong> From nine.")
            && late.body.contains("answer in the file:</strong> From eight."),
        "{}",
        late.body
    );
    let own = "/console/knowledge/entries/when-are-you-open";
    says(&owner.get(own).await, 200, "From nine.");
    // Now they have seen it.
    says(&import(&mut owner, &form(&late)).await, 200, "Done: 1 changed, 1 same.");
    says(&owner.get(own).await, 200, "From eight.");
}

#[tokio::test]
async fn of_what_would_be_changed_the_parts_are_shown_that_the_file_changes() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let everybody = [("readers", "everybody")];
    let table =
        |aliases: &str| format!("question,answer,aliases\nAre you open?,From nine.,{aliases}\nIs there tea?,Yes.,\n");
    let looked = looked_at(&mut owner, &everybody, "faq.csv", table("").as_bytes()).await;
    import(&mut owner, &form(&looked)).await;
    let own = "/console/knowledge/entries/are-you-open";
    let edit = format!("{own}/edit");
    let fields = [
        ("revision", "1"),
        ("question", "Are you open?"),
        ("full", "From eight."),
        ("visibility", "everybody"),
    ];
    assert_eq!(owner.send(&edit, &edit, &fields).await.status, 303);
    let tea = "/console/knowledge/entries/is-there-tea";
    let gone = owner.send(tea, &format!("{tea}/remove"), &[("revision", "1")]).await;
    assert_eq!(gone.status, 303, "{}", gone.body);

    let looked = looked_at(&mut owner, &everybody, "faq.csv", table("opening hours").as_bytes()).await;
    says(
        &looked,
        200,
        "aliases here:</strong> nothing<br><strong>aliases in the file:</strong> opening hours",
    );
    let rows = looked.body.split("<tbody>").nth(1).unwrap();
    assert!(!rows.contains("From"), "{rows}");
    // What was taken away can be brought back from its history alone.
    says(&looked, 200, &format!("href=\"{tea}/history\""));
    says(
        &import(&mut owner, &form(&looked)).await,
        200,
        "Done: 1 changed, 1 same.",
    );
    let page = owner.get(own).await;
    assert!(
        page.body.contains("From eight.") && page.body.contains("opening hours"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn who_reads_it_and_what_it_would_change_is_shown_before() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let table = b"question,answer,visibility\nIs there a sauna?,At five.,public\nIs there tea?,Yes.,\n";
    let looked = looked_at(&mut owner, &[("readers", "staff")], "faq.csv", table).await;
    says(&looked, 200, "<td data-label=\"Shown to\">staff</td>");
    assert!(!looked.body.contains("Shown to\">everybody"), "{}", looked.body);

    let fields = form(&looked);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let preview = owner.post("/console/knowledge/import/preview", &fields).await;
    says(&preview, 200, "With the entries from files");
    says(&owner.get("/console/knowledge").await, 200, "knows nothing yet");
    says(&import(&mut owner, &form(&preview)).await, 200, "Done: 2 added.");

    // What others read is named, too, where it is asked in the same words.
    let table = b"question,answer\nis there a SAUNA,No.\n";
    let own = looked_at(&mut owner, &[("readers", "everybody")], "own.csv", table).await;
    assert!(
        !own.body.contains("asked so, too"),
        "it is the same entry: {}",
        own.body
    );
    let table = b"id,question,answer\nsauna,is there a SAUNA,No.\n";
    let other = looked_at(&mut owner, &[("readers", "everybody")], "own.csv", table).await;
    says(
        &other,
        200,
        "is-there-a-sauna (for staff) is asked so, too, word for word",
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_what_to_do() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let everybody = [("readers", "everybody")];
    let latin = looked_at(&mut owner, &everybody, "faq.md", b"## Caf\xe9?\n\nYes.").await;
    says(&latin, 422, "faq.md is not UTF-8 from line 1 on: save it as UTF-8");
    let pdf = looked_at(&mut owner, &everybody, "faq.pdf", b"%PDF").await;
    says(&pdf, 422, "switchboard knowledge import");
    says(
        &looked_at(&mut owner, &everybody, "faq.doc", b"x").await,
        422,
        "faq.doc is of no kind",
    );
    says(
        &looked_at(&mut owner, &everybody, "", b"").await,
        422,
        "choose at least one file",
    );
    let table = looked_at(&mut owner, &everybody, "faq.csv", b"question,answer\nWhen?,\n").await;
    says(&table, 422, "faq.csv, line 2");
    let page = [("readers", "everybody"), ("page", "javascript:alert(1)")];
    says(
        &looked_at(&mut owner, &page, "faq.md", FAQ.as_bytes()).await,
        422,
        "no address of a page",
    );
    let nobody = looked_at(&mut owner, &[("readers", "the moon")], "faq.md", FAQ.as_bytes()).await;
    assert!(
        form(&nobody)[2].1.contains("\"visibility\":\"staff\""),
        "{}",
        nobody.body
    );
    says(&owner.get("/console/knowledge").await, 200, "knows nothing yet");
}

#[tokio::test]
async fn a_large_import_comes_back_whole_and_who_only_reads_imports_nothing() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let line = "Press \"Forgot\".\n".repeat(700);
    let faq = (0..100)
        .map(|number| format!("## Where is shelf {number}?\n\n{line}\n"))
        .collect::<Vec<_>>()
        .concat();
    let looked = looked_at(&mut owner, &[("readers", "everybody")], "faq.md", faq.as_bytes()).await;
    says(&looked, 200, "100 added");
    let form = form(&looked);
    let fields: Vec<_> = form[2..].iter().map(|(name, value)| (*name, value.as_str())).collect();
    let imported = owner.send_bytes((PAGE, PAGE), &fields, ("files", "", b"")).await;
    says(&imported, 200, "Done: 100 added.");

    let mut viewer = site.signed_in(Role::Viewer).await;
    assert_eq!(viewer.get(PAGE).await.status, 403);
    let refused = looked_at(&mut viewer, &[("readers", "everybody")], "faq.md", FAQ.as_bytes()).await;
    assert_eq!(refused.status, 403);
    assert!(!viewer.get("/console/knowledge").await.body.contains(PAGE));
}
