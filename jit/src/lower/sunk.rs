//! Instances that need not be made: their attributes are values, until somebody wants the object.
//!
//! Invariants: all registers that hold one instance say the same of it ([`Lowering::changed_sunk`]); their memory owns nothing of
//! it. Its attributes are numbers and objects that the unit keeps alive, and its class has no finaliser, so that its end is
//! nothing to be seen. An exit lists it, and whoever leaves makes it, once for all slots that hold it. Where code runs that
//! could see it, or it goes where it is not followed, it is made ([`Lowering::realise`]), once for all registers.
//!
//! The idea is that of escape analysis with partial escapes: Stadler, Würthinger, Mössenböck, "Partial Escape Analysis and
//! Scalar Replacement for Java" (2014).

use fatjit_ir::{HelperId, Imm, ObjectId, Op, SlotValue, Sunk as Listed, Type, Value};

use super::state::{Mem, Rep, RepSlot, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{FieldId, Instance, OfNew, Reg};

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Attribute {
    Number(Type, Value),
    Object(ObjectId),
}

/// An instance that was not made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sunk {
    /// Tells it from others: the number of the first register that held it at the block's start, or, of a new one, a number
    /// beyond all registers.
    pub id: u32,
    pub class: ObjectId,
    pub make: HelperId,
    /// Zero, in whose word at an exit the object is kept.
    pub word: Value,
    /// By place, in the order in which they were set.
    pub attributes: Vec<(u32, Attribute)>,
}

impl Sunk {
    fn attribute(&self, place: u32) -> Option<Attribute> {
        let mut found = self.attributes.iter().filter(|(at, _)| *at == place);
        found.next().map(|(_, attribute)| *attribute)
    }

    /// As an exit lists it, under this number.
    pub(super) fn listed(&self, number: u32) -> SlotValue {
        let mut values = vec![self.word];
        let places = self.attributes.iter().map(|(place, attribute)| {
            let object = match attribute {
                Attribute::Number(_, value) => {
                    values.push(*value);
                    None
                }
                Attribute::Object(object) => Some(*object),
            };
            (*place, object)
        });
        SlotValue::Sunk(Box::new(Listed {
            number,
            class: self.class,
            places: places.collect(),
            values,
        }))
    }
}

impl Slot {
    /// Tells the instance that it holds, if that was not made.
    pub(super) fn sunk(&self) -> Option<&Sunk> {
        match &self.val {
            Val::Sunk(sunk) => Some(sunk),
            _ => None,
        }
    }

    fn holds(&self, id: u32) -> bool {
        self.sunk().is_some_and(|sunk| sunk.id == id)
    }
}

