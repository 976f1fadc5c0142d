//! The verifier: says of a unit everything that is wrong with it. Every test and, in debug builds, every
//! pass runs it.
//!
//! In three steps, of which each presumes the ones before: structure (ids, terminators, arguments, types,
//! exits), dominance, ownership. Blocks that no entry reaches are checked for structure only.

use std::fmt;

use thiserror::Error;

use self::functions::{check_frame, check_function, check_reads, check_signature};
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::exit::{Resume, SlotValue};
use crate::inst::{ImmKind, Op};
use crate::text::{Name, Numbering};
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, InstData, MemoryKind, Native, Target, Unit, ValueDef};

mod functions;
mod ownership;

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// A unit without entries.
    #[error("the unit has no entry")]
    NoEntry,
    /// An entry has parameters.
    #[error("an entry has parameters")]
    EntryParams,
    /// An entry is the target of a jump.
    #[error("an entry is jumped to")]
    EntryJumpedTo,
    /// A block is missing from the layout or twice in it.
    #[error("the layout has the block {0} times")]
    Layout(usize),
    /// A block without instructions or whose last one is not a terminator.
    #[error("the block does not end with a terminator")]
    NoTerminator,
    /// A terminator that is not last.
    #[error("a terminator within the block")]
    EarlyTerminator,
    /// An instruction is in two places.
    #[error("the instruction stands in two places")]
    SharedInst,
    /// An id that the unit does not have.
    #[error("{0} does not exist")]
    NoSuch(String),
    /// The immediate is not of the kind that the table asks for.
    #[error("an immediate of another kind than {0:?}")]
    WrongImm(ImmKind),
    /// Too many or too few operands or arguments.
    #[error("{found} values where {wanted} belong")]
    Count {
        /// As declared.
        wanted: usize,
        /// As given.
        found: usize,
    },
    /// A value of the wrong type.
    #[error("a value of type {found} where {wanted} belongs")]
    WrongType {
        /// As declared.
        wanted: Type,
        /// As given.
        found: Type,
    },
    /// An instruction that may leave has no exit.
    #[error("an exit is missing")]
    ExitMissing,
    /// An instruction that cannot leave has an exit.
    #[error("an exit that is never taken")]
    ExitSuperfluous,
    /// The exit of a call must go on with the exception, that of a call of a compiled function behind it, and
    /// that of a computation with neither.
    #[error("a call's exit resumes with `raise` or `called`, a computation's with `at`")]
    WrongResume,
    /// A function's unit has one entry.
    #[error("a function has one entry")]
    FunctionEntries,
    /// An argument of the function or entry that does not exist, or is of another type.
    #[error("the function or entry has no such argument")]
    NoArgument,
    /// An argument of an entry behind something that may have overwritten it.
    #[error("arguments of an entry stand at its begin")]
    LateArgument,
    /// Something is read that is no number, where no loop is entered, or from outside of the frame.
    #[error("only entries of loops read, and only numbers in slots of the frame")]
    StrangeRead,
    /// A frame without a function, or of something else.
    #[error("a frame is that of a function, which gives an object")]
    StrangeFrame,
    /// A return that is not one of the function's, or not in a function.
    #[error("the function does not return such a value")]
    WrongReturn,
    /// A type that compiled functions do not take, or do not give.
    #[error("functions do not take or give a value of type {0}")]
    SignatureType(Type),
    /// What is said to be the unit's own function has another signature.
    #[error("the unit's own function has another signature")]
    NotItself,
    /// The outermost frame of an exit is not the unit's own.
    #[error("its outermost frame is not the unit's own")]
    OwnFrame,
    /// An exit without frames.
    #[error("the exit rebuilds no frame")]
    NoFrames,
    /// Slots of a snapshot are not in ascending order, or not below the depth.
    #[error("slots of the exit are not ascending or not below the depth")]
    ExitSlots,
    /// The region's own frame has fewer slots than the exit says are in use.
    #[error("the exit's depth is beyond the frame")]
    ExitDepth,
    /// A store to a part of memory that is said never to change.
    #[error("a store to memory that is declared constant")]
    StoreToConstant,
    /// A helper that raises but whose result cannot say so.
    #[error("a helper with an unboxed result cannot raise")]
    RaisesUnboxed,
    /// A range is promised of something that is no int.
    #[error("a range is promised of a value that is no int")]
    BoundsOfNoInt,
    /// A value is used where its definition has not run.
    #[error("the value is used where it is not defined")]
    NotDominated,
    /// An owned value is used or consumed after it was consumed.
    #[error("the owned value was consumed before")]
    Consumed,
    /// An owned value is alive where native code is left, and the exit does not list it.
    #[error("the owned value is alive, but the exit does not consume it")]
    NotInExit,
    /// An exit lists an owned value twice.
    #[error("the exit consumes the owned value twice")]
    TwiceInExit,
    /// An owned value is alive on some paths into the block and not on others.
    #[error("the owned value is alive on some paths into the block only")]
    AliveOnSomePaths,
    /// A borrowed reference is used after what it was borrowed from may have gone.
    #[error("the borrowed reference may have outlived its owner")]
    OutlivesOwner,
}

