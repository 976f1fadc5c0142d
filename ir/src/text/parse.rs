//! The parser: one pass over the tokens that makes blocks and instructions in textual order, so that ids
//! equal the names of a printed text, and a second step that resolves names, which may be used before they
//! are defined. It accepts any text that the table allows; whether the unit makes sense is the verifier's.
//! Exits have a file of their own.

mod exits;

use std::collections::HashMap;

use super::lex::{ParseError, Token};
use super::tokens::{Tokens, Use, numbered};
use crate::inst::{ImmKind, Op, Operands};
use crate::range::Range;
use crate::types::{
    Block, ExitId, HelperId, Inst, MemoryId, NativeId, ObjectId, Slot, Type, TypeId, Value,
};
use crate::unit::{
    FrameOf, Helper, HelperEffects, Imm, Memory, MemoryKind, Native, Read, Signature, Target, Unit,
};

/// The unit that a text describes.
///
/// # Errors
/// The first place where the text is wrong.
pub fn parse(text: &str) -> Result<Unit, ParseError> {
    let mut parser = Parser {
        tokens: Tokens::new(text)?,
        unit: Unit::default(),
        values: HashMap::new(),
        blocks: HashMap::new(),
        exits: HashMap::new(),
        entries: Vec::new(),
        fixups: Vec::new(),
        exit_uses: Vec::new(),
    };
    parser.header()?;
    while parser.tokens.peek() != &Token::End {
        parser.line()?;
    }
    parser.resolve()?;
    Ok(parser.unit)
}

/// Names that an instruction uses. Until they are resolved, it holds the names' numbers as ids.
struct Fixup {
    inst: Inst,
    values: Vec<Use>,
    blocks: Vec<Use>,
    exit: Option<Use>,
}

struct Parser {
    tokens: Tokens,
    unit: Unit,
    values: HashMap<u32, Value>,
    blocks: HashMap<u32, Block>,
    exits: HashMap<u32, ExitId>,
    entries: Vec<(Use, Vec<Read>)>,
    fixups: Vec<Fixup>,
    exit_uses: Vec<Vec<Use>>,
}

impl Parser {
    fn header(&mut self) -> Result<(), ParseError> {
        self.tokens.keyword("unit")?;
        self.unit.name = self.tokens.text()?;
        self.tokens.keyword("slots")?;
        self.unit.slots = self.tokens.number("a number of slots")?;
        if matches!(self.tokens.peek(), Token::Word(word) if word == "names") {
            self.tokens.keyword("names")?;
            self.unit.names = self.tokens.number("a number of names")?;
        }
        self.tokens.end_of_line()
    }

    fn line(&mut self) -> Result<(), ParseError> {
        let Token::Word(word) = self.tokens.peek().clone() else {
            return Err(self
                .tokens
                .expected("a declaration, a block, an instruction or an exit"));
        };
        match word.as_str() {
            "type" => {
                self.tokens.advance();
                let due = self.unit.types.len();
                self.tokens.due("t", due)?;
                let name = self.tokens.text()?;
                self.unit.types.push(name);
            }
            "object" | "shape" => {
                self.tokens.advance();
                let sign = if word == "object" { '#' } else { '$' };
                let due = if word == "object" {
                    self.unit.objects.len()
                } else {
                    self.unit.shapes.len()
                };
                self.tokens.punct(sign)?;
                self.tokens.due("", due)?;
                let name = self.tokens.text()?;
                if word == "object" {
                    self.unit.objects.push(name);
                } else {
                    self.unit.shapes.push(name);
                }
            }
            "memory" => {
                self.tokens.advance();
                let due = self.unit.memories.len();
                self.tokens.due("m", due)?;
                let name = self.tokens.text()?;
                let kind = match () {
                    () if self.accept_word("const") => MemoryKind::Constant,
                    () if self.accept_word("volatile") => MemoryKind::Volatile,
                    () if self.accept_word("arrays") => MemoryKind::Arrays,
                    () if self.accept_word("tally") => MemoryKind::Tally,
                    () => MemoryKind::Plain,
                };
                self.unit.memories.push(Memory { name, kind });
            }
            "helper" => {
                self.tokens.advance();
                self.helper()?;
            }
            "function" => {
                self.tokens.advance();
                self.unit.signature = Some(self.signature()?);
            }
            "native" => {
                self.tokens.advance();
                let due = self.unit.natives.len();
                self.tokens.due("n", due)?;
                let name = self.tokens.text()?;
                let signature = self.signature()?;
                let entry = match self.accept_word("at") {
                    true => Some(self.object()?),
                    false => {
                        self.tokens.keyword("itself")?;
                        None
                    }
                };
                let only_reads = self.accept_word("reads");
                self.unit.natives.push(Native {
                    name,
                    signature,
                    entry,
                    only_reads,
                });
            }
            "identity" => {
                self.tokens.advance();
                self.unit.identity = Some(self.object()?);
            }
            "frame" => {
                self.tokens.advance();
                self.tokens.keyword("of")?;
                self.unit.frame_of = Some(match self.accept_word("argument") {
                    true => FrameOf::LastArgument,
                    false => FrameOf::Object(self.object()?),
                });
            }
            "entry" => {
                self.tokens.advance();
                loop {
                    let entry = self.tokens.name("b", "a block")?;
                    let reads = self.reads()?;
                    self.entries.push((entry, reads));
                    if !self.tokens.accept(',') {
                        break;
                    }
                }
            }
            "cold" => {
                self.tokens.advance();
                self.block_header(true)?;
            }
            _ if numbered(&word, "b").is_some() => self.block_header(false)?,
            _ if numbered(&word, "x").is_some() => self.exit()?,
            _ => self.inst()?,
        }
        self.tokens.end_of_line()
    }

