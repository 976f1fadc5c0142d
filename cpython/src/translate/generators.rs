//! Generators: native code between two suspensions.
//!
//! A loop that yields is translated with all the code around it that ran. Its region can be entered behind each `yield`, and
//! where the generator begins; there all its variables are in the frame's memory, as they are wherever a generator is
//! suspended. Where it yields, native code leaves with all of them there again.

use fatjit_bytecode::{NaturalLoop, Op};
use fatjit_jit::gbc::{Entry, GOp};

use super::{Scope, Source, Translator};

/// What the argument of a `RESUME` says of it, in its lowest bits: behind a `yield`.
const AFTER_YIELD: u32 = 1;
const PLACE: u32 = 3;

/// What is translated for a loop.
pub(super) fn scope(source: &Source<'_>, found: usize) -> Scope {
    let mut instrs = instructions_of(source, &source.cfg.loops()[found]);
    let yields = |index: usize| yields(source, index) && source.profile.ran(index);
    match source.code.source().is_generator() && instrs.any(yields) {
        true => Scope::Generator(found),
        false => Scope::Loop(found),
    }
}

/// The instructions of a loop, by their indices.
pub(super) fn instructions_of<'a>(
    source: &'a Source<'_>,
    of: &'a NaturalLoop,
) -> impl Iterator<Item = usize> + 'a {
    of.blocks.iter().flat_map(|block| {
        let info = &source.cfg.blocks()[*block];
        info.start..info.end
    })
}

/// Whether an instruction is that of a `yield`, not of an `await` or `yield from`.
pub(super) fn yields(source: &Source<'_>, index: usize) -> bool {
    let instrs = source.code.instrs();
    let next = instrs.get(index + 1);
    instrs[index].op == Op::YieldValue
        && next.is_some_and(|next| next.op == Op::Resume && next.arg & PLACE == AFTER_YIELD)
}

/// Where a generator is resumed first.
pub(super) fn first_resumed(source: &Source<'_>) -> Option<usize> {
    let mut instrs = source.code.instrs().iter();
    let made = instrs.position(|instr| instr.op == Op::ReturnGenerator);
    made.map(|at| at + 1)
}

impl Translator<'_> {
    /// Whether what is translated is a generator's code.
    pub(super) fn is_generator(&self) -> bool {
        matches!(self.scope, Scope::Generator(_) | Scope::Guest(_))
    }

    /// Whether it is that of a guest.
    pub(super) fn is_guest(&self) -> bool {
        matches!(self.scope, Scope::Guest(_))
    }

    /// The first instruction of a block, from its start, that the region does: the generator itself is made by the
    /// interpreter.
    pub(super) fn begins(&self, start: usize) -> usize {
        match self.first_resumed() {
            Some(first) if self.source.cfg.block_of(first) == self.source.cfg.block_of(start) => {
                first
            }
            _ => self.behind_end_for(start),
        }
    }

    fn first_resumed(&self) -> Option<usize> {
        first_resumed(self.source).filter(|_| self.is_generator())
    }

    pub(super) fn yield_value(&mut self) {
        if self.is_guest() {
            return self.yield_in_guest();
        }
        if !self.is_generator() || !yields(self.source, self.index) {
            return self.generic();
        }
        let resume = self.new_block(false);
        let sent = self.top(1);
        self.push(GOp::Suspend { resume, sent });
        self.suspended.push((self.index + 1, resume));
        self.at = resume;
        self.forget();
    }

    /// Makes the entries where the generator is resumed.
    pub(super) fn enter_where_resumed(&mut self) {
        let first = self.first_resumed();
        let first = first.and_then(|index| {
            let block = self.source.cfg.block_of(index)?;
            Some((index, self.label_of(block)?))
        });
        let all = std::mem::take(&mut self.suspended).into_iter().chain(first);
        for (index, block) in all {
            let Some(point) = self.point(index) else {
                continue;
            };
            let entry = self.region.entries.len() as u32;
            self.resumed.push((point.position, entry));
            // What is known where it yielded is known there; of what it was called with nothing is.
            let begins = first.is_some_and(|(first, _)| first == index);
            self.region.entries.push(Entry {
                block,
                point,
                seen: begins.then(Vec::new),
            });
        }
    }
}
