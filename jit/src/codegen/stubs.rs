//! Stubs: small functions of one signature each, which all code of an [`Isa`] shares.
//!
//! Invariant: there is one stub for each key of a pool for as long as some code holds it; a stub never moves,
//! and its pages are unmapped with the last holder.

use rustc_hash::FxHashMap as HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cranelift_codegen::Context;
use fatjit_targets::{CodeAllocation, CodeMemory};

use super::CodegenError;
use super::isa::Isa;
use super::place::place;

/// A stub's code, to be held by the code that goes through it.
#[derive(Debug)]
pub(crate) struct Stub {
    address: usize,
    _pages: Vec<CodeAllocation>,
}

impl Stub {
    /// Where to call it.
    pub(super) fn address(&self) -> usize {
        self.address
    }
}

/// The stubs of one kind that are in use, by what they are for. Clones share them.
#[derive(Debug)]
pub(super) struct Stubs<K> {
    known: Arc<Mutex<HashMap<K, Weak<Stub>>>>,
}

impl<K> Clone for Stubs<K> {
    fn clone(&self) -> Self {
        Stubs {
            known: Arc::clone(&self.known),
        }
    }
}

impl<K> Default for Stubs<K> {
    fn default() -> Self {
        Stubs {
            known: Arc::default(),
        }
    }
}

impl<K: Clone + Eq + Hash> Stubs<K> {
    fn known(&self) -> MutexGuard<'_, HashMap<K, Weak<Stub>>> {
        // The map is whole after a panic, too.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stub for a key; built and placed in this memory if there is none.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn get(
        &self,
        key: &K,
        isa: &Isa,
        memory: &CodeMemory,
        build: fn(&K, &Isa, &mut Context),
    ) -> Result<Arc<Stub>, CodegenError> {
        if let Some(stub) = self.known().get(key).and_then(Weak::upgrade) {
            return Ok(stub);
        }
        let mut context = Context::new();
        build(key, isa, &mut context);
        let placed = place("fatjit:stub", isa, memory, &mut context, &[])?;
        let stub = Arc::new(Stub {
            address: placed.address as usize,
            _pages: placed.pages,
        });
        self.known().insert(key.clone(), Arc::downgrade(&stub));
        Ok(stub)
    }
}
