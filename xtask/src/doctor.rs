//! `cargo xtask doctor`: what was found on this machine, what is missing, how to get it.

use std::process::Command;

use crate::Outcome;
use crate::failure::Failure;
use crate::interpreters::{Found, NEEDED};
use crate::platform;
use crate::progress::{Progress, Tone};

/// Looks at this machine and tells.
///
/// # Errors
/// None today; the signature is that of all commands.
pub fn run() -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let mut outcome = Outcome::Passed;
    println!("tools");
    for (name, arguments, remedy) in [
        ("rustc", ["--version"], "install it from https://rustup.rs"),
        ("cargo", ["--version"], "install it from https://rustup.rs"),
        ("cargo-fmt", ["--version"], "rustup component add rustfmt"),
        ("cargo-clippy", ["--version"], "rustup component add clippy"),
        (
            "cc",
            ["--version"],
            "install gcc or clang (on Debian: apt install gcc)",
        ),
    ] {
        match first_line(name, &arguments) {
            Some(line) => tell(&progress, Tone::Good, "ok", &format!("{name}: {line}")),
            None => {
                let text = format!("{name}: not found; {remedy}");
                tell(&progress, Tone::Bad, "missing", &text);
                outcome = Outcome::Failed;
            }
        }
    }

    println!("aarch64");
    if std::env::consts::ARCH == "aarch64" {
        tell(&progress, Tone::Good, "ok", "this machine");
    } else if let Some(folder) = platform::folder() {
        let made = folder.join("env").is_file();
        let (mark, text) = match made {
            true => ("ok", format!("emulated, in {}", folder.display())),
            false => (
                "no",
                format!(
                    "not there yet: `cargo xtask test --target aarch64` makes {}, on an amd64 Debian",
                    folder.display()
                ),
            ),
        };
        let tone = if made { Tone::Good } else { Tone::Plain };
        tell(&progress, tone, mark, &text);
    }

    println!("interpreters");
    let found = Found::search();
    for python in &found.supported {
        tell(&progress, Tone::Good, "ok", &python.to_string());
    }
    for rejected in &found.rejected {
        let text = format!("{}: {}", rejected.name, rejected.reason);
        tell(&progress, Tone::Plain, "no", &text);
    }
    if found.supported.is_empty() {
        tell(&progress, Tone::Bad, "missing", NEEDED);
        if outcome == Outcome::Passed {
            outcome = Outcome::NoInterpreter;
        }
    } else {
        println!("everything that is needed is here");
    }
    Ok(outcome)
}

fn tell(progress: &Progress, tone: Tone, mark: &str, text: &str) {
    println!("  {} {text}", progress.paint(tone, &format!("{mark:<7}")));
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.to_owned();
    output.status.success().then_some(line)
}
