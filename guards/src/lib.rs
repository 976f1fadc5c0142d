//! What is known about the exits of compiled regions.
#![deny(unsafe_op_in_unsafe_fn)]
