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
fn form(looked: &Answer) -> [(&'static str, String); 3] {
    ["_csrf", "_key", "import"].map(|name| {
        let escaped = looked.field(name);
        let value = escaped
            .replace("&#34;", "\"")
            .replace("&#60;", "<")
            .replace("&#62;", ">");
        (name, value.replace("&#39;", "'").replace("&#38;", "&"))
    })
}

async fn import(browser: &mut Browser<'_>, form: &[(&'static str, String); 3]) -> Answer {
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
    says(&import(&mut owner, &form).await, 200, "2 same");
    let again = looked_at(&mut owner, &[("readers", "members")], "faq.md", FAQ.as_bytes()).await;
    says(&again, 200, "2 same. Nothing is written yet.");
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
    let faq: String = (0..100)
        .map(|number| format!("## Where is shelf {number}?\n\n{line}\n"))
        .collect();
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
