//! Calls are replaced by the bodies of the functions that they are of.
//!
//! A function's calls of itself are, once or twice over, by the pass; calls of other functions, whose units whoever
//! compiles has kept, by [`inline_calls`], before all passes.
//!
//! Contract: what is inlined is a small function without loops that ends no loans, because its arguments may be lent, and
//! touches no slot: it has no memory for its slots, so its exits must list all that they hold. An exit of the inlined body rebuilds the frames of the call's exit,
//! outermost first, and its own frame behind them; a call in it is nested so much deeper. The order of blocks is
//! kept: a copy stands behind the block that called.

use rustc_hash::FxHashMap as HashMap;

use super::Pipeline;
use super::edit::{Substitution, lay_behind};
use crate::cfg::Cfg;
use crate::exit::SlotValue;
use crate::inst::{Effects, Op};
use crate::types::{Block, ExitId, NativeId, ObjectId, Value};
use crate::unit::{Args, Helper, Imm, InstData, Native, Target, Unit};

mod adopt;

use adopt::Adopted;

/// Most instructions of a function that is inlined.
const MOST_INLINED: usize = 90;
/// The same as it was lowered: of more than that cleaning does not leave so few.
const MOST_BEFORE_CLEANING: usize = 6 * MOST_INLINED;
/// Most instructions of the function afterwards, where it calls itself.
const MOST_AFTERWARDS: usize = 320;
/// Most instructions of a unit afterwards that calls others, as it was lowered.
const MOST_WITH_OTHERS: usize = 1_500;
/// Most values that an exit of an inlined body may need.
const MOST_VALUES: usize = 96;
/// How often over a function's calls of itself are replaced.
const LEVELS: usize = 2;
/// What makes a body of a unit as it was lowered.
const CLEANING: &[&str] = &[
    "blocks", "params", "fold", "slots", "cse", "params", "dead", "compact",
];

pub(super) fn run(unit: &mut Unit) {
    if !is_frameless(unit) || !calls_itself(unit) || !is_simple(unit) {
        return;
    }
    let body = unit.clone();
    let itself = Callee {
        native: None,
        body: &body,
        adopted: Adopted::default(),
    };
    for _ in 0..LEVELS {
        let sites = sites(unit, &itself);
        if unit.size() + sites.len() * itself.body.size() > MOST_AFTERWARDS {
            return;
        }
        for block in sites {
            inline(unit, block, &itself);
        }
    }
}

/// A function's unit as it may stand where the function is called, made of the unit as it was lowered; none if it
/// may not. Something that wants to run is asked for by whoever calls.
pub fn body_of(unit: &Unit) -> Option<Unit> {
    if !is_frameless(unit) || unit.size() > MOST_BEFORE_CLEANING || !is_forward(unit) {
        return None;
    }
    let mut body = unit.clone();
    for block in body.layout.clone() {
        for inst in body.block(block).insts.clone() {
            if body.inst(inst).op == Op::Poll {
                body.become_inst(inst, Op::BConst, Vec::new(), Imm::Bool(false), None);
            }
        }
    }
    Pipeline::all(CLEANING).run(&mut body);
    // Whoever inlines it may have no such objects.
    let virtuals = body.exits.iter().flat_map(|exit| &exit.frames);
    let virtuals = virtuals.flat_map(|frame| &frame.slots).any(|(_, value)| {
        matches!(
            value,
            SlotValue::Virtual(..) | SlotValue::Sunk(_) | SlotValue::Same(_)
        )
    });
    let may = is_simple(&body) && !calls_itself(&body) && !virtuals;
    may.then_some(body)
}

/// Whether a function's unit, as it is before its host's layouts are expanded, writes no memory but its activation's.
pub fn only_reads(unit: &Unit) -> bool {
    if unit.frame_of.is_some() {
        return false;
    }
    let insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    insts.into_iter().all(|inst| {
        let data = unit.inst(*inst);
        match (data.op, &data.imm) {
            (Op::CallNative, Imm::Native(id)) => {
                let native = &unit.natives[id.index()];
                native.entry.is_none() || native.only_reads
            }
            _ => match unit.helper_of(data) {
                Some(helper) => !helper.effects.writes && !helper.ends_loans(),
                None => data.op.info().effects != Effects::WritesMemory,
            },
        }
    })
}

/// The objects and compiled functions that a function's code names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Names of its objects.
    pub objects: Vec<String>,
    /// The functions that it calls.
    pub natives: Vec<Native>,
}

