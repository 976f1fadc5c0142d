//! Guarded bytecode: what a host's translator hands to the core.
//!
//! Register code over guarded values. Registers below [`Region::slots`] are the slots of the host's frame
//! (locals first, then the value stack); the others are temporaries that live within one source
//! instruction. A source instruction opens with [`GOp::At`]; until it has its first effect, every guard in
//! it resumes there, so the translator places all guards of an instruction before its effects. Lowering
//! refuses a region that breaks this.
//!
//! Meaning belongs to the translator, representation to lowering: an operation says that two ints are
//! added, not where they are kept.

mod field;
mod guest;
mod region;
mod shape;
mod splice;
mod text;
mod visit;

pub use field::{Field, FieldId, Kind, OfNew, Release};
pub use guest::{Guest, NESTED, Nested};
pub use region::{BOOL_TYPE, Entry, FLOAT_TYPE, INT_TYPE, OwnFrame, Region, Seen};
pub use shape::{Home, Place, Shape};
pub use splice::{SPLICED, Spliced, may_be_spliced, splice};

use fatjit_ir::{HelperId, NativeId, ObjectId, Reason, ShapeId, TypeId};

/// A register: a slot of the frame, or a temporary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u32);

/// A block of guarded bytecode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

impl Label {
    /// The position in [`Region::blocks`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place where the host's interpreter can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Position in the host's code, in the host's own unit.
    pub position: u32,
    /// Slots in use there: locals plus the height of the value stack.
    pub depth: u32,
}

/// Arithmetic on two ints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntOp {
    /// Addition; leaves on overflow, as the next two.
    Add,
    /// Subtraction.
    Sub,
    /// Multiplication.
    Mul,
    /// Division that rounds down; leaves on a zero divisor.
    FloorDiv,
    /// Modulo with the divisor's sign; leaves on a zero divisor.
    Mod,
    /// Power; leaves on a negative exponent or overflow.
    Pow,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Left shift; leaves on a negative count or overflow.
    Shl,
    /// Right shift; leaves on a negative count.
    Shr,
}

/// Arithmetic on two floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatOp {
    /// Addition.
    Add,
    /// Subtraction.
    Sub,
    /// Multiplication.
    Mul,
    /// Division; leaves on a zero divisor, as the next two.
    Div,
    /// Floor division.
    FloorDiv,
    /// Modulo with the divisor's sign.
    Mod,
    /// Power; leaves where the result is not a float.
    Pow,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cmp {
    /// Equal.
    Eq,
    /// Unequal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// Arithmetic on two truth values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    /// And.
    And,
    /// Or.
    Or,
    /// Exclusive or.
    Xor,
}

/// An operation of guarded bytecode.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    missing_docs,
    reason = "each variant's comment tells what its fields are"
)]
pub enum GOp {
    /// A source instruction begins.
    At(Point),

    // ---- values
    /// An int constant, and the object it has in the host's code if its identity matters.
    Int {
        dst: Reg,
        value: i64,
        object: Option<ObjectId>,
    },
    /// A float constant, by its bits, and the object it has in the host's code.
    Float {
        dst: Reg,
        bits: u64,
        object: Option<ObjectId>,
    },
    /// A truth value.
    Bool { dst: Reg, value: bool },
    /// An object that the unit keeps alive.
    Object { dst: Reg, object: ObjectId },
    /// Null, by which the host marks something on its value stack.
    Null { dst: Reg },
    /// The object of the function that runs, where that is an argument.
    Itself { dst: Reg },
    /// A second copy of a value, in an empty register.
    Copy { dst: Reg, src: Reg },
    /// The value changes its place: `dst` was empty, `src` becomes empty.
    Move { dst: Reg, src: Reg },
    /// Two registers change their values.
    Swap { a: Reg, b: Reg },
    /// A value moves into a local, whose old value is released; that may run code, after which the
    /// interpreter could go on at `behind`. Without, the check is owed until `AfterOwed`.
    Store {
        local: Reg,
        src: Reg,
        behind: Option<Point>,
    },
    /// A local's value, or null, moves into an empty stack slot; the local becomes unbound.
    TakeLocal { dst: Reg, local: Reg },
    /// A virtual object or borrowed reference becomes a real one in the frame's memory.
    Real { reg: Reg },
    /// The same, but only of what is an unboxed number.
    RealNumber { reg: Reg },
    /// A value is released, as above.
    Drop { reg: Reg, behind: Point },
    /// What is in a stack slot is released, as above, and a temporary's value takes its place.
    Replace { reg: Reg, src: Reg, behind: Point },
    /// A value is released that was guarded to be of a type whose objects' release runs no code.
    Discard { reg: Reg },
    /// A number, truth value or constant is forgotten, or a register known to be empty.
    Kill { reg: Reg },
    /// A stack slot whose memory is known to hold null is forgotten.
    Forget { reg: Reg },
    /// A local, known to be bound, becomes unbound.
    Unbind { local: Reg, behind: Point },

