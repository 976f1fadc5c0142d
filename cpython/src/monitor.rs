//! Events of `sys.monitoring`: how loops are seen running.
//!
//! Invariant: events are set on code objects one by one, never globally, and only while fatjit is on; the
//! callbacks are C functions, so that no tracer sees them; no panic leaves them. The tool id is the one that
//! PEP 669 reserves for optimisers.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use crate::driver::{BackEdge, Driver, Outcome};
use crate::frame::Frame;
use crate::gil::GilCell;
use crate::python::{self, Owned, Raised};
use crate::{sampler, shim, switch};

/// `sys.monitoring.OPTIMIZER_ID`.
pub const TOOL: i64 = 5;

/// Events that are asked for on a code object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Jumps.
    pub jumps: bool,
    /// Every instruction.
    pub instructions: bool,
    /// Functions that begin to run.
    pub starts: bool,
}

/// What `enable` made and `disable` takes down.
#[derive(Clone, Copy)]
struct Hooks {
    /// `sys.monitoring.set_local_events`, a reference of ours.
    set_local_events: *mut PyObject,
    /// `sys.monitoring.DISABLE`, a reference of ours.
    disable: *mut PyObject,
    /// The bits of the events.
    jump: i64,
    instruction: i64,
    start: i64,
    driver: &'static (dyn Driver + 'static),
    finding: Finding,
}

/// How hot code is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// By samples.
    Samples,
    /// All code is counted from its first round on.
    Rounds,
    /// All code is recorded from its first instruction on, so that it can be compiled after its first round.
    FirstRounds,
}

impl Hooks {
    /// The code objects that have events: all of them, or, where hot code is found by samples, those that the driver
    /// had to do with.
    fn code(&self) -> Vec<Owned> {
        if self.finding != Finding::Samples {
            return existing_code();
        }
        let known = self.driver.known().into_iter();
        // SAFETY: the driver forgets code that dies.
        known
            .map(|code| unsafe { Owned::from_borrowed(code) })
            .collect()
    }
}

/// Instructions that the interpreter did since [`count_instructions`], if they are counted: then all code sends an event
/// for each of its instructions. Native code sends none.
static INTERPRETED: GilCell<Option<u64>> = GilCell::new(None);
static HOOKS: GilCell<Option<Hooks>> = GilCell::new(None);
/// Who is told when code objects die, from the first start on. The watcher is kept for good: a program has eight and
/// cannot give one to another.
static WATCHER: GilCell<Option<&'static dyn Driver>> = GilCell::new(None);
/// What to do when a callback panicked.
static ON_PANIC: GilCell<fn()> = GilCell::new(|| ());

/// Another program part holds the tool id, or `sys.monitoring` failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookError {
    /// Another tool, of this name, holds the id.
    Taken(String),
    /// Something raised.
    Raised(String),
}

impl From<Raised> for HookError {
    fn from(_: Raised) -> Self {
        HookError::Raised(python::take_error_text())
    }
}

unsafe extern "C" {
    fn PyCode_AddWatcher(callback: unsafe extern "C" fn(c_int, *mut PyObject) -> c_int) -> c_int;
}

/// Has the instructions counted that the interpreter does, from the next start on.
pub fn count_instructions() {
    INTERPRETED.set(Some(INTERPRETED.get().unwrap_or(0)));
}

/// The instructions that the interpreter did, if they are counted.
pub fn interpreted() -> Option<u64> {
    INTERPRETED.get()
}

/// Claims the tool id, registers the callbacks, and begins to look for hot code: by samples, if there can be a thread for it,
/// or by watching every loop that exists or comes to exist.
///
/// # Errors
/// The id is taken, or `sys.monitoring` failed; nothing is left behind.
pub fn start(
    driver: &'static dyn Driver,
    finding: Finding,
    on_panic: fn(),
) -> Result<(), HookError> {
    let monitoring = python::import(c"sys")?.attribute(c"monitoring")?;
    let tool = python::int(TOOL)?;
    let holder = monitoring.attribute(c"get_tool")?.call(&[&tool])?;
    // SAFETY: the singleton is only compared.
    if holder.as_ptr() != unsafe { py::Py_None() } {
        // SAFETY: the object is alive.
        let name = unsafe { python::to_string(holder.as_ptr()) };
        return Err(HookError::Taken(name.unwrap_or_default()));
    }
    let name = python::text("fatjit")?;
    monitoring
        .attribute(c"use_tool_id")?
        .call(&[&tool, &name])?;
    let started = hook(&monitoring, &tool, (driver, finding), on_panic);
    if started.is_err() {
        python::aside(|| release(&monitoring, &tool));
    }
    Ok(started?)
}

