//! Calls of the host's helpers and of our own routines, and addresses of objects.

use std::iter;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AbiParam, FuncRef, InstBuilder, MemFlagsData, Signature, types};
use fatjit_ir::{Helper, Imm, InstData, ObjectId, Type};

use super::CodegenError;
use super::bridges;
use super::control::{Translator, machine_type};
use super::externals::External;
use super::ops::operand;
use super::routines::Routine;
use crate::activation::ActivationLayout;

impl Translator<'_> {
    /// A call of a helper. One that raises leaves when its result is null, or, without a result, when its
    /// status is not zero.
    pub(super) fn call(&mut self, inst: &InstData) -> Result<Option<ir::Value>, CodegenError> {
        let Imm::Helper(id) = inst.imm else {
            return Err(CodegenError::Malformed("a call names no helper"));
        };
        let unit = self.unit;
        let helper = &unit.helpers[id.index()];
        let signature = self.helper_signature(helper);
        let what = External::Helper(helper.name.clone());
        let args = inst.args.iter().map(|v| self.value(*v));
        let args = args.collect::<Result<Vec<_>, _>>()?;
        let result = self.call_external(what, signature, &args).first().copied();
        if !helper.effects.raises {
            return Ok(result);
        }
        let outcome = result.ok_or(CodegenError::Malformed("a raising helper tells nothing"))?;
        match helper.result {
            None => {
                self.leave_if_failed(inst, outcome)?;
                Ok(None)
            }
            Some(Type::Ref | Type::Own | Type::Ptr) => {
                let failed = self.b.ins().icmp_imm_s(IntCC::Equal, outcome, 0);
                self.leave_if_failed(inst, failed)?;
                Ok(Some(outcome))
            }
            Some(Type::I64 | Type::F64 | Type::Bool) => Err(CodegenError::Malformed(
                "a helper with an unboxed result cannot raise",
            )),
        }
    }

    /// Calls what lies outside, through a bridge or directly as the block asks; the results.
    fn call_external(
        &mut self,
        what: External,
        signature: Signature,
        args: &[ir::Value],
    ) -> Vec<ir::Value> {
        if !self.bridging || !bridges::carries(&signature) {
            let function = self.import(what, signature);
            let call = self.b.ins().call(function, args);
            return self.b.inst_results(call).to_vec();
        }
        let place = self.externals.callee(what);
        let flags = MemFlagsData::trusted();
        let place = self.b.ins().iconst(types::I64, i64::from(place));
        let carried = iter::once(place).chain(args.iter().copied());
        for (word, value) in carried.enumerate() {
            let offset = ActivationLayout::spill(word as u32);
            self.b.ins().store(flags, value, self.act, offset);
        }
        let across = bridges::signature();
        let bridge = self.import(External::Bridge(signature.clone()), across);
        self.b.ins().call(bridge, &[self.act]);
        let results = signature.returns.iter().enumerate();
        results
            .map(|(word, result)| {
                let offset = ActivationLayout::spill(word as u32);
                let ty = result.value_type;
                self.b.ins().load(ty, flags, self.act, offset)
            })
            .collect()
    }

    /// A function of the unit's surroundings, imported at its first use.
    pub(super) fn import(&mut self, what: External, signature: Signature) -> FuncRef {
        if what == External::Itself {
            if let Some(known) = self.itself {
                return known;
            }
            let function = self.externals.import(self.b.func, what, signature);
            self.itself = Some(function);
            return function;
        }
        let known = self.externals.functions.iter().position(|f| *f == what);
        if let Some(known) = known {
            return self.functions[known];
        }
        let function = self.externals.import(self.b.func, what, signature);
        self.functions.push(function);
        function
    }

    fn helper_signature(&self, helper: &Helper) -> Signature {
        let mut signature = Signature::new(self.isa.call_conv());
        for &param in &helper.params {
            let param_type = AbiParam::new(machine_type(param));
            signature.params.push(match param {
                // C compilers rely on the caller to extend a truth value.
                Type::Bool => param_type.uext(),
                _ => param_type,
            });
        }
        match helper.result {
            Some(result) => signature.returns.push(AbiParam::new(machine_type(result))),
            None if helper.effects.raises => signature.returns.push(AbiParam::new(types::I32)),
            None => {}
        }
        signature
    }

    /// A routine from two floats to a float.
    pub(super) fn float_routine(
        &mut self,
        inst: &InstData,
        routine: Routine,
    ) -> Result<ir::Value, CodegenError> {
        match self.call_routine(inst, routine, types::F64, &[types::F64])?[..] {
            [result] => Ok(result),
            _ => Err(CodegenError::Malformed("a routine has not one result")),
        }
    }

    /// A routine from two operands of type `operands` that may refuse, which leaves; its result's bits.
    pub(super) fn checked_routine(
        &mut self,
        inst: &InstData,
        routine: Routine,
        operands: ir::Type,
    ) -> Result<ir::Value, CodegenError> {
        let results = self.call_routine(inst, routine, operands, &[types::I64; 2])?;
        let [succeeded, bits] = results[..] else {
            return Err(CodegenError::Malformed("a routine has not two results"));
        };
        let failed = self.b.ins().icmp_imm_s(IntCC::Equal, succeeded, 0);
        self.leave_if(inst, failed)?;
        Ok(bits)
    }

    fn call_routine(
        &mut self,
        inst: &InstData,
        routine: Routine,
        operands: ir::Type,
        results: &[ir::Type],
    ) -> Result<Vec<ir::Value>, CodegenError> {
        let args = [
            self.value(operand(inst, 0)?)?,
            self.value(operand(inst, 1)?)?,
        ];
        let mut signature = Signature::new(self.isa.call_conv());
        signature.params = vec![AbiParam::new(operands); 2];
        signature.returns = results.iter().copied().map(AbiParam::new).collect();
        Ok(self.call_external(External::Routine(routine), signature, &args))
    }

    /// The address of an object of the unit.
    pub(super) fn object(&mut self, object: ObjectId) -> Result<ir::Value, CodegenError> {
        let slot = self
            .objects
            .get(object.index())
            .copied()
            .ok_or(CodegenError::Malformed("no such object"))?;
        let symbol = match slot {
            Some(symbol) => symbol,
            None => {
                let symbol = self.externals.import_object(self.b.func, object);
                self.objects[object.index()] = Some(symbol);
                symbol
            }
        };
        Ok(self.b.ins().symbol_value(types::I64, symbol))
    }
}
