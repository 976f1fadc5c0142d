//! What compiled regions assume about the program, and who must know when it stops being true.
//!
//! A *fact* is something that the host found and watches: that a name means a certain object, that a function
//! has a certain code. What it is, only the host knows; here it is a key. A *dependent* is one version of a
//! region that was compiled as if some facts could not change: it has a word in memory that its native code
//! reads after everything that may have run other code, and that whoever enters it reads before.
//!
//! Invariants, upheld by the host: it calls [`Assumptions::fell`] *before* the change is made that the fact
//! speaks of, and registers a version before its code can be entered. Upheld here: a dependent of a fact that
//! falls has its word set at once and from then on depends on nothing; a fact that fell [`MOST_FALLS`] times
//! may never be assumed again, so no program makes an endless cycle of compiling and falling.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::rc::Rc;

/// A fact that fell so often is not assumed again.
pub const MOST_FALLS: u32 = 2;

/// What the word of a dependent says when a fact fell.
const FELL: u64 = 1;
/// What it says when that which a fact was about ended.
const ENDED: u64 = 2;

/// One version of a region, and the facts it was compiled for.
#[derive(Debug)]
pub struct Dependent<F: Copy> {
    /// Zero as long as all facts stand. Boxed, because native code knows where it is.
    word: Box<Cell<u64>>,
    facts: Vec<F>,
    fallen: Cell<Option<F>>,
}

impl<F: Copy> Dependent<F> {
    /// Whether all its facts stand.
    pub fn stands(&self) -> bool {
        self.word.get() == 0
    }

    /// Whether one of them does not stand because what it was about is no more.
    pub fn ended(&self) -> bool {
        self.word.get() == ENDED
    }

    /// The address of 64 bits that are zero as long as all facts stand. Good for as long as this lives.
    pub fn word(&self) -> *const u64 {
        self.word.as_ptr()
    }

    /// The facts, each once.
    pub fn facts(&self) -> &[F] {
        &self.facts
    }

    /// The fact that fell, if one did.
    pub fn fallen(&self) -> Option<F> {
        self.fallen.get()
    }
}

/// What is known of a fact.
#[derive(Debug)]
struct Fact<F: Copy> {
    falls: u32,
    dependents: Vec<Rc<Dependent<F>>>,
}

/// All facts that something depends on, or that fell once. `S` makes the hashes of facts: hosts ask about
/// every change of what they watch, most of which concern no fact.
#[derive(Debug)]
pub struct Assumptions<F: Copy, S = RandomState> {
    facts: HashMap<F, Fact<F>, S>,
}

impl<F: Copy, S: Default> Default for Assumptions<F, S> {
    fn default() -> Self {
        Assumptions {
            facts: HashMap::default(),
        }
    }
}

impl<F: Copy + Eq + Hash, S: BuildHasher> Assumptions<F, S> {
    /// Whether a fact, which is true now, may be assumed.
    pub fn may_assume(&self, fact: F) -> bool {
        self.facts
            .get(&fact)
            .is_none_or(|known| known.falls < MOST_FALLS)
    }

    /// Whether anything depends on a fact.
    pub fn is_needed(&self, fact: F) -> bool {
        self.facts
            .get(&fact)
            .is_some_and(|known| !known.dependents.is_empty())
    }

    /// Registers a version that depends on these facts, all of which are true and may be assumed.
    pub fn depend(&mut self, facts: impl IntoIterator<Item = F>) -> Rc<Dependent<F>> {
        let mut once = Vec::new();
        for fact in facts {
            debug_assert!(self.may_assume(fact), "a fact that fell too often");
            if !once.contains(&fact) {
                once.push(fact);
            }
        }
        let dependent = Rc::new(Dependent {
            word: Box::new(Cell::new(0)),
            facts: once,
            fallen: Cell::new(None),
        });
        for fact in &dependent.facts {
            let known = self.facts.entry(*fact).or_insert_with(|| Fact {
                falls: 0,
                dependents: Vec::new(),
            });
            known.dependents.push(Rc::clone(&dependent));
        }
        dependent
    }

    /// A fact is about to stop being true. Its dependents learn of it. Returns the facts that nothing depends
    /// on any more; of a fact that nothing depended on nothing is remembered.
    pub fn fell(&mut self, fact: F) -> Vec<F> {
        match self.is_needed(fact) {
            true => self.fall(fact, FELL),
            false => Vec::new(),
        }
    }

    /// What a fact is about is no more: its dependents learn of it, and it is forgotten, so that another thing may
    /// have the same key. Returns the facts that nothing depends on any more.
    pub fn about_ended(&mut self, fact: F) -> Vec<F> {
        let idle = self.fall(fact, ENDED);
        self.facts.remove(&fact);
        idle
    }

    /// A version ends, whether it fell or not. Returns the facts that nothing depends on any more.
    pub fn end(&mut self, dependent: &Dependent<F>) -> Vec<F> {
        let mut idle = Vec::new();
        for fact in &dependent.facts {
            let Some(known) = self.facts.get_mut(fact) else {
                continue;
            };
            let before = known.dependents.len();
            known
                .dependents
                .retain(|other| !std::ptr::eq(&raw const **other, dependent));
            if known.dependents.is_empty() && before > 0 {
                if known.falls == 0 {
                    self.facts.remove(fact);
                }
                idle.push(*fact);
            }
        }
        idle
    }

    fn fall(&mut self, fact: F, how: u64) -> Vec<F> {
        let Some(known) = self.facts.get_mut(&fact) else {
            return Vec::new();
        };
        known.falls = known.falls.saturating_add(1);
        let mut idle = Vec::new();
        for dependent in known.dependents.clone() {
            dependent.word.set(how);
            dependent.fallen.set(Some(fact));
            idle.extend(self.end(&dependent));
        }
        idle
    }
}
