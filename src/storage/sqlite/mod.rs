//! The truth on SQLite: one writer thread with group commit, readers apart.