impl Lowering<'_> {
    /// The instance that a register holds or is the address of, if it was not made.
    fn sunk_at(&self, reg: Reg) -> Option<Sunk> {
        match &self.slot(reg).val {
            Val::Sunk(sunk) => Some((**sunk).clone()),
            Val::SunkAddress(id, _) => {
                let mut held = self.regs.iter().filter_map(Slot::sunk);
                held.find(|sunk| sunk.id == *id).cloned()
            }
            _ => None,
        }
    }

    /// Puts a new instance into a stack slot without making it.
    pub(super) fn sink(&mut self, reg: Reg, instance: Instance) {
        let id = self.region.regs + self.sunken;
        self.sunken += 1;
        let word = self.int(0);
        *self.slot_mut(reg) = Slot::computed(Val::Sunk(Box::new(Sunk {
            id,
            class: instance.class,
            make: instance.make,
            word,
            attributes: Vec::new(),
        })));
    }

    /// The address of an instance that was not made, in a temporary. Whether it is one.
    pub(super) fn address_of_sunk(&mut self, dst: Reg, src: Reg) -> Result<bool, LowerError> {
        let Some(id) = self.slot(src).sunk().map(|sunk| sunk.id) else {
            return Ok(false);
        };
        self.set_val(dst, Val::SunkAddress(id, None))?;
        Ok(true)
    }

    /// Reads a field of an instance that was not made. Whether it is one, and the field is one that is known of it.
    pub(super) fn read_sunk(
        &mut self,
        dst: Reg,
        from: Reg,
        field: FieldId,
    ) -> Result<bool, LowerError> {
        let Some(sunk) = self.sunk_at(from) else {
            return Ok(false);
        };
        match self.region.fields[field.index()].of_new {
            Some(OfNew::Class) => self.set_val(dst, Val::Object(sunk.class))?,
            Some(OfNew::Constant(word)) => {
                let value = self.int(word);
                self.set_number(dst, Type::I64, value)?;
            }
            Some(OfNew::Address) => self.set_val(dst, Val::SunkAddress(sunk.id, Some(field)))?,
            Some(OfNew::Attribute(place)) => match sunk.attribute(place) {
                Some(Attribute::Number(ty, value)) => self.set_number(dst, ty, value)?,
                Some(Attribute::Object(object)) => self.set_val(dst, Val::Object(object))?,
                None => self.set_val(dst, Val::Null)?,
            },
            None => return Ok(false),
        }
        Ok(true)
    }

    /// Sets an attribute of an instance that was not made to what a register holds, which ends there. Whether it is one, and
    /// such can be its attribute.
    pub(super) fn write_sunk(
        &mut self,
        to: Reg,
        field: FieldId,
        src: Reg,
        old: Reg,
    ) -> Result<bool, LowerError> {
        let Some(mut sunk) = self.sunk_at(to) else {
            return Ok(false);
        };
        let Some(OfNew::Attribute(place)) = self.region.fields[field.index()].of_new else {
            return Ok(false);
        };
        let attribute = match &self.slot(src).val {
            Val::Int(v) => Attribute::Number(Type::I64, *v),
            Val::Float(v) => Attribute::Number(Type::F64, *v),
            Val::Bool(v) => Attribute::Number(Type::Bool, *v),
            Val::Object(object) if !self.region.lent.contains(object) => Attribute::Object(*object),
            _ => return self.write_made((to, &sunk), field, src, old),
        };
        self.guard_no_nan(src)?;
        self.kill(src)?;
        self.kill(old)?;
        match sunk.attributes.iter_mut().find(|(at, _)| *at == place) {
            Some((_, known)) => *known = attribute,
            None => sunk.attributes.push((place, attribute)),
        }
        self.changed_sunk(&sunk);
        Ok(true)
    }

    /// The same of what cannot be its attribute as long as it is not made: it is made.
    fn write_made(
        &mut self,
        (to, sunk): (Reg, &Sunk),
        field: FieldId,
        src: Reg,
        old: Reg,
    ) -> Result<bool, LowerError> {
        let mut regs = (0..self.region.regs).map(Reg);
        let holder = regs.find(|reg| self.slot(*reg).holds(sunk.id));
        if !holder.is_some_and(|holder| self.realise(holder)) {
            return Err(self.unexpected("write", to));
        }
        self.kill(old)?;
        let address = self.place("write", to, None, field)?;
        self.effect();
        // What is there is null, or a number or an object of the unit.
        let held = self.exchanged(src, address, field);
        self.emit(Op::DecRefPlain, &[held], Imm::None, None);
        Ok(true)
    }

    /// All registers that hold the instance hold it like this. An exit back to the instruction's start still lists what it was
    /// then.
    fn changed_sunk(&mut self, now: &Sunk) {
        for slot in &mut self.regs {
            if slot.holds(now.id) {
                slot.val = Val::Sunk(Box::new(now.clone()));
            }
        }
    }

    /// Whether a helper need not be called, as what it is given is an instance that was not made, or a number.
    pub(super) fn is_needless(
        &mut self,
        dst: Option<Reg>,
        helper: HelperId,
        args: &[Reg],
    ) -> Result<bool, LowerError> {
        let (Some(sinking), Some(first)) = (&self.region.sinking, args.first()) else {
            return Ok(false);
        };
        if sinking.added == helper {
            return Ok(self.sunk_at(*first).is_some());
        }
        let slot = self.slot(*first);
        let itself = slot.sunk().is_some() || slot.number().is_some() && slot.mem == Mem::Empty;
        if !sinking.gives_back.contains(&helper) || !itself {
            return Ok(false);
        }
        if let Some(dst) = dst.filter(|dst| dst != first) {
            self.move_reg(dst, *first)?;
        }
        Ok(true)
    }

    /// Whether two registers hold the same object, if that is known as one of them holds an instance that was not made.
    pub(super) fn same_sunk(&self, a: Reg, b: Reg) -> Option<bool> {
        let (a, b) = (self.slot(a).sunk(), self.slot(b).sunk());
        match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.map(|sunk| sunk.id) == b.map(|sunk| sunk.id)),
        }
    }

    /// If a register holds an instance that was not made, it is: all registers have the real one then. False if none of them
    /// has memory to keep it in.
    pub(super) fn realise(&mut self, reg: Reg) -> bool {
        let Some(sunk) = self.slot(reg).sunk().cloned() else {
            return true;
        };
        if self.at.is_none() {
            return true;
        }
        let holders = (0..self.region.regs).map(Reg);
        let holders: Vec<Reg> = holders.filter(|r| self.slot(*r).holds(sunk.id)).collect();
        let (owners, others): (Vec<Reg>, Vec<Reg>) =
            holders.into_iter().partition(|r| self.has_memory(*r));
        let home = owners.iter().find(|owner| **owner == reg);
        let Some(home) = home.or(owners.first()).copied() else {
            self.failed = Some(self.unexpected("made", reg));
            return false;
        };
        let made = self.built(&sunk);
        self.put_made(home, made);
        let object = self.slot_load(home);
        for owner in owners.iter().filter(|owner| **owner != home) {
            let own = self.pure(Op::IncRef, &[object]);
            self.put_made(*owner, own);
        }
        let lent = Slot {
            mem: Mem::Lent(object),
            ..Slot::REFERENCE
        };
        for other in others {
            *self.slot_mut(other) = lent.clone();
        }
        self.have_addresses(sunk.id, object);
        // The guards to come leave with the object that is there now.
        let resume = self.resume.take().filter(|resume| {
            let mut owners = owners.iter();
            owners.all(|owner| resume[owner.0 as usize].holds(sunk.id))
        });
        self.effect();
        self.resume = resume.map(|mut resume| {
            for (reg, slot) in (0..).map(Reg).zip(&mut resume) {
                if slot.holds(sunk.id) {
                    *slot = match owners.contains(&reg) {
                        true => Slot::REFERENCE,
                        false => lent.clone(),
                    };
                }
            }
            resume
        });
        true
    }

    /// The addresses of an instance that is made now.
    fn have_addresses(&mut self, id: u32, object: Value) {
        for reg in (0..self.region.regs).map(Reg) {
            let Val::SunkAddress(of, field) = self.slot(reg).val else {
                continue;
            };
            if of != id {
                continue;
            }
            let start = self.pure(Op::RefToPtr, &[object]);
            let address = match field {
                Some(field) => {
                    let at = self.at_field(field);
                    self.value(Op::LoadPtr, &[start], at, None)
                }
                None => start,
            };
            *self.slot_mut(reg) = Slot::computed(Val::Address(address));
        }
    }

    /// The locals that hold instances which were not made: code of the host might see them.
    fn seen(&self) -> impl Iterator<Item = Reg> + use<'_> {
        let locals = self.locals().chain(self.locals_of_guests());
        locals.filter(|local| self.slot(*local).sunk().is_some())
    }

    /// Whether code of the host might see an instance that was not made.
    pub(super) fn is_seen(&self) -> bool {
        self.seen().next().is_some()
    }

    /// Makes all instances that code of the host might see.
    pub(super) fn make_seen(&mut self) {
        let seen: Vec<Reg> = self.seen().collect();
        for local in seen {
            self.realise(local);
        }
    }

    fn put_made(&mut self, reg: Reg, own: Value) {
        if self.is_local(reg) {
            let old = self.slot_swap(reg, own);
            self.emit(Op::DecRefPlain, &[old], Imm::None, None);
        } else {
            self.slot_put(reg, own);
        }
        *self.slot_mut(reg) = Slot::REFERENCE;
    }

    /// The real object of an instance that only this register holds, which is empty then.
    pub(super) fn taken_sunk(&mut self, reg: Reg) -> Option<Value> {
        let sunk = self.slot(reg).sunk()?.clone();
        let alone = self.regs.iter().filter(|slot| slot.holds(sunk.id)).count() == 1;
        if !alone {
            return None;
        }
        let own = self.built(&sunk);
        *self.slot_mut(reg) = Slot::NONE;
        Some(own)
    }

    fn built(&mut self, sunk: &Sunk) -> Value {
        let class = self.value(Op::Object, &[], Imm::Object(sunk.class), None);
        let exit = self.no_memory_exit();
        let mut made = self.value(Op::Call, &[class], Imm::Helper(sunk.make), Some(exit));
        let Some(sinking) = self.region.sinking.clone() else {
            return made;
        };
        for (place, attribute) in &sunk.attributes {
            let place = self.int(i64::from(*place));
            let (kind, value) = match attribute {
                Attribute::Number(Type::F64, value) => (1, *value),
                Attribute::Number(Type::Bool, value) => (2, self.pure(Op::BoxB, &[*value])),
                Attribute::Number(_, value) => (0, *value),
                Attribute::Object(object) => {
                    (3, self.value(Op::Object, &[], Imm::Object(*object), None))
                }
            };
            let put = sinking.put[kind];
            let raises = self.region.helpers[put.index()].effects.raises;
            let exit = raises.then(|| self.no_memory_exit());
            made = self.value(Op::Call, &[made, place, value], Imm::Helper(put), exit);
        }
        made
    }
}

