//! The containers of a unit, and how to build and edit one.
//!
//! Values, instructions and exits live in tables and are never renumbered; an instruction that is removed
//! from its block stays in the table unused. Whoever edits a unit upholds what the verifier checks.

use crate::exit::Exit;
use crate::inst::Op;
use crate::types::{Block, ExitId, HelperId, Inst, ObjectId, Slot, Type, TypeId, Value};

/// What a helper does besides computing its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelperEffects {
    /// It may fail, with an exception set in the host: a call of it has an exit.
    pub raises: bool,
    /// It may run arbitrary code of the host, or let other threads run.
    pub runs_code: bool,
    /// It reads memory that others write.
    pub reads: bool,
    /// It writes memory that others read.
    pub writes: bool,
}

impl HelperEffects {
    /// Whether equal calls give equal results and an unused one may be removed.
    pub fn is_pure(self) -> bool {
        self == HelperEffects::default()
    }
}

/// A routine of the host that a unit calls. The host registers the addresses by name.
///
/// A helper that `raises` says so by its result: a null reference, or, for one without a result, a non-zero
/// status. (A helper with an unboxed result cannot raise.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    /// The name under which the host registered it.
    pub name: String,
    /// Its parameters: `own` ones are stolen.
    pub params: Vec<Type>,
    /// Its result.
    pub result: Option<Type>,
    /// What it does besides.
    pub effects: HelperEffects,
}

/// A target of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The block.
    pub block: Block,
    /// The values of its parameters.
    pub args: Vec<Value>,
}

/// An immediate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imm {
    /// None.
    None,
    /// An int; also an offset in bytes and an address.
    Int(i64),
    /// The bits of a float.
    Float(u64),
    /// A truth value.
    Bool(bool),
    /// An object of the unit.
    Object(ObjectId),
    /// A host type.
    Type(TypeId),
    /// A slot of the frame.
    Slot(Slot),
    /// A position in the host's code.
    Position(u32),
    /// A word of the activation.
    Word(u32),
    /// A helper of the unit.
    Helper(HelperId),
    /// Where `jump` goes.
    Jump(Target),
    /// Where `br` goes: if true, if false.
    Branch(Target, Target),
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstData {
    /// What it does.
    pub op: Op,
    /// Its operands.
    pub args: Vec<Value>,
    /// Its immediate.
    pub imm: Imm,
    /// Where it leaves to.
    pub exit: Option<ExitId>,
    /// Its result.
    pub result: Option<Value>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    /// Parameter number n of a block.
    Param(Block, u32),
    /// The result of an instruction.
    Result(Inst),
}

/// A basic block: parameters, and instructions of which the last one is a terminator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockData {
    /// Parameters.
    pub params: Vec<Value>,
    /// Instructions, in order.
    pub insts: Vec<Inst>,
    /// Seldom run: the code generator puts it out of the way.
    pub cold: bool,
}

/// A unit of compilation.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// A name for people: function and line, or the like.
    pub name: String,
    /// Number of slots of the frame.
    pub slots: u32,
    /// The routines it may call.
    pub helpers: Vec<Helper>,
    /// Names of the objects it keeps alive; the host holds the objects themselves.
    pub objects: Vec<String>,
    /// Names of the host types it asks for, indexed by `TypeId`.
    pub types: Vec<String>,
    /// Names of the virtual objects' shapes it uses, indexed by `ShapeId`.
    pub shapes: Vec<String>,
    /// The entries: blocks without parameters and without predecessors.
    pub entries: Vec<Block>,
    /// The order of blocks.
    pub layout: Vec<Block>,
    /// The exits.
    pub exits: Vec<Exit>,
    blocks: Vec<BlockData>,
    insts: Vec<InstData>,
    values: Vec<(Type, ValueDef)>,
}

impl Unit {
    /// An empty unit.
    pub fn new(name: impl Into<String>, slots: u32) -> Unit {
        Unit {
            name: name.into(),
            slots,
            ..Unit::default()
        }
    }

    /// A new empty block at the end of the layout.
    pub fn add_block(&mut self) -> Block {
        let block = Block(self.blocks.len() as u32);
        self.blocks.push(BlockData::default());
        self.layout.push(block);
        block
    }

