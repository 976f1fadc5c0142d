//! The parser: one pass over the tokens that makes blocks and instructions in textual order, so that ids
//! equal the names of a printed text, and a second step that resolves names, which may be used before they
//! are defined. It accepts any text that the table allows; whether the unit makes sense is the verifier's.

use std::collections::HashMap;
use std::str::FromStr;

use super::lex::{ParseError, Placed, Token, tokens};
use crate::exit::{Exit, FrameState, Resume, SlotValue};
use crate::inst::{ImmKind, Op, Operands};
use crate::reason::Reason;
use crate::types::{Block, ExitId, HelperId, Inst, ObjectId, ShapeId, Slot, Type, TypeId, Value};
use crate::unit::{Helper, HelperEffects, Imm, Target, Unit};

/// The unit that a text describes.
///
/// # Errors
/// The first place where the text is wrong.
pub fn parse(text: &str) -> Result<Unit, ParseError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        unit: Unit::default(),
        values: HashMap::new(),
        blocks: HashMap::new(),
        exits: HashMap::new(),
        entries: Vec::new(),
        fixups: Vec::new(),
        exit_uses: Vec::new(),
    };
    parser.header()?;
    while parser.peek() != &Token::End {
        parser.line()?;
    }
    parser.resolve()?;
    Ok(parser.unit)
}

/// A use of a name: its number and where it stands.
type Use = (u32, usize);

/// Names that an instruction uses. Until they are resolved, it holds the names' numbers as ids.
struct Fixup {
    inst: Inst,
    values: Vec<Use>,
    blocks: Vec<Use>,
    exit: Option<Use>,
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    unit: Unit,
    values: HashMap<u32, Value>,
    blocks: HashMap<u32, Block>,
    exits: HashMap<u32, ExitId>,
    entries: Vec<Use>,
    fixups: Vec<Fixup>,
    exit_uses: Vec<Vec<Use>>,
}

impl Parser {
    fn header(&mut self) -> Result<(), ParseError> {
        self.keyword("unit")?;
        self.unit.name = self.text()?;
        self.keyword("slots")?;
        self.unit.slots = self.number("a number of slots")?;
        self.end_of_line()
    }

    fn line(&mut self) -> Result<(), ParseError> {
        let Token::Word(word) = self.peek().clone() else {
            return Err(self.expected("a declaration, a block, an instruction or an exit"));
        };
        match word.as_str() {
            "type" => {
                self.at += 1;
                let due = self.unit.types.len();
                self.due("t", due)?;
                let name = self.text()?;
                self.unit.types.push(name);
            }
            "object" | "shape" => {
                self.at += 1;
                let sign = if word == "object" { '#' } else { '$' };
                let due = if word == "object" {
                    self.unit.objects.len()
                } else {
                    self.unit.shapes.len()
                };
                self.punct(sign)?;
                self.due("", due)?;
                let name = self.text()?;
                if word == "object" {
                    self.unit.objects.push(name);
                } else {
                    self.unit.shapes.push(name);
                }
            }
            "helper" => {
                self.at += 1;
                self.helper()?;
            }
            "entry" => {
                self.at += 1;
                loop {
                    let entry = self.name("b", "a block")?;
                    self.entries.push(entry);
                    if !self.accept(',') {
                        break;
                    }
                }
            }
            "cold" => {
                self.at += 1;
                self.block_header(true)?;
            }
            _ if numbered(&word, "b").is_some() => self.block_header(false)?,
            _ if numbered(&word, "x").is_some() => self.exit()?,
            _ => self.inst()?,
        }
        self.end_of_line()
    }

    fn helper(&mut self) -> Result<(), ParseError> {
        let place = self.at;
        let name = self.helper_name()?;
        let mut params = Vec::new();
        self.punct('(')?;
        while !self.accept(')') {
            if !params.is_empty() {
                self.punct(',')?;
            }
            params.push(self.ty()?);
        }
        let result = if self.accept_arrow() {
            Some(self.ty()?)
        } else {
            None
        };
        let mut effects = HelperEffects::default();
        while let Token::Word(word) = self.peek() {
            let flag = match word.as_str() {
                "raises" => &mut effects.raises,
                "runs-code" => &mut effects.runs_code,
                "reads" => &mut effects.reads,
                "writes" => &mut effects.writes,
                _ => return Err(self.expected("raises, runs-code, reads, writes")),
            };
            *flag = true;
            self.at += 1;
        }
        if self.unit.helpers.iter().any(|h| h.name == name) {
            return Err(self.duplicate(place, format!("@{name}")));
        }
        self.unit.helpers.push(Helper {
            name,
            params,
            result,
            effects,
        });
        Ok(())
    }

