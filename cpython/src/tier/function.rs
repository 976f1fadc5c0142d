//! What is being done about a function, and its compiled versions.
//!
//! Invariant: a version is kept for as long as its code object, or whoever calls it, or a run of it lives: native
//! code returns into it after the host has run any code. It names its function without keeping it alive: that the
//! function stays what it is, and stays, is one of the facts that the version assumes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fatjit_guards::{Counters, RegionPolicy};
use fatjit_ir::{Reason, Signature, Type};
use fatjit_jit::activation::FunctionRecord;
use fatjit_jit::region::Compiled;
use pyo3_ffi::PyObject;

use super::called::Called;
use super::natives;
use super::report::Totals;
use super::version::CompiledLoop;
use super::watched::Watched;
use crate::assume::Assumed;
use crate::crash::Noted;
use crate::frame::Frame;
use crate::names::Names;
use crate::nested::Guests;
use crate::shapes::Shape;
use crate::shim;
use crate::translate::Kinds;

/// Most arguments of a function that is compiled.
pub(super) const MAX_ARGUMENTS: usize = 16;

/// Functions with free variables and the same code, calls of which come to native code. Those that are made after so
/// many are called by the interpreter, without asking when each begins.
const MOST_CLOSURES: u32 = 64;

/// What an activation names its code by.
pub(super) enum Unit {
    /// An outermost activation in which a function was called: there is no frame to it.
    Outside,
    /// A loop that runs on a real frame.
    Loop {
        version: *const CompiledLoop,
        watched: *const Watched,
        frame: Frame,
        names: Option<*const Names>,
    },
    /// A function; known as soon as its code is.
    Function(Cell<*const CompiledFunction>),
}

/// The function of a code object.
pub(super) struct Function {
    pub phase: RefCell<FunctionPhase>,
    pub policy: RefCell<RegionPolicy>,
    /// Kinds of the arguments that were seen.
    pub params: RefCell<Vec<Kinds>>,
    /// All versions so far: some of them may be called by others, or run.
    pub versions: RefCell<Vec<Rc<CompiledFunction>>>,
    /// The interpreter's version of the function, where calls of it come to its native code.
    pub installed: Cell<Option<u32>>,
    /// How many functions calls come to native code of, if it has free variables.
    pub closures: Cell<u32>,
    /// Calls from outside.
    pub entries: Cell<u64>,
    /// What needs a frame, by position, as of the last attempt.
    pub slow: RefCell<Vec<u32>>,
    /// What versions assumed that was changed.
    pub fallen: RefCell<Vec<String>>,
    /// Calls with arguments of other kinds.
    pub mismatches: Cell<u32>,
    /// It often releases what may run code: then it has a frame, in which it can.
    pub releases: Cell<bool>,
}

/// What is being done about a function.
#[derive(Clone)]
pub(super) enum FunctionPhase {
    /// Its starts are counted, if they are told at all.
    Counting(u32),
    /// What it does is being recorded.
    Recording(FunctionRecording),
    /// It waits, interpreted, until there is time to record and compile it.
    PutOff,
    /// It has native code.
    Compiled(Rc<CompiledFunction>),
    /// It stays interpreted.
    Refused(Reason),
}

/// A recording of a function that is going on.
#[derive(Clone, Copy, Debug)]
pub(super) struct FunctionRecording {
    /// Starts until it ends, if enough returns were seen.
    pub starts: u32,
    /// Starts until it ends in any case.
    pub waiting: u32,
    /// Returns until it may end.
    pub returns: u32,
    /// Instructions until it ends in any case.
    pub budget: u32,
    /// Whether instructions are still looked at. If not, it ends at the next start.
    pub live: bool,
}

impl Function {
    pub(super) fn new(policy: RegionPolicy) -> Function {
        Function {
            phase: RefCell::new(FunctionPhase::Counting(0)),
            policy: RefCell::new(policy),
            params: RefCell::default(),
            versions: RefCell::default(),
            installed: Cell::new(None),
            closures: Cell::new(0),
            entries: Cell::new(0),
            slow: RefCell::default(),
            fallen: RefCell::default(),
            mismatches: Cell::new(0),
            releases: Cell::new(false),
        }
    }

