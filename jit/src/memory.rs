//! Pages for one unit, as cranelift-jit asks for them.
//!
//! Invariants: a unit's pages come from [`CodeMemory`] alone, are executable only after [`finalize`], and
//! belong to whoever takes them then; what nobody took goes with the last clone. cranelift-jit writes the code
//! and its relocations between allocation and `finalize`, and nothing after; cleaning instruction caches,
//! which its own providers do there, is done by `CodeWriter::make_exec`.
//!
//! [`finalize`]: JITMemoryProvider::finalize

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cranelift_jit::{BranchProtection, JITMemoryKind, JITMemoryProvider};
use cranelift_module::{ModuleError, ModuleResult};
use fatjit_targets::memory::PAGE;
use fatjit_targets::{CodeAllocation, CodeMemory, CodeMemoryError, CodeWriter};

use crate::codegen::CodegenError;

/// The pages of a unit that is being compiled. Clones share them: one goes to cranelift-jit.
#[derive(Clone, Debug)]
pub(crate) struct UnitMemory {
    memory: CodeMemory,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug, Default)]
struct Pages {
    written: Vec<CodeWriter>,
    executable: Vec<CodeAllocation>,
    error: Option<CodeMemoryError>,
    /// Bytes to be left unused before the next code.
    shift: usize,
}

impl UnitMemory {
    /// No pages yet.
    pub fn new(memory: CodeMemory) -> UnitMemory {
        UnitMemory {
            memory,
            pages: Arc::default(),
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // The lists are whole after a panic, too.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The executable pages.
    pub fn take(&self) -> Vec<CodeAllocation> {
        std::mem::take(&mut self.pages().executable)
    }

    /// Why there was no memory, if that is what failed.
    pub fn error(&self) -> Option<CodegenError> {
        self.pages().error.take().map(CodegenError::Memory)
    }

    /// Leaves so many bytes, a multiple of the next code's alignment, unused before it.
    pub fn shift_next(&self, shift: usize) {
        self.pages().shift = shift;
    }

    fn allocate_code(&self, size: usize) -> Result<*mut u8, CodeMemoryError> {
        let shift = std::mem::take(&mut self.pages().shift);
        let mut writer = self.memory.allocate(size.saturating_add(shift))?;
        let start = writer.bytes_mut()[shift..].as_mut_ptr();
        self.pages().written.push(writer);
        Ok(start)
    }

    fn make_executable(&self) -> Result<(), CodeMemoryError> {
        let mut pages = self.pages();
        while let Some(writer) = pages.written.pop() {
            let allocation = writer.make_exec()?;
            pages.executable.push(allocation);
        }
        Ok(())
    }
}

impl JITMemoryProvider for UnitMemory {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        // Units have no data of their own, and code is aligned to less than a page.
        if !matches!(kind, JITMemoryKind::Executable) || align > PAGE as u64 {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        self.allocate_code(size).map_err(|error| {
            self.pages().error = Some(error);
            io::Error::from(io::ErrorKind::OutOfMemory)
        })
    }

    unsafe fn free_memory(&mut self) {
        *self.pages() = Pages::default();
    }

    // No target asks for branch target instructions, so there is nothing to mark the pages with.
    fn finalize(&mut self, _protection: BranchProtection) -> ModuleResult<()> {
        self.make_executable().map_err(|error| {
            self.pages().error = Some(error);
            ModuleError::Allocation {
                err: io::Error::from(io::ErrorKind::PermissionDenied),
            }
        })
    }
}
