//! Compiling loops and functions: from what was recorded to native code.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use fatjit_bytecode::Op;
use fatjit_guards::Counters;
use fatjit_ir::{Reason, Signature, Type};
use fatjit_jit::activation::FunctionRecord;
use fatjit_jit::codegen::{CodegenEnv, Isa, Options};
use fatjit_jit::gbc::{Region, Seen};
use fatjit_jit::region::{self, Compiled, Embedder, Passes};
use fatjit_targets::{CodeMemory, Target};
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::addresses::{Numbers, compared, objects, texts};
use super::called::{Called, CodeFacts, Natives, Own};
use super::function::{CompiledFunction, MAX_ARGUMENTS, Unit, bytes_of_level, unboxed};
use super::guests::{self, Generator};
use super::log::Event;
use super::noted::{noted, symbol};
use super::version::{CompiledLoop, Parts};
use super::watched::{self, Loop, Watched};
use super::{MISFITS, Tier, natives, recorder};
use crate::assume::{self, Assumed, Finder};
use crate::context::WORDS;
use crate::expand::Layouts;
use crate::frame::Frame;
use crate::names::{self, Variables};
use crate::settings::Settings;
use crate::shapes::Shape;
use crate::switch::Refusal;
use crate::symbols;
use crate::translate::{
    CANNOT_WATCH, Class, Const, Kinds, Known, NOT_ASKED_FOR, Named, OpEffect, Source, TOO_SMALL,
    Translated, Untranslated, translate, translate_function,
};
use crate::{ops, shim};

/// What compiling needs besides the loop.
pub(super) struct Compiler {
    isa: Isa,
    memory: CodeMemory,
    passes: Passes,
    options: Options,
    only: Vec<String>,
    force: bool,
    /// Regions that may still be compiled.
    left: Cell<u32>,
    /// The user knows that code memory is full.
    told_full: Cell<bool>,
}

