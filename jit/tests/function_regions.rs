//! Regions of functions: what they are lowered to, run by the reference interpreter.

use fatjit_ir::interp::{Datum, Ended, Payload, Reply, Shown, World, run_function};
use fatjit_ir::{Native, NativeId, Reason, Signature, Type, Unit, verify};
use fatjit_jit::gbc::{Cmp, Entry, GBlock, GOp, IntOp, Label, Point, Reg, Region};
use fatjit_jit::lower::{LowerError, lower};

const N: Reg = Reg(0);
const M: Reg = Reg(1);
const A: Reg = Reg(2);
const B: Reg = Reg(3);
const C: Reg = Reg(4);
const T: Reg = Reg(5);

fn at(position: u32, depth: u32) -> GOp {
    GOp::At(Point { position, depth })
}

fn int(dst: Reg, value: i64) -> GOp {
    GOp::Int {
        dst,
        value,
        object: None,
    }
}

fn copy(dst: Reg, src: Reg) -> GOp {
    GOp::Copy { dst, src }
}

/// Two locals, of which the first `params` are arguments, a stack of three, one temporary.
fn region(params: Vec<Type>, result: Type, blocks: Vec<Vec<GOp>>) -> Region {
    let signature = Signature { params, result };
    Region {
        name: "f:1".into(),
        locals: 2,
        slots: 5,
        regs: 6,
        blocks: blocks
            .into_iter()
            .map(|ops| GBlock {
                ops,
                header: false,
                cold: false,
            })
            .collect(),
        entries: vec![Entry {
            block: Label(0),
            point: Point {
                position: 0,
                depth: 2,
            },
            seen: None,
        }],
        types: vec!["int".into(), "float".into(), "bool".into()],
        objects: vec!["f".into()],
        function: Some(signature.clone()),
        identity: Some(fatjit_ir::ObjectId(0)),
        natives: vec![Native {
            name: "f:1".into(),
            signature,
            entry: None,
            only_reads: false,
        }],
        ..Region::default()
    }
}

fn lowered(region: &Region) -> Unit {
    let unit = lower(region).unwrap_or_else(|e| panic!("{e}\n{region}"));
    assert_eq!(verify(&unit), Ok(()), "{region}\n{unit}");
    unit
}

/// if n < 1: return m-or-0; else: m = f(n - 1); return m + 1
fn counting(params: Vec<Type>) -> Region {
    let known = params.len();
    let test = vec![
        at(1, 2),
        copy(A, N),
        at(2, 3),
        int(B, 1),
        at(3, 4),
        GOp::GuardInt { reg: A },
        GOp::IntCmp {
            cmp: Cmp::Lt,
            dst: T,
            a: A,
            b: B,
        },
        GOp::Kill { reg: A },
        GOp::Kill { reg: B },
        GOp::Branch {
            cond: T,
            then: Label(1),
            otherwise: Label(2),
        },
    ];
    let end = match known {
        1 => vec![at(4, 2), int(A, 0), at(5, 3), GOp::Return { reg: A }],
        _ => vec![at(4, 2), copy(A, M), at(5, 3), GOp::Return { reg: A }],
    };
    let mut args = vec![C];
    args.extend((known == 2).then_some(M));
    let deeper = vec![
        at(6, 2),
        copy(B, N),
        at(7, 4),
        int(C, 1),
        at(8, 5),
        GOp::GuardInt { reg: B },
        GOp::IntBin {
            op: IntOp::Sub,
            dst: T,
            a: B,
            b: C,
        },
        GOp::Kill { reg: B },
        GOp::Kill { reg: C },
        GOp::Move { dst: C, src: T },
        at(9, 5),
        GOp::CallNative {
            native: NativeId(0),
            args,
            site: Point {
                position: 9,
                depth: 2,
            },
            instance: None,
            operator: false,
        },
        at(10, 3),
        GOp::Store {
            local: M,
            src: A,
            behind: Some(Point {
                position: 11,
                depth: 2,
            }),
        },
        at(11, 2),
        copy(A, M),
        at(12, 3),
        int(B, 1),
        at(13, 4),
        GOp::GuardInt { reg: A },
        GOp::IntBin {
            op: IntOp::Add,
            dst: T,
            a: A,
            b: B,
        },
        GOp::Kill { reg: A },
        GOp::Kill { reg: B },
        GOp::Move { dst: A, src: T },
        at(14, 3),
        GOp::Return { reg: A },
    ];
    region(params, Type::I64, vec![test, end, deeper])
}

fn world(arguments: Vec<Datum>) -> World {
    let mut world = World::new(5);
    world.arguments = arguments;
    world.nesting = 1;
    world.helper("f:1", |world, args| {
        let shown: Result<Vec<String>, _> = args
            .iter()
            .map(|a| world.show(*a).map(|s| s.to_string()))
            .collect();
        world.log.push(format!("call {}", shown?.join(", ")));
        Ok(match args[0] {
            Datum::Int(n) if n >= 0 => Reply::Value(Datum::Int(n * 10)),
            _ => Reply::Done,
        })
    });
    world
}

