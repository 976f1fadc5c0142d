//! Reading and writing the memory of objects.
//!
//! A reference that was read is `Lent`: nobody counted it, the object it was read from keeps it alive. It
//! ends when code runs or when a reference is overwritten; before that, [`Lowering::settle_borrowed`] gives
//! whatever is still wanted a reference of its own. So an element that is only looked at costs no count.
//!
//! A float that only a container refers to may be overwritten in place: its value is therefore read from
//! memory that changes, never taken from an earlier `unbox` of what may be the same object.

use fatjit_ir::{Imm, ObjectId, Op, Reason, Type, TypeId, Value};

use super::memory::{Held, without_reference};
use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{
    BOOL_TYPE, FLOAT_TYPE, FieldId, GOp, INT_TYPE, Kind, OfNew, Point, Reg, Release, Seen,
};

/// A reference in an object's memory that is overwritten.
struct Overwritten {
    address: Value,
    field: FieldId,
    /// What is there now.
    old: Value,
    release: Release,
}

impl Lowering<'_> {
    pub(super) fn element(&mut self, op: &GOp) -> Result<(), LowerError> {
        match op {
            GOp::GuardType { reg, ty } => self.guard_type(*reg, *ty),
            GOp::GuardField { reg, field, object } => self.guard_field(*reg, *field, *object),
            GOp::GuardTold {
                reg,
                helper,
                reason,
            } => self.guard_told(*reg, *helper, *reason),
            GOp::GuardRelease { regs } => self.guard_release(regs),
            GOp::Exchange { from, a, b, field } => {
                let [a, b] = [
                    self.place("exchange", *from, Some(*a), *field)?,
                    self.place("exchange", *from, Some(*b), *field)?,
                ];
                let imm = self.at_field(*field);
                let x = self.value(Op::LoadPtr, &[a], imm.clone(), None);
                let y = self.value(Op::LoadPtr, &[b], imm.clone(), None);
                self.effect();
                self.emit(Op::StorePtr, &[a, y], imm.clone(), None);
                self.emit(Op::StorePtr, &[b, x], imm, None);
                Ok(())
            }
            GOp::AddressOf { dst, src } => {
                if self.address_of_sunk(*dst, *src)? {
                    return Ok(());
                }
                let Some(object) = self.looked_at(*src) else {
                    return self.leave(Reason::TypeChanged);
                };
                let address = self.pure(Op::RefToPtr, &[object]);
                self.set_val(*dst, Val::Address(address))
            }
            GOp::GuardLent { reg, kind } => match (self.slot(*reg).mem, kind) {
                (Mem::Lent(_), Seen::Int) => self.guard_kind(*reg, Type::I64),
                (Mem::Lent(_), Seen::Float) => self.guard_kind(*reg, Type::F64),
                (Mem::Lent(_), Seen::Bool) => self.guard_kind(*reg, Type::Bool),
                _ => Ok(()),
            },
            GOp::Read {
                dst,
                from,
                index,
                field,
            } => {
                if index.is_none() && self.read_sunk(*dst, *from, *field)? {
                    return Ok(());
                }
                let address = self.place("read", *from, *index, *field)?;
                self.read(*dst, address, *field)
            }
            GOp::Write {
                to,
                index,
                field,
                src,
            } => {
                let address = self.place("write", *to, *index, *field)?;
                let kind = self.region.fields[field.index()].kind;
                let value = match (kind, &self.slot(*src).val) {
                    (Kind::Address | Kind::Ref, _) => return Err(self.unexpected("write", *src)),
                    (Kind::F32 | Kind::F64, Val::Float(v)) => *v,
                    (_, Val::Int(v)) if !matches!(kind, Kind::F32 | Kind::F64) => *v,
                    _ => return Err(self.unexpected("write", *src)),
                };
                self.effect();
                let place = self.at_field(*field);
                self.emit(kind.store(), &[address, value], place, None);
                Ok(())
            }
            GOp::WriteRef {
                to,
                index,
                field,
                src,
                old,
                release,
            } => {
                if index.is_none() && self.write_sunk(*to, *field, *src, *old)? {
                    return Ok(());
                }
                let address = self.place("write", *to, *index, *field)?;
                let Mem::Lent(held) = self.slot(*old).mem else {
                    return Err(self.unexpected("write", *old));
                };
                *self.slot_mut(*old) = Slot::NONE;
                let place = Overwritten {
                    address,
                    field: *field,
                    old: held,
                    release: *release,
                };
                self.write_ref(*src, &place)
            }
            GOp::CheckIndex {
                dst,
                index,
                len,
                wrap,
            } => self.check_index(*dst, *index, *len, *wrap),
            GOp::Forgo { local } => {
                let slot = self.slot_mut(*local);
                if slot.number().is_some() && !matches!(slot.mem, Mem::OfUnit(_)) {
                    slot.ident = Ident::Free;
                    if let Mem::Lent(_) = slot.mem {
                        slot.mem = Mem::Stale;
                    }
                }
                Ok(())
            }
            GOp::Call { dst, helper, args } => self.call(*dst, *helper, args),
            other => unreachable!("`{other:?}` touches no object's memory"),
        }
    }

    fn guard_kind(&mut self, reg: Reg, ty: Type) -> Result<(), LowerError> {
        self.guard_number(reg, ty, Reason::TypeChanged)
    }

    /// Where a load or store of this field goes, from the object's or array's start.
    pub(super) fn at_field(&mut self, field: FieldId) -> Imm {
        let region = self.region;
        let info = &region.fields[field.index()];
        let memory = self.unit.declare_memory(info.memory, info.changed_by);
        Imm::Offset(info.offset, Some(memory))
    }

    /// The address that a field's offset counts from.
    pub(super) fn place(
        &mut self,
        op: &'static str,
        from: Reg,
        index: Option<Reg>,
        field: FieldId,
    ) -> Result<Value, LowerError> {
        let start = match self.slot(from).val {
            Val::Address(address) => address,
            _ => match self.looked_at(from) {
                Some(object) => self.pure(Op::RefToPtr, &[object]),
                None => return Err(self.unexpected(op, from)),
            },
        };
        let Some(index) = index else { return Ok(start) };
        let index = self.want_int(op, index)?;
        let size = self.region.fields[field.index()].kind.size();
        Ok(self.value(Op::PIndex, &[start, index], Imm::Int(size), None))
    }

    /// The object in a register, borrowed from whoever keeps it alive; none for a number without one.
    pub(super) fn looked_at(&mut self, reg: Reg) -> Option<Value> {
        self.realise(reg);
        let slot = self.slot(reg).clone();
        if let Some(object) = self.kept_elsewhere(&slot) {
            return Some(object);
        }
        match (slot.val, slot.mem) {
            (Val::Object(object), _) | (_, Mem::OfUnit(object)) => {
                Some(self.value(Op::Object, &[], Imm::Object(object), None))
            }
            (Val::Virtual(..), Mem::Synced) => Some(self.slot_load(reg)),
            (
                Val::Virtual(..)
                | Val::None
                | Val::Null
                | Val::Address(_)
                | Val::Sunk(_)
                | Val::SunkAddress(..),
                _,
            ) => None,
            (_, Mem::Synced) if self.has_memory(reg) => Some(self.slot_load(reg)),
            _ => None,
        }
    }

    /// Guards that a helper says yes of an object. It would of any number.
    fn guard_told(
        &mut self,
        reg: Reg,
        helper: fatjit_ir::HelperId,
        reason: Reason,
    ) -> Result<(), LowerError> {
        if self.slot(reg).number().is_some() {
            return Ok(());
        }
        let Some(object) = self.looked_at(reg) else {
            return self.leave(reason);
        };
        let told = self.value(Op::Call, &[object], Imm::Helper(helper), None);
        let zero = self.int(0);
        let yes = self.pure(Op::INe, &[told, zero]);
        self.guard(yes, reason)
    }

    fn guard_type(&mut self, reg: Reg, ty: TypeId) -> Result<(), LowerError> {
        let known = match self.slot(reg).val {
            Val::Int(_) => Some(INT_TYPE),
            Val::Float(_) => Some(FLOAT_TYPE),
            Val::Bool(_) => Some(BOOL_TYPE),
            Val::Virtual(shape, _) => Some(self.region.shapes[shape.index()].ty),
            _ => None,
        };
        let sunk = self.slot(reg).sunk().is_some();
        let object = match known {
            _ if sunk => None,
            Some(known) if known == ty => return Ok(()),
            Some(_) => None,
            None => self.looked_at(reg),
        };
        let Some(object) = object else {
            return self.leave(Reason::TypeChanged);
        };
        let is = self.value(Op::IsType, &[object], Imm::Type(ty), None);
        self.guard(is, Reason::TypeChanged)
    }

    fn guard_release(&mut self, regs: &[Reg]) -> Result<(), LowerError> {
        if !self.runs_no_code() {
            return Ok(());
        }
        let owned = regs.iter().copied().filter(|reg| {
            let slot = self.slot(*reg);
            slot.mem == Mem::Synced && !slot.is_plain()
        });
        let owned: Vec<Reg> = owned.collect();
        self.guard_releases(&owned)?;
        // What is only lent, and gets a reference of its own meanwhile, is still held by who lent it when that goes.
        let lent = regs.iter().copied().filter(|reg| {
            let slot = self.slot(*reg);
            matches!(slot.mem, Mem::Lent(_)) && slot.val == Val::Ref
        });
        let lent: Vec<Reg> = lent.collect();
        for reg in owned.into_iter().chain(lent) {
            self.slot_mut(reg).val = Val::Plain;
        }
        Ok(())
    }

    fn guard_field(
        &mut self,
        reg: Reg,
        field: FieldId,
        wanted: ObjectId,
    ) -> Result<(), LowerError> {
        if let (Some(OfNew::Class), Some(sunk)) = (
            self.region.fields[field.index()].of_new,
            self.slot(reg).sunk(),
        ) {
            return match sunk.class == wanted {
                true => Ok(()),
                false => self.leave(Reason::TypeChanged),
            };
        }
        let Some(object) = self.looked_at(reg) else {
            return self.leave(Reason::TypeChanged);
        };
        let address = self.pure(Op::RefToPtr, &[object]);
        let place = self.at_field(field);
        let held = self.value(Op::LoadPtr, &[address], place, None);
        let held = self.pure(Op::Lend, &[held]);
        let wanted = self.value(Op::Object, &[], Imm::Object(wanted), None);
        let same = self.pure(Op::Is, &[held, wanted]);
        self.guard(same, Reason::TypeChanged)
    }

    fn read(&mut self, dst: Reg, address: Value, field: FieldId) -> Result<(), LowerError> {
        let kind = self.region.fields[field.index()].kind;
        let place = self.at_field(field);
        let value = self.value(kind.load(), &[address], place, None);
        match kind {
            Kind::Address if self.has_memory(dst) => Err(self.unexpected("read", dst)),
            Kind::Address => self.set_val(dst, Val::Address(value)),
            Kind::F32 | Kind::F64 => self.set_number(dst, Type::F64, value),
            Kind::Ref => {
                let object = self.pure(Op::Lend, &[value]);
                self.set_val(dst, Val::Ref)?;
                self.slot_mut(dst).mem = Mem::Lent(object);
                Ok(())
            }
            _ => self.set_number(dst, Type::I64, value),
        }
    }

    /// Whether something is lent that would need a reference of its own if that ended.
    pub(super) fn lends(&self) -> bool {
        self.regs.iter().any(|slot| {
            matches!(slot.mem, Mem::Lent(_))
                && (slot.number().is_none() || slot.ident != Ident::Free)
        })
    }

    /// Gives what is lent a reference of its own, or, for numbers whose identity is free, forgets where the
    /// object was. Temporaries have no memory to keep one in: they are at their end.
    ///
    /// If all that ends is an object whose release ends no other, what is another object stays lent.
    pub(super) fn settle_lent(&mut self, but: Option<Reg>, ending: Option<Value>) {
        for i in 0..self.region.regs {
            let reg = Reg(i);
            let slot = self.slot(reg);
            let Mem::Lent(object) = slot.mem else {
                continue;
            };
            if but == Some(reg) || ending.is_some_and(|end| self.differ_in_type(object, end)) {
                continue;
            }
            let number = slot.number().is_some();
            if !number && self.is_spliced(reg) {
                self.failed = Some(self.unexpected("lent", reg));
            } else if number && (slot.ident == Ident::Free || !self.has_memory(reg)) {
                let local = self.is_local(reg);
                self.slot_mut(reg).mem = if local { Mem::Stale } else { Mem::Empty };
            } else if self.has_memory(reg) {
                self.materialise(reg);
            } else {
                *self.slot_mut(reg) = Slot::NONE;
            }
        }
    }

    /// The same for all that is borrowed, from locals too.
    pub(super) fn settle_borrowed(&mut self) {
        self.settle_aliases(None);
        self.settle_lent(None, None);
    }

    /// Whether guards right above say that two objects are of different types, so that they are not the same.
    fn differ_in_type(&self, a: Value, b: Value) -> bool {
        let types = (self.guarded_type(a), self.guarded_type(b));
        matches!(types, (Some(a), Some(b)) if a != b)
    }

    /// The type that a guard in the current block demands of an object.
    fn guarded_type(&self, object: Value) -> Option<TypeId> {
        let guards = self.unit.block(self.at?).insts.iter().rev();
        let guards = guards.map(|inst| self.unit.inst(*inst));
        let mut guards = guards.filter(|data| data.op == Op::Guard);
        guards.find_map(|guard| {
            let test = self.unit.def_inst(guard.args[0])?;
            match test.imm {
                Imm::Type(ty) if test.op == Op::IsType && test.args[0] == object => Some(ty),
                _ => None,
            }
        })
    }

    /// The value of a float. One that only another object keeps alive is read as it is now.
    pub(super) fn unboxed_float(&mut self, object: Value, lent: bool) -> Value {
        let Some(field) = self.region.float_value.filter(|_| lent) else {
            return self.value(Op::UnboxF, &[object], Imm::None, None);
        };
        let address = self.pure(Op::RefToPtr, &[object]);
        let place = self.at_field(field);
        self.value(Op::LoadF64, &[address], place, None)
    }

    fn check_index(
        &mut self,
        dst: Reg,
        index: Reg,
        len: Reg,
        wrap: bool,
    ) -> Result<(), LowerError> {
        let (mut index, len) = (self.want_int("index", index)?, self.want_int("index", len)?);
        let zero = self.int(0);
        if wrap {
            let negative = self.pure(Op::ILt, &[index, zero]);
            let added = self.pure(Op::SelectI, &[negative, len, zero]);
            index = self.pure(Op::IAdd, &[index, added]);
        }
        let above = self.pure(Op::IGe, &[index, zero]);
        let reason = match wrap {
            true => Reason::OutOfRange,
            // A negative index that counts from the end was not expected.
            false => Reason::TypeChanged,
        };
        self.guard(above, reason)?;
        let below = self.pure(Op::ILt, &[index, len]);
        self.guard(below, Reason::OutOfRange)?;
        self.set_number(dst, Type::I64, index)
    }

    fn write_ref(&mut self, src: Reg, place: &Overwritten) -> Result<(), LowerError> {
        let held = Held::Lent(place.old);
        if place.release == Release::Any {
            let plain = self.guard_shared(held)?;
            self.release(held, plain, None, |l| {
                l.exchanged(src, place.address, place.field)
            });
            return Ok(());
        }
        let source = self.slot(src).clone();
        self.effect();
        self.settle_lent(Some(src), Some(place.old));
        if let (Release::Float, Val::Float(value), Some(field)) =
            (place.release, &source.val, self.region.float_value)
            && source.ident == Ident::Free
            && source.mem != Mem::Synced
        {
            return self.overwrite_float(src, *value, field, place);
        }
        let old = self.exchanged(src, place.address, place.field);
        match place.release {
            // Its count is never lowered: the reference just goes.
            Release::Immortal => self.emit(Op::OwnToPtr, &[old], Imm::None, None),
            _ => self.emit(Op::DecRefPlain, &[old], Imm::None, None),
        };
        Ok(())
    }

    /// A float that nobody else refers to takes the value, else there is a new one.
    fn overwrite_float(
        &mut self,
        src: Reg,
        value: Value,
        field: FieldId,
        place: &Overwritten,
    ) -> Result<(), LowerError> {
        let last = self.pure(Op::IsLastRef, &[place.old]);
        let (same, new) = (self.unit.add_block(), self.unit.add_block());
        let join = self.unit.add_block();
        self.branch_plain(last, same, new);

        self.at = Some(same);
        let object = self.pure(Op::RefToPtr, &[place.old]);
        let imm = self.at_field(field);
        self.emit(Op::StoreF64, &[object, value], imm, None);
        self.jump_plain(join);

        self.at = Some(new);
        let old = self.exchanged(src, place.address, place.field);
        self.emit(Op::DecRefPlain, &[old], Imm::None, None);
        self.jump_plain(join);
        self.at = Some(join);
        Ok(())
    }

    /// Moves a register's value to the place, and gives what was there.
    pub(super) fn exchanged(&mut self, src: Reg, address: Value, field: FieldId) -> Value {
        let new = self.taken(src);
        let new = self.pure(Op::OwnToPtr, &[new]);
        let imm = self.at_field(field);
        let old = self.value(Op::LoadPtr, &[address], imm.clone(), None);
        self.emit(Op::StorePtr, &[address, new], imm, None);
        self.pure(Op::PtrToOwn, &[old])
    }

    /// Releases what is in a stack slot and puts a temporary's value there.
    pub(super) fn replace(&mut self, reg: Reg, src: Reg, behind: Point) -> Result<(), LowerError> {
        if self.is_local(reg) || !self.is_slot(reg) || self.is_slot(src) {
            return Err(self.unexpected("replace", reg));
        }
        if self.slot(reg).mem != Mem::Synced {
            self.kill(reg)?;
            return self.move_reg(reg, src);
        }
        self.realise(src);
        let held = Held::Slot(reg);
        let plain = self.slot(reg).is_plain() || self.guard_shared(held)?;
        let source = self.slot(src).clone();
        let lent = match source.mem {
            Mem::Lent(object) => Some(object),
            _ => None,
        };
        // A number whose object nobody asks for stays one; what is lent gets a reference before the lender goes.
        let kept = without_reference(&source).filter(|_| lent.is_none());
        self.release(held, plain, Some(behind), |l| {
            let new = match (lent, kept) {
                (Some(object), _) => l.pure(Op::IncRef, &[object]),
                (None, Some(_)) => l.pure(Op::NullOwn, &[]),
                (None, None) => {
                    *l.slot_mut(src) = source.clone();
                    l.owned_copy(src)
                }
            };
            *l.slot_mut(src) = Slot::NONE;
            let old = l.slot_swap(reg, new);
            let known = source.number().is_some() || source.val == Val::Plain;
            let mem = match kept {
                Some(Mem::Stale) => Mem::Empty,
                Some(mem) => mem,
                None => Mem::Synced,
            };
            *l.slot_mut(reg) = Slot {
                val: if known { source.val.clone() } else { Val::Ref },
                mem,
                ident: source.ident,
            };
            old
        });
        Ok(())
    }

    pub(super) fn call(
        &mut self,
        dst: Option<Reg>,
        helper: fatjit_ir::HelperId,
        args: &[Reg],
    ) -> Result<(), LowerError> {
        if self.is_needless(dst, helper, args)? {
            return Ok(());
        }
        let region = self.region;
        let declared = &region.helpers[helper.index()];
        if declared.params.len() != args.len() || declared.effects.runs_code {
            return Err(self.unexpected("call", args.first().copied().unwrap_or(Reg(0))));
        }
        let owned = |ty: &Type| *ty == Type::Own;
        let mut looked_at = Vec::with_capacity(args.len());
        for (reg, ty) in args.iter().zip(&declared.params) {
            looked_at.push(match ty {
                Type::Ref => self.looked_at(*reg),
                _ => None,
            });
        }
        if declared.effects.writes {
            self.effect();
        }
        if declared.ends_loans() {
            self.effect();
            // What it takes over need not be given a reference twice.
            let moved = args.iter().zip(&declared.params).find(|(_, ty)| owned(ty));
            self.settle_lent(moved.map(|(reg, _)| *reg), None);
        }
        if declared.params.iter().filter(|ty| owned(ty)).count() > 1 {
            // What is taken over must not be lost should there be no memory for the next.
            for (reg, _) in args
                .iter()
                .zip(&declared.params)
                .filter(|(_, ty)| owned(ty))
            {
                self.materialise(*reg);
            }
        }
        let mut values = Vec::with_capacity(args.len());
        for ((reg, ty), object) in args.iter().zip(&declared.params).zip(looked_at) {
            let value = match ty {
                Type::Ref => object,
                Type::Own => Some(self.taken(*reg)),
                Type::Ptr => match self.slot(*reg).val {
                    Val::Address(address) => Some(address),
                    _ => None,
                },
                _ => self.slot(*reg).number(),
            };
            values.push(value.ok_or_else(|| self.unexpected("call", *reg))?);
        }
        let exit = declared.effects.raises.then(|| {
            self.effect();
            if !region.is_frameless() && region.spliced_at(self.here.position).is_none() {
                // What it raises, it raises where the frame is.
                let position = Imm::Position(self.here.position);
                self.emit(Op::Position, &[], position, None);
            }
            self.raised_exit(self.here.depth)
        });
        let result = self.emit(Op::Call, &values, Imm::Helper(helper), exit);
        match (dst, result, declared.result) {
            (None, None, None) => Ok(()),
            (Some(dst), Some(own), Some(Type::Own)) if self.has_memory(dst) => {
                self.kill(dst)?;
                self.slot_put(dst, own);
                *self.slot_mut(dst) = Slot::REFERENCE;
                Ok(())
            }
            // An object that another one holds, or none.
            (Some(dst), Some(address), Some(Type::Ptr)) => {
                let object = self.pure(Op::Lend, &[address]);
                self.set_val(dst, Val::Ref)?;
                self.slot_mut(dst).mem = Mem::Lent(object);
                Ok(())
            }
            (Some(dst), Some(value), Some(ty @ (Type::I64 | Type::F64 | Type::Bool))) => {
                self.set_number(dst, ty, value)
            }
            _ => Err(self.unexpected("call", dst.unwrap_or(Reg(0)))),
        }
    }
}
