//! Native code that is not entered for a while, because its runs were too short to pay for entering it.
//!
//! Invariant: what rests carries no events, so that it costs nothing meanwhile. A program may do other work later: a
//! number of samples that find the code running are what another trial costs, and a trial is short. With a threshold,
//! and where no samples can be taken, such code is given up for good.

use std::rc::Rc;

use pyo3_ffi::PyObject;

use super::Tier;
use super::judge::replace;
use super::version::CompiledLoop;
use super::watched::{Phase, Watched};
use crate::frame::Frame;
use crate::monitor;

/// Samples that find code running before what rests of it is tried again.
const REST: u32 = 20;

impl Tier {
    /// Whether there are samples that end a rest.
    pub(super) fn may_rest(&self) -> bool {
        !monitor::counts_all()
    }

    /// A version is not entered for a while.
    pub(super) fn rest(&self, watched: &Watched, version: &CompiledLoop, frame: Frame) {
        watched.rest.set(REST);
        replace(watched, version, Phase::Resting);
        self.let_go(frame, watched);
    }

    /// A sample found code running: what rests of it is entered again, in time.
    pub(super) fn rested(&self, watched: &Watched, code: *mut PyObject) {
        match watched.rest.get() {
            0 => return,
            1 => {}
            left => return watched.rest.set(left - 1),
        }
        let mut tried = false;
        for l in watched.loops.borrow().values() {
            let mut phase = l.phase.borrow_mut();
            if let Phase::Resting(version, entry) = &*phase {
                version.owner.policy.borrow_mut().try_again();
                version.begin_trial();
                let version = Rc::clone(version);
                *phase = Phase::Compiled(version, *entry);
                tried = true;
            }
        }
        if !tried {
            return watched.rest.set(0);
        }
        watched.jumps.set(true);
        self.renew_events(watched, code);
    }
}
