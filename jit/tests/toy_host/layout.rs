//! The toy host's layout expansions: an object is a count, a tag and a payload of eight bytes each.

use fatjit_ir::rewrite::{Cursor, Expander, Expansion};
use fatjit_ir::{
    Helper, HelperEffects, Imm, InstData, MemoryId, MemoryKind, Op, Slot, Type, Unit, Value,
};

use super::{BOOL, FLOAT, INT, OTHER};

const COUNT: i64 = 0;
const TAG: i64 = 8;
const PAYLOAD: i64 = 16;

/// The expansions for one unit.
pub struct Layouts {
    /// By the unit's type ids.
    tags: Vec<i64>,
}

impl Layouts {
    pub fn new(unit: &Unit) -> Layouts {
        let tag = |name: &String| match name.as_str() {
            "int" => INT,
            "float" => FLOAT,
            "bool" => BOOL,
            _ => OTHER,
        };
        Layouts {
            tags: unit.types.iter().map(tag).collect(),
        }
    }
}

impl Expander for Layouts {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        let arg = inst.args.first().copied();
        let result = match (inst.op, &inst.imm, arg) {
            (Op::IsType, Imm::Type(id), Some(object)) => {
                let tag = load(at, object, TAG, Op::LoadI64);
                let wanted = at.iconst(self.tags[id.index()]);
                at.op(Op::IEq, &[tag, wanted])
            }
            (Op::BoxI | Op::BoxF, _, Some(number)) => return boxed(inst, at, number),
            (Op::BoxB, _, Some(truth)) => {
                let helper = at.declare_helper(helper("toy_bool", &[Type::Bool], Some(Type::Own)));
                return Expansion::Replaced(at.call(helper, &[truth], None));
            }
            (Op::UnboxI | Op::UnboxV, _, Some(object)) => load(at, object, PAYLOAD, Op::LoadI64),
            (Op::UnboxF, _, Some(object)) => load(at, object, PAYLOAD, Op::LoadF64),
            (Op::UnboxB, _, Some(object)) => {
                let bits = load(at, object, PAYLOAD, Op::LoadU8);
                let zero = at.iconst(0);
                at.op(Op::INe, &[bits, zero])
            }
            (Op::IncRef, _, Some(object)) => incref(at, object),
            (Op::DecRef | Op::DecRefPlain, _, Some(object)) => {
                decref(at, object);
                return Expansion::Replaced(None);
            }
            (Op::IsLastRef, _, Some(object)) => is_last_ref(at, object),
            (Op::SlotLoad | Op::SlotTake, Imm::Slot(slot), _) => {
                let (frame, offset, memory) = place(at, *slot);
                let address = at.load(Op::LoadPtr, frame, offset, memory);
                if inst.op == Op::SlotLoad {
                    at.op(Op::PtrToRef, &[address])
                } else {
                    let null = at.pconst(0);
                    at.store(Op::StorePtr, frame, offset, memory, null);
                    at.op(Op::PtrToOwn, &[address])
                }
            }
            (Op::SlotPut | Op::SlotSwap, Imm::Slot(slot), Some(object)) => {
                let (frame, offset, memory) = place(at, *slot);
                let old = at.load(Op::LoadPtr, frame, offset, memory);
                let new = at.op(Op::OwnToPtr, &[object]);
                at.store(Op::StorePtr, frame, offset, memory, new);
                if inst.op == Op::SlotPut {
                    return Expansion::Replaced(None);
                }
                at.op(Op::PtrToOwn, &[old])
            }
            (Op::Position, Imm::Position(position), _) => {
                let address = at.context(0);
                let position = at.iconst(i64::from(*position));
                let memory = at.memory("position", MemoryKind::Plain);
                at.store(Op::StoreI64, address, 0, memory, position);
                return Expansion::Replaced(None);
            }
            (Op::Lend, _, Some(address)) => at.op(Op::PtrToRef, &[address]),
            (Op::Poll, ..) => {
                let helper = at.declare_helper(helper("toy_poll", &[], Some(Type::Bool)));
                return Expansion::Replaced(at.call(helper, &[], None));
            }
            _ => return Expansion::Keep,
        };
        Expansion::Replaced(Some(result))
    }
}

