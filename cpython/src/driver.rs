//! What decides about loops: the part of the host that records, compiles and runs them.
//!
//! Invariant: a driver is called with the GIL held and may be called again before a call returned, because
//! native code calls Python functions that have loops of their own, and other threads run meanwhile. So it
//! is shared, never lent exclusively, and holds no borrow of its own state across native code.

use std::collections::BTreeMap;
use std::time::Duration;

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
    /// Times that native code was given up because something changed that it assumed.
    pub invalidations: u64,
    /// Milliseconds of processor time spent on compiling, what was refused in the end included.
    pub compile_ms: f64,
    /// Samples of what runs.
    pub samples: u64,
    /// Milliseconds of processor time up to samples that found native code running.
    pub native_ms: f64,
    /// The same of samples that found interpreted code.
    pub interpreted_ms: f64,
    /// Bytes of machine code in use.
    pub code_bytes: u64,
    /// IR instructions compiled.
    pub ir_instructions: u64,
}

/// One loop of a code object, or its function; see `fatjit.explain()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopReport {
    /// `loop` or `function`.
    pub kind: &'static str,
    /// Source line of the loop, or of the function.
    pub line: u32,
    /// Whether there is native code for it.
    pub compiled: bool,
    /// Why there is none, in words; empty if there is.
    pub reason: String,
    /// The stable name of that reason, if it stays so.
    pub refusal: Option<&'static str>,
    /// Where the interpreter's routines do the work, or what stands in the way.
    pub slow: Vec<Place>,
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

/// An instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its source line.
    pub line: u32,
    /// What it is.
    pub opcode: String,
    /// Where it is, in code units.
    pub unit: u32,
}

/// An exit of a compiled loop that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitReport {
    /// The instruction the interpreter went on with.
    pub place: Place,
    /// Why, in words.
    pub reason: String,
    /// The stable name of that reason.
    pub name: &'static str,
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

    /// This code was seen to run, or to wait for what it called: code objects that are alive, innermost first. The thread
    /// has used so much processor time since it was seen last. Whether some of it turned out to be hot.
    fn sampled(&self, code: &[*mut PyObject], time: Duration) -> bool;

    /// Processor time that samples found this code running natively, and interpreted.
    fn time(&self, code: *mut PyObject) -> [Duration; 2];

    /// Code that it has to do with from now on is kept alive, for people to be told of it in the end.
    fn keep(&self);

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
