//! Where the interpreter keeps things in memory, as the headers say that the extension was built against.
//!
//! Invariant: a [`Layout`] is handed out only after the running interpreter was found to agree with it
//! (`csrc/layout.c` looks at live objects); whoever holds one may rely on it.

use std::ffi::{CStr, c_char};
use std::sync::OnceLock;

use thiserror::Error;

use crate::shim;

/// Offsets in bytes; `struct fatjit_layout`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Size of this structure, to find a mirror that disagrees.
    pub size: i64,
    /// `PY_VERSION_HEX` of the headers.
    pub version_hex: i64,
    /// Whether the headers are those of a free-threaded build.
    pub free_threaded: i64,
    /// From slot 0 of a frame (negative): the pointer to its current instruction.
    pub frame_position: i64,
    /// From slot 0 of a frame (negative): the frame object, or null.
    pub frame_object: i64,
    /// From an object: its reference count, 32 bits of it.
    pub object_refcount: i64,
    /// From an object: its type.
    pub object_type: i64,
    /// From an int: number of digits and sign.
    pub long_tag: i64,
    /// From an int: the lowest digit, 30 of 32 bits.
    pub long_digit: i64,
    /// From a float: its value.
    pub float_value: i64,
    /// From a range iterator: the next item.
    pub range_iter_start: i64,
    /// From a range iterator: the difference of two items.
    pub range_iter_step: i64,
    /// From a range iterator: the number of items left.
    pub range_iter_len: i64,
    /// From an object of variable size: how many items.
    pub var_size: i64,
    /// From a dict: how many items.
    pub dict_used: i64,
    /// From a set: how many items.
    pub set_used: i64,
    /// From a list: the address of its items.
    pub list_items: i64,
    /// From a tuple: the first item.
    pub tuple_items: i64,
    /// From a bytes object: the first byte.
    pub bytes_items: i64,
    /// From a bytearray: the address of its first byte.
    pub bytearray_start: i64,
    /// From an iterator over a list: the next index.
    pub list_iter_index: i64,
    /// From an iterator over a list: the list, or null when it is exhausted.
    pub list_iter_list: i64,
    /// From an iterator over a tuple: the next index.
    pub tuple_iter_index: i64,
    /// From an iterator over a tuple: the tuple, or null when it is exhausted.
    pub tuple_iter_tuple: i64,
    /// From an `enumerate`: the next count.
    pub enumerate_count: i64,
    /// From an `enumerate`: the iterator over what is counted.
    pub enumerate_iter: i64,
    /// From a `zip`: the tuple of its iterators.
    pub zip_iters: i64,
    /// From an array (`array.array`): the address of its items.
    pub array_items: i64,
    /// From an array: the address of its description.
    pub array_description: i64,
    /// From a text: how many characters.
    pub text_size: i64,
    /// From a text: 32 bits of state.
    pub text_state: i64,
    /// From a text that is all ASCII: the first character.
    pub text_ascii_items: i64,
    /// From another text that has no character beyond Latin-1: the first character.
    pub text_latin_items: i64,
    /// Bits of a text's state that tell these two from each other and from the rest.
    pub text_form: i64,
    /// These bits of the first.
    pub text_ascii: i64,
    /// These bits of the second.
    pub text_latin: i64,
    /// From an iterator over an ASCII text: the next index.
    pub text_iter_index: i64,
    /// From an iterator over an ASCII text: the text, or null when it is exhausted.
    pub text_iter_text: i64,
    /// From a built-in function: its definition.
    pub function_def: i64,
    /// From a built-in function: what it is bound to, or null.
    pub function_self: i64,
    /// From a bound method: the function.
    pub method_function: i64,
    /// From a bound method: what it is bound to.
    pub method_self: i64,
    /// From a Python function: its code.
    pub function_code: i64,
    /// From a Python function: the dict of its globals.
    pub function_globals: i64,
    /// From a Python function: the dict of its builtins.
    pub function_builtins: i64,
    /// From a Python function: the tuple of its cells.
    pub function_closure: i64,
    /// From a cell: what is in it, or null.
    pub cell_content: i64,
    /// Whether an instance's values are in the instance (3.13), else in an array of their own (3.12).
    pub values_inside: i64,
    /// From an instance: the byte that is not zero as long as its values are valid, or the word that is odd as long
    /// as it leads to them.
    pub values_state: i64,
    /// From an instance, or from where that word leads: its first value.
    pub values_first: i64,
    /// From an instance: the word that is zero as long as it has no dict, where values are in the instance.
    pub managed_dict: i64,
    /// From the names that instances share: how many there are.
    pub shared_names: i64,
    /// From a code object: its first instruction.
    pub code_units: i64,
    /// From a generator: slot 0 of its frame.
    pub generator_slots: i64,
    /// Whether the eval breaker is a byte, else 32 bits.
    pub breaker_is_byte: i64,
}

/// The running interpreter is not laid out as the headers say.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "this interpreter differs from the one that fatjit was built for ({what}): reinstall fatjit for it"
)]
pub struct Mismatch {
    /// What was not found where it should be.
    pub what: String,
}

static CHECKED: OnceLock<Result<Layout, Mismatch>> = OnceLock::new();

/// The layout, checked once in a process. Needs the GIL.
///
/// # Errors
/// The running interpreter disagrees with the headers.
pub fn checked() -> Result<&'static Layout, Mismatch> {
    CHECKED.get_or_init(check).as_ref().map_err(Clone::clone)
}

fn check() -> Result<Layout, Mismatch> {
    let mut layout = Layout::default();
    // SAFETY: the GIL is held, and nothing is native yet.
    unsafe { shim::fatjit_blocks_begin() };
    // SAFETY: the shim writes the structure that its header declares, whose mirror this is.
    unsafe { shim::fatjit_layout(&raw mut layout) };
    if layout.size != size_of::<Layout>() as i64 {
        return Err(Mismatch {
            what: "layout table".to_owned(),
        });
    }
    let mut text = [0 as c_char; 64];
    // SAFETY: the GIL is held and the room is as long as said.
    let wrong = unsafe { shim::fatjit_check_layout(text.as_mut_ptr(), text.len()) };
    if wrong.is_null() {
        return Ok(layout);
    }
    // SAFETY: the check returns a terminated text, its own or in the room given.
    let what = unsafe { CStr::from_ptr(wrong) };
    Err(Mismatch {
        what: what.to_string_lossy().into_owned(),
    })
}