    fn helper(&mut self) -> Result<(), ParseError> {
        let place = self.tokens.place();
        let name = self.helper_name()?;
        let params = self.types()?;
        let result = if self.tokens.accept_arrow() {
            Some(self.ty()?)
        } else {
            None
        };
        let mut effects = HelperEffects::default();
        let mut writes_only = Vec::new();
        while let Token::Word(word) = self.tokens.peek() {
            let flag = match word.as_str() {
                "raises" => &mut effects.raises,
                "runs-code" => &mut effects.runs_code,
                "reads" => &mut effects.reads,
                "writes" => &mut effects.writes,
                "releases" => &mut effects.releases,
                _ => {
                    let known = "raises, runs-code, reads, writes, releases";
                    return Err(self.tokens.expected(known));
                }
            };
            *flag = true;
            let writes = word == "writes";
            self.tokens.advance();
            if writes && self.tokens.accept('(') {
                loop {
                    writes_only.push(self.memory()?);
                    if !self.tokens.accept(',') {
                        break;
                    }
                }
                self.tokens.punct(')')?;
            }
        }
        if self.unit.helpers.iter().any(|h| h.name == name) {
            return Err(self.tokens.duplicate(place, format!("@{name}")));
        }
        self.unit.helpers.push(Helper {
            name,
            params,
            result,
            effects,
            writes_only,
        });
        Ok(())
    }

    fn types(&mut self) -> Result<Vec<Type>, ParseError> {
        let mut types = Vec::new();
        self.tokens.punct('(')?;
        while !self.tokens.accept(')') {
            if !types.is_empty() {
                self.tokens.punct(',')?;
            }
            types.push(self.ty()?);
        }
        Ok(types)
    }

    fn signature(&mut self) -> Result<Signature, ParseError> {
        let params = self.types()?;
        if !self.tokens.accept_arrow() {
            return Err(self.tokens.expected("-> and the type of the result"));
        }
        let result = self.ty()?;
        Ok(Signature { params, result })
    }

    fn block_header(&mut self, cold: bool) -> Result<(), ParseError> {
        let (number, place) = self.tokens.name("b", "a block")?;
        let block = self.unit.add_block();
        self.unit.block_mut(block).cold = cold;
        if self.blocks.insert(number, block).is_some() {
            return Err(self.tokens.duplicate(place, format!("b{number}")));
        }
        if self.tokens.accept('(') {
            loop {
                let (name, place) = self.tokens.name("v", "a value")?;
                self.tokens.punct(':')?;
                let ty = self.ty()?;
                let value = self.unit.add_param(block, ty);
                self.define(name, place, value)?;
                if self.tokens.accept('[') {
                    self.bounds(value)?;
                }
                if !self.tokens.accept(',') {
                    break;
                }
            }
            self.tokens.punct(')')?;
        }
        self.tokens.punct(':')
    }

    fn bounds(&mut self, param: Value) -> Result<(), ParseError> {
        let low = self.tokens.number("an int")?;
        self.tokens.punct(',')?;
        let place = self.tokens.place();
        let high = self.tokens.number("an int")?;
        if low > high {
            return Err(self.tokens.expected_at(place, "an end above the start"));
        }
        self.unit.set_bounds(param, Range::of(low, high));
        self.tokens.punct(']')
    }

