//! A watched code object: its bytecode decoded once, what was seen of it, and the state of its loops.
//!
//! Invariant: it is attached to its code object and dies with it, so pointers to the code's constants are
//! good for as long as it lives. Interior state is borrowed only between calls into the interpreter that
//! can run code, never across one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::time::Instant;

use fatjit_bytecode::code::{Local, LocalKind, RawCode};
use fatjit_bytecode::{Cfg, Code, Op, StackDepths, Version};
use fatjit_guards::{Limits, PositionFacts, RegionPolicy};
use fatjit_ir::{Reason, Slot};
use fatjit_jit::gbc::Seen;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::TIER;
use super::function::Function;
use super::guests::{Consumed, Iterated};
use super::natives::{self, CodePart, CodeShape};
use super::sites::{Classes, Sites};
use super::version::CompiledLoop;
use crate::assume;
use crate::python::{self, Owned, Raised};
use crate::special::Outcome;
use crate::translate::{Const, Profile};

/// A code object with loops.
pub(super) struct Watched {
    /// The address of the code object.
    pub address: usize,
    pub code: Code,
    pub cfg: Cfg,
    pub depths: StackDepths,
    pub consts: Vec<Const>,
    pub name: String,
    pub profile: RefCell<Profile>,
    /// The loops that were seen to jump back, by the code unit of their header.
    pub loops: RefCell<BTreeMap<u32, Rc<Loop>>>,
    /// Recordings of loops and of the function that are going on; instruction events are on while there are any.
    pub recording: Cell<u32>,
    /// Instructions that are still recorded because it is run for the first time.
    pub first: Cell<u32>,
    /// How often its variables could not be kept in registers, being names in a dict.
    pub names_missed: Cell<u32>,
    /// Number of parameters, without what collects further arguments.
    pub parameters: u32,
    /// How many of them cannot be given by name.
    pub positional_only: u32,
    /// How many of them, the last, are given by name only.
    pub keyword_only: u32,
    /// Whether it collects further arguments in a tuple.
    pub star_tuple: bool,
    /// Whether it collects arguments by name in a dict.
    pub star_dict: bool,
    /// Number of free variables.
    pub free_variables: u32,
    /// Whether it is the code of a function that runs to its end when it is called.
    pub plain: bool,
    /// Whether jumps are told.
    pub jumps: Cell<bool>,
    /// Whether starts of its function are counted.
    pub counts_starts: Cell<bool>,
    /// The function.
    pub function: Function,
    /// Code of functions that were called while something was recorded, until that ends.
    pub callees: RefCell<Vec<Owned>>,
    /// Somebody waits for its native code, who is not held up for lack of time.
    pub awaited: Cell<bool>,
    /// Processor time in nanoseconds that samples found it running natively, and interpreted.
    pub sampled: Cell<[u64; 2]>,
    /// Something of it waits until there is time to compile it.
    pub put_off: Cell<bool>,
    /// Loops, by their headers, and the function (none), of which the log tells already that they wait for that.
    pub told_waiting: RefCell<HashSet<Option<u32>>>,
    /// It was asked for events. What was only seen to be called is found by samples like any other code.
    pub told: Cell<bool>,
    /// It sends no events until a sample finds it running, and no other tool watches it.
    pub aside: Cell<bool>,
    /// Events of it in frames that were not ready.
    pub misses: Cell<u32>,
    /// It is never to be compiled.
    pub excluded: Cell<bool>,
    /// Loops, by their headers, and the function (none), that are to be recorded again once there is time.
    pub wanting: RefCell<HashSet<Option<u32>>>,
    /// How often something of it was compiled again because of what it calls.
    pub again: Cell<u32>,
    /// The program asked that it be compiled.
    pub asked_for: Cell<bool>,
    /// Samples that find it running until loops whose runs were too short are entered again.
    pub rest: Cell<u32>,
    /// What calls were seen to call, until what was recorded is compiled.
    pub sites: RefCell<Sites>,
    /// Of which classes instances were seen, where attributes are asked for or stored.
    pub classes: RefCell<Classes>,
    /// What its `FOR_ITER`s were seen to iterate over.
    pub iterated: RefCell<Iterated>,
    /// Whether it is recorded for what consumes its generators.
    pub consumed: Consumed,
    /// Native code that resumes its generators.
    pub resumed: RefCell<Option<Rc<CompiledLoop>>>,
    /// It was seen to run with other globals or builtins than before.
    pub many_namespaces: Cell<bool>,
}

