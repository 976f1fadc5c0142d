//! Asking one interpreter what it is. Each is asked once, by a program that also Python 2
//! understands, and given ten seconds to answer.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

const QUESTION: &str = r#"
import os, platform, sys, sysconfig
def say(key, value):
    sys.stdout.write("%s=%s\n" % (key, value))
base = getattr(sys, "_base_executable", None) or sys.executable
say("executable", base)
say("prefix", os.path.realpath(getattr(sys, "base_prefix", sys.prefix)))
say("version", "%d.%d.%d" % sys.version_info[:3])
say("level", sys.version_info[3])
say("implementation", platform.python_implementation())
say("free_threaded", int(bool(sysconfig.get_config_var("Py_GIL_DISABLED"))))
say("debug", int(bool(sysconfig.get_config_var("Py_DEBUG"))))
say("include", sysconfig.get_path("include") or "")
say("suffix", sysconfig.get_config_var("EXT_SUFFIX") or ".so")
"#;

/// What an interpreter says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The interpreter itself; for a virtual environment the one it was made from.
    pub executable: PathBuf,
    /// Where it is installed, with symbolic links resolved.
    pub prefix: PathBuf,
    /// Major, minor, micro.
    pub version: (u32, u32, u32),
    /// `final`, `alpha`, `beta` or `candidate`.
    pub level: String,
    /// `CPython`, `PyPy` ...
    pub implementation: String,
    /// Built without the global interpreter lock.
    pub free_threaded: bool,
    /// Built with `Py_DEBUG`.
    pub debug: bool,
    /// Where `Python.h` should be.
    pub include: PathBuf,
    /// How the file name of an extension module ends.
    pub suffix: String,
}

/// Asks the interpreter at `path`.
///
/// # Errors
/// One line that says why there is no answer.
pub fn ask(path: &Path) -> Result<Answer, String> {
    let mut child = Command::new(path)
        .args(["-E", "-s", "-c", QUESTION])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                // It may have ended by itself in between; either way it is waited for.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer within {} s", PATIENCE.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let said = drain(child.stdout.take());
    if !status.success() {
        let complaint = drain(child.stderr.take());
        let line = complaint.lines().next().unwrap_or("no message").to_owned();
        return Err(format!("{status}: {line}"));
    }
    parse(&said).ok_or_else(|| "it does not say what it is".to_owned())
}

fn drain(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What arrived before a read error is all there is to judge by.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parse(said: &str) -> Option<Answer> {
    let value = |key: &str| {
        said.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.to_owned())
    };
    let version = value("version")?;
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let mut number = || numbers.next()?.ok();
    Some(Answer {
        executable: value("executable")?.into(),
        prefix: value("prefix")?.into(),
        version: (number()?, number()?, number()?),
        level: value("level")?,
        implementation: value("implementation")?,
        free_threaded: value("free_threaded")? == "1",
        debug: value("debug")? == "1",
        include: value("include")?.into(),
        suffix: value("suffix")?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SAID: &str = "executable=/opt/py/bin/python3.13\nprefix=/opt/py\n\
        version=3.13.1\nlevel=final\nimplementation=CPython\nfree_threaded=0\ndebug=1\n\
        include=/opt/py/include/python3.13\nsuffix=.cpython-313d-x86_64-linux-gnu.so\n";

    pub(crate) fn answer() -> Answer {
        parse(SAID).expect("the sample is complete")
    }

    #[test]
    fn an_answer_is_read() {
        let answer = answer();
        assert_eq!(answer.version, (3, 13, 1));
        assert!(answer.debug && !answer.free_threaded);
        assert_eq!(answer.suffix, ".cpython-313d-x86_64-linux-gnu.so");
    }

    #[test]
    fn an_incomplete_answer_is_none() {
        assert_eq!(parse(&SAID.replace("debug=", "gubed=")), None);
        assert_eq!(parse(&SAID.replace("3.13.1", "3.13")), None);
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        assert!(ask(Path::new("no/such/python")).is_err());
    }
}