    // ---- guards: afterwards the register is known to hold this
    /// Not an unbound local.
    GuardBound { reg: Reg },
    /// An int that fits 64 bits.
    GuardInt { reg: Reg },
    /// The same, of an int whose width is not to be guessed, because ints of one width and of another come in no order.
    GuardVaried { reg: Reg },
    /// A float.
    GuardFloat { reg: Reg },
    /// A truth value.
    GuardBool { reg: Reg },
    /// A number: an int of any width, a float or a truth value.
    GuardNumber { reg: Reg },
    /// What a stack slot holds is known to be a number, because of where it comes from.
    IsNumber { reg: Reg },
    /// A truth value that is true; else it leaves for this reason.
    GuardTrue { cond: Reg, reason: Reason },
    /// Null, on the value stack.
    GuardNull { reg: Reg },
    /// This very object.
    GuardObject { reg: Reg, object: ObjectId },
    /// A number, or an object of which a helper does not answer 0; else it leaves for this reason. The helper says yes to
    /// numbers.
    GuardTold {
        reg: Reg,
        helper: HelperId,
        reason: Reason,
    },
    /// A virtual object of this shape.
    GuardVirtual { reg: Reg, shape: ShapeId },

    // ---- numbers
    /// Arithmetic on ints.
    IntBin { op: IntOp, dst: Reg, a: Reg, b: Reg },
    /// Negation; leaves on overflow.
    IntNeg { dst: Reg, src: Reg },
    /// Bitwise complement.
    IntNot { dst: Reg, src: Reg },
    /// Addition of ints that cannot overflow.
    IntAddPlain { dst: Reg, a: Reg, b: Reg },
    /// Comparison of ints.
    IntCmp { cmp: Cmp, dst: Reg, a: Reg, b: Reg },
    /// Arithmetic on floats.
    FloatBin {
        op: FloatOp,
        dst: Reg,
        a: Reg,
        b: Reg,
    },
    /// Negation.
    FloatNeg { dst: Reg, src: Reg },
    /// Comparison of floats.
    FloatCmp { cmp: Cmp, dst: Reg, a: Reg, b: Reg },
    /// An int or a float, whichever it is now, as a float, in a temporary or the same register; leaves if it is
    /// neither. An int is rounded; with `exact` it leaves unless its magnitude is at most 2^53.
    FloatOf { dst: Reg, src: Reg, exact: bool },
    /// 0 or 1.
    BoolToInt { dst: Reg, src: Reg },
    /// Not.
    BoolNot { dst: Reg, src: Reg },
    /// Arithmetic on truth values.
    BoolBin {
        op: BoolOp,
        dst: Reg,
        a: Reg,
        b: Reg,
    },
    /// Whether an int is not zero.
    IntTruth { dst: Reg, src: Reg },
    /// Whether a float is not zero (NaN is not).
    FloatTruth { dst: Reg, src: Reg },
    /// Whether two registers hold the same object.
    Same { dst: Reg, a: Reg, b: Reg },
    /// Whether a stack slot, or what was read into a temporary, is null.
    NullTest { dst: Reg, src: Reg },
    /// Whether a register holds this object, which is no number.
    SameObject {
        dst: Reg,
        src: Reg,
        object: ObjectId,
    },

    // ---- virtual objects: fields are numbers
    /// A new virtual object.
    Virtual {
        dst: Reg,
        shape: ShapeId,
        fields: Vec<Reg>,
    },
    /// The new object in a stack slot, which nobody else holds, is virtual from now on, with these fields; its
    /// shape is one that is [`Home::Kept`].
    Ahead {
        reg: Reg,
        shape: ShapeId,
        fields: Vec<Reg>,
    },
    /// Reads a field.
    Field { dst: Reg, src: Reg, index: u32 },
    /// Writes a field.
    SetField { object: Reg, index: u32, src: Reg },

