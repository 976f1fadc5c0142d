//! What is known about the exits of compiled regions.
//!
//! [`exit`] holds how frames are rebuilt, small enough to keep beside the code; [`counters`] how often
//! each exit was taken; [`policy`] what to do about it; [`assumptions`] which regions rest on which facts about
//! the program; [`mod@check`] proves, before code is made, that exits say
//! what a host can rebuild. Nothing here knows a host language or machine code.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod assumptions;
pub mod check;
pub mod counters;
pub mod exit;
pub mod policy;

pub use assumptions::{Assumptions, Dependent};
pub use check::{ExitError, Fault, PositionFacts, check};
pub use counters::Counters;
pub use exit::{ExitTable, ExitView, FrameView, Source, SunkView};
pub use policy::{Action, Limits, RegionPolicy, Work};
