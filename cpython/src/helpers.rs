//! The routines that native code calls: their declarations, effects and addresses.
//!
//! Invariant: a declaration's types and effects are those of the C routine; the same name always has the same
//! declaration.

use fatjit_ir::{Helper, HelperEffects, Type};

use crate::effects::{ANYTHING, MAKES, WRITES};
use crate::{names, ops, shim};

macro_rules! helpers {
    ($($(#[$doc:meta])* $function:ident $name:literal ($($param:ident),*) $(-> $result:ident)?, $effects:expr, $address:path;)*) => {
        $(
            $(#[$doc])*
            pub fn $function() -> Helper {
                Helper {
                    name: $name.to_owned(),
                    params: vec![$(Type::$param),*],
                    result: helpers!(@result $($result)?),
                    effects: $effects,
                    writes_only: Vec::new(),
                }
            }
        )*

        /// The address of a helper by its name.
        pub fn address(name: &str) -> Option<usize> {
            match name {
                $($name => Some($address as *const () as usize),)*
                _ => ops::address(name),
            }
        }
    };
    (@result) => { None };
    (@result $result:ident) => { Some(Type::$result) };
}

helpers! {
    /// A new int; null without memory.
    box_i64 "box_i64" (I64) -> Own, MAKES, shim::fatjit_box_i64;
    /// A new float; null without memory.
    box_f64 "box_f64" (F64) -> Own, MAKES, shim::fatjit_box_f64;
    /// Frees an object whose count became 0.
    dealloc "dealloc" (Ptr), HelperEffects { raises: false, ..ANYTHING }, shim::fatjit_dealloc;
    /// The same for an object whose release runs no code.
    dealloc_plain "dealloc_plain" (Ptr), WRITES, shim::fatjit_dealloc;
    /// Ends the frame that runs, whose slot 0 this is, in this thread.
    frame_end "frame_end" (Ptr, Ptr), HelperEffects { raises: false, ..ANYTHING }, shim::fatjit_frame_end;
    /// A range iterator from its next item, items left and step; null without memory.
    range_iter_new "range_iter_new" (I64, I64, I64) -> Own, MAKES, shim::fatjit_range_iter_new;
    /// Says that names were written, whose table this is.
    names_written "names_written" (Ptr), WRITES, names::written;
}
