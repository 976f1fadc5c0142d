//! Generators that the code which consumes them does itself: guests.
//!
//! Where a `FOR_ITER` was seen to iterate over generators of one code, that code becomes part of the region, behind the
//! `FOR_ITER` and back to its body at each `yield`. So a block of bytecode is translated once for each [`Context`]: for each
//! way in which guests stand while it runs. The guest's variables are registers all the time; the generator is there, but it is
//! put right only where native code is left.
//!
//! Invariants: a guest's code does nothing that may run other code, as in a function without a frame, but for calls of such
//! functions; one that would is no guest ([`Translator::unfit`]). A guest whose holder is about to be touched by anything but its `FOR_ITER` is let go before.

mod doing;
mod folds;
mod standings;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use fatjit_bytecode::{NaturalLoop, Op};
use fatjit_ir::Reason;
use fatjit_jit::gbc::{self, GOp, Label, Nested, Reg};

use super::generators::{first_resumed, instructions_of, yields};
use super::liveness::Wanted;
use super::{Kinds, Named, Scope, Source, Translator, worth};
use crate::nested::{Fold, Standing};

/// Most guests of a region, and how deep they lie in each other.
const MOST_GUESTS: usize = 4;
const DEEPEST: usize = 3;
/// Most places where a guest yields: for each of them there is another copy of what consumes it.
const MOST_YIELDS: usize = 3;
/// Most instructions of what consumes a guest, in all copies together, if there are several.
const MOST_COPIED: usize = 300;

/// A generator's code is not there to be done where it is consumed.
pub const GUEST_ELSEWHERE: Reason = Reason::Host(10);

/// Does what is done at the end of a [`Fold`] as the helper of a `CALL`: its argument is the unit of the generator's return, the
/// fold's number, and whether the answer was found before.
pub(super) const GUEST_FOLDS: &str = "op_GUEST_FOLDS";
/// Does what a generator does when it returns: as the helpers of opcodes, with the unit of the return as its argument.
pub(super) const GUEST_RETURNS: &str = "op_GUEST_RETURNS";

/// How guests stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Context {
    /// The guest that runs, if it is not the region's own code.
    running: Option<usize>,
    /// Guests that wait to be asked for their next items, each behind the `yield` with this index.
    parked: Vec<(usize, usize)>,
}

/// What of translation is about one code object.
#[derive(Clone)]
pub(super) struct Body<'a> {
    source: &'a Source<'a>,
    scope: Scope,
    locals: u32,
    /// Register of its first local.
    base: u32,
    /// Blocks of it that are in the region.
    inside: Rc<HashSet<usize>>,
    wanted: Rc<Wanted>,
    header_handled: bool,
    /// How often an item is asked for in one round of the region's loop.
    rate: f64,
}

/// A guest.
pub(super) struct GuestCode<'a> {
    /// The number of its code among generators.
    number: usize,
    /// Whose `FOR_ITER` consumes it: another guest's, or the region's own code's.
    around: Option<usize>,
    /// That instruction.
    site: usize,
    /// The variable that holds the generator, too, and that is not looked at while it is consumed.
    variable: Option<u32>,
    /// What is called there, if it is no `FOR_ITER`.
    fold: Option<Fold>,
    /// Where it yields.
    yields: Vec<usize>,
    body: Body<'a>,
}

/// Where guests stand at the points of a region.
#[derive(Default)]
pub(super) struct Points {
    known: HashMap<(usize, u32, u32), u32>,
    standings: Vec<Standing>,
    nested: Vec<Nested>,
}

/// The guests of a region, and the contexts in which blocks are translated.
#[derive(Default)]
pub(super) struct AllGuests<'a> {
    all: Vec<GuestCode<'a>>,
    own: Option<Body<'a>>,
    contexts: Vec<Context>,
    points: RefCell<Points>,
    /// What is to be translated: contexts, instructions from which on, and where to.
    pending: Vec<(usize, usize, Label)>,
    /// Blocks of the region's own header, in all contexts.
    rounds: Vec<Label>,
}

/// Whether a block of a generator only ends it. Short recordings do not come there.
fn only_ends(source: &Source<'_>, block: usize) -> bool {
    let info = &source.cfg.blocks()[block];
    let mut instrs = source.code.instrs()[info.start..info.end].iter();
    instrs.all(|instr| matches!(instr.op, Op::EndFor | Op::PopTop | Op::ReturnConst))
}

/// The innermost loop that an instruction is the header of.
fn loop_at<'a>(source: &Source<'a>, site: usize) -> Option<&'a NaturalLoop> {
    let block = source.cfg.block_of(site)?;
    let found = source.cfg.loop_of_header(block)?;
    Some(&source.cfg.loops()[found])
}

