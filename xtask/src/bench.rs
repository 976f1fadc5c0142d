//! `cargo xtask bench`: builds fatjit as users get it and hands over to `benches/harness.py`,
//! which measures.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::Outcome;
use crate::extension::{self, Profile};
use crate::failure::Failure;
use crate::interpreters::Found;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// What to measure, and how.
#[derive(Args)]
pub struct Options {
    /// Only the programs of this suite (kernels, others)
    #[arg(long)]
    suite: Option<String>,
    /// Write the figures to this file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fewer and shorter runs: for a look, not for the record
    #[arg(long)]
    quick: bool,
    /// Make the figures the last recorded run (benches/results/last.json)
    #[arg(long, conflicts_with = "quick")]
    record: bool,
    /// This interpreter instead of the newest: a version (3.13, 3.13.0) or a path
    #[arg(long, value_name = "VERSION|PATH")]
    python: Option<String>,
    /// Only these programs
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Measures.
///
/// # Errors
/// When there is no interpreter, the build fails, or the harness cannot be run.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let mut found = Found::search();
    found.keep(options.python.as_slice());
    let python = found.newest()?;

    let step = progress.begin(&format!("building fatjit for {python}"));
    let stage = extension::build(&workspace, python, Profile::Release);
    progress.end(step, stage.is_ok());

    let mut command = Command::new(python.executable());
    command
        .args(["-u", "-B"])
        .arg(workspace.root.join("benches/harness.py"))
        .arg("--package")
        .arg(stage?);
    if let Some(suite) = &options.suite {
        command.args(["--suite", suite]);
    }
    if let Some(file) = &options.json {
        command.arg("--json").arg(file);
    }
    if options.quick {
        command.arg("--quick");
    }
    if options.record {
        command.arg("--record");
    }
    let status = command
        .args(&options.names)
        .status()
        .map_err(Failure::start(python.executable()))?;
    Ok(if status.success() {
        Outcome::Passed
    } else {
        Outcome::Failed
    })
}
