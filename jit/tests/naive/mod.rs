//! What guarded bytecode means: a direct interpreter over registers that each hold a value. It has no
//! representations, no laziness and no passes, so that it can judge all of them.
//!
//! Objects that are numbers carry a name where the program could ask for their identity. A number that was
//! computed, that has come over a loop header, or that is a constant of the code, which may have met a
//! computed one, has a free identity: see the laws.

use std::cell::RefCell;
use std::collections::HashMap;

use fatjit_jit::gbc::{BoolOp, Cmp, FloatOp, GOp, IntOp, Point, Reg, Region, Seen};

use crate::machine::{Kind, Value};
use crate::random_gbc::{ARRAY, ARRAY_OBJECT, Guess};

/// What a register holds.
#[derive(Clone)]
pub enum Held {
    /// Nothing, or null.
    Nothing,
    /// An object, and whether its identity is free.
    Object(Value, bool),
    /// A virtual object: two ints.
    Pair([i64; 2]),
}

/// Where and how a region was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub raised: bool,
    pub point: (u32, u32),
    /// What each slot in use shows, and the name of its object if that must be this one.
    pub slots: Vec<(String, Option<String>)>,
    pub log: Vec<String>,
}

/// What lies outside of regions: notes, and objects with names, which it keeps alive.
#[derive(Default)]
pub struct World {
    pub log: Vec<String>,
    names: HashMap<usize, String>,
    kept: Vec<Value>,
    /// Objects of the unit: an int, a float, a pair.
    pub unit: Vec<Value>,
    /// An array that regions read and write: an int, a float, a pair at first.
    pub array: Vec<Value>,
}

thread_local! {
    /// The world of this thread: routines called by native code are given nothing else to find it by.
    pub static WORLD: RefCell<World> = RefCell::default();
}

pub const UNIT_INT: i64 = 7;
pub const UNIT_FLOAT: f64 = 2.5;
pub const UNIT_PAIR: [i64; 2] = [-77, -88];

impl World {
    /// A fresh one.
    pub fn begin() {
        WORLD.with_borrow_mut(|world| {
            *world = World::default();
            world.unit = vec![
                Value::int(UNIT_INT),
                Value::float(UNIT_FLOAT),
                pair(UNIT_PAIR),
            ];
            for value in world.unit.clone() {
                world.name(&value, "unit");
            }
            world.array = vec![Value::int(1234), Value::float(6.25), pair([-5, -6])];
            for value in world.array.clone() {
                world.name(&value, "array");
            }
        });
    }

    fn name(&mut self, value: &Value, prefix: &str) {
        if matches!(value.kind(), Kind::Int | Kind::Float) {
            let name = format!("{prefix} {value}");
            self.names.insert(address(value), name);
            // Kept alive, no other object can get its address.
            self.kept.push(value.clone());
        }
    }

    /// The name of an object, if it has one.
    pub fn name_of(&self, value: &Value) -> Option<String> {
        self.names.get(&address(value)).cloned()
    }

    /// What the host's helper does. `arg` tells what it gives back.
    pub fn host(
        &mut self,
        popped: &[Option<Value>],
        locals: &[Option<Value>],
        arg: i64,
    ) -> Outcome {
        let host = HostArg(arg);
        let turn = self.log.len();
        let mut note = format!("{}:", popped.len());
        let seen = if host.looks() { locals } else { &[] };
        for value in popped.iter().chain(seen) {
            note += &format!(" {}", shown(value.as_ref()));
        }
        self.log.push(note);
        if turn % 7 == 6 {
            return Err(());
        }
        // What was lent by the array must have been counted before.
        if host.looks() && turn % 2 == 1 {
            let new = [
                Value::int(5000 + turn as i64),
                Value::float(turn as f64 + 0.25),
                pair([-3, turn as i64]),
            ];
            for (at, value) in new.into_iter().enumerate() {
                self.name(&value, "array");
                // Native code has the array's address.
                self.array[at] = value;
            }
        }
        if host.pushes() == 0 {
            return Ok(None);
        }
        let value = match host.kind() {
            0 => Value::int(1000 + turn as i64),
            1 => Value::float(turn as f64 + 0.5),
            2 => Value::bool(turn.is_multiple_of(2)),
            _ => pair([-2, turn as i64]),
        };
        self.name(&value, "host");
        Ok(Some(value))
    }
}

/// What a helper pushes, or that it raised.
pub type Outcome = Result<Option<Value>, ()>;

/// The argument of the host's helper, taken apart.
#[derive(Clone, Copy)]
pub struct HostArg(pub i64);

