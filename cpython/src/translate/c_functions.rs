//! Functions of the interpreter and of its modules that are written in C and run no code on what they are given.
//!
//! What is listed here neither runs Python code nor serves signals on arguments of these classes, whatever their
//! values are, and what it raises it raises itself. So it needs no frame, nothing has to be written back before it, and
//! nothing can have changed behind it but what it says. What writes long ints as digits, formats, or
//! multiplies long ints serves signals in between, and is not here; nor is what has the `repr` of something in the text of
//! what it raises.

/// What an argument has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arg {
    /// A number, a text, bytes or `None`, no instance of a subclass.
    Leaf,
    /// A list, a tuple or a text.
    Sequence,
    /// One of these or a set.
    Iterable,
    /// A text, or a tuple.
    TextOrTuple,
    /// A text that an int can be read from.
    TextOfInt,
    /// A text that a float can be read from.
    TextOfFloat,
    /// A text, as key of a dict that has no other keys.
    Key,
    /// Anything.
    Any,
}

/// What a function does besides giving a new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Nothing,
    /// It changes its first argument.
    Change,
    /// It changes it, and lets go of what it gives back.
    Take,
}

/// A function: what it may be given, of which so many first ones have to be.
pub(super) struct Function {
    pub args: &'static [Arg],
    pub least: usize,
    pub does: Does,
}

/// Up to three of them.
const LEAVES: &[Arg] = &[Arg::Leaf, Arg::Leaf, Arg::Leaf];
/// Methods of texts that take numbers, texts and `None`.
const OF_TEXTS: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "expandtabs",
    "find",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];
/// The same of bytes, of which others take what has a buffer.
const OF_BYTES: &[&str] = &[
    "count",
    "endswith",
    "find",
    "hex",
    "isalnum",
    "isalpha",
    "isdigit",
    "isspace",
    "lower",
    "lstrip",
    "rfind",
    "rstrip",
    "split",
    "startswith",
    "strip",
    "upper",
];

impl Function {
    /// The function with this name; of a method, the arguments behind its object.
    pub fn of(name: &str) -> Option<Function> {
        let function = |args, least, does| Function { args, least, does };
        let quiet = |args, least| Some(function(args, least, Does::Nothing));
        if let Some(method) = name.strip_prefix("str.") {
            return match method {
                "join" => quiet(&[Arg::Sequence], 1),
                "startswith" | "endswith" => quiet(&[Arg::TextOrTuple, Arg::Leaf, Arg::Leaf], 1),
                "encode" => quiet(&[], 0),
                _ if OF_TEXTS.contains(&method) => quiet(LEAVES, 0),
                _ => None,
            };
        }
        if let Some(method) = name.strip_prefix("bytes.") {
            return match method {
                "decode" => quiet(&[], 0),
                _ if OF_BYTES.contains(&method) => quiet(LEAVES, 0),
                _ => None,
            };
        }
        Some(match name {
            "list.copy" | "dict.keys" | "dict.values" | "dict.items" => {
                function(&[], 0, Does::Nothing)
            }
            "list.reverse" => function(&[], 0, Does::Change),
            "list.extend" => function(&[Arg::Sequence], 1, Does::Change),
            "dict.setdefault" => function(&[Arg::Key, Arg::Any], 1, Does::Change),
            "dict.pop" => function(&[Arg::Key, Arg::Any], 1, Does::Take),
            "builtins.callable" | "type" => function(&[Arg::Any], 1, Does::Nothing),
            "builtins.hash" | "builtins.abs" | "builtins.ord" | "builtins.chr" | "builtins.bin"
            | "builtins.hex" | "builtins.oct" => function(&[Arg::Leaf], 1, Does::Nothing),
            "builtins.min" | "builtins.max" => function(LEAVES, 2, Does::Nothing),
            "int" => function(&[Arg::TextOfInt], 1, Does::Nothing),
            "float" => function(&[Arg::TextOfFloat], 1, Does::Nothing),
            "list" | "tuple" => function(&[Arg::Iterable], 0, Does::Nothing),
            "set" | "dict" | "object" => function(&[], 0, Does::Nothing),
            "slice" => function(LEAVES, 1, Does::Nothing),
            "time.time"
            | "time.monotonic"
            | "time.perf_counter"
            | "time.time_ns"
            | "time.process_time"
            | "time.perf_counter_ns" => function(&[], 0, Does::Nothing),
            "math.isclose" | "math.copysign" | "math.fmod" | "math.ldexp" | "math.atan2" => {
                function(LEAVES, 2, Does::Nothing)
            }
            "math.frexp" | "math.modf" | "math.degrees" | "math.radians" | "math.isnan"
            | "math.isinf" | "math.isfinite" | "math.sqrt" | "math.exp" | "math.sin"
            | "math.cos" | "math.tan" | "math.fabs" => function(&[Arg::Leaf], 1, Does::Nothing),
            _ => return None,
        })
    }
}
