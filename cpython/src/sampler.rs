//! Finding hot code without touching cold code.
//!
//! Every few milliseconds the code that runs, and what called it, is looked at; what turns up twice soon after each
//! other gets events. Code that is not hot carries no hook of ours at all, which programs could notice. When nothing
//! new turns up the samples become fewer. How samples are taken without disturbing the program is in
//! `csrc/sampler.c`.

use std::ffi::c_int;
use std::time::Duration;

use pyo3_ffi::PyObject;

use crate::monitor;
use crate::python::{self, Raised};
use crate::switch;

unsafe extern "C" {
    fn fatjit_sampler_start(
        sampled: unsafe extern "C" fn(*const *mut PyObject, c_int, i64) -> c_int,
    ) -> c_int;
    fn fatjit_sampler_stop();
    fn fatjit_processor_time(whole_process: c_int) -> i64;
}

/// Processor time that the process has used.
pub fn process_time() -> Duration {
    processor_time(1)
}

/// Processor time that this thread has used.
pub fn thread_time() -> Duration {
    processor_time(0)
}

fn processor_time(whole_process: c_int) -> Duration {
    // SAFETY: a system call.
    let ns = unsafe { fatjit_processor_time(whole_process) };
    Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
}

/// Begins to look. False if there can be no thread for it.
///
/// # Errors
/// An exception is set.
pub fn start() -> Result<bool, Raised> {
    // SAFETY: the GIL of the main interpreter is held.
    match unsafe { fatjit_sampler_start(on_sample) } {
        0 => Ok(true),
        -1 => Err(Raised),
        _ => Ok(false),
    }
}

/// Looks no more.
pub fn stop() {
    // SAFETY: the GIL is held.
    unsafe { fatjit_sampler_stop() };
}

unsafe extern "C" fn on_sample(code: *const *mut PyObject, count: c_int, ns: i64) -> c_int {
    // SAFETY: the sampler passes as many code objects, and holds them meanwhile.
    let code = unsafe { std::slice::from_raw_parts(code, count as usize) };
    let Some(driver) = switch::driver().filter(|_| switch::is_enabled() && !monitor::is_own())
    else {
        return 0;
    };
    let time = Duration::from_nanos(u64::try_from(ns).unwrap_or(0));
    let new = python::aside(|| monitor::guarded(|| driver.sampled(code, time), false));
    c_int::from(new)
}
