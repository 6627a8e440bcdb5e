//! Asks the Bot API for something that is sent. The library does the same, but keeps a fault of Telegram's own to itself for
//! ten seconds, in which a delivery would hold its place among those that may be under way. When to try again is for the
//! outbox to say.

use std::sync::Arc;

use axum::body::Bytes;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use teloxide_core::requests::{HasPayload as _, JsonRequest, MultipartRequest, Payload};
use teloxide_core::types::ResponseParameters;
use teloxide_core::{ApiError, Bot, RequestError};

/// What Telegram answers, by <https://core.telegram.org/bots/api#making-requests>: a result, or why there is none.
#[derive(Deserialize)]
struct Answer<T> {
    result: Option<T>,
    description: Option<ApiError>,
    parameters: Option<ResponseParameters>,
}

/// One call through this bot, once.
pub(super) async fn ask<P>(bot: &Bot, request: JsonRequest<P>) -> Result<P::Output, RequestError>
where
    P: Payload + Serialize,
    P::Output: DeserializeOwned,
{
    let body = serde_json::to_vec(request.payload_ref()).expect("what the library asks for is JSON");
    let call = call::<P>(bot).header("Content-Type", "application/json");
    let told = call.body(body).send().await?.text().await?;
    read(&told)
}

/// A file as it goes out. Clones share the bytes.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

/// One call through this bot, once, with this file where the request has `field`.
pub(super) async fn ask_with_file<P>(
    bot: &Bot,
    request: MultipartRequest<P>,
    field: &'static str,
    file: Carried,
) -> Result<P::Output, RequestError>
where
    P: Payload + Serialize,
    P::Output: DeserializeOwned,
{
    let form = form(request.payload_ref(), field);
    let form = form.part(field, Part::stream(file.bytes).file_name(file.name));
    let told = call::<P>(bot).multipart(form).send().await?.text().await?;
    read(&told)
}

/// All that is asked for but the file: words as they are, all else as JSON.
fn form<P: Serialize>(payload: &P, file: &str) -> Form {
    let fields = match serde_json::to_value(payload) {
        Ok(Value::Object(fields)) => fields,
        other => unreachable!("what the library asks for is an object, not {other:?}"),
    };
    let said = fields.into_iter().filter(|(name, _)| name != file);
    said.fold(Form::new(), |form, (name, value)| match value {
        Value::String(words) => form.text(name, words),
        other => form.text(name, other.to_string()),
    })
}

fn call<P: Payload>(bot: &Bot) -> RequestBuilder {
    let mut url = bot.api_url();
    let mut path = url.path_segments_mut().expect("an address of the web has a path");
    path.push(&format!("bot{}", bot.token())).push(P::NAME);
    drop(path);
    bot.client().post(url)
}

fn read<T: DeserializeOwned>(told: &str) -> Result<T, RequestError> {
    let answer: Answer<T> = serde_json::from_str(told).map_err(|source| RequestError::InvalidJson {
        source: Arc::new(source),
        raw: told.into(),
    })?;
    match (answer.result, answer.parameters) {
        (Some(result), _) => Ok(result),
        (None, Some(ResponseParameters::MigrateToChatId(to))) => Err(RequestError::MigrateToChatId(to)),
        (None, Some(ResponseParameters::RetryAfter(seconds))) => Err(RequestError::RetryAfter(seconds)),
        (None, None) => {
            let why = answer.description;
            Err(RequestError::Api(
                why.unwrap_or_else(|| ApiError::Unknown("no reason".to_owned())),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use teloxide_core::types::{ChatId, Seconds, True};

    use super::*;

    #[test]
    fn an_answer_is_a_result_or_says_why_there_is_none() {
        assert!(read::<True>(r#"{"ok":true,"result":true}"#).is_ok());
        let why = |told: &str| read::<True>(told).unwrap_err();
        let blocked = r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
        assert!(matches!(why(blocked), RequestError::Api(ApiError::BotBlocked)));
        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}}"#;
        assert!(matches!(why(flood), RequestError::RetryAfter(wait) if wait == Seconds::from_seconds(7)));
        let moved = r#"{"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-100}}"#;
        assert!(matches!(why(moved), RequestError::MigrateToChatId(ChatId(-100))));
        assert!(matches!(
            why(r#"{"ok":false}"#),
            RequestError::Api(ApiError::Unknown(_))
        ));
        assert!(matches!(why("<html>502"), RequestError::InvalidJson { .. }));
    }
}
