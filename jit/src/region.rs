//! From a region in guarded bytecode to code that can be entered, in one call: what an embedder uses.
//!
//! Order: lowering, passes, the host's layout expansions, passes again on what these left, code. Checkers
//! stand between the stages and find our own defects: the verifier and the exit checker always run once on
//! what is about to become code, after each pass in builds with debug assertions. A unit that fails one is
//! refused, never run.

use std::time::{Duration, Instant};

use fatjit_guards::{ExitTable, PositionFacts, check};
use fatjit_ir::passes::{Pipeline, body_of, inline_calls, only_reads};
use fatjit_ir::rewrite::{Expander, rewrite};
use fatjit_ir::{Imm, ObjectId, Op, Reason, Unit, verify};
use thiserror::Error;

use crate::code::Code;
use crate::codegen::{self, CodegenEnv, CodegenError};
use crate::gbc::Region;
use crate::lower::{LowerError, lower};

/// What a host brings to a compilation.
pub struct Embedder<'a, E> {
    /// What its objects, slots and polls are in memory.
    pub layouts: E,
    /// What it knows of its code, for checking exits.
    pub facts: &'a dyn PositionFacts,
    /// The passes to run before and after the layout expansions.
    pub passes: &'a Passes,
    /// What [`Compiled::body`] was of functions that the region calls, by `NativeId`, as far as they may stand where
    /// they are called. The objects that the region's code refers to are its own, then those of each of these
    /// functions' code, in order; so are the compiled functions that it knows.
    pub bodies: &'a [Option<&'a Unit>],
}

/// The passes of a compilation.
#[derive(Clone, Debug)]
pub struct Passes {
    /// Over what lowering made.
    pub before: Pipeline,
    /// Over what the host's layout expansions left.
    pub after: Pipeline,
}

impl Default for Passes {
    fn default() -> Passes {
        Passes {
            before: Pipeline::standard(),
            after: Pipeline::expanded(),
        }
    }
}

/// Code for a region.
#[derive(Debug)]
pub struct Compiled {
    /// The code.
    pub code: Code,
    /// How the host's frame is rebuilt at each exit.
    pub exits: ExitTable,
    /// Whether it is a function that writes no memory but its own.
    pub only_reads: bool,
    /// What may stand where the function is called, if it is that of a function and small.
    pub body: Option<Unit>,
    /// Instructions of the unit that became code.
    pub instructions: usize,
    /// How long it took, wall-clock time.
    pub took: Duration,
    /// The unit before the host's layout expansions and as it became code, if the code's text was to be
    /// kept.
    pub text: Option<[String; 2]>,
}

/// Why a region was not compiled.
#[derive(Debug, Error)]
pub enum CompileError {
    /// It could not be lowered.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// An internal check failed.
    #[error("an internal check failed: {0}")]
    Check(String),
    /// There is no code for it.
    #[error(transparent)]
    Codegen(#[from] CodegenError),
}

impl CompileError {
    /// The position of a call of a compiled function that must be done by the host for the region to be compiled,
    /// if that is all that is in the way.
    pub fn not_native(&self) -> Option<u32> {
        match self {
            CompileError::Lower(LowerError::NotNative { position }) => Some(*position),
            _ => None,
        }
    }

    /// The reason for counters and explanations.
    pub fn reason(&self) -> Reason {
        match self {
            CompileError::Lower(LowerError::TooLarge { .. })
            | CompileError::Codegen(CodegenError::SpillAreaTooSmall { .. }) => {
                Reason::RegionTooLarge
            }
            CompileError::Lower(LowerError::NeedsFrame { .. } | LowerError::NotNative { .. }) => {
                Reason::NeedsFrame
            }
            CompileError::Codegen(CodegenError::Memory(_)) => Reason::CodeMemoryFull,
            CompileError::Codegen(_) => Reason::CodegenFailed,
            CompileError::Lower(_) | CompileError::Check(_) => Reason::CheckFailed,
        }
    }
}

/// Compiles a region.
///
/// # Errors
/// The reason why there is no code; [`CompileError::reason`] is its short form.
pub fn compile<E: Expander>(
    region: &Region,
    embedder: &mut Embedder<'_, E>,
    env: &CodegenEnv<'_>,
) -> Result<Compiled, CompileError> {
    let begun = Instant::now();
    let mut unit = lower(region)?;
    let inlines = embedder.passes.before.names().any(|name| name == "inline");
    if inlines {
        inline_calls(&mut unit, embedder.bodies);
    }
    let body = body_of(&unit).filter(|_| inlines);
    name_alike(&mut unit, env.objects);
    if cfg!(debug_assertions) {
        checked(&unit, embedder.facts)?;
    }
    embedder.passes.before.run(&mut unit);
    checked(&unit, embedder.facts)?;
    let only_reads = unit.signature.is_some() && only_reads(&unit);
    let abstract_text = env.options.keep_text.then(|| unit.to_string());
    let mut unit = rewrite(&unit, &mut embedder.layouts);
    if cfg!(debug_assertions) {
        verified(&unit)?;
    }
    embedder.passes.after.run(&mut unit);
    verified(&unit)?;
    let code = codegen::compile(&unit, env)?;
    Ok(Compiled {
        exits: ExitTable::encode(&unit),
        only_reads,
        body,
        instructions: unit.size(),
        took: begun.elapsed(),
        text: abstract_text.map(|text| [text, unit.to_string()]),
        code,
    })
}

/// Has instructions name one object by one name: bodies that were inlined brought names of their own.
fn name_alike(unit: &mut Unit, addresses: &[usize]) {
    let first = |id: ObjectId| {
        let address = addresses.get(id.index()).filter(|address| **address != 0)?;
        let at = addresses.iter().position(|other| other == address)?;
        Some(ObjectId(at as u32))
    };
    for block in unit.layout.clone() {
        for inst in unit.block(block).insts.clone() {
            let data = unit.inst_mut(inst);
            if let (Op::Object, Imm::Object(id)) = (data.op, &mut data.imm) {
                *id = first(*id).unwrap_or(*id);
            }
        }
    }
}

fn verified(unit: &Unit) -> Result<(), CompileError> {
    verify(unit).map_err(|errors| failed(&errors, unit))
}

fn checked(unit: &Unit, facts: &dyn PositionFacts) -> Result<(), CompileError> {
    verified(unit)?;
    check(unit, facts).map_err(|errors| failed(&errors, unit))
}

fn failed<E: ToString>(errors: &[E], unit: &Unit) -> CompileError {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    CompileError::Check(format!("{}\n{unit}", errors.join("\n")))
}
