//! Lowering: calls replaced by what is called, and instances that need not be made.

mod toy_regions;

use fatjit_ir::passes::Known;
use fatjit_ir::{Helper, HelperEffects, HelperId, MemoryKind, ObjectId, Reason, Signature, Type};
use fatjit_jit::gbc::{
    Entry, Field, FieldId, GOp, IntOp, Kind, OfNew, Reg, Region, Release, Seen, Sinking,
    may_be_spliced, splice,
};
use toy_regions::*;

const CLASS: FieldId = FieldId(0);
const VALUE: FieldId = FieldId(1);

fn helper(name: &str, params: &[Type], result: Option<Type>) -> Helper {
    Helper {
        name: name.into(),
        params: params.to_vec(),
        result,
        effects: HelperEffects {
            raises: result.is_some(),
            writes: result.is_none(),
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    }
}

/// What both the caller and the functions that it calls know of instances.
fn of_instances(region: &mut Region) {
    let field = |name, offset, memory, of_new| Field {
        name,
        offset,
        kind: Kind::Ref,
        memory,
        changed_by: MemoryKind::Plain,
        lasting: false,
        of_new: Some(of_new),
    };
    region.fields = vec![
        field("class", 8, "classes", OfNew::Class),
        field("value", 16, "values", OfNew::Attribute(0)),
    ];
    region.helpers = vec![
        helper("new", &[Type::Ref], Some(Type::Own)),
        helper("added", &[Type::Ptr, Type::I64], None),
        helper(
            "put int",
            &[Type::Own, Type::I64, Type::I64],
            Some(Type::Own),
        ),
        helper(
            "put float",
            &[Type::Own, Type::I64, Type::F64],
            Some(Type::Own),
        ),
        helper(
            "put own",
            &[Type::Own, Type::I64, Type::Own],
            Some(Type::Own),
        ),
        helper("put", &[Type::Own, Type::I64, Type::Ref], Some(Type::Own)),
    ];
    region.sinking = Some(Sinking {
        added: HelperId(1),
        gives_back: Vec::new(),
        put: [2, 3, 4, 5].map(HelperId),
    });
}

/// `def __init__(self, value): self.value = value`
fn init() -> Region {
    let (itself, given, old) = (Reg(0), Reg(1), Reg(4));
    let (owner, address, nothing) = (Reg(2), Reg(5), Reg(3));
    let ops = vec![
        at(0, 2),
        copy(owner, itself),
        GOp::GuardField {
            reg: owner,
            field: CLASS,
            object: ObjectId(0),
        },
        GOp::AddressOf {
            dst: address,
            src: owner,
        },
        GOp::Read {
            dst: old,
            from: address,
            index: None,
            field: VALUE,
        },
        copy(nothing, given),
        GOp::WriteRef {
            to: address,
            index: None,
            field: VALUE,
            src: nothing,
            old,
            release: Release::Plain,
        },
        GOp::Drop {
            reg: owner,
            behind: point(1, 2),
        },
        at(1, 2),
        GOp::Object {
            dst: owner,
            object: ObjectId(1),
        },
        GOp::Return { reg: owner },
    ];
    let mut region = Region {
        name: "init".into(),
        locals: 2,
        slots: 4,
        regs: 6,
        blocks: vec![block(false, ops)],
        entries: vec![Entry {
            block: fatjit_jit::gbc::Label(0),
            point: point(0, 2),
            seen: None,
        }],
        function: Some(initializer().signature),
        objects: vec!["class".into(), "nothing".into()],
        ..region(Vec::new(), [Seen::Any, Seen::Any, Seen::Any])
    };
    of_instances(&mut region);
    region
}

/// A function's region that makes an instance of the class with its second local, and goes on.
fn makes_one(before: Vec<GOp>, then: Vec<GOp>) -> Vec<GOp> {
    let mut ops = before;
    ops.push(at(10, 3));
    ops.extend(class_called(true));
    ops.push(GOp::Discard { reg: B });
    ops.extend(then);
    ops
}

fn spliced(blocks: Vec<Vec<GOp>>, header: Option<usize>, seen: Seen) -> Region {
    let blocks = blocks.into_iter().enumerate();
    let blocks = blocks.map(|(at, ops)| block(header == Some(at), ops));
    let mut region = region(blocks.collect(), [seen, Seen::Int, Seen::Any]);
    of_instances(&mut region);
    region.objects = ["class", "entry", "init:class", "init:nothing"]
        .map(String::from)
        .to_vec();
    region.natives = vec![initializer()];
    let body = init();
    assert!(may_be_spliced(&body));
    let known = Known {
        objects: 2,
        natives: 1,
    };
    let bodies = [Some((&body, known))];
    let same = |object: ObjectId| match object {
        ObjectId(2) => ObjectId(0),
        other => other,
    };
    assert!(splice(&mut region, &bodies, &[], &same));
    region
}

fn once(then: Vec<GOp>) -> String {
    let mut ops = then;
    ops.push(GOp::Leave(Reason::Finished));
    lowered(&spliced(vec![makes_one(Vec::new(), ops)], None, Seen::Any))
}

fn read_value() -> GOp {
    GOp::Read {
        dst: T,
        from: A,
        index: None,
        field: VALUE,
    }
}

#[test]
fn what_is_only_read_is_not_made() {
    let then = vec![
        at(13, 4),
        read_value(),
        GOp::GuardInt { reg: T },
        GOp::Replace {
            reg: A,
            src: T,
            behind: point(14, 4),
        },
        at(14, 4),
    ];
    let text = once(then);
    assert!(!text.contains("call @"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn an_exit_lists_it_once_and_names_it_elsewhere() {
    let text = once(vec![at(13, 4), copy(B, A), at(14, 5)]);
    assert!(!text.contains("call @"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn one_that_is_wanted_is_made_for_all_who_hold_it() {
    let text = once(vec![
        at(13, 4),
        copy(B, A),
        at(14, 5),
        GOp::Real { reg: B },
        at(15, 5),
    ]);
    assert_eq!(text.matches("call @new").count(), 1, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn one_that_is_kept_in_a_local_goes_round_as_its_attributes() {
    let store = |local, src| GOp::Store {
        local,
        src,
        behind: Some(point(14, 3)),
    };
    let round = makes_one(
        vec![at(10, 3), GOp::Poll],
        vec![at(13, 4), store(S, A), GOp::Jump(fatjit_jit::gbc::Label(0))],
    );
    let text = lowered(&spliced(vec![round], Some(0), Seen::Any));
    // The first round finds an object, and from then on none is made.
    assert!(!text.contains("call @"), "{text}");
    assert!(
        text.contains("poll at 10 depth 3 [s0 = sunk 0 #0("),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn other_ways_meet_it_as_an_object() {
    let label = fatjit_jit::gbc::Label;
    let blocks = vec![
        vec![
            at(10, 3),
            GOp::IntTruth { dst: T, src: I },
            GOp::Branch {
                cond: T,
                then: label(1),
                otherwise: label(2),
            },
        ],
        makes_one(Vec::new(), vec![GOp::Jump(label(3))]),
        vec![at(20, 3), copy(A, N), GOp::Jump(label(3))],
        vec![at(21, 4), GOp::Leave(Reason::Finished)],
    ];
    let text = lowered(&spliced(blocks, None, Seen::Any));
    assert_eq!(text.matches("call @new").count(), 1, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn an_instance_with_an_object_as_attribute_is_made() {
    let text = once(vec![
        at(13, 4),
        read_value(),
        copy(B, N),
        GOp::WriteRef {
            to: A,
            index: None,
            field: VALUE,
            src: B,
            old: T,
            release: Release::Any,
        },
        at(14, 4),
    ]);
    assert_eq!(text.matches("call @new").count(), 1, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn functions_that_own_something_or_loop_are_not_spliced() {
    let mut owns = init();
    owns.blocks[0].ops.insert(
        1,
        GOp::Call {
            dst: Some(Reg(2)),
            helper: HelperId(0),
            args: vec![Reg(0)],
        },
    );
    assert!(!may_be_spliced(&owns));
    let mut loops = init();
    loops.blocks[0].header = true;
    assert!(!may_be_spliced(&loops));
    let mut numbers = init();
    numbers.function = Some(Signature {
        params: vec![Type::I64; 2],
        result: Type::I64,
    });
    assert!(!may_be_spliced(&numbers));
    let mut add = init();
    add.blocks[0].ops.insert(
        1,
        GOp::IntBin {
            op: IntOp::Add,
            dst: Reg(2),
            a: Reg(1),
            b: Reg(1),
        },
    );
    assert!(may_be_spliced(&add));
}
