//! The exits of a unit, encoded compactly.
//!
//! Once a unit is compiled its SSA values are gone; what stays is where an exit leaves them. Invariant:
//! the k-th value of an exit, in the order of [`fatjit_ir::Exit::values`], is in spill word k. Code
//! generation stores them so, and the encoding counts on it: it names no words, the decoder counts.
//!
//! An exit is a run of variable-length numbers (LEB128): reason and resumption in one; the number of
//! frames; for each whose it is (but the first), position and whether it tells the function in one, depth, number of
//! slots; for each slot its distance from the one before and
//! its kind in one, then what the kind needs. Most slots take one byte. Only [`ExitTable::encode`] makes
//! the bytes, so decoding meets no malformed ones; it ends early rather than panic if it did.

use fatjit_ir::{
    Exit, ExitId, FrameState, NativeId, ObjectId, Reason, Resume, ShapeId, Slot, SlotValue, Sunk,
    Type, Unit, Value,
};

/// All exits of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitTable {
    bytes: Box<[u8]>,
    starts: Box<[u32]>,
}

/// What a slot is rebuilt from. Numbers are words of the spill area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// An int.
    Int(u32),
    /// The bits of a float.
    Float(u32),
    /// 0 or 1.
    Bool(u32),
    /// An owned reference, which moves into the slot.
    Own(u32),
    /// A borrowed reference.
    Borrowed(u32),
    /// An object of the unit.
    Object(ObjectId),
    /// Nothing.
    Null,
    /// A virtual object.
    Virtual(ShapeId, Fields<'a>),
    /// An instance that was not made. Its word is for whoever makes it to keep it in; before, it is zero.
    Sunk(SunkView<'a>),
    /// The instance that is kept in this word, which an earlier slot has.
    Same {
        /// Its number among the exit's.
        number: u32,
        /// The word.
        word: u32,
    },
}

const INT: u32 = 0;
const FLOAT: u32 = 1;
const BOOL: u32 = 2;
const OWN: u32 = 3;
const BORROWED: u32 = 4;
const OBJECT: u32 = 5;
const NULL: u32 = 6;
const VIRTUAL: u32 = 7;
const SUNK: u32 = 8;
const SAME: u32 = 9;
const KIND_BITS: u32 = 4;
const RESUME_BITS: u32 = 2;

impl ExitTable {
    /// Encodes the exits of a unit.
    pub fn encode(unit: &Unit) -> ExitTable {
        let mut bytes = Vec::new();
        let mut starts = Vec::with_capacity(unit.exits.len());
        for exit in &unit.exits {
            starts.push(bytes.len() as u32);
            encode_exit(&mut bytes, exit, &|value| unit.ty(value));
        }
        ExitTable {
            bytes: bytes.into(),
            starts: starts.into(),
        }
    }

    /// Number of exits.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no exit.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Memory that the table takes, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.starts)
    }

    /// An exit, if there is one with this number.
    pub fn get(&self, exit: ExitId) -> Option<ExitView<'_>> {
        let start = *self.starts.get(exit.index())? as usize;
        let mut bytes = Reader(self.bytes.get(start..)?);
        let head = bytes.number()?;
        Some(ExitView {
            reason: reason_of(head >> RESUME_BITS)?,
            resume: match head & ((1 << RESUME_BITS) - 1) {
                0 => Resume::At,
                1 => Resume::Raise,
                _ => Resume::Called,
            },
            frames: Frames {
                left: bytes.number()?,
                bytes,
                word: 0,
                inner: false,
            },
        })
    }
}

/// An exit, decoded as it is read.
#[derive(Clone, Copy, Debug)]
pub struct ExitView<'a> {
    /// Why native code is left here.
    pub reason: Reason,
    /// How the host goes on.
    pub resume: Resume,
    frames: Frames<'a>,
}

