//! Statements, control flow and exits.
//!
//! The builder keeps, for the place it stands at, what may be used there: numbers defined above, owned
//! references alive, borrowed references still valid. Owned references that were alive before an arm or a
//! loop body are not consumed inside it.

use super::{Options, SLOTS};
use crate::exit::{Exit, FrameState, Resume, SlotValue};
use crate::inst::Op;
use crate::reason::Reason;
use crate::types::{Block, ExitId, HelperId, Slot, Type, TypeId, Value};
use crate::unit::{Helper, HelperEffects, Imm, Read, Target, Unit};

/// Longest list of statements in an arm or body, and deepest nesting of ifs and loops. The outermost list
/// goes on as long as there are choices.
const STATEMENTS: usize = 8;
const DEPTH: usize = 3;

/// What an owned reference is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Unknown,
}

/// What may be used at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) ints: Vec<Value>,
    pub(super) floats: Vec<Value>,
    pub(super) bools: Vec<Value>,
    /// Owned references alive, in order of their making.
    pub(super) owned: Vec<(Value, Kind)>,
    /// How many of them may not be consumed here.
    pub(super) frozen: usize,
    /// The last exit made, if its values and owned references are still the right ones.
    pub(super) exit: Option<ExitId>,
}

pub(super) struct Builder<'a> {
    choices: std::slice::Iter<'a, u16>,
    pub(super) options: Options,
    pub(super) unit: Unit,
    pub(super) block: Block,
    pub(super) scope: Scope,
    position: u32,
    helpers: Vec<HelperId>,
}

/// The helpers, in the order of their use below.
#[derive(Clone, Copy)]
enum Routine {
    Mix,
    Note,
    Make,
    Give,
    Scribble,
}

pub(super) fn build(choices: &[u16], options: Options) -> Unit {
    let mut unit = Unit::new("generated", SLOTS);
    unit.types = ["int", "float", "bool"].map(str::to_owned).to_vec();
    unit.shapes = vec!["pair".to_owned()];
    let helpers = declare(&mut unit);
    let entry = unit.add_block();
    let second = unit.add_block();
    let start = unit.add_block();
    unit.entries = vec![entry, second];
    let mut builder = Builder {
        choices: choices.iter(),
        options,
        unit,
        block: entry,
        scope: Scope::default(),
        position: 0,
        helpers,
    };
    // The entries differ in what they give the first block, so that not everything is a constant. The second reads it,
    // if its slots hold such numbers.
    let mut types = vec![Type::I64, Type::I64, Type::Bool];
    if options.floats {
        types.push(Type::F64);
    }
    for (at, block) in [entry, second].into_iter().enumerate() {
        builder.block = block;
        let args = match at {
            0 => builder.first_numbers(),
            _ => builder.numbers_read(&types),
        };
        builder.jump(start, args);
    }
    builder.block = start;
    for ty in types {
        builder.param(start, ty);
    }
    builder.statements(0);
    let exit = builder.exit(Reason::Finished, Resume::At);
    builder
        .unit
        .push(builder.block, Op::Leave, &[], Imm::None, Some(exit));
    builder.unit
}

fn declare(unit: &mut Unit) -> Vec<HelperId> {
    let none = HelperEffects::default();
    let raises = HelperEffects {
        raises: true,
        ..none
    };
    let writes = HelperEffects {
        writes: true,
        ..none
    };
    let runs = HelperEffects {
        runs_code: true,
        ..writes
    };
    let rows: [(&str, &[Type], Option<Type>, HelperEffects); 5] = [
        ("mix", &[Type::I64, Type::I64], Some(Type::I64), none),
        ("note", &[Type::I64], None, writes),
        ("make", &[Type::I64], Some(Type::Own), raises),
        ("give", &[Type::Own], None, raises),
        ("scribble", &[Type::Ptr, Type::I64], None, runs),
    ];
    rows.into_iter()
        .map(|(name, params, result, effects)| {
            unit.declare_helper(Helper {
                name: name.to_owned(),
                params: params.to_vec(),
                result,
                effects,
                writes_only: Vec::new(),
            })
        })
        .collect()
}

