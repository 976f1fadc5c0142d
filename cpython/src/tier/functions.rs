//! When functions are recorded and compiled.
//!
//! Starts are counted only of code that may be recursive, and of what recorded code was seen to call; nothing else
//! carries a hook. Once a function is compiled its calls come to its native code by themselves, and its starts are
//! not told any more, unless its entry had to be taken back for a while.

use super::Tier;
use super::calls;
use super::function::{FunctionPhase, FunctionRecording};
use super::log::Event;
use super::watched::Watched;
use crate::driver::Outcome;
use crate::frame::Frame;
use crate::monitor;
use crate::shim;
use crate::translate::TOO_SMALL;
use fatjit_bytecode::Op;
use fatjit_ir::Reason;
use pyo3_ffi::PyObject;

/// Starts of a function that are recorded before it is compiled, and returns.
const RECORDED_STARTS: u32 = 8;
/// Starts after which a recording ends although few returns were seen.
const WAITING_STARTS: u32 = 2_000;

impl Tier {
    /// A function begins to run whose starts are told.
    pub(super) fn function_starts(&self, frame: Frame) -> Outcome {
        let code = frame.code().cast();
        let Some(watched) = self.watched(code) else {
            return Outcome::Disable;
        };
        let phase = watched.function.phase.borrow().clone();
        match phase {
            FunctionPhase::Counting(n) if n + 1 < self.threshold.get() => {
                *watched.function.phase.borrow_mut() = FunctionPhase::Counting(n + 1);
            }
            FunctionPhase::Counting(_) if !watched.plain => {
                self.refuse_function(watched, code, Reason::NeedsFrame);
            }
            // As for loops.
            FunctionPhase::Counting(_) if let Err(why) = frame.ready() => {
                self.step_aside(watched, frame, why);
            }
            FunctionPhase::Counting(_) => {
                watched.function.see(watched.arguments(frame).into_iter());
                self.record_function_in_time(watched, code);
            }
            FunctionPhase::Recording(recording) => self.recorded_start(frame, watched, recording),
            FunctionPhase::Compiled(version) => {
                // SAFETY: the frame is alive, and the GIL is held.
                let (function, deep) = unsafe {
                    (
                        shim::fatjit_frame_function(frame.base()),
                        shim::fatjit_stack_is_deep_here() != 0,
                    )
                };
                if !version.assumed.stand() {
                    self.function_fell(function, watched, &version);
                } else if version.is_of(function) && !deep {
                    self.install(function, watched);
                    self.update_events(watched, code);
                }
            }
            FunctionPhase::PutOff | FunctionPhase::Refused(_) => return Outcome::Disable,
        }
        Outcome::Continue
    }

    fn recorded_start(&self, frame: Frame, watched: &Watched, recording: FunctionRecording) {
        watched.function.see(watched.arguments(frame).into_iter());
        self.count_start(frame, watched, recording);
    }

    /// A function that is being recorded begins to run in the interpreter, or goes on there.
    pub(super) fn count_start(
        &self,
        frame: Frame,
        watched: &Watched,
        recording: FunctionRecording,
    ) {
        let starts = recording.starts.saturating_sub(1);
        let waiting = recording.waiting.saturating_sub(1);
        let enough = starts == 0 && recording.returns == 0 && !self.callees_pending(watched);
        if recording.live && !enough && waiting > 0 {
            *watched.function.phase.borrow_mut() = FunctionPhase::Recording(FunctionRecording {
                starts,
                waiting,
                ..recording
            });
            return;
        }
        if recording.live {
            watched.recording_ends();
        }
        self.compile_function(frame, watched);
    }

    /// Compiles a function that runs in the frame and was recorded.
    fn compile_function(&self, frame: Frame, watched: &Watched) {
        let code = frame.code().cast();
        let compiler = self.compiler.borrow();
        let build = || compiler.build_function(self, frame, watched);
        let built = self.within_budget((watched, None), build);
        drop(compiler);
        watched.let_go_of_callees();
        match built {
            Ok(version) => {
                // SAFETY: the frame is alive, and the GIL is held.
                let function = unsafe { shim::fatjit_frame_function(frame.base()) };
                self.has_version(watched, &version);
                watched.function.versions.borrow_mut().push(version.clone());
                let entered = version.entered;
                *watched.function.phase.borrow_mut() = FunctionPhase::Compiled(version);
                if entered {
                    self.install(function, watched);
                }
                self.update_events(watched, code);
            }
            Err(reason) => self.refuse_function(watched, code, reason),
        }
        self.first_is_settled(watched);
    }

