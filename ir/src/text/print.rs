//! The printer. It follows the instruction table: result, name, operands, immediate, exit, in that order.

use std::fmt;

use crate::exit::{Exit, Resume, SlotValue};
use crate::inst::Op;
use crate::types::{Block, ExitId, Type, Value};
use crate::unit::{FrameOf, Helper, Imm, InstData, MemoryKind, Target, Unit};

/// The numbers under which a unit's text names its values, blocks and exits.
#[derive(Clone, Debug)]
pub struct Numbering {
    values: Vec<Option<u32>>,
    blocks: Vec<Option<u32>>,
    exits: Vec<Option<u32>>,
    exit_order: Vec<ExitId>,
}

impl Numbering {
    /// The numbering of a unit. Ids that do not exist are skipped, so that broken units print too.
    pub fn new(unit: &Unit) -> Numbering {
        let mut numbering = Numbering {
            values: vec![None; unit.value_count()],
            blocks: vec![None; unit.block_count()],
            exits: vec![None; unit.exits.len()],
            exit_order: Vec::new(),
        };
        let mut next = 0;
        let mut define = |values: &mut Vec<Option<u32>>, value: Value| {
            if let Some(number @ None) = values.get_mut(value.index()) {
                *number = Some(next);
                next += 1;
            }
        };
        for (at, &block) in unit.layout.iter().enumerate() {
            numbering.blocks[block.index()] = Some(at as u32);
            for &param in &unit.block(block).params {
                define(&mut numbering.values, param);
            }
            for &inst in &unit.block(block).insts {
                let data = unit.inst(inst);
                if let Some(result) = data.result {
                    define(&mut numbering.values, result);
                }
                let Some(exit) = data.exit else { continue };
                if let Some(number @ None) = numbering.exits.get_mut(exit.index()) {
                    *number = Some(numbering.exit_order.len() as u32);
                    numbering.exit_order.push(exit);
                }
            }
        }
        numbering
    }

    /// The name of a value; one that no block defines is shown as `v?N`.
    pub fn value(&self, value: Value) -> Name {
        Name(
            'v',
            self.values.get(value.index()).copied().flatten(),
            value.0,
        )
    }

    /// The name of a block; one that is not in the layout is shown as `b?N`.
    pub fn block(&self, block: Block) -> Name {
        Name(
            'b',
            self.blocks.get(block.index()).copied().flatten(),
            block.0,
        )
    }

    /// The name of an exit.
    pub fn exit(&self, exit: ExitId) -> Name {
        Name('x', self.exits.get(exit.index()).copied().flatten(), exit.0)
    }

    /// The exits that are used, in order of appearance.
    pub fn exits(&self) -> &[ExitId] {
        &self.exit_order
    }
}

/// The name of a value, block or exit in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name(char, Option<u32>, u32);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(number) => write!(f, "{}{number}", self.0),
            None => write!(f, "{}?{}", self.0, self.2),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbering = Numbering::new(self);
        Printer {
            unit: self,
            names: &numbering,
            f,
        }
        .unit()
    }
}

struct Printer<'a, 'f> {
    unit: &'a Unit,
    names: &'a Numbering,
    f: &'a mut fmt::Formatter<'f>,
}

