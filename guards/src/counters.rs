//! How often a compiled version of a region was entered, and left through each exit.
//!
//! Invariant: every entry ends in one exit, and both are recorded by whoever enters, in that order. Counts
//! saturate: a full counter says "very often", never "seldom". A version starts with its own counters at
//! zero; what must outlive versions is in [`crate::policy`].

use fatjit_ir::{ExitId, Reason};

use crate::exit::ExitTable;

/// The counters of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    entries: u64,
    leaves: u64,
    exits: Box<[u32]>,
}

impl Counters {
    /// Counters of a version with so many exits.
    pub fn new(exits: usize) -> Counters {
        Counters {
            entries: 0,
            leaves: 0,
            exits: vec![0; exits].into(),
        }
    }

    /// Counts an entry.
    pub fn enter(&mut self) {
        self.entries = self.entries.saturating_add(1);
    }

    /// Counts an exit; how often it was taken by now, this time included.
    pub fn leave(&mut self, exit: ExitId) -> u32 {
        self.leaves = self.leaves.saturating_add(1);
        match self.exits.get_mut(exit.index()) {
            Some(count) => {
                *count = count.saturating_add(1);
                *count
            }
            None => 0,
        }
    }

    /// Number of entries.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// How often it was left, by whatever exit.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// How often an exit was taken.
    pub fn exits(&self, exit: ExitId) -> u32 {
        self.exits.get(exit.index()).copied().unwrap_or(0)
    }

    /// How often the version was left, by reason, in the order of the reasons; those that never happened
    /// are left out.
    pub fn totals(&self, table: &ExitTable) -> Vec<(Reason, u64)> {
        let mut totals: Vec<(Reason, u64)> = Vec::new();
        for (at, &count) in self.exits.iter().enumerate().filter(|(_, n)| **n > 0) {
            let Some(exit) = table.get(ExitId(at as u32)) else {
                continue;
            };
            match totals.binary_search_by_key(&exit.reason, |(reason, _)| *reason) {
                Ok(found) => totals[found].1 += u64::from(count),
                Err(place) => totals.insert(place, (exit.reason, count.into())),
            }
        }
        totals
    }
}
