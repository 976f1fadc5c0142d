//! Recording: what each instruction's operands are, read from the frame before the interpreter executes it.
//!
//! Invariant: reading changes nothing. The interpreter saves no stack pointer before an instruction event,
//! so the height of the stack comes from the decoded bytecode.

use fatjit_bytecode::operands::{self, OperandKind};
use fatjit_bytecode::{Op, Version};
use fatjit_ir::Type;
use fatjit_jit::gbc::Seen;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::natives;
use super::watched::Watched;
use crate::assume::{self, Watchers};
use crate::frame::Frame;
use crate::special::Special;
use crate::translate::{Kinds, iterator_shape};

/// Most functions whose code a recording notes.
const MOST_CALLEES: usize = 16;
/// The bit of all numbers of items that a call spreads which are not told apart.
const OTHER_NUMBERS: u32 = 31;

/// The kind of a value; none for null.
///
/// # Safety
/// `object` is null or alive, and the GIL is held.
pub(super) unsafe fn kind(object: *mut PyObject) -> Kinds {
    // SAFETY: the caller's promise.
    Kinds::from_bits(unsafe { natives::fatjit_kind(object) } as u64)
}

/// The number in an exact int, float or bool, as native code is handed it: an int as it is, a float by its bits, a
/// truth value as 0 or 1. Nothing if the object is of another type than `ty` stands for, or an int does not fit.
///
/// # Safety
/// `object` is null or alive, and the GIL is held.
pub(super) unsafe fn number(object: *mut PyObject, ty: Type) -> Option<u64> {
    // As `enum fatjit_number_type` has them.
    let ty = match ty {
        Type::I64 => 0,
        Type::F64 => 1,
        Type::Bool => 2,
        _ => return None,
    };
    let mut number = 0;
    // SAFETY: the caller's promise.
    let is = unsafe { natives::fatjit_number(object, ty, &raw mut number) };
    (is != 0).then_some(number)
}

/// The kind of what is in the cell that a local is.
///
/// # Safety
/// The GIL is held, the frame is alive, and the local is a cell or null.
unsafe fn content_kind(frame: Frame, local: u32) -> Kinds {
    // SAFETY: the caller's promise.
    unsafe {
        let cell = *frame.base().add(local as usize);
        let content = match cell.is_null() {
            true => cell,
            false => natives::fatjit_cell_content(cell),
        };
        match content == crate::shim::fatjit_frame_function(frame.base()) {
            true => Kinds::ITSELF,
            false => kind(content),
        }
    }
}

