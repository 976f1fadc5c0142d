//! The extension module `fatjit._fatjit`: what the Python package calls.
//!
//! Invariant: every function catches panics, and turns refusals into exceptions with one line. The module has no
//! state of its own, so that any interpreter may import it.

use std::ffi::{CStr, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fatjit_ir::passes::PASSES;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use crate::driver::{ExitReport, LoopReport, Place, Stats};
use crate::monitor;
use crate::ops;
use crate::python::{self, Owned, Raised};
use crate::sampler;
use crate::switch::{self, Refusal};
use crate::tier;
use crate::{layout, shim};

type Args<'a> = &'a [*mut PyObject];

fn enable(args: Args<'_>) -> Result<Owned, Raised> {
    let threshold = match args {
        [] => None,
        // SAFETY: arguments are alive; the singleton is only compared.
        [value] if *value == unsafe { py::Py_None() } => None,
        [value] => {
            // SAFETY: as above.
            let number = unsafe { py::PyLong_AsLongLong(*value) };
            // SAFETY: the GIL is held.
            if number == -1 && !unsafe { py::PyErr_Occurred() }.is_null() {
                return Err(Raised);
            }
            Some(number)
        }
        _ => return Err(type_error(c"enable() takes at most one argument")),
    };
    switch::enable(threshold, tier::make_driver).map_err(|refusal| {
        // SAFETY: the classes are alive for as long as the interpreter.
        let (value, runtime) = unsafe { (py::PyExc_ValueError, py::PyExc_RuntimeError) };
        let class = match refusal {
            Refusal::Threshold(_) => value,
            _ => runtime,
        };
        raise(class, &refusal.to_string())
    })?;
    Ok(none())
}

/// Switches on as `FATJIT=1` asks for: `None`, or why it stays off. Subinterpreters are not told: nobody asked in them.
fn start(_: Args<'_>) -> Result<Owned, Raised> {
    match switch::enable(None, tier::make_driver) {
        Ok(()) | Err(Refusal::Subinterpreter) => Ok(none()),
        Err(refusal) => python::text(&refusal.to_string()),
    }
}

fn disable(_: Args<'_>) -> Result<Owned, Raised> {
    switch::disable().map_err(|refusal| {
        // SAFETY: the class is alive.
        raise(unsafe { py::PyExc_RuntimeError }, &refusal.to_string())
    })?;
    Ok(none())
}

fn is_enabled(_: Args<'_>) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    let here = unsafe { shim::fatjit_is_main_interpreter() } != 0;
    boolean(here && switch::is_enabled())
}

fn stats(_: Args<'_>) -> Result<Owned, Raised> {
    let stats = switch::driver().map_or_else(Stats::default, |driver| driver.stats());
    let cpu_ms = sampler::process_time().as_secs_f64() * 1e3;
    let counts = |counts: &std::collections::BTreeMap<String, u64>| {
        let pairs = counts
            .iter()
            .map(|(reason, n)| Ok((&**reason, number(*n)?)));
        dict(pairs)
    };
    dict(
        [
            ("regions", number(stats.regions)),
            ("entries", number(stats.entries)),
            ("exits", counts(&stats.exits)),
            ("refusals", counts(&stats.refusals)),
            ("invalidations", number(stats.invalidations)),
            ("compile_ms", float(stats.compile_ms)),
            ("cpu_ms", float(cpu_ms)),
            ("compile_share", float(stats.compile_ms / cpu_ms)),
            ("samples", number(stats.samples)),
            ("native_ms", float(stats.native_ms)),
            ("interpreted_ms", float(stats.interpreted_ms)),
            ("code_bytes", number(stats.code_bytes)),
            ("ir_instructions", number(stats.ir_instructions)),
        ]
        .into_iter()
        .map(|(key, value)| Ok((key, value?))),
    )
}

/// `_known()`: all code that there is something to tell of, a list each: the code object, and the milliseconds that
/// samples found it running natively and interpreted.
fn known(_: Args<'_>) -> Result<Owned, Raised> {
    let Some(driver) = switch::driver() else {
        return list(std::iter::empty());
    };
    let known = driver.known().into_iter();
    // SAFETY: the driver forgets code that dies.
    let own = |code| unsafe { Owned::from_borrowed(code) };
    let known: Vec<Owned> = known.map(own).collect();
    list(known.into_iter().map(|code| {
        let time = driver.time(code.as_ptr());
        let [native, interpreted] = time.map(|time| float(time.as_secs_f64() * 1e3));
        list([Ok(code), native, interpreted].into_iter())
    }))
}

/// `_unseen(function, *arguments)`: calls a function of fatjit's own, whose code is not looked at meanwhile.
fn unseen(args: Args<'_>) -> Result<Owned, Raised> {
    let Some((function, args)) = args.split_first() else {
        return Err(type_error(c"_unseen() needs a function"));
    };
    let names = std::ptr::null_mut();
    // SAFETY: arguments are alive during the call.
    monitor::unseen(|| unsafe {
        Owned::new(py::PyObject_Vectorcall(
            *function,
            args.as_ptr(),
            args.len(),
            names,
        ))
    })
}

/// `_keep()`: code that something happens to is kept alive, to be told of in the end.
fn keep(_: Args<'_>) -> Result<Owned, Raised> {
    if let Some(driver) = switch::driver() {
        driver.keep();
    }
    Ok(none())
}

/// `_passes()`: the names of all optimisation passes.
fn passes(_: Args<'_>) -> Result<Owned, Raised> {
    list(PASSES.iter().map(|pass| python::text(pass.name)))
}

/// `_reasons()`: the words of all reasons, by their names.
fn reasons(_: Args<'_>) -> Result<Owned, Raised> {
    dict(tier::reasons().map(|(name, words)| Ok((name, python::text(words)?))))
}

/// The code object that is the only argument.
fn code_argument(args: Args<'_>) -> Result<*mut PyObject, Raised> {
    match args {
        // SAFETY: arguments are alive.
        &[code] if unsafe { py::Py_TYPE(code) } == &raw mut py::PyCode_Type => Ok(code),
        _ => Err(type_error(c"one argument, a code object, is needed")),
    }
}

fn exclude(args: Args<'_>) -> Result<Owned, Raised> {
    let code = code_argument(args)?;
    if let Some(driver) = switch::driver() {
        driver.exclude(code);
    }
    Ok(none())
}

fn ask_for(args: Args<'_>) -> Result<Owned, Raised> {
    let code = code_argument(args)?;
    if let Some(driver) = switch::driver() {
        driver.ask_for(code);
    }
    Ok(none())
}

fn explain(args: Args<'_>) -> Result<Owned, Raised> {
    let code = code_argument(args)?;
    let loops = switch::driver().map_or_else(Vec::new, |driver| driver.explain(code));
    list(loops.iter().map(describe_loop))
}

fn describe_loop(report: &LoopReport) -> Result<Owned, Raised> {
    dict(
        [
            ("kind", python::text(report.kind)),
            ("line", number(report.line.into())),
            ("compiled", boolean(report.compiled)),
            (
                "reason",
                optional_text((!report.compiled).then_some(&*report.reason)),
            ),
            ("refusal", optional_text(report.refusal)),
            ("opcode", optional_text(report.opcode.as_deref())),
            ("entries", number(report.entries)),
            ("exits", list(report.exits.iter().map(describe_exit))),
            ("assumes", texts(&report.assumes)),
            ("fallen", texts(&report.fallen)),
            ("slow", list(report.slow.iter().map(describe_place))),
        ]
        .into_iter()
        .map(|(key, value)| Ok((key, value?))),
    )
}

fn texts(texts: &[String]) -> Result<Owned, Raised> {
    list(texts.iter().map(|text| python::text(text)))
}

fn describe_exit(report: &ExitReport) -> Result<Owned, Raised> {
    let own = [
        ("reason", python::text(&report.reason)),
        ("name", python::text(report.name)),
        ("count", number(report.count)),
    ];
    let pairs = place(&report.place).into_iter().chain(own);
    dict(pairs.map(|(key, value)| Ok((key, value?))))
}

fn describe_place(report: &Place) -> Result<Owned, Raised> {
    let pairs = place(report).into_iter();
    dict(pairs.map(|(key, value)| Ok((key, value?))))
}

fn place(of: &Place) -> [(&'static str, Result<Owned, Raised>); 3] {
    [
        ("line", number(of.line.into())),
        ("opcode", python::text(&of.opcode)),
        ("unit", number(of.unit.into())),
    ]
}

/// `_run_program(kind, what, arguments)`: runs a program with no frames below it; 0, or 1 after an exception.
fn run_program(args: Args<'_>) -> Result<Owned, Raised> {
    let &[kind, what, arguments] = args else {
        return Err(type_error(c"_run_program() takes three arguments"));
    };
    // SAFETY: arguments are alive.
    let kind = match unsafe { python::to_string(kind) }.as_deref() {
        Some("file") => shim::Program::File,
        Some("stdin") => shim::Program::Stdin,
        Some("call") => shim::Program::Call,
        _ => return Err(type_error(c"a program is a file, stdin or a call")),
    };
    // SAFETY: arguments are alive.
    if unsafe { py::PyTuple_Check(arguments) } == 0 {
        return Err(type_error(c"a tuple of arguments is needed"));
    }
    // SAFETY: as above; the arguments fit the kind, or what is called raises.
    let failed = unsafe { shim::fatjit_run_program(kind as c_int, what, arguments) };
    python::int(failed.into())
}

/// `_interpreted()`: the instructions that the interpreter did, or None if they are not counted.
fn interpreted(_: Args<'_>) -> Result<Owned, Raised> {
    monitor::interpreted().map_or_else(|| Ok(none()), number)
}

/// `_check_layout()`: None, or what differs.
fn check_layout(_: Args<'_>) -> Result<Owned, Raised> {
    optional_text(
        layout::checked()
            .err()
            .map(|mismatch| mismatch.what)
            .as_deref(),
    )
}

/// `_run_op(name, arg, function, locals, stack)`: runs a bytecode's helper, for tests.
fn run_op(args: Args<'_>) -> Result<Owned, Raised> {
    let &[name, arg, function, locals, stack] = args else {
        return Err(type_error(c"_run_op() takes five arguments"));
    };
    // SAFETY: arguments are alive.
    let well_typed = unsafe {
        py::PyFunction_Check(function) != 0
            && py::PyTuple_Check(locals) != 0
            && py::PyTuple_Check(stack) != 0
    };
    // SAFETY: as above.
    let arg = unsafe { py::PyLong_AsLongLong(arg) };
    // SAFETY: as above.
    let name = unsafe { python::to_string(name) };
    // SAFETY: the GIL is held.
    if !unsafe { py::PyErr_Occurred() }.is_null() {
        return Err(Raised);
    }
    let name = name.unwrap_or_default();
    let (Some(helper), Some(row)) = (ops::op_helper(&name, arg), ops::row(&name)) else {
        return Err(type_error(
            c"there is no helper for this bytecode and argument",
        ));
    };
    // SAFETY: arguments are alive.
    let height = unsafe { py::PyTuple_Size(stack) };
    if !well_typed || height < helper.pops as isize {
        return Err(type_error(c"_run_op() got wrong operands"));
    }
    // SAFETY: types and the number of operands were checked.
    unsafe { Owned::new(shim::fatjit_run_op(row, arg, function, locals, stack)) }
}

fn none() -> Owned {
    // SAFETY: the singleton is alive.
    unsafe { Owned::from_borrowed(py::Py_None()) }
}

fn boolean(value: bool) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    unsafe { Owned::new(py::PyBool_FromLong(value.into())) }
}

fn number(value: u64) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    unsafe { Owned::new(py::PyLong_FromUnsignedLongLong(value)) }
}

