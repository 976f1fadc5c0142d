//! Finding the interpreters of this machine and telling which of them serve.
//!
//! An interpreter counts once, however many names, links and virtual environments lead to it.
//! `FATJIT_PYTHONS=path:path` replaces the search. Shims of pyenv are not asked, because they
//! answer only for the version that is selected: the versions behind them are looked at instead.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::probe::{self, Answer};

const NAMES: [&str; 5] = [
    "python3.13",
    "python3.12",
    "python3.14",
    "python3",
    "python",
];

/// What is needed, for messages.
pub const NEEDED: &str = "needed: CPython 3.12 or 3.13 (not free-threaded) with its header files, \
    in PATH, under pyenv (`pyenv install 3.13`), under uv (`uv python install 3.13`) or in /usr \
    (on Debian: `apt install python3-dev` where python3 is 3.12 or 3.13); \
    FATJIT_PYTHONS=path:path names others";

/// Why an interpreter does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It could not be run or asked.
    Silent(String),
    /// Another implementation.
    NotCPython(String),
    /// A version without a layout module.
    Version,
    /// An alpha, beta or release candidate: layouts still move.
    Prerelease(String),
    /// Built without the global interpreter lock.
    FreeThreaded,
    /// A header file is missing.
    NoHeader(PathBuf),
}

impl fmt::Display for Unusable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(why) => write!(out, "does not answer: {why}"),
            Self::NotCPython(name) => write!(out, "is {name}, not CPython"),
            Self::Version => write!(out, "is neither 3.12 nor 3.13"),
            Self::Prerelease(level) => write!(out, "is a pre-release ({level})"),
            Self::FreeThreaded => write!(out, "is a free-threaded build"),
            Self::NoHeader(path) => write!(out, "has no headers: {} is missing", path.display()),
        }
    }
}

/// A CPython that fatjit can be built for and run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// What it said of itself.
    pub answer: Answer,
    /// Unique among those found, fit for a folder name: `cpython-3.13.0`.
    pub id: String,
}

impl Interpreter {
    /// The program to run.
    pub fn executable(&self) -> &Path {
        &self.answer.executable
    }

    /// Whether the user's `wanted` names it: a version (`3.13`, `3.13.0`) or a path.
    pub fn is_named(&self, wanted: &str) -> bool {
        let (major, minor, micro) = self.answer.version;
        wanted == format!("{major}.{minor}")
            || wanted == format!("{major}.{minor}.{micro}")
            || wanted == self.id
            || same_file(Path::new(wanted), self.executable())
    }
}

impl fmt::Display for Interpreter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&describe(&self.answer))
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn describe(answer: &Answer) -> String {
    let (major, minor, micro) = answer.version;
    let debug = if answer.debug { ", debug build" } else { "" };
    format!(
        "{} {major}.{minor}.{micro}{debug} ({})",
        answer.implementation,
        answer.executable.display()
    )
}

/// An interpreter, or something that looked like one, that does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What it is, for people.
    pub name: String,
    /// Why it does not serve.
    pub reason: Unusable,
}

/// Everything found on this machine.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that serve, newest first.
    pub supported: Vec<Interpreter>,
    /// The rest.
    pub rejected: Vec<Rejected>,
}

impl Found {
    /// Searches this machine.
    pub fn search() -> Self {
        Self::among(candidates())
    }

    /// Asks those at these paths.
    pub fn among(paths: Vec<PathBuf>) -> Self {
        let mut seen = HashSet::new();
        let answers = paths
            .into_iter()
            .filter(|path| {
                let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                seen.insert(real)
            })
            .map(|path| {
                let answer = probe::ask(&path);
                (path, answer)
            })
            .collect();
        Self::sort_out(answers)
    }

    fn sort_out(answers: Vec<(PathBuf, Result<Answer, String>)>) -> Self {
        let mut found = Self::default();
        let mut seen = HashSet::new();
        for (path, answer) in answers {
            let answer = match answer {
                Ok(answer) => answer,
                Err(why) => {
                    found.rejected.push(Rejected {
                        name: path.display().to_string(),
                        reason: Unusable::Silent(why),
                    });
                    continue;
                }
            };
            let identity = (
                answer.prefix.clone(),
                answer.version,
                answer.free_threaded,
                answer.debug,
            );
            if !seen.insert(identity) {
                continue;
            }
            match judge(&answer) {
                Ok(()) => found.supported.push(Interpreter {
                    id: String::new(),
                    answer,
                }),
                Err(reason) => found.rejected.push(Rejected {
                    name: describe(&answer),
                    reason,
                }),
            }
        }
        found
            .supported
            .sort_by_key(|python| std::cmp::Reverse(python.answer.version));
        name_apart(&mut found.supported);
        found
    }

    /// Keeps those that `wanted` names; no names keep all.
    pub fn keep(&mut self, wanted: &[String]) {
        if !wanted.is_empty() {
            self.supported
                .retain(|python| wanted.iter().any(|name| python.is_named(name)));
        }
    }

    /// What was found, why it does not serve, and what is needed.
    pub fn explanation(&self) -> String {
        let mut lines = vec!["no supported CPython was found".to_owned()];
        for rejected in &self.rejected {
            lines.push(format!("  found {}: {}", rejected.name, rejected.reason));
        }
        lines.push(NEEDED.to_owned());
        lines.join("\n")
    }