fn hook(
    monitoring: &Owned,
    tool: &Owned,
    (driver, finding): (&'static dyn Driver, Finding),
    on_panic: fn(),
) -> Result<(), Raised> {
    let events = monitoring.attribute(c"events")?;
    let register = monitoring.attribute(c"register_callback")?;
    let mut bits = [0; 3];
    let callbacks = [
        (c"JUMP", &JUMP.0),
        (c"INSTRUCTION", &INSTRUCTION.0),
        (c"PY_START", &START.0),
    ];
    for (bit, (name, method)) in bits.iter_mut().zip(callbacks) {
        let event = events.attribute(name)?;
        // SAFETY: the object is alive; events are small ints.
        *bit = unsafe { py::PyLong_AsLongLong(event.as_ptr()) };
        // SAFETY: the definition is constant, and the interpreter does not write to it.
        let callback = unsafe {
            let definition: *const py::PyMethodDef = method;
            Owned::new(py::PyCFunction_NewEx(
                definition.cast_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            ))?
        };
        register.call(&[tool, &event, &callback])?;
    }
    let hooks = Hooks {
        set_local_events: monitoring.attribute(c"set_local_events")?.into_ptr(),
        disable: monitoring.attribute(c"DISABLE")?.into_ptr(),
        jump: bits[0],
        instruction: bits[1],
        start: bits[2],
        driver,
        finding: match finding {
            Finding::Samples if !sampler::start()? => Finding::Rounds,
            other => other,
        },
    };
    if WATCHER.get().is_none() {
        // SAFETY: the GIL is held.
        let watcher = unsafe { PyCode_AddWatcher(on_code) };
        if watcher < 0 {
            return Err(Raised);
        }
        WATCHER.set(Some(driver));
    }
    ON_PANIC.set(on_panic);
    HOOKS.set(Some(hooks));
    for code in hooks.code() {
        watch(code.as_ptr())?;
    }
    Ok(())
}

/// Whether all code is counted, instead of being found by samples.
pub fn counts_all() -> bool {
    HOOKS
        .get()
        .is_none_or(|hooks| hooks.finding != Finding::Samples)
}

/// Whether all code is recorded from its first instruction on.
pub fn records_all() -> bool {
    HOOKS
        .get()
        .is_some_and(|hooks| hooks.finding == Finding::FirstRounds)
}

/// Takes all events down and gives the tool id back.
///
/// # Errors
/// `sys.monitoring` failed; as much as possible is taken down.
pub fn stop() -> Result<(), HookError> {
    let Some(hooks) = HOOKS.get() else {
        return Ok(());
    };
    sampler::stop();
    INTERPRETED.set(None);
    let mut result = Ok(());
    for code in hooks.code() {
        // SAFETY: the reference keeps the code alive.
        result = result.and(unsafe { set_events(code.as_ptr(), Events::default()) });
    }
    HOOKS.set(None);
    // SAFETY: these references were ours.
    unsafe {
        py::Py_DECREF(hooks.set_local_events);
        py::Py_DECREF(hooks.disable);
    }
    let monitoring = python::import(c"sys")?.attribute(c"monitoring")?;
    release(&monitoring, &python::int(TOOL)?);
    Ok(result?)
}

/// Unregisters the callbacks and frees the id, whatever fails on the way.
fn release(monitoring: &Owned, tool: &Owned) {
    HOOKS.set(None);
    sampler::stop();
    let attempt = || -> Result<(), Raised> {
        let events = monitoring.attribute(c"events")?;
        let register = monitoring.attribute(c"register_callback")?;
        // SAFETY: None is alive.
        let none = unsafe { Owned::from_borrowed(py::Py_None()) };
        for event in [c"JUMP", c"INSTRUCTION", c"PY_START"] {
            register.call(&[tool, &events.attribute(event)?, &none])?;
        }
        monitoring.attribute(c"free_tool_id")?.call(&[tool])?;
        Ok(())
    };
    if attempt().is_err() {
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
    }
}

/// Sets which events a code object sends. Setting the same ones again does nothing; jumps that were disabled
/// send again after none at all.
///
/// # Errors
/// An exception is set.
///
/// # Safety
/// The GIL is held; `code` is a code object.
pub unsafe fn set_events(code: *mut PyObject, events: Events) -> Result<(), Raised> {
    let Some(hooks) = HOOKS.get() else {
        return Ok(());
    };
    let bit = |wanted: bool, bit: i64| if wanted { bit } else { 0 };
    let bits = bit(events.jumps, hooks.jump)
        | bit(
            events.instructions || INTERPRETED.get().is_some(),
            hooks.instruction,
        )
        | bit(events.starts, hooks.start);
    let (tool, bits) = (python::int(TOOL)?, python::int(bits)?);
    // SAFETY: the caller's promise.
    let code = unsafe { Owned::from_borrowed(code) };
    // SAFETY: the hooks hold a reference.
    let set = unsafe { Owned::from_borrowed(hooks.set_local_events) };
    set.call(&[&tool, &code, &bits]).map(drop)
}

/// Asks for the jumps of a code object if it has a loop, and for its starts if it names itself: a recursive
/// function may be hot without any loop. Its first round or call is recorded, if all code is.
fn watch(code: *mut PyObject) -> Result<(), Raised> {
    // SAFETY: the caller has a reference to the code.
    let jumps = match unsafe { shim::fatjit_has_back_edge(code) } {
        0 => false,
        1 => true,
        _ => return Err(Raised),
    };
    // SAFETY: as above.
    let starts = unsafe { shim::fatjit_names_itself(code) } != 0;
    let events = Events {
        jumps,
        starts,
        instructions: (jumps || starts) && records_all(),
    };
    match events == Events::default() && INTERPRETED.get().is_none() {
        true => Ok(()),
        // SAFETY: as above.
        false => unsafe { set_events(code, events) },
    }
}

/// All code objects that can be found: of functions, of what runs, and of what those will make.
fn existing_code() -> Vec<Owned> {
    unsafe extern "C" fn collect(code: *mut PyObject, found: *mut c_void) {
        // SAFETY: `found` is the vector below; the code is alive.
        unsafe {
            (*found.cast::<Vec<Owned>>()).push(Owned::from_borrowed(code));
        }
    }
    let mut found: Vec<Owned> = Vec::new();
    // SAFETY: the GIL is held; `collect` makes no objects.
    unsafe { shim::fatjit_visit_code(collect, (&raw mut found).cast()) };
    let mut seen = std::collections::HashSet::new();
    let mut codes = Vec::new();
    while let Some(code) = found.pop() {
        if seen.insert(code.as_ptr()) {
            found.extend(nested_code(&code));
            codes.push(code);
        }
    }
    codes
}

/// Code objects among the constants of a code object.
fn nested_code(code: &Owned) -> Vec<Owned> {
    // SAFETY: it is a code object, whose constants are a tuple.
    unsafe {
        let constants = shim::fatjit_code_constants(code.as_ptr());
        (0..py::PyTuple_Size(constants))
            .map(|at| py::PyTuple_GetItem(constants, at))
            .filter(|item| py::Py_TYPE(*item) == &raw mut py::PyCode_Type)
            .map(|item| Owned::from_borrowed(item))
            .collect()
    }
}

thread_local! {
    /// Whether what this thread runs is fatjit's own.
    static OWN: Cell<bool> = const { Cell::new(false) };
}
/// How many threads run such code: asking that first costs less.
static ANY_OWN: GilCell<u32> = GilCell::new(0);

/// Runs Python code of fatjit's own, which is not looked at: it would be compiled, and counted, like the program's.
pub fn unseen<R>(action: impl FnOnce() -> R) -> R {
    let before = OWN.replace(true);
    ANY_OWN.set(ANY_OWN.get() + 1);
    let result = action();
    ANY_OWN.set(ANY_OWN.get() - 1);
    OWN.set(before);
    result
}

/// Whether this thread runs code of fatjit's own.
pub fn is_own() -> bool {
    ANY_OWN.get() > 0 && OWN.get()
}

/// Called for every code object that is made or dies.
unsafe extern "C" fn on_code(event: c_int, code: *mut PyObject) -> c_int {
    const CREATE: c_int = 0;
    if event != CREATE {
        if let Some(driver) = WATCHER.get() {
            python::aside(|| guarded(|| driver.forget(code), ()));
        }
        return 0;
    }
    if HOOKS.get().is_some() && counts_all() && !is_own() {
        // What cannot be watched is not compiled; the program goes on.
        python::aside(|| {
            if guarded(|| watch(code), Ok(())).is_err() {
                // SAFETY: the GIL is held.
                unsafe { py::PyErr_Clear() };
            }
        });
    }
    0
}

/// A constant definition of a function for the interpreter.
struct Definition(py::PyMethodDef);

// SAFETY: a definition is constant text and an address.
unsafe impl Sync for Definition {}

static JUMP: Definition = definition(c"fatjit_jump", on_jump);
static INSTRUCTION: Definition = definition(c"fatjit_instruction", on_instruction);
static START: Definition = definition(c"fatjit_start", on_start);

const fn definition(name: &'static std::ffi::CStr, function: py::PyCFunctionFast) -> Definition {
    Definition(py::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: py::PyMethodDefPointer {
            PyCFunctionFast: function,
        },
        ml_flags: py::METH_FASTCALL,
        ml_doc: std::ptr::null(),
    })
}

