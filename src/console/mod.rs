//! The web pages for people who run a community.
