//! The layout expansions: what boxes, reference counts, slots and polls are in CPython's memory.
//!
//! Invariant: after [`Layouts`] a unit holds raw memory operations, calls and control flow only. Reference
//! counts follow the interpreter's own rules: the low 32 bits count, all ones or a set sign bit mark an
//! immortal object, which is never freed; counts are read and written in one width, because a wider load
//! behind a narrower store stalls.

use fatjit_ir::rewrite::{Cursor, Expander, Expansion};
use fatjit_ir::{ExitId, Imm, InstData, Op, Slot, Type, Value};
use fatjit_jit::gbc::Guest;

use crate::context::Word;
use crate::helpers;
use crate::layout::Layout;
use crate::memory::{self, Part};
use crate::names;

const SLOT_SIZE: i64 = 8;
const CODE_UNIT: i64 = 2;
/// The interpreter's small ints: the first, the last, and the size of each.
pub(crate) const SMALLEST: i64 = -5;
pub(crate) const GREATEST: i64 = 256;
pub(crate) const SMALL_INT_SIZE: i64 = 32;
/// What each digit adds to an int's tag.
const ONE_DIGIT: i64 = 8;
/// The bits of an int's tag that hold 0 for positive, 1 for zero, 2 for negative.
const TAG_SIGN: i64 = 3;
const TAG_ZERO: i64 = 1;
/// Bits of an int in a digit, and the bytes that a digit takes.
const DIGIT_BITS: i64 = 30;
const DIGIT_SIZE: i64 = 4;
/// A count that is never raised.
const IMMORTAL: i64 = 0xFFFF_FFFF;
/// From here on a count is never lowered.
const IMMORTAL_SIGN: i64 = 0x8000_0000;

/// The bit of our tool among those that watch for an event.
const OUR_TOOL: u8 = 1 << 5;

/// Addresses of what a function with a frame asks for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Which tools watch its code, a byte for each event.
    pub tools: usize,
    /// A word that is not zero if the version is not to be run any more.
    pub retired: usize,
}

/// Addresses of the interpreter's objects that expansions compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The code object that the unit runs.
    pub code: usize,
    /// `True`.
    pub true_object: usize,
    /// `False`.
    pub false_object: usize,
    /// The first of the interpreter's small ints, if they lie as they should.
    pub small_ints: Option<usize>,
    /// The unit's types, by `TypeId`.
    pub types: Vec<usize>,
    /// What a function with a frame asks for itself: the words of its activation are those of whoever called.
    pub framed: Option<Framed>,
    /// 64 bits that are zero as long as all stands that the unit assumes, if it assumes anything.
    pub assumptions: Option<usize>,
}

/// The expansions of one unit.
#[derive(Clone)]
pub struct Layouts<'a> {
    /// Where things lie.
    pub layout: &'a Layout,
    /// Where the unit's objects are.
    pub addresses: Addresses,
    /// The code unit of an instruction's opcode, from that of its first prefix: while an instruction runs,
    /// its frame is at the opcode.
    pub opcode_at: &'a dyn Fn(u32) -> u32,
    /// Slots of the frame: those behind are names, whose table the activation holds, and guests.
    pub slots: u32,
    /// The unit's guests: generators whose frames' slots these are.
    pub guests: &'a [Guest],
    /// Whether there are names.
    pub has_names: bool,
}