impl<'a> ExitView<'a> {
    /// The frames to rebuild, outermost first.
    pub fn frames(&self) -> Frames<'a> {
        self.frames
    }

    /// Whether there is no frame but the unit's own.
    pub fn is_of_one_frame(&self) -> bool {
        self.frames.left == 1
    }

    /// The innermost frame, which goes on first.
    pub fn innermost(&self) -> Option<FrameView<'a>> {
        self.frames.last()
    }

    /// The innermost frame that runs the unit's own code: where in it native code was left.
    pub fn own(&self) -> Option<FrameView<'a>> {
        self.frames.filter(|frame| frame.of.is_none()).last()
    }

    /// The exit with values named as the caller says: given the number of the word, and its type.
    pub fn to_exit(&self, mut value: impl FnMut(u32, Type) -> Value) -> Exit {
        let frames = self.frames.map(|frame| FrameState {
            of: frame.of,
            function: frame.function.map(|word| value(word, Type::Ref)),
            position: frame.position,
            depth: frame.depth,
            slots: frame
                .slots()
                .map(|(slot, source)| (slot, slot_value(source, &mut value)))
                .collect(),
        });
        Exit {
            reason: self.reason,
            resume: self.resume,
            frames: frames.collect(),
        }
    }
}

fn slot_value(source: Source<'_>, value: &mut impl FnMut(u32, Type) -> Value) -> SlotValue {
    match source {
        Source::Int(word) => SlotValue::Int(value(word, Type::I64)),
        Source::Float(word) => SlotValue::Float(value(word, Type::F64)),
        Source::Bool(word) => SlotValue::Bool(value(word, Type::Bool)),
        Source::Own(word) => SlotValue::Own(value(word, Type::Own)),
        Source::Borrowed(word) => SlotValue::Borrowed(value(word, Type::Ref)),
        Source::Object(object) => SlotValue::Object(object),
        Source::Null => SlotValue::Null,
        Source::Virtual(shape, fields) => {
            let fields = fields.map(|(word, ty)| value(word, ty)).collect();
            SlotValue::Virtual(shape, fields)
        }
        Source::Sunk(sunk) => {
            let mut values = vec![value(sunk.word, Type::I64)];
            let mut places = Vec::new();
            for (place, source) in sunk.attributes() {
                let held = slot_value(source, value);
                let object = match held {
                    SlotValue::Object(object) => Some(object),
                    _ => None,
                };
                places.push((place, object));
                values.extend(held.values());
            }
            SlotValue::Sunk(Box::new(Sunk {
                number: sunk.number,
                class: sunk.class,
                places,
                values,
            }))
        }
        Source::Same { number, .. } => SlotValue::Same(number),
    }
}

/// The frames of an exit, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a> {
    bytes: Reader<'a>,
    left: u32,
    word: u32,
    /// The outermost was given out.
    inner: bool,
}

impl<'a> Iterator for Frames<'a> {
    type Item = FrameView<'a>;

    fn next(&mut self) -> Option<FrameView<'a>> {
        self.left = self.left.checked_sub(1)?;
        // The outermost is the unit's own.
        let of = match std::mem::replace(&mut self.inner, true) {
            true => self.bytes.number()?.checked_sub(1).map(NativeId),
            false => None,
        };
        let head = self.bytes.wide()?;
        let position = u32::try_from(head >> 1).ok()?;
        let function = (head & 1 != 0).then_some(self.word);
        self.word += function.map_or(0, |_| 1);
        let depth = self.bytes.number()?;
        let mut slots = Slots {
            left: self.bytes.number()?,
            bytes: self.bytes,
            word: self.word,
            slot: 0,
        };
        let frame = FrameView {
            of,
            function,
            position,
            depth,
            slots,
        };
        // The next frame, if there is one, begins where the slots of this one end.
        if self.left > 0 {
            slots.by_ref().for_each(drop);
            self.bytes = slots.bytes;
            self.word = slots.word;
        }
        Some(frame)
    }
}

/// One frame of an exit.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    /// The function that runs in it, if that is not the unit's own code.
    pub of: Option<NativeId>,
    /// The word of the function's object, borrowed, if the exit tells.
    pub function: Option<u32>,
    /// Position of the instruction.
    pub position: u32,
    /// Number of slots in use.
    pub depth: u32,
    slots: Slots<'a>,
}

