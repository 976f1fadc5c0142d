//! Loads of memory whose contents are known already, from an earlier load or store.
//!
//! Contract: a load is replaced by the value that every way to it last loaded from, or stored to, the same
//! address and offset with the same width, if nothing in between may have written there: no store to the
//! same part of memory (but at another offset of the same address), no helper that writes the part, no code;
//! and, of a pointer, no helper that may let go of what it points to.
//! Loads of constant memory are left to `cse`; those of volatile memory are never touched. Stores stay.
//!
//! A call of a helper that only reads memory is a question: asked again of the same operands, when nothing in between has
//! written anything or changed a count of references, it has the same answer.
//!
//! What is known at a block's start is the intersection over its edges, found by iteration from optimistic
//! assumptions. A value that is known on all ways to a block is defined on all of them, so it dominates it.

use rustc_hash::FxHashMap as HashMap;

use super::edit::Substitution;
use crate::cfg::Cfg;
use crate::inst::{Effects, Op};
use crate::types::{Block, HelperId, MemoryId, Type, Value};
use crate::unit::{Args, Helper, HelperEffects, Imm, InstData, MemoryKind, Unit};

/// Rounds after which a unit is left as it is.
const MAX_ROUNDS: usize = 12;

/// What a value is known for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Place(Place),
    Question(HelperId, Args),
}

/// A place, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    load: Op,
    address: Value,
    offset: i64,
    memory: Option<MemoryId>,
}

impl Key {
    /// The same, if it is a place and no question.
    fn place(&self) -> Option<&Place> {
        match self {
            Key::Place(place) => Some(place),
            Key::Question(..) => None,
        }
    }
}

impl Place {
    fn width(&self) -> i64 {
        match self.load {
            Op::LoadU8 | Op::LoadI8 => 1,
            Op::LoadU16 | Op::LoadI16 => 2,
            Op::LoadU32 | Op::LoadI32 | Op::LoadF32 => 4,
            _ => 8,
        }
    }

    /// Whether a store to `other` may change what is here.
    fn touched_by(&self, other: &Place) -> bool {
        let may_share = match (self.memory, other.memory) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let apart = self.address == other.address
            && (self.offset + self.width() <= other.offset
                || other.offset + other.width() <= self.offset);
        may_share && !apart
    }
}