impl Expander for Layouts<'_> {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        let replaced = |value| Expansion::Replaced(Some(value));
        match (inst.op, &inst.imm, inst.exit) {
            (Op::IsType, Imm::Type(ty), _) => {
                replaced(self.is_type(at, inst.args[0], self.addresses.types[ty.index()]))
            }
            (Op::BoxI, _, exit) => replaced(self.box_int(at, inst.args[0], exit)),
            (Op::BoxF, _, exit) => replaced(boxed(at, helpers::box_f64(), inst.args[0], exit)),
            (Op::BoxB, ..) => replaced(self.box_bool(at, inst.args[0])),
            (Op::UnboxI, _, Some(exit)) => replaced(self.unbox_int(at, inst.args[0], exit)),
            (Op::UnboxV, _, Some(exit)) => replaced(self.unbox_varied(at, inst.args[0], exit)),
            (Op::UnboxF, ..) => {
                let object = at.op(Op::RefToPtr, &[inst.args[0]]);
                replaced(load(
                    at,
                    Op::LoadF64,
                    object,
                    self.layout.float_value,
                    memory::FLOATS,
                ))
            }
            (Op::UnboxB, ..) => {
                let object = at.op(Op::RefToPtr, &[inst.args[0]]);
                let yes = at.pconst(self.addresses.true_object as i64);
                replaced(at.op(Op::PEq, &[object, yes]))
            }
            (Op::IncRef, ..) => replaced(self.incref(at, inst.args[0])),
            (Op::DecRef, ..) => self.decref(at, inst.args[0], helpers::dealloc()),
            (Op::DecRefPlain, ..) => {
                // What goes with the object is nobody's, but for the counts of what it held.
                let free = fatjit_ir::Helper {
                    writes_only: vec![memory::COUNTS.of(at)],
                    ..helpers::dealloc_plain()
                };
                self.decref(at, inst.args[0], free)
            }
            (Op::IsLastRef, ..) => replaced(self.is_last(at, inst.args[0])),
            (Op::SlotLoad, Imm::Slot(slot), _) => {
                let object = self.load_slot(at, *slot);
                replaced(at.op(Op::PtrToRef, &[object]))
            }
            (Op::SlotTake, Imm::Slot(slot), _) => {
                let object = self.load_slot(at, *slot);
                let null = at.pconst(0);
                self.store_slot(at, *slot, null);
                replaced(at.op(Op::PtrToOwn, &[object]))
            }
            (Op::SlotPut, Imm::Slot(slot), _) => {
                let object = at.op(Op::OwnToPtr, &[inst.args[0]]);
                self.store_slot(at, *slot, object);
                Expansion::Replaced(None)
            }
            (Op::SlotSwap, Imm::Slot(slot), _) => {
                let old = self.load_slot(at, *slot);
                let object = at.op(Op::OwnToPtr, &[inst.args[0]]);
                self.store_slot(at, *slot, object);
                replaced(at.op(Op::PtrToOwn, &[old]))
            }
            (Op::Position, Imm::Position(unit), _) => {
                let code = self.addresses.code as i64 + self.layout.code_units;
                let instruction = at.pconst(code + i64::from((self.opcode_at)(*unit)) * CODE_UNIT);
                let frame = at.op(Op::FrameBase, &[]);
                store(
                    at,
                    Op::StorePtr,
                    frame,
                    self.layout.frame_position,
                    memory::POSITION,
                    instruction,
                );
                if self.has_names {
                    self.names_written(at);
                }
                Expansion::Replaced(None)
            }
            // Behind the expansions nothing borrows any more: references are addresses.
            (Op::Lend, ..) => replaced(at.op(Op::PtrToRef, &inst.args)),
            (Op::Poll, ..) => replaced(self.poll(at)),
            (Op::Disturbed, ..) => replaced(self.disturbed(at)),
            _ => Expansion::Keep,
        }
    }
}

