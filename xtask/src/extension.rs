//! Building the extension module for one interpreter, and laying it out beside the Python
//! package so that it is found through PYTHONPATH without being installed:
//! `<target>/py/<interpreter>-<profile>/fatjit/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::Failure;
use crate::interpreters::Interpreter;
use crate::platform::Platform;
use crate::workspace::Workspace;

/// The crate of the CPython host.
pub const CRATE: &str = "fatjit-cpython";

/// A Cargo profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// The one for tests: with debug assertions.
    Dev,
    /// The one that users get.
    Release,
    /// The one for tests where an emulator runs them.
    Emulated,
}

impl Profile {
    /// Its name for Cargo.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
            Self::Emulated => "emulated",
        }
    }
}

/// The profile for the tests of a platform.
pub fn test_profile(platform: &Platform) -> Profile {
    match platform.is_emulated() {
        true => Profile::Emulated,
        false => Profile::Dev,
    }
}

/// Makes `command`, a Cargo command, build against `python`.
pub fn build_against<'a>(command: &'a mut Command, python: &Interpreter) -> &'a mut Command {
    command.env("PYO3_PYTHON", python.executable())
}

/// Builds the extension for `python` and returns the folder to put into PYTHONPATH.
///
/// # Errors
/// When the build fails, leaves no library, or its result cannot be laid out.
pub fn build(
    workspace: &Workspace,
    platform: &Platform,
    python: &Interpreter,
    profile: Profile,
) -> Result<PathBuf, Failure> {
    let library = compile(workspace, platform, python, profile)?;
    let stage = platform
        .target
        .join("py")
        .join(format!("{}-{}", python.id, profile.name()));
    let package = stage.join("fatjit");
    if package.exists() {
        fs::remove_dir_all(&package).map_err(Failure::file(&package))?;
    }
    copy_sources(&workspace.root.join("cpython/python/fatjit"), &package)?;
    let module = package.join(format!("_fatjit{}", python.answer.suffix));
    fs::copy(&library, &module).map_err(Failure::file(&module))?;
    Ok(stage)
}

fn compile(
    workspace: &Workspace,
    platform: &Platform,
    python: &Interpreter,
    profile: Profile,
) -> Result<PathBuf, Failure> {
    let mut command = platform.cargo("build");
    command
        .args(["--package", CRATE, "--profile", profile.name()])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = build_against(&mut command, python)
        .output()
        .map_err(Failure::start(Path::new("cargo build")))?;
    if !output.status.success() {
        return Err(Failure::Step {
            what: format!("building {CRATE} for {python}"),
            status: output.status,
        });
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    library_among(&messages).ok_or(Failure::NoLibrary)
}

/// The shared library of the host crate among Cargo's `messages`, one JSON value a line.
fn library_among(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| {
            let kinds = message["target"]["kind"].as_array();
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
                && message["target"]["name"] == "_fatjit"
        })
        .flat_map(|message| {
            let files = message["filenames"].as_array().cloned();
            files.unwrap_or_default()
        })
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| {
            let extension = file.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("so" | "dylib" | "dll"))
        })
}

fn copy_sources(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(Failure::file(to))?;
    for entry in fs::read_dir(from).map_err(Failure::file(from))? {
        let source = entry.map_err(Failure::file(from))?.path();
        let Some(name) = source.file_name() else {
            continue;
        };
        let target = to.join(name);
        if source.is_dir() {
            if name != "__pycache__" {
                copy_sources(&source, &target)?;
            }
        } else if source.extension().is_none_or(|end| end != "so") {
            fs::copy(&source, &target).map_err(Failure::file(&target))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_told_from_other_artifacts() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"other"},"filenames":["/t/libother.rlib"]}
{"reason":"compiler-artifact","target":{"kind":["cdylib"],"name":"_fatjit"},"filenames":["/t/lib_fatjit.d","/t/lib_fatjit.so"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(library_among(messages), Some("/t/lib_fatjit.so".into()));
        assert_eq!(library_among(&messages.replace("cdylib", "rlib")), None);
    }
}
