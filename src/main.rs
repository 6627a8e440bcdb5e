//! Parses the arguments, runs the command, ends with its exit code.

fn main() {}
