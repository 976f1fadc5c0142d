//! Random regions of guarded bytecode: a loop with a diamond in it, whose instructions are drawn from bytes.
//!
//! A builder follows the height of the value stack and takes the next best instruction where one does not
//! fit, so every sequence of bytes gives a region that lowering must accept.

use fatjit_guards::PositionFacts;
use fatjit_ir::{
    Helper, HelperEffects, HelperId, MemoryKind, ObjectId, Reason, ShapeId, Slot, Type, TypeId,
};
use fatjit_jit::gbc::{
    BoolOp, Cmp, Entry, Field, FieldId, FloatOp, GBlock, GOp, IntOp, Kind, Label, Point, Reg,
    Region, Release, Seen, Shape,
};

use crate::machine::OBJECT_BITS;
use crate::naive::{HostArg, UNIT_FLOAT, UNIT_INT};

/// Locals that instructions use; one more counts rounds.
pub const FREE: u32 = 3;
/// Locals.
pub const LOCALS: u32 = FREE + 1;
/// Height of the value stack.
pub const STACK: u32 = 4;
/// Slots of the frame.
pub const SLOTS: u32 = LOCALS + STACK;

/// Names: variables behind the slots.
pub const NAMES: u32 = 1;

const COUNTER: Reg = Reg(FREE);
const NAME: Reg = Reg(SLOTS);
const T0: Reg = Reg(SLOTS + NAMES);
const T1: Reg = Reg(SLOTS + NAMES + 1);
const T2: Reg = Reg(SLOTS + NAMES + 2);
const T3: Reg = Reg(SLOTS + NAMES + 3);
const PAIR: ShapeId = ShapeId(0);
const UNIT_PAIR: ObjectId = ObjectId(2);
/// Not an object but the array's address.
pub const ARRAY_OBJECT: ObjectId = ObjectId(3);
/// Elements of the array: an int, a float and a pair, as long as nobody stores other things.
pub const ARRAY: usize = 3;
const ITEM: FieldId = FieldId(0);

/// One instruction: which, and two choices in it.
pub type Draw = (u8, u8, u8);

/// What a value probably is, so that guards are worth their while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    Null,
    Int,
    Float,
    Bool,
    Pair,
}

/// Instructions of a region.
#[derive(Clone, Debug)]
pub struct Plan {
    pub before: Vec<Draw>,
    pub arms: [Vec<Draw>; 2],
    pub after: Vec<Draw>,
    /// Stack items that come round with the loop.
    pub carried: u32,
    /// Where the arms part, in rounds left.
    pub parting: i64,
    /// What the entry is told of the free locals and the carried items.
    pub seen: Vec<Seen>,
    /// What those probably hold.
    pub guesses: Vec<Guess>,
    /// The same two of the name.
    pub name: (Seen, Guess),
}

/// A region, and the depth before each of its instructions.
pub struct Random {
    pub region: Region,
    depths: Vec<u32>,
}

impl PositionFacts for Random {
    fn is_instruction_start(&self, position: u32) -> bool {
        (position as usize) < self.depths.len()
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        self.depths.get(position as usize).copied()
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        LOCALS
    }

    fn may_be_null(&self, _: u32, _: Slot) -> bool {
        true
    }
}

fn field(name: &'static str, offset: i64, kind: Kind, memory: &'static str) -> Field {
    Field {
        name,
        offset,
        kind,
        memory,
        changed_by: MemoryKind::Plain,
    }
}

struct Builder {
    random: Random,
    /// Whether the array is used.
    arrays: bool,
    at: Label,
    /// The stack items. What may be null is said to be.
    stack: Vec<Guess>,
    variables: Vec<Guess>,
}

fn helper(name: &str, params: &[Type], result: Option<Type>, effects: HelperEffects) -> Helper {
    Helper {
        name: name.to_owned(),
        params: params.to_vec(),
        result,
        effects,
        writes_only: Vec::new(),
    }
}

