//! Exits: from the state of the registers to what an exit lists.

use fatjit_ir::{
    Exit, ExitId, FrameState, Imm, Op, Reason, Resume, Slot as FrameSlot, SlotValue, Value,
};

use super::state::{Mem, RepSlot, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{Label, Point, Reg};

impl Lowering<'_> {
    /// The exit of a guard: back to the start of the current instruction.
    pub(super) fn guard_exit(&mut self, reason: Reason) -> Result<ExitId, LowerError> {
        if let Some(exit) = self.exits.get(&reason) {
            return Ok(*exit);
        }
        let Some(resume) = self.resume.take() else {
            let position = self.here.position;
            // Where nothing may run code, releases are guarded, which may come too late for what an instruction's operands
            // are. With a frame they are none.
            return Err(match reason {
                Reason::Release if self.region.is_frameless() => {
                    LowerError::NeedsFrame { position }
                }
                Reason::Release if self.runs_no_code() => LowerError::NotNative { position },
                _ => LowerError::GuardBehindEffect { position },
            });
        };
        let exit = self.make_exit(reason, Resume::At, self.here, &resume);
        self.resume = Some(resume);
        self.exits.insert(reason, exit);
        Ok(exit)
    }

    /// An exit with the state as it stands now.
    pub(super) fn exit_now(&mut self, reason: Reason, resume: Resume, point: Point) -> ExitId {
        let regs = std::mem::take(&mut self.regs);
        let exit = self.make_exit(reason, resume, point, &regs);
        self.regs = regs;
        exit
    }

    /// The exit of an allocation that failed: a MemoryError at the current instruction.
    pub(super) fn no_memory_exit(&mut self) -> ExitId {
        self.exit_now(Reason::NoMemory, Resume::Raise, self.here)
    }

    fn make_exit(&mut self, reason: Reason, resume: Resume, point: Point, regs: &[Slot]) -> ExitId {
        let mut slots = Vec::new();
        let (calls, point) = self.calls_at(point);
        let depth = self.region.own_depth(point);
        let names = self.region.slots..self.region.slots + self.region.names;
        let running = self.region.running_at(point.position);
        let guests = self.region.guests.iter().flat_map(|guest| {
            let runs = running == Some(guest);
            let active = move |reg: &u32| match runs {
                true => *reg < point.depth,
                false => regs[*reg as usize] != Slot::NONE,
            };
            guest.all().filter(active)
        });
        let mut sunken = Vec::new();
        for reg in (0..depth.min(self.region.slots)).chain(names).chain(guests) {
            if let Some(value) = self.listed(&regs[reg as usize], &mut sunken) {
                slots.push((FrameSlot(reg), value));
            }
        }
        let mut frames = vec![FrameState {
            of: None,
            function: self.own_object(),
            position: point.position,
            depth,
            slots,
        }];
        for (call, at) in calls.iter().rev() {
            let mut slots = Vec::new();
            for slot in 0..at.depth {
                let reg = &regs[(call.first + slot) as usize];
                if let Some(value) = self.listed(reg, &mut sunken) {
                    slots.push((FrameSlot(slot), value));
                }
            }
            frames.push(FrameState {
                of: Some(call.native),
                function: None,
                position: at.position,
                depth: at.depth,
                slots,
            });
        }
        self.unit.add_exit(Exit {
            reason,
            resume,
            frames,
        })
    }

    /// What an exit lists for a slot, if its memory is not right as it stands; it lists these instances already.
    fn listed(&self, slot: &Slot, sunken: &mut Vec<u32>) -> Option<SlotValue> {
        if let Some(sunk) = slot.sunk() {
            let known = sunken.iter().position(|id| *id == sunk.id);
            if let Some(number) = known {
                return Some(SlotValue::Same(number as u32));
            }
            sunken.push(sunk.id);
            return Some(sunk.listed(sunken.len() as u32 - 1));
        }
        match slot.mem {
            Mem::Synced => match &slot.val {
                // The object in the slot is to get these fields.
                Val::Virtual(shape, fields) => Some(SlotValue::Virtual(*shape, fields.clone())),
                _ => None,
            },
            Mem::OfUnit(object) => Some(SlotValue::Object(object)),
            Mem::Empty | Mem::Stale => match &slot.val {
                Val::Int(v) => Some(SlotValue::Int(*v)),
                Val::Float(v) => Some(SlotValue::Float(*v)),
                Val::Bool(v) => Some(SlotValue::Bool(*v)),
                Val::Object(o) => Some(SlotValue::Object(*o)),
                Val::Virtual(shape, fields) => Some(SlotValue::Virtual(*shape, fields.clone())),
                Val::Null
                | Val::None
                | Val::Ref
                | Val::Plain
                | Val::Address(_)
                | Val::Sunk(_)
                | Val::SunkAddress(..) => Some(SlotValue::Null),
            },
            Mem::InLocal(..) | Mem::Lent(_) | Mem::Argument(_) | Mem::Held(_) => {
                self.kept_elsewhere(slot).map(SlotValue::Borrowed)
            }
        }
    }

    /// Leaves unless `cond` holds.
    pub(super) fn guard(&mut self, cond: Value, reason: Reason) -> Result<(), LowerError> {
        let exit = self.guard_exit(reason)?;
        self.emit(Op::Guard, &[cond], Imm::None, Some(exit));
        Ok(())
    }

    /// Leaves if `cond` holds.
    pub(super) fn guard_not(&mut self, cond: Value, reason: Reason) -> Result<(), LowerError> {
        let exit = self.guard_exit(reason)?;
        self.emit(Op::GuardNot, &[cond], Imm::None, Some(exit));
        Ok(())
    }

    /// Leaves with all that registers hold in the frame's memory. What is known of them is known where the frame is resumed,
    /// but of what is sent: who resumes it has changed nothing else.
    pub(super) fn suspend(&mut self, resume: Label, sent: Reg) -> Result<(), LowerError> {
        if resume.index() >= self.region.blocks.len() || self.is_local(sent) {
            return Err(self.unexpected("suspend", sent));
        }
        self.settle();
        for reg in (0..self.here.depth).map(Reg) {
            self.materialise(reg);
        }
        let mut reps: Vec<RepSlot> = self.regs.iter().map(RepSlot::from).collect();
        reps[sent.0 as usize] = RepSlot::reference();
        self.flow(resume, reps);
        let exit = self.exit_now(Reason::Suspended, Resume::At, self.here);
        self.emit(Op::Leave, &[], Imm::None, Some(exit));
        self.at = None;
        Ok(())
    }

    /// Leaves whatever happens; what follows in the block is not reached.
    pub(super) fn leave(&mut self, reason: Reason) -> Result<(), LowerError> {
        let exit = self.guard_exit(reason)?;
        self.emit(Op::Leave, &[], Imm::None, Some(exit));
        self.at = None;
        Ok(())
    }
}
