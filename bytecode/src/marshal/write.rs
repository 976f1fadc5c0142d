//! Writing marshalled objects.

use super::read::REFERABLE;
use super::{CodeObject, Const, Document, Slot, StrForm};

impl Document {
    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer {
            document: self,
            out: Vec::new(),
            reference: vec![None; self.objects.len()],
            references: 0,
        };
        writer.slot(self.root);
        writer.out
    }
}

struct Writer<'a> {
    document: &'a Document,
    out: Vec<u8>,
    /// Each object's index in the list of references, once it is written.
    reference: Vec<Option<u32>>,
    references: u32,
}

impl Writer<'_> {
    fn int(&mut self, value: i32) {
        self.out.extend(value.to_le_bytes());
    }

    /// Lengths come from vectors that were read from 31-bit lengths.
    fn length(&mut self, length: usize) {
        self.out.extend((length as u32).to_le_bytes());
    }

    fn slot(&mut self, slot: Slot) {
        let id = slot.id().0;
        if let (Slot::Ref(_), Some(reference)) = (slot, self.reference[id]) {
            self.out.push(b'r');
            self.out.extend(reference.to_le_bytes());
            return;
        }
        let document = self.document;
        let object = &document.objects[id];
        let mut flag = 0;
        if object.referable {
            flag = REFERABLE;
            self.reference[id] = Some(self.references);
            self.references += 1;
        }
        self.out.push(type_byte(&object.value) | flag);
        self.contents(&object.value);
    }

    fn slots(&mut self, slots: &[Slot]) {
        for &slot in slots {
            self.slot(slot);
        }
    }

    fn contents(&mut self, value: &Const) {
        match value {
            Const::None | Const::Bool(_) | Const::StopIteration | Const::Ellipsis => {}
            Const::Int(value) => self.int(*value),
            Const::Long { negative, digits } => {
                let size = digits.len() as i32;
                self.int(if *negative { -size } else { size });
                for digit in digits {
                    self.out.extend(digit.to_le_bytes());
                }
            }
            Const::Float(bits) => self.out.extend(bits.to_le_bytes()),
            Const::Complex(real, imaginary) => {
                self.out.extend(real.to_le_bytes());
                self.out.extend(imaginary.to_le_bytes());
            }
            Const::Bytes(bytes) => {
                self.length(bytes.len());
                self.out.extend(bytes);
            }
            Const::Str { form, bytes } => {
                match form {
                    StrForm::ShortAscii | StrForm::ShortAsciiInterned => {
                        self.out.push(bytes.len() as u8);
                    }
                    _ => self.length(bytes.len()),
                }
                self.out.extend(bytes);
            }
            Const::Tuple { small, items } => {
                if *small {
                    self.out.push(items.len() as u8);
                } else {
                    self.length(items.len());
                }
                self.slots(items);
            }
            Const::List(items) | Const::Set(items) | Const::FrozenSet(items) => {
                self.length(items.len());
                self.slots(items);
            }
            Const::Dict(items) => {
                for &(key, value) in items {
                    self.slots(&[key, value]);
                }
                self.out.push(b'0');
            }
            Const::Code(code) => self.code(code),
        }
    }

    fn code(&mut self, code: &CodeObject) {
        self.int(code.arg_count);
        self.int(code.pos_only_arg_count);
        self.int(code.kw_only_arg_count);
        self.int(code.stack_size);
        self.int(code.flags);
        self.slots(&[
            code.code,
            code.consts,
            code.names,
            code.local_names,
            code.local_kinds,
            code.filename,
            code.name,
            code.qualname,
        ]);
        self.int(code.first_line);
        self.slots(&[code.line_table, code.exception_table]);
    }
}

fn type_byte(value: &Const) -> u8 {
    match value {
        Const::None => b'N',
        Const::Bool(false) => b'F',
        Const::Bool(true) => b'T',
        Const::StopIteration => b'S',
        Const::Ellipsis => b'.',
        Const::Int(_) => b'i',
        Const::Long { .. } => b'l',
        Const::Float(_) => b'g',
        Const::Complex(..) => b'y',
        Const::Bytes(_) => b's',
        Const::Str { form, .. } => match form {
            StrForm::Unicode => b'u',
            StrForm::Interned => b't',
            StrForm::Ascii => b'a',
            StrForm::AsciiInterned => b'A',
            StrForm::ShortAscii => b'z',
            StrForm::ShortAsciiInterned => b'Z',
        },
        Const::Tuple { small: false, .. } => b'(',
        Const::Tuple { small: true, .. } => b')',
        Const::List(_) => b'[',
        Const::Dict(_) => b'{',
        Const::Set(_) => b'<',
        Const::FrozenSet(_) => b'>',
        Const::Code(_) => b'c',
    }
}