/// `JUMP(code, source offset, target offset)`.
unsafe extern "C" fn on_jump(
    _: *mut PyObject,
    args: *mut *mut PyObject,
    count: isize,
) -> *mut PyObject {
    // SAFETY: as the interpreter calls it.
    unsafe {
        told(args, count, |driver, frame, [source, target]| {
            if target > source {
                return Outcome::Disable;
            }
            driver.back_edge(BackEdge {
                frame,
                source,
                target,
            })
        })
    }
}

/// `INSTRUCTION(code, offset)`.
unsafe extern "C" fn on_instruction(
    _: *mut PyObject,
    args: *mut *mut PyObject,
    count: isize,
) -> *mut PyObject {
    if let Some(interpreted) = INTERPRETED.get() {
        INTERPRETED.set(Some(interpreted + 1));
    }
    // SAFETY: as the interpreter calls it.
    unsafe {
        told(args, count, |driver, frame, [unit]| {
            driver.instruction(frame, unit)
        })
    }
}

/// `PY_START(code, offset)`.
unsafe extern "C" fn on_start(
    _: *mut PyObject,
    args: *mut *mut PyObject,
    count: isize,
) -> *mut PyObject {
    // SAFETY: as the interpreter calls it.
    unsafe { told(args, count, |driver, frame, [_]| driver.start(frame)) }
}

