//! One operation of guarded bytecode at a time, but for arithmetic.

use fatjit_ir::{Imm, MemoryKind, ObjectId, Op, Reason, Resume, Type};

use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{GOp, Point, Reg};

impl Lowering<'_> {
    pub(super) fn op(&mut self, op: &GOp) -> Result<(), LowerError> {
        match op {
            GOp::At(point) => {
                self.go_to(*point);
                self.exits.clear();
                self.resume = Some(self.regs.clone());
            }
            GOp::Int { dst, value, object } => {
                let v = self.int(*value);
                self.set_constant(*dst, Type::I64, v, *object)?;
            }
            GOp::Float { dst, bits, object } => {
                let v = self.value(Op::FConst, &[], Imm::Float(*bits), None);
                self.set_constant(*dst, Type::F64, v, *object)?;
            }
            GOp::Bool { dst, value } => {
                let v = self.value(Op::BConst, &[], Imm::Bool(*value), None);
                self.set_number(*dst, Type::Bool, v)?;
            }
            GOp::Object { dst, object } => self.set_val(*dst, Val::Object(*object))?,
            GOp::Null { dst } => self.set_val(*dst, Val::Null)?,
            GOp::Itself { dst } => self.itself(*dst)?,
            GOp::Unlend { reg } => {
                if matches!(self.slot(*reg).mem, Mem::Lent(_)) {
                    self.kill(*reg)?;
                }
            }
            GOp::Copy { dst, src } => self.copy(*dst, *src)?,
            GOp::Move { dst, src } => self.move_reg(*dst, *src)?,
            GOp::Swap { a, b } => self.swap(*a, *b)?,
            GOp::Store { local, src, behind } => self.store(*local, *src, *behind)?,
            GOp::Drop { reg, behind } => self.drop_reg(*reg, *behind)?,
            GOp::Replace { reg, src, behind } => self.replace(*reg, *src, *behind)?,
            GOp::Discard { reg } => self.discard(*reg)?,
            GOp::TakeLocal { dst, local } => self.take_local(*dst, *local)?,
            GOp::Real { reg } => self.materialise(*reg),
            GOp::RealNumber { reg } => {
                if self.slot(*reg).number().is_some() {
                    self.materialise(*reg);
                }
            }
            GOp::Kill { reg } => self.kill(*reg)?,
            GOp::Unbind { local, behind } => self.unbind(*local, *behind)?,
            GOp::GuardBound { reg } => self.guard_bound(*reg)?,
            GOp::GuardInt { reg } => self.guard_number(*reg, Type::I64, Reason::TypeChanged)?,
            GOp::GuardVaried { reg } => self.guard_varied(*reg)?,
            GOp::GuardFloat { reg } => self.guard_number(*reg, Type::F64, Reason::TypeChanged)?,
            GOp::GuardBool { reg } => self.guard_number(*reg, Type::Bool, Reason::TypeChanged)?,
            GOp::GuardNumber { reg } => self.guard_any_number(*reg)?,
            GOp::IsNumber { reg } => {
                if *self.slot(*reg) == Slot::REFERENCE {
                    self.slot_mut(*reg).val = Val::Plain;
                }
            }
            GOp::Forget { reg } => *self.slot_mut(*reg) = Slot::NONE,
            GOp::GuardTrue { cond, reason } => {
                let cond = self.want_bool("guard", *cond)?;
                self.guard(cond, *reason)?;
            }
            GOp::GuardNull { reg } => self.guard_null(*reg)?,
            GOp::GuardObject { reg, object } => self.guard_object(*reg, *object)?,
            GOp::GuardVirtual { reg, shape } => self.guard_virtual(*reg, *shape)?,
            GOp::Same { dst, a, b } => self.same(*dst, *a, *b)?,
            GOp::NullTest { dst, src } => {
                let object = match self.slot(*src).val {
                    Val::Ref => match self.looked_at(*src) {
                        Some(object) => Some(object),
                        None => return Err(self.unexpected("null test", *src)),
                    },
                    Val::None | Val::Address(_) | Val::SunkAddress(..) => {
                        return Err(self.unexpected("null test", *src));
                    }
                    // Null, a number or an object.
                    _ => None,
                };
                let known = self.slot(*src).val == Val::Null;
                let null = match object {
                    Some(object) => self.pure(Op::IsNull, &[object]),
                    None => self.value(Op::BConst, &[], Imm::Bool(known), None),
                };
                self.set_number(*dst, Type::Bool, null)?;
            }
            GOp::SameObject { dst, src, object } => self.same_object(*dst, *src, *object)?,
            GOp::Virtual { dst, shape, fields } => {
                let values = self.field_values("virtual", fields)?;
                self.set_val(*dst, Val::Virtual(*shape, values))?;
            }
            GOp::Ahead { reg, shape, fields } => self.ahead(*reg, *shape, fields)?,
            GOp::Field { dst, src, index } => self.field(*dst, *src, *index)?,
            GOp::SetField { object, index, src } => self.set_field(*object, *index, *src)?,
            GOp::CallPure { dst, helper, args } => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args {
                    match self.slot(*arg).number() {
                        Some(v) => values.push(v),
                        None => return Err(self.unexpected("call", *arg)),
                    }
                }
                let ty = self.region.helpers[helper.index()].result;
                let v = self.value(Op::Call, &values, Imm::Helper(*helper), None);
                self.set_number(*dst, ty.unwrap_or(Type::I64), v)?;
            }
            GOp::CallNative {
                native,
                args,
                site,
                instance,
                operator,
            } => self.call_native((*native, args), *site, *instance, *operator)?,
            GOp::CallFramed {
                native,
                args,
                under,
                shown,
                instance,
                operator,
                packed,
            } => {
                let operands = (*under, *shown);
                self.call_framed((*native, args, packed), operands, *instance, *operator)?;
            }
            GOp::GuardType { .. }
            | GOp::GuardField { .. }
            | GOp::GuardTold { .. }
            | GOp::AddressOf { .. }
            | GOp::GuardRelease { .. }
            | GOp::Exchange { .. }
            | GOp::GuardLent { .. }
            | GOp::Read { .. }
            | GOp::Write { .. }
            | GOp::WriteRef { .. }
            | GOp::CheckIndex { .. }
            | GOp::Forgo { .. }
            | GOp::Call { .. } => self.element(op)?,
            GOp::Host { .. } => self.host(op)?,
            GOp::Adopt { reg } => {
                *self.slot_mut(*reg) = Slot::REFERENCE;
            }
            GOp::After(point) => self.leave_if_disturbed(*point),
            GOp::AfterOwed(point) => {
                if std::mem::take(&mut self.owed) {
                    self.leave_if_disturbed(*point);
                }
            }
            GOp::Poll => {
                let wanted = self.pure(Op::Poll, &[]);
                self.guard_not(wanted, Reason::Poll)?;
            }
            GOp::Tick { counter } => {
                let counter = self.value(Op::Object, &[], Imm::Object(*counter), None);
                let at = self.pure(Op::RefToPtr, &[counter]);
                let place = Imm::Offset(
                    0,
                    Some(self.unit.declare_memory("rounds", MemoryKind::Tally)),
                );
                let rounds = self.value(Op::LoadI64, &[at], place.clone(), None);
                let one = self.int(1);
                let rounds = self.pure(Op::IAdd, &[rounds, one]);
                self.emit(Op::StoreI64, &[at, rounds], place, None);
            }
            GOp::Begin {
                guest,
                depth,
                unbound,
            } => self.begin_guest(*guest, *depth, unbound)?,
            GOp::Park { guest } => self.park_guest(*guest)?,
            GOp::End { guest } => self.end_guest(*guest)?,
            GOp::BeginCall { call } => self.begin_call(*call)?,
            GOp::EndCall { call, reg } => self.end_call(*call, *reg)?,
            GOp::Behind { call } => self.behind_call(*call)?,
            GOp::Publish => self.publish(),
            GOp::LetGo { guest } => self.let_guest_go(*guest)?,
            GOp::Jump(label) => {
                self.settle();
                self.goto(*label)?;
            }
            GOp::Branch {
                cond,
                then,
                otherwise,
            } => {
                let cond = self.want_bool("branch", *cond)?;
                self.branch(cond, *then, *otherwise)?;
            }
            GOp::Leave(reason) => self.leave(*reason)?,
            GOp::Return { reg } => self.return_value(*reg)?,
            GOp::Suspend { resume, sent } => self.suspend(*resume, *sent)?,
            _ => self.arithmetic(op)?,
        }
        Ok(())
    }

    /// Sets an empty stack slot or temporary to something that is no number.
    pub(super) fn set_val(&mut self, reg: Reg, val: Val) -> Result<(), LowerError> {
        if self.is_local(reg) {
            return Err(self.unexpected("write", reg));
        }
        self.kill(reg)?;
        *self.slot_mut(reg) = Slot::computed(val);
        Ok(())
    }

    /// Sets an empty stack slot or temporary to a number of the host's code.
    fn set_constant(
        &mut self,
        reg: Reg,
        ty: Type,
        value: fatjit_ir::Value,
        object: Option<ObjectId>,
    ) -> Result<(), LowerError> {
        self.set_number(reg, ty, value)?;
        if let Some(object) = object {
            let slot = self.slot_mut(reg);
            slot.mem = Mem::OfUnit(object);
            slot.ident = Ident::Constant;
        }
        Ok(())
    }

    fn guard_null(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg).clone();
        match (&slot.val, slot.mem) {
            (Val::Null, _) => return Ok(()),
            (Val::Ref, Mem::Synced) if !self.is_local(reg) => {}
            _ => return self.leave(Reason::TypeChanged),
        }
        let object = self.slot_load(reg);
        let null = self.pure(Op::IsNull, &[object]);
        self.guard(null, Reason::TypeChanged)?;
        self.slot_mut(reg).val = Val::Null;
        Ok(())
    }

    fn guard_bound(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg);
        let argument = matches!(slot.mem, Mem::Argument(_) | Mem::Held(_));
        let held = argument || slot.sunk().is_some();
        if slot.number().is_some() || held || self.is_name(reg) {
            return Ok(());
        }
        if slot.val == Val::Null {
            return self.leave(Reason::Unbound);
        }
        if !self.is_local(reg) {
            return Err(self.unexpected("guard bound", reg));
        }
        let object = self.slot_load(reg);
        let null = self.pure(Op::IsNull, &[object]);
        self.guard_not(null, Reason::Unbound)
    }

    fn guard_object(&mut self, reg: Reg, object: ObjectId) -> Result<(), LowerError> {
        let slot = self.slot(reg).clone();
        if slot.val == Val::Object(object) {
            return Ok(());
        }
        let Some(held) = self.reference(reg) else {
            return self.leave(Reason::TypeChanged);
        };
        let wanted = self.value(Op::Object, &[], Imm::Object(object), None);
        let same = self.pure(Op::Is, &[held, wanted]);
        self.guard(same, Reason::TypeChanged)?;
        if !self.is_local(reg) && slot.mem == Mem::Synced {
            self.slot_mut(reg).val = Val::Object(object);
        }
        Ok(())
    }

    /// Identity. Numbers get objects where both might be asked for theirs, so that a name stays identical
    /// to itself.
    fn same(&mut self, dst: Reg, a: Reg, b: Reg) -> Result<(), LowerError> {
        let (x, y) = (self.slot(a).number(), self.slot(b).number());
        let one = (x.is_some() && x == y).then_some(true);
        if let Some(same) = one.or(self.same_sunk(a, b)) {
            let v = self.value(Op::BConst, &[], Imm::Bool(same), None);
            return self.set_number(dst, Type::Bool, v);
        }
        let x = self.borrowed(a);
        let y = self.borrowed(b);
        let same = self.pure(Op::Is, &[x, y]);
        self.set_number(dst, Type::Bool, same)
    }

    /// The object of a register of which no more is known than that it holds a reference, borrowed.
    pub(super) fn reference(&mut self, reg: Reg) -> Option<fatjit_ir::Value> {
        let slot = self.slot(reg).clone();
        match slot.mem {
            _ if !slot.val.is_reference() => None,
            Mem::Synced => Some(self.slot_load(reg)),
            _ => self.kept_elsewhere(&slot),
        }
    }

    /// A register's object, made if it is none yet, which somebody else keeps alive.
    pub(super) fn borrowed(&mut self, reg: Reg) -> fatjit_ir::Value {
        self.realise(reg);
        let slot = self.slot(reg).clone();
        if let Some(object) = self.kept_elsewhere(&slot) {
            return object;
        }
        match (&slot.val, slot.mem) {
            (_, Mem::OfUnit(object)) => self.value(Op::Object, &[], Imm::Object(object), None),
            (Val::Object(object), Mem::Empty | Mem::Synced) => {
                self.value(Op::Object, &[], Imm::Object(*object), None)
            }
            _ => {
                self.materialise(reg);
                self.slot_load(reg)
            }
        }
    }

    fn same_object(&mut self, dst: Reg, src: Reg, object: ObjectId) -> Result<(), LowerError> {
        let Some(held) = self.reference(src) else {
            let known = self.slot(src).val == Val::Object(object);
            let v = self.value(Op::BConst, &[], Imm::Bool(known), None);
            return self.set_number(dst, Type::Bool, v);
        };
        let wanted = self.value(Op::Object, &[], Imm::Object(object), None);
        let same = self.pure(Op::Is, &[held, wanted]);
        self.set_number(dst, Type::Bool, same)
    }

    /// The host executes an instruction on the frame's memory.
    fn host(&mut self, op: &GOp) -> Result<(), LowerError> {
        let GOp::Host {
            helper,
            depth,
            arg,
            pops,
            pushes,
            outcome,
        } = op
        else {
            return Ok(());
        };
        let under = depth.saturating_sub(*pops);
        if under < self.region.locals || under + pushes.max(pops) > self.region.slots {
            return Err(self.unexpected("host", Reg(*depth)));
        }
        if self.runs_no_code() {
            return Err(LowerError::NeedsFrame {
                position: self.here.position,
            });
        }
        // Only what runs code can look at the frame, but what raises does so at its position. Any of them
        // writes slots, so that nothing may be borrowed from one.
        let effects = self.region.helpers[helper.index()].effects;
        self.settle_borrowed();
        if effects.runs_code {
            self.publish();
        } else if effects.raises {
            let position = Imm::Position(self.here.position);
            self.emit(Op::Position, &[], position, None);
        }
        for i in under..*depth {
            self.materialise(Reg(i));
        }
        self.effect();
        let base = self.pure(Op::FrameBase, &[]);
        let count = self.int(i64::from(*depth));
        let arg = self.int(*arg);
        let args = [base, count, arg];
        let callee = Imm::Helper(*helper);
        let Some(reg) = outcome else {
            for i in under..self.region.slots {
                *self.slot_mut(Reg(i)) = Slot::NONE;
            }
            let raised = self.raised_exit(under);
            self.emit(Op::Call, &args, callee, Some(raised));
            for i in under..under + pushes {
                *self.slot_mut(Reg(i)) = Slot::REFERENCE;
            }
            return Ok(());
        };
        // Its operands stay where they are, however it ends.
        let raised = self.raised_exit(*depth);
        let status = self.value(Op::Call, &args, callee, None);
        let zero = self.int(0);
        let ok = self.pure(Op::IGe, &[status, zero]);
        self.emit(Op::Guard, &[ok], Imm::None, Some(raised));
        self.set_number(*reg, Type::I64, status)
    }

    pub(super) fn raised_exit(&mut self, depth: u32) -> fatjit_ir::ExitId {
        let point = Point { depth, ..self.here };
        self.exit_now(Reason::Raised, Resume::Raise, point)
    }
}
