//! The interface by which gdb (and lldb) learn of code that is made at run time: a list of object files in memory, and a
//! function that the debugger stops at whenever the list changes.
//!
//! Invariant: the list holds exactly the [`Registered`] that live; only who holds the GIL changes it. Each change takes a
//! debugger time that grows with the list, even though it is not there mostly: so by option only.

#![allow(non_upper_case_globals, reason = "debuggers look for these names")]

use std::ptr;

/// `struct jit_code_entry`.
#[repr(C)]
#[derive(Debug)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// `struct jit_descriptor`.
#[repr(C)]
#[derive(Debug)]
pub struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

const REGISTER: u32 = 1;
const UNREGISTER: u32 = 2;

/// What debuggers read.
#[unsafe(no_mangle)]
pub static mut __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: 0,
    relevant: ptr::null_mut(),
    first: ptr::null_mut(),
};

/// Where debuggers stop.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn __jit_debug_register_code() {
    // So that it is called although it does nothing.
    std::hint::black_box(&raw const __jit_debug_descriptor);
}

/// An object file that debuggers know.
#[derive(Debug)]
pub(super) struct Registered {
    entry: *mut Entry,
    _file: Box<[u8]>,
}

impl Registered {
    /// Makes it known.
    pub fn new(file: &[u8]) -> Registered {
        let file: Box<[u8]> = file.into();
        // SAFETY: the GIL is held, so nobody else touches the list, and all its entries live.
        let entry = unsafe {
            let first = __jit_debug_descriptor.first;
            let entry = Box::into_raw(Box::new(Entry {
                next: first,
                previous: ptr::null_mut(),
                file: file.as_ptr(),
                size: file.len() as u64,
            }));
            if !first.is_null() {
                (*first).previous = entry;
            }
            __jit_debug_descriptor.first = entry;
            tell(REGISTER, entry);
            entry
        };
        Registered { entry, _file: file }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: the GIL is held; the entry was made by `new`, is in the list, and nobody else frees it.
        unsafe {
            let entry = Box::from_raw(self.entry);
            match entry.previous.is_null() {
                true => __jit_debug_descriptor.first = entry.next,
                false => (*entry.previous).next = entry.next,
            }
            if !entry.next.is_null() {
                (*entry.next).previous = entry.previous;
            }
            tell(UNREGISTER, self.entry);
            __jit_debug_descriptor.relevant = ptr::null_mut();
        }
    }
}

/// # Safety
/// The GIL is held, and the entry lives.
unsafe fn tell(action: u32, entry: *mut Entry) {
    // SAFETY: as above; only who holds the GIL touches it.
    unsafe {
        __jit_debug_descriptor.action = action;
        __jit_debug_descriptor.relevant = entry;
    }
    __jit_debug_register_code();
}
