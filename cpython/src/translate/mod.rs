//! From bytecode and feedback to guarded bytecode: what each opcode means.
//!
//! The region of a loop is its natural loop's blocks, inner loops included, as far as they were seen to
//! run; everything else is an exit. Each family of opcodes has its own file. An opcode whose operands were
//! not seen to be numbers is done by the host's helper on the frame's own memory; one without a helper is
//! left to the interpreter. Nothing makes translation fail for the sake of one opcode.
//!
//! Positions are code units of the instruction's first prefix, depths count locals and stack items.

mod arithmetic;
mod arrays;
mod attributes;
mod binding;
mod building;
mod builtins;
mod c_calls;
mod c_functions;
mod closures;
mod containers;
mod control;
mod dispatch;
mod exchanges;
mod facts;
mod feedback;
mod fields;
mod functions;
mod generators;
mod generic;
mod guests;
mod inputs;
mod iteration;
mod lists;
mod liveness;
mod lookups;
mod membership;
mod names;
mod operators;
mod own_dicts;
mod places;
mod predicates;
mod sequences;
mod sinking;
mod slices;
mod specials;
mod spreads;
mod supers;
mod tables;
mod texts;
mod types;
mod variables;
mod virtuals;
mod worth;
mod zips;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::effects::READS;
use crate::memory::Part;
use fatjit_bytecode::{Op, Version};
use fatjit_ir::{Helper, HelperEffects, HelperId, ObjectId, Reason, Type};
use fatjit_jit::gbc::{Entry, GOp, Label, Reg, Region, Seen};

pub use binding::Stars;
pub use facts::{Attribute, Class, Facts, Known, Place};
pub use feedback::{Feedback, Kinds, Profile};
use fields::FieldName;
pub use functions::{Callee, Calls, Closure, Guard, translate_function};
pub use guests::GUEST_ELSEWHERE;
pub use inputs::{Const, Named, OpEffect, Source, Translated, Untranslated};
pub use lists::Method;
pub use types::TYPES;
use types::{
    ARRAY_TYPE, BYTEARRAY_TYPE, BYTES_TYPE, DICT_ITEMS_ITER_TYPE, DICT_KEYS_ITER_TYPE, DICT_TYPE,
    DICT_VALUES_ITER_TYPE, ENUMERATE_TYPE, FROZEN_SET_TYPE, FUNCTION_TYPE, LIST_ITER_TYPE,
    LIST_REVERSED_TYPE, LIST_TYPE, METHOD_TYPE, NONE_TYPE, PYTHON_FUNCTION_TYPE, RANGE_ITER_TYPE,
    RANGE_TYPE, REVERSED_TYPE, SET_ITER_TYPE, SET_TYPE, TEXT_ITER_TYPE, TEXT_TYPE, TUPLE_ITER_TYPE,
    TUPLE_TYPE, ZIP_TYPE,
};
pub use virtuals::iterator_shape;

/// Most instructions of bytecode in a region.
const MAX_INSTRS: usize = 4_000;

/// Translates the loop whose header is at this code unit. `seen` tells what the frame's slots in use hold
/// there now.
///
/// # Errors
/// The reason why the loop is not compiled.
pub fn translate(
    source: &Source<'_>,
    header: u32,
    seen: Vec<Seen>,
) -> Result<Translated, Untranslated> {
    let index = source.code.index_of_start(header);
    let block = index.and_then(|i| source.cfg.block_of(i));
    let found = block.and_then(|b| source.cfg.loop_of_header(b));
    let (Some(index), Some(found)) = (index, found) else {
        return Err(NO_LOOP.into());
    };
    if source.depths.before(index).is_none() {
        return Err(NO_LOOP.into());
    }
    let scope = generators::scope(source, found);
    match translate_in(source, scope, seen.clone()) {
        // Parts of the loop may still be worthwhile that do not yield.
        Err(refused) if scope != Scope::Loop(found) && refused.reason == NOT_WORTHWHILE => {
            translate_in(source, Scope::Loop(found), seen)
        }
        translated => translated,
    }
}

