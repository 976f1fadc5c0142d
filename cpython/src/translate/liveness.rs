//! Which locals' objects are still asked for.
//!
//! Where a local holds an int or a float, most code only computes with it: then the object that it was loaded
//! as need not be kept. An object is asked for where the local is loaded for anything but arithmetic or a
//! comparison. Carried over a header of the loop that is compiled, a number's identity is given up anyway.
//!
//! Being wrong here costs no more than the identity of a number.

use fatjit_bytecode::Op;

use super::{Scope, Source};

/// The locals whose objects are asked for, behind each instruction that stores one.
pub(super) struct Wanted {
    words: usize,
    /// At the start of each instruction, a set of locals.
    before: Vec<Vec<u64>>,
}

impl Wanted {
    pub(super) fn new(source: &Source<'_>, scope: Scope) -> Wanted {
        let instrs = source.code.instrs();
        let locals = source.code.source().locals.len();
        let words = locals.div_ceil(64);
        let mut wanted = Wanted {
            words,
            before: vec![vec![0; words]; instrs.len() + 1],
        };
        let blocks = source.cfg.blocks();
        let inside = |block| match scope {
            Scope::Loop(found) => source.cfg.loops()[found].contains(block),
            Scope::Function | Scope::Generator(_) | Scope::Guest(_) => true,
        };
        let loads = Loads::new(source);
        loop {
            let mut changed = false;
            for block in (0..blocks.len()).rev() {
                let info = &blocks[block];
                let mut set = vec![0; words];
                for edge in &info.successors {
                    let start = blocks[edge.to].start;
                    // Over a header nothing is kept.
                    if inside(edge.to) && source.cfg.loop_of_header(edge.to).is_some() {
                        continue;
                    }
                    join(&mut set, &wanted.before[start]);
                }
                for index in (info.start..info.end).rev() {
                    if let Some(handler) = source.code.handler_of(index) {
                        join(&mut set, &wanted.before[handler.target]);
                    }
                    loads.step(index, &mut set);
                    if wanted.before[index] != set {
                        wanted.before[index].clone_from(&set);
                        changed = true;
                    }
                }
            }
            if !changed {
                return wanted;
            }
        }
    }

    /// Whether the object of a local is asked for from this instruction on.
    pub(super) fn at(&self, index: usize, local: u32) -> bool {
        let word = local as usize / 64;
        self.words == 0
            || self
                .before
                .get(index)
                .is_none_or(|set| set[word] & (1 << (local % 64)) != 0)
    }
}

fn join(set: &mut [u64], other: &[u64]) {
    for (a, b) in set.iter_mut().zip(other) {
        *a |= b;
    }
}

/// What loads and stores do to the set.
struct Loads<'a> {
    source: &'a Source<'a>,
    /// Of each instruction that loads one or two locals: whether only arithmetic uses them.
    computed: Vec<[bool; 2]>,
}

impl<'a> Loads<'a> {
    fn new(source: &'a Source<'a>) -> Loads<'a> {
        let mut computed = vec![[false; 2]; source.code.instrs().len()];
        for info in source.cfg.blocks() {
            // Which load each item on the stack came from, as far as the block tells.
            let mut stack: Vec<Option<(usize, usize)>> = Vec::new();
            for index in info.start..info.end {
                let instr = source.code.instrs()[index];
                match instr.op {
                    Op::LoadFast => stack.push(Some((index, 0))),
                    Op::LoadFastLoadFast => {
                        stack.push(Some((index, 0)));
                        stack.push(Some((index, 1)));
                    }
                    Op::StoreFastLoadFast => {
                        stack.pop();
                        stack.push(Some((index, 1)));
                    }
                    Op::LoadConst => stack.push(None),
                    Op::LoadGlobal if instr.arg & 1 == 0 => stack.push(None),
                    Op::BinaryOp | Op::CompareOp | Op::BinarySubscr => {
                        let (b, a) = (stack.pop().flatten(), stack.pop().flatten());
                        // The container of a subscript is no number, or its object is asked for.
                        let a = a.filter(|_| instr.op != Op::BinarySubscr);
                        for (at, n) in [a, b].into_iter().flatten() {
                            computed[at][n] = true;
                        }
                        stack.push(None);
                    }
                    Op::UnaryNegative | Op::ToBool | Op::UnaryNot => {
                        if let Some((at, n)) = stack.pop().flatten() {
                            computed[at][n] = true;
                        }
                        stack.push(None);
                    }
                    Op::PopJumpIfFalse | Op::PopJumpIfTrue => {
                        if let Some((at, n)) = stack.pop().flatten() {
                            computed[at][n] = true;
                        }
                    }
                    Op::StoreSubscr => {
                        if let Some((at, n)) = stack.pop().flatten() {
                            computed[at][n] = true;
                        }
                        stack.pop();
                        stack.pop();
                    }
                    Op::StoreFast => {
                        stack.pop();
                    }
                    Op::Nop => {}
                    // What else it does to the stack is not followed.
                    _ => stack.clear(),
                }
            }
        }
        Loads { source, computed }
    }

    fn step(&self, index: usize, set: &mut [u64]) {
        let instr = self.source.code.instrs()[index];
        let (arg, computed) = (instr.arg, self.computed[index]);
        let (first, second) = (arg >> 4, arg & 15);
        let mut add = |local: u32, wanted: bool| {
            if wanted && let Some(word) = set.get_mut(local as usize / 64) {
                *word |= 1 << (local % 64);
            }
        };
        match instr.op {
            Op::LoadFast => add(arg, !computed[0]),
            Op::LoadFastLoadFast => {
                add(first, !computed[0]);
                add(second, !computed[1]);
            }
            Op::LoadFastCheck | Op::LoadFastAndClear | Op::LoadClosure => add(arg, true),
            Op::StoreFast | Op::DeleteFast => remove(set, arg),
            Op::StoreFastStoreFast => {
                remove(set, first);
                remove(set, second);
            }
            Op::StoreFastLoadFast => {
                add(second, !computed[1]);
                remove(set, first);
            }
            _ => {}
        }
    }
}

fn remove(set: &mut [u64], local: u32) {
    if let Some(word) = set.get_mut(local as usize / 64) {
        *word &= !(1 << (local % 64));
    }
}
