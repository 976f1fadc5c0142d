//! Copies of blocks within a unit, and what has to be done that values of the original are not used where
//! the copy's are meant.
//!
//! Contract: an instruction of a copy uses the copies of the values that were copied, and leaves through a
//! copy of its exit. Once the copied blocks have edges from and to the rest of the unit, [`Copies::repair`]
//! gives every other use the definition that reaches it, through parameters where two do: ownership and
//! borrowing then hold as before, because every path runs the same instructions as it did.

use rustc_hash::FxHashMap as HashMap;

use crate::cfg::Cfg;
use crate::inst::Op;
use crate::types::{Block, ExitId, Inst, Value};
use crate::unit::{Imm, InstData, Unit};

/// Blocks that were copied once, with their values and exits.
#[derive(Debug, Default)]
pub(super) struct Copies {
    blocks: HashMap<Block, Block>,
    values: HashMap<Value, Value>,
    exits: HashMap<ExitId, ExitId>,
    /// Originals, in the order in which they were copied.
    copied: Vec<Block>,
}

impl Copies {
    /// A new block, not in the layout yet at the right place, with copies of the block's parameters.
    pub(super) fn add_block(&mut self, unit: &mut Unit, block: Block) -> Block {
        let copy = unit.add_block();
        unit.block_mut(copy).cold = unit.block(block).cold;
        for param in unit.block(block).params.clone() {
            let value = unit.add_param(copy, unit.ty(param));
            self.values.insert(param, value);
        }
        self.lay(block, copy);
        copy
    }

    /// A block's instructions are going to be copied into this one.
    pub(super) fn lay(&mut self, block: Block, copy: Block) {
        self.blocks.insert(block, copy);
        self.copied.push(block);
    }

    /// The copy uses the original of this value: it is the same there.
    pub(super) fn keep(&mut self, value: Value) {
        self.values.remove(&value);
    }

    /// The copy uses `copy` for this value. It is defined in the copy of the value's block.
    pub(super) fn put(&mut self, value: Value, copy: Value) {
        self.values.insert(value, copy);
    }

    /// The copy of a block, if it has one.
    pub(super) fn block(&self, block: Block) -> Option<Block> {
        self.blocks.get(&block).copied()
    }

    /// The copy of a value, or the value if it was not copied.
    pub(super) fn value(&self, value: Value) -> Value {
        self.values.get(&value).copied().unwrap_or(value)
    }

    /// The copies of values.
    pub(super) fn all(&self, values: &[Value]) -> Vec<Value> {
        values.iter().map(|v| self.value(*v)).collect()
    }

    /// A copy of an instruction that was not copied before; it is in no block yet. What it uses must have
    /// been copied. Targets are those of the original, with the copies of the arguments.
    pub(super) fn inst(&mut self, unit: &mut Unit, inst: Inst) -> Inst {
        let InstData {
            op,
            args,
            mut imm,
            exit,
            result,
        } = unit.inst(inst).clone();
        let args = self.all(&args);
        for target in imm.targets_mut() {
            target.args = self.all(&target.args);
        }
        let exit = exit.map(|exit| self.exit(unit, exit));
        let (copy, value) = unit.make_inst(op, args, imm, exit);
        if let (Some(result), Some(value)) = (result, value) {
            self.values.insert(result, value);
        }
        copy
    }

    /// The same for an instruction that leaves, by an operation that does not.
    pub(super) fn inst_unchecked(&mut self, unit: &mut Unit, inst: Inst, op: Op) -> Inst {
        let InstData { args, result, .. } = unit.inst(inst).clone();
        let (copy, value) = unit.make_inst(op, self.all(&args), Imm::None, None);
        if let (Some(result), Some(value)) = (result, value) {
            self.values.insert(result, value);
        }
        copy
    }

    fn exit(&mut self, unit: &mut Unit, exit: ExitId) -> ExitId {
        if let Some(&copy) = self.exits.get(&exit) {
            return copy;
        }
        let mut contents = unit.exits[exit.index()].clone();
        for value in contents.values_mut() {
            *value = self.value(*value);
        }
        let copy = unit.add_exit(contents);
        self.exits.insert(exit, copy);
        copy
    }

