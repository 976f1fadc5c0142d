//! Execution: one instruction after another until an exit is taken, then the exit's frames.

use super::heap::{Handle, Payload};
use super::world::{FRAME_BASE, Reply, World};
use super::{Breach, Datum, Ended, Left, Outcome, RebuiltFrame, Shown};
use crate::evaluate::{Evaluated, Scalar, evaluate};
use crate::exit::SlotValue;
use crate::inst::Op;
use crate::types::{Block, ExitId, Slot, Type, Value};
use crate::unit::{Imm, InstData, Read, Target, Unit};

/// Addresses of objects, when references become addresses.
const OBJECT_BASE: i64 = 0x1_0000_0000;
const OBJECT_SIZE: i64 = 16;

/// Runs a valid unit from one of its entries until it leaves; at most `fuel` instructions. The world's
/// frame is then the region's own, rebuilt.
///
/// # Errors
/// What the unit, or a helper, did wrong.
pub fn run(unit: &Unit, entry: usize, world: &mut World, fuel: u64) -> Result<Outcome, Breach> {
    match execute(unit, entry, world, fuel)? {
        Ended::Left(outcome) => Ok(outcome),
        Ended::Returned(_) => Err(Breach::Invalid),
    }
}

/// Runs a function's unit on the world's arguments until it returns or leaves; at most `fuel` instructions.
///
/// # Errors
/// What the unit, or a helper, did wrong.
pub fn run_function(unit: &Unit, world: &mut World, fuel: u64) -> Result<Ended, Breach> {
    execute(unit, 0, world, fuel)
}

fn execute(unit: &Unit, entry: usize, world: &mut World, fuel: u64) -> Result<Ended, Breach> {
    let block = *unit.entries.get(entry).ok_or(Breach::NoSuch(entry))?;
    let mut machine = Machine {
        unit,
        world,
        values: vec![None; unit.value_count()],
    };
    if unit.signature.is_none() {
        machine.read(&unit.block(block).reads)?;
    }
    match machine.until_end(block, fuel)? {
        End::Exit(exit) => {
            let left = machine.leave(exit)?;
            Ok(Ended::Left(Outcome { exit, left }))
        }
        End::Return(value) => {
            let shown = machine.world.show(value)?;
            let kept = match (value, unit.signature.as_ref().map(|s| s.result)) {
                (Datum::Ref(object), Some(Type::Own)) => object,
                _ => None,
            };
            machine.world.end_frame(kept)?;
            Ok(Ended::Returned(shown))
        }
    }
}

/// Where a run ended.
enum End {
    Exit(ExitId),
    Return(Datum),
}

/// Where an instruction leads.
enum Step {
    Next(Option<Datum>),
    Goto(Target),
    Leave,
    Return(Datum),
}

struct Machine<'a> {
    unit: &'a Unit,
    world: &'a mut World,
    values: Vec<Option<Datum>>,
}

