//! Arithmetic and comparisons on unboxed numbers, with the guards that make them equal to the host's.

use fatjit_ir::{Block, Imm, Op, Reason, Target, Type, Value};

use super::state::{Mem, Val};
use super::{LowerError, Lowering};
use crate::gbc::{BOOL_TYPE, BoolOp, Cmp, FLOAT_TYPE, FloatOp, GOp, INT_TYPE, IntOp, Reg};

impl Lowering<'_> {
    pub(super) fn arithmetic(&mut self, op: &GOp) -> Result<(), LowerError> {
        match op {
            GOp::IntBin { op, dst, a, b } => {
                let (x, y) = (self.want_int("int", *a)?, self.want_int("int", *b)?);
                let v = self.int_bin(*op, x, y)?;
                self.set_number(*dst, Type::I64, v)
            }
            GOp::IntAddPlain { dst, a, b } => {
                let (x, y) = (self.want_int("int", *a)?, self.want_int("int", *b)?);
                let v = self.pure(Op::IAdd, &[x, y]);
                self.set_number(*dst, Type::I64, v)
            }
            GOp::IntNeg { dst, src } => {
                let x = self.want_int("int", *src)?;
                let v = self.leaving(Op::INegOvf, &[x], Reason::Overflow)?;
                self.set_number(*dst, Type::I64, v)
            }
            GOp::IntNot { dst, src } => {
                let x = self.want_int("int", *src)?;
                let v = self.pure(Op::INot, &[x]);
                self.set_number(*dst, Type::I64, v)
            }
            GOp::IntCmp { cmp, dst, a, b } => {
                let (x, y) = (self.want_int("int", *a)?, self.want_int("int", *b)?);
                let v = self.pure(int_cmp(*cmp), &[x, y]);
                self.set_number(*dst, Type::Bool, v)
            }
            GOp::FloatBin { op, dst, a, b } => {
                let (x, y) = (self.want_float("float", *a)?, self.want_float("float", *b)?);
                let v = self.float_bin(*op, x, y)?;
                self.set_number(*dst, Type::F64, v)
            }
            GOp::FloatNeg { dst, src } => {
                let x = self.want_float("float", *src)?;
                let v = self.pure(Op::FNeg, &[x]);
                self.set_number(*dst, Type::F64, v)
            }
            GOp::FloatCmp { cmp, dst, a, b } => {
                let (x, y) = (self.want_float("float", *a)?, self.want_float("float", *b)?);
                let v = self.pure(float_cmp(*cmp), &[x, y]);
                self.set_number(*dst, Type::Bool, v)
            }
            GOp::FloatOf { dst, src, exact } => self.float_of(*dst, *src, *exact),
            GOp::BoolToInt { dst, src } => {
                let x = self.want_bool("int of", *src)?;
                let v = self.pure(Op::BToI, &[x]);
                self.set_number(*dst, Type::I64, v)
            }
            GOp::BoolNot { dst, src } => {
                let x = self.want_bool("not", *src)?;
                let v = self.pure(Op::BNot, &[x]);
                self.set_number(*dst, Type::Bool, v)
            }
            GOp::BoolBin { op, dst, a, b } => {
                let (x, y) = (self.want_bool("bool", *a)?, self.want_bool("bool", *b)?);
                let op = match op {
                    BoolOp::And => Op::BAnd,
                    BoolOp::Or => Op::BOr,
                    BoolOp::Xor => Op::BXor,
                };
                let v = self.pure(op, &[x, y]);
                self.set_number(*dst, Type::Bool, v)
            }
            GOp::IntTruth { dst, src } => {
                let x = self.want_int("truth of", *src)?;
                let zero = self.int(0);
                let v = self.pure(Op::INe, &[x, zero]);
                self.set_number(*dst, Type::Bool, v)
            }
            GOp::FloatTruth { dst, src } => {
                let x = self.want_float("truth of", *src)?;
                let zero = self.float(0.0);
                let v = self.pure(Op::FNe, &[x, zero]);
                self.set_number(*dst, Type::Bool, v)
            }
            other => unreachable!("`{other:?}` is no arithmetic"),
        }
    }

    /// Of what may be an int or a float, that is found out by a branch.
    fn float_of(&mut self, dst: Reg, src: Reg, exact: bool) -> Result<(), LowerError> {
        let slot = self.slot(src).clone();
        let value = match slot.val {
            Val::Float(value) => value,
            Val::Int(value) => self.int_as_float(value, exact)?,
            _ => {
                let Some(object) = self.reference(src) else {
                    return self.leave(Reason::TypeChanged);
                };
                let lent = matches!(slot.mem, Mem::Lent(_));
                let value = self.float_of_either(object, lent, exact)?;
                self.learn(src, Val::Plain, slot.ident);
                value
            }
        };
        self.set_number(dst, Type::F64, value)
    }

    fn int_as_float(&mut self, value: Value, exact: bool) -> Result<Value, LowerError> {
        if exact {
            let exact = self.pure(Op::IExact, &[value]);
            self.guard(exact, Reason::OutOfRange)?;
        }
        Ok(self.pure(Op::IToF, &[value]))
    }

    fn float_of_either(
        &mut self,
        object: Value,
        lent: bool,
        exact: bool,
    ) -> Result<Value, LowerError> {
        let (float, other) = (self.unit.add_block(), self.unit.add_block());
        let join = self.unit.add_block();
        let joined = self.unit.add_param(join, Type::F64);
        let is_float = self.value(Op::IsType, &[object], Imm::Type(FLOAT_TYPE), None);
        self.branch_plain(is_float, float, other);

        self.at = Some(float);
        let value = self.unboxed_float(object, lent);
        self.jump_with(join, value);

        self.at = Some(other);
        let is_int = self.value(Op::IsType, &[object], Imm::Type(INT_TYPE), None);
        self.guard(is_int, Reason::TypeChanged)?;
        let wide = self.guard_exit(Reason::TooWide)?;
        let value = self.value(Op::UnboxI, &[object], Imm::None, Some(wide));
        let value = self.int_as_float(value, exact)?;
        self.jump_with(join, value);
        self.at = Some(join);
        Ok(joined)
    }

    /// The register holds some number, or native code is left.
    pub(super) fn guard_any_number(&mut self, reg: Reg) -> Result<(), LowerError> {
        let slot = self.slot(reg);
        if slot.number().is_some() || slot.val == Val::Plain {
            return Ok(());
        }
        let Some(object) = self.reference(reg) else {
            return self.leave(Reason::TypeChanged);
        };
        let of = |l: &mut Self, ty| l.value(Op::IsType, &[object], Imm::Type(ty), None);
        let (int, float, truth) = (
            of(self, INT_TYPE),
            of(self, FLOAT_TYPE),
            of(self, BOOL_TYPE),
        );
        let either = self.pure(Op::BOr, &[int, float]);
        let any = self.pure(Op::BOr, &[either, truth]);
        self.guard(any, Reason::TypeChanged)?;
        let ident = self.slot(reg).ident;
        self.learn(reg, Val::Plain, ident);
        Ok(())
    }

    fn jump_with(&mut self, block: Block, value: Value) {
        let args = vec![value];
        self.emit(Op::Jump, &[], Imm::Jump(Target { block, args }), None);
    }

    fn float(&mut self, value: f64) -> Value {
        self.value(Op::FConst, &[], Imm::Float(value.to_bits()), None)
    }

    /// An operation that leaves where its result is not the host's.
    fn leaving(&mut self, op: Op, args: &[Value], reason: Reason) -> Result<Value, LowerError> {
        let exit = self.guard_exit(reason)?;
        Ok(self.value(op, args, Imm::None, Some(exit)))
    }

    fn int_bin(&mut self, op: IntOp, x: Value, y: Value) -> Result<Value, LowerError> {
        match op {
            IntOp::Add => self.leaving(Op::IAddOvf, &[x, y], Reason::Overflow),
            IntOp::Sub => self.leaving(Op::ISubOvf, &[x, y], Reason::Overflow),
            IntOp::Mul => self.leaving(Op::IMulOvf, &[x, y], Reason::Overflow),
            IntOp::Pow => self.leaving(Op::IPowOvf, &[x, y], Reason::OutOfRange),
            IntOp::Shl => self.leaving(Op::IShlOvf, &[x, y], Reason::Overflow),
            IntOp::And => Ok(self.pure(Op::IAnd, &[x, y])),
            IntOp::Or => Ok(self.pure(Op::IOr, &[x, y])),
            IntOp::Xor => Ok(self.pure(Op::IXor, &[x, y])),
            IntOp::Shr => {
                let zero = self.int(0);
                let ok = self.pure(Op::IGe, &[y, zero]);
                self.guard(ok, Reason::NegativeShift)?;
                Ok(self.pure(Op::IShr, &[x, y]))
            }
            IntOp::Mod => {
                self.nonzero_int(y)?;
                Ok(self.pure(Op::IMod, &[x, y]))
            }
            IntOp::FloorDiv => {
                self.nonzero_int(y)?;
                // The one quotient that does not fit.
                let (minus, min) = (self.int(-1), self.int(i64::MIN));
                let by = self.pure(Op::IEq, &[y, minus]);
                let of = self.pure(Op::IEq, &[x, min]);
                let both = self.pure(Op::BAnd, &[by, of]);
                self.guard_not(both, Reason::Overflow)?;
                Ok(self.pure(Op::IFloorDiv, &[x, y]))
            }
        }
    }

    fn nonzero_int(&mut self, y: Value) -> Result<(), LowerError> {
        let zero = self.int(0);
        let ok = self.pure(Op::INe, &[y, zero]);
        self.guard(ok, Reason::ZeroDivision)
    }

    fn float_bin(&mut self, op: FloatOp, x: Value, y: Value) -> Result<Value, LowerError> {
        let op = match op {
            FloatOp::Add => Op::FAdd,
            FloatOp::Sub => Op::FSub,
            FloatOp::Mul => Op::FMul,
            FloatOp::Pow => return self.leaving(Op::FPow, &[x, y], Reason::OutOfRange),
            FloatOp::Div => Op::FDiv,
            FloatOp::FloorDiv => Op::FFloorDiv,
            FloatOp::Mod => Op::FMod,
        };
        if matches!(op, Op::FDiv | Op::FFloorDiv | Op::FMod) {
            let zero = self.float(0.0);
            let ok = self.pure(Op::FNe, &[y, zero]);
            self.guard(ok, Reason::ZeroDivision)?;
        }
        Ok(self.pure(op, &[x, y]))
    }
}

fn int_cmp(cmp: Cmp) -> Op {
    match cmp {
        Cmp::Eq => Op::IEq,
        Cmp::Ne => Op::INe,
        Cmp::Lt => Op::ILt,
        Cmp::Le => Op::ILe,
        Cmp::Gt => Op::IGt,
        Cmp::Ge => Op::IGe,
    }
}

fn float_cmp(cmp: Cmp) -> Op {
    match cmp {
        Cmp::Eq => Op::FEq,
        Cmp::Ne => Op::FNe,
        Cmp::Lt => Op::FLt,
        Cmp::Le => Op::FLe,
        Cmp::Gt => Op::FGt,
        Cmp::Ge => Op::FGe,
    }
}
