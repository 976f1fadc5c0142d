//! One instruction: what each operation becomes.
//!
//! Operations that need more than a line or two are in [`super::integers`], [`super::division`] and
//! [`super::calls`]; what ends a block or leaves it is in [`super::control`].

use cranelift_codegen::ir::condcodes::{CondCode, FloatCC, IntCC};
use cranelift_codegen::ir::immediates::Ieee64;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use fatjit_ir::{Block, Imm, InstData, MemoryKind, Op, Value};

use super::CodegenError;
use super::control::{Translator, exit_of};
use super::routines::Routine;

/// Largest magnitude up to which every int has a float of its own.
const EXACT: i64 = 1 << 53;

impl Translator<'_> {
    /// Translates an instruction of the block `from`; its result, if it has one.
    pub(super) fn inst(
        &mut self,
        from: Block,
        inst: &InstData,
    ) -> Result<Option<ir::Value>, CodegenError> {
        let arg = |this: &Self, at: usize| match inst.args.get(at) {
            Some(value) => this.value(*value),
            None => Err(CodegenError::Malformed("an operand is missing")),
        };
        macro_rules! unary {
            ($make:ident) => {{
                let x = arg(self, 0)?;
                self.b.ins().$make(x)
            }};
        }
        macro_rules! binary {
            ($make:ident) => {{
                let (x, y) = (arg(self, 0)?, arg(self, 1)?);
                self.b.ins().$make(x, y)
            }};
        }
        macro_rules! load {
            ($make:ident $(, $ty:expr)?) => {{
                let address = arg(self, 0)?;
                let (offset, flags) = self.access(inst)?;
                self.b.ins().$make($($ty,)? flags, address, offset)
            }};
        }
        let result = match inst.op {
            Op::IConst | Op::PConst => self.b.ins().iconst(types::I64, int(inst)?),
            Op::FConst => match inst.imm {
                Imm::Float(bits) => self.b.ins().f64const(Ieee64::with_bits(bits)),
                _ => return Err(IMMEDIATE),
            },
            Op::BConst => match inst.imm {
                Imm::Bool(truth) => self.b.ins().iconst(types::I8, i64::from(truth)),
                _ => return Err(IMMEDIATE),
            },
            Op::Null | Op::NullOwn => self.b.ins().iconst(types::I64, 0),
            Op::Object => match inst.imm {
                Imm::Object(object) => self.object(object)?,
                _ => return Err(IMMEDIATE),
            },

            Op::IAdd => binary!(iadd),
            Op::ISub => binary!(isub),
            Op::IMul => self.mul(inst)?,
            Op::INeg => unary!(ineg),
            Op::IAddOvf => self.add_or_leave(inst)?,
            Op::ISubOvf => self.sub_or_leave(inst)?,
            Op::IMulOvf => self.mul_or_leave(inst)?,
            Op::INegOvf => self.neg_or_leave(inst)?,
            Op::IFloorDiv => self.int_floor_div(inst)?,
            Op::IMod => self.int_mod(inst)?,
            Op::IDivNat => binary!(udiv),
            Op::IModNat => self.natural_remainder(inst)?,
            Op::IPowOvf => {
                let bits = self.checked_routine(inst, Routine::IntPow, types::I64)?;
                return Ok(Some(bits));
            }
            Op::IAnd => binary!(band),
            Op::IOr => binary!(bor),
            Op::IXor => binary!(bxor),
            Op::INot => unary!(bnot),
            Op::IShl => binary!(ishl),
            Op::IShlOvf => self.shift_left_or_leave(inst)?,
            Op::IShr => self.shift_right(inst)?,
            Op::IToF => {
                let x = arg(self, 0)?;
                self.b.ins().fcvt_from_sint(types::F64, x)
            }
            Op::IExact => {
                let x = arg(self, 0)?;
                let above = self.b.ins().iadd_imm_s(x, EXACT);
                self.b
                    .ins()
                    .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, above, 2 * EXACT)
            }

            Op::FAdd => binary!(fadd),
            Op::FSub => binary!(fsub),
            Op::FMul => binary!(fmul),
            Op::FDiv => binary!(fdiv),
            Op::FNeg => unary!(fneg),
            Op::FFloorDiv => self.float_routine(inst, Routine::FloatFloorDiv)?,
            Op::FMod => self.float_routine(inst, Routine::FloatMod)?,
            Op::FPow => self.float_pow(inst)?,

            Op::IEq
            | Op::INe
            | Op::ILt
            | Op::ILe
            | Op::IGt
            | Op::IGe
            | Op::FEq
            | Op::FNe
            | Op::FLt
            | Op::FLe
            | Op::FGt
            | Op::FGe
            | Op::Is
            | Op::IsNull
            | Op::PEq => self.comparison(inst, false)?,
            Op::BNot => {
                let x = arg(self, 0)?;
                self.b.ins().bxor_imm_s(x, 1)
            }
            Op::BAnd => binary!(band),
            Op::BOr => binary!(bor),
            Op::BXor => binary!(bxor),
            Op::BToI => {
                let x = arg(self, 0)?;
                self.b.ins().uextend(types::I64, x)
            }
            Op::SelectI | Op::SelectF => {
                let (c, x, y) = (arg(self, 0)?, arg(self, 1)?, arg(self, 2)?);
                self.b.ins().select(c, x, y)
            }

            Op::FrameBase => self.frame_base()?,
            Op::Context => match inst.imm {
                Imm::Word(word) => self.context_word(word)?,
                _ => return Err(IMMEDIATE),
            },
            // References are addresses; ownership leaves no trace in code.
            Op::RefToPtr | Op::PtrToRef | Op::Lend | Op::PtrToOwn | Op::OwnToPtr => arg(self, 0)?,
            Op::PIndex => {
                let (base, index) = (arg(self, 0)?, arg(self, 1)?);
                let shift = i64::from(int(inst)?.trailing_zeros());
                let scaled = self.b.ins().ishl_imm_u(index, shift);
                self.b.ins().iadd(base, scaled)
            }
            // Cranelift takes a load for another one that nothing in the unit wrote in between, a round
            // of a loop ago too. It has no volatile loads, but atomic ones, which it never merges.
            Op::LoadI64 | Op::LoadPtr | Op::LoadU32 | Op::LoadU8
                if self.unit.memory_kind(inst) == Some(MemoryKind::Volatile) =>
            {
                let (base, (offset, flags)) = (arg(self, 0)?, self.access(inst)?);
                let address = self.b.ins().iadd_imm_s(base, i64::from(offset));
                let ty = match inst.op {
                    Op::LoadU8 => types::I8,
                    Op::LoadU32 => types::I32,
                    _ => types::I64,
                };
                let loaded = self.b.ins().atomic_load(ty, flags, address);
                match ty {
                    types::I64 => loaded,
                    _ => self.b.ins().uextend(types::I64, loaded),
                }
            }
            Op::LoadI64 | Op::LoadPtr => load!(load, types::I64),
            Op::LoadF64 => load!(load, types::F64),
            Op::LoadF32 => {
                let narrow = load!(load, types::F32);
                self.b.ins().fpromote(types::F64, narrow)
            }
            Op::LoadU32 => load!(uload32),
            Op::LoadI32 => load!(sload32),
            Op::LoadU16 => load!(uload16, types::I64),
            Op::LoadI16 => load!(sload16, types::I64),
            Op::LoadU8 => load!(uload8, types::I64),
            Op::LoadI8 => load!(sload8, types::I64),
            Op::StoreI64
            | Op::StoreF64
            | Op::StorePtr
            | Op::StoreU32
            | Op::StoreU16
            | Op::StoreU8
            | Op::StoreF32 => {
                let (address, value) = (arg(self, 0)?, arg(self, 1)?);
                let (offset, flags) = self.access(inst)?;
                let ins = self.b.ins();
                match inst.op {
                    Op::StoreU32 => ins.istore32(flags, value, address, offset),
                    Op::StoreU16 => ins.istore16(flags, value, address, offset),
                    Op::StoreU8 => ins.istore8(flags, value, address, offset),
                    Op::StoreF32 => {
                        let narrow = ins.fdemote(types::F32, value);
                        self.b.ins().store(flags, narrow, address, offset)
                    }
                    _ => ins.store(flags, value, address, offset),
                };
                return Ok(None);
            }

            Op::ArgI | Op::ArgF | Op::ArgB | Op::ArgR => match inst.imm {
                Imm::Word(number) => {
                    let ty = inst.op.argument_type().ok_or(IMMEDIATE)?;
                    self.argument(number, ty)?
                }
                _ => return Err(IMMEDIATE),
            },
            Op::MayNest => self.may_nest(int(inst)?),
            Op::CallNative => self.call_native(inst, exit_of(inst)?)?,
            Op::CallFramed => self.call_framed(inst)?,
            Op::RetI | Op::RetF | Op::RetB | Op::RetO => {
                self.return_value(operand(inst, 0)?)?;
                return Ok(None);
            }
            Op::Call => return self.call(inst),
            Op::Guard | Op::GuardNot => {
                let condition = operand(inst, 0)?;
                let failed = self.condition(condition, inst.op == Op::Guard)?;
                self.leave_if(inst, failed)?;
                return Ok(None);
            }
            Op::Jump => {
                let Imm::Jump(target) = &inst.imm else {
                    return Err(IMMEDIATE);
                };
                self.jump(target)?;
                return Ok(None);
            }
            Op::Br => {
                let Imm::Branch(on_true, on_false) = &inst.imm else {
                    return Err(IMMEDIATE);
                };
                self.branch(from, operand(inst, 0)?, on_true, on_false)?;
                return Ok(None);
            }
            Op::Leave => {
                self.leave(inst)?;
                return Ok(None);
            }

            Op::IsType
            | Op::BoxI
            | Op::BoxF
            | Op::BoxB
            | Op::UnboxI
            | Op::UnboxV
            | Op::UnboxF
            | Op::UnboxB
            | Op::IncRef
            | Op::DecRef
            | Op::DecRefPlain
            | Op::IsLastRef
            | Op::SlotLoad
            | Op::SlotTake
            | Op::SlotPut
            | Op::SlotSwap
            | Op::Position
            | Op::Poll
            | Op::Disturbed => return Err(CodegenError::NotExpanded(inst.op)),
        };
        Ok(Some(result))
    }

    /// Offset and flags of a load or store.
    fn access(&mut self, inst: &InstData) -> Result<(i32, MemFlagsData), CodegenError> {
        let Imm::Offset(offset, memory) = inst.imm else {
            return Err(IMMEDIATE);
        };
        let offset =
            i32::try_from(offset).map_err(|_| CodegenError::Malformed("an offset is too large"))?;
        let region = memory.and_then(|id| self.alias_regions.get(id.index()).copied());
        Ok((offset, MemFlagsData::trusted().with_alias_region(region)))
    }

    /// A truth value, negated if asked. Comparisons are negated by their condition, so that each fuses
    /// with the branch on it.
    pub(super) fn condition(
        &mut self,
        value: Value,
        negate: bool,
    ) -> Result<ir::Value, CodegenError> {
        if !negate {
            return self.value(value);
        }
        match self.unit.def_inst(value) {
            Some(inst)
                if int_condition(inst.op).is_some() || float_condition(inst.op).is_some() =>
            {
                self.comparison(inst, true)
            }
            Some(inst) if inst.op == Op::BNot => self.value(operand(inst, 0)?),
            _ => {
                let value = self.value(value)?;
                Ok(self.b.ins().icmp_imm_s(IntCC::Equal, value, 0))
            }
        }
    }

    fn comparison(&mut self, inst: &InstData, negate: bool) -> Result<ir::Value, CodegenError> {
        if let Some(divides) = self.divisibility(inst, negate)? {
            return Ok(divides);
        }
        let x = self.value(operand(inst, 0)?)?;
        if let Some(condition) = float_condition(inst.op) {
            let condition = if negate {
                condition.complement()
            } else {
                condition
            };
            let y = self.value(operand(inst, 1)?)?;
            return Ok(self.b.ins().fcmp(condition, x, y));
        }
        let condition =
            int_condition(inst.op).ok_or(CodegenError::Malformed("not a comparison"))?;
        let condition = if negate {
            condition.complement()
        } else {
            condition
        };
        if inst.op == Op::IsNull {
            return Ok(self.b.ins().icmp_imm_s(condition, x, 0));
        }
        let y = self.comparand(operand(inst, 1)?)?;
        Ok(self.b.ins().icmp(condition, x, y))
    }
}