impl Machine<'_> {
    /// Does what a host does before native code begins: the arguments become the numbers that slots hold.
    fn read(&mut self, reads: &[Read]) -> Result<(), Breach> {
        let mut all = true;
        let mut numbers = Vec::new();
        for read in reads {
            let object = *self.slot(read.slot)?;
            let payload = object.map(|object| self.world.heap.get(object));
            numbers.push(match (payload.transpose()?, read.ty) {
                (Some(Payload::Int(n)), Type::I64) => Datum::Int(*n),
                (Some(Payload::Float(x)), Type::F64) => Datum::Float(*x),
                (Some(Payload::Bool(b)), Type::Bool) => Datum::Bool(*b),
                (_, ty) => {
                    all = false;
                    match ty {
                        Type::F64 => Datum::Float(0.0),
                        Type::Bool => Datum::Bool(false),
                        _ => Datum::Int(0),
                    }
                }
            });
        }
        numbers.insert(0, Datum::Bool(all));
        self.world.arguments = numbers;
        Ok(())
    }

    fn until_end(&mut self, mut block: Block, mut fuel: u64) -> Result<End, Breach> {
        'blocks: loop {
            for &inst in &self.unit.block(block).insts {
                fuel = fuel.checked_sub(1).ok_or(Breach::OutOfFuel)?;
                let data = self.unit.inst(inst);
                match self.step(data)? {
                    Step::Next(value) => {
                        if let (Some(result), Some(value)) = (data.result, value) {
                            self.values[result.index()] = Some(value);
                        }
                    }
                    Step::Goto(target) => {
                        self.enter(&target)?;
                        block = target.block;
                        continue 'blocks;
                    }
                    Step::Leave => return data.exit.map(End::Exit).ok_or(Breach::Invalid),
                    Step::Return(value) => return Ok(End::Return(value)),
                }
            }
            return Err(Breach::Invalid);
        }
    }

    fn enter(&mut self, target: &Target) -> Result<(), Breach> {
        let args = self.all(&target.args)?;
        for (param, arg) in self.unit.block(target.block).params.iter().zip(args) {
            if let (Some(range), Datum::Int(n)) = (self.unit.bounds(*param), arg)
                && !range.has(n)
            {
                return Err(Breach::OutOfBounds(n));
            }
            self.values[param.index()] = Some(arg);
        }
        Ok(())
    }

    fn step(&mut self, data: &InstData) -> Result<Step, Breach> {
        let args = self.all(&data.args)?;
        if let Some(scalars) = scalars(&args)
            && let Some(evaluated) = evaluate(data.op, &scalars)
        {
            return match evaluated {
                Evaluated::Value(value) => Ok(Step::Next(Some(value.into()))),
                Evaluated::Leaves => Ok(Step::Leave),
                Evaluated::Broken => Err(Breach::BrokenPromise(data.op)),
            };
        }
        match data.op {
            Op::Guard | Op::GuardNot => {
                let stay = truth(args[0])? == (data.op == Op::Guard);
                Ok(if stay { Step::Next(None) } else { Step::Leave })
            }
            Op::Leave => Ok(Step::Leave),
            Op::RetI | Op::RetF | Op::RetB | Op::RetO => Ok(Step::Return(args[0])),
            Op::CallNative | Op::CallFramed => self.call_native(data, &args),
            Op::Jump | Op::Br => {
                let wanted = usize::from(data.op == Op::Br && !truth(args[0])?);
                let target = data.targets().nth(wanted).ok_or(Breach::Invalid)?;
                Ok(Step::Goto(target.clone()))
            }
            Op::BoxI | Op::BoxF => match &mut self.world.allocations {
                Some(0) => Ok(Step::Leave),
                left => {
                    *left = left.map(|n| n - 1);
                    let payload = payload(args[0])?;
                    Ok(Step::Next(Some(self.new_object(payload))))
                }
            },
            Op::UnboxI | Op::UnboxV => match self.object_of(args[0])? {
                Payload::Int(n) => Ok(Step::Next(Some(Datum::Int(*n)))),
                Payload::Wide(_) => Ok(Step::Leave),
                _ => Err(Breach::WrongObject(data.op)),
            },
            Op::Call => self.call(data, &args),
            _ => self.simple(data, &args).map(Step::Next),
        }
    }

    /// Instructions that neither leave nor branch.
    fn simple(&mut self, data: &InstData, args: &[Datum]) -> Result<Option<Datum>, Breach> {
        let value = match (data.op, &data.imm) {
            (Op::IConst, Imm::Int(n)) => Datum::Int(*n),
            (Op::FConst, Imm::Float(bits)) => Datum::Float(f64::from_bits(*bits)),
            (Op::BConst, Imm::Bool(b)) => Datum::Bool(*b),
            (Op::PConst, Imm::Int(n)) => Datum::Ptr(*n),
            (Op::Object, Imm::Object(id)) => {
                Datum::Ref(Some(self.world.object(&self.unit.objects[id.index()])))
            }
            (Op::Null | Op::NullOwn, _) => Datum::Ref(None),
            (Op::Is, _) => Datum::Bool(handle(args[0])? == handle(args[1])?),
            (Op::IsNull, _) => Datum::Bool(handle(args[0])?.is_none()),
            (Op::IsType, Imm::Type(id)) => {
                let name = self.object_of(args[0])?.type_name();
                Datum::Bool(name == self.unit.types[id.index()])
            }
            (Op::BoxB, _) => {
                let payload = payload(args[0])?;
                self.new_object(payload)
            }
            (Op::UnboxF, _) => match self.object_of(args[0])? {
                Payload::Float(x) => Datum::Float(*x),
                _ => return Err(Breach::WrongObject(data.op)),
            },
            (Op::UnboxB, _) => match self.object_of(args[0])? {
                Payload::Bool(b) => Datum::Bool(*b),
                _ => return Err(Breach::WrongObject(data.op)),
            },
            (Op::IncRef, _) => {
                if let Some(handle) = handle(args[0])? {
                    self.world.heap.retain(handle)?;
                }
                args[0]
            }
            (Op::DecRef, _) => {
                if let Some(handle) = handle(args[0])? {
                    self.world.release(handle)?;
                }
                return Ok(None);
            }
            (Op::DecRefPlain, _) => {
                if let Some(handle) = handle(args[0])? {
                    self.world.release_plain(handle)?;
                }
                return Ok(None);
            }
            (Op::IsLastRef, _) => Datum::Bool(match handle(args[0])? {
                Some(handle) => self.world.heap.count(handle)? == 1,
                None => false,
            }),
            (Op::SlotLoad, Imm::Slot(slot)) => Datum::Ref(*self.slot(*slot)?),
            (Op::SlotTake, Imm::Slot(slot)) => Datum::Ref(self.slot(*slot)?.take()),
            (Op::SlotPut, Imm::Slot(slot)) => {
                let new = handle(args[0])?;
                let place = self.slot(*slot)?;
                if place.is_some() {
                    return Err(Breach::SlotOccupied(*slot));
                }
                *place = new;
                return Ok(None);
            }
            (Op::SlotSwap, Imm::Slot(slot)) => {
                let new = handle(args[0])?;
                Datum::Ref(std::mem::replace(self.slot(*slot)?, new))
            }
            (Op::Position, Imm::Position(position)) => {
                self.world.position = *position;
                return Ok(None);
            }
            (Op::ArgI | Op::ArgF | Op::ArgB | Op::ArgR, Imm::Word(number)) => {
                let number = *number as usize;
                let given = self.world.arguments.get(number).copied();
                given
                    .filter(|datum| fits(*datum, data.op.argument_type()))
                    .ok_or(Breach::NoSuch(number))?
            }
            (Op::MayNest, Imm::Int(levels)) => Datum::Bool(self.world.nesting >= *levels),
            (Op::Poll, _) => Datum::Bool(self.world.polls.pop_front().unwrap_or(false)),
            (Op::Disturbed, _) => Datum::Bool(self.world.disturbances.pop_front().unwrap_or(false)),
            _ => return self.raw(data, args),
        };
        Ok(Some(value))
    }

    /// Addresses and memory.
    fn raw(&mut self, data: &InstData, args: &[Datum]) -> Result<Option<Datum>, Breach> {
        let value = match (data.op, &data.imm) {
            (Op::FrameBase, _) => Datum::Ptr(FRAME_BASE),
            (Op::Context, Imm::Word(word)) => {
                let word = *word as usize;
                let held = self.world.context.get(word).copied();
                Datum::Ptr(held.ok_or(Breach::NoSuch(word))?)
            }
            (Op::RefToPtr | Op::OwnToPtr, _) => Datum::Ptr(match handle(args[0])? {
                Some(handle) => OBJECT_BASE + i64::from(handle.0) * OBJECT_SIZE,
                None => 0,
            }),
            (Op::PtrToRef | Op::Lend | Op::PtrToOwn, _) => Datum::Ref(match pointer(args[0])? {
                0 => None,
                address => {
                    let number = (address - OBJECT_BASE) / OBJECT_SIZE;
                    let number = u32::try_from(number).map_err(|_| Breach::NoMemory(address))?;
                    Some(Handle(number))
                }
            }),
            (Op::PEq, _) => Datum::Bool(pointer(args[0])? == pointer(args[1])?),
            (Op::PIndex, Imm::Int(size)) => {
                let Datum::Int(index) = args[1] else {
                    return Err(Breach::Invalid);
                };
                Datum::Ptr(pointer(args[0])?.wrapping_add(index.wrapping_mul(*size)))
            }
            (op, Imm::Offset(offset, _)) => {
                let address = pointer(args[0])?.wrapping_add(*offset);
                return match args.get(1) {
                    Some(value) => self.store(op, address, *value).map(|()| None),
                    None => self.load(op, address).map(Some),
                };
            }
            _ => return Err(Breach::Invalid),
        };
        Ok(Some(value))
    }

    fn load(&self, op: Op, at: i64) -> Result<Datum, Breach> {
        let world = &self.world;
        Ok(match op {
            Op::LoadI64 => Datum::Int(i64::from_le_bytes(world.read(at)?)),
            Op::LoadU32 => Datum::Int(u32::from_le_bytes(world.read(at)?).into()),
            Op::LoadI32 => Datum::Int(i32::from_le_bytes(world.read(at)?).into()),
            Op::LoadU16 => Datum::Int(u16::from_le_bytes(world.read(at)?).into()),
            Op::LoadI16 => Datum::Int(i16::from_le_bytes(world.read(at)?).into()),
            Op::LoadU8 => Datum::Int(u8::from_le_bytes(world.read(at)?).into()),
            Op::LoadI8 => Datum::Int(i8::from_le_bytes(world.read(at)?).into()),
            Op::LoadF64 => Datum::Float(f64::from_le_bytes(world.read(at)?)),
            Op::LoadF32 => Datum::Float(f32::from_le_bytes(world.read(at)?).into()),
            Op::LoadPtr => Datum::Ptr(i64::from_le_bytes(world.read(at)?)),
            _ => return Err(Breach::Invalid),
        })
    }

    fn store(&mut self, op: Op, at: i64, value: Datum) -> Result<(), Breach> {
        let world = &mut self.world;
        match (op, value) {
            (Op::StoreI64, Datum::Int(n)) | (Op::StorePtr, Datum::Ptr(n)) => {
                world.write(at, &n.to_le_bytes())
            }
            (Op::StoreU32, Datum::Int(n)) => world.write(at, &(n as u32).to_le_bytes()),
            (Op::StoreU16, Datum::Int(n)) => world.write(at, &(n as u16).to_le_bytes()),
            (Op::StoreU8, Datum::Int(n)) => world.write(at, &(n as u8).to_le_bytes()),
            (Op::StoreF64, Datum::Float(x)) => world.write(at, &x.to_le_bytes()),
            (Op::StoreF32, Datum::Float(x)) => world.write(at, &(x as f32).to_le_bytes()),
            _ => Err(Breach::Invalid),
        }
    }

    fn call(&mut self, data: &InstData, args: &[Datum]) -> Result<Step, Breach> {
        let helper = self.unit.helper_of(data).ok_or(Breach::Invalid)?;
        let routine = self.world.routine(&helper.name)?;
        match routine(self.world, args)? {
            Reply::Raised if helper.effects.raises => Ok(Step::Leave),
            Reply::Done if helper.result.is_none() => Ok(Step::Next(None)),
            Reply::Value(value) if fits(value, helper.result) => Ok(Step::Next(Some(value))),
            _ => Err(Breach::Helper(helper.name.clone())),
        }
    }

    /// A compiled function is a helper of its name. One that is left, whatever it then comes to, is done or
    /// raises.
    fn call_native(&mut self, data: &InstData, args: &[Datum]) -> Result<Step, Breach> {
        let Imm::Native(id) = data.imm else {
            return Err(Breach::Invalid);
        };
        let native = &self.unit.natives[id.index()];
        let routine = self.world.routine(&native.name)?;
        match routine(self.world, args)? {
            Reply::Raised | Reply::Done => Ok(Step::Leave),
            Reply::Value(value) if fits(value, Some(native.signature.result)) => {
                Ok(Step::Next(Some(value)))
            }
            Reply::Value(_) => Err(Breach::Helper(native.name.clone())),
        }
    }

    /// Rebuilds the frames. All values are read before a slot is written.
    fn leave(&mut self, id: ExitId) -> Result<Left, Breach> {
        let exit = &self.unit.exits[id.index()];
        let mut rebuilt = Vec::new();
        let mut sunken = Vec::new();
        for frame in &exit.frames {
            let function = match frame.function {
                Some(value) => {
                    let function = self.value(value)?;
                    Some(self.world.show(function)?)
                }
                None => None,
            };
            let mut slots = Vec::new();
            for (slot, value) in &frame.slots {
                slots.push((slot.index(), self.rebuild(value, &mut sunken)?));
            }
            rebuilt.push((frame, function, slots));
        }
        let mut frames = Vec::new();
        let mut inner = Vec::new();
        for (at, (frame, function, slots)) in rebuilt.into_iter().enumerate() {
            let depth = frame.depth as usize;
            let mut contents = if at == 0 {
                std::mem::take(&mut self.world.frame)
            } else {
                vec![None; depth]
            };
            for (slot, new) in slots {
                let place = contents.get_mut(slot).ok_or(Breach::Invalid)?;
                if let Some(stale) = std::mem::replace(place, new) {
                    self.world.release_plain(stale)?;
                }
            }
            let in_use = |slot: &usize| match at {
                0 => self.unit.in_use(Slot(*slot as u32), frame.depth),
                _ => *slot < depth,
            };
            let mut rest = (0..contents.len()).filter(|slot| !in_use(slot));
            if let Some(dead) = rest.find(|slot| contents[*slot].is_some()) {
                return Err(Breach::DeadSlot(Slot(dead as u32)));
            }
            let shown: Result<Vec<Shown>, Breach> = (0..contents.len())
                .filter(in_use)
                .map(|slot| self.world.show(Datum::Ref(contents[slot])))
                .collect();
            frames.push(RebuiltFrame {
                position: frame.position,
                function,
                slots: shown?,
            });
            if at == 0 {
                self.world.frame = contents;
            } else {
                inner.extend(contents.into_iter().flatten());
            }
        }
        self.world.audit(&inner)?;
        Ok(Left {
            reason: exit.reason,
            resume: exit.resume,
            frames,
        })
    }

    fn rebuild(
        &mut self,
        value: &SlotValue,
        sunken: &mut Vec<(u32, Handle)>,
    ) -> Result<Option<Handle>, Breach> {
        let datum = match value.values() {
            [only] if !matches!(value, SlotValue::Virtual(..) | SlotValue::Sunk(_)) => {
                self.value(*only)?
            }
            _ => Datum::Ref(None),
        };
        Ok(match value {
            SlotValue::Int(_) | SlotValue::Float(_) | SlotValue::Bool(_) => {
                Some(self.world.heap.new_object(payload(datum)?))
            }
            SlotValue::Own(_) => handle(datum)?,
            SlotValue::Borrowed(_) => {
                let handle = handle(datum)?;
                if let Some(handle) = handle {
                    self.world.heap.retain(handle)?;
                }
                handle
            }
            SlotValue::Object(id) => {
                let handle = self.world.object(&self.unit.objects[id.index()]);
                self.world.heap.retain(handle)?;
                Some(handle)
            }
            SlotValue::Null => None,
            SlotValue::Virtual(shape, fields) => {
                let mut shown = Vec::new();
                for &field in fields {
                    shown.push(self.world.show(self.value(field)?)?.to_string());
                }
                let name = format!("({})", shown.join(", "));
                let ty = self.unit.shapes[shape.index()].clone();
                Some(self.world.heap.new_object(Payload::Other(ty, name)))
            }
            SlotValue::Sunk(sunk) => {
                let mut shown = Vec::new();
                let mut values = sunk.values.iter().skip(1);
                for (place, object) in &sunk.places {
                    let attribute = match object {
                        Some(object) => self.unit.objects[object.index()].clone(),
                        None => {
                            let value = self.value(*values.next().ok_or(Breach::Invalid)?)?;
                            self.world.show(value)?.to_string()
                        }
                    };
                    shown.push(format!("{place}: {attribute}"));
                }
                let class = self.unit.objects[sunk.class.index()].clone();
                let made = Payload::Other(class, format!("({})", shown.join(", ")));
                let made = self.world.heap.new_object(made);
                sunken.push((sunk.number, made));
                Some(made)
            }
            SlotValue::Same(number) => {
                let made = sunken.iter().find(|(other, _)| other == number);
                let (_, made) = *made.ok_or(Breach::Invalid)?;
                self.world.heap.retain(made)?;
                Some(made)
            }
        })
    }

    fn new_object(&mut self, payload: Payload) -> Datum {
        Datum::Ref(Some(self.world.heap.new_object(payload)))
    }

    fn object_of(&self, datum: Datum) -> Result<&Payload, Breach> {
        self.world.heap.get(handle(datum)?.ok_or(Breach::Null)?)
    }

    fn slot(&mut self, slot: Slot) -> Result<&mut Option<Handle>, Breach> {
        self.world
            .frame
            .get_mut(slot.index())
            .ok_or(Breach::Invalid)
    }

    fn value(&self, value: Value) -> Result<Datum, Breach> {
        self.values[value.index()].ok_or(Breach::Invalid)
    }

    fn all(&self, values: &[Value]) -> Result<Vec<Datum>, Breach> {
        values.iter().map(|v| self.value(*v)).collect()
    }
}

