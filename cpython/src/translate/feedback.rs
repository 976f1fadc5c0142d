//! What was seen of each instruction while the interpreter ran it.
//!
//! Feedback only grows: a region that is compiled again knows all that its earlier versions knew, so each
//! new version leaves for fewer reasons. The recorder writes it, translation reads it.

/// A set of kinds of values. The C side, which tells them (`enum kind` in `csrc/tiering.c`), knows one more:
/// everything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u64);

impl Kinds {
    /// An int that fits 64 bits.
    pub const INT: Kinds = Kinds(1);
    /// An int that does not.
    pub const WIDE: Kinds = Kinds(2);
    /// A float.
    pub const FLOAT: Kinds = Kinds(4);
    /// A truth value.
    pub const BOOL: Kinds = Kinds(8);
    /// An iterator over a range of machine ints that only the value stack holds.
    pub const RANGE_ITER: Kinds = Kinds(16);
    /// The type `range` itself.
    pub const RANGE_TYPE: Kinds = Kinds(32);
    /// `None`.
    pub const NONE: Kinds = Kinds(128);
    /// A list, no instance of a subclass, as the following.
    pub const LIST: Kinds = Kinds(256);
    /// A tuple.
    pub const TUPLE: Kinds = Kinds(512);
    /// A bytes object.
    pub const BYTES: Kinds = Kinds(1024);
    /// A bytearray.
    pub const BYTEARRAY: Kinds = Kinds(2048);
    /// An iterator over a list.
    pub const LIST_ITER: Kinds = Kinds(4096);
    /// An iterator over a tuple.
    pub const TUPLE_ITER: Kinds = Kinds(8192);
    /// The method `list.append`.
    pub const LIST_APPEND: Kinds = Kinds(1 << 14);
    /// The method `list.pop`.
    pub const LIST_POP: Kinds = Kinds(1 << 15);
    /// The method `list.insert`.
    pub const LIST_INSERT: Kinds = Kinds(1 << 16);
    /// With one of the above: bound to a list.
    pub const BOUND: Kinds = Kinds(1 << 17);
    /// The function that runs; the recorder tells.
    pub const ITSELF: Kinds = Kinds(1 << 30);

    /// A text of one ASCII character.
    pub const CHARACTER: Kinds = Kinds(1 << 18);
    /// A text that is all ASCII.
    pub const ASCII: Kinds = Kinds(1 << 18 | 1 << 19);
    /// Another text that has no character beyond Latin-1.
    pub const LATIN: Kinds = Kinds(1 << 20);
    /// Any text.
    pub const TEXT: Kinds = Kinds(1 << 18 | 1 << 19 | 1 << 20 | 1 << 21);
    /// An iterator over an ASCII text.
    pub const TEXT_ITER: Kinds = Kinds(1 << 22);

    /// With one of the iterators: somebody else holds it, too.
    pub const SHARED: Kinds = Kinds(1 << 24);
    /// With one of the iterators: not that, but an `enumerate` that nobody else holds, which counts one.
    pub const ENUMERATE: Kinds = Kinds(1 << 25);
    /// A `zip` of two or three that nobody else holds; with what its parts iterate over.
    pub const ZIP: Kinds = Kinds(1 << 26);

    /// An array (`array.array`).
    pub const ARRAY: Kinds = Kinds(1 << 27);

    /// A dict.
    pub const DICT: Kinds = Kinds(1 << 28);
    /// A set.
    pub const SET: Kinds = Kinds(1 << 29);
    /// A frozenset.
    pub const FROZEN_SET: Kinds = Kinds(1 << 31);
    /// The method `dict.get`.
    pub const DICT_GET: Kinds = Kinds(1 << 32);
    /// With an iterator over a list or tuple: backwards, and nobody else holds it.
    pub const REVERSED: Kinds = Kinds(1 << 33);
    /// A range.
    pub const RANGE: Kinds = Kinds(1 << 43);

    /// Besides everything else: an instance of a class that was made at run time, as those of programs are.
    pub const INSTANCE: Kinds = Kinds(1 << 44);

    /// Instances of such classes alone, or with other things that are told by nothing else.
    pub const SOME_INSTANCE: Kinds = Kinds(1 << 6 | 1 << 44);

