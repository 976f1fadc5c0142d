//! The machine itself: values, code, and an interpreter that runs alone. It knows nothing of the core; what
//! the core needs of it is only that memory is laid out in a known way.
//!
//! Invariant: a value is one word, the address of a counted object, and a slot of a frame is a value or null.
//! So is an `Option<Value>`, and the interpreter stays ordinary Rust. Slots from `depth` on hold `None`.

use std::cell::Cell;
use std::fmt;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::NonNull;
use std::rc::Rc;

use thiserror::Error;

/// Most locals and stack items of a program together.
pub const SLOTS: usize = 16;
/// Rounds of loops between two services.
const BUDGET: i64 = 20_000;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Kind {
    Int,
    Float,
    Bool,
    Text,
}

/// An object. Native code reads and writes it at the offsets below.
#[repr(C)]
pub struct Object {
    count: Cell<i64>,
    kind: Kind,
    bits: u64,
    text: Option<Box<str>>,
}

pub const OBJECT_COUNT: i64 = offset_of!(Object, count) as i64;
pub const OBJECT_KIND: i64 = offset_of!(Object, kind) as i64;
pub const OBJECT_BITS: i64 = offset_of!(Object, bits) as i64;

thread_local! {
    static ALIVE: Cell<usize> = const { Cell::new(0) };
}

/// Number of objects that this thread has made and not freed: what a leak shows in.
pub fn alive() -> usize {
    ALIVE.get()
}

impl Drop for Object {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

/// A counted reference to an object.
#[repr(transparent)]
pub struct Value(NonNull<Object>);

impl Value {
    fn new(kind: Kind, bits: u64, text: Option<Box<str>>) -> Value {
        ALIVE.set(ALIVE.get() + 1);
        let count = Cell::new(1);
        let object = Box::new(Object {
            count,
            kind,
            bits,
            text,
        });
        Value(NonNull::from(Box::leak(object)))
    }

    pub fn int(value: i64) -> Value {
        Value::new(Kind::Int, value as u64, None)
    }

    pub fn float(value: f64) -> Value {
        Value::new(Kind::Float, value.to_bits(), None)
    }

    pub fn bool(value: bool) -> Value {
        Value::new(Kind::Bool, value.into(), None)
    }

    pub fn text(value: String) -> Value {
        Value::new(Kind::Text, 0, Some(value.into()))
    }

    /// The value that a word is, or none if it is null; the word's reference becomes the value's.
    ///
    /// # Safety
    /// The word must be null or the address of an object, with a reference that nobody else gives up.
    pub unsafe fn from_word(word: u64) -> Option<Value> {
        NonNull::new(word as *mut Object).map(Value)
    }

    /// The same, with a reference of its own.
    ///
    /// # Safety
    /// The word must be null or the address of an object that is alive.
    pub unsafe fn borrowed(word: u64) -> Option<Value> {
        // SAFETY: the caller says what the word is; the borrowed reference is not given up.
        let value = unsafe { Value::from_word(word) }.map(ManuallyDrop::new);
        value.map(|value| Value::clone(&value))
    }

    fn object(&self) -> &Object {
        // SAFETY: the reference this value counts as keeps the object alive.
        unsafe { self.0.as_ref() }
    }

    pub fn kind(&self) -> Kind {
        self.object().kind
    }

    pub fn as_int(&self) -> Option<i64> {
        (self.kind() == Kind::Int).then(|| self.object().bits as i64)
    }

    pub fn as_bool(&self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.object().bits != 0)
    }

    /// A float, or an int as one.
    pub fn as_float(&self) -> Option<f64> {
        match self.kind() {
            Kind::Int => Some(self.object().bits as i64 as f64),
            Kind::Float => Some(f64::from_bits(self.object().bits)),
            Kind::Bool | Kind::Text => None,
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Value {
        let count = &self.object().count;
        count.set(count.get() + 1);
        Value(self.0)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let count = &self.object().count;
        count.set(count.get() - 1);
        if count.get() == 0 {
            // SAFETY: made by `Box::leak`, and this was the last reference.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = self.object();
        match object.kind {
            Kind::Int => write!(f, "{}", object.bits as i64),
            Kind::Float => write!(f, "{:?}", f64::from_bits(object.bits)),
            Kind::Bool => write!(f, "{}", object.bits != 0),
            Kind::Text => write!(f, "{:?}", object.text.as_deref().unwrap_or_default()),
        }
    }
}

/// Operations on the two topmost values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// Of ints, an int, or a float if that overflows; of floats, or a float and an int, a float.
    Add,
    Sub,
    Mul,
    /// Of ints only, with the divisor's sign.
    Mod,
    Less,
    Equal,
}

/// Functions of the outside world: they take one value and give one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Logs its operand and where it was called, and gives it back.
    Print,
    /// Logs all locals: it looks at the frame of its caller.
    Look,
    /// Square root; fails for negative numbers.
    Root,
    /// Its operand as a text.
    Text,
    /// The length of a text.
    Length,
    /// Asks for service at the end of this round.
    Yield,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Int(i64),
    Float(f64),
    Load(u32),
    Store(u32),
    Binary(Binary),
    Jump(u32),
    JumpIfFalse(u32),
    /// A jump back.
    Loop(u32),
    Call(Function),
    Halt,
}

impl Op {
    /// How many values it pops and pushes.
    pub fn effect(self) -> (u32, u32) {
        match self {
            Op::Int(_) | Op::Float(_) | Op::Load(_) => (0, 1),
            Op::Store(_) | Op::JumpIfFalse(_) => (1, 0),
            Op::Binary(_) => (2, 1),
            Op::Call(_) => (1, 1),
            Op::Jump(_) | Op::Loop(_) | Op::Halt => (0, 0),
        }
    }