const IMMEDIATE: CodegenError = CodegenError::Malformed("an immediate is of the wrong kind");

/// An operand of an instruction.
pub(super) fn operand(inst: &InstData, at: usize) -> Result<Value, CodegenError> {
    inst.args
        .get(at)
        .copied()
        .ok_or(CodegenError::Malformed("an operand is missing"))
}

fn int(inst: &InstData) -> Result<i64, CodegenError> {
    match inst.imm {
        Imm::Int(value) => Ok(value),
        _ => Err(IMMEDIATE),
    }
}

fn int_condition(op: Op) -> Option<IntCC> {
    Some(match op {
        Op::IEq | Op::Is | Op::IsNull | Op::PEq => IntCC::Equal,
        Op::INe => IntCC::NotEqual,
        Op::ILt => IntCC::SignedLessThan,
        Op::ILe => IntCC::SignedLessThanOrEqual,
        Op::IGt => IntCC::SignedGreaterThan,
        Op::IGe => IntCC::SignedGreaterThanOrEqual,
        _ => return None,
    })
}

fn float_condition(op: Op) -> Option<FloatCC> {
    Some(match op {
        Op::FEq => FloatCC::Equal,
        Op::FNe => FloatCC::NotEqual,
        Op::FLt => FloatCC::LessThan,
        Op::FLe => FloatCC::LessThanOrEqual,
        Op::FGt => FloatCC::GreaterThan,
        Op::FGe => FloatCC::GreaterThanOrEqual,
        _ => return None,
    })
}
