//! Where programs are built for, and where they run: this machine, or the aarch64 one that qemu plays.
//!
//! The emulated one lives in a folder that `xtask/aarch64/environment.sh` makes: `$FATJIT_AARCH64`, or
//! `fatjit/aarch64` in the user's cache folder, so that all checkouts share it. It has a compiler of its own, and
//! so a target folder of its own, `<target>/aarch64`: two compilers in one would build everything anew each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;

use crate::cargo_test::BYTECODE;
use crate::extension::CRATE;
use crate::failure::Failure;
use crate::interpreters::Found;
use crate::workspace::{Workspace, cargo};

const AARCH64: &str = "aarch64";
const TRIPLE: &str = "aarch64-unknown-linux-gnu";

/// What a user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// This machine
    Native,
    /// An aarch64 processor: this machine's, or else qemu's
    Aarch64,
}

/// A place where programs are built for and run.
#[derive(Debug)]
pub struct Platform {
    /// Its architecture.
    pub name: &'static str,
    /// Where Cargo builds.
    pub target: PathBuf,
    /// For Cargo, if it is not this machine: variables, the interpreter among them.
    cross: Option<Vec<(String, String)>>,
}

impl Platform {
    /// This machine.
    pub fn native(workspace: &Workspace) -> Self {
        Self {
            name: std::env::consts::ARCH,
            target: workspace.target.clone(),
            cross: None,
        }
    }

    /// An aarch64 machine. If it has to be played and its folder is not there, it is made.
    ///
    /// # Errors
    /// When the folder cannot be made; the text says why.
    pub fn aarch64(workspace: &Workspace) -> Result<Self, Failure> {
        if std::env::consts::ARCH == AARCH64 {
            return Ok(Self::native(workspace));
        }
        let unavailable = |why: String| Failure::NoAarch64 { why };
        let folder = folder().ok_or_else(|| {
            unavailable("neither FATJIT_AARCH64, XDG_CACHE_HOME nor HOME says where".to_owned())
        })?;
        let script = workspace.root.join("xtask/aarch64/environment.sh");
        let output = Command::new("sh")
            .arg(&script)
            .arg(&folder)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .status()
            .map_err(Failure::start(&script))?;
        if !output.success() {
            return Err(unavailable(format!(
                "{} could not be made (see above)",
                folder.display()
            )));
        }
        let settings = folder.join("env");
        let text = fs::read_to_string(&settings).map_err(Failure::file(&settings))?;
        Ok(Self {
            name: AARCH64,
            target: workspace.target.join(AARCH64),
            cross: Some(variables(&text)),
        })
    }

    /// Whether its programs run under an emulator, ten times as slow as on this machine.
    pub fn is_emulated(&self) -> bool {
        self.cross.is_some()
    }

    /// Whether a crate's tests belong to it. The host's are in Python. What reads CPython's code objects makes no native
    /// code, and developers' tools run on the developer's machine: an emulator would only test them again.
    pub fn tests(&self, package: &str) -> bool {
        let anywhere = [env!("CARGO_PKG_NAME"), BYTECODE];
        package != CRATE && !(self.is_emulated() && anywhere.contains(&package))
    }

    /// A Cargo command that builds for it: `cargo SUBCOMMAND`, arguments may follow.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = cargo();
        command.arg(subcommand);
        if let Some(variables) = &self.cross {
            command
                .args(["--target", TRIPLE, "--target-dir"])
                .arg(&self.target)
                .envs(variables.iter().map(|(name, value)| (name, value)));
        }
        command
    }

    /// Its interpreters.
    pub fn interpreters(&self) -> Found {
        match &self.cross {
            None => Found::search(),
            Some(variables) => {
                let named = variables.iter().find(|(name, _)| name == "PYO3_PYTHON");
                Found::among(named.map(|(_, path)| path.into()).into_iter().collect())
            }
        }
    }
}

/// Where the emulated machine is kept.
pub fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(named) = variable("FATJIT_AARCH64") {
        return Some(named.into());
    }
    let cache = match variable("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => Path::new(&variable("HOME")?).join(".cache"),
    };
    Some(cache.join("fatjit").join(AARCH64))
}

/// The variables of `text`, one `NAME=VALUE` a line.
fn variables(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulated() -> Platform {
        Platform {
            name: AARCH64,
            target: "/t/aarch64".into(),
            cross: Some(variables("RUSTC=/e/rustc\nPYO3_PYTHON=/no/such=python\n")),
        }
    }

    #[test]
    fn an_emulated_machine_has_its_compiler_and_folder() {
        let command = emulated().cargo("test");
        let arguments: Vec<_> = command.get_args().collect();
        assert_eq!(
            arguments,
            ["test", "--target", TRIPLE, "--target-dir", "/t/aarch64"]
        );
        assert!(command.get_envs().any(|(name, value)| {
            name == "RUSTC" && value.is_some_and(|value| value == "/e/rustc")
        }));
    }

    #[test]
    fn an_emulated_machine_has_its_interpreter_only() {
        let found = emulated().interpreters();
        assert!(found.supported.is_empty());
        assert_eq!(found.rejected[0].name, "/no/such=python");
    }

    #[test]
    fn developers_tools_are_tested_where_they_run() {
        let native = Platform {
            name: std::env::consts::ARCH,
            target: "/t".into(),
            cross: None,
        };
        assert!(native.tests("xtask") && native.tests("fatjit-jit"));
        assert!(!emulated().tests("xtask") && emulated().tests("fatjit-jit"));
        assert!(!emulated().tests(BYTECODE) && native.tests(BYTECODE));
        assert!(!native.tests(CRATE) && !emulated().tests(CRATE));
        assert_eq!(native.cargo("build").get_args().count(), 1);
    }
}