fn float(value: f64) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    unsafe { Owned::new(py::PyFloat_FromDouble(value)) }
}

fn optional_text(value: Option<&str>) -> Result<Owned, Raised> {
    value.map_or_else(|| Ok(none()), python::text)
}

fn dict<'a>(
    pairs: impl Iterator<Item = Result<(&'a str, Owned), Raised>>,
) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    let dict = unsafe { Owned::new(py::PyDict_New()) }?;
    for pair in pairs {
        let (key, value) = pair?;
        let key = python::text(key)?;
        // SAFETY: all three are alive.
        if unsafe { py::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) } != 0 {
            return Err(Raised);
        }
    }
    Ok(dict)
}

fn list(items: impl Iterator<Item = Result<Owned, Raised>>) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    let list = unsafe { Owned::new(py::PyList_New(0)) }?;
    for item in items {
        // SAFETY: both are alive.
        if unsafe { py::PyList_Append(list.as_ptr(), item?.as_ptr()) } != 0 {
            return Err(Raised);
        }
    }
    Ok(list)
}

fn type_error(words: &CStr) -> Raised {
    // SAFETY: the GIL is held and the text is terminated.
    unsafe { py::PyErr_SetString(py::PyExc_TypeError, words.as_ptr()) };
    Raised
}

fn raise(class: *mut PyObject, words: &str) -> Raised {
    if let Ok(text) = python::text(words) {
        // SAFETY: both are alive.
        unsafe { py::PyErr_SetObject(class, text.as_ptr()) };
    }
    Raised
}