fn helper(name: &str, params: &[Type], result: Option<Type>) -> Helper {
    Helper {
        name: name.to_owned(),
        params: params.to_vec(),
        result,
        effects: HelperEffects {
            reads: true,
            writes: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    }
}

fn load(at: &mut Cursor, object: Value, offset: i64, op: Op) -> Value {
    let address = at.op(Op::RefToPtr, &[object]);
    let contents = at.memory("contents", MemoryKind::Constant);
    at.load(op, address, offset, contents)
}

fn place(at: &mut Cursor, slot: Slot) -> (Value, i64, MemoryId) {
    let memory = at.memory("frame", MemoryKind::Plain);
    (at.op(Op::FrameBase, &[]), i64::from(slot.0) * 8, memory)
}

fn boxed(inst: &InstData, at: &mut Cursor, number: Value) -> Expansion {
    let Some(exit) = inst.exit else {
        return Expansion::Keep;
    };
    let (name, ty) = match inst.op {
        Op::BoxI => ("toy_int", Type::I64),
        _ => ("toy_float", Type::F64),
    };
    let helper = at.declare_helper(helper(name, &[ty], Some(Type::Ptr)));
    let Some(address) = at.call(helper, &[number], None) else {
        return Expansion::Keep;
    };
    let null = at.pconst(0);
    let failed = at.op(Op::PEq, &[address, null]);
    at.guard_not(failed, exit);
    Expansion::Replaced(Some(at.op(Op::PtrToOwn, &[address])))
}

fn incref(at: &mut Cursor, object: Value) -> Value {
    let address = at.op(Op::RefToPtr, &[object]);
    let (some, on) = (at.create_block(false), at.create_block(false));
    let is_null = at.op(Op::IsNull, &[object]);
    at.br(is_null, (on, &[]), (some, &[]));
    at.switch_to(some);
    let counts = at.memory("counts", MemoryKind::Plain);
    let count = at.load(Op::LoadI64, address, COUNT, counts);
    let one = at.iconst(1);
    let count = at.op(Op::IAdd, &[count, one]);
    at.store(Op::StoreI64, address, COUNT, counts, count);
    at.jump(on, &[]);
    at.switch_to(on);
    at.op(Op::PtrToOwn, &[address])
}

fn decref(at: &mut Cursor, object: Value) {
    let address = at.op(Op::OwnToPtr, &[object]);
    let (some, last) = (at.create_block(false), at.create_block(true));
    let on = at.create_block(false);
    let null = at.pconst(0);
    let is_null = at.op(Op::PEq, &[address, null]);
    at.br(is_null, (on, &[]), (some, &[]));
    at.switch_to(some);
    let counts = at.memory("counts", MemoryKind::Plain);
    let count = at.load(Op::LoadI64, address, COUNT, counts);
    let one = at.iconst(1);
    let count = at.op(Op::ISub, &[count, one]);
    at.store(Op::StoreI64, address, COUNT, counts, count);
    let zero = at.iconst(0);
    let is_last = at.op(Op::IEq, &[count, zero]);
    at.br(is_last, (last, &[]), (on, &[]));
    at.switch_to(last);
    let helper = at.declare_helper(helper("toy_free", &[Type::Ptr], None));
    at.call(helper, &[address], None);
    at.jump(on, &[]);
    at.switch_to(on);
}

fn is_last_ref(at: &mut Cursor, object: Value) -> Value {
    let address = at.op(Op::RefToPtr, &[object]);
    let (some, on) = (at.create_block(false), at.create_block(false));
    let answer = at.add_param(on, Type::Bool);
    let is_null = at.op(Op::IsNull, &[object]);
    let no = at.bconst(false);
    at.br(is_null, (on, &[no]), (some, &[]));
    at.switch_to(some);
    let counts = at.memory("counts", MemoryKind::Plain);
    let count = at.load(Op::LoadI64, address, COUNT, counts);
    let one = at.iconst(1);
    let is_one = at.op(Op::IEq, &[count, one]);
    at.jump(on, &[is_one]);
    at.switch_to(on);
    answer
}
