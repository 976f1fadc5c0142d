//! Progress lines: every step of more than a second says what it does and how long it took.
//! Colours only where standard output is a terminal and `NO_COLOR` is not set.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Prints progress lines stamped with the time since the command began.
pub struct Progress {
    start: Instant,
    colours: bool,
}

/// What a line tells, for its colour.
#[derive(Clone, Copy)]
pub enum Tone {
    /// Something is under way.
    Plain,
    /// Something came out right.
    Good,
    /// Something is wrong.
    Bad,
}

impl Progress {
    /// Starts the clock.
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    /// Prints one stamped line.
    pub fn say(&self, tone: Tone, text: &str) {
        let elapsed = seconds(self.start.elapsed());
        let text = self.paint(tone, text);
        println!("[{elapsed:>8}] {text}");
        // A reader that has gone away is no reason to stop working.
        let _ = std::io::stdout().flush();
    }

    /// Says that `what` begins.
    pub fn begin(&self, what: &str) -> Step {
        self.say(Tone::Plain, &format!("{what} ..."));
        Step {
            what: what.to_owned(),
            start: Instant::now(),
        }
    }

    /// Says that `step` came out right or wrong, and how long it took.
    pub fn end(&self, step: Step, good: bool) {
        let took = seconds(step.start.elapsed());
        let (tone, word) = if good {
            (Tone::Good, "ok")
        } else {
            (Tone::Bad, "FAILED")
        };
        self.say(tone, &format!("{}: {word} ({took})", step.what));
    }

    /// `text` in the colour of `tone`, where colours are wanted.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => 32,
            Tone::Bad => 31,
        };
        if self.colours {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A step that was begun and will be ended.
pub struct Step {
    what: String,
    start: Instant,
}

/// A duration for people.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
