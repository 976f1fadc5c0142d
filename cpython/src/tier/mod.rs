//! Recording, compiling and running loops.
//!
//! A loop is counted until it is hot, recorded for a few rounds, compiled and from then on entered at each
//! jump back. When native code is left often for a reason that more knowledge would cure, recording goes on
//! right there and the loop is compiled anew with all that is known; how often that may happen is
//! `fatjit_guards`' policy.
//!
//! Invariant: state is borrowed only between calls that can run Python code. Decoding, recording and
//! compiling run none.

mod addresses;
mod arguments;
mod aside;
mod budget;
mod build;
mod call_frames;
mod called;
mod calls;
mod first;
mod function;
mod functions;
mod guests;
mod judge;
mod leaving;
mod log;
mod natives;
mod noted;
mod recorder;
mod report;
mod rest;
mod resume;
mod routines;
mod sites;
mod version;
mod waiting;
mod watched;
mod wishes;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use fatjit_bytecode::Version;
use fatjit_guards::{Limits, RegionPolicy};
use fatjit_ir::Reason;
use fatjit_jit::budget::Budget;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use crate::assume::Watchers;
use crate::code_data::CodeData;
use crate::driver::{BackEdge, Driver, LoopReport, Outcome, Stats};
use crate::frame::{Frame, NotReady};
use crate::gil::GilCell;
use crate::layout::Layout;
use crate::monitor::{self, Events};
use crate::python::{self, Owned};
use crate::settings::Settings;
use crate::switch::Refusal;
use crate::translate::{EXCLUDED, NOT_WORTHWHILE};
use build::Compiler;
use judge::At;
use log::{Event, Log};
use report::Totals;
pub use report::reasons;
use version::CompiledLoop;
use waiting::Waiting;
use watched::{Loop, Phase, Recording, Watched};

/// Rounds of a loop that are recorded before it is compiled.
const RECORDED_ROUNDS: u32 = 8;
/// Rounds until which a recording waits for one certain instruction.
const WAITING_ROUNDS: u32 = 2_000;
/// Most instructions of a recording.
const RECORDING_BUDGET: u32 = 50_000;
/// A recording whose loop takes long for a round ends at the first jump back after this time.
const RECORDING_TIME: Duration = Duration::from_millis(2);
/// And how much longer it waits for what is called to be compiled.
const COMPILING_CALLEES: Duration = Duration::from_millis(20);
/// Samples between two sights of code that is hot.
const SOON: u64 = 64;
/// Entries of an inner loop, in the code of an outer one, that may find other types before it gets its own.
const MISFITS: u32 = 16;

/// The driver.
struct Tier {
    layout: &'static Layout,
    version: Version,
    watched: CodeData<Watched>,
    /// When code was seen to run that is not watched yet: the number of the sample.
    sighted: CodeData<Cell<u64>>,
    samples: Cell<u64>,
    /// After how many samples there was no time to compile so many instructions.
    no_time: Cell<(u64, u32)>,
    totals: &'static Totals,
    log: Log,
    compiler: RefCell<Compiler>,
    threshold: Cell<u32>,
    limits: Cell<Limits>,
    budget: Budget,
    /// Who calls what may have other native code in time.
    waiting: Waiting,
    /// Code of generators that may be done where they are consumed.
    generators: guests::Alive,
    /// Code that is kept alive for people to be told of it, if they asked.
    kept: RefCell<Option<Vec<Owned>>>,
    /// Guards until the next fails on purpose, and the state of the generator that draws such numbers.
    countdown: Cell<i64>,
    random: Cell<u64>,
    exit_every: Cell<Option<u64>>,
    /// There is, or was, native code that resumes generators.
    has_resumed: Cell<bool>,
}

static TIER: GilCell<Option<&'static Tier>> = GilCell::new(None);

