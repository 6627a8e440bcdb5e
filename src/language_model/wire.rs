//! What is sent and what comes back, in the endpoint's words. Pure.

use serde::{Deserialize, Serialize};

use crate::dispatcher::{Completed, Role, Turn};

/// A question.
#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u32,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// What is needed of an answer; endpoints say much more.
#[derive(Deserialize)]
struct Told {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<String>,
}

#[derive(Default, Deserialize)]
struct Usage {
    #[serde(default, rename = "prompt_tokens")]
    prompt: Option<u32>,
    #[serde(default, rename = "completion_tokens")]
    completion: Option<u32>,
    #[serde(default, rename = "total_tokens")]
    total: Option<u64>,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) completed: Completed,
    /// How many tokens it cost, if the endpoint told so.
    pub(super) spent: Option<u64>,
}

pub(super) fn question(model: &str, turns: &[Turn], tokens_max: u32) -> Vec<u8> {
    let messages = turns.iter().map(|turn| Message {
        role: match turn.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: &turn.text,
    });
    let question = Question {
        model,
        messages: messages.collect(),
        max_tokens: tokens_max,
        stream: false,
    };
    serde_json::to_vec(&question).expect("a question is plain data")
}

/// What the body says, or in words for an admin what is wrong with it.
pub(super) fn answer(body: &[u8]) -> Result<Answer, &'static str> {
    let told: Told = serde_json::from_slice(body).map_err(|_| "something that is no completion")?;
    let choice = told.choices.into_iter().next().ok_or("with no choice")?;
    let text = choice.message.content.ok_or("with no text")?;
    let usage = told.usage.unwrap_or_default();
    let completed = Completed {
        text,
        cut: choice.finish_reason.as_deref() == Some("length"),
        tokens_in: usage.prompt.unwrap_or(0),
        tokens_out: usage.completion.unwrap_or(0),
    };
    Ok(Answer {
        completed,
        spent: usage.spent(),
    })
}

impl Usage {
    /// Half of it tells nothing: what an endpoint leaves out is not free.
    fn spent(&self) -> Option<u64> {
        match (self.prompt, self.completion) {
            (Some(asked), Some(answered)) => Some(u64::from(asked) + u64::from(answered)),
            _ => self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_its_turns_in_order() {
        let turn = |role, text: &str| Turn {
            role,
            text: text.to_owned(),
        };
        let turns = [
            turn(Role::System, "Be brief"),
            turn(Role::User, "\"Hi\""),
            turn(Role::Assistant, "Hi"),
        ];
        let sent: serde_json::Value = serde_json::from_slice(&question("small", &turns, 7)).expect("it is JSON");
        let expected = serde_json::json!({
            "model": "small", "max_tokens": 7, "stream": false,
            "messages": [
                {"role": "system", "content": "Be brief"},
                {"role": "user", "content": "\"Hi\""},
                {"role": "assistant", "content": "Hi"},
            ],
        });
        assert_eq!(sent, expected);
    }

    #[test]
    fn an_answer_tells_text_cost_and_whether_it_was_cut() {
        let body = br#"{"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hel"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}"#;
        let completed = Completed {
            text: "Hel".to_owned(),
            cut: true,
            tokens_in: 12,
            tokens_out: 3,
        };
        let spent = Some(15);
        assert_eq!(answer(body), Ok(Answer { completed, spent }));
        let bare = answer(br#"{"choices": [{"message": {"content": ""}}]}"#).expect("it is one");
        assert!(bare.spent.is_none() && !bare.completed.cut && bare.completed.text.is_empty());
    }

    #[test]
    fn what_was_spent_is_told_whole_or_not_at_all() {
        for (usage, spent) in [
            ("null", None),
            ("{}", None),
            (r#"{"prompt_tokens": 12}"#, None),
            (r#"{"completion_tokens": 3}"#, None),
            (r#"{"prompt_tokens": 12, "total_tokens": 15}"#, Some(15)),
            (r#"{"total_tokens": 15}"#, Some(15)),
            (r#"{"prompt_tokens": 0, "completion_tokens": 3}"#, Some(3)),
        ] {
            let body = format!(r#"{{"choices": [{{"message": {{"content": "x"}}}}], "usage": {usage}}}"#);
            assert_eq!(answer(body.as_bytes()).expect("it is one").spent, spent, "{usage}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told_why() {
        for (body, why) in [
            ("", "something that is no completion"),
            ("<html>", "something that is no completion"),
            ("[]", "something that is no completion"),
            (r#"{"error": {"message": "no"}}"#, "something that is no completion"),
            (
                r#"{"choices": [{"message": {"content": 7}}]}"#,
                "something that is no completion",
            ),
            (
                r#"{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": -1}}"#,
                "something that is no completion",
            ),
            (r#"{"choices": []}"#, "with no choice"),
            (r#"{"choices": [{"message": {"tool_calls": []}}]}"#, "with no text"),
        ] {
            assert_eq!(answer(body.as_bytes()), Err(why), "{body}");
        }
    }
}
