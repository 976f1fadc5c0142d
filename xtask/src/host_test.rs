//! The Python-level tests of `tests/`, run by one interpreter.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::extension;
use crate::failure::Failure;
use crate::interpreters::Interpreter;
use crate::platform::Platform;
use crate::progress::{Progress, Tone};
use crate::test::{Counts, Row};
use crate::workspace::Workspace;

/// Builds the extension for `python` and runs the tests with it: how they came out, in rows.
///
/// # Errors
/// When a program cannot be run. A build that fails counts as a failed test.
pub fn run(
    workspace: &Workspace,
    platform: &Platform,
    python: &Interpreter,
    progress: &Progress,
) -> Result<Vec<Row>, Failure> {
    let step = progress.begin(&format!("building the extension for {python}"));
    let stage = match extension::build(
        workspace,
        platform,
        python,
        extension::test_profile(platform),
    ) {
        Ok(stage) => stage,
        Err(failure) => {
            progress.end(step, false);
            progress.say(Tone::Bad, &failure.to_string());
            return Ok(vec![Row::broken(&python.id)]);
        }
    };
    progress.end(step, true);

    let mut rows = Vec::new();
    for (name, script) in scripts(platform) {
        let step = progress.begin(&format!("{name} on {python}"));
        let script: Vec<String> = script.iter().map(|word| (*word).to_owned()).collect();
        let row = run_script(&workspace.root, python, &stage, &script)?;
        progress.end(step, row.counts.good());
        rows.push(Row {
            name: format!("{} {name}", python.id),
            ..row
        });
    }
    Ok(rows)
}

/// What is run on a platform: names, and words for the interpreter. Where everything takes ten times as long it is what
/// depends on the architecture, and of the rest enough to tell that it does not.
fn scripts(platform: &Platform) -> Vec<(&'static str, Vec<&'static str>)> {
    if !platform.is_emulated() {
        return vec![("tests", vec!["tests/run.py"])];
    }
    vec![
        ("tests", vec!["tests/run.py", "--emulated"]),
        (
            "suite",
            vec![
                "tests/cpython/run.py",
                "--language",
                "--workers",
                "2",
                // To start, and to compile what runs tests, takes most of the time there.
                "--together",
                "7",
                "FATJIT_THRESHOLD=1",
            ],
        ),
    ]
}

/// Runs a script whose last line says how many tests came out how, with the staged package. A line that begins with
/// `FAILED` or `failed` goes on with a test's name.
///
/// # Errors
/// When the interpreter cannot be run.
pub fn run_script(
    root: &Path,
    python: &Interpreter,
    stage: &Path,
    script: &[String],
) -> Result<Row, Failure> {
    let start = || Failure::start(python.executable());
    let mut child = Command::new(python.executable())
        .arg("-u")
        .args(script)
        .current_dir(root)
        .env("PYTHONPATH", stage)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(start())?;
    let mut row = Row::new(&python.id);
    let mut last = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(start())?;
            last = String::from_utf8_lossy(&line).into_owned();
            println!("{last}");
            row.failures.extend(failure(&last));
        }
    }
    let status = child.wait().map_err(start())?;
    row.counts = read_counts(&last).unwrap_or(Counts::BROKEN);
    if !status.success() && row.counts.failed == 0 {
        println!("{}: the tests ended with {status}", python.id);
        row.counts = Counts::BROKEN;
    }
    Ok(row)
}

/// What a script prints, with the staged package.
///
/// # Errors
/// When the interpreter cannot be run, or the script fails.
pub fn output(
    root: &Path,
    python: &Interpreter,
    stage: &Path,
    script: &str,
) -> Result<String, Failure> {
    let output = Command::new(python.executable())
        .arg(script)
        .current_dir(root)
        .env("PYTHONPATH", stage)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(Failure::start(python.executable()))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::Step {
            what: format!("{script} on {python}"),
            status: output.status,
        }),
    }
}

/// The test that `line` says to have failed.
fn failure(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let verdict = words.next()?;
    let name = words.next().filter(|_| line.starts_with("  "))?;
    verdict
        .eq_ignore_ascii_case("failed")
        .then(|| name.to_owned())
}

/// Reads `N passed, N failed`, with or without `, N skipped`.
fn read_counts(line: &str) -> Option<Counts> {
    let mut counts = Counts::default();
    let mut words = Vec::new();
    for part in line.trim().split(", ") {
        let (number, word) = part.split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "skipped" => counts.skipped = number,
            _ => return None,
        }
        words.push(word);
    }
    words.starts_with(&["passed", "failed"]).then_some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_read_back() {
        for text in ["3 passed, 0 failed", "3 passed, 1 failed, 2 skipped"] {
            let counts = read_counts(text).expect("it is well-formed");
            assert_eq!(counts.to_string(), text);
        }
    }

    #[test]
    fn a_failed_test_is_named() {
        let line = "  FAILED  test_api.Api.test_switching (0.1 s)";
        assert_eq!(
            failure(line).as_deref(),
            Some("test_api.Api.test_switching")
        );
        assert_eq!(
            failure("  failed  test_pow (3.0 s)").as_deref(),
            Some("test_pow")
        );
        for line in ["  ok      test_api (0.1 s)", "FAILED to start", "    ", ""] {
            assert_eq!(failure(line), None, "{line}");
        }
    }

    #[test]
    fn anything_else_is_not_a_result() {
        for text in ["", "Segmentation fault", "3 passed", "x passed, 0 failed"] {
            assert_eq!(read_counts(text), None, "{text}");
        }
    }
}
