//! Addresses that native code compares with: in which loops they are kept in registers.
//!
//! Cranelift makes a constant anew wherever it is used, and one too wide for an instruction is loaded from behind the
//! code: in a loop that is bound by its loads every comparison with a type's address costs one more. A symbol's
//! address it hoists out of loops and keeps in a register. That does well only where registers are not short: in
//! small innermost loops.

use cranelift_codegen::ir::{self, GlobalValue, InstBuilder, types};
use fatjit_ir::loops::Loops;
use fatjit_ir::{Block, Imm, Op, Unit, Value};

use super::CodegenError;
use super::control::Translator;

/// Most instructions in the hot blocks of a loop that keeps addresses in registers.
const MOST_INSTRUCTIONS: usize = 36;

/// By block: whether addresses are kept in registers in the loop around it.
pub(super) fn roomy_blocks(unit: &Unit, loops: &Loops, cold: &[bool]) -> Vec<bool> {
    let mut roomy = vec![false; unit.block_count()];
    for innermost in loops.all().iter().filter(|l| l.is_innermost) {
        let hot = innermost.blocks.iter().filter(|b| !cold[b.index()]);
        let sizes = hot.clone().map(|b| unit.block(*b).insts.len());
        if sizes.sum::<usize>() <= MOST_INSTRUCTIONS {
            hot.for_each(|b: &Block| roomy[b.index()] = true);
        }
    }
    roomy
}

/// The symbols of addresses, by address.
pub(super) type Addresses = Vec<(i64, GlobalValue)>;

impl Translator<'_> {
    /// A value to compare with, in the block that is being translated.
    pub(super) fn comparand(&mut self, value: Value) -> Result<ir::Value, CodegenError> {
        let address = self.unit.def_inst(value).and_then(|def| match def.imm {
            Imm::Int(n) if def.op == Op::PConst && i32::try_from(n).is_err() => Some(n),
            _ => None,
        });
        let Some(address) = address.filter(|_| self.roomy_now) else {
            return self.value(value);
        };
        let known = self.addresses.iter().find(|(a, _)| *a == address);
        let symbol = match known {
            Some((_, symbol)) => *symbol,
            None => {
                let symbol = self.externals.import_address(self.b.func, address);
                self.addresses.push((address, symbol));
                symbol
            }
        };
        Ok(self.b.ins().symbol_value(types::I64, symbol))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fatjit_ir::cfg::{Cfg, cold_blocks};
    use fatjit_ir::{Dominators, parse};

    fn roomy(more: usize) -> Vec<bool> {
        let more = "    v9 = poll\n".repeat(more);
        let more: String = more
            .lines()
            .enumerate()
            .map(|(at, line)| line.replace("v9", &format!("v{}", at + 9)) + "\n")
            .collect();
        let text = format!(
            "unit \"l\" slots 0\nentry b0\nb0:\n    v0 = bconst true\n    jump b1\nb1:\n    jump b2\nb2:\n{more}    \
             br v0, b2, b3\nb3:\n    br v0, b1, b4\nb4:\n    leave -> x0\nx0: finished at 0 depth 0 []\n"
        );
        let unit = parse(&text).unwrap();
        let cfg = Cfg::new(&unit);
        let loops = Loops::new(&cfg, &Dominators::new(&cfg));
        roomy_blocks(&unit, &loops, &cold_blocks(&unit))
    }

    #[test]
    fn small_innermost_loops_have_room() {
        let small = MOST_INSTRUCTIONS - 1;
        assert_eq!(roomy(small), [false, false, true, false, false]);
        assert_eq!(roomy(small + 1), [false; 5]);
    }
}
