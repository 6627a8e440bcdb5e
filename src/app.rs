//! The composition root: configuration in, running parts out. Only `cli` imports it.
