//! Whether native code is worth it.
//!
//! A loop that spends its time in the interpreter's own routines gains nothing: called from native code they
//! lack what the specialising interpreter knows of each place. The estimate adds up, over the instructions that
//! were seen and by how often they run in one round, what each is expected to gain or lose against the
//! specialising interpreter. The numbers are nanoseconds on the machine they were measured on; only their
//! proportions matter.

use std::collections::BTreeMap;

use fatjit_bytecode::Op;
use fatjit_jit::gbc::GOp;

use super::guests::{GUEST_FOLDS, GUEST_RETURNS};
use super::{Named, Scope, Translator};

/// Any instruction: the interpreter's dispatch, and moving its operands.
pub(super) const DISPATCH: f64 = 1.0;
/// Arithmetic on unboxed numbers: a result that need not be allocated.
pub(super) const NUMBER: f64 = 10.0;
/// Arithmetic on ints and floats that come in no order, which the interpreter is not specialised for.
pub(super) const VARYING: f64 = 8.0;
/// A comparison or truth test on unboxed numbers.
pub(super) const TEST: f64 = 3.0;
/// An element of a container, read or written without counting references.
pub(super) const ELEMENT: f64 = 6.0;
/// An attribute of an instance, read or written without counting references.
pub(super) const ATTRIBUTE: f64 = 5.0;
/// An instance made without the interpreter's call of its class.
pub(super) const INSTANCE: f64 = 20.0;
/// A built-in function on numbers, or a method of a list, called directly.
pub(super) const BUILTIN: f64 = 15.0;
/// A function written in C that runs no code, called directly.
pub(super) const C_FUNCTION: f64 = 6.0;
/// An item of a dict or set that is iterated over.
pub(super) const TABLE_ITEM: f64 = 4.0;
/// A key looked up in a dict or set by a routine that is called directly.
pub(super) const LOOKUP: f64 = 4.0;
/// A list or tuple made by a routine that is called directly.
pub(super) const MADE: f64 = 2.0;
/// One more int of a range.
pub(super) const RANGE_ITEM: f64 = 8.0;
/// A range and its iterator, which are not made.
pub(super) const RANGE: f64 = 60.0;
/// A variable of a module, in a register instead of a dict.
pub(super) const NAME: f64 = 5.0;
/// A global, looked up by a call instead of by its cached place.
pub(super) const GLOBAL: f64 = -12.0;

/// A call of native code in place of one that the interpreter does.
const NATIVE_CALL: f64 = 25.0;
/// What a native function must gain in one run to make up for a call from the interpreter.
const ENTRY: f64 = 120.0;

/// What a generator must gain between two of its items to make up for resuming it natively: whoever asks comes through C code,
/// where the interpreter resumes generators without leaving its loop.
const RESUMING: f64 = 50.0;

/// What a helper loses that calls a function in C as the interpreter does.
pub(super) const C_CALL: f64 = 15.0;

/// What a helper loses that has a function of Python run, where the interpreter does not leave its loop for it.
pub(super) const PYTHON_CALL: f64 = 60.0;

/// What an item of a generator that is done where it is consumed gains besides the generator's own code.
pub(super) const GUEST_ITEM: f64 = 25.0;

/// What a helper in place of the specialised instruction loses.
pub(super) fn helper(op: Op) -> f64 {
    match op {
        // The interpreter runs Python functions, and calls many built-in ones, without leaving its loop.
        Op::Call | Op::CallKw | Op::CallFunctionEx => 45.0,
        Op::LoadAttr | Op::StoreAttr | Op::LoadSuperAttr => 30.0,
        // Lists and generators are iterated without leaving the loop, too.
        Op::ForIter => 30.0,
        Op::LoadGlobal => 20.0,
        // What is stored is boxed for it, and the interpreter knows that it is a dict.
        Op::StoreSubscr => 50.0,
        _ => 15.0,
    }
}

/// How much more often an inner loop's instructions are taken to run than the outer loop's.
pub(super) const INNER_ROUNDS: f64 = 10.0;

/// The estimate.
#[derive(Clone, Debug, Default)]
pub(super) struct Worth {
    gain: f64,
    frequency: f64,
    /// What is lost, by position.
    losses: BTreeMap<u32, f64>,
    /// How often headers are passed in one round.
    rounds: f64,
    /// There are calls of native code, whose gain is their own.
    calls: bool,
}

impl Worth {
    /// What follows runs so often in one round of the loop.
    pub(super) fn enter(&mut self, frequency: f64) {
        self.frequency = frequency;
    }

