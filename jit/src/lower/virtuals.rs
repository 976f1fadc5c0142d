//! Virtual objects: those whose fields live in registers.
//!
//! A shape whose objects are `Made` has none while they are virtual: the register's memory owns nothing. One whose
//! objects are `Kept` has its object in the stack slot all the time, so that its memory is `Synced`, but for the
//! fields, which run ahead of those in memory. Invariant: nobody but the slot refers to such an object, and where
//! code may run, or the object is anything but virtual, its fields are written back before.

use fatjit_ir::{Imm, Op, Reason, ShapeId, Value};

use super::state::{Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{Home, Place, Reg};

impl Lowering<'_> {
    /// Whether objects of this shape stay where they are.
    pub(super) fn is_kept(&self, shape: ShapeId) -> bool {
        matches!(self.region.shapes[shape.index()].home, Home::Kept { .. })
    }

    /// Guards the register to hold a virtual object of this shape.
    pub(super) fn guard_virtual(&mut self, reg: Reg, shape: ShapeId) -> Result<(), LowerError> {
        self.read_virtual(reg, shape, Reason::TypeChanged)?;
        if self.at.is_some() && self.slot(reg).mem == Mem::Synced && !self.is_kept(shape) {
            self.effect();
            self.disown(reg);
        }
        Ok(())
    }

    /// The register becomes a virtual object, or native code is left. Its memory still owns the real one.
    pub(super) fn read_virtual(
        &mut self,
        reg: Reg,
        shape: ShapeId,
        reason: Reason,
    ) -> Result<(), LowerError> {
        let slot = self.slot(reg).clone();
        if matches!(&slot.val, Val::Virtual(s, _) if *s == shape) {
            return Ok(());
        }
        let region = self.region;
        let info = &region.shapes[shape.index()];
        let only_made = matches!(&info.home, Home::Made { read, .. } if read.is_empty());
        if slot.val != Val::Ref || slot.mem != Mem::Synced || only_made || self.is_local(reg) {
            return self.leave(reason);
        }
        let object = self.slot_load(reg);
        let null = self.pure(Op::IsNull, &[object]);
        self.guard_not(null, reason)?;
        let is = self.value(Op::IsType, &[object], Imm::Type(info.ty), None);
        self.guard(is, reason)?;
        // Somebody else who holds it could see that it stands still.
        let last = self.pure(Op::IsLastRef, &[object]);
        self.guard(last, reason)?;
        let mut fields = Vec::new();
        match &info.home {
            Home::Made { read, .. } => {
                for read in read {
                    fields.push(self.value(Op::Call, &[object], Imm::Helper(*read), None));
                }
            }
            Home::Kept {
                fits,
                answer,
                places,
            } => {
                let fits = self.value(Op::Call, &[object], Imm::Helper(*fits), None);
                let answer = self.int(*answer);
                let fits = self.pure(Op::IEq, &[fits, answer]);
                self.guard(fits, reason)?;
                for place in places {
                    let address = self.reached(object, place);
                    let load = region.fields[place.field.index()].kind.load();
                    let at = self.at_field(place.field);
                    fields.push(self.value(load, &[address], at, None));
                }
            }
        }
        self.slot_mut(reg).val = Val::Virtual(shape, fields);
        Ok(())
    }

    /// The address of the object that a place is in.
    fn reached(&mut self, object: Value, place: &Place) -> Value {
        let mut address = self.pure(Op::RefToPtr, &[object]);
        for field in &place.through {
            let at = self.at_field(*field);
            address = self.value(Op::LoadPtr, &[address], at, None);
        }
        address
    }

    /// A new object that stays in its stack slot becomes virtual.
    pub(super) fn ahead(
        &mut self,
        reg: Reg,
        shape: ShapeId,
        fields: &[Reg],
    ) -> Result<(), LowerError> {
        if *self.slot(reg) != Slot::REFERENCE || self.is_local(reg) || !self.is_kept(shape) {
            return Err(self.unexpected("ahead", reg));
        }
        let fields = self.field_values("ahead", fields)?;
        self.slot_mut(reg).val = Val::Virtual(shape, fields);
        Ok(())
    }

    /// The numbers that a virtual object is made of.
    pub(super) fn field_values(
        &self,
        op: &'static str,
        fields: &[Reg],
    ) -> Result<Vec<Value>, LowerError> {
        let number = |reg: &Reg| self.slot(*reg).number();
        let values = fields.iter();
        values
            .map(|reg| number(reg).ok_or_else(|| self.unexpected(op, *reg)))
            .collect()
    }

    /// Reads a field into a temporary or stack slot.
    pub(super) fn field(&mut self, dst: Reg, src: Reg, index: u32) -> Result<(), LowerError> {
        let Val::Virtual(shape, fields) = self.slot(src).val.clone() else {
            return Err(self.unexpected("field", src));
        };
        let ty = self.region.shapes[shape.index()].fields[index as usize];
        self.set_number(dst, ty, fields[index as usize])
    }

    /// Writes a field.
    pub(super) fn set_field(
        &mut self,
        object: Reg,
        index: u32,
        src: Reg,
    ) -> Result<(), LowerError> {
        let refused = Err(self.unexpected("set field", object));
        let Some(value) = self.slot(src).number() else {
            return Err(self.unexpected("set field", src));
        };
        match &self.slot(object).val {
            Val::Virtual(shape, _)
                if self.slot(object).mem != Mem::Synced || self.is_kept(*shape) => {}
            _ => return refused,
        }
        self.effect();
        match &mut self.slot_mut(object).val {
            Val::Virtual(_, fields) => fields[index as usize] = value,
            _ => return refused,
        }
        Ok(())
    }

    /// Writes the fields of an object that stayed in its slot back to it, if that is what a register holds; it is
    /// virtual no more.
    pub(super) fn write_back(&mut self, reg: Reg) {
        let slot = self.slot(reg).clone();
        let (Val::Virtual(shape, fields), Mem::Synced) = (slot.val, slot.mem) else {
            return;
        };
        let region = self.region;
        let Home::Kept { places, .. } = &region.shapes[shape.index()].home else {
            return;
        };
        let object = self.slot_load(reg);
        for (place, value) in places.iter().zip(fields) {
            let address = self.reached(object, place);
            let store = region.fields[place.field.index()].kind.store();
            let at = self.at_field(place.field);
            self.emit(store, &[address, value], at, None);
        }
        self.slot_mut(reg).val = Val::Ref;
    }

    /// The same for all stack slots.
    pub(super) fn write_all_back(&mut self) {
        for reg in self.stack_slots() {
            self.write_back(reg);
        }
    }
}
