//! From a function that Cranelift has been given to executable pages.
//!
//! Invariant: functions and data that lie outside are declared in the order of their numbers in the
//! function's text: functions from 1 in namespace 0, data from 0 in namespace 1.

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Signature;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module, ModuleError, ModuleReloc, default_libcall_names};
use fatjit_targets::{CodeAllocation, CodeMemory};

use super::isa::Isa;
use super::{CodegenError, align, from_module};
use crate::memory::UnitMemory;

/// What lies outside: its symbol, its address, and its signature if it is a function.
pub(super) struct Symbol<'a> {
    pub name: String,
    pub address: usize,
    pub signature: Option<&'a Signature>,
}

/// A function in executable pages.
pub(super) struct Placed {
    pub address: *const u8,
    /// To be kept for as long as the function may be called.
    pub pages: Vec<CodeAllocation>,
}

/// Compiles the context's function, which is called `name`, into pages of this memory.
///
/// # Errors
/// If there is no memory, or Cranelift refuses.
pub(super) fn place(
    name: &str,
    isa: &Isa,
    memory: &CodeMemory,
    context: &mut Context,
    symbols: &[Symbol<'_>],
) -> Result<Placed, CodegenError> {
    let pages = UnitMemory::new(memory.clone());
    let mut builder = JITBuilder::with_isa(isa.shared(), default_libcall_names());
    builder.memory_provider(Box::new(pages.clone()));
    for symbol in symbols {
        builder.symbol(symbol.name.clone(), symbol.address as *const u8);
    }
    let mut module = JITModule::new(builder);
    let failed = |error: ModuleError| {
        pages
            .error()
            .unwrap_or_else(|| CodegenError::Cranelift(Box::new(error)))
    };
    let function = module
        .declare_function(name, Linkage::Export, &context.func.signature)
        .map_err(failed)?;
    for symbol in symbols {
        let declared = match symbol.signature {
            Some(signature) => module
                .declare_function(&symbol.name, Linkage::Import, signature)
                .map(drop),
            None => module
                .declare_data(&symbol.name, Linkage::Import, false, false)
                .map(drop),
        };
        declared.map_err(failed)?;
    }
    let compiled = context.compile(module.isa(), &mut ControlPlane::default());
    compiled.map_err(|e| from_module(ModuleError::Compilation(e.inner)))?;
    let Some(compiled) = context.compiled_code() else {
        return Err(CodegenError::Malformed("there is no code"));
    };
    let relocations: Vec<ModuleReloc> = compiled
        .buffer
        .relocs()
        .iter()
        .map(|relocation| ModuleReloc::from_mach_reloc(relocation, &context.func, function))
        .collect();
    pages.shift_next(align::shift(compiled));
    let alignment = compiled.buffer.alignment.into();
    module
        .define_function_bytes(function, alignment, compiled.code_buffer(), &relocations)
        .map_err(failed)?;
    module.finalize_definitions().map_err(failed)?;
    Ok(Placed {
        address: module.get_finalized_function(function),
        pages: pages.take(),
    })
}
