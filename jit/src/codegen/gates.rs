//! Gates: from a list of arguments in memory into a compiled function.
//!
//! Functions are called by other compiled code with their arguments in registers, as their signature says.
//! Whoever calls one from outside does not know the signature when he is compiled: he puts the arguments into
//! words of memory and goes through the gate of that signature.
//!
//! Invariant: a gate is a stub by the functions' signature, and is called as [`GateFunction`] says.

use std::sync::Arc;

use cranelift_codegen::Context;
use cranelift_codegen::ir::{self, AbiParam, InstBuilder, MemFlagsData, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use fatjit_ir::{Signature, Type};
use fatjit_targets::CodeMemory;

use super::CodegenError;
use super::control::machine_type;
use super::isa::Isa;
use super::stubs::{Stub, Stubs};

/// What a gate is: from the function's address, the caller's activation, how many calls may be nested in the
/// function, its arguments as words, and the word for its result, to the status.
pub(crate) type GateFunction =
    unsafe extern "C" fn(*const u8, *mut u8, i64, *const u64, *mut u64) -> u64;

/// A gate, to be held by the code of functions that are called through it.
#[derive(Debug)]
pub(crate) struct Gate(Arc<Stub>);

impl Gate {
    /// The gate of a signature, among these.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn get(
        gates: &Stubs<Signature>,
        signature: &Signature,
        isa: &Isa,
        memory: &CodeMemory,
    ) -> Result<Gate, CodegenError> {
        gates.get(signature, isa, memory, build).map(Gate)
    }

    /// The gate as a function.
    pub(crate) fn function(&self) -> GateFunction {
        // SAFETY: `build` made a function of this type at this address, in pages that the stub owns.
        unsafe { std::mem::transmute::<usize, GateFunction>(self.0.address()) }
    }
}

/// Builds a gate's function.
fn build(signature: &Signature, isa: &Isa, context: &mut Context) {
    let mut own = ir::Signature::new(isa.call_conv());
    own.params = vec![AbiParam::new(types::I64); 5];
    own.returns = vec![AbiParam::new(types::I64)];
    context.func.signature = own;
    context.func.name = ir::UserFuncName::user(0, 0);
    let mut pools = FunctionBuilderContext::new();
    let mut b = FunctionBuilder::new(&mut context.func, &mut pools);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let &[function, caller, nesting, words, result] = b.block_params(block) else {
        unreachable!("the signature above has five parameters");
    };
    let flags = MemFlagsData::trusted();
    let mut args = vec![caller, nesting];
    for (at, ty) in signature.params.iter().enumerate() {
        let offset = (8 * at) as i32;
        args.push(match ty {
            Type::Bool => b.ins().load(types::I8, flags, words, offset),
            other => b.ins().load(machine_type(*other), flags, words, offset),
        });
    }
    let callee = b.import_signature(isa.function_signature(signature));
    let call = b.ins().call_indirect(callee, function, &args);
    let &[status, value] = b.inst_results(call) else {
        unreachable!("functions give a status and a value");
    };
    let value = match signature.result {
        Type::Bool => b.ins().uextend(types::I64, value),
        _ => value,
    };
    b.ins().store(flags, value, result, 0);
    b.ins().return_(&[status]);
    b.seal_all_blocks();
    b.finalize(isa.frontend_config());
}
