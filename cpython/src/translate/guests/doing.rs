//! What a guest does: it begins, yields, returns, and is let go.

use std::collections::BTreeMap;

use fatjit_bytecode::Op;
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::super::generators::{first_resumed, yields};
use super::super::{Kinds, Named, Translator, iterator_shape, worth};
use super::{Context, GUEST_ELSEWHERE, GUEST_RETURNS};
use crate::effects::{ANYTHING, CHANGES};
use crate::memory;

impl Translator<'_> {
    /// The guest that the current instruction asks for items.
    pub(super) fn guest_here(&self) -> Option<usize> {
        let running = self.guests.contexts.get(self.context)?.running;
        let mut all = self.guests.all.iter();
        all.position(|guest| guest.around == running && guest.site == self.index)
    }

    /// The `FOR_ITER` of a guest.
    pub(in super::super) fn for_guest(&mut self) -> bool {
        let Some(number) = self.guest_here() else {
            return false;
        };
        let context = self.guests.contexts[self.context].clone();
        if let Some(at) = context
            .parked
            .iter()
            .position(|(guest, _)| *guest == number)
        {
            let mut next = context.clone();
            let (_, yielded) = next.parked.remove(at);
            next.running = Some(number);
            self.worth.add(worth::GUEST_ITEM);
            let to = self.label_elsewhere(next, yielded + 1);
            self.push(GOp::Jump(to));
            return true;
        }
        self.begin_guest(number, context);
        true
    }

    /// A guest is at its beginning, or where it yields first; else the interpreter goes on with it.
    pub(super) fn begin_guest(&mut self, number: usize, context: Context) {
        let guest = &self.guests.all[number];
        let (source, yielded) = (guest.body.source, guest.yields[0]);
        let Some(first) = first_resumed(source) else {
            return self.leave(Reason::LeftToInterpreter);
        };
        let running = Context {
            running: Some(number),
            ..context
        };
        let places = [first, yielded + 1];
        for (at, is_new) in places.into_iter().zip([true, false]) {
            let unit = match is_new {
                true => -1,
                false => i64::from(source.code.instrs()[at].start),
            };
            let begins = self.begins_at(number, unit);
            let (here, elsewhere) = (self.new_block(false), self.new_block(false));
            self.push(GOp::Branch {
                cond: begins,
                then: here,
                otherwise: elsewhere,
            });
            self.at = here;
            let depth = source.depths.before(at).unwrap_or(1) - 1;
            let locals = self.guests.all[number].body.locals;
            let unbound = match is_new {
                true => self.unbound_in(number),
                false => Vec::new(),
            };
            self.push(GOp::Begin {
                guest: number as u32,
                depth: locals + depth,
                unbound,
            });
            if let Some(fold) = self.guests.all[number].fold {
                self.elsewhere(running.clone(), at, |translator| {
                    let sent = translator.sent(at);
                    translator.begin_fold(number, fold);
                    translator.push(GOp::Kill { reg: sent });
                });
            }
            let to = match is_new {
                true => self.label_elsewhere(running.clone(), at),
                // So that the guest's own loop is entered at its header alone.
                false => {
                    let there = self.context_of(running.clone());
                    let copy = self.new_block(false);
                    self.guests.pending.push((there, at, copy));
                    copy
                }
            };
            self.push(GOp::Jump(to));
            self.at = elsewhere;
            if let Some(point) = self.point(self.index) {
                self.push(GOp::At(point));
            }
        }
        let elsewhere = self.exit_at(self.index, GUEST_ELSEWHERE);
        self.push(GOp::Jump(elsewhere));
    }

    /// Locals of a guest that are unbound where it begins.
    fn unbound_in(&self, number: usize) -> Vec<Reg> {
        let body = &self.guests.all[number].body;
        let locals = body.source.code.source().locals.iter().enumerate();
        let unbound = locals.filter(|(at, local)| {
            let kind = local.kind;
            *at >= body.source.arguments as usize && !kind.is_cell() && !kind.is_free()
        });
        unbound.map(|(at, _)| Reg(body.base + at as u32)).collect()
    }

    /// A guest goes on that was suspended with all that it holds in memory: its locals are guarded to be numbers of the
    /// kind that was stored to them, so that they are where it goes round.
    pub(super) fn guard_locals(&mut self, index: usize) {
        let mut stored: BTreeMap<u32, Kinds> = BTreeMap::new();
        let code = self.source.code;
        for (at, instr) in code.instrs().iter().enumerate() {
            let seen = self.source.profile.at(at);
            let mut add = |local: u32, kinds: Kinds| stored.entry(local).or_default().add(kinds);
            match instr.op {
                Op::StoreFast | Op::DeleteFast if seen.runs > 0 => add(instr.arg, seen.top[0]),
                Op::StoreFastLoadFast if seen.runs > 0 => add(instr.arg >> 4, seen.top[0]),
                Op::StoreFastStoreFast if seen.runs > 0 => {
                    add(instr.arg >> 4, seen.top[0]);
                    add(instr.arg & 15, seen.top[1]);
                }
                _ => {}
            }
        }
        let numbers = stored.into_iter().filter(|(_, kinds)| kinds.is_unboxed());
        let numbers: Vec<(u32, Kinds)> = numbers.collect();
        if numbers.is_empty() {
            return;
        }
        let sent = self.sent(index);
        for (local, kinds) in numbers {
            let reg = self.local(local);
            self.push(GOp::GuardBound { reg });
            self.guard_kind(reg, kinds);
        }
        self.push(GOp::Kill { reg: sent });
    }

    /// A guest is where it goes on when it is asked for an item, and was sent `None`, as whoever asks does: the register of
    /// that.
    fn sent(&mut self, index: usize) -> Reg {
        let depth = self.depth(index).unwrap_or(self.bottom() + 1);
        let (dst, object) = (Reg(depth - 1), self.object(Named::None));
        self.push(GOp::Object { dst, object });
        self.push(GOp::At(
            self.point_at(self.source.code.instrs()[index].start, depth),
        ));
        dst
    }

    /// What a guest iterates over in a loop whose header comes next goes round as it does in registers.
    pub(in super::super) fn goes_into_loop(&mut self, index: usize) {
        let instrs = self.source.code.instrs();
        if !self.is_guest()
            || instrs
                .get(index)
                .is_none_or(|instr| instr.op != Op::ForIter)
        {
            return;
        }
        let seen = self.feedback_at(index);
        let shape = match seen.top[0] {
            kinds if seen.boxed || kinds == Kinds::default() => None,
            kinds if kinds.only(Kinds::RANGE_ITER) => Some(self.range_iterator()),
            kinds => iterator_shape(kinds),
        };
        if let (Some(shape), Some(point)) = (shape, self.point(index)) {
            let shape = self.shape(shape);
            self.push(GOp::At(point));
            self.push(GOp::GuardVirtual {
                reg: Reg(point.depth - 1),
                shape,
            });
        }
    }

    /// Whether the current instruction asks a guest for its next item that waits for that. It need not poll: a guest's own
    /// loops do.
    pub(in super::super) fn asks_parked_guest(&self) -> bool {
        self.guest_here().is_some_and(|here| {
            let parked = &self.guests.contexts[self.context].parked;
            parked.iter().any(|(number, _)| *number == here)
        })
    }

    /// Asks whether a guest is at a unit of its code, or at its beginning (-1); if so, it is active from here on.
    fn begins_at(&mut self, number: usize, unit: i64) -> Reg {
        let generator = self.guests.all[number].number as u32;
        let (code, at, begins, zero) = (self.temp(0), self.temp(1), self.temp(2), self.temp(3));
        let object = self.object(Named::GeneratorCode(generator));
        self.push(GOp::Object { dst: code, object });
        self.constant_int(at, unit);
        let params = [Type::Ref, Type::Ref, Type::I64, Type::Ref];
        let parts = [memory::GUEST_SLOTS];
        let helper = self.writer("guest_begins", &params, Some(Type::I64), CHANGES, &parts);
        let holder = self.top(1);
        // None stands for no variable.
        let variable = match self.guests.all[number].variable {
            Some(local) => self.local(local),
            None => {
                let (dst, object) = (self.temp(4), self.object(Named::None));
                self.push(GOp::Object { dst, object });
                dst
            }
        };
        // A branch and not a guard: one made to fail on purpose would leave the generator running.
        self.push(GOp::Call {
            dst: Some(begins),
            helper,
            args: vec![holder, code, at, variable],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ne, begins, begins, zero);
        begins
    }

    /// A guest yields: what asked for the item goes on.
    pub(in super::super) fn yield_in_guest(&mut self) {
        let context = self.guests.contexts[self.context].clone();
        let Some(number) = context.running.filter(|_| yields(self.source, self.index)) else {
            return self.generic();
        };
        if let Some(fold) = self.guests.all[number].fold {
            return self.yield_to_fold(number, fold);
        }
        let (around, site) = (self.guests.all[number].around, self.guests.all[number].site);
        let value = self.top(1);
        let item = self.asked_slot(number);
        self.push(GOp::Move {
            dst: item,
            src: value,
        });
        self.push(GOp::Park {
            guest: number as u32,
        });
        let mut next = context;
        next.running = around;
        next.parked.push((number, self.index));
        next.parked.sort_unstable();
        let to = self.elsewhere(next, site, |translator| translator.target(site + 1));
        self.push(GOp::Jump(to));
    }

    /// Where the item of a guest goes: above its holder.
    fn asked_slot(&self, number: usize) -> Reg {
        Reg(self.region.guests[number].holder.0 + 1)
    }

    /// A guest returns. In the region's own code its end is the interpreter's, and the loop that consumed it is over.
    pub(in super::super) fn return_from_guest(&mut self) {
        let context = self.guests.contexts[self.context].clone();
        let instr = self.source.code.instrs()[self.index];
        let Some(number) = context.running else {
            return self.leave(Reason::Finished);
        };
        let guest = &self.guests.all[number];
        let (around, site) = (guest.around, guest.site);
        if let (Some(fold), Op::ReturnConst) = (guest.fold, instr.op) {
            return self.return_to_fold(number, fold, instr.start);
        }
        if instr.op != Op::ReturnConst {
            return self.leave(Reason::Finished);
        }
        if around.is_some() {
            // What its locals hold goes while another guest runs.
            let regs = self.region.guests[number].locals().map(Reg).collect();
            self.push(GOp::GuardRelease { regs });
        }
        self.push(GOp::End {
            guest: number as u32,
        });
        if around.is_none() {
            // Here it may still fail: the generator's frame can be gone on with.
            self.push(GOp::Publish);
        }
        let next = Context {
            running: around,
            ..context
        };
        self.elsewhere(next, site, |translator| {
            translator.behind_guest(around.is_some(), instr.start);
        });
    }

    /// The current instruction has its last item: the guest that it asked returns at this unit, in another guest or not.
    fn behind_guest(&mut self, in_guest: bool, unit: u32) {
        self.forget();
        let site = self.source.code.instrs()[self.index];
        let (Some(point), Some(end)) = (self.point(self.index), site.target) else {
            return self.leave(Reason::NotSeen);
        };
        let behind = self.behind_end_for(end);
        if in_guest {
            self.push_guest_ends(unit);
        } else {
            self.push(GOp::At(point));
            self.push_guest_returns(i64::from(unit));
            let point = self.point_behind_loop(behind);
            self.push(GOp::After(point));
        }
        let done = self.target(behind);
        self.push(GOp::Jump(done));
    }

    /// The same in another guest, where that runs no code.
    fn push_guest_ends(&mut self, unit: u32) {
        let (holder, at) = (self.top(1), self.temp(0));
        self.constant_int(at, i64::from(unit));
        let params = [Type::Own, Type::I64];
        let parts = [memory::GUEST_SLOTS];
        let helper = self.releaser("guest_ends", &params, None, CHANGES, &parts);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![holder, at],
        });
    }

    fn push_guest_returns(&mut self, unit: i64) {
        let params = [Type::Ptr, Type::I64, Type::I64];
        let helper = self.helper(GUEST_RETURNS, &params, None, ANYTHING);
        let depth = self.here();
        self.push(GOp::Host {
            helper,
            depth,
            arg: unit,
            pops: 1,
            pushes: 0,
            outcome: None,
        });
    }

    /// Guests whose holders the next instruction touches are let go.
    pub(in super::super) fn let_guests_go(&mut self) {
        let Some(context) = self.guests.contexts.get(self.context) else {
            return;
        };
        let running = context.running;
        let touched = self.lowest_touched();
        let gone = context.parked.iter().copied().find(|(number, _)| {
            let guest = &self.guests.all[*number];
            let asks = guest.site == self.index;
            guest.around == running && !asks && self.region.guests[*number].holder.0 >= touched
        });
        if let Some(gone) = gone {
            self.let_guest_go(gone);
            self.let_guests_go();
        }
    }

    fn let_guest_go(&mut self, (number, yielded): (usize, usize)) {
        let mut next = self.guests.contexts[self.context].clone();
        next.parked.retain(|(guest, _)| *guest != number);
        self.suspend_guest(number, yielded);
        let there = self.context_of(next);
        self.switch_to(there);
        if let Some(point) = self.point(self.index) {
            self.push(GOp::At(point));
        }
    }

    /// A guest stays where it yielded.
    pub(super) fn suspend_guest(&mut self, number: usize, yielded: usize) {
        let waits = self.waits(number, yielded);
        let holder = self.region.guests[number].holder;
        self.push(GOp::LetGo {
            guest: number as u32,
        });
        let (depth, unit) = (self.temp(0), self.temp(1));
        self.constant_int(depth, i64::from(waits.depth));
        self.constant_int(unit, i64::from(waits.position));
        let params = [Type::Ref, Type::I64, Type::I64];
        let parts = [memory::GUEST_SLOTS];
        let helper = self.writer("guest_suspends", &params, None, CHANGES, &parts);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![holder, depth, unit],
        });
    }

    /// The lowest register that the current instruction may change.
    fn lowest_touched(&self) -> u32 {
        let instr = self.source.code.instrs()[self.index];
        let here = self.here();
        let next = [Some(self.index + 1), instr.target];
        let after = next
            .into_iter()
            .flatten()
            .filter_map(|index| self.depth(index));
        let touched = match instr.op {
            Op::Swap | Op::Copy => here.saturating_sub(instr.arg),
            Op::PopTop => here - 1,
            _ => here,
        };
        match instr.op {
            // What follows is reached from elsewhere.
            Op::JumpForward | Op::JumpBackward | Op::JumpBackwardNoInterrupt => touched,
            _ => after.fold(touched, u32::min),
        }
    }
}
