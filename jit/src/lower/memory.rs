//! Moving values into and out of the frame's memory, and releasing what it owns.

use fatjit_ir::{
    HelperId, Imm, ObjectId, Op, Reason, Resume, ShapeId, Slot as FrameSlot, Type, Value,
};

use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{Home, Point, Reg};

/// What is to be released.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held {
    /// What the memory of a register owns.
    Slot(Reg),
    /// This object, which is held by another.
    Lent(Value),
}

/// How a local keeps this value if its memory need not own an object for it.
pub(super) fn without_reference(source: &Slot) -> Option<Mem> {
    if let Mem::Argument(_) | Mem::Held(_) = source.mem {
        return Some(source.mem);
    }
    if source.sunk().is_some() {
        return Some(Mem::Stale);
    }
    source.number()?;
    match source.mem {
        Mem::OfUnit(_) | Mem::Lent(_) => Some(source.mem),
        Mem::Synced => None,
        _ if source.ident == Ident::Free => Some(Mem::Stale),
        _ => None,
    }
}

impl Lowering<'_> {
    pub(super) fn slot_load(&mut self, reg: Reg) -> Value {
        self.wants_memory(reg);
        self.value(Op::SlotLoad, &[], Imm::Slot(FrameSlot(reg.0)), None)
    }

    pub(super) fn slot_take(&mut self, reg: Reg) -> Value {
        self.wants_memory(reg);
        self.value(Op::SlotTake, &[], Imm::Slot(FrameSlot(reg.0)), None)
    }

    pub(super) fn slot_put(&mut self, reg: Reg, own: Value) {
        self.wants_memory(reg);
        self.emit(Op::SlotPut, &[own], Imm::Slot(FrameSlot(reg.0)), None);
    }

    pub(super) fn slot_swap(&mut self, reg: Reg, own: Value) -> Value {
        self.wants_memory(reg);
        self.value(Op::SlotSwap, &[own], Imm::Slot(FrameSlot(reg.0)), None)
    }

    /// A slot of a function whose operations stand in the region has none: the region is refused then.
    fn wants_memory(&mut self, reg: Reg) {
        if !self.has_memory(reg) {
            self.failed = Some(self.unexpected("memory", reg));
        }
    }

    /// The source instruction has had an effect: from here on no guard may resume at its start.
    pub(super) fn effect(&mut self) {
        self.resume = None;
        self.exits.clear();
    }

    /// Boxes a number; leaves with a MemoryError if that fails.
    pub(super) fn boxed(&mut self, val: &Val) -> Option<Value> {
        let (op, v) = match val {
            Val::Int(v) => (Op::BoxI, *v),
            Val::Float(v) => (Op::BoxF, *v),
            Val::Bool(v) => return Some(self.pure(Op::BoxB, &[*v])),
            _ => return None,
        };
        let exit = self.no_memory_exit();
        Some(self.value(op, &[v], Imm::None, Some(exit)))
    }

    /// Makes the real object of a virtual one.
    fn made(&mut self, shape: ShapeId, fields: &[Value]) -> Value {
        let Home::Made { make, .. } = self.region.shapes[shape.index()].home else {
            unreachable!("an object that is kept is in its slot");
        };
        let exit = self.no_memory_exit();
        self.value(Op::Call, fields, Imm::Helper(make), Some(exit))
    }

    /// A local whose memory holds, or is made to hold, the object of this number: where the frame will
    /// have it anyway, no second object need be made.
    fn local_with(&self, val: &Val) -> Option<Reg> {
        self.locals()
            .chain(self.locals_of_guests())
            .find(|r| self.slot(*r).mem == Mem::Synced && self.slot(*r).val == *val)
    }

    /// The object of a register that neither its memory nor the unit keeps alive, but a local, a caller or another object.
    pub(super) fn kept_elsewhere(&self, slot: &Slot) -> Option<Value> {
        match slot.mem {
            Mem::InLocal(_, object) | Mem::Lent(object) => Some(object),
            Mem::Argument(number) => Some(self.argument(number)),
            Mem::Held(name) => self.held_by_caller(name),
            _ => None,
        }
    }

    /// An owned reference to a register's value; the register's own memory is not touched.
    pub(super) fn owned_copy(&mut self, reg: Reg) -> Value {
        self.realise(reg);
        let slot = self.slot(reg).clone();
        if slot.mem == Mem::Synced {
            let object = self.slot_load(reg);
            return self.pure(Op::IncRef, &[object]);
        }
        if let Some(object) = self.kept_elsewhere(&slot) {
            return self.pure(Op::IncRef, &[object]);
        }
        if let Mem::OfUnit(object) = slot.mem {
            return self.owned_object(object);
        }
        match &slot.val {
            Val::Object(object) => self.owned_object(*object),
            Val::Virtual(shape, fields) => self.made(*shape, fields),
            Val::None
            | Val::Null
            | Val::Ref
            | Val::Plain
            | Val::Sunk(_)
            | Val::SunkAddress(..)
            | Val::Address(_) => self.pure(Op::NullOwn, &[]),
            number => match self.local_with(number) {
                Some(local) => {
                    let object = self.slot_load(local);
                    self.pure(Op::IncRef, &[object])
                }
                None => match self.boxed(number) {
                    Some(own) => own,
                    None => self.pure(Op::NullOwn, &[]),
                },
            },
        }
    }

    /// An owned reference to a register's value; the register becomes empty.
    pub(super) fn taken(&mut self, reg: Reg) -> Value {
        if let Some(own) = self.taken_sunk(reg) {
            return own;
        }
        let own = match self.slot(reg).mem {
            Mem::Synced if !self.is_local(reg) => self.slot_take(reg),
            _ => self.owned_copy(reg),
        };
        *self.slot_mut(reg) = Slot::NONE;
        own
    }

    fn owned_object(&mut self, object: ObjectId) -> Value {
        let object = self.value(Op::Object, &[], Imm::Object(object), None);
        self.pure(Op::IncRef, &[object])
    }

    /// Makes a stack slot's memory own its value.
    pub(super) fn materialise(&mut self, reg: Reg) {
        if self.at.is_none() {
            return;
        }
        if self.slot(reg).sunk().is_some() {
            self.realise(reg);
            return;
        }
        if self.slot(reg).mem == Mem::Synced {
            return self.write_back(reg);
        }
        if !self.has_memory(reg) {
            self.failed = Some(self.unexpected("made", reg));
            return;
        }
        if self.is_local(reg) {
            return self.sync_local(reg);
        }
        let own = self.owned_copy(reg);
        self.effect();
        self.slot_put(reg, own);
        let slot = self.slot_mut(reg);
        slot.mem = Mem::Synced;
        if slot.number().is_none() && slot.val != Val::Plain {
            slot.val = Val::Ref;
        }
    }

    fn sync_local(&mut self, local: Reg) {
        if self.slot(local).sunk().is_some() {
            self.realise(local);
            return;
        }
        if !matches!(
            self.slot(local).mem,
            Mem::Stale | Mem::OfUnit(_) | Mem::Argument(_) | Mem::Lent(_)
        ) {
            return;
        }
        let own = self.owned_copy(local);
        let old = self.slot_swap(local, own);
        self.emit(Op::DecRefPlain, &[old], Imm::None, None);
        self.slot_mut(local).mem = Mem::Synced;
    }

    /// Brings the memory of all locals up to date, for code that may look at the frame.
    pub(super) fn sync_locals(&mut self) {
        let all: Vec<Reg> = self.locals().chain(self.locals_of_guests()).collect();
        for local in all {
            self.sync_local(local);
        }
    }

    /// Gives every stack slot that only borrows (from one local, or from any) a reference of its own,
    /// or, for numbers whose identity is free, forgets where the object was.
    pub(super) fn settle_aliases(&mut self, of: Option<Reg>) {
        for reg in self.stack_slots() {
            let Mem::InLocal(local, _) = self.slot(reg).mem else {
                continue;
            };
            if of.is_some_and(|of| of.0 != local) {
                continue;
            }
            if self.slot(reg).ident != Ident::Free || self.slot(reg).number().is_none() {
                self.materialise(reg);
            } else {
                self.slot_mut(reg).mem = Mem::Empty;
            }
        }
    }

    /// Gives every stack slot that holds an object which the unit does not keep alive a reference of its own:
    /// code is about to run that may be the object's end.
    pub(super) fn settle_objects(&mut self) {
        if self.region.lent.is_empty() {
            return;
        }
        for reg in self.stack_slots() {
            let slot = self.slot(reg);
            let lent = matches!(&slot.val, Val::Object(o) if self.region.lent.contains(o));
            if lent && slot.mem != Mem::Synced {
                self.materialise(reg);
            }
        }
    }

    /// Puts all that code of the host may see into the frame.
    pub(super) fn publish(&mut self) {
        self.settle_borrowed();
        self.settle_objects();
        self.sync_locals();
        self.write_all_back();
        let position = Imm::Position(self.here.position);
        self.emit(Op::Position, &[], position, None);
    }

    /// Takes an object out of a register's memory by `take`, which also brings the registers' state up to
    /// date, and releases it. If that may run code, it happens with an honest frame and only in a cold
    /// block; the interpreter could go on at `behind`.
    ///
    /// `take` runs once for each of the two paths, so it must do the same each time.
    pub(super) fn release(
        &mut self,
        held: Held,
        plain: bool,
        behind: Option<Point>,
        take: impl Fn(&mut Self) -> Value,
    ) {
        self.effect();
        if plain {
            let own = take(self);
            self.emit(Op::DecRefPlain, &[own], Imm::None, None);
            return;
        }
        // What code sees and may change is the same on both paths.
        self.make_seen();
        // Code that runs on one path ends every borrow, so none may be open on either.
        self.settle_borrowed();
        self.settle_objects();
        let object = self.held(held);
        let last = self.pure(Op::IsLastRef, &[object]);
        let cold = self.unit.add_block();
        let warm = self.unit.add_block();
        let join = self.unit.add_block();
        self.unit.block_mut(cold).cold = true;
        self.branch_plain(last, cold, warm);

        let before = self.regs.clone();
        self.at = Some(cold);
        self.publish();
        let own = take(self);
        self.emit(Op::DecRef, &[own], Imm::None, None);
        match behind {
            Some(behind) => self.leave_if_disturbed(behind),
            None => self.owed = true,
        }
        self.jump_plain(join);

        self.regs = before;
        self.at = Some(warm);
        let own = take(self);
        self.emit(Op::DecRefPlain, &[own], Imm::None, None);
        self.jump_plain(join);
        self.at = Some(join);
    }

    /// Before a release that might run code: leaves if it might, where that is better than to let it. That is
    /// in a function, and where something is lent, which would end, or an instance would have to be made; and where the check behind it comes so late
    /// that names might have other homes by then. Tells whether it guarded.
    pub(super) fn guard_shared(&mut self, held: Held) -> Result<bool, LowerError> {
        let alone = self.region.alone.map(|of| of[usize::from(self.lends())]);
        self.guard_release_of(held, alone)
    }

    /// The same of one of several things that are released together.
    pub(super) fn guard_shared_among(&mut self, held: Held) -> Result<bool, LowerError> {
        self.guard_release_of(held, None)
    }

    fn guard_release_of(
        &mut self,
        held: Held,
        alone: Option<HelperId>,
    ) -> Result<bool, LowerError> {
        let late = self.region.names > 0 && matches!(held, Held::Lent(_));
        let reason = match self.runs_no_code() || late {
            true => Reason::Release,
            false => Reason::LastReference,
        };
        let often = self.region.releasing.contains(&self.here.position);
        let loses = self.lends() || self.is_seen();
        if reason != Reason::Release && (self.resume.is_none() || !loses || often) {
            return Ok(false);
        }
        let object = self.held(held);
        let last = self.pure(Op::IsLastRef, &[object]);
        match alone.or(self.region.harmless.filter(|_| !self.lends())) {
            Some(harmless) => self.guard_harmless(object, last, harmless, reason)?,
            None => self.guard_not(last, reason)?,
        }
        Ok(true)
    }

    /// Leaves if this is the last reference to an object, unless its release runs no code.
    fn guard_harmless(
        &mut self,
        object: Value,
        last: Value,
        harmless: HelperId,
        reason: Reason,
    ) -> Result<(), LowerError> {
        let exit = self.guard_exit(reason)?;
        let (asked, on) = (self.unit.add_block(), self.unit.add_block());
        self.branch_plain(last, asked, on);
        self.at = Some(asked);
        let answer = self.value(Op::Call, &[object], Imm::Helper(harmless), None);
        let no = self.int(0);
        let yes = self.pure(Op::INe, &[answer, no]);
        self.emit(Op::Guard, &[yes], Imm::None, Some(exit));
        self.jump_plain(on);
        self.at = Some(on);
        Ok(())
    }

    fn held(&mut self, held: Held) -> Value {
        match held {
            Held::Slot(reg) => self.slot_load(reg),
            Held::Lent(object) => object,
        }
    }

    pub(super) fn leave_if_disturbed(&mut self, behind: Point) {
        let disturbed = self.pure(Op::Disturbed, &[]);
        let exit = self.exit_now(Reason::Disturbed, Resume::At, behind);
        self.emit(Op::GuardNot, &[disturbed], Imm::None, Some(exit));
    }

    /// Empties a register that holds a number, a constant, a borrowed reference or nothing.
    pub(super) fn kill(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg).clone();
        if self.has_memory(reg) && slot.mem == Mem::Synced {
            if !slot.is_plain() || self.is_local(reg) {
                return Err(self.unexpected("kill", reg));
            }
            self.effect();
            let own = self.slot_take(reg);
            self.emit(Op::DecRefPlain, &[own], Imm::None, None);
        }
        *self.slot_mut(reg) = Slot::NONE;
        Ok(())
    }

    /// Empties a stack slot or temporary, whatever it holds.
    pub(super) fn drop_reg(&mut self, reg: Reg, behind: Point) -> Result<(), LowerError> {
        let slot = self.slot(reg);
        if self.is_local(reg) {
            return Err(self.unexpected("drop", reg));
        }
        if slot.mem != Mem::Synced || slot.is_plain() {
            return self.kill(reg);
        }
        let plain = self.guard_shared(Held::Slot(reg))?;
        self.release_reg(reg, plain, behind);
        Ok(())
    }

    fn release_reg(&mut self, reg: Reg, plain: bool, behind: Point) {
        self.release(Held::Slot(reg), plain, Some(behind), |l| {
            let own = l.slot_take(reg);
            *l.slot_mut(reg) = Slot::NONE;
            own
        });
    }

    /// Two stack slots change their values, and one is emptied. In a function, whether the release might run code is asked
    /// before the change, which is an effect: a guard could not stand behind it.
    pub(super) fn swap_and_drop(
        &mut self,
        (a, b): (Reg, Reg),
        reg: Reg,
        behind: Point,
    ) -> Result<(), LowerError> {
        let before = match reg {
            _ if reg == a => b,
            _ if reg == b => a,
            _ => reg,
        };
        let slot = self.slot(before);
        let owned = slot.mem == Mem::Synced && !slot.is_plain() && !self.is_local(before);
        if !self.runs_no_code() || !owned {
            self.swap(a, b)?;
            return self.drop_reg(reg, behind);
        }
        let plain = self.guard_shared(Held::Slot(before))?;
        self.swap(a, b)?;
        self.release_reg(reg, plain, behind);
        Ok(())
    }

    /// The same where that runs no code.
    pub(super) fn discard(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg);
        if self.is_local(reg) {
            return Err(self.unexpected("discard", reg));
        }
        if slot.mem != Mem::Synced || slot.is_plain() {
            return self.kill(reg);
        }
        self.effect();
        let own = self.slot_take(reg);
        *self.slot_mut(reg) = Slot::NONE;
        self.emit(Op::DecRefPlain, &[own], Imm::None, None);
        Ok(())
    }

    /// Sets a stack slot or temporary to a number that native code computed.
    pub(super) fn set_number(
        &mut self,
        reg: Reg,
        ty: Type,
        value: Value,
    ) -> Result<(), LowerError> {
        if self.is_local(reg) {
            return Err(self.unexpected("write", reg));
        }
        self.kill(reg)?;
        *self.slot_mut(reg) = Slot::computed(super::number(ty, value));
        Ok(())
    }

    /// Moves a value into a local and releases what was there.
    pub(super) fn store(
        &mut self,
        local: Reg,
        src: Reg,
        behind: Option<Point>,
    ) -> Result<(), LowerError> {
        if !self.is_local(local) || self.slot(src).val == Val::None {
            return Err(self.unexpected("store", src));
        }
        if self.is_spliced(local) {
            return self.store_spliced(local, src);
        }
        let held = Held::Slot(local);
        let plain = self.slot(local).is_plain() || self.guard_shared(held)?;
        // Whatever still borrows the local's old object must own it before that is released.
        self.settle_aliases(Some(local));
        let source = self.slot(src).clone();
        if let (true, Some(mem)) = (self.slot(local).is_plain(), without_reference(&source)) {
            // The memory keeps what it has, which is plain; an exit or a call brings it up to date. So a guard
            // behind this can still resume at the instruction's start.
            *self.slot_mut(src) = Slot::NONE;
            *self.slot_mut(local) = Slot { mem, ..source };
            return Ok(());
        }
        self.release(held, plain, behind, |l| {
            let source = l.slot(src).clone();
            // Code that the release runs sees a name hold the new value.
            let kept = without_reference(&source).filter(|_| !l.is_name(local));
            let new = match source.mem {
                Mem::Synced => l.slot_take(src),
                _ if kept.is_some() => l.pure(Op::NullOwn, &[]),
                _ => l.owned_copy(src),
            };
            *l.slot_mut(src) = Slot::NONE;
            let old = l.slot_swap(local, new);
            let kept_val = source.number().is_some()
                || source.val == Val::Plain
                || source.sunk().is_some() && kept.is_some();
            *l.slot_mut(local) = Slot {
                val: if kept_val { source.val } else { Val::Ref },
                mem: kept.unwrap_or(Mem::Synced),
                ident: source.ident,
            };
            old
        });
        Ok(())
    }

    /// Makes a local unbound.
    pub(super) fn unbind(&mut self, local: Reg, behind: Point) -> Result<(), LowerError> {
        if self.is_name(local) || self.is_spliced(local) {
            return Err(self.unexpected("unbind", local));
        }
        let held = Held::Slot(local);
        let plain = self.slot(local).is_plain() || self.guard_shared(held)?;
        self.settle_aliases(Some(local));
        self.release(held, plain, Some(behind), |l| {
            let own = l.slot_take(local);
            *l.slot_mut(local) = Slot::REFERENCE;
            own
        });
        Ok(())
    }

    /// Moves a local's value, or null, into an empty stack slot.
    pub(super) fn take_local(&mut self, dst: Reg, local: Reg) -> Result<(), LowerError> {
        let (taken, into) = (
            self.is_local(local) && !self.is_name(local),
            self.is_local(dst),
        );
        if !taken || into || !self.has_memory(dst) {
            return Err(self.unexpected("take", local));
        }
        self.settle_aliases(Some(local));
        self.effect();
        let source = std::mem::replace(self.slot_mut(local), Slot::REFERENCE);
        let own = self.slot_take(local);
        if source.mem == Mem::Synced {
            self.slot_put(dst, own);
            *self.slot_mut(dst) = source;
        } else {
            self.emit(Op::DecRefPlain, &[own], Imm::None, None);
            let mem = match source.mem {
                Mem::OfUnit(_) | Mem::Argument(_) | Mem::Lent(_) => source.mem,
                _ => Mem::Empty,
            };
            *self.slot_mut(dst) = Slot { mem, ..source };
        }
        Ok(())
    }

    /// A second copy of a value in an empty register.
    pub(super) fn copy(&mut self, dst: Reg, src: Reg) -> Result<(), LowerError> {
        let source = self.slot(src).clone();
        if source.val == Val::None || self.is_local(dst) {
            return Err(self.unexpected("copy", src));
        }
        if matches!(source.val, Val::Virtual(..)) {
            // Two names for one object: it has to be a real one.
            self.materialise(src);
            return self.copy(dst, src);
        }
        if self.is_spliced(dst) {
            let mem = match source.mem {
                Mem::OfUnit(_) | Mem::Argument(_) | Mem::Held(_) | Mem::Lent(_) => source.mem,
                Mem::Synced => return Err(self.unexpected("copy", src)),
                _ => Mem::Empty,
            };
            *self.slot_mut(dst) = Slot { mem, ..source };
            return Ok(());
        }
        if !self.has_memory(dst) {
            *self.slot_mut(dst) = match source.mem {
                Mem::Held(_) => source,
                Mem::Lent(_) => source,
                _ => Slot::computed(source.val),
            };
            return Ok(());
        }
        if self.is_local(src) && source.mem == Mem::Synced {
            let object = self.slot_load(src);
            let mem = Mem::InLocal(src.0, object);
            *self.slot_mut(dst) = Slot { mem, ..source };
            return Ok(());
        }
        if source.mem == Mem::Synced && (source.ident != Ident::Free || source.number().is_none()) {
            let own = self.owned_copy(src);
            self.slot_put(dst, own);
            self.effect();
            *self.slot_mut(dst) = source;
            return Ok(());
        }
        let mem = match source.mem {
            Mem::InLocal(..) | Mem::OfUnit(_) | Mem::Argument(_) | Mem::Held(_) | Mem::Lent(_) => {
                source.mem
            }
            _ => Mem::Empty,
        };
        *self.slot_mut(dst) = Slot { mem, ..source };
        Ok(())
    }

    /// Moves a value between stack slots and temporaries.
    pub(super) fn move_reg(&mut self, dst: Reg, src: Reg) -> Result<(), LowerError> {
        if self.is_local(dst) || self.is_local(src) {
            return Err(self.unexpected("move", src));
        }
        let source = std::mem::replace(self.slot_mut(src), Slot::NONE);
        if source.mem == Mem::Synced {
            if !self.has_memory(dst) {
                return Err(self.unexpected("move", src));
            }
            self.effect();
            let own = self.slot_take(src);
            self.slot_put(dst, own);
        }
        *self.slot_mut(dst) = source;
        Ok(())
    }

    /// Two stack slots change their values.
    pub(super) fn swap(&mut self, a: Reg, b: Reg) -> Result<(), LowerError> {
        if self.is_local(a) || self.is_local(b) || !self.is_slot(a) || !self.is_slot(b) {
            return Err(self.unexpected("swap", a));
        }
        let owned = |l: &Self, r: Reg| l.slot(r).mem == Mem::Synced;
        let (from_a, from_b) = (owned(self, a), owned(self, b));
        if from_a || from_b {
            self.effect();
        }
        let x = from_a.then(|| self.slot_take(a));
        let y = from_b.then(|| self.slot_take(b));
        if let Some(x) = x {
            self.slot_put(b, x);
        }
        if let Some(y) = y {
            self.slot_put(a, y);
        }
        self.regs.swap(a.0 as usize, b.0 as usize);
        Ok(())
    }
}
