//! Memory for machine code, one whole mapping for each piece.
//!
//! Invariants, all upheld here: pages are never writable and executable at once ([`CodeWriter`] is
//! consumed when they become executable, and there is no way back); an allocation is whole private pages
//! that nothing else lies in, unmapped whole when it is dropped; what is in use never exceeds the limit.
//!
//! After a fork the child has its own copy of every mapping, made executable as they were, and its own
//! count of what is in use: code runs on in both, and dropping it in one does not touch the other. No lock
//! is held while pages are mapped, so none can be left locked in the child.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::{Mmap, MmapMut};
use thiserror::Error;

#[cfg(target_arch = "aarch64")]
use crate::aarch64::publish;
#[cfg(target_arch = "x86_64")]
use crate::x86_64::publish;

/// The limit of code memory unless another is chosen, in bytes.
pub const DEFAULT_LIMIT: usize = 64 << 20;

/// Pages are at least and accounting is in units of this many bytes. Systems with larger pages round
/// each mapping up further, which is not counted.
pub const PAGE: usize = 4096;

/// Why there is no memory for a piece of code.
#[derive(Debug, Error)]
pub enum CodeMemoryError {
    /// It would exceed the limit. All numbers are bytes.
    #[error("the limit of {limit} bytes of code is reached: {in_use} in use, {asked} asked for")]
    LimitReached {
        /// The limit.
        limit: usize,
        /// What is in use.
        in_use: usize,
        /// What was asked for, in whole pages.
        asked: usize,
    },
    /// The system did not map pages.
    #[error("code pages could not be mapped: {0}")]
    Map(#[source] io::Error),
    /// The system did not make pages executable.
    #[error("code pages could not be made executable: {0}")]
    Protect(#[source] io::Error),
}

#[derive(Debug)]
struct Account {
    limit: usize,
    in_use: AtomicUsize,
}

/// A supply of memory for machine code, with a limit. Clones share the limit and the account.
#[derive(Clone, Debug)]
pub struct CodeMemory {
    account: Arc<Account>,
}

impl Default for CodeMemory {
    fn default() -> CodeMemory {
        CodeMemory::new(DEFAULT_LIMIT)
    }
}

impl CodeMemory {
    /// A supply of at most `limit` bytes.
    pub fn new(limit: usize) -> CodeMemory {
        CodeMemory {
            account: Arc::new(Account {
                limit,
                in_use: AtomicUsize::new(0),
            }),
        }
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.account.limit
    }

    /// Bytes in use now: whole pages, code that is being written included.
    pub fn in_use(&self) -> usize {
        self.account.in_use.load(Ordering::Relaxed)
    }

    /// Writable pages for at least `size` bytes, which start at a page.
    ///
    /// # Errors
    /// If the limit is reached or the system has no memory.
    pub fn allocate(&self, size: usize) -> Result<CodeWriter, CodeMemoryError> {
        let share = Share::take(&self.account, size)?;
        let pages = MmapMut::map_anon(share.bytes).map_err(CodeMemoryError::Map)?;
        Ok(CodeWriter { pages, share })
    }
}

/// A share of the account, given back when it is dropped.
#[derive(Debug)]
struct Share {
    account: Arc<Account>,
    bytes: usize,
}

impl Share {
    fn take(account: &Arc<Account>, size: usize) -> Result<Share, CodeMemoryError> {
        // A mapping of no bytes is an error of the system; a page is the least there is. Sizes at the end
        // of the address space saturate, and so fail at the limit.
        let bytes = size
            .max(1)
            .checked_next_multiple_of(PAGE)
            .unwrap_or(usize::MAX);
        let taken = account
            .in_use
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |in_use| {
                in_use
                    .checked_add(bytes)
                    .filter(|sum| *sum <= account.limit)
            });
        match taken {
            Ok(_) => Ok(Share {
                account: Arc::clone(account),
                bytes,
            }),
            Err(in_use) => Err(CodeMemoryError::LimitReached {
                limit: account.limit,
                in_use,
                asked: bytes,
            }),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.account.in_use.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Pages that code is being written to; not executable.
#[derive(Debug)]
pub struct CodeWriter {
    // Declared before the share: pages are unmapped before they are given back to the account.
    pages: MmapMut,
    share: Share,
}

impl CodeWriter {
    /// The pages.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.pages
    }

    /// Makes the pages executable and no longer writable, for good, and sees to it that every core will
    /// fetch what was written.
    ///
    /// # Errors
    /// If the system refuses; the pages are unmapped then.
    pub fn make_exec(self) -> Result<CodeAllocation, CodeMemoryError> {
        publish(&self.pages).map_err(CodeMemoryError::Protect)?;
        let pages = self.pages.make_exec().map_err(CodeMemoryError::Protect)?;
        Ok(CodeAllocation {
            pages,
            share: self.share,
        })
    }
}

/// Executable code; unmapped whole when dropped. Whoever calls into it keeps it alive meanwhile.
#[derive(Debug)]
pub struct CodeAllocation {
    pages: Mmap,
    share: Share,
}

impl CodeAllocation {
    /// The first byte.
    pub fn as_ptr(&self) -> *const u8 {
        self.pages.as_ptr()
    }

    /// Size in bytes: whole pages.
    pub fn size(&self) -> usize {
        self.share.bytes
    }

    /// The pages.
    pub fn bytes(&self) -> &[u8] {
        &self.pages
    }
}