    /// Where it may jump to.
    pub fn target(self) -> Option<u32> {
        match self {
            Op::Jump(to) | Op::JumpIfFalse(to) | Op::Loop(to) => Some(to),
            _ => None,
        }
    }

    /// Whether the next instruction may follow.
    pub fn falls_through(self) -> bool {
        !matches!(self, Op::Jump(_) | Op::Loop(_) | Op::Halt)
    }
}

/// Why a program is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the program is malformed at {0}")]
pub struct Malformed(pub usize);

/// A program that has been checked.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: &'static str,
    pub code: Vec<Op>,
    pub locals: u32,
    /// Slots in use before each instruction, locals included; none where nothing comes.
    pub depths: Vec<Option<u32>>,
}

impl Program {
    /// Checks that jumps go somewhere and that the stack is as high whichever way control comes.
    pub fn new(name: &'static str, code: Vec<Op>, locals: u32) -> Result<Program, Malformed> {
        let mut depths = vec![None; code.len()];
        let mut pending = vec![(0, locals)];
        while let Some((at, depth)) = pending.pop() {
            let op = *code.get(at).ok_or(Malformed(at))?;
            if let Some(known) = depths[at] {
                if known != depth {
                    return Err(Malformed(at));
                }
                continue;
            }
            depths[at] = Some(depth);
            let (pops, pushes) = op.effect();
            let under = depth.checked_sub(pops).filter(|under| *under >= locals);
            let after = under.ok_or(Malformed(at))? + pushes;
            let known_local = |l: u32| l < locals;
            let fits = match op {
                Op::Load(l) | Op::Store(l) => known_local(l),
                Op::Loop(to) => to as usize <= at,
                _ => true,
            };
            if !fits || after as usize > SLOTS {
                return Err(Malformed(at));
            }
            pending.extend(op.target().map(|to| (to as usize, after)));
            pending.extend(op.falls_through().then_some((at + 1, after)));
        }
        Ok(Program {
            name,
            code,
            locals,
            depths,
        })
    }
}

/// Why a program ended early.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    #[error("an operand has the wrong kind")]
    Kind,
    #[error("modulo by zero")]
    ModuloByZero,
    #[error("local {0} holds nothing")]
    Unbound(u32),
    #[error("root of a negative number")]
    NegativeRoot,
}

/// What an instruction did to the flow of control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Next,
    BackEdge,
    Halt,
}

/// The state of a running program. Slots come first: the address of a frame is that of its slot 0.
#[repr(C)]
pub struct Frame {
    pub slots: [Option<Value>; SLOTS],
    /// Rounds of loops until something else is served.
    pub budget: i64,
    /// The instruction to execute, or being executed.
    pub position: i64,
    /// Slots in use.
    pub depth: usize,
    pub program: Rc<Program>,
    /// What a function called by native code failed with.
    pub fault: Option<Fault>,
    log: Vec<String>,
    yielded: bool,
}

pub const FRAME_BUDGET: i64 = offset_of!(Frame, budget) as i64;
pub const FRAME_POSITION: i64 = offset_of!(Frame, position) as i64;

impl Frame {
    fn new(program: &Rc<Program>) -> Frame {
        Frame {
            slots: [const { None }; SLOTS],
            budget: BUDGET,
            position: 0,
            depth: program.locals as usize,
            program: Rc::clone(program),
            fault: None,
            log: Vec::new(),
            yielded: false,
        }
    }

    /// The value `below` the topmost one.
    pub fn peek(&self, below: usize) -> Option<&Value> {
        self.slots.get(self.depth.checked_sub(below + 1)?)?.as_ref()
    }

    fn push(&mut self, value: Value) {
        self.slots[self.depth] = Some(value);
        self.depth += 1;
    }

    fn pop(&mut self) -> Result<Value, Fault> {
        self.depth -= 1;
        self.slots[self.depth].take().ok_or(Fault::Kind)
    }

