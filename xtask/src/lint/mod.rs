//! `cargo xtask lint`: rustfmt, clippy, and the house rules that neither knows.
//!
//! Every check runs, whatever the others find; one finding anywhere fails the command.

mod arrows;
mod sources;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::extension::{self, CRATE};
use crate::failure::Failure;
use crate::interpreters::Found;
use crate::progress::{Progress, Tone};
use crate::workspace::{Workspace, cargo};

/// Runs all checks.
///
/// # Errors
/// When a tool cannot be run or a file cannot be read.
pub fn run() -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let mut good = true;

    let step = progress.begin("house rules");
    let mut findings = sources::check(&workspace.root)?;
    findings.extend(arrows::check(&workspace.packages));
    progress.end(step, findings.is_empty());
    for finding in &findings {
        good = false;
        progress.say(Tone::Bad, finding);
    }

    let mut fmt = cargo();
    fmt.args(["fmt", "--all", "--check"]);
    good &= tool(&progress, &workspace.root, "rustfmt", &mut fmt)?;

    let mut clippy = clippy();
    // Without a package, the default members: all that needs no interpreter.
    clippy.args(["--", "-D", "warnings"]);
    good &= tool(
        &progress,
        &workspace.root,
        "clippy, core crates",
        &mut clippy,
    )?;

    let found = Found::search();
    for python in found.one_per_minor() {
        let mut clippy = self::clippy();
        clippy.args(["--package", CRATE, "--", "-D", "warnings"]);
        extension::build_against(&mut clippy, python);
        let name = format!("clippy, {CRATE} for {python}");
        good &= tool(&progress, &workspace.root, &name, &mut clippy)?;
    }
    // The oldest one decides what syntax the Python files may use.
    match found.supported.last() {
        Some(python) => {
            let mut compile = Command::new(python.executable());
            compile
                .args(["-c", sources::COMPILE])
                .args(sources::python_files(&workspace.root)?);
            good &= tool(
                &progress,
                &workspace.root,
                "Python files compile",
                &mut compile,
            )?;
        }
        None => {
            progress.say(Tone::Bad, &found.explanation());
            progress.say(
                Tone::Bad,
                "not checked: the CPython host and the Python files",
            );
        }
    }
    Ok(match (good, found.supported.is_empty()) {
        (false, _) => Outcome::Failed,
        (true, true) => Outcome::NoInterpreter,
        (true, false) => Outcome::Passed,
    })
}

fn clippy() -> Command {
    let mut command = cargo();
    command.args(["clippy", "--quiet", "--all-targets"]);
    command
}

fn tool(
    progress: &Progress,
    root: &Path,
    name: &str,
    command: &mut Command,
) -> Result<bool, Failure> {
    let step = progress.begin(name);
    let status = command.current_dir(root).stdin(Stdio::null()).status();
    let status = status.map_err(Failure::start(Path::new(command.get_program())))?;
    progress.end(step, status.success());
    Ok(status.success())
}
