//! The record that one run of native code works on, kept on the stack of whoever enters it.
//!
//! Invariant: [`Activation`] and [`ActivationLayout`] describe the same memory; the tests of this module
//! compare them. Generated code knows the record only through the layout. Values of an exit live here and
//! never in a buffer of a region or thread, because rebuilding a frame can enter native code again. Until then
//! the words that they are left in carry what goes over bridges.

use std::mem::MaybeUninit;

/// Words of the spill area: the most values an exit may need.
pub const SPILL_WORDS: u32 = 256;

/// Words before the spill area: frame base, countdown, callees.
const HEADER_WORDS: u32 = 3;

/// Bytes of one word.
const WORD: u32 = 8;

/// What generated code works on: the frame it runs for, words the host passes to it, and the place where
/// an exit leaves its values. `CONTEXT` is the number of the host's words.
#[repr(C)]
#[derive(Debug)]
pub struct Activation<const CONTEXT: usize> {
    /// Address of the frame's slot 0.
    pub frame_base: *mut u8,
    /// Guards still to pass before one fails on purpose; read and written only by code compiled with
    /// spurious exits.
    pub spurious_countdown: i64,
    /// The addresses of what the running code calls through bridges; set when it is entered.
    callees: *const usize,
    spill: [MaybeUninit<u64>; SPILL_WORDS as usize],
    /// What the instruction `context` reads; must not change while native code runs.
    pub context: [usize; CONTEXT],
}

impl<const CONTEXT: usize> Activation<CONTEXT> {
    /// A record for a run on the frame whose slot 0 is at `frame_base`.
    pub fn new(frame_base: *mut u8, context: [usize; CONTEXT]) -> Self {
        Activation {
            frame_base,
            spurious_countdown: i64::MAX,
            callees: std::ptr::null(),
            spill: [MaybeUninit::uninit(); SPILL_WORDS as usize],
            context,
        }
    }

    /// Sets the addresses that bridges find what they call at.
    pub(crate) fn set_callees(&mut self, callees: *const usize) {
        self.callees = callees;
    }

    /// The value that the exit left in a spill word: an int or an address as it is, a float by its bits, a
    /// truth value as 0 or 1. Word k holds the k-th of the exit's values.
    ///
    /// # Safety
    /// Native code must have left through an exit with more than `word` values, and not have been entered
    /// with this record since.
    pub unsafe fn spilled(&self, word: u32) -> u64 {
        // SAFETY: the caller promises that the exit stored this word.
        unsafe { self.spill[word as usize].assume_init() }
    }
}

/// Where the parts of an [`Activation`] lie, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationLayout;

impl ActivationLayout {
    /// The address of the frame's slot 0.
    pub const FRAME_BASE: i32 = 0;
    /// The countdown to the next spurious exit.
    pub const SPURIOUS_COUNTDOWN: i32 = WORD as i32;
    /// The address of the table of what is called through bridges.
    pub const CALLEES: i32 = (2 * WORD) as i32;

    /// A spill word.
    pub fn spill(word: u32) -> i32 {
        ((HEADER_WORDS + word) * WORD) as i32
    }

    /// A context word.
    pub fn context(word: u32) -> i32 {
        ActivationLayout::spill(SPILL_WORDS + word)
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