/// A loop.
pub(super) struct Loop {
    /// Code unit of its header.
    pub header: u32,
    pub phase: RefCell<Phase>,
    pub policy: RefCell<RegionPolicy>,
    /// What the frame held at the header when the loop was compiled; `Any` where it differed.
    pub seen: RefCell<Option<Vec<Seen>>>,
    /// Entries in the code of an outer loop that found other types than expected.
    pub misfits: Cell<u32>,
    /// The same of its names, if they are variables in a dict, by their index.
    pub seen_names: RefCell<HashMap<u32, Seen>>,
    /// Where the interpreter's routines do the work, or what stands in the way, by position, as of the last attempt.
    pub slow: RefCell<Vec<u32>>,
    /// What versions assumed that was changed.
    pub fallen: RefCell<Vec<String>>,
    /// Entries and exits of versions that were replaced.
    pub past: RefCell<super::report::Past>,
}

/// What is being done about a loop.
#[derive(Clone)]
pub(super) enum Phase {
    /// Jumps back are counted.
    Counting(u32),
    /// What its instructions do is being recorded.
    Recording(Recording),
    /// Native code is entered at this entry.
    Compiled(Rc<CompiledLoop>, u32),
    /// There is native code, which is not entered for a while: its runs were too short to pay for entering it.
    Resting(Rc<CompiledLoop>, u32),
    /// It waits, interpreted, until there is time to record and compile it.
    PutOff,
    /// It stays interpreted.
    Refused(Reason),
}

/// A recording that is going on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recording {
    /// Jumps back until it ends.
    pub rounds: u32,
    /// Jumps back until it ends without what it waits for.
    pub waiting: u32,
    /// Instructions until it ends in any case.
    pub budget: u32,
    /// The instruction that must have run before it ends, if the budget allows.
    pub waits_for: Option<usize>,
    /// When it ends at the next jump back, unless it waits for something.
    pub until: Instant,
    /// Whether instructions are still looked at. If not, it ends at the next jump back.
    pub live: bool,
}

impl Watched {
    /// Decodes a code object; `None` if that fails, which would be a defect of ours.
    ///
    /// # Safety
    /// The GIL is held; `code` is a code object.
    pub(super) unsafe fn new(
        code: *mut PyObject,
        version: Version,
        limits: Limits,
    ) -> Option<Watched> {
        // SAFETY: the caller's promise.
        let raw = match unsafe { read(code) } {
            Ok(raw) => raw,
            Err(Raised) => {
                // SAFETY: the GIL is held.
                unsafe { py::PyErr_Clear() };
                return None;
            }
        };
        let name = format!("{}:{}", raw.qualname, raw.first_line);
        let decoded = Code::decode(version, &raw).ok()?;
        let cfg = Cfg::new(&decoded);
        let depths = StackDepths::new(&decoded, &cfg).ok()?;
        // SAFETY: the caller's promise.
        let parameters = u32::try_from(unsafe { natives::fatjit_plain_parameters(code) }).ok();
        // SAFETY: the caller's promise.
        let stars = unsafe { natives::fatjit_stars(code) };
        Some(Watched {
            address: code as usize,
            profile: RefCell::new(Profile::new(decoded.instrs().len())),
            // SAFETY: the caller's promise.
            consts: unsafe { constants(code) },
            depths,
            name,
            loops: RefCell::default(),
            recording: Cell::new(0),
            first: Cell::new(0),
            names_missed: Cell::new(0),
            parameters: parameters.unwrap_or(0),
            star_tuple: stars & natives::STAR_TUPLE != 0,
            star_dict: stars & natives::STAR_DICT != 0,
            plain: parameters.is_some(),
            // SAFETY: the caller's promise.
            free_variables: unsafe { natives::fatjit_free_variables(code) } as u32,
            // SAFETY: the caller's promise.
            positional_only: unsafe { natives::fatjit_positional_only(code) } as u32,
            // SAFETY: the caller's promise.
            keyword_only: unsafe { natives::fatjit_keyword_only(code) } as u32,
            jumps: Cell::new(!cfg.loops().is_empty()),
            // SAFETY: the caller's promise.
            counts_starts: Cell::new(unsafe { crate::shim::fatjit_names_itself(code) } != 0),
            function: Function::new(RegionPolicy::new(limits)),
            callees: RefCell::default(),
            awaited: Cell::new(false),
            sampled: Cell::default(),
            put_off: Cell::new(false),
            told_waiting: RefCell::default(),
            told: Cell::new(false),
            aside: Cell::new(false),
            misses: Cell::new(0),
            excluded: Cell::new(false),
            wanting: RefCell::default(),
            again: Cell::new(0),
            asked_for: Cell::new(false),
            rest: Cell::new(0),
            sites: RefCell::default(),
            classes: RefCell::default(),
            iterated: RefCell::default(),
            consumed: Consumed::default(),
            resumed: RefCell::default(),
            many_namespaces: Cell::new(false),
            code: decoded,
            cfg,
        })
    }