fn translate_in(
    source: &Source<'_>,
    scope: Scope,
    seen: Vec<Seen>,
) -> Result<Translated, Untranslated> {
    let mut unfit = HashSet::new();
    let (mut translator, stored) = loop {
        let mut translator = Translator::new(source, scope);
        if translator.size() > MAX_INSTRS {
            return Err(Reason::RegionTooLarge.into());
        }
        translator.unfit.clone_from(&unfit);
        let (held, stored) = translator.declare_names();
        let mut seen = seen.clone();
        seen.resize(translator.region.slots as usize, Seen::Any);
        seen.extend(held);
        translator.run(seen);
        if translator.found_unfit.is_empty() {
            break (translator, stored);
        }
        unfit.extend(translator.found_unfit);
    };
    translator.name_seen_shapes();
    if !translator.comes_round() {
        return Err(translator.refused(Reason::AlwaysLeaves));
    }
    let pays = match translator.is_generator() {
        true => translator.worth.pays_for_resuming(),
        false => translator.worth.is_positive(),
    };
    if !source.force && !pays {
        return Err(Untranslated {
            reason: NOT_WORTHWHILE,
            at: translator.worth.slow(),
        });
    }
    translator.count_rounds();
    Ok(Translated {
        names: translator.name_indices(),
        stored,
        guests: translator.finish_guests(),
        slow: translator.worth.slow(),
        region: translator.region,
        objects: translator.objects,
        headers: translator.headers,
        iterators: translator.iterators,
        resumed: translator.resumed,
        gain: translator.worth.of_a_round(),
        entered: true,
    })
}

/// The jump does not close a loop that has one header.
pub const NO_LOOP: Reason = Reason::Host(0);
/// Only other functions are to be compiled.
pub const NOT_ASKED_FOR: Reason = Reason::Host(1);

/// Compiling has used up its share of the time.
pub const COMPILED_LATER: Reason = Reason::Host(7);

/// The program asked that it be not compiled.
pub const EXCLUDED: Reason = Reason::Host(6);

/// Most of the loop's work is done by the interpreter's own routines, which native code would only call.
pub const NOT_WORTHWHILE: Reason = Reason::Host(2);

/// The loop's runs were too short to pay for entering native code.
pub const SHORT_RUNS: Reason = Reason::Host(9);

/// What the function does takes no longer than entering native code.
pub const TOO_SMALL: Reason = Reason::Host(8);

/// A global was not where a look-up that runs no code finds it.
pub const HARD_GLOBAL: Reason = Reason::Host(3);

/// Something that it was to rely on could not be watched.
pub const CANNOT_WATCH: Reason = Reason::Host(4);

/// Other code changed variables of the module while native code had them in registers.
pub const NAMES_CHANGED: Reason = Reason::Host(5);

/// What of a code object is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// A loop, by its index among the control-flow graph's.
    Loop(usize),
    /// All of a generator's code, for one of its loops.
    Generator(usize),
    /// All of the code of a generator that is done where it is consumed; it yields here first.
    Guest(usize),
    /// All of it.
    Function,
}

/// A `FOR_ITER` of the region: the guest whose code it is in, or none, and the instruction.
type Site = (Option<usize>, usize);

