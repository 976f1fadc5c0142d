//! Code as text, for people and for tests, close to what `dis` prints.
//!
//! Invariant: the text shows every instruction with its argument, every jump and handler by its label,
//! and the first line of every location; it leaves out columns, last lines and redundant prefixes.
//! It depends on the code object alone, so that it can be compared from run to run.

use std::collections::BTreeSet;
use std::fmt;

use crate::code::{Code, Instr};
use crate::marshal::{Document, Slot};
use crate::operands::{OperandKind, operand};

/// A code object to be printed with the values of its constants.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    code: &'a Code,
    consts: Option<(&'a Document, &'a [Slot])>,
}

impl<'a> Listing<'a> {
    /// A listing that names constants by index.
    #[must_use]
    pub fn new(code: &'a Code) -> Listing<'a> {
        Listing { code, consts: None }
    }

    /// A listing that shows the values of the constants.
    #[must_use]
    pub fn with_consts(code: &'a Code, document: &'a Document, consts: &'a [Slot]) -> Listing<'a> {
        Listing {
            code,
            consts: Some((document, consts)),
        }
    }

    /// Every instruction that something leads to, in order: the labels.
    fn labels(&self) -> Vec<usize> {
        let jumps = self.code.instrs().iter().filter_map(|instr| instr.target);
        let handlers = self.code.ranges().iter().map(|range| range.handler.target);
        let labels: BTreeSet<usize> = jumps.chain(handlers).collect();
        labels.into_iter().collect()
    }

    fn write_detail(
        &self,
        f: &mut fmt::Formatter<'_>,
        instr: &Instr,
        labels: &[usize],
    ) -> fmt::Result {
        let source = self.code.source();
        let local = |slot: u32| {
            let local = source.locals.get(slot as usize);
            local.map_or("?", |local| local.name.as_str())
        };
        match operand(self.code.version(), instr) {
            OperandKind::None | OperandKind::Number(_) => Ok(()),
            OperandKind::Const(index) => match self.const_at(index) {
                Some((document, slot)) => write!(f, "  {}", document.repr(slot)),
                None => Ok(()),
            },
            OperandKind::Name { index, flags } => {
                let name = source.names.get(index as usize);
                write!(f, "  {}", name.map_or("?", String::as_str))?;
                match flags {
                    0 => Ok(()),
                    flags => write!(f, " +{flags}"),
                }
            }
            OperandKind::Local(slot) => write!(f, "  {}", local(slot)),
            OperandKind::Locals(first, second) => {
                write!(f, "  {}, {}", local(first), local(second))
            }
            OperandKind::Target(target) => write!(f, "  to {}", Label(target, labels)),
            OperandKind::Arithmetic(operation) => write!(f, "  {operation}"),
            OperandKind::Compare {
                comparison,
                to_bool,
            } => {
                let suffix = if to_bool { " as bool" } else { "" };
                write!(f, "  {}{suffix}", comparison.symbol())
            }
        }
    }

    fn const_at(&self, index: u32) -> Option<(&'a Document, Slot)> {
        let (document, consts) = self.consts?;
        Some((document, *consts.get(index as usize)?))
    }
}

/// The name of an instruction that something leads to.
struct Label<'a>(usize, &'a [usize]);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.binary_search(&self.0) {
            Ok(number) => f.pad(&format!("L{}", number + 1)),
            Err(_) => f.pad(""),
        }
    }
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        let source = code.source();
        writeln!(
            f,
            "code {} at {}:{}, CPython {}, stack {}, flags {:#x}",
            source.qualname,
            source.filename,
            source.first_line,
            code.version(),
            source.stack_size,
            source.flags
        )?;
        let labels = self.labels();
        let mut last_line = None;
        for (index, instr) in code.instrs().iter().enumerate() {
            let line = instr.location.line;
            let shown = match line {
                _ if line == last_line && index > 0 => String::new(),
                Some(line) => line.to_string(),
                None => "-".to_owned(),
            };
            last_line = line;
            let label = Label(index, &labels);
            write!(f, "{shown:>5} {:>5} {label:>4} ", instr.offset)?;
            if code.version().takes_argument(instr.op) || instr.arg != 0 {
                write!(f, "{:<26} {:>3}", instr.op, instr.arg)?;
            } else {
                write!(f, "{}", instr.op)?;
            }
            self.write_detail(f, instr, &labels)?;
            writeln!(f)?;
        }
        for range in code.ranges() {
            let unit = |index: usize| {
                let instr = code.instrs().get(index);
                instr.map_or(code.units(), |instr| instr.start)
            };
            write!(
                f,
                "  except {}..{} to {}, depth {}",
                unit(range.start),
                unit(range.end),
                Label(range.handler.target, &labels),
                range.handler.depth
            )?;
            f.write_str(if range.handler.lasti {
                ", lasti\n"
            } else {
                "\n"
            })?;
        }
        Ok(())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Listing::new(self).fmt(f)
    }
}
