//! Reading marshalled objects. Nothing is allocated on the word of a length that the remaining
//! bytes could not fulfil.

use thiserror::Error;

use super::{CodeObject, Const, Document, Object, ObjectId, Slot, StrForm};

/// Deepest nesting, as in CPython's `MAX_MARSHAL_STACK_DEPTH`.
const MAX_DEPTH: u32 = 2000;
/// Set in the type byte of an object that later places may refer to.
pub(super) const REFERABLE: u8 = 0x80;

/// Why bytes are no marshalled object, or not one of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MarshalError {
    /// The bytes end within an object.
    #[error("the data ends within an object")]
    Truncated,
    /// Bytes are left over.
    #[error("{count} bytes follow the object")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A type byte that format version 4 does not write.
    #[error("unknown type {byte:#04x} at byte {at}")]
    UnknownType {
        /// The type byte without its flag.
        byte: u8,
        /// Its place.
        at: usize,
    },
    /// A reference to an object that does not exist (yet).
    #[error("reference {index} to an object that is not there")]
    BadReference {
        /// Index in the list of references.
        index: u32,
    },
    /// Objects are nested too deeply.
    #[error("objects are nested too deeply")]
    TooDeep,
    /// An object is not of the type that its place asks for.
    #[error("{place} holds an object of the wrong type")]
    WrongType {
        /// The place.
        place: &'static str,
    },
    /// A number is out of the range that its place allows.
    #[error("{place} is out of range")]
    OutOfRange {
        /// The place.
        place: &'static str,
    },
}

impl Document {
    /// Reads an object that takes up all of `bytes`.
    ///
    /// # Errors
    /// The bytes are no marshalled object of format version 4.
    pub fn read(bytes: &[u8]) -> Result<Document, MarshalError> {
        let mut reader = Reader {
            bytes,
            at: 0,
            depth: 0,
            objects: Vec::new(),
            referable: Vec::new(),
        };
        let root = reader.object()?;
        let count = bytes.len() - reader.at;
        if count > 0 {
            return Err(MarshalError::TrailingBytes { count });
        }
        Ok(Document {
            objects: reader.objects,
            root,
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    objects: Vec<Object>,
    referable: Vec<ObjectId>,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Result<&[u8], MarshalError> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or(MarshalError::Truncated)?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MarshalError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Result<u8, MarshalError> {
        self.array().map(|[byte]| byte)
    }

    fn int(&mut self) -> Result<i32, MarshalError> {
        self.array().map(i32::from_le_bytes)
    }

    fn double(&mut self) -> Result<u64, MarshalError> {
        self.array().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Result<usize, MarshalError> {
        usize::try_from(self.int()?).map_err(|_| MarshalError::OutOfRange { place: "a length" })
    }

    fn object(&mut self) -> Result<Slot, MarshalError> {
        let at = self.at;
        let head = self.byte()?;
        self.slot(head, at)
    }

    /// Reads what follows a type byte.
    fn slot(&mut self, head: u8, at: usize) -> Result<Slot, MarshalError> {
        let byte = head & !REFERABLE;
        if head == b'r' {
            let index = self.array().map(u32::from_le_bytes)?;
            let id = self.referable.get(index as usize);
            return id
                .map(|&id| Slot::Ref(id))
                .ok_or(MarshalError::BadReference { index });
        }
        if self.depth == MAX_DEPTH {
            return Err(MarshalError::TooDeep);
        }
        self.depth += 1;
        // The place is taken before the contents are read, as CPython counts references.
        let referable = head & REFERABLE != 0;
        let id = ObjectId(self.objects.len());
        self.objects.push(Object {
            referable,
            value: Const::None,
        });
        if referable {
            self.referable.push(id);
        }
        let value = self.value(byte, at)?;
        self.objects[id.0].value = value;
        self.depth -= 1;
        Ok(Slot::Own(id))
    }

    fn value(&mut self, byte: u8, at: usize) -> Result<Const, MarshalError> {
        Ok(match byte {
            b'N' => Const::None,
            b'F' => Const::Bool(false),
            b'T' => Const::Bool(true),
            b'S' => Const::StopIteration,
            b'.' => Const::Ellipsis,
            b'i' => Const::Int(self.int()?),
            b'l' => self.long()?,
            b'g' => Const::Float(self.double()?),
            b'y' => Const::Complex(self.double()?, self.double()?),
            b's' => {
                let length = self.length()?;
                Const::Bytes(self.take(length)?.to_vec())
            }
            b'u' => self.string(StrForm::Unicode)?,
            b't' => self.string(StrForm::Interned)?,
            b'a' => self.string(StrForm::Ascii)?,
            b'A' => self.string(StrForm::AsciiInterned)?,
            b'z' => self.string(StrForm::ShortAscii)?,
            b'Z' => self.string(StrForm::ShortAsciiInterned)?,
            b'(' => {
                let length = self.length()?;
                self.tuple(false, length)?
            }
            b')' => {
                let length = usize::from(self.byte()?);
                self.tuple(true, length)?
            }
            b'[' => Const::List(self.counted_items()?),
            b'{' => self.dict()?,
            b'<' => Const::Set(self.counted_items()?),
            b'>' => Const::FrozenSet(self.counted_items()?),
            b'c' => Const::Code(Box::new(self.code()?)),
            _ => return Err(MarshalError::UnknownType { byte, at }),
        })
    }

    fn long(&mut self) -> Result<Const, MarshalError> {
        let size = self.int()?;
        let mut digits = Vec::new();
        for _ in 0..size.unsigned_abs() {
            let digit = self.array().map(u16::from_le_bytes)?;
            if digit >> 15 != 0 {
                return Err(MarshalError::OutOfRange {
                    place: "a digit of an int",
                });
            }
            digits.push(digit);
        }
        Ok(Const::Long {
            negative: size < 0,
            digits,
        })
    }

    fn string(&mut self, form: StrForm) -> Result<Const, MarshalError> {
        let length = match form {
            StrForm::ShortAscii | StrForm::ShortAsciiInterned => usize::from(self.byte()?),
            _ => self.length()?,
        };
        let bytes = self.take(length)?.to_vec();
        Ok(Const::Str { form, bytes })
    }

    fn tuple(&mut self, small: bool, length: usize) -> Result<Const, MarshalError> {
        let items = self.items(length)?;
        Ok(Const::Tuple { small, items })
    }

    fn counted_items(&mut self) -> Result<Vec<Slot>, MarshalError> {
        let length = self.length()?;
        self.items(length)
    }

    fn items(&mut self, length: usize) -> Result<Vec<Slot>, MarshalError> {
        (0..length).map(|_| self.object()).collect()
    }

    fn dict(&mut self) -> Result<Const, MarshalError> {
        let mut items = Vec::new();
        loop {
            let at = self.at;
            let head = self.byte()?;
            if head == b'0' {
                return Ok(Const::Dict(items));
            }
            items.push((self.slot(head, at)?, self.object()?));
        }
    }

    /// The fields in the order of 3.12 and 3.13.
    fn code(&mut self) -> Result<CodeObject, MarshalError> {
        Ok(CodeObject {
            arg_count: self.int()?,
            pos_only_arg_count: self.int()?,
            kw_only_arg_count: self.int()?,
            stack_size: self.int()?,
            flags: self.int()?,
            code: self.object()?,
            consts: self.object()?,
            names: self.object()?,
            local_names: self.object()?,
            local_kinds: self.object()?,
            filename: self.object()?,
            name: self.object()?,
            qualname: self.object()?,
            first_line: self.int()?,
            line_table: self.object()?,
            exception_table: self.object()?,
        })
    }
}