impl<'a> FrameView<'a> {
    /// The slots whose memory is out of date, in ascending order.
    pub fn slots(&self) -> Slots<'a> {
        self.slots
    }

    /// The same at another position.
    #[must_use]
    pub fn at(self, position: u32) -> FrameView<'a> {
        FrameView { position, ..self }
    }

    /// The same with so many slots in use.
    #[must_use]
    pub fn with_depth(self, depth: u32) -> FrameView<'a> {
        FrameView { depth, ..self }
    }
}

/// The slots of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a> {
    bytes: Reader<'a>,
    left: u32,
    word: u32,
    slot: u32,
}

impl<'a> Iterator for Slots<'a> {
    type Item = (Slot, Source<'a>);

    fn next(&mut self) -> Option<(Slot, Source<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let head = self.bytes.wide()?;
        self.slot = self.slot.wrapping_add((head >> KIND_BITS) as u32);
        let word = self.word;
        let kind = head as u32 & ((1 << KIND_BITS) - 1);
        if kind <= BORROWED {
            self.word += 1;
        }
        let source = match kind {
            INT => Source::Int(word),
            FLOAT => Source::Float(word),
            BOOL => Source::Bool(word),
            OWN => Source::Own(word),
            BORROWED => Source::Borrowed(word),
            OBJECT => Source::Object(ObjectId(self.bytes.number()?)),
            NULL => Source::Null,
            SAME => Source::Same {
                number: self.bytes.number()?,
                word: self.bytes.number()?,
            },
            SUNK => {
                let (number, class) = (self.bytes.number()?, ObjectId(self.bytes.number()?));
                let attributes = Attributes {
                    left: self.bytes.number()?,
                    bytes: self.bytes,
                    word: word + 1,
                };
                let mut behind = attributes;
                behind.by_ref().for_each(drop);
                (self.bytes, self.word) = (behind.bytes, behind.word);
                Source::Sunk(SunkView {
                    number,
                    class,
                    word,
                    attributes,
                })
            }
            _ => {
                let shape = ShapeId(self.bytes.number()?);
                let count = self.bytes.number()?;
                let types = self.bytes.take(count as usize)?;
                self.word += count;
                Source::Virtual(shape, Fields { types, word })
            }
        };
        Some((Slot(self.slot), source))
    }
}

/// An instance that was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SunkView<'a> {
    /// Its number among the exit's.
    pub number: u32,
    /// Its class.
    pub class: ObjectId,
    /// The word that is its own.
    pub word: u32,
    attributes: Attributes<'a>,
}

impl<'a> SunkView<'a> {
    /// Its attributes, by the host's numbers of their places, in the order in which they were set.
    pub fn attributes(&self) -> impl Iterator<Item = (u32, Source<'a>)> + use<'a> {
        self.attributes
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attributes<'a> {
    bytes: Reader<'a>,
    left: u32,
    word: u32,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u32, Source<'a>);

    fn next(&mut self) -> Option<(u32, Source<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let head = self.bytes.wide()?;
        let place = u32::try_from(head >> 1).ok()?;
        let what = self.bytes.number()?;
        if head & 1 != 0 {
            return Some((place, Source::Object(ObjectId(what))));
        }
        let word = self.word;
        self.word += 1;
        let number = match Type::ALL.get(what as usize)? {
            Type::F64 => Source::Float(word),
            Type::Bool => Source::Bool(word),
            _ => Source::Int(word),
        };
        Some((place, number))
    }
}

/// The fields of a virtual object: spill word and type of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    types: &'a [u8],
    word: u32,
}

impl Iterator for Fields<'_> {
    type Item = (u32, Type);