    /// A new parameter of a block.
    pub fn add_param(&mut self, block: Block, ty: Type) -> Value {
        let index = self.blocks[block.index()].params.len() as u32;
        let value = self.add_value(ty, ValueDef::Param(block, index));
        self.blocks[block.index()].params.push(value);
        value
    }

    /// A new exit.
    pub fn add_exit(&mut self, exit: Exit) -> ExitId {
        let id = ExitId(self.exits.len() as u32);
        self.exits.push(exit);
        id
    }

    /// The helper with this name, declared if it is not yet. All declarations of one name must agree.
    pub fn declare_helper(&mut self, helper: Helper) -> HelperId {
        if let Some(at) = self.helpers.iter().position(|h| h.name == helper.name) {
            debug_assert_eq!(self.helpers[at], helper, "declarations disagree");
            return HelperId(at as u32);
        }
        self.helpers.push(helper);
        HelperId(self.helpers.len() as u32 - 1)
    }

    /// The type of an instruction's result.
    pub fn result_type(&self, op: Op, imm: &Imm) -> Option<Type> {
        match (op, imm) {
            (Op::Call, Imm::Helper(h)) => self.helpers[h.index()].result,
            _ => op.info().result,
        }
    }

    /// A new instruction that is in no block yet, with its result if it has one.
    pub fn make_inst(
        &mut self,
        op: Op,
        args: Vec<Value>,
        imm: Imm,
        exit: Option<ExitId>,
    ) -> (Inst, Option<Value>) {
        let inst = Inst(self.insts.len() as u32);
        let result = self
            .result_type(op, &imm)
            .map(|ty| self.add_value(ty, ValueDef::Result(inst)));
        self.insts.push(InstData {
            op,
            args,
            imm,
            exit,
            result,
        });
        (inst, result)
    }

    /// A new instruction at the end of a block, with its result if it has one.
    pub fn push(
        &mut self,
        block: Block,
        op: Op,
        args: &[Value],
        imm: Imm,
        exit: Option<ExitId>,
    ) -> Option<Value> {
        let (inst, result) = self.make_inst(op, args.to_vec(), imm, exit);
        self.blocks[block.index()].insts.push(inst);
        result
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value.index()].0
    }

    /// Where a value comes from.
    pub fn def(&self, value: Value) -> ValueDef {
        self.values[value.index()].1
    }

    /// The instruction that computes a value, if it is not a parameter.
    pub fn def_inst(&self, value: Value) -> Option<&InstData> {
        match self.def(value) {
            ValueDef::Result(inst) => Some(self.inst(inst)),
            ValueDef::Param(..) => None,
        }
    }

    /// An instruction.
    pub fn inst(&self, inst: Inst) -> &InstData {
        &self.insts[inst.index()]
    }

    /// The same, for editing.
    pub fn inst_mut(&mut self, inst: Inst) -> &mut InstData {
        &mut self.insts[inst.index()]
    }

    /// A block.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.index()]
    }

    /// The same, for editing.
    pub fn block_mut(&mut self, block: Block) -> &mut BlockData {
        &mut self.blocks[block.index()]
    }

    /// Number of values ever made.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Number of blocks ever made.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// Number of instructions in the blocks of the layout.
    pub fn size(&self) -> usize {
        self.layout.iter().map(|b| self.block(*b).insts.len()).sum()
    }

    /// The last instruction of a block, if the block is finished.
    pub fn terminator(&self, block: Block) -> Option<&InstData> {
        let last = *self.block(block).insts.last()?;
        let data = self.inst(last);
        data.op.is_terminator().then_some(data)
    }

    /// The blocks control may go to from the end of a block.
    pub fn successors(&self, block: Block) -> Vec<Block> {
        match self.terminator(block).map(|t| &t.imm) {
            Some(Imm::Jump(t)) => vec![t.block],
            Some(Imm::Branch(a, b)) => vec![a.block, b.block],
            _ => Vec::new(),
        }
    }

    fn add_value(&mut self, ty: Type, def: ValueDef) -> Value {
        self.values.push((ty, def));
        Value(self.values.len() as u32 - 1)
    }
}
