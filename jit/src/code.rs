//! A compiled unit.
//!
//! Invariant: the entry lies in the pages that a [`Code`] owns, so its address is right for as long as the
//! `Code` lives; dropping it unmaps all of it. Whoever enters keeps the `Code` alive until native code
//! has returned.

use std::sync::Arc;

use fatjit_ir::{ExitId, Read, Slot, Type};
use fatjit_targets::CodeAllocation;

use crate::activation::Activation;
use crate::activation::FunctionRecord;
use crate::codegen::{Gate, Stub};

/// The type of a unit's function: from the activation and the number of the entry to that of the exit.
type Function = unsafe extern "C" fn(*mut u8, u32) -> u32;

/// The address of a unit's function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry(*const u8);

// SAFETY: an address of code, which every thread may call.
unsafe impl Send for Entry {}
// SAFETY: as above; it is never written through.
unsafe impl Sync for Entry {}

impl Entry {
    /// At this address.
    pub fn at(address: *const u8) -> Entry {
        Entry(address)
    }
}

/// What a unit's code looks like, with names instead of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeText {
    /// As Cranelift was given it.
    pub clif: String,
    /// As machine instructions.
    pub assembly: String,
    /// Bytes of these.
    pub bytes: usize,
}

/// What code calls through bridges.
#[derive(Debug, Default)]
pub(crate) struct Bridged {
    /// The addresses of what is called, by place.
    pub callees: Vec<usize>,
    /// The bridges, kept for as long as the code may call them.
    pub _bridges: Vec<Arc<Stub>>,
}

/// What the code of a function has besides.
#[derive(Debug)]
pub(crate) struct FunctionCode {
    /// The way in from outside.
    pub gate: Gate,
    /// The parts of its activations.
    pub record: FunctionRecord,
}

/// A compiled unit. Dropped, its pages are unmapped.
#[derive(Debug)]
pub struct Code {
    entry: Entry,
    /// Kept for as long as `entry` may be called.
    pages: Vec<CodeAllocation>,
    size: usize,
    /// What each entry reads.
    entries: Vec<Vec<Read>>,
    bridged: Bridged,
    function: Option<FunctionCode>,
    text: Option<CodeText>,
}

impl Code {
    pub(crate) fn new(
        entry: Entry,
        pages: Vec<CodeAllocation>,
        size: usize,
        entries: Vec<Vec<Read>>,
        bridged: Bridged,
        function: Option<FunctionCode>,
        text: Option<CodeText>,
    ) -> Code {
        Code {
            entry,
            pages,
            size,
            entries,
            bridged,
            function,
            text,
        }
    }

    /// Runs the code from an entry until it leaves; the exit it took, whose values are in the activation. Before,
    /// `number` is asked for the numbers that slots hold: an int as it is, a float by its bits, a truth value as 0
    /// or 1; nothing if a slot holds something else than was asked for.
    ///
    /// # Safety
    /// The activation must have as many context words as the unit was compiled for, its frame and words
    /// must be what the unit expects of its host, and `entry` must be one of the unit's. `self` must stay
    /// alive until this returns, whatever the helpers that it calls do.
    pub unsafe fn enter<const CONTEXT: usize>(
        &self,
        activation: *mut Activation<CONTEXT>,
        entry: u32,
        number: impl FnMut(Slot, Type) -> Option<u64>,
    ) -> ExitId {
        // SAFETY: the address is that of a finished function of this type in pages that `self` owns.
        let function = unsafe { std::mem::transmute::<*const u8, Function>(self.entry.0) };
        // SAFETY: the caller's record is alive, and native code is not running on it yet.
        unsafe {
            (*activation).begin(self.bridged.callees.as_ptr());
            (*activation).read(&self.entries[entry as usize], number);
        }
        // SAFETY: the caller upholds what the unit expects.
        ExitId(unsafe { function(activation.cast(), entry) })
    }

    /// The parts of the activations of a function's code; none for a loop's.
    pub fn function_record(&self) -> Option<FunctionRecord> {
        self.function.as_ref().map(|function| function.record)
    }

    /// Calls the code of a function with its arguments as words (a float by its bits, an object by its
    /// address): the status, and, if that is [`STATUS_RETURNED`], the result in the same form, an object
    /// being a reference of the caller's. None if this is not a function's code.
    ///
    /// [`STATUS_RETURNED`]: crate::codegen::STATUS_RETURNED
    ///
    /// # Safety
    /// The activation is one made for this call, with as many context words as the unit was compiled for and
    /// what the unit expects of its host; the arguments are as many and of the types that the unit takes,
    /// objects being kept alive. `self` and all the functions that it calls must stay alive until this
    /// returns.
    pub unsafe fn call<const CONTEXT: usize>(
        &self,
        activation: *mut Activation<CONTEXT>,
        arguments: &[u64],
    ) -> Option<(u64, u64)> {
        let function = self.function.as_ref()?;
        let gate = function.gate.function();
        let mut result = 0;
        // SAFETY: the caller's record is alive, and nothing runs on it.
        unsafe { (*activation).begin(std::ptr::null()) };
        // SAFETY: as above.
        let nesting = unsafe { (*activation).nesting };
        // SAFETY: the gate is that of the function's signature, and the caller upholds what the unit expects.
        let status = unsafe {
            gate(
                self.entry.0,
                activation.cast(),
                nesting,
                arguments.as_ptr(),
                &raw mut result,
            )
        };
        Some((status, result))
    }

    /// Size of the code in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// What the code takes of the limit of code memory, in bytes, without the bridges that it shares with
    /// other code.
    pub fn mapped(&self) -> usize {
        self.pages.iter().map(CodeAllocation::size).sum()
    }

    /// The address of the first byte, for profilers and debuggers.
    pub fn address(&self) -> usize {
        self.entry.0 as usize
    }

    /// Number of entries.
    pub fn entries(&self) -> u32 {
        self.entries.len() as u32
    }

    /// The code's text, if it was to be kept.
    pub fn text(&self) -> Option<&CodeText> {
        self.text.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_may_be_kept_and_dropped_by_any_thread() {
        fn shareable<T: Send + Sync>() {}
        shareable::<Code>();
    }
}
