//! Switching fatjit on and off.
//!
//! Invariant: it is on only in the main interpreter of a supported CPython whose memory is laid out as expected
//! whose frames are evaluated by its own function, and whose C stacks nobody moves; otherwise `enable` says why not in
//! one line, and the program runs as ever.

use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use crate::crash;
use crate::driver::Driver;
use crate::gil::GilCell;
use crate::layout::{self, Layout, Mismatch};
use crate::monitor::{self, HookError};
use crate::python;
use crate::settings::{SettingError, Settings};
use crate::shim;
use crate::stacks;
use crate::symbols;

/// Why fatjit is not switched on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Not the main interpreter.
    #[error("fatjit works in the main interpreter only")]
    Subinterpreter,
    /// A free-threaded interpreter.
    #[error("fatjit does not support free-threaded Python yet: use the ordinary build")]
    FreeThreaded,
    /// The interpreter differs from the headers.
    #[error(transparent)]
    Layout(#[from] Mismatch),
    /// Another extension evaluates frames.
    #[error("another extension replaced the function that evaluates frames: run without it")]
    EvalFrameHook,
    /// The interpreter's own support of `perf`.
    #[error(
        "python -X perf has frames evaluated by functions of their own, which native code cannot go on from: run \
         without it, with FATJIT_PERF_MAP=1 for the names of native code"
    )]
    Trampolines,
    /// Somebody moves C stacks.
    #[error(
        "greenlets move the C stack, which native code runs on: not in programs that use them (gevent is one)"
    )]
    Greenlets,
    /// Another tool holds the monitoring id.
    #[error("the monitoring tool id for optimisers is taken by {0:?}: run without it")]
    ToolTaken(String),
    /// An environment variable cannot be understood.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The log cannot be written.
    #[error("FATJIT_LOG: {path:?} cannot be opened: {error}")]
    Log {
        /// As given.
        path: String,
        /// Why not, in the system's words.
        error: String,
    },
    /// The dump for profilers cannot be written.
    #[error("FATJIT_JITDUMP: {0}")]
    JitDump(String),
    /// The threshold is not a number of back edges.
    #[error("the threshold is {0}, but must be from 1 to {max}", max = u32::MAX)]
    Threshold(i64),
    /// Something in the interpreter failed.
    #[error("the interpreter failed: {0}")]
    Interpreter(String),
    /// The compiler cannot work on this machine.
    #[error("{0}")]
    Compiler(String),
}

impl From<HookError> for Refusal {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Taken(name) => Refusal::ToolTaken(name),
            HookError::Raised(words) => Refusal::Interpreter(words),
        }
    }
}

/// Makes the driver when fatjit is switched on for the first time.
pub type MakeDriver = fn(&'static Layout, &Settings) -> Result<&'static dyn Driver, Refusal>;

static ON: AtomicBool = AtomicBool::new(false);
static DRIVER: GilCell<Option<&'static dyn Driver>> = GilCell::new(None);

/// Switches fatjit on. Nothing happens if it is on, or if `FATJIT=0` switches it off for good.
///
/// # Errors
/// Why it cannot be.
pub fn enable(threshold: Option<i64>, make_driver: MakeDriver) -> Result<(), Refusal> {
    // SAFETY: the GIL is held.
    if unsafe { shim::fatjit_is_main_interpreter() } == 0 {
        return Err(Refusal::Subinterpreter);
    }
    let mut settings = Settings::from_env()?;
    if let Some(threshold) = threshold {
        let valid = u32::try_from(threshold).ok().filter(|n| *n > 0);
        settings.threshold = valid.ok_or(Refusal::Threshold(threshold))?;
        settings.counts = true;
    }
    if is_enabled() || !settings.enabled {
        return Ok(());
    }
    let layout = layout::checked()?;
    if layout.free_threaded != 0 {
        return Err(Refusal::FreeThreaded);
    }
    // SAFETY: the GIL is held.
    if unsafe { shim::fatjit_foreign_eval_frame() } != 0 {
        return Err(match symbols::interpreter_uses_trampolines() {
            true => Refusal::Trampolines,
            false => Refusal::EvalFrameHook,
        });
    }
    if stacks::move_here() {
        return Err(Refusal::Greenlets);
    }
    // SAFETY: the GIL is held.
    if unsafe { shim::fatjit_reserve_start() } != 0 {
        return Err(Refusal::Interpreter(python::take_error_text()));
    }
    let driver = make_driver(layout, &settings)?;
    DRIVER.set(Some(driver));
    if settings.count {
        monitor::count_instructions();
    }
    monitor::start(driver, settings.finding(), give_up)?;
    stacks::watch();
    if settings.crash_note {
        crash::watch();
    }
    ON.store(true, Ordering::Relaxed);
    Ok(())
}

/// Switches fatjit off. Native code that runs is left at its next exit.
///
/// # Errors
/// The interpreter's monitoring failed; fatjit is off nevertheless.
pub fn disable() -> Result<(), Refusal> {
    match ON.swap(false, Ordering::Relaxed) {
        true => take_down(),
        false => Ok(()),
    }
}

fn take_down() -> Result<(), Refusal> {
    crash::ignore();
    if let Some(driver) = DRIVER.get() {
        driver.stop();
    }
    Ok(monitor::stop()?)
}

/// Whether it is on.
pub fn is_enabled() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The driver, if fatjit was ever on.
pub fn driver() -> Option<&'static dyn Driver> {
    // SAFETY: the GIL is held.
    if unsafe { shim::fatjit_is_main_interpreter() } == 0 {
        return None;
    }
    DRIVER.get()
}

/// From now on no native code is entered, until it is switched on again. Whether it was on. Runs no code of anybody.
pub fn suspend() -> bool {
    ON.swap(false, Ordering::Relaxed)
}

/// After it was suspended because somebody moves C stacks: everything is taken down, with a line that says so.
pub fn stacks_move() {
    if !is_enabled() {
        eprintln!(
            "fatjit: {}; switched off, the program goes on without it",
            Refusal::Greenlets
        );
        // Off it is in any case.
        let _ = take_down();
    }
}

/// After a panic: off, with a line that says so. The panic's own message was printed before.
fn give_up() {
    eprintln!("fatjit: internal error, switched off; the program goes on without it");
    // Off it is in any case.
    let _ = disable();
}
