//! Compiles units from text and runs them on this machine.
#![allow(dead_code, reason = "each test binary uses what it needs")]

use fatjit_ir::{ExitId, Reason, Unit, parse, verify};
use fatjit_jit::activation::Activation;
use fatjit_jit::code::Code;
use fatjit_jit::codegen::{self, CodegenEnv, CodegenError, Isa, Options};
use fatjit_targets::{CodeMemory, Target};

/// Context words of the units of tests.
pub const WORDS: usize = 2;

/// This machine.
pub struct Machine {
    pub isa: Isa,
    pub memory: CodeMemory,
    pub options: Options,
    /// Helpers by name.
    pub helpers: Vec<(&'static str, usize)>,
    /// Addresses of objects.
    pub objects: Vec<usize>,
}

/// How a run ended: the reason of the exit, and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub reason: Reason,
    pub values: Vec<u64>,
}

impl Machine {
    pub fn new() -> Machine {
        Machine {
            isa: Isa::new(&Target::host().unwrap()).unwrap(),
            memory: CodeMemory::default(),
            options: Options {
                context_words: WORDS as u32,
                ..Options::default()
            },
            helpers: Vec::new(),
            objects: Vec::new(),
        }
    }

    pub fn try_compile(&self, unit: &Unit) -> Result<Code, CodegenError> {
        codegen::compile(
            unit,
            &CodegenEnv {
                symbol: "unit",
                isa: &self.isa,
                memory: &self.memory,
                helpers: &|name| {
                    let found = self.helpers.iter().find(|(known, _)| *known == name);
                    found.map(|(_, address)| *address)
                },
                objects: &self.objects,
                options: self.options,
            },
        )
    }

    /// Parses, verifies and compiles.
    pub fn compile(&self, text: &str) -> Native {
        let unit = parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        if let Err(errors) = verify(&unit) {
            panic!("{}\n{text}", errors[0]);
        }
        let code = self
            .try_compile(&unit)
            .unwrap_or_else(|e| panic!("{e}\n{text}"));
        Native { unit, code }
    }
}

/// A unit and its code.
pub struct Native {
    pub unit: Unit,
    pub code: Code,
}

impl Native {
    /// Runs with an activation that the caller prepared.
    ///
    /// # Safety
    /// As for [`Code::enter`].
    pub unsafe fn run_on(&self, activation: &mut Activation<WORDS>, entry: u32) -> (ExitId, Left) {
        // SAFETY: the caller upholds it.
        let id = unsafe { self.code.enter(&raw mut *activation, entry, |_, _| None) };
        let exit = &self.unit.exits[id.index()];
        let values = (0..exit.values().count() as u32)
            // SAFETY: the exit just taken stored as many values.
            .map(|word| unsafe { activation.spilled(word) })
            .collect();
        let reason = exit.reason;
        (id, Left { reason, values })
    }

    /// Runs from the first entry with context word 0 at `memory`.
    pub fn run(&self, memory: &mut [u64]) -> Left {
        let base = memory.as_mut_ptr();
        let mut activation = Activation::new(base.cast(), [base as usize, 0]);
        // SAFETY: units of tests touch only the memory they are given.
        unsafe { self.run_on(&mut activation, 0) }.1
    }
}