type Known = HashMap<Key, Value>;

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let mut ends: Vec<Option<Known>> = vec![None; unit.block_count()];
    // Blocks into which something else is known to lead than when they were looked at.
    let mut stale = vec![true; unit.block_count()];
    for round in 0.. {
        if round == MAX_ROUNDS {
            return;
        }
        let mut changed = false;
        for &block in &cfg.rpo {
            if !std::mem::replace(&mut stale[block.index()], false) {
                continue;
            }
            let mut known = at_start(&cfg, block, &ends);
            for &inst in &unit.block(block).insts {
                step(unit, unit.inst(inst), &mut known);
            }
            let end = &mut ends[block.index()];
            if end.as_ref() != Some(&known) {
                *end = Some(known);
                for next in unit.successors(block) {
                    stale[next.index()] = true;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut values = Substitution::new(unit);
    for &block in &cfg.rpo {
        let mut known = at_start(&cfg, block, &ends);
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            let data = unit.inst(inst);
            match (step(unit, data, &mut known), data.result) {
                (Some(earlier), Some(result)) => values.replace(result, earlier),
                _ => kept.push(inst),
            }
        }
        unit.block_mut(block).insts = kept;
    }
    values.apply(unit);
}

fn at_start(cfg: &Cfg, block: Block, ends: &[Option<Known>]) -> Known {
    let mut edges = cfg
        .preds(block)
        .iter()
        .filter_map(|p| ends[p.index()].as_ref());
    let Some(first) = edges.next() else {
        return Known::default();
    };
    let mut known = first.clone();
    for end in edges {
        known.retain(|key, value| end.get(key) == Some(value));
    }
    known
}

/// Brings what is known past an instruction; the value that a load is known to give.
fn step(unit: &Unit, data: &InstData, known: &mut Known) -> Option<Value> {
    match access(unit, data) {
        Some((place, true)) => return known_or_new(Key::Place(place), data, known),
        Some((stored, false)) => {
            known.retain(|key, _| key.place().is_some_and(|place| !place.touched_by(&stored)));
            // What a narrow store leaves to be loaded is not the value that was stored.
            if matches!(data.op, Op::StoreI64 | Op::StoreF64 | Op::StorePtr) {
                known.insert(Key::Place(stored), data.args[1]);
            }
        }
        None => match question(unit, data) {
            Some(question) => return known_or_new(question, data, known),
            None => clobber(unit, data, known),
        },
    }
    None
}

/// What an instruction is known to give; if it is not, it is from now on.
fn known_or_new(key: Key, data: &InstData, known: &mut Known) -> Option<Value> {
    if let Some(&earlier) = known.get(&key) {
        return Some(earlier);
    }
    if let Some(result) = data.result {
        known.insert(key, result);
    }
    None
}

/// The question that a call asks of memory, if it does nothing else. What it gives is nobody's own.
fn question(unit: &Unit, data: &InstData) -> Option<Key> {
    let Imm::Helper(id) = data.imm else {
        return None;
    };
    let only_reads = HelperEffects {
        reads: true,
        ..HelperEffects::default()
    };
    let asks = data.op == Op::Call && unit.helper_of(data)?.effects == only_reads;
    let lends = data
        .result
        .is_some_and(|result| unit.ty(result) != Type::Own);
    (asks && lends && data.exit.is_none()).then(|| Key::Question(id, data.args.clone()))
}

/// The place that a load (`true`) or store (`false`) of changing memory touches.
fn access(unit: &Unit, data: &InstData) -> Option<(Place, bool)> {
    let Imm::Offset(offset, memory) = data.imm else {
        return None;
    };
    if matches!(
        unit.memory_kind(data),
        Some(MemoryKind::Constant | MemoryKind::Volatile)
    ) {
        return None;
    }
    let load = match data.op {
        Op::StoreI64 => Op::LoadI64,
        Op::StoreF64 => Op::LoadF64,
        Op::StorePtr => Op::LoadPtr,
        Op::StoreU32 => Op::LoadU32,
        Op::StoreU16 => Op::LoadU16,
        Op::StoreU8 => Op::LoadU8,
        Op::StoreF32 => Op::LoadF32,
        op => op,
    };
    let place = Place {
        load,
        address: data.args[0],
        offset,
        memory,
    };
    Some((place, data.result.is_some()))
}

fn clobber(unit: &Unit, data: &InstData, known: &mut Known) {
    // A compiled function may store anywhere, unless it is known not to.
    if let (Op::CallNative, Imm::Native(id)) = (data.op, &data.imm) {
        if !unit.natives[id.index()].only_reads {
            known.clear();
        }
        return;
    }
    if unit.runs_code(data) {
        return known.clear();
    }
    let written = match unit.helper_of(data) {
        Some(helper) if helper.effects.writes && helper.writes_only.is_empty() => {
            return known.clear();
        }
        Some(helper) if helper.effects.writes || helper.ends_loans() => &helper.writes_only,
        Some(_) => return,
        // The frame and the counts: no part of memory that loads name before they are expanded.
        None => match data.op.info().effects {
            Effects::WritesFrame | Effects::Counts => {
                return known
                    .retain(|key, _| key.place().is_some_and(|place| place.memory.is_some()));
            }
            _ => return,
        },
    };
    // What is lent twice, before and behind the end of a loan, must not become one.
    let ends_loans = unit.helper_of(data).is_some_and(Helper::ends_loans);
    known.retain(|key, _| {
        key.place().is_some_and(|place| match place.memory {
            Some(_) if ends_loans && place.load == Op::LoadPtr => false,
            Some(memory) => !written.contains(&memory),
            None => false,
        })
    });
}
