//! Lowering: guarded bytecode to SSA IR on unboxed numbers.
//!
//! Numbers live in SSA values, references in the frame's own memory; [`state`] tells how the two stand to
//! each other. Representations at joins are found by running the lowering itself until no join changes:
//! each round lowers every reachable block from what is known at its start, and what flows over an edge
//! widens what is known at the edge's end. Knowledge only widens and there is little of it, so a few rounds
//! do; only the last round's unit is kept. That way the analysis cannot disagree with the code it is for.
//!
//! Exits: a guard resumes at the source instruction it belongs to, with the state as it was when that
//! instruction began; once an instruction has changed memory no guard may follow in it, and a region where
//! one does is refused.

mod arith;
mod edges;
mod elements;
mod exits;
mod framed;
mod functions;
mod guests;
mod memory;
mod ops;
mod peel;
mod spliced;
mod start;
mod state;
mod sunk;
mod virtuals;

use rustc_hash::FxHashMap as HashMap;
use std::borrow::Cow;

use fatjit_ir::{Block, ExitId, Imm, Op, Reason, Type, Unit, Value};

use crate::gbc::{GOp, Label, Point, Reg, Region, Seen};
use peel::Arrival;
use spliced::{Calls, Role};
use start::Start;
use state::{Ident, Mem, Rep, RepSlot, Slot, Val};

/// Why a region could not be lowered. All but `TooLarge` are defects of the translator or of lowering.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LowerError {
    /// A guard stands behind an effect of its instruction.
    #[error("a guard at position {position} stands behind an effect of its instruction")]
    GuardBehindEffect {
        /// The instruction's position.
        position: u32,
    },
    /// An operation found a register that does not hold what it needs.
    #[error("{op} at position {position}: register {reg} does not hold what it needs")]
    Unexpected {
        /// The operation.
        op: &'static str,
        /// The instruction's position.
        position: u32,
        /// The register.
        reg: u32,
    },
    /// A call of a compiled function that lowering cannot do: by the host it can be done.
    #[error("the call at position {position} cannot be one of native code")]
    NotNative {
        /// The instruction's position.
        position: u32,
    },
    /// A region of a function in which something needs a frame.
    #[error("the instruction at position {position} needs a frame, which functions do not have")]
    NeedsFrame {
        /// The instruction's position.
        position: u32,
    },
    /// A block does not end with a control operation, or names a block that is not there.
    #[error("block {block} is malformed")]
    Malformed {
        /// The block.
        block: u32,
    },
    /// More instructions than a unit may have.
    #[error("the region needs more than {limit} instructions")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Most instructions a unit may have before optimisation.
const MAX_INSTRUCTIONS: usize = 6_000;
/// Rounds after which the search for representations is given up; the height of the knowledge bounds it
/// far below.
const MAX_ROUNDS: usize = 64;

/// Lowers a region. Its entries keep their order.
pub fn lower(region: &Region) -> Result<Unit, LowerError> {
    let (mut unit, mut arrivals) = lower_as_it_is(region)?;
    let mut tried = Vec::new();
    let mut region = Cow::Borrowed(region);
    while let Some(larger) = peel::peeled(&region, &arrivals, &mut tried) {
        match lower_as_it_is(&larger) {
            Err(LowerError::TooLarge { .. }) => break,
            lowered => (unit, arrivals) = lowered?,
        }
        region = Cow::Owned(larger);
    }
    Ok(unit)
}

/// The position in the region's own code of the call that is in the way of lowering it with functions' operations in place
/// of calls, if it is told.
pub fn call_in_the_way(region: &Region, error: &LowerError) -> Option<u32> {
    let mut position = error.position()?;
    while let Some((call, _)) = region.spliced_at(position) {
        position = region.calls.get(call as usize)?.at.position;
    }
    let mut calls = region.calls.iter();
    calls
        .any(|call| call.at.position == position)
        .then_some(position)
}

impl LowerError {
    fn position(&self) -> Option<u32> {
        match self {
            LowerError::GuardBehindEffect { position }
            | LowerError::Unexpected { position, .. }
            | LowerError::NotNative { position }
            | LowerError::NeedsFrame { position } => Some(*position),
            LowerError::Malformed { .. } | LowerError::TooLarge { .. } => None,
        }
    }
}

/// Lowers a region, and tells what arrives at the headers of its loops.
fn lower_as_it_is(region: &Region) -> Result<(Unit, Vec<Arrival>), LowerError> {
    let mut starts = vec![Start::default(); region.blocks.len()];
    let order = reverse_postorder(region)?;
    for _ in 0..MAX_ROUNDS {
        let mut round = Lowering::new(region, starts);
        round.run(&order)?;
        if !round.changed {
            return Ok((round.unit, round.arrivals));
        }
        starts = round.starts;
    }
    Err(LowerError::TooLarge { limit: MAX_ROUNDS })
}

