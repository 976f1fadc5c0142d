//! The text form of units, for dumps, tests and review.
//!
//! Printing numbers values, blocks and exits in their order of appearance and leaves out exits that nothing
//! uses; apart from that, printing and parsing lose nothing: text that was printed parses to a unit that
//! prints the same. Floats keep their bits. The printer and the parser share only the instruction table.

mod lex;
mod parse;
mod print;
mod tokens;

pub use lex::ParseError;
pub use parse::parse;
pub use print::{Name, Numbering};
