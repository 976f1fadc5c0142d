//! That code can be generated for a unit: every instruction is one that there is code for, every exit's values
//! find room.

use fatjit_ir::cfg::Cfg;
use fatjit_ir::{Imm, InstData, Op, Unit};

use super::{CodegenError, Options};
use crate::activation::SPILL_WORDS;

/// Whether code can be generated for every reachable instruction and for the exits.
pub(super) fn check(unit: &Unit, cfg: &Cfg, options: Options) -> Result<(), CodegenError> {
    for &block in &cfg.rpo {
        if unit.terminator(block).is_none() {
            return Err(CodegenError::Malformed("a block has no terminator"));
        }
        for &inst in &unit.block(block).insts {
            check_inst(unit, unit.inst(inst), options)?;
        }
    }
    if unit.entries.is_empty() {
        return Err(CodegenError::Malformed("no entry"));
    }
    let mut reads = unit.entries.iter().map(|entry| &unit.block(*entry).reads);
    if reads.any(|reads| reads.len() >= SPILL_WORDS as usize) {
        return Err(CodegenError::Malformed("an entry reads too much"));
    }
    Ok(())
}

fn check_inst(unit: &Unit, inst: &InstData, options: Options) -> Result<(), CodegenError> {
    if let (Op::Context, Imm::Word(word)) = (inst.op, &inst.imm)
        && *word >= options.context_words
    {
        return Err(CodegenError::MissingContext {
            word: *word,
            words: options.context_words,
        });
    }
    if let Some(exit) = inst.exit {
        let values = unit.exits[exit.index()].values().count();
        if values > SPILL_WORDS as usize {
            return Err(CodegenError::SpillAreaTooSmall {
                exit,
                values,
                words: SPILL_WORDS,
            });
        }
    }
    Ok(())
}
