//! The containers of a unit, and how to build and edit one.
//!
//! Values, instructions and exits live in tables and are never renumbered; an instruction that is removed
//! from its block stays in the table unused. Whoever edits a unit upholds what the verifier checks.

use smallvec::{SmallVec, smallvec};
use std::collections::BTreeMap;

use crate::exit::Exit;
use crate::inst::{Effects, Op, Operands};
use crate::range::Range;
use crate::types::{
    Block, ExitId, HelperId, Inst, MemoryId, NativeId, ObjectId, Slot, Type, TypeId, Value,
};

/// A part of the host's memory that loads and stores name: all items of lists, all reference counts, the
/// frame. Two parts have no byte in common, and no part has one in common with the frame's slots as long
/// as `slot.*` instructions stand for those. An access that names no part may touch any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Its name, for people.
    pub name: String,
    /// Who changes it.
    pub kind: MemoryKind,
}

/// Who changes a part of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// Stores and helpers that write it.
    #[default]
    Plain,
    /// Nobody, while the object lives that it belongs to: equal loads give equal values.
    Constant,
    /// Other threads, at any time: no load may stand for another.
    Volatile,
    /// As `Plain`; but it is the elements of arrays, each of which is reached from its array's start by
    /// `ptr.index`. Arrays that start at different addresses have no byte in common.
    Arrays,
    /// As `Plain`; but it holds sums that are looked at only between runs, and that may be a little wrong:
    /// what the rounds of a loop add may be added before they are run.
    Tally,
}

/// What a helper does besides computing its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HelperEffects {
    /// It may fail, with an exception set in the host: a call of it has an exit.
    pub raises: bool,
    /// It may run arbitrary code of the host, or let other threads run.
    pub runs_code: bool,
    /// It reads memory that others write.
    pub reads: bool,
    /// It writes memory that others read: all parts but constant ones, unless [`Helper::writes_only`]
    /// names some. If it is given an address, that may be the frame's slots;
    /// otherwise it does not touch them.
    pub writes: bool,
    /// It may let go of references that objects hold, so that what these lend ends. Helpers that run code, or
    /// write no one knows what, may do so without saying.
    pub releases: bool,
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
    /// The parts of memory it may write, if it is known not to write others. Empty says nothing.
    pub writes_only: Vec<MemoryId>,
}

impl Helper {
    /// Whether a call of it may end what objects lend.
    pub fn ends_loans(&self) -> bool {
        let HelperEffects {
            runs_code,
            writes,
            releases,
            ..
        } = self.effects;
        runs_code || releases || writes && self.writes_only.is_empty()
    }
}

/// What a compiled function takes and gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// Types of its arguments: unboxed numbers, `ref`, kept alive by the caller, or, of a function that has a frame,
    /// `own`, which its frame takes over.
    pub params: Vec<Type>,
    /// Type of its result: an unboxed number, or `own`.
    pub result: Type,
}

/// A compiled function that a unit calls. The host registers the addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// A name for people.
    pub name: String,
    /// What it takes and gives.
    pub signature: Signature,
    /// The word in memory that holds its address, named like an object; none if it is the unit's own function.
    pub entry: Option<ObjectId>,
    /// Whether it is known to write no memory but its own, so that what objects lend stays lent.
    pub only_reads: bool,
}

/// Which function's a frame is that a unit has for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameOf {
    /// That of this object.
    Object(ObjectId),
    /// That of its last argument.
    LastArgument,
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
    /// An int; also an address, and the size of an element in bytes.
    Int(i64),
    /// A byte offset from an address, and the part of memory the access is in, if it is known.
    Offset(i64, Option<MemoryId>),
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
    /// A compiled function that the unit calls.
    Native(NativeId),
    /// Where `jump` goes.
    Jump(Target),
    /// Where `br` goes: if true, if false.
    Branch(Target, Target),
}

impl Imm {
    /// The targets of a jump or branch, in order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> + '_ {
        let (first, second) = match self {
            Imm::Jump(t) => (Some(t), None),
            Imm::Branch(a, b) => (Some(a), Some(b)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The same, for editing.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Target> + '_ {
        let (first, second) = match self {
            Imm::Jump(t) => (Some(t), None),
            Imm::Branch(a, b) => (Some(a), Some(b)),
            _ => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// Operands of an instruction; most have few.
pub type Args = SmallVec<[Value; 4]>;

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstData {
    /// What it does.
    pub op: Op,
    /// Its operands.
    pub args: Args,
    /// Its immediate.
    pub imm: Imm,
    /// Where it leaves to.
    pub exit: Option<ExitId>,
    /// Its result.
    pub result: Option<Value>,
}

impl InstData {
    /// The targets of a jump or branch, in order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> + '_ {
        self.imm.targets()
    }

    /// The same, for editing.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Target> + '_ {
        self.imm.targets_mut()
    }

    /// The values it uses itself, operands first, then the targets' arguments; not its exit's.
    pub fn uses(&self) -> impl Iterator<Item = Value> + '_ {
        let given = self.targets().flat_map(|t| t.args.iter());
        self.args.iter().chain(given).copied()
    }

    /// The same, for rewriting.
    pub fn uses_mut(&mut self) -> impl Iterator<Item = &mut Value> + '_ {
        let (first, second) = match &mut self.imm {
            Imm::Jump(t) => (Some(t), None),
            Imm::Branch(a, b) => (Some(a), Some(b)),
            _ => (None, None),
        };
        let given = first
            .into_iter()
            .chain(second)
            .flat_map(|t| t.args.iter_mut());
        self.args.iter_mut().chain(given)
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    /// Parameter number n of a block.
    Param(Block, u32),
    /// The result of an instruction.
    Result(Inst),
}

/// A number that the host unboxes from a slot before native code begins at an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The slot.
    pub slot: Slot,
    /// Of the number: `i64`, `f64` or `bool`.
    pub ty: Type,
}

