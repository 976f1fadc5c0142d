//! What to do when an exit is taken: go on, grow the region, or give it up.
//!
//! Invariants, whatever the program does: a region is compiled at most [`Limits::versions`] times; a place
//! and reason is grown for at most [`Limits::attempts`] times; so there is no endless cycle of compiling and
//! leaving. A region that cannot be grown any more stays as long as it does useful work between entry and
//! exit, and is given up otherwise. One that could be grown, but has to wait for it, is never given up meanwhile.

use std::collections::HashMap;

use fatjit_ir::{NativeId, Reason};

use crate::exit::ExitView;

/// Numbers that the policy goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// An exit is hot when it was taken so often.
    pub hot: u32,
    /// How often a region is compiled, the first time included.
    pub versions: u32,
    /// How often a region is grown for the same place and reason.
    pub attempts: u32,
    /// After how many entries a version's work is judged.
    pub judged_after: u64,
    /// Rounds that an entry must do on average to be worth it.
    pub rounds_per_entry: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            hot: 50,
            versions: 12,
            attempts: 2,
            judged_after: 400,
            rounds_per_entry: 4,
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Continue,
    /// Record the region again where it was left, and compile it anew with all that is known by now.
    Grow,
    /// Do not enter the region's code for a while, which does too little: the region waits to be grown.
    Pause,
    /// Retire the region's code for this reason.
    GiveUp(Reason),
}

/// What a version has done so far. Exits that were taken for polling are not entries' ends: the host
/// leaves them out of `entries`, and so they never count against a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Entries.
    pub entries: u64,
    /// Rounds of its loops, or what else the host measures useful work in: what pays for an entry stands for
    /// [`Limits::rounds_per_entry`] of them.
    pub rounds: u64,
}

/// The memory of a region, which outlives its versions.
#[derive(Clone, Debug)]
pub struct RegionPolicy {
    limits: Limits,
    versions: u32,
    grown: HashMap<(Option<NativeId>, u32, Reason), u32>,
    given_up: Option<Reason>,
    /// It would have been grown, but had to wait.
    waits: bool,
    /// It would have been grown, but that did not pay yet.
    deferred: bool,
}

impl RegionPolicy {
    /// Of a region that is about to be compiled for the first time.
    pub fn new(limits: Limits) -> RegionPolicy {
        RegionPolicy {
            limits,
            versions: 1,
            grown: HashMap::new(),
            given_up: None,
            waits: false,
            deferred: false,
        }
    }

    /// What to do now that an exit was taken for the `count`-th time in this version.
    ///
    /// An answer of [`Action::Grow`] counts as a version, whether or not compiling succeeds: the caller
    /// tries once for each. `pays` tells whether leaving so often was already worth a part of what growing takes; before,
    /// a region that does useful work goes on as it is, and is grown for more at once later. `may_grow` is asked whether
    /// it can be grown now; if not, the next such exit asks again.
    pub fn on_exit(
        &mut self,
        exit: &ExitView<'_>,
        count: u32,
        work: Work,
        pays: impl FnOnce() -> bool,
        may_grow: impl FnOnce() -> bool,
    ) -> Action {
        if let Some(reason) = self.given_up {
            return Action::GiveUp(reason);
        }
        if exit.reason == Reason::Poll {
            return Action::Continue;
        }
        let idle = self.is_idle(work);
        let now = self.waits || self.deferred && idle;
        let due = self.is_due(count) || now && count >= self.limits.hot;
        if growing_helps(exit.reason) && due && self.can_attempt(exit) {
            if !idle && !pays() {
                self.deferred = true;
                return Action::Continue;
            }
            if may_grow() {
                (self.waits, self.deferred) = (false, false);
                self.take_attempt(exit);
                return Action::Grow;
            }
            self.waits = true;
        }
        if idle {
            if self.waits && self.versions < self.limits.versions {
                return Action::Pause;
            }
            // It is grown as soon as it is left where it did not pay before.
            if self.deferred && work.entries < 2 * self.limits.judged_after {
                return Action::Continue;
            }
            self.given_up = Some(Reason::AlwaysLeaves);
            return Action::GiveUp(Reason::AlwaysLeaves);
        }
        Action::Continue
    }

    /// The region's code was retired because an assumption fell, and is about to be compiled again: another
    /// version. Once the policy is settled, that one had better assume nothing.
    pub fn on_fall(&mut self) {
        self.versions = self.versions.saturating_add(1);
    }

    /// What was given up for doing too little between entry and exit gets another chance.
    pub fn try_again(&mut self) {
        if self.given_up == Some(Reason::AlwaysLeaves) {
            self.given_up = None;
        }
    }

    /// Number of versions so far, attempts included.
    pub fn versions(&self) -> u32 {
        self.versions
    }

    /// Why the region is not grown any more, if it is not: it was given up, or compiled too often.
    pub fn settled(&self) -> Option<Reason> {
        self.given_up
            .or((self.versions >= self.limits.versions).then_some(Reason::TooManyVersions))
    }

    /// Whether there were more versions than there may be: what cannot do without assumptions is not compiled any more.
    pub fn is_spent(&self) -> bool {
        self.given_up.is_some() || self.versions > self.limits.versions
    }

    /// Whether an exit asks to be grown for: at the threshold, and, should the caller have been unable
    /// then, at each doubling of it.
    fn is_due(&self, count: u32) -> bool {
        let hot = self.limits.hot.max(1);
        count.is_multiple_of(hot) && (count / hot).is_power_of_two()
    }

    fn can_attempt(&self, exit: &ExitView<'_>) -> bool {
        let attempts = |place| self.grown.get(&place).copied().unwrap_or(0);
        let place = place(exit);
        self.versions < self.limits.versions
            && place.is_some_and(|place| attempts(place) < self.limits.attempts)
    }

    fn take_attempt(&mut self, exit: &ExitView<'_>) {
        if let Some(place) = place(exit) {
            *self.grown.entry(place).or_default() += 1;
        }
        self.versions += 1;
    }

    fn is_idle(&self, work: Work) -> bool {
        work.entries >= self.limits.judged_after
            && work.rounds < work.entries.saturating_mul(self.limits.rounds_per_entry)
    }
}

/// What attempts to grow are counted by.
fn place(exit: &ExitView<'_>) -> Option<(Option<NativeId>, u32, Reason)> {
    let frame = exit.innermost()?;
    Some((frame.of, frame.position, exit.reason))
}

/// Whether recording and compiling again may keep native code from leaving for this reason.
fn growing_helps(reason: Reason) -> bool {
    match reason {
        Reason::Overflow
        | Reason::TooWide
        | Reason::TypeChanged
        | Reason::NotSeen
        | Reason::OutOfRange
        | Reason::LastReference
        | Reason::Release
        | Reason::EntryMismatch
        | Reason::CalleeLeft
        | Reason::Host(_) => true,
        // Nothing went wrong.
        Reason::Poll | Reason::Finished | Reason::Suspended | Reason::Spurious => false,
        // The interpreter raises, or has to see to it.
        Reason::ZeroDivision
        | Reason::NegativeShift
        | Reason::Unbound
        | Reason::TooDeep
        | Reason::Raised
        | Reason::Disturbed
        | Reason::AssumptionFell
        | Reason::NoMemory
        | Reason::LeftToInterpreter => false,
        // Reasons for not compiling, which no exit has.
        Reason::CodeMemoryFull
        | Reason::RegionTooLarge
        | Reason::AlwaysLeaves
        | Reason::TooManyVersions
        | Reason::CodegenFailed
        | Reason::NeedsFrame
        | Reason::CheckFailed => false,
    }
}