/// Instructions of the loop of a `FOR_ITER`.
fn loop_size(source: &Source<'_>, site: usize) -> usize {
    loop_at(source, site).map_or(0, |around| instructions_of(source, around).count())
}

/// Whether a generator yields in the loop of a `FOR_ITER`: it would have to let its guest go each time.
fn yields_meanwhile(source: &Source<'_>, site: usize) -> bool {
    if !source.code.source().is_generator() || source.code.instrs()[site].op != Op::ForIter {
        return false;
    }
    let Some(around) = loop_at(source, site) else {
        return true;
    };
    instructions_of(source, around).any(|index| source.code.instrs()[index].op == Op::YieldValue)
}

/// The variable that was loaded to be consumed at an instruction, if nothing looks at it meanwhile.
fn idle_variable(source: &Source<'_>, site: usize) -> Option<u32> {
    let instrs = source.code.instrs();
    let iterates = instrs[site].op == Op::ForIter;
    if iterates && instrs.get(site.checked_sub(1)?)?.op != Op::GetIter {
        return None;
    }
    let loaded = instrs.get(site.checked_sub(1 + usize::from(iterates))?)?;
    let local = match loaded.op {
        Op::LoadFast | Op::LoadFastCheck => loaded.arg,
        _ => return None,
    };
    if !source
        .code
        .source()
        .locals
        .get(local as usize)?
        .kind
        .is_local()
    {
        return None;
    }
    if !iterates {
        return Some(local);
    }
    let uses = |index: usize| {
        let instr = &instrs[index];
        match instr.op {
            Op::LoadFastLoadFast | Op::StoreFastLoadFast | Op::StoreFastStoreFast => {
                [instr.arg >> 4, instr.arg & 15].contains(&local)
            }
            Op::LoadFast
            | Op::LoadFastCheck
            | Op::LoadFastAndClear
            | Op::StoreFast
            | Op::DeleteFast
            | Op::LoadClosure
            | Op::MakeCell
            | Op::LoadDeref
            | Op::StoreDeref
            | Op::DeleteDeref => instr.arg == local,
            _ => false,
        }
    };
    let mut inside = instructions_of(source, loop_at(source, site)?);
    (!inside.any(uses)).then_some(local)
}

impl AllGuests<'_> {
    pub(super) fn are_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Where the region's own code asks for items, by position.
    fn sites(&self) -> Vec<u32> {
        let Some(own) = &self.own else {
            return Vec::new();
        };
        let asked = self.all.iter().filter(|guest| guest.around.is_none());
        asked
            .map(|guest| own.source.code.instrs()[guest.site].start)
            .collect()
    }

    /// Whether a block is the header of the region's loop.
    pub(super) fn comes_round_at(&self, label: Label) -> bool {
        self.rounds.contains(&label)
    }
}

