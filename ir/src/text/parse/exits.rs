//! Exits in a text: why and how native code is left, and what each frame holds then. Values are uses of names like
//! an instruction's operands, in the order in which an exit lists its values, and are resolved with them.

use super::super::lex::{ParseError, Token};
use super::super::tokens::Use;
use super::{Parser, placeholders};
use crate::exit::{Exit, FrameState, Resume, SlotValue, Sunk};
use crate::reason::Reason;
use crate::types::{ShapeId, Slot, Value};

impl Parser {
    pub(super) fn exit(&mut self) -> Result<(), ParseError> {
        let (number, place) = self.tokens.name("x", "an exit")?;
        self.tokens.punct(':')?;
        let reason = self.reason()?;
        let resume = match self.tokens.peek() {
            Token::Word(word) if word == "raise" => {
                self.tokens.advance();
                Resume::Raise
            }
            Token::Word(word) if word == "called" => {
                self.tokens.advance();
                Resume::Called
            }
            _ => Resume::At,
        };
        let mut uses = Vec::new();
        let mut frames = Vec::new();
        if self.tokens.peek() != &Token::NewLine {
            frames.push(self.frame(&mut uses)?);
            while self.tokens.accept('/') {
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
            return Err(self.tokens.duplicate(place, format!("x{number}")));
        }
        Ok(())
    }

    fn reason(&mut self) -> Result<Reason, ParseError> {
        let Token::Word(word) = self.tokens.peek().clone() else {
            return Err(self.tokens.expected("a reason"));
        };
        if word == "host" {
            self.tokens.advance();
            self.tokens.punct(':')?;
            return Ok(Reason::Host(self.tokens.number("a host's reason")?));
        }
        let reason = Reason::from_name(&word).ok_or_else(|| self.tokens.expected("a reason"))?;
        self.tokens.advance();
        Ok(reason)
    }

    fn frame(&mut self, uses: &mut Vec<Use>) -> Result<FrameState, ParseError> {
        let of = match self.accept_word("at") {
            true => None,
            false => {
                let native = self.native()?;
                self.tokens.keyword("at")?;
                Some(native)
            }
        };
        let position = self.tokens.number("a position")?;
        self.tokens.keyword("depth")?;
        let depth = self.tokens.number("a depth")?;
        let function = match self.accept_word("of") {
            true => {
                let (number, place) = self.tokens.name("v", "a value")?;
                uses.push((number, place));
                Some(Value(number))
            }
            false => None,
        };
        self.tokens.punct('[')?;
        let mut slots = Vec::new();
        while !self.tokens.accept(']') {
            if !slots.is_empty() {
                self.tokens.punct(',')?;
            }
            let slot = Slot(self.tokens.name("s", "a slot")?.0);
            self.tokens.punct('=')?;
            slots.push((slot, self.slot_value(uses)?));
        }
        Ok(FrameState {
            of,
            function,
            position,
            depth,
            slots,
        })
    }

    fn slot_value(&mut self, uses: &mut Vec<Use>) -> Result<SlotValue, ParseError> {
        let wanted = "int, float, bool, own, borrowed, object, null, virtual, sunk or same";
        let Token::Word(word) = self.tokens.peek().clone() else {
            return Err(self.tokens.expected(wanted));
        };
        let wrap: fn(Value) -> SlotValue = match word.as_str() {
            "int" => SlotValue::Int,
            "float" => SlotValue::Float,
            "bool" => SlotValue::Bool,
            "own" => SlotValue::Own,
            "borrowed" => SlotValue::Borrowed,
            "object" => {
                self.tokens.advance();
                return Ok(SlotValue::Object(self.object()?));
            }
            "null" => {
                self.tokens.advance();
                return Ok(SlotValue::Null);
            }
            "virtual" => {
                self.tokens.advance();
                self.tokens.punct('$')?;
                let place = self.tokens.place();
                let shape: u32 = self.tokens.number("a shape")?;
                if shape as usize >= self.unit.shapes.len() {
                    return Err(self.tokens.undefined(place, format!("${shape}")));
                }
                let fields = self.value_list()?;
                let values = placeholders(&fields);
                uses.extend(fields);
                return Ok(SlotValue::Virtual(ShapeId(shape), values));
            }
            "sunk" => {
                self.tokens.advance();
                return self.sunk(uses);
            }
            "same" => {
                self.tokens.advance();
                return Ok(SlotValue::Same(self.tokens.number("an instance")?));
            }
            _ => return Err(self.tokens.expected(wanted)),
        };
        self.tokens.advance();
        let (number, place) = self.tokens.name("v", "a value")?;
        uses.push((number, place));
        Ok(wrap(Value(number)))
    }

    fn sunk(&mut self, uses: &mut Vec<Use>) -> Result<SlotValue, ParseError> {
        let number = self.tokens.number("an instance")?;
        let class = self.object()?;
        let fields = self.value_list()?;
        let values = placeholders(&fields);
        uses.extend(fields);
        self.tokens.punct('[')?;
        let mut places = Vec::new();
        while !self.tokens.accept(']') {
            if !places.is_empty() {
                self.tokens.punct(',')?;
            }
            let place = self.tokens.number("a place")?;
            let object = match self.tokens.peek() {
                Token::Punct('#') => Some(self.object()?),
                _ => None,
            };
            places.push((place, object));
        }
        Ok(SlotValue::Sunk(Box::new(Sunk {
            number,
            class,
            places,
            values,
        })))
    }
}