    /// Gives all uses the definition that reaches them, with parameters where two do. Where it is known
    /// whether that is the original or the copy, `settled` says so, and uses are right as they are.
    pub(super) fn repair(&self, unit: &mut Unit, settled: impl Fn(Block) -> Option<Side>) {
        let mut readers: HashMap<Value, Reader> = HashMap::default();
        for &block in &self.copied {
            let Some(copy) = self.block(block) else {
                continue;
            };
            let results = unit.block(block).insts.iter();
            let results = results.filter_map(|i| unit.inst(*i).result);
            for value in unit.block(block).params.iter().copied().chain(results) {
                if let Some(&copied) = self.values.get(&value) {
                    readers.insert(value, Reader::new((block, value), (copy, copied)));
                }
            }
        }
        let cfg = Cfg::new(unit);
        let mut repair = Repair {
            unit,
            cfg: &cfg,
            settled,
            readers,
        };
        for &block in &cfg.rpo {
            if (repair.settled)(block).is_some() {
                continue;
            }
            for at in 0..repair.unit.block(block).insts.len() {
                let inst = repair.unit.block(block).insts[at];
                repair.inst(block, inst);
            }
        }
    }
}

/// Which definition of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Original,
    Copy,
}

/// What is known of the definitions of one value that reach blocks.
struct Reader {
    original: (Block, Value),
    copy: (Block, Value),
    at_start: HashMap<Block, Value>,
}

impl Reader {
    fn new(original: (Block, Value), copy: (Block, Value)) -> Reader {
        Reader {
            original,
            copy,
            at_start: HashMap::default(),
        }
    }
}

/// Finds the definitions that reach uses, after Braun et al., "Simple and Efficient Construction of Static
/// Single Assignment Form". Parameters that turn out to be superfluous are left to `params`.
struct Repair<'a, S> {
    unit: &'a mut Unit,
    cfg: &'a Cfg,
    settled: S,
    readers: HashMap<Value, Reader>,
}

impl<S: Fn(Block) -> Option<Side>> Repair<'_, S> {
    fn inst(&mut self, block: Block, inst: Inst) {
        let used: Vec<Value> = self.unit.inst(inst).uses().collect();
        let mut changed = Vec::new();
        for value in used {
            let new = self.read(block, value);
            if new != value {
                changed.push((value, new));
            }
        }
        // By now the instruction may have more arguments, which are right.
        for value in self.unit.inst_mut(inst).uses_mut() {
            if let Some((_, new)) = changed.iter().find(|(old, _)| old == value) {
                *value = *new;
            }
        }
        let Some(exit) = self.unit.inst(inst).exit else {
            return;
        };
        let mut contents = self.unit.exits[exit.index()].clone();
        let mut other = false;
        for value in contents.values_mut() {
            let new = self.read(block, *value);
            other |= new != *value;
            *value = new;
        }
        if other {
            let exit = self.unit.add_exit(contents);
            self.unit.inst_mut(inst).exit = Some(exit);
        }
    }

    /// The value that is meant where a block uses the original.
    fn read(&mut self, block: Block, value: Value) -> Value {
        match self.readers.get(&value) {
            Some(reader) if reader.original.0 != block => self.at_start(block, value),
            _ => value,
        }
    }

    fn at_start(&mut self, block: Block, value: Value) -> Value {
        // A chain of blocks with one edge into each is followed without recursion.
        let mut chain = Vec::new();
        let mut here = block;
        let found = loop {
            let reader = &self.readers[&value];
            match (self.settled)(here) {
                Some(Side::Original) => break reader.original.1,
                Some(Side::Copy) => break reader.copy.1,
                None => {}
            }
            if let Some(&known) = reader.at_start.get(&here) {
                break known;
            }
            chain.push(here);
            match *self.cfg.preds(here) {
                [only] if only == reader.original.0 => break value,
                [only] => here = only,
                _ => break self.join(here, value),
            }
        };
        let known = self.readers.get_mut(&value).map(|r| &mut r.at_start);
        if let Some(known) = known {
            known.extend(chain.into_iter().map(|block| (block, found)));
        }
        found
    }

    fn join(&mut self, block: Block, value: Value) -> Value {
        let param = self.unit.add_param(block, self.unit.ty(value));
        if let Some(reader) = self.readers.get_mut(&value) {
            reader.at_start.insert(block, param);
        }
        let mut preds = self.cfg.preds(block).to_vec();
        preds.dedup();
        for pred in preds {
            let arg = self.read(pred, value);
            if let Some(&last) = self.unit.block(pred).insts.last() {
                for target in self.unit.inst_mut(last).targets_mut() {
                    if target.block == block {
                        target.args.push(arg);
                    }
                }
            }
        }
        param
    }
}
