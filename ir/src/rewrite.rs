//! Rebuilds a unit instruction by instruction: how hosts' layout expansions, and passes that change the
//! shape of a unit, are written.
//!
//! Blocks are visited so that a definition comes before its uses. Parameters, entries, the order of
//! blocks, cold marks and exits carry over; blocks and exits that nothing uses any more are dropped, so
//! that the new unit's tables are dense. Ids of the old unit mean nothing in the new one, except for helpers,
//! objects, types, shapes and parts of memory, and, while the rewrite runs, exits.
//!
//! The expander upholds: a replaced instruction's result, if it is used, is given; an operand of type
//! `own` is consumed by the expansion as the instruction consumed it; the block that the cursor stands
//! in at the end of an expansion is not terminated, unless [`Expansion::Ends`] is returned.

use crate::cfg::Cfg;
use crate::exit::Exit;
use crate::inst::Op;
use crate::types::{Block, ExitId, HelperId, MemoryId, ObjectId, Slot, Type, Value};
use crate::unit::{Helper, Imm, InstData, MemoryKind, Target, Unit};

/// What an expander did with an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expansion {
    /// Nothing: copy the instruction as it is.
    Keep,
    /// The instructions at the cursor stand for it; this value stands for its result.
    Replaced(Option<Value>),
    /// The instructions at the cursor end with a terminator: what followed in the block is dropped.
    Ends,
}

/// Replaces instructions.
pub trait Expander {
    /// Called for every instruction, terminators included, in an order in which definitions come first.
    /// Operands and arguments are values of the new unit; target blocks too; `inst.exit` may be given to
    /// instructions at the cursor; `inst.result` is `None` and must be ignored.
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion;
}

/// Copies everything: drops what is unreachable and makes ids dense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl Expander for Identity {
    fn expand(&mut self, _: &InstData, _: &mut Cursor) -> Expansion {
        Expansion::Keep
    }
}

/// The unit with every instruction passed through the expander. The unit must be valid.
pub fn rewrite(old: &Unit, expander: &mut impl Expander) -> Unit {
    let mut new = Unit::new(old.name.clone(), old.slots);
    new.names = old.names;
    new.signature = old.signature.clone();
    new.identity = old.identity;
    new.frame_of = old.frame_of;
    new.natives = old.natives.clone();
    new.helpers = old.helpers.clone();
    new.objects = old.objects.clone();
    new.types = old.types.clone();
    new.shapes = old.shapes.clone();
    new.memories = old.memories.clone();
    new.exits = old.exits.clone();

    let cfg = Cfg::new(old);
    let mut values: Vec<Option<Value>> = vec![None; old.value_count()];
    let mut blocks: Vec<Option<Block>> = vec![None; old.block_count()];
    let mut originals = Vec::new();
    for &block in old.layout.iter().filter(|b| cfg.is_reachable(**b)) {
        let copy = new.add_block();
        new.block_mut(copy).cold = old.block(block).cold;
        new.block_mut(copy).reads = old.block(block).reads.clone();
        originals.push(block);
        blocks[block.index()] = Some(copy);
        for &param in &old.block(block).params {
            let value = new.add_param(copy, old.ty(param));
            if let Some(range) = old.bounds(param) {
                new.set_bounds(value, range);
            }
            values[param.index()] = Some(value);
        }
    }
    new.entries = old
        .entries
        .iter()
        .filter_map(|b| blocks[b.index()])
        .collect();

    let mut cursor = Cursor {
        old_exits: old.exits.len(),
        new,
        block: Block(0),
        values,
        originals,
        made: Vec::new(),
    };
    let mut done = vec![false; old.block_count()];
    let mut reached = vec![false; old.block_count()];
    for entry in &old.entries {
        reached[entry.index()] = true;
    }
    // One round does, unless a dropped edge leaves an irreducible loop with its later entry only.
    loop {
        let mut progress = false;
        for &block in &cfg.rpo {
            if !reached[block.index()] || std::mem::replace(&mut done[block.index()], true) {
                continue;
            }
            progress = true;
            cursor.copy_block(old, block, &blocks, &mut reached, expander);
        }
        if !progress {
            break;
        }
    }
    cursor.finish()
}

/// A place at the end of a block of the new unit, where an expansion emits instructions.
#[derive(Debug)]
pub struct Cursor {
    new: Unit,
    block: Block,
    /// Exits below this number are copies of the old unit's, in its values until the end.
    old_exits: usize,
    /// New values of the old unit's.
    values: Vec<Option<Value>>,
    /// The old unit's blocks that the new unit's first blocks are copies of.
    originals: Vec<Block>,
    /// Blocks made by expansions, each with the block it stands behind.
    made: Vec<(Block, Block)>,
}