/// The driver, with these settings. There is one in a process.
pub fn make_driver(
    layout: &'static Layout,
    settings: &Settings,
) -> Result<&'static dyn Driver, Refusal> {
    let compiler = Compiler::new(settings)?;
    // Finding it runs code, which nothing may that happens later.
    // SAFETY: the GIL is held.
    if unsafe { crate::shim::fatjit_plain_vectorcall() }.is_none() {
        return Err(Refusal::Interpreter(python::take_error_text()));
    }
    let tier = match TIER.get() {
        Some(tier) => {
            *tier.compiler.borrow_mut() = compiler;
            if tier.has_resumed.get() {
                resume::start();
            }
            tier
        }
        None => {
            let version = Version::from_hex(layout.version_hex as u32).ok_or_else(|| {
                Refusal::Compiler("this Python's bytecode is not known".to_owned())
            })?;
            let tier: &'static Tier = Box::leak(Box::new(Tier {
                layout,
                version,
                watched: CodeData::default(),
                sighted: CodeData::default(),
                samples: Cell::new(0),
                no_time: Cell::new((0, u32::MAX)),
                totals: Box::leak(Box::default()),
                log: Log::default(),
                compiler: RefCell::new(compiler),
                threshold: Cell::new(settings.threshold),
                limits: Cell::default(),
                budget: Budget::default(),
                waiting: Waiting::default(),
                generators: guests::Alive::default(),
                kept: RefCell::default(),
                countdown: Cell::new(0),
                random: Cell::new(0),
                exit_every: Cell::new(None),
                has_resumed: Cell::new(false),
            }));
            TIER.set(Some(tier));
            tier
        }
    };
    tier.set(settings);
    match &settings.log {
        None => tier.log.close(),
        Some(path) => tier.log.open(path).map_err(|error| Refusal::Log {
            path: path.clone(),
            error: error.to_string(),
        })?,
    }
    Ok(tier)
}

impl Driver for Tier {
    fn back_edge(&self, edge: BackEdge) -> Outcome {
        let frame = edge.frame;
        let Some(watched) = self.watched(frame.code().cast()) else {
            return Outcome::Disable;
        };
        let l = self.loop_at(watched, edge.target);
        let phase = l.phase.borrow().clone();
        match phase {
            Phase::Counting(n) if n + 1 < self.threshold.get() => {
                *l.phase.borrow_mut() = Phase::Counting(n + 1);
                Outcome::Continue
            }
            // Nothing is recorded beside other tools: instructions that are told hide some of their events.
            Phase::Counting(_) if let Err(why) = frame.ready() => {
                self.step_aside(watched, frame, why);
                Outcome::Continue
            }
            Phase::Counting(_) if self.knows_first_round(watched, l.header) => {
                self.compile_loop(edge, watched, &l)
            }
            Phase::Counting(_) => {
                self.record_in_time(frame, watched, &l);
                Outcome::Continue
            }
            Phase::Recording(recording) => self.recorded_round(edge, watched, &l, recording),
            Phase::Compiled(version, _) if !version.parts.assumed.stand() => {
                self.retire(edge, watched, &l, &version)
            }
            Phase::Compiled(version, _) if !version.parts.assumed.concern(frame) => {
                // Code that runs in several namespaces assumes nothing of any.
                watched.many_namespaces.set(true);
                self.record_in_time(frame, watched, &l);
                Outcome::Continue
            }
            Phase::Compiled(version, entry) => self.enter(edge, watched, &version, entry),
            Phase::Resting(..) | Phase::PutOff | Phase::Refused(_) => Outcome::Disable,
        }
    }

    fn instruction(&self, frame: Frame, unit: u32) -> Outcome {
        let counts = monitor::interpreted().is_some() && !monitor::records_all();
        if counts && !self.is_recorded(frame.code().cast()) {
            return Outcome::Continue;
        }
        let Some(watched) = self.watched(frame.code().cast()) else {
            return Outcome::Disable;
        };
        if let Some(index) = watched.code.index_at(unit)
            && watched.code.instrs()[index].offset == unit
        {
            watched.record(frame, index);
            self.first_instruction(frame, watched, index);
            self.generator_instruction(watched, index);
        }
        for l in watched.loops.borrow().values() {
            if let Phase::Recording(recording) = &mut *l.phase.borrow_mut()
                && recording.live
            {
                recording.budget = recording.budget.saturating_sub(1);
                if recording.budget == 0 {
                    recording.live = false;
                    watched.recording_ends();
                }
            }
        }
        self.recorded_instruction(frame, watched, unit);
        if !watched.is_recorded() {
            self.update_events(watched, frame.code().cast());
        }
        Outcome::Continue
    }

    fn stats(&self) -> Stats {
        Stats {
            compile_ms: self.budget.spent().as_secs_f64() * 1e3,
            ..self.totals.stats()
        }
    }

