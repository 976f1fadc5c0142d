//! Elements of `array.array`, and what fits into elements that are numbers.
//!
//! The array's description, of which there is one for each type code, is guarded to be that of the code that was seen.
//! What does not fit an element is left to the interpreter, which raises.

use fatjit_ir::Reason;
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::containers::Array;
use super::fields::FieldName;
use super::{ARRAY_TYPE, Kinds, Translator};

/// A type code, by its number on the C side, and the element's field.
const FORMATS: [FieldName; 10] = [
    FieldName::ArrayI8,
    FieldName::ArrayU8,
    FieldName::ArrayI16,
    FieldName::ArrayU16,
    FieldName::ArrayI32,
    FieldName::ArrayU32,
    FieldName::ArrayI64,
    FieldName::ArrayI64,
    FieldName::ArrayF32,
    FieldName::ArrayF64,
];

/// The number of the type code that was seen, if it was one.
fn format(kinds: Kinds, element: Kinds) -> Option<usize> {
    let numbers = 0..FORMATS.len();
    let seen = |number: &usize| element.is(Kinds::from_bits(1 << number));
    numbers
        .into_iter()
        .find(seen)
        .filter(|_| kinds.only(Kinds::ARRAY))
}

impl Translator<'_> {
    /// An array whose type code was seen, which is guarded. Uses temporaries 4 and 5.
    pub(super) fn array(&mut self, container: Reg, kinds: Kinds, element: Kinds) -> Option<Array> {
        let format = format(kinds, element)?;
        let (found, wanted) = (self.temp(4), self.temp(5));
        self.push(GOp::GuardType {
            reg: container,
            ty: ARRAY_TYPE,
        });
        self.read_field(found, container, FieldName::ArrayDescription);
        self.constant_int(wanted, (self.source.array_description)(format as i32));
        self.compare(Cmp::Eq, found, found, wanted);
        self.push(GOp::GuardTrue {
            cond: found,
            reason: Reason::TypeChanged,
        });
        Some(Array {
            ty: ARRAY_TYPE,
            size: FieldName::ArraySize,
            start: Some(FieldName::ArrayStart),
            item: FORMATS[format],
        })
    }

    /// Guards a value to be what an element of an array can be; `false` if none such was seen.
    pub(super) fn guard_fits(&mut self, item: FieldName, value: Reg, kinds: Kinds) -> bool {
        let limits = match item {
            FieldName::ArrayF32 | FieldName::ArrayF64 if kinds.only(Kinds::FLOAT) => {
                self.push(GOp::GuardFloat { reg: value });
                return true;
            }
            _ if !kinds.only(Kinds::INT) => return false,
            FieldName::ArrayI8 => Some((i64::from(i8::MIN), i64::from(i8::MAX))),
            FieldName::ArrayU8 | FieldName::BytearrayItem => Some((0, i64::from(u8::MAX))),
            FieldName::ArrayI16 => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
            FieldName::ArrayU16 => Some((0, i64::from(u16::MAX))),
            FieldName::ArrayI32 => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
            FieldName::ArrayU32 => Some((0, i64::from(u32::MAX))),
            FieldName::ArrayI64 => None,
            _ => return false,
        };
        self.push(GOp::GuardInt { reg: value });
        if let Some((least, greatest)) = limits {
            let (bound, ok) = (self.temp(4), self.temp(5));
            for (cmp, limit) in [(Cmp::Ge, least), (Cmp::Le, greatest)] {
                self.constant_int(bound, limit);
                self.compare(cmp, ok, value, bound);
                self.push(GOp::GuardTrue {
                    cond: ok,
                    reason: Reason::OutOfRange,
                });
            }
        }
        true
    }
}
