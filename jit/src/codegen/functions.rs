//! Units of functions: their activations, calls between them, and how they are left.
//!
//! ```text
//! fn(caller's activation, calls that may be nested, arguments…) -> (status, result)
//! ```
//!
//! A status of [`STATUS_RETURNED`] says that the function returned, and only then is there a result. Anything
//! else is what the host said when it finished the call, because native code was left: it is for whoever
//! called, whose own frame is real by then, so that native code is left there, too.
//!
//! A function that has a frame of the host makes it when it begins, and ends it before it returns. Only when it raised,
//! or could not begin, it says so by its status: when it is left, the host runs its frame to its end, and what that
//! came to is its result.
//!
//! A function's activation is part of its machine frame. Invariant: whenever the host is called or another
//! function is, its first words ([`RecordLayout`]) tell whose it is, what is around it, and, during a call,
//! where it stands; the values of that exit are in its spill words.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, AbiParam, InstBuilder, MemFlagsData, Signature, StackSlotData, StackSlotKind, types,
};
use fatjit_ir::{ExitId, FrameOf, Imm, InstData, NativeId, Op, Type, Unit, Value};

use super::CodegenError;
use super::control::{Translator, machine_type};
use super::externals::External;
use super::isa::Isa;
use crate::activation::{ActivationLayout, FunctionRecord, RecordLayout};

/// The status of a function that returned a result.
pub const STATUS_RETURNED: u64 = 0;
/// The name of the host's routine for leaving a function: (activation, exit) → status.
pub const LEAVE_FUNCTION: &str = "function.leave";
/// The name of the host's routine that goes on behind a call that was left: (activation, status) → status.
pub const RESUME_FUNCTION: &str = "function.resume";

/// The name of the host's routine for making a frame: (the host's words, function) → address of its slot 0, or null with
/// an exception.
pub const BEGIN_FRAME: &str = "function.begin_frame";
/// The name of the host's routine for giving up a reference: (object).
pub const RELEASE: &str = "function.release";

/// Bytes of a slot of the host's frames.
const SLOT_BYTES: i32 = 8;
/// The status of a function that raised.
const STATUS_RAISED: i64 = 1;

/// Words of a function's activation that its exits and calls need for values.
fn spill_words(unit: &Unit) -> u32 {
    let used = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    let exits = used.filter_map(|inst| unit.inst(*inst).exit);
    let counts = exits.map(|exit| unit.exits[exit.index()].values().count());
    counts.max().unwrap_or(0) as u32
}

/// The activation of a function's unit.
pub(super) fn record(unit: &Unit) -> FunctionRecord {
    let mut insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    let touched = insts.any(|inst| unit.inst(*inst).op == Op::FrameBase);
    let framed = unit.frame_of.is_some();
    FunctionRecord {
        spill_words: spill_words(unit),
        slots: if touched && !framed { unit.slots } else { 0 },
        framed,
    }
}

impl Isa {
    /// The machine's signature of a compiled function.
    pub(super) fn function_signature(&self, function: &fatjit_ir::Signature) -> Signature {
        let mut signature = Signature::new(self.call_conv());
        signature.params = vec![AbiParam::new(types::I64); 2];
        let params = function.params.iter();
        signature
            .params
            .extend(params.map(|ty| AbiParam::new(machine_type(*ty))));
        signature.returns = vec![
            AbiParam::new(types::I64),
            AbiParam::new(machine_type(function.result)),
        ];
        signature
    }
}

/// What a function's code works with besides its values.
pub(super) struct Frame {
    /// The activation.
    pub slot: ir::StackSlot,
    /// Its parts.
    pub record: FunctionRecord,
    /// The arguments.
    pub args: Vec<ir::Value>,
    /// Address of the outermost activation, if it is needed.
    root: Option<ir::Value>,
}

