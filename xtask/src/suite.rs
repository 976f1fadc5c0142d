//! `cargo xtask suite`: CPython's own test suite with fatjit switched on, on every supported CPython found.

use clap::Args;

use crate::Outcome;
use crate::extension::{self, Profile};
use crate::failure::Failure;
use crate::host_test;
use crate::platform::{Platform, Target};
use crate::progress::{Progress, Tone};
use crate::test::Counts;
use crate::workspace::Workspace;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// All modules that an interpreter has, not only those of tests/cpython/quick.txt
    #[arg(long)]
    full: bool,
    /// Only modules of the quick tier that are about the language itself
    #[arg(long, conflicts_with = "full")]
    language: bool,
    /// On this processor
    #[arg(long, value_enum, default_value = "native")]
    target: Target,
    /// Only this interpreter: a version (3.13, 3.13.0) or a path; may be repeated
    #[arg(long, value_name = "VERSION|PATH")]
    python: Vec<String>,
    /// Keep what modules printed in this folder
    #[arg(long, value_name = "FOLDER")]
    logs: Option<String>,
    /// Variables for the tests, as FATJIT_THRESHOLD=1, and modules, if not all
    #[arg(value_name = "NAME=VALUE|MODULE")]
    rest: Vec<String>,
}

/// Builds fatjit as users get it and runs the suite.
///
/// # Errors
/// When a program cannot be run, or the extension cannot be built.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let platform = match options.target {
        Target::Native => Platform::native(&workspace),
        Target::Aarch64 => Platform::aarch64(&workspace)?,
    };
    let mut found = platform.interpreters();
    found.keep(&options.python);
    let mut arguments = vec!["tests/cpython/run.py".to_owned()];
    if options.full {
        arguments.push("--full".to_owned());
    }
    if options.language {
        arguments.push("--language".to_owned());
    }
    if let Some(logs) = &options.logs {
        arguments.extend(["--logs".to_owned(), logs.clone()]);
    }
    arguments.extend(options.rest.iter().cloned());
    let mut total = Counts::default();
    for python in &found.supported {
        let step = progress.begin(&format!("building the extension for {python}"));
        let stage = extension::build(&workspace, &platform, python, Profile::Release)?;
        progress.end(step, true);
        let step = progress.begin(&format!("running the suite of {python}"));
        let counts = host_test::run_script(&workspace.root, python, &stage, &arguments)?.counts;
        progress.end(step, counts.good());
        total.add(counts);
    }
    if found.supported.is_empty() {
        progress.say(Tone::Bad, &found.explanation());
        return Ok(Outcome::NoInterpreter);
    }
    println!("{total}");
    match total.good() {
        true => Ok(Outcome::Passed),
        false => Ok(Outcome::Failed),
    }
}
