//! Code objects within marshalled data, and the way between them and [`RawCode`].

use super::{Const, Document, MarshalError, ObjectId, Slot};
use crate::code::{Local, LocalKind, RawCode};
use crate::encode::Encoded;

/// A marshalled code object, as 3.12 and 3.13 write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeObject {
    /// `co_argcount`
    pub arg_count: i32,
    /// `co_posonlyargcount`
    pub pos_only_arg_count: i32,
    /// `co_kwonlyargcount`
    pub kw_only_arg_count: i32,
    /// `co_stacksize`
    pub stack_size: i32,
    /// `co_flags`
    pub flags: i32,
    /// `co_code`
    pub code: Slot,
    /// `co_consts`
    pub consts: Slot,
    /// `co_names`
    pub names: Slot,
    /// Names of the frame's slots.
    pub local_names: Slot,
    /// Kinds of the frame's slots.
    pub local_kinds: Slot,
    /// `co_filename`
    pub filename: Slot,
    /// `co_name`
    pub name: Slot,
    /// `co_qualname`
    pub qualname: Slot,
    /// `co_firstlineno`
    pub first_line: i32,
    /// `co_linetable`
    pub line_table: Slot,
    /// `co_exceptiontable`
    pub exception_table: Slot,
}

impl Document {
    /// The code object at a place.
    ///
    /// # Errors
    /// Something else is there.
    pub fn code_object(&self, slot: Slot) -> Result<&CodeObject, MarshalError> {
        match self.get(slot) {
            Const::Code(code) => Ok(code),
            _ => Err(MarshalError::WrongType {
                place: "a code object's place",
            }),
        }
    }

    /// The constants of a code object.
    ///
    /// # Errors
    /// They are not in a tuple.
    pub fn consts(&self, code: &CodeObject) -> Result<&[Slot], MarshalError> {
        self.items(code.consts, "co_consts")
    }

    /// What decoding needs of a code object.
    ///
    /// # Errors
    /// A field is not of its type, or out of range.
    pub fn raw_code(&self, code: &CodeObject) -> Result<RawCode, MarshalError> {
        let count = |value: i32, place| {
            u32::try_from(value).map_err(|_| MarshalError::OutOfRange { place })
        };
        let names = self.texts(code.names, "co_names")?;
        let kinds = self.bytes(code.local_kinds, "co_localspluskinds")?;
        let local_names = self.texts(code.local_names, "co_localsplusnames")?;
        if kinds.len() != local_names.len() {
            return Err(MarshalError::OutOfRange {
                place: "the length of co_localspluskinds",
            });
        }
        let locals = local_names.into_iter().zip(kinds);
        Ok(RawCode {
            code: self.bytes(code.code, "co_code")?.to_vec(),
            exception_table: self
                .bytes(code.exception_table, "co_exceptiontable")?
                .to_vec(),
            line_table: self.bytes(code.line_table, "co_linetable")?.to_vec(),
            first_line: code.first_line,
            flags: count(code.flags, "co_flags")?,
            arg_count: count(code.arg_count, "co_argcount")?,
            pos_only_arg_count: count(code.pos_only_arg_count, "co_posonlyargcount")?,
            kw_only_arg_count: count(code.kw_only_arg_count, "co_kwonlyargcount")?,
            stack_size: count(code.stack_size, "co_stacksize")?,
            names,
            locals: locals
                .map(|(name, &kind)| Local {
                    name,
                    kind: LocalKind(kind),
                })
                .collect(),
            name: self.text(code.name, "co_name")?,
            qualname: self.text(code.qualname, "co_qualname")?,
            filename: self.text(code.filename, "co_filename")?,
        })
    }

    /// Gives a code object other code; unchanged byte strings stay the objects they are.
    ///
    /// # Errors
    /// There is no code object of this index, or its fields are not bytes.
    pub fn set_code(&mut self, id: ObjectId, encoded: &Encoded) -> Result<(), MarshalError> {
        let mut code = self.code_object(Slot::Ref(id))?.clone();
        for (slot, bytes, place) in [
            (&mut code.code, &encoded.code, "co_code"),
            (&mut code.line_table, &encoded.line_table, "co_linetable"),
            (
                &mut code.exception_table,
                &encoded.exception_table,
                "co_exceptiontable",
            ),
        ] {
            if self.bytes(*slot, place)? != bytes {
                *slot = self.add(Const::Bytes(bytes.clone()));
            }
        }
        self.objects[id.0].value = Const::Code(Box::new(code));
        Ok(())
    }

    fn items(&self, slot: Slot, place: &'static str) -> Result<&[Slot], MarshalError> {
        match self.get(slot) {
            Const::Tuple { items, .. } => Ok(items),
            _ => Err(MarshalError::WrongType { place }),
        }
    }

    fn bytes(&self, slot: Slot, place: &'static str) -> Result<&[u8], MarshalError> {
        match self.get(slot) {
            Const::Bytes(bytes) => Ok(bytes),
            _ => Err(MarshalError::WrongType { place }),
        }
    }

    fn text(&self, slot: Slot, place: &'static str) -> Result<String, MarshalError> {
        match self.get(slot) {
            Const::Str { bytes, .. } => Ok(String::from_utf8_lossy(bytes).into_owned()),
            _ => Err(MarshalError::WrongType { place }),
        }
    }

    fn texts(&self, slot: Slot, place: &'static str) -> Result<Vec<String>, MarshalError> {
        let items = self.items(slot, place)?;
        items.iter().map(|&item| self.text(item, place)).collect()
    }
}
