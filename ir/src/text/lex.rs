//! Tokens with their places. Line ends are tokens, since an instruction ends with its line; a comment
//! runs from `;` to the end of the line.

use thiserror::Error;

/// Why a text is not a unit. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Something else was expected.
    #[error("{line}:{column}: expected {wanted}, found {found}")]
    Expected {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// What would have been right.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// A name is used that nothing defines.
    #[error("{line}:{column}: {name} is not defined")]
    Undefined {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// The name.
        name: String,
    },
    /// A name is defined twice.
    #[error("{line}:{column}: {name} is defined twice")]
    Duplicate {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// The name.
        name: String,
    },
    /// A table's entries are not numbered 0, 1, 2 ….
    #[error("{line}:{column}: expected {wanted} next, found {found}")]
    OutOfOrder {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
        /// The name that is due.
        wanted: String,
        /// What is there.
        found: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or keyword: letters, digits, `_`, `.`, and `-` before a letter.
    Word(String),
    /// A number as written.
    Number(String),
    Text(String),
    Punct(char),
    Arrow,
    NewLine,
    End,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Word(text) | Token::Number(text) => format!("`{text}`"),
            Token::Text(text) => format!("{text:?}"),
            Token::Punct(c) => format!("`{c}`"),
            Token::Arrow => "`->`".to_owned(),
            Token::NewLine => "the end of the line".to_owned(),
            Token::End => "the end of the text".to_owned(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: usize,
    pub(super) column: usize,
}

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ParseError> {
    let mut out = Vec::new();
    let mut line = 0;
    for (at, content) in text.lines().enumerate() {
        line = at + 1;
        let start = out.len();
        line_tokens(content, line, &mut out)?;
        if out.len() > start {
            out.push(Placed {
                token: Token::NewLine,
                line,
                column: content.chars().count() + 1,
            });
        }
    }
    out.push(Placed {
        token: Token::End,
        line: line + 1,
        column: 1,
    });
    Ok(out)
}

fn line_tokens(content: &str, line: usize, out: &mut Vec<Placed>) -> Result<(), ParseError> {
    let chars: Vec<char> = content.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let start = at;
        let token = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c == ';' {
            break;
        } else if c == '"' {
            at += 1;
            Token::Text(quoted(&chars, &mut at, line, start)?)
        } else if c == '-' && next == '>' {
            at += 2;
            Token::Arrow
        } else if c.is_ascii_digit() || (c == '-' && next.is_ascii_digit()) {
            at += 1;
            while at < chars.len() && continues_number(chars[at - 1], chars[at]) {
                at += 1;
            }
            Token::Number(chars[start..at].iter().collect())
        } else if c.is_ascii_alphabetic() || c == '_' || (c == '-' && next.is_ascii_alphabetic()) {
            at += 1;
            while at < chars.len() && continues_word(&chars, at) {
                at += 1;
            }
            Token::Word(chars[start..at].iter().collect())
        } else {
            at += 1;
            Token::Punct(c)
        };
        out.push(Placed {
            token,
            line,
            column: start + 1,
        });
    }
    Ok(())
}

fn continues_number(before: char, c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || ((c == '-' || c == '+') && matches!(before, 'e' | 'E'))
}

fn continues_word(chars: &[char], at: usize) -> bool {
    let c = chars[at];
    let letter_next = chars.get(at + 1).is_some_and(char::is_ascii_alphabetic);
    c.is_ascii_alphanumeric() || c == '_' || c == '.' || (c == '-' && letter_next)
}

fn quoted(chars: &[char], at: &mut usize, line: usize, start: usize) -> Result<String, ParseError> {
    let mut text = String::new();
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        match c {
            '"' => return Ok(text),
            '\\' => {
                let escaped = chars.get(*at).copied().unwrap_or('\\');
                *at += 1;
                text.push(if escaped == 'n' { '\n' } else { escaped });
            }
            _ => text.push(c),
        }
    }
    Err(ParseError::Expected {
        line,
        column: start + 1,
        wanted: "a closing quote".to_owned(),
        found: Token::NewLine.describe(),
    })
}