/// One round.
struct Lowering<'r> {
    region: &'r Region,
    unit: Unit,
    /// What is known at the start of each block.
    starts: Vec<Start>,
    /// The block being lowered; none while an entry is.
    from: Option<Label>,
    /// What has arrived at loops' headers.
    arrivals: Vec<Arrival>,
    /// The IR block of each block and its parameters, made when the first edge to it is.
    targets: Vec<Option<Block>>,
    changed: bool,
    /// The IR block being filled; `None` behind a control operation or a guard that always fails.
    at: Option<Block>,
    regs: Vec<Slot>,
    /// The arguments of a function.
    args: Vec<Option<Value>>,
    /// The current source instruction.
    here: Point,
    /// The state when it began, until it has had an effect.
    resume: Option<Vec<Slot>>,
    /// A release may have run code without a check behind it.
    owed: bool,
    /// Exits of the current source instruction, by reason.
    exits: HashMap<Reason, ExitId>,
    /// The innermost call that is under way at `here`, and what registers are in such calls.
    within: Option<u32>,
    roles: Vec<Role>,
    /// Calls whose functions' operations stand here.
    calls: Calls,
    /// The same where blocks begin.
    calls_at_start: HashMap<Label, (Calls, Point)>,
    /// New instances that were not made so far.
    sunken: u32,
    /// Something could not be done where that cannot be told.
    failed: Option<LowerError>,
}

impl<'r> Lowering<'r> {
    fn new(region: &'r Region, starts: Vec<Start>) -> Self {
        let mut unit = Unit::new(region.name.clone(), region.slots);
        unit.signature = region.function.clone();
        unit.frame_of = region.frame.map(|frame| frame.of);
        unit.identity = region.identity;
        unit.natives = region.natives.clone();
        unit.names = region.homes() - region.slots;
        unit.helpers = region.helpers.clone();
        unit.objects = region.objects.clone();
        unit.types = region.types.clone();
        unit.shapes = region.shapes.iter().map(|s| s.name.clone()).collect();
        // The parts first, so that the helpers' ids are the unit's too.
        for part in &region.memories {
            unit.declare_memory(&part.name, part.kind);
        }
        for field in &region.fields {
            unit.declare_memory(field.memory, field.changed_by);
        }
        Lowering {
            region,
            unit,
            starts,
            from: None,
            arrivals: Vec::new(),
            targets: vec![None; region.blocks.len()],
            changed: false,
            at: None,
            regs: vec![Slot::NONE; region.regs as usize],
            args: Vec::new(),
            here: Point {
                position: 0,
                depth: 0,
            },
            resume: None,
            owed: false,
            exits: HashMap::default(),
            within: None,
            roles: vec![Role::Other; region.regs as usize],
            calls: Calls::default(),
            calls_at_start: HashMap::default(),
            sunken: 0,
            failed: None,
        }
    }

    fn run(&mut self, order: &[Label]) -> Result<(), LowerError> {
        for _ in &self.region.entries {
            let block = self.unit.add_block();
            self.unit.entries.push(block);
        }
        self.arguments();
        for entry in 0..self.region.entries.len() {
            self.seed(entry);
        }
        for label in order {
            // A block that nothing flows into yet is not reachable as far as this round knows.
            if self.starts[label.index()].known().is_some() {
                self.block(*label)?;
            }
            if self.unit.size() > MAX_INSTRUCTIONS {
                return Err(LowerError::TooLarge {
                    limit: MAX_INSTRUCTIONS,
                });
            }
        }
        self.from = None;
        for entry in 0..self.region.entries.len() {
            self.enter(entry)?;
        }
        Ok(())
    }

    /// What an entry tells of its block's start.
    fn seed(&mut self, entry: usize) {
        let region = self.region;
        let entry = &region.entries[entry];
        if region.function.is_some() {
            let reps = self.first_state().iter().map(RepSlot::from).collect();
            return self.flow(entry.block, reps);
        }
        let Some(seen) = &entry.seen else { return };
        let mut reps = vec![RepSlot::from(&Slot::NONE); region.regs as usize];
        let stack = (region.locals..entry.point.depth).map(Reg);
        for reg in self.locals().chain(stack) {
            let local = self.is_local(reg);
            reps[reg.0 as usize] = match seen.get(reg.0 as usize) {
                Some(Seen::Int) => RepSlot::synced(Rep::Int),
                Some(Seen::Float) => RepSlot::synced(Rep::Float),
                Some(Seen::Bool) => RepSlot::synced(Rep::Bool),
                Some(Seen::Shape(shape)) if !local => RepSlot {
                    rep: Rep::Virtual(*shape),
                    mem: match self.is_kept(*shape) {
                        true => Mem::Synced,
                        false => Mem::Empty,
                    },
                    ident: Ident::Free,
                },
                _ => RepSlot::reference(),
            };
        }
        self.guess(entry.block, reps);
    }

    fn block(&mut self, label: Label) -> Result<(), LowerError> {
        let region = self.region;
        let source = &region.blocks[label.index()];
        self.from = Some(label);
        let block = self.target(label);
        self.unit.block_mut(block).cold = source.cold;
        self.at = Some(block);
        self.take_calls_up(label);
        self.load_start(label, block);
        self.resume = None;
        self.owed = false;
        let mut ops = source.ops.iter().peekable();
        while let Some(op) = ops.next() {
            if self.at.is_none() {
                return Ok(());
            }
            match (op, ops.peek()) {
                (GOp::Swap { a, b }, Some(GOp::Drop { reg, behind })) => {
                    ops.next();
                    self.swap_and_drop((*a, *b), *reg, *behind)?;
                }
                _ => self.op(op)?,
            }
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
        }
        if self.at.is_some() {
            return Err(LowerError::Malformed { block: label.0 });
        }
        Ok(())
    }

