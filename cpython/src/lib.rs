//! The CPython host: the extension module behind the Python package `fatjit`.
//!
//! A backward jump in watched code calls [`monitor`], which asks the [`driver`]; native code runs between
//! [`frame::Frame::run`] and [`leave::leave`]. What native code does in the interpreter's memory is in
//! [`expand`]; what it calls, in [`helpers`] and [`ops`]. `csrc/` is the only place that includes the
//! interpreter's internal headers.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod assume;
pub mod code_data;
pub mod context;
pub mod crash;
pub mod driver;
mod effects;
pub mod expand;
pub mod frame;
pub mod gil;
pub mod helpers;
pub mod layout;
pub mod leave;
pub mod memory;
mod module;
pub mod monitor;
pub mod names;
mod nested;
pub mod ops;
pub mod python;
pub mod sampler;
pub mod settings;
pub mod shapes;
mod shim;
mod special;
pub mod stacks;
pub mod switch;
pub mod symbols;
mod tier;
mod translate;
pub mod unwind;