/// A part of one code object being translated.
struct Translator<'a> {
    source: &'a Source<'a>,
    version: Version,
    scope: Scope,
    locals: u32,
    /// The register of its first local.
    base: u32,
    /// The blocks of it that are in the region.
    inside: Rc<HashSet<usize>>,
    /// How often it is asked for an item in one round of the region's loop, if it is a guest.
    rate: f64,
    guests: guests::AllGuests<'a>,
    /// The context of guests in which it is translated, by number.
    context: usize,
    /// Iterations, by whose they are, of which it is known that what they are over is no guest.
    unfit: HashSet<Site>,
    /// Those that turned out to be.
    found_unfit: Vec<Site>,
    region: Region,
    objects: Vec<Named>,
    named: HashMap<Named, ObjectId>,
    headers: Vec<u32>,
    iterators: Vec<Option<u32>>,
    /// Where a generator is resumed: the position, and the entry there.
    resumed: Vec<(u32, u32)>,
    /// The same as instructions and their blocks, as long as there are no entries.
    suspended: Vec<(usize, Label)>,
    /// The labels of bytecode in the region, by the context and the instruction from which on it is translated.
    labels: HashMap<(usize, usize), Label>,
    /// Exits by the context, where they go on, and why.
    exits: HashMap<(usize, usize, Reason), Label>,
    /// The block being filled.
    at: Label,
    /// The instruction being translated.
    index: usize,
    /// Instructions before this one are done already.
    done_until: usize,
    /// The registers that hold an object found through facts, as far as the current block tells.
    known: HashMap<Reg, Known>,
    /// Those of them that hold a function above which the instance is that calls give it.
    methods: HashSet<Reg>,
    /// Those that hold one of several methods, and above which the instance is.
    varied: HashMap<Reg, Vec<Known>>,
    /// The instruction that pushed what a class lends, if it is the one before.
    lent_by: Option<usize>,
    names: names::Names,
    /// Which locals' objects are still asked for.
    wanted: Rc<liveness::Wanted>,
    /// What is gained by native code.
    worth: worth::Worth,
    /// The loop's header has an exception handler. The interpreter looks for the handler of what is
    /// raised under a jump event at the jump's destination.
    header_handled: bool,
    /// Something that was seen to run needs a frame, which functions do not have.
    needs_frame: bool,
    /// Where instructions are left to the interpreter, by position.
    left: Vec<u32>,
}

impl<'a> Translator<'a> {
    fn new(source: &'a Source<'a>, scope: Scope) -> Self {
        let locals = source.code.source().locals.len() as u32;
        let slots = locals + source.code.source().stack_size;
        let header = match scope {
            Scope::Loop(found) | Scope::Generator(found) => {
                source.cfg.blocks()[source.cfg.loops()[found].header].start
            }
            Scope::Function | Scope::Guest(_) => 0,
        };
        let mut translator = Translator {
            source,
            version: source.code.version(),
            scope,
            locals,
            base: 0,
            inside: Rc::default(),
            rate: 1.0,
            guests: guests::AllGuests::default(),
            context: 0,
            unfit: HashSet::new(),
            found_unfit: Vec::new(),
            region: Region {
                name: source.name.clone(),
                locals,
                slots,
                regs: slots + TEMPS,
                ..Region::default()
            },
            objects: Vec::new(),
            named: HashMap::new(),
            headers: Vec::new(),
            iterators: Vec::new(),
            resumed: Vec::new(),
            suspended: Vec::new(),
            labels: HashMap::new(),
            exits: HashMap::new(),
            at: Label(0),
            index: header,
            done_until: 0,
            known: HashMap::new(),
            methods: HashSet::new(),
            varied: HashMap::new(),
            lent_by: None,
            names: names::Names::default(),
            wanted: Rc::new(liveness::Wanted::new(source, scope)),
            worth: worth::Worth::default(),
            header_handled: scope != Scope::Function && source.code.handler_of(header).is_some(),
            needs_frame: false,
            left: Vec::new(),
        };
        for name in TYPES {
            translator.region.types.push((*name).into());
        }
        translator.region.float_value = Some(translator.field_of(FieldName::FloatValue));
        let harmless = translator.helper("harmless", &[Type::Ref], Some(Type::I64), READS);
        translator.region.harmless = Some(harmless);
        let alone = ["ends_harmlessly", "ends_quietly"]
            .map(|name| translator.helper(name, &[Type::Ref], Some(Type::I64), READS));
        translator.region.alone = Some(alone);
        let boxed = |(index, _): &(usize, _)| source.profile.at(*index).boxed;
        let instrs = source.code.instrs().iter().enumerate();
        translator.region.releasing = instrs.filter(boxed).map(|(_, i)| i.start).collect();
        translator
    }

    /// It is not translated for what is left to the interpreter.
    fn refused(self, reason: Reason) -> Untranslated {
        Untranslated {
            reason,
            at: self.left,
        }
    }

