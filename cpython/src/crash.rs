//! What native code ran last, for a note on standard error when a signal ends the process.
//!
//! Each entry into native code is a place in a ring: whose code, and what became of it. Invariant: what the ring
//! refers to is complete before it is entered there, and is taken out before it is freed ([`Noted`]'s drop), so that
//! a signal handler, which may look at any time, reads nothing else. Only who holds the GIL writes; on the way in and
//! out that is a few plain stores. The note itself is `csrc/crash.c`.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use fatjit_guards::ExitTable;
use fatjit_ir::{ExitId, Reason};
use fatjit_jit::region::Compiled;

use crate::symbols::Symbol;

/// Entries that are remembered.
const ENTRIES: usize = 64;
/// What became of an entry, in place of the number of an exit.
const RUNNING: u64 = u32::MAX as u64;
const RETURNED: u64 = u32::MAX as u64 - 1;

/// `struct fatjit_exit_note`.
#[repr(C)]
#[derive(Debug)]
struct ExitNote {
    reason: *const u8,
    reason_length: u32,
    line: u32,
}

/// `struct fatjit_region_note`.
#[repr(C)]
#[derive(Debug)]
struct RegionNote {
    name: *const u8,
    name_length: u64,
    code: usize,
    code_size: u64,
    exits: *const ExitNote,
    exit_count: u64,
}

/// `struct fatjit_entry_of_code`.
#[repr(C)]
struct EntryNote {
    region: AtomicPtr<RegionNote>,
    exit: AtomicU64,
}

/// `struct fatjit_entries`.
#[repr(C)]
struct Entries {
    ring: *const EntryNote,
    made: *const u64,
    count: u64,
}

unsafe extern "C" {
    fn fatjit_crash_watch(entries: Entries);
    fn fatjit_crash_ignore();
}

static RING: [EntryNote; ENTRIES] = [const {
    EntryNote {
        region: AtomicPtr::new(ptr::null_mut()),
        exit: AtomicU64::new(RETURNED),
    }
}; ENTRIES];
static MADE: AtomicU64 = AtomicU64::new(0);

/// From now on signals that end the process have a note written first.
pub fn watch() {
    let entries = Entries {
        ring: RING.as_ptr(),
        made: MADE.as_ptr(),
        count: ENTRIES as u64,
    };
    // SAFETY: the ring is never freed; the GIL is held, so that nobody else watches.
    unsafe { fatjit_crash_watch(entries) };
}

/// No more notes.
pub fn ignore() {
    // SAFETY: the GIL is held.
    unsafe { fatjit_crash_ignore() };
}

/// What a note says of a compiled region.
#[derive(Debug)]
pub struct Noted {
    note: Box<RegionNote>,
    _name: Box<str>,
    _exits: Box<[ExitNote]>,
    /// What profilers and debuggers know of it, for as long.
    _symbol: Option<Symbol>,
}

impl Noted {
    /// Of a region with this name for people. `line` tells the source line of a position, `words` a reason's.
    pub fn new(
        name: &str,
        compiled: &Compiled,
        symbol: Option<Symbol>,
        line: impl Fn(u32) -> u32,
        words: impl Fn(Reason) -> &'static str,
    ) -> Noted {
        let name: Box<str> = name.into();
        let exits = exits(&compiled.exits, line, words);
        Noted {
            note: Box::new(RegionNote {
                name: name.as_ptr(),
                name_length: name.len() as u64,
                code: compiled.code.address(),
                code_size: compiled.code.size() as u64,
                exits: exits.as_ptr(),
                exit_count: exits.len() as u64,
            }),
            _name: name,
            _exits: exits,
            _symbol: symbol,
        }
    }

    /// Its native code is entered.
    pub fn enters(&self) -> Entered<'_> {
        let made = MADE.load(Ordering::Relaxed);
        let place = &RING[made as usize % ENTRIES];
        place.exit.store(RUNNING, Ordering::Relaxed);
        place.region.store(self.address(), Ordering::Relaxed);
        MADE.store(made + 1, Ordering::Relaxed);
        Entered { place, noted: self }
    }

    /// Its native code, which was entered by other native code, is left through this exit.
    pub fn leaves(&self, exit: ExitId) {
        self.enters().left(exit);
    }

    fn address(&self) -> *mut RegionNote {
        (&raw const *self.note).cast_mut()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        for place in &RING {
            if place.region.load(Ordering::Relaxed) == self.address() {
                place.region.store(ptr::null_mut(), Ordering::Relaxed);
            }
        }
    }
}

/// Native code that was entered, and is going to be left.
pub struct Entered<'a> {
    place: &'static EntryNote,
    noted: &'a Noted,
}

impl Entered<'_> {
    /// It was left through this exit.
    pub fn left(self, exit: ExitId) {
        self.ended(u64::from(exit.0));
    }

    /// It came to its end.
    pub fn returned(self) {
        self.ended(RETURNED);
    }

    /// Unless later entries have taken the place.
    fn ended(self, how: u64) {
        if self.place.region.load(Ordering::Relaxed) == self.noted.address() {
            self.place.exit.store(how, Ordering::Relaxed);
        }
    }
}

fn exits(
    table: &ExitTable,
    line: impl Fn(u32) -> u32,
    words: impl Fn(Reason) -> &'static str,
) -> Box<[ExitNote]> {
    // Most exits share their position with others, and a line takes a while to be found.
    let mut lines = BTreeMap::new();
    let note = |index| {
        let exit = table.get(ExitId(index));
        let words = exit.as_ref().map_or("", |exit| words(exit.reason));
        let position = exit.and_then(|exit| exit.own()).map(|frame| frame.position);
        ExitNote {
            reason: words.as_ptr(),
            reason_length: words.len() as u32,
            line: position.map_or(0, |at| *lines.entry(at).or_insert_with(|| line(at))),
        }
    };
    (0..table.len() as u32).map(note).collect()
}
