//! Generators resumed in native code, by whoever asks them for their next item: native loops, and C code such as `sum`.
//!
//! The code is that of one of the generator's loops, entered where the generator was suspended (`translate/generators.rs`).
//! Where native code yields, the generator is suspended as the interpreter would; where it is left for another reason, the
//! interpreter goes on with it at once, to its next `yield` or its end.
//!
//! Invariants: while it runs, the generator's frame is the thread's running one, as in the interpreter; nothing of ours is
//! borrowed then. What asks is the C shim's, and only the main interpreter's: the type of generators is shared by all.

use std::ffi::{c_int, c_void};
use std::rc::Rc;

use fatjit_ir::Reason;
use fatjit_jit::activation::Activation;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::judge::At;
use super::version::{CompiledLoop, Suspension};
use super::watched::Watched;
use super::{TIER, Tier};
use crate::assume::Watchers;
use crate::context::WORDS;
use crate::driver::Outcome;
use crate::frame::Frame;
use crate::monitor;
use crate::shim;
use crate::switch;

/// What a generator is asked for its next item through: see `csrc/generators.h`.
///
/// # Safety
/// The GIL of the main interpreter is held, the object is a generator, and `item` may be written.
unsafe extern "C" fn resume(
    thread: *mut c_void,
    generator: *mut PyObject,
    item: *mut *mut PyObject,
) -> c_int {
    let resumed = || {
        let tier = TIER.get().filter(|_| switch::is_enabled());
        Some(tier.and_then(|tier| tier.resume(thread, generator)))
    };
    let next = match monitor::guarded(resumed, None) {
        Some(Some(next)) => next,
        Some(None) => return 0,
        None => {
            // Without an exception the generator would seem to have ended.
            // SAFETY: the GIL is held, and the text is terminated.
            unsafe {
                let text = c"fatjit: a generator was lost by an error of ours";
                py::PyErr_SetString(py::PyExc_SystemError, text.as_ptr());
            }
            std::ptr::null_mut()
        }
    };
    // SAFETY: the caller's promise.
    unsafe { item.write(next) };
    1
}

/// Generators are asked for their next items here first.
pub(super) fn start() {
    // SAFETY: the GIL is held.
    unsafe { shim::fatjit_generators_resume_by(Some(resume)) };
}

/// Generators are asked for their next items as without native code again.
pub(super) fn stop() {
    // SAFETY: the GIL is held.
    unsafe { shim::fatjit_generators_resume_by(None) };
}

impl Tier {
    /// A version is known to resume generators.
    pub(super) fn resumes(&self, watched: &Watched, version: &Rc<CompiledLoop>) {
        if version.parts.resumed.is_empty() {
            return;
        }
        *watched.resumed.borrow_mut() = Some(Rc::clone(version));
        self.has_resumed.set(true);
        start();
    }

    /// The next item of a generator, or null if it ended or raised; nothing if it cannot be resumed natively now.
    fn resume(&self, thread: *mut c_void, generator: *mut PyObject) -> Option<*mut PyObject> {
        // SAFETY: the caller holds the generator, which holds its code.
        let (code, watched) = unsafe {
            let code = shim::fatjit_generator_code(generator);
            (code, self.watched.get(code)?)
        };
        let version = watched.resumed.borrow().as_ref().map(Rc::clone)?;
        if watched.is_recorded() || watched.aside.get() {
            return None;
        }
        // SAFETY: as above.
        let unit = u32::try_from(unsafe { shim::fatjit_generator_position(generator) }).ok()?;
        let mut entries = version.parts.resumed.iter();
        let (_, entry) = entries.find(|(position, _)| *position == unit)?;
        Watchers::get().settle();
        // SAFETY: as above: a generator that is not running has its frame.
        let frame = unsafe { Frame::suspended(shim::fatjit_generator_slots(generator), code) };
        if !version.parts.assumed.stand() {
            // Its loop is compiled again when the interpreter jumps back there.
            watched.resumes_no_more(&version);
            return None;
        }
        if !version.parts.assumed.concern(frame) {
            return None;
        }
        let mut activation = Activation::new(frame.base().cast(), [0; WORDS]);
        // SAFETY: as above; there are as many words as the shim writes.
        let begins = unsafe {
            let (levels, words) = (&raw mut activation.nesting, activation.context.as_mut_ptr());
            shim::fatjit_generator_begins(thread, generator, version.parts.bytes, levels, words)
        };
        if begins == 0 {
            return None;
        }
        let countdown = self.exit_every.get().map(|_| &self.countdown);
        let run = match version.resume(frame, watched, *entry, &mut activation, countdown) {
            Ok(Suspension { depth, behind }) => {
                self.totals.suspended();
                let (depth, behind) = (i64::from(depth), i64::from(behind));
                // SAFETY: native code left the generator at its `yield`, with all that it holds in its frame.
                return Some(unsafe {
                    shim::fatjit_generator_yields(thread, generator, depth, behind)
                });
            }
            Err(run) => run,
        };
        if run.reason == Reason::Spurious {
            self.countdown.set(self.draw());
        }
        self.totals.entered(run.reason);
        self.judge((frame, At::Resumed), watched, &version, &run);
        // SAFETY: the frame was put right; what was raised is set.
        Some(unsafe {
            let depth = i64::from(frame.depth());
            let raised = c_int::from(run.outcome == Outcome::Raise);
            shim::fatjit_generator_goes_on(generator, depth, frame.position(), raised)
        })
    }
}