/// Builds a region.
pub fn build(plan: &Plan) -> Random {
    let reads = HelperEffects {
        reads: true,
        ..HelperEffects::default()
    };
    let quiet = HelperEffects {
        raises: true,
        writes: true,
        ..reads
    };
    let loud = HelperEffects {
        runs_code: true,
        ..quiet
    };
    let on_frame = [Type::Ptr, Type::I64, Type::I64];
    let make = HelperEffects {
        raises: true,
        ..HelperEffects::default()
    };
    let mut region = Region {
        name: "random".to_owned(),
        locals: LOCALS,
        slots: SLOTS,
        names: NAMES,
        regs: SLOTS + NAMES + 4,
        blocks: vec![GBlock::default(); 5],
        helpers: vec![
            helper("quiet", &on_frame, None, quiet),
            helper("loud", &on_frame, None, loud),
            helper("first", &[Type::Ref], Some(Type::I64), reads),
            helper("second", &[Type::Ref], Some(Type::I64), reads),
            helper("make", &[Type::I64; 2], Some(Type::Own), make),
        ],
        objects: ["int", "float", "pair", "array"].map(String::from).into(),
        // To have references of their own or not must make no difference.
        lent: match plan.parting % 2 {
            0 => Vec::new(),
            _ => vec![ObjectId(2)],
        },
        types: ["int", "float", "bool", "pair"].map(String::from).into(),
        shapes: vec![Shape {
            name: "pair".to_owned(),
            fields: vec![Type::I64; 2],
            ty: TypeId(3),
            read: vec![HelperId(2), HelperId(3)],
            make: HelperId(4),
        }],
        fields: vec![
            field("item", 0, Kind::Ref, "array"),
            field("float value", OBJECT_BITS, Kind::F64, "floats"),
        ],
        float_value: Some(FieldId(1)),
        ..Region::default()
    };
    region.blocks[0].header = true;
    let mut seen = plan.seen[..FREE as usize].to_vec();
    seen.push(Seen::Int);
    seen.extend(&plan.seen[FREE as usize..][..plan.carried as usize]);
    seen.resize(SLOTS as usize, Seen::Any);
    seen.push(plan.name.0);
    region.entries.push(Entry {
        block: Label(0),
        point: Point {
            position: 0,
            depth: LOCALS + plan.carried,
        },
        seen: Some(seen),
    });
    let mut b = Builder {
        random: Random {
            region,
            depths: Vec::new(),
        },
        arrays: plan.parting % 3 != 0,
        at: Label(0),
        stack: plan.guesses[FREE as usize..][..plan.carried as usize].to_vec(),
        variables: plan.guesses[..FREE as usize]
            .iter()
            .copied()
            .chain([plan.name.1])
            .collect(),
    };
    b.begin();
    b.push(GOp::Poll);
    b.instructions(&plan.before);
    b.without_nulls();
    b.branch_on_counter(Cmp::Lt, plan.parting, Label(1), Label(2));
    let (stack, variables) = (b.stack.clone(), b.variables.clone());
    for (arm, draws) in plan.arms.iter().enumerate() {
        b.at = Label(1 + arm as u32);
        b.stack = stack.clone();
        b.variables = variables.clone();
        b.instructions(draws);
        b.reach(plan.carried as usize);
        b.begin();
        b.push(GOp::Jump(Label(3)));
    }
    b.at = Label(3);
    b.instructions(&plan.after);
    b.reach(plan.carried as usize);
    b.count_down();
    b.branch_on_counter(Cmp::Gt, 0, Label(0), Label(4));
    b.at = Label(4);
    b.begin();
    b.push(GOp::Leave(Reason::Finished));
    b.random
}

/// Variables that instructions use: free locals, then names.
const VARIABLES: usize = (FREE + NAMES) as usize;

fn variable_at(index: usize) -> Reg {
    match index.checked_sub(FREE as usize) {
        None => Reg(index as u32),
        Some(name) => Reg(NAME.0 + name as u32),
    }
}

impl Builder {
    fn push(&mut self, op: GOp) {
        self.random.region.blocks[self.at.index()].ops.push(op);
    }

