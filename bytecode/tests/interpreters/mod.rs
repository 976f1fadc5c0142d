//! The interpreters that the tests compare with.
//!
//! `FATJIT_TEST_PYTHONS` lists them, separated by `:`; each must then serve. Without it, one of each
//! known version is looked for in `PATH` and below `~/.pyenv/versions`. Which ones are used, and that
//! tests were not run for lack of one, is written past the test harness's capture of output.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fatjit_bytecode::Version;

/// An interpreter of a known version.
#[derive(Clone, Debug)]
pub struct Interpreter {
    pub version: Version,
    pub path: PathBuf,
}

impl Interpreter {
    /// A command that runs one of the programs in `tests/python`.
    pub fn program(&self, name: &str) -> Command {
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/python")
            .join(name);
        let mut command = Command::new(&self.path);
        command.args(["-I", "-W", "ignore"]).arg(program);
        command
    }
}

/// Writes a line that is seen without `--nocapture`.
pub fn say(line: &str) {
    // Losing a line of progress is no reason to fail.
    let _ = writeln!(io::stderr(), "{line}");
}

/// The interpreters of this version for this test; says so if there is none.
pub fn of_version(version: Version, test: &str) -> Vec<Interpreter> {
    let mut found = all();
    found.retain(|interpreter| interpreter.version == version);
    if found.is_empty() {
        say(&format!(
            "{test}: NOT RUN for CPython {version}: no such interpreter in FATJIT_TEST_PYTHONS, \
             or, if that is unset, in PATH and ~/.pyenv/versions"
        ));
    }
    for interpreter in &found {
        let path = interpreter.path.display();
        say(&format!("{test}: CPython {version} at {path}"));
    }
    found
}

fn all() -> Vec<Interpreter> {
    match env::var_os("FATJIT_TEST_PYTHONS") {
        Some(list) => env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .map(|path| {
                probe(&path).unwrap_or_else(|| {
                    panic!(
                        "FATJIT_TEST_PYTHONS names {}, which is no CPython of a known version",
                        path.display()
                    )
                })
            })
            .collect(),
        None => Version::ALL.into_iter().filter_map(search).collect(),
    }
}

/// The first interpreter of this version.
fn search(version: Version) -> Option<Interpreter> {
    let name = format!("python{version}");
    let search_path = env::var_os("PATH").unwrap_or_default();
    let in_path = env::split_paths(&search_path).map(|folder| folder.join(&name));
    let pyenv = env::home_dir().map(|home| home.join(".pyenv/versions"));
    let mut versions: Vec<PathBuf> = pyenv
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin").join(&name)))
        .collect();
    versions.sort();
    in_path
        .chain(versions)
        .filter(|path| path.exists())
        .filter_map(|path| probe(&path))
        .find(|interpreter| interpreter.version == version)
}

/// Asks a program which CPython it is.
fn probe(path: &Path) -> Option<Interpreter> {
    let ask = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
    let output = Command::new(path)
        .args(["-I", "-S", "-c", ask])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let mut words = answer.split_whitespace();
    let is_cpython = output.status.success() && words.next() == Some("cpython");
    let mut number = || words.next()?.parse().ok();
    let version = Version::from_numbers(number()?, number()?)?;
    is_cpython.then(|| Interpreter {
        version,
        path: path.to_owned(),
    })
}
