//! What guarded bytecode means: a direct interpreter over registers that each hold a value. It has no
//! representations, no laziness and no passes, so that it can judge all of them.
//!
//! Objects that are numbers carry a name where the program could ask for their identity. A number that was
//! computed, that has come over a loop header, or that is a constant of the code, which may have met a
//! computed one, has a free identity: see the laws.

mod world;

use fatjit_jit::gbc::{BoolOp, Cmp, FloatOp, GOp, IntOp, Point, Reg, Region, Seen};

use crate::machine::{Kind, Value};
use crate::random_gbc::{ARRAY, ARRAY_OBJECT};
pub use world::{
    HostArg, UNIT_FLOAT, UNIT_INT, UNIT_PAIR, WORLD, World, address, fields, pair, shown,
};

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
            GOp::GuardInt { reg } | GOp::GuardVaried { reg } => drop(self.int(*reg)?),
            GOp::GuardFloat { reg } => drop(self.float(*reg)?),
            GOp::GuardBool { reg } => drop(self.bool(*reg)?),
            GOp::GuardNumber { reg } => {
                let is = |kind| matches!(kind, Kind::Int | Kind::Float | Kind::Bool);
                let number = is(self.object(*reg)?.kind());
                number.then_some(()).ok_or(Leave::Guard)?
            }
            GOp::IsNumber { reg } => {
                let known = self.object(*reg)?.kind();
                assert!(matches!(known, Kind::Int | Kind::Float | Kind::Bool));
            }
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
            GOp::FloatOf { dst, src, exact } => {
                let x = match (self.float(*src), self.int(*src)) {
                    (Ok(x), _) => x,
                    (_, Ok(n)) if *exact && n.unsigned_abs() > 1 << 53 => return Err(Leave::Guard),
                    (_, n) => n? as f64,
                };
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