impl Cursor {
    /// The new unit as far as it is built. Its old exits still name values of the old unit: use
    /// [`Cursor::exit`] to look at one.
    pub fn unit(&self) -> &Unit {
        &self.new
    }

    /// The block in which the next instruction is put.
    pub fn block(&self) -> Block {
        self.block
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.new.ty(value)
    }

    /// Goes on at the end of another block.
    pub fn switch_to(&mut self, block: Block) {
        self.block = block;
    }

    /// A new block: behind the current one, or, if cold, behind all others.
    pub fn create_block(&mut self, cold: bool) -> Block {
        let block = self.new.add_block();
        self.new.block_mut(block).cold = cold;
        self.made.push((self.block, block));
        block
    }

    /// A new parameter of a block that the expansion created.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        self.new.add_param(block, ty)
    }

    /// The contents of an exit, in values of the new unit: to derive another one from it.
    pub fn exit(&self, id: ExitId) -> Exit {
        let mut exit = self.new.exits[id.index()].clone();
        if id.index() < self.old_exits {
            for value in exit.values_mut() {
                *value = mapped(&self.values, *value);
            }
        }
        exit
    }

    /// A new exit, in values of the new unit.
    pub fn add_exit(&mut self, exit: Exit) -> ExitId {
        self.new.add_exit(exit)
    }

    /// The helper with this name, declared if it is not yet.
    pub fn declare_helper(&mut self, helper: Helper) -> HelperId {
        self.new.declare_helper(helper)
    }

    /// Emits any instruction.
    pub fn push(
        &mut self,
        op: Op,
        args: &[Value],
        imm: Imm,
        exit: Option<ExitId>,
    ) -> Option<Value> {
        self.new.push(self.block, op, args, imm, exit)
    }

    /// Emits an instruction without immediate or exit that has a result.
    pub fn op(&mut self, op: Op, args: &[Value]) -> Value {
        self.result(op, args, Imm::None, None)
    }

    /// Emits an instruction without immediate that may leave and has a result.
    pub fn op_or_leave(&mut self, op: Op, args: &[Value], exit: ExitId) -> Value {
        self.result(op, args, Imm::None, Some(exit))
    }

    /// An int constant.
    pub fn iconst(&mut self, value: i64) -> Value {
        self.result(Op::IConst, &[], Imm::Int(value), None)
    }

    /// A float constant.
    pub fn fconst(&mut self, value: f64) -> Value {
        self.result(Op::FConst, &[], Imm::Float(value.to_bits()), None)
    }

    /// A truth constant.
    pub fn bconst(&mut self, value: bool) -> Value {
        self.result(Op::BConst, &[], Imm::Bool(value), None)
    }

    /// A constant address.
    pub fn pconst(&mut self, address: i64) -> Value {
        self.result(Op::PConst, &[], Imm::Int(address), None)
    }

    /// An object of the unit.
    pub fn object(&mut self, object: ObjectId) -> Value {
        self.result(Op::Object, &[], Imm::Object(object), None)
    }

    /// A word of the activation.
    pub fn context(&mut self, word: u32) -> Value {
        self.result(Op::Context, &[], Imm::Word(word), None)
    }

    /// The part of memory with this name, declared if it is not yet.
    pub fn memory(&mut self, name: &str, kind: MemoryKind) -> MemoryId {
        self.new.declare_memory(name, kind)
    }

    /// The address of an element of an array, of this size.
    pub fn index(&mut self, array: Value, index: Value, size: i64) -> Value {
        self.result(Op::PIndex, &[array, index], Imm::Int(size), None)
    }

    /// A `load.*` from a byte offset, in a part of memory if that is known.
    pub fn load(
        &mut self,
        op: Op,
        address: Value,
        offset: i64,
        memory: impl Into<Option<MemoryId>>,
    ) -> Value {
        self.result(op, &[address], Imm::Offset(offset, memory.into()), None)
    }

    /// A `store.*` at a byte offset, in a part of memory if that is known.
    pub fn store(
        &mut self,
        op: Op,
        address: Value,
        offset: i64,
        memory: impl Into<Option<MemoryId>>,
        value: Value,
    ) {
        let imm = Imm::Offset(offset, memory.into());
        self.push(op, &[address, value], imm, None);
    }

    /// A `slot.load` or `slot.take`.
    pub fn slot(&mut self, op: Op, slot: Slot) -> Value {
        self.result(op, &[], Imm::Slot(slot), None)
    }

    /// A call.
    pub fn call(
        &mut self,
        helper: HelperId,
        args: &[Value],
        exit: Option<ExitId>,
    ) -> Option<Value> {
        self.push(Op::Call, args, Imm::Helper(helper), exit)
    }

    /// Leaves unless the condition is true.
    pub fn guard(&mut self, condition: Value, exit: ExitId) {
        self.push(Op::Guard, &[condition], Imm::None, Some(exit));
    }

    /// Leaves if the condition is true.
    pub fn guard_not(&mut self, condition: Value, exit: ExitId) {
        self.push(Op::GuardNot, &[condition], Imm::None, Some(exit));
    }

    /// Ends the block.
    pub fn jump(&mut self, to: Block, args: &[Value]) {
        self.push(Op::Jump, &[], Imm::Jump(target(to, args)), None);
    }

    /// Ends the block: to the first block when true, else to the second.
    pub fn br(&mut self, condition: Value, yes: (Block, &[Value]), no: (Block, &[Value])) {
        let imm = Imm::Branch(target(yes.0, yes.1), target(no.0, no.1));
        self.push(Op::Br, &[condition], imm, None);
    }

    /// Ends the block.
    pub fn leave(&mut self, exit: ExitId) {
        self.push(Op::Leave, &[], Imm::None, Some(exit));
    }

    fn result(&mut self, op: Op, args: &[Value], imm: Imm, exit: Option<ExitId>) -> Value {
        self.push(op, args, imm, exit)
            .expect("an instruction emitted for its result has none")
    }

    fn copy_block(
        &mut self,
        old: &Unit,
        block: Block,
        blocks: &[Option<Block>],
        reached: &mut [bool],
        expander: &mut impl Expander,
    ) {
        self.block = blocks[block.index()].expect("a reachable block was copied");
        let mut ended = false;
        let made = self.made.len();
        for &inst in &old.block(block).insts {
            let mut data = old.inst(inst).clone();
            let result = data.result.take();
            for value in data.uses_mut() {
                *value = mapped(&self.values, *value);
            }
            for target in data.targets_mut() {
                target.block = blocks[target.block.index()].expect("a reachable block was copied");
            }
            let replacement = match expander.expand(&data, self) {
                Expansion::Keep => self.push(data.op, &data.args, data.imm, data.exit),
                Expansion::Replaced(value) => value,
                Expansion::Ends => {
                    ended = true;
                    break;
                }
            };
            if let Some(result) = result {
                self.values[result.index()] = replacement;
            }
        }
        debug_assert!(
            !ended || self.new.terminator(self.block).is_some(),
            "an expansion that ends a block leaves it terminated"
        );
        // Only edges that were really emitted make a block of the old unit reachable.
        let first = blocks[block.index()].expect("a reachable block was copied");
        let emitted: Vec<Block> = std::iter::once(first)
            .chain(self.made[made..].iter().map(|(_, b)| *b))
            .flat_map(|b| self.new.successors(b))
            .collect();
        for next in emitted {
            if let Some(original) = self.originals.get(next.index()) {
                reached[original.index()] = true;
            }
        }
    }

    fn finish(mut self) -> Unit {
        let reachable = Cfg::new(&self.new);
        let mut used: Vec<Option<ExitId>> = vec![None; self.new.exits.len()];
        let mut exits = Vec::new();
        for &block in self.new.layout.clone().iter() {
            if !reachable.is_reachable(block) {
                continue;
            }
            for inst in self.new.block(block).insts.clone() {
                let Some(id) = self.new.inst(inst).exit else {
                    continue;
                };
                let dense = *used[id.index()].get_or_insert_with(|| {
                    exits.push(self.exit(id));
                    ExitId(exits.len() as u32 - 1)
                });
                self.new.inst_mut(inst).exit = Some(dense);
            }
        }
        self.new.exits = exits;
        self.new.layout = self.layout(&reachable);
        self.new
    }

    fn layout(&self, reachable: &Cfg) -> Vec<Block> {
        let mut behind: Vec<Vec<Block>> = vec![Vec::new(); self.new.block_count()];
        let mut cold = Vec::new();
        for &(anchor, block) in &self.made {
            if self.new.block(block).cold {
                cold.push(block);
            } else {
                behind[anchor.index()].push(block);
            }
        }
        let mut order = Vec::with_capacity(self.new.block_count());
        let roots = (0..self.originals.len() as u32).map(Block).chain(cold);
        for root in roots {
            let mut stack = vec![root];
            while let Some(block) = stack.pop() {
                if reachable.is_reachable(block) {
                    order.push(block);
                }
                stack.extend(behind[block.index()].iter().rev());
            }
        }
        order
    }
}

fn target(block: Block, args: &[Value]) -> Target {
    Target {
        block,
        args: args.to_vec(),
    }
}

fn mapped(values: &[Option<Value>], value: Value) -> Value {
    values[value.index()].unwrap_or_else(|| {
        panic!("{value} is used, but its instruction was replaced without giving a result")
    })
}