/// A basic block: parameters, and instructions of which the last one is a terminator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockData {
    /// Of an entry of a loop's unit: what it reads. Its argument 0 is whether all of these slots held such numbers;
    /// then argument k is the k-th of them.
    pub reads: Vec<Read>,
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
    /// Number of slots behind the frame's: variables that the host keeps elsewhere in its memory. They are in use
    /// whatever an exit's depth is.
    pub names: u32,
    /// Of a function's unit, what it takes and gives. Such a unit has one entry.
    pub signature: Option<Signature>,
    /// Of a function's unit: what its activations name it by to the host, which is not an object.
    pub identity: Option<ObjectId>,
    /// Of a function's unit that has a frame of the host while it runs: whose. The frame is made before the unit begins,
    /// and the arguments that are `own` are in its first slots then. The unit gives an `own`, and ends its frame itself.
    pub frame_of: Option<FrameOf>,
    /// The compiled functions it may call.
    pub natives: Vec<Native>,
    /// The routines it may call.
    pub helpers: Vec<Helper>,
    /// Names of the objects it keeps alive; the host holds the objects themselves.
    pub objects: Vec<String>,
    /// Names of the host types it asks for, indexed by `TypeId`.
    pub types: Vec<String>,
    /// Names of the virtual objects' shapes it uses, indexed by `ShapeId`.
    pub shapes: Vec<String>,
    /// The parts of memory it tells apart, indexed by `MemoryId`.
    pub memories: Vec<Memory>,
    /// The entries: blocks without parameters and without predecessors.
    pub entries: Vec<Block>,
    /// The order of blocks.
    pub layout: Vec<Block>,
    /// The exits.
    pub exits: Vec<Exit>,
    blocks: Vec<BlockData>,
    insts: Vec<InstData>,
    values: Vec<(Type, ValueDef)>,
    bounds: BTreeMap<Value, Range>,
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

    /// Whether the unit's own frame has this slot in use when so many are.
    pub fn in_use(&self, slot: Slot, depth: u32) -> bool {
        slot.0 < depth || (self.slots..self.slots + self.names).contains(&slot.0)
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

    /// Promises that an int parameter is within a range whenever control comes to its block. The reference
    /// interpreter checks it.
    pub fn set_bounds(&mut self, param: Value, range: Range) {
        self.bounds.insert(param, range);
    }

    /// What is promised of a parameter.
    pub fn bounds(&self, param: Value) -> Option<Range> {
        self.bounds.get(&param).copied()
    }

    /// Removes the parameters that are not to be kept, with their arguments on every edge of the layout.
    pub fn retain_params(&mut self, keep: impl Fn(Value) -> bool) {
        let mut masks: Vec<Option<Vec<bool>>> = vec![None; self.blocks.len()];
        for (at, data) in self.blocks.iter_mut().enumerate() {
            let mask: Vec<bool> = data.params.iter().map(|p| keep(*p)).collect();
            if mask.iter().all(|k| *k) {
                continue;
            }
            data.params.retain(|p| keep(*p));
            for (index, param) in data.params.iter().enumerate() {
                self.values[param.index()].1 = ValueDef::Param(Block(at as u32), index as u32);
            }
            masks[at] = Some(mask);
        }
        for block in &self.layout {
            let Some(&last) = self.blocks[block.index()].insts.last() else {
                continue;
            };
            for target in self.insts[last.index()].targets_mut() {
                if let Some(mask) = &masks[target.block.index()] {
                    let mut kept = mask.iter();
                    target.args.retain(|_| kept.next().is_none_or(|k| *k));
                }
            }
        }
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

    /// The part of memory with this name, declared if it is not yet. All declarations of one name must agree.
    pub fn declare_memory(&mut self, name: &str, kind: MemoryKind) -> MemoryId {
        let at = self.memories.iter().position(|m| m.name == name);
        let at = at.unwrap_or_else(|| {
            self.memories.push(Memory {
                name: name.to_owned(),
                kind,
            });
            self.memories.len() - 1
        });
        debug_assert_eq!(self.memories[at].kind, kind, "declarations disagree");
        MemoryId(at as u32)
    }

    /// The type of an instruction's result.
    pub fn result_type(&self, op: Op, imm: &Imm) -> Option<Type> {
        match (op, imm) {
            (Op::Call, Imm::Helper(h)) => self.helpers[h.index()].result,
            (Op::CallNative | Op::CallFramed, Imm::Native(n)) => {
                Some(self.natives[n.index()].signature.result)
            }
            _ => op.info().result,
        }
    }

    /// The helper that a `call` calls.
    pub fn helper_of(&self, data: &InstData) -> Option<&Helper> {
        match (data.op, &data.imm) {
            (Op::Call, Imm::Helper(h)) => self.helpers.get(h.index()),
            _ => None,
        }
    }

    /// Whether an instruction must carry an exit; without this it must not.
    pub fn wants_exit(&self, data: &InstData) -> bool {
        match self.helper_of(data) {
            Some(helper) => helper.effects.raises,
            None => data.op.info().exit,
        }
    }

    /// The types of an instruction's operands.
    pub fn operand_types(&self, data: &InstData) -> &[Type] {
        match (data.op.info().operands, self.helper_of(data)) {
            (Operands::Fixed(types), _) => types,
            (Operands::OfHelper, Some(helper)) => &helper.params,
            (Operands::OfHelper, None) => &[],
            (Operands::OfNative, _) => match &data.imm {
                Imm::Native(n) => &self.natives[n.index()].signature.params,
                _ => &[],
            },
        }
    }

    /// Whether an instruction may run arbitrary code of the host.
    pub fn runs_code(&self, data: &InstData) -> bool {
        match self.helper_of(data) {
            Some(helper) => helper.effects.runs_code,
            None => data.op.info().effects == Effects::RunsCode,
        }
    }

    /// Whether an instruction may write any slot of the frame, beside the one it names. A helper that says which parts
    /// of memory it writes does not: slots are in none.
    pub fn writes_slots(&self, data: &InstData) -> bool {
        let by_address = |h: &Helper| {
            h.effects.writes && h.writes_only.is_empty() && h.params.contains(&Type::Ptr)
        };
        self.runs_code(data) || self.helper_of(data).is_some_and(by_address)
    }

    /// Whether an instruction computes its result from its operands alone, so that it may be merged with
    /// an equal one that dominates it, and removed when the result is unused. Instructions that make or
    /// consume owned references are not: each of those is one of its own.
    pub fn is_pure(&self, data: &InstData) -> bool {
        let pure = match self.helper_of(data) {
            Some(helper) => helper.effects.is_pure() && helper.result != Some(Type::Ref),
            None => data.op.info().effects == Effects::Pure || self.loads_constant(data),
        };
        pure && self.result_type(data.op, &data.imm) != Some(Type::Own)
            && !self.operand_types(data).contains(&Type::Own)
    }

    /// Whether it loads what never changes.
    fn loads_constant(&self, data: &InstData) -> bool {
        data.result.is_some() && self.memory_kind(data) == Some(MemoryKind::Constant)
    }

    /// Who changes the part of memory that a load or store is in, if it is known.
    pub fn memory_kind(&self, data: &InstData) -> Option<MemoryKind> {
        match data.imm {
            Imm::Offset(_, Some(id)) => self.memories.get(id.index()).map(|m| m.kind),
            _ => None,
        }
    }

    /// A new instruction that is in no block yet, with its result if it has one.
    pub fn make_inst(
        &mut self,
        op: Op,
        args: impl Into<Args>,
        imm: Imm,
        exit: Option<ExitId>,
    ) -> (Inst, Option<Value>) {
        let inst = Inst(self.insts.len() as u32);
        let result = self
            .result_type(op, &imm)
            .map(|ty| self.add_value(ty, ValueDef::Result(inst)));
        self.insts.push(InstData {
            op,
            args: args.into(),
            imm,
            exit,
            result,
        });
        (inst, result)
    }

    /// Turns an instruction into another one with a result of the same type, which keeps its uses.
    pub fn become_inst(
        &mut self,
        inst: Inst,
        op: Op,
        args: impl Into<Args>,
        imm: Imm,
        exit: Option<ExitId>,
    ) {
        let data = &mut self.insts[inst.index()];
        data.op = op;
        data.args = args.into();
        data.imm = imm;
        data.exit = exit;
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
        let (inst, result) = self.make_inst(op, Args::from_slice(args), imm, exit);
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

    /// Number of instructions ever made.
    pub fn inst_count(&self) -> usize {
        self.insts.len()
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
    pub fn successors(&self, block: Block) -> SmallVec<[Block; 2]> {
        match self.terminator(block).map(|t| &t.imm) {
            Some(Imm::Jump(t)) => smallvec![t.block],
            Some(Imm::Branch(a, b)) => smallvec![a.block, b.block],
            _ => SmallVec::new(),
        }
    }

    fn add_value(&mut self, ty: Type, def: ValueDef) -> Value {
        self.values.push((ty, def));
        Value(self.values.len() as u32 - 1)
    }
}
