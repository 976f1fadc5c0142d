//! How values lie in memory, for native code.
//!
//! Fifth thing an embedder supplies: **layout expansions**. What the core calls boxing, counting or a slot
//! becomes loads, stores and calls at the offsets that `machine` publishes. Sixth: **helpers**, routines that
//! native code calls by the names units declare.

use fatjit_ir::rewrite::{Cursor, Expander, Expansion};
use fatjit_ir::{Block, Helper, HelperEffects, Imm, InstData, MemoryKind, Op, Slot, Type, Value};

use crate::machine::{
    self, FRAME_BUDGET, FRAME_POSITION, Frame, Kind, OBJECT_BITS, OBJECT_COUNT, OBJECT_KIND,
};

/// The number in a value, as an entry asks for it: an int as it is, a float by its bits, a truth value as 0 or 1.
pub fn number(value: &machine::Value, ty: Type) -> Option<u64> {
    match (value.kind(), ty) {
        (Kind::Int, Type::I64) => value.as_int().map(|n| n as u64),
        (Kind::Float, Type::F64) => value.as_float().map(f64::to_bits),
        (Kind::Bool, Type::Bool) => value.as_bool().map(u64::from),
        _ => None,
    }
}

/// The expansions.
pub struct Layouts;

impl Expander for Layouts {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        let first = inst.args.first().copied();
        let result = match (inst.op, &inst.imm, first) {
            (Op::IsType, Imm::Type(ty), Some(object)) => {
                // Type ids are positions in the region's `types`, which has the order of `Kind`.
                let kind = load(at, Op::LoadI64, object, OBJECT_KIND);
                let wanted = at.iconst(i64::from(ty.0));
                at.op(Op::IEq, &[kind, wanted])
            }
            (Op::UnboxI | Op::UnboxV, _, Some(object)) => {
                load(at, Op::LoadI64, object, OBJECT_BITS)
            }
            (Op::UnboxF, _, Some(object)) => load(at, Op::LoadF64, object, OBJECT_BITS),
            (Op::UnboxB, _, Some(object)) => {
                let bits = load(at, Op::LoadI64, object, OBJECT_BITS);
                let zero = at.iconst(0);
                at.op(Op::INe, &[bits, zero])
            }
            // Memory never ends here, so the exit for that is not needed.
            (Op::BoxI, _, Some(number)) => return new(at, "int", Type::I64, number),
            (Op::BoxF, _, Some(number)) => return new(at, "float", Type::F64, number),
            (Op::BoxB, _, Some(truth)) => return new(at, "bool", Type::Bool, truth),
            (Op::IncRef, _, Some(object)) => increment(at, object),
            // Freeing a value runs no code of programs, whatever the value is.
            (Op::DecRef | Op::DecRefPlain, _, Some(object)) => return decrement(at, object),
            (Op::IsLastRef, _, Some(object)) => is_last(at, object),
            (Op::Lend, _, Some(address)) => at.op(Op::PtrToRef, &[address]),
            (Op::SlotLoad, Imm::Slot(slot), _) => {
                let word = load_slot(at, *slot);
                at.op(Op::PtrToRef, &[word])
            }
            (Op::SlotTake, Imm::Slot(slot), _) => {
                let word = load_slot(at, *slot);
                let null = at.pconst(0);
                store_slot(at, *slot, null);
                at.op(Op::PtrToOwn, &[word])
            }
            (Op::SlotPut, Imm::Slot(slot), Some(object)) => {
                let word = at.op(Op::OwnToPtr, &[object]);
                store_slot(at, *slot, word);
                return Expansion::Replaced(None);
            }
            (Op::SlotSwap, Imm::Slot(slot), Some(object)) => {
                let old = load_slot(at, *slot);
                let word = at.op(Op::OwnToPtr, &[object]);
                store_slot(at, *slot, word);
                at.op(Op::PtrToOwn, &[old])
            }
            (Op::Position, Imm::Position(position), _) => {
                let frame = at.op(Op::FrameBase, &[]);
                let position = at.iconst((*position).into());
                let memory = at.memory("position", MemoryKind::Plain);
                at.store(Op::StoreI64, frame, FRAME_POSITION, memory, position);
                return Expansion::Replaced(None);
            }
            (Op::Poll, ..) => {
                let left = budget(at);
                let one = at.iconst(1);
                let left = at.op(Op::ISub, &[left, one]);
                let frame = at.op(Op::FrameBase, &[]);
                let memory = at.memory("budget", MemoryKind::Plain);
                at.store(Op::StoreI64, frame, FRAME_BUDGET, memory, left);
                used_up(at, left)
            }
            (Op::Disturbed, ..) => {
                let left = budget(at);
                used_up(at, left)
            }
            _ => return Expansion::Keep,
        };
        Expansion::Replaced(Some(result))
    }
}

fn load(at: &mut Cursor, op: Op, object: Value, offset: i64) -> Value {
    let address = at.op(Op::RefToPtr, &[object]);
    let memory = at.memory("object", MemoryKind::Constant);
    at.load(op, address, offset, memory)
}

fn load_slot(at: &mut Cursor, slot: Slot) -> Value {
    let frame = at.op(Op::FrameBase, &[]);
    let memory = at.memory("slots", MemoryKind::Plain);
    at.load(Op::LoadPtr, frame, i64::from(slot.0) * 8, memory)
}

