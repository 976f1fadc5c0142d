//! What units of functions, and entries of loops, are given and give.

use super::{Fault, Report, known};
use crate::inst::{Effects, Op, Operands};
use crate::types::{Block, Type};
use crate::unit::{FrameOf, Imm, InstData, Read, Signature, Unit};

/// A unit with a frame is that of a function, which gives an object.
pub(super) fn check_frame(unit: &Unit, report: &mut Report<'_>) {
    let Some(frame_of) = unit.frame_of else {
        return;
    };
    let signature = unit.signature.as_ref();
    let known = match frame_of {
        FrameOf::Object(object) => known(&object, object.index(), unit.objects.len(), report),
        FrameOf::LastArgument => {
            signature.and_then(|s| s.params.last().copied()) == Some(Type::Ref)
        }
    };
    if !known || signature.map(|s| s.result) != Some(Type::Own) {
        report.fault(Fault::StrangeFrame);
    }
}

pub(super) fn check_signature(signature: &Signature, framed: bool, report: &mut Report<'_>) {
    let strange = |ty: &Type, object: Type| {
        *ty != object && !matches!(ty, Type::I64 | Type::F64 | Type::Bool)
    };
    let params = signature.params.iter();
    let params = params.filter(|ty| strange(ty, Type::Ref) && !(framed && **ty == Type::Own));
    let result = Some(&signature.result).filter(|ty| strange(ty, Type::Own));
    for ty in params.chain(result) {
        report.fault(Fault::SignatureType(*ty));
    }
}

/// Only entries of loops read, and their arguments are what they read, before anything else happens.
pub(super) fn check_reads(unit: &Unit, report: &mut Report<'_>) {
    for &block in &unit.layout {
        report.at_block(block);
        let data = unit.block(block);
        let is_entry = unit.signature.is_none() && unit.entries.contains(&block);
        let strange = |read: &Read| {
            !matches!(read.ty, Type::I64 | Type::F64 | Type::Bool)
                || !unit.in_use(read.slot, unit.slots)
        };
        if !data.reads.is_empty() && !is_entry || data.reads.iter().any(strange) {
            report.fault(Fault::StrangeRead);
        }
        let mut late = false;
        for (at, inst) in data.insts.iter().enumerate() {
            let data = unit.inst(*inst);
            late |= data.op.info().effects != Effects::Pure || data.exit.is_some();
            if late && unit.signature.is_none() && data.op.argument_type().is_some() {
                report.at_inst(at, data.op);
                report.fault(Fault::LateArgument);
            }
        }
    }
}

/// Arguments and returns must be those of the function, or arguments those of the entry.
pub(super) fn check_function(unit: &Unit, block: Block, data: &InstData, report: &mut Report<'_>) {
    let signature = unit.signature.as_ref();
    if let (Some(ty), Imm::Word(number)) = (data.op.argument_type(), &data.imm) {
        let param = match (signature, number) {
            (Some(signature), number) => signature.params.get(*number as usize).copied(),
            (None, 0) => unit.entries.contains(&block).then_some(Type::Bool),
            (None, number) => {
                let reads = &unit.block(block).reads;
                reads.get(*number as usize - 1).map(|read| read.ty)
            }
        };
        if param != Some(ty) {
            report.fault(Fault::NoArgument);
        }
    }
    if let (Op::CallNative, Imm::Native(id)) = (data.op, &data.imm)
        && let Some(native) = unit.natives.get(id.index())
        && native.signature.params.contains(&Type::Own)
    {
        report.fault(Fault::SignatureType(Type::Own));
    }
    if data.op.is_return() {
        let Operands::Fixed(given) = data.op.info().operands else {
            return;
        };
        if signature.map(|s| s.result) != given.first().copied() {
            report.fault(Fault::WrongReturn);
        }
    }
}
