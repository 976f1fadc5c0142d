//! Calls whose functions' operations stand in the region (`crate::gbc::Spliced`).
//!
//! Invariant: what is called has registers without memory. An argument that is an object is *held*: kept alive by the caller,
//! whose registers do not change while the call is under way. So nothing that is called can own anything, and where it would
//! have to, the region is refused, for whoever compiles to try again without splicing. As in a function without a frame,
//! nothing in it runs code.

use rustc_hash::FxHashMap as HashMap;

use fatjit_ir::{Reason, Type, Value};

use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering, number as number_of};
use crate::gbc::{Label, Point, Reg, Spliced};

/// A call that is under way.
#[derive(Clone, Debug)]
struct UnderWay {
    /// Where the caller stands meanwhile.
    site: Point,
    /// Stack slots of the caller that own what is released behind the call.
    kept: Vec<Reg>,
    /// Stack slots of the caller that borrow what is in a local.
    borrowed: Vec<(Reg, u32, Value)>,
}

/// What a register is in a function whose operations stand in the region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A local.
    Local,
    /// A slot of the value stack.
    Stack,
    /// A temporary, or no register of such a function.
    Other,
}

/// What is known of calls where a block begins. It is handed on over edges, as blocks may be copies of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// Those that have begun.
    under_way: HashMap<u32, UnderWay>,
    /// What is kept alive for them, by the names of [`Mem::Held`].
    held: HashMap<u32, Value>,
}

/// What a function is handed.
#[derive(Clone)]
enum Handed {
    /// No reference.
    Val(Val),
    /// An object that the caller keeps alive.
    Held(Val, Value),
    /// An object that another one lends.
    Lent(Val, Value),
}

/// What a call came to.
enum Came {
    Number(Type, Value),
    Val(Val),
    Slot(Slot),
    Own(Value),
}

impl<'r> Lowering<'r> {
    pub(super) fn is_spliced(&self, reg: Reg) -> bool {
        self.roles[reg.0 as usize] != Role::Other
    }

    pub(super) fn is_local_of_spliced(&self, reg: Reg) -> bool {
        self.roles[reg.0 as usize] == Role::Local
    }

    /// Whether a register is a slot of some frame, be it one that has no memory.
    pub(super) fn is_slot(&self, reg: Reg) -> bool {
        self.has_memory(reg) || self.is_spliced(reg)
    }

    /// The current source instruction is another.
    pub(super) fn go_to(&mut self, point: Point) {
        self.here = point;
        self.enter_call(self.region.spliced_at(point.position).map(|(call, _)| call));
    }

    /// This call is the innermost that is under way.
    fn enter_call(&mut self, within: Option<u32>) {
        if within == self.within {
            return;
        }
        self.within = within;
        self.roles.fill(Role::Other);
        let mut next = within;
        while let Some(call) = next.and_then(|call| self.region.calls.get(call as usize)) {
            for reg in call.all() {
                self.roles[reg as usize] = match call.locals().contains(&reg) {
                    true => Role::Local,
                    false => Role::Stack,
                };
            }
            next = self
                .region
                .spliced_at(call.at.position)
                .map(|(call, _)| call);
        }
    }

    /// Hands on what is known of calls to a block; all who go there know the same of those that are under way there.
    pub(super) fn hand_calls_on(&mut self, to: Label) {
        if !self.calls.under_way.is_empty() {
            let (calls, here) = (&self.calls, self.here);
            let known = self.calls_at_start.entry(to);
            known.or_insert_with(|| (calls.clone(), here));
        }
    }

    /// Takes up what is known of calls where a block begins.
    pub(super) fn take_calls_up(&mut self, label: Label) {
        if let Some((calls, here)) = self.calls_at_start.get(&label).cloned() {
            self.calls = calls;
            self.go_to(here);
        } else {
            self.calls = Calls::default();
            self.enter_call(None);
        }
    }

    fn spliced(&self, call: u32) -> Result<Spliced, LowerError> {
        let spliced = self.region.calls.get(call as usize).cloned();
        spliced.ok_or_else(|| self.unexpected("call", Reg(call)))
    }