    /// The locals that hold arguments when its function begins.
    pub(super) fn arguments_in_locals(&self) -> u32 {
        self.parameters + u32::from(self.star_tuple) + u32::from(self.star_dict)
    }

    /// Whether it collects further arguments.
    pub(super) fn has_stars(&self) -> bool {
        self.star_tuple || self.star_dict
    }

    /// Whether native code of it was not entered for a while, not long ago.
    pub(super) fn has_rested(&self) -> bool {
        self.rest.get() > 0
    }

    /// Instructions of the loop with this header, or of all the code.
    pub(super) fn size(&self, header: Option<u32>) -> u32 {
        let of = |block: usize| {
            let block = &self.cfg.blocks()[block];
            block.end - block.start
        };
        let index = header.and_then(|header| self.code.index_of_start(header));
        let found = index
            .and_then(|index| self.cfg.block_of(index))
            .and_then(|block| self.cfg.loop_of_header(block));
        let instructions = match found {
            Some(found) => self.cfg.loops()[found].blocks.iter().map(|b| of(*b)).sum(),
            None => self.code.instrs().len(),
        };
        instructions as u32
    }

    /// Instructions of the smallest part that waits until there is time to compile it.
    pub(super) fn waiting(&self) -> u32 {
        let loops = self.loops.borrow();
        let waits = loops
            .values()
            .filter(|l| matches!(*l.phase.borrow(), Phase::PutOff));
        let smallest = waits.map(|l| self.size(Some(l.header))).min();
        smallest.unwrap_or_else(|| self.size(None))
    }

    /// The code unit of an instruction's opcode, from that of its first prefix.
    pub(super) fn opcode_at(&self, unit: u32) -> u32 {
        let index = self.code.index_of_start(unit);
        index.map_or(unit, |index| self.code.instrs()[index].offset)
    }

    /// The code unit behind an instruction, from that of its first prefix.
    pub(super) fn behind(&self, unit: u32) -> u32 {
        let index = self.code.index_of_start(unit);
        index.map_or(unit, |index| self.code.instrs()[index].next)
    }

    /// Whether all that was seen to be returned is the constant `None`.
    pub(super) fn returns_none(&self) -> bool {
        let profile = self.profile.borrow();
        let instrs = self.code.instrs().iter().enumerate();
        let mut ran = instrs.filter(|(index, _)| profile.ran(*index));
        ran.all(|(_, instr)| match instr.op {
            // That may be something else the next time.
            Op::ReturnValue => false,
            Op::ReturnConst => {
                matches!(self.consts.get(instr.arg as usize), Some(Const::None))
            }
            _ => true,
        })
    }

    /// What becomes of the result of what the instruction at a position calls with its operands; nothing if it is a call.
    pub(super) fn outcome_at(&self, position: u32) -> Option<Outcome> {
        let instr = self.code.instrs()[self.code.index_of_start(position)?];
        Outcome::of(instr.op, instr.arg)
    }