impl Layouts<'_> {
    fn is_type(&self, at: &mut Cursor, object: Value, wanted: usize) -> Value {
        let object = at.op(Op::RefToPtr, &[object]);
        let found = load(
            at,
            Op::LoadPtr,
            object,
            self.layout.object_type,
            memory::TYPES,
        );
        let wanted = at.pconst(wanted as i64);
        at.op(Op::PEq, &[found, wanted])
    }

    /// Small ints are the interpreter's own, which live for ever.
    fn box_int(&self, at: &mut Cursor, value: Value, exit: Option<ExitId>) -> Value {
        let Some(table) = self.addresses.small_ints else {
            return boxed(at, helpers::box_i64(), value, exit);
        };
        let join = at.create_block(false);
        let object = at.add_param(join, Type::Ptr);
        let small = at.create_block(false);
        let large = at.create_block(false);
        let (least, greatest) = (at.iconst(SMALLEST), at.iconst(GREATEST));
        let above = at.op(Op::IGe, &[value, least]);
        let below = at.op(Op::ILe, &[value, greatest]);
        let is_small = at.op(Op::BAnd, &[above, below]);
        at.br(is_small, (small, &[]), (large, &[]));

        at.switch_to(small);
        let words = at.iconst(SMALL_INT_SIZE / SLOT_SIZE);
        let index = at.op(Op::ISub, &[value, least]);
        let index = at.op(Op::IMul, &[index, words]);
        let table = at.pconst(table as i64);
        let address = at.index(table, index, SLOT_SIZE);
        at.jump(join, &[address]);

        at.switch_to(large);
        let new = boxed(at, helpers::box_i64(), value, exit);
        let address = at.op(Op::OwnToPtr, &[new]);
        at.jump(join, &[address]);

        at.switch_to(join);
        at.op(Op::PtrToOwn, &[object])
    }

    fn box_bool(&self, at: &mut Cursor, truth: Value) -> Value {
        let join = at.create_block(false);
        let object = at.add_param(join, Type::Ptr);
        let yes = at.pconst(self.addresses.true_object as i64);
        let no = at.pconst(self.addresses.false_object as i64);
        at.br(truth, (join, &[yes]), (join, &[no]));
        at.switch_to(join);
        at.op(Op::PtrToOwn, &[object])
    }

    /// Ints that are not negative and have one digit, the usual ones, by one test; others of up to two digits
    /// inline, too; wider ones by calls, out of the way.
    fn unbox_int(&self, at: &mut Cursor, reference: Value, exit: ExitId) -> Value {
        let join = at.create_block(false);
        let value = at.add_param(join, Type::I64);
        let usual = at.create_block(false);
        let other = at.create_block(false);

        let object = at.op(Op::RefToPtr, &[reference]);
        let tag = load(at, Op::LoadI64, object, self.layout.long_tag, memory::INTS);
        let mask = at.iconst(!(ONE_DIGIT | TAG_ZERO));
        let rest = at.op(Op::IAnd, &[tag, mask]);
        let zero = at.iconst(0);
        let is_usual = at.op(Op::IEq, &[rest, zero]);
        at.br(is_usual, (usual, &[]), (other, &[]));

        at.switch_to(usual);
        let digit = self.digit(at, object, 0);
        at.jump(join, &[digit]);

        at.switch_to(other);
        let (negative, long) = (at.create_block(false), at.create_block(false));
        let bound = at.iconst(2 * ONE_DIGIT);
        let is_long = at.op(Op::IGe, &[tag, bound]);
        at.br(is_long, (long, &[]), (negative, &[]));

        at.switch_to(negative);
        let digit = self.digit(at, object, 0);
        let negated = at.op(Op::INeg, &[digit]);
        at.jump(join, &[negated]);

        at.switch_to(long);
        let (two, wide) = (at.create_block(false), at.create_block(true));
        let bound = at.iconst(3 * ONE_DIGIT);
        let is_wide = at.op(Op::IGe, &[tag, bound]);
        at.br(is_wide, (wide, &[]), (two, &[]));

        at.switch_to(two);
        let magnitude = self.two_digits(at, object);
        let signed = with_sign(at, tag, magnitude);
        at.jump(join, &[signed]);

        at.switch_to(wide);
        let signed = self.three_digits(at, object, tag, exit);
        at.jump(join, &[signed]);

        at.switch_to(join);
        value
    }

    /// Ints of up to two digits all by the same instructions: which one has how many is not to be guessed, and a branch
    /// that is guessed wrongly takes longer than all of them. The word at the digits ends with the second one,
    /// which in an int of one digit is memory that its allocation was rounded up by.
    fn unbox_varied(&self, at: &mut Cursor, reference: Value, exit: ExitId) -> Value {
        let join = at.create_block(false);
        let value = at.add_param(join, Type::I64);
        let (common, wide) = (at.create_block(false), at.create_block(true));

        let object = at.op(Op::RefToPtr, &[reference]);
        let tag = load(at, Op::LoadI64, object, self.layout.long_tag, memory::INTS);
        let bound = at.iconst(3 * ONE_DIGIT);
        let is_wide = at.op(Op::IGe, &[tag, bound]);
        at.br(is_wide, (wide, &[]), (common, &[]));

        at.switch_to(common);
        let offset = self.layout.long_digit;
        let both = load(at, Op::LoadI64, object, offset, memory::INTS);
        let first = at.iconst(0xFFFF_FFFF);
        let first = at.op(Op::IAnd, &[both, first]);
        let bound = at.iconst(2 * ONE_DIGIT);
        let has_both = at.op(Op::IGe, &[tag, bound]);
        let digits = at.op(Op::SelectI, &[has_both, both, first]);
        let mask = at.iconst((1 << DIGIT_BITS) - 1);
        let low = at.op(Op::IAnd, &[digits, mask]);
        let gap = at.iconst(DIGIT_SIZE * 8 - DIGIT_BITS);
        let high = at.op(Op::IShr, &[digits, gap]);
        let mask = at.iconst(!((1 << DIGIT_BITS) - 1));
        let high = at.op(Op::IAnd, &[high, mask]);
        let magnitude = at.op(Op::IOr, &[low, high]);
        let signed = with_sign(at, tag, magnitude);
        at.jump(join, &[signed]);

        at.switch_to(wide);
        let signed = self.three_digits(at, object, tag, exit);
        at.jump(join, &[signed]);

        at.switch_to(join);
        value
    }

    /// An int of three digits or more, without a call, for which the loop's values would have to be put away. The one
    /// int that fits and is not read here is the smallest.
    fn three_digits(&self, at: &mut Cursor, object: Value, tag: Value, exit: ExitId) -> Value {
        let bound = at.iconst(4 * ONE_DIGIT);
        let is_three = at.op(Op::ILt, &[tag, bound]);
        at.guard(is_three, exit);
        let top = self.digit(at, object, 2);
        let bound = at.iconst(1 << (63 - 2 * DIGIT_BITS));
        let fits = at.op(Op::ILt, &[top, bound]);
        at.guard(fits, exit);
        let low = self.two_digits(at, object);
        let bits = at.iconst(2 * DIGIT_BITS);
        let top = at.op(Op::IShl, &[top, bits]);
        let magnitude = at.op(Op::IOr, &[low, top]);
        with_sign(at, tag, magnitude)
    }

    /// The two lowest digits of an int.
    fn two_digits(&self, at: &mut Cursor, object: Value) -> Value {
        let (low, high) = (self.digit(at, object, 0), self.digit(at, object, 1));
        let bits = at.iconst(DIGIT_BITS);
        let high = at.op(Op::IShl, &[high, bits]);
        at.op(Op::IOr, &[low, high])
    }

    /// A digit of an int, the lowest being the first.
    fn digit(&self, at: &mut Cursor, object: Value, number: i64) -> Value {
        let offset = self.layout.long_digit + number * DIGIT_SIZE;
        load(at, Op::LoadU32, object, offset, memory::INTS)
    }

    fn incref(&self, at: &mut Cursor, reference: Value) -> Value {
        let done = at.create_block(false);
        let present = at.create_block(false);
        let mortal = at.create_block(false);
        let object = at.op(Op::RefToPtr, &[reference]);
        let is_null = at.op(Op::IsNull, &[reference]);
        at.br(is_null, (done, &[]), (present, &[]));

        at.switch_to(present);
        let count = load(
            at,
            Op::LoadU32,
            object,
            self.layout.object_refcount,
            memory::COUNTS,
        );
        let immortal = at.iconst(IMMORTAL);
        let is_immortal = at.op(Op::IEq, &[count, immortal]);
        at.br(is_immortal, (done, &[]), (mortal, &[]));

        at.switch_to(mortal);
        let one = at.iconst(1);
        let raised = at.op(Op::IAdd, &[count, one]);
        store(
            at,
            Op::StoreU32,
            object,
            self.layout.object_refcount,
            memory::COUNTS,
            raised,
        );
        at.jump(done, &[]);

        at.switch_to(done);
        at.op(Op::PtrToOwn, &[object])
    }

    fn decref(&self, at: &mut Cursor, owned: Value, free: fatjit_ir::Helper) -> Expansion {
        let done = at.create_block(false);
        let present = at.create_block(false);
        let mortal = at.create_block(false);
        let last = at.create_block(true);
        let is_null = at.op(Op::IsNull, &[owned]);
        let object = at.op(Op::OwnToPtr, &[owned]);
        at.br(is_null, (done, &[]), (present, &[]));

        at.switch_to(present);
        let count = load(
            at,
            Op::LoadU32,
            object,
            self.layout.object_refcount,
            memory::COUNTS,
        );
        let immortal = at.iconst(IMMORTAL_SIGN);
        let is_immortal = at.op(Op::IGe, &[count, immortal]);
        at.br(is_immortal, (done, &[]), (mortal, &[]));

        at.switch_to(mortal);
        let one = at.iconst(1);
        let lowered = at.op(Op::ISub, &[count, one]);
        store(
            at,
            Op::StoreU32,
            object,
            self.layout.object_refcount,
            memory::COUNTS,
            lowered,
        );
        let zero = at.iconst(0);
        let is_last = at.op(Op::IEq, &[lowered, zero]);
        at.br(is_last, (last, &[]), (done, &[]));

        at.switch_to(last);
        let free = at.declare_helper(free);
        at.call(free, &[object], None);
        at.jump(done, &[]);

        at.switch_to(done);
        Expansion::Replaced(None)
    }

    fn is_last(&self, at: &mut Cursor, reference: Value) -> Value {
        let join = at.create_block(false);
        let answer = at.add_param(join, Type::Bool);
        let present = at.create_block(false);
        let object = at.op(Op::RefToPtr, &[reference]);
        let is_null = at.op(Op::IsNull, &[reference]);
        let no = at.bconst(false);
        at.br(is_null, (join, &[no]), (present, &[]));

        at.switch_to(present);
        let count = load(
            at,
            Op::LoadU32,
            object,
            self.layout.object_refcount,
            memory::COUNTS,
        );
        let one = at.iconst(1);
        let is_last = at.op(Op::IEq, &[count, one]);
        at.jump(join, &[is_last]);

        at.switch_to(join);
        answer
    }

    fn poll(&self, at: &mut Cursor) -> Value {
        let address = at.context(Word::Breaker as u32);
        let width = match self.layout.breaker_is_byte {
            0 => Op::LoadU32,
            _ => Op::LoadU8,
        };
        let breaker = load(at, width, address, 0, memory::BREAKER);
        let zero = at.iconst(0);
        at.op(Op::INe, &[breaker, zero])
    }

    /// Somebody made an object of the frame, a tracer or tool was switched on, a tool watches this code, or an
    /// assumption fell.
    fn disturbed(&self, at: &mut Cursor) -> Value {
        let frame = at.op(Op::FrameBase, &[]);
        let object = load(
            at,
            Op::LoadPtr,
            frame,
            self.layout.frame_object,
            memory::FRAME_OBJECT,
        );
        let null = at.pconst(0);
        let untaken = at.op(Op::PEq, &[object, null]);
        let same_version = unchanged(at, Word::VersionAt, Word::Version);
        let same_tools = match self.addresses.framed {
            Some(Framed { tools, retired }) => {
                let alone = no_others(at, tools);
                let in_use = is_zero(at, retired);
                at.op(Op::BAnd, &[alone, in_use])
            }
            None => unchanged(at, Word::ToolsAt, Word::Tools),
        };
        let same = at.op(Op::BAnd, &[same_version, same_tools]);
        let mut quiet = at.op(Op::BAnd, &[untaken, same]);
        if let Some(word) = self.addresses.assumptions {
            let stand = is_zero(at, word);
            quiet = at.op(Op::BAnd, &[quiet, stand]);
        }
        if self.has_names {
            let unchanged = self.names_unchanged(at);
            quiet = at.op(Op::BAnd, &[quiet, unchanged]);
        }
        at.op(Op::BNot, &[quiet])
    }

    /// The address and part of memory of a slot's word: in the frame, in the dict of the variables, or in a generator.
    fn slot_at(&self, at: &mut Cursor, slot: Slot) -> (Value, i64, Part) {
        let guest = self
            .guests
            .iter()
            .find(|guest| guest.all().contains(&slot.0));
        if let Some(guest) = guest {
            let generator = self.load_slot(at, Slot(guest.holder.0));
            let own = i64::from(slot.0 - guest.first) * SLOT_SIZE;
            return (
                generator,
                self.layout.generator_slots + own,
                memory::GUEST_SLOTS,
            );
        }
        match slot.0.checked_sub(self.slots) {
            None => {
                let frame = at.op(Op::FrameBase, &[]);
                (frame, i64::from(slot.0) * SLOT_SIZE, memory::SLOTS)
            }
            Some(name) => {
                let table = at.context(Word::Names as u32);
                let offset = names::offset_of(name);
                let word = load(at, Op::LoadPtr, table, offset, memory::NAME_TABLE);
                (word, 0, memory::NAMES)
            }
        }
    }

    fn load_slot(&self, at: &mut Cursor, slot: Slot) -> Value {
        let (address, offset, part) = self.slot_at(at, slot);
        load(at, Op::LoadPtr, address, offset, part)
    }

    fn store_slot(&self, at: &mut Cursor, slot: Slot, object: Value) {
        let (address, offset, part) = self.slot_at(at, slot);
        store(at, Op::StorePtr, address, offset, part, object);
    }

    /// Whether nobody else changed the dict of the variables.
    fn names_unchanged(&self, at: &mut Cursor) -> Value {
        let table = at.context(Word::Names as u32);
        let word = load(
            at,
            Op::LoadPtr,
            table,
            names::VERSION_AT,
            memory::NAME_TABLE,
        );
        let current = load(at, Op::LoadI64, word, 0, memory::NAME_VERSIONS);
        let expected = load(
            at,
            Op::LoadI64,
            table,
            names::VERSION,
            memory::NAME_VERSIONS,
        );
        at.op(Op::IEq, &[current, expected])
    }

    /// Others may look: values in the dict of the variables may have been written.
    fn names_written(&self, at: &mut Cursor) {
        let versions = memory::NAME_VERSIONS.of(at);
        let helper = at.declare_helper(fatjit_ir::Helper {
            writes_only: vec![versions],
            ..helpers::names_written()
        });
        let table = at.context(Word::Names as u32);
        at.call(helper, &[table], None);
    }
}