    // ---- emitting

    fn emit(&mut self, op: Op, args: &[Value], imm: Imm, exit: Option<ExitId>) -> Option<Value> {
        let at = self.at?;
        self.unit.push(at, op, args, imm, exit)
    }

    /// Emits an instruction that has a result.
    ///
    /// Behind a guard that always fails nothing is emitted any more; operations check for that first, so
    /// a result is always there.
    fn value(&mut self, op: Op, args: &[Value], imm: Imm, exit: Option<ExitId>) -> Value {
        match self.emit(op, args, imm, exit) {
            Some(value) => value,
            None => unreachable!("`{}` has a result and stands in a block", op.name()),
        }
    }

    fn pure(&mut self, op: Op, args: &[Value]) -> Value {
        self.value(op, args, Imm::None, None)
    }

    fn int(&mut self, value: i64) -> Value {
        self.value(Op::IConst, &[], Imm::Int(value), None)
    }

    fn is_local(&self, reg: Reg) -> bool {
        reg.0 < self.region.locals
            || self.is_name(reg)
            || self.is_local_of_guest(reg)
            || self.is_local_of_spliced(reg)
    }

    fn is_name(&self, reg: Reg) -> bool {
        (self.region.slots..self.region.slots + self.region.names).contains(&reg.0)
    }

    /// The locals, and the names, which are treated alike.
    fn locals(&self) -> impl Iterator<Item = Reg> + use<> {
        let (slots, names) = (self.region.slots, self.region.names);
        (0..self.region.locals).chain(slots..slots + names).map(Reg)
    }

    fn has_memory(&self, reg: Reg) -> bool {
        reg.0 < self.region.homes()
    }

    fn slot(&self, reg: Reg) -> &Slot {
        &self.regs[reg.0 as usize]
    }

    fn slot_mut(&mut self, reg: Reg) -> &mut Slot {
        &mut self.regs[reg.0 as usize]
    }

    fn unexpected(&self, op: &'static str, reg: Reg) -> LowerError {
        LowerError::Unexpected {
            op,
            position: self.here.position,
            reg: reg.0,
        }
    }

    fn want_int(&self, op: &'static str, reg: Reg) -> Result<Value, LowerError> {
        match self.slot(reg).val {
            Val::Int(v) => Ok(v),
            _ => Err(self.unexpected(op, reg)),
        }
    }

    fn want_float(&self, op: &'static str, reg: Reg) -> Result<Value, LowerError> {
        match self.slot(reg).val {
            Val::Float(v) => Ok(v),
            _ => Err(self.unexpected(op, reg)),
        }
    }

    fn want_bool(&self, op: &'static str, reg: Reg) -> Result<Value, LowerError> {
        match self.slot(reg).val {
            Val::Bool(v) => Ok(v),
            _ => Err(self.unexpected(op, reg)),
        }
    }
}

/// The value a number of this type is held as.
fn number(ty: Type, value: Value) -> Val {
    match ty {
        Type::F64 => Val::Float(value),
        Type::Bool => Val::Bool(value),
        _ => Val::Int(value),
    }
}

/// The blocks reachable from the entries, each after all its predecessors but those of back edges.
fn reverse_postorder(region: &Region) -> Result<Vec<Label>, LowerError> {
    let mut seen = vec![false; region.blocks.len()];
    let mut order = Vec::new();
    // A stack of (block, number of its successors already followed), so that depth costs no recursion.
    let mut stack: Vec<(Label, usize)> = Vec::new();
    for entry in region.entries.iter().rev() {
        push_new(&mut stack, &mut seen, entry.block)?;
        while let Some((label, followed)) = stack.last_mut() {
            let successors = successors(&region.blocks[label.index()].ops);
            match successors.get(*followed) {
                Some(next) => {
                    *followed += 1;
                    push_new(&mut stack, &mut seen, *next)?;
                }
                None => {
                    order.push(*label);
                    stack.pop();
                }
            }
        }
    }
    order.reverse();
    Ok(order)
}

fn push_new(
    stack: &mut Vec<(Label, usize)>,
    seen: &mut [bool],
    label: Label,
) -> Result<(), LowerError> {
    let known = seen
        .get_mut(label.index())
        .ok_or(LowerError::Malformed { block: label.0 })?;
    if !std::mem::replace(known, true) {
        stack.push((label, 0));
    }
    Ok(())
}

fn successors(ops: &[GOp]) -> Vec<Label> {
    match ops.last() {
        Some(GOp::Jump(label)) => vec![*label],
        Some(GOp::Branch {
            then, otherwise, ..
        }) => vec![*otherwise, *then],
        _ => Vec::new(),
    }
}