    /// The slots in use behind a call, its result among them.
    pub(super) fn depth_behind(&self, call: u32) -> Option<u32> {
        self.depth_at(self.behind(call))
    }

    /// A loop, or the function, for people: its qualified name, with the line of its `def` and its own.
    pub(super) fn region_name(&self, code: *mut PyObject, header: Option<u32>) -> String {
        let line = self.line(code, header);
        format!("{}@{line}", self.name)
    }

    /// The source line of a loop, or of the function. The test of a `while` stands at the loop's end, and its line there.
    pub(super) fn line(&self, code: *mut PyObject, header: Option<u32>) -> u32 {
        // SAFETY: the GIL is held, and the caller has the code object, whose units these are.
        let line = |unit: u32| unsafe { natives::fatjit_code_line(code, i64::from(unit)) as u32 };
        let Some(header) = header else {
            // Instructions that the compiler put in front have no line.
            return self.code.source().first_line as u32;
        };
        let index = self.code.index_of_start(header);
        let block = index.and_then(|index| self.cfg.block_of(index));
        let before = block.map_or(&[][..], |block| &self.cfg.blocks()[block].predecessors);
        let jumps = before.iter().map(|block| {
            let last = self.cfg.blocks()[*block].end - 1;
            self.code.instrs()[last].start
        });
        let jumps = jumps.filter(|unit| *unit >= header).map(line);
        jumps.filter(|line| *line > 0).fold(line(header), u32::min)
    }

    /// The instruction at a position is left to its helper from now on, whatever it was seen to work on. Whether that
    /// is news.
    pub(super) fn leave_to_helper(&self, position: u32) -> bool {
        let Some(index) = self.code.index_of_start(position) else {
            return false;
        };
        let boxed = &mut self.profile.borrow_mut().instrs[index].boxed;
        !std::mem::replace(boxed, true)
    }

    /// One recording more has begun.
    pub(super) fn recording_begins(&self) {
        self.recording.set(self.recording.get() + 1);
    }

    /// One of the recordings has ended. Whether it was the last.
    pub(super) fn recording_ends(&self) -> bool {
        let left = self.recording.get().saturating_sub(1);
        self.recording.set(left);
        left == 0
    }

    /// A version does not resume its generators any more.
    pub(super) fn resumes_no_more(&self, version: &CompiledLoop) {
        let mut resumed = self.resumed.borrow_mut();
        let is_it = |of: &mut Rc<CompiledLoop>| std::ptr::eq(&raw const **of, version);
        drop(resumed.take_if(is_it));
    }

    pub(super) fn locals(&self) -> u32 {
        self.code.source().locals.len() as u32
    }
}

impl Drop for Watched {
    /// A loop and its versions hold each other.
    fn drop(&mut self) {
        assume::code_is_gone(self.address);
        if let Some(tier) = TIER.get() {
            tier.waiting.forget(self.address);
            tier.generators.forget(self.address);
        }
        for l in self.loops.get_mut().values() {
            drop(l.phase.replace(Phase::Counting(0)));
        }
        self.resumed.take();
    }
}

/// What the exit checker asks.
impl PositionFacts for Watched {
    fn is_instruction_start(&self, position: u32) -> bool {
        self.code.index_of_start(position).is_some()
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        let index = self.code.index_of_start(position)?;
        Some(self.locals() + self.depths.before(index)?)
    }

    fn depth_when_handled(&self, position: u32) -> u32 {
        let handler = self.code.handler_at(position);
        self.locals() + handler.map_or(0, |handler| handler.depth)
    }

    fn may_be_null(&self, _position: u32, _slot: Slot) -> bool {
        // Locals may be unbound, and calls keep a null beside what they call.
        true
    }
}

