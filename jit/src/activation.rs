//! The record that one run of native code works on, kept on the stack of whoever enters it.
//!
//! Invariant: [`Activation`] and [`ActivationLayout`] describe the same memory; the tests of this module
//! compare them. Generated code knows the record only through the layout. Values of an exit live here and
//! never in a buffer of a region or thread, because rebuilding a frame can enter native code again. Until then
//! the words that they are left in carry what goes over bridges.

use std::cell::Cell;
use std::mem::MaybeUninit;

use fatjit_ir::{ExitId, Read, Slot, Type};

/// Words of the spill area: the most values an exit may need.
pub const SPILL_WORDS: u32 = 256;

/// Words before the spill area: those of every activation's record, frame base, countdown, callees, nesting,
/// status.
const HEADER_WORDS: u32 = RecordLayout::WORDS + 5;

/// Bytes of one word.
const WORD: u32 = 8;

/// What generated code works on: the frame it runs for, words the host passes to it, and the place where
/// an exit leaves its values. `CONTEXT` is the number of the host's words.
#[repr(C)]
#[derive(Debug)]
pub struct Activation<const CONTEXT: usize> {
    /// Null: nothing is around it.
    caller: *const u8,
    /// This activation.
    root: *const u8,
    /// By what the host knows the code that runs on it.
    pub unit: usize,
    /// The exit that describes the call that is under way.
    site: u64,
    /// Address of the frame's slot 0.
    pub frame_base: *mut u8,
    /// Guards still to pass before one fails on purpose; read and written only by code compiled with
    /// spurious exits.
    pub spurious_countdown: i64,
    /// The addresses of what the running code calls through bridges; set when it is entered.
    callees: *const usize,
    /// How many calls of compiled functions may be nested in each other.
    pub nesting: i64,
    /// What came of a call through whose exit native code was left.
    pub status: u64,
    spill: [Cell<MaybeUninit<u64>>; SPILL_WORDS as usize],
    /// What the instruction `context` reads; must not change while native code runs.
    pub context: [usize; CONTEXT],
}

impl<const CONTEXT: usize> Activation<CONTEXT> {
    /// A record for a run on the frame whose slot 0 is at `frame_base`.
    pub fn new(frame_base: *mut u8, context: [usize; CONTEXT]) -> Self {
        Activation {
            caller: std::ptr::null(),
            root: std::ptr::null(),
            unit: 0,
            site: 0,
            frame_base,
            spurious_countdown: i64::MAX,
            callees: std::ptr::null(),
            nesting: 0,
            status: 0,
            spill: [const { Cell::new(MaybeUninit::uninit()) }; SPILL_WORDS as usize],
            context,
        }
    }

    /// Gets it ready for native code: sets the addresses that bridges find what they call at. It must not be
    /// moved from then on.
    pub(crate) fn begin(&mut self, callees: *const usize) {
        self.root = (&raw const *self).cast();
        self.callees = callees;
    }

    /// Puts what an entry reads where its code finds it.
    pub(crate) fn read(
        &mut self,
        reads: &[Read],
        mut number: impl FnMut(Slot, Type) -> Option<u64>,
    ) {
        let Some((all, words)) = self.spill.split_first_mut() else {
            return;
        };
        let mut held = true;
        for (word, read) in words.iter_mut().zip(reads) {
            let found = number(read.slot, read.ty);
            held &= found.is_some();
            word.set(MaybeUninit::new(found.unwrap_or(0)));
        }
        all.set(MaybeUninit::new(u64::from(held)));
    }

    /// The value that the exit left in a spill word: an int or an address as it is, a float by its bits, a
    /// truth value as 0 or 1. Word k holds the k-th of the exit's values.
    ///
    /// # Safety
    /// Native code must have left through an exit with more than `word` values, and not have been entered
    /// with this record since.
    pub unsafe fn spilled(&self, word: u32) -> u64 {
        // SAFETY: the caller promises that the exit stored this word.
        unsafe { self.spill[word as usize].get().assume_init() }
    }

