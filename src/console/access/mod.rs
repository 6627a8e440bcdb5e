//! Who may come in: sign-in, sessions, links, passwords, and the check of every form.

mod again;
pub(crate) mod join;
pub mod links;
pub mod password;
pub(crate) mod posted;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod throttle;
pub(crate) mod token;

pub(crate) use self::again::password_again;
pub(crate) use self::posted::Posted;
pub(crate) use self::session::SignedIn;
