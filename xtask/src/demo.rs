//! `cargo xtask demo`: the programs of `examples/`, which know nothing of fatjit, with and
//! without it: same output, same files, less time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::Outcome;
use crate::extension::{self, Profile};
use crate::failure::Failure;
use crate::interpreters::{Found, Interpreter};
use crate::platform::Platform;
use crate::progress::{Progress, Tone, seconds};
use crate::workspace::Workspace;

const PROGRAMS: [&str; 3] = ["mandelbrot", "collatz", "integrate"];
const PICTURE: &str = "mandelbrot.png";

/// Where to run the demonstration.
#[derive(Args)]
pub struct Options {
    /// This interpreter instead of the newest: a version (3.13, 3.13.0) or a path
    #[arg(long, value_name = "VERSION|PATH")]
    python: Option<String>,
}

/// What one run of a program left behind.
struct Run {
    status: ExitStatus,
    output: Vec<u8>,
    files: BTreeMap<PathBuf, Vec<u8>>,
    took: Duration,
}

/// Runs the demonstration.
///
/// # Errors
/// When there is no interpreter, the build fails, or a program cannot be run.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let mut found = Found::search();
    found.keep(options.python.as_slice());
    let python = found.newest()?;

    let step = progress.begin(&format!("building fatjit for {python}"));
    let stage = extension::build(
        &workspace,
        &Platform::native(&workspace),
        python,
        Profile::Release,
    );
    progress.end(step, stage.is_ok());
    let stage = stage?;

    let place = workspace.target.join("demo");
    let mut rows = Vec::new();
    let mut outcome = Outcome::Passed;
    for program in PROGRAMS {
        let script = workspace
            .root
            .join("examples")
            .join(format!("{program}.py"));
        let step = progress.begin(&format!("{program}: plain"));
        let plain = execute(python, &script, &place.join("plain").join(program), None)?;
        progress.end(step, plain.status.success());
        let step = progress.begin(&format!("{program}: with fatjit"));
        let folder = place.join("fatjit").join(program);
        let jit = execute(python, &script, &folder, Some(&stage))?;
        progress.end(step, jit.status.success());

        let verdict = compare(&plain, &jit);
        if let Err(difference) = &verdict {
            outcome = Outcome::Failed;
            progress.say(Tone::Bad, &format!("{program}: {difference}"));
        }
        rows.push((program, plain, jit, verdict));
    }
    print_table(&progress, python, &rows);
    println!(
        "the picture: {}",
        place.join("fatjit/mandelbrot").join(PICTURE).display()
    );
    Ok(outcome)
}

/// Runs `script` in a fresh `folder`, under fatjit where a `stage` is given.
fn execute(
    python: &Interpreter,
    script: &Path,
    folder: &Path,
    stage: Option<&Path>,
) -> Result<Run, Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::file(folder))?;
    }
    fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    let mut command = Command::new(python.executable());
    if let Some(stage) = stage {
        command.env("PYTHONPATH", stage).args(["-m", "fatjit"]);
    }
    command
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let start = Instant::now();
    let output = command
        .output()
        .map_err(Failure::start(python.executable()))?;
    let took = start.elapsed();
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        let bytes = fs::read(&path).map_err(Failure::file(&path))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).to_owned();
        files.insert(name, bytes);
    }
    Ok(Run {
        status: output.status,
        output: output.stdout,
        files,
        took,
    })
}

/// Whether both runs did the same; else the first difference.
fn compare(plain: &Run, jit: &Run) -> Result<(), String> {
    if !plain.status.success() {
        return Err(format!("fails without fatjit ({})", plain.status));
    }
    if plain.status != jit.status {
        return Err(format!("ends with {} under fatjit", jit.status));
    }
    if plain.output != jit.output {
        let plain = String::from_utf8_lossy(&plain.output);
        let jit = String::from_utf8_lossy(&jit.output);
        return Err(format!(
            "the output differs\n  plain:\n{plain}\n  with fatjit:\n{jit}"
        ));
    }
    if plain.files != jit.files {
        return Err("the files written differ".to_owned());
    }
    Ok(())
}

fn print_table(
    progress: &Progress,
    python: &Interpreter,
    rows: &[(&str, Run, Run, Result<(), String>)],
) {
    println!("\n{python}, whole program with start-up and compilation");
    println!(
        "  {:<12} {:>10} {:>10} {:>9}  same output",
        "program", "plain", "fatjit", "speed-up"
    );
    for (program, plain, jit, verdict) in rows {
        let ratio = plain.took.as_secs_f64() / jit.took.as_secs_f64();
        let same = match verdict {
            Ok(()) => progress.paint(Tone::Good, "yes"),
            Err(_) => progress.paint(Tone::Bad, "NO"),
        };
        let (plain, jit) = (seconds_fine(plain.took), seconds_fine(jit.took));
        println!("  {program:<12} {plain:>10} {jit:>10} {ratio:>8.1}x  {same}");
    }
}

fn seconds_fine(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.2} s", duration.as_secs_f64())
    } else {
        seconds(duration)
    }
}
