//! Cells, and functions with free variables.
//!
//! A local that is a cell holds it for as long as the frame runs. What is in it is read where it is loaded, and lent by
//! the cell. A function with free variables is another object each time it is made: native code for it is that of its
//! code object, and is given the cells, and the object itself, behind its arguments.

use fatjit_bytecode::Op;
use fatjit_ir::Reason;
use fatjit_jit::gbc::{GOp, Reg};

use super::facts::Known;
use super::fields::FieldName;
use super::functions::Closure;
use super::{Kinds, PYTHON_FUNCTION_TYPE, TEMPS, TUPLE_TYPE, Translator, worth};

/// Temporaries that finding a closure's parts takes: the first of all.
const FINDING: u32 = 2;

impl Translator<'_> {
    /// What is in a cell.
    pub(super) fn load_deref(&mut self) {
        let (cell, dst) = (self.local(self.arg()), self.free());
        let seen = self.feedback();
        let (content, cond, own) = (self.temp(0), self.temp(1), self.temp(2));
        self.worth.add(worth::ELEMENT);
        let itself = match seen.element.only(Kinds::ITSELF) {
            true => self.source.calls.itself(),
            false => None,
        };
        if let Some(itself) = itself {
            // Not lent by the cell any more, but kept by whoever called.
            self.read_field(content, cell, FieldName::CellContent);
            self.push(GOp::Itself { dst: own });
            self.push(GOp::Same {
                dst: cond,
                a: content,
                b: own,
            });
            self.push(GOp::GuardTrue {
                cond,
                reason: Reason::TypeChanged,
            });
            self.push(GOp::Itself { dst });
            self.known.insert(dst, itself);
            return;
        }
        self.read_field(dst, cell, FieldName::CellContent);
        self.guard_present(dst, cond, Reason::Unbound);
    }

    /// A function's free variables lie in its last locals from the beginning.
    pub(super) fn copy_free_vars(&mut self) {
        if !self.is_function() {
            self.generic();
        }
    }

    /// A local that functions inside use gets its cell, when the function begins.
    pub(super) fn make_cell(&mut self) {
        let cell = self.local(self.arg());
        if !self.is_function() {
            return self.leave(Reason::LeftToInterpreter);
        }
        self.push(GOp::Real { reg: cell });
        if self.host_op("MAKE_CELL", i64::from(self.arg())).is_some() {
            self.push(GOp::Adopt { reg: cell });
        }
    }

    /// Whether the code has free variables, which something has to have put where they are looked for.
    pub(super) fn free_variables(&self) -> u32 {
        let first = self.source.code.instrs().first();
        match first.filter(|first| first.op == Op::CopyFreeVars) {
            Some(first) => first.arg,
            None => 0,
        }
    }

    /// How many temporaries are left for the arguments of a call of such a function; nothing if they do not suffice.
    pub(super) fn closure_fits(closure: &Closure, defaults: usize) -> bool {
        FINDING as usize + closure.cells as usize + 1 + defaults <= TEMPS as usize
    }

    /// Guards that a register holds a function of this code. Gives the registers of its cells; temporaries from `first`
    /// on, and the last two, are used.
    pub(super) fn guard_closure(
        &mut self,
        function: Reg,
        closure: &Closure,
        first: u32,
    ) -> Vec<Reg> {
        let (part, cells) = (self.temp(TEMPS - 2), self.temp(TEMPS - 1));
        self.push(GOp::GuardType {
            reg: function,
            ty: PYTHON_FUNCTION_TYPE,
        });
        let namespace = closure
            .namespace
            .into_iter()
            .flat_map(|[globals, builtins]| {
                [
                    (FieldName::PythonGlobals, globals),
                    (FieldName::PythonBuiltins, builtins),
                ]
            });
        let parts = std::iter::once((FieldName::PythonCode, closure.code)).chain(namespace);
        for (field, known) in parts.collect::<Vec<(FieldName, Known)>>() {
            self.read_field(part, function, field);
            let object = self.object(self.named(known));
            self.push(GOp::GuardObject { reg: part, object });
        }
        self.read_field(cells, function, FieldName::PythonClosure);
        self.push(GOp::GuardType {
            reg: cells,
            ty: TUPLE_TYPE,
        });
        let field = self.field_of(FieldName::TupleItem);
        let index = self.temp(TEMPS - 2);
        let mut found = Vec::new();
        for cell in 0..closure.cells {
            self.constant_int(index, i64::from(cell));
            let dst = self.temp(first + cell);
            self.push(GOp::Read {
                dst,
                from: cells,
                index: Some(index),
                field,
            });
            found.push(dst);
        }
        found
    }
}
