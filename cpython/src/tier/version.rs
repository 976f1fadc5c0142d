//! One compiled version of a region, and running it.
//!
//! Invariant: whoever runs a version holds a counted reference to it, so that it may be replaced, or its
//! region given up, while it runs. Nothing of ours is borrowed while it runs, because what it calls may come
//! back here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use fatjit_guards::{Counters, ExitView, Limits, Work};
use fatjit_ir::{ExitId, Reason, Resume, Slot};
use fatjit_jit::activation::Activation;
use fatjit_jit::region::Compiled;
use pyo3_ffi::PyObject;

use super::call_frames::RunningLoop;
use super::called::Called;
use super::function::Unit;
use super::leaving;
use super::recorder;
use super::report::Totals;
use super::watched::{Loop, Watched};
use crate::assume::Assumed;
use crate::context::{WORDS, Word};
use crate::crash::Noted;
use crate::driver::Outcome;
use crate::frame::{Frame, NotReady, Running};
use crate::leave::{self, Left, Surroundings};
use crate::names::{Names, Variables};
use crate::nested::Guests;
use crate::shapes::Shape;
use crate::shim;
use crate::translate::NAMES_CHANGED;

/// Entries between two whose time is taken. A prime number: what enters in turn at a first round, which finds a variable that
/// has no value yet, and at a second one, is to be judged by both.
const SAMPLE_EVERY: u64 = 17;
/// Samples before the work of a version is judged.
const SAMPLES: u32 = 8;
/// Samples after which older ones count half.
const WINDOW: u32 = 64;
/// What entering native code at a jump back costs more than jumping back in the interpreter: the event, the look at the
/// frame, and rebuilding it behind. In nanoseconds as the estimate of a round's gain has them, which are somewhat
/// shorter.
pub(super) const ENTRY_NS: f64 = 500.0;
/// What reading the clock for a sample takes, in nanoseconds.
const CLOCK_NS: f64 = 40.0;
/// What a nanosecond in native code saves at least where nothing better is known.
const SAVED_PER_NS: f64 = 1.0;

/// A compiled version.
pub(super) struct CompiledLoop {
    // Declared before the code: what is told of it is taken back before it goes.
    pub noted: Noted,
    pub compiled: Compiled,
    /// The loop it was compiled for.
    pub owner: Rc<Loop>,
    pub parts: Parts,
    pub counters: RefCell<Counters>,
    /// What exits mean that yield, by their numbers, in code that resumes generators.
    suspensions: Vec<Option<Suspension>>,
    /// Entries that ended for polling, or because of a failure on purpose.
    pub excused: Cell<u64>,
    /// What runs gained, sampled.
    gained: Cell<Gained>,
    /// Entries before it was given another chance.
    judged: Cell<u64>,
    pub totals: &'static Totals,
}

/// What a version needs besides its code.
pub(super) struct Parts {
    /// Code units of the headers of its entries.
    pub headers: Vec<u32>,
    /// Where a generator is resumed, and the entry there.
    pub resumed: Vec<(u32, u32)>,
    /// Where each of these loops has its iterator, if it has one: the slot.
    pub iterators: Vec<Option<u32>>,
    /// What a round is expected to gain, in nanoseconds; infinite if it is to be entered whatever it gains.
    pub gain: f64,
    /// The unit's objects. They are immortal, constants of the code object that keeps this, or alive as long as
    /// what is assumed stands.
    pub objects: Vec<*mut PyObject>,
    pub shapes: Vec<Shape>,
    /// The rounds it did, if it counts them itself.
    pub rounds: Option<Box<Cell<u64>>>,
    /// What it assumes about the program.
    pub assumed: Assumed,
    /// Slots of its frames.
    pub slots: u32,
    /// The names behind them, kept in registers.
    pub variables: Variables,
    /// The generators that it does itself.
    pub guests: Guests,
    /// The functions it knows.
    pub called: Called,
    /// Bytes of C stack that a level of such calls may take.
    pub bytes: i64,
}

/// How a generator's frame stands that native code left by yielding: all that it holds is in its memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspension {
    /// Slots in use, of which the topmost holds what is yielded.
    pub depth: u32,
    /// Where it goes on, in code units.
    pub behind: u32,
}

/// How a run ended.
pub(super) struct Run {
    pub exit: ExitId,
    pub reason: Reason,
    pub outcome: Outcome,
}

impl CompiledLoop {
    pub(super) fn new(
        compiled: Compiled,
        (owner, watched): (Rc<Loop>, &Watched),
        parts: Parts,
        noted: Noted,
        totals: &'static Totals,
    ) -> CompiledLoop {
        totals.compiled(&compiled);
        let suspensions = match parts.resumed.is_empty() {
            true => Vec::new(),
            false => suspensions(&compiled, watched),
        };
        CompiledLoop {
            suspensions,
            counters: RefCell::new(Counters::new(compiled.exits.len())),
            compiled,
            owner,
            parts,
            noted,
            excused: Cell::new(0),
            gained: Cell::default(),
            judged: Cell::new(0),
            totals,
        }
    }

