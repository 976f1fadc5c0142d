//! What decides about loops: the part of the host that records, compiles and runs them.
//!
//! Invariant: a driver is called with the GIL held and may be called again before a call returned, because
//! native code calls Python functions that have loops of their own, and other threads run meanwhile. So it
//! is shared, never lent exclusively, and holds no borrow of its own state across native code.

use std::collections::BTreeMap;

use pyo3_ffi::PyObject;

use crate::frame::Frame;

/// A jump that was just taken.
#[derive(Clone, Copy, Debug)]
pub struct BackEdge {
    /// The frame that jumped.
    pub frame: Frame,
    /// The jump instruction, in code units.
    pub source: u32,
    /// The loop's header, in code units: where the frame goes on unless told otherwise.
    pub target: u32,
}

/// What the interpreter does after a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Goes on where the frame's position says.
    Continue,
    /// The same, and never calls back for this instruction again until the code's events are set anew.
    Disable,
    /// Raises the exception that is set.
    Raise,
}

/// Numbers for people; see `fatjit.stats()`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Regions compiled.
    pub regions: u64,
    /// Times native code was entered.
    pub entries: u64,
    /// Times it was left, by reason.
    pub exits: BTreeMap<String, u64>,
    /// Loops not compiled, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// Milliseconds spent on compiling.
    pub compile_ms: f64,
    /// Bytes of machine code in use.
    pub code_bytes: u64,
    /// IR instructions compiled.
    pub ir_instructions: u64,
}

/// One loop of a code object; see `fatjit.explain()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopReport {
    /// Source line of the loop's header.
    pub line: u32,
    /// Whether there is native code for it.
    pub compiled: bool,
    /// Why there is none, in words; empty if there is.
    pub reason: String,
    /// The bytecode that stood in the way, if one did.
    pub opcode: Option<String>,
    /// Times native code was entered at this loop.
    pub entries: u64,
    /// The exits that were taken.
    pub exits: Vec<ExitReport>,
    /// What its native code assumes about the program.
    pub assumes: Vec<String>,
    /// What earlier native code assumed until it changed, each as often as it did.
    pub fallen: Vec<String>,
}

/// An exit of a compiled loop that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitReport {
    /// Source line of the instruction the interpreter went on with.
    pub line: u32,
    /// That instruction.
    pub opcode: String,
    /// Why, in words.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// Decides about loops.
pub trait Driver {
    /// A backward jump was taken in code that is watched. `code` is the frame's, borrowed.
    fn back_edge(&self, edge: BackEdge) -> Outcome;

    /// An instruction is about to be executed in code whose instructions were asked for. `unit` is its
    /// position.
    fn instruction(&self, frame: Frame, unit: u32) -> Outcome;

    /// A function begins to run whose starts were asked for. The frame is at its first instruction.
    fn start(&self, frame: Frame) -> Outcome;

    /// The numbers so far.
    fn stats(&self) -> Stats;

    /// What became of each loop of a code object.
    fn explain(&self, code: *mut PyObject) -> Vec<LoopReport>;

    /// This code was seen to run, or to wait for what it called: code objects that are alive, innermost first. Whether
    /// some of it turned out to be hot.
    fn sampled(&self, code: &[*mut PyObject]) -> bool;

    /// All code objects that it ever had to do with.
    fn known(&self) -> Vec<*mut PyObject>;

    /// This code is never to be compiled.
    fn exclude(&self, code: *mut PyObject);

    /// This code is to be compiled as soon as it runs.
    fn ask_for(&self, code: *mut PyObject);

    /// A code object dies.
    fn forget(&self, code: *mut PyObject);

    /// Native code is not to be entered any more; memory of code that nothing runs may be given back.
    fn stop(&self);
}