    pub(super) fn begin_call(&mut self, number: u32) -> Result<(), LowerError> {
        let call = self.spliced(number)?;
        let under = call.site.depth;
        if call.params.len() != call.args.len() || call.params.len() > call.locals as usize {
            return Err(self.unexpected("call", Reg(under)));
        }
        if let (Some(_), Some(reg)) = (call.instance, call.args.first())
            && (reg.0 + 1 != under || self.is_local(*reg))
        {
            return Err(self.unexpected("call", *reg));
        }
        self.guard_arguments(&call.args, &call.params, call.instance)?;
        if self.at.is_none() {
            return Ok(());
        }
        if let (Some(instance), Some(reg)) = (call.instance, call.args.first()) {
            match instance.sinks && self.region.sinking.is_some() {
                true => {
                    self.class_goes(*reg)?;
                    self.sink(*reg, instance);
                }
                false => self.make_instance(*reg, instance)?,
            }
        }
        let mut first = Vec::with_capacity(call.args.len());
        for (reg, ty) in call.args.iter().zip(&call.params) {
            first.push(self.handed(*reg, *ty)?);
        }
        let operands = (under..self.here.depth).map(Reg);
        let kept = operands.clone().filter(|reg| self.is_kept_in_call(*reg));
        let kept: Vec<Reg> = kept.collect();
        let own = call.operator && kept.first() == Some(&Reg(under));
        if !kept.is_empty() && (self.runs_no_code() || kept[0] == Reg(under) && !own) {
            return Err(LowerError::NotNative {
                position: self.here.position,
            });
        }
        if own {
            // The result has no place until what is there is released, where nothing may fail then.
            self.publish();
        }
        for reg in operands.filter(|reg| !call.operator && !kept.contains(reg)) {
            self.kill(reg)?;
        }
        // No local of the caller's changes meanwhile, whatever blocks there are.
        let mut borrowed = Vec::new();
        for reg in self.stack_slots() {
            if let Mem::InLocal(local, object) = self.slot(reg).mem {
                // A number of its own: another call may hold what the slot has then.
                let name = (2 * number + 1) * self.region.regs + reg.0;
                borrowed.push((reg, local, object));
                self.calls.held.insert(name, object);
                self.slot_mut(reg).mem = Mem::Held(name);
            }
        }
        let stays = call.operator || !kept.is_empty();
        let depth = if stays { self.here.depth } else { under };
        let site = Point { depth, ..call.site };
        let under_way = UnderWay {
            site,
            kept,
            borrowed,
        };
        self.calls.under_way.insert(number, under_way);
        let regs = (call.first..call.first + call.regs).map(Reg);
        for (at, reg) in (0..).zip(regs) {
            let local = at < call.locals;
            let (val, mem) = match first.get(at as usize).cloned() {
                Some(Handed::Held(val, object)) => {
                    let name = 2 * number * self.region.regs + reg.0;
                    self.calls.held.insert(name, object);
                    (val, Mem::Held(name))
                }
                Some(Handed::Lent(val, object)) => (val, Mem::Lent(object)),
                Some(Handed::Val(val)) => (val, Mem::Stale),
                None if local => (Val::Null, Mem::Stale),
                None => (Val::None, Mem::Empty),
            };
            let ident = match mem {
                Mem::Held(_) | Mem::Lent(_) => Ident::Object,
                _ => Ident::Free,
            };
            *self.slot_mut(reg) = Slot { val, mem, ident };
        }
        self.enter_call(Some(number));
        Ok(())
    }

    /// What a function is handed in a register: the value, and, if that is an object, who it is.
    fn handed(&mut self, reg: Reg, ty: Type) -> Result<Handed, LowerError> {
        let slot = self.slot(reg).clone();
        if slot.number().is_some() && ty == Type::Ref && slot.ident == Ident::Object {
            // Somebody may ask for its object, which is with the caller.
            return match (self.kept_elsewhere(&slot), slot.mem) {
                (Some(object), Mem::Lent(_)) => Ok(Handed::Lent(slot.val, object)),
                (Some(object), _) => Ok(Handed::Held(slot.val, object)),
                (None, _) => Err(self.unexpected("call", reg)),
            };
        }
        match (slot.val, slot.mem) {
            (val @ (Val::Int(_) | Val::Float(_) | Val::Bool(_)), _) => Ok(Handed::Val(val)),
            (val @ (Val::Sunk(_) | Val::Object(_)), _) => Ok(Handed::Val(val)),
            // Until what lends it is written to; but what is in a temporary is lent as long as the call lasts.
            (val @ (Val::Ref | Val::Plain), Mem::Lent(object)) if self.is_slot(reg) => {
                Ok(Handed::Lent(val, object))
            }
            (val @ (Val::Ref | Val::Plain), _) => Ok(Handed::Held(val, self.borrowed(reg))),
            _ => Err(self.unexpected("call", reg)),
        }
    }

    /// Moves a value into a local of what is called, which owned nothing.
    pub(super) fn store_spliced(&mut self, local: Reg, src: Reg) -> Result<(), LowerError> {
        let source = std::mem::replace(self.slot_mut(src), Slot::NONE);
        let mem = match source.mem {
            Mem::OfUnit(_) | Mem::Argument(_) | Mem::Held(_) | Mem::Lent(_) => source.mem,
            Mem::Empty if !source.val.is_reference() => Mem::Stale,
            _ => return Err(self.unexpected("store", src)),
        };
        *self.slot_mut(local) = Slot { mem, ..source };
        Ok(())
    }

