//! IR to machine code, through Cranelift.
//!
//! Invariants: a unit that reaches this point has passed the verifier and its host's layout expansions; what
//! is left of high-level instructions is an error, not a crash. Everything the code refers to by address
//! (helpers, objects) is a named symbol until the very end, so that text of a unit is the same in
//! every run.
//!
//! Shapes matter here: Cranelift hoists out of a loop only what it visits before it has seen a block
//! outside, so every guard has its failure edge as the first successor, and every branch the edge that
//! leaves more loops. Guards that share an exit share one cold block.

mod addresses;
mod align;
mod bridges;
mod call_sites;
mod calls;
mod control;
mod division;
mod externals;
mod functions;
mod gates;
mod integers;
mod isa;
mod ops;
mod place;
mod powers;
mod preconditions;
mod routines;
mod stubs;

use std::sync::Arc;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::{Context, ir};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::ModuleError;
use fatjit_ir::cfg::Cfg;
use fatjit_ir::{ExitId, Op, Unit};
use fatjit_targets::{CodeMemory, CodeMemoryError};
use thiserror::Error;

use crate::code::{Bridged, Code, CodeText, Entry, FunctionCode};

use self::control::Translator;
use self::externals::{Datum, External, Externals};
pub use self::functions::{BEGIN_FRAME, LEAVE_FUNCTION, RELEASE, RESUME_FUNCTION, STATUS_RETURNED};
pub(crate) use self::gates::Gate;
pub use self::isa::Isa;
use self::place::{Symbol, place};
pub(crate) use self::stubs::Stub;

/// How code is generated, whatever the target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Number of the host's words in the activation.
    pub context_words: u32,
    /// Guards fail on purpose, too: each counts the activation's `spurious_countdown` down and leaves
    /// through its exit when it reaches zero. Only those do whose exit executes the instruction at its
    /// position again, and none that ends a loop or stands behind an allocation: every other guard's exit
    /// must be right even when its condition holds. The host tells these exits by the countdown, which it
    /// sets anew.
    pub spurious_exits: bool,
    /// Every call goes through a bridge, not only those for which it pays; for tests.
    pub bridge_all: bool,
    /// Keep the text of the code with it.
    pub keep_text: bool,
}

/// What a unit is compiled against.
pub struct CodegenEnv<'a> {
    /// What the code is called where profilers look: cranelift-jit itself writes `perf`'s map in a process that
    /// `perf record` started.
    pub symbol: &'a str,
    /// The processor.
    pub isa: &'a Isa,
    /// Where the code goes.
    pub memory: &'a CodeMemory,
    /// The address of a helper, by the name the unit declares.
    pub helpers: &'a dyn Fn(&str) -> Option<usize>,
    /// The addresses of the unit's objects; whoever keeps the code keeps them alive.
    pub objects: &'a [usize],
    /// How.
    pub options: Options,
}

