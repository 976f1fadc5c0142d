//! From a region in guarded bytecode to code that can be entered, in one call: what an embedder uses.
//!
//! Order: lowering, passes, the host's layout expansions, passes again on what these left, code. Checkers
//! stand between the stages and find our own defects: the verifier and the exit checker always run once on
//! what is about to become code, after each pass in builds with debug assertions. A unit that fails one is
//! refused, never run.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use fatjit_guards::{ExitTable, PositionFacts, check};
use fatjit_ir::passes::{Known, Names, Pipeline, adopt_names, body_of, inline_calls, only_reads};
use fatjit_ir::rewrite::{Expander, rewrite};
use fatjit_ir::{Imm, ObjectId, Op, Reason, Unit, verify};
use thiserror::Error;

use crate::activation::SPILL_WORDS;
use crate::code::Code;
use crate::codegen::{self, CodegenEnv, CodegenError};
use crate::gbc::{self, Region};
use crate::lower::{LowerError, call_in_the_way, lower};

/// Most calls that are tried without when lowering a region in which calls were replaced.
const MOST_EXCEPTIONS: usize = 3;

/// Most objects that code names which becomes part of other code: that names them, too, and so on.
const MOST_NAMES: usize = 200;

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
    pub bodies: &'a [Option<&'a Body>],
}

/// What may stand where a function is called.
#[derive(Clone, Debug)]
pub struct Body {
    /// What its code names.
    pub names: Names,
    /// Its guarded bytecode, if that may: then instances that it is given, or gives, need not be made.
    pub region: Option<Region>,
    /// Its unit as it was lowered, if that may.
    pub unit: Option<Unit>,
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
    pub body: Option<Body>,
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
    let mut region = Cow::Borrowed(region);
    let inlines = embedder.passes.before.names().any(|name| name == "inline");
    let bodies = if inlines { embedder.bodies } else { &[] };
    let known = adopted(&mut region, bodies);
    let mut unit = lowered(&mut region, bodies, &known, env)?;
    let units = bodies.iter().zip(&known).map(|(body, known)| {
        let unit = body.as_ref()?.unit.as_ref()?;
        Some((unit, (*known)?))
    });
    inline_calls(&mut unit, &units.collect::<Vec<_>>());
    let body = inlines.then(|| kept(&region, &unit)).flatten();
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

/// Makes what bodies name known to the region that calls their functions.
fn adopted(region: &mut Cow<'_, Region>, bodies: &[Option<&Body>]) -> Vec<Option<Known>> {
    if bodies.iter().all(Option::is_none) {
        return vec![None; bodies.len()];
    }
    let region = region.to_mut();
    let names = bodies.iter().map(|body| body.map(|body| &body.names));
    adopt_names(&mut region.objects, &mut region.natives, names)
}

/// Lowers a region with its calls replaced by the bodies of functions, if that can be, else as it is.
fn lowered(
    region: &mut Cow<'_, Region>,
    bodies: &[Option<&Body>],
    known: &[Option<Known>],
    env: &CodegenEnv<'_>,
) -> Result<Unit, LowerError> {
    let bodies = bodies
        .iter()
        .zip(known)
        .map(|(body, known)| Some((body.as_ref()?.region.as_ref()?, (*known)?)));
    let bodies: Vec<_> = bodies.collect();
    if bodies.iter().all(Option::is_none) {
        return lower(region);
    }
    let same = |id| first_alike(id, env.objects).unwrap_or(id);
    let mut but = Vec::new();
    while but.len() < MOST_EXCEPTIONS {
        let mut larger = region.clone().into_owned();
        if !gbc::splice(&mut larger, &bodies, &but, &same) {
            break;
        }
        let error = match lower(&larger) {
            Ok(unit) => match verified(&unit) {
                // Exits list all that the functions hold.
                Ok(()) if most_values(&unit) > SPILL_WORDS as usize => break,
                Ok(()) => {
                    *region = Cow::Owned(larger);
                    return Ok(unit);
                }
                Err(defect) => {
                    // Without splicing it may be right, and users get that; tests are to see it.
                    if cfg!(debug_assertions) || env.options.keep_text {
                        eprintln!("fatjit: {}: {defect}", larger.name);
                    }
                    break;
                }
            },
            Err(error) => error,
        };
        if env.options.keep_text {
            eprintln!("not spliced: {error}\n{larger}");
        }
        match call_in_the_way(&larger, &error) {
            Some(call) => but.push(call),
            None => break,
        }
    }
    lower(region)
}

/// Most values that an exit lists.
fn most_values(unit: &Unit) -> usize {
    let exits = unit.exits.iter();
    exits
        .map(|exit| exit.values().count())
        .max()
        .unwrap_or_default()
}

/// What may stand where the region's function is called.
fn kept(region: &Region, unit: &Unit) -> Option<Body> {
    if region.objects.len() > MOST_NAMES {
        return None;
    }
    let body = Body {
        names: Names {
            objects: region.objects.clone(),
            natives: region.natives.clone(),
        },
        region: gbc::may_be_spliced(region).then(|| region.clone()),
        unit: body_of(unit),
    };
    (body.region.is_some() || body.unit.is_some()).then_some(body)
}

/// The first object with the same address.
fn first_alike(id: ObjectId, addresses: &[usize]) -> Option<ObjectId> {
    let address = addresses.get(id.index()).filter(|address| **address != 0)?;
    let at = addresses.iter().position(|other| other == address)?;
    Some(ObjectId(at as u32))
}

/// Has instructions name one object by one name: bodies that were inlined brought names of their own.
fn name_alike(unit: &mut Unit, addresses: &[usize]) {
    for block in unit.layout.clone() {
        for inst in unit.block(block).insts.clone() {
            let data = unit.inst_mut(inst);
            if let (Op::Object, Imm::Object(id)) = (data.op, &mut data.imm) {
                *id = first_alike(*id, addresses).unwrap_or(*id);
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