impl Printer<'_, '_> {
    fn unit(&mut self) -> fmt::Result {
        let (name, slots) = (quoted(&self.unit.name), self.unit.slots);
        write!(self.f, "unit {name} slots {slots}")?;
        if self.unit.names > 0 {
            write!(self.f, " names {}", self.unit.names)?;
        }
        writeln!(self.f)?;
        if let Some(signature) = &self.unit.signature {
            write!(self.f, "function ")?;
            self.signature(&signature.params, Some(signature.result))?;
            writeln!(self.f)?;
        }
        let tables = [
            ("type t", &self.unit.types),
            ("object #", &self.unit.objects),
            ("shape $", &self.unit.shapes),
        ];
        for (what, names) in tables {
            for (at, name) in names.iter().enumerate() {
                writeln!(self.f, "{what}{at} {}", quoted(name))?;
            }
        }
        for (at, memory) in self.unit.memories.iter().enumerate() {
            let kind = match memory.kind {
                MemoryKind::Plain => "",
                MemoryKind::Constant => " const",
                MemoryKind::Volatile => " volatile",
                MemoryKind::Arrays => " arrays",
                MemoryKind::Tally => " tally",
            };
            writeln!(self.f, "memory m{at} {}{kind}", quoted(&memory.name))?;
        }
        if let Some(identity) = self.unit.identity {
            writeln!(self.f, "identity {identity}")?;
        }
        match self.unit.frame_of {
            Some(FrameOf::Object(function)) => writeln!(self.f, "frame of {function}")?,
            Some(FrameOf::LastArgument) => writeln!(self.f, "frame of argument")?,
            None => {}
        }
        for helper in &self.unit.helpers {
            self.helper(helper)?;
        }
        for (at, native) in self.unit.natives.iter().enumerate() {
            write!(self.f, "native n{at} {}", quoted(&native.name))?;
            self.signature(&native.signature.params, Some(native.signature.result))?;
            match native.entry {
                Some(entry) => write!(self.f, " at {entry}")?,
                None => write!(self.f, " itself")?,
            }
            writeln!(self.f, "{}", if native.only_reads { " reads" } else { "" })?;
        }
        if !self.unit.entries.is_empty() {
            write!(self.f, "entry ")?;
            for (at, &block) in self.unit.entries.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                write!(self.f, "{comma}{}", self.names.block(block))?;
                for (at, read) in self.unit.block(block).reads.iter().enumerate() {
                    let separator = if at > 0 { ", " } else { " [" };
                    write!(self.f, "{separator}{} {}", read.slot, read.ty)?;
                }
                if !self.unit.block(block).reads.is_empty() {
                    write!(self.f, "]")?;
                }
            }
            writeln!(self.f)?;
        }
        for &block in &self.unit.layout {
            self.block(block)?;
        }
        for &exit in self.names.exits() {
            write!(self.f, "{}: ", self.names.exit(exit))?;
            self.exit(&self.unit.exits[exit.index()])?;
        }
        Ok(())
    }

    fn helper(&mut self, helper: &Helper) -> fmt::Result {
        write!(self.f, "helper {}", helper_name(&helper.name))?;
        self.signature(&helper.params, helper.result)?;
        for (name, set) in [
            ("raises", helper.effects.raises),
            ("runs-code", helper.effects.runs_code),
            ("reads", helper.effects.reads),
            ("writes", helper.effects.writes),
        ] {
            if set {
                write!(self.f, " {name}")?;
            }
        }
        for (at, memory) in helper.writes_only.iter().enumerate() {
            let separator = if at > 0 { ", " } else { "(" };
            write!(self.f, "{separator}{memory}")?;
        }
        if !helper.writes_only.is_empty() {
            write!(self.f, ")")?;
        }
        if helper.effects.releases {
            write!(self.f, " releases")?;
        }
        writeln!(self.f)
    }

    fn signature(&mut self, params: &[Type], result: Option<Type>) -> fmt::Result {
        write!(self.f, "(")?;
        for (at, ty) in params.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(self.f, "{comma}{ty}")?;
        }
        write!(self.f, ")")?;
        match result {
            Some(ty) => write!(self.f, " -> {ty}"),
            None => Ok(()),
        }
    }

    fn block(&mut self, block: Block) -> fmt::Result {
        let data = self.unit.block(block);
        let cold = if data.cold { "cold " } else { "" };
        write!(self.f, "{cold}{}", self.names.block(block))?;
        if !data.params.is_empty() {
            write!(self.f, "(")?;
            for (at, &param) in data.params.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                let ty: Type = self.unit.ty(param);
                write!(self.f, "{comma}{}: {ty}", self.names.value(param))?;
                if let Some(range) = self.unit.bounds(param) {
                    write!(self.f, " {range}")?;
                }
            }
            write!(self.f, ")")?;
        }
        writeln!(self.f, ":")?;
        for &inst in &data.insts {
            self.inst(self.unit.inst(inst))?;
        }
        Ok(())
    }

    fn inst(&mut self, data: &InstData) -> fmt::Result {
        write!(self.f, "    ")?;
        if let Some(result) = data.result {
            write!(self.f, "{} = ", self.names.value(result))?;
        }
        write!(self.f, "{}", data.op.name())?;
        if data.op == Op::Call {
            if let Imm::Helper(id) = data.imm {
                let name = self.unit.helpers.get(id.index()).map_or("?", |h| &h.name);
                write!(self.f, " {}", helper_name(name))?;
            }
            self.args(&data.args, true)?;
        } else if let Imm::Native(id) = data.imm {
            write!(self.f, " n{}", id.0)?;
            self.args(&data.args, true)?;
        } else {
            let mut separator = " ";
            for &arg in &data.args {
                write!(self.f, "{separator}{}", self.names.value(arg))?;
                separator = ", ";
            }
            self.imm(&data.imm, separator)?;
        }
        if let Some(exit) = data.exit {
            write!(self.f, " -> {}", self.names.exit(exit))?;
        }
        writeln!(self.f)
    }

    fn imm(&mut self, imm: &Imm, separator: &str) -> fmt::Result {
        if *imm == Imm::None {
            return Ok(());
        }
        write!(self.f, "{separator}")?;
        match imm {
            Imm::None => Ok(()),
            Imm::Int(n) => write!(self.f, "{n}"),
            Imm::Offset(n, None) => write!(self.f, "{n}"),
            Imm::Offset(n, Some(memory)) => write!(self.f, "{n} in {memory}"),
            Imm::Float(bits) => write!(self.f, "{}", float_text(*bits)),
            Imm::Bool(b) => write!(self.f, "{b}"),
            Imm::Object(id) => write!(self.f, "{id}"),
            Imm::Type(id) => write!(self.f, "{id}"),
            Imm::Slot(slot) => write!(self.f, "{slot}"),
            Imm::Position(n) | Imm::Word(n) => write!(self.f, "{n}"),
            Imm::Helper(id) => write!(self.f, "@{}", id.0),
            Imm::Native(id) => write!(self.f, "n{}", id.0),
            Imm::Jump(target) => self.target(target),
            Imm::Branch(yes, no) => {
                self.target(yes)?;
                write!(self.f, ", ")?;
                self.target(no)
            }
        }
    }

    fn target(&mut self, target: &Target) -> fmt::Result {
        write!(self.f, "{}", self.names.block(target.block))?;
        self.args(&target.args, false)
    }

    fn args(&mut self, args: &[Value], always: bool) -> fmt::Result {
        if args.is_empty() && !always {
            return Ok(());
        }
        write!(self.f, "(")?;
        for (at, &arg) in args.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(self.f, "{comma}{}", self.names.value(arg))?;
        }
        write!(self.f, ")")
    }

    fn exit(&mut self, exit: &Exit) -> fmt::Result {
        write!(self.f, "{}", exit.reason)?;
        match exit.resume {
            Resume::At => {}
            Resume::Raise => write!(self.f, " raise")?,
            Resume::Called => write!(self.f, " called")?,
        }
        for (at, frame) in exit.frames.iter().enumerate() {
            let slash = if at > 0 { " /" } else { "" };
            write!(self.f, "{slash}")?;
            if let Some(native) = frame.of {
                write!(self.f, " {native}")?;
            }
            write!(self.f, " at {} depth {} ", frame.position, frame.depth)?;
            if let Some(function) = frame.function {
                write!(self.f, "of {} ", self.names.value(function))?;
            }
            write!(self.f, "[")?;
            for (at, (slot, value)) in frame.slots.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                write!(self.f, "{comma}{slot} = ")?;
                self.slot_value(value)?;
            }
            write!(self.f, "]")?;
        }
        writeln!(self.f)
    }

    fn slot_value(&mut self, value: &SlotValue) -> fmt::Result {
        match value {
            SlotValue::Int(v) => write!(self.f, "int {}", self.names.value(*v)),
            SlotValue::Float(v) => write!(self.f, "float {}", self.names.value(*v)),
            SlotValue::Bool(v) => write!(self.f, "bool {}", self.names.value(*v)),
            SlotValue::Own(v) => write!(self.f, "own {}", self.names.value(*v)),
            SlotValue::Borrowed(v) => write!(self.f, "borrowed {}", self.names.value(*v)),
            SlotValue::Object(id) => write!(self.f, "object {id}"),
            SlotValue::Null => write!(self.f, "null"),
            SlotValue::Virtual(shape, fields) => {
                write!(self.f, "virtual {shape}")?;
                self.args(fields, true)
            }
            SlotValue::Sunk(sunk) => {
                write!(self.f, "sunk {} {}", sunk.number, sunk.class)?;
                self.args(&sunk.values, true)?;
                write!(self.f, "[")?;
                for (at, (place, object)) in sunk.places.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(self.f, "{comma}{place}")?;
                    if let Some(object) = object {
                        write!(self.f, " {object}")?;
                    }
                }
                write!(self.f, "]")
            }
            SlotValue::Same(number) => write!(self.f, "same {number}"),
        }
    }
}

/// A float so that its bits can be read back: the shortest decimal, or the bits of a NaN.
fn float_text(bits: u64) -> String {
    let value = f64::from_bits(bits);
    if value.is_nan() {
        format!("nan:{bits:#x}")
    } else {
        format!("{value:?}")
    }
}

fn helper_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain {
        format!("@{name}")
    } else {
        format!("@{}", quoted(name))
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
