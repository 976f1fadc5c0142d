//! `cargo xtask test`: the tests of the core crates, then, for every supported CPython, the
//! extension in the profile for tests and the programs of `tests/`.
//!
//! The last line printed is always `N passed, N failed`, summed over everything (`, N skipped`
//! follows where there are any). Before it stands such a line for each architecture, and before these the names of what
//! failed.

use std::fmt;

use clap::{Args, ValueEnum};

use crate::Outcome;
use crate::cargo_test;
use crate::failure::Failure;
use crate::host_test;
use crate::platform::{Platform, Target};
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
    /// For this processor; may be repeated
    #[arg(long, value_enum, default_value = "native")]
    target: Vec<Target>,
    /// It is a failure if aarch64 programs cannot be run here
    #[arg(long)]
    require_aarch64: bool,
}

impl Options {
    /// Everything, for these processors, all of which must be there.
    pub fn on(target: Vec<Target>) -> Self {
        Self {
            python: Vec::new(),
            only: None,
            target,
            require_aarch64: true,
        }
    }
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

/// The tests of a crate or an interpreter.
#[derive(Debug)]
pub struct Row {
    /// Whose.
    pub name: String,
    /// How they came out.
    pub counts: Counts,
    /// Those that failed, as far as they have names.
    pub failures: Vec<String>,
}

impl Row {
    /// None yet.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            counts: Counts::default(),
            failures: Vec::new(),
        }
    }

    /// One thing that went wrong before any test could run.
    pub fn broken(name: &str) -> Self {
        Self {
            counts: Counts::BROKEN,
            ..Self::new(name)
        }
    }
}

/// The tests of one platform: a row a crate or interpreter.
#[derive(Debug)]
struct Job {
    platform: &'static str,
    rows: Vec<Row>,
}

impl Job {
    fn total(&self) -> Counts {
        let mut total = Counts::default();
        for row in &self.rows {
            total.add(row.counts);
        }
        total
    }
}

/// Runs the tests.
///
/// # Errors
/// When Cargo cannot be run at all.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let mut jobs: Vec<Job> = Vec::new();
    let mut lacking = Lacking::default();
    for target in &options.target {
        let platform = match target {
            Target::Native => Platform::native(&workspace),
            Target::Aarch64 => match Platform::aarch64(&workspace) {
                Ok(platform) => platform,
                Err(why) if options.require_aarch64 => {
                    progress.say(Tone::Bad, &why.to_string());
                    jobs.push(Job {
                        platform: "aarch64",
                        rows: vec![Row::broken("the machine itself")],
                    });
                    continue;
                }
                Err(why) => {
                    let text = format!("aarch64 is LEFT OUT (--require-aarch64 insists): {why}");
                    progress.say(Tone::Bad, &text);
                    lacking.aarch64 = true;
                    continue;
                }
            },
        };
        if jobs.iter().all(|job| job.platform != platform.name) {
            let (job, has_interpreter) = job(options, &workspace, &platform, &progress)?;
            jobs.push(job);
            lacking.interpreter |= !has_interpreter;
        }
    }
    Ok(conclude(&progress, &jobs, lacking))
}

/// What was asked for and is not on this machine.
#[derive(Clone, Copy, Debug, Default)]
struct Lacking {
    interpreter: bool,
    aarch64: bool,
}

/// Runs the tests of one platform; also whether there was an interpreter, if one was wanted.
fn job(
    options: &Options,
    workspace: &Workspace,
    platform: &Platform,
    progress: &Progress,
) -> Result<(Job, bool), Failure> {
    let step = progress.begin(&format!("looking for {} interpreters", platform.name));
    let mut found = platform.interpreters();
    found.keep(&options.python);
    progress.end(step, true);
    for python in &found.supported {
        progress.say(Tone::Plain, &format!("found {python}"));
    }

    let mut rows: Vec<Row> = Vec::new();
    if options.only != Some(Part::Host) {
        rows.extend(cargo_test::run(
            workspace,
            platform,
            &found,
            options.only,
            progress,
        )?);
    }
    let wants_host = matches!(options.only, None | Some(Part::Host));
    if wants_host {
        for python in &found.supported {
            rows.extend(host_test::run(workspace, platform, python, progress)?);
        }
        if found.supported.is_empty() {
            progress.say(Tone::Bad, &found.explanation());
        }
    }
    let job = Job {
        platform: platform.name,
        rows,
    };
    Ok((job, !wants_host || !found.supported.is_empty()))
}

