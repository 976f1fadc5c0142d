//! A file with the names and the bytes of native code, as `perf inject --jit` wants it (version 1 of perf's
//! `jitdump-specification`). `perf record -k 1` has the clock that it is stamped by.
//!
//! Invariant: what is in the file is whole records of this process; a page of it is mapped as code for as long as it is
//! written, which is how perf comes to know of it.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::slice;

use memmap2::{Mmap, MmapOptions};

use super::Name;

const MAGIC: u32 = 0x4a69_5444;
const VERSION: u32 = 1;
const HEADER: u32 = 40;
/// Kinds of records, and the bytes that each begins with.
const LOAD: u32 = 0;
const DEBUG_INFO: u32 = 2;
const RECORD: usize = 16;

/// An open file.
pub(super) struct JitDump {
    folder: PathBuf,
    machine: u16,
    file: File,
    _mark: Mmap,
    loaded: u64,
}

impl JitDump {
    /// Begins the file `jit-PROCESS.dump` in a folder.
    pub fn open(folder: PathBuf, machine: u16) -> Result<JitDump, String> {
        let path = folder.join(format!("jit-{}.dump", std::process::id()));
        let told = |error: io::Error| format!("{}: {error}", path.display());
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(told)?;
        let mut header = Vec::new();
        for word in [
            MAGIC,
            VERSION,
            HEADER,
            u32::from(machine),
            0,
            std::process::id(),
        ] {
            header.extend(word.to_ne_bytes());
        }
        header.extend(now().to_ne_bytes());
        header.extend(0u64.to_ne_bytes());
        file.write_all(&header).map_err(told)?;
        // SAFETY: the mapping is never read: that it exists is all there is to it.
        let mark = unsafe { MmapOptions::new().len(HEADER as usize).map_exec(&file) };
        Ok(JitDump {
            machine,
            _mark: mark.map_err(told)?,
            file,
            folder,
            loaded: 0,
        })
    }

    /// A new file in the same folder, in a child of the process that wrote this one.
    pub fn again(self) -> Result<JitDump, String> {
        JitDump::open(self.folder, self.machine)
    }

    /// Writes of code at an address.
    pub fn load(&mut self, address: usize, size: usize, name: &Name) -> io::Result<()> {
        let (address, size) = (address as u64, size as u64);
        let (file, line) = &name.place;
        let mut place = Vec::new();
        // One line of the source, that of the loop or function.
        for word in [address, 1, address] {
            place.extend(word.to_ne_bytes());
        }
        place.extend(line.to_ne_bytes());
        place.extend(0u32.to_ne_bytes());
        place.extend(file.bytes().filter(|byte| *byte != 0));
        place.push(0);

        let mut load = Vec::new();
        load.extend(std::process::id().to_ne_bytes());
        load.extend(thread().to_ne_bytes());
        for word in [address, address, size, self.loaded] {
            load.extend(word.to_ne_bytes());
        }
        load.extend(name.symbol.as_bytes_with_nul());
        // SAFETY: the code is alive, and readable.
        load.extend(unsafe { slice::from_raw_parts(address as *const u8, size as usize) });

        self.loaded += 1;
        let mut records = record(DEBUG_INFO, &place);
        records.extend(record(LOAD, &load));
        self.file.write_all(&records)
    }
}

fn record(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(RECORD + body.len());
    record.extend(kind.to_ne_bytes());
    record.extend(((RECORD + body.len()) as u32).to_ne_bytes());
    record.extend(now().to_ne_bytes());
    record.extend(body);
    record
}

/// Nanoseconds of the monotonic clock.
fn now() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it is written to a place of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The number of this thread.
fn thread() -> u32 {
    // SAFETY: it takes nothing and fails never.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}