impl HostArg {
    pub fn pops(self) -> u32 {
        (self.0 & 1) as u32 + (self.0 >> 1 & 1) as u32
    }

    pub fn pushes(self) -> u32 {
        (self.0 >> 2 & 1) as u32
    }

    fn kind(self) -> i64 {
        self.0 >> 3 & 3
    }

    /// What it gives back.
    pub fn gives(self) -> Guess {
        [Guess::Int, Guess::Float, Guess::Bool, Guess::Pair][self.kind() as usize]
    }

    /// Whether it looks at the locals.
    pub fn looks(self) -> bool {
        self.0 >> 5 & 1 != 0
    }

    /// Whether it demands that native code is left.
    pub fn disturbs(self) -> bool {
        self.0 >> 6 & 3 == 3
    }
}

/// Where a value's object is: its identity. A value is that one word.
pub fn address(value: &Value) -> usize {
    // SAFETY: `Value` is a transparent wrapper of a pointer.
    unsafe { std::mem::transmute_copy::<Value, usize>(value) }
}

pub fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// A pair: the host's objects that are no numbers. To units it is the type of texts.
pub fn pair(fields: [i64; 2]) -> Value {
    Value::text(format!("pair {} {}", fields[0], fields[1]))
}

/// The fields of a pair.
pub fn fields(value: &Value) -> Option<[i64; 2]> {
    let text = value.to_string();
    let mut words = text.trim_matches('"').strip_prefix("pair ")?.split(' ');
    Some([words.next()?.parse().ok()?, words.next()?.parse().ok()?])
}

/// An interpreter in the midst of a region.
pub struct Naive<'r> {
    region: &'r Region,
    regs: Vec<Held>,
    /// Whether the identity of an element of the array is free.
    free: [bool; ARRAY],
    here: Point,
}

/// Whether to go on, or to leave to the start of the current instruction, as it was then.
type Step<T> = Result<T, Leave>;

enum Leave {
    /// A guard failed.
    Guard,
    /// A helper raised, so many slots being in use then.
    Raised(u32),
}

