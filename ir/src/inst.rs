//! The instruction set, in one table from which printing, parsing, effects and verification follow.
//!
//! A row gives an instruction's name, operand types, result type, immediate, whether it carries an exit,
//! and its effects. Rows never describe a host: what `box` or `slot.load` mean in memory is the business of
//! the expansions that a host supplies.

use crate::types::Type;

/// What kind of immediate an instruction carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImmKind {
    /// None.
    None,
    /// A signed 64-bit int.
    Int,
    /// A double, held by its bits.
    Float,
    /// A truth value.
    Bool,
    /// A host object of the unit.
    Object,
    /// A host type.
    Type,
    /// A slot of the frame.
    Slot,
    /// A position in the host's code.
    Position,
    /// A byte offset from an address, and the part of memory the access is in.
    Offset,
    /// The size of an element in bytes: 1, 2, 4 or 8.
    Scale,
    /// An index of a word in the activation.
    Word,
    /// A helper of the unit.
    Helper,
    /// Another compiled function.
    Native,
    /// One target block with arguments.
    Jump,
    /// Two target blocks with arguments: taken when true, taken when false.
    Branch,
}

/// How operands are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operands {
    /// These, in this order.
    Fixed(&'static [Type]),
    /// As the helper's signature says.
    OfHelper,
    /// As the signature of the compiled function says.
    OfNative,
}

/// What an instruction does besides computing its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effects {
    /// Nothing: it may be moved, merged and removed. If it has an exit it may leave, and is pinned
    /// relative to side effects, but may be merged with an equal one that dominates it.
    Pure,
    /// Reads the frame's slots.
    ReadsFrame,
    /// Writes the frame's slots or its position.
    WritesFrame,
    /// Reads memory that other code may write.
    ReadsMemory,
    /// Writes memory.
    WritesMemory,
    /// Allocates, changes reference counts, or frees objects whose release runs no code.
    Counts,
    /// May run arbitrary code of the host.
    RunsCode,
    /// As the helper declares.
    OfHelper,
    /// Ends the block, or may leave.
    Control,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The name in the text form.
    pub name: &'static str,
    /// The operands.
    pub operands: Operands,
    /// The result's type, if there is one (of calls: see what is called).
    pub result: Option<Type>,
    /// The immediate.
    pub imm: ImmKind,
    /// Whether it carries an exit (of `call`: exactly when the helper raises).
    pub exit: bool,
    /// What it does besides.
    pub effects: Effects,
}

