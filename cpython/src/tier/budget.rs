//! Putting compilations off that would take more than their share of the time.
//!
//! Invariant: what is put off is in a phase of its own and carries no events, so that it costs nothing meanwhile; a
//! sample that finds it running once there is time again has it go on where it stopped. What others wait for is not
//! put off: a function that code calls which is being recorded, and what the program asked for. With a threshold, and
//! where no samples can be taken, nothing is: then all happens at the round that was named.

use std::time::Duration;

use pyo3_ffi::PyObject;

use super::Tier;
use super::function::FunctionPhase;
use super::log::Event;
use super::watched::{Loop, Phase, Watched};
use crate::frame::Frame;
use crate::{monitor, sampler};

/// Nanoseconds lost where native code is left: for leaving, and for what the interpreter does instead of it.
const LEFT_NS: u64 = 1_000;

impl Tier {
    /// Whether the loop with this header, or the function, may be recorded now, and then compiled.
    pub(super) fn may_compile(&self, watched: &Watched, header: Option<u32>) -> bool {
        watched.awaited.get() || monitor::counts_all() || self.has_time(watched.size(header))
    }

    /// To ask for the processor's time takes longer than what asks: who was told no asks again when a sample was taken.
    fn has_time(&self, instructions: u32) -> bool {
        let (sample, size) = self.no_time.get();
        if sample == self.samples.get() && instructions >= size {
            return false;
        }
        let allows = self.budget.allows(instructions, sampler::process_time);
        if !allows {
            self.no_time.set((self.samples.get(), instructions));
        }
        allows
    }

    /// The same of what is left so often through an exit that this took longer than compiling will. Leaving once takes so
    /// many nanoseconds.
    pub(super) fn may_grow(
        &self,
        watched: &Watched,
        header: Option<u32>,
        (count, cost): (u32, u64),
    ) -> bool {
        let lost = Duration::from_nanos(u64::from(count) * cost);
        self.may_compile(watched, header) || self.budget.pays_back(watched.size(header), lost)
    }

    /// Whether native code that leaves so often through one exit had better be compiled again. With a threshold that is asked
    /// of the number alone.
    pub(super) fn pays_to_grow(&self, watched: &Watched, header: Option<u32>, count: u32) -> bool {
        let lost = Duration::from_nanos(u64::from(count) * LEFT_NS);
        monitor::counts_all() || self.budget.is_worth(watched.size(header), lost)
    }

    /// Compiles a loop, or the function: the time that takes is counted.
    pub(super) fn within_budget<R>(
        &self,
        (watched, header): (&Watched, Option<u32>),
        compile: impl FnOnce() -> R,
    ) -> R {
        let begun = sampler::thread_time();
        let compiled = compile();
        let took = sampler::thread_time().saturating_sub(begun);
        self.budget.spend(watched.size(header), took);
        watched.awaited.set(false);
        compiled
    }

    /// Records a loop, or has it wait for that.
    pub(super) fn record_in_time(&self, frame: Frame, watched: &Watched, l: &Loop) {
        match self.may_compile(watched, Some(l.header)) {
            true => self.record(frame, watched, l, None),
            false => {
                self.put_off(watched, l);
                self.let_go(frame, watched);
            }
        }
    }

    /// A loop waits, interpreted, until there is time.
    pub(super) fn put_off(&self, watched: &Watched, l: &Loop) {
        watched.put_off.set(true);
        let code = watched.address as *mut PyObject;
        self.tell_refusal(watched, code, Some(l.header), &Event::PutOff);
        *l.phase.borrow_mut() = Phase::PutOff;
    }

    /// Records a function, whose calls are the interpreter's, or has it wait for that.
    pub(super) fn record_function_in_time(&self, watched: &Watched, code: *mut PyObject) {
        match self.may_compile(watched, None) {
            true => self.record_function(watched, code),
            false => self.put_off_function(watched, code),
        }
    }

    /// A function, whose calls are the interpreter's, waits until there is time.
    pub(super) fn put_off_function(&self, watched: &Watched, code: *mut PyObject) {
        watched.put_off.set(true);
        self.tell_refusal(watched, code, None, &Event::PutOff);
        *watched.function.phase.borrow_mut() = FunctionPhase::PutOff;
        self.update_events(watched, code);
    }

    /// A sample found code running: what of it was put off goes on if there is time. Whether anything does.
    pub(super) fn go_on(&self, watched: &Watched, code: *mut PyObject) -> bool {
        if !watched.put_off.get() || watched.excluded.get() || !self.has_time(watched.waiting()) {
            return false;
        }
        watched.put_off.set(false);
        for header in watched.wanting.take() {
            self.again(watched, header);
        }
        let enough = self.threshold.get();
        let mut resumed = false;
        for l in watched.loops.borrow().values() {
            let mut phase = l.phase.borrow_mut();
            if matches!(*phase, Phase::PutOff) {
                *phase = Phase::Counting(enough);
                resumed = true;
            }
        }
        watched.jumps.set(watched.jumps.get() || resumed);
        let mut phase = watched.function.phase.borrow_mut();
        let function = matches!(*phase, FunctionPhase::PutOff);
        if function {
            *phase = FunctionPhase::Counting(enough);
        }
        drop(phase);
        watched
            .counts_starts
            .set(watched.counts_starts.get() || function);
        self.renew_events(watched, code);
        true
    }
}

/// Limits of the budget, for finding faults: nothing is free then.
pub(super) fn limits(percent: Option<u32>) -> fatjit_jit::budget::BudgetLimits {
    match percent {
        None => Default::default(),
        Some(percent) => fatjit_jit::budget::BudgetLimits {
            percent,
            free: Duration::ZERO,
        },
    }
}