/// Why there is no code for a unit.
#[derive(Debug, Error)]
pub enum CodegenError {
    /// An instruction that the host's layout expansions should have replaced.
    #[error("the instruction `{}` was not expanded", .0.name())]
    NotExpanded(Op),
    /// The unit calls a helper that the host did not register.
    #[error("no helper of the name {0} is registered")]
    UnknownHelper(String),
    /// The unit has more objects than the host gave addresses for.
    #[error("{given} addresses were given for {wanted} objects")]
    MissingObjects {
        /// Objects of the unit.
        wanted: usize,
        /// Addresses given.
        given: usize,
    },
    /// The unit reads a context word that the activation does not have.
    #[error("context word {word} is read of an activation that has {words}")]
    MissingContext {
        /// The word.
        word: u32,
        /// How many there are.
        words: u32,
    },
    /// An exit needs more values than the spill area holds.
    #[error("{exit} needs {values} values, the spill area holds {words}")]
    SpillAreaTooSmall {
        /// The exit.
        exit: ExitId,
        /// How many values it needs.
        values: usize,
        /// How many there is room for.
        words: u32,
    },
    /// The unit is not what the verifier lets through.
    #[error("malformed unit: {0}")]
    Malformed(&'static str),
    /// A setting of the target is none that Cranelift knows.
    #[error("the target's setting {0} is not understood")]
    Setting(&'static str),
    /// Cranelift has no support for the target.
    #[error("no code can be generated for {0}")]
    UnsupportedTarget(String),
    /// No memory for the code.
    #[error(transparent)]
    Memory(#[from] CodeMemoryError),
    /// Cranelift refused.
    #[error("code generation failed: {0}")]
    Cranelift(Box<ModuleError>),
}

/// Compiles a unit.
///
/// # Errors
/// If the unit was not prepared for it, or there is no memory for the code.
pub fn compile(unit: &Unit, env: &CodegenEnv<'_>) -> Result<Code, CodegenError> {
    if env.objects.len() < unit.objects.len() {
        return Err(CodegenError::MissingObjects {
            wanted: unit.objects.len(),
            given: env.objects.len(),
        });
    }
    let mut context = Context::new();
    let externals = build(unit, env.isa, env.options, &mut context)?;
    let clif = env
        .options
        .keep_text
        .then(|| externals.annotate(unit, &context.func));
    context.set_disasm(env.options.keep_text);

    let address = |external: &External| match external {
        External::Helper(name) => {
            (env.helpers)(name).ok_or_else(|| CodegenError::UnknownHelper(name.clone()))
        }
        External::Routine(routine) => Ok(routine.address()),
        External::Itself => Err(CodegenError::Malformed("a function is outside of itself")),
        External::Bridge(_) => Err(CodegenError::Malformed("a bridge leads to a bridge")),
    };
    let callees = externals.callees.iter().map(address);
    let callees = callees.collect::<Result<Vec<_>, _>>()?;
    let mut bridges = Vec::new();
    let mut symbols = Vec::new();
    for (external, signature) in externals.functions.iter().zip(&externals.signatures) {
        let address = match external {
            External::Bridge(routine) => {
                let bridge = env.isa.bridge(routine, env.memory)?;
                let address = bridge.address();
                bridges.push(bridge);
                address
            }
            _ => address(external)?,
        };
        symbols.push(Symbol {
            name: external.symbol(),
            address,
            signature: Some(signature),
        });
    }
    for datum in &externals.data {
        symbols.push(Symbol {
            name: datum.symbol(),
            address: match datum {
                Datum::Object(object) => env.objects[object.index()],
                Datum::Address(address) => *address as usize,
            },
            signature: None,
        });
    }
    let placed = place(env.symbol, env.isa, env.memory, &mut context, &symbols)?;

    let compiled = context.compiled_code();
    let function = match &unit.signature {
        Some(signature) => Some(FunctionCode {
            gate: env.isa.gate(signature, env.memory)?,
            record: functions::record(unit),
        }),
        None => None,
    };
    let size = compiled.map_or(0, |code| code.code_buffer().len());
    let text = clif.map(|clif| CodeText {
        clif,
        assembly: compiled
            .and_then(|code| code.vcode.clone())
            .unwrap_or_default(),
        bytes: size,
    });
    Ok(Code::new(
        Entry::at(placed.address),
        placed.pages,
        size,
        unit.entries
            .iter()
            .map(|entry| unit.block(*entry).reads.clone())
            .collect(),
        Bridged {
            callees,
            _bridges: bridges,
        },
        function,
        text,
    ))
}

/// The text of a unit's code for any processor, without making it executable.
///
/// # Errors
/// As [`compile`].
pub fn text(unit: &Unit, isa: &Isa, options: Options) -> Result<CodeText, CodegenError> {
    let mut context = Context::new();
    let externals = build(unit, isa, options, &mut context)?;
    let clif = externals.annotate(unit, &context.func);
    context.set_disasm(true);
    let shared: Arc<_> = isa.shared();
    let compiled = context
        .compile(&*shared, &mut ControlPlane::default())
        .map_err(|e| from_module(ModuleError::Compilation(e.inner)))?;
    Ok(CodeText {
        clif,
        assembly: compiled.vcode.clone().unwrap_or_default(),
        bytes: compiled.code_buffer().len(),
    })
}

fn from_module(error: ModuleError) -> CodegenError {
    CodegenError::Cranelift(Box::new(error))
}

/// Translates the unit into the context's function.
fn build(
    unit: &Unit,
    isa: &Isa,
    options: Options,
    context: &mut Context,
) -> Result<Externals, CodegenError> {
    let cfg = Cfg::new(unit);
    preconditions::check(unit, &cfg, options)?;
    context.func.signature = match &unit.signature {
        Some(signature) => isa.function_signature(signature),
        None => isa.unit_signature(),
    };
    context.func.name = ir::UserFuncName::user(0, 0);
    let mut pools = FunctionBuilderContext::new();
    let mut externals = Externals::default();
    let builder = FunctionBuilder::new(&mut context.func, &mut pools);
    Translator::new(unit, &cfg, isa, options, builder, &mut externals).run()?;
    Ok(externals)
}