fn store_slot(at: &mut Cursor, slot: Slot, word: Value) {
    let frame = at.op(Op::FrameBase, &[]);
    let memory = at.memory("slots", MemoryKind::Plain);
    at.store(Op::StorePtr, frame, i64::from(slot.0) * 8, memory, word);
}

fn budget(at: &mut Cursor) -> Value {
    let frame = at.op(Op::FrameBase, &[]);
    let memory = at.memory("budget", MemoryKind::Plain);
    at.load(Op::LoadI64, frame, FRAME_BUDGET, memory)
}

fn used_up(at: &mut Cursor, budget: Value) -> Value {
    let zero = at.iconst(0);
    at.op(Op::ILe, &[budget, zero])
}

fn new(at: &mut Cursor, name: &str, ty: Type, number: Value) -> Expansion {
    let helper = at.declare_helper(Helper {
        name: name.to_owned(),
        params: vec![ty],
        result: Some(Type::Own),
        effects: HelperEffects::default(),
        writes_only: Vec::new(),
    });
    Expansion::Replaced(at.call(helper, &[number], None))
}

/// Goes on in a new block unless the address is null: then to `on`.
fn unless_null(at: &mut Cursor, address: Value, on: Block, answer: &[Value]) {
    let some = at.create_block(false);
    let null = at.pconst(0);
    let is_null = at.op(Op::PEq, &[address, null]);
    at.br(is_null, (on, answer), (some, &[]));
    at.switch_to(some);
}

fn add_to_count(at: &mut Cursor, address: Value, op: Op) -> Value {
    let memory = at.memory("counts", MemoryKind::Plain);
    let count = at.load(Op::LoadI64, address, OBJECT_COUNT, memory);
    let one = at.iconst(1);
    let count = at.op(op, &[count, one]);
    at.store(Op::StoreI64, address, OBJECT_COUNT, memory, count);
    count
}

fn increment(at: &mut Cursor, object: Value) -> Value {
    let on = at.create_block(false);
    let address = at.op(Op::RefToPtr, &[object]);
    unless_null(at, address, on, &[]);
    add_to_count(at, address, Op::IAdd);
    at.jump(on, &[]);
    at.switch_to(on);
    at.op(Op::PtrToOwn, &[address])
}

fn decrement(at: &mut Cursor, object: Value) -> Expansion {
    let on = at.create_block(false);
    let last = at.create_block(true);
    let address = at.op(Op::OwnToPtr, &[object]);
    unless_null(at, address, on, &[]);
    let count = add_to_count(at, address, Op::ISub);
    let zero = at.iconst(0);
    let free = at.op(Op::IEq, &[count, zero]);
    at.br(free, (last, &[]), (on, &[]));
    at.switch_to(last);
    let helper = at.declare_helper(Helper {
        name: "free".to_owned(),
        params: vec![Type::Ptr],
        result: None,
        effects: HelperEffects {
            reads: true,
            writes: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    });
    at.call(helper, &[address], None);
    at.jump(on, &[]);
    at.switch_to(on);
    Expansion::Replaced(None)
}

fn is_last(at: &mut Cursor, object: Value) -> Value {
    let on = at.create_block(false);
    let answer = at.add_param(on, Type::Bool);
    let no = at.bconst(false);
    let address = at.op(Op::RefToPtr, &[object]);
    unless_null(at, address, on, &[no]);
    let memory = at.memory("counts", MemoryKind::Plain);
    let count = at.load(Op::LoadI64, address, OBJECT_COUNT, memory);
    let one = at.iconst(1);
    let last = at.op(Op::IEq, &[count, one]);
    at.jump(on, &[last]);
    at.switch_to(on);
    answer
}

/// The address of a helper.
pub fn helper(name: &str) -> Option<usize> {
    Some(match name {
        "call" | "arithmetic" => step as *const () as usize,
        "int" => new_int as *const () as usize,
        "float" => new_float as *const () as usize,
        "bool" => new_bool as *const () as usize,
        "free" => free as *const () as usize,
        _ => return None,
    })
}

/// Executes the instruction at `position`, with so many slots in use; zero unless it failed.
extern "C" fn step(frame: *mut Frame, depth: i64, position: i64) -> i32 {
    // SAFETY: native code passes the address of slot 0, which is that of the frame it was entered for, and
    // nothing else uses the frame while native code runs.
    let frame = unsafe { &mut *frame };
    frame.depth = depth as usize;
    frame.position = position;
    frame.fault = frame.step().err();
    i32::from(frame.fault.is_some())
}

extern "C" fn new_int(value: i64) -> machine::Value {
    machine::Value::int(value)
}

extern "C" fn new_float(value: f64) -> machine::Value {
    machine::Value::float(value)
}

extern "C" fn new_bool(value: bool) -> machine::Value {
    machine::Value::bool(value)
}

/// Frees an object whose count native code has taken down to zero.
extern "C" fn free(object: *mut machine::Object) {
    // SAFETY: nothing refers to the object any more, and all are made by `Box::leak`.
    drop(unsafe { Box::from_raw(object) });
}

// The order in which regions declare their types.
const _: () = assert!(Kind::Int as i64 == 0 && Kind::Float as i64 == 1 && Kind::Bool as i64 == 2);
