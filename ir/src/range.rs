//! Ranges of ints: what analyses know of a value, and what a unit promises of a block's parameters.
//!
//! Invariant: a range is never empty.

use std::fmt;

/// The ints from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub low: i64,
    /// The largest.
    pub high: i64,
}

impl Range {
    /// Every int of 64 bits.
    pub const ALL: Range = Range {
        low: i64::MIN,
        high: i64::MAX,
    };

    /// From `low` to `high`, which is not less.
    pub fn of(low: i64, high: i64) -> Range {
        debug_assert!(low <= high, "{low} > {high}");
        Range { low, high }
    }

    /// What both say; the first if they contradict each other, as they may where control never comes.
    #[must_use]
    pub fn and(self, other: Range) -> Range {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high {
            Range { low, high }
        } else {
            self
        }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn or(self, other: Range) -> Range {
        Range {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The ends, wide enough to compute with.
    pub fn wide(self) -> (i128, i128) {
        (self.low.into(), self.high.into())
    }

    /// The range between two wide ends, cut off at 64 bits.
    pub fn cut(low: i128, high: i128) -> Range {
        let end = |n: i128| n.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        Range::of(end(low), end(high))
    }

    /// Whether every int of this range is in the other one.
    pub fn within(self, other: Range) -> bool {
        other.low <= self.low && self.high <= other.high
    }

    /// Whether the int is in the range.
    pub fn has(self, n: i64) -> bool {
        self.low <= n && n <= self.high
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.low, self.high)
    }
}