    /// Executes an instruction. If it fails, its operands are gone and the position stays.
    pub fn step(&mut self) -> Result<Flow, Fault> {
        let mut next = self.position + 1;
        let mut flow = Flow::Next;
        match self.program.code[self.position as usize] {
            Op::Int(value) => self.push(Value::int(value)),
            Op::Float(value) => self.push(Value::float(value)),
            Op::Load(local) => {
                let value = self.slots[local as usize].clone();
                self.push(value.ok_or(Fault::Unbound(local))?);
            }
            Op::Store(local) => {
                let value = self.pop()?;
                self.slots[local as usize] = Some(value);
            }
            Op::Binary(op) => {
                let (right, left) = (self.pop()?, self.pop()?);
                self.push(binary(op, &left, &right)?);
            }
            Op::Jump(to) => next = to.into(),
            Op::JumpIfFalse(to) => {
                let condition = self.pop()?;
                if !condition.as_bool().ok_or(Fault::Kind)? {
                    next = to.into();
                }
            }
            Op::Loop(to) => {
                next = to.into();
                flow = Flow::BackEdge;
                self.budget -= 1;
                if self.budget <= 0 {
                    self.serve();
                }
            }
            Op::Call(function) => {
                let operand = self.pop()?;
                let result = self.call(function, operand)?;
                self.push(result);
            }
            Op::Halt => return Ok(Flow::Halt),
        }
        self.position = next;
        Ok(flow)
    }

    fn serve(&mut self) {
        self.budget = BUDGET;
        if std::mem::take(&mut self.yielded) {
            self.log.push(format!("{}: served", self.position));
        }
    }

    fn call(&mut self, function: Function, operand: Value) -> Result<Value, Fault> {
        match function {
            Function::Print => self.log.push(format!("{}: {operand}", self.position)),
            Function::Look => {
                let locals = shown(&self.slots[..self.program.locals as usize]);
                self.log
                    .push(format!("{}: {}", self.position, locals.join(" ")));
            }
            Function::Root => {
                let number = operand.as_float().ok_or(Fault::Kind)?;
                if number < 0.0 {
                    return Err(Fault::NegativeRoot);
                }
                return Ok(Value::float(number.sqrt()));
            }
            // The text of a text is itself: quoted again each time, one in a loop would outgrow memory.
            Function::Text if operand.object().kind == Kind::Text => {}
            Function::Text => return Ok(Value::text(operand.to_string())),
            Function::Length => {
                let text = operand.object().text.as_ref().ok_or(Fault::Kind)?;
                return Ok(Value::int(text.len() as i64));
            }
            Function::Yield => {
                self.yielded = true;
                self.budget = 0;
            }
        }
        Ok(operand)
    }
}

fn shown(slots: &[Option<Value>]) -> Vec<String> {
    let slot = |slot: &Option<Value>| match slot {
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    };
    slots.iter().map(slot).collect()
}

fn binary(op: Binary, left: &Value, right: &Value) -> Result<Value, Fault> {
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
        let exact = match op {
            Binary::Add => a.checked_add(b),
            Binary::Sub => a.checked_sub(b),
            Binary::Mul => a.checked_mul(b),
            Binary::Mod if b == 0 => return Err(Fault::ModuloByZero),
            Binary::Mod => {
                let rest = a.wrapping_rem(b);
                let other_sign = rest != 0 && (rest < 0) != (b < 0);
                Some(if other_sign { rest + b } else { rest })
            }
            Binary::Less => return Ok(Value::bool(a < b)),
            Binary::Equal => return Ok(Value::bool(a == b)),
        };
        if let Some(exact) = exact {
            return Ok(Value::int(exact));
        }
    }
    let (Some(a), Some(b)) = (left.as_float(), right.as_float()) else {
        return Err(Fault::Kind);
    };
    Ok(match op {
        Binary::Add => Value::float(a + b),
        Binary::Sub => Value::float(a - b),
        Binary::Mul => Value::float(a * b),
        Binary::Mod => return Err(Fault::Kind),
        Binary::Less => Value::bool(a < b),
        Binary::Equal => Value::bool(a == b),
    })
}

/// What a tier above the interpreter is told.
pub trait Tier {
    /// An instruction is about to be executed.
    fn before(&mut self, frame: &Frame);
    /// A jump back was taken. The frame may come back elsewhere.
    fn back_edge(&mut self, frame: &mut Frame) -> Result<(), Fault>;
}

/// No tier: the interpreter alone.
pub struct Alone;

impl Tier for Alone {
    fn before(&mut self, _: &Frame) {}

    fn back_edge(&mut self, _: &mut Frame) -> Result<(), Fault> {
        Ok(())
    }
}

/// How a program ended: all that can be seen of it from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub fault: Option<Fault>,
    pub position: i64,
    /// The slots in use.
    pub slots: Vec<String>,
    pub log: Vec<String>,
}

/// Runs a program from its start.
pub fn run(program: &Rc<Program>, tier: &mut impl Tier) -> Ending {
    let mut frame = Frame::new(program);
    let fault = loop {
        tier.before(&frame);
        let flow = match frame.step() {
            Ok(Flow::BackEdge) => tier.back_edge(&mut frame).map(|()| Flow::BackEdge),
            other => other,
        };
        match flow {
            Ok(Flow::Next | Flow::BackEdge) => {}
            Ok(Flow::Halt) => break None,
            Err(fault) => break Some(fault),
        }
    };
    Ending {
        fault,
        position: frame.position,
        slots: shown(&frame.slots[..frame.depth]),
        log: frame.log,
    }
}