/// A fault and where it is. Names are those of the unit's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// What is wrong.
    pub fault: Fault,
    /// The block.
    pub block: Option<Name>,
    /// Which instruction of the block, from 0, and its operation.
    pub inst: Option<(usize, Op)>,
    /// The value.
    pub value: Option<Name>,
}

impl std::error::Error for VerifyError {}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(block) = self.block {
            write!(f, "{block}")?;
            if let Some((at, op)) = self.inst {
                write!(f, "[{at}] {}", op.name())?;
            }
            write!(f, ": ")?;
        }
        if let Some(value) = self.value {
            write!(f, "{value}: ")?;
        }
        write!(f, "{}", self.fault)
    }
}

/// Checks a unit.
///
/// # Errors
/// Everything that was found wrong, in order of the text.
pub fn verify(unit: &Unit) -> Result<(), Vec<VerifyError>> {
    let numbering = Numbering::new(unit);
    let mut report = Report {
        numbering: &numbering,
        errors: Vec::new(),
        place: Place::default(),
    };
    structure(unit, &mut report);
    if report.errors.is_empty() {
        let cfg = Cfg::new(unit);
        dominance(unit, &cfg, &mut report);
        if report.errors.is_empty() {
            ownership::check(unit, &cfg, &mut report);
        }
    }
    if report.errors.is_empty() {
        Ok(())
    } else {
        Err(report.errors)
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    block: Option<Block>,
    inst: Option<(usize, Op)>,
}

/// Collects faults, each with the place that was last set.
struct Report<'a> {
    numbering: &'a Numbering,
    errors: Vec<VerifyError>,
    place: Place,
}

