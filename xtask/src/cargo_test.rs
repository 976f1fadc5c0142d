//! The tests that Cargo runs, counted per crate.
//!
//! First everything is built, with Cargo's own progress on standard error; the build also tells
//! which test program belongs to which crate. Then they run, and their output is read line by
//! line: it is shown only where something failed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::extension;
use crate::failure::Failure;
use crate::interpreters::Found;
use crate::platform::Platform;
use crate::progress::{Progress, Tone};
use crate::test::{Counts, Part, Row};
use crate::workspace::Workspace;

/// The crate that reads code objects.
pub const BYTECODE: &str = "fatjit-bytecode";

/// Runs the tests of the crates of `part` (of all that need no interpreter to be built, when there
/// is none) and returns how they came out, a row a crate.
///
/// # Errors
/// When Cargo cannot be run.
pub fn run(
    workspace: &Workspace,
    platform: &Platform,
    found: &Found,
    part: Option<Part>,
    progress: &Progress,
) -> Result<Vec<Row>, Failure> {
    let packages: Vec<&str> = workspace
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .filter(|name| match part {
            Some(Part::Core) => *name != BYTECODE,
            Some(Part::Bytecode) => *name == BYTECODE,
            _ => true,
        })
        .filter(|name| platform.tests(name))
        .collect();
    if packages.is_empty() {
        // Cargo would take that for all.
        return Ok(Vec::new());
    }

    let step = progress.begin("building the crates and their tests");
    let owners = build(workspace, platform, &packages)?;
    progress.end(step, owners.is_some());
    let Some(owners) = owners else {
        return Ok(vec![Row::broken("build of the tests")]);
    };

    let mut tally = Tally::new(&packages, owners);
    let (reader, writer) = std::io::pipe().map_err(Failure::start(Path::new("cargo test")))?;
    let mut command = test_command(workspace, platform, &packages);
    command
        .arg("--no-fail-fast")
        .env("FATJIT_TEST_PYTHONS", pythons(found))
        .stdout(
            writer
                .try_clone()
                .map_err(Failure::start(Path::new("cargo test")))?,
        )
        .stderr(writer);
    let mut child = command
        .spawn()
        .map_err(Failure::start(Path::new("cargo test")))?;
    // The command holds the writing ends: only without it does the reader see the end.
    drop(command);
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(Failure::start(Path::new("cargo test")))?;
        if let Some((good, told)) = tally.read(&String::from_utf8_lossy(&line)) {
            let tone = if good { Tone::Good } else { Tone::Bad };
            progress.say(tone, &told);
        }
    }
    let status = child
        .wait()
        .map_err(Failure::start(Path::new("cargo test")))?;
    Ok(tally.finish(status.success()))
}

/// The supported interpreters as the tests want them: paths joined by `:`.
fn pythons(found: &Found) -> String {
    let paths: Vec<String> = found
        .supported
        .iter()
        .map(|python| python.executable().display().to_string())
        .collect();
    paths.join(":")
}

fn test_command(workspace: &Workspace, platform: &Platform, packages: &[&str]) -> Command {
    let mut command = platform.cargo("test");
    let profile = extension::test_profile(platform).name();
    command
        .args(["--profile", profile])
        .current_dir(&workspace.root)
        .stdin(Stdio::null());
    for package in packages {
        command.args(["--package", package]);
    }
    command
}

/// Builds the test programs and returns their crates by path; `None` when the build failed.
fn build(
    workspace: &Workspace,
    platform: &Platform,
    packages: &[&str],
) -> Result<Option<HashMap<String, String>>, Failure> {
    let output = test_command(workspace, platform, packages)
        .args(["--no-run", "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::start(Path::new("cargo test")))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success().then(|| owners(&messages)))
}

/// Which test program belongs to which crate, from Cargo's messages: by the file name of the
/// program, which carries Cargo's hash and so is unique.
fn owners(messages: &str) -> HashMap<String, String> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let program = file_name(message["executable"].as_str()?);
            let id = message["package_id"].as_str()?;
            let name = id.rsplit_once('#')?.1;
            // `path#name@version`, or `path#version` where the folder has the crate's name.
            let name = match name.split_once('@') {
                Some((name, _)) => name.to_owned(),
                None => file_name(id.rsplit_once('#')?.0),
            };
            Some((program, name))
        })
        .collect()
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// Reads the output of `cargo test` and counts.
struct Tally {
    rows: Vec<Row>,
    owners: HashMap<String, String>,
    running: Option<Running>,
}

struct Running {
    row: usize,
    name: String,
    output: Vec<String>,
    concluded: bool,
}

impl Tally {
    fn new(packages: &[&str], owners: HashMap<String, String>) -> Self {
        Self {
            rows: packages.iter().map(|name| Row::new(name)).collect(),
            owners,
            running: None,
        }
    }

    /// Takes one line; returns what there is to tell, and whether it is good.
    fn read(&mut self, line: &str) -> Option<(bool, String)> {
        if let Some(running) = self.beginning(line.trim_start()) {
            let told = self.close();
            self.running = Some(running);
            return told;
        }
        let running = self.running.as_mut()?;
        running.output.push(line.to_owned());
        let row = &mut self.rows[running.row];
        if let Some(name) = failure(line) {
            row.failures.push(name.to_owned());
        }
        let result = line.strip_prefix("test result: ")?;
        let counts = counts(result);
        running.concluded = true;
        row.counts.add(counts);
        if counts.failed > 0 {
            let told = format!("{}: {counts}\n{}", running.name, running.output.join("\n"));
            return Some((false, told));
        }
        (counts != Counts::default()).then(|| (true, format!("{}: {counts}", running.name)))
    }