    fn depth(&self) -> u32 {
        LOCALS + self.stack.len() as u32
    }

    /// The next instruction begins.
    fn begin(&mut self) {
        let point = Point {
            position: self.random.depths.len() as u32,
            depth: self.depth(),
        };
        self.random.depths.push(point.depth);
        self.push(GOp::At(point));
    }

    /// Behind the current instruction, which changes the height by this much.
    fn behind(&self, change: i32) -> Point {
        Point {
            position: self.random.depths.len() as u32,
            depth: self.depth().wrapping_add_signed(change),
        }
    }

    fn top(&self) -> Reg {
        Reg(self.depth() - 1)
    }

    fn second(&self) -> Reg {
        Reg(self.depth() - 2)
    }

    fn new_item(&self) -> Reg {
        Reg(self.depth())
    }

    /// Whether the topmost items are there, and not null.
    fn has(&self, items: usize) -> bool {
        let top = self.stack.iter().rev().take(items);
        self.stack.len() >= items && top.into_iter().all(|guess| *guess != Guess::Null)
    }

    fn has_room(&self) -> bool {
        self.stack.len() < STACK as usize
    }

    fn drop_top(&mut self) {
        self.begin();
        let behind = self.behind(-1);
        let reg = self.top();
        self.push(GOp::Drop { reg, behind });
        self.stack.pop();
    }

    fn without_nulls(&mut self) {
        while self.stack.contains(&Guess::Null) {
            self.drop_top();
        }
    }

    /// Brings the stack to a height, without nulls.
    fn reach(&mut self, height: usize) {
        self.without_nulls();
        while self.stack.len() > height {
            self.drop_top();
        }
        while self.stack.len() < height {
            self.constant(3, 0);
        }
    }

    fn counter(&mut self) {
        self.push(GOp::GuardBound { reg: COUNTER });
        self.push(GOp::GuardInt { reg: COUNTER });
        self.push(GOp::Copy {
            dst: T0,
            src: COUNTER,
        });
    }

    fn int(&mut self, dst: Reg, value: i64) {
        let object = None;
        self.push(GOp::Int { dst, value, object });
    }

    fn branch_on_counter(&mut self, cmp: Cmp, with: i64, then: Label, otherwise: Label) {
        self.begin();
        self.counter();
        self.int(T1, with);
        self.push(GOp::IntCmp {
            cmp,
            dst: T0,
            a: T0,
            b: T1,
        });
        self.push(GOp::Branch {
            cond: T0,
            then,
            otherwise,
        });
    }

    fn count_down(&mut self) {
        self.begin();
        self.counter();
        self.int(T1, 1);
        self.push(GOp::IntBin {
            op: IntOp::Sub,
            dst: T0,
            a: T0,
            b: T1,
        });
        let behind = Some(self.behind(0));
        self.push(GOp::Store {
            local: COUNTER,
            src: T0,
            behind,
        });
    }

    fn instructions(&mut self, draws: &[Draw]) {
        for &(which, x, y) in draws {
            let done = match which % if self.arrays { 11 } else { 8 } {
                8.. => self.elements(x, y),
                0 | 1 => self.move_values(x, y),
                2 => self.locals(x, y),
                3 => self.arithmetic(x, y),
                4 => self.host(x, y),
                5 => self.virtuals(x, y),
                _ => {
                    self.has_room() && {
                        self.constant(x, y);
                        true
                    }
                }
            };
            if !done && self.has_room() {
                self.load(x);
            }
        }
    }