/// Tells the driver of an event in the running frame, at so many positions in code units.
///
/// # Safety
/// The GIL is held, in a callback with `count` arguments: a code object, and offsets.
unsafe fn told<const N: usize>(
    args: *mut *mut PyObject,
    count: isize,
    act: impl FnOnce(&'static dyn Driver, Frame, [u32; N]) -> Outcome,
) -> *mut PyObject {
    if is_own() {
        return none();
    }
    // SAFETY: the caller's promise.
    let args = unsafe { std::slice::from_raw_parts(args, count as usize) };
    let (Some(hooks), Some((code, offsets))) = (HOOKS.get(), args.split_first()) else {
        return none();
    };
    if !switch::is_enabled() {
        return none();
    }
    let mut units = [0; N];
    if offsets.len() != N {
        return none();
    }
    for (to, offset) in units.iter_mut().zip(offsets) {
        match unit(*offset) {
            Some(unit) => *to = unit,
            None => return none(),
        }
    }
    // SAFETY: the caller's promise.
    let Some(frame) = (unsafe { Frame::running(*code) }) else {
        return none();
    };
    let outcome = guarded(|| act(hooks.driver, frame, units), Outcome::Continue);
    if outcome != Outcome::Raise {
        // What failed while something was recorded or compiled is not the program's.
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
    }
    answer(outcome, hooks)
}

/// An offset in bytes as a position in code units.
fn unit(offset: *mut PyObject) -> Option<u32> {
    // SAFETY: the interpreter passes ints.
    let bytes = unsafe { py::PyLong_AsLong(offset) };
    u32::try_from(bytes / 2).ok()
}

fn none() -> *mut PyObject {
    // SAFETY: the singleton is alive.
    unsafe { Owned::from_borrowed(py::Py_None()) }.into_ptr()
}

fn answer(outcome: Outcome, hooks: Hooks) -> *mut PyObject {
    match outcome {
        Outcome::Continue => none(),
        // SAFETY: the hooks held a reference when the callback began, and the sentinel is immortal or kept by
        // the monitoring module.
        Outcome::Disable => unsafe { Owned::from_borrowed(hooks.disable) }.into_ptr(),
        Outcome::Raise => std::ptr::null_mut(),
    }
}

/// Runs something that must not unwind into the interpreter. After a panic fatjit is switched off.
pub fn guarded<R>(action: impl FnOnce() -> R, otherwise: R) -> R {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(result) => result,
        Err(_) => {
            python::aside(|| (ON_PANIC.get())());
            otherwise
        }
    }
}