    /// The newest one that serves.
    ///
    /// # Errors
    /// With the explanation, when there is none.
    pub fn newest(&self) -> Result<&Interpreter, Failure> {
        self.supported
            .first()
            .ok_or_else(|| Failure::NoInterpreter {
                explanation: self.explanation(),
            })
    }

    /// The newest of each minor version: what a build has to be checked against.
    pub fn one_per_minor(&self) -> Vec<&Interpreter> {
        let mut seen = HashSet::new();
        self.supported
            .iter()
            .filter(|python| seen.insert((python.answer.version.0, python.answer.version.1)))
            .collect()
    }
}

fn judge(answer: &Answer) -> Result<(), Unusable> {
    if answer.implementation != "CPython" {
        return Err(Unusable::NotCPython(answer.implementation.clone()));
    }
    if !matches!(answer.version, (3, 12 | 13, _)) {
        return Err(Unusable::Version);
    }
    if answer.level != "final" {
        return Err(Unusable::Prerelease(answer.level.clone()));
    }
    if answer.free_threaded {
        return Err(Unusable::FreeThreaded);
    }
    for header in ["Python.h", "internal/pycore_frame.h"] {
        let path = answer.include.join(header);
        if !path.is_file() {
            return Err(Unusable::NoHeader(path));
        }
    }
    Ok(())
}

fn name_apart(pythons: &mut [Interpreter]) {
    let mut seen = HashSet::new();
    for python in pythons {
        let (major, minor, micro) = python.answer.version;
        let debug = if python.answer.debug { "d" } else { "" };
        let plain = format!("cpython-{major}.{minor}.{micro}{debug}");
        let mut id = plain.clone();
        let mut number = 2;
        while !seen.insert(id.clone()) {
            id = format!("{plain}-{number}");
            number += 1;
        }
        python.id = id;
    }
}

fn candidates() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("FATJIT_PYTHONS") {
        return std::env::split_paths(&named)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
    }
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let mut pyenv_roots: Vec<PathBuf> = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    folders.retain(|folder| match pyenv_root_of_shims(folder) {
        Some(root) => {
            pyenv_roots.push(root);
            false
        }
        None => true,
    });
    folders.extend(["/usr/bin".into(), "/usr/local/bin".into()]);
    let mut uv_roots = Vec::new();
    if let Some(folder) = std::env::var_os("UV_PYTHON_INSTALL_DIR") {
        uv_roots.push(PathBuf::from(folder));
    }
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        pyenv_roots.push(home.join(".pyenv"));
        uv_roots.push(home.join(".local/share/uv/python"));
    }

    let mut paths = Vec::new();
    for folder in &folders {
        paths.extend(NAMES.iter().map(|name| folder.join(name)));
    }
    for root in &pyenv_roots {
        paths.extend(installed_below(&root.join("versions"), "bin/python"));
    }
    for root in &uv_roots {
        paths.extend(installed_below(root, "bin/python3"));
    }
    paths.retain(|path| path.is_file());
    paths
}

/// The pyenv root whose shims are in `folder`, if it is such a folder.
fn pyenv_root_of_shims(folder: &Path) -> Option<PathBuf> {
    let root = folder.parent()?;
    (folder.ends_with("shims") && root.join("versions").is_dir()).then(|| root.to_owned())
}

fn installed_below(folder: &Path, program: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path().join(program))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_found() {
        let good = probe::tests::answer();
        let with = |change: fn(&mut Answer)| {
            let mut answer = good.clone();
            change(&mut answer);
            judge(&answer)
        };
        assert_eq!(
            with(|a| a.implementation = "PyPy".to_owned()),
            Err(Unusable::NotCPython("PyPy".to_owned()))
        );
        assert_eq!(with(|a| a.version = (3, 11, 9)), Err(Unusable::Version));
        assert_eq!(with(|a| a.version = (3, 14, 0)), Err(Unusable::Version));
        assert_eq!(
            with(|a| a.free_threaded = true),
            Err(Unusable::FreeThreaded)
        );
        assert_eq!(
            with(|a| a.level = "candidate".to_owned()),
            Err(Unusable::Prerelease("candidate".to_owned()))
        );
        assert_eq!(
            with(|_| ()),
            Err(Unusable::NoHeader(good.include.join("Python.h")))
        );
    }

    #[test]
    fn one_interpreter_counts_once_and_failures_are_kept() {
        let answer = probe::tests::answer();
        let found = Found::sort_out(vec![
            ("/a/python".into(), Ok(answer.clone())),
            ("/venv/bin/python".into(), Ok(answer)),
            ("/shim/python".into(), Err("exit 127".to_owned())),
        ]);
        assert_eq!(found.supported.len() + found.rejected.len(), 2);
        assert!(
            found
                .explanation()
                .contains("/shim/python: does not answer: exit 127")
        );
    }

    #[test]
    fn twins_get_different_names_and_answer_to_their_version() {
        let mut pythons = vec![
            Interpreter {
                answer: probe::tests::answer(),
                id: String::new(),
            };
            2
        ];
        name_apart(&mut pythons);
        assert_eq!(pythons[0].id, "cpython-3.13.1d");
        assert_eq!(pythons[1].id, "cpython-3.13.1d-2");
        assert!(pythons[0].is_named("3.13") && pythons[0].is_named("3.13.1"));
        assert!(!pythons[0].is_named("3.1") && !pythons[0].is_named("3.12"));
    }
}
