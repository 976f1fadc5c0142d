//! What instructions ask of classes of the program: their special methods, and getters of properties.
//!
//! Invariant: the numbers are those of `enum fatjit_special` in `csrc/classes.h`.

use fatjit_bytecode::Op;
use fatjit_bytecode::operands::Comparison;

/// A method that instructions call without naming it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Special {
    /// `__getitem__`.
    GetItem,
    /// `__setitem__`.
    SetItem,
    /// `__call__`.
    Call,
    /// `__lt__`.
    Lt,
    /// `__le__`.
    Le,
    /// `__eq__`.
    Eq,
    /// `__ne__`.
    Ne,
    /// `__gt__`.
    Gt,
    /// `__ge__`.
    Ge,
}

impl Special {
    /// That by which an instance is compared with another one of its class.
    pub fn of(comparison: Comparison) -> Special {
        match comparison {
            Comparison::Less => Special::Lt,
            Comparison::LessEqual => Special::Le,
            Comparison::Equal => Special::Eq,
            Comparison::NotEqual => Special::Ne,
            Comparison::Greater => Special::Gt,
            Comparison::GreaterEqual => Special::Ge,
        }
    }
}

/// What becomes of the result of a function that an instruction calls with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It takes their place.
    Result,
    /// The same, unless it is `NotImplemented`: then this `BINARY_OP` has failed.
    OfOperator(u32),
    /// The same of two instances of one class, of which this `COMPARE_OP` asks more then.
    OfComparison(u32),
    /// It is given up.
    Nothing,
}

impl Outcome {
    /// That of an instruction; nothing if it is a call whose operands it takes one by one.
    pub fn of(op: Op, arg: u32) -> Option<Outcome> {
        Some(match op {
            Op::BinaryOp => Outcome::OfOperator(arg),
            Op::CompareOp => Outcome::OfComparison(arg),
            Op::BinarySubscr | Op::LoadAttr | Op::CallFunctionEx => Outcome::Result,
            Op::StoreSubscr => Outcome::Nothing,
            _ => return None,
        })
    }
}