/// Calls a function of the module for the interpreter.
fn enter(
    function: fn(Args<'_>) -> Result<Owned, Raised>,
    args: *mut *mut PyObject,
    count: isize,
) -> *mut PyObject {
    let args = match count {
        0 => &[][..],
        // SAFETY: the interpreter passes `count` arguments.
        _ => unsafe { std::slice::from_raw_parts(args, count as usize) },
    };
    match catch_unwind(AssertUnwindSafe(|| function(args))) {
        Ok(Ok(result)) => result.into_ptr(),
        Ok(Err(Raised)) => std::ptr::null_mut(),
        Err(_) => {
            // SAFETY: the class is alive.
            raise(unsafe { py::PyExc_SystemError }, "fatjit: internal error");
            std::ptr::null_mut()
        }
    }
}

macro_rules! methods {
    ($($name:literal $function:ident $doc:literal;)*) => {
        [$({
            unsafe extern "C" fn entry(
                _: *mut PyObject,
                args: *mut *mut PyObject,
                count: isize,
            ) -> *mut PyObject {
                enter($function, args, count)
            }
            py::PyMethodDef {
                ml_name: $name.as_ptr(),
                ml_meth: py::PyMethodDefPointer { PyCFunctionFast: entry },
                ml_flags: py::METH_FASTCALL,
                ml_doc: $doc.as_ptr(),
            }
        },)* py::PyMethodDef::zeroed()]
    };
}

/// What the interpreter reads the module's definition from; it writes to it only under the GIL.
struct Definition<T>(std::cell::UnsafeCell<T>);

// SAFETY: only the interpreter touches the definitions.
unsafe impl<T> Sync for Definition<T> {}

static METHODS: Definition<[py::PyMethodDef; 18]> = Definition(std::cell::UnsafeCell::new(
    methods! {
        c"enable" enable c"enable(threshold=None, /)\n--\n\nSwitch native compilation on.";
        c"disable" disable c"disable()\n--\n\nSwitch native compilation off.";
        c"is_enabled" is_enabled c"is_enabled()\n--\n\nWhether native compilation is on.";
        c"stats" stats c"stats()\n--\n\nCounters since the start, as a dict.";
        c"explain" explain c"explain(code, /)\n--\n\nWhat became of each loop of a code object, as a list of dicts.";
        c"_known" known c"All code that there is something to tell of, with the milliseconds it ran.";
        c"_unseen" unseen c"Call a function of fatjit's own.";
        c"_keep" keep c"Keep code alive that there is something to tell of.";
        c"_passes" passes c"The names of all optimisation passes.";
        c"_reasons" reasons c"The words of all reasons, by their names.";
        c"_exclude" exclude c"Never compile this code.";
        c"_ask_for" ask_for c"Compile this code as soon as it runs.";
        c"_start" start c"Switch native compilation on: None, or why it stays off.";
        c"_interpreted" interpreted c"The instructions that the interpreter did, or None.";
        c"_check_layout" check_layout c"None, or what differs from the headers.";
        c"_run_program" run_program c"Run a program in place of the one that asks for it.";
    c"_run_op" run_op c"Run the helper of a bytecode, for tests.";
    },
));

static SLOTS: Definition<[py::PyModuleDef_Slot; 2]> = Definition(std::cell::UnsafeCell::new([
    py::PyModuleDef_Slot {
        slot: py::Py_mod_multiple_interpreters,
        value: py::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
    },
    py::PyModuleDef_Slot {
        slot: 0,
        value: std::ptr::null_mut(),
    },
]));

static MODULE: Definition<py::PyModuleDef> =
    Definition(std::cell::UnsafeCell::new(py::PyModuleDef {
        m_base: py::PyModuleDef_HEAD_INIT,
        m_name: c"_fatjit".as_ptr(),
        m_doc: c"The extension module behind the package fatjit.".as_ptr(),
        m_size: 0,
        m_methods: METHODS.0.get().cast(),
        m_slots: SLOTS.0.get().cast(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    }));

/// Called by the interpreter when the module is imported.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__fatjit() -> *mut PyObject {
    // SAFETY: the definition lives for ever.
    unsafe { py::PyModuleDef_Init(MODULE.0.get()) }
}
