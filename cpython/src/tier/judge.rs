//! What follows from how native code of a loop was left.
//!
//! Invariant: whoever decides holds the version counted, because the decision may drop it from its loops; how often a
//! loop is recorded and compiled again is the policy's to say.

use std::rc::Rc;

use fatjit_guards::{Action, ExitView, Work};
use fatjit_ir::Reason;

use super::called::Called;
use super::log::Event;
use super::version::{self, CompiledLoop, Run};
use super::watched::{Loop, Phase, Watched};
use super::{MISFITS, Tier};
use crate::driver::{BackEdge, Outcome};
use crate::frame::Frame;
use crate::nested::Guests;
use crate::translate::{GUEST_ELSEWHERE, HARD_GLOBAL, SHORT_RUNS};

/// Where native code of a loop was entered.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// Where the interpreter jumped back to this unit: the entry with this number.
    Header { target: u32, entry: u32 },
    /// Where a generator was resumed.
    Resumed,
}

impl Tier {
    /// Decides what follows from how native code was left.
    pub(super) fn judge(
        &self,
        (frame, at): (Frame, At),
        watched: &Watched,
        version: &CompiledLoop,
        run: &Run,
    ) {
        if run.reason == Reason::Spurious {
            return;
        }
        if !version.parts.assumed.stand() {
            // Its loop is retired when it jumps back the next time.
            version.counters.borrow_mut().leave(run.exit);
            return;
        }
        let count = version.counters.borrow_mut().leave(run.exit);
        if let At::Header { target, entry: 1.. } = at
            && run.reason == Reason::EntryMismatch
        {
            return self.misfit((frame, target), watched);
        }
        // Where most entries fit, those that do not are left to the interpreter for a round: code for any type would
        // be slower for all of them. The first round of a loop often finds variables that have no value yet.
        let entries = version.counters.borrow().entries();
        if run.reason == Reason::EntryMismatch && u64::from(count) * 2 <= entries {
            return;
        }
        let Some(view) = version.compiled.exits.get(run.exit) else {
            return;
        };
        let owner = &version.owner;
        // Where a called function is left, code that calls it anew helps only when there is a newer version of it.
        let helps = match run.reason {
            Reason::CalleeLeft => version.parts.called.is_outdated(),
            // A function that its code became part of can have a frame; a guest cannot.
            Reason::Release => view.innermost().is_some_and(|state| state.of.is_some()),
            _ => true,
        };
        let cost = version::ENTRY_NS as u64;
        let may_grow = || helps && self.may_grow(watched, Some(owner.header), (count, cost));
        let pays = || self.pays_to_grow(watched, Some(owner.header), count);
        let work = match at {
            At::Header { .. } => version.work(),
            // To resume a generator natively takes no longer than to have the interpreter do it.
            At::Resumed => Work {
                entries,
                rounds: u64::MAX,
            },
        };
        let action = owner
            .policy
            .borrow_mut()
            .on_exit(&view, count, work, pays, may_grow);
        let code = frame.code().cast();
        let tell = |what| self.tell_refusal(watched, code, Some(owner.header), &what);
        let learns = matches!(action, Action::Grow | Action::Pause);
        let guests = &version.parts.guests;
        let fails = matches!(
            run.reason,
            Reason::Overflow
                | Reason::OutOfRange
                | Reason::LastReference
                | HARD_GLOBAL
                | GUEST_ELSEWHERE
        );
        let position = match learns {
            true => self.learns(
                watched,
                (&version.parts.called, guests),
                (&view, run.reason),
                fails,
            ),
            false => None,
        };
        match action {
            Action::Continue => {}
            Action::Grow => {
                let index = position.and_then(|at| watched.code.index_of_start(at));
                let owner = Rc::clone(owner);
                self.record(frame, watched, &owner, index);
            }
            Action::Pause => {
                tell(Event::PutOff);
                self.rest(watched, version, frame);
            }
            Action::GiveUp(Reason::AlwaysLeaves) if self.may_rest() => {
                if !watched.has_rested() {
                    tell(Event::GivenUp(SHORT_RUNS));
                }
                self.rest(watched, version, frame);
            }
            Action::GiveUp(reason) => {
                tell(Event::GivenUp(reason));
                replace(watched, version, |_, _| Phase::Refused(reason));
                if reason != Reason::AlwaysLeaves {
                    watched.resumes_no_more(version);
                }
                self.let_go(frame, watched);
            }
        }
    }

    /// A loop or function is going to be compiled again, now or in time, because it is often left there: what has to be known
    /// then, such as that a helper is to do what `fails`. The position, if it is one of its own code.
    pub(super) fn learns(
        &self,
        watched: &Watched,
        (called, guests): (&Called, &Guests),
        (view, reason): (&ExitView<'_>, Reason),
        fails: bool,
    ) -> Option<u32> {
        let frame = view.own()?;
        self.left_in_guests(guests.running(frame.position));
        let state = view.innermost()?;
        if let Some(callee) = state.of.and_then(|native| called.get(native)) {
            self.left_inlined(callee, state.position, reason);
            return None;
        }
        let position = guests.own(frame.position);
        if fails {
            watched.leave_to_helper(position);
        }
        Some(position)
    }

    /// Something changed that a version was compiled to rely on: its loop is recorded again, which drops the
    /// version from here. Where it also was for outer or inner loops, they find out at their next jump.
    pub(super) fn retire(
        &self,
        edge: BackEdge,
        watched: &Watched,
        l: &Rc<Loop>,
        version: &CompiledLoop,
    ) -> Outcome {
        l.policy.borrow_mut().on_fall();
        let assumed = &version.parts.assumed;
        if assumed.ended() {
            // The program changed nothing: this is another namespace, maybe at the old one's address.
            watched.many_namespaces.set(true);
        } else {
            self.totals.fell();
            let name = || watched.region_name(edge.frame.code().cast(), Some(l.header));
            let what = assumed.fallen().unwrap_or("something");
            self.log.tell(name, &Event::Fell(what));
            let fallen = assumed.fallen().map(str::to_owned);
            l.fallen.borrow_mut().extend(fallen);
        }
        self.record_in_time(edge.frame, watched, l);
        Outcome::Continue
    }

    /// The variables of module-level code could not be kept in registers: in time the code does without.
    pub(super) fn names_elsewhere(&self, edge: BackEdge, watched: &Watched) {
        watched.names_missed.set(watched.names_missed.get() + 1);
        if watched.names_missed.get() == MISFITS {
            let l = self.loop_at(watched, edge.target);
            self.record_in_time(edge.frame, watched, &l);
        }
    }

    /// An inner loop found other types than the code of the outer one expects: in time it gets code of its
    /// own.
    fn misfit(&self, (frame, target): (Frame, u32), watched: &Watched) {
        let l = self.loop_at(watched, target);
        l.misfits.set(l.misfits.get() + 1);
        if l.misfits.get() == MISFITS {
            self.record_in_time(frame, watched, &l);
        }
    }
}

/// What this version was for, at each of its entries, is in another phase from now on.
pub(super) fn replace(
    watched: &Watched,
    version: &CompiledLoop,
    by: impl Fn(Rc<CompiledLoop>, u32) -> Phase,
) {
    for l in watched.loops.borrow().values() {
        let mut phase = l.phase.borrow_mut();
        if let Phase::Compiled(of, entry) = &*phase
            && std::ptr::eq(&raw const **of, version)
        {
            let next = by(Rc::clone(of), *entry);
            *phase = next;
        }
    }
}