    fn explain(&self, code: *mut PyObject) -> Vec<LoopReport> {
        // SAFETY: the caller passes a code object and holds the GIL.
        let watched = unsafe { self.watched.get(code) };
        watched.map_or_else(Vec::new, |watched| watched.report(code))
    }

    fn start(&self, frame: Frame) -> Outcome {
        self.function_starts(frame)
    }

    fn sampled(&self, code: &[*mut PyObject], time: Duration) -> bool {
        let native = self.totals.sampled(time);
        let now = self.samples.get() + 1;
        self.samples.set(now);
        let mut new = false;
        for code in code {
            if self.others_watch(*code) {
                continue;
            }
            // SAFETY: the caller holds the code.
            let (watched, sighted) = unsafe { (self.watched.get(*code), self.sighted.get(*code)) };
            match sighted {
                _ if let Some(watched) = watched.filter(|watched| watched.told.get()) => {
                    self.rested(watched, *code);
                    new |= self.go_on(watched, *code);
                }
                Some(last) if now - last.get() <= SOON => new |= self.found(*code),
                Some(last) => last.set(now),
                // SAFETY: as above.
                None => unsafe {
                    self.sighted.attach(*code, Cell::new(now));
                },
            }
        }
        // SAFETY: as above.
        let running = code
            .first()
            .and_then(|code| unsafe { self.watched.get(*code) });
        if let Some(watched) = running {
            let mut sampled = watched.sampled.get();
            sampled[usize::from(!native)] += time.as_nanos() as u64;
            watched.sampled.set(sampled);
        }
        new
    }

    fn time(&self, code: *mut PyObject) -> [Duration; 2] {
        // SAFETY: the caller passes a code object and holds the GIL.
        let watched = unsafe { self.watched.get(code) };
        let sampled = watched.map_or([0; 2], |watched| watched.sampled.get());
        sampled.map(Duration::from_nanos)
    }

    fn keep(&self) {
        self.kept.borrow_mut().get_or_insert_default();
    }

    fn known(&self) -> Vec<*mut PyObject> {
        self.watched.all()
    }

    fn exclude(&self, code: *mut PyObject) {
        self.exclude_code(code);
    }

    fn ask_for(&self, code: *mut PyObject) {
        self.ask_for_code(code);
    }

    fn forget(&self, code: *mut PyObject) {
        self.sighted.forget(code);
        self.watched.forget(code);
    }

    fn stop(&self) {
        // SAFETY: the GIL is held.
        unsafe { crate::shim::fatjit_functions_restore_all(calls::enter) };
        resume::stop();
    }
}

impl Tier {
    fn set(&self, settings: &Settings) {
        self.threshold.set(settings.threshold);
        let mut limits = Limits::default();
        // Where little counts as hot, little counts as a hot exit.
        limits.hot = limits.hot.min(settings.threshold.max(2));
        self.limits.set(limits);
        self.budget.limit(budget::limits(settings.budget));
        self.exit_every.set(settings.exit_every);
        // The generator must not start at 0.
        self.random.set(
            settings
                .seed
                .wrapping_mul(2)
                .wrapping_add(0x9E37_79B9_7F4A_7C15)
                | 1,
        );
        self.countdown.set(self.draw());
    }

    /// Whether instructions of this code are asked for, not only counted.
    fn is_recorded(&self, code: *mut PyObject) -> bool {
        // SAFETY: as in `watched`.
        let watched = unsafe { self.watched.get(code) };
        watched.is_some_and(Watched::is_recorded)
    }

    /// What is known of a code object.
    fn watched<'a>(&self, code: *mut PyObject) -> Option<&'a Watched> {
        // SAFETY: the GIL is held in a callback; the frame keeps its code alive while it runs.
        unsafe {
            match self.watched.get(code) {
                Some(watched) => Some(watched),
                None => {
                    let new = Watched::new(code, self.version, self.limits.get())?;
                    if let Some(kept) = &mut *self.kept.borrow_mut() {
                        kept.push(Owned::from_borrowed(code));
                    }
                    self.begins_to_run(&new);
                    Some(self.watched.attach(code, new))
                }
            }
        }
    }

    /// Code is hot: from now on its rounds are counted, and its starts, if it may be compiled as a function. Whether
    /// there is anything to compile.
    fn found(&self, code: *mut PyObject) -> bool {
        let Some(watched) = self.watched(code) else {
            return false;
        };
        watched.counts_starts.set(watched.plain);
        self.update_events(watched, code);
        watched.plain || watched.jumps.get()
    }