impl<'r> Naive<'r> {
    /// On a frame with these slots.
    pub fn new(region: &'r Region, slots: &[Option<Value>]) -> Naive<'r> {
        let held = |slot: &Option<Value>| match slot {
            Some(value) => Held::Object(value.clone(), false),
            None => Held::Nothing,
        };
        let mut regs: Vec<Held> = slots.iter().map(held).collect();
        regs.resize(region.regs as usize, Held::Nothing);
        Naive {
            region,
            regs,
            free: [false; ARRAY],
            here: region.entries[0].point,
        }
    }

    /// Runs from the instruction at a position to the end.
    pub fn run(mut self, position: u32) -> End {
        let (mut block, mut index) = self.find(position);
        let mut before = self.regs.clone();
        let leave = loop {
            let op = &self.region.blocks[block].ops[index];
            if index == 0 && self.region.blocks[block].header {
                self.free_numbers();
            }
            index += 1;
            if let GOp::At(point) = op {
                self.here = *point;
                before = self.regs.clone();
                continue;
            }
            match self.control(op) {
                Some(Ok(label)) => (block, index) = (label, 0),
                Some(Err(leave)) => break leave,
                None => {
                    if let Err(leave) = self.op(op) {
                        break leave;
                    }
                }
            }
        };
        match leave {
            Leave::Guard => {
                self.regs = before;
                let depth = self.here.depth;
                self.end(false, depth)
            }
            Leave::Raised(depth) => self.end(true, depth),
        }
    }

    fn find(&self, position: u32) -> (usize, usize) {
        let at = |op: &GOp| matches!(op, GOp::At(p) if p.position == position);
        let blocks = self.region.blocks.iter().enumerate();
        let mut found = blocks.filter_map(|(b, block)| Some((b, block.ops.iter().position(at)?)));
        found.next().expect("exits resume at an instruction")
    }

    /// Over a loop header, identities of numbers are free.
    fn free_numbers(&mut self) {
        for held in &mut self.regs {
            if let Held::Object(value, free) = held {
                *free |= matches!(value.kind(), Kind::Int | Kind::Float);
            }
        }
    }

    /// Goes to an instruction without executing it.
    pub fn stand_at(&mut self, position: u32) {
        self.here.position = position;
    }

    /// The end, here.
    pub fn end(self, raised: bool, depth: u32) -> End {
        let slot = |held: &Held| match held {
            Held::Nothing => (shown(None), None),
            Held::Object(value, free) => {
                let name = WORLD.with_borrow(|world| world.name_of(value));
                (shown(Some(value)), name.filter(|_| !free))
            }
            Held::Pair(fields) => (shown(Some(&pair(*fields))), None),
        };
        let names = self.region.slots as usize..(self.region.slots + self.region.names) as usize;
        let shown = self.regs[..depth as usize].iter().chain(&self.regs[names]);
        let array = WORLD.with_borrow(|world| world.array.clone());
        let array = array.into_iter().zip(self.free);
        let array: Vec<Held> = array.map(|(v, free)| Held::Object(v, free)).collect();
        let slots = shown.chain(&array).map(slot).collect();
        End {
            raised,
            point: (self.here.position, depth),
            slots,
            log: WORLD.with_borrow(|world| world.log.clone()),
        }
    }

    fn control(&self, op: &GOp) -> Option<Step<usize>> {
        Some(match op {
            GOp::Jump(label) => Ok(label.index()),
            GOp::Branch {
                cond,
                then,
                otherwise,
            } => match self.bool(*cond) {
                Ok(true) => Ok(then.index()),
                Ok(false) => Ok(otherwise.index()),
                Err(leave) => Err(leave),
            },
            GOp::Leave(_) => Err(Leave::Guard),
            _ => return None,
        })
    }

    fn at(&self, reg: Reg) -> &Held {
        &self.regs[reg.0 as usize]
    }

    fn put(&mut self, reg: Reg, held: Held) {
        self.regs[reg.0 as usize] = held;
    }

    fn take(&mut self, reg: Reg) -> Held {
        std::mem::replace(&mut self.regs[reg.0 as usize], Held::Nothing)
    }

    fn computed(&mut self, reg: Reg, value: Value) {
        self.put(reg, Held::Object(value, true));
    }

    fn object(&self, reg: Reg) -> Step<&Value> {
        match self.at(reg) {
            Held::Object(value, _) => Ok(value),
            _ => Err(Leave::Guard),
        }
    }

    fn int(&self, reg: Reg) -> Step<i64> {
        self.object(reg)?.as_int().ok_or(Leave::Guard)
    }

    fn float(&self, reg: Reg) -> Step<f64> {
        let value = self.object(reg)?;
        let float = value.as_float().filter(|_| value.kind() == Kind::Float);
        float.ok_or(Leave::Guard)
    }

    fn bool(&self, reg: Reg) -> Step<bool> {
        self.object(reg)?.as_bool().ok_or(Leave::Guard)
    }

    fn real(&mut self, reg: Reg) {
        if let Held::Pair(fields) = self.at(reg) {
            let object = pair(*fields);
            self.put(reg, Held::Object(object, false));
        }
    }

    fn op(&mut self, op: &GOp) -> Step<()> {
        match op {
            GOp::Int { dst, value, object } => match object {
                Some(object) => self.of_unit(*dst, object.index(), true),
                None => self.computed(*dst, Value::int(*value)),
            },
            GOp::Float { dst, bits, object } => match object {
                Some(object) => self.of_unit(*dst, object.index(), true),
                None => self.computed(*dst, Value::float(f64::from_bits(*bits))),
            },
            GOp::Bool { dst, value } => self.computed(*dst, Value::bool(*value)),
            GOp::Object { dst, object } => self.of_unit(*dst, object.index(), false),
            GOp::Null { dst } => self.put(*dst, Held::Nothing),
            GOp::Copy { dst, src } => {
                self.real(*src);
                let held = self.at(*src).clone();
                self.put(*dst, held);
            }
            GOp::Move { dst, src } => {
                let held = self.take(*src);
                self.put(*dst, held);
            }
            GOp::Swap { a, b } => self.regs.swap(a.0 as usize, b.0 as usize),
            GOp::Store { local, src, .. } => {
                self.real(*src);
                let held = self.take(*src);
                self.put(*local, held);
            }
            GOp::TakeLocal { dst, local } => {
                let held = self.take(*local);
                self.put(*dst, held);
            }
            GOp::Real { reg } => self.real(*reg),
            GOp::Drop { reg, .. } | GOp::Kill { reg } | GOp::Unbind { local: reg, .. } => {
                self.take(*reg);
            }
            GOp::GuardBound { reg } => drop(self.object(*reg)?.clone()),
            GOp::GuardInt { reg } => drop(self.int(*reg)?),
            GOp::GuardFloat { reg } => drop(self.float(*reg)?),
            GOp::GuardBool { reg } => drop(self.bool(*reg)?),
            GOp::GuardTrue { cond, .. } => self.bool(*cond)?.then_some(()).ok_or(Leave::Guard)?,
            GOp::GuardNull { reg } => match self.at(*reg) {
                Held::Nothing => {}
                _ => return Err(Leave::Guard),
            },
            GOp::GuardVirtual { reg, .. } => {
                if let Held::Object(value, _) = self.at(*reg) {
                    let fields = fields(value).ok_or(Leave::Guard)?;
                    self.put(*reg, Held::Pair(fields));
                }
            }
            GOp::Virtual { dst, fields, .. } => {
                let pair = [self.int(fields[0])?, self.int(fields[1])?];
                self.put(*dst, Held::Pair(pair));
            }
            GOp::Field { dst, src, index } => {
                let field = self.pair(*src)?[*index as usize];
                self.computed(*dst, Value::int(field));
            }
            GOp::SetField { object, index, src } => {
                let mut pair = self.pair(*object)?;
                pair[*index as usize] = self.int(*src)?;
                self.put(*object, Held::Pair(pair));
            }
            GOp::SameObject { dst, src, object } => {
                let wanted = WORLD.with_borrow(|w| address(&w.unit[object.index()]));
                let same = self.object(*src).is_ok_and(|v| address(v) == wanted);
                self.computed(*dst, Value::bool(same));
            }
            GOp::Same { dst, a, b } => {
                self.real(*a);
                let same = match (self.at(*a), self.at(*b)) {
                    (Held::Object(a, _), Held::Object(b, _)) => address(a) == address(b),
                    (Held::Nothing, Held::Nothing) => true,
                    _ => false,
                };
                self.computed(*dst, Value::bool(same));
            }
            GOp::Host {
                depth, arg, pops, ..
            } => self.host(*depth, *arg, *pops)?,
            GOp::After(_) | GOp::AfterOwed(_) | GOp::Poll => {}
            GOp::GuardType { .. }
            | GOp::GuardLent { .. }
            | GOp::Read { .. }
            | GOp::WriteRef { .. }
            | GOp::CheckIndex { .. }
            | GOp::Forgo { .. } => self.element(op)?,
            _ => self.number(op)?,
        }
        Ok(())
    }

    /// Elements of the array, which is what every address here stands for.
    fn element(&mut self, op: &GOp) -> Step<()> {
        match op {
            GOp::GuardType { reg, ty } => {
                let kinds = [Kind::Int, Kind::Float, Kind::Bool, Kind::Text];
                if self.object(*reg)?.kind() != kinds[ty.index()] {
                    return Err(Leave::Guard);
                }
            }
            GOp::GuardLent { reg, kind } => match kind {
                Seen::Int => drop(self.int(*reg)?),
                Seen::Float => drop(self.float(*reg)?),
                other => panic!("{other:?} is not generated"),
            },
            GOp::Read {
                dst,
                index: Some(index),
                ..
            } => {
                let index = self.int(*index)? as usize;
                let value = WORLD.with_borrow(|world| world.array[index].clone());
                self.put(*dst, Held::Object(value, self.free[index]));
            }
            GOp::WriteRef {
                index: Some(index),
                src,
                ..
            } => {
                let index = self.int(*index)? as usize;
                self.real(*src);
                let Held::Object(value, free) = self.take(*src) else {
                    panic!("nothing is stored to the array");
                };
                self.free[index] = free;
                WORLD.with_borrow_mut(|world| world.array[index] = value);
            }
            GOp::CheckIndex {
                dst,
                index,
                len,
                wrap,
            } => {
                let (index, len) = (self.int(*index)?, self.int(*len)?);
                let index = if *wrap && index < 0 {
                    index + len
                } else {
                    index
                };
                if index < 0 || index >= len {
                    return Err(Leave::Guard);
                }
                self.computed(*dst, Value::int(index));
            }
            GOp::Forgo { local } => {
                if let Held::Object(value, free) = &mut self.regs[local.0 as usize] {
                    *free |= matches!(value.kind(), Kind::Int | Kind::Float);
                }
            }
            other => panic!("{other:?} is not generated"),
        }
        Ok(())
    }

    fn pair(&self, reg: Reg) -> Step<[i64; 2]> {
        match self.at(reg) {
            Held::Pair(fields) => Ok(*fields),
            _ => Err(Leave::Guard),
        }
    }

    fn of_unit(&mut self, dst: Reg, object: usize, free: bool) {
        // The array is no object.
        if object == ARRAY_OBJECT.index() {
            return;
        }
        let value = WORLD.with_borrow(|world| world.unit[object].clone());
        self.put(dst, Held::Object(value, free));
    }

    fn host(&mut self, depth: u32, arg: i64, pops: u32) -> Step<()> {
        for reg in 0..depth {
            self.real(Reg(reg));
        }
        let value = |held: &Held| match held {
            Held::Object(value, _) => Some(value.clone()),
            _ => None,
        };
        let values: Vec<Option<Value>> = self.regs.iter().map(value).collect();
        let under = depth - pops;
        let popped = &values[under as usize..depth as usize];
        let (locals, slots) = (self.region.locals as usize, self.region.slots as usize);
        let names = &values[slots..slots + self.region.names as usize];
        let seen = [&values[..locals], names].concat();
        let outcome = WORLD.with_borrow_mut(|world| world.host(popped, &seen, arg));
        if HostArg(arg).looks() {
            // It may have replaced the array; a name that is not asked for does no harm.
            self.free = [true; ARRAY];
        }
        for reg in under..depth {
            self.take(Reg(reg));
        }
        match outcome {
            Ok(Some(value)) => self.put(Reg(under), Held::Object(value, false)),
            Ok(None) => {}
            Err(()) => return Err(Leave::Raised(under)),
        }
        Ok(())
    }

    fn number(&mut self, op: &GOp) -> Step<()> {
        match op {
            GOp::IntBin { op, dst, a, b } => {
                let (a, b) = (self.int(*a)?, self.int(*b)?);
                let result = match op {
                    IntOp::Add => a.checked_add(b),
                    IntOp::Sub => a.checked_sub(b),
                    IntOp::Mul => a.checked_mul(b),
                    IntOp::FloorDiv => fatjit_ir::arith::int_floor_div(a, b),
                    IntOp::Mod => fatjit_ir::arith::int_mod(a, b),
                    IntOp::Xor => Some(a ^ b),
                    other => panic!("{other:?} is not generated"),
                };
                self.computed(*dst, Value::int(result.ok_or(Leave::Guard)?));
            }
            GOp::IntNeg { dst, src } => {
                let result = self.int(*src)?.checked_neg().ok_or(Leave::Guard)?;
                self.computed(*dst, Value::int(result));
            }
            GOp::IntToFloat { dst, src } => {
                let x = self.int(*src)? as f64;
                self.computed(*dst, Value::float(x));
            }
            GOp::FloatBin { op, dst, a, b } => {
                let (a, b) = (self.float(*a)?, self.float(*b)?);
                let result = match op {
                    FloatOp::Add => a + b,
                    FloatOp::Sub => a - b,
                    FloatOp::Mul => a * b,
                    FloatOp::Div if b == 0.0 => return Err(Leave::Guard),
                    FloatOp::Div => a / b,
                    other => panic!("{other:?} is not generated"),
                };
                self.computed(*dst, Value::float(result));
            }
            GOp::IntCmp { cmp, dst, a, b } => {
                let order = self.int(*a)?.partial_cmp(&self.int(*b)?);
                self.computed(*dst, Value::bool(holds(*cmp, order)));
            }
            GOp::FloatCmp { cmp, dst, a, b } => {
                let order = self.float(*a)?.partial_cmp(&self.float(*b)?);
                self.computed(*dst, Value::bool(holds(*cmp, order)));
            }
            GOp::BoolNot { dst, src } => {
                let result = !self.bool(*src)?;
                self.computed(*dst, Value::bool(result));
            }
            GOp::BoolToInt { dst, src } => {
                let result = self.bool(*src)?.into();
                self.computed(*dst, Value::int(result));
            }
            GOp::BoolBin { op, dst, a, b } => {
                let (a, b) = (self.bool(*a)?, self.bool(*b)?);
                let result = match op {
                    BoolOp::And => a && b,
                    BoolOp::Or => a || b,
                    BoolOp::Xor => a ^ b,
                };
                self.computed(*dst, Value::bool(result));
            }
            GOp::FloatTruth { dst, src } => {
                let result = self.float(*src)? != 0.0;
                self.computed(*dst, Value::bool(result));
            }
            other => panic!("{other:?} is not generated"),
        }
        Ok(())
    }
}

fn holds(cmp: Cmp, order: Option<std::cmp::Ordering>) -> bool {
    match cmp {
        Cmp::Eq => order.is_some_and(|o| o.is_eq()),
        Cmp::Ne => order.is_none_or(|o| o.is_ne()),
        Cmp::Lt => order.is_some_and(|o| o.is_lt()),
        Cmp::Le => order.is_some_and(|o| o.is_le()),
        Cmp::Gt => order.is_some_and(|o| o.is_gt()),
        Cmp::Ge => order.is_some_and(|o| o.is_ge()),
    }
}
