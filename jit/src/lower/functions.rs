//! Regions of functions: their arguments, what they return, and calls of compiled functions.
//!
//! A function has no frame of the host while it runs; its slots' memory is its activation's own and begins
//! empty. Invariant: nothing in it needs a frame that others can see. What a local owns and what may be the
//! last reference to it is never released here: the function is left before. So code of the host runs only
//! behind an exit, and whoever calls a compiled function may rely on that.

use fatjit_ir::{Imm, NativeId, Op, Reason, Resume, Type, Value};

use super::memory::Held;
use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering, number as number_of};
use crate::gbc::{Instance, Point, Reg};

impl Lowering<'_> {
    /// The arguments, at the start of the function's entry.
    pub(super) fn arguments(&mut self) {
        let region = self.region;
        let Some(signature) = &region.function else {
            return;
        };
        self.at = self.unit.entries.first().copied();
        for (at, ty) in signature.params.iter().enumerate() {
            // Those that are its own are in its frame.
            let value = (*ty != Type::Own).then(|| self.argument_of(at as u32, *ty));
            self.args.push(value);
        }
    }

    /// What was handed over to the function, or read at an entry, under this number.
    pub(super) fn argument_of(&mut self, number: u32, ty: Type) -> Value {
        let op = match ty {
            Type::F64 => Op::ArgF,
            Type::Bool => Op::ArgB,
            Type::Ref => Op::ArgR,
            _ => Op::ArgI,
        };
        self.value(op, &[], Imm::Word(number), None)
    }

    /// What the registers hold when a function begins.
    pub(super) fn first_state(&self) -> Vec<Slot> {
        let mut regs = vec![Slot::NONE; self.region.regs as usize];
        for (number, slot) in (0..self.region.locals).zip(&mut regs) {
            let argument = self.argument_in(number).and_then(|at| {
                let signature = self.region.function.as_ref()?;
                Some((at, *signature.params.get(at)?, *self.args.get(at)?))
            });
            *slot = match argument {
                Some((_, Type::Ref, Some(_))) if self.region.frame.is_some() => Slot::REFERENCE,
                Some((at, Type::Ref, Some(_))) => Slot {
                    val: Val::Ref,
                    mem: Mem::Argument(at as u32),
                    ident: Ident::Free,
                },
                Some((_, _, None)) => Slot::REFERENCE,
                Some((_, ty, Some(value))) => Slot {
                    val: number_of(ty, value),
                    mem: Mem::Stale,
                    ident: Ident::Free,
                },
                // Nothing, and nothing older either.
                None if self.region.frame.is_some() => Slot {
                    val: Val::Plain,
                    mem: Mem::Synced,
                    ident: Ident::Free,
                },
                None => Slot {
                    val: Val::Null,
                    mem: Mem::Stale,
                    ident: Ident::Free,
                },
            };
        }
        regs
    }

    /// The number of the argument that a local holds when a function begins.
    pub(super) fn argument_in(&self, local: u32) -> Option<usize> {
        let params = self.region.function.as_ref()?.params.len();
        let Some(captured) = self.region.captured else {
            return Some(local as usize).filter(|at| *at < params);
        };
        let first = params.checked_sub(captured as usize + 1)?;
        let last = self.region.locals.checked_sub(captured)?;
        match local.checked_sub(last) {
            Some(at) => Some(first + at as usize),
            None => Some(local as usize).filter(|at| *at < first),
        }
    }

    /// The object of the function that runs, if that is an argument.
    pub(super) fn own_object(&self) -> Option<Value> {
        self.region.captured.and(*self.args.last()?)
    }

    /// Puts the object of the function that runs into an empty stack slot or temporary.
    pub(super) fn itself(&mut self, dst: Reg) -> Result<(), LowerError> {
        if self.own_object().is_none() {
            return Err(self.unexpected("itself", dst));
        }
        self.set_val(dst, Val::Ref)?;
        self.slot_mut(dst).mem = Mem::Argument(self.args.len() as u32 - 1);
        Ok(())
    }

    /// An argument that is an object.
    pub(super) fn argument(&self, number: u32) -> Value {
        let argument = self.args.get(number as usize).copied().flatten();
        argument.unwrap_or_else(|| unreachable!("`Mem::Argument` is of arguments that are lent"))
    }

    /// Returns a register's value from the function.
    pub(super) fn return_value(&mut self, reg: Reg) -> Result<(), LowerError> {
        let region = self.region;
        let Some(signature) = &region.function else {
            return Err(self.unexpected("return", reg));
        };
        if region.frame.is_some() {
            return self.return_from_frame(reg);
        }
        let ty = signature.result;
        if ty != Type::Own {
            self.guard_number(reg, ty, Reason::TypeChanged)?;
            if self.at.is_none() {
                return Ok(());
            }
            self.guard_no_nan(reg)?;
        }
        // What is in a local is not wanted there any more.
        let home = match self.slot(reg).mem {
            Mem::InLocal(local, _) if ty == Type::Own => Some(Reg(local)),
            _ => None,
        };
        let home = home.filter(|local| self.slot(*local).mem == Mem::Synced);
        let owned = self.guard_locals(home)?;
        let returned = match (self.slot(reg).number(), home) {
            (Some(value), _) if ty != Type::Own => value,
            (_, Some(local)) => {
                self.effect();
                self.slot_take(local)
            }
            _ => match self.taken_sunk(reg) {
                Some(own) => own,
                None => self.owned_copy(reg),
            },
        };
        self.effect();
        for local in owned.into_iter().chain(self.is_stack(reg).then_some(reg)) {
            if self.slot(local).mem == Mem::Synced {
                let own = self.slot_take(local);
                self.emit(Op::DecRefPlain, &[own], Imm::None, None);
            }
        }
        let op = match ty {
            Type::F64 => Op::RetF,
            Type::Bool => Op::RetB,
            Type::Own => Op::RetO,
            _ => Op::RetI,
        };
        self.emit(op, &[returned], Imm::None, None);
        self.at = None;
        Ok(())
    }

    pub(super) fn is_stack(&self, reg: Reg) -> bool {
        self.has_memory(reg) && !self.is_local(reg)
    }

    /// The locals, but for one, that own something. Leaves if giving all of it up could run code.
    fn guard_locals(&mut self, but: Option<Reg>) -> Result<Vec<Reg>, LowerError> {
        let locals = (0..self.region.locals).map(Reg);
        let owned: Vec<Reg> = locals
            .filter(|r| self.slot(*r).mem == Mem::Synced && Some(*r) != but)
            .collect();
        let released: Vec<Reg> = owned
            .iter()
            .copied()
            .filter(|r| !self.slot(*r).is_plain())
            .collect();
        self.guard_releases(&released)?;
        Ok(owned)
    }

    /// Leaves if giving up what the memory of all these owns could run code.
    pub(super) fn guard_releases(&mut self, regs: &[Reg]) -> Result<(), LowerError> {
        let mut held: Vec<Value> = Vec::new();
        for reg in regs {
            self.guard_shared_among(Held::Slot(*reg))?;
            // Two of them together may hold the last references.
            let object = self.slot_load(*reg);
            let null = self.pure(Op::IsNull, &[object]);
            for other in &held {
                let same = self.pure(Op::Is, &[object, *other]);
                let present = self.pure(Op::BNot, &[null]);
                let both = self.pure(Op::BAnd, &[same, present]);
                self.guard_not(both, Reason::Release)?;
            }
            held.push(object);
        }
        Ok(())
    }

    /// A float that the program loaded is handed on without its object. That can be told only of a NaN, which
    /// is found in a container by being the same object.
    pub(super) fn guard_no_nan(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg);
        let Val::Float(value) = slot.val else {
            return Ok(());
        };
        if slot.ident == Ident::Free && slot.mem != Mem::Synced {
            return Ok(());
        }
        let ordinary = self.pure(Op::FEq, &[value, value]);
        self.guard(ordinary, Reason::OutOfRange)
    }

    /// Whether a register holds an object that is lent by what no compiled function writes.
    fn lasts(&self, reg: Reg) -> bool {
        let Mem::Lent(object) = self.slot(reg).mem else {
            return false;
        };
        let address = self
            .unit
            .def_inst(object)
            .and_then(|lend| lend.args.first());
        let load = address.and_then(|address| self.unit.def_inst(*address));
        let Some(Imm::Offset(_, Some(part))) = load.map(|load| &load.imm) else {
            return false;
        };
        let part = &self.unit.memories[part.index()].name;
        let mut fields = self.region.fields.iter();
        fields.any(|field| field.lasting && field.memory == part)
    }

    /// Puts a new object into a stack slot. There and above it are the class and a null, in one order or the other, which
    /// go. It is the last that can fail before the call.
    pub(super) fn make_instance(&mut self, reg: Reg, instance: Instance) -> Result<(), LowerError> {
        let class = self.value(Op::Object, &[], Imm::Object(instance.class), None);
        self.effect();
        let exit = self.no_memory_exit();
        let helper = Imm::Helper(instance.make);
        let made = self.value(Op::Call, &[class], helper, Some(exit));
        self.class_goes(reg)?;
        self.slot_put(reg, made);
        *self.slot_mut(reg) = Slot::REFERENCE;
        Ok(())
    }

    /// What is called and a null, where a new instance takes their place, go.
    pub(super) fn class_goes(&mut self, reg: Reg) -> Result<(), LowerError> {
        for reg in [reg, Reg(reg.0 + 1)] {
            match self.slot(reg).mem {
                // Somebody else holds the class.
                Mem::Synced => {
                    let own = self.slot_take(reg);
                    self.emit(Op::DecRefPlain, &[own], Imm::None, None);
                    *self.slot_mut(reg) = Slot::NONE;
                }
                _ => self.kill(reg)?,
            }
        }
        Ok(())
    }

    /// Guards what must hold before a call of a compiled function: numbers of the parameters' types, room for a level
    /// more. The first argument of a call that makes an instance is that. Where a number can never be of its type, nothing
    /// follows: the code has ended.
    pub(super) fn guard_arguments(
        &mut self,
        args: &[Reg],
        params: &[Type],
        instance: Option<Instance>,
    ) -> Result<(), LowerError> {
        let given = args.iter().zip(params);
        for (reg, ty) in given.skip(usize::from(instance.is_some())) {
            if !matches!(ty, Type::Own | Type::Ref) {
                self.guard_number(*reg, *ty, Reason::TypeChanged)?;
            }
            if self.at.is_none() {
                return Ok(());
            }
            if *ty == Type::F64 {
                self.guard_no_nan(*reg)?;
            }
        }
        let levels = Imm::Int(self.levels());
        let may_nest = self.value(Op::MayNest, &[], levels, None);
        self.guard(may_nest, Reason::TooDeep)?;
        Ok(())
    }

    /// Calls a compiled function with these registers, at the site; the slots above its depth are popped, and the
    /// result pushed.
    pub(super) fn call_native(
        &mut self,
        (native, args): (NativeId, &[Reg]),
        site: Point,
        instance: Option<Instance>,
        operator: bool,
    ) -> Result<(), LowerError> {
        let (region, under) = (self.region, site.depth);
        let signature = &region.natives[native.index()].signature;
        if signature.params.len() != args.len() {
            return Err(self.unexpected("call", Reg(under)));
        }
        if let (Some(_), Some((reg, ty))) = (instance, args.iter().zip(&signature.params).next())
            && (*ty != Type::Ref || reg.0 + 1 != under || self.is_local(*reg))
        {
            return Err(self.unexpected("call", *reg));
        }
        self.guard_arguments(args, &signature.params, instance)?;
        if self.at.is_none() {
            return Ok(());
        }
        if let (Some(instance), Some(reg)) = (instance, args.first()) {
            self.make_instance(*reg, instance)?;
        }
        let not_native = LowerError::NotNative {
            position: site.position,
        };
        // In a frame a number is made an object for who wants one, and kept like others.
        for (reg, ty) in args.iter().zip(&signature.params) {
            let wants_object = *ty == Type::Ref && self.slot(*reg).number().is_some();
            if wants_object && !self.runs_no_code() && reg.0 >= under && self.has_memory(*reg) {
                self.materialise(*reg);
                self.slot_mut(*reg).val = Val::Ref;
            }
        }
        let numbers: Vec<Option<Value>> = args.iter().map(|r| self.slot(*r).number()).collect();
        let popped = if operator {
            0..0
        } else {
            under..self.here.depth
        };
        for i in popped.clone() {
            if self.slot(Reg(i)).number().is_some() {
                self.kill(Reg(i))?;
            }
        }
        let only_reads = region.natives[native.index()].only_reads;
        let stays = |lowering: &Self, reg: Reg| {
            let lent = matches!(lowering.slot(reg).mem, Mem::Lent(_));
            lent && (only_reads || lowering.lasts(reg))
        };
        // What is in temporaries stays, whatever it writes, and so does what it does not write.
        let mut values: Vec<Option<Value>> = Vec::with_capacity(args.len());
        for ((reg, ty), number) in args.iter().zip(&signature.params).zip(numbers) {
            values.push(match number {
                Some(value) if *ty != Type::Ref => Some(value),
                Some(_) => return Err(not_native),
                None => (!self.has_memory(*reg) || stays(self, *reg)).then(|| self.borrowed(*reg)),
            });
        }
        for i in popped.clone() {
            if stays(self, Reg(i)) {
                self.kill(Reg(i))?;
            }
        }
        // It may write to what an object is lent by.
        if !only_reads {
            self.settle_lent(None, None);
        }
        let args = args.iter().zip(values);
        let values: Vec<Value> = args
            .map(|(reg, value)| value.unwrap_or_else(|| self.borrowed(*reg)))
            .collect();
        if operator && !self.runs_no_code() && self.slot(Reg(under)).mem == Mem::Synced {
            // The result has no place until what is there is released, where nothing may fail then.
            self.publish();
        }
        let mut kept = Vec::new();
        for i in under..self.here.depth {
            if self.is_kept_in_call(Reg(i)) {
                if self.runs_no_code() || i == under && !operator {
                    return Err(not_native);
                }
                kept.push(Reg(i));
            } else if popped.contains(&i) {
                self.kill(Reg(i))?;
            }
        }
        self.effect();
        // Should the callee be left, any code may run before this goes on.
        self.settle_objects();
        let stands = Point {
            depth: match kept.is_empty() && !operator {
                true => under,
                false => self.here.depth,
            },
            ..site
        };
        let exit = self.exit_now(Reason::CalleeLeft, Resume::Called, stands);
        let result = self.value(Op::CallNative, &values, Imm::Native(native), Some(exit));
        let (below, above) = Self::around_result(kept, Reg(under));
        for i in (under..self.here.depth).filter(|i| !popped.contains(i)) {
            if !below.contains(&Reg(i)) && !above.contains(&Reg(i)) {
                self.kill(Reg(i))?;
            }
        }
        self.release_kept(below);
        match signature.result {
            Type::Own => {
                self.slot_put(Reg(under), result);
                *self.slot_mut(Reg(under)) = Slot::REFERENCE;
            }
            ty => self.set_number(Reg(under), ty, result)?,
        }
        self.release_kept(above);
        Ok(())
    }

    /// Whether a stack slot owns what has to live while a call is under way and whose release, afterwards, could run code: in
    /// a frame, above the result.
    pub(super) fn is_kept_in_call(&self, reg: Reg) -> bool {
        let slot = self.slot(reg);
        slot.mem == Mem::Synced && (!slot.is_plain() || slot.val == Val::Plain)
    }

    /// What a call kept that is released before its result can be put there, and what is released behind that. The result is put
    /// where it belongs as soon as nothing is kept there.
    pub(super) fn around_result(kept: Vec<Reg>, under: Reg) -> (Vec<Reg>, Vec<Reg>) {
        match kept.first() {
            Some(lowest) if *lowest == under => (kept, Vec::new()),
            _ => (Vec::new(), kept),
        }
    }

    /// Releases what stack slots kept during a call. If that may have run code, a check is owed.
    pub(super) fn release_kept(&mut self, kept: Vec<Reg>) {
        for reg in kept {
            self.release(Held::Slot(reg), false, None, |l| {
                let own = l.slot_take(reg);
                *l.slot_mut(reg) = Slot::NONE;
                own
            });
        }
    }
}