    fn loop_at(&self, watched: &Watched, header: u32) -> Rc<Loop> {
        let mut loops = watched.loops.borrow_mut();
        let l = loops.entry(header).or_insert_with(|| {
            Rc::new(Loop {
                header,
                phase: RefCell::new(match watched.excluded.get() {
                    true => Phase::Refused(EXCLUDED),
                    false => Phase::Counting(0),
                }),
                policy: RefCell::new(RegionPolicy::new(self.limits.get())),
                seen: RefCell::default(),
                seen_names: RefCell::default(),
                past: RefCell::default(),
                misfits: Cell::new(0),
                slow: RefCell::default(),
                fallen: RefCell::default(),
            })
        });
        Rc::clone(l)
    }

    /// Begins to record a loop; `waits_for` is an instruction that must be part of the recording.
    fn record(&self, frame: Frame, watched: &Watched, l: &Loop, waits_for: Option<usize>) {
        if watched.excluded.get() {
            return;
        }
        watched.told_waiting.borrow_mut().remove(&Some(l.header));
        if !matches!(*l.phase.borrow(), Phase::Recording(recording) if recording.live) {
            watched.recording_begins();
        }
        *l.phase.borrow_mut() = Phase::Recording(Recording {
            rounds: RECORDED_ROUNDS.min(self.threshold.get().max(2)),
            waiting: WAITING_ROUNDS,
            budget: RECORDING_BUDGET,
            waits_for,
            until: Instant::now() + RECORDING_TIME,
            live: true,
        });
        self.update_events(watched, frame.code().cast());
    }

    /// Sets the events of a code object to what is wanted of it now. Native code may just have been left with an
    /// exception, which stays set.
    fn update_events(&self, watched: &Watched, code: *mut PyObject) {
        watched.told.set(true);
        let events = match watched.aside.get() {
            true => Events::default(),
            false => Events {
                jumps: watched.jumps.get(),
                instructions: watched.is_recorded(),
                starts: watched.function.wants_starts(watched.counts_starts.get()),
            },
        };
        python::aside(|| {
            // SAFETY: the GIL is held, and the code is alive: it runs, or somebody calls it.
            if unsafe { monitor::set_events(code, events) }.is_err() {
                // Without its events the code just runs on.
                // SAFETY: the GIL is held.
                unsafe { py::PyErr_Clear() };
            }
        });
    }

    /// Has a code object send its events again: those of jumps and starts that were answered with `DISABLE` come only
    /// after there were none at all.
    fn renew_events(&self, watched: &Watched, code: *mut PyObject) {
        watched.aside.set(true);
        self.update_events(watched, code);
        watched.aside.set(false);
        self.update_events(watched, code);
    }

    /// Counts and tells that a loop, or the function, is not compiled, or its native code not used.
    fn tell_refusal(
        &self,
        watched: &Watched,
        code: *mut PyObject,
        header: Option<u32>,
        what: &Event<'_>,
    ) {
        // That something waits is told once, until it was recorded.
        if matches!(what, Event::PutOff) && !watched.told_waiting.borrow_mut().insert(header) {
            return;
        }
        if let Some(reason) = what.refusal() {
            self.totals.refused(reason);
        }
        self.log.tell(|| watched.region_name(code, header), what);
    }

    /// Takes the events off a code object none of whose loops is going to be compiled: on 3.12 code with
    /// events lacks its superinstructions.
    fn let_go(&self, frame: Frame, watched: &Watched) -> bool {
        let refused = |l: &Rc<Loop>| {
            let phase = l.phase.borrow();
            matches!(
                *phase,
                Phase::Refused(_) | Phase::PutOff | Phase::Resting(..)
            )
        };
        let over = {
            let loops = watched.loops.borrow();
            loops.len() >= watched.cfg.loops().len() && loops.values().all(refused)
        };
        if over {
            watched.jumps.set(false);
            self.update_events(watched, frame.code().cast());
        }
        over
    }

