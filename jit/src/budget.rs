//! How much of its time a process spends on compiling.
//!
//! Invariant: who asks [`Budget::allows`] before it begins, and tells [`Budget::spend`] what it took, spends at most a
//! share of the processor time that the process has used so far, but for an allowance that is free, and for what was
//! begun before the share was used up. What is put off is not lost: the caller keeps it and asks again, because with
//! time the share grows.

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
    /// A twentieth of the time. The free part lets programs of a second have their few hot loops at once.
    fn default() -> BudgetLimits {
        BudgetLimits {
            percent: 5,
            free: Duration::from_millis(80),
        }
    }
}

/// What was spent on compiling.
#[derive(Debug, Default)]
pub struct Budget {
    limits: Cell<BudgetLimits>,
    spent: Cell<Duration>,
    /// What the process had used when it was asked last.
    used: Cell<Duration>,
}

impl Budget {
    /// From now on these limits hold.
    pub fn limit(&self, limits: BudgetLimits) {
        self.limits.set(limits);
    }

    /// Compiling took so much processor time.
    pub fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get().saturating_add(time));
    }

    /// What compiling took so far.
    pub fn spent(&self) -> Duration {
        self.spent.get()
    }

    /// Whether compiling may begin now. `used` is asked for the processor time that the process has used so far, unless
    /// the answer is clear without. Where that went back this is another process, after a fork, which begins anew.
    pub fn allows(&self, used: impl FnOnce() -> Duration) -> bool {
        let limits = self.limits.get();
        if self.spent.get() <= limits.free {
            return true;
        }
        let used = used();
        if used < self.used.replace(used) {
            self.spent.set(Duration::ZERO);
        }
        self.spent.get() <= limits.free.max(used * limits.percent / 100)
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
        budget.spend(50 * MS);
        assert!(budget.allows(|| panic!("the answer is clear")));
    }

    #[test]
    fn beyond_that_it_is_a_share_of_the_time_used() {
        let budget = budget(5, 50 * MS);
        budget.spend(60 * MS);
        assert!(!budget.allows(|| 1199 * MS));
        assert!(budget.allows(|| 1200 * MS));
        budget.spend(MS);
        assert!(!budget.allows(|| 1219 * MS));
        assert!(budget.allows(|| 1220 * MS));
    }

    #[test]
    fn without_a_share_one_compilation_is_all() {
        let budget = budget(0, Duration::ZERO);
        assert!(budget.allows(|| MS));
        budget.spend(MS);
        assert!(!budget.allows(|| 1_000_000 * MS));
    }

    #[test]
    fn a_forked_process_begins_anew() {
        let budget = budget(5, MS);
        budget.spend(1000 * MS);
        assert!(!budget.allows(|| 10_000 * MS));
        assert!(budget.allows(|| 2 * MS));
        budget.spend(2 * MS);
        assert!(!budget.allows(|| 3 * MS));
    }
}