    /// Finds its names for a frame that is ready; they may be used until code runs.
    ///
    /// # Errors
    /// They cannot be kept in registers this time.
    pub(super) fn names(&self, frame: Frame) -> Result<Option<Names>, NotReady> {
        if self.parts.variables.all.is_empty() {
            return Ok(None);
        }
        let found = self.parts.variables.find(frame);
        found.ok_or(NotReady::NamesElsewhere).map(Some)
    }

    /// Runs it on a frame that is ready, from an entry to an exit, and rebuilds the frame. `names` were just found. `countdown` is the
    /// number of guards until one fails on purpose, if any are to.
    pub(super) fn run(
        &self,
        frame: Frame,
        watched: &Watched,
        entry: u32,
        names: Option<Names>,
        countdown: Option<&Cell<i64>>,
    ) -> Run {
        let entries = {
            let mut counters = self.counters.borrow_mut();
            counters.enter();
            counters.entries()
        };
        let sample = entries
            .is_multiple_of(SAMPLE_EVERY)
            .then(|| (self.items_left(frame, entry), Instant::now()));
        let mut activation = frame.activation();
        if let Some(names) = &names {
            activation.context[Word::Names as usize] = names.table();
        }
        // SAFETY: the GIL is held.
        activation.nesting = unsafe { shim::fatjit_nesting_here(self.parts.bytes) };
        let names = names.as_ref();
        let unit = self.unit(frame, watched, names);
        activation.unit = (&raw const unit) as usize;
        let mut running = frame.run();
        let left = self.execute(&mut activation, (frame, names), entry, countdown);
        let sample = sample.map(|(items, begun)| (items, begun.elapsed()));
        let run = self.leave(&mut running, (&activation, left), watched, names);
        drop(running);
        if let Some((items, took)) = sample {
            let left = self.items_left(frame, entry);
            self.add_sample(items.saturating_sub(left), took);
        }
        if matches!(run.reason, Reason::Poll | Reason::Spurious) {
            self.excused.set(self.excused.get() + 1);
        }
        run
    }

    /// Runs it on the frame of a generator that was resumed, for this activation.
    ///
    /// # Errors
    /// It was left otherwise than by yielding: the frame is rebuilt, to be run on.
    pub(super) fn resume(
        &self,
        frame: Frame,
        watched: &Watched,
        entry: u32,
        activation: &mut Activation<WORDS>,
        countdown: Option<&Cell<i64>>,
    ) -> Result<Suspension, Run> {
        self.counters.borrow_mut().enter();
        let unit = self.unit(frame, watched, None);
        activation.unit = (&raw const unit) as usize;
        let left = self.execute(activation, (frame, None), entry, countdown);
        if let (exit, false) = left
            && let Some(Some(suspension)) = self.suspensions.get(exit.index())
        {
            return Ok(*suspension);
        }
        let mut running = frame.run_resumed();
        Err(self.leave(&mut running, (activation, left), watched, None))
    }

    fn unit(&self, frame: Frame, watched: &Watched, names: Option<&Names>) -> Unit {
        Unit::Loop {
            version: self,
            watched,
            frame,
            names: names.map(|names| &raw const *names),
        }
    }

    /// Runs native code for an activation: the exit, and whether it was taken on purpose.
    fn execute(
        &self,
        activation: &mut Activation<WORDS>,
        (frame, names): (Frame, Option<&Names>),
        entry: u32,
        countdown: Option<&Cell<i64>>,
    ) -> (ExitId, bool) {
        if let Some(countdown) = countdown {
            activation.spurious_countdown = countdown.get();
        }
        let number = |slot: Slot, ty| {
            // SAFETY: the frame is alive, and so are what its slots and the entries of its names hold.
            unsafe {
                let place = match (slot.0.checked_sub(self.parts.slots), names) {
                    (Some(name), Some(names)) => names.place(name),
                    _ => frame.base().add(slot.index()),
                };
                recorder::number(*place, ty)
            }
        };
        let entered = self.noted.enters();
        // SAFETY: the activation was made for this frame with the words the unit was compiled for, the frame
        // is the one running this code, the entry is one of the version's, and the caller holds it alive.
        let exit = unsafe {
            self.compiled
                .code
                .enter(&raw mut *activation, entry, number)
        };
        entered.left(exit);
        if let Some(countdown) = countdown {
            countdown.set(activation.spurious_countdown);
        }
        (exit, countdown.is_some_and(|left| left.get() <= 0))
    }