impl Report<'_> {
    fn at_block(&mut self, block: Block) {
        self.place = Place {
            block: Some(block),
            inst: None,
        };
    }

    fn at_inst(&mut self, at: usize, op: Op) {
        self.place.inst = Some((at, op));
    }

    fn fault(&mut self, fault: Fault) {
        self.add(None, fault);
    }

    fn fault_of(&mut self, value: Value, fault: Fault) {
        self.add(Some(value), fault);
    }

    fn add(&mut self, value: Option<Value>, fault: Fault) {
        let error = VerifyError {
            fault,
            block: self.place.block.map(|b| self.numbering.block(b)),
            inst: self.place.inst,
            value: value.map(|v| self.numbering.value(v)),
        };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

fn structure(unit: &Unit, report: &mut Report<'_>) {
    for helper in &unit.helpers {
        let unboxed = matches!(
            helper.result,
            Some(Type::I64 | Type::F64 | Type::Bool | Type::Ptr)
        );
        if helper.effects.raises && unboxed {
            report.fault(Fault::RaisesUnboxed);
        }
        for id in &helper.writes_only {
            known(id, id.index(), unit.memories.len(), report);
        }
    }
    if unit.entries.is_empty() {
        report.fault(Fault::NoEntry);
    }
    if unit.signature.is_some() && unit.entries.len() > 1 {
        report.fault(Fault::FunctionEntries);
    }
    for id in unit
        .natives
        .iter()
        .filter_map(|n| n.entry)
        .chain(unit.identity)
    {
        known(&id, id.index(), unit.objects.len(), report);
    }
    let own = |n: &&Native| n.entry.is_none() && Some(&n.signature) != unit.signature.as_ref();
    if unit.natives.iter().any(|n| own(&n)) {
        report.fault(Fault::NotItself);
    }
    for native in &unit.natives {
        check_signature(&native.signature, true, report);
    }
    if let Some(signature) = &unit.signature {
        check_signature(signature, unit.frame_of.is_some(), report);
    }
    check_frame(unit, report);
    let mut times = vec![0usize; unit.block_count()];
    for block in &unit.layout {
        match times.get_mut(block.index()) {
            Some(times) => *times += 1,
            None => return report.fault(Fault::NoSuch(block.to_string())),
        }
    }
    for &block in &unit.entries {
        if times.get(block.index()).is_none_or(|t| *t == 0) {
            return report.fault(Fault::NoSuch(block.to_string()));
        }
        report.at_block(block);
        if !unit.block(block).params.is_empty() {
            report.fault(Fault::EntryParams);
        }
    }
    check_reads(unit, report);
    let mut placed = vec![false; unit.inst_count()];
    for &block in &unit.layout {
        report.at_block(block);
        if times[block.index()] != 1 {
            report.fault(Fault::Layout(times[block.index()]));
        }
        for &param in &unit.block(block).params {
            if unit.bounds(param).is_some() && unit.ty(param) != Type::I64 {
                report.fault_of(param, Fault::BoundsOfNoInt);
            }
        }
        let insts = &unit.block(block).insts;
        if insts
            .last()
            .is_none_or(|i| !unit.inst(*i).op.is_terminator())
        {
            report.fault(Fault::NoTerminator);
        }
        for (at, &inst) in insts.iter().enumerate() {
            let data = unit.inst(inst);
            report.at_inst(at, data.op);
            if std::mem::replace(&mut placed[inst.index()], true) {
                report.fault(Fault::SharedInst);
            }
            if data.op.is_terminator() && at + 1 != insts.len() {
                report.fault(Fault::EarlyTerminator);
            }
            check_inst(unit, block, inst, &times, report);
        }
    }
}

fn check_inst(unit: &Unit, block: Block, inst: Inst, times: &[usize], report: &mut Report<'_>) {
    let data = unit.inst(inst);
    if let Some(value) = data.uses().find(|v| v.index() >= unit.value_count()) {
        return report.fault(Fault::NoSuch(value.to_string()));
    }
    if !check_imm(unit, data, report) {
        return;
    }
    check_function(unit, block, data, report);
    let types = unit.operand_types(data);
    check_values(unit, types, &data.args, report);
    for target in data.targets() {
        check_target(unit, target, times, report);
    }
    match (data.exit, unit.wants_exit(data)) {
        (None, true) => report.fault(Fault::ExitMissing),
        (Some(_), false) => report.fault(Fault::ExitSuperfluous),
        (Some(exit), true) => match unit.exits.get(exit.index()) {
            Some(_) => check_exit(unit, data, report),
            None => report.fault(Fault::NoSuch(exit.to_string())),
        },
        (None, false) => {}
    }
}

fn check_imm(unit: &Unit, data: &InstData, report: &mut Report<'_>) -> bool {
    let kind = data.op.info().imm;
    match (kind, &data.imm) {
        (ImmKind::None, Imm::None)
        | (ImmKind::Int, Imm::Int(_))
        | (ImmKind::Offset, Imm::Offset(_, None))
        | (ImmKind::Scale, Imm::Int(1 | 2 | 4 | 8))
        | (ImmKind::Float, Imm::Float(_))
        | (ImmKind::Bool, Imm::Bool(_))
        | (ImmKind::Position, Imm::Position(_))
        | (ImmKind::Word, Imm::Word(_))
        | (ImmKind::Jump, Imm::Jump(_))
        | (ImmKind::Branch, Imm::Branch(..)) => true,
        (ImmKind::Offset, Imm::Offset(_, Some(id))) => {
            let known = known(id, id.index(), unit.memories.len(), report);
            if data.result.is_none() && unit.memory_kind(data) == Some(MemoryKind::Constant) {
                report.fault(Fault::StoreToConstant);
            }
            known
        }
        (ImmKind::Object, Imm::Object(id)) => known(id, id.index(), unit.objects.len(), report),
        (ImmKind::Type, Imm::Type(id)) => known(id, id.index(), unit.types.len(), report),
        (ImmKind::Slot, Imm::Slot(id)) => {
            known(id, id.index(), (unit.slots + unit.names) as usize, report)
        }
        (ImmKind::Helper, Imm::Helper(id)) => known(id, id.index(), unit.helpers.len(), report),
        (ImmKind::Native, Imm::Native(id)) => known(id, id.index(), unit.natives.len(), report),
        _ => {
            report.fault(Fault::WrongImm(kind));
            false
        }
    }
}

fn known(id: &impl fmt::Display, index: usize, count: usize, report: &mut Report<'_>) -> bool {
    if index >= count {
        report.fault(Fault::NoSuch(id.to_string()));
    }
    index < count
}

fn check_values(unit: &Unit, wanted: &[Type], found: &[Value], report: &mut Report<'_>) {
    if wanted.len() != found.len() {
        return report.fault(Fault::Count {
            wanted: wanted.len(),
            found: found.len(),
        });
    }
    for (&wanted, &value) in wanted.iter().zip(found) {
        check_type(unit, wanted, value, report);
    }
}

fn check_type(unit: &Unit, wanted: Type, value: Value, report: &mut Report<'_>) {
    let found = unit.ty(value);
    if !found.fits(wanted) {
        report.fault_of(value, Fault::WrongType { wanted, found });
    }
}

fn check_target(unit: &Unit, target: &Target, times: &[usize], report: &mut Report<'_>) {
    if times.get(target.block.index()).is_none_or(|t| *t == 0) {
        return report.fault(Fault::NoSuch(target.block.to_string()));
    }
    if unit.entries.contains(&target.block) {
        report.fault(Fault::EntryJumpedTo);
    }
    let params = &unit.block(target.block).params;
    let types: Vec<Type> = params.iter().map(|p| unit.ty(*p)).collect();
    check_values(unit, &types, &target.args, report);
}

fn check_exit(unit: &Unit, data: &InstData, report: &mut Report<'_>) {
    let Some(exit) = data.exit.map(|x| &unit.exits[x.index()]) else {
        return;
    };
    let raises = exit.resume == Resume::Raise;
    let called = exit.resume == Resume::Called;
    let allowed = match data.op {
        Op::CallNative => called,
        _ if called => false,
        Op::Call | Op::CallFramed => raises,
        // An expansion may find out by itself that a helper failed. An allocation that failed has set an
        // exception; before any effect the host may as well try the instruction again.
        Op::Guard | Op::GuardNot | Op::Leave | Op::BoxI | Op::BoxF => true,
        _ => !raises,
    };
    if !allowed {
        report.fault(Fault::WrongResume);
    }
    if exit.frames.is_empty() {
        report.fault(Fault::NoFrames);
    }
    if let Some(value) = exit.values().find(|v| v.index() >= unit.value_count()) {
        return report.fault(Fault::NoSuch(value.to_string()));
    }
    if exit.frames.first().is_some_and(|f| f.depth > unit.slots) {
        report.fault(Fault::ExitDepth);
    }
    if exit.frames.first().is_some_and(|f| f.of.is_some()) {
        report.fault(Fault::OwnFrame);
    }
    let mut sunk_numbers = Vec::new();
    for (number, frame) in exit.frames.iter().enumerate() {
        if let Some(id) = &frame.of {
            known(id, id.index(), unit.natives.len(), report);
        }
        if let Some(function) = frame.function {
            check_type(unit, Type::Ref, function, report);
        }
        let mut below = 0;
        for (slot, value) in &frame.slots {
            let in_use = match number {
                0 => unit.in_use(*slot, frame.depth),
                _ => slot.0 < frame.depth,
            };
            if slot.0 < below || !in_use {
                report.fault(Fault::ExitSlots);
            }
            below = slot.0 + 1;
            match value {
                SlotValue::Int(v) => check_type(unit, Type::I64, *v, report),
                SlotValue::Float(v) => check_type(unit, Type::F64, *v, report),
                SlotValue::Bool(v) => check_type(unit, Type::Bool, *v, report),
                SlotValue::Own(v) => check_type(unit, Type::Own, *v, report),
                SlotValue::Borrowed(v) => check_type(unit, Type::Ref, *v, report),
                SlotValue::Object(id) => {
                    known(id, id.index(), unit.objects.len(), report);
                }
                SlotValue::Virtual(id, _) => {
                    known(id, id.index(), unit.shapes.len(), report);
                }
                SlotValue::Sunk(sunk) => {
                    known(&sunk.class, sunk.class.index(), unit.objects.len(), report);
                    for object in sunk.places.iter().filter_map(|(_, object)| *object) {
                        known(&object, object.index(), unit.objects.len(), report);
                    }
                    let numbers = sunk.places.iter().filter(|(_, object)| object.is_none());
                    if sunk.values.len() != numbers.count() + 1 {
                        report.fault(Fault::ExitSlots);
                    }
                    sunk_numbers.push(sunk.number);
                }
                SlotValue::Same(number) => {
                    if !sunk_numbers.contains(number) {
                        report.fault(Fault::ExitSlots);
                    }
                }
                SlotValue::Null => {}
            }
        }
    }
}

/// Where each value is defined: block and place in it, 0 for parameters.
fn definitions(unit: &Unit, cfg: &Cfg) -> Vec<Option<(Block, usize)>> {
    let mut places = vec![None; unit.value_count()];
    for &block in &cfg.rpo {
        for &param in &unit.block(block).params {
            places[param.index()] = Some((block, 0));
        }
        for (at, &inst) in unit.block(block).insts.iter().enumerate() {
            if let Some(result) = unit.inst(inst).result {
                debug_assert_eq!(unit.def(result), ValueDef::Result(inst));
                places[result.index()] = Some((block, at + 1));
            }
        }
    }
    places
}

fn dominance(unit: &Unit, cfg: &Cfg, report: &mut Report<'_>) {
    let tree = Dominators::new(cfg);
    let places = definitions(unit, cfg);
    for &block in unit.layout.iter().filter(|b| cfg.is_reachable(**b)) {
        report.at_block(block);
        for (at, &inst) in unit.block(block).insts.iter().enumerate() {
            let data = unit.inst(inst);
            report.at_inst(at, data.op);
            let exit = data.exit.map(|x| &unit.exits[x.index()]);
            let left = exit.into_iter().flat_map(|x| x.values());
            for value in data.uses().chain(left) {
                let defined = places[value.index()].is_some_and(|(home, place)| {
                    if home == block {
                        place <= at
                    } else {
                        tree.dominates(home, block)
                    }
                });
                if !defined {
                    report.fault_of(value, Fault::NotDominated);
                }
            }
        }
    }
}
