//! Generators that native code does where they are consumed: which those are, and what is known of their code.
//!
//! While something of the code that consumes them is recorded, their code is recorded, too, whatever becomes of its own
//! loops.
//!
//! Invariant: the code of generators is named by its address, and known to be alive as long as the tier has something
//! attached to it (`Watched`'s end tells).

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use fatjit_bytecode::Op;
use pyo3_ffi::PyObject;

use super::called::{Natives, OfGuest};
use super::natives;
use super::watched::{self, Watched};
use super::{TIER, Tier};
use crate::assume::{ByAddress, Finder};
use crate::nested::Guests;
use crate::shim;
use crate::translate::{Class, Kinds, Named, Profile, Source, Translated};

/// Instructions of a generator that are recorded for what consumes it.
const INSTRUCTIONS: u32 = 2_000;
/// Items after which that ends.
const ITEMS: u32 = 8;
/// Most codes of generators that a region is told of.
const MOST: usize = 8;

/// The code of the generators that each `FOR_ITER` was seen to iterate over, by its index.
#[derive(Default)]
pub(super) struct Iterated {
    /// None where they had different ones.
    seen: HashMap<usize, Option<usize>>,
}

impl Iterated {
    /// Whether that is news.
    fn note(&mut self, index: usize, code: usize) -> bool {
        let known = self.seen.len();
        let one = self.seen.entry(index).or_insert(Some(code));
        if *one != Some(code) {
            *one = None;
        }
        self.seen.len() > known
    }

    fn codes(&self) -> Vec<usize> {
        self.seen.values().copied().flatten().collect()
    }

    fn at(&self, index: usize) -> Option<usize> {
        self.seen.get(&index).copied().flatten()
    }
}

/// A generator's code that is being recorded for who consumes it.
#[derive(Default)]
pub(super) struct Consumed {
    /// Instructions until that ends; 0 if it is not going on.
    left: Cell<u32>,
    /// Items that were yielded meanwhile.
    items: Cell<u32>,
    /// It was recorded.
    known: Cell<bool>,
    /// What it consumes itself is being asked about.
    asked: Cell<bool>,
}

/// Codes of generators that are alive.
#[derive(Default)]
pub(super) struct Alive(RefCell<HashSet<usize, ByAddress>>);

impl Alive {
    pub(super) fn forget(&self, code: usize) {
        self.0.borrow_mut().remove(&code);
    }
}

impl Watched {
    /// A `FOR_ITER`, or a call, is about to ask this for its next item.
    ///
    /// # Safety
    /// The GIL is held; the object is null or alive.
    pub(super) unsafe fn note_iterated(&self, index: usize, kind: Kinds, object: *mut PyObject) {
        if !kind.is(Kinds::GENERATOR) {
            return;
        }
        // SAFETY: it is a generator, as its kind says.
        let code = unsafe { shim::fatjit_generator_code(object) };
        let news = self.iterated.borrow_mut().note(index, code as usize);
        if let (Some(tier), true) = (TIER.get(), news)
            && let Some(watched) = tier.watched(code)
        {
            tier.generators.0.borrow_mut().insert(watched.address);
        }
    }
}

impl Tier {
    /// Whether code of generators that something consumes is still being recorded; it is from now on, if it was not yet.
    pub(super) fn generators_pending(&self, watched: &Watched) -> bool {
        if watched.consumed.asked.replace(true) {
            // Generators that consume each other.
            return false;
        }
        let mut pending = false;
        let codes = watched.iterated.borrow().codes();
        for address in codes {
            if let Some((code, generator)) = self.generator(address) {
                pending |= self.generator_pending(code, generator);
            }
        }
        watched.consumed.asked.set(false);
        pending
    }

    fn generator_pending(&self, code: *mut PyObject, watched: &Watched) -> bool {
        let consumed = &watched.consumed;
        if watched.excluded.get() {
            return false;
        }
        if consumed.known.get() {
            return self.callees_pending(watched);
        }
        if consumed.left.get() == 0 {
            consumed.left.set(INSTRUCTIONS);
            consumed.items.set(0);
            watched.recording_begins();
            self.update_events(watched, code);
        }
        true
    }

    /// The code of a generator that is alive, by its address.
    fn generator(&self, address: usize) -> Option<(*mut PyObject, &Watched)> {
        let code = address as *mut PyObject;
        let is_alive = self.generators.0.borrow().contains(&address);
        // SAFETY: code that is known here is alive, and the GIL is held.
        is_alive
            .then(|| unsafe { self.watched.get(code) })?
            .map(|watched| (code, watched))
    }

    /// The code of the generators that something consumes.
    pub(super) fn consumed_by(&self, watched: &Watched) -> Vec<*mut PyObject> {
        let codes = watched.iterated.borrow().codes().into_iter();
        codes
            .filter_map(|address| Some(self.generator(address)?.0))
            .collect()
    }