impl Builder<'_> {
    fn first_numbers(&mut self) -> Vec<Value> {
        let mut numbers = vec![self.any_int(), self.any_int()];
        numbers.push(self.op(Op::BConst, &[], Imm::Bool(true)));
        if self.options.floats {
            numbers.push(self.op(Op::FConst, &[], Imm::Float(0.5f64.to_bits())));
        }
        numbers
    }

    /// What the entry reads from slots that hold it, as `super::frame` says, or one that may hold something else.
    fn numbers_read(&mut self, types: &[Type]) -> Vec<Value> {
        let mut numbers = Vec::new();
        let all = self.op(Op::ArgB, &[], Imm::Word(0));
        for (ty, number) in types.iter().zip(1..) {
            let (op, slots) = match ty {
                Type::Bool => (Op::ArgB, [4, 4, 4, 3]),
                Type::F64 => (Op::ArgF, [1, 1, 1, 0]),
                _ => (Op::ArgI, [0, 2, 5, 1]),
            };
            let slot = Slot(self.one_of(&slots));
            let reads = &mut self.unit.block_mut(self.block).reads;
            reads.push(Read { slot, ty: *ty });
            numbers.push(self.op(op, &[], Imm::Word(number)));
        }
        let exit = self.unit.add_exit(Exit {
            reason: Reason::EntryMismatch,
            resume: Resume::At,
            frames: vec![FrameState {
                of: None,
                function: None,
                position: 0,
                depth: SLOTS,
                slots: Vec::new(),
            }],
        });
        self.unit
            .push(self.block, Op::Guard, &[all], Imm::None, Some(exit));
        numbers
    }

    /// A choice below `count`; 0 when there are no more.
    pub(super) fn pick(&mut self, count: usize) -> usize {
        self.choices.next().map_or(0, |c| usize::from(*c) % count)
    }

    pub(super) fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.pick(from.len())]
    }

    pub(super) fn op(&mut self, op: Op, args: &[Value], imm: Imm) -> Value {
        let result = self.unit.push(self.block, op, args, imm, None);
        result.expect("an operation used for its result has one")
    }

    pub(super) fn op_or_leave(&mut self, op: Op, args: &[Value], reason: Reason) -> Value {
        let exit = self.exit(reason, Resume::At);
        let result = self.unit.push(self.block, op, args, Imm::None, Some(exit));
        result.expect("an operation used for its result has one")
    }

    fn param(&mut self, block: Block, ty: Type) -> Value {
        let value = self.unit.add_param(block, ty);
        match ty {
            Type::I64 => self.scope.ints.push(value),
            Type::F64 => self.scope.floats.push(value),
            Type::Bool => self.scope.bools.push(value),
            _ => self.scope.owned.push((value, Kind::Unknown)),
        }
        value
    }

    fn jump(&mut self, block: Block, args: Vec<Value>) {
        let imm = Imm::Jump(Target { block, args });
        self.unit.push(self.block, Op::Jump, &[], imm, None);
    }

    fn branch(&mut self, condition: Value, yes: (Block, Vec<Value>), no: (Block, Vec<Value>)) {
        let target = |(block, args)| Target { block, args };
        let imm = Imm::Branch(target(yes), target(no));
        self.unit.push(self.block, Op::Br, &[condition], imm, None);
    }

    /// An exit that lists what is alive: every owned reference once, and some numbers.
    pub(super) fn exit(&mut self, reason: Reason, resume: Resume) -> ExitId {
        if let Some(exit) = self.scope.exit
            && self.unit.exits[exit.index()].resume == resume
            && self.pick(3) == 1
        {
            return exit;
        }
        self.position += 2;
        let mut owned = self.scope.owned.clone().into_iter();
        let mut slots = Vec::new();
        for slot in 0..SLOTS {
            // The owned references fill the last slots, so that all find a place.
            let free = (SLOTS - slot) as usize > owned.len();
            let value = if free && self.pick(2) == 0 {
                self.slot_value()
            } else {
                owned.next().map(|(v, _)| SlotValue::Own(v))
            };
            slots.extend(value.map(|v| (Slot(slot), v)));
        }
        let exit = self.unit.add_exit(Exit {
            reason,
            resume,
            frames: vec![FrameState {
                of: None,
                function: None,
                position: self.position,
                depth: SLOTS,
                slots,
            }],
        });
        self.scope.exit = Some(exit);
        exit
    }

    fn slot_value(&mut self) -> Option<SlotValue> {
        match self.pick(8) {
            1 => Some(SlotValue::Int(self.int())),
            2 if self.options.floats => Some(SlotValue::Float(self.float())),
            3 => Some(SlotValue::Bool(self.boolean())),
            4 if self.options.objects => Some(SlotValue::Null),
            5 => {
                let fields = vec![self.int(), self.int()];
                Some(SlotValue::Virtual(crate::types::ShapeId(0), fields))
            }
            6 => {
                let (value, _) = *self.scope.owned.last()?;
                Some(SlotValue::Borrowed(value))
            }
            _ => None,
        }
    }

    fn statements(&mut self, depth: usize) {
        let count = if depth == 0 {
            usize::MAX
        } else {
            self.pick(STATEMENTS)
        };
        for _ in 0..count {
            if self.choices.as_slice().is_empty() {
                return;
            }
            match self.pick(16) {
                0..=4 => self.int_statement(),
                5 | 6 if self.options.floats => self.float_statement(),
                5..=7 => self.bool_statement(),
                8 => self.guard(),
                9 if depth < DEPTH => self.if_else(depth),
                10 | 11 if depth < DEPTH => self.counted_loop(depth),
                12 | 13 if self.options.objects => self.object_statement(),
                14 if self.options.calls && self.options.objects => self.call_statement(),
                _ => self.int_statement(),
            }
        }
    }

    fn guard(&mut self) {
        let condition = if self.pick(3) == 0 {
            self.boolean()
        } else {
            self.likely()
        };
        let op = self.one_of(&[Op::Guard, Op::GuardNot, Op::Guard]);
        let exit = self.exit(Reason::NotSeen, Resume::At);
        self.unit
            .push(self.block, op, &[condition], Imm::None, Some(exit));
    }

    /// Two arms that meet in a block with parameters.
    fn if_else(&mut self, depth: usize) {
        let condition = self.boolean();
        let before = self.scope.clone();
        let moves_object = self.options.objects && before.owned.len() < 3 && self.pick(3) == 1;
        let (yes, no) = (self.unit.add_block(), self.unit.add_block());
        let join = self.unit.add_block();
        self.unit.block_mut(no).cold = self.pick(4) == 1;
        self.branch(condition, (yes, Vec::new()), (no, Vec::new()));
        for arm in [yes, no] {
            self.block = arm;
            self.inner(&before);
            if self.pick(4) != 1 {
                self.statements(depth + 1);
            }
            let mut args = vec![self.int(), self.int()];
            if self.options.floats {
                args.push(self.float());
            }
            if moves_object {
                args.push(self.object());
            }
            self.drop_owned(before.owned.len(), args.last().copied());
            self.jump(join, args);
        }
        self.block = join;
        self.scope = before;
        self.scope.exit = None;
        let mut types = vec![Type::I64, Type::I64];
        if self.options.floats {
            types.push(Type::F64);
        }
        if moves_object {
            types.push(Type::Own);
        }
        for ty in types {
            self.param(join, ty);
        }
    }

    /// A loop that counts to a small constant and carries a number and perhaps an object.
    fn counted_loop(&mut self, depth: usize) {
        let carries_object =
            self.options.objects && self.scope.owned.len() < 3 && self.pick(3) == 1;
        let header = self.unit.add_block();
        let body = self.unit.add_block();
        let after = self.unit.add_block();
        let zero = self.iconst(0);
        let mut args = vec![zero, self.int()];
        if carries_object {
            args.push(self.object());
            self.scope.owned.pop();
        }
        let before = self.scope.clone();
        self.jump(header, args);
        self.block = header;
        self.inner(&before);
        let counter = self.param(header, Type::I64);
        self.param(header, Type::I64);
        if carries_object {
            self.param(header, Type::Own);
        }
        let polls = self.pick(4);
        if polls == 2 {
            self.poll();
        }
        let rounds = 1 + self.pick(4) as i64;
        let limit = self.iconst(rounds);
        let tested_first = carries_object || self.pick(3) != 1;
        let more = self.op(Op::ILt, &[counter, limit], Imm::None);
        let at_header = self.scope.clone();
        if tested_first {
            self.branch(more, (body, Vec::new()), (after, Vec::new()));
        } else {
            self.jump(body, Vec::new());
        }

        self.block = body;
        self.inner(&at_header);
        if polls == 1 {
            self.poll();
        }
        self.statements(depth + 1);
        let one = self.iconst(1);
        let next = self.op_or_leave(Op::IAddOvf, &[counter, one], Reason::Overflow);
        let mut args = vec![next, self.int()];
        if carries_object {
            let (carried, _) = at_header.owned[at_header.owned.len() - 1];
            if self.pick(2) == 1 {
                args.push(self.object());
                self.drop_owned(at_header.owned.len(), args.last().copied());
                self.unit
                    .push(self.block, Op::DecRefPlain, &[carried], Imm::None, None);
            } else {
                self.drop_owned(at_header.owned.len(), None);
                args.push(carried);
            }
        } else {
            self.drop_owned(at_header.owned.len(), None);
        }
        if tested_first {
            self.jump(header, args);
        } else {
            let more = self.op(Op::ILt, &[next, limit], Imm::None);
            self.branch(more, (header, args), (after, Vec::new()));
        }
        self.block = after;
        self.scope = at_header;
        self.scope.frozen = before.frozen;
        self.scope.exit = None;
    }

    /// Leaves when something else wants to run.
    fn poll(&mut self) {
        let asked = self.op(Op::Poll, &[], Imm::None);
        let exit = self.exit(Reason::Poll, Resume::At);
        self.unit
            .push(self.block, Op::GuardNot, &[asked], Imm::None, Some(exit));
    }

    /// The scope of an arm or a body.
    fn inner(&mut self, outer: &Scope) {
        self.scope = outer.clone();
        self.scope.frozen = outer.owned.len();
        self.scope.exit = None;
    }

    /// Gives up the owned references made here, but for one that is moved on.
    fn drop_owned(&mut self, kept: usize, moved: Option<Value>) {
        for (value, _) in self.scope.owned.split_off(kept) {
            if Some(value) != moved {
                self.unit
                    .push(self.block, Op::DecRefPlain, &[value], Imm::None, None);
            }
        }
        self.scope.exit = None;
    }

    /// A new owned object.
    fn object(&mut self) -> Value {
        let (value, kind) = match self.pick(4) {
            0 => (self.op(Op::NullOwn, &[], Imm::None), Kind::Unknown),
            1 if self.options.floats => {
                let number = self.float();
                let object = self.op_or_leave(Op::BoxF, &[number], Reason::NoMemory);
                (object, Kind::Float)
            }
            2 => {
                let truth = self.boolean();
                (self.op(Op::BoxB, &[truth], Imm::None), Kind::Unknown)
            }
            _ => {
                let number = self.int();
                let object = self.op_or_leave(Op::BoxI, &[number], Reason::NoMemory);
                (object, Kind::Int)
            }
        };
        self.own(value, kind);
        value
    }

    fn own(&mut self, value: Value, kind: Kind) {
        self.scope.owned.push((value, kind));
        self.scope.exit = None;
    }

    /// Takes the youngest owned reference that may be consumed here, or a new one.
    fn consumable(&mut self) -> Value {
        if self.scope.owned.len() <= self.scope.frozen {
            self.object();
        }
        self.scope.exit = None;
        let (value, _) = self.scope.owned.pop().expect("there is one now");
        value
    }

    fn object_statement(&mut self) {
        match self.pick(6) {
            0 if self.scope.owned.len() < 4 => {
                self.object();
            }
            1 => {
                let value = self.consumable();
                let op = self.one_of(&[Op::DecRefPlain, Op::DecRef]);
                self.unit.push(self.block, op, &[value], Imm::None, None);
            }
            2 => {
                let value = self.consumable();
                let slot = Slot(self.pick(SLOTS as usize) as u32);
                let old = self.op(Op::SlotSwap, &[value], Imm::Slot(slot));
                self.own(old, Kind::Unknown);
            }
            3 if self.scope.owned.len() < 4 => {
                let slot = Slot(self.pick(SLOTS as usize) as u32);
                let taken = self.op(Op::SlotTake, &[], Imm::Slot(slot));
                self.own(taken, Kind::Unknown);
            }
            4 => self.unbox_owned(),
            _ => self.unbox_slot(),
        }
    }

    fn unbox_owned(&mut self) {
        let Some(&(value, kind)) = self.scope.owned.last() else {
            return;
        };
        match kind {
            Kind::Int => {
                let number = self.op_or_leave(Op::UnboxI, &[value], Reason::TooWide);
                self.scope.ints.push(number);
            }
            Kind::Float => {
                let number = self.op(Op::UnboxF, &[value], Imm::None);
                self.scope.floats.push(number);
            }
            Kind::Unknown => {
                let null = self.op(Op::IsNull, &[value], Imm::None);
                self.scope.bools.push(null);
                if self.scope.owned.len() < 4 && self.pick(2) == 1 {
                    let more = self.op(Op::IncRef, &[value], Imm::None);
                    self.own(more, Kind::Unknown);
                }
            }
        }
    }

    /// Reads an int from a slot; 0 if it holds something else.
    fn unbox_slot(&mut self) {
        let slot = Slot(self.pick(SLOTS as usize) as u32);
        let object = self.op(Op::SlotLoad, &[], Imm::Slot(slot));
        let null = self.op(Op::IsNull, &[object], Imm::None);
        let other = self.iconst(0);
        let (some, int) = (self.unit.add_block(), self.unit.add_block());
        let join = self.unit.add_block();
        self.branch(null, (join, vec![other]), (some, Vec::new()));
        self.block = some;
        let is_int = self.op(Op::IsType, &[object], Imm::Type(TypeId(0)));
        self.branch(is_int, (int, Vec::new()), (join, vec![other]));
        self.block = int;
        self.scope.exit = None;
        let op = self.one_of(&[Op::UnboxI, Op::UnboxV]);
        let number = self.op_or_leave(op, &[object], Reason::TooWide);
        self.jump(join, vec![number]);
        self.block = join;
        self.scope.exit = None;
        self.param(join, Type::I64);
    }

    fn call_statement(&mut self) {
        let routine = self.one_of(&[
            Routine::Mix,
            Routine::Note,
            Routine::Make,
            Routine::Give,
            Routine::Scribble,
        ]);
        let imm = Imm::Helper(self.helpers[routine as usize]);
        match routine {
            Routine::Mix => {
                let args = [self.int(), self.int()];
                let mixed = self.op(Op::Call, &args, imm);
                self.scope.ints.push(mixed);
            }
            Routine::Note => {
                let number = self.int();
                self.unit.push(self.block, Op::Call, &[number], imm, None);
            }
            Routine::Make if self.scope.owned.len() < 4 => {
                let number = self.int();
                let exit = self.exit(Reason::Raised, Resume::Raise);
                let made = self
                    .unit
                    .push(self.block, Op::Call, &[number], imm, Some(exit));
                let made = made.expect("the helper has a result");
                self.own(made, Kind::Int);
            }
            Routine::Make => {}
            Routine::Give => {
                let value = self.consumable();
                let exit = self.exit(Reason::Raised, Resume::Raise);
                self.unit
                    .push(self.block, Op::Call, &[value], imm, Some(exit));
            }
            Routine::Scribble => {
                self.position += 2;
                let position = Imm::Position(self.position);
                self.unit
                    .push(self.block, Op::Position, &[], position, None);
                let base = self.op(Op::FrameBase, &[], Imm::None);
                let number = self.int();
                self.unit
                    .push(self.block, Op::Call, &[base, number], imm, None);
            }
        }
    }
}
