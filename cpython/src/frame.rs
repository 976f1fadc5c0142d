//! The running frame, seen from a jump callback, or from where a generator is resumed.
//!
//! Invariant: a [`Frame`] names the innermost frame of this thread while its monitoring callback runs, or that of a
//! generator that is resumed: it stays where it is until the callback returns, or the generator is suspended or ends.
//! While a [`Running`] lives the frame looks as it does when the interpreter executes it, and events are heard again;
//! dropping it goes back to the callback's state.

use std::ffi::c_int;
use std::fmt;

use fatjit_jit::activation::Activation;
use pyo3_ffi::{PyCodeObject, PyObject};

use crate::context::{self, WORDS};
use crate::shim;

/// Why native code may not run on a frame just now. The order is that of `enum fatjit_entry` in
/// `csrc/frames.h`, less its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotReady {
    /// Not in a monitoring callback of this frame.
    NotInCallback,
    /// Somebody else watches.
    OtherTool,
    /// Somebody replaced the interpreter's evaluation of frames.
    EvalFrameHook,
    /// Half of the C stack is used.
    DeepStack,
    /// Somebody may look at the frame or change it.
    FrameHeld,
    /// The variables of module-level code cannot be kept in registers this time. Not of the shim.
    NamesElsewhere,
}

impl NotReady {
    /// Every reason, in the order of the shim's numbers.
    pub const ALL: [NotReady; 6] = [
        NotReady::NotInCallback,
        NotReady::OtherTool,
        NotReady::EvalFrameHook,
        NotReady::DeepStack,
        NotReady::FrameHeld,
        NotReady::NamesElsewhere,
    ];

    /// The stable name, for counters.
    pub fn name(self) -> &'static str {
        match self {
            NotReady::NotInCallback => "not-in-callback",
            NotReady::OtherTool => "other-tool",
            NotReady::EvalFrameHook => "eval-frame-hook",
            NotReady::DeepStack => "deep-stack",
            NotReady::FrameHeld => "frame-held",
            NotReady::NamesElsewhere => "names-elsewhere",
        }
    }

    /// One clause in plain words.
    pub fn words(self) -> &'static str {
        match self {
            NotReady::NotInCallback => "native code can only be entered from a monitoring event",
            NotReady::OtherTool => "a tracer, profiler or other monitoring tool is active",
            NotReady::EvalFrameHook => {
                "another extension replaced the function that evaluates frames"
            }
            NotReady::DeepStack => "half of the C stack is used",
            NotReady::FrameHeld => "the frame's object is held by somebody",
            NotReady::NamesElsewhere => {
                "a variable is not where native code could keep it, or its dict is watched"
            }
        }
    }
}

/// The frame whose callback this is.
#[derive(Clone, Copy)]
pub struct Frame {
    slots: *mut *mut PyObject,
    code: *mut PyObject,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({:p})", self.slots)
    }
}

impl Frame {
    /// The innermost frame, if it executes this code object.
    ///
    /// # Safety
    /// The GIL is held; `code` is a code object; and the value is not used after the callback returned.
    pub unsafe fn running(code: *mut PyObject) -> Option<Frame> {
        // SAFETY: the caller's promise.
        let slots = unsafe { shim::fatjit_running_slots(code) };
        (!slots.is_null()).then_some(Frame { slots, code })
    }

    /// The frame of a generator that is going to be resumed.
    ///
    /// # Safety
    /// The GIL is held; `slots` is slot 0 of the generator's frame, and `code` its code; and the value is not used any more
    /// once the generator was suspended or has ended.
    pub unsafe fn suspended(slots: *mut *mut PyObject, code: *mut PyObject) -> Frame {
        Frame { slots, code }
    }

    /// Address of slot 0.
    pub fn base(self) -> *mut *mut PyObject {
        self.slots
    }

    /// The code object.
    pub fn code(self) -> *mut PyCodeObject {
        self.code.cast()
    }

    /// Slots in use, locals and value stack, as the interpreter saved it for the callback.
    pub fn depth(self) -> u32 {
        // SAFETY: the frame is alive (the type's invariant).
        let depth = unsafe { shim::fatjit_frame_depth(self.slots) };
        u32::try_from(depth).unwrap_or(0)
    }

    /// What a slot below [`Frame::depth`] holds: borrowed, or null.
    pub fn slot(self, slot: u32) -> *mut PyObject {
        debug_assert!(slot < self.depth());
        // SAFETY: the frame is alive and has at least `depth` slots.
        unsafe { *self.slots.add(slot as usize) }
    }

    /// Whether native code may run on the frame.
    ///
    /// # Errors
    /// The reason why not; another time it may.
    pub fn ready(self) -> Result<(), NotReady> {
        // SAFETY: the frame is alive.
        match unsafe { shim::fatjit_frame_ready(self.slots) } {
            0 => Ok(()),
            n => Err(NotReady::ALL[n as usize - 1]),
        }
    }

    /// An activation for the frame, which was found ready.
    pub fn activation(self) -> Activation<WORDS> {
        // SAFETY: the frame is alive and was found ready, which the shim checks to have monitoring data.
        Activation::new(self.slots.cast(), unsafe { context::words(self.slots) })
    }

    /// Says where the frame goes on, in code units: behind the callback, or, under [`Running`], which
    /// instruction it executes.
    pub fn set_position(self, unit: u32) {
        // SAFETY: the frame is alive; positions come from its own code.
        unsafe { shim::fatjit_frame_set_position(self.slots, i64::from(unit)) };
    }

    /// Where the frame is, in code units, as [`Frame::set_position`] says it.
    pub fn position(self) -> i64 {
        // SAFETY: the frame is alive.
        unsafe { shim::fatjit_frame_position(self.slots) }
    }

    /// Begins native code.
    pub fn run(self) -> Running {
        let depth = self.depth();
        // SAFETY: the frame is alive and in a callback.
        let event = unsafe { shim::fatjit_frame_enter(self.slots) };
        Running {
            frame: self,
            event: Some(event),
            depth,
        }
    }

    /// Begins native code of a generator that was resumed: its frame executes already.
    pub fn run_resumed(self) -> Running {
        Running {
            frame: self,
            event: None,
            depth: 0,
        }
    }
}

/// Native code runs on a frame.
#[derive(Debug)]
pub struct Running {
    frame: Frame,
    /// The callback's event; nothing if there is no callback.
    event: Option<c_int>,
    depth: u32,
}

impl Running {
    /// The frame.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Says how many slots are in use when native code ends. Until then: as many as when it began.
    pub fn set_depth(&mut self, depth: u32) {
        self.depth = depth;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let (slots, depth) = (self.frame.slots, i64::from(self.depth));
        // SAFETY: the frame is alive, and this ends what `run` began.
        unsafe {
            match self.event {
                Some(event) => shim::fatjit_frame_leave(slots, event, depth),
                None => shim::fatjit_frame_set_depth(slots, depth),
            }
        }
    }
}