    // ---- objects' memory. An address lives in a temporary, within one instruction.
    /// Exactly of this type, one that an object has for life or never.
    GuardType { reg: Reg, ty: TypeId },
    /// In a function, where nothing may run code: that what is in these locals and stack slots can be released without. To be
    /// asked before the instruction's first effect; until they get other values, nothing else is asked of them.
    GuardRelease { regs: Vec<Reg> },
    /// A field of the object in the register holds this object.
    GuardField {
        reg: Reg,
        field: FieldId,
        object: ObjectId,
    },
    /// The address of the object in a register, in a temporary.
    AddressOf { dst: Reg, src: Reg },
    /// Nobody wants the register's object any more: if it is only lent, it is forgotten, before it would get a reference
    /// of its own.
    Unlend { reg: Reg },
    /// If only a container keeps the register's object alive: a number of this kind, so that no reference
    /// to it need be taken. Else nothing.
    GuardLent { reg: Reg, kind: Seen },
    /// Reads a field of an object, or, with an index, an element of an array; `from` holds the object, or
    /// the address at which the array begins. A reference is only lent by the object it was read from.
    Read {
        dst: Reg,
        from: Reg,
        index: Option<Reg>,
        field: FieldId,
    },
    /// Writes a number or truth value to such a place.
    Write {
        to: Reg,
        index: Option<Reg>,
        field: FieldId,
        src: Reg,
    },
    /// Moves a value to such a place and releases what was there, the reference that `old` holds. If that may
    /// have run code, a check is owed until `AfterOwed`.
    WriteRef {
        to: Reg,
        index: Option<Reg>,
        field: FieldId,
        src: Reg,
        old: Reg,
        release: Release,
    },
    /// Two references in an array, at these indices, change places.
    Exchange {
        from: Reg,
        a: Reg,
        b: Reg,
        field: FieldId,
    },
    /// An index into an array of this length; leaves if it is outside. With `wrap` a negative one counts
    /// from the end.
    CheckIndex {
        dst: Reg,
        index: Reg,
        len: Reg,
        wrap: bool,
    },
    /// Nobody asks for the object of the number in this local any more.
    Forgo { local: Reg },
    /// Calls a helper that runs no code, on references, numbers and addresses. It takes over what its
    /// declaration says it owns: those registers become empty. If it raises, so does the instruction.
    Call {
        dst: Option<Reg>,
        helper: HelperId,
        args: Vec<Reg>,
    },

    // ---- the host
    /// Calls a helper on numbers that has no effects.
    CallPure {
        dst: Reg,
        helper: HelperId,
        args: Vec<Reg>,
    },
    /// Has the host execute the instruction on the frame's own memory: the helper takes (frame base,
    /// slots in use, `arg`), pops `pops` and pushes `pushes` references. With `outcome` the helper gives
    /// an int: negative if it raised, else it goes there; its `pops` operands stay where they are, and
    /// nothing counts as pushed before `Adopt`. A helper whose result is not adopted has done nothing.
    Host {
        helper: HelperId,
        depth: u32,
        arg: i64,
        pops: u32,
        pushes: u32,
        outcome: Option<Reg>,
    },
    /// A register's frame memory now holds a reference that a host helper put there.
    Adopt { reg: Reg },
    /// Calls a compiled function with these registers. The stack slots above the depth of `site`, in which what is
    /// called and the arguments are, become empty, and the first of them receives the result. While the function
    /// runs, the interpreter would be at `site`.
    /// Objects in temporaries are constants, or lent by what lives as long as the call and never changes. In a frame, those
    /// that stack slots own stay there, above the site's depth, and are released behind the call; if that may have run
    /// code, a check is owed until `AfterOwed`.
    /// With an `instance` the first of the registers receives it.
    /// If it does the work of an `operator`, its operands are all that these slots hold; they stay while it runs, and are
    /// released before the first of them receives the result. (So does all that a call with a frame has there.)
    CallNative {
        native: NativeId,
        args: Vec<Reg>,
        site: Point,
        instance: Option<Instance>,
        operator: bool,
    },
    /// Calls a compiled function that has a frame of its own, and may run any code, with these registers. The stack slots
    /// from `under` on become empty, and the first of them receives the result. While the function runs, the frame is at
    /// the position `shown`. `instance` and `operator` are as above. Arguments that are `packed` are made first of all, when
    /// nothing can be guarded any more.
    CallFramed {
        native: NativeId,
        args: Vec<Reg>,
        under: u32,
        shown: u32,
        instance: Option<Instance>,
        operator: bool,
        packed: Vec<Packed>,
    },
    /// Leaves to a point if code that ran before demands it.
    After(Point),
    /// The same, if a `Store` may have run code and did not check.
    AfterOwed(Point),
    /// Leaves if something else wants to run.
    Poll,
    /// Counts a round in the 64-bit counter at the address that this object stands for.
    Tick { counter: ObjectId },

