//! Bridges: calls that leave all registers as they were.
//!
//! The C convention lets a routine overwrite every float register and most others. The register allocator
//! then keeps whatever is live across some call of a nest of loops on the stack, also in an inner loop that
//! calls nothing. A bridge is a small function in the convention `preserve_all`, which saves what it
//! overwrites. All that it is given in a register is the activation: arguments in the registers that a
//! convention names would again tear apart the lives of values. The activation's spill area carries the rest:
//! word 0 tells the routine, the arguments follow; on the way back its results are there, from word 0. Which
//! calls take a bridge is decided by `call_sites`.
//!
//! Invariant: a bridge is a stub by the routine's signature. The routine is named by its place among those that
//! the unit calls so, whose addresses [`Code::enter`] hands over in the activation: an address as an operand
//! would be hoisted and occupy a register in all loops around.
//!
//! [`Code::enter`]: crate::code::Code::enter

use std::fmt::Write;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, Signature, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::isa::Isa;
use crate::activation::{ActivationLayout, SPILL_WORDS};

/// The signature of every bridge: it is given the activation.
pub(super) fn signature() -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.push(AbiParam::new(types::I64));
    signature
}

/// Whether the spill area has room for what a routine is given and returns.
pub(super) fn carries(routine: &Signature) -> bool {
    routine.params.len() < SPILL_WORDS as usize && routine.returns.len() <= SPILL_WORDS as usize
}

/// A bridge's name in texts.
pub(super) fn name(routine: &Signature) -> String {
    let types = |params: &[AbiParam]| {
        let names: Vec<String> = params.iter().map(|p| p.value_type.to_string()).collect();
        names.join(",")
    };
    let mut name = types(&routine.params);
    if !routine.returns.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(name, "->{}", types(&routine.returns));
    }
    name
}

/// Builds a bridge's function.
pub(super) fn build(routine: &Signature, isa: &Isa, context: &mut Context) {
    context.func.signature = signature();
    context.func.name = ir::UserFuncName::user(0, 0);
    let mut pools = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut context.func, &mut pools);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let act = b.block_params(block)[0];
    let flags = MemFlagsData::trusted();
    let callees = b
        .ins()
        .load(types::I64, flags, act, ActivationLayout::CALLEES);
    let place = b
        .ins()
        .load(types::I64, flags, act, ActivationLayout::spill(0));
    let offset = b.ins().ishl_imm_s(place, 3);
    let callee = b.ins().iadd(callees, offset);
    let callee = b.ins().load(types::I64, flags, callee, 0);
    let imported = b.import_signature(routine.clone());
    let mut args = Vec::with_capacity(routine.params.len());
    for (word, param) in (1..).zip(&routine.params) {
        let offset = ActivationLayout::spill(word);
        args.push(b.ins().load(param.value_type, flags, act, offset));
    }
    let call = b.ins().call_indirect(imported, callee, &args);
    let results = b.inst_results(call).to_vec();
    for (word, result) in results.into_iter().enumerate() {
        let offset = ActivationLayout::spill(word as u32);
        b.ins().store(flags, result, act, offset);
    }
    b.ins().return_(&[]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
}

#[cfg(test)]
mod tests {
    use super::*;
    use cranelift_codegen::control::ControlPlane;
    use fatjit_targets::{CodeMemory, Target};

    use crate::codegen::stubs::Stubs;

    fn of(isa: &Isa, params: &[ir::Type], returns: &[ir::Type]) -> Signature {
        let mut signature = Signature::new(isa.call_conv());
        signature.params = params.iter().copied().map(AbiParam::new).collect();
        signature.returns = returns.iter().copied().map(AbiParam::new).collect();
        signature
    }

    fn assembly(target: &Target, params: &[ir::Type], returns: &[ir::Type]) -> String {
        let isa = Isa::new(target).unwrap();
        let mut context = Context::new();
        build(&of(&isa, params, returns), &isa, &mut context);
        context.set_disasm(true);
        let compiled = context.compile(&*isa.shared(), &mut ControlPlane::default());
        compiled.unwrap().vcode.clone().unwrap()
    }

    #[test]
    fn every_register_that_a_routine_may_overwrite_is_saved() {
        let text = assembly(&Target::x86_64_baseline(), &[types::F64], &[types::I64]);
        for register in (0..16).map(|n| format!("%xmm{n}")) {
            let saved = format!("movdqu {register}, ");
            assert!(text.contains(&saved), "{register} in\n{text}");
        }
        let text = assembly(&Target::aarch64_generic(), &[types::F64], &[types::I64]);
        for register in (0..32).map(|n| format!("q{n}")) {
            let saved = text.lines().any(|line| {
                line.trim_start().starts_with("st")
                    && line.split([' ', ',']).any(|operand| operand == register)
            });
            assert!(saved, "{register} in\n{text}");
        }
    }

    #[test]
    fn a_bridge_is_shared_while_it_is_held() {
        let isa = Isa::new(&Target::host().unwrap()).unwrap();
        let memory = CodeMemory::default();
        let bridges = Stubs::default();
        let get = |returns: &[ir::Type]| {
            let routine = of(&isa, &[types::I64], returns);
            bridges.get(&routine, &isa, &memory, build).unwrap()
        };
        let (first, second) = (get(&[types::I64]), get(&[types::I64]));
        assert_eq!(first.address(), second.address());
        let other = get(&[]);
        assert_ne!(first.address(), other.address());
        drop((first, second, other));
        assert_eq!(memory.in_use(), 0);
        drop(get(&[]));
        assert_eq!(memory.in_use(), 0);
    }

    #[test]
    fn names_tell_signatures_apart() {
        let isa = Isa::new(&Target::x86_64_baseline()).unwrap();
        let name = |params: &[ir::Type], returns: &[ir::Type]| name(&of(&isa, params, returns));
        assert_eq!(name(&[types::I64, types::F64], &[types::I8]), "i64,f64->i8");
        assert_eq!(name(&[types::F64; 2], &[types::I64; 2]), "f64,f64->i64,i64");
        assert_eq!(name(&[], &[]), "");
    }
}