    /// Whether `line` says that the next test program begins, and which.
    fn beginning(&mut self, line: &str) -> Option<Running> {
        let (package, what) = if let Some(rest) = line.strip_prefix("Running ") {
            let (what, program) = rest.rsplit_once(" (")?;
            let program = file_name(program.strip_suffix(')')?);
            let Some(owner) = self.owners.get(&program) else {
                return Some(self.unknown(&program));
            };
            (owner.clone(), what.to_owned())
        } else {
            let name = line.strip_prefix("Doc-tests ")?;
            (name.replace('_', "-"), "doc-tests".to_owned())
        };
        let row = self.rows.iter().position(|row| row.name == package)?;
        Some(Running {
            row,
            name: format!("{package} {what}"),
            output: Vec::new(),
            concluded: false,
        })
    }

    /// A test program that the build did not tell of: sources changed meanwhile. It counts, on a row of its own, as a
    /// failure: nobody knows what it tested.
    fn unknown(&mut self, program: &str) -> Running {
        self.rows.push(Row::broken(&format!("unknown: {program}")));
        Running {
            row: self.rows.len() - 1,
            name: format!("{program}, which was not built before"),
            output: Vec::new(),
            concluded: false,
        }
    }

    /// A test program that ends without a result (it crashed) is one failure.
    fn close(&mut self) -> Option<(bool, String)> {
        let running = self.running.take()?;
        if running.concluded {
            return None;
        }
        self.rows[running.row].counts.add(Counts::BROKEN);
        let output = running.output.join("\n");
        Some((
            false,
            format!("{}: ended without a result\n{output}", running.name),
        ))
    }

    fn finish(mut self, good: bool) -> Vec<Row> {
        if let Some((_, told)) = self.close() {
            println!("{told}");
        }
        if !good && self.rows.iter().all(|row| row.counts.failed == 0) {
            self.rows.push(Row::broken("cargo test"));
        }
        self.rows
    }
}

/// The test that `line` says to have failed: `test NAME ... FAILED`.
fn failure(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// Reads `ok. 3 passed; 0 failed; 1 ignored; 0 measured; ...`.
fn counts(result: &str) -> Counts {
    let number = |word: &str| {
        result
            .split([';', '.'])
            .filter_map(|part| part.trim().split_once(' '))
            .find(|(_, what)| *what == word)
            .and_then(|(number, _)| number.parse().ok())
            .unwrap_or(0)
    };
    Counts {
        passed: number("passed"),
        failed: number("failed"),
        skipped: number("ignored"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let messages = r#"{"executable":"/t/debug/deps/fatjit_ir-0a","package_id":"path+file:///w/ir#fatjit-ir@0.1.0"}
{"executable":"/t/debug/deps/xtask-0b","package_id":"path+file:///w/xtask#0.1.0"}
{"executable":null,"package_id":"path+file:///w/jit#fatjit-jit@0.1.0"}"#;
        Tally::new(&["fatjit-ir", "xtask"], owners(messages))
    }

    fn read(tally: &mut Tally, text: &str) -> Vec<(bool, String)> {
        text.lines().filter_map(|line| tally.read(line)).collect()
    }

    const RESULT: &str = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; \
                          0 filtered out; finished in 0.01s";

    #[test]
    fn results_are_counted_per_crate() {
        let mut tally = tally();
        let text = format!(
            "     Running unittests src/lib.rs (target/debug/deps/fatjit_ir-0a)\n{RESULT}\n\
                  Running unittests src/main.rs (target/debug/deps/xtask-0b)\n{RESULT}\n\
               Doc-tests fatjit_ir\n{RESULT}"
        );
        let told = read(&mut tally, &text);
        assert_eq!(told.len(), 3);
        let rows = tally.finish(true);
        assert_eq!(rows[0].counts.to_string(), "24 passed, 0 failed, 2 skipped");
        assert_eq!(rows[1].counts.to_string(), "12 passed, 0 failed, 1 skipped");
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn a_failure_shows_its_output() {
        let mut tally = tally();
        let text = "Running unittests src/main.rs (target/debug/deps/xtask-0b)\n\
            test module::fails ... FAILED\ntest module::works ... ok\nboom\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        let told = read(&mut tally, text);
        assert!(!told[0].0 && told[0].1.contains("boom"));
        let row = &tally.finish(false)[1];
        assert_eq!(
            (row.counts.failed, row.failures.as_slice()),
            (2, ["module::fails".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_crash_is_a_failure() {
        let mut tally = tally();
        read(
            &mut tally,
            "Running unittests src/main.rs (target/debug/deps/xtask-0b)\nabort",
        );
        assert_eq!(tally.finish(false)[1].counts, Counts::BROKEN);
    }

    #[test]
    fn a_program_of_nobody_is_a_failure() {
        let mut tally = tally();
        let text = format!(
            "Running unittests src/lib.rs (target/debug/deps/fatjit_ir-0a)\n{RESULT}\n\
             Running tests/new.rs (target/debug/deps/new-0c)\n{RESULT}"
        );
        read(&mut tally, &text);
        let rows = tally.finish(true);
        assert_eq!(rows[0].counts.passed, 12);
        assert_eq!(rows[2].counts.failed, 1);
    }

    #[test]
    fn a_bad_status_never_passes() {
        let rows = tally().finish(false);
        assert_eq!(rows.last().map(|row| row.counts), Some(Counts::BROKEN));
    }
}
