//! The text form of guarded bytecode, for people who write hosts. One line an operation.

use std::fmt::{Display, Formatter, Result};

use super::{FieldId, GOp, Label, Point, Reg, Region};

impl Display for Reg {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "r{}", self.0)
    }
}

impl Display for Label {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "L{}", self.0)
    }
}

impl Display for Point {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}/{}", self.position, self.depth)
    }
}

/// A debug name (`FloorDiv`) as the text form spells it (`floordiv`).
fn lower(name: impl std::fmt::Debug) -> String {
    format!("{name:?}").to_lowercase()
}

struct Regs<'a>(&'a [Reg]);

impl Display for Regs<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, reg) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{reg}")?;
        }
        Ok(())
    }
}

/// A field of an object, or an element of an array.
struct Place<'a>(&'a Region, &'a Reg, &'a Option<Reg>, &'a FieldId);

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Place(region, from, index, field) = *self;
        write!(f, "{:?} of {from}", region.fields[field.index()].name)?;
        match index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

struct Line<'a>(&'a Region, &'a GOp);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Line(region, op) = *self;
        let object = |id: &fatjit_ir::ObjectId| &region.objects[id.index()];
        let helper = |id: &fatjit_ir::HelperId| &region.helpers[id.index()].name;
        let shape = |id: &fatjit_ir::ShapeId| &region.shapes[id.index()].name;
        match op {
            GOp::At(point) => write!(f, "at {point}"),
            GOp::Int { dst, value, .. } => write!(f, "{dst} = int {value}"),
            GOp::Float { dst, bits, .. } => write!(f, "{dst} = float {:?}", f64::from_bits(*bits)),
            GOp::Bool { dst, value } => write!(f, "{dst} = bool {value}"),
            GOp::Object { dst, object: o } => write!(f, "{dst} = object {:?}", object(o)),
            GOp::Null { dst } => write!(f, "{dst} = null"),
            GOp::Unlend { reg } => write!(f, "unlend {reg}"),
            GOp::Itself { dst } => write!(f, "{dst} = itself"),
            GOp::Copy { dst, src } => write!(f, "{dst} = copy {src}"),
            GOp::Move { dst, src } => write!(f, "{dst} = move {src}"),
            GOp::Swap { a, b } => write!(f, "swap {a}, {b}"),
            GOp::Store { local, src, behind } => {
                write!(f, "store {local}, {src}")?;
                behind.map_or(Ok(()), |point| write!(f, " behind {point}"))
            }
            GOp::TakeLocal { dst, local } => write!(f, "{dst} = take {local}"),
            GOp::Real { reg } => write!(f, "real {reg}"),
            GOp::RealNumber { reg } => write!(f, "real number {reg}"),
            GOp::Drop { reg, behind } => write!(f, "drop {reg} behind {behind}"),
            GOp::Replace { reg, src, behind } => {
                write!(f, "replace {reg} by {src} behind {behind}")
            }
            GOp::Discard { reg } => write!(f, "discard {reg}"),
            GOp::Kill { reg } => write!(f, "kill {reg}"),
            GOp::Unbind { local, behind } => write!(f, "unbind {local} behind {behind}"),
            GOp::GuardBound { reg } => write!(f, "guard bound {reg}"),
            GOp::GuardInt { reg } => write!(f, "guard int {reg}"),
            GOp::GuardVaried { reg } => write!(f, "guard varied {reg}"),
            GOp::GuardFloat { reg } => write!(f, "guard float {reg}"),
            GOp::GuardBool { reg } => write!(f, "guard bool {reg}"),
            GOp::GuardNumber { reg } => write!(f, "guard number {reg}"),
            GOp::IsNumber { reg } => write!(f, "is number {reg}"),
            GOp::Forget { reg } => write!(f, "forget {reg}"),
            GOp::GuardTrue { cond, reason } => write!(f, "guard true {cond} else {reason}"),
            GOp::GuardNull { reg } => write!(f, "guard null {reg}"),
            GOp::GuardObject { reg, object: o } => write!(f, "guard object {reg}, {:?}", object(o)),
            GOp::GuardTold {
                reg,
                helper: h,
                reason,
            } => write!(f, "guard @{} of {reg} else {reason}", helper(h)),
            GOp::GuardVirtual { reg, shape: s } => write!(f, "guard virtual {reg}, {:?}", shape(s)),
            GOp::IntBin { op, dst, a, b } => write!(f, "{dst} = int.{} {a}, {b}", lower(op)),
            GOp::IntNeg { dst, src } => write!(f, "{dst} = int.neg {src}"),
            GOp::IntNot { dst, src } => write!(f, "{dst} = int.not {src}"),
            GOp::IntAddPlain { dst, a, b } => write!(f, "{dst} = int.add.plain {a}, {b}"),
            GOp::IntCmp { cmp, dst, a, b } => write!(f, "{dst} = int.{} {a}, {b}", lower(cmp)),
            GOp::FloatBin { op, dst, a, b } => write!(f, "{dst} = float.{} {a}, {b}", lower(op)),
            GOp::FloatNeg { dst, src } => write!(f, "{dst} = float.neg {src}"),
            GOp::FloatCmp { cmp, dst, a, b } => write!(f, "{dst} = float.{} {a}, {b}", lower(cmp)),
            GOp::FloatOf { dst, src, exact } => {
                let exact = if *exact { ".exact" } else { "" };
                write!(f, "{dst} = float{exact} of {src}")
            }
            GOp::BoolToInt { dst, src } => write!(f, "{dst} = bool.int {src}"),
            GOp::BoolNot { dst, src } => write!(f, "{dst} = bool.not {src}"),
            GOp::BoolBin { op, dst, a, b } => write!(f, "{dst} = bool.{} {a}, {b}", lower(op)),
            GOp::IntTruth { dst, src } => write!(f, "{dst} = int.truth {src}"),
            GOp::FloatTruth { dst, src } => write!(f, "{dst} = float.truth {src}"),
            GOp::Same { dst, a, b } => write!(f, "{dst} = same {a}, {b}"),
            GOp::NullTest { dst, src } => write!(f, "{dst} = null {src}"),
            GOp::SameObject {
                dst,
                src,
                object: o,
            } => write!(f, "{dst} = same {src}, {:?}", object(o)),
            GOp::Virtual {
                dst,
                shape: s,
                fields,
            } => write!(f, "{dst} = virtual {:?}({})", shape(s), Regs(fields)),
            GOp::Ahead {
                reg,
                shape: s,
                fields,
            } => write!(f, "ahead {reg}, {:?}({})", shape(s), Regs(fields)),
            GOp::Field { dst, src, index } => write!(f, "{dst} = field {src}.{index}"),
            GOp::SetField { object, index, src } => write!(f, "field {object}.{index} = {src}"),
            GOp::GuardType { reg, ty } => {
                write!(f, "guard type {reg}, {:?}", region.types[ty.index()])
            }
            GOp::GuardField {
                reg,
                field,
                object: o,
            } => write!(
                f,
                "guard {} is {:?}",
                Place(region, reg, &None, field),
                object(o)
            ),
            GOp::Exchange { from, a, b, field } => write!(
                f,
                "exchange {}, {}",
                Place(region, from, &Some(*a), field),
                Place(region, from, &Some(*b), field)
            ),
            GOp::GuardRelease { regs } => write!(f, "guard release {}", Regs(regs)),
            GOp::AddressOf { dst, src } => write!(f, "{dst} = address of {src}"),
            GOp::GuardLent { reg, kind } => write!(f, "guard lent {reg} {}", lower(kind)),
            GOp::Read {
                dst,
                from,
                index,
                field,
            } => write!(f, "{dst} = read {}", Place(region, from, index, field)),
            GOp::Write {
                to,
                index,
                field,
                src,
            } => write!(f, "write {} = {src}", Place(region, to, index, field)),
            GOp::WriteRef {
                to,
                index,
                field,
                src,
                old,
                release,
            } => {
                let place = Place(region, to, index, field);
                let release = lower(release);
                write!(f, "write {place} = {src} releasing {old} {release}")
            }
            GOp::CheckIndex {
                dst,
                index,
                len,
                wrap,
            } => {
                let wrap = if *wrap { " wrap" } else { "" };
                write!(f, "{dst} = index {index} of {len}{wrap}")
            }
            GOp::Forgo { local } => write!(f, "forgo {local}"),
            GOp::Call {
                dst,
                helper: h,
                args,
            } => {
                if let Some(dst) = dst {
                    write!(f, "{dst} = ")?;
                }
                write!(f, "call @{}({})", helper(h), Regs(args))
            }
            GOp::CallPure {
                dst,
                helper: h,
                args,
            } => write!(f, "{dst} = call @{}({})", helper(h), Regs(args)),
            GOp::Host {
                helper: h,
                depth,
                arg,
                pops,
                pushes,
                outcome,
            } => {
                if let Some(reg) = outcome {
                    write!(f, "{reg} = ")?;
                }
                let name = helper(h);
                write!(
                    f,
                    "host @{name} depth {depth} arg {arg} pops {pops} pushes {pushes}"
                )
            }
            GOp::Adopt { reg } => write!(f, "adopt {reg}"),
            GOp::After(point) => write!(f, "after {point}"),
            GOp::AfterOwed(point) => write!(f, "after owed {point}"),
            GOp::Poll => write!(f, "poll"),
            GOp::Tick { counter } => write!(f, "tick {:?}", object(counter)),
            GOp::Jump(label) => write!(f, "jump {label}"),
            GOp::Branch {
                cond,
                then,
                otherwise,
            } => write!(f, "branch {cond}, {then}, {otherwise}"),
            GOp::Leave(reason) => write!(f, "leave {reason}"),
            GOp::Return { reg } => write!(f, "return {reg}"),
            GOp::Begin {
                guest,
                depth,
                unbound,
            } => {
                write!(f, "begin guest {guest} with {depth}")?;
                for reg in unbound {
                    write!(f, ", {reg} unbound")?;
                }
                Ok(())
            }
            GOp::Park { guest } => write!(f, "park guest {guest}"),
            GOp::End { guest } => write!(f, "end guest {guest}"),
            GOp::BeginCall { call } => {
                let spliced = &region.calls[*call as usize];
                let name = &region.natives[spliced.native.index()].name;
                write!(f, "begin call {call} {name:?}({})", Regs(&spliced.args))?;
                let class = spliced.instance.map(|new| object(&new.class));
                class.map_or(Ok(()), |class| write!(f, " of new {class:?}"))
            }
            GOp::EndCall { call, reg } => write!(f, "end call {call} with {reg}"),
            GOp::Behind { call } => write!(f, "behind call {call}"),
            GOp::Publish => f.write_str("publish"),
            GOp::LetGo { guest } => write!(f, "let go guest {guest}"),
            GOp::Suspend { resume, sent } => write!(f, "suspend, {resume} with {sent}"),
            GOp::CallNative {
                native,
                args,
                site,
                instance,
                operator,
            } => {
                let name = &region.natives[native.index()].name;
                let (args, how) = (Regs(args), if *operator { " operator" } else { "" });
                write!(f, "r{} = call native{how} {name:?}({args})", site.depth)?;
                instance.map_or(Ok(()), |new| write!(f, " of new {:?}", object(&new.class)))
            }
            GOp::CallFramed {
                native,
                args,
                under,
                shown,
                instance,
                operator,
                packed,
            } => {
                let name = &region.natives[native.index()].name;
                let (args, how) = (Regs(args), if *operator { " operator" } else { "" });
                write!(f, "r{under} = call framed{how} {name:?}({args}) at {shown}")?;
                for one in packed {
                    let (at, name) = (one.argument, &region.helpers[one.helper.index()].name);
                    write!(f, ", argument {at} being {name:?}({})", Regs(&one.of))?;
                }
                instance.map_or(Ok(()), |new| write!(f, " of new {:?}", object(&new.class)))
            }
        }
    }
}