    fn inst(&mut self) -> Result<(), ParseError> {
        let Some(&block) = self.unit.layout.last() else {
            return Err(self.tokens.expected("a block"));
        };
        let result = match self.tokens.peek() {
            Token::Word(word) if numbered(word, "v").is_some() => {
                let name = self.tokens.name("v", "a value")?;
                self.tokens.punct('=')?;
                Some(name)
            }
            _ => None,
        };
        let place = self.tokens.place();
        let op = match self.tokens.peek() {
            Token::Word(word) => Op::from_name(word),
            _ => None,
        }
        .ok_or_else(|| self.tokens.expected("an instruction"))?;
        self.tokens.advance();

        let mut fixup = Fixup {
            inst: Inst(0),
            values: Vec::new(),
            blocks: Vec::new(),
            exit: None,
        };
        let imm = match op.info().operands {
            Operands::OfHelper => {
                let at = self.tokens.place();
                let name = self.helper_name()?;
                let id = self.unit.helpers.iter().position(|h| h.name == name);
                let id = id.ok_or_else(|| self.tokens.undefined(at, format!("@{name}")))?;
                fixup.values = self.value_list()?;
                Imm::Helper(HelperId(id as u32))
            }
            Operands::OfNative => {
                let native = self.native()?;
                fixup.values = self.value_list()?;
                Imm::Native(native)
            }
            Operands::Fixed(types) => {
                for at in 0..types.len() {
                    if at > 0 {
                        self.tokens.punct(',')?;
                    }
                    fixup.values.push(self.tokens.name("v", "a value")?);
                }
                if op.info().imm != ImmKind::None && !types.is_empty() {
                    self.tokens.punct(',')?;
                }
                self.imm(op.info().imm, &mut fixup)?
            }
        };
        let operands = match &imm {
            Imm::Jump(t) => fixup.values.len() - t.args.len(),
            Imm::Branch(a, b) => fixup.values.len() - a.args.len() - b.args.len(),
            _ => fixup.values.len(),
        };
        if self.tokens.accept_arrow() {
            fixup.exit = Some(self.tokens.name("x", "an exit")?);
        }
        let args = placeholders(&fixup.values[..operands]);
        let exit = fixup.exit.map(|(number, _)| ExitId(number));
        let (inst, value) = self.unit.make_inst(op, args, imm, exit);
        self.unit.block_mut(block).insts.push(inst);
        match (result, value) {
            (Some((name, place)), Some(value)) => self.define(name, place, value)?,
            (None, None) => {}
            (None, Some(_)) => {
                return Err(self
                    .tokens
                    .expected_at(place, "a name for the result, as in `v0 =`"));
            }
            (Some(_), None) => {
                return Err(self
                    .tokens
                    .expected_at(place, "an instruction with a result"));
            }
        }
        fixup.inst = inst;
        self.fixups.push(fixup);
        Ok(())
    }

    fn imm(&mut self, kind: ImmKind, fixup: &mut Fixup) -> Result<Imm, ParseError> {
        Ok(match kind {
            ImmKind::None | ImmKind::Helper | ImmKind::Native => Imm::None,
            ImmKind::Int => Imm::Int(self.tokens.number("an int")?),
            ImmKind::Scale => Imm::Int(self.tokens.number("a size")?),
            ImmKind::Offset => {
                let offset = self.tokens.number("an offset")?;
                let memory = match self.accept_word("in") {
                    true => Some(self.memory()?),
                    false => None,
                };
                Imm::Offset(offset, memory)
            }
            ImmKind::Float => Imm::Float(self.tokens.float()?),
            ImmKind::Bool => {
                let value = match self.tokens.peek() {
                    Token::Word(word) if word == "true" => true,
                    Token::Word(word) if word == "false" => false,
                    _ => return Err(self.tokens.expected("true or false")),
                };
                self.tokens.advance();
                Imm::Bool(value)
            }
            ImmKind::Object => Imm::Object(self.object()?),
            ImmKind::Type => {
                let (number, place) = self.tokens.name("t", "a type of the host")?;
                if number as usize >= self.unit.types.len() {
                    return Err(self.tokens.undefined(place, format!("t{number}")));
                }
                Imm::Type(TypeId(number))
            }
            ImmKind::Slot => Imm::Slot(Slot(self.tokens.name("s", "a slot")?.0)),
            ImmKind::Position => Imm::Position(self.tokens.number("a position")?),
            ImmKind::Word => Imm::Word(self.tokens.number("a word's index")?),
            ImmKind::Jump => Imm::Jump(self.target(fixup)?),
            ImmKind::Branch => {
                let yes = self.target(fixup)?;
                self.tokens.punct(',')?;
                Imm::Branch(yes, self.target(fixup)?)
            }
        })
    }

    /// What an entry reads.
    fn reads(&mut self) -> Result<Vec<Read>, ParseError> {
        let mut reads = Vec::new();
        if !self.tokens.accept('[') {
            return Ok(reads);
        }
        loop {
            reads.push(Read {
                slot: Slot(self.tokens.name("s", "a slot")?.0),
                ty: self.ty()?,
            });
            if !self.tokens.accept(',') {
                self.tokens.punct(']')?;
                return Ok(reads);
            }
        }
    }

