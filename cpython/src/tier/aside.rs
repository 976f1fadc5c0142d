//! Stepping aside for other tools.
//!
//! Invariant: beside a tracer, a profiler or another monitoring tool nothing is recorded and no native code is entered,
//! so that they see a plain interpreter. Where samples tell when they are gone, our events go, too: to
//! send them would cost the program time for nothing.

use pyo3_ffi::PyObject;

use super::Tier;
use super::watched::Watched;
use crate::frame::{Frame, NotReady};
use crate::{monitor, shim};

impl Tier {
    /// A frame of the code was not ready for us: if that is because of other tools, the code sends no events
    /// until a sample finds it running without them.
    pub(super) fn step_aside(&self, watched: &Watched, frame: Frame, why: NotReady) {
        let others = matches!(why, NotReady::OtherTool | NotReady::EvalFrameHook);
        if others && !monitor::counts_all() && watched.recording.get() == 0 {
            watched.aside.set(true);
            self.update_events(watched, frame.code().cast());
        }
    }

    /// Whether other tools see code run that a sample found. If not, it sends its events again.
    pub(super) fn others_watch(&self, code: *mut PyObject) -> bool {
        // SAFETY: the GIL is held, and the caller holds the code.
        if unsafe { shim::fatjit_others_watch(code) } != 0 {
            return true;
        }
        // SAFETY: as above.
        if let Some(watched) = unsafe { self.watched.get(code) }
            && watched.aside.take()
        {
            self.update_events(watched, code);
        }
        false
    }
}
