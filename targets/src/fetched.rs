//! That code which was published is what a processor fetches.
//!
//! A page is mapped twice here, once to be written and once to be executed, as code memory never is (the two views would
//! be shared with children of a fork). It is the only way to see a missing flush under emulation: an emulator that
//! translates code notices writes to the addresses that it translated from, and only `publish` tells it of others.

use std::fs::File;
use std::io;
use std::os::fd::FromRawFd;

use memmap2::{Mmap, MmapMut, MmapOptions};

#[cfg(target_arch = "aarch64")]
use crate::aarch64::{publish, returning};
use crate::memory::PAGE;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::{publish, returning};

struct Views {
    written: MmapMut,
    executed: Mmap,
}

fn views() -> io::Result<Views> {
    // SAFETY: the name is a text that ends with zero; the call makes a file that nobody else knows.
    let file = match unsafe { libc::memfd_create(c"views".as_ptr(), libc::MFD_CLOEXEC) } {
        -1 => return Err(io::Error::last_os_error()),
        // SAFETY: the descriptor was just made, and nobody else owns it.
        descriptor => unsafe { File::from_raw_fd(descriptor) },
    };
    file.set_len(PAGE as u64)?;
    // SAFETY: nobody else has the file, so it is neither cut nor written to but through this mapping.
    let written = unsafe { MmapOptions::new().map_mut(&file) }?;
    // SAFETY: as above.
    let executed = unsafe { MmapOptions::new().map_exec(&file) }?;
    Ok(Views { written, executed })
}

impl Views {
    fn write(&mut self, number: u16) {
        let code = returning(number);
        self.written[..code.len()].copy_from_slice(&code);
    }

    fn call(&self) -> u32 {
        // SAFETY: the page holds a whole function of this type; the test's own thread alone writes and calls it.
        let function: extern "C" fn() -> u32 =
            unsafe { std::mem::transmute(self.executed.as_ptr()) };
        function()
    }
}

#[test]
fn what_was_published_last_is_what_runs() {
    let mut views = views().unwrap();
    for number in 1..=20 {
        views.write(number);
        publish(&views.executed).unwrap();
        assert_eq!(views.call(), u32::from(number));
        // A second time: what was translated by now is what an emulator would go on with.
        assert_eq!(views.call(), u32::from(number));
    }
}