impl From<Scalar> for Datum {
    fn from(scalar: Scalar) -> Datum {
        match scalar {
            Scalar::Int(n) => Datum::Int(n),
            Scalar::Float(x) => Datum::Float(x),
            Scalar::Bool(b) => Datum::Bool(b),
        }
    }
}

fn scalars(args: &[Datum]) -> Option<Vec<Scalar>> {
    args.iter()
        .map(|datum| match *datum {
            Datum::Int(n) => Some(Scalar::Int(n)),
            Datum::Float(x) => Some(Scalar::Float(x)),
            Datum::Bool(b) => Some(Scalar::Bool(b)),
            Datum::Ref(_) | Datum::Ptr(_) => None,
        })
        .collect()
}

fn fits(datum: Datum, ty: Option<Type>) -> bool {
    matches!(
        (datum, ty),
        (Datum::Int(_), Some(Type::I64))
            | (Datum::Float(_), Some(Type::F64))
            | (Datum::Bool(_), Some(Type::Bool))
            | (Datum::Ref(_), Some(Type::Ref | Type::Own))
            | (Datum::Ptr(_), Some(Type::Ptr))
    )
}

fn payload(datum: Datum) -> Result<Payload, Breach> {
    match datum {
        Datum::Int(n) => Ok(Payload::Int(n)),
        Datum::Float(x) => Ok(Payload::Float(x)),
        Datum::Bool(b) => Ok(Payload::Bool(b)),
        Datum::Ref(_) | Datum::Ptr(_) => Err(Breach::Invalid),
    }
}

fn truth(datum: Datum) -> Result<bool, Breach> {
    match datum {
        Datum::Bool(b) => Ok(b),
        _ => Err(Breach::Invalid),
    }
}

fn handle(datum: Datum) -> Result<Option<Handle>, Breach> {
    match datum {
        Datum::Ref(handle) => Ok(handle),
        _ => Err(Breach::Invalid),
    }
}

fn pointer(datum: Datum) -> Result<i64, Breach> {
    match datum {
        Datum::Ptr(address) => Ok(address),
        _ => Err(Breach::Invalid),
    }
}
