//! Lowering: what guarded bytecode becomes, as text, and that it verifies.

mod toy_regions;

use fatjit_ir::{
    Helper, HelperEffects, HelperId, MemoryKind, ObjectId, Reason, ShapeId, Type, TypeId,
};
use fatjit_jit::gbc::{
    Cmp, Entry, Field, FieldId, FloatOp, GBlock, GOp, Home, IntOp, Kind, Label, Place, Reg, Region,
    Seen, Shape,
};
use fatjit_jit::lower::{LowerError, lower};
use toy_regions::*;

/// `s += i` with the operation `op`, at positions from `from` on.
fn add_into(local: Reg, value: GOp, op: IntOp, from: u32) -> Vec<GOp> {
    vec![
        at(from, 3),
        copy(A, local),
        at(from + 1, 4),
        value,
        at(from + 2, 5),
        GOp::GuardInt { reg: A },
        GOp::GuardInt { reg: B },
        GOp::IntBin {
            op,
            dst: A,
            a: A,
            b: B,
        },
        GOp::Kill { reg: B },
        at(from + 3, 4),
        GOp::Store {
            local,
            src: A,
            behind: Some(point(from + 4, 3)),
        },
    ]
}

/// `while i < n: s += i; i += 1`, tested at the bottom as CPython does.
fn while_sum(extra: Vec<GOp>) -> Vec<GBlock> {
    let mut body = vec![at(10, 3), GOp::Poll];
    body.extend(add_into(S, copy(B, I), IntOp::Add, 10));
    body.extend(extra);
    body.extend(add_into(
        I,
        GOp::Int {
            dst: B,
            value: 1,
            object: None,
        },
        IntOp::Add,
        20,
    ));
    body.extend([
        at(30, 3),
        copy(A, I),
        at(31, 4),
        copy(B, N),
        at(32, 5),
        GOp::GuardInt { reg: A },
        GOp::GuardInt { reg: B },
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
            then: Label(0),
            otherwise: Label(1),
        },
    ]);
    vec![
        block(true, body),
        block(false, vec![at(40, 3), GOp::Leave(Reason::Finished)]),
    ]
}