    /// Instructions of bytecode in the region.
    fn size(&self) -> usize {
        let Scope::Loop(found) = self.scope else {
            return self.source.code.instrs().len();
        };
        let blocks = &self.source.cfg.loops()[found].blocks;
        let block = |b: &usize| &self.source.cfg.blocks()[*b];
        blocks.iter().map(|b| block(b).end - block(b).start).sum()
    }

    /// Translates these blocks of bytecode.
    fn blocks(&mut self, blocks: &[usize]) {
        self.inside = Rc::new(blocks.iter().copied().collect());
        self.declare_guests();
        if !self.guests.are_none() {
            // Each is translated as often as it is reached with guests that stand in another way.
            return;
        }
        for block in blocks {
            self.label_of(*block);
        }
        for block in blocks {
            let info = &self.source.cfg.blocks()[*block];
            self.at = self.labels[&(self.context, info.start)];
            self.forget();
            self.block_from(*block, self.begins(info.start));
        }
    }

    fn run(&mut self, seen: Vec<Seen>) {
        let (found, all) = match self.scope {
            Scope::Loop(found) => (found, self.source.cfg.loops()[found].blocks.clone()),
            Scope::Generator(found) => (found, (0..self.source.cfg.blocks().len()).collect()),
            Scope::Function | Scope::Guest(_) => return,
        };
        let found = &self.source.cfg.loops()[found];
        let blocks: Vec<usize> = all
            .into_iter()
            .filter(|b| self.reachable(*b) && self.ran(*b))
            .collect();
        self.blocks(&blocks);
        let header = found.header;
        // What is raised where there is no handler goes to the handler of the header that was jumped to, if
        // that has one: such an inner loop is not entered here, but in code of its own.
        let start = |b: usize| self.source.cfg.blocks()[b].start;
        let handled = |b: usize| self.source.code.handler_of(start(b)).is_some();
        let inner = blocks
            .iter()
            .copied()
            .filter(|b| *b != header && self.guests.are_none());
        let inner = inner.filter(|b| self.header_handled || !handled(*b));
        let headers: Vec<usize> = std::iter::once(header)
            .chain(inner.filter(|b| self.source.cfg.loop_of_header(*b).is_some()))
            .collect();
        let mut seen = Some(seen);
        for block in headers {
            let start = self.source.cfg.blocks()[block].start;
            let (Some(label), Some(point)) = (self.label_of(block), self.point(start)) else {
                continue;
            };
            self.headers.push(point.position);
            let iterates = self.source.code.instrs()[start].op == Op::ForIter;
            self.iterators
                .push(point.depth.checked_sub(1).filter(|_| iterates));
            self.region.entries.push(Entry {
                block: label,
                point,
                seen: seen.take(),
            });
        }
        if !self.guests.are_none() {
            self.translate_pending();
        }
        self.enter_where_resumed();
        if !self.guests.are_none() {
            self.translate_pending();
        }
    }

    /// Whether a block was seen to run. What the interpreter runs without events does not count.
    fn ran(&self, block: usize) -> bool {
        let info = &self.source.cfg.blocks()[block];
        let from = self.begins(info.start);
        if from >= info.end {
            let next = info.successors.first().map(|e| e.to);
            return next.is_some_and(|next| next > block && self.ran(next));
        }
        self.source.profile.ran(from)
    }

    /// Whether control can come back to the header without leaving.
    fn comes_round(&self) -> bool {
        let Some(entry) = self.region.entries.first() else {
            return false;
        };
        let mut seen = vec![false; self.region.blocks.len()];
        let mut pending = vec![entry.block];
        while let Some(label) = pending.pop() {
            let targets = match self.region.blocks[label.index()].ops.last() {
                Some(GOp::Jump(to)) => vec![*to],
                Some(GOp::Branch {
                    then, otherwise, ..
                }) => vec![*then, *otherwise],
                Some(GOp::Suspend { resume, .. }) => vec![*resume],
                _ => Vec::new(),
            };
            for to in targets {
                if to == entry.block || self.guests.comes_round_at(to) {
                    return true;
                }
                if !std::mem::replace(&mut seen[to.index()], true) {
                    pending.push(to);
                }
            }
        }
        false
    }