    pub(super) fn end_call(&mut self, number: u32, reg: Reg) -> Result<(), LowerError> {
        let call = self.spliced(number)?;
        let Some(under_way) = self.calls.under_way.get(&number).cloned() else {
            return Err(self.unexpected("end call", reg));
        };
        if call.result != Type::Own {
            self.guard_number(reg, call.result, Reason::TypeChanged)?;
            if self.at.is_none() {
                return Ok(());
            }
            self.guard_no_nan(reg)?;
        }
        let slot = self.slot(reg).clone();
        let free = call.result != Type::Own || slot.ident == Ident::Free;
        let came = match slot.val {
            Val::Int(v) if free => Came::Number(Type::I64, v),
            Val::Float(v) if free => Came::Number(Type::F64, v),
            Val::Bool(v) => Came::Number(Type::Bool, v),
            // What is released before it has a place might have it made.
            val @ Val::Sunk(_) if under_way.kept.is_empty() => Came::Val(val),
            val @ Val::Object(_) => Came::Val(val),
            Val::None | Val::Null | Val::Address(_) | Val::SunkAddress(..) | Val::Virtual(..) => {
                return Err(self.unexpected("end call", reg));
            }
            // Whoever called owns nothing either: all is kept alive further out.
            val if self.is_spliced(Reg(call.site.depth)) => match slot.mem {
                Mem::Lent(_) | Mem::Held(_) | Mem::Argument(_) | Mem::OfUnit(_) => {
                    Came::Slot(Slot { val, ..slot })
                }
                _ => return Err(self.unexpected("end call", reg)),
            },
            _ => Came::Own(self.owned_copy(reg)),
        };
        for i in call.first..call.first + call.regs {
            *self.slot_mut(Reg(i)) = Slot::NONE;
        }
        self.go_to(call.at);
        self.effect();
        if !under_way.kept.is_empty() {
            self.borrow_again(&under_way);
        }
        let under = Reg(call.site.depth);
        let (below, above) = Self::around_result(under_way.kept, under);
        for reg in (under.0..self.here.depth).map(Reg) {
            if !below.contains(&reg) && !above.contains(&reg) {
                self.kill(reg)?;
            }
        }
        self.release_kept(below);
        match came {
            Came::Number(ty, value) => {
                self.kill(under)?;
                *self.slot_mut(under) = Slot::computed(number_of(ty, value));
            }
            Came::Val(val) => {
                self.kill(under)?;
                *self.slot_mut(under) = Slot::computed(val);
            }
            Came::Slot(slot) => {
                self.kill(under)?;
                *self.slot_mut(under) = slot;
            }
            Came::Own(own) if self.has_memory(under) => {
                self.slot_put(under, own);
                *self.slot_mut(under) = Slot::REFERENCE;
            }
            Came::Own(_) => return Err(self.unexpected("end call", under)),
        }
        self.release_kept(above);
        Ok(())
    }

    /// The caller's instruction goes on.
    pub(super) fn behind_call(&mut self, number: u32) -> Result<(), LowerError> {
        self.go_to(self.spliced(number)?.at);
        self.effect();
        if let Some(under_way) = self.calls.under_way.get(&number).cloned() {
            self.borrow_again(&under_way);
        }
        let names = 2 * self.region.regs;
        self.calls.under_way.remove(&number);
        self.calls.held.retain(|name, _| name / names != number);
        Ok(())
    }

    /// The caller's locals may change again.
    fn borrow_again(&mut self, call: &UnderWay) {
        for (reg, local, object) in &call.borrowed {
            let held = match self.slot(*reg).mem {
                Mem::Held(name) => self.held_by_caller(name),
                _ => None,
            };
            if held == Some(*object) {
                self.slot_mut(*reg).mem = Mem::InLocal(*local, *object);
            }
        }
    }

    /// The calls that are under way at a point, the innermost first, each with where it is in it; and where the region's own
    /// frame is.
    pub(super) fn calls_at(&self, point: Point) -> (Vec<(&'r Spliced, Point)>, Point) {
        let mut calls = Vec::new();
        let mut at = point;
        while let Some((number, position)) = self.region.spliced_at(at.position) {
            let Some(call) = self.region.calls.get(number as usize) else {
                break;
            };
            let depth = at.depth - call.first;
            calls.push((call, Point { position, depth }));
            let under_way = self.calls.under_way.get(&number);
            at = under_way.map_or(call.site, |under_way| under_way.site);
        }
        (calls, at)
    }

    /// The object that the caller keeps alive under this name.
    pub(super) fn held_by_caller(&self, name: u32) -> Option<Value> {
        self.calls.held.get(&name).copied()
    }

    /// Levels of calls that a call here is nested in beyond one.
    pub(super) fn levels(&self) -> i64 {
        1 + self.calls_at(self.here).0.len() as i64
    }
}
