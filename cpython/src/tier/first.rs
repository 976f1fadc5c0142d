//! Code that is recorded from its first instruction on, so that it is compiled before its second round or call: what a
//! threshold of 1 means.
//!
//! Invariant: such code sends its instructions until each of its loops, and its function if its starts are told, was
//! compiled or refused, or until so many instructions were recorded: it may hold loops that never run. Nothing depends on
//! time. Beside other tools it ends at once, because instructions that are told hide some of their events. What calls were
//! seen to call is held until the frame returns.

use fatjit_bytecode::Op;

use super::Tier;
use super::function::FunctionPhase;
use super::watched::{Phase, Watched};
use crate::frame::{Frame, NotReady};
use crate::monitor;

/// Most instructions of a code object that are recorded before it is known what of it is compiled.
const FIRST_INSTRUCTIONS: u32 = 20_000;

impl Watched {
    /// Whether its instructions are recorded.
    pub(super) fn is_recorded(&self) -> bool {
        self.recording.get() > 0 || self.is_first()
    }

    /// Whether they are because it is run for the first time.
    pub(super) fn is_first(&self) -> bool {
        self.first.get() > 0 && monitor::records_all()
    }

    /// Something was compiled: what calls were seen to call is let go, unless more may be.
    pub(super) fn let_go_of_callees(&self) {
        if !self.is_first() {
            self.callees.take();
            self.sites.take();
        }
    }
}

impl Tier {
    /// Code is seen for the first time.
    pub(super) fn begins_to_run(&self, watched: &Watched) {
        let told = watched.jumps.get() || watched.counts_starts.get();
        watched.first.set(match told && monitor::records_all() {
            true => FIRST_INSTRUCTIONS,
            false => 0,
        });
    }

    /// Whether a loop that jumps back for the first time was recorded from its header on.
    pub(super) fn knows_first_round(&self, watched: &Watched, header: u32) -> bool {
        let index = watched.code.index_of_start(header);
        watched.is_first() && index.is_some_and(|index| watched.profile.borrow().ran(index))
    }

    /// The instruction at this index was recorded, which may be one of the first.
    pub(super) fn first_instruction(&self, frame: Frame, watched: &Watched, index: usize) {
        if !monitor::records_all() {
            return;
        }
        let op = watched.code.instrs()[index].op;
        if matches!(op, Op::Call | Op::CallKw | Op::ForIter) {
            // The first call of what is called is recorded, too.
            self.callees_pending(watched);
        }
        if !watched.is_first() {
            return;
        }
        let others = matches!(
            frame.ready(),
            Err(NotReady::OtherTool | NotReady::EvalFrameHook)
        );
        watched.first.set(match others {
            true => 0,
            false => watched.first.get() - 1,
        });
        let returns = matches!(op, Op::ReturnValue | Op::ReturnConst);
        if watched.recording.get() == 0 && (returns || watched.first.get() == 0) {
            watched.callees.take();
            watched.sites.take();
        }
    }

    /// Something of the code was compiled or refused: its first round is over if all was.
    pub(super) fn first_is_settled(&self, watched: &Watched) {
        if !watched.is_first() {
            return;
        }
        let open = {
            let loops = watched.loops.borrow();
            let counted = |l: &std::rc::Rc<super::watched::Loop>| {
                matches!(*l.phase.borrow(), Phase::Counting(_))
            };
            let function = &*watched.function.phase.borrow();
            loops.len() < watched.cfg.loops().len()
                || loops.values().any(counted)
                || watched.counts_starts.get() && matches!(function, FunctionPhase::Counting(_))
        };
        if !open {
            watched.first.set(0);
            if watched.recording.get() == 0 {
                watched.let_go_of_callees();
            }
            self.update_events(watched, watched.address as *mut _);
        }
    }
}
