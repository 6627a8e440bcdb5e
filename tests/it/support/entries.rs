//! A small knowledge base: two entries that are near, others that are not.

use switchboard::knowledge::Knowledge;
use switchboard::knowledge::files::{self, File};
use switchboard::model::ids::CommunityId;

const ENTRIES: &str = r#"
- {id: backup, question: How do I make a backup?, answer: "Run the tool at night.\n\nKeep seven copies of the backup."}
- {id: restore, question: How do I restore a backup?, answer: "Stop the program first.\n\nThen copy the backup back."}
- {id: invoice, question: Where do I find my invoice?, answer: Open Billing and choose the month.}
- {id: password, question: How do I change my password?, answer: Open Settings and choose Password.}
- {id: trees, question: Which trees grow in the park?, answer: Oaks and limes.}
- {id: ferry, question: When does the ferry leave?, answer: Each full hour.}
- {id: choir, question: Who sings in the choir?, answer: Whoever likes to.}
- {id: bees, question: Are there bees on the roof?, answer: Three hives.}
- {id: soup, question: What is in the soup today?, answer: Peas and mint.}
- {id: chess, question: Where is chess played on Sundays?, answer: In the library.}
"#;

/// As a file has them, and behind them those of `more`, in the same form.
pub fn file(more: &str) -> String {
    format!("{ENTRIES}{more}")
}

/// Stores what [`file`] has.
pub async fn stored(knowledge: &Knowledge, community: CommunityId, more: &str) {
    let file = File {
        name: "entries.yaml".to_owned(),
        text: file(more),
    };
    for read in files::read(&[file]).unwrap() {
        knowledge.put(community, read.entry, None, None).await.unwrap();
    }
}
