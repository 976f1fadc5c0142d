//! Edges: from the state at a block's end to what is known at another's start, and the entries.

use fatjit_ir::{Block, Imm, Op, Read, Reason, Target, Type, Value};

use super::peel::Arrival;
use super::start::Start;
use super::state::{Ident, Mem, Rep, RepSlot, Slot, Val};
use super::sunk::{Sunk, name_by_register};
use super::{LowerError, Lowering, number};
use crate::gbc::{BOOL_TYPE, FLOAT_TYPE, INT_TYPE, Label, Reg};

impl Lowering<'_> {
    /// Widens what is known at a block's start by what flows in.
    pub(super) fn flow(&mut self, label: Label, mut reps: Vec<RepSlot>) {
        if self.region.blocks[label.index()].header {
            // Carried over a loop header, a number's identity is free.
            for (i, rep) in reps.iter_mut().enumerate() {
                rep.over_header(self.is_local(Reg(i as u32)));
            }
        }
        self.fit_for_entry(label, &mut reps);
        self.widen(label, |start, local| start.arrive(&reps, local));
    }

    /// Notes what would arrive at a loop's header if that took it.
    fn arrives(&mut self, to: Label) {
        let header = self.region.blocks[to.index()].header;
        if let Some(from) = self.from.filter(|_| header) {
            let reps = self.regs.iter().map(|slot| RepSlot::from(slot).rep);
            let reps = reps.collect();
            self.arrivals.push(Arrival { from, to, reps });
        }
    }

    /// Makes the instances that a block wants as objects: in all registers that hold them.
    fn realise_for(&mut self, label: Label) {
        for (reg, rep) in (0..).map(Reg).zip(&self.start(label)) {
            if self.slot(reg).sunk().is_some() && !matches!(rep.rep, Rep::Sunk(_) | Rep::None) {
                self.realise(reg);
            }
        }
    }

    /// What an entry's slots were seen to hold, as long as nothing else is known.
    pub(super) fn guess(&mut self, label: Label, mut reps: Vec<RepSlot>) {
        self.fit_for_entry(label, &mut reps);
        self.widen(label, |start, local| start.guess(&reps, local));
    }

    fn fit_for_entry(&self, label: Label, reps: &mut [RepSlot]) {
        if self.region.entries.iter().any(|e| e.block == label) {
            // A constant may be known on the way here, but not on entry; and there nothing is lent.
            for rep in reps {
                if rep.is_lent() {
                    rep.mem = Mem::Synced;
                }
                if matches!(rep.rep, Rep::Object(_) | Rep::Plain) {
                    *rep = RepSlot::reference();
                }
            }
        }
    }

    fn widen(&mut self, label: Label, by: impl FnOnce(&mut Start, &dyn Fn(usize) -> bool)) {
        let mut start = std::mem::take(&mut self.starts[label.index()]);
        let before = start.known().map(<[RepSlot]>::to_vec);
        by(&mut start, &|reg| self.is_local(Reg(reg as u32)));
        // What is lowered already, or waits with parameters of other types, is out of date then.
        self.changed |= start.known() != before.as_deref();
        self.starts[label.index()] = start;
    }

    /// What is known at a block's start.
    fn start(&self, label: Label) -> Vec<RepSlot> {
        let known = self.starts[label.index()].known();
        known.map(<[RepSlot]>::to_vec).unwrap_or_default()
    }

    /// The IR block of a block, with parameters for all numbers that are known at its start.
    pub(super) fn target(&mut self, label: Label) -> Block {
        if let Some(block) = self.targets[label.index()] {
            return block;
        }
        let block = self.unit.add_block();
        self.targets[label.index()] = Some(block);
        let reps = self.start(label);
        for (reg, rep) in (0..).zip(&reps) {
            for ty in self.parameters(rep, reg) {
                self.unit.add_param(block, ty);
            }
        }
        block
    }

    fn parameters(&self, rep: &RepSlot, reg: u32) -> Vec<Type> {
        let mut types = match (&rep.rep, rep.number()) {
            (Rep::Sunk(sunk), _) => sunk.numbers(reg),
            (_, Some(ty)) => vec![ty],
            (Rep::Virtual(shape), _) => self.region.shapes[shape.index()].fields.clone(),
            _ => Vec::new(),
        };
        if rep.is_lent() {
            types.push(Type::Ref);
        }
        types
    }

    /// Sets the registers to what is known at a block's start.
    pub(super) fn load_start(&mut self, label: Label, block: Block) {
        let reps = self.start(label);
        let params = self.unit.block(block).params.clone();
        let mut params = params.into_iter();
        self.regs = vec![Slot::NONE; self.region.regs as usize];
        for (i, rep) in reps.iter().enumerate() {
            let count = self.parameters(rep, i as u32).len();
            let values: Vec<Value> = params.by_ref().take(count).collect();
            let val = match (&rep.rep, values.first()) {
                (Rep::Sunk(sunk), _) if sunk.id == i as u32 => {
                    let word = self.int(0);
                    Val::Sunk(Box::new(Sunk::at_start(sunk, word, &values)))
                }
                (Rep::Sunk(sunk), _) => self.regs[sunk.id as usize].val.clone(),
                (Rep::Int, Some(v)) => Val::Int(*v),
                (Rep::Float, Some(v)) => Val::Float(*v),
                (Rep::Bool, Some(v)) => Val::Bool(*v),
                (Rep::Object(o), _) => Val::Object(*o),
                (Rep::Virtual(shape), _) => Val::Virtual(*shape, values.clone()),
                (Rep::None, _) => Val::None,
                (Rep::Unbound, _) => Val::Null,
                (Rep::Plain, _) => Val::Plain,
                // A number whose parameter is missing: this round is out of date and will be thrown away.
                (Rep::Ref | Rep::Int | Rep::Float | Rep::Bool, _) => Val::Ref,
            };
            let mem = match (rep.mem, values.last()) {
                (Mem::Lent(_), Some(object)) => Mem::Lent(*object),
                (mem, _) => mem,
            };
            self.regs[i] = Slot {
                val,
                mem,
                ident: rep.ident,
            };
        }
    }

    pub(super) fn jump_plain(&mut self, block: Block) {
        let target = Target {
            block,
            args: Vec::new(),
        };
        self.emit(Op::Jump, &[], Imm::Jump(target), None);
        self.at = None;
    }

    pub(super) fn branch_plain(&mut self, cond: Value, then: Block, otherwise: Block) {
        let to = |block| Target {
            block,
            args: Vec::new(),
        };
        let targets = Imm::Branch(to(then), to(otherwise));
        self.emit(Op::Br, &[cond], targets, None);
        self.at = None;
    }

    /// Ends the current source block: nothing may be borrowed, and temporaries end, before control goes on.
    pub(super) fn settle(&mut self) {
        self.settle_aliases(None);
        for reg in self.stack_slots() {
            if self.slot(reg).val == Val::Null {
                self.materialise(reg);
            }
        }
        for reg in (self.region.homes()..self.region.regs).map(Reg) {
            if !self.is_spliced(reg) {
                *self.slot_mut(reg) = Slot::NONE;
            }
        }
    }

    /// Goes to a block, changing representations where its start asks for others.
    pub(super) fn goto(&mut self, label: Label) -> Result<(), LowerError> {
        if label.index() >= self.region.blocks.len() {
            return Err(LowerError::Malformed { block: label.0 });
        }
        self.hand_calls_on(label);
        self.arrives(label);
        if self.regs.iter().any(|slot| slot.sunk().is_some()) {
            self.realise_for(label);
        }
        let mut reps: Vec<RepSlot> = self.regs.iter().map(RepSlot::from).collect();
        name_by_register(&mut reps);
        self.flow(label, reps);
        let block = self.target(label);
        let start = self.start(label);
        let mut args = Vec::new();
        for (i, rep) in start.iter().enumerate() {
            let reg = Reg(i as u32);
            match rep.rep {
                // Both say so: nothing else joins to it.
                _ if matches!(rep.mem, Mem::Argument(_) | Mem::Held(_)) => {}
                Rep::Ref | Rep::Plain if self.is_spliced(reg) && !rep.is_lent() => {
                    return Err(self.unexpected("jump", reg));
                }
                Rep::Ref | Rep::Plain if self.has_memory(reg) && !rep.is_lent() => {
                    self.materialise(reg)
                }
                Rep::None if self.slot(reg).mem == Mem::Synced => {
                    return Err(self.unexpected("jump", reg));
                }
                Rep::Int | Rep::Float | Rep::Bool if rep.mem == Mem::Synced => {
                    self.materialise(reg);
                }
                _ if rep.mem == Mem::Empty
                    && !self.is_local(reg)
                    && self.slot(reg).mem == Mem::Synced =>
                {
                    self.disown(reg);
                }
                _ => {}
            }
            match &self.slot(reg).val {
                Val::Int(v) | Val::Float(v) | Val::Bool(v) if rep.number().is_some() => {
                    args.push(*v)
                }
                Val::Sunk(sunk) if matches!(&rep.rep, Rep::Sunk(known) if known.id == i as u32) => {
                    args.extend(sunk.numbers());
                }
                Val::Virtual(_, fields) if matches!(rep.rep, Rep::Virtual(_)) => {
                    args.extend(fields)
                }
                _ => {}
            }
            if let (true, Mem::Lent(object)) = (rep.is_lent(), self.slot(reg).mem) {
                args.push(object);
            }
        }
        let target = Target { block, args };
        self.emit(Op::Jump, &[], Imm::Jump(target), None);
        self.at = None;
        Ok(())
    }

    /// Goes to one of two blocks.
    pub(super) fn branch(
        &mut self,
        cond: Value,
        then: Label,
        otherwise: Label,
    ) -> Result<(), LowerError> {
        self.settle();
        let (a, b) = (self.unit.add_block(), self.unit.add_block());
        for (block, label) in [(a, then), (b, otherwise)] {
            let cold = self.region.blocks.get(label.index()).map(|b| b.cold);
            self.unit.block_mut(block).cold = cold.unwrap_or(false);
        }
        self.branch_plain(cond, a, b);
        let regs = self.regs.clone();
        self.at = Some(a);
        self.goto(then)?;
        self.regs = regs;
        self.at = Some(b);
        self.goto(otherwise)
    }

    /// Fills an entry: reads from the frame what its block wants unboxed, and leaves at once if the frame
    /// holds something else.
    pub(super) fn enter(&mut self, number: usize) -> Result<(), LowerError> {
        let entry = &self.region.entries[number];
        let (label, point) = (entry.block, entry.point);
        self.at = Some(self.unit.entries[number]);
        self.go_to(point);
        self.exits.clear();
        if self.region.function.is_some() {
            self.regs = self.first_state();
            self.put_cells();
            self.resume = Some(self.regs.clone());
            return self.goto(label);
        }
        self.regs = vec![Slot::NONE; self.region.regs as usize];
        let stack = (self.region.locals..point.depth).map(Reg);
        for reg in self.locals().chain(stack) {
            *self.slot_mut(reg) = Slot::REFERENCE;
        }
        self.resume = Some(self.regs.clone());
        if self.starts[label.index()].known().is_none() {
            // Native code never gets there, so neither does it begin there.
            return self.leave(Reason::EntryMismatch);
        }
        let start = self.start(label);
        self.read_entry(self.unit.entries[number], &start)?;
        if self.at.is_some() {
            self.goto(label)?;
        }
        Ok(())
    }

    fn read_entry(&mut self, block: Block, start: &[RepSlot]) -> Result<(), LowerError> {
        let numbers = start.iter().enumerate().filter_map(|(i, rep)| {
            let ty = match &rep.rep {
                Rep::Int => Type::I64,
                Rep::Float => Type::F64,
                Rep::Bool => Type::Bool,
                _ => return None,
            };
            Some(Read {
                slot: fatjit_ir::Slot(i as u32),
                ty,
            })
        });
        let reads: Vec<Read> = numbers.collect();
        self.read_numbers(&reads)?;
        self.unit.block_mut(block).reads = reads;
        for (i, rep) in start.iter().enumerate() {
            if let Rep::Virtual(shape) = &rep.rep {
                self.read_virtual(Reg(i as u32), *shape, Reason::EntryMismatch)?;
            }
            if self.at.is_none() {
                return Ok(());
            }
        }
        // All guards have passed: what stack slots hold only as values, they no longer own.
        self.effect();
        for (i, rep) in start.iter().enumerate() {
            if matches!(rep.rep, Rep::Virtual(shape) if !self.is_kept(shape)) {
                self.disown(Reg(i as u32));
            }
        }
        Ok(())
    }

    /// The registers become the numbers that the host read, or native code is left.
    fn read_numbers(&mut self, reads: &[Read]) -> Result<(), LowerError> {
        if reads.is_empty() {
            return Ok(());
        }
        let all = self.value(Op::ArgB, &[], Imm::Word(0), None);
        for (read, number) in reads.iter().zip(1..) {
            let value = self.argument_of(number, read.ty);
            let slot = self.slot_mut(Reg(read.slot.0));
            slot.val = super::number(read.ty, value);
            slot.ident = Ident::Free;
        }
        self.guard(all, Reason::EntryMismatch)
    }

    /// A stack slot's object, now virtual, is given up.
    pub(super) fn disown(&mut self, reg: Reg) {
        let own = self.slot_take(reg);
        self.emit(Op::DecRefPlain, &[own], Imm::None, None);
        self.slot_mut(reg).mem = Mem::Empty;
    }

    /// The register becomes an unboxed number, or native code is left.
    pub(super) fn guard_number(
        &mut self,
        reg: Reg,
        ty: Type,
        reason: Reason,
    ) -> Result<(), LowerError> {
        let op = match ty {
            Type::F64 => Op::UnboxF,
            Type::Bool => Op::UnboxB,
            _ => Op::UnboxI,
        };
        self.guard_number_by(reg, op, reason)
    }

    /// The register becomes an unboxed int, which is read without guessing its width, or native code is left.
    pub(super) fn guard_varied(&mut self, reg: Reg) -> Result<(), LowerError> {
        self.guard_number_by(reg, Op::UnboxV, Reason::TypeChanged)
    }

    fn guard_number_by(&mut self, reg: Reg, op: Op, reason: Reason) -> Result<(), LowerError> {
        let (wanted, ty) = match op {
            Op::UnboxF => (FLOAT_TYPE, Type::F64),
            Op::UnboxB => (BOOL_TYPE, Type::Bool),
            _ => (INT_TYPE, Type::I64),
        };
        let slot = self.slot(reg).clone();
        let held = RepSlot::from(&slot).number();
        if held == Some(ty) {
            return Ok(());
        }
        let Some(object) = self.reference(reg) else {
            // Something known to be of another kind.
            return self.leave(reason);
        };
        let lent = matches!(slot.mem, Mem::Lent(_));
        if self.is_local(reg) && reason == Reason::EntryMismatch {
            let null = self.pure(Op::IsNull, &[object]);
            self.guard_not(null, reason)?;
        }
        let is = self.value(Op::IsType, &[object], Imm::Type(wanted), None);
        self.guard(is, reason)?;
        let exit = if ty == Type::I64 {
            let wide = match reason {
                Reason::EntryMismatch => reason,
                _ => Reason::TooWide,
            };
            Some(self.guard_exit(wide)?)
        } else {
            None
        };
        let value = match op {
            Op::UnboxF => self.unboxed_float(object, lent),
            _ => self.value(op, &[object], Imm::None, exit),
        };
        let val = number(ty, value);
        // The two truth values are the same objects everywhere.
        let ident = match ty != Type::Bool && reason != Reason::EntryMismatch {
            true => Ident::Object,
            false => Ident::Free,
        };
        self.learn(reg, val, ident);
        if lent && ident == Ident::Free {
            self.slot_mut(reg).mem = Mem::Empty;
        }
        Ok(())
    }

    /// More is known of a register's reference, and so of the local that it is borrowed from.
    pub(super) fn learn(&mut self, reg: Reg, val: Val, ident: Ident) {
        if let Mem::InLocal(local, _) = self.slot(reg).mem {
            let home = self.slot_mut(Reg(local));
            if home.val.is_reference() && home.mem == Mem::Synced {
                home.val = val.clone();
                home.ident = ident;
            }
        }
        let slot = self.slot_mut(reg);
        slot.val = val;
        slot.ident = ident;
    }
}