    /// Where that word is.
    pub fn spill_word(&self, word: u32) -> *mut u64 {
        self.spill[word as usize].as_ptr().cast()
    }
}

/// Where the parts of an [`Activation`] lie, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationLayout;

impl ActivationLayout {
    /// The address of the frame's slot 0.
    pub const FRAME_BASE: i32 = (RecordLayout::WORDS * WORD) as i32;
    /// The countdown to the next spurious exit.
    pub const SPURIOUS_COUNTDOWN: i32 = ActivationLayout::FRAME_BASE + WORD as i32;
    /// The address of the table of what is called through bridges.
    pub const CALLEES: i32 = ActivationLayout::SPURIOUS_COUNTDOWN + WORD as i32;
    /// How many calls may be nested.
    pub const NESTING: i32 = ActivationLayout::CALLEES + WORD as i32;
    /// What came of the call through whose exit native code was left.
    pub const STATUS: i32 = ActivationLayout::NESTING + WORD as i32;

    /// A spill word.
    pub fn spill(word: u32) -> i32 {
        ((HEADER_WORDS + word) * WORD) as i32
    }

    /// A context word.
    pub fn context(word: u32) -> i32 {
        ActivationLayout::spill(SPILL_WORDS + word)
    }
}

/// The words that every activation begins with, of a loop's run or of a function's: offsets in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLayout;

impl RecordLayout {
    /// The activation of the caller; null in an outermost one.
    pub const CALLER: i32 = 0;
    /// The outermost activation.
    pub const ROOT: i32 = WORD as i32;
    /// By what the host knows the code.
    pub const UNIT: i32 = (2 * WORD) as i32;
    /// The exit that describes the call that is under way.
    pub const SITE: i32 = (3 * WORD) as i32;
    /// Number of words.
    pub const WORDS: u32 = 4;
}

/// The parts of a function's activation, which lies in the function's own machine frame: the words of
/// [`RecordLayout`], the spill words, the slots of the frame that the interpreter would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionRecord {
    /// Words for the values of exits and calls.
    pub spill_words: u32,
    /// Slots; none if the function never touches one: they all hold nothing then. None if it has a frame.
    pub slots: u32,
    /// Whether the function has a frame of the host: then the last word is the address of that frame's slot 0.
    pub framed: bool,
}

impl FunctionRecord {
    /// A spill word, in bytes from the start.
    pub fn spill(self, word: u32) -> i32 {
        ((RecordLayout::WORDS + word) * WORD) as i32
    }

    /// A slot, in bytes from the start.
    pub fn slot(self, slot: u32) -> i32 {
        self.spill(self.spill_words + slot)
    }

    /// The address of the frame's slot 0, in bytes from the start.
    pub fn frame(self) -> i32 {
        self.slot(self.slots)
    }

    /// The size in bytes.
    pub fn size(self) -> u32 {
        (RecordLayout::WORDS + self.spill_words + self.slots + u32::from(self.framed)) * WORD
    }
}

/// An activation that native code told the host of, from within.
#[derive(Clone, Copy, Debug)]
pub struct Record(*const u8);

impl Record {
    /// The activation at this address.
    ///
    /// # Safety
    /// Native code gave the address to the routine that is running, or it is that of an activation around
    /// such a one; and it is not used after that routine returned.
    pub unsafe fn at(address: *const u8) -> Record {
        Record(address)
    }

    /// A word of it.
    fn word(self, offset: i32) -> u64 {
        // SAFETY: the type's promise: an activation is alive there, and begins with the words of its layout.
        unsafe { self.0.add(offset as usize).cast::<u64>().read() }
    }

    /// The activation of the caller, if there is one.
    pub fn caller(self) -> Option<Record> {
        let caller = self.word(RecordLayout::CALLER) as *const u8;
        (!caller.is_null()).then_some(Record(caller))
    }

    /// The outermost activation around it.
    pub fn root(self) -> Record {
        Record(self.word(RecordLayout::ROOT) as *const u8)
    }

    /// By what the host knows the code.
    pub fn unit(self) -> usize {
        self.word(RecordLayout::UNIT) as usize
    }

