//! What differs between architectures, as plain names and values, and memory for machine code.
//!
//! Invariant: nothing here knows the IR, the code generator or a host. The code generator asks a
//! [`Target`] what to set and gets pages from [`CodeMemory`], which are never writable and executable at
//! once.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod aarch64;
#[cfg(all(test, target_os = "linux"))]
mod fetched;
pub mod memory;
pub mod target;
pub mod x86_64;

pub use memory::{CodeAllocation, CodeMemory, CodeMemoryError, CodeWriter};
pub use target::{Target, UnsupportedHost};
