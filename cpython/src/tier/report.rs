//! Counters of all that happened, and their telling.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use fatjit_guards::{Counters, ExitTable};
use fatjit_ir::{ExitId, Reason};
use fatjit_jit::region::Compiled;
use pyo3_ffi::PyObject;

use super::function::FunctionPhase;
use super::natives;
use super::watched::{Loop, Phase, Watched};
use crate::driver::{ExitReport, LoopReport, Place, Stats};
use crate::frame::NotReady;
use crate::nested::Guests;
use crate::translate::{
    CANNOT_WATCH, COMPILED_LATER, EXCLUDED, GUEST_ELSEWHERE, HARD_GLOBAL, NAMES_CHANGED, NO_LOOP,
    NOT_ASKED_FOR, NOT_WORTHWHILE, SHORT_RUNS, TOO_SMALL,
};

/// The words of a reason; the host's own are here.
pub(super) fn words(reason: Reason) -> &'static str {
    match reason {
        NO_LOOP => "the jump does not close a loop with one header",
        HARD_GLOBAL => "a global was looked up in a dict of another kind than before",
        CANNOT_WATCH => "the interpreter has no memory to watch a dict",
        NAMES_CHANGED => "other code changed variables of the module",
        EXCLUDED => "the program excluded it: fatjit.exclude()",
        GUEST_ELSEWHERE => "a generator was not where native code can go on with it",
        NOT_ASKED_FOR => "FATJIT_ONLY or FATJIT_DEBUG_LIMIT leaves it out",
        COMPILED_LATER => "compiling has used its share of the time; it is compiled later",
        SHORT_RUNS => {
            "its runs were too short to pay for entering native code; it is tried again now and then"
        }
        TOO_SMALL => "it does so little that entering native code would take longer",
        NOT_WORTHWHILE => {
            "most of its work is calls, attributes and containers, which native code would not do faster"
        }
        other => match not_ready(other) {
            Some(why) => why.words(),
            None => other.words(),
        },
    }
}

/// The names and words of all reasons.
pub fn reasons() -> impl Iterator<Item = (&'static str, &'static str)> {
    let own = [
        NO_LOOP,
        HARD_GLOBAL,
        CANNOT_WATCH,
        NAMES_CHANGED,
        EXCLUDED,
        NOT_ASKED_FOR,
        COMPILED_LATER,
        NOT_WORTHWHILE,
        TOO_SMALL,
        SHORT_RUNS,
        GUEST_ELSEWHERE,
    ];
    let entering = NotReady::ALL.iter().map(|why| not_entered(*why));
    let all = Reason::ALL.iter().copied().chain(own).chain(entering);
    all.map(|reason| (name(reason), words(reason)))
}

/// The first of the reasons for not entering native code.
const NOT_READY: u16 = 16;

/// A reason for not entering native code this time, as one for the counters.
pub(super) fn not_entered(why: NotReady) -> Reason {
    let at = NotReady::ALL.iter().position(|known| *known == why);
    Reason::Host(NOT_READY + at.unwrap_or(0) as u16)
}

fn not_ready(reason: Reason) -> Option<NotReady> {
    let Reason::Host(number) = reason else {
        return None;
    };
    let at = number.checked_sub(NOT_READY)?;
    NotReady::ALL.get(usize::from(at)).copied()
}

/// The stable name of a reason.
pub(super) fn name(reason: Reason) -> &'static str {
    match reason {
        NO_LOOP => "no-loop",
        HARD_GLOBAL => "hard-global",
        CANNOT_WATCH => "cannot-watch",
        NAMES_CHANGED => "names-changed",
        EXCLUDED => "excluded",
        NOT_ASKED_FOR => "not-asked-for",
        COMPILED_LATER => "later",
        NOT_WORTHWHILE => "not-worthwhile",
        TOO_SMALL => "too-small",
        SHORT_RUNS => "short-runs",
        GUEST_ELSEWHERE => "guest-elsewhere",
        other => match not_ready(other) {
            Some(why) => why.name(),
            None => other.name(),
        },
    }
}

/// Counters of the process.
#[derive(Default)]
pub(super) struct Totals {
    regions: Cell<u64>,
    /// Times native code was entered, but for those that a generator yielded; and these.
    entries: Cell<u64>,
    suspended: Cell<u64>,
    invalidations: Cell<u64>,
    /// Native code was left last for something else to run, and not entered since.
    polled: Cell<bool>,
    samples: Cell<u64>,
    /// Nanoseconds up to samples that found native code running, and others.
    sampled: Cell<[u64; 2]>,
    code_bytes: Cell<u64>,
    instructions: Cell<u64>,
    /// Times native code was left because it came to its end, and for other reasons.
    finished: Cell<u64>,
    exits: RefCell<BTreeMap<Reason, u64>>,
    refusals: RefCell<BTreeMap<Reason, u64>>,
}