impl Translator<'_> {
    /// The start of a function: the activation is set up.
    pub(super) fn start_function(&mut self) -> Result<(), CodegenError> {
        let Some(function) = &self.function else {
            return Ok(());
        };
        let (slot, record) = (function.slot, function.record);
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        let root = self
            .b
            .ins()
            .load(types::I64, flags, self.act, RecordLayout::ROOT);
        self.b
            .ins()
            .stack_store(types::I64, self.act, slot, RecordLayout::CALLER);
        self.b
            .ins()
            .stack_store(types::I64, root, slot, RecordLayout::ROOT);
        if let Some(identity) = self.unit.identity {
            let identity = self.object(identity)?;
            self.b
                .ins()
                .stack_store(types::I64, identity, slot, RecordLayout::UNIT);
        }
        if record.slots > 0 {
            let null = self.b.ins().iconst(types::I64, 0);
            for at in 0..record.slots {
                self.b
                    .ins()
                    .stack_store(types::I64, null, slot, record.slot(at));
            }
            let base = self.b.ins().stack_addr(types::I64, slot, record.slot(0));
            self.frame_base = Some(base);
        }
        if let Some(function) = &mut self.function {
            function.root = Some(root);
        }
        match self.unit.frame_of {
            Some(frame_of) => self.begin_frame(frame_of, slot, record),
            None => Ok(()),
        }
    }

    /// Makes the function's frame, and puts into it the arguments that it takes over.
    fn begin_frame(
        &mut self,
        frame_of: FrameOf,
        slot: ir::StackSlot,
        record: FunctionRecord,
    ) -> Result<(), CodegenError> {
        let args = self.function.as_ref().map(|f| f.args.clone());
        let args = args.unwrap_or_default();
        let function = match frame_of {
            FrameOf::Object(object) => self.object(object)?,
            FrameOf::LastArgument => *args
                .last()
                .ok_or(CodegenError::Malformed("no such argument"))?,
        };
        let offset = i64::from(ActivationLayout::context(0));
        let root = self.root();
        let words = self.b.ins().iadd_imm_s(root, offset);
        let base = self.host_routine(BEGIN_FRAME, &[words, function], Some(types::I64));
        let base = base.ok_or(CodegenError::Malformed("a frame has an address"))?;
        let params = self.unit.signature.iter().flat_map(|s| &s.params);
        let owned = args.iter().copied().enumerate().zip(params);
        let owned: Vec<(usize, ir::Value)> = owned
            .filter(|(_, ty)| **ty == Type::Own)
            .map(|(arg, _)| arg)
            .collect();
        let (failed, on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(failed);
        self.b.ins().brif(base, on, &[], failed, &[]);
        self.b.switch_to_block(failed);
        for (_, arg) in &owned {
            self.host_routine(RELEASE, &[*arg], None);
        }
        let raised = self.b.ins().iconst(types::I64, STATUS_RAISED);
        self.b.ins().return_(&[raised, raised]);
        self.b.switch_to_block(on);
        for (at, arg) in owned {
            let offset = at as i32 * SLOT_BYTES;
            let flags = MemFlagsData::trusted();
            self.b.ins().store(flags, arg, base, offset);
        }
        self.b
            .ins()
            .stack_store(types::I64, base, slot, record.frame());
        self.frame_base = Some(base);
        Ok(())
    }

    /// A call of a routine of the host on words.
    fn host_routine(
        &mut self,
        name: &str,
        args: &[ir::Value],
        result: Option<ir::Type>,
    ) -> Option<ir::Value> {
        let mut signature = Signature::new(self.isa.call_conv());
        let types_of = args.iter().map(|arg| self.b.func.dfg.value_type(*arg));
        signature.params = types_of.map(AbiParam::new).collect();
        signature.returns = result.into_iter().map(AbiParam::new).collect();
        let function = self.import(External::Helper(name.to_owned()), signature);
        let call = self.b.ins().call(function, args);
        self.b.inst_results(call).first().copied()
    }

    /// The activation that holds what the host passes: the outermost one.
    pub(super) fn root(&self) -> ir::Value {
        let function = self.function.as_ref();
        function.and_then(|f| f.root).unwrap_or(self.act)
    }

    /// Makes room for a function's activation.
    pub(super) fn make_record(
        b: &mut cranelift_frontend::FunctionBuilder<'_>,
        unit: &Unit,
        args: Vec<ir::Value>,
    ) -> Frame {
        let record = record(unit);
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, record.size(), 3);
        Frame {
            slot: b.create_sized_stack_slot(data),
            record,
            args,
            root: None,
        }
    }

    /// Stores a value to a word of the activation's spill area.
    pub(super) fn spill(&mut self, word: usize, value: ir::Value) {
        let value = match self.b.func.dfg.value_type(value) {
            types::I8 => self.b.ins().uextend(types::I64, value),
            _ => value,
        };
        match &self.function {
            Some(function) => {
                let offset = function.record.spill(word as u32);
                self.b
                    .ins()
                    .stack_store(types::I64, value, function.slot, offset);
            }
            None => {
                let offset = ActivationLayout::spill(word as u32);
                let flags = MemFlagsData::trusted();
                self.b.ins().store(flags, value, self.act, offset);
            }
        }
    }

    /// Address of the code's own activation.
    fn own_activation(&mut self) -> ir::Value {
        match &self.function {
            Some(function) => self.b.ins().stack_addr(types::I64, function.slot, 0),
            None => self.act,
        }
    }

    /// How many calls may be nested in this activation.
    fn nesting(&mut self) -> ir::Value {
        if self.function.is_some() {
            return self.entry;
        }
        let flags = MemFlagsData::trusted().with_readonly().with_can_move();
        self.b
            .ins()
            .load(types::I64, flags, self.act, ActivationLayout::NESTING)
    }

    pub(super) fn may_nest(&mut self, levels: i64) -> ir::Value {
        let nesting = self.nesting();
        self.b
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, nesting, levels)
    }

    /// An argument of the function, or what was read at the entry, which lies where exits leave their values.
    pub(super) fn argument(&mut self, number: u32, ty: Type) -> Result<ir::Value, CodegenError> {
        let Some(function) = &self.function else {
            let root = self.root();
            let (ty, offset) = (machine_type(ty), ActivationLayout::spill(number));
            return Ok(self.b.ins().load(ty, MemFlagsData::trusted(), root, offset));
        };
        let argument = function.args.get(number as usize).copied();
        argument.ok_or(CodegenError::Malformed("no such argument"))
    }

    /// A call of a compiled function. Before it, what the host needs to put the frames of this activation
    /// right is stored.
    pub(super) fn call_native(
        &mut self,
        inst: &InstData,
        exit: ExitId,
    ) -> Result<ir::Value, CodegenError> {
        let Imm::Native(id) = inst.imm else {
            return Err(CodegenError::Malformed("a call names no function"));
        };
        let unit = self.unit;
        let state = &unit.exits[exit.index()];
        let values: Vec<Value> = state.values().collect();
        for (word, value) in values.into_iter().enumerate() {
            let value = self.value(value)?;
            self.spill(word, value);
        }
        let site = self.b.ins().iconst(types::I64, i64::from(exit.0));
        match &self.function {
            Some(function) => {
                let slot = function.slot;
                self.b
                    .ins()
                    .stack_store(types::I64, site, slot, RecordLayout::SITE);
            }
            None => {
                let flags = MemFlagsData::trusted();
                self.b
                    .ins()
                    .store(flags, site, self.act, RecordLayout::SITE);
            }
        }
        let nesting = self.nesting();
        let levels = state.frames.len() as i64;
        let nesting = self.b.ins().iadd_imm_s(nesting, -levels);
        let mut args = vec![self.own_activation(), nesting];
        for value in &inst.args {
            args.push(self.value(*value)?);
        }
        let (status, result) = self.call_function(id, &args)?;
        let out = self.b.create_block();
        self.b.set_cold_block(out);
        let on = self.b.create_block();
        self.b.ins().brif(status, out, &[], on, &[]);
        self.b.switch_to_block(out);
        self.leave_behind_call(exit, status)?;
        self.b.switch_to_block(on);
        Ok(result)
    }

    /// A call of a compiled function that has a frame of its own.
    pub(super) fn call_framed(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let Imm::Native(id) = inst.imm else {
            return Err(CodegenError::Malformed("a call names no function"));
        };
        let nesting = self.nesting();
        let nesting = self.b.ins().iadd_imm_s(nesting, -1);
        let mut args = vec![self.own_activation(), nesting];
        for value in &inst.args {
            args.push(self.value(*value)?);
        }
        let (status, result) = self.call_function(id, &args)?;
        self.leave_if_failed(inst, status)?;
        Ok(result)
    }

    /// Calls a compiled function; its status and result.
    fn call_function(
        &mut self,
        id: NativeId,
        args: &[ir::Value],
    ) -> Result<(ir::Value, ir::Value), CodegenError> {
        let native = &self.unit.natives[id.index()];
        let signature = self.isa.function_signature(&native.signature);
        let call = match native.entry {
            None => {
                let function = self.import(External::Itself, signature);
                self.b.ins().call(function, args)
            }
            Some(entry) => {
                let entry = self.object(entry)?;
                let flags = MemFlagsData::trusted();
                let address = self.b.ins().load(types::I64, flags, entry, 0);
                let signature = self.b.import_signature(signature);
                self.b.ins().call_indirect(signature, address, args)
            }
        };
        match *self.b.inst_results(call) {
            [status, result] => Ok((status, result)),
            _ => Err(CodegenError::Malformed("a function gives two values")),
        }
    }

    /// A call was left, and the frames here are real: so is this code.
    fn leave_behind_call(&mut self, exit: ExitId, status: ir::Value) -> Result<(), CodegenError> {
        if self.function.is_none() {
            let flags = MemFlagsData::trusted();
            let offset = ActivationLayout::STATUS;
            self.b.ins().store(flags, status, self.act, offset);
            let number = self.b.ins().iconst(types::I32, i64::from(exit.0));
            self.b.ins().return_(&[number]);
            return Ok(());
        }
        let activation = self.own_activation();
        self.finish(RESUME_FUNCTION, &[activation, status])
    }

    /// Leaves the function through an exit whose values are stored; `number` is the exit's.
    pub(super) fn leave_function(&mut self, number: ir::Value) -> Result<(), CodegenError> {
        let activation = self.own_activation();
        self.finish(LEAVE_FUNCTION, &[activation, number])
    }

    /// Has the host finish the call, and returns what it says.
    fn finish(&mut self, routine: &str, args: &[ir::Value]) -> Result<(), CodegenError> {
        let status = self.host_routine(routine, args, Some(types::I64));
        let status = status.ok_or(CodegenError::Malformed("a status is a result"))?;
        if self.unit.frame_of.is_some() {
            let raised = self.b.ins().icmp_imm_s(IntCC::Equal, status, STATUS_RAISED);
            let raised = self.b.ins().uextend(types::I64, raised);
            self.b.ins().return_(&[raised, status]);
            return Ok(());
        }
        let nothing = match self.unit.signature.as_ref().map(|s| s.result) {
            Some(Type::F64) => self.b.ins().f64const(0.0),
            Some(other) => self.b.ins().iconst(machine_type(other), 0),
            None => return Err(CodegenError::Malformed("not a function's unit")),
        };
        self.b.ins().return_(&[status, nothing]);
        Ok(())
    }

    /// Returns a value.
    pub(super) fn return_value(&mut self, value: Value) -> Result<(), CodegenError> {
        let value = self.value(value)?;
        let status = self.b.ins().iconst(types::I64, STATUS_RETURNED as i64);
        self.b.ins().return_(&[status, value]);
        Ok(())
    }
}