impl<'a> Translator<'a> {
    fn body(&self) -> Body<'a> {
        Body {
            source: self.source,
            scope: self.scope,
            locals: self.locals,
            base: self.base,
            inside: Rc::clone(&self.inside),
            wanted: Rc::clone(&self.wanted),
            header_handled: self.header_handled,
            rate: self.rate,
        }
    }

    fn speak_of(&mut self, guest: Option<usize>) {
        let (body, number) = match guest {
            Some(guest) => {
                let guest = &self.guests.all[guest];
                (guest.body.clone(), Some(guest.number))
            }
            None => match &self.guests.own {
                Some(own) => (own.clone(), None),
                None => return,
            },
        };
        self.source = body.source;
        self.scope = body.scope;
        self.locals = body.locals;
        self.base = body.base;
        self.inside = body.inside;
        self.wanted = body.wanted;
        self.header_handled = body.header_handled;
        self.rate = body.rate;
        self.source.facts.speak_of(number);
    }

    /// What follows is translated in a context.
    fn switch_to(&mut self, context: usize) {
        self.context = context;
        let running = self.guests.contexts[context].running;
        self.speak_of(running);
    }

    fn context_of(&mut self, context: Context) -> usize {
        let contexts = &mut self.guests.contexts;
        let at = contexts.iter().position(|known| *known == context);
        at.unwrap_or_else(|| {
            contexts.push(context);
            contexts.len() - 1
        })
    }

    /// The register below all that is on the value stack.
    pub(super) fn bottom(&self) -> u32 {
        self.base + self.locals
    }

    pub(super) fn local(&self, local: u32) -> Reg {
        Reg(self.base + local)
    }

    /// Whether a local is what a generator expression is given to iterate over. It asks for that once, and as a guest does not
    /// keep it.
    pub(super) fn is_iterated_argument(&self, local: u32) -> bool {
        let locals = &self.source.code.source().locals;
        self.is_guest()
            && locals
                .get(local as usize)
                .is_some_and(|local| local.name == ".0")
    }

    /// The generator whose code is translated.
    pub(super) fn speaker(&self) -> Option<u32> {
        let running = self.guests.contexts.get(self.context)?.running?;
        Some(self.guests.all[running].number as u32)
    }

    pub(super) fn constant_named(&self, index: u32) -> Named {
        match self.speaker() {
            Some(generator) => {
                let known = self.source.facts.constant_of(generator as usize, index);
                known.map_or(Named::None, |known| self.named(known))
            }
            None => Named::Const(index),
        }
    }

    pub(super) fn name_named(&self, index: u32) -> Named {
        match self.speaker() {
            Some(generator) => Named::GeneratorName(generator, index),
            None => Named::Name(index),
        }
    }

    /// Finds the guests of the region's own code, whose blocks are known.
    pub(super) fn declare_guests(&mut self) {
        self.guests.contexts = vec![Context::default()];
        self.guests.own = Some(self.body());
        if !self.is_frameless() {
            self.find_guests(None, 1);
        }
        self.speak_of(None);
    }

    fn find_guests(&mut self, around: Option<usize>, depth: usize) {
        self.speak_of(around);
        let source = self.source;
        for (site, instr) in source.code.instrs().iter().enumerate() {
            let seen = self.feedback_at(site);
            let inside = source
                .cfg
                .block_of(site)
                .is_some_and(|b| self.inside.contains(&b));
            let asks = match instr.op {
                Op::ForIter => instr.target.is_some(),
                // What calls anything needs a frame.
                Op::Call => instr.arg == 1 && around.is_none(),
                _ => false,
            };
            if !asks
                || !inside
                || around.is_none() && yields_meanwhile(source, site)
                || seen.boxed
                || !seen.top[0].only(Kinds::GENERATOR)
                || self.guests.all.len() >= MOST_GUESTS
                || depth > DEEPEST
                || self.raises_elsewhere_at(site)
                || self.unfit.contains(&(around, site))
            {
                continue;
            }
            let Some(number) = (source.generator)(site) else {
                continue;
            };
            if let Some(guest) = self.guest(number, around, site) {
                self.guests.all.push(guest);
                let guest = self.guests.all.len() - 1;
                self.find_guests(Some(guest), depth + 1);
                self.speak_of(around);
            }
        }
    }

    fn guest(
        &mut self,
        number: usize,
        around: Option<usize>,
        site: usize,
    ) -> Option<GuestCode<'a>> {
        let (outer, own) = (self.source, self.guests.own.as_ref()?.source);
        let source: &'a Source<'a> = own.generators.get(number)?;
        let instrs = source.code.instrs();
        let ran = |index: &usize| source.profile.ran(*index);
        let all: Vec<usize> = (0..instrs.len()).filter(ran).collect();
        let places: Vec<usize> = all
            .iter()
            .copied()
            .filter(|at| yields(source, *at))
            .collect();
        let waits = |index: &usize| matches!(instrs[*index].op, Op::Send | Op::GetAwaitable);
        if !(1..=MOST_YIELDS).contains(&places.len())
            || all.iter().any(waits)
            || places.len() > 1 && places.len() * loop_size(outer, site) > MOST_COPIED
        {
            return None;
        }
        let holder = Reg(self.base + self.locals + outer.depths.before(site)? - 1);
        let locals = source.code.source().locals.len() as u32;
        let slots = locals + source.code.source().stack_size;
        let base = self.region.homes();
        let scope = Scope::Guest(places[0]);
        self.region.guests.push(gbc::Guest {
            first: base,
            locals,
            slots,
            holder,
        });
        self.region.regs += slots;
        let mut body = Body {
            source,
            scope,
            locals,
            base,
            inside: Rc::default(),
            wanted: Rc::new(Wanted::new(source, scope)),
            // What a guest raises comes out of the `FOR_ITER`.
            header_handled: self.raises_elsewhere_at(site),
            rate: self.items_asked_for(site),
        };
        let blocks = 0..source.cfg.blocks().len();
        // Of what a block begins with the interpreter does not tell, if it is a `RESUME`.
        let ran = |block: usize| {
            let info = &source.cfg.blocks()[block];
            (info.start..info.end).any(|index| source.profile.ran(index))
        };
        let reached = |block: &usize| {
            source
                .depths
                .before(source.cfg.blocks()[*block].start)
                .is_some()
        };
        let inside = blocks.filter(|b| reached(b) && (ran(*b) || only_ends(source, *b)));
        body.inside = Rc::new(inside.collect());
        Some(GuestCode {
            number,
            around,
            site,
            variable: idle_variable(outer, site),
            fold: None,
            yields: places,
            body,
        })
    }

    /// The block of bytecode in the current context, if it is in the region.
    pub(super) fn label_of(&mut self, block: usize) -> Option<Label> {
        if !self.inside.contains(&block) {
            return None;
        }
        let start = self.source.cfg.blocks()[block].start;
        Some(self.label_from(start))
    }

    /// What is translated from an instruction on, in the current context.
    fn label_from(&mut self, index: usize) -> Label {
        if let Some(label) = self.labels.get(&(self.context, index)) {
            return *label;
        }
        let label = self.new_block(false);
        self.labels.insert((self.context, index), label);
        self.guests.pending.push((self.context, index, label));
        let block = self.source.cfg.block_of(index);
        let starts = |b: &usize| self.source.cfg.blocks()[*b].start == index;
        let block = block.filter(starts);
        let header = block.is_some_and(|b| self.source.cfg.loop_of_header(b).is_some());
        self.region.blocks[label.index()].header = header;
        let own = self.guests.contexts[self.context].running.is_none();
        if let (Scope::Loop(found) | Scope::Generator(found), Some(block), true) =
            (self.scope, block, own)
            && self.source.cfg.loops()[found].header == block
        {
            self.guests.rounds.push(label);
        }
        label
    }

    /// Translates all that was asked for.
    pub(super) fn translate_pending(&mut self) {
        while let Some((context, index, label)) = self.guests.pending.pop() {
            self.switch_to(context);
            self.at = label;
            let Some(block) = self.source.cfg.block_of(index) else {
                self.leave(Reason::NotSeen);
                continue;
            };
            let info = &self.source.cfg.blocks()[block];
            let start = match index == info.start {
                true => self.begins(index),
                false => index,
            };
            self.forget();
            let known = self.labels.get(&(context, index));
            if known != Some(&label) {
                self.guard_locals(index);
            }
            if self.is_resumed_at(index)
                && let Some(depth) = self.depth(index)
            {
                // Who asks for the next item sends nothing.
                let object = self.object(Named::None);
                self.push(GOp::Object {
                    dst: Reg(depth - 1),
                    object,
                });
            }
            self.block_from(block, start);
        }
        self.switch_to(0);
    }

    /// Whether a guest goes on with this instruction when it is asked for an item.
    fn is_resumed_at(&self, index: usize) -> bool {
        let Some(running) = self.guests.contexts[self.context].running else {
            return false;
        };
        let guest = &self.guests.all[running];
        first_resumed(self.source) == Some(index) || guest.yields.iter().any(|at| at + 1 == index)
    }

    /// How often a block of a guest runs in one round of the region's loop.
    pub(super) fn frequency_in_guest(&self, block: usize, yielded: usize) -> f64 {
        let runs = |index: usize| f64::from(self.source.profile.at(index).runs.max(1));
        let info = &self.source.cfg.blocks()[block];
        let told = (info.start..info.end).map(|index| self.source.profile.at(index).runs);
        self.rate * f64::from(told.max().unwrap_or(0).max(1)) / runs(yielded)
    }

    /// How often something asks a guest for an item in one round of the region's loop.
    fn items_asked_for(&self, site: usize) -> f64 {
        let block = |index: usize| self.source.cfg.block_of(index).unwrap_or(0);
        match self.source.code.instrs()[site].op {
            Op::ForIter => self.frequency(block(site + 1)),
            _ => self.frequency(block(site)) * worth::INNER_ROUNDS,
        }
    }

    fn label_elsewhere(&mut self, context: Context, index: usize) -> Label {
        self.elsewhere(context, index, |translator| translator.label_from(index))
    }

    /// Does something as at another instruction in another context.
    fn elsewhere<T>(
        &mut self,
        context: Context,
        index: usize,
        does: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let (here, at) = (self.context, self.index);
        let there = self.context_of(context);
        self.switch_to(there);
        self.index = index;
        let done = does(self);
        self.switch_to(here);
        self.index = at;
        done
    }

    /// What is seen to run in a guest would run other code: it is none.
    pub(super) fn guest_is_unfit(&mut self) {
        if let Some(number) = self.guests.contexts[self.context].running {
            let guest = &self.guests.all[number];
            self.found_unfit.push((guest.around, guest.site));
        }
        self.leave(Reason::LeftToInterpreter);
    }
}