    fn block_header(&mut self, cold: bool) -> Result<(), ParseError> {
        let (number, place) = self.name("b", "a block")?;
        let block = self.unit.add_block();
        self.unit.block_mut(block).cold = cold;
        if self.blocks.insert(number, block).is_some() {
            return Err(self.duplicate(place, format!("b{number}")));
        }
        if self.accept('(') {
            loop {
                let (name, place) = self.name("v", "a value")?;
                self.punct(':')?;
                let ty = self.ty()?;
                let value = self.unit.add_param(block, ty);
                self.define(name, place, value)?;
                if !self.accept(',') {
                    break;
                }
            }
            self.punct(')')?;
        }
        self.punct(':')
    }

    fn inst(&mut self) -> Result<(), ParseError> {
        let Some(&block) = self.unit.layout.last() else {
            return Err(self.expected("a block"));
        };
        let result = match self.peek() {
            Token::Word(word) if numbered(word, "v").is_some() => {
                let name = self.name("v", "a value")?;
                self.punct('=')?;
                Some(name)
            }
            _ => None,
        };
        let place = self.at;
        let op = match self.peek() {
            Token::Word(word) => Op::from_name(word),
            _ => None,
        }
        .ok_or_else(|| self.expected("an instruction"))?;
        self.at += 1;

        let mut fixup = Fixup {
            inst: Inst(0),
            values: Vec::new(),
            blocks: Vec::new(),
            exit: None,
        };
        let imm = match op.info().operands {
            Operands::OfHelper => {
                let at = self.at;
                let name = self.helper_name()?;
                let id = self.unit.helpers.iter().position(|h| h.name == name);
                let id = id.ok_or_else(|| self.undefined(at, format!("@{name}")))?;
                fixup.values = self.value_list()?;
                Imm::Helper(HelperId(id as u32))
            }
            Operands::Fixed(types) => {
                for at in 0..types.len() {
                    if at > 0 {
                        self.punct(',')?;
                    }
                    fixup.values.push(self.name("v", "a value")?);
                }
                if op.info().imm != ImmKind::None && !types.is_empty() {
                    self.punct(',')?;
                }
                self.imm(op.info().imm, &mut fixup)?
            }
        };
        let operands = match &imm {
            Imm::Jump(t) => fixup.values.len() - t.args.len(),
            Imm::Branch(a, b) => fixup.values.len() - a.args.len() - b.args.len(),
            _ => fixup.values.len(),
        };
        if self.accept_arrow() {
            fixup.exit = Some(self.name("x", "an exit")?);
        }
        let args = placeholders(&fixup.values[..operands]);
        let exit = fixup.exit.map(|(number, _)| ExitId(number));
        let (inst, value) = self.unit.make_inst(op, args, imm, exit);
        self.unit.block_mut(block).insts.push(inst);
        match (result, value) {
            (Some((name, place)), Some(value)) => self.define(name, place, value)?,
            (None, None) => {}
            (None, Some(_)) => {
                return Err(self.expected_at(place, "a name for the result, as in `v0 =`"));
            }
            (Some(_), None) => {
                return Err(self.expected_at(place, "an instruction with a result"));
            }
        }
        fixup.inst = inst;
        self.fixups.push(fixup);
        Ok(())
    }

    fn imm(&mut self, kind: ImmKind, fixup: &mut Fixup) -> Result<Imm, ParseError> {
        Ok(match kind {
            ImmKind::None | ImmKind::Helper => Imm::None,
            ImmKind::Int | ImmKind::Offset => Imm::Int(self.number("an int")?),
            ImmKind::Float => Imm::Float(self.float()?),
            ImmKind::Bool => {
                let value = match self.peek() {
                    Token::Word(word) if word == "true" => true,
                    Token::Word(word) if word == "false" => false,
                    _ => return Err(self.expected("true or false")),
                };
                self.at += 1;
                Imm::Bool(value)
            }
            ImmKind::Object => Imm::Object(self.object()?),
            ImmKind::Type => {
                let (number, place) = self.name("t", "a type of the host")?;
                if number as usize >= self.unit.types.len() {
                    return Err(self.undefined(place, format!("t{number}")));
                }
                Imm::Type(TypeId(number))
            }
            ImmKind::Slot => Imm::Slot(Slot(self.name("s", "a slot")?.0)),
            ImmKind::Position => Imm::Position(self.number("a position")?),
            ImmKind::Word => Imm::Word(self.number("a word's index")?),
            ImmKind::Jump => Imm::Jump(self.target(fixup)?),
            ImmKind::Branch => {
                let yes = self.target(fixup)?;
                self.punct(',')?;
                Imm::Branch(yes, self.target(fixup)?)
            }
        })
    }

