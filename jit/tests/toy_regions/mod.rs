//! What regions of these tests are made of: three locals, a stack of two, temporaries.
#![allow(dead_code, reason = "not every test program uses all of it")]

use fatjit_ir::{
    Helper, HelperEffects, HelperId, Native, NativeId, ObjectId, Signature, Type, verify,
};
use fatjit_jit::gbc::{Entry, GBlock, GOp, Instance, Label, Point, Reg, Region, Seen};
use fatjit_jit::lower::lower;

pub const S: Reg = Reg(0);
pub const I: Reg = Reg(1);
pub const N: Reg = Reg(2);
pub const A: Reg = Reg(3);
pub const B: Reg = Reg(4);
pub const T: Reg = Reg(5);
pub const U: Reg = Reg(6);

pub fn at(position: u32, depth: u32) -> GOp {
    GOp::At(point(position, depth))
}

pub fn point(position: u32, depth: u32) -> Point {
    Point { position, depth }
}

pub fn copy(dst: Reg, src: Reg) -> GOp {
    GOp::Copy { dst, src }
}

pub fn block(header: bool, ops: Vec<GOp>) -> GBlock {
    GBlock {
        ops,
        header,
        cold: false,
    }
}

pub fn op_helper() -> Helper {
    Helper {
        name: "op".into(),
        params: vec![Type::Ptr, Type::I64, Type::I64],
        result: None,
        effects: HelperEffects {
            raises: true,
            runs_code: true,
            reads: true,
            writes: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    }
}

/// Three locals (s, i, n), a stack of two, one temporary; an entry at block 0 with the kinds `seen`.
pub fn region(blocks: Vec<GBlock>, seen: [Seen; 3]) -> Region {
    Region {
        name: "f:1".into(),
        locals: 3,
        slots: 5,
        names: 0,
        regs: 6,
        blocks,
        entries: vec![Entry {
            block: Label(0),
            point: point(10, 3),
            seen: Some(seen.to_vec()),
        }],
        helpers: vec![op_helper()],
        objects: vec!["None".into()],
        lent: vec![],
        types: vec!["int".into(), "float".into(), "bool".into()],
        shapes: vec![],
        ..Region::default()
    }
}

/// A call of a class, object 0, whose instances helper 0 makes and native 0 initialises with `I`: the instance is in `A`.
pub fn class_called(sinks: bool) -> [GOp; 5] {
    [
        GOp::Object {
            dst: A,
            object: ObjectId(0),
        },
        at(11, 4),
        GOp::Null { dst: B },
        at(12, 5),
        GOp::CallNative {
            native: NativeId(0),
            args: vec![A, I],
            site: point(12, 4),
            instance: Some(Instance {
                make: HelperId(0),
                class: ObjectId(0),
                sinks,
            }),
            operator: false,
        },
    ]
}

/// What initialises those.
pub fn initializer() -> Native {
    Native {
        name: "init".into(),
        signature: Signature {
            params: vec![Type::Ref, Type::I64],
            result: Type::Own,
        },
        entry: Some(ObjectId(1)),
        only_reads: false,
    }
}

pub fn lowered(region: &Region) -> String {
    let unit = match lower(region) {
        Ok(unit) => unit,
        Err(error) => panic!("{error}\n{region}"),
    };
    if let Err(errors) = verify(&unit) {
        panic!("{errors:?}\n{region}\n{unit}");
    }
    unit.to_string()
}
