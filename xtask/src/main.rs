//! Developer commands: `cargo xtask demo | test | suite | lint | bench | architectures | doctor`.
//!
//! Exit codes: 0 all is well, 1 something failed, 2 wrong usage, 3 nothing failed but no
//! supported CPython was found, so that the part that needs one could not run.

mod architectures;
mod bench;
mod cargo_test;
mod demo;
mod doctor;
mod extension;
mod failure;
mod host_test;
mod interpreters;
mod lint;
mod platform;
mod probe;
mod progress;
mod suite;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of fatjit")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and run the programs of examples/ with and without fatjit
    Demo(demo::Options),
    /// Run all tests, on every supported CPython found
    Test(test::Options),
    /// Run CPython's own test suite with fatjit switched on
    Suite(suite::Options),
    /// Check formatting, clippy, file lengths, crate arrows and other house rules
    Lint,
    /// Measure the programs of benches/ with and without fatjit
    Bench(bench::Options),
    /// Compare the architectures: tests, time for compiling, size of code
    Architectures(architectures::Options),
    /// Tell what was found on this machine and what is missing
    Doctor,
}

/// How a command that ran to its end came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done and is right.
    Passed,
    /// Something was found wrong; it has been told.
    Failed,
    /// What could run is right, but no supported CPython was found for the rest.
    NoInterpreter,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Suite(options) => suite::run(&options),
        Command::Lint => lint::run(),
        Command::Bench(options) => bench::run(&options),
        Command::Architectures(options) => architectures::run(&options),
        Command::Doctor => doctor::run(),
    };
    match result {
        Ok(Outcome::Passed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::NoInterpreter) => ExitCode::from(3),
        Err(failure) => {
            eprintln!("cargo xtask: {failure}");
            match failure {
                Failure::NoInterpreter { .. } => ExitCode::from(3),
                _ => ExitCode::from(1),
            }
        }
    }
}