    /// One instruction gains so much each time.
    pub(super) fn add(&mut self, gain: f64) {
        self.gain += gain * self.frequency;
    }

    /// The instruction at this position is done by the interpreter's routine, which loses so much each time.
    pub(super) fn lose(&mut self, position: u32, loss: f64) {
        self.add(-loss);
        *self.losses.entry(position).or_default() += loss * self.frequency;
    }

    pub(super) fn is_positive(&self) -> bool {
        self.gain > 0.0
    }

    /// The positions of what the interpreter's routines do, the most expensive first.
    pub(super) fn slow(&self) -> Vec<u32> {
        let mut slow: Vec<(u32, f64)> = self.losses.iter().map(|(at, loss)| (*at, *loss)).collect();
        slow.sort_by(|a, b| b.1.total_cmp(&a.1));
        slow.into_iter().map(|(at, _)| at).collect()
    }

    /// What follows is the header of a loop.
    pub(super) fn begin_round(&mut self) {
        self.rounds += self.frequency;
    }

    /// Whether it pays to resume a generator natively that yields in each round of the loop.
    pub(super) fn pays_for_resuming(&self) -> bool {
        self.gain >= RESUMING
    }

    /// What one round of a loop gains, inner ones and outer ones alike.
    pub(super) fn of_a_round(&self) -> f64 {
        self.gain / self.rounds.max(1.0)
    }

    /// Whether it pays to have native code of a function for native code that calls it. The interpreter is not entered for
    /// it then, which makes up for a function that itself would be faster there.
    pub(super) fn pays_for_callers(&self) -> bool {
        self.gain > -PYTHON_CALL
    }

    /// There is a call of native code.
    pub(super) fn call(&mut self) {
        self.calls = true;
        self.add(NATIVE_CALL);
    }

    /// Whether it pays to enter a function from the interpreter, which calls Python functions without leaving its
    /// loop.
    pub(super) fn pays_for_entry(&self) -> bool {
        self.calls || self.rounds > 0.0 || self.gain >= ENTRY
    }

    /// The same of one that has a frame: what it calls may be as slow as before.
    pub(super) fn pays_for_frame(&self) -> bool {
        self.gain >= ENTRY
    }
}

impl Translator<'_> {
    /// How often a block runs in one round of the loop, as far as the recording tells.
    pub(super) fn frequency(&self, block: usize) -> f64 {
        let cfg = self.source.cfg;
        if let Scope::Guest(yielded) = self.scope {
            return self.frequency_in_guest(block, yielded);
        }
        let (Scope::Loop(found) | Scope::Generator(found)) = self.scope else {
            return self.frequency_in_function(block);
        };
        let around = cfg.innermost_loop(block).unwrap_or(found);
        // Around the loop, in a generator, is what ran no more often.
        let around = match cfg.loops()[found].contains(block) {
            true => around,
            false => found,
        };
        let depth = cfg.loops()[around].depth - cfg.loops()[found].depth;
        let runs = |block: usize| {
            let info = &cfg.blocks()[block];
            let at = self.behind_end_for(info.start).min(info.end - 1);
            f64::from(self.source.profile.at(at).runs.max(1))
        };
        let share = runs(block) / runs(cfg.loops()[around].header);
        INNER_ROUNDS.powi(depth as i32) * share.min(1.0)
    }

    /// How often a block runs in one run of the function, as far as the recording tells.
    fn frequency_in_function(&self, block: usize) -> f64 {
        if self.is_frameless() {
            return 1.0;
        }
        let runs = |block: usize| {
            let info = &self.source.cfg.blocks()[block];
            let told = (info.start..info.end).map(|index| self.source.profile.at(index).runs);
            f64::from(told.max().unwrap_or(0).max(1))
        };
        let first = self.source.cfg.block_of(0).map_or(1.0, runs);
        (runs(block) / first).min(INNER_ROUNDS * INNER_ROUNDS)
    }

    /// Has the headers count rounds, where calls hide what a round costs.
    pub(super) fn count_rounds(&mut self) {
        let runs_code = self.region.helpers.iter().any(|helper| {
            helper.effects.runs_code && ![GUEST_RETURNS, GUEST_FOLDS].contains(&&*helper.name)
        });
        if !runs_code {
            return;
        }
        let counter = self.object(Named::Rounds);
        for block in self.region.blocks.iter_mut().filter(|block| block.header) {
            // Behind the position and the poll.
            let begins = |op: &&GOp| matches!(op, GOp::At(_) | GOp::Poll);
            let at = block.ops.iter().take(2).take_while(begins).count();
            block.ops.insert(at, GOp::Tick { counter });
        }
    }
}