    /// Nothing is known of registers any more.
    fn forget(&mut self) {
        self.known.clear();
        self.methods.clear();
        self.varied.clear();
        self.lent_by = None;
    }

    /// Translates a block of bytecode from an instruction on.
    fn block_from(&mut self, block: usize, first: usize) {
        let info = &self.source.cfg.blocks()[block];
        self.done_until = info.start;
        let header = self.region.blocks[self.at.index()].header;
        self.worth.enter(self.frequency(block));
        if header {
            self.worth.begin_round();
        }
        for index in first..info.end {
            self.index = index;
            if index < self.done_until {
                continue;
            }
            let Some(point) = self.point(index) else {
                return self.leave(Reason::NotSeen);
            };
            self.push(GOp::At(point));
            // Where the interpreter serves what else wants to run.
            let begins = self.source.code.instrs()[index].op == Op::Resume;
            let polls = header && index == first && !self.asks_parked_guest();
            if polls || begins && self.is_function() {
                self.push(GOp::Poll);
            }
            if begins && self.is_function() && self.region.frame.is_some() {
                // A tool may have been told to watch it since its caller was entered.
                self.push(GOp::After(point));
            }
            self.worth.add(worth::DISPATCH);
            self.let_guests_go();
            self.instruction();
            if self.finished() {
                return;
            }
        }
        // No jump at its end: it runs into the next block.
        let last = info.end - 1;
        self.index = last;
        self.goes_into_loop(last + 1);
        let to = self.target(last + 1);
        self.push(GOp::Jump(to));
    }

    fn instruction(&mut self) {
        let op = self.source.code.instrs()[self.index].op;
        match op {
            Op::Nop | Op::Resume | Op::ExtendedArg | Op::Cache | Op::KwNames => {}
            Op::BinaryOp => self.binary_op(),
            Op::CompareOp => self.compare_op(),
            Op::UnaryNegative => self.unary_negative(),
            Op::UnaryInvert => self.unary_invert(),
            Op::UnaryNot => self.unary_not(),
            Op::ToBool => self.truth(),
            Op::IsOp => self.is_op(),
            Op::LoadConst => self.load_const(),
            Op::LoadFast | Op::LoadFastLoadFast if self.exchange() => {}
            Op::LoadFast | Op::LoadFastCheck | Op::LoadFastLoadFast | Op::LoadClosure => {
                self.load_fast()
            }
            Op::StoreFast | Op::StoreFastStoreFast | Op::StoreFastLoadFast => self.store_fast(),
            Op::LoadFastAndClear => self.load_fast_and_clear(),
            Op::DeleteFast => self.delete_fast(),
            Op::LoadDeref => self.load_deref(),
            Op::CopyFreeVars => self.copy_free_vars(),
            Op::MakeCell => self.make_cell(),
            Op::LoadGlobal => self.load_global(),
            Op::LoadAttr => self.load_attr(),
            Op::LoadSuperAttr => self.load_super_attr(),
            Op::StoreAttr => self.store_attr(),
            Op::LoadName => self.load_name(),
            Op::StoreName | Op::StoreGlobal => self.store_name(),
            Op::PushNull => {
                let dst = self.free();
                self.push(GOp::Null { dst });
            }
            Op::PopTop => self.pop_top(),
            Op::Copy => self.copy(),
            Op::Swap => self.swap(),
            Op::JumpForward | Op::JumpBackward | Op::JumpBackwardNoInterrupt => self.jump(),
            Op::PopJumpIfTrue | Op::PopJumpIfFalse => self.pop_jump_if(),
            Op::PopJumpIfNone | Op::PopJumpIfNotNone => self.pop_jump_if_none(),
            Op::BuildList | Op::BuildTuple | Op::BuildString => self.build(),
            Op::FormatSimple | Op::FormatWithSpec | Op::FormatValue | Op::ConvertValue => {
                self.format();
            }
            Op::BuildMap => self.build_map(),
            Op::DictMerge => self.dict_merge(),
            Op::CallFunctionEx => self.call_spread(),
            Op::ListExtend => self.list_extend(),
            Op::ListAppend => self.list_append(),
            Op::ContainsOp => self.contains(),
            Op::BinarySlice => self.slice(),
            Op::StoreSlice => self.store_slice(),
            Op::BuildSlice => self.build_slice(),
            Op::GetIter => self.get_iter(),
            Op::UnpackSequence => self.unpack_sequence(),
            Op::BinarySubscr => self.subscript(),
            Op::StoreSubscr => self.store_subscript(),
            Op::MapAdd => self.map_add(),
            Op::ForIter => self.for_iter(),
            Op::Call => self.call(),
            Op::CallKw => self.call_with_keywords(),
            Op::ReturnValue | Op::ReturnConst => self.return_value(),
            Op::YieldValue => self.yield_value(),
            _ => self.generic(),
        }
    }

