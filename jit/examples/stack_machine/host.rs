//! The tier that brings the core into the machine: it counts jumps back, has hot loops recorded and compiled,
//! enters native code, and puts frames right when it is left.
//!
//! An embedder supplies eight things. First, **frames with known memory** (`machine`): a word for each slot,
//! locals before the stack, that owns its object or is null. Second to fourth, in `translate`: what was seen
//! to run, facts about its code, and the translation. Fifth and sixth, in `layout`: layout expansions and
//! helpers. Seventh and eighth, here: **entering**, and **leaving** with what is to follow from it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use fatjit_guards::{Action, Counters, ExitView, Limits, RegionPolicy, Source, Work};
use fatjit_ir::{Reason, Resume, Slot};
use fatjit_jit::activation::Activation;
use fatjit_jit::codegen::{CodegenEnv, CodegenError, Isa, Options};
use fatjit_jit::gbc::Seen;
use fatjit_jit::region::{self, Compiled, Embedder, Passes};
use fatjit_targets::{CodeMemory, Target, UnsupportedHost};
use thiserror::Error;

use crate::layout::{self, Layouts};
use crate::machine::{Fault, Frame, Kind, Program, Tier, Value};
use crate::translate::{Profile, translate};

/// Why there is no tier.
#[derive(Debug, Error)]
pub enum NoJit {
    #[error(transparent)]
    Target(#[from] UnsupportedHost),
    #[error(transparent)]
    Isa(#[from] CodegenError),
}

/// How eager the tier is.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Rounds of a loop before it is recorded.
    pub hot: u32,
    /// Rounds that are recorded.
    pub recorded: u32,
    /// For tests: a guard fails on purpose, on average after so many; and a seed.
    pub spurious: Option<(u64, u64)>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hot: 100,
            recorded: 4,
            spurious: None,
        }
    }
}

/// The tier of one program.
pub struct Jit {
    isa: Isa,
    memory: CodeMemory,
    passes: Passes,
    settings: Settings,
    profile: Profile,
    /// By position of the header.
    loops: HashMap<u32, Loop>,
    random: u64,
    /// Number of regions compiled, new versions included.
    pub regions: u32,
    /// How often native code was left, and why.
    pub exits: BTreeMap<Reason, u64>,
    /// Loops that stay in the interpreter.
    pub refused: BTreeMap<u32, Reason>,
}

struct Loop {
    phase: Phase,
    policy: RegionPolicy,
    /// What its slots held whenever it was compiled.
    seen: Option<Vec<Seen>>,
}

#[derive(Clone)]
enum Phase {
    Counting(u32),
    Recording(u32),
    Compiled(Rc<Version>),
    Refused,
}

/// A compiled loop.
struct Version {
    compiled: Compiled,
    work: std::cell::Cell<Work>,
    counters: std::cell::RefCell<Counters>,
}

/// How native code was left.
struct Left {
    reason: Reason,
    action: Action,
    position: u32,
    raised: bool,
}

impl Tier for Jit {
    fn before(&mut self, frame: &Frame) {
        let recording = |l: &Loop| matches!(l.phase, Phase::Recording(_));
        if self.loops.values().any(recording) {
            self.profile.observe(frame);
        }
    }

    fn back_edge(&mut self, frame: &mut Frame) -> Result<(), Fault> {
        let header = frame.position as u32;
        let l = self.loops.entry(header).or_insert_with(|| Loop {
            phase: Phase::Counting(0),
            policy: RegionPolicy::new(Limits::default()),
            seen: None,
        });
        match l.phase.clone() {
            Phase::Counting(n) if n < self.settings.hot => l.phase = Phase::Counting(n + 1),
            Phase::Counting(_) => l.phase = Phase::Recording(0),
            Phase::Recording(n) if n < self.settings.recorded => l.phase = Phase::Recording(n + 1),
            Phase::Recording(_) => self.compile(frame, header),
            Phase::Compiled(version) => return self.enter(frame, header, &version),
            Phase::Refused => {}
        }
        Ok(())
    }
}

impl Jit {
    pub fn new(program: &Program, settings: Settings) -> Result<Jit, NoJit> {
        Ok(Jit {
            isa: Isa::new(&Target::host()?)?,
            memory: CodeMemory::default(),
            passes: Passes::default(),
            settings,
            profile: Profile::new(program),
            loops: HashMap::new(),
            // The generator must not start at 0.
            random: settings.spurious.map_or(1, |(_, seed)| seed * 2 + 1),
            regions: 0,
            exits: BTreeMap::new(),
            refused: BTreeMap::new(),
        })
    }

    fn compile(&mut self, frame: &Frame, header: u32) {
        let Some(l) = self.loops.get_mut(&header) else {
            return;
        };
        let mut seen = frame.slots[..frame.depth]
            .iter()
            .map(seen_of)
            .collect::<Vec<_>>();
        // What changed since the last version is not relied on again.
        for (now, before) in seen.iter_mut().zip(l.seen.iter().flatten()) {
            if now != before {
                *now = Seen::Any;
            }
        }
        l.seen = Some(seen.clone());
        let region = translate(&frame.program, &self.profile, header, seen);
        let mut embedder = Embedder {
            layouts: Layouts,
            facts: &*frame.program,
            passes: &self.passes,
            bodies: &[],
        };
        let env = CodegenEnv {
            symbol: "unit",
            isa: &self.isa,
            memory: &self.memory,
            helpers: &layout::helper,
            objects: &[],
            options: Options {
                spurious_exits: self.settings.spurious.is_some(),
                ..Options::default()
            },
        };
        match region::compile(&region, &mut embedder, &env) {
            Ok(compiled) => {
                self.regions += 1;
                l.phase = Phase::Compiled(Rc::new(Version {
                    counters: Counters::new(compiled.exits.len()).into(),
                    work: Work::default().into(),
                    compiled,
                }));
            }
            Err(error) => {
                l.phase = Phase::Refused;
                self.refused.insert(header, error.reason());
            }
        }
    }