    fn next(&mut self) -> Option<(u32, Type)> {
        let (first, rest) = self.types.split_first()?;
        let word = self.word;
        self.types = rest;
        self.word += 1;
        Some((word, *Type::ALL.get(*first as usize)?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.types.len(), Some(self.types.len()))
    }
}

impl ExactSizeIterator for Fields<'_> {}

/// Reads what [`put`] wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn wide(&mut self) -> Option<u64> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    fn number(&mut self) -> Option<u32> {
        u32::try_from(self.wide()?).ok()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn encode_exit(bytes: &mut Vec<u8>, exit: &Exit, ty: &dyn Fn(Value) -> Type) {
    let resume = match exit.resume {
        Resume::At => 0,
        Resume::Raise => 1,
        Resume::Called => 2,
    };
    put(
        bytes,
        u64::from(number_of(exit.reason)) << RESUME_BITS | resume,
    );
    put(bytes, exit.frames.len() as u64);
    let mut word = 0;
    let mut sunken: Vec<(u32, u32)> = Vec::new();
    for (at, frame) in exit.frames.iter().enumerate() {
        if at > 0 {
            put(bytes, frame.of.map_or(0, |native| u64::from(native.0) + 1));
        }
        let tells = u64::from(frame.function.is_some());
        word += tells as u32;
        put(bytes, u64::from(frame.position) << 1 | tells);
        put(bytes, frame.depth.into());
        put(bytes, frame.slots.len() as u64);
        let mut last = 0;
        for (slot, value) in &frame.slots {
            // Distances wrap, so that even a list that is out of order is encoded as it is.
            let distance = slot.0.wrapping_sub(last);
            last = slot.0;
            let kind = match value {
                SlotValue::Int(_) => INT,
                SlotValue::Float(_) => FLOAT,
                SlotValue::Bool(_) => BOOL,
                SlotValue::Own(_) => OWN,
                SlotValue::Borrowed(_) => BORROWED,
                SlotValue::Object(_) => OBJECT,
                SlotValue::Null => NULL,
                SlotValue::Virtual(..) => VIRTUAL,
                SlotValue::Sunk(_) => SUNK,
                SlotValue::Same(_) => SAME,
            };
            put(bytes, u64::from(distance) << KIND_BITS | u64::from(kind));
            match value {
                SlotValue::Object(object) => put(bytes, object.0.into()),
                SlotValue::Virtual(shape, fields) => {
                    put(bytes, shape.0.into());
                    put(bytes, fields.len() as u64);
                    bytes.extend(fields.iter().map(|field| ty(*field) as u8));
                }
                SlotValue::Sunk(sunk) => {
                    sunken.push((sunk.number, word));
                    encode_sunk(bytes, sunk, ty);
                }
                SlotValue::Same(number) => {
                    let known = sunken.iter().find(|(other, _)| other == number);
                    put(bytes, (*number).into());
                    put(bytes, known.map_or(0, |(_, word)| (*word).into()));
                }
                _ => {}
            }
            word += value.values().len() as u32;
        }
    }
}

fn encode_sunk(bytes: &mut Vec<u8>, sunk: &Sunk, ty: &dyn Fn(Value) -> Type) {
    put(bytes, sunk.number.into());
    put(bytes, sunk.class.0.into());
    put(bytes, sunk.places.len() as u64);
    let mut values = sunk.values.iter().skip(1);
    for (place, object) in &sunk.places {
        put(bytes, u64::from(*place) << 1 | u64::from(object.is_some()));
        let what = match object {
            Some(object) => object.0.into(),
            None => values.next().map_or(0, |value| ty(*value) as u64),
        };
        put(bytes, what);
    }
}

/// A reason as a number: the core's by their place, the host's behind them.
fn number_of(reason: Reason) -> u32 {
    let core = Reason::ALL.len() as u32;
    match reason {
        Reason::Host(number) => core + u32::from(number),
        _ => Reason::ALL
            .iter()
            .position(|known| *known == reason)
            .map_or(core, |at| at as u32),
    }
}

fn reason_of(number: u32) -> Option<Reason> {
    if let Some(reason) = Reason::ALL.get(number as usize) {
        return Some(*reason);
    }
    let host = number - Reason::ALL.len() as u32;
    u16::try_from(host).ok().map(Reason::Host)
}