impl Compiler {
    pub(super) fn new(settings: &Settings) -> Result<Compiler, Refusal> {
        let refused = |words: &dyn std::fmt::Display| Refusal::Compiler(words.to_string());
        let target = Target::host().map_err(|error| refused(&error))?;
        symbols::start(settings, target.elf_machine).map_err(Refusal::JitDump)?;
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
            left: Cell::new(settings.regions.unwrap_or(u32::MAX)),
        })
    }

    /// Compiles a loop at whose header the frame stands.
    pub(super) fn build(
        &self,
        tier: &Tier,
        frame: Frame,
        watched: &Watched,
        l: &Rc<Loop>,
    ) -> Result<Rc<CompiledLoop>, Reason> {
        if !self.is_wanted(watched) {
            return Err(NOT_ASKED_FOR);
        }
        let seen = self.seen(frame, watched, l);
        // A loop whose code fell too often is compiled once more, for good, and assumes nothing.
        let assumes = l.policy.borrow().settled().is_none();
        let finder = finder(frame, watched, assumes);
        let natives = Natives::new(tier, (watched, &finder), stored_names(frame, watched), None);
        let translate = |source: &Source<'_>| translate(source, l.header, seen.clone());
        let generators = tier.generators_of(watched);
        guests::tell(&finder, &generators);
        let (translated, name) = self.translated(
            (frame, watched, Some(l)),
            (&finder, &natives, &generators),
            &translate,
        )?;
        let rounds = Box::new(Cell::new(0));
        let numbers = Numbers {
            rounds: Some(&rounds),
            unit: None,
            retired: None,
        };
        let code = self.code(
            (frame, watched),
            (&translated, &name, Some(l.header)),
            (&finder, &natives, &generators),
            numbers,
        );
        let (compiled, objects, called, assumed) = match code {
            Ok(code) => code,
            Err(Failed::NotNative(at)) if watched.leave_to_helper(at) => {
                return self.build(tier, frame, watched, l);
            }
            Err(Failed::NotNative(_)) => return Err(Reason::CheckFailed),
            Err(Failed::For(Reason::RegionTooLarge | Reason::CheckFailed))
                if guests::give_up(watched, &translated) =>
            {
                return self.build(tier, frame, watched, l);
            }
            Err(Failed::For(reason)) => return Err(reason),
        };
        let shapes = shapes(&translated.region).ok_or(Reason::CheckFailed)?;
        let counted = translated.objects.contains(&Named::Rounds);
        let parts = Parts {
            headers: translated.headers,
            iterators: translated.iterators,
            resumed: translated.resumed,
            gain: match self.force {
                true => f64::INFINITY,
                false => translated.gain,
            },
            objects,
            shapes,
            rounds: counted.then_some(rounds),
            assumed,
            bytes: bytes(None, &called),
            called,
            slots: translated.region.slots,
            guests: guests::with_codes(translated.guests, &generators),
            variables: Variables {
                written: addresses_of(&translated.stored, frame),
                all: translated.names,
            },
        };
        let owner = Rc::clone(l);
        let noted = noted(frame, (&name, Some(l.header)), (&compiled, &parts.guests));
        Ok(Rc::new(CompiledLoop::new(
            compiled,
            (owner, watched),
            parts,
            noted,
            tier.totals,
        )))
    }

    /// Compiles the function that begins to run in the frame: for runs without a frame, if that can be.
    pub(super) fn build_function(
        &self,
        tier: &Tier,
        frame: Frame,
        watched: &Watched,
    ) -> Result<Rc<CompiledFunction>, Reason> {
        // What collects arguments is given new objects, which are its own.
        if watched.function.releases.get() || watched.has_stars() {
            return self.function(tier, frame, watched, true);
        }
        match self.function(tier, frame, watched, false) {
            Err(Reason::NeedsFrame) => self.function(tier, frame, watched, true),
            built => built,
        }
    }

    fn function(
        &self,
        tier: &Tier,
        frame: Frame,
        watched: &Watched,
        framed: bool,
    ) -> Result<Rc<CompiledFunction>, Reason> {
        if !self.is_wanted(watched) {
            return Err(NOT_ASKED_FOR);
        }
        // A function without assumptions is none: its last version has them, too.
        let assumes = !watched.function.policy.borrow().is_spent();
        let finder = finder(frame, watched, assumes);
        // SAFETY: the frame is alive, and the GIL is held.
        let function = unsafe { shim::fatjit_frame_function(frame.base()) };
        // That it stays what it is, is relied on by whoever enters its code. One with free variables is told by its code.
        let closure = watched.free_variables > 0;
        if !closure && !finder.rely_on_function(finder.given(function)) {
            return Err(CANNOT_WATCH);
        }
        // SAFETY: the frame keeps its code alive.
        if framed && unsafe { shim::fatjit_code_tools(frame.code().cast()) }.is_null() {
            return Err(CANNOT_WATCH);
        }
        let signature = signature(watched, framed)?;
        let natives = Natives::new(
            tier,
            (watched, &finder),
            None,
            Some(Own {
                function,
                watched,
                signature: &signature,
                framed,
            }),
        );
        let generators = tier.generators_of(watched);
        guests::tell(&finder, &generators);
        let frame_of = framed.then(|| (!closure).then(|| finder.given(function)));
        let translate = |source: &Source<'_>| translate_function(source, &signature, frame_of);
        let (translated, name) = self.translated(
            (frame, watched, None),
            (&finder, &natives, &generators),
            &translate,
        )?;
        let entered = translated.entered || watched.asked_for.get();
        if !entered && !watched.awaited.get() {
            return Err(TOO_SMALL);
        }
        let unit = Box::new(Unit::Function(Cell::new(std::ptr::null())));
        let retired = Box::new(Cell::new(0));
        let numbers = Numbers {
            rounds: None,
            unit: Some(&unit),
            retired: framed.then_some(&retired),
        };
        let code = self.code(
            (frame, watched),
            (&translated, &name, None),
            (&finder, &natives, &generators),
            numbers,
        );
        let (compiled, objects, called, assumed) = match code {
            Ok(code) => code,
            Err(Failed::NotNative(at)) if framed && watched.leave_to_helper(at) => {
                return self.function(tier, frame, watched, true);
            }
            Err(Failed::NotNative(_)) if framed => return Err(Reason::CheckFailed),
            Err(Failed::NotNative(_)) => return Err(Reason::NeedsFrame),
            Err(Failed::For(Reason::RegionTooLarge | Reason::CheckFailed))
                if guests::give_up(watched, &translated) =>
            {
                return self.function(tier, frame, watched, framed);
            }
            Err(Failed::For(reason)) => return Err(reason),
        };
        let record = compiled.code.function_record().ok_or(Reason::CheckFailed)?;
        tier.totals.compiled(&compiled);
        let version = Rc::new(CompiledFunction {
            noted: noted(frame, (&name, None), (&compiled, &translated.guests)),
            counters: RefCell::new(Counters::new(compiled.exits.len())),
            entry: Box::new(Cell::new(compiled.code.address())),
            retired,
            function: match closure {
                true => std::ptr::null_mut(),
                false => function,
            },
            code: frame.code().cast(),
            watched,
            entered,
            signature,
            record,
            bytes: bytes(Some(record), &called),
            objects,
            shapes: shapes(&translated.region).ok_or(Reason::CheckFailed)?,
            assumed,
            called,
            guests: guests::with_codes(translated.guests, &generators),
            totals: tier.totals,
            unit,
            compiled,
        });
        if let Unit::Function(itself) = &*version.unit {
            itself.set(&raw const *version);
        }
        Ok(version)
    }

    /// Translates what was recorded of a part of a code object, and its name for people.
    fn translated(
        &self,
        (frame, watched, l): (Frame, &Watched, Option<&Loop>),
        (finder, natives, generators): (&Finder, &Natives<'_>, &[Generator<'_>]),
        translate: &dyn Fn(&Source<'_>) -> Result<Translated, Untranslated>,
    ) -> Result<(Translated, String), Reason> {
        let profile = watched.profile.borrow().clone();
        let plain_global = |arg: i64| {
            // SAFETY: the GIL is held, and the argument is that of one of the frame's instructions.
            unsafe { natives::fatjit_global_is_plain(frame.base(), arg) != 0 }
        };
        let keeps_names = watched.names_missed.get() < MISFITS;
        let variable = |name| match (names::variable(frame, name), l) {
            (Some(value), Some(l)) if keeps_names => Some(seen_name(l, name, value)),
            _ => None,
        };
        let source = Source {
            code: &watched.code,
            cfg: &watched.cfg,
            depths: &watched.depths,
            consts: &watched.consts,
            members: &|index| {
                // SAFETY: the GIL is held, and the frame keeps its code alive.
                unsafe { super::watched::members(frame.code().cast(), index) }
            },
            texts: &|index| texts(frame.code().cast(), index),
            profile: &profile,
            layout: natives.tier.layout,
            cell: &|local| cell(frame, finder, local),
            classes: &|index| {
                let classes = watched.classes.borrow().at(index);
                classes.into_iter().map(Class).collect()
            },
            method: &|method| {
                // SAFETY: the GIL is held, and the type has the method.
                unsafe { natives::fatjit_method_def(method as i32) as i64 }
            },
            array_description: &|format| {
                // SAFETY: a number of a type code; the address is not looked into.
                unsafe { natives::fatjit_array_description(format) as i64 }
            },
            helper: &op_effect,
            plain_global: &plain_global,
            has_variables: l.is_some() && names::variables(frame).is_some(),
            variable: &variable,
            facts: finder,
            calls: natives,
            generators: &[],
            arguments: watched.arguments_in_locals(),
            generator: &|index| guests::number_at(generators, watched, index),
            name: watched.region_name(frame.code().cast(), l.map(|l| l.header)),
            force: self.force,
        };
        let asked: Vec<_> = generators
            .iter()
            .map(|one| one.asked(generators, natives))
            .collect();
        let sources = generators
            .iter()
            .zip(&asked)
            .map(|(one, asked)| one.source(asked, &source));
        let sources: Vec<Source<'_>> = sources.collect();
        let source = Source {
            generators: &sources,
            name: source.name.clone(),
            ..source
        };
        let translated = translate(&source);
        let slow = match &translated {
            Ok(translated) => &translated.slow,
            Err(refused) => &refused.at,
        };
        let header = l.map(|l| l.header);
        let caller = (watched.address, header);
        let consumed = natives.tier.consumed_by(watched);
        natives
            .tier
            .waiting
            .add(caller, natives.asked().into_iter().chain(consumed));
        let kept = l.map_or(&watched.function.slow, |l| &l.slow);
        kept.borrow_mut().clone_from(slow);
        let translated = translated.map_err(|refused| refused.reason)?;
        Ok((translated, source.name))
    }

    /// Compiles what was translated: the code, the objects that it names, and what it relies on from now on.
    fn code(
        &self,
        (frame, watched): (Frame, &Watched),
        (translated, name, at): (&Translated, &str, Option<u32>),
        (finder, natives, generators): (&Finder, &Natives<'_>, &[Generator<'_>]),
        numbers: Numbers<'_>,
    ) -> Result<(Compiled, Vec<*mut PyObject>, Called, Assumed), Failed> {
        let called = Called::new(natives.of(translated));
        if !guests::rely_on(finder, translated, generators) {
            return Err(Failed::For(CANNOT_WATCH));
        }
        let mut objects = objects(frame, translated, finder, natives, numbers, generators);
        objects.extend(called.objects());
        let assumed = finder.assume().ok_or(Failed::For(CANNOT_WATCH))?;
        let addresses: Vec<usize> = objects.iter().map(|object| *object as usize).collect();
        let mut embedder = Embedder {
            layouts: Layouts {
                layout: natives.tier.layout,
                addresses: compared(frame, numbers.retired, assumed.word()),
                opcode_at: &|unit| watched.opcode_at(translated.guests.own(unit)),
                slots: translated.region.slots,
                guests: &translated.region.guests,
                has_names: translated.region.names > 0,
            },
            facts: &CodeFacts {
                watched,
                called: &called,
                guests: &translated.guests,
            },
            passes: &self.passes,
            bodies: &called.bodies(),
        };
        let symbol = symbol(frame, at);
        let env = CodegenEnv {
            symbol: symbol.as_str(),
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
                if let Some(position) = error.not_native() {
                    // In a guest: then it is none.
                    return Err(Failed::NotNative(translated.guests.own(position)));
                }
                let reason = error.reason();
                if reason == Reason::CodeMemoryFull && !self.told_full.replace(true) {
                    eprintln!(
                        "fatjit: {error}; no more loops are compiled until some is free: \
                         FATJIT_CODE_KIB sets the limit"
                    );
                }
                let defect = matches!(reason, Reason::CheckFailed | Reason::CodegenFailed);
                if defect && (cfg!(debug_assertions) || self.options.keep_text) {
                    eprintln!("fatjit: {name}: {error}\n{}", translated.region);
                }
                return Err(Failed::For(reason));
            }
        };
        if let Some([before, after]) = &compiled.text {
            eprintln!("{before}\n{after}");
        }
        if let Some(text) = compiled.code.text() {
            eprintln!("{}\n{}", text.clif, text.assembly);
        }
        let event = Event::Compiled {
            ms: compiled.took.as_secs_f64() * 1e3,
            bytes: compiled.code.size(),
            instructions: compiled.instructions,
        };
        natives.tier.log.tell(|| name.to_owned(), &event);
        self.left.set(self.left.get() - 1);
        Ok((compiled, objects, called, assumed))
    }

    fn is_wanted(&self, watched: &Watched) -> bool {
        let name = watched.code.source().qualname.as_str();
        let named = self.only.is_empty() || self.only.iter().any(|only| only == name);
        named && self.left.get() > 0
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

/// The names of a module that its code stores, and the dict.
fn stored_names(frame: Frame, watched: &Watched) -> Option<(usize, Vec<usize>)> {
    let dict = names::variables(frame)? as usize;
    let stores = watched.code.instrs().iter().filter(|instr| {
        matches!(
            instr.op,
            Op::StoreName | Op::StoreGlobal | Op::DeleteName | Op::DeleteGlobal
        )
    });
    let stored: Vec<u32> = stores.map(|instr| instr.arg).collect();
    Some((dict, addresses_of(&stored, frame).to_vec()))
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

/// The helper for an opcode with this argument.
fn op_effect(name: &str, arg: i64) -> Option<OpEffect> {
    let helper = ops::op_helper(name, arg)?;
    Some(OpEffect {
        pops: helper.pops,
        pushes: helper.pushes,
    })
}

/// Why there is no code.
enum Failed {
    /// The call at this position cannot be native; as the host's it can be compiled.
    NotNative(u32),
    /// For this reason.
    For(Reason),
}

/// What looks facts up for a region, if it may assume any.
fn finder(frame: Frame, watched: &Watched, assumes: bool) -> Finder {
    let assumes = assumes && !watched.many_namespaces.get();
    Finder::new(frame, assumes, watched::constant)
}

/// What the cell in a local of a frame holds, if that is a class.
fn cell(frame: Frame, finder: &Finder, local: u32) -> Option<Known> {
    // SAFETY: the GIL is held; the frame is alive, and the local is one of its own.
    unsafe {
        let class = natives::fatjit_class_in_cell(*frame.base().add(local as usize));
        (!class.is_null()).then(|| finder.given(class))
    }
}

fn shapes(region: &Region) -> Option<Vec<Shape>> {
    let shapes = region.shapes.iter();
    shapes.map(|shape| Shape::from_name(&shape.name)).collect()
}

/// What a function takes and gives, as far as was seen.
fn signature(watched: &Watched, framed: bool) -> Result<Signature, Reason> {
    let params = watched.function.params.borrow();
    let object = match framed {
        true => Type::Own,
        false => Type::Ref,
    };
    let params: Vec<Type> = params
        .iter()
        .map(|kinds| unboxed(*kinds).unwrap_or(object))
        .collect();
    let mut params = params;
    if watched.free_variables > 0 {
        // The cells, and the function.
        params.resize(
            params.len() + watched.free_variables as usize + 1,
            Type::Ref,
        );
    }
    if params.len() > MAX_ARGUMENTS {
        return Err(Reason::RegionTooLarge);
    }
    if framed {
        let result = Type::Own;
        return Ok(Signature { params, result });
    }
    let profile = watched.profile.borrow();
    let mut returned = Kinds::default();
    let instrs = watched.code.instrs().iter().enumerate();
    for (index, instr) in instrs.filter(|(index, _)| profile.ran(*index)) {
        match instr.op {
            Op::ReturnValue => returned.add(profile.at(index).top[0]),
            Op::ReturnConst => returned.add(match watched.consts.get(instr.arg as usize) {
                Some(Const::Int(_)) => Kinds::INT,
                Some(Const::Float(_)) => Kinds::FLOAT,
                Some(Const::Bool(_)) => Kinds::BOOL,
                _ => Kinds::RANGE_TYPE,
            }),
            _ => {}
        }
    }
    let result = unboxed(returned).unwrap_or(Type::Own);
    Ok(Signature { params, result })
}

/// Bytes of C stack that a level of calls may take.
fn bytes(own: Option<FunctionRecord>, called: &Called) -> i64 {
    let called = called.others().map(|callee| callee.bytes);
    let own = own.map(bytes_of_level);
    called.chain(own).max().unwrap_or(1)
}