#[test]
fn a_loop_over_ints_touches_no_object() {
    let region = region(while_sum(vec![]), [Seen::Int, Seen::Int, Seen::Int]);
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn a_host_call_sees_an_honest_frame() {
    let call = vec![
        at(15, 3),
        copy(A, S),
        at(16, 4),
        GOp::Host {
            helper: HelperId(0),
            depth: 4,
            arg: 7,
            pops: 1,
            pushes: 1,
            outcome: None,
        },
        GOp::After(point(17, 4)),
        at(17, 4),
        GOp::Drop {
            reg: A,
            behind: point(18, 3),
        },
    ];
    let region = region(while_sum(call), [Seen::Int, Seen::Int, Seen::Int]);
    insta::assert_snapshot!(lowered(&region));
}

/// `s += i` in floats, whatever `s` is, and `i += 1`, as long as `i < n`: `again` and `done` tell where that goes.
fn float_sum(again: Label, done: Label) -> Vec<GOp> {
    let mut blocks = while_sum(vec![]);
    let mut body = vec![
        at(10, 3),
        GOp::Poll,
        copy(A, S),
        at(11, 4),
        copy(B, I),
        at(12, 5),
        GOp::GuardInt { reg: B },
    ];
    for (dst, src) in [(T, A), (U, B)] {
        let exact = false;
        body.push(GOp::FloatOf { dst, src, exact });
    }
    body.extend([
        GOp::FloatBin {
            op: FloatOp::Add,
            dst: A,
            a: T,
            b: U,
        },
        GOp::Kill { reg: B },
        at(13, 4),
        GOp::Store {
            local: S,
            src: A,
            behind: Some(point(14, 3)),
        },
    ]);
    // Behind the sum of ints.
    let mut rest = blocks.swap_remove(0).ops;
    let counting = rest.iter().position(|op| *op == at(20, 3));
    body.extend(rest.split_off(counting.unwrap()));
    if let Some(GOp::Branch {
        then, otherwise, ..
    }) = body.last_mut()
    {
        (*then, *otherwise) = (again, done);
    }
    body
}

/// With one more temporary.
fn with_floats(blocks: Vec<GBlock>, seen: [Seen; 3]) -> Region {
    Region {
        regs: 7,
        ..region(blocks, seen)
    }
}

/// One loop that adds to a float.
fn one_float_sum(seen: [Seen; 3]) -> Region {
    let blocks = vec![
        block(true, float_sum(Label(0), Label(1))),
        block(false, vec![at(40, 3), GOp::Leave(Reason::Finished)]),
    ];
    with_floats(blocks, seen)
}

#[test]
fn who_enters_with_an_int_where_a_float_comes_round_leaves_again() {
    let region = one_float_sum([Seen::Int, Seen::Int, Seen::Int]);
    insta::assert_snapshot!(lowered(&region));
}

/// `while …: s = 0; while …: s += i`
#[test]
fn a_loop_of_floats_that_begins_with_an_int_has_a_first_round_of_its_own() {
    let zero = |local| {
        let value = GOp::Int {
            dst: A,
            value: 0,
            object: None,
        };
        let store = GOp::Store {
            local,
            src: A,
            behind: Some(point(8, 3)),
        };
        [value, store]
    };
    let mut begin = vec![at(5, 3), GOp::Poll];
    begin.extend(zero(S));
    begin.push(at(6, 3));
    begin.extend(zero(I));
    begin.push(GOp::Jump(Label(1)));
    let blocks = vec![
        block(true, begin),
        block(true, float_sum(Label(1), Label(2))),
        block(false, vec![at(40, 3), GOp::Jump(Label(0))]),
    ];
    let region = with_floats(blocks, [Seen::Any, Seen::Any, Seen::Int]);
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn what_may_be_an_int_or_a_float_is_found_out_by_a_branch() {
    let region = one_float_sum([Seen::Any, Seen::Int, Seen::Int]);
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn a_guard_behind_an_effect_is_refused() {
    let bad = vec![
        at(15, 3),
        GOp::Host {
            helper: HelperId(0),
            depth: 3,
            arg: 0,
            pops: 0,
            pushes: 1,
            outcome: None,
        },
        GOp::GuardFloat { reg: A },
    ];
    let region = region(while_sum(bad), [Seen::Int, Seen::Int, Seen::Any]);
    assert_eq!(
        lower(&region).map(|u| u.to_string()),
        Err(LowerError::GuardBehindEffect { position: 15 })
    );
}

/// `for i in <range iterator>: s += i`, the iterator on the value stack.
#[test]
fn a_range_iterator_lives_in_registers() {
    let field = |dst, index| GOp::Field { dst, src: A, index };
    let set = |index, src| GOp::SetField {
        object: A,
        index,
        src,
    };
    let iterator = ShapeId(0);
    let (t0, t1) = (Reg(6), Reg(7));
    let header = vec![
        at(10, 4),
        GOp::Poll,
        GOp::GuardVirtual {
            reg: A,
            shape: iterator,
        },
        field(t0, 1),
        GOp::Int {
            dst: t1,
            value: 0,
            object: None,
        },
        GOp::IntCmp {
            cmp: Cmp::Gt,
            dst: t0,
            a: t0,
            b: t1,
        },
        GOp::Branch {
            cond: t0,
            then: Label(1),
            otherwise: Label(2),
        },
    ];
    let body = vec![
        field(B, 0),
        field(t0, 2),
        GOp::IntAddPlain {
            dst: t0,
            a: B,
            b: t0,
        },
        set(0, t0),
        field(t0, 1),
        GOp::Int {
            dst: t1,
            value: -1,
            object: None,
        },
        GOp::IntAddPlain {
            dst: t0,
            a: t0,
            b: t1,
        },
        set(1, t0),
        at(11, 5),
        GOp::Store {
            local: I,
            src: B,
            behind: Some(point(12, 4)),
        },
        at(12, 4),
        copy(B, S),
        copy(T, I),
        GOp::GuardInt { reg: B },
        GOp::IntBin {
            op: IntOp::Add,
            dst: B,
            a: B,
            b: T,
        },
        at(13, 5),
        GOp::Store {
            local: S,
            src: B,
            behind: Some(point(14, 4)),
        },
        at(14, 4),
        GOp::Jump(Label(0)),
    ];
    let done = vec![
        GOp::Kill { reg: A },
        at(20, 3),
        GOp::Leave(Reason::Finished),
    ];
    let mut region = region(
        vec![block(true, header), block(false, body), block(false, done)],
        [Seen::Int, Seen::Any, Seen::Any],
    );
    region.regs = 8;
    region.entries[0].point = point(10, 4);
    region.entries[0].seen = Some(vec![Seen::Int, Seen::Any, Seen::Any, Seen::Shape(iterator)]);
    region.types.push("range_iterator".into());
    let pure = |name: &str| Helper {
        name: name.into(),
        params: vec![Type::Ref],
        result: Some(Type::I64),
        effects: HelperEffects {
            reads: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    };
    region
        .helpers
        .extend([pure("start"), pure("len"), pure("step")]);
    region.helpers.push(Helper {
        name: "make".into(),
        params: vec![Type::I64; 3],
        result: Some(Type::Own),
        effects: HelperEffects {
            raises: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    });
    region.shapes = vec![Shape {
        name: "range_iterator".into(),
        fields: vec![Type::I64; 3],
        ty: TypeId(3),
        home: Home::Made {
            read: vec![HelperId(1), HelperId(2), HelperId(3)],
            make: HelperId(4),
        },
    }];
    insta::assert_snapshot!(lowered(&region));
}

/// A loop that steps through a cursor on the value stack: an object whose one field is behind another one. In the loop
/// the host may be called.
fn with_a_cursor(call: Vec<GOp>) -> Region {
    let (t0, t1, shape) = (Reg(6), Reg(7), ShapeId(0));
    let number = |dst, value| {
        let object = None;
        GOp::Int { dst, value, object }
    };
    let field = GOp::Field {
        dst: t0,
        src: A,
        index: 0,
    };
    let header = vec![
        at(10, 4),
        GOp::Poll,
        GOp::GuardVirtual { reg: A, shape },
        field.clone(),
        number(t1, 99),
        GOp::IntCmp {
            cmp: Cmp::Lt,
            dst: t0,
            a: t0,
            b: t1,
        },
        GOp::Branch {
            cond: t0,
            then: Label(1),
            otherwise: Label(2),
        },
    ];
    let mut body = vec![
        at(11, 4),
        field,
        number(t1, 1),
        GOp::IntAddPlain {
            dst: t0,
            a: t0,
            b: t1,
        },
        GOp::SetField {
            object: A,
            index: 0,
            src: t0,
        },
    ];
    body.extend(call);
    body.extend([at(20, 4), GOp::Jump(Label(0))]);
    let done = vec![at(30, 4), GOp::Leave(Reason::Finished)];
    let mut region = region(
        vec![block(true, header), block(false, body), block(false, done)],
        [Seen::Any, Seen::Any, Seen::Any],
    );
    region.regs = 8;
    region.entries[0].point = point(10, 4);
    region.entries[0].seen = Some(vec![Seen::Any, Seen::Any, Seen::Any, Seen::Shape(shape)]);
    region.types.push("cursor".into());
    region.helpers.push(Helper {
        name: "fits".into(),
        params: vec![Type::Ref],
        result: Some(Type::I64),
        effects: HelperEffects {
            reads: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    });
    let field = |name, offset, kind| Field {
        name,
        offset,
        kind,
        memory: "cursors",
        changed_by: MemoryKind::Plain,
        lasting: false,
        of_new: None,
    };
    region.fields = vec![field("inner", 16, Kind::Ref), field("next", 24, Kind::I64)];
    region.shapes = vec![Shape {
        name: "cursor".into(),
        fields: vec![Type::I64],
        ty: TypeId(3),
        home: Home::Kept {
            fits: HelperId(1),
            answer: 1,
            places: vec![Place {
                through: vec![FieldId(0)],
                field: FieldId(1),
            }],
        },
    }];
    region
}

#[test]
fn an_object_that_stays_in_its_slot_has_its_fields_in_registers() {
    insta::assert_snapshot!(lowered(&with_a_cursor(vec![])));
}

#[test]
fn the_fields_of_an_object_that_stays_in_its_slot_are_written_back_before_code_runs() {
    let call = vec![
        at(12, 4),
        GOp::Host {
            helper: HelperId(0),
            depth: 4,
            arg: 7,
            pops: 0,
            pushes: 0,
            outcome: None,
        },
        GOp::After(point(13, 4)),
    ];
    insta::assert_snapshot!(lowered(&with_a_cursor(call)));
}

#[test]
fn releasing_an_object_that_may_run_code_publishes_the_frame_first() {
    let store = vec![
        at(15, 3),
        GOp::Object {
            dst: A,
            object: ObjectId(0),
        },
        at(16, 4),
        GOp::Store {
            local: N,
            src: A,
            behind: Some(point(17, 3)),
        },
        at(17, 3),
        GOp::Leave(Reason::LeftToInterpreter),
    ];
    let region = region(vec![block(true, store)], [Seen::Int, Seen::Int, Seen::Any]);
    insta::assert_snapshot!(lowered(&region));
}

/// `yield s; s += i` for ever.
fn yielding() -> Region {
    let mut first = vec![at(10, 3), GOp::Poll];
    first.extend(add_into(S, copy(B, I), IntOp::Add, 10));
    first.extend([
        at(14, 3),
        copy(A, S),
        at(15, 4),
        GOp::Suspend {
            resume: Label(1),
            sent: A,
        },
    ]);
    let behind = vec![
        at(16, 4),
        GOp::Drop {
            reg: A,
            behind: point(17, 3),
        },
        GOp::Jump(Label(0)),
    ];
    let mut region = region(
        vec![block(true, first), block(false, behind)],
        [Seen::Int, Seen::Int, Seen::Any],
    );
    region.entries.push(Entry {
        block: Label(1),
        point: point(16, 4),
        seen: None,
    });
    region
}

#[test]
fn where_native_code_is_suspended_the_frame_holds_everything() {
    let region = yielding();
    let unit = lower(&region).unwrap();
    let exit = unit.exits.iter().find(|e| e.reason == Reason::Suspended);
    assert_eq!(exit.unwrap().frames[0].slots, []);
    // What is known there is known where it is resumed.
    let resumed = unit.block(unit.entries[1]);
    let read: Vec<_> = resumed
        .reads
        .iter()
        .map(|read| (read.slot.0, read.ty))
        .collect();
    assert_eq!(read, [(0, Type::I64), (1, Type::I64)]);
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn what_is_sent_is_in_no_local() {
    let mut region = yielding();
    for op in &mut region.blocks[0].ops {
        if let GOp::Suspend { sent, .. } = op {
            *sent = S;
        }
    }
    assert!(matches!(
        lower(&region),
        Err(LowerError::Unexpected { op: "suspend", .. })
    ));
}