fn run(unit: &Unit, world: &mut World) -> Ended {
    run_function(unit, world, 1_000).unwrap_or_else(|e| panic!("{e}\n{unit}"))
}

#[test]
fn a_function_of_ints_touches_no_slot() {
    let unit = lowered(&counting(vec![Type::I64]));
    assert!(!unit.to_string().contains("slot."), "{unit}");
    let mut world = world(vec![Datum::Int(0)]);
    assert_eq!(run(&unit, &mut world), Ended::Returned(Shown::Int(0)));
    world.arguments = vec![Datum::Int(4)];
    assert_eq!(run(&unit, &mut world), Ended::Returned(Shown::Int(31)));
    assert_eq!(world.log, ["call int 3"]);
}

#[test]
fn too_deep_it_is_left_before_the_call_and_what_is_left_behind_one_has_its_operands_popped() {
    let unit = lowered(&counting(vec![Type::I64]));
    let mut deep = world(vec![Datum::Int(4)]);
    deep.nesting = 0;
    let Ended::Left(outcome) = run(&unit, &mut deep) else {
        panic!("it must not call");
    };
    let text = "too-deep at 9 [int 4, null, null, null, int 3]";
    assert_eq!(outcome.left.to_string(), text);
    assert!(deep.log.is_empty());

    // A negative argument is the reason for the function that is called to be left.
    let mut region = counting(vec![Type::I64]);
    region.blocks[0].ops[6] = GOp::IntCmp {
        cmp: Cmp::Gt,
        dst: T,
        a: A,
        b: B,
    };
    let mut left = world(vec![Datum::Int(-7)]);
    let Ended::Left(outcome) = run(&lowered(&region), &mut left) else {
        panic!("its callee is left");
    };
    assert_eq!(outcome.left.to_string(), "callee-left at 9 [int -7, null]");
}

#[test]
fn an_object_that_is_an_argument_is_borrowed_from_the_caller() {
    let region = counting(vec![Type::I64, Type::Ref]);
    let unit = lowered(&region);
    let mut world = world(vec![]);
    let object = world.heap.new_object(Payload::Int(77));
    world.kept.push(object);
    world.arguments = vec![Datum::Int(0), Datum::Ref(Some(object))];
    assert_eq!(run(&unit, &mut world), Ended::Returned(Shown::Int(77)));
    // Its local is stored to: nothing is released, because the local never owned it.
    world.arguments = vec![Datum::Int(1), Datum::Ref(Some(object))];
    assert_eq!(run(&unit, &mut world), Ended::Returned(Shown::Int(1)));
    assert_eq!(world.log, ["call int 0, int 77"]);
    // Where native code is left, the frame gets a reference of its own.
    world.nesting = 0;
    let Ended::Left(outcome) = run(&unit, &mut world) else {
        panic!("it must not call");
    };
    let text = "too-deep at 9 [int 1, int 77, null, null, int 0]";
    assert_eq!(outcome.left.to_string(), text);
}

#[test]
fn a_result_of_another_type_is_left_to_the_host() {
    let mut region = counting(vec![Type::I64, Type::Ref]);
    region.function = Some(Signature {
        params: vec![Type::I64, Type::Ref],
        result: Type::F64,
    });
    region.natives.clear();
    region.blocks.truncate(2);
    region.blocks[0].ops.pop();
    region.blocks[0].ops.push(GOp::Jump(Label(1)));
    let unit = lowered(&region);
    let mut world = world(vec![]);
    let object = world.heap.new_object(Payload::Int(77));
    world.kept.push(object);
    world.arguments = vec![Datum::Int(0), Datum::Ref(Some(object))];
    let Ended::Left(outcome) = run(&unit, &mut world) else {
        panic!("an int is no float");
    };
    assert_eq!(outcome.left.reason, Reason::TypeChanged);
    assert_eq!(outcome.left.frames[0].slots.len(), 3);
}

#[test]
fn what_a_function_returns_as_an_object_is_owned_by_the_caller() {
    let ops = vec![at(1, 2), copy(A, N), at(2, 3), GOp::Return { reg: A }];
    for param in [Type::I64, Type::Ref] {
        let unit = lowered(&region(vec![param], Type::Own, vec![ops.clone()]));
        let mut world = world(vec![Datum::Int(5)]);
        if param == Type::Ref {
            let object = world.heap.new_object(Payload::Int(5));
            world.kept.push(object);
            world.arguments = vec![Datum::Ref(Some(object))];
        }
        assert_eq!(
            run(&unit, &mut world),
            Ended::Returned(Shown::Int(5)),
            "{unit}"
        );
    }
}

