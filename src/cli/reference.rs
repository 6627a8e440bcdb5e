//! The page of the documentation that lists every command. Generated from the commands themselves.

use std::fmt::Write as _;

use clap::CommandFactory as _;

use super::Arguments;

/// `docs/cli.md`.
pub fn page() -> String {
    let mut out = String::from(
        "# Command line\n\n\
         <!-- Generated from the program by `cargo xtask docs`. -->\n\n\
         Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 found problems, 64 wrong\n\
         use, 70 our fault, 78 wrong configuration.\n",
    );
    let mut command = Arguments::command().term_width(100);
    command.build();
    write_command(&mut command, "switchboard", &mut out);
    out
}

fn write_command(command: &mut clap::Command, name: &str, out: &mut String) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(out, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end())
        .expect("writing to a string cannot fail");
    for inner in command.get_subcommands_mut() {
        if inner.get_name() == "help" || inner.is_hide_set() {
            continue;
        }
        let name = format!("{name} {}", inner.get_name());
        write_command(inner, &name, out);
    }
}
