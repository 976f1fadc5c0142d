//! A code object as a list of instructions.
//!
//! Invariant: a [`Code`] is always laid out. Offsets, prefixes and jump arguments of its
//! instructions agree with each other, every jump target and every bound of a protected range is the
//! index of an instruction (a range may end behind the last). Decoding checks it (`decode.rs`),
//! editing restores it (`edit.rs`), so that encoding (`encode.rs`) cannot fail.

use crate::locations::Location;
use crate::op::Op;
use crate::version::Version;

/// A code object as the interpreter holds it, de-optimised: `code` is what `co_code` returns, not
/// the adaptive bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawCode {
    /// `co_code`.
    pub code: Vec<u8>,
    /// `co_exceptiontable`.
    pub exception_table: Vec<u8>,
    /// `co_linetable`.
    pub line_table: Vec<u8>,
    /// `co_firstlineno`.
    pub first_line: i32,
    /// `co_flags`.
    pub flags: u32,
    /// `co_argcount`.
    pub arg_count: u32,
    /// `co_posonlyargcount`.
    pub pos_only_arg_count: u32,
    /// `co_kwonlyargcount`.
    pub kw_only_arg_count: u32,
    /// `co_stacksize`, in stack items.
    pub stack_size: u32,
    /// `co_names`.
    pub names: Vec<String>,
    /// Locals, cells and free variables, in the order of the frame's slots.
    pub locals: Vec<Local>,
    /// `co_name`.
    pub name: String,
    /// `co_qualname`.
    pub qualname: String,
    /// `co_filename`.
    pub filename: String,
}

impl RawCode {
    const GENERATOR: u32 = 0x20;

    /// Whether calling it makes a generator.
    #[must_use]
    pub fn is_generator(&self) -> bool {
        self.flags & Self::GENERATOR != 0
    }

    /// Whether calling it makes a generator, a coroutine or an asynchronous generator.
    #[must_use]
    pub fn is_generator_like(&self) -> bool {
        const COROUTINE: u32 = 0x80;
        const ASYNC_GENERATOR: u32 = 0x200;
        self.flags & (Self::GENERATOR | COROUTINE | ASYNC_GENERATOR) != 0
    }
}

/// A slot of the frame that holds a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The variable's name.
    pub name: String,
    /// What the slot is.
    pub kind: LocalKind,
}

/// The kind byte of a frame slot (`co_localspluskinds`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalKind(pub u8);

impl LocalKind {
    /// Only used within a comprehension that was inlined into its function.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// A local variable or argument.
    #[must_use]
    pub fn is_local(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Shared with inner functions: the slot holds a cell once `MAKE_CELL` has run.
    #[must_use]
    pub fn is_cell(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// A cell of an outer function: the slot holds it once `COPY_FREE_VARS` has run.
    #[must_use]
    pub fn is_free(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// One instruction with its prefixes and inline caches. Positions are in code units of two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instr {
    /// The base opcode.
    pub op: Op,
    /// The argument, with the `EXTENDED_ARG` prefixes folded in. For a jump, the distance.
    pub arg: u32,
    /// The first unit: the first prefix, or the opcode itself.
    pub start: u32,
    /// The opcode itself. CPython's `f_lasti` is twice this.
    pub offset: u32,
    /// The unit behind the inline caches.
    pub next: u32,
    /// For a jump, the index of the instruction it jumps to.
    pub target: Option<usize>,
    /// Where it comes from.
    pub location: Location,
}

impl Instr {
    /// Number of `EXTENDED_ARG` prefixes, redundant ones included.
    #[must_use]
    pub fn prefixes(&self) -> u32 {
        self.offset - self.start
    }

    /// Number of inline cache units.
    #[must_use]
    pub fn caches(&self) -> u32 {
        self.next - self.offset - 1
    }
}

/// Where an exception goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Index of the handler's first instruction.
    pub target: usize,
    /// Stack depth that the interpreter unwinds to.
    pub depth: u32,
    /// Whether it then pushes the position of the raising instruction, before the exception.
    pub lasti: bool,
}

impl Handler {
    /// Stack depth on entry to the handler: the exception and the position are on the stack.
    #[must_use]
    pub fn entry_depth(&self) -> u32 {
        self.depth.saturating_add(1 + u32::from(self.lasti))
    }
}

/// Consecutive instructions with the same handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtectedRange {
    /// Index of the first instruction.
    pub start: usize,
    /// Index behind the last instruction.
    pub end: usize,
    /// Their handler.
    pub handler: Handler,
}

/// A decoded code object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    pub(crate) version: Version,
    pub(crate) source: RawCode,
    pub(crate) instrs: Vec<Instr>,
    pub(crate) ranges: Vec<ProtectedRange>,
}

impl Code {
    /// The version whose bytecode it is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The code object that it was decoded from: names, flags, counts. Its three byte strings are
    /// the original ones, whatever has been edited since.
    #[must_use]
    pub fn source(&self) -> &RawCode {
        &self.source
    }

    /// The instructions in order of offset.
    #[must_use]
    pub fn instrs(&self) -> &[Instr] {
        &self.instrs
    }

    /// The entries of the exception table, in its order.
    #[must_use]
    pub fn ranges(&self) -> &[ProtectedRange] {
        &self.ranges
    }

    /// Length in code units.
    #[must_use]
    pub fn units(&self) -> u32 {
        self.instrs.last().map_or(0, |last| last.next)
    }

    /// Index of the instruction that the code unit belongs to, as prefix, opcode or inline cache
    /// (CPython 3.12 leaves a caller's position on the last cache of its `CALL`).
    #[must_use]
    pub fn index_at(&self, unit: u32) -> Option<usize> {
        let index = self.instrs.partition_point(|instr| instr.next <= unit);
        (index < self.instrs.len()).then_some(index)
    }

    /// Index of the instruction whose first unit (prefixes included) this is.
    #[must_use]
    pub fn index_of_start(&self, unit: u32) -> Option<usize> {
        index_of_start(&self.instrs, unit)
    }

    /// The handler of an exception that the instruction of this code unit raises.
    #[must_use]
    pub fn handler_at(&self, unit: u32) -> Option<Handler> {
        self.handler_of(self.index_at(unit)?)
    }

    /// The handler of an exception that the instruction of this index raises.
    #[must_use]
    pub fn handler_of(&self, index: usize) -> Option<Handler> {
        self.ranges
            .iter()
            .find(|range| (range.start..range.end).contains(&index))
            .map(|range| range.handler)
    }
}

pub(crate) fn index_of_start(instrs: &[Instr], unit: u32) -> Option<usize> {
    instrs.binary_search_by_key(&unit, |instr| instr.start).ok()
}
