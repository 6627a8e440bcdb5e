//! What every connector promises, each promise played on every platform.
//!
//! A connector may claim nothing that is not shown: a walk over all abilities plays each that its profile does not name as
//! lacking, but for messages that one person alone sees, which each platform has in its own tests, because each shows them by
//! other means. What a platform tells is played both ways: what a profile names as lacking must not be told.

mod discord;
mod limits;
mod loopback;
mod platform;
mod promise;
mod telegram;
mod terminal;
mod trouble;
mod web_chat;

pub use self::platform::place_of;

/// Plays each promise on one platform.
macro_rules! on {
    ($($module:ident: $start:expr),* $(,)?) => {$(
        mod $module {
            use super::*;

            async fn start() -> impl platform::Platform {
                $start.await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_not_lacking_is_shown() {
                promise::what_is_not_lacking_is_shown(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_command_is_heard_and_answered() {
                promise::a_command_is_heard_and_answered(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_fit_goes_by_is_what_the_profile_says() {
                promise::what_fit_goes_by_is_what_the_profile_says(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_text_of_any_length_arrives_within_the_platforms_limit() {
                limits::a_text_of_any_length_arrives_within_the_platforms_limit(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_text_of_any_length_arrives_with_its_file() {
                limits::a_text_of_any_length_arrives_with_its_file(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_file_that_is_too_large_takes_nothing_else_with_it() {
                limits::a_file_that_is_too_large_takes_nothing_else_with_it(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_told_twice_or_out_of_order_counts_once() {
                promise::what_is_told_twice_or_out_of_order_counts_once(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn every_trouble_says_whether_it_was_sent() {
                trouble::every_trouble_says_whether_it_was_sent(&start().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_token_that_is_taken_back_ends_the_login() {
                trouble::a_token_that_is_taken_back_ends_the_login(&start().await).await;
            }
        }
    )*};
}

on!(
    on_loopback: std::future::ready(loopback::start()),
    on_terminal: std::future::ready(terminal::start()),
    on_web_chat: web_chat::start(),
    on_telegram: telegram::start(),
    on_discord: discord::start(),
);