    /// Seventh: **entering**. The frame stands at the loop's header; afterwards it stands wherever native
    /// code left it.
    fn enter(&mut self, frame: &mut Frame, header: u32, version: &Version) -> Result<(), Fault> {
        let budget = frame.budget;
        let address: *mut Frame = frame;
        let number = |slot: Slot, ty| {
            // SAFETY: the frame is alive, and native code does not run yet.
            let value = unsafe { (*address).slots[slot.index()].as_ref() };
            value.and_then(|value| layout::number(value, ty))
        };
        let mut activation = Activation::new(address.cast(), []);
        activation.spurious_countdown = self.draw();
        // SAFETY: slot 0 is where the frame begins, and its slots are as the expansions and helpers expect;
        // the unit has one entry and no context words; the caller keeps the version alive; the frame is
        // used only through `address` until native code has returned.
        let exit = unsafe { version.compiled.code.enter(&raw mut activation, 0, number) };
        let spurious = self.settings.spurious.is_some() && activation.spurious_countdown <= 0;

        let Some(view) = version.compiled.exits.get(exit) else {
            unreachable!("native code leaves through the exits it was compiled with");
        };
        // SAFETY: native code left through this exit, which stored the words of its values.
        let raised = rebuild(frame, &view, |word| unsafe { activation.spilled(word) });
        let mut left = Left {
            reason: view.reason,
            action: Action::Continue,
            position: frame.position as u32,
            raised,
        };
        if spurious {
            left.reason = Reason::Spurious;
        } else {
            // A round costs one of the budget, which a call-out may have taken away.
            let rounds = budget.saturating_sub(frame.budget.max(0)) as u64;
            let mut work = version.work.get();
            work.rounds += rounds;
            work.entries += u64::from(view.reason != Reason::Poll);
            version.work.set(work);
            let count = version.counters.borrow_mut().leave(exit);
            if let Some(l) = self.loops.get_mut(&header) {
                left.action = l.policy.on_exit(&view, count, work, || true, || true);
            }
        }
        self.judge(header, &left);
        match frame.fault.take() {
            Some(fault) if left.raised => Err(fault),
            _ => Ok(()),
        }
    }

    /// What follows from an exit: nothing, or the loop is recorded again from where it was left, or it stays
    /// in the interpreter from now on.
    fn judge(&mut self, header: u32, left: &Left) {
        *self.exits.entry(left.reason).or_default() += 1;
        let Some(l) = self.loops.get_mut(&header) else {
            return;
        };
        match left.action {
            Action::Continue => {}
            Action::Grow | Action::Pause => {
                if left.reason == Reason::Overflow {
                    self.profile.do_not_specialise(left.position);
                }
                l.phase = Phase::Recording(0);
            }
            Action::GiveUp(reason) => {
                l.phase = Phase::Refused;
                self.refused.insert(header, reason);
            }
        }
    }

    /// The number of guards until the next one fails on purpose. Xorshift64*, after Vigna, "An experimental
    /// exploration of Marsaglia's xorshift generators, scrambled" (2016).
    fn draw(&mut self) -> i64 {
        let Some((every, _)) = self.settings.spurious else {
            return i64::MAX;
        };
        let mut x = self.random;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.random = x;
        (1 + (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % (2 * every - 1)) as i64
    }
}

fn seen_of(slot: &Option<Value>) -> Seen {
    match slot.as_ref().map(Value::kind) {
        Some(Kind::Int) => Seen::Int,
        Some(Kind::Float) => Seen::Float,
        Some(Kind::Bool) => Seen::Bool,
        Some(Kind::Text) | None => Seen::Any,
    }
}

/// Eighth: **leaving**. The exit lists the slots whose memory is out of date; `spilled` gives the words native
/// code left for them. Whether it left because a helper failed.
fn rebuild(frame: &mut Frame, exit: &ExitView<'_>, spilled: impl Fn(u32) -> u64) -> bool {
    let Some(state) = exit.innermost() else {
        unreachable!("every exit rebuilds the frame that native code was entered for");
    };
    let value = |source: Source<'_>| match source {
        Source::Int(word) => Some(Value::int(spilled(word) as i64)),
        Source::Float(word) => Some(Value::float(f64::from_bits(spilled(word)))),
        Source::Bool(word) => Some(Value::bool(spilled(word) != 0)),
        // SAFETY: the word is a reference that native code owned and gave up here.
        Source::Own(word) => unsafe { Value::from_word(spilled(word)) },
        // SAFETY: the word is an object that a slot of the frame keeps alive.
        Source::Borrowed(word) => unsafe { Value::borrowed(spilled(word)) },
        Source::Null => None,
        Source::Object(_) | Source::Virtual(..) | Source::Sunk(_) | Source::Same { .. } => {
            unreachable!("translation names no objects and makes no virtual ones")
        }
    };
    // All values are made before any slot changes, because an object may be borrowed from one.
    let values: Vec<_> = state.slots().map(|(slot, s)| (slot, value(s))).collect();
    for (slot, value) in values {
        frame.slots[slot.index()] = value;
    }
    frame.depth = state.depth as usize;
    frame.position = state.position.into();
    exit.resume == Resume::Raise
}
