//! The toy heap: objects with reference counts. Handles are never used again after their object was freed,
//! so that every use after free is seen.

use super::{Breach, Shown};

/// An object's place in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub u32);

/// What an object holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// An int object, of type `int`.
    Int(i64),
    /// An int wider than 64 bits, by its decimal digits; of type `int`.
    Wide(String),
    /// A float object, of type `float`.
    Float(f64),
    /// A truth object, of type `bool`.
    Bool(bool),
    /// Anything else: its type's name and a name of its own. Its release runs code.
    Other(String, String),
}

impl Payload {
    /// The name of the object's type.
    pub fn type_name(&self) -> &str {
        match self {
            Payload::Int(_) | Payload::Wide(_) => "int",
            Payload::Float(_) => "float",
            Payload::Bool(_) => "bool",
            Payload::Other(ty, _) => ty,
        }
    }

    pub(super) fn show(&self) -> Shown {
        match self {
            Payload::Int(n) => Shown::Int(*n),
            Payload::Wide(digits) => Shown::Object("int".to_owned(), digits.clone()),
            Payload::Float(x) => Shown::Float(x.to_bits()),
            Payload::Bool(b) => Shown::Bool(*b),
            Payload::Other(ty, name) => Shown::Object(ty.clone(), name.clone()),
        }
    }
}

#[derive(Clone, Debug)]
struct Object {
    payload: Payload,
    count: usize,
}

/// The objects.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    objects: Vec<Object>,
}

impl Heap {
    /// A new object; the caller owns the one reference to it.
    pub fn new_object(&mut self, payload: Payload) -> Handle {
        self.objects.push(Object { payload, count: 1 });
        Handle(self.objects.len() as u32 - 1)
    }

    /// What an object holds.
    ///
    /// # Errors
    /// If it was freed.
    pub fn get(&self, handle: Handle) -> Result<&Payload, Breach> {
        match self.objects.get(handle.0 as usize) {
            Some(object) if object.count > 0 => Ok(&object.payload),
            _ => Err(Breach::UseAfterFree),
        }
    }

    /// How many references an object has.
    ///
    /// # Errors
    /// If it was freed.
    pub fn count(&self, handle: Handle) -> Result<usize, Breach> {
        self.get(handle)?;
        Ok(self.objects[handle.0 as usize].count)
    }

    /// One more reference.
    ///
    /// # Errors
    /// If the object was freed.
    pub fn retain(&mut self, handle: Handle) -> Result<(), Breach> {
        self.get(handle)?;
        self.objects[handle.0 as usize].count += 1;
        Ok(())
    }

    /// One reference less; what the object held, if that freed it.
    ///
    /// # Errors
    /// If the object was freed before.
    pub fn release(&mut self, handle: Handle) -> Result<Option<Payload>, Breach> {
        self.get(handle)?;
        let object = &mut self.objects[handle.0 as usize];
        object.count -= 1;
        Ok((object.count == 0).then(|| object.payload.clone()))
    }

    /// Compares each object's count with the references that are known to exist.
    pub(super) fn audit(&self, known: impl Iterator<Item = Handle>) -> Result<(), Breach> {
        let mut found = vec![0; self.objects.len()];
        for handle in known {
            found[handle.0 as usize] += 1;
        }
        for (object, found) in self.objects.iter().zip(found) {
            if object.count != found {
                return Err(Breach::WrongCount {
                    object: object.payload.show().to_string(),
                    count: object.count,
                    found,
                });
            }
        }
        Ok(())
    }
}