/// # Safety
/// The GIL is held; `code` is a code object.
unsafe fn read(code: *mut PyObject) -> Result<RawCode, Raised> {
    let mut shape = CodeShape::default();
    // SAFETY: the caller's promise.
    unsafe { natives::fatjit_code_shape(code, &raw mut shape) };
    // SAFETY: the caller's promise; parts are new references.
    let part = |part: CodePart| unsafe { Owned::new(natives::fatjit_code_part(code, part as i32)) };
    let names = texts(&part(CodePart::LocalNames)?);
    let kinds = bytes(&part(CodePart::LocalKinds)?);
    let locals = names.into_iter().zip(kinds);
    let local = |(name, kind)| Local {
        name,
        kind: LocalKind(kind),
    };
    // SAFETY: the part is a text, alive here.
    let qualname = unsafe { python::to_string(part(CodePart::Qualname)?.as_ptr()) };
    Ok(RawCode {
        code: bytes(&part(CodePart::Code)?),
        exception_table: bytes(&part(CodePart::ExceptionTable)?),
        line_table: bytes(&part(CodePart::LineTable)?),
        first_line: shape.first_line as i32,
        flags: shape.flags as u32,
        stack_size: shape.stack_size as u32,
        names: texts(&part(CodePart::Names)?),
        locals: locals.map(local).collect(),
        qualname: qualname.unwrap_or_default(),
        ..RawCode::default()
    })
}

fn texts(object: &Owned) -> Vec<String> {
    // SAFETY: parts asked for here are tuples of texts.
    unsafe {
        let items = 0..py::PyTuple_Size(object.as_ptr());
        let item = |at| python::to_string(py::PyTuple_GetItem(object.as_ptr(), at));
        items.map(|at| item(at).unwrap_or_default()).collect()
    }
}

fn bytes(object: &Owned) -> Vec<u8> {
    // SAFETY: parts asked for here are bytes objects.
    unsafe {
        let data = py::PyBytes_AsString(object.as_ptr()).cast::<u8>();
        std::slice::from_raw_parts(data, py::PyBytes_Size(object.as_ptr()) as usize).to_vec()
    }
}

/// # Safety
/// The GIL is held; `code` is a code object.
unsafe fn constants(code: *mut PyObject) -> Vec<Const> {
    // SAFETY: the caller's promise; constants are a tuple.
    unsafe {
        let constants = crate::shim::fatjit_code_constants(code);
        let items = 0..py::PyTuple_Size(constants);
        items
            .map(|at| constant(py::PyTuple_GetItem(constants, at)))
            .collect()
    }
}

/// What translation can use of the members of a constant: see [`crate::translate::Source::members`].
///
/// # Safety
/// The GIL is held; `code` is a code object with a constant of this index.
pub(super) unsafe fn members(code: *mut PyObject, index: u32) -> Option<Vec<Const>> {
    // SAFETY: the caller's promise; a constant tuple or set holds what it is made of.
    unsafe {
        let constants = crate::shim::fatjit_code_constants(code);
        let items =
            natives::fatjit_constant_members(py::PyTuple_GetItem(constants, index as isize));
        let Ok(items) = Owned::new(items) else {
            py::PyErr_Clear();
            return None;
        };
        let member = |at| {
            let item = py::PyTuple_GetItem(items.as_ptr(), at);
            let told = constant(item);
            let usable = told != Const::Other || py::PyUnicode_CheckExact(item) != 0;
            usable.then_some(told)
        };
        (0..py::PyTuple_Size(items.as_ptr())).map(member).collect()
    }
}

/// What translation can use of an object.
///
/// # Safety
/// The GIL is held; `object` is alive.
pub(super) unsafe fn constant(object: *mut PyObject) -> Const {
    use crate::translate::Kinds;
    // SAFETY: the caller's promise; each value is read from an object of its type.
    unsafe {
        match super::recorder::kind(object) {
            Kinds::INT => Const::Int(py::PyLong_AsLongLong(object)),
            Kinds::FLOAT => Const::Float(py::PyFloat_AsDouble(object).to_bits()),
            Kinds::BOOL => Const::Bool(object == py::Py_True()),
            Kinds::CHARACTER => Const::Character(py::PyUnicode_ReadChar(object, 0) as u8),
            _ if object == py::Py_None() => Const::None,
            _ => Const::Other,
        }
    }
}