    /// Starts and returns that are wanted of a recording.
    fn wanted_starts(&self) -> u32 {
        RECORDED_STARTS.min(self.threshold.get().max(2))
    }

    fn refuse_function(&self, watched: &Watched, code: *mut PyObject, reason: Reason) {
        self.tell_refusal(watched, code, None, &Event::Refused(reason));
        *watched.function.phase.borrow_mut() = FunctionPhase::Refused(reason);
        if !watched.function.versions.borrow().is_empty() {
            self.callers_go_on(code);
        }
        self.update_events(watched, code);
    }

    /// Begins to record a function.
    pub(super) fn record_function(&self, watched: &Watched, code: *mut PyObject) {
        if watched.excluded.get() {
            return;
        }
        watched.told_waiting.borrow_mut().remove(&None);
        if !watched.function.is_recording() {
            watched.recording_begins();
        }
        let wanted = self.wanted_starts();
        *watched.function.phase.borrow_mut() = FunctionPhase::Recording(FunctionRecording {
            starts: wanted,
            waiting: WAITING_STARTS,
            returns: wanted,
            budget: super::RECORDING_BUDGET,
            live: true,
        });
        self.update_events(watched, code);
    }

    /// An instruction of code was recorded of which a function may be being recorded.
    pub(super) fn recorded_instruction(&self, frame: Frame, watched: &Watched, unit: u32) {
        let mut phase = watched.function.phase.borrow_mut();
        let FunctionPhase::Recording(recording) = &mut *phase else {
            return;
        };
        if !recording.live {
            return;
        }
        let index = watched.code.index_at(unit);
        let op = index.map(|index| watched.code.instrs()[index].op);
        if matches!(op, Some(Op::ReturnValue | Op::ReturnConst)) {
            recording.returns = recording.returns.saturating_sub(1);
            if monitor::records_all() && recording.starts == self.wanted_starts() {
                // It did not call itself: what it did is known, before it is called the second time.
                drop(phase);
                watched.recording_ends();
                return self.compile_function(frame, watched);
            }
        }
        recording.budget = recording.budget.saturating_sub(1);
        if recording.budget == 0 {
            recording.live = false;
            watched.recording_ends();
        }
    }

    /// Calls of the function come to its native code from now on.
    fn install(&self, function: *mut PyObject, watched: &Watched) {
        // SAFETY: the function runs, and the GIL is held.
        let version = unsafe { shim::fatjit_function_install(function, calls::enter) };
        match watched.free_variables {
            0 => watched.function.installed.set(Some(version)),
            // Each time it is made it is another.
            _ => {
                let made = &watched.function.closures;
                made.set(made.get() + 1);
            }
        }
    }

    /// Whether a function that was seen to be called may have native code soon. It is recorded, if it is not yet.
    pub(super) fn callees_pending(&self, watched: &Watched) -> bool {
        let mut pending = self.generators_pending(watched);
        for code in &*watched.callees.borrow() {
            let Some(callee) = self.watched(code.as_ptr()) else {
                continue;
            };
            let phase = callee.function.phase.borrow().clone();
            match phase {
                FunctionPhase::Counting(_)
                | FunctionPhase::PutOff
                | FunctionPhase::Refused(TOO_SMALL)
                    if callee.plain =>
                {
                    callee.counts_starts.set(true);
                    callee.awaited.set(true);
                    *callee.function.phase.borrow_mut() =
                        FunctionPhase::Counting(self.threshold.get());
                    self.update_events(callee, code.as_ptr());
                    pending = true;
                }
                // Nobody enters it who would find that out.
                FunctionPhase::Compiled(version)
                    if !version.entered && !version.assumed.stand() =>
                {
                    callee.awaited.set(true);
                    callee.function.policy.borrow_mut().on_fall();
                    self.record_function(callee, code.as_ptr());
                    pending = true;
                }
                FunctionPhase::Recording(_) => {
                    pending |= !std::ptr::eq(callee, watched);
                }
                _ => {}
            }
        }
        pending
    }
}
