//! From guarded bytecode to machine code: [`region::compile`] is the way through.
//!
//! All use of Cranelift is in [`codegen`] and `memory`; code pages come from `fatjit-targets`, the
//! description of exits goes to `fatjit-guards`. Nothing here knows a host language.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod activation;
pub mod budget;
pub mod code;
pub mod codegen;
pub mod gbc;
pub mod lower;
mod memory;
pub mod region;
