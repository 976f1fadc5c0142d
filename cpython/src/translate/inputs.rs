//! What translation is given and what it gives: a code object with all that is known of it, and a region with the
//! meaning of the ids in it. Translation learns of the program through [`Source`] alone, and touches no object: it
//! names them, and the host finds them.

use fatjit_bytecode::{Cfg, Code, StackDepths};
use fatjit_ir::Reason;
use fatjit_jit::gbc::{Region, Seen};

use super::{Calls, Class, Facts, Known, Method, Profile};
use crate::layout::Layout;
use crate::nested::Guests;

/// A constant of a code object, as far as translation can use it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Const {
    /// An int that fits 64 bits.
    Int(i64),
    /// A float, by its bits.
    Float(u64),
    /// A truth value.
    Bool(bool),
    /// `None`.
    None,
    /// A text of one ASCII character.
    Character(u8),
    /// Anything else.
    Other,
}

/// An object that a region names, for the host to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// `None`.
    None,
    /// The type `range`.
    RangeType,
    /// A constant of the code object, by its index.
    Const(u32),
    /// A name of the code object, by its index.
    Name(u32),
    /// A name of a generator's code, by its number among generators.
    GeneratorName(u32, u32),
    /// A generator's code.
    GeneratorCode(u32),
    /// Not an object but the counter of the region's rounds.
    Rounds,
    /// Not an object but what the activations of the region's function name it by.
    Itself,
    /// Not an object but the word that holds the address of a function that the region calls.
    Entry(u32),
    /// Not an object but the table of texts of one character.
    Characters,
    /// The descriptor of a method.
    Method(Method),
    /// Not an object but the names that the instances of a class share.
    SharedNames(Known),
    /// An object found through facts about the program.
    Known(Known),
}

/// The stack effect of the helper that does an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpEffect {
    /// Operands it consumes.
    pub pops: u32,
    /// Results it pushes.
    pub pushes: u32,
}

/// A code object and all that is known of it.
pub struct Source<'a> {
    /// Its instructions.
    pub code: &'a Code,
    /// Its control flow.
    pub cfg: &'a Cfg,
    /// Its stack depths.
    pub depths: &'a StackDepths,
    /// Its constants.
    pub consts: &'a [Const],
    /// The members of a constant tuple, set or ASCII text, if all are ints, floats, truth values, `None` or texts: of
    /// these those of one ASCII character are told, others are [`Const::Other`].
    pub members: &'a dyn Fn(u32) -> Option<Vec<Const>>,
    /// The texts in a constant that is a tuple of such.
    pub texts: &'a dyn Fn(u32) -> Option<Vec<String>>,
    /// What was seen of it.
    pub profile: &'a Profile,
    /// Where objects keep what is in them.
    pub layout: &'a Layout,
    /// What the cell in this local holds, if that is a class of the program's.
    pub cell: &'a dyn Fn(u32) -> Option<Known>,
    /// The classes of which instances were seen at the instruction with this index, if their changes are told. Those of the
    /// right operands of operators are found behind all instructions.
    pub classes: &'a dyn Fn(usize) -> Vec<Class>,
    /// The address of the definition of a method.
    pub method: &'a dyn Fn(Method) -> i64,
    /// The address of what describes arrays of the type code with this number, of which one was seen.
    pub array_description: &'a dyn Fn(i32) -> i64,
    /// The stack effect of the helper for an opcode with this argument, if there is one.
    pub helper: &'a dyn Fn(&str, i64) -> Option<OpEffect>,
    /// Whether the global of a `LOAD_GLOBAL` with this argument can be looked up now without running code.
    pub plain_global: &'a dyn Fn(i64) -> bool,
    /// Facts about the program. What is asked of it and answered, the region assumes.
    pub facts: &'a dyn Facts,
    /// Whether the code's names are variables of a module: its globals are its locals.
    pub has_variables: bool,
    /// What such a variable holds now, by its index among the code's names; nothing if native code cannot keep it.
    pub variable: &'a dyn Fn(u32) -> Option<Seen>,
    /// Functions that have native code.
    pub calls: &'a dyn Calls,
    /// The code of the generators that native code can do itself, by the numbers that [`Source::generator`] gives. That of
    /// all generators is here.
    pub generators: &'a [Source<'a>],
    /// Of a generator: how many of its locals are bound from the beginning, being arguments.
    pub arguments: u32,
    /// Of which code generators are that were seen at the `FOR_ITER` with this index.
    pub generator: &'a dyn Fn(usize) -> Option<usize>,
    /// A name for people: function and line.
    pub name: String,
    /// Translate also what native code would not make faster.
    pub force: bool,
}

/// A translated region.
pub struct Translated {
    /// The guarded bytecode.
    pub region: Region,
    /// What each `ObjectId` of the region stands for.
    pub objects: Vec<Named>,
    /// Bytecode position of each entry's loop header, in the order of the region's entries.
    pub headers: Vec<u32>,
    /// Where each of these loops has its iterator, if its header asks one for the next item: the slot.
    pub iterators: Vec<Option<u32>>,
    /// Where a generator is resumed in native code: the position, and the entry there.
    pub resumed: Vec<(u32, u32)>,
    /// What one round of a loop is expected to gain, in nanoseconds.
    pub gain: f64,
    /// Whether a function is worth entering from the interpreter.
    pub entered: bool,
    /// Its guests, and where they stand at its nested points.
    pub guests: Guests,
    /// The region's names, by their indices among the code's.
    pub names: Vec<u32>,
    /// Those of them that it stores.
    pub stored: Vec<u32>,
    /// Where the interpreter's routines do the work.
    pub slow: Vec<u32>,
}

/// Why something is not translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untranslated {
    /// The reason.
    pub reason: Reason,
    /// The instructions that stand in the way, by their positions, those that matter most first; none if that cannot be
    /// told.
    pub at: Vec<u32>,
}

impl From<Reason> for Untranslated {
    fn from(reason: Reason) -> Untranslated {
        Untranslated {
            reason,
            at: Vec::new(),
        }
    }
}