    /// An instruction of code was recorded that may be a generator's.
    pub(super) fn generator_instruction(&self, watched: &Watched, index: usize) {
        let consumed = &watched.consumed;
        if consumed.left.get() == 0 {
            return;
        }
        consumed.left.set(consumed.left.get() - 1);
        let over = match watched.code.instrs()[index].op {
            Op::YieldValue => {
                consumed.items.set(consumed.items.get() + 1);
                consumed.items.get() >= ITEMS
            }
            _ => false,
        };
        if over || consumed.left.get() == 0 {
            consumed.left.set(0);
            consumed.known.set(true);
            watched.recording_ends();
            self.callers_go_on(watched.address as *mut PyObject);
        }
    }

    /// Native code that does generators was left in the middle of these: they are recorded again, with what consumes them.
    pub(super) fn left_in_guests(&self, codes: impl Iterator<Item = *mut PyObject>) {
        for (_, watched) in codes.filter_map(|code| self.generator(code as usize)) {
            watched.consumed.known.set(false);
        }
    }

    /// The code of the generators that may be done where code consumes them.
    pub(super) fn generators_of<'a>(&'a self, watched: &Watched) -> Vec<Generator<'a>> {
        let mut found: Vec<Generator<'a>> = Vec::new();
        let mut open = self.consumed_by(watched);
        while let Some(code) = open.pop() {
            if found.len() >= MOST || found.iter().any(|one| one.code == code) {
                continue;
            }
            let Some((_, of)) = self.generator(code as usize) else {
                continue;
            };
            if of.excluded.get() || of.many_namespaces.get() {
                continue;
            }
            open.extend(self.consumed_by(of));
            found.push(Generator {
                code,
                watched: of,
                profile: of.profile.borrow().clone(),
            });
        }
        found
    }
}

/// The code of a generator, and what was seen of it.
pub(super) struct Generator<'a> {
    pub code: *mut PyObject,
    pub watched: &'a Watched,
    profile: Profile,
}

/// What translation asks of a generator's code, for as long as it lasts.
pub(super) struct Asked<'a> {
    members: Box<dyn Fn(u32) -> Option<Vec<crate::translate::Const>> + 'a>,
    texts: Box<dyn Fn(u32) -> Option<Vec<String>> + 'a>,
    classes: Box<dyn Fn(usize) -> Vec<Class> + 'a>,
    generator: Box<dyn Fn(usize) -> Option<usize> + 'a>,
    calls: OfGuest<'a>,
}

/// Which of the generators something is iterated over by the `FOR_ITER` with this index.
pub(super) fn number_at(all: &[Generator<'_>], watched: &Watched, index: usize) -> Option<usize> {
    let code = watched.iterated.borrow().at(index)?;
    all.iter().position(|one| one.code as usize == code)
}

impl Generator<'_> {
    pub(super) fn asked<'a>(
        &'a self,
        all: &'a [Generator<'a>],
        natives: &'a Natives<'a>,
    ) -> Asked<'a> {
        Asked {
            // SAFETY: the GIL is held, and the code is alive.
            members: Box::new(|index| unsafe { watched::members(self.code, index) }),
            texts: Box::new(|index| super::addresses::texts(self.code, index)),
            classes: Box::new(|index| {
                let classes = self.watched.classes.borrow().at(index);
                classes.into_iter().map(Class).collect()
            }),
            generator: Box::new(|index| number_at(all, self.watched, index)),
            calls: OfGuest {
                natives,
                watched: self.watched,
            },
        }
    }

    /// The generator's code as translation sees it; the rest is as for the code that consumes it.
    pub(super) fn source<'a>(&'a self, asked: &'a Asked<'a>, around: &Source<'a>) -> Source<'a> {
        Source {
            code: &self.watched.code,
            cfg: &self.watched.cfg,
            depths: &self.watched.depths,
            consts: &self.watched.consts,
            members: &*asked.members,
            texts: &*asked.texts,
            profile: &self.profile,
            cell: &|_| None,
            classes: &*asked.classes,
            plain_global: &|_| false,
            has_variables: false,
            variable: &|_| None,
            calls: &asked.calls,
            generators: &[],
            // SAFETY: the GIL is held, and the code is alive.
            arguments: unsafe { natives::fatjit_arguments(self.code) } as u32,
            generator: &*asked.generator,
            name: self.watched.name.clone(),
            ..*around
        }
    }
}

/// Tells a finder of the code of generators, in their order.
pub(super) fn tell(finder: &Finder, all: &[Generator<'_>]) {
    for one in all {
        finder.add_generator(one.code);
    }
}

/// Whether it could be said that the code of all guests that were translated is relied on to live.
pub(super) fn rely_on(finder: &Finder, translated: &Translated, all: &[Generator<'_>]) -> bool {
    translated.objects.iter().all(|named| match named {
        Named::GeneratorCode(number) => {
            let one = &all[*number as usize];
            finder.rely_on_code(one.code, &one.watched.name).is_some()
        }
        _ => true,
    })
}

/// A region is too large with its guests: from now on it has none. Whether there were any.
pub(super) fn give_up(watched: &Watched, translated: &Translated) -> bool {
    let sites = translated.guests.sites.iter();
    sites.filter(|site| watched.leave_to_helper(**site)).count() > 0
}

/// The guests of a version, with their code.
pub(super) fn with_codes(guests: Guests, all: &[Generator<'_>]) -> Guests {
    Guests {
        codes: all.iter().map(|one| one.code).collect(),
        ..guests
    }
}
