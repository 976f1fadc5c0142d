//! Stepping aside for other tools, and where frames are not ready.
//!
//! Invariant: beside a tracer, a profiler or another monitoring tool nothing is recorded and no native code is entered,
//! so that they see a plain interpreter. Where samples tell when they are gone, our events go, too: to
//! send them would cost the program time for nothing.

use pyo3_ffi::PyObject;

use super::Tier;
use super::watched::Watched;
use crate::frame::{Frame, NotReady};
use crate::{monitor, shim};

/// Events in frames that were not ready for another reason, after which a code object sends none until the next sample.
const MISSES: u32 = 100;

impl Tier {
    /// A frame of the code was not ready for us. Beside other tools the code sends no events until a sample finds it
    /// running without them; deep on the C stack, say, it sends some for each sample.
    pub(super) fn step_aside(&self, watched: &Watched, frame: Frame, why: NotReady) {
        let others = matches!(why, NotReady::OtherTool | NotReady::EvalFrameHook);
        watched.misses.set(watched.misses.get() + 1);
        let enough = others || watched.misses.get() >= MISSES;
        if enough && !monitor::counts_all() && watched.recording.get() == 0 {
            watched.misses.set(0);
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
