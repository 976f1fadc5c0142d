#![doc = include_str!("../README.md")]

pub mod cfg;
pub mod code;
pub mod decode;
pub mod dominators;
pub mod edit;
pub mod encode;
pub mod exceptions;
pub mod listing;
pub mod liveness;
pub mod locations;
pub mod loops;
pub mod marshal;
pub mod op;
pub mod operands;
pub mod pyc;
pub mod stack;
pub mod tables;
pub mod version;

pub use cfg::{Block, Cfg, Edge, EdgeKind};
pub use code::{Code, Handler, Instr, Local, LocalKind, ProtectedRange, RawCode};
pub use decode::DecodeError;
pub use listing::Listing;
pub use liveness::{Liveness, Slots};
pub use locations::Location;
pub use loops::NaturalLoop;
pub use op::{JumpDirection, Op};
pub use pyc::{Pyc, PycError};
pub use stack::{StackDepths, StackError};
pub use version::Version;
