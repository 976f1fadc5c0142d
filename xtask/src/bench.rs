//! `cargo xtask bench`: builds fatjit as users get it and hands over to `benches/harness.py`,
//! which measures. With `--table` nothing is built or measured: the harness makes the documents'
//! tables and the plot of what is recorded.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::Outcome;
use crate::extension::{self, Profile};
use crate::failure::Failure;
use crate::interpreters::Found;
use crate::platform::Platform;
use crate::progress::Progress;
use crate::workspace::Workspace;

/// What to measure, and how.
#[derive(Args)]
pub struct Options {
    /// Only the programs of this suite (kernels, pyperformance, others)
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
    /// Measure these beside (c, numba, pypy, any interpreter as NAME=EXECUTABLE; an empty list for
    /// none) instead of those that are here; numba is fetched when it is named
    #[arg(long, value_name = "PEER,...")]
    beside: Option<String>,
    /// Measure nothing: make the documents' tables and the plot of what is recorded
    #[arg(long, conflicts_with_all = ["suite", "json", "quick", "record", "beside", "names"])]
    table: bool,
    /// This interpreter instead of the newest: a version (3.13, 3.13.0) or a path
    #[arg(long, value_name = "VERSION|PATH")]
    python: Option<String>,
    /// Only these programs (of pyperformance also all that begin so)
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

    let mut command = Command::new(python.executable());
    command
        .args(["-u", "-B"])
        .arg(workspace.root.join("benches/harness.py"))
        .arg("--cache")
        .arg(workspace.target.join("bench"));
    if options.table {
        command.arg("--table");
    } else {
        let step = progress.begin(&format!("building fatjit for {python}"));
        let stage = extension::build(
            &workspace,
            &Platform::native(&workspace),
            python,
            Profile::Release,
        );
        progress.end(step, stage.is_ok());
        command.arg("--package").arg(stage?);
        add_choice(&mut command, options);
    }
    let status = command
        .status()
        .map_err(Failure::start(python.executable()))?;
    Ok(if status.success() {
        Outcome::Passed
    } else {
        Outcome::Failed
    })
}

/// What to measure, and how, in the harness's words.
fn add_choice(command: &mut Command, options: &Options) {
    if let Some(suite) = &options.suite {
        command.args(["--suite", suite]);
    }
    if let Some(peers) = &options.beside {
        command.args(["--beside", peers]);
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
    command.args(&options.names);
}