    fn target(&mut self, fixup: &mut Fixup) -> Result<Target, ParseError> {
        let (number, place) = self.name("b", "a block")?;
        fixup.blocks.push((number, place));
        let uses = if self.peek() == &Token::Punct('(') {
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

    fn exit(&mut self) -> Result<(), ParseError> {
        let (number, place) = self.name("x", "an exit")?;
        self.punct(':')?;
        let reason = self.reason()?;
        let resume = match self.peek() {
            Token::Word(word) if word == "raise" => {
                self.at += 1;
                Resume::Raise
            }
            _ => Resume::At,
        };
        let mut uses = Vec::new();
        let mut frames = Vec::new();
        if self.peek() != &Token::NewLine {
            frames.push(self.frame(&mut uses)?);
            while self.accept('/') {
                frames.push(self.frame(&mut uses)?);
            }
        }
        let id = self.unit.add_exit(Exit {
            reason,
            resume,
            frames,
        });
        self.exit_uses.push(uses);
        if self.exits.insert(number, id).is_some() {
            return Err(self.duplicate(place, format!("x{number}")));
        }
        Ok(())
    }

    fn reason(&mut self) -> Result<Reason, ParseError> {
        let Token::Word(word) = self.peek().clone() else {
            return Err(self.expected("a reason"));
        };
        if word == "host" {
            self.at += 1;
            self.punct(':')?;
            return Ok(Reason::Host(self.number("a host's reason")?));
        }
        let reason = Reason::from_name(&word).ok_or_else(|| self.expected("a reason"))?;
        self.at += 1;
        Ok(reason)
    }

    fn frame(&mut self, uses: &mut Vec<Use>) -> Result<FrameState, ParseError> {
        self.keyword("at")?;
        let position = self.number("a position")?;
        self.keyword("depth")?;
        let depth = self.number("a depth")?;
        self.punct('[')?;
        let mut slots = Vec::new();
        while !self.accept(']') {
            if !slots.is_empty() {
                self.punct(',')?;
            }
            let slot = Slot(self.name("s", "a slot")?.0);
            self.punct('=')?;
            slots.push((slot, self.slot_value(uses)?));
        }
        Ok(FrameState {
            position,
            depth,
            slots,
        })
    }

    fn slot_value(&mut self, uses: &mut Vec<Use>) -> Result<SlotValue, ParseError> {
        let wanted = "int, float, bool, own, borrowed, object, null or virtual";
        let Token::Word(word) = self.peek().clone() else {
            return Err(self.expected(wanted));
        };
        let wrap: fn(Value) -> SlotValue = match word.as_str() {
            "int" => SlotValue::Int,
            "float" => SlotValue::Float,
            "bool" => SlotValue::Bool,
            "own" => SlotValue::Own,
            "borrowed" => SlotValue::Borrowed,
            "object" => {
                self.at += 1;
                return Ok(SlotValue::Object(self.object()?));
            }
            "null" => {
                self.at += 1;
                return Ok(SlotValue::Null);
            }
            "virtual" => {
                self.at += 1;
                self.punct('$')?;
                let place = self.at;
                let shape: u32 = self.number("a shape")?;
                if shape as usize >= self.unit.shapes.len() {
                    return Err(self.undefined(place, format!("${shape}")));
                }
                let fields = self.value_list()?;
                let values = placeholders(&fields);
                uses.extend(fields);
                return Ok(SlotValue::Virtual(ShapeId(shape), values));
            }
            _ => return Err(self.expected(wanted)),
        };
        self.at += 1;
        let (number, place) = self.name("v", "a value")?;
        uses.push((number, place));
        Ok(wrap(Value(number)))
    }

    /// Replaces the numbers of names, which stand in for ids, by the ids.
    fn resolve(&mut self) -> Result<(), ParseError> {
        for &(number, place) in &self.entries {
            let block = self.blocks.get(&number).copied();
            let block = block.ok_or_else(|| self.undefined(place, format!("b{number}")))?;
            self.unit.entries.push(block);
        }
        for fixup in std::mem::take(&mut self.fixups) {
            let values = self.values_of(&fixup.values)?;
            let mut blocks = Vec::new();
            for (number, place) in fixup.blocks {
                let block = self.blocks.get(&number).copied();
                blocks.push(block.ok_or_else(|| self.undefined(place, format!("b{number}")))?);
            }
            let mut exit = None;
            if let Some((number, place)) = fixup.exit {
                let id = self.exits.get(&number).copied();
                exit = Some(id.ok_or_else(|| self.undefined(place, format!("x{number}")))?);
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
                value.ok_or_else(|| self.undefined(place, format!("v{number}")))
            })
            .collect()
    }

    fn define(&mut self, name: u32, place: usize, value: Value) -> Result<(), ParseError> {
        match self.values.insert(name, value) {
            Some(_) => Err(self.duplicate(place, format!("v{name}"))),
            None => Ok(()),
        }
    }

    fn value_list(&mut self) -> Result<Vec<Use>, ParseError> {
        let mut uses = Vec::new();
        self.punct('(')?;
        while !self.accept(')') {
            if !uses.is_empty() {
                self.punct(',')?;
            }
            uses.push(self.name("v", "a value")?);
        }
        Ok(uses)
    }

    fn object(&mut self) -> Result<ObjectId, ParseError> {
        self.punct('#')?;
        let place = self.at;
        let number: u32 = self.number("an object")?;
        if number as usize >= self.unit.objects.len() {
            return Err(self.undefined(place, format!("#{number}")));
        }
        Ok(ObjectId(number))
    }

    fn helper_name(&mut self) -> Result<String, ParseError> {
        self.punct('@')?;
        match self.peek().clone() {
            Token::Word(name) | Token::Text(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("a helper's name")),
        }
    }

    fn ty(&mut self) -> Result<Type, ParseError> {
        let ty = match self.peek() {
            Token::Word(word) => Type::from_name(word),
            _ => None,
        };
        let ty = ty.ok_or_else(|| self.expected("i64, f64, bool, ref, own or ptr"))?;
        self.at += 1;
        Ok(ty)
    }

    fn float(&mut self) -> Result<u64, ParseError> {
        let wanted = "a float, inf, -inf or nan:0x… with its bits";
        let bits = match self.peek().clone() {
            Token::Word(word) if word == "nan" => {
                self.at += 1;
                self.punct(':')?;
                match self.peek() {
                    Token::Number(text) => text
                        .strip_prefix("0x")
                        .and_then(|hex| u64::from_str_radix(hex, 16).ok()),
                    _ => None,
                }
            }
            Token::Word(word) if word == "inf" => Some(f64::INFINITY.to_bits()),
            Token::Word(word) if word == "-inf" => Some(f64::NEG_INFINITY.to_bits()),
            Token::Number(text) => f64::from_str(&text).ok().map(f64::to_bits),
            _ => None,
        };
        let bits = bits.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok(bits)
    }

    fn number<T: FromStr>(&mut self, wanted: &str) -> Result<T, ParseError> {
        let number = match self.peek() {
            Token::Number(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok(number)
    }

    fn name(&mut self, prefix: &str, wanted: &str) -> Result<Use, ParseError> {
        let number = match self.peek() {
            Token::Word(word) => numbered(word, prefix),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok((number, self.at - 1))
    }

    /// The next entry of a table, which must have the number that is due.
    fn due(&mut self, prefix: &str, due: usize) -> Result<(), ParseError> {
        let found = match self.peek() {
            Token::Word(text) | Token::Number(text) => text.clone(),
            _ => return Err(self.expected("a number")),
        };
        let wanted = format!("{prefix}{due}");
        if found != wanted {
            let Placed { line, column, .. } = self.tokens[self.at];
            return Err(ParseError::OutOfOrder {
                line,
                column,
                wanted,
                found,
            });
        }
        self.at += 1;
        Ok(())
    }

    fn text(&mut self) -> Result<String, ParseError> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.expected("a quoted name")),
        }
    }

    fn keyword(&mut self, word: &str) -> Result<(), ParseError> {
        match self.peek() {
            Token::Word(found) if found == word => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.expected(&format!("`{word}`"))),
        }
    }

    fn punct(&mut self, sign: char) -> Result<(), ParseError> {
        if self.accept(sign) {
            Ok(())
        } else {
            Err(self.expected(&format!("`{sign}`")))
        }
    }

    fn accept(&mut self, sign: char) -> bool {
        let found = self.peek() == &Token::Punct(sign);
        self.at += usize::from(found);
        found
    }

    fn accept_arrow(&mut self) -> bool {
        let found = self.peek() == &Token::Arrow;
        self.at += usize::from(found);
        found
    }

    fn end_of_line(&mut self) -> Result<(), ParseError> {
        match self.peek() {
            Token::NewLine => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.expected("the end of the line")),
        }
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn expected(&self, wanted: &str) -> ParseError {
        self.expected_at(self.at, wanted)
    }

    fn expected_at(&self, place: usize, wanted: &str) -> ParseError {
        let Placed {
            token,
            line,
            column,
        } = &self.tokens[place];
        ParseError::Expected {
            line: *line,
            column: *column,
            wanted: wanted.to_owned(),
            found: token.describe(),
        }
    }

    fn undefined(&self, place: usize, name: String) -> ParseError {
        let Placed { line, column, .. } = self.tokens[place];
        ParseError::Undefined { line, column, name }
    }

    fn duplicate(&self, place: usize, name: String) -> ParseError {
        let Placed { line, column, .. } = self.tokens[place];
        ParseError::Duplicate { line, column, name }
    }
}

fn placeholders(uses: &[Use]) -> Vec<Value> {
    uses.iter().map(|&(number, _)| Value(number)).collect()
}

/// The number in a name like `v12`.
fn numbered(word: &str, prefix: &str) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
