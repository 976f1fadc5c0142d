//! Compiling a loop: from what was recorded to native code.

use std::cell::Cell;
use std::rc::Rc;

use fatjit_ir::Reason;
use fatjit_jit::codegen::{CodegenEnv, Isa, Options};
use fatjit_jit::gbc::{Region, Seen};
use fatjit_jit::region::{self, Embedder, Passes};
use fatjit_targets::{CodeMemory, Target};
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::report::Totals;
use super::version::{CompiledLoop, Parts};
use super::watched::{self, Loop, Watched};
use super::{MISFITS, natives, recorder};
use crate::assume::{self, Finder};
use crate::context::WORDS;
use crate::expand::{Addresses, Layouts};
use crate::frame::Frame;
use crate::layout::Layout;
use crate::leave::Shape;
use crate::names::{self, Variables};
use crate::ops;
use crate::settings::Settings;
use crate::switch::Refusal;
use crate::translate::{
    CANNOT_WATCH, Kinds, NOT_ASKED_FOR, Named, OpEffect, Source, Translated, translate,
};

/// What compiling needs besides the loop.
pub(super) struct Compiler {
    isa: Isa,
    memory: CodeMemory,
    passes: Passes,
    options: Options,
    only: Vec<String>,
    force: bool,
    /// The user knows that code memory is full.
    told_full: Cell<bool>,
}

impl Compiler {
    pub(super) fn new(settings: &Settings) -> Result<Compiler, Refusal> {
        let refused = |words: &dyn std::fmt::Display| Refusal::Compiler(words.to_string());
        let target = Target::host().map_err(|error| refused(&error))?;
        let mut passes = Passes::default();
        for name in &settings.disabled_passes {
            for pipeline in [&mut passes.before, &mut passes.after] {
                pipeline.disable(name).map_err(|error| refused(&error))?;
            }
        }
        Ok(Compiler {
            isa: Isa::new(&target).map_err(|error| refused(&error))?,
            memory: CodeMemory::new(settings.code_kib as usize * 1024),
            told_full: Cell::new(false),
            passes,
            options: Options {
                context_words: WORDS as u32,
                spurious_exits: settings.exit_every.is_some(),
                keep_text: settings.dump,
                ..Options::default()
            },
            only: settings.only.clone(),
            force: settings.force,
        })
    }

    /// Compiles a loop at whose header the frame stands.
    pub(super) fn build(
        &self,
        frame: Frame,
        watched: &Watched,
        l: &Rc<Loop>,
        layout: &'static Layout,
        totals: &'static Totals,
    ) -> Result<Rc<CompiledLoop>, Reason> {
        if !self.is_wanted(watched) {
            return Err(NOT_ASKED_FOR);
        }
        let seen = self.seen(frame, watched, l);
        let profile = watched.profile.borrow().clone();
        let helper = |name: &str, arg: i64| {
            let helper = ops::op_helper(name, arg)?;
            Some(OpEffect {
                pops: helper.pops,
                pushes: helper.pushes,
            })
        };
        let plain_global = |arg: i64| {
            // SAFETY: the GIL is held, and the argument is that of one of the frame's instructions.
            unsafe { natives::fatjit_global_is_plain(frame.base(), arg) != 0 }
        };
        let line = {
            // SAFETY: the GIL is held, and the frame keeps its code alive.
            unsafe { natives::fatjit_code_line(frame.code().cast(), i64::from(l.header)) }
        };
        // A region whose code fell too often is compiled once more, for good.
        let settled = l.policy.borrow().settled().is_some();
        let assumes = !settled && !watched.many_namespaces.get();
        let finder = Finder::new(frame, assumes, watched::constant);
        let keeps_names = watched.names_missed.get() < MISFITS;
        let variable = |name| match names::variable(frame, name) {
            Some(value) if keeps_names => Some(seen_name(l, name, value)),
            _ => None,
        };
        let source = Source {
            code: &watched.code,
            cfg: &watched.cfg,
            depths: &watched.depths,
            consts: &watched.consts,
            profile: &profile,
            layout,
            helper: &helper,
            plain_global: &plain_global,
            facts: &finder,
            has_variables: names::variables(frame).is_some(),
            variable: &variable,
            name: format!("{}@{line}", watched.name),
            force: self.force,
        };
        let translated = translate(&source, l.header, seen)?;
        let rounds = Box::new(Cell::new(0));
        let objects = objects(frame, &translated, &finder, &rounds);
        let Some(assumed) = finder.assume() else {
            return Err(CANNOT_WATCH);
        };
        let addresses: Vec<usize> = objects.iter().map(|object| *object as usize).collect();
        let mut embedder = Embedder {
            layouts: Layouts {
                layout,
                addresses: self::addresses(frame, assumed.word()),
                opcode_at: &|unit| watched.opcode_at(unit),
                slots: translated.region.slots,
                has_names: translated.region.names > 0,
            },
            facts: watched,
            passes: &self.passes,
        };
        let env = CodegenEnv {
            isa: &self.isa,
            memory: &self.memory,
            helpers: &natives::address,
            objects: &addresses,
            options: self.options,
        };
        if self.options.keep_text {
            eprintln!("{}", translated.region);
        }
        let compiled = match region::compile(&translated.region, &mut embedder, &env) {
            Ok(compiled) => compiled,
            Err(error) => {
                let reason = error.reason();
                if reason == Reason::CodeMemoryFull && !self.told_full.replace(true) {
                    eprintln!(
                        "fatjit: {error}; no more loops are compiled until some is free: \
                         FATJIT_CODE_KIB sets the limit"
                    );
                }
                let defect = matches!(reason, Reason::CheckFailed | Reason::CodegenFailed);
                if defect && (cfg!(debug_assertions) || self.options.keep_text) {
                    eprintln!("fatjit: {}: {error}\n{}", source.name, translated.region);
                }
                return Err(reason);
            }
        };
        if let Some([before, after]) = &compiled.text {
            eprintln!("{before}\n{after}");
        }
        if let Some(text) = compiled.code.text() {
            eprintln!("{}\n{}", text.clif, text.assembly);
        }
        let shapes = shapes(&translated.region).ok_or(Reason::CheckFailed)?;
        let counted = translated.objects.contains(&Named::Rounds);
        let parts = Parts {
            headers: translated.headers,
            objects,
            shapes,
            rounds: counted.then_some(rounds),
            assumed,
            slots: translated.region.slots,
            variables: Variables {
                written: addresses_of(&translated.stored, frame),
                all: translated.names,
            },
        };
        let owner = Rc::clone(l);
        Ok(Rc::new(CompiledLoop::new(compiled, owner, parts, totals)))
    }

