//! Exceptions that native code leaves with.
//!
//! Invariant: a jump callback that returns an error makes the interpreter look for a handler of the *jump's
//! target*, not of the instruction that raised. So an exception is handed over that way only if neither has a
//! handler; with a handler the frame is moved there here, as the interpreter would; and where only the
//! target has one, translation has native code left before the instruction.

use crate::frame::Running;
use crate::shim;

/// Where an exception went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwound {
    /// The frame goes on at its handler.
    Handled,
    /// There is no handler: the callback must return an error.
    NotHandled,
}

/// Raises the exception that is set, at the instruction at `unit` with `depth` slots in use. Releases what the
/// handler does not need, which may run any code.
pub fn raise(running: &mut Running, depth: u32, unit: u32) -> Unwound {
    let slots = running.frame().base();
    // SAFETY: the frame is alive while it runs; depth and position are its own.
    let after = unsafe { shim::fatjit_unwind(slots, i64::from(depth), i64::from(unit)) };
    match u32::try_from(after) {
        Ok(after) => {
            running.set_depth(after);
            Unwound::Handled
        }
        Err(_) => {
            running.set_depth(depth);
            Unwound::NotHandled
        }
    }
}