    fn target(&mut self, fixup: &mut Fixup) -> Result<Target, ParseError> {
        let (number, place) = self.tokens.name("b", "a block")?;
        fixup.blocks.push((number, place));
        let uses = if self.tokens.peek() == &Token::Punct('(') {
            self.value_list()?
        } else {
            Vec::new()
        };
        let args = placeholders(&uses);
        fixup.values.extend(uses);
        Ok(Target {
            block: Block(number),
            args,
        })
    }

    /// Replaces the numbers of names, which stand in for ids, by the ids.
    fn resolve(&mut self) -> Result<(), ParseError> {
        for ((number, place), reads) in std::mem::take(&mut self.entries) {
            let block = self.blocks.get(&number).copied();
            let block = block.ok_or_else(|| self.tokens.undefined(place, format!("b{number}")))?;
            self.unit.entries.push(block);
            self.unit.block_mut(block).reads = reads;
        }
        for fixup in std::mem::take(&mut self.fixups) {
            let values = self.values_of(&fixup.values)?;
            let mut blocks = Vec::new();
            for (number, place) in fixup.blocks {
                let block = self.blocks.get(&number).copied();
                blocks
                    .push(block.ok_or_else(|| self.tokens.undefined(place, format!("b{number}")))?);
            }
            let mut exit = None;
            if let Some((number, place)) = fixup.exit {
                let id = self.exits.get(&number).copied();
                exit = Some(id.ok_or_else(|| self.tokens.undefined(place, format!("x{number}")))?);
            }
            let data = self.unit.inst_mut(fixup.inst);
            data.exit = exit;
            for (slot, value) in data.uses_mut().zip(values) {
                *slot = value;
            }
            for (target, block) in data.targets_mut().zip(blocks) {
                target.block = block;
            }
        }
        for (at, uses) in std::mem::take(&mut self.exit_uses).into_iter().enumerate() {
            let values = self.values_of(&uses)?;
            for (slot, value) in self.unit.exits[at].values_mut().zip(values) {
                *slot = value;
            }
        }
        Ok(())
    }

    fn values_of(&self, uses: &[Use]) -> Result<Vec<Value>, ParseError> {
        uses.iter()
            .map(|&(number, place)| {
                let value = self.values.get(&number).copied();
                value.ok_or_else(|| self.tokens.undefined(place, format!("v{number}")))
            })
            .collect()
    }

    fn define(&mut self, name: u32, place: usize, value: Value) -> Result<(), ParseError> {
        match self.values.insert(name, value) {
            Some(_) => Err(self.tokens.duplicate(place, format!("v{name}"))),
            None => Ok(()),
        }
    }

    fn value_list(&mut self) -> Result<Vec<Use>, ParseError> {
        let mut uses = Vec::new();
        self.tokens.punct('(')?;
        while !self.tokens.accept(')') {
            if !uses.is_empty() {
                self.tokens.punct(',')?;
            }
            uses.push(self.tokens.name("v", "a value")?);
        }
        Ok(uses)
    }

    fn accept_word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.peek(), Token::Word(word) if word == wanted);
        if found {
            self.tokens.advance();
        }
        found
    }

    fn memory(&mut self) -> Result<MemoryId, ParseError> {
        let (number, place) = self.tokens.name("m", "a part of memory")?;
        if number as usize >= self.unit.memories.len() {
            return Err(self.tokens.undefined(place, format!("m{number}")));
        }
        Ok(MemoryId(number))
    }

    fn object(&mut self) -> Result<ObjectId, ParseError> {
        self.tokens.punct('#')?;
        let place = self.tokens.place();
        let number: u32 = self.tokens.number("an object")?;
        if number as usize >= self.unit.objects.len() {
            return Err(self.tokens.undefined(place, format!("#{number}")));
        }
        Ok(ObjectId(number))
    }

    fn native(&mut self) -> Result<NativeId, ParseError> {
        let (number, place) = self.tokens.name("n", "a compiled function")?;
        if number as usize >= self.unit.natives.len() {
            return Err(self.tokens.undefined(place, format!("n{number}")));
        }
        Ok(NativeId(number))
    }

    fn helper_name(&mut self) -> Result<String, ParseError> {
        self.tokens.punct('@')?;
        match self.tokens.peek().clone() {
            Token::Word(name) | Token::Text(name) => {
                self.tokens.advance();
                Ok(name)
            }
            _ => Err(self.tokens.expected("a helper's name")),
        }
    }

    fn ty(&mut self) -> Result<Type, ParseError> {
        let ty = match self.tokens.peek() {
            Token::Word(word) => Type::from_name(word),
            _ => None,
        };
        let ty = ty.ok_or_else(|| self.tokens.expected("i64, f64, bool, ref, own or ptr"))?;
        self.tokens.advance();
        Ok(ty)
    }
}

fn placeholders(uses: &[Use]) -> Vec<Value> {
    uses.iter().map(|&(number, _)| Value(number)).collect()
}
