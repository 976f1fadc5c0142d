//! The SSA IR of fatjit.
//!
//! A [`Unit`] is what gets compiled as one piece: typed SSA over basic blocks with block parameters,
//! one or more entries, and exits that say how the host's frame is rebuilt. Nothing here knows a host
//! language, a machine or Cranelift.
//!
//! Invariants, all checked by the verifier and nowhere else relied upon unchecked:
//! every use is dominated by its definition; every `own` value is consumed exactly once on every path,
//! exits included; a guard stands before the side effects of its source instruction.

pub mod arith;
pub mod cfg;
pub mod dominators;
pub mod evaluate;
pub mod exit;
#[cfg(feature = "generate")]
pub mod generate;
pub mod inst;
pub mod interp;
pub mod loops;
pub mod passes;
pub mod range;
pub mod reason;
pub mod rewrite;
pub mod text;
pub mod types;
pub mod unit;
pub mod verify;

pub use cfg::Cfg;
pub use dominators::Dominators;
pub use exit::{Exit, FrameState, Resume, SlotValue, Sunk};
pub use inst::{Effects, ImmKind, Op, OpInfo, Operands};
pub use range::Range;
pub use reason::Reason;
pub use rewrite::{Cursor, Expander, Expansion, rewrite};
pub use text::{ParseError, parse};
pub use types::{
    Block, ExitId, HelperId, Inst, MemoryId, NativeId, ObjectId, ShapeId, Slot, Type, TypeId, Value,
};
pub use unit::{
    BlockData, FrameOf, Helper, HelperEffects, Imm, InstData, Memory, MemoryKind, Native, Read,
    Signature, Target, Unit, ValueDef,
};
pub use verify::{Fault, VerifyError, verify};