macro_rules! table {
    ($($(#[$doc:meta])* $variant:ident $name:literal ($($arg:ident),*) $(-> $res:ident)?, $imm:ident, $exit:literal, $effects:ident;)*) => {
        /// An instruction's operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Op {
            $($(#[$doc])* $variant,)*
            /// A call of a declared helper. If the helper raises, the call has an exit that is taken when
            /// it failed; stolen (`own`) arguments are consumed either way.
            Call,
            /// A call of a compiled function, which runs no other code unless it is left. Then its host has
            /// put the frames around it right, as the call's exit says, and has finished the call: native
            /// code is left through that exit, too.
            CallNative,
            /// A call of a compiled function that has a frame of its own, and may run any code: a call of a helper
            /// that raises, but for how it is called. Whether it was left meanwhile does not show.
            CallFramed,
        }

        const ROWS: &[OpInfo] = &[
            $(OpInfo {
                name: $name,
                operands: Operands::Fixed(&[$(Type::$arg),*]),
                result: table!(@res $($res)?),
                imm: ImmKind::$imm,
                exit: $exit,
                effects: Effects::$effects,
            },)*
            OpInfo {
                name: "call",
                operands: Operands::OfHelper,
                result: None,
                imm: ImmKind::Helper,
                exit: false,
                effects: Effects::OfHelper,
            },
            OpInfo {
                name: "call.native",
                operands: Operands::OfNative,
                result: None,
                imm: ImmKind::Native,
                exit: true,
                effects: Effects::WritesMemory,
            },
            OpInfo {
                name: "call.framed",
                operands: Operands::OfNative,
                result: None,
                imm: ImmKind::Native,
                exit: true,
                effects: Effects::RunsCode,
            },
        ];

        impl Op {
            /// Every operation, in the order of the table.
            pub const ALL: &'static [Op] = &[$(Op::$variant,)* Op::Call, Op::CallNative, Op::CallFramed];
        }
    };
    (@res) => { None };
    (@res $res:ident) => { Some(Type::$res) };
}

table! {
    // ---- constants
    /// An int.
    IConst "iconst" () -> I64, Int, false, Pure;
    /// A float.
    FConst "fconst" () -> F64, Float, false, Pure;
    /// A truth value.
    BConst "bconst" () -> Bool, Bool, false, Pure;
    /// An object that the unit keeps alive.
    Object "object" () -> Ref, Object, false, Pure;
    /// The null reference, borrowed from nobody.
    Null "null" () -> Ref, None, false, Pure;
    /// The null reference as an owned one; consuming it does nothing.
    NullOwn "null.own" () -> Own, None, false, Pure;

    // ---- ints. Without `.ovf` the builder promises that the result fits; the reference interpreter
    // reports a broken promise.
    /// Addition that cannot overflow.
    IAdd "iadd" (I64, I64) -> I64, None, false, Pure;
    /// Subtraction that cannot overflow.
    ISub "isub" (I64, I64) -> I64, None, false, Pure;
    /// Multiplication that cannot overflow.
    IMul "imul" (I64, I64) -> I64, None, false, Pure;
    /// Negation of anything but the smallest int.
    INeg "ineg" (I64) -> I64, None, false, Pure;
    /// Addition; leaves on overflow.
    IAddOvf "iadd.ovf" (I64, I64) -> I64, None, true, Pure;
    /// Subtraction; leaves on overflow.
    ISubOvf "isub.ovf" (I64, I64) -> I64, None, true, Pure;
    /// Multiplication; leaves on overflow.
    IMulOvf "imul.ovf" (I64, I64) -> I64, None, true, Pure;
    /// Negation; leaves on overflow.
    INegOvf "ineg.ovf" (I64) -> I64, None, true, Pure;
    /// Floor division (rounds towards minus infinity). Promise: the divisor is not 0, and the quotient fits.
    IFloorDiv "ifloordiv" (I64, I64) -> I64, None, false, Pure;
    /// Modulo with the divisor's sign. Promise: the divisor is not 0; min modulo -1 is 0.
    IMod "imod" (I64, I64) -> I64, None, false, Pure;
    /// Division of ints that are not negative. Promise: neither is, and the divisor is not 0.
    IDivNat "idiv.nat" (I64, I64) -> I64, None, false, Pure;
    /// Remainder of ints that are not negative. Promise: neither is, and the divisor is not 0.
    IModNat "imod.nat" (I64, I64) -> I64, None, false, Pure;
    /// Power; leaves when the exponent is negative or the result does not fit.
    IPowOvf "ipow.ovf" (I64, I64) -> I64, None, true, Pure;
    /// Bitwise and.
    IAnd "iand" (I64, I64) -> I64, None, false, Pure;
    /// Bitwise or.
    IOr "ior" (I64, I64) -> I64, None, false, Pure;
    /// Bitwise exclusive or.
    IXor "ixor" (I64, I64) -> I64, None, false, Pure;
    /// Bitwise complement.
    INot "inot" (I64) -> I64, None, false, Pure;
    /// Left shift. Promise: 0 <= count < 64 and the result fits.
    IShl "ishl" (I64, I64) -> I64, None, false, Pure;
    /// Left shift; leaves when the count is negative, or the result does not fit (0 shifted by any count is 0).
    IShlOvf "ishl.ovf" (I64, I64) -> I64, None, true, Pure;
    /// Arithmetic right shift. Promise: the count is not negative; from 64 on the sign remains.
    IShr "ishr" (I64, I64) -> I64, None, false, Pure;
    /// Conversion to float, rounding to nearest, ties to even.
    IToF "itof" (I64) -> F64, None, false, Pure;
    /// Whether the magnitude is at most 2^53, so that conversion to float is exact.
    IExact "iexact" (I64) -> Bool, None, false, Pure;

    // ---- floats
    /// Addition.
    FAdd "fadd" (F64, F64) -> F64, None, false, Pure;
    /// Subtraction.
    FSub "fsub" (F64, F64) -> F64, None, false, Pure;
    /// Multiplication.
    FMul "fmul" (F64, F64) -> F64, None, false, Pure;
    /// IEEE division; the caller guards against a zero divisor.
    FDiv "fdiv" (F64, F64) -> F64, None, false, Pure;
    /// Negation.
    FNeg "fneg" (F64) -> F64, None, false, Pure;
    /// Floor division as Python defines it. Promise: the divisor is not 0.
    FFloorDiv "ffloordiv" (F64, F64) -> F64, None, false, Pure;
    /// Modulo as Python defines it. Promise: the divisor is not 0.
    FMod "fmod" (F64, F64) -> F64, None, false, Pure;
    /// Power as Python defines it; leaves where Python raises or the result is complex.
    FPow "fpow" (F64, F64) -> F64, None, true, Pure;

    // ---- comparisons and truth values
    /// Ints equal.
    IEq "ieq" (I64, I64) -> Bool, None, false, Pure;
    /// Ints unequal.
    INe "ine" (I64, I64) -> Bool, None, false, Pure;
    /// Int less.
    ILt "ilt" (I64, I64) -> Bool, None, false, Pure;
    /// Int less or equal.
    ILe "ile" (I64, I64) -> Bool, None, false, Pure;
    /// Int greater.
    IGt "igt" (I64, I64) -> Bool, None, false, Pure;
    /// Int greater or equal.
    IGe "ige" (I64, I64) -> Bool, None, false, Pure;
    /// Floats equal; false if either is NaN.
    FEq "feq" (F64, F64) -> Bool, None, false, Pure;
    /// Floats unequal; true if either is NaN.
    FNe "fne" (F64, F64) -> Bool, None, false, Pure;
    /// Float less; false if either is NaN.
    FLt "flt" (F64, F64) -> Bool, None, false, Pure;
    /// Float less or equal; false if either is NaN.
    FLe "fle" (F64, F64) -> Bool, None, false, Pure;
    /// Float greater; false if either is NaN.
    FGt "fgt" (F64, F64) -> Bool, None, false, Pure;
    /// Float greater or equal; false if either is NaN.
    FGe "fge" (F64, F64) -> Bool, None, false, Pure;
    /// Not.
    BNot "bnot" (Bool) -> Bool, None, false, Pure;
    /// And, both operands computed.
    BAnd "band" (Bool, Bool) -> Bool, None, false, Pure;
    /// Or, both operands computed.
    BOr "bor" (Bool, Bool) -> Bool, None, false, Pure;
    /// Exclusive or.
    BXor "bxor" (Bool, Bool) -> Bool, None, false, Pure;
    /// 0 or 1 as an int.
    BToI "btoi" (Bool) -> I64, None, false, Pure;
    /// One of two ints: the second operand when the first is true, else the third.
    SelectI "select.i64" (Bool, I64, I64) -> I64, None, false, Pure;
    /// One of two floats.
    SelectF "select.f64" (Bool, F64, F64) -> F64, None, false, Pure;
    /// Whether two references are the same object.
    Is "is" (Ref, Ref) -> Bool, None, false, Pure;
    /// Whether a reference is null.
    IsNull "is_null" (Ref) -> Bool, None, false, Pure;

    // ---- objects
    /// Whether the object, which must not be null, is exactly of a host type. The types asked for here
    /// are ones an object never changes.
    IsType "is_type" (Ref) -> Bool, Type, false, Pure;
    /// A new int object; leaves when there is no memory.
    BoxI "box.i64" (I64) -> Own, None, true, Counts;
    /// A new float object; leaves when there is no memory.
    BoxF "box.f64" (F64) -> Own, None, true, Counts;
    /// The object of a truth value.
    BoxB "box.bool" (Bool) -> Own, None, false, Counts;
    /// The value of an int object (guarded before to be one); leaves when it does not fit.
    UnboxI "unbox.i64" (Ref) -> I64, None, true, Pure;
    /// The same, of an int object whose width is not to be guessed: hosts read ints of all common widths without
    /// branching on it.
    UnboxV "unbox.varied" (Ref) -> I64, None, true, Pure;
    /// The value of a float object (guarded before to be one).
    UnboxF "unbox.f64" (Ref) -> F64, None, false, Pure;
    /// The value of a truth object (guarded before to be one).
    UnboxB "unbox.bool" (Ref) -> Bool, None, false, Pure;
    /// One more reference to an object, which may be null.
    IncRef "incref" (Ref) -> Own, None, false, Counts;
    /// Gives a reference up; null does nothing. The last one frees the object, which may run code.
    DecRef "decref" (Own), None, false, RunsCode;
    /// Gives up a reference to null or to an object whose release runs no code (an int, a float, …).
    DecRefPlain "decref.plain" (Own), None, false, Counts;
    /// Whether giving this reference up would free the object. False for null.
    IsLastRef "is_last_ref" (Ref) -> Bool, None, false, ReadsMemory;

    // ---- the host's frame
    /// The object in a slot, which keeps it alive until the slot is written, or null.
    SlotLoad "slot.load" () -> Ref, Slot, false, ReadsFrame;
    /// Takes the object, or null, out of a slot, which becomes empty.
    SlotTake "slot.take" () -> Own, Slot, false, WritesFrame;
    /// Puts an object into a slot, which must be empty.
    SlotPut "slot.put" (Own), Slot, false, WritesFrame;
    /// Puts an object into a slot and gives back what was there.
    SlotSwap "slot.swap" (Own) -> Own, Slot, false, WritesFrame;
    /// Tells the frame where it is, before anything that may look at it.
    Position "position" (), Position, false, WritesFrame;
    /// Whether something else wants to run.
    Poll "poll" () -> Bool, None, false, ReadsMemory;
    /// Whether code that ran meanwhile took the frame, or demands that native code is left.
    Disturbed "disturbed" () -> Bool, None, false, ReadsMemory;

    // ---- functions
    /// An argument of the function that is an int.
    ArgI "arg.i64" () -> I64, Word, false, Pure;
    /// An argument that is a float.
    ArgF "arg.f64" () -> F64, Word, false, Pure;
    /// An argument that is a truth value.
    ArgB "arg.bool" () -> Bool, Word, false, Pure;
    /// An argument that is an object, which the caller keeps alive as long as the function runs.
    ArgR "arg.ref" () -> Ref, Word, false, Pure;
    /// Whether calls may be nested so much deeper than this one is.
    MayNest "may_nest" () -> Bool, Int, false, Pure;

    // ---- raw memory, for the hosts' expansions
    /// The address of the frame's slot 0.
    FrameBase "frame_base" () -> Ptr, None, false, Pure;
    /// A word that the host put into the activation.
    Context "context" () -> Ptr, Word, false, Pure;
    /// A reference as an address.
    RefToPtr "ref_to_ptr" (Ref) -> Ptr, None, false, Pure;
    /// An address as a borrowed reference.
    PtrToRef "ptr_to_ref" (Ptr) -> Ref, None, false, Pure;
    /// An address that was loaded from an object, as a reference which that object keeps alive: borrowed
    /// until code runs, or a helper writes no one knows what.
    Lend "lend" (Ptr) -> Ref, None, false, Pure;
    /// An address as an owned reference.
    PtrToOwn "ptr_to_own" (Ptr) -> Own, None, false, Pure;
    /// Consumes an owned reference and gives its address: the owner is now whoever stores it.
    OwnToPtr "own_to_ptr" (Own) -> Ptr, None, false, Pure;
    /// A constant address.
    PConst "pconst" () -> Ptr, Int, false, Pure;
    /// Whether two addresses are equal.
    PEq "peq" (Ptr, Ptr) -> Bool, None, false, Pure;
    /// The address of an element: the first operand plus so many times the element's size.
    PIndex "ptr.index" (Ptr, I64) -> Ptr, Scale, false, Pure;
    // Accesses of different parts of memory do not touch each other; one that names none may touch any.
    /// Loads an int.
    LoadI64 "load.i64" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads 32 bits and extends them with zeros.
    LoadU32 "load.u32" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads 32 bits and extends them with their sign.
    LoadI32 "load.i32" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads 16 bits and extends them with zeros.
    LoadU16 "load.u16" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads 16 bits and extends them with their sign.
    LoadI16 "load.i16" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads a byte and extends it with zeros.
    LoadU8 "load.u8" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads a byte and extends it with its sign.
    LoadI8 "load.i8" (Ptr) -> I64, Offset, false, ReadsMemory;
    /// Loads a float.
    LoadF64 "load.f64" (Ptr) -> F64, Offset, false, ReadsMemory;
    /// Loads a float of half the width.
    LoadF32 "load.f32" (Ptr) -> F64, Offset, false, ReadsMemory;
    /// Loads an address.
    LoadPtr "load.ptr" (Ptr) -> Ptr, Offset, false, ReadsMemory;
    /// Stores an int.
    StoreI64 "store.i64" (Ptr, I64), Offset, false, WritesMemory;
    /// Stores the low 32 bits of an int.
    StoreU32 "store.u32" (Ptr, I64), Offset, false, WritesMemory;
    /// Stores the low 16 bits of an int.
    StoreU16 "store.u16" (Ptr, I64), Offset, false, WritesMemory;
    /// Stores the low 8 bits of an int.
    StoreU8 "store.u8" (Ptr, I64), Offset, false, WritesMemory;
    /// Stores a float.
    StoreF64 "store.f64" (Ptr, F64), Offset, false, WritesMemory;
    /// Stores a float rounded to half the width.
    StoreF32 "store.f32" (Ptr, F64), Offset, false, WritesMemory;
    /// Stores an address.
    StorePtr "store.ptr" (Ptr, Ptr), Offset, false, WritesMemory;

    // ---- control
    /// Leaves unless the condition is true.
    Guard "guard" (Bool), None, true, Control;
    /// Leaves if the condition is true.
    GuardNot "guard.not" (Bool), None, true, Control;
    /// Goes to a block.
    Jump "jump" (), Jump, false, Control;
    /// Goes to the first block when true, else to the second.
    Br "br" (Bool), Branch, false, Control;
    /// Leaves.
    Leave "leave" (), None, true, Control;
    /// Returns an int from the function.
    RetI "ret.i64" (I64), None, false, Control;
    /// Returns a float.
    RetF "ret.f64" (F64), None, false, Control;
    /// Returns a truth value.
    RetB "ret.bool" (Bool), None, false, Control;
    /// Returns an object.
    RetO "ret.own" (Own), None, false, Control;
}

impl Op {
    /// The operation's row.
    pub fn info(self) -> &'static OpInfo {
        &ROWS[self as usize]
    }

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The operation with this name in the text form.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// Whether it ends a block.
    pub fn is_terminator(self) -> bool {
        matches!(self, Op::Jump | Op::Br | Op::Leave) || self.is_return()
    }

    /// Whether it returns from a function.
    pub fn is_return(self) -> bool {
        matches!(self, Op::RetI | Op::RetF | Op::RetB | Op::RetO)
    }

    /// The type of the argument that it is, if it is one.
    pub fn argument_type(self) -> Option<Type> {
        match self {
            Op::ArgI | Op::ArgF | Op::ArgB | Op::ArgR => self.info().result,
            _ => None,
        }
    }
}
