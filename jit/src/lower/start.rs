//! What is known at a block's start: what arrives there over edges, and what an entry was seen to find.
//!
//! Invariant: knowledge only widens. What arrives is certain, what an entry saw is a guess about one moment: where a
//! float comes round, an int that an entry saw was the beginning of a sum, and who enters with one leaves again. Not so
//! the other way: an int that is computed while floats are seen may be one that overflows again and again.

use fatjit_ir::Type;

use super::state::RepSlot;

/// What is known at one block's start.
#[derive(Clone, Debug, Default)]
pub(super) struct Start {
    guessed: Option<Vec<RepSlot>>,
    arrived: Option<Vec<RepSlot>>,
    known: Option<Vec<RepSlot>>,
}

impl Start {
    /// By register; nothing as long as nothing leads there.
    pub(super) fn known(&self) -> Option<&[RepSlot]> {
        self.known.as_deref()
    }

    /// Adds what an entry was seen to find. `local` tells locals from other registers.
    pub(super) fn guess(&mut self, reps: &[RepSlot], local: &dyn Fn(usize) -> bool) {
        self.guessed = Some(joined(self.guessed.as_deref(), reps, local));
        self.combine(local);
    }

    /// Adds what comes over an edge.
    pub(super) fn arrive(&mut self, reps: &[RepSlot], local: &dyn Fn(usize) -> bool) {
        self.arrived = Some(joined(self.arrived.as_deref(), reps, local));
        self.combine(local);
    }

    fn combine(&mut self, local: &dyn Fn(usize) -> bool) {
        let (guessed, arrived) = (self.guessed.as_deref(), self.arrived.as_deref());
        self.known = match (guessed, arrived) {
            (Some(guessed), Some(arrived)) => {
                let pairs = guessed.iter().zip(arrived).enumerate();
                let both = |(reg, (guess, certain)): (usize, (&RepSlot, &RepSlot))| match (
                    guess.number(),
                    certain.number(),
                ) {
                    (Some(Type::I64), Some(Type::F64)) => certain.clone(),
                    _ => guess.join(certain, local(reg)),
                };
                Some(pairs.map(both).collect())
            }
            (one, other) => one.or(other).map(<[RepSlot]>::to_vec),
        };
    }
}

fn joined(old: Option<&[RepSlot]>, new: &[RepSlot], local: &dyn Fn(usize) -> bool) -> Vec<RepSlot> {
    let Some(old) = old else { return new.to_vec() };
    let pairs = old.iter().zip(new).enumerate();
    pairs.map(|(reg, (a, b))| a.join(b, local(reg))).collect()
}
