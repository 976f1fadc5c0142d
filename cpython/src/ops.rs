//! The helpers that do what one bytecode does, by the bytecode's name.
//!
//! Invariant: `csrc/ops_table.c` is the only list of them. A helper called through native code is named
//! `op_` and the bytecode's name, with the signature `(ptr, i64, i64)`: frame base, slots in use before,
//! argument.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::OnceLock;

use crate::shim::{self, OpRow};

/// A helper for a bytecode with a certain argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpHelper {
    /// The name for native code.
    pub name: &'static str,
    /// Its address.
    pub address: usize,
    /// Operands it consumes, also when it fails.
    pub pops: u32,
    /// Results it pushes.
    pub pushes: u32,
}

struct Rows(HashMap<&'static str, (String, OpRow)>);

// SAFETY: rows hold addresses of functions and of constant text, which any thread may use.
unsafe impl Send for Rows {}
// SAFETY: as above; the table never changes.
unsafe impl Sync for Rows {}

fn rows() -> &'static Rows {
    static ROWS: OnceLock<Rows> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut count = 0;
        // SAFETY: the shim returns its constant table and how many rows it has.
        let table = unsafe { shim::fatjit_ops(&raw mut count) };
        // SAFETY: as above.
        let table = unsafe { std::slice::from_raw_parts(table, count) };
        let named = table.iter().map(|row| {
            // SAFETY: names are constant terminated texts.
            let name: &'static CStr = unsafe { CStr::from_ptr(row.name) };
            let name = name.to_str().unwrap_or_default();
            (name, (format!("op_{name}"), *row))
        });
        Rows(named.collect())
    })
}

/// The helper for a bytecode with this argument, if there is one. The argument is the bytecode's own, except
/// for `CALL` on 3.12 behind `KW_NAMES`: see [`call_arg`].
///
/// Beyond the bytecodes there is `BINARY_OP_INPLACE_ADD_UNICODE`: `local += text`, whose argument is the local
/// that is stored to next; it leaves the local empty.
pub fn op_helper(name: &str, arg: i64) -> Option<OpHelper> {
    let (helper, row) = rows().0.get(name)?;
    // SAFETY: effects are pure functions of the argument.
    let (pops, pushes) = unsafe { ((row.pops)(arg), (row.pushes)(arg)) };
    Some(OpHelper {
        name: helper,
        address: row.call as usize,
        pops: u32::try_from(pops).ok()?,
        pushes: u32::try_from(pushes).ok()?,
    })
}

/// The argument of `CALL` when `KW_NAMES` stands before it (3.12): the call's own and the constant's index.
pub fn call_arg(arg: u32, kw_names: Option<u32>) -> i64 {
    i64::from(arg) | kw_names.map_or(0, |index| (i64::from(index) + 1) << 32)
}

/// The address of a helper by the name native code calls it by.
pub(crate) fn address(name: &str) -> Option<usize> {
    let (_, row) = rows().0.get(name.strip_prefix("op_")?)?;
    Some(row.call as usize)
}

/// The row of a bytecode, for running its helper in a test.
pub(crate) fn row(name: &str) -> Option<&'static OpRow> {
    rows().0.get(name).map(|(_, row)| row)
}
