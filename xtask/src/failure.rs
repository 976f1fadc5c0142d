//! Why a command could not be carried out. A failing test or lint is not a [`Failure`] but an
//! [`Outcome`](crate::Outcome): the command itself did its work.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a command could not be carried out.
#[derive(Debug, Error)]
pub enum Failure {
    /// A program could not be started or waited for.
    #[error("cannot run `{program}`: {source}")]
    Start {
        /// The program as it was called.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A step that everything after it needs ended with an error.
    #[error("{what} failed ({status})")]
    Step {
        /// The step, as a noun phrase.
        what: String,
        /// How its process ended.
        status: std::process::ExitStatus,
    },
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program that answers in JSON answered something else.
    #[error("`{program}` answered something unexpected: {source}")]
    Answer {
        /// The program as it was called.
        program: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The build succeeded but left no extension module behind.
    #[error(
        "building fatjit-cpython left no shared library: \
         its Cargo.toml needs a `cdylib` library target"
    )]
    NoLibrary,
    /// There is no aarch64 machine here, and none can be emulated.
    #[error(
        "no aarch64 programs can be run here: {why}. Needed: an aarch64 machine, or an amd64 Debian \
         (12 or later) that reaches its mirror at the first time"
    )]
    NoAarch64 {
        /// What stands in the way.
        why: String,
    },
    /// No interpreter that fatjit supports was found; the text says what was.
    #[error("{explanation}")]
    NoInterpreter {
        /// What was found, why it does not serve, and what is needed.
        explanation: String,
    },
}

impl Failure {
    /// A failure around `path`, for `map_err`.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// A failure to run `program`, for `map_err`.
    pub fn start(program: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Start {
            program: program.display().to_string(),
            source,
        }
    }
}
