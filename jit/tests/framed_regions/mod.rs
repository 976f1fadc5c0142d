//! Regions of functions that have a frame, and what they are lowered to.

use fatjit_ir::{
    FrameOf, Helper, HelperEffects, HelperId, Native, ObjectId, Signature, Type, verify,
};
use fatjit_jit::gbc::{Entry, GBlock, GOp, Label, OwnFrame, Point, Reg, Region};
use fatjit_jit::lower::lower;

/// A source instruction begins.
pub fn at(position: u32, depth: u32) -> GOp {
    GOp::At(Point { position, depth })
}

/// A function of one argument, an object, with another local and a stack of three.
pub fn region(ops: Vec<GOp>) -> Region {
    let signature = Signature {
        params: vec![Type::Own],
        result: Type::Own,
    };
    let end = Helper {
        name: "end".into(),
        params: vec![Type::Ptr; 2],
        result: None,
        effects: HelperEffects {
            runs_code: true,
            reads: true,
            writes: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    };
    Region {
        name: "f:1".into(),
        locals: 2,
        slots: 5,
        regs: 6,
        blocks: vec![GBlock {
            ops,
            ..GBlock::default()
        }],
        entries: vec![Entry {
            block: Label(0),
            point: Point {
                position: 0,
                depth: 2,
            },
            seen: None,
        }],
        types: ["int", "float", "bool"].map(String::from).to_vec(),
        objects: ["f", "function", "None"].map(String::from).to_vec(),
        helpers: vec![end],
        function: Some(signature.clone()),
        frame: Some(OwnFrame {
            of: FrameOf::Object(ObjectId(1)),
            end: HelperId(0),
            word: 1,
        }),
        identity: Some(ObjectId(0)),
        natives: vec![Native {
            name: "f:1".into(),
            signature,
            entry: None,
            only_reads: false,
        }],
        ..Region::default()
    }
}

/// The instructions that a region is lowered to.
pub fn lowered(region: &Region) -> Vec<String> {
    let unit = lower(region).unwrap_or_else(|e| panic!("{e}\n{region}"));
    assert_eq!(verify(&unit), Ok(()), "{region}\n{unit}");
    let text = unit.to_string();
    let lines = text.lines().skip_while(|line| !line.starts_with("b0"));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// `return f(…)`: what is `given` follows what is called and a null, in slots 2 and 3; then this is done with so many slots in
/// use, and the call leaves its result in slot 2.
pub fn calling(given: Vec<GOp>, depth: u32, call: Vec<GOp>) -> Region {
    let mut ops = vec![
        at(1, 2),
        GOp::Object {
            dst: Reg(2),
            object: ObjectId(1),
        },
        GOp::Null { dst: Reg(3) },
    ];
    ops.extend(given);
    ops.push(at(4, depth));
    ops.extend(call);
    ops.extend([
        GOp::After(Point {
            position: 7,
            depth: 3,
        }),
        at(7, 3),
        GOp::Return { reg: Reg(2) },
    ]);
    region(ops)
}