    /// Reads or writes the array, at an index counted from the end now and then.
    fn elements(&mut self, x: u8, y: u8) -> bool {
        let guesses = [Guess::Int, Guess::Float, Guess::Pair];
        let read = x.is_multiple_of(2);
        if x % 8 == 7 {
            let local = usize::from(y) % FREE as usize;
            self.begin();
            self.push(GOp::Forgo {
                local: Reg(local as u32),
            });
            return true;
        }
        if read && !self.has_room() || !read && !self.has(1) {
            return false;
        }
        let wanted = match self.stack.last() {
            Some(guess) if !read => guesses.iter().position(|g| g == guess).unwrap_or(2),
            _ => usize::from(y) % ARRAY,
        };
        self.begin();
        let (index, length) = (T1, T3);
        let wrap = y & 16 != 0;
        let counted = wanted as i64 - if wrap { ARRAY as i64 } else { 0 };
        self.int(index, counted);
        self.int(length, ARRAY as i64 - i64::from(y / 250));
        self.push(GOp::CheckIndex {
            dst: index,
            index,
            len: length,
            wrap,
        });
        self.push(GOp::Object {
            dst: T2,
            object: ARRAY_OBJECT,
        });
        let (from, index, field) = (T2, Some(index), ITEM);
        let dst = if read { self.new_item() } else { T0 };
        self.push(GOp::Read {
            dst,
            from,
            index,
            field,
        });
        if read {
            let kind = [Seen::Int, Seen::Float].get(wanted).copied();
            if let Some(kind) = kind.filter(|_| y & 8 != 0) {
                self.push(GOp::GuardLent { reg: dst, kind });
            }
            self.stack.push(guesses[wanted]);
            return true;
        }
        let src = self.top();
        let release = [Release::Plain, Release::Float, Release::Any][wanted];
        if release != Release::Any {
            let ty = TypeId(wanted as u32);
            self.push(GOp::GuardType { reg: T0, ty });
        }
        self.push(GOp::WriteRef {
            to: from,
            index,
            field,
            src,
            old: T0,
            release,
        });
        self.stack.pop();
        let point = self.behind(0);
        self.push(GOp::AfterOwed(point));
        true
    }

    fn load(&mut self, x: u8) {
        self.begin();
        let all = self.variables.len();
        let wanted = usize::from(x) % all;
        let bound = |v: &usize| self.variables[*v] != Guess::Null;
        let from = (wanted..all).chain(0..wanted).find(bound);
        let variable = from.unwrap_or(wanted);
        let src = variable_at(variable);
        self.push(GOp::GuardBound { reg: src });
        let dst = self.new_item();
        self.push(GOp::Copy { dst, src });
        self.stack.push(match self.variables[variable] {
            Guess::Null => Guess::Pair,
            guess => guess,
        });
    }

    fn constant(&mut self, x: u8, y: u8) {
        self.begin();
        let dst = self.new_item();
        let small = i64::from(y % 8) - 3;
        let known = |id| (y & 1 == 0).then_some(ObjectId(id));
        self.push(match x % 8 {
            0 => GOp::Int {
                dst,
                value: if y & 1 == 0 { UNIT_INT } else { small },
                object: known(0),
            },
            1 => GOp::Float {
                dst,
                bits: if y & 1 == 0 { UNIT_FLOAT } else { small as f64 }.to_bits(),
                object: known(1),
            },
            2 => GOp::Bool {
                dst,
                value: y & 1 == 0,
            },
            4 => GOp::Object {
                dst,
                object: UNIT_PAIR,
            },
            5 => GOp::Null { dst },
            6 => GOp::Int {
                dst,
                value: i64::MAX - i64::from(y % 4),
                object: None,
            },
            _ => GOp::Int {
                dst,
                value: small,
                object: None,
            },
        });
        self.stack.push(match x % 8 {
            1 => Guess::Float,
            2 => Guess::Bool,
            4 => Guess::Pair,
            5 => Guess::Null,
            _ => Guess::Int,
        });
    }