    /// The exit that describes the call that is under way.
    pub fn site(self) -> ExitId {
        ExitId(self.word(RecordLayout::SITE) as u32)
    }

    /// A spill word of the activation of a function.
    pub fn spilled(self, record: FunctionRecord, word: u32) -> u64 {
        debug_assert!(word < record.spill_words);
        self.word(record.spill(word))
    }

    /// Where that word is.
    pub fn spill_word(self, record: FunctionRecord, word: u32) -> *mut u64 {
        debug_assert!(word < record.spill_words);
        // SAFETY: as in `word`; the word lies within the activation, whose memory native code writes.
        unsafe { self.0.add(record.spill(word) as usize).cast_mut().cast() }
    }

    /// The slots of the activation of a function; null if it has none.
    pub fn slots(self, record: FunctionRecord) -> *mut u64 {
        if record.slots == 0 {
            return std::ptr::null_mut();
        }
        // SAFETY: as in `word`; the slots lie within the activation.
        unsafe { self.0.add(record.slot(0) as usize).cast_mut().cast() }
    }

    /// Slot 0 of the frame that the function has; null if it has none.
    pub fn frame(self, record: FunctionRecord) -> *mut u64 {
        match record.framed {
            true => self.word(record.frame()) as *mut u64,
            false => std::ptr::null_mut(),
        }
    }

    /// The outermost activation, which whoever entered native code made with so many context words.
    pub fn as_activation<const CONTEXT: usize>(self) -> Option<*mut Activation<CONTEXT>> {
        let outermost = self.word(RecordLayout::CALLER) == 0;
        outermost.then_some(self.0.cast_mut().cast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    fn agree<const CONTEXT: usize>() {
        type A<const N: usize> = Activation<N>;
        let at = |offset: usize| i32::try_from(offset).unwrap();
        assert_eq!(
            ActivationLayout::FRAME_BASE,
            at(offset_of!(A<CONTEXT>, frame_base))
        );
        assert_eq!(
            ActivationLayout::SPURIOUS_COUNTDOWN,
            at(offset_of!(A<CONTEXT>, spurious_countdown))
        );
        assert_eq!(
            ActivationLayout::CALLEES,
            at(offset_of!(A<CONTEXT>, callees))
        );
        assert_eq!(
            ActivationLayout::NESTING,
            at(offset_of!(A<CONTEXT>, nesting))
        );
        assert_eq!(ActivationLayout::STATUS, at(offset_of!(A<CONTEXT>, status)));
        assert_eq!(RecordLayout::CALLER, at(offset_of!(A<CONTEXT>, caller)));
        assert_eq!(RecordLayout::ROOT, at(offset_of!(A<CONTEXT>, root)));
        assert_eq!(RecordLayout::UNIT, at(offset_of!(A<CONTEXT>, unit)));
        assert_eq!(RecordLayout::SITE, at(offset_of!(A<CONTEXT>, site)));
        assert_eq!(
            ActivationLayout::spill(0),
            at(offset_of!(A<CONTEXT>, spill))
        );
        assert_eq!(
            ActivationLayout::context(0),
            at(offset_of!(A<CONTEXT>, context))
        );
        assert_eq!(
            ActivationLayout::context(CONTEXT as u32),
            at(size_of::<A<CONTEXT>>())
        );
    }

    #[test]
    fn layout_agrees_with_the_record() {
        agree::<0>();
        agree::<1>();
        agree::<7>();
    }

    #[test]
    fn spill_words_are_words_of_the_record() {
        let mut act = Activation::<3>::new(std::ptr::null_mut(), [1, 2, 3]);
        let offset = ActivationLayout::spill(5) as usize;
        let record = (&raw mut act).cast::<u8>();
        // SAFETY: word 5 of the spill area lies within the record and is aligned; nothing borrows it.
        unsafe { record.add(offset).cast::<u64>().write(77) };
        // SAFETY: it was just written.
        assert_eq!(unsafe { act.spilled(5) }, 77);
        assert_eq!(act.context, [1, 2, 3]);
    }
}