    fn is_wanted(&self, watched: &Watched) -> bool {
        let name = watched.code.source().qualname.as_str();
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// What the frame holds, less what was otherwise at an earlier version's start.
    fn seen(&self, frame: Frame, watched: &Watched, l: &Loop) -> Vec<Seen> {
        let now = watched.seen_at_header(frame);
        let mut known = l.seen.borrow_mut();
        let joined = match known.as_ref() {
            Some(old) if old.len() == now.len() => {
                let pairs = old.iter().zip(&now);
                pairs
                    .map(|(a, b)| if a == b { *a } else { Seen::Any })
                    .collect()
            }
            _ => now,
        };
        *known = Some(joined.clone());
        joined
    }
}

/// What a variable of a module holds, less what was otherwise when an earlier version was compiled.
fn seen_name(l: &Loop, name: u32, value: *mut PyObject) -> Seen {
    // SAFETY: the GIL is held, and the value is alive.
    let now = match unsafe { recorder::kind(value) } {
        Kinds::INT => Seen::Int,
        Kinds::FLOAT => Seen::Float,
        Kinds::BOOL => Seen::Bool,
        _ => Seen::Any,
    };
    let mut known = l.seen_names.borrow_mut();
    let held = known.entry(name).or_insert(now);
    if *held != now {
        *held = Seen::Any;
    }
    *held
}

/// The texts of some of the code's names.
fn addresses_of(names: &[u32], frame: Frame) -> Rc<[usize]> {
    let all = assume::names(frame);
    let address = |index: &u32| {
        // SAFETY: the GIL is held, and the index is one of an instruction's.
        unsafe { py::PyTuple_GetItem(all, *index as isize) as usize }
    };
    names.iter().map(address).collect()
}

/// What the unit's objects are. The counter of rounds is not one, but is named like one.
fn objects(
    frame: Frame,
    translated: &Translated,
    finder: &Finder,
    rounds: &Cell<u64>,
) -> Vec<*mut PyObject> {
    let object = |named: &Named| {
        // SAFETY: the GIL is held, the frame keeps its code alive, and the index is one of its constants.
        unsafe {
            match named {
                Named::None => py::Py_None(),
                Named::Rounds => rounds.as_ptr().cast(),
                Named::RangeType => natives::fatjit_range_type(),
                Named::Known(known) => finder.object(*known),
                Named::Const(index) => {
                    let constants = crate::shim::fatjit_code_constants(frame.code().cast());
                    py::PyTuple_GetItem(constants, *index as isize)
                }
            }
        }
    };
    translated.objects.iter().map(object).collect()
}

/// In the order of the types that translation declares.
fn addresses(frame: Frame, assumptions: Option<usize>) -> Addresses {
    // SAFETY: addresses of statics and singletons; nothing is read.
    unsafe {
        Addresses {
            code: frame.code() as usize,
            true_object: py::Py_True() as usize,
            false_object: py::Py_False() as usize,
            types: vec![
                &raw const py::PyLong_Type as usize,
                &raw const py::PyFloat_Type as usize,
                &raw const py::PyBool_Type as usize,
                &raw const py::PyRangeIter_Type as usize,
                &raw const py::PyRange_Type as usize,
                py::Py_TYPE(py::Py_None()) as usize,
                &raw const py::PyList_Type as usize,
                &raw const py::PyTuple_Type as usize,
                &raw const py::PyBytes_Type as usize,
                &raw const py::PyByteArray_Type as usize,
                &raw const py::PyListIter_Type as usize,
                &raw const py::PyTupleIter_Type as usize,
            ],
            assumptions,
        }
    }
}

fn shapes(region: &Region) -> Option<Vec<Shape>> {
    let shapes = region.shapes.iter();
    shapes.map(|shape| Shape::from_name(&shape.name)).collect()
}