impl Totals {
    pub(super) fn entered(&self, reason: Reason) {
        self.entries.set(self.entries.get() + 1);
        self.polled.set(reason == Reason::Poll);
        match reason {
            Reason::Finished => self.finished.set(self.finished.get() + 1),
            _ => *self.exits.borrow_mut().entry(reason).or_default() += 1,
        }
    }

    /// The same of a generator that yielded, which may be all that a program does.
    pub(super) fn suspended(&self) {
        self.polled.set(false);
        self.suspended.set(self.suspended.get() + 1);
    }

    pub(super) fn refused(&self, reason: Reason) {
        *self.refusals.borrow_mut().entry(reason).or_default() += 1;
    }

    pub(super) fn compiled(&self, compiled: &Compiled) {
        let add = |cell: &Cell<u64>, n: u64| cell.set(cell.get() + n);
        add(&self.regions, 1);
        add(&self.code_bytes, compiled.code.size() as u64);
        add(&self.instructions, compiled.instructions as u64);
    }

    /// What native code assumed changed.
    pub(super) fn fell(&self) {
        self.invalidations.set(self.invalidations.get() + 1);
    }

    /// A sample is taken after so much time. Whether it was native code that it asked to let it in: native code leaves for
    /// that, and the interpreter serves the sample before anything enters again.
    pub(super) fn sampled(&self, time: Duration) -> bool {
        let native = self.polled.take();
        let mut sampled = self.sampled.get();
        sampled[usize::from(!native)] += time.as_nanos() as u64;
        self.sampled.set(sampled);
        self.samples.set(self.samples.get() + 1);
        native
    }

    pub(super) fn dropped(&self, compiled: &Compiled) {
        let left = self
            .code_bytes
            .get()
            .saturating_sub(compiled.code.size() as u64);
        self.code_bytes.set(left);
    }

    pub(super) fn stats(&self) -> Stats {
        let named = |counts: &RefCell<BTreeMap<Reason, u64>>| {
            let counts = counts.borrow();
            counts
                .iter()
                .map(|(r, n)| (name(*r).to_owned(), *n))
                .collect()
        };
        let [native_ms, interpreted_ms] = self.sampled.get().map(|ns| ns as f64 / 1e6);
        let suspended = self.suspended.get();
        let mut exits: BTreeMap<String, u64> = named(&self.exits);
        let counted = [
            (Reason::Suspended, suspended),
            (Reason::Finished, self.finished.get()),
        ];
        for (reason, times) in counted.into_iter().filter(|(_, times)| *times > 0) {
            *exits.entry(name(reason).to_owned()).or_default() += times;
        }
        Stats {
            regions: self.regions.get(),
            entries: self.entries.get() + suspended,
            exits,
            refusals: named(&self.refusals),
            invalidations: self.invalidations.get(),
            samples: self.samples.get(),
            native_ms,
            interpreted_ms,
            code_bytes: self.code_bytes.get(),
            ir_instructions: self.instructions.get(),
            ..Stats::default()
        }
    }
}

/// What versions of a loop did that were replaced since.
#[derive(Default)]
pub(super) struct Past {
    entries: u64,
    /// By position and reason.
    exits: BTreeMap<(u32, Reason), u64>,
}

impl Past {
    pub(super) fn add(&mut self, counters: &Counters, table: &ExitTable, guests: &Guests) {
        self.entries += counters.entries();
        for index in 0..table.len() as u32 {
            let (id, exit) = (ExitId(index), table.get(ExitId(index)));
            let frame = exit.as_ref().and_then(|exit| exit.own());
            if let (Some(exit), Some(frame), count @ 1..) = (&exit, frame, counters.exits(id)) {
                let place = (guests.own(frame.position), exit.reason);
                *self.exits.entry(place).or_default() += u64::from(count);
            }
        }
    }
}

/// What is being done about a loop or function.
#[derive(PartialEq, Eq)]
enum State {
    /// It has native code.
    Compiled,
    /// It has none, for this reason.
    Refused(Reason),
    /// It was not hot yet, in words.
    Counted(String),
    /// What it does is being recorded.
    Recorded,
}

impl State {
    /// Why there is no native code; empty if there is.
    fn words(self) -> String {
        match self {
            State::Compiled => String::new(),
            State::Refused(reason) => words(reason).to_owned(),
            State::Counted(words) => words,
            State::Recorded => "what it does is being recorded".to_owned(),
        }
    }

    fn refusal(&self) -> Option<&'static str> {
        match self {
            State::Refused(reason) => Some(name(*reason)),
            _ => None,
        }
    }
}