/// From which numbers on what a function's code names is known to code that it became part of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Objects.
    pub objects: u32,
    /// Compiled functions.
    pub natives: u32,
}

/// Appends what the code of functions names to what code names that calls these, by `NativeId`: of one after the other all its
/// objects and all its compiled functions.
pub fn adopt_names<'a>(
    objects: &mut Vec<String>,
    natives: &mut Vec<Native>,
    of: impl Iterator<Item = Option<&'a Names>>,
) -> Vec<Option<Known>> {
    let own = natives.clone();
    let adopted = of.zip(own).map(|(names, native)| {
        let names = names?;
        let known = Known {
            objects: objects.len() as u32,
            natives: natives.len() as u32,
        };
        let inner = names.objects.iter();
        objects.extend(inner.map(|object| format!("{}:{object}", native.name)));
        natives.extend(names.natives.iter().map(|inner| {
            Native {
                entry: inner
                    .entry
                    .map_or(native.entry, |word| Some(ObjectId(word.0 + known.objects))),
                ..inner.clone()
            }
        }));
        Some(known)
    });
    adopted.collect()
}

/// Replaces calls of functions of which there are bodies, by `NativeId`, each with where what it names is known.
pub fn inline_calls(unit: &mut Unit, bodies: &[Option<(&Unit, Known)>]) {
    let natives = unit.natives.len();
    for (at, body) in bodies.iter().enumerate().take(natives) {
        let Some((body, known)) = *body else { continue };
        let native = NativeId(at as u32);
        let callee = Callee {
            native: Some(native),
            adopted: Adopted::new(unit, body, known),
            body,
        };
        for block in sites(unit, &callee) {
            if unit.size() + callee.body.size() > MOST_WITH_OTHERS {
                break;
            }
            inline(unit, block, &callee);
        }
    }
}

/// A function whose calls are replaced.
struct Callee<'a> {
    /// Which it is; none for the unit's own.
    native: Option<NativeId>,
    body: &'a Unit,
    /// What the body's ids are in the unit that calls.
    adopted: Adopted,
}

/// Whether it is that of a function that has no frame while it runs.
fn is_frameless(unit: &Unit) -> bool {
    unit.signature.is_some() && unit.frame_of.is_none()
}

/// Whether a function calls itself.
fn calls_itself(unit: &Unit) -> bool {
    let mut insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    insts.any(|inst| calls(unit, unit.inst(*inst), None))
}

/// Whether it has no loops.
fn is_forward(unit: &Unit) -> bool {
    let cfg = Cfg::new(unit);
    unit.layout.iter().all(|block| {
        let place = cfg.place(*block);
        unit.successors(*block)
            .iter()
            .all(|next| place.is_none() || cfg.place(*next) > place)
    })
}

/// Whether its body may stand where it is called.
fn is_simple(unit: &Unit) -> bool {
    let insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    let slots = |op| {
        matches!(
            op,
            Op::SlotLoad | Op::SlotTake | Op::SlotPut | Op::SlotSwap | Op::FrameBase | Op::Position
        )
    };
    // What it is handed stays while it runs; what somebody else lends does not where it stands then.
    let ends_loans = |data| unit.helper_of(data).is_some_and(Helper::ends_loans);
    unit.size() <= MOST_INLINED
        && is_forward(unit)
        && insts.into_iter().all(|inst| {
            let data = unit.inst(*inst);
            !slots(data.op) && !ends_loans(data)
        })
}

/// The blocks in which a function is called, but cold ones; a block with two such calls is there once.
fn sites(unit: &Unit, callee: &Callee<'_>) -> Vec<Block> {
    let blocks = unit.layout.iter().copied();
    blocks
        .filter(|b| !unit.block(*b).cold && call_in(unit, *b, callee).is_some())
        .collect()
}

/// Where a block first calls a function whose body may stand there.
fn call_in(unit: &Unit, block: Block, callee: &Callee<'_>) -> Option<usize> {
    let few = |exit: ExitId| {
        let mut inner = callee.body.exits.iter().map(|exit| exit.values().count());
        let around = unit.exits[exit.index()].values().count();
        callee.native.is_none() || inner.all(|count| count + around <= MOST_VALUES)
    };
    let insts = &unit.block(block).insts;
    insts.iter().position(|inst| {
        let data = unit.inst(*inst);
        calls(unit, data, callee.native) && data.exit.is_some_and(few)
    })
}