    fn move_values(&mut self, x: u8, y: u8) -> bool {
        let height = self.stack.len();
        match x % 5 {
            // A name is never unbound.
            0 | 1 if height >= 1 && (usize::from(y) % VARIABLES < FREE as usize || self.has(1)) => {
                self.begin();
                let behind = (y & 8 == 0).then(|| self.behind(-1));
                let variable = usize::from(y) % VARIABLES;
                let (local, src) = (variable_at(variable), self.top());
                self.push(GOp::Store { local, src, behind });
                self.variables[variable] = self.stack.pop().unwrap_or(Guess::Null);
                if behind.is_none() {
                    let point = self.behind(0);
                    self.push(GOp::AfterOwed(point));
                }
            }
            2 if height >= 1 && self.has_room() => {
                self.begin();
                let (dst, src) = (self.new_item(), self.top());
                self.push(GOp::Copy { dst, src });
                self.stack.push(self.stack[height - 1]);
            }
            3 if height >= 2 => {
                self.begin();
                let (a, b) = (self.top(), self.second());
                self.push(GOp::Swap { a, b });
                self.stack.swap(height - 1, height - 2);
            }
            4 if height >= 1 => self.drop_top(),
            _ => return false,
        }
        true
    }

    fn locals(&mut self, x: u8, y: u8) -> bool {
        let local = Reg(u32::from(y) % FREE);
        match x % 4 {
            0 if self.has_room() => {
                self.begin();
                let dst = self.new_item();
                self.push(GOp::TakeLocal { dst, local });
                self.stack.push(Guess::Null);
                self.variables[local.0 as usize] = Guess::Null;
            }
            1 if self.variables[local.0 as usize] != Guess::Null => {
                self.begin();
                self.push(GOp::GuardBound { reg: local });
                let behind = self.behind(0);
                self.push(GOp::Unbind { local, behind });
                self.variables[local.0 as usize] = Guess::Null;
            }
            2 if self.has(1) => {
                self.begin();
                let reg = self.top();
                self.push(GOp::Real { reg });
            }
            3 if self.stack.last() == Some(&Guess::Null) => {
                self.begin();
                let reg = self.top();
                self.push(GOp::GuardNull { reg });
                self.push(GOp::Kill { reg });
                self.stack.pop();
            }
            _ => return false,
        }
        true
    }

