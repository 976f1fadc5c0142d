//! Functions that have a frame of the host while they run, and calls of them.
//!
//! Invariant: to whoever calls, such a call is one of a helper that may run any code: the frame is published before it.
//! The objects that it is handed become the called function's own, as they do in the interpreter. What the frame holds in
//! the end is released by the host, when the frame is not the running one any more.

use fatjit_ir::{Imm, NativeId, Op, Type, Value};

use super::state::{Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{Instance, Packed, Reg};

impl Lowering<'_> {
    /// Puts what a function captured into its frame, when it begins.
    pub(super) fn put_cells(&mut self) {
        if self.region.frame.is_none() {
            return;
        }
        for local in 0..self.region.locals {
            let argument = self.argument_in(local).and_then(|at| self.args.get(at));
            if let Some(Some(value)) = argument.copied()
                && self.unit.ty(value) == Type::Ref
            {
                let own = self.pure(Op::IncRef, &[value]);
                self.slot_put(Reg(local), own);
            }
        }
    }

    /// Returns a register's value from a function, and ends its frame.
    pub(super) fn return_from_frame(&mut self, reg: Reg) -> Result<(), LowerError> {
        let Some(frame) = self.region.frame else {
            return Err(self.unexpected("return", reg));
        };
        // What is in a local is not wanted there any more.
        let home = match self.slot(reg).mem {
            Mem::InLocal(local, _) if self.slot(Reg(local)).mem == Mem::Synced => Some(Reg(local)),
            Mem::Synced if self.is_stack(reg) => Some(reg),
            _ => None,
        };
        let own = match home {
            Some(home) => self.slot_take(home),
            None => self.owned_copy(reg),
        };
        self.effect();
        let base = self.pure(Op::FrameBase, &[]);
        let word = self.value(Op::Context, &[], Imm::Word(frame.word), None);
        self.emit(Op::Call, &[base, word], Imm::Helper(frame.end), None);
        self.emit(Op::RetO, &[own], Imm::None, None);
        self.at = None;
        Ok(())
    }

    /// Calls a compiled function that has a frame with these registers; the slots from `under` on are popped, and the
    /// result pushed. Meanwhile the frame is at the position `shown`.
    pub(super) fn call_framed(
        &mut self,
        (native, args, packed): (NativeId, &[Reg], &[Packed]),
        (under, shown): (u32, u32),
        instance: Option<Instance>,
        operator: bool,
    ) -> Result<(), LowerError> {
        if self.runs_no_code() {
            return Err(LowerError::NeedsFrame {
                position: self.here.position,
            });
        }
        let region = self.region;
        let params = &region.natives[native.index()].signature.params;
        if params.len() != args.len() {
            return Err(self.unexpected("call", Reg(under)));
        }
        if let (Some(_), Some((reg, ty))) = (instance, args.iter().zip(params).next())
            && (*ty != Type::Own || reg.0 + 1 != under || self.is_local(*reg))
        {
            return Err(self.unexpected("call", *reg));
        }
        self.guard_arguments(args, params, instance)?;
        if self.at.is_none() {
            return Ok(());
        }
        if let (Some(instance), Some(reg)) = (instance, args.first()) {
            self.make_instance(*reg, instance)?;
        }
        // Numbers, and objects that the called function keeps alive itself.
        let mut values: Vec<Option<Value>> = Vec::with_capacity(args.len());
        for (reg, ty) in args.iter().zip(params) {
            values.push(match ty {
                Type::Own => None,
                Type::Ref if self.slot(*reg).number().is_some() => {
                    return Err(self.left_to_helper());
                }
                Type::Ref => Some(self.borrowed(*reg)),
                _ => self.slot(*reg).number(),
            });
        }
        // What is lent to temporaries stays where it is until the call; what publishes forgets it.
        let lent: Vec<Option<Value>> = args
            .iter()
            .map(|reg| match self.slot(*reg).mem {
                Mem::Lent(object) if !self.has_memory(*reg) => Some(object),
                _ => None,
            })
            .collect();
        let handed = |i: u32| {
            let mut given = args.iter().zip(params);
            let mut packs = packed.iter().flat_map(|one| &one.of);
            given.any(|(reg, ty)| reg.0 == i && *ty == Type::Own) || packs.any(|reg| reg.0 == i)
        };
        for i in (under..self.here.depth).filter(|i| !handed(*i)) {
            match self.is_kept_in_call(Reg(i)) {
                true if operator => {}
                // The result would be in its place.
                true => return Err(self.left_to_helper()),
                false => self.kill(Reg(i))?,
            }
        }
        self.publish();
        for i in (under..self.here.depth).filter(|i| handed(*i)) {
            match self.slot(Reg(i)).val {
                // What is packed goes there.
                Val::Null => *self.slot_mut(Reg(i)) = Slot::NONE,
                _ => self.materialise(Reg(i)),
            }
        }
        self.effect();
        let made = self.pack(args, packed)?;
        if shown != self.here.position {
            self.emit(Op::Position, &[], Imm::Position(shown), None);
        }
        let mut given = Vec::with_capacity(args.len());
        for (at, (reg, value)) in args.iter().zip(values).enumerate() {
            given.push(match value {
                Some(value) => value,
                None if let Some((_, own)) = made.filter(|(made, _)| *made == at) => own,
                None if let Some(object) = lent[at] => self.pure(Op::IncRef, &[object]),
                None if !self.has_memory(*reg) && self.slot(*reg).val == Val::None => {
                    return Err(self.unexpected("call", *reg));
                }
                None if self.slot(*reg).number().is_some() && !self.has_memory(*reg) => {
                    return Err(self.left_to_helper());
                }
                None if !operator && reg.0 >= under && self.has_memory(*reg) => self.taken(*reg),
                None => self.owned_copy(*reg),
            });
        }
        let kept = (under..self.here.depth).map(Reg);
        let kept = kept.filter(|reg| operator && self.slot(*reg).mem == Mem::Synced);
        let kept: Vec<Reg> = kept.collect();
        let exit = self.raised_exit(if operator { self.here.depth } else { under });
        let callee = Imm::Native(native);
        let result = self.value(Op::CallFramed, &given, callee, Some(exit));
        self.release_kept(kept);
        self.slot_put(Reg(under), result);
        *self.slot_mut(Reg(under)) = Slot::REFERENCE;
        Ok(())
    }

    /// Makes the arguments that are packed. One that is made of nothing is not in a register: it is given, and made last of
    /// all, when nothing fails any more.
    fn pack(
        &mut self,
        args: &[Reg],
        packed: &[Packed],
    ) -> Result<Option<(usize, Value)>, LowerError> {
        let (of_some, of_none): (Vec<_>, Vec<_>) =
            packed.iter().partition(|one| !one.of.is_empty());
        for one in of_some {
            self.call(args.get(one.argument).copied(), one.helper, &one.of)?;
        }
        let Some(one) = of_none.first() else {
            return Ok(None);
        };
        if of_none.len() > 1 {
            return Err(self.unexpected("call", Reg(self.here.depth)));
        }
        let exit = self.raised_exit(self.here.depth);
        let own = self.value(Op::Call, &[], Imm::Helper(one.helper), Some(exit));
        Ok(Some((one.argument, own)))
    }

    /// The call cannot be a native one here.
    fn left_to_helper(&self) -> LowerError {
        LowerError::NotNative {
            position: self.here.position,
        }
    }
}
