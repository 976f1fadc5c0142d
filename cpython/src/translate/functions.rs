//! Whole functions, and calls of functions that have native code.
//!
//! The region of a function is all of it that was seen to run. It has no frame while it runs, so it holds only
//! what needs none; a function in which something else was seen to run is refused.

use fatjit_bytecode::Op;
use fatjit_ir::{Native, NativeId, ObjectId, Reason, Signature, Type};
use fatjit_jit::gbc::{Entry, GOp};

use super::MAX_INSTRS;
use super::{Const, Known, Named, Scope, Source, Translated, Translator, worth};

/// A function that has native code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// Its name, for people.
    pub name: String,
    /// What it takes, by position, and what it gives.
    pub signature: Signature,
    /// Its number among those the region calls; none if it is the region's own function.
    pub number: Option<u32>,
}

/// Which functions have native code.
pub trait Calls {
    /// The function that this object is, if it can be called natively, which is then relied on.
    fn callee(&self, known: Known) -> Option<Callee>;
}

/// Translates the function that the code is of, which takes and gives this.
///
/// # Errors
/// The reason why it is not compiled.
pub fn translate_function(
    source: &Source<'_>,
    signature: &Signature,
) -> Result<Translated, Reason> {
    let mut translator = Translator::new(source, Scope::Function);
    if translator.size() > MAX_INSTRS {
        return Err(Reason::RegionTooLarge);
    }
    translator.region.function = Some(signature.clone());
    translator.region.identity = Some(translator.object(Named::Itself));
    translator.run_function();
    if translator.needs_frame {
        return Err(Reason::NeedsFrame);
    }
    if !translator.returns() {
        return Err(Reason::AlwaysLeaves);
    }
    Ok(Translated {
        region: translator.region,
        objects: translator.objects,
        headers: Vec::new(),
        names: Vec::new(),
        stored: Vec::new(),
    })
}

impl Translator<'_> {
    pub(super) fn is_function(&self) -> bool {
        self.scope == Scope::Function
    }

    fn run_function(&mut self) {
        let all = 0..self.source.cfg.blocks().len();
        // What comes first is not told of.
        let first = self.source.cfg.block_of(0);
        let ran = |b: &usize| self.reachable(*b) && (Some(*b) == first || self.ran(*b));
        let blocks: Vec<usize> = all.filter(ran).collect();
        self.blocks(&blocks);
        let label = first.and_then(|block| self.labels.get(&block).copied());
        if let (Some(block), Some(point)) = (label, self.point(0)) {
            self.region.entries.push(Entry {
                block,
                point,
                seen: None,
            });
        }
    }

    fn reachable(&self, block: usize) -> bool {
        let start = self.source.cfg.blocks()[block].start;
        self.source.depths.before(start).is_some()
    }

    /// Whether it returns somewhere.
    fn returns(&self) -> bool {
        let ends = self.region.blocks.iter().filter_map(|b| b.ops.last());
        self.region.entries.len() == 1
            && ends.into_iter().any(|op| matches!(op, GOp::Return { .. }))
    }

    /// What is seen to run here needs a frame, which functions do not have.
    pub(super) fn needs_frame(&mut self) {
        self.needs_frame = true;
        self.leave(Reason::LeftToInterpreter);
    }

    pub(super) fn return_value(&mut self) {
        if !self.is_function() {
            return self.leave(Reason::Finished);
        }
        let instr = self.source.code.instrs()[self.index];
        let reg = match instr.op {
            Op::ReturnConst => {
                let constant = self.source.consts.get(instr.arg as usize).copied();
                let dst = self.temp(0);
                let constant = constant.unwrap_or(Const::Other);
                self.constant(dst, constant, Named::Const(instr.arg));
                dst
            }
            _ => self.top(1),
        };
        self.push(GOp::Return { reg });
    }

    /// A call of a function that has native code, by position and with all its arguments.
    pub(super) fn call_compiled(&mut self) -> bool {
        let count = self.arg();
        if self.keyword_names().is_some() || self.feedback().boxed || self.raises_elsewhere() {
            return false;
        }
        let slots = self.call_slots(count);
        let Some(known) = self.known_in(slots.callee) else {
            return false;
        };
        let Some(callee) = self.source.calls.callee(known) else {
            return false;
        };
        if callee.signature.params.len() != count as usize {
            return false;
        }
        let object = self.object(self.named(known));
        let native = self.native(&callee);
        self.worth.add(match callee.signature.result {
            Type::Own => worth::NATIVE_CALL,
            _ => worth::NATIVE_CALL + worth::NUMBER,
        });
        self.push(GOp::GuardObject {
            reg: slots.callee,
            object,
        });
        self.push(GOp::GuardNull { reg: slots.null });
        self.push(GOp::CallNative {
            native,
            args: (1..=count).rev().map(|n| self.top(n)).collect(),
            under: slots.lower.0,
        });
        true
    }

    fn native(&mut self, callee: &Callee) -> NativeId {
        let entry: Option<ObjectId> = callee.number.map(|n| self.object(Named::Entry(n)));
        let natives = &mut self.region.natives;
        let known = natives.iter().position(|native| native.entry == entry);
        let at = known.unwrap_or_else(|| {
            natives.push(Native {
                name: callee.name.clone(),
                signature: callee.signature.clone(),
                entry,
            });
            natives.len() - 1
        });
        NativeId(at as u32)
    }
}
