//! What profilers and debuggers are told of native code: that it is there, and whose it is.
//!
//! Invariant: a [`Symbol`] lives no longer than the code that it names, and what was registered with a debugger goes with
//! it; maps and dumps for profilers only grow, because they are read when the process has ended. Telling never fails the
//! program: what cannot be written any more is given up, with a line on standard error.
//!
//! A child of a fork has the code, but files of its own: with the first code that it compiles it writes of what it
//! inherited, too.

mod debugger;
mod elf;
mod jitdump;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::path::PathBuf;

use fatjit_jit::code::Code;

use pyo3_ffi as py;

use self::debugger::Registered;
use self::jitdump::JitDump;
use crate::gil::GilCell;
use crate::python::Owned;
use crate::settings::Settings;

unsafe extern "C" {
    fn PyUnstable_WritePerfMapEntry(
        address: *const c_void,
        size: c_uint,
        name: *const c_char,
    ) -> c_int;
    fn PyUnstable_PerfMapState_Fini();
}

static SYMBOLS: GilCell<Option<&'static Symbols>> = GilCell::new(None);

/// Where native code is announced.
struct Symbols {
    perf_map: bool,
    dump: RefCell<Option<JitDump>>,
    debugger: bool,
    machine: u16,
    process: Cell<u32>,
    /// All that lives, by address, with the names that it goes by.
    living: RefCell<BTreeMap<usize, (usize, Name)>>,
}

/// What native code is called.
#[derive(Clone, Debug)]
pub struct Name {
    symbol: CString,
    /// Of the source, and the line of it.
    place: (String, u32),
}

impl Name {
    /// Of the code of a loop or function: `fatjit:module.function:line`.
    pub fn new(module: &str, function: &str, file: String, line: u32) -> Name {
        // A map is lines of text with blanks between columns; a name may hold whatever a program likes.
        let told = |text: &str| text.replace(|c: char| c.is_control() || c.is_whitespace(), "_");
        let symbol = format!("fatjit:{}.{}:{line}", told(module), told(function));
        Name {
            symbol: CString::new(symbol).unwrap_or_default(),
            place: (file, line),
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        // Made of text.
        self.symbol.to_str().unwrap_or_default()
    }
}

/// The name that code goes by in profilers and debuggers, for as long as the code lives.
#[derive(Debug)]
pub struct Symbol {
    address: usize,
    _registered: Option<Registered>,
}

impl Drop for Symbol {
    fn drop(&mut self) {
        if let Some(symbols) = SYMBOLS.get() {
            symbols.living.borrow_mut().remove(&self.address);
        }
    }
}

/// From now on native code is announced as the settings say. What is open stays so if it is called again.
///
/// # Errors
/// A file cannot be written; the words say which and why.
pub fn start(settings: &Settings, machine: u16) -> Result<(), String> {
    if SYMBOLS.get().is_none() {
        let dump = settings.jitdump.as_ref().map(PathBuf::from);
        let dump = dump
            .map(|folder| JitDump::open(folder, machine))
            .transpose()?;
        SYMBOLS.set(Some(Box::leak(Box::new(Symbols {
            perf_map: settings.perf_map,
            dump: RefCell::new(dump),
            debugger: settings.debugger,
            machine,
            process: Cell::new(std::process::id()),
            living: RefCell::default(),
        }))));
    }
    Ok(())
}

/// Announces code, if anybody wants to know; `name` is asked for only then.
pub fn announce(code: &Code, name: impl FnOnce() -> Name) -> Option<Symbol> {
    let symbols = SYMBOLS.get()?;
    if !symbols.perf_map && !symbols.debugger && symbols.dump.borrow().is_none() {
        return None;
    }
    let (address, size, name) = (code.address(), code.size(), name());
    if symbols.process.replace(std::process::id()) != std::process::id() {
        symbols.forked();
    }
    symbols.write(address, size, &name);
    let registered = symbols
        .debugger
        .then(|| Registered::new(&elf::image(symbols.machine, address, size, &name.symbol)));
    symbols.living.borrow_mut().insert(address, (size, name));
    Some(Symbol {
        address,
        _registered: registered,
    })
}

impl Symbols {
    fn write(&self, address: usize, size: usize, name: &Name) {
        if self.perf_map {
            // SAFETY: the GIL is held; the address is only printed, and the name lives.
            unsafe {
                PyUnstable_WritePerfMapEntry(
                    address as *const c_void,
                    size as c_uint,
                    name.symbol.as_ptr(),
                );
            }
        }
        let mut dump = self.dump.borrow_mut();
        let written = dump.as_mut().map(|dump| dump.load(address, size, name));
        if let Some(Err(error)) = written {
            eprintln!("fatjit: FATJIT_JITDUMP: {error}; nothing more is written");
            *dump = None;
        }
    }

    /// In a child: files of its own begin with what was there before.
    fn forked(&self) {
        // SAFETY: the GIL is held. The interpreter goes on with the parent's map otherwise, and makes a new one now.
        unsafe { PyUnstable_PerfMapState_Fini() };
        let mut dump = self.dump.borrow_mut();
        *dump = dump.take().and_then(|dump| match dump.again() {
            Ok(dump) => Some(dump),
            Err(error) => {
                eprintln!("fatjit: FATJIT_JITDUMP: {error}; nothing is written in this process");
                None
            }
        });
        drop(dump);
        for (address, (size, name)) in &*self.living.borrow() {
            self.write(*address, *size, name);
        }
    }
}

/// Whether CPython itself has frames evaluated by small functions with names, for `perf` (`python -X perf`).
pub fn interpreter_uses_trampolines() -> bool {
    // SAFETY: the GIL is held; `sys` keeps its attributes, and what it lends is given a reference of ours.
    let active = unsafe {
        let function = py::PySys_GetObject(c"is_stack_trampoline_active".as_ptr());
        (!function.is_null()).then(|| Owned::from_borrowed(function))
    };
    let answer = active.and_then(|function| function.call(&[]).ok());
    // SAFETY: the GIL is held. A question that raised was not answered with yes.
    unsafe { py::PyErr_Clear() };
    // SAFETY: only compared.
    answer.is_some_and(|answer| answer.as_ptr() == unsafe { py::Py_True() })
}
