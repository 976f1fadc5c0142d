//! The workspace as Cargo sees it: its root, its target directory and who depends on whom.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::Failure;

/// One crate of ours.
#[derive(Debug)]
pub struct Package {
    /// Its name in its manifest.
    pub name: String,
    /// Names of everything it depends on: normal, build and development dependencies.
    pub dependencies: Vec<String>,
}

/// The workspace as Cargo sees it.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where Cargo builds.
    pub target: PathBuf,
    /// The members.
    pub packages: Vec<Package>,
}

/// A `cargo` command of the same Cargo that runs this program.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

impl Workspace {
    /// Asks Cargo.
    ///
    /// # Errors
    /// When Cargo cannot be run, or cannot read the manifests.
    pub fn load() -> Result<Self, Failure> {
        let program = "cargo metadata";
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .stderr(Stdio::inherit())
            .output()
            .map_err(Failure::start(Path::new(program)))?;
        if !output.status.success() {
            return Err(Failure::Step {
                what: program.to_owned(),
                status: output.status,
            });
        }
        let answer: Value =
            serde_json::from_slice(&output.stdout).map_err(|source| Failure::Answer {
                program: program.to_owned(),
                source,
            })?;
        Ok(Self::from_metadata(&answer))
    }

    fn from_metadata(answer: &Value) -> Self {
        let packages = elements(&answer["packages"])
            .map(|package| Package {
                name: text(&package["name"]),
                dependencies: elements(&package["dependencies"])
                    .map(|dependency| text(&dependency["name"]))
                    .collect(),
            })
            .collect();
        Self {
            root: text(&answer["workspace_root"]).into(),
            target: text(&answer["target_directory"]).into(),
            packages,
        }
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
