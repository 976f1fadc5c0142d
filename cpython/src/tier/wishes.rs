//! What programs ask for code of theirs: never to be compiled, or as soon as it runs.

use pyo3_ffi::PyObject;

use super::Tier;
use super::function::FunctionPhase;
use super::watched::{Phase, Watched};
use crate::assume::Watchers;
use crate::translate::EXCLUDED;

impl Tier {
    /// The code stays interpreted from now on. Native code of it, its own or within other code, is not entered any
    /// more; what runs is left at its next call-out or loop.
    pub(super) fn exclude_code(&self, code: *mut PyObject) {
        let Some(watched) = self.watched(code) else {
            return;
        };
        watched.excluded.set(true);
        watched.asked_for.set(false);
        watched.jumps.set(false);
        watched.recording.set(0);
        watched.first.set(0);
        for l in watched.loops.borrow().values() {
            *l.phase.borrow_mut() = Phase::Refused(EXCLUDED);
        }
        if let Some(version) = watched.function.compiled()
            && version.assumed.stand()
        {
            self.uninstall(version.function, watched);
            Watchers::get().withdrawn(code, version.function);
        }
        if watched.code.source().is_generator() {
            // It may be done where it is consumed.
            Watchers::get().withdrawn(code, std::ptr::null_mut());
        }
        *watched.function.phase.borrow_mut() = FunctionPhase::Refused(EXCLUDED);
        self.update_events(watched, code);
    }

    /// The code counts as hot from now on: its loops and, if it may be compiled as a function, its start.
    pub(super) fn ask_for_code(&self, code: *mut PyObject) {
        let Some(watched) = self.watched(code) else {
            return;
        };
        let enough = self.threshold.get();
        watched.excluded.set(false);
        watched.awaited.set(true);
        watched.asked_for.set(true);
        for header in headers(watched) {
            let l = self.loop_at(watched, header);
            let mut phase = l.phase.borrow_mut();
            if matches!(
                *phase,
                Phase::Counting(_) | Phase::PutOff | Phase::Refused(EXCLUDED)
            ) {
                *phase = Phase::Counting(enough);
                watched.jumps.set(true);
            }
        }
        let mut phase = watched.function.phase.borrow_mut();
        let may_begin = match &*phase {
            FunctionPhase::Counting(_)
            | FunctionPhase::PutOff
            | FunctionPhase::Refused(EXCLUDED) => true,
            FunctionPhase::Compiled(version) => !version.entered,
            _ => false,
        };
        if may_begin {
            *phase = FunctionPhase::Counting(enough);
            watched.counts_starts.set(watched.plain);
        }
        drop(phase);
        self.update_events(watched, code);
    }
}

/// Where the loops of a code object begin, in code units.
fn headers(watched: &Watched) -> Vec<u32> {
    let start = |block: usize| {
        let first = watched.cfg.blocks()[block].start;
        watched.code.instrs()[first].start
    };
    let loops = watched.cfg.loops().iter();
    loops.map(|l| start(l.header)).collect()
}