    /// Rebuilds the frame behind an exit.
    fn leave(
        &self,
        running: &mut Running,
        (activation, (exit, spurious)): (&Activation<WORDS>, (ExitId, bool)),
        watched: &Watched,
        names: Option<&Names>,
    ) -> Run {
        let Some(view) = self.compiled.exits.get(exit) else {
            unreachable!("native code leaves through the exits it was compiled with");
        };
        let reason = match view.reason {
            _ if spurious => Reason::Spurious,
            Reason::Disturbed if !self.parts.assumed.stand() => Reason::AssumptionFell,
            Reason::Disturbed if names.is_some_and(Names::changed) => NAMES_CHANGED,
            reason => reason,
        };
        let opcode_at = |unit| watched.opcode_at(unit);
        let left = if view.resume == Resume::Called || !view.is_of_one_frame() {
            let within = RunningLoop {
                version: self,
                watched,
                frame: running.frame(),
                names,
                activation: &raw const *activation,
            };
            leaving::leave_loop(running, within, view, activation.status)
        } else {
            let spilled = |word| activation.spill_word(word);
            let surroundings = self.surroundings(watched, names, &opcode_at);
            leave::leave(running, view, spilled, surroundings)
        };
        Run {
            exit,
            reason,
            outcome: match left {
                Left::Resumed => Outcome::Continue,
                Left::Raised => Outcome::Raise,
            },
        }
    }

    /// What its exits refer to.
    pub(super) fn surroundings<'a>(
        &'a self,
        watched: &'a Watched,
        names: Option<&'a Names>,
        opcode_at: &'a dyn Fn(u32) -> u32,
    ) -> Surroundings<'a> {
        Surroundings {
            objects: &self.parts.objects,
            shapes: &self.parts.shapes,
            locals: watched.locals(),
            slots: self.parts.slots,
            names,
            guests: &self.parts.guests,
            opcode_at,
        }
    }

    /// What it has done so far, in the policy's terms. In short rounds counting would cost too much: there a sample
    /// tells what runs gain, from how far the iterator got, or else from the time.
    pub(super) fn work(&self) -> Work {
        let entries = self.counters.borrow().entries() - self.excused.get();
        let entries = entries.saturating_sub(self.judged.get());
        if self.parts.gain.is_infinite() {
            return Work {
                entries,
                rounds: u64::MAX,
            };
        }
        let gained = match &self.parts.rounds {
            Some(rounds) => rounds.get() as f64 * self.parts.gain,
            None => match self.gained.get() {
                Gained { samples, .. } if samples < SAMPLES => f64::INFINITY,
                Gained { ns, samples } => ns / f64::from(samples) * entries as f64,
            },
        };
        Work {
            entries,
            // In the policy's terms so many rounds pay for an entry.
            rounds: (gained / ENTRY_NS * Limits::default().rounds_per_entry as f64) as u64,
        }
    }

    /// What it did so far does not count any more.
    pub(super) fn begin_trial(&self) {
        self.gained.set(Gained::default());
        self.judged
            .set(self.counters.borrow().entries() - self.excused.get());
        if let Some(rounds) = &self.parts.rounds {
            rounds.set(0);
        }
    }

    fn add_sample(&self, items: i64, took: Duration) {
        let by_items = items as f64 * self.parts.gain;
        let by_time = (took.as_nanos() as f64 - CLOCK_NS) * SAVED_PER_NS;
        let mut gained = self.gained.get();
        gained.ns += by_items.max(by_time).max(0.0);
        gained.samples += 1;
        if gained.samples >= WINDOW {
            gained.ns /= 2.0;
            gained.samples /= 2;
        }
        self.gained.set(gained);
    }

    /// Items that the iterator of the loop of an entry has left; 0 where that is not known, and where the frame does not
    /// hold it any more: the loop ended, or an exception went to a handler around it.
    fn items_left(&self, frame: Frame, entry: u32) -> i64 {
        let slot = self.parts.iterators.get(entry as usize).copied().flatten();
        match slot.filter(|slot| *slot < frame.depth()) {
            // SAFETY: a slot in use holds an object that is alive, or nothing.
            Some(slot) => unsafe { shim::fatjit_items_left(frame.slot(slot)) },
            None => 0,
        }
    }
}

fn suspensions(compiled: &Compiled, watched: &Watched) -> Vec<Option<Suspension>> {
    let exits = (0..compiled.exits.len() as u32).map(|exit| compiled.exits.get(ExitId(exit)));
    let suspension = |view: ExitView<'_>| {
        let state = view
            .innermost()
            .filter(|_| view.reason == Reason::Suspended)?;
        Some(Suspension {
            depth: state.depth,
            behind: watched.behind(state.position),
        })
    };
    exits.map(|view| view.and_then(suspension)).collect()
}

/// What sampled runs gained.
#[derive(Clone, Copy, Debug, Default)]
struct Gained {
    /// In nanoseconds, against interpreting.
    ns: f64,
    samples: u32,
}

impl Drop for CompiledLoop {
    fn drop(&mut self) {
        self.totals.dropped(&self.compiled);
        let counters = self.counters.borrow();
        self.owner
            .past
            .borrow_mut()
            .add(&counters, &self.compiled.exits, &self.parts.guests);
    }
}
