//! What an operation of guarded bytecode names, for who moves it to another region.

use fatjit_ir::{HelperId, NativeId, ObjectId, TypeId};

use super::{FieldId, GOp, Label, Point, Reg};

/// Told of all that an operation names.
pub(super) trait Visitor {
    fn reg(&mut self, _: &mut Reg) {}
    fn label(&mut self, _: &mut Label) {}
    fn object(&mut self, _: &mut ObjectId) {}
    fn helper(&mut self, _: &mut HelperId) {}
    fn field(&mut self, _: &mut FieldId) {}
    fn ty(&mut self, _: &mut TypeId) {}
    fn native(&mut self, _: &mut NativeId) {}
    fn point(&mut self, _: &mut Point) {}
    /// A call that was spliced.
    fn call(&mut self, _: &mut u32) {}
}

/// Tells of all that an operation names; false if it is one that only stands in its own region.
pub(super) fn visit(op: &mut GOp, v: &mut dyn Visitor) -> bool {
    let mut each = |regs: &mut [&mut Reg]| {
        for reg in regs {
            v.reg(reg);
        }
    };
    match op {
        GOp::At(point) | GOp::After(point) | GOp::AfterOwed(point) => v.point(point),
        GOp::Int { dst, object, .. } | GOp::Float { dst, object, .. } => {
            each(&mut [dst]);
            object.iter_mut().for_each(|object| v.object(object));
        }
        GOp::Bool { dst, .. } | GOp::Null { dst } => each(&mut [dst]),
        GOp::Object { dst, object } => {
            each(&mut [dst]);
            v.object(object);
        }
        GOp::Copy { dst, src } | GOp::Move { dst, src } => each(&mut [dst, src]),
        GOp::Swap { a, b } => each(&mut [a, b]),
        GOp::Store { local, src, behind } => {
            each(&mut [local, src]);
            behind.iter_mut().for_each(|point| v.point(point));
        }
        GOp::Drop { reg, behind } => {
            each(&mut [reg]);
            v.point(behind);
        }
        GOp::Replace { reg, src, behind } => {
            each(&mut [reg, src]);
            v.point(behind);
        }
        GOp::Discard { reg }
        | GOp::Kill { reg }
        | GOp::Forget { reg }
        | GOp::Unlend { reg }
        | GOp::GuardBound { reg }
        | GOp::GuardInt { reg }
        | GOp::GuardVaried { reg }
        | GOp::GuardFloat { reg }
        | GOp::GuardBool { reg }
        | GOp::GuardNumber { reg }
        | GOp::IsNumber { reg }
        | GOp::GuardNull { reg }
        | GOp::GuardLent { reg, .. }
        | GOp::Return { reg } => each(&mut [reg]),
        GOp::GuardTrue { cond, .. } => each(&mut [cond]),
        GOp::GuardObject { reg, object } => {
            each(&mut [reg]);
            v.object(object);
        }
        GOp::IntBin { dst, a, b, .. }
        | GOp::IntAddPlain { dst, a, b }
        | GOp::IntCmp { dst, a, b, .. }
        | GOp::FloatBin { dst, a, b, .. }
        | GOp::FloatCmp { dst, a, b, .. }
        | GOp::BoolBin { dst, a, b, .. }
        | GOp::Same { dst, a, b } => each(&mut [dst, a, b]),
        GOp::IntNeg { dst, src }
        | GOp::IntNot { dst, src }
        | GOp::FloatNeg { dst, src }
        | GOp::FloatOf { dst, src, .. }
        | GOp::BoolToInt { dst, src }
        | GOp::BoolNot { dst, src }
        | GOp::IntTruth { dst, src }
        | GOp::FloatTruth { dst, src }
        | GOp::NullTest { dst, src }
        | GOp::AddressOf { dst, src } => each(&mut [dst, src]),
        GOp::SameObject { dst, src, object } => {
            each(&mut [dst, src]);
            v.object(object);
        }
        GOp::GuardType { reg, ty } => {
            each(&mut [reg]);
            v.ty(ty);
        }
        GOp::GuardTold { reg, helper, .. } => {
            each(&mut [reg]);
            v.helper(helper);
        }
        GOp::GuardRelease { regs } => regs.iter_mut().for_each(|reg| v.reg(reg)),
        GOp::GuardField { reg, field, object } => {
            each(&mut [reg]);
            v.field(field);
            v.object(object);
        }
        GOp::Read {
            dst,
            from,
            index,
            field,
        } => {
            each(&mut [dst, from]);
            index.iter_mut().for_each(|reg| v.reg(reg));
            v.field(field);
        }
        GOp::Write {
            to,
            index,
            field,
            src,
        } => {
            each(&mut [to, src]);
            index.iter_mut().for_each(|reg| v.reg(reg));
            v.field(field);
        }
        GOp::WriteRef {
            to,
            index,
            field,
            src,
            old,
            ..
        } => {
            each(&mut [to, src, old]);
            index.iter_mut().for_each(|reg| v.reg(reg));
            v.field(field);
        }
        GOp::CheckIndex {
            dst, index, len, ..
        } => each(&mut [dst, index, len]),
        GOp::Forgo { local } => each(&mut [local]),
        GOp::Call { dst, helper, args } => {
            dst.iter_mut().for_each(|reg| v.reg(reg));
            args.iter_mut().for_each(|reg| v.reg(reg));
            v.helper(helper);
        }
        GOp::CallPure { dst, helper, args } => {
            each(&mut [dst]);
            args.iter_mut().for_each(|reg| v.reg(reg));
            v.helper(helper);
        }
        GOp::CallNative {
            native,
            args,
            site,
            instance,
            ..
        } => {
            args.iter_mut().for_each(|reg| v.reg(reg));
            v.native(native);
            v.point(site);
            if let Some(instance) = instance {
                v.helper(&mut instance.make);
                v.object(&mut instance.class);
            }
        }
        GOp::BeginCall { call } | GOp::Behind { call } => v.call(call),
        GOp::EndCall { call, reg } => {
            each(&mut [reg]);
            v.call(call);
        }
        GOp::Jump(label) => v.label(label),
        GOp::Branch {
            cond,
            then,
            otherwise,
        } => {
            each(&mut [cond]);
            v.label(then);
            v.label(otherwise);
        }
        GOp::Poll | GOp::Leave(_) => {}
        _ => return false,
    }
    true
}
