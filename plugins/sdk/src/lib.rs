//! Write plugins for Switchboard.