impl Watched {
    /// Notes the operands of the instruction at this index, which the frame is about to execute.
    pub(super) fn record(&self, frame: Frame, index: usize) {
        let Some(stack) = self.depths.before(index) else {
            return;
        };
        let depth = (self.locals() + stack) as usize;
        let bottom = self.locals() as usize;
        let item = |n: usize| match depth.checked_sub(n).filter(|slot| *slot >= bottom) {
            // SAFETY: the frame executes this code, so it has `depth` slots in use.
            Some(slot) => unsafe { *frame.base().add(slot) },
            None => std::ptr::null_mut(),
        };
        // SAFETY: a slot in use is null or holds an object that is alive.
        let at = |n: usize| unsafe { kind(item(n)) };
        let instr = self.code.instrs()[index];
        let mut profile = self.profile.borrow_mut();
        let Some(seen) = profile.instrs.get_mut(index) else {
            return;
        };
        seen.runs = seen.runs.saturating_add(1);
        seen.top[0].add(at(1));
        seen.top[1].add(at(2));
        seen.top[2].add(at(3));
        // SAFETY: as above.
        seen.long |= (1..=2).any(|n| unsafe { natives::fatjit_is_long(item(n)) != 0 });
        if matches!(instr.op, Op::BinarySubscr | Op::StoreSubscr) {
            // SAFETY: as above.
            unsafe {
                seen.negative |= natives::fatjit_is_negative(item(1)) != 0;
                let element = natives::fatjit_element_kind(item(2), item(1));
                seen.element.add(Kinds::from_bits(element as u64));
                let special = match instr.op {
                    Op::BinarySubscr => Special::GetItem,
                    _ => {
                        let mapped = natives::fatjit_mapped_kind(item(2), item(1));
                        seen.element.add(Kinds::from_bits(mapped as u64));
                        Special::SetItem
                    }
                };
                self.note_special(index, item(2), special);
            }
        }
        if matches!(instr.op, Op::LoadAttr | Op::StoreAttr | Op::LoadSuperAttr) {
            // SAFETY: as above.
            unsafe { self.note_class(index, item(1)) };
            if instr.op != Op::LoadSuperAttr {
                // SAFETY: as above; the frame is alive, and the argument is the index of a name, behind another bit for loads.
                unsafe {
                    let name = instr.arg >> u32::from(instr.op == Op::LoadAttr);
                    let name = py::PyTuple_GetItem(assume::names(frame), name as isize);
                    let entry = natives::fatjit_dict_index(item(1), name);
                    seen.elsewhere |= entry < natives::NOT_IN_DICT;
                    seen.in_dict |= entry >= natives::NOT_IN_DICT;
                    seen.entry = u32::try_from(entry).ok().or(seen.entry);
                    if instr.op == Op::StoreAttr {
                        let kind = natives::fatjit_attribute_kind(item(1), name);
                        seen.element.add(Kinds::from_bits(kind as u64));
                    } else {
                        self.note_code(natives::fatjit_getter_code(item(1), name));
                    }
                }
            }
        }
        if let Op::ToBool | Op::UnaryNot | Op::PopJumpIfTrue | Op::PopJumpIfFalse = instr.op {
            // SAFETY: as above.
            seen.own_truth |= unsafe { natives::fatjit_truth_is_plain(item(1)) } == 0;
        }
        if instr.op == Op::BinaryOp {
            // SAFETY: as above.
            unsafe { self.note_operator(index, (item(2), item(1)), instr.arg) };
        }
        if instr.op == Op::CompareOp {
            // SAFETY: as above. This is also for what is equal to itself alone.
            unsafe {
                match operands::operand(self.code.version(), &instr) {
                    OperandKind::Compare { comparison, .. } => {
                        self.note_special(index, item(2), Special::of(comparison));
                    }
                    _ => self.note_class(index, item(2)),
                }
                self.note_class(index + self.code.instrs().len(), item(1));
            }
        }
        if instr.op == Op::ForIter {
            // SAFETY: as above; a generator holds its code.
            unsafe {
                let iterated = natives::fatjit_iterates_twice(frame.base(), depth as i64);
                seen.alone.add(match iterated.is_null() {
                    true => at(1),
                    false => Kinds::from_bits(natives::fatjit_kind_alone(iterated) as u64),
                });
                self.note_iterated(index, at(1), item(1));
            }
        }
        if instr.op == Op::Call && instr.arg == 1 {
            // SAFETY: as above.
            unsafe { self.note_iterated(index, at(1), item(1)) };
        }
        if matches!(instr.op, Op::CallFunctionEx | Op::DictMerge) {
            let with_names = instr.op == Op::CallFunctionEx && instr.arg & 1 == 1;
            // SAFETY: as above; what is called is below what is spread, and a null, which before 3.13 is below that.
            unsafe {
                let items = natives::fatjit_size(item(1 + usize::from(with_names)));
                let number = u32::try_from(items).map_or(OTHER_NUMBERS, |n| n.min(OTHER_NUMBERS));
                seen.items |= 1 << number;
                if instr.op == Op::CallFunctionEx {
                    let under = match self.code.version() {
                        Version::V312 => 2,
                        Version::V313 => 3,
                    };
                    let called = item(under + usize::from(with_names));
                    let bound = natives::fatjit_method_function(called);
                    seen.callee.add(match bound.is_null() {
                        true => kind(called),
                        false => Kinds::BOUND,
                    });
                    self.note_callee(index, if bound.is_null() { called } else { bound });
                }
            }
        }
        if instr.op == Op::GetIter {
            // SAFETY: as above.
            unsafe { self.note_class(index, item(1)) };
        }
        if instr.op == Op::LoadDeref {
            // SAFETY: the frame executes this code, and the local is a cell.
            let kind = unsafe { content_kind(frame, instr.arg) };
            seen.element.add(kind);
        }
        if matches!(instr.op, Op::Call | Op::CallKw) {
            // Names of arguments are above them.
            let count = instr.arg as usize + usize::from(instr.op == Op::CallKw);
            // Before 3.13 a callable without an object to be bound to stands above a null.
            let under = match self.code.version() {
                Version::V312 if item(count + 2).is_null() => 1,
                Version::V312 | Version::V313 => 2,
            };
            // SAFETY: as above.
            let bound = unsafe { natives::fatjit_method_function(item(count + under)) };
            seen.callee.add(match bound.is_null() {
                true => at(count + under),
                false => Kinds::BOUND,
            });
            if (1..=2).contains(&count) {
                // SAFETY: as above. This is for `len` and `isinstance`.
                unsafe { self.note_class(index, item(count)) };
            }
            let of_callee = index + self.code.instrs().len();
            // SAFETY: as above. This is for instances that are called.
            unsafe { self.note_special(of_callee, item(count + under), Special::Call) };
            let callee = depth - (count + under).min(depth);
            // SAFETY: as above; such slots hold what is called, its method or null.
            unsafe {
                let called = *frame.base().add(callee);
                self.note_callee(index, if bound.is_null() { called } else { bound });
            }
        }
    }

