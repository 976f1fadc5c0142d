//! Variables of module-level code, which live in a dict, and globals.
//!
//! A name that the loop, or one around it, stores is a register with its home in the dict (see [`crate::names`]).
//! What is only read is assumed to stay what it is; what may not be assumed is read like what is stored. Where
//! that cannot be (a class body, a function's globals, a name that is deleted), the interpreter's routines do it.

use std::collections::{HashMap, HashSet};

use fatjit_bytecode::Op;
use fatjit_jit::gbc::{GOp, Reg, Seen};

use super::{Translator, worth};

/// The names of a region's code, by their index.
#[derive(Default)]
pub(super) struct Names {
    /// The registers of those that have one.
    registers: HashMap<u32, Reg>,
    /// Those that loops around the region's instructions store: they do not stay what they are.
    unsteady: HashSet<u32>,
}

/// What an instruction does with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Load(u32),
    Store(u32),
    Delete(u32),
}

fn use_of(op: Op, arg: u32) -> Option<Use> {
    Some(match op {
        Op::LoadName => Use::Load(arg),
        Op::LoadGlobal => Use::Load(arg >> 1),
        Op::StoreName | Op::StoreGlobal => Use::Store(arg),
        Op::DeleteName | Op::DeleteGlobal => Use::Delete(arg),
        _ => return None,
    })
}

impl Translator<'_> {
    /// Finds out what becomes of each name. Gives what the names with registers hold, in their order, and the
    /// indices of those that are stored.
    pub(super) fn declare_names(&mut self) -> (Vec<Seen>, Vec<u32>) {
        let super::Scope::Loop(found) = self.scope else {
            return (Vec::new(), Vec::new());
        };
        let cfg = self.source.cfg;
        let header = cfg.loops()[found].header;
        for around in cfg.loops().iter().filter(|l| l.contains(header)) {
            for block in &around.blocks {
                for (op, name) in self.uses(*block) {
                    if !matches!(op, Use::Load(_)) {
                        self.names.unsteady.insert(name);
                    }
                }
            }
        }
        if !self.source.has_variables || !self.can_keep_names(found) {
            return (Vec::new(), Vec::new());
        }
        let mut seen = Vec::new();
        let mut stored = Vec::new();
        let own = &cfg.loops()[found].blocks;
        let ran = own.iter().copied().filter(|b| self.ran(*b));
        let uses: Vec<(Use, u32)> = ran.flat_map(|block| self.uses(block)).collect();
        for (how, name) in uses {
            let steady = !self.names.unsteady.contains(&name);
            if steady && self.source.facts.global(name).is_some() {
                continue;
            }
            let next = Reg(self.region.slots + seen.len() as u32);
            if !self.names.registers.contains_key(&name)
                && let Some(holds) = (self.source.variable)(name)
            {
                self.names.registers.insert(name, next);
                seen.push(holds);
            }
            if matches!(how, Use::Store(_))
                && self.names.registers.contains_key(&name)
                && !stored.contains(&name)
            {
                stored.push(name);
            }
        }
        self.region.names = seen.len() as u32;
        self.region.regs += self.region.names;
        (seen, stored)
    }

    /// The names with registers, in their order.
    pub(super) fn name_indices(&self) -> Vec<u32> {
        let mut names: Vec<(Reg, u32)> =
            self.names.registers.iter().map(|(n, r)| (*r, *n)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    /// Whether nothing in the loop stands against it: a name that becomes unbound has no home; and instructions that
    /// store twice cannot be left in between, should the first store change the dict.
    fn can_keep_names(&self, found: usize) -> bool {
        let blocks = &self.source.cfg.loops()[found].blocks;
        let instrs = blocks.iter().flat_map(|block| {
            let info = &self.source.cfg.blocks()[*block];
            &self.source.code.instrs()[info.start..info.end]
        });
        instrs.into_iter().all(|instr| {
            !matches!(
                instr.op,
                Op::DeleteName | Op::DeleteGlobal | Op::StoreFastStoreFast | Op::StoreFastLoadFast
            )
        })
    }

    fn uses(&self, block: usize) -> Vec<(Use, u32)> {
        let info = &self.source.cfg.blocks()[block];
        let instrs = &self.source.code.instrs()[info.start..info.end];
        let uses = instrs.iter().filter_map(|i| use_of(i.op, i.arg));
        uses.map(|how| match how {
            Use::Load(name) | Use::Store(name) | Use::Delete(name) => (how, name),
        })
        .collect()
    }

    /// Loads a name in one of the ways that need no look-up, if there is one. `call` asks for the null beside it.
    pub(super) fn load_cheaply(&mut self, name: u32, call: bool) -> bool {
        if let Some(src) = self.names.registers.get(&name).copied() {
            self.worth.add(worth::NAME);
            let (dst, null) = self.beside_null(self.free(), call);
            if let Some(dst) = null {
                self.push(GOp::Null { dst });
            }
            self.push(GOp::Copy { dst, src });
            return true;
        }
        if self.names.unsteady.contains(&name) {
            return false;
        }
        match self.source.facts.global(name) {
            Some(known) => {
                self.load_known(self.free(), known, call);
                true
            }
            None => false,
        }
    }

    pub(super) fn load_name(&mut self) {
        // Elsewhere than in module-level code a name may be in a dict of its own.
        if !self.source.has_variables || !self.load_cheaply(self.arg(), false) {
            self.generic();
        }
    }

    pub(super) fn store_name(&mut self) {
        let Some(local) = self.names.registers.get(&self.arg()).copied() else {
            return self.generic();
        };
        self.worth.add(worth::NAME);
        let (src, behind) = (self.top(1), Some(self.behind(-1)));
        self.push(GOp::Store { local, src, behind });
    }
}