impl Watched {
    /// What became of each loop that ran.
    pub(super) fn report(&self, code: *mut PyObject) -> Vec<LoopReport> {
        let loops = self.loops.borrow();
        let mut reports: Vec<_> = loops
            .values()
            .map(|l| (l.header, self.report_loop(code, l)))
            .collect();
        reports.sort_by_key(|(header, _)| *header);
        let function = self.report_function(code);
        let loops = reports.into_iter().map(|(_, report)| report);
        function.into_iter().chain(loops).collect()
    }

    /// What became of the function itself, if anything did.
    fn report_function(&self, code: *mut PyObject) -> Option<LoopReport> {
        let mut done = Past::default();
        for version in &*self.function.versions.borrow() {
            done.add(
                &version.counters.borrow(),
                &version.compiled.exits,
                &version.guests,
            );
        }
        let phase = self.function.phase.borrow().clone();
        let state = match &phase {
            FunctionPhase::Counting(0) => return None,
            FunctionPhase::Compiled(_) => State::Compiled,
            FunctionPhase::Refused(reason) => State::Refused(*reason),
            FunctionPhase::Counting(n) => {
                State::Counted(format!("it was called only {n} times so far"))
            }
            FunctionPhase::Recording(_) => State::Recorded,
            FunctionPhase::PutOff => State::Refused(COMPILED_LATER),
        };
        let assumes = match &phase {
            FunctionPhase::Compiled(version) if version.assumed.stand() => {
                let told = version.assumed.told().iter();
                told.map(|told| told.assumed.clone()).collect()
            }
            _ => Vec::new(),
        };
        Some(LoopReport {
            kind: "function",
            line: self.line(code, None),
            compiled: state == State::Compiled,
            refusal: state.refusal(),
            reason: state.words(),
            slow: self.places(code, &self.function.slow.borrow()),
            opcode: None,
            entries: done.entries,
            exits: self.exit_reports(code, done.exits),
            assumes,
            fallen: self.function.fallen.borrow().clone(),
        })
    }

    fn exit_reports(
        &self,
        code: *mut PyObject,
        exits: BTreeMap<(u32, Reason), u64>,
    ) -> Vec<ExitReport> {
        let exits = exits.into_iter();
        exits
            .map(|((position, reason), count)| ExitReport {
                place: self.place(code, position),
                reason: words(reason).to_owned(),
                name: name(reason),
                count,
            })
            .collect()
    }

    fn report_loop(&self, code: *mut PyObject, l: &Loop) -> LoopReport {
        let mut done = Past::default();
        {
            let past = l.past.borrow();
            done.entries = past.entries;
            done.exits.clone_from(&past.exits);
        }
        let phase = l.phase.borrow().clone();
        if let Phase::Compiled(version, _) | Phase::Resting(version, _) = &phase {
            let (counters, parts) = (version.counters.borrow(), &version.parts);
            done.add(&counters, &version.compiled.exits, &parts.guests);
        }
        let state = match &phase {
            Phase::Compiled(..) => State::Compiled,
            Phase::Resting(..) => State::Refused(SHORT_RUNS),
            Phase::Refused(reason) => State::Refused(*reason),
            Phase::Counting(n) => State::Counted(format!("it jumped back only {n} times so far")),
            Phase::Recording(_) => State::Recorded,
            Phase::PutOff => State::Refused(COMPILED_LATER),
        };
        let assumes = match &phase {
            Phase::Compiled(version, _) if version.parts.assumed.stand() => {
                let told = version.parts.assumed.told().iter();
                told.map(|told| told.assumed.clone()).collect()
            }
            _ => Vec::new(),
        };
        LoopReport {
            kind: "loop",
            line: self.line(code, Some(l.header)),
            compiled: state == State::Compiled,
            refusal: state.refusal(),
            reason: state.words(),
            slow: self.places(code, &l.slow.borrow()),
            opcode: match &phase {
                Phase::Refused(_) => Some(self.opcode(l.header)),
                _ => None,
            },
            entries: done.entries,
            exits: self.exit_reports(code, done.exits),
            assumes,
            fallen: l.fallen.borrow().clone(),
        }
    }

    fn places(&self, code: *mut PyObject, units: &[u32]) -> Vec<Place> {
        units.iter().map(|unit| self.place(code, *unit)).collect()
    }

    fn place(&self, code: *mut PyObject, unit: u32) -> Place {
        Place {
            line: line(code, unit),
            opcode: self.opcode(unit),
            unit,
        }
    }

    fn opcode(&self, position: u32) -> String {
        let index = self.code.index_at(position);
        let op = index.map(|index| self.code.instrs()[index].op);
        op.map_or_else(String::new, |op| op.name().to_owned())
    }
}

/// The source line of a unit of code.
pub(super) fn line(code: *mut PyObject, unit: u32) -> u32 {
    // SAFETY: the GIL is held and the code object is alive; units come from its own code.
    unsafe { natives::fatjit_code_line(code, i64::from(unit)) as u32 }
}