fn conclude(progress: &Progress, jobs: &[Job], lacking: Lacking) -> Outcome {
    let paint = |counts: Counts| {
        let tone = if counts.failed == 0 {
            Tone::Good
        } else {
            Tone::Bad
        };
        progress.paint(tone, &counts.to_string())
    };
    let mut total = Counts::default();
    for job in jobs {
        total.add(job.total());
        println!();
        for row in &job.rows {
            println!(
                "  {:<8} {:<24} {}",
                job.platform,
                row.name,
                paint(row.counts)
            );
        }
    }
    println!();
    for job in jobs {
        for row in &job.rows {
            for failure in &row.failures {
                let text = format!("failed: {failure} ({}, {})", row.name, job.platform);
                progress.say(Tone::Bad, &text);
            }
        }
    }
    for job in jobs {
        println!("{}: {}", job.platform, paint(job.total()));
    }
    if lacking.aarch64 {
        println!("aarch64: left out, because no such program can be run here");
    }
    let ran = total.passed + total.failed > 0;
    // A job that ran nothing is one that went wrong, whatever the others did.
    if jobs
        .iter()
        .any(|job| job.total().passed + job.total().failed == 0)
    {
        println!("no test ran: that is a failure");
        total.add(Counts::BROKEN);
    }
    println!("{total}");
    if total.failed > 0 {
        Outcome::Failed
    } else if lacking.interpreter || !ran {
        Outcome::NoInterpreter
    } else {
        Outcome::Passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Counts = Counts {
        passed: 1,
        failed: 0,
        skipped: 0,
    };

    fn jobs(rows: &[(&str, Counts)]) -> Vec<Job> {
        let rows = rows.iter().map(|(name, counts)| Row {
            counts: *counts,
            ..Row::new(name)
        });
        vec![Job {
            platform: "x86_64",
            rows: rows.collect(),
        }]
    }

    fn concluded(jobs: &[Job], interpreter: bool, aarch64: bool) -> Outcome {
        let lacking = Lacking {
            interpreter,
            aarch64,
        };
        conclude(&Progress::new(), jobs, lacking)
    }

    #[test]
    fn nothing_run_is_a_failure() {
        assert_eq!(concluded(&jobs(&[]), false, false), Outcome::Failed);
        let none = jobs(&[("ir", Counts::default())]);
        assert_eq!(concluded(&none, true, false), Outcome::Failed);
        let mut one_of_two = jobs(&[("ir", ONE)]);
        one_of_two.extend(none);
        assert_eq!(concluded(&one_of_two, false, false), Outcome::Failed);
    }

    #[test]
    fn a_missing_interpreter_is_told_from_a_failure() {
        let good = jobs(&[("ir", ONE)]);
        assert_eq!(concluded(&good, false, false), Outcome::Passed);
        assert_eq!(concluded(&good, true, false), Outcome::NoInterpreter);
        let bad = jobs(&[("ir", ONE), ("jit", Counts::BROKEN)]);
        assert_eq!(concluded(&bad, true, false), Outcome::Failed);
    }

    #[test]
    fn a_missing_machine_is_no_failure_and_no_success_of_its_own() {
        assert_eq!(
            concluded(&jobs(&[("ir", ONE)]), false, true),
            Outcome::Passed
        );
        assert_eq!(concluded(&[], false, true), Outcome::NoInterpreter);
    }

    #[test]
    fn each_platform_counts() {
        let mut both = jobs(&[("ir", ONE)]);
        both.push(Job {
            platform: "aarch64",
            rows: vec![
                Row {
                    counts: ONE,
                    ..Row::new("ir")
                },
                Row::broken("jit"),
            ],
        });
        assert_eq!(both[1].total().to_string(), "1 passed, 1 failed");
        assert_eq!(concluded(&both, false, false), Outcome::Failed);
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