/// What is known of an attribute at a block's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum AttributeRep {
    Number(Type),
    Object(ObjectId),
}

/// What is known of an instance that was not made at a block's start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SunkRep {
    /// The first register that holds it.
    pub id: u32,
    pub class: ObjectId,
    pub make: HelperId,
    pub attributes: Vec<(u32, AttributeRep)>,
}

impl From<&Sunk> for SunkRep {
    fn from(sunk: &Sunk) -> SunkRep {
        let known = |(place, attribute): &(u32, Attribute)| {
            let rep = match attribute {
                Attribute::Number(ty, _) => AttributeRep::Number(*ty),
                Attribute::Object(object) => AttributeRep::Object(*object),
            };
            (*place, rep)
        };
        SunkRep {
            id: sunk.id,
            class: sunk.class,
            make: sunk.make,
            attributes: sunk.attributes.iter().map(known).collect(),
        }
    }
}

impl SunkRep {
    /// The types of the numbers that it is made of, if the register is the first that holds it.
    pub(super) fn numbers(&self, reg: u32) -> Vec<Type> {
        let numbers = self.attributes.iter().filter_map(|(_, rep)| match rep {
            AttributeRep::Number(ty) => Some(*ty),
            AttributeRep::Object(_) => None,
        });
        numbers.filter(|_| self.id == reg).collect()
    }
}