    /// Whether an exception raised here would be caught elsewhere than the interpreter, resumed behind a
    /// jump event, would look.
    pub(super) fn raises_elsewhere(&self) -> bool {
        self.raises_elsewhere_at(self.index)
    }

    fn raises_elsewhere_at(&self, index: usize) -> bool {
        self.header_handled && (self.is_guest() || self.source.code.handler_of(index).is_none())
    }

    fn object(&mut self, named: Named) -> ObjectId {
        if let Some(id) = self.named.get(&named) {
            return *id;
        }
        let id = ObjectId(self.objects.len() as u32);
        let name = match named {
            Named::None => "None".to_owned(),
            Named::RangeType => "type:range".to_owned(),
            Named::Const(index) => format!("const:{index}"),
            Named::Rounds => "rounds".to_owned(),
            Named::Itself => "itself".to_owned(),
            Named::Entry(number) => format!("entry:{number}"),
            Named::Characters => "characters".to_owned(),
            Named::Method(method) => format!("method:{method:?}"),
            Named::Name(index) => format!("name:{index}"),
            Named::GeneratorName(of, index) => format!("name:{index} of {of}"),
            Named::GeneratorCode(of) => format!("code of {of}"),
            Named::SharedNames(class) => format!("names:{}", class.0),
            Named::Known(known) => {
                if !self.source.facts.is_held(known) {
                    self.region.lent.push(id);
                }
                format!("known:{}", known.0)
            }
        };
        self.region.objects.push(name);
        self.objects.push(named);
        self.named.insert(named, id);
        id
    }

    fn helper(
        &mut self,
        name: &str,
        params: &[Type],
        result: Option<Type>,
        effects: HelperEffects,
    ) -> HelperId {
        self.declare(name, params, result, effects, &[])
    }

    fn declare(
        &mut self,
        name: &str,
        params: &[Type],
        result: Option<Type>,
        effects: HelperEffects,
        parts: &[Part],
    ) -> HelperId {
        let parts = parts.iter();
        let writes_only = parts
            .map(|part| self.region.memory(part.name, part.kind))
            .collect();
        self.region.helper(Helper {
            name: name.to_owned(),
            params: params.to_vec(),
            result,
            effects,
            writes_only,
        })
    }

    /// A helper that writes only these parts of memory, and lets go of nothing that may be lent.
    fn writer(
        &mut self,
        name: &str,
        params: &[Type],
        result: Option<Type>,
        effects: HelperEffects,
        parts: &[Part],
    ) -> HelperId {
        let effects = HelperEffects {
            writes: true,
            ..effects
        };
        self.declare(name, params, result, effects, parts)
    }

    /// A helper that writes only these parts of memory, and may let go of what is lent.
    fn releaser(
        &mut self,
        name: &str,
        params: &[Type],
        result: Option<Type>,
        effects: HelperEffects,
        parts: &[Part],
    ) -> HelperId {
        let effects = HelperEffects {
            releases: true,
            ..effects
        };
        self.writer(name, params, result, effects, parts)
    }
}

/// Temporaries of a region.
const TEMPS: u32 = 12;
