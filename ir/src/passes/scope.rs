//! Facts that hold in the part of the dominator tree below where they were learned: a table whose entries
//! are taken back when that part is left.

use rustc_hash::{FxBuildHasher, FxHashMap as HashMap};
use std::hash::Hash;

use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::types::Block;

/// A table with scopes.
#[derive(Debug)]
pub(super) struct Scoped<K, V> {
    table: HashMap<K, V>,
    undo: Vec<(K, Option<V>)>,
}

impl<K: Hash + Eq + Clone, V: Clone> Scoped<K, V> {
    /// With room for so many entries.
    pub(super) fn with_capacity(count: usize) -> Scoped<K, V> {
        Scoped {
            table: HashMap::with_capacity_and_hasher(count, FxBuildHasher),
            undo: Vec::with_capacity(count),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.table.get(key)
    }

    /// Sets an entry until the scope is left.
    pub(super) fn set(&mut self, key: K, value: V) {
        let before = self.table.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    /// Where the scope that begins now is left to.
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back everything since the mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        while self.undo.len() > mark {
            if let Some((key, before)) = self.undo.pop() {
                match before {
                    Some(value) => self.table.insert(key, value),
                    None => self.table.remove(&key),
                };
            }
        }
    }
}

/// Keeps, for a walk over the dominator tree in preorder, the marks of the blocks above the current one.
#[derive(Debug, Default)]
pub(super) struct Path {
    above: Vec<(Block, usize)>,
}

impl Path {
    /// The walk comes to a block: gives the mark to go back to, if blocks were left, and notes the block
    /// with the mark that `facts` then has.
    pub(super) fn enter<K: Hash + Eq + Clone, V: Clone>(
        &mut self,
        tree: &Dominators,
        block: Block,
        facts: &mut Scoped<K, V>,
    ) {
        while let Some(&(above, mark)) = self.above.last() {
            if tree.dominates(above, block) {
                break;
            }
            facts.back_to(mark);
            self.above.pop();
        }
        self.above.push((block, facts.mark()));
    }

    /// The walk is over, and another one begins.
    pub(super) fn leave<K: Hash + Eq + Clone, V: Clone>(&mut self, facts: &mut Scoped<K, V>) {
        self.above.clear();
        facts.back_to(0);
    }
}

/// The one block from which control can come, if there is only one edge into the block.
pub(super) fn only_pred(cfg: &Cfg, block: Block) -> Option<Block> {
    match cfg.preds(block) {
        [only] => Some(*only),
        _ => None,
    }
}