impl Sunk {
    /// The numbers that it is made of.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Value> + '_ {
        self.attributes
            .iter()
            .filter_map(|(_, attribute)| match attribute {
                Attribute::Number(_, value) => Some(*value),
                Attribute::Object(_) => None,
            })
    }

    /// With these numbers, at a block's start.
    pub(super) fn at_start(rep: &SunkRep, word: Value, numbers: &[Value]) -> Sunk {
        let mut numbers = numbers.iter();
        let attributes = rep.attributes.iter().filter_map(|(place, rep)| {
            let attribute = match rep {
                AttributeRep::Number(ty) => Attribute::Number(*ty, *numbers.next()?),
                AttributeRep::Object(object) => Attribute::Object(*object),
            };
            Some((*place, attribute))
        });
        Sunk {
            id: rep.id,
            class: rep.class,
            make: rep.make,
            word,
            attributes: attributes.collect(),
        }
    }
}

/// Names instances by the first registers that hold them.
pub(super) fn name_by_register(reps: &mut [RepSlot]) {
    let mut first: Vec<(u32, u32)> = Vec::new();
    for (at, rep) in (0..).zip(reps) {
        let Rep::Sunk(sunk) = &mut rep.rep else {
            continue;
        };
        match first.iter().find(|(id, _)| *id == sunk.id) {
            Some((_, register)) => sunk.id = *register,
            None => {
                first.push((sunk.id, at));
                sunk.id = at;
            }
        }
    }
}