impl Display for Region {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (locals, slots) = (self.locals, self.slots);
        write!(f, "region {:?} locals {locals} slots {slots}", self.name)?;
        if let Some(function) = &self.function {
            let params: Vec<&str> = function.params.iter().map(|ty| ty.name()).collect();
            write!(
                f,
                " function ({}) -> {}",
                params.join(", "),
                function.result
            )?;
        }
        if let Some(captured) = self.captured {
            write!(f, " captured {captured}")?;
        }
        if self.frame.is_some() {
            write!(f, " frame")?;
        }
        if self.names > 0 {
            write!(f, " names {}", self.names)?;
        }
        for guest in &self.guests {
            let (all, holder) = (guest.all(), guest.holder);
            write!(
                f,
                " guest r{}..r{} locals {} in {holder}",
                all.start, all.end, guest.locals
            )?;
        }
        writeln!(f)?;
        for entry in &self.entries {
            write!(f, "entry {} at {}", entry.block, entry.point)?;
            if let Some(seen) = &entry.seen {
                let seen: Vec<String> = seen.iter().map(lower).collect();
                write!(f, " seen [{}]", seen.join(", "))?;
            }
            writeln!(f)?;
        }
        for (i, block) in self.blocks.iter().enumerate() {
            let header = if block.header { " header" } else { "" };
            let cold = if block.cold { " cold" } else { "" };
            writeln!(f, "L{i}:{header}{cold}")?;
            for op in &block.ops {
                let indent = if matches!(op, GOp::At(_)) { 2 } else { 4 };
                writeln!(f, "{:indent$}{}", "", Line(self, op))?;
            }
        }
        Ok(())
    }
}
