//! What fatjit does, told while it does it: `FATJIT_LOG`.
//!
//! Invariant: telling never fails the program: a log that cannot be written any more is given up.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use fatjit_ir::Reason;
use serde_json::{Value, json};

use super::report::{name, words};
use crate::translate::COMPILED_LATER;

/// Where lines go.
struct Sink {
    out: Box<dyn Write>,
    json: bool,
    begun: Instant,
}

/// The log; nothing is told unless it was opened.
#[derive(Default)]
pub(super) struct Log(RefCell<Option<Sink>>);

/// What happened to a loop or function.
pub(super) enum Event<'a> {
    /// It has native code from now on.
    Compiled {
        /// Milliseconds that took.
        ms: f64,
        /// Bytes of machine code.
        bytes: usize,
        /// Instructions of the intermediate representation.
        instructions: usize,
    },
    /// It is to be compiled when there is time.
    PutOff,
    /// It was not compiled.
    Refused(Reason),
    /// Its native code is not used any more.
    GivenUp(Reason),
    /// What its native code took for granted is not so any more.
    Fell(&'a str),
}

impl Event<'_> {
    /// Why there is no native code, or none that is used.
    pub(super) fn refusal(&self) -> Option<Reason> {
        match self {
            Event::PutOff => Some(COMPILED_LATER),
            Event::Refused(reason) | Event::GivenUp(reason) => Some(*reason),
            Event::Compiled { .. } | Event::Fell(_) => None,
        }
    }
}

impl Log {
    /// Opens the log: `stderr`, or a file that is added to. Lines are JSON if its name ends in `.jsonl`.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub(super) fn open(&self, to: &str) -> io::Result<()> {
        let out: Box<dyn Write> = match to {
            "stderr" => Box::new(io::stderr()),
            path => Box::new(File::options().append(true).create(true).open(path)?),
        };
        let json = Path::new(to).extension().is_some_and(|end| end == "jsonl");
        *self.0.borrow_mut() = Some(Sink {
            out,
            json,
            begun: Instant::now(),
        });
        Ok(())
    }

    /// Nothing is told any more.
    pub(super) fn close(&self) {
        self.0.take();
    }

    /// Tells what happened to a region, which is named for people.
    pub(super) fn tell(&self, region: impl FnOnce() -> String, event: &Event<'_>) {
        let mut log = self.0.borrow_mut();
        let Some(sink) = log.as_mut() else { return };
        let region = region();
        let ms = sink.begun.elapsed().as_secs_f64() * 1e3;
        let mut line = match sink.json {
            true => as_json(&region, event, ms).to_string(),
            false => format!("fatjit: {ms:9.1} ms: {}", as_text(&region, event)),
        };
        line.push('\n');
        // One write for a line: other processes may add to the same file.
        if sink.out.write_all(line.as_bytes()).is_err() {
            *log = None;
        }
    }
}

fn as_text(region: &str, event: &Event<'_>) -> String {
    match event {
        Event::Compiled {
            ms,
            bytes,
            instructions,
        } => {
            format!("{region} compiled in {ms:.1} ms: {bytes} bytes of {instructions} instructions")
        }
        Event::PutOff => format!("{region} put off: {}", words(COMPILED_LATER)),
        Event::Refused(reason) => format!("{region} not compiled: {}", words(*reason)),
        Event::GivenUp(reason) => format!("{region} given up: {}", words(*reason)),
        Event::Fell(what) => format!("{region} left: {what} changed"),
    }
}

fn as_json(region: &str, event: &Event<'_>, at_ms: f64) -> Value {
    let mut line = match event {
        Event::Compiled {
            ms,
            bytes,
            instructions,
        } => {
            json!({ "event": "compiled", "compile_ms": ms, "bytes": bytes, "instructions": instructions })
        }
        Event::PutOff => json!({ "event": "put-off", "reason": name(COMPILED_LATER) }),
        Event::Refused(reason) => json!({ "event": "refused", "reason": name(*reason) }),
        Event::GivenUp(reason) => json!({ "event": "given-up", "reason": name(*reason) }),
        Event::Fell(what) => json!({ "event": "fell", "what": what }),
    };
    line["region"] = region.into();
    line["ms"] = at_ms.into();
    line["process"] = std::process::id().into();
    line
}
