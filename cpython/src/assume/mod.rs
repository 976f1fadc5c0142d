//! Facts about the program that compiled code relies on: what global names mean, what functions do.
//!
//! [`Finder`] reads facts while a region is translated; [`Watchers`] has the interpreter tell of every change of
//! what a fact is about *before* it is made, and keeps who depends on it (`fatjit_guards::assumptions`).
//!
//! Invariant: as long as a version's facts stand, every object that it found through them is alive, because the
//! dict or function that the fact is about refers to it. So versions hold no references to such objects, which
//! would keep the program's objects alive, and hide cycles from the collector. Only numbers and texts are held.

mod finder;
mod natives;
mod watchers;

use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use fatjit_guards::Dependent;

use pyo3_ffi::PyObject;

use crate::frame::Frame;
use crate::python::Owned;

pub use finder::Finder;
pub use watchers::{Storing, Watchers, code_is_gone};

/// A fact. Objects are named by their addresses: an event tells when one ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// What a name means in a dict, or that it is not there. Names are interned.
    Binding {
        /// The dict.
        dict: usize,
        /// The name.
        name: usize,
    },
    /// Code and defaults of a function.
    Function(usize),
    /// That a code object, of which something is known, is not gone.
    Code(usize),
    /// A class and its bases: what they have, and what they look like.
    Class(usize),
}

/// A version's assumptions, from before it can be entered until it ends.
#[derive(Debug)]
pub struct Assumed {
    dependent: Rc<Dependent<Fact>>,
    /// Each fact in words: what is assumed, and what is said when it fell.
    told: Vec<Told>,
    watchers: &'static Watchers,
    /// The dicts of globals and builtins that it is true for. Only compared: there is a fact about the first, and
    /// so an event if it ends.
    namespace: Namespace,
    /// The names of the facts, and numbers and texts that were found through them.
    _held: Vec<Owned>,
}

/// Addresses of the dicts in which a frame looks names up: its globals and its builtins.
pub type Namespace = [usize; 2];

/// The dicts in which a frame looks names up.
pub fn namespace(frame: Frame) -> Namespace {
    // SAFETY: the GIL is held, and the frame is alive.
    unsafe {
        [
            natives::fatjit_globals(frame.base()) as usize,
            natives::fatjit_builtins(frame.base()) as usize,
        ]
    }
}

/// The tuple of the names of a frame's code, borrowed.
pub fn names(frame: Frame) -> *mut PyObject {
    // SAFETY: the GIL is held, and the frame is alive.
    unsafe { natives::fatjit_names(frame.base()) }
}

/// A fact in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    fact: Fact,
    /// What is assumed: "global 'n' is 7".
    pub assumed: String,
    /// What it is about: "global 'n'".
    pub about: String,
}

impl Assumed {
    /// Whether all of them stand.
    pub fn stand(&self) -> bool {
        self.dependent.stands()
    }

    /// The address of a word that is zero as long as they stand; nothing if there are none.
    pub fn word(&self) -> Option<usize> {
        (!self.told.is_empty()).then_some(self.dependent.word() as usize)
    }

    /// Whether something that they were about is no more.
    pub fn ended(&self) -> bool {
        self.dependent.ended()
    }

    /// Whether they say something about this frame: code may run with other globals than it was compiled for.
    pub fn concern(&self, frame: Frame) -> bool {
        self.told.is_empty() || self.namespace == namespace(frame)
    }

    /// Whether they hold for code that runs with these globals and builtins.
    pub fn hold_in(&self, namespace: [*mut PyObject; 2]) -> bool {
        self.told.is_empty() || self.namespace == namespace.map(|dict| dict as usize)
    }

    /// The globals and builtins that they are about; nothing if they say nothing.
    pub fn namespace(&self) -> Option<[*mut PyObject; 2]> {
        (!self.told.is_empty()).then(|| self.namespace.map(|dict| dict as *mut PyObject))
    }

    /// Whether they say what one of these names means in a dict.
    pub fn bind(&self, dict: usize, names: &[usize]) -> bool {
        self.told.iter().any(|told| match told.fact {
            Fact::Binding { dict: of, name } => of == dict && names.contains(&name),
            Fact::Function(_) | Fact::Code(_) | Fact::Class(_) => false,
        })
    }

    /// All of them in words.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// What the fact was about that fell, if one did.
    pub fn fallen(&self) -> Option<&str> {
        let fact = self.dependent.fallen()?;
        let told = self.told.iter().find(|told| told.fact == fact)?;
        Some(&told.about)
    }
}

impl Drop for Assumed {
    fn drop(&mut self) {
        self.watchers.end(&self.dependent);
    }
}

/// Hashes of addresses: Fibonacci hashing (Knuth, "The Art of Computer Programming", vol. 3, section 6.4). Every store
/// to a watched dict asks for one.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

/// Builds the hashers of maps by address.
pub type ByAddress = BuildHasherDefault<AddressHasher>;