#[test]
fn an_unbound_local_is_left_to_the_host() {
    let ops = vec![
        at(1, 2),
        GOp::GuardBound { reg: M },
        copy(A, M),
        at(2, 3),
        GOp::Return { reg: A },
    ];
    let unit = lowered(&region(vec![Type::I64], Type::I64, vec![ops]));
    let Ended::Left(outcome) = run(&unit, &mut world(vec![Datum::Int(5)])) else {
        panic!("there is nothing to return");
    };
    assert_eq!(outcome.left.to_string(), "unbound at 1 [int 5, null]");
}

#[test]
fn what_needs_a_frame_is_refused() {
    let mut region = region(vec![], Type::I64, vec![]);
    let helper = region.helper(fatjit_ir::Helper {
        name: "op".into(),
        params: vec![Type::Ptr, Type::I64, Type::I64],
        result: None,
        effects: fatjit_ir::HelperEffects {
            raises: true,
            runs_code: true,
            reads: true,
            writes: true,
            ..fatjit_ir::HelperEffects::default()
        },
        writes_only: Vec::new(),
    });
    let ops = vec![
        at(1, 2),
        GOp::Host {
            helper,
            depth: 2,
            arg: 0,
            pops: 0,
            pushes: 1,
            outcome: None,
        },
        at(2, 3),
        GOp::Return { reg: A },
    ];
    region.blocks = vec![GBlock {
        ops,
        header: false,
        cold: false,
    }];
    assert_eq!(
        lower(&region).err(),
        Some(LowerError::NeedsFrame { position: 1 })
    );
}

#[test]
fn exits_tell_the_object_of_a_function_that_is_given_it() {
    let ops = vec![
        at(1, 2),
        GOp::Itself { dst: A },
        at(2, 3),
        copy(B, N),
        at(3, 4),
        GOp::CallNative {
            native: NativeId(0),
            args: vec![B, M, A],
            site: Point {
                position: 3,
                depth: 2,
            },
            instance: None,
            operator: false,
        },
        at(4, 3),
        GOp::Return { reg: A },
    ];
    let mut closure = region(vec![Type::I64, Type::Ref, Type::Ref], Type::I64, vec![ops]);
    closure.captured = Some(1);
    let unit = lowered(&closure);
    let mut world = world(vec![]);
    let [cell, function] = ["cell", "function"].map(|name| {
        let object = Payload::Other(name.into(), "its".into());
        let object = world.heap.new_object(object);
        world.kept.push(object);
        Datum::Ref(Some(object))
    });
    world.arguments = vec![Datum::Int(5), cell, function];
    assert_eq!(run(&unit, &mut world), Ended::Returned(Shown::Int(50)));
    assert_eq!(world.log, ["call int 5, cell its, function its"]);
    world.nesting = 0;
    let Ended::Left(outcome) = run(&unit, &mut world) else {
        panic!("it must not call");
    };
    let text = "too-deep at 3 of function its [int 5, cell its, function its, int 5]";
    assert_eq!(outcome.left.to_string(), text);
    closure.captured = None;
    assert!(matches!(
        lower(&closure),
        Err(LowerError::Unexpected { .. })
    ));
}

#[test]
fn an_object_of_the_stack_is_released_from_above_the_result() {
    // As behind `made()[0]`: the result changes places with the container, which is then released.
    let point = |position, depth| Point { position, depth };
    let ops = vec![
        at(1, 2),
        GOp::CallNative {
            native: NativeId(1),
            args: vec![],
            site: point(1, 2),
            instance: None,
            operator: false,
        },
        at(2, 3),
        int(B, 5),
        at(3, 4),
        GOp::Swap { a: A, b: B },
        GOp::Drop {
            reg: B,
            behind: point(4, 3),
        },
        at(4, 3),
        GOp::Return { reg: A },
    ];
    let mut region = region(vec![], Type::I64, vec![ops]);
    region.objects.push("made".into());
    region.natives.push(Native {
        name: "made".into(),
        signature: Signature {
            params: vec![],
            result: Type::Own,
        },
        entry: Some(fatjit_ir::ObjectId(1)),
        only_reads: false,
    });
    let unit = lowered(&region);
    for kept in [true, false] {
        let mut world = world(vec![]);
        world.helper("made", move |world, _| {
            let object = world.heap.new_object(Payload::Int(7));
            if kept {
                world.heap.retain(object)?;
                world.kept.push(object);
            }
            Ok(Reply::Value(Datum::Ref(Some(object))))
        });
        match run(&unit, &mut world) {
            Ended::Returned(result) => assert_eq!((kept, result), (true, Shown::Int(5))),
            Ended::Left(outcome) => {
                // Nothing has changed places: the interpreter does the whole instruction.
                assert!(!kept);
                assert_eq!(outcome.left.reason, Reason::Release);
                assert_eq!(
                    outcome.left.to_string(),
                    "release at 3 [null, null, int 7, int 5]"
                );
            }
        }
    }
}
