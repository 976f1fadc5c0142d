//! Compiles the C shim against the headers of the interpreter that the extension is built for.
//!
//! Which interpreter that is, is decided as for every PyO3 project: by maturin, else by `PYO3_PYTHON`, else
//! the first `python3` in the path. Anything but CPython 3.12 or 3.13 with headers ends the build with one
//! line that says what is needed.

use std::path::{Path, PathBuf};
use std::process::{Command, exit};

use pyo3_build_config::{InterpreterConfig, PythonImplementation};

fn main() {
    println!("cargo::rerun-if-changed=csrc");
    println!("cargo::rerun-if-env-changed=PYO3_PYTHON");
    println!("cargo::rerun-if-env-changed=PYO3_CONFIG_FILE");
    let config = pyo3_build_config::get();
    if let Err(problem) = check_interpreter(config).and_then(|()| compile(config)) {
        println!(
            "cargo::error=fatjit needs CPython 3.12 or 3.13 with its development headers; {problem}. \
             Set PYO3_PYTHON to such an interpreter."
        );
        exit(1);
    }
}

fn check_interpreter(config: &InterpreterConfig) -> Result<(), String> {
    let version = config.version;
    if config.implementation != PythonImplementation::CPython {
        return Err(format!("found {} {version}", config.implementation));
    }
    if (version.major, version.minor) != (3, 12) && (version.major, version.minor) != (3, 13) {
        return Err(format!("found CPython {version}"));
    }
    if config
        .build_flags
        .0
        .contains(&pyo3_build_config::BuildFlag::Py_GIL_DISABLED)
    {
        return Err(format!(
            "found the free-threaded build of CPython {version}"
        ));
    }
    Ok(())
}

fn compile(config: &InterpreterConfig) -> Result<(), String> {
    let include = include_dir(config)?;
    let internal = include.join("internal");
    if !internal.join("pycore_frame.h").is_file() {
        return Err(format!("found no headers in {}", include.display()));
    }
    let mut build = cc::Build::new();
    build
        .flag("-isystem")
        .flag(include.display().to_string())
        .flag("-isystem")
        .flag(internal.display().to_string())
        // Tests are of the code that users get.
        .opt_level(3)
        .warnings(true)
        .extra_warnings(true)
        .flag_if_supported("-Wno-unused-parameter")
        .flag_if_supported("-Werror=implicit-function-declaration")
        // Products and sums are rounded each, as the interpreter's are.
        .flag_if_supported("-ffp-contract=off")
        // Before 3.14 a thread that wants the lock of an interpreter that has ended is unwound where it stands. That
        // must not reach the Rust code that called the shim: it ends at a frame without unwind tables.
        .flag("-fno-asynchronous-unwind-tables")
        .flag("-fno-unwind-tables")
        // Nor may that frame be gone: what the shim calls last would be called by the Rust code itself.
        .flag("-fno-optimize-sibling-calls")
        .flag("-fno-omit-frame-pointer");
    for entry in std::fs::read_dir("csrc").map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            build.file(path);
        }
    }
    build.compile("fatjit_shim");
    Ok(())
}

/// The directory of `Python.h`, asked of the interpreter itself.
fn include_dir(config: &InterpreterConfig) -> Result<PathBuf, String> {
    let python = config
        .executable
        .clone()
        .or_else(|| std::env::var("PYO3_PYTHON").ok())
        .unwrap_or_else(|| "python3".to_owned());
    let output = Command::new(&python)
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('include'))",
        ])
        .output()
        .map_err(|e| format!("{python} cannot be run: {e}"))?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || path.is_empty() {
        return Err(format!("{python} does not say where its headers are"));
    }
    Ok(Path::new(&path).to_owned())
}