    fn recorded_round(
        &self,
        edge: BackEdge,
        watched: &Watched,
        l: &Rc<Loop>,
        recording: Recording,
    ) -> Outcome {
        let seen = recording
            .waits_for
            .is_none_or(|index| watched.profile.borrow().ran(index));
        let rounds = recording.rounds.saturating_sub(1);
        let waiting = recording.waiting.saturating_sub(1);
        let late = Instant::now() >= recording.until;
        let more = !late && rounds > 0;
        // What is called is compiled meanwhile, which takes its time.
        let patient = Instant::now() < recording.until + COMPILING_CALLEES;
        let waits = !seen || patient && self.callees_pending(watched);
        if recording.live && (more || waits && waiting > 0) {
            *l.phase.borrow_mut() = Phase::Recording(Recording {
                rounds: rounds.max(1),
                waiting,
                ..recording
            });
            return Outcome::Continue;
        }
        if recording.live && watched.recording_ends() {
            self.update_events(watched, edge.frame.code().cast());
        }
        self.compile_loop(edge, watched, l)
    }

    /// Compiles a loop that was recorded, and enters it.
    fn compile_loop(&self, edge: BackEdge, watched: &Watched, l: &Rc<Loop>) -> Outcome {
        let compiler = self.compiler.borrow();
        let build = || compiler.build(self, edge.frame, watched, l);
        let built = self.within_budget((watched, Some(l.header)), build);
        drop(compiler);
        watched.let_go_of_callees();
        match built {
            Ok(version) => {
                install(watched, &version);
                self.resumes(watched, &version);
                self.first_is_settled(watched);
                self.enter(edge, watched, &version, 0)
            }
            // One round does not tell what most rounds do.
            Err(Reason::AlwaysLeaves | NOT_WORTHWHILE)
                if matches!(*l.phase.borrow(), Phase::Counting(_)) =>
            {
                self.record(edge.frame, watched, l, None);
                Outcome::Continue
            }
            Err(reason) => {
                let code = edge.frame.code().cast();
                self.tell_refusal(watched, code, Some(l.header), &Event::Refused(reason));
                *l.phase.borrow_mut() = Phase::Refused(reason);
                self.first_is_settled(watched);
                match self.let_go(edge.frame, watched) {
                    true => Outcome::Continue,
                    false => Outcome::Disable,
                }
            }
        }
    }

    fn enter(
        &self,
        edge: BackEdge,
        watched: &Watched,
        version: &CompiledLoop,
        entry: u32,
    ) -> Outcome {
        let frame = edge.frame;
        Watchers::get().settle();
        let names = match frame.ready().and_then(|()| version.names(frame)) {
            Ok(names) => names,
            Err(why) => {
                self.totals.refused(report::not_entered(why));
                self.step_aside(watched, frame, why);
                if why == NotReady::NamesElsewhere {
                    self.names_elsewhere(edge, watched);
                }
                return Outcome::Continue;
            }
        };
        let countdown = self.exit_every.get().map(|_| &self.countdown);
        let run = version.run(frame, watched, entry, names, countdown);
        if run.reason == Reason::Spurious {
            self.countdown.set(self.draw());
        }
        self.totals.entered(run.reason);
        let target = edge.target;
        self.judge(
            (frame, At::Header { target, entry }),
            watched,
            version,
            &run,
        );
        run.outcome
    }

    /// The number of guards until the next one fails on purpose: on average as many as was asked for.
    /// Xorshift64*, after Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled"
    /// (2016).
    fn draw(&self) -> i64 {
        let Some(every) = self.exit_every.get() else {
            return i64::MAX;
        };
        let mut x = self.random.get();
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.random.set(x);
        let drawn = x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        (1 + drawn % (2 * every - 1)) as i64
    }
}

/// Makes all entries of a version known to their loops. An inner loop that has proven to need code of its own
/// keeps it.
fn install(watched: &Watched, version: &Rc<CompiledLoop>) {
    let loops = watched.loops.borrow();
    for (entry, header) in version.parts.headers.iter().enumerate() {
        let Some(l) = loops.get(header) else { continue };
        let mut phase = l.phase.borrow_mut();
        let own = l.header == version.owner.header;
        let free = match &*phase {
            Phase::Compiled(..)
            | Phase::Resting(..)
            | Phase::Counting(_)
            | Phase::PutOff
            | Phase::Refused(_) => l.misfits.get() < MISFITS,
            Phase::Recording(_) => false,
        };
        if own || free {
            *phase = Phase::Compiled(Rc::clone(version), entry as u32);
        }
    }
}