    /// An attribute that there is not, yet.
    pub const MISSING: Kinds = Kinds(1 << 45);

    /// A generator.
    pub const GENERATOR: Kinds = Kinds(1 << 46);

    /// An iterator over the keys of a dict.
    pub const DICT_KEYS_ITER: Kinds = Kinds(1 << 47);
    /// One over its values.
    pub const DICT_VALUES_ITER: Kinds = Kinds(1 << 48);
    /// One over its items.
    pub const DICT_ITEMS_ITER: Kinds = Kinds(1 << 49);
    /// An iterator over a set.
    pub const SET_ITER: Kinds = Kinds(1 << 50);
    /// A view of a dict.
    pub const DICT_VIEW: Kinds = Kinds(1 << 51);

    /// The set with these bits, as the C side numbers them.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Kinds {
        Kinds(bits)
    }

    /// With a `zip`: its part of this number, from 0 on, iterates over a list, a tuple or a range, as numbered here.
    #[must_use]
    pub const fn part(number: u32, over: u32) -> Kinds {
        Kinds(1 << (34 + 3 * number + over))
    }

    /// Whether something was seen, and only of these kinds.
    #[must_use]
    pub fn only(self, kinds: Kinds) -> bool {
        self.0 != 0 && self.0 & !kinds.0 == 0
    }

    /// Whether all that was seen are ints, all floats, or all truth values: what is held unboxed.
    #[must_use]
    pub fn is_unboxed(self) -> bool {
        let kinds = [Kinds::INT, Kinds::FLOAT, Kinds::BOOL];
        kinds.iter().any(|kind| self.only(*kind))
    }

    /// Whether something was seen, and always all of these.
    #[must_use]
    pub fn is(self, kinds: Kinds) -> bool {
        self.0 == kinds.0
    }

    /// Both.
    #[must_use]
    pub const fn and(self, kinds: Kinds) -> Kinds {
        Kinds(self.0 | kinds.0)
    }

    /// Whether one of these was seen.
    #[must_use]
    pub fn has(self, kinds: Kinds) -> bool {
        self.0 & kinds.0 != 0
    }

    /// Adds what was seen.
    pub fn add(&mut self, kinds: Kinds) {
        self.0 |= kinds.0;
    }
}

/// What was seen of one instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// How often it ran while it was watched.
    pub runs: u32,
    /// Kinds of its topmost operands, the topmost first.
    pub top: [Kinds; 3],
    /// Kinds of what it iterates over, as they are if a generator expression does not hold that as its argument, too.
    pub alone: Kinds,
    /// Kinds of the element that is read or overwritten, if it subscribes a list or tuple, and of what is in a cell; of an
    /// array, its type code: the bit of that number.
    pub element: Kinds,
    /// Its topmost operand was a negative int.
    pub negative: bool,
    /// One of its two topmost operands was an int of more than one digit.
    pub long: bool,
    /// Kinds of what it calls, if it is a call.
    pub callee: Kinds,
    /// Its topmost operand, whose truth value is asked, has its own idea of that.
    pub own_truth: bool,
    /// It is about an attribute of an instance that keeps attributes in a dict, or one that does not.
    pub in_dict: bool,
    /// See `in_dict`.
    pub elsewhere: bool,
    /// In which entry of such a dict the attribute was seen.
    pub entry: Option<u32>,
    /// How many items it spreads, or merges: a bit for each number, the last for all above.
    pub items: u32,
    /// Its unboxed form left native code often, because a result did not fit or an operand left the range
    /// of exact arithmetic: it is done on objects from now on.
    pub boxed: bool,
}

/// What was seen of a code object.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// By index of instruction.
    pub instrs: Vec<Feedback>,
}

impl Profile {
    /// A profile of a code object with so many instructions.
    #[must_use]
    pub fn new(instrs: usize) -> Profile {
        Profile {
            instrs: vec![Feedback::default(); instrs],
        }
    }

    /// What was seen of an instruction.
    #[must_use]
    pub fn at(&self, index: usize) -> Feedback {
        self.instrs.get(index).copied().unwrap_or_default()
    }

    /// Whether it was seen to run.
    #[must_use]
    pub fn ran(&self, index: usize) -> bool {
        self.at(index).runs > 0
    }
}
