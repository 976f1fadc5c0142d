//! What a body names, in the unit that it becomes part of.
//!
//! Invariant: ids of a body mean nothing in another unit. Types, shapes, helpers and parts of memory are told by
//! their names; objects and compiled functions are the body's own, and are appended to the unit's.

use super::Known;
use crate::exit::{FrameState, SlotValue};
use crate::types::{HelperId, MemoryId, NativeId, ShapeId, TypeId};
use crate::unit::{Helper, Imm, Unit};

/// What the ids of a body are in a unit. By default what they are in the body: it is the unit's own.
#[derive(Debug, Default)]
pub(super) struct Adopted {
    objects: u32,
    natives: u32,
    types: Vec<TypeId>,
    shapes: Vec<ShapeId>,
    memories: Vec<MemoryId>,
    helpers: Vec<HelperId>,
}

impl Adopted {
    /// Makes all that a body names known to the unit, in which its objects and compiled functions are known already.
    pub(super) fn new(unit: &mut Unit, body: &Unit, known: Known) -> Adopted {
        let Known { objects, natives } = known;
        let memories: Vec<MemoryId> = body
            .memories
            .iter()
            .map(|memory| unit.declare_memory(&memory.name, memory.kind))
            .collect();
        let mut helpers = Vec::new();
        for helper in &body.helpers {
            let parts = helper.writes_only.iter();
            helpers.push(unit.declare_helper(Helper {
                writes_only: parts.map(|id| memories[id.index()]).collect(),
                ..helper.clone()
            }));
        }
        Adopted {
            objects,
            natives,
            types: places(&mut unit.types, &body.types).map(TypeId).collect(),
            shapes: places(&mut unit.shapes, &body.shapes)
                .map(ShapeId)
                .collect(),
            memories,
            helpers,
        }
    }

    /// The immediate of a copied instruction.
    pub(super) fn imm(&self, imm: &mut Imm) {
        match imm {
            Imm::Object(id) => id.0 += self.objects,
            Imm::Native(id) => id.0 += self.natives,
            Imm::Type(id) => adopt(&self.types, id.index(), id),
            Imm::Helper(id) => adopt(&self.helpers, id.index(), id),
            Imm::Offset(_, Some(id)) => adopt(&self.memories, id.index(), id),
            _ => {}
        }
    }

    /// The frames of a copied exit, of a body of this function.
    pub(super) fn frames(&self, frames: &mut [FrameState], native: Option<NativeId>) {
        for frame in frames {
            frame.of = match frame.of {
                Some(inner) => Some(NativeId(inner.0 + self.natives)),
                None => native,
            };
            for (_, value) in &mut frame.slots {
                match value {
                    SlotValue::Object(id) => id.0 += self.objects,
                    SlotValue::Virtual(id, _) => adopt(&self.shapes, id.index(), id),
                    _ => {}
                }
            }
        }
    }
}

fn adopt<T: Copy>(known: &[T], index: usize, id: &mut T) {
    if let Some(adopted) = known.get(index) {
        *id = *adopted;
    }
}

/// Where the names stand in the unit's list, which gets those that are missing.
fn places(known: &mut Vec<String>, names: &[String]) -> impl Iterator<Item = u32> {
    let mut places = Vec::new();
    for name in names {
        let at = known.iter().position(|other| other == name);
        places.push(at.unwrap_or(known.len()) as u32);
        if at.is_none() {
            known.push(name.clone());
        }
    }
    places.into_iter()
}
