//! How much of its time a process spends on compiling.
//!
//! Invariant: who asks [`Budget::allows`] before it begins, and tells [`Budget::spend`] what it took, spends at most a
//! share of the processor time that the process has used so far, but for an allowance that is free, and as far as what
//! the next compilation takes is known from those before. What is put off is not lost: the caller keeps it and asks
//! again, because with time the share grows.

use std::cell::Cell;
use std::time::Duration;

/// What may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Most percent of the processor time so far.
    pub percent: u32,
    /// What may be spent in any case.
    pub free: Duration,
}

impl Default for BudgetLimits {
    /// A twentieth of the time. What is free is about what a small loop takes.
    fn default() -> BudgetLimits {
        BudgetLimits {
            percent: 5,
            free: Duration::from_millis(3),
        }
    }
}

/// A guess at what an instruction of the host's code takes, for a process that has compiled nothing yet: small loops take
/// 30 to 60 microseconds for each. A higher one has the first loops of a program wait, most of which are small.
const USUAL: Duration = Duration::from_micros(50);
/// How many instructions the guess weighs as much as.
const USUAL_INSTRUCTIONS: u32 = 50;

/// What was spent on compiling.
#[derive(Debug, Default)]
pub struct Budget {
    limits: Cell<BudgetLimits>,
    spent: Cell<Duration>,
    /// Instructions of the host's code that were compiled in that time.
    compiled: Cell<u32>,
    /// What the process had used when it was asked last.
    used: Cell<Duration>,
}

impl Budget {
    /// From now on these limits hold.
    pub fn limit(&self, limits: BudgetLimits) {
        self.limits.set(limits);
    }

    /// Compiling code of so many instructions took so much processor time.
    pub fn spend(&self, instructions: u32, time: Duration) {
        self.spent.set(self.spent.get().saturating_add(time));
        self.compiled
            .set(self.compiled.get().saturating_add(instructions));
    }

    /// What code of so many instructions may take, after what others took; a guess counts as the first of them.
    fn estimate(&self, instructions: u32) -> Duration {
        let spent = self.spent.get() + USUAL * USUAL_INSTRUCTIONS;
        let compiled = self.compiled.get().saturating_add(USUAL_INSTRUCTIONS);
        spent.mul_f64(f64::from(instructions) / f64::from(compiled))
    }

    /// Whether losing so much is worth a part of what compiling code of so many instructions takes: an eighth, so that waiting
    /// for that costs little beside it.
    pub fn is_worth(&self, instructions: u32, lost: Duration) -> bool {
        lost * 8 >= self.estimate(instructions)
    }

    /// Whether code of so many instructions may be compiled beyond the share, because already more time was lost for lack of
    /// it than that will take. So all that is compiled beyond the share takes no longer than what had it compiled.
    pub fn pays_back(&self, instructions: u32, lost: Duration) -> bool {
        self.limits.get().percent > 0 && lost >= self.estimate(instructions)
    }

    /// What compiling took so far.
    pub fn spent(&self) -> Duration {
        self.spent.get()
    }

    /// Whether compiling code of so many instructions may begin now. `used` is asked for the processor time that the
    /// process has used so far, unless the answer is clear without. Where that went back this is another process, after
    /// a fork, which begins anew.
    pub fn allows(&self, instructions: u32, used: impl FnOnce() -> Duration) -> bool {
        let limits = self.limits.get();
        let wanted = |budget: &Budget| budget.spent.get() + budget.estimate(instructions);
        if wanted(self) <= limits.free {
            return true;
        }
        let used = used();
        if used < self.used.replace(used) {
            self.spent.set(Duration::ZERO);
            self.compiled.set(0);
        }
        wanted(self) <= limits.free.max(used * limits.percent / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn budget(percent: u32, free: Duration) -> Budget {
        let budget = Budget::default();
        budget.limit(BudgetLimits { percent, free });
        budget
    }

    #[test]
    fn what_is_free_is_allowed_without_asking() {
        let budget = budget(5, 50 * MS);
        assert!(budget.allows(1000, || panic!("the answer is clear")));
        assert!(!budget.allows(1001, || MS));
    }

    #[test]
    fn beyond_that_it_is_a_share_of_the_time_used() {
        let budget = budget(5, 50 * MS);
        budget.spend(0, 60 * MS);
        assert!(!budget.allows(0, || 1199 * MS));
        assert!(budget.allows(0, || 1200 * MS));
        budget.spend(0, MS);
        assert!(!budget.allows(0, || 1219 * MS));
        assert!(budget.allows(0, || 1220 * MS));
    }

    #[test]
    fn what_it_will_take_counts_as_well() {
        let budget = budget(5, Duration::ZERO);
        // A first guess, 50 us an instruction, and then what was seen.
        assert!(!budget.allows(200, || 199 * MS));
        assert!(budget.allows(200, || 200 * MS));
        budget.spend(50, 35 * MS / 2);
        assert_eq!(budget.estimate(100), 20 * MS);
        assert!(!budget.allows(100, || 749 * MS));
        assert!(budget.allows(100, || 750 * MS));
    }

    #[test]
    fn what_was_lost_is_paid_back_beyond_the_share() {
        let budget = budget(5, Duration::ZERO);
        budget.spend(100, 20 * MS);
        let estimate = budget.estimate(50);
        assert!(!budget.allows(50, || MS));
        assert!(!budget.pays_back(50, estimate - MS));
        assert!(budget.pays_back(50, estimate));
        assert!(!super::tests::budget(0, MS).pays_back(0, 100 * MS));
    }

    #[test]
    fn little_that_is_lost_is_not_worth_compiling() {
        let budget = budget(5, Duration::ZERO);
        budget.spend(950, 195 * MS / 2);
        assert_eq!(budget.estimate(80), 8 * MS);
        assert!(!budget.is_worth(80, MS / 2));
        assert!(budget.is_worth(80, MS));
    }

    #[test]
    fn without_a_share_nothing_is_compiled() {
        let budget = budget(0, Duration::ZERO);
        assert!(!budget.allows(1, || 1_000_000 * MS));
    }

    #[test]
    fn a_forked_process_begins_anew() {
        let budget = budget(5, MS);
        budget.spend(10, 1000 * MS);
        assert!(!budget.allows(1, || 10_000 * MS));
        assert!(budget.allows(1, || 2 * MS));
        budget.spend(1, 2 * MS);
        assert!(!budget.allows(1, || 3 * MS));
    }
}