    /// Whether the starts of the function must be told.
    pub(super) fn wants_starts(&self, counts: bool) -> bool {
        match &*self.phase.borrow() {
            FunctionPhase::Counting(_) => counts,
            FunctionPhase::Recording(_) => true,
            FunctionPhase::Compiled(version) => match version.function.is_null() {
                true => version.entered && self.closures.get() < MOST_CLOSURES,
                false => version.entered && self.installed.get().is_none(),
            },
            FunctionPhase::PutOff | FunctionPhase::Refused(_) => false,
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        matches!(&*self.phase.borrow(), FunctionPhase::Refused(_))
    }

    pub(super) fn is_recording(&self) -> bool {
        matches!(&*self.phase.borrow(), FunctionPhase::Recording(_))
    }

    /// Its native code, if it has any.
    pub(super) fn compiled(&self) -> Option<Rc<CompiledFunction>> {
        match &*self.phase.borrow() {
            FunctionPhase::Compiled(version) => Some(Rc::clone(version)),
            _ => None,
        }
    }

    /// Adds the kinds of the arguments of a call.
    pub(super) fn see(&self, kinds: impl Iterator<Item = Kinds>) {
        let mut params = self.params.borrow_mut();
        for (at, kind) in kinds.enumerate() {
            match params.get_mut(at) {
                Some(seen) => seen.add(kind),
                None => params.push(kind),
            }
        }
    }
}

/// The type in which native code holds values of which only these kinds were seen.
pub(super) fn unboxed(kinds: Kinds) -> Option<Type> {
    let types = [
        (Kinds::INT, Type::I64),
        (Kinds::FLOAT, Type::F64),
        (Kinds::BOOL, Type::Bool),
    ];
    let found = types.iter().find(|(kind, _)| kinds.only(*kind));
    found.map(|(_, ty)| *ty)
}

/// A compiled version of a function.
pub(super) struct CompiledFunction {
    // Declared before the code: what is told of it is taken back before it goes.
    pub noted: Noted,
    pub compiled: Compiled,
    /// What its activations name it by: its address is part of the code.
    pub unit: Box<Unit>,
    /// The word that holds the address of its code, for callers, or of a newer version's that takes and gives the same.
    pub entry: Box<Cell<usize>>,
    /// Not zero if it is not to be run any more: if it has a frame, it is left when it begins.
    pub retired: Box<Cell<u64>>,
    /// The function, which it does not keep alive; null if it is that of any function with its code, which then is its
    /// last argument.
    pub function: *mut PyObject,
    /// Its code object, which keeps it.
    pub code: *mut PyObject,
    /// What is known of its code, which lives as long as the code object.
    pub watched: *const Watched,
    /// Whether calls of the interpreter come to it. If not, those of native code do.
    pub entered: bool,
    pub signature: Signature,
    pub record: FunctionRecord,
    /// Bytes of C stack that a level of calls from here on may take.
    pub bytes: i64,
    pub objects: Vec<*mut PyObject>,
    pub shapes: Vec<Shape>,
    pub assumed: Assumed,
    /// The functions it knows.
    pub called: Called,
    /// The generators that it does itself.
    pub guests: Guests,
    pub counters: RefCell<Counters>,
    pub totals: &'static Totals,
}

/// Bytes of C stack for one level of a function with such activations. Besides them there are saved registers
/// and values that found none; half of the stack is left for what this does not foresee.
pub(super) fn bytes_of_level(record: FunctionRecord) -> i64 {
    512 + 2 * i64::from(record.size())
}

impl CompiledFunction {
    /// Calls of it are the interpreter's from now on, wherever they come from.
    pub(super) fn retire(&self) {
        self.retired.set(1);
    }

    /// Whether it is the native code of a function that is called.
    pub(super) fn is_of(&self, function: *mut PyObject) -> bool {
        if !self.function.is_null() {
            return self.function == function;
        }
        // SAFETY: the function is alive.
        let code = unsafe { shim::fatjit_function_code(function) };
        self.code == code && self.assumed.hold_in(namespace(function))
    }
}

/// The globals and builtins of a Python function that is alive.
pub(super) fn namespace(function: *mut PyObject) -> [*mut PyObject; 2] {
    let mut found = [std::ptr::null_mut(); 2];
    // SAFETY: the caller's promise; there are two.
    unsafe { natives::fatjit_function_namespace(function, found.as_mut_ptr()) };
    found
}

impl Drop for CompiledFunction {
    fn drop(&mut self) {
        self.totals.dropped(&self.compiled);
    }
}