    /// Keeps the class of an instance that something is asked of.
    ///
    /// # Safety
    /// The GIL is held; `object` is null or alive.
    unsafe fn note_class(&self, index: usize, object: *mut PyObject) {
        // SAFETY: the caller's promise.
        let class = unsafe { Watchers::get().class_of(object) };
        self.classes.borrow_mut().note(index, class);
    }

    /// Keeps the class of an instance that a special method is called of, and the code of that.
    ///
    /// # Safety
    /// The GIL is held; `object` is null or alive.
    unsafe fn note_special(&self, index: usize, object: *mut PyObject, special: Special) {
        // SAFETY: the caller's promise; the class has the function, which holds its code.
        unsafe {
            self.note_class(index, object);
            self.note_code(natives::fatjit_special_code(object, special as i32));
        }
    }

    /// Keeps the class of a left operand, if one function of that class alone is asked, and the code of that function.
    ///
    /// # Safety
    /// The GIL is held; the operands are null or alive.
    unsafe fn note_operator(
        &self,
        index: usize,
        (left, right): (*mut PyObject, *mut PyObject),
        op: u32,
    ) {
        // SAFETY: the caller's promise.
        let class = unsafe { Watchers::get().class_of(left) };
        if class.is_none() {
            return;
        }
        // SAFETY: as above.
        let code = unsafe { natives::fatjit_operator_code(left, right, op.into()) };
        let class = class.filter(|_| !code.is_null());
        self.classes.borrow_mut().note(index, class);
        // SAFETY: as above.
        let class = unsafe { Watchers::get().class_of(right) };
        let of_right = index + self.code.instrs().len();
        self.classes.borrow_mut().note(of_right, class);
        // SAFETY: the class has the function, which holds its code.
        unsafe { self.note_code(code) };
    }

    /// Keeps the code of a Python function that is called.
    ///
    /// # Safety
    /// The GIL is held; `object` is null or alive.
    unsafe fn note_callee(&self, index: usize, object: *mut PyObject) {
        if object.is_null() {
            return;
        }
        // SAFETY: the caller's promise.
        let mut code = unsafe { crate::shim::fatjit_called_code(object) };
        if code.is_null() {
            // A class is told by its name; what initialises its instances is called, too, and so is what was bound to an
            // instance: `super()` binds methods as long as the interpreter has not specialised it.
            // SAFETY: as above.
            code = unsafe { natives::fatjit_code_behind(object) };
        } else {
            // SAFETY: as above.
            unsafe { self.sites.borrow_mut().note(index, object, code) };
        }
        // SAFETY: the function holds its code.
        unsafe { self.note_code(code) };
    }

    /// Keeps code that is called.
    ///
    /// # Safety
    /// The GIL is held; the code is null or alive.
    unsafe fn note_code(&self, code: *mut PyObject) {
        let mut callees = self.callees.borrow_mut();
        if code.is_null()
            || callees.len() >= MOST_CALLEES
            || callees.iter().any(|known| known.as_ptr() == code)
        {
            return;
        }
        // SAFETY: the caller's promise.
        callees.push(unsafe { crate::python::Owned::from_borrowed(code) });
    }

    /// Kinds of the arguments of the function that begins to run in this frame.
    pub(super) fn arguments(&self, frame: Frame) -> Vec<Kinds> {
        let slots = 0..self.arguments_in_locals();
        // SAFETY: the frame is at its first instruction: its first locals are the arguments.
        slots
            .map(|slot| unsafe { kind(*frame.base().add(slot as usize)) })
            .collect()
    }

    /// What the slots in use hold in a jump callback.
    pub(super) fn seen_at_header(&self, frame: Frame) -> Vec<Seen> {
        let slots = 0..frame.depth();
        slots
            .map(|slot| {
                // SAFETY: the slot is in use: null or alive.
                match unsafe { kind(frame.slot(slot)) } {
                    Kinds::INT => Seen::Int,
                    Kinds::FLOAT => Seen::Float,
                    Kinds::BOOL => Seen::Bool,
                    kinds if slot >= self.locals() => match iterator_shape(kinds) {
                        Some(shape) => Seen::Shape(shape.id()),
                        None => Seen::Any,
                    },
                    _ => Seen::Any,
                }
            })
            .collect()
    }
}
