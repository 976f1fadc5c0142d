//! What the arguments of instructions mean.
//!
//! Invariant: [`operand`] knows for every opcode which table or frame slot its argument picks; what
//! an argument means to the interpreter beyond that is the translator's business.

use std::fmt;

use crate::code::Instr;
use crate::op::Op;
use crate::version::Version;

/// What an instruction's argument stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandKind {
    /// Nothing.
    None,
    /// A number whose meaning depends on the opcode.
    Number(u32),
    /// Index of a constant.
    Const(u32),
    /// Index of a name, and the bits of the argument below it.
    Name {
        /// Index into `names`.
        index: u32,
        /// `LOAD_GLOBAL`: 1 pushes NULL too. `LOAD_ATTR`: 1 loads a method. `LOAD_SUPER_ATTR`:
        /// 1 loads a method, 2 is the two-argument form.
        flags: u32,
    },
    /// A frame slot.
    Local(u32),
    /// Two frame slots.
    Locals(u32, u32),
    /// Index of the instruction that a jump leads to.
    Target(usize),
    /// An operator.
    Arithmetic(ArithmeticOp),
    /// A comparison.
    Compare {
        /// Which one.
        comparison: Comparison,
        /// Whether the result is converted to a bool.
        to_bool: bool,
    },
}

/// The operand of a decoded instruction.
#[must_use]
pub fn operand(version: Version, instr: &Instr) -> OperandKind {
    let arg = instr.arg;
    let name = |bits: u32| OperandKind::Name {
        index: arg >> bits,
        flags: arg & ((1 << bits) - 1),
    };
    if let Some(target) = instr.target {
        return OperandKind::Target(target);
    }
    match instr.op {
        op if !version.takes_argument(op) => OperandKind::None,
        Op::LoadConst | Op::ReturnConst | Op::KwNames => OperandKind::Const(arg),
        Op::StoreName
        | Op::LoadName
        | Op::DeleteName
        | Op::StoreGlobal
        | Op::DeleteGlobal
        | Op::StoreAttr
        | Op::DeleteAttr
        | Op::ImportName
        | Op::ImportFrom
        | Op::LoadFromDictOrGlobals => name(0),
        Op::LoadGlobal | Op::LoadAttr => name(1),
        Op::LoadSuperAttr => name(2),
        Op::LoadFast
        | Op::StoreFast
        | Op::DeleteFast
        | Op::LoadFastCheck
        | Op::LoadFastAndClear
        | Op::MakeCell
        | Op::LoadClosure
        | Op::LoadDeref
        | Op::StoreDeref
        | Op::DeleteDeref
        | Op::LoadFromDictOrDeref => OperandKind::Local(arg),
        Op::LoadFastLoadFast | Op::StoreFastLoadFast | Op::StoreFastStoreFast => {
            OperandKind::Locals(arg >> 4, arg & 0xF)
        }
        Op::BinaryOp => {
            ArithmeticOp::of_arg(arg).map_or(OperandKind::Number(arg), OperandKind::Arithmetic)
        }
        Op::CompareOp => Comparison::of_arg(version, arg).map_or(
            OperandKind::Number(arg),
            |(comparison, to_bool)| OperandKind::Compare {
                comparison,
                to_bool,
            },
        ),
        _ => OperandKind::Number(arg),
    }
}

/// A binary operation of `BINARY_OP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `&`
    And,
    /// `//`
    FloorDivide,
    /// `<<`
    LeftShift,
    /// `@`
    MatrixMultiply,
    /// `*`
    Multiply,
    /// `%`
    Remainder,
    /// `|`
    Or,
    /// `**`
    Power,
    /// `>>`
    RightShift,
    /// `-`
    Subtract,
    /// `/`
    TrueDivide,
    /// `^`
    Xor,
}

impl Arithmetic {
    /// The operations in the order of `BINARY_OP`'s arguments (`NB_ADD` and so on).
    const IN_ORDER: [(Arithmetic, &str); 13] = [
        (Arithmetic::Add, "+"),
        (Arithmetic::And, "&"),
        (Arithmetic::FloorDivide, "//"),
        (Arithmetic::LeftShift, "<<"),
        (Arithmetic::MatrixMultiply, "@"),
        (Arithmetic::Multiply, "*"),
        (Arithmetic::Remainder, "%"),
        (Arithmetic::Or, "|"),
        (Arithmetic::Power, "**"),
        (Arithmetic::RightShift, ">>"),
        (Arithmetic::Subtract, "-"),
        (Arithmetic::TrueDivide, "/"),
        (Arithmetic::Xor, "^"),
    ];
}

/// The argument of `BINARY_OP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArithmeticOp {
    /// The operation.
    pub operation: Arithmetic,
    /// Whether it is the in-place form (`+=`).
    pub in_place: bool,
}

impl ArithmeticOp {
    /// Number of arguments that `BINARY_OP` knows.
    pub const COUNT: usize = Arithmetic::IN_ORDER.len() * 2;

    /// The operation of this argument, if there is one.
    #[must_use]
    pub fn of_arg(arg: u32) -> Option<ArithmeticOp> {
        let arg = arg as usize;
        let operations = Arithmetic::IN_ORDER.len();
        (arg < ArithmeticOp::COUNT).then(|| ArithmeticOp {
            operation: Arithmetic::IN_ORDER[arg % operations].0,
            in_place: arg >= operations,
        })
    }
}

impl fmt::Display for ArithmeticOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = if self.in_place { "=" } else { "" };
        let (_, symbol) = Arithmetic::IN_ORDER[self.operation as usize];
        write!(f, "{symbol}{suffix}")
    }
}

/// A comparison of `COMPARE_OP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// Every comparison, in the order of `Py_LT` and so on.
    pub const ALL: [Comparison; 6] = [
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ];

    /// How it is written in Python.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        }
    }

    /// The comparison of an argument of `COMPARE_OP`, and whether its result is converted to a
    /// bool.
    #[must_use]
    pub fn of_arg(version: Version, arg: u32) -> Option<(Comparison, bool)> {
        // The lowest four bits are a mask for the specialised forms.
        let (index, to_bool) = match version {
            Version::V312 => (arg >> 4, false),
            Version::V313 => (arg >> 5, arg & 0x10 != 0),
        };
        let comparison = *Comparison::ALL.get(index as usize)?;
        Some((comparison, to_bool))
    }
}