/// Whether an instruction calls this function, or, without one, the unit's own.
fn calls(unit: &Unit, data: &InstData, native: Option<NativeId>) -> bool {
    match (data.op, &data.imm) {
        (Op::CallNative, Imm::Native(id)) => match native {
            Some(native) => *id == native,
            None => unit.natives[id.index()].entry.is_none(),
        },
        _ => false,
    }
}

/// Replaces all calls in a block.
fn inline(unit: &mut Unit, block: Block, callee: &Callee<'_>) {
    let mut at = block;
    while let Some(place) = call_in(unit, at, callee) {
        let insts = &mut unit.block_mut(at).insts;
        let rest = insts.split_off(place + 1);
        let Some(call) = insts.pop() else { return };
        let call = unit.inst(call).clone();
        let (Some(exit), Some(result)) = (call.exit, call.result) else {
            return;
        };
        let first_new = unit.block_count();
        let on = unit.add_block();
        let param = unit.add_param(on, unit.ty(result));
        unit.block_mut(on).insts = rest;
        let mut values = Substitution::new(unit);
        let entry = copy(unit, callee, &call, exit, on);
        values.replace(result, param);
        values.apply(unit);
        let to = Target {
            block: entry,
            args: Vec::new(),
        };
        unit.push(at, Op::Jump, &[], Imm::Jump(to), None);
        // The copy stands between the call and what follows it.
        let mut made: Vec<Block> = unit.layout[layout_place(unit, first_new)..].to_vec();
        made.rotate_left(1);
        lay_behind(unit, at, &made);
        at = on;
    }
}

/// Where the blocks begin in the layout that were made from this number on.
fn layout_place(unit: &Unit, first: usize) -> usize {
    let made = unit.layout.iter().rev();
    unit.layout.len() - made.take_while(|b| b.index() >= first).count()
}

/// Copies the body for a call; what it returns goes to `on`. Gives the block it begins with.
fn copy(unit: &mut Unit, callee: &Callee<'_>, call: &InstData, site: ExitId, on: Block) -> Block {
    let body = callee.body;
    let cfg = Cfg::new(body);
    let around = unit.exits[site.index()].frames.clone();
    let mut values: HashMap<Value, Value> = HashMap::default();
    let mut blocks: HashMap<Block, Block> = HashMap::default();
    let mut exits: HashMap<ExitId, ExitId> = HashMap::default();
    for &block in body.layout.iter().filter(|b| cfg.is_reachable(**b)) {
        let new = unit.add_block();
        unit.block_mut(new).cold = body.block(block).cold;
        blocks.insert(block, new);
        for &param in &body.block(block).params {
            let param_copy = unit.add_param(new, body.ty(param));
            if let Some(range) = body.bounds(param) {
                unit.set_bounds(param_copy, range);
            }
            values.insert(param, param_copy);
        }
    }
    // In an order in which definitions come first.
    for &block in &cfg.rpo {
        for &inst in &body.block(block).insts {
            let mut data = body.inst(inst).clone();
            for value in data.uses_mut() {
                *value = values[value];
            }
            for target in data.targets_mut() {
                target.block = blocks[&target.block];
            }
            callee.adopted.imm(&mut data.imm);
            if let (Some(_), Imm::Word(number)) = (data.op.argument_type(), &data.imm) {
                if let Some(result) = data.result {
                    values.insert(result, call.args[*number as usize]);
                }
                continue;
            }
            if data.op.is_return() {
                let to = Target {
                    block: on,
                    args: data.args.to_vec(),
                };
                data = InstData {
                    op: Op::Jump,
                    args: Args::new(),
                    imm: Imm::Jump(to),
                    exit: None,
                    result: None,
                };
            }
            if let (Op::MayNest, Imm::Int(levels)) = (data.op, &mut data.imm) {
                *levels += around.len() as i64;
            }
            let exit = data.exit.map(|id| {
                *exits.entry(id).or_insert_with(|| {
                    let mut exit = body.exits[id.index()].clone();
                    for value in exit.values_mut() {
                        *value = values[value];
                    }
                    callee.adopted.frames(&mut exit.frames, callee.native);
                    exit.frames.splice(0..0, around.iter().cloned());
                    unit.add_exit(exit)
                })
            });
            let made = unit.push(blocks[&block], data.op, &data.args, data.imm, exit);
            if let (Some(result), Some(made)) = (data.result, made) {
                values.insert(result, made);
            }
        }
    }
    blocks[&body.entries[0]]
}