/// Whether the word at an address is still what it was at the entry.
fn unchanged(at: &mut Cursor, address: Word, expected: Word) -> Value {
    let address = at.context(address as u32);
    let current = load(at, Op::LoadPtr, address, 0, memory::VERSIONS);
    let expected = at.context(expected as u32);
    at.op(Op::PEq, &[current, expected])
}

/// Whether the word at an address is zero.
fn is_zero(at: &mut Cursor, address: usize) -> Value {
    let address = at.pconst(address as i64);
    let word = load(at, Op::LoadI64, address, 0, memory::VERSIONS);
    let zero = at.iconst(0);
    at.op(Op::IEq, &[word, zero])
}

/// Whether no tool but ours is among those at an address, a byte for each event.
fn no_others(at: &mut Cursor, tools: usize) -> Value {
    let address = at.pconst(tools as i64);
    let tools = load(at, Op::LoadI64, address, 0, memory::VERSIONS);
    let others = at.iconst(!i64::from_ne_bytes([OUR_TOOL; 8]));
    let others = at.op(Op::IAnd, &[tools, others]);
    let zero = at.iconst(0);
    at.op(Op::IEq, &[others, zero])
}

/// The int of this magnitude whose object has this tag.
fn with_sign(at: &mut Cursor, tag: Value, magnitude: Value) -> Value {
    let mask = at.iconst(TAG_SIGN);
    let sign_bits = at.op(Op::IAnd, &[tag, mask]);
    let one = at.iconst(1);
    let sign = at.op(Op::ISub, &[one, sign_bits]);
    at.op(Op::IMul, &[sign, magnitude])
}

fn boxed(at: &mut Cursor, helper: fatjit_ir::Helper, value: Value, exit: Option<ExitId>) -> Value {
    let helper = at.declare_helper(helper);
    at.call(helper, &[value], exit)
        .expect("the helper is declared with a result")
}

fn load(at: &mut Cursor, op: Op, address: Value, offset: i64, part: Part) -> Value {
    let memory = part.of(at);
    at.load(op, address, offset, memory)
}

fn store(at: &mut Cursor, op: Op, address: Value, offset: i64, part: Part, value: Value) {
    let memory = part.of(at);
    at.store(op, address, offset, memory, value);
}