    fn arithmetic(&mut self, x: u8, y: u8) -> bool {
        if self.has(1) && x.is_multiple_of(3) {
            self.unary(y);
            return true;
        }
        if !self.has(2) {
            return false;
        }
        let kinds = [self.guess(1), self.guess(0)];
        let is_odd = x % 32 == 31;
        if kinds[0] != kinds[1] && !is_odd {
            return false;
        }
        self.begin();
        let (a, b) = (self.second(), self.top());
        let cmps = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];
        let cmp = cmps[usize::from(y >> 4) % cmps.len()];
        let is_compare = y & 8 != 0;
        let dst = a;
        let result = match kinds[0] {
            Guess::Int => {
                let ops = [
                    IntOp::Add,
                    IntOp::Sub,
                    IntOp::Mul,
                    IntOp::Mod,
                    IntOp::FloorDiv,
                ];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardInt { reg: a });
                self.push(GOp::GuardInt { reg: b });
                self.push(match is_compare {
                    true => GOp::IntCmp { cmp, dst, a, b },
                    false => GOp::IntBin { op, dst, a, b },
                });
                Guess::Int
            }
            Guess::Float => {
                let ops = [FloatOp::Add, FloatOp::Sub, FloatOp::Mul, FloatOp::Div];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardFloat { reg: a });
                self.push(GOp::GuardFloat { reg: b });
                self.push(match is_compare {
                    true => GOp::FloatCmp { cmp, dst, a, b },
                    false => GOp::FloatBin { op, dst, a, b },
                });
                Guess::Float
            }
            _ => {
                let ops = [BoolOp::And, BoolOp::Or, BoolOp::Xor];
                let op = ops[usize::from(y >> 4) % ops.len()];
                self.push(GOp::GuardBool { reg: a });
                self.push(GOp::GuardBool { reg: b });
                self.push(GOp::BoolBin { op, dst, a, b });
                Guess::Bool
            }
        };
        self.push(GOp::Kill { reg: b });
        self.stack.pop();
        let is_number = matches!(kinds[0], Guess::Int | Guess::Float);
        self.set_top(if is_compare && is_number {
            Guess::Bool
        } else {
            result
        });
        true
    }

    /// What the item `below` the top probably is.
    fn guess(&self, below: usize) -> Guess {
        self.stack[self.stack.len() - 1 - below]
    }

    fn set_top(&mut self, guess: Guess) {
        if let Some(top) = self.stack.last_mut() {
            *top = guess;
        }
    }

    fn unary(&mut self, y: u8) {
        self.begin();
        let reg = self.top();
        let (dst, src) = (reg, reg);
        match (self.guess(0), y % 4) {
            (Guess::Int, 0 | 1) => {
                self.push(GOp::GuardInt { reg });
                self.push(GOp::IntNeg { dst, src });
            }
            (Guess::Int, 2) => {
                self.push(GOp::GuardInt { reg });
                self.push(GOp::IntToFloat { dst, src });
                self.set_top(Guess::Float);
            }
            (Guess::Bool, 0) => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::BoolNot { dst, src });
            }
            (Guess::Bool, 1) => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::BoolToInt { dst, src });
                self.set_top(Guess::Int);
            }
            (Guess::Float, 0 | 1) => self.push(GOp::GuardFloat { reg }),
            (Guess::Float, 2) => {
                self.push(GOp::GuardFloat { reg });
                self.push(GOp::FloatTruth { dst, src });
                self.set_top(Guess::Bool);
            }
            (Guess::Int | Guess::Float | Guess::Pair, _) => {
                self.push(GOp::SameObject {
                    dst: T0,
                    src,
                    object: UNIT_PAIR,
                });
                if self.has_room() {
                    let dst = self.new_item();
                    self.push(GOp::Move { dst, src: T0 });
                    self.stack.push(Guess::Bool);
                }
            }
            _ => {
                self.push(GOp::GuardBool { reg });
                self.push(GOp::GuardTrue {
                    cond: reg,
                    reason: Reason::NotSeen,
                });
                self.push(GOp::Kill { reg });
                self.stack.pop();
            }
        }
    }

    fn host(&mut self, x: u8, y: u8) -> bool {
        let arg = HostArg(i64::from(x));
        let (pops, pushes) = (arg.pops(), arg.pushes());
        let under = self.stack.len() as i32 - pops as i32;
        if under < 0 || under + pushes as i32 > STACK as i32 {
            return false;
        }
        self.begin();
        let loud = arg.looks() || arg.disturbs() || y & 1 == 0;
        self.push(GOp::Host {
            helper: HelperId(loud.into()),
            depth: self.depth(),
            arg: arg.0,
            pops,
            pushes,
            outcome: None,
        });
        self.stack.truncate(under as usize);
        self.stack.extend((0..pushes).map(|_| arg.gives()));
        if loud {
            let point = self.behind(0);
            self.push(GOp::After(point));
        }
        true
    }

    fn virtuals(&mut self, x: u8, y: u8) -> bool {
        let index = u32::from(y & 1);
        match x % 4 {
            0 | 1 if self.has_room() => {
                self.begin();
                self.int(T0, i64::from(y));
                self.int(T1, i64::from(x));
                let dst = self.new_item();
                let (shape, fields) = (PAIR, vec![T0, T1]);
                self.push(GOp::Virtual { dst, shape, fields });
                self.stack.push(Guess::Pair);
            }
            2 if self.has(1) && self.guess(0) == Guess::Pair && self.has_room() => {
                self.begin();
                let (src, dst) = (self.top(), self.new_item());
                let (reg, shape) = (src, PAIR);
                self.push(GOp::GuardVirtual { reg, shape });
                self.push(GOp::Field { dst, src, index });
                self.stack.push(Guess::Int);
            }
            3 if self.has(2) && (self.guess(1), self.guess(0)) == (Guess::Pair, Guess::Int) => {
                self.begin();
                let (object, src) = (self.second(), self.top());
                self.push(GOp::GuardInt { reg: src });
                let shape = PAIR;
                self.push(GOp::GuardVirtual { reg: object, shape });
                self.push(GOp::SetField { object, index, src });
                self.push(GOp::Kill { reg: src });
                self.stack.pop();
            }
            _ => return false,
        }
        true
    }
}
