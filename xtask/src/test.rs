//! `cargo xtask test`: the tests of the core crates, then, for every supported CPython, the
//! extension in the profile for tests and the programs of `tests/`.
//!
//! The last line printed is always `N passed, N failed`, summed over everything (`, N skipped`
//! follows where there are any).

use std::fmt;

use clap::{Args, ValueEnum};

use crate::Outcome;
use crate::cargo_test;
use crate::failure::Failure;
use crate::host_test;
use crate::interpreters::Found;
use crate::progress::{Progress, Tone};
use crate::workspace::Workspace;

/// What to test.
#[derive(Args)]
pub struct Options {
    /// Only this interpreter: a version (3.13, 3.13.0) or a path; may be repeated
    #[arg(long, value_name = "VERSION|PATH")]
    python: Vec<String>,
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// ir, guards, targets, jit and xtask: what needs no Python
    Core,
    /// The bytecode crate, checked against the interpreters found
    Bytecode,
    /// The Python-level tests
    Host,
}

/// How many tests came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Came out right.
    pub passed: u64,
    /// Did not, or could not be run although they should.
    pub failed: u64,
    /// Were left out, with a reason.
    pub skipped: u64,
}

impl Counts {
    /// One thing that went wrong before any test could run.
    pub const BROKEN: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };

    /// Adds `other`.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Whether tests ran and none failed.
    pub fn good(self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(out, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Runs the tests.
///
/// # Errors
/// When Cargo cannot be run at all.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let step = progress.begin("looking for interpreters");
    let mut found = Found::search();
    found.keep(&options.python);
    progress.end(step, true);
    for python in &found.supported {
        progress.say(Tone::Plain, &format!("found {python}"));
    }

    let mut rows: Vec<(String, Counts)> = Vec::new();
    if options.only != Some(Part::Host) {
        rows.extend(cargo_test::run(
            &workspace,
            &found,
            options.only,
            &progress,
        )?);
    }
    let wants_host = matches!(options.only, None | Some(Part::Host));
    if wants_host {
        for python in &found.supported {
            let counts = host_test::run(&workspace, python, &progress)?;
            rows.push((python.id.clone(), counts));
        }
        if found.supported.is_empty() {
            progress.say(Tone::Bad, &found.explanation());
        }
    }
    Ok(conclude(
        &progress,
        &rows,
        wants_host && found.supported.is_empty(),
    ))
}

fn conclude(progress: &Progress, rows: &[(String, Counts)], lacks_interpreter: bool) -> Outcome {
    let mut total = Counts::default();
    println!();
    for (name, counts) in rows {
        total.add(*counts);
        let tone = if counts.failed == 0 {
            Tone::Good
        } else {
            Tone::Bad
        };
        println!("  {name:<24} {}", progress.paint(tone, &counts.to_string()));
    }
    if total.passed + total.failed == 0 {
        println!("  no test ran: that is a failure");
        total = Counts::BROKEN;
    }
    println!("{total}");
    if !total.good() {
        Outcome::Failed
    } else if lacks_interpreter {
        Outcome::NoInterpreter
    } else {
        Outcome::Passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_run_is_a_failure() {
        assert_eq!(conclude(&Progress::new(), &[], false), Outcome::Failed);
        let none = [("ir".to_owned(), Counts::default())];
        assert_eq!(conclude(&Progress::new(), &none, true), Outcome::Failed);
    }

    #[test]
    fn a_missing_interpreter_is_told_from_a_failure() {
        let one = Counts {
            passed: 1,
            ..Counts::default()
        };
        let rows = [("ir".to_owned(), one)];
        assert_eq!(conclude(&Progress::new(), &rows, false), Outcome::Passed);
        assert_eq!(
            conclude(&Progress::new(), &rows, true),
            Outcome::NoInterpreter
        );
        let rows = [("ir".to_owned(), one), ("jit".to_owned(), Counts::BROKEN)];
        assert_eq!(conclude(&Progress::new(), &rows, true), Outcome::Failed);
    }

    #[test]
    fn counts_read_as_promised() {
        let counts = Counts {
            passed: 3,
            failed: 0,
            skipped: 2,
        };
        assert_eq!(counts.to_string(), "3 passed, 0 failed, 2 skipped");
        assert_eq!(Counts::BROKEN.to_string(), "0 passed, 1 failed");
    }
}
