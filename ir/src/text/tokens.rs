//! A position in the tokens of a text, and what all of the grammar is made of: words, numbers, signs.

use std::str::FromStr;

use super::lex::{ParseError, Placed, Token, tokens};

/// A use of a name: its number and where it stands.
pub(super) type Use = (u32, usize);

pub(super) struct Tokens {
    tokens: Vec<Placed>,
    at: usize,
}

impl Tokens {
    pub(super) fn new(text: &str) -> Result<Tokens, ParseError> {
        Ok(Tokens {
            tokens: tokens(text)?,
            at: 0,
        })
    }

    /// Where the next token stands, for errors about it.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn float(&mut self) -> Result<u64, ParseError> {
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

    pub(super) fn number<T: FromStr>(&mut self, wanted: &str) -> Result<T, ParseError> {
        let number = match self.peek() {
            Token::Number(text) => text.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok(number)
    }

    pub(super) fn name(&mut self, prefix: &str, wanted: &str) -> Result<Use, ParseError> {
        let number = match self.peek() {
            Token::Word(word) => numbered(word, prefix),
            _ => None,
        };
        let number = number.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok((number, self.at - 1))
    }

    /// The next entry of a table, which must have the number that is due.
    pub(super) fn due(&mut self, prefix: &str, due: usize) -> Result<(), ParseError> {
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

    pub(super) fn text(&mut self) -> Result<String, ParseError> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.expected("a quoted name")),
        }
    }

    pub(super) fn keyword(&mut self, word: &str) -> Result<(), ParseError> {
        match self.peek() {
            Token::Word(found) if found == word => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.expected(&format!("`{word}`"))),
        }
    }

    pub(super) fn punct(&mut self, sign: char) -> Result<(), ParseError> {
        if self.accept(sign) {
            Ok(())
        } else {
            Err(self.expected(&format!("`{sign}`")))
        }
    }

    pub(super) fn accept(&mut self, sign: char) -> bool {
        let found = self.peek() == &Token::Punct(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn accept_arrow(&mut self) -> bool {
        let found = self.peek() == &Token::Arrow;
        self.at += usize::from(found);
        found
    }

    pub(super) fn end_of_line(&mut self) -> Result<(), ParseError> {
        match self.peek() {
            Token::NewLine => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.expected("the end of the line")),
        }
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at].token
    }

    pub(super) fn expected(&self, wanted: &str) -> ParseError {
        self.expected_at(self.at, wanted)
    }

    pub(super) fn expected_at(&self, place: usize, wanted: &str) -> ParseError {
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

    pub(super) fn undefined(&self, place: usize, name: String) -> ParseError {
        let Placed { line, column, .. } = self.tokens[place];
        ParseError::Undefined { line, column, name }
    }

    pub(super) fn duplicate(&self, place: usize, name: String) -> ParseError {
        let Placed { line, column, .. } = self.tokens[place];
        ParseError::Duplicate { line, column, name }
    }
}

/// The number in a name like `v12`.
pub(super) fn numbered(word: &str, prefix: &str) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