    // ---- control
    /// Goes to a block.
    Jump(Label),
    /// Goes to the first block when true, else to the second.
    Branch {
        cond: Reg,
        then: Label,
        otherwise: Label,
    },
    /// Leaves.
    Leave(Reason),
    /// Returns a register's value from the function.
    Return { reg: Reg },
    // ---- calls whose functions' operations stand here, by their numbers among [`Region::calls`]
    /// The call begins: as [`GOp::CallNative`] would, but what is called follows.
    BeginCall { call: u32 },
    /// What is called returns a register's value. What it held ends.
    EndCall { call: u32, reg: Reg },
    /// The caller's instruction goes on behind the call.
    Behind { call: u32 },
    // ---- guests, by their numbers among [`Region::guests`]
    /// A guest is active from here on: its holder holds it, so many of its slots are in use, and all that they hold is in
    /// their memory. These of its locals are unbound.
    Begin {
        guest: u32,
        depth: u32,
        unbound: Vec<Reg>,
    },
    /// A guest stands where its computation is suspended: what its stack slots hold is in their memory.
    Park { guest: u32 },
    /// A guest is at its end: what its locals hold only in registers, nobody asks for any more. Its stack is empty.
    End { guest: u32 },
    /// All that code of the host may see of the region's own frame is put into it.
    Publish,
    /// A parked guest is no more done here: all that it holds is in its memory.
    LetGo { guest: u32 },
    /// Leaves with all that registers hold in the frame's memory, because the host suspends the frame. An entry at the block
    /// `resume` goes on behind it, in the instruction's register `sent` what was sent: an object.
    Suspend { resume: Label, sent: Reg },
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GBlock {
    /// Operations; the last one is a control operation.
    pub ops: Vec<GOp>,
    /// Whether a back edge leads here.
    pub header: bool,
    /// Seldom run.
    pub cold: bool,
}

/// A new object that a called function is given as its first argument, and that stands in the stack slot right below the
/// site's depth while it runs. Before, that slot and the one above it hold what is called and a null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Makes it of the class: takes a reference and gives an owned one, or raises.
    pub make: HelperId,
    /// The class.
    pub class: ObjectId,
    /// Whether it need not be made as long as nobody wants the object: its class has no finaliser, and what it has is told
    /// by fields that say what a new one has ([`Field::of_new`]).
    pub sinks: bool,
}

/// An argument that is made for a call, of what stack slots of the call's operands hold, and that what is called is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Which argument. Its register, a slot that is empty or becomes so, receives it until the call; if it is made of nothing,
    /// that is not looked at.
    pub argument: usize,
    /// Makes it: takes the slots over or looks at them, may take constants besides, and gives an owned object, or raises.
    pub helper: HelperId,
    /// What it takes.
    pub of: Vec<Reg>,
}

/// What becomes of instances that need not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sinking {
    /// Tells an instance that an attribute was added: (address, int).
    pub added: HelperId,
    /// Give their first argument back if it is an instance or a number.
    pub gives_back: Vec<HelperId>,
    /// Give a new instance an int, float, owned or borrowed reference as an attribute, by the number of its place: (own,
    /// int, value) → own.
    pub put: [HelperId; 4],
}

impl Sinking {
    /// This helper gives its first argument back, too.
    pub fn give_back(&mut self, helper: HelperId) {
        if !self.gives_back.contains(&helper) {
            self.gives_back.push(helper);
        }
    }
}

impl GOp {
    /// The register that it gives a new value, if it gives one to a single register and nothing else happens to
    /// registers but that operands may end. `Copy`, `Move` and `Swap` are not among these, nor is `Host`.
    pub fn result(&self) -> Option<Reg> {
        match self {
            GOp::Int { dst, .. }
            | GOp::Float { dst, .. }
            | GOp::Bool { dst, .. }
            | GOp::Object { dst, .. }
            | GOp::Null { dst }
            | GOp::Itself { dst }
            | GOp::TakeLocal { dst, .. }
            | GOp::IntBin { dst, .. }
            | GOp::IntNeg { dst, .. }
            | GOp::IntNot { dst, .. }
            | GOp::IntAddPlain { dst, .. }
            | GOp::IntCmp { dst, .. }
            | GOp::FloatBin { dst, .. }
            | GOp::FloatNeg { dst, .. }
            | GOp::FloatCmp { dst, .. }
            | GOp::FloatOf { dst, .. }
            | GOp::BoolToInt { dst, .. }
            | GOp::BoolNot { dst, .. }
            | GOp::BoolBin { dst, .. }
            | GOp::IntTruth { dst, .. }
            | GOp::FloatTruth { dst, .. }
            | GOp::Same { dst, .. }
            | GOp::NullTest { dst, .. }
            | GOp::SameObject { dst, .. }
            | GOp::Virtual { dst, .. }
            | GOp::Field { dst, .. }
            | GOp::Read { dst, .. }
            | GOp::AddressOf { dst, .. }
            | GOp::CheckIndex { dst, .. }
            | GOp::CallPure { dst, .. } => Some(*dst),
            GOp::Call { dst, .. } => *dst,
            _ => None,
        }
    }

    /// Whether it ends a block.
    pub fn is_control(&self) -> bool {
        matches!(
            self,
            GOp::Jump(_)
                | GOp::Branch { .. }
                | GOp::Leave(_)
                | GOp::Return { .. }
                | GOp::Suspend { .. }
        )
    }
}
