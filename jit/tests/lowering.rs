//! Lowering: what guarded bytecode becomes, as text, and that it verifies.

use fatjit_ir::{
    Helper, HelperEffects, HelperId, MemoryKind, Native, NativeId, ObjectId, Reason, ShapeId,
    Signature, SlotValue, Type, TypeId, verify,
};
use fatjit_jit::gbc::{
    Cmp, Entry, Field, FieldId, FloatOp, GBlock, GOp, Home, IntOp, Kind, Label, Place, Point, Reg,
    Region, Release, Seen, Shape,
};
use fatjit_jit::lower::{LowerError, lower};

const S: Reg = Reg(0);
const I: Reg = Reg(1);
const N: Reg = Reg(2);
const A: Reg = Reg(3);
const B: Reg = Reg(4);
const T: Reg = Reg(5);
const U: Reg = Reg(6);

fn at(position: u32, depth: u32) -> GOp {
    GOp::At(point(position, depth))
}

fn point(position: u32, depth: u32) -> Point {
    Point { position, depth }
}

fn copy(dst: Reg, src: Reg) -> GOp {
    GOp::Copy { dst, src }
}

fn block(header: bool, ops: Vec<GOp>) -> GBlock {
    GBlock {
        ops,
        header,
        cold: false,
    }
}

fn op_helper() -> Helper {
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
fn region(blocks: Vec<GBlock>, seen: [Seen; 3]) -> Region {
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

fn lowered(region: &Region) -> String {
    let unit = match lower(region) {
        Ok(unit) => unit,
        Err(error) => panic!("{error}\n{region}"),
    };
    if let Err(errors) = verify(&unit) {
        panic!("{errors:?}\n{region}\n{unit}");
    }
    unit.to_string()
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

#[test]
fn who_enters_with_an_int_where_a_float_comes_round_leaves_again() {
    let blocks = vec![
        block(true, float_sum(Label(0), Label(1))),
        block(false, vec![at(40, 3), GOp::Leave(Reason::Finished)]),
    ];
    let region = with_floats(blocks, [Seen::Int, Seen::Int, Seen::Int]);
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
    let blocks = vec![
        block(true, float_sum(Label(0), Label(1))),
        block(false, vec![at(40, 3), GOp::Leave(Reason::Finished)]),
    ];
    let region = with_floats(blocks, [Seen::Any, Seen::Int, Seen::Int]);
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
    };
    region.fields = vec![field("inner", 16, Kind::Ref), field("next", 24, Kind::I64)];
    region.shapes = vec![Shape {
        name: "cursor".into(),
        fields: vec![Type::I64],
        ty: TypeId(3),
        home: Home::Kept {
            fits: HelperId(1),
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

/// What an exit lists behind a join, no loop header between, of one path that stores `known` into the first
/// local and one that stores a computed float.
fn listed_behind_a_join(known: Vec<GOp>) -> Vec<(fatjit_ir::Slot, SlotValue)> {
    let store = |position| {
        vec![
            at(position, 4),
            GOp::Store {
                local: S,
                src: A,
                behind: Some(point(position + 1, 3)),
            },
            at(position + 1, 3),
            GOp::Jump(Label(3)),
        ]
    };
    let test = vec![
        at(10, 3),
        GOp::IntTruth { dst: T, src: I },
        GOp::Branch {
            cond: T,
            then: Label(1),
            otherwise: Label(2),
        },
    ];
    let mut known = [vec![at(11, 3)], known].concat();
    known.extend(store(12));
    let mut computed = vec![
        at(21, 3),
        copy(A, S),
        GOp::FloatBin {
            op: FloatOp::Add,
            dst: A,
            a: A,
            b: A,
        },
    ];
    computed.extend(store(22));
    let join = vec![at(40, 3), GOp::Leave(Reason::Finished)];
    let blocks = [test, known, computed, join].map(|ops| block(false, ops));
    let unit = lower(&region(blocks.into(), [Seen::Float, Seen::Int, Seen::Any])).unwrap();
    assert_eq!(verify(&unit), Ok(()));
    let end = unit.exits.iter().find(|e| e.reason == Reason::Finished);
    end.unwrap().frames[0].slots.clone()
}

#[test]
fn a_join_keeps_the_object_of_a_number_that_was_loaded() {
    let loaded = vec![copy(A, N), GOp::GuardFloat { reg: A }];
    assert_eq!(listed_behind_a_join(loaded), []);
}

#[test]
fn a_join_forgets_the_object_of_a_constant() {
    let constant = vec![GOp::Float {
        dst: A,
        bits: 0.5f64.to_bits(),
        object: Some(ObjectId(0)),
    }];
    let listed = listed_behind_a_join(constant);
    assert!(
        matches!(listed[..], [(fatjit_ir::Slot(0), SlotValue::Float(_))]),
        "{listed:?}"
    );
}

/// An object of the unit stays on the stack under a call; what the exit behind the call lists, and what was put
/// into slots.
fn across_a_call(lent: Vec<ObjectId>) -> (Vec<(u32, SlotValue)>, usize) {
    let object = ObjectId(0);
    let body = vec![
        at(10, 3),
        GOp::Object { dst: A, object },
        at(11, 4),
        GOp::Host {
            helper: HelperId(0),
            depth: 4,
            arg: 0,
            pops: 0,
            pushes: 1,
            outcome: None,
        },
        GOp::After(point(12, 5)),
        at(12, 5),
        GOp::Leave(Reason::Finished),
    ];
    let mut region = region(vec![block(false, body)], [Seen::Any; 3]);
    region.lent = lent;
    let unit = lower(&region).unwrap();
    verify(&unit).unwrap();
    let exit = unit
        .exits
        .iter()
        .find(|exit| exit.reason == Reason::Disturbed)
        .unwrap();
    let slots = exit.frames[0].slots.iter();
    let text = unit.to_string();
    (
        slots.map(|(slot, value)| (slot.0, value.clone())).collect(),
        text.matches("slot.put v").count(),
    )
}

#[test]
fn a_lent_object_has_a_reference_of_its_own_when_code_runs() {
    let kept = vec![(3, SlotValue::Object(ObjectId(0)))];
    assert_eq!(across_a_call(vec![]), (kept, 0));
    assert_eq!(across_a_call(vec![ObjectId(0)]), (vec![], 1));
}

/// What an exit lists for an item that a local lends, behind a call of a helper with these effects that writes
/// only the lists' items; and how often it got a reference of its own.
fn lent_over_a_call(effects: HelperEffects) -> (Option<SlotValue>, usize) {
    let item = Field {
        name: "item",
        offset: 24,
        kind: Kind::Ref,
        memory: "items",
        changed_by: MemoryKind::Plain,
        lasting: false,
    };
    let mut region = region(vec![], [Seen::Any; 3]);
    let part = region.memory("items", MemoryKind::Plain);
    region.fields = vec![item];
    region.helpers = vec![Helper {
        name: "change".into(),
        params: vec![Type::Ref],
        result: None,
        effects: HelperEffects {
            writes: true,
            ..effects
        },
        writes_only: vec![part],
    }];
    region.blocks = vec![block(
        false,
        vec![
            at(10, 3),
            GOp::Read {
                dst: A,
                from: N,
                index: None,
                field: FieldId(0),
            },
            at(11, 4),
            GOp::Call {
                dst: None,
                helper: HelperId(0),
                args: vec![N],
            },
            at(12, 4),
            GOp::Leave(Reason::Finished),
        ],
    )];
    let unit = lower(&region).unwrap();
    verify(&unit).unwrap();
    let exit = unit
        .exits
        .iter()
        .find(|exit| exit.reason == Reason::Finished)
        .unwrap();
    let listed = exit.frames[0].slots.iter().find(|(slot, _)| slot.0 == A.0);
    (
        listed.map(|(_, value)| value.clone()),
        unit.to_string().matches("incref").count(),
    )
}

#[test]
fn what_is_lent_ends_where_a_helper_lets_go() {
    let (listed, raised) = lent_over_a_call(HelperEffects::default());
    assert!(matches!(listed, Some(SlotValue::Borrowed(_))), "{listed:?}");
    assert_eq!(raised, 0);
    let releases = HelperEffects {
        releases: true,
        ..HelperEffects::default()
    };
    assert_eq!(lent_over_a_call(releases), (None, 1));
}

/// The same behind an overwritten item that is an int: the one that is lent is of type `ty`.
fn lent_over_a_write(ty: TypeId) -> (Option<SlotValue>, usize) {
    let item = |offset| Field {
        name: "item",
        offset,
        kind: Kind::Ref,
        memory: "items",
        changed_by: MemoryKind::Plain,
        lasting: false,
    };
    let read = |dst, field| GOp::Read {
        dst,
        from: N,
        index: None,
        field: FieldId(field),
    };
    let mut region = region(vec![], [Seen::Any; 3]);
    region.fields = vec![item(24), item(32)];
    region.blocks = vec![block(
        false,
        vec![
            at(10, 3),
            GOp::GuardBound { reg: I },
            read(A, 0),
            copy(B, I),
            at(11, 5),
            GOp::GuardType { reg: A, ty },
            read(T, 1),
            GOp::GuardType {
                reg: T,
                ty: TypeId(0),
            },
            GOp::WriteRef {
                to: N,
                index: None,
                field: FieldId(1),
                src: B,
                old: T,
                release: Release::Plain,
            },
            at(12, 4),
            GOp::Leave(Reason::Finished),
        ],
    )];
    let unit = lower(&region).unwrap();
    verify(&unit).unwrap();
    let exit = unit
        .exits
        .iter()
        .find(|exit| exit.reason == Reason::Finished)
        .unwrap();
    let listed = exit.frames[0].slots.iter().find(|(slot, _)| slot.0 == A.0);
    (
        listed.map(|(_, value)| value.clone()),
        unit.to_string().matches("incref").count(),
    )
}

#[test]
fn what_is_of_another_type_than_a_released_item_stays_lent() {
    let (listed, raised) = lent_over_a_write(TypeId(2));
    assert!(matches!(listed, Some(SlotValue::Borrowed(_))), "{listed:?}");
    assert_eq!(raised, 1);
    // It may be the very item.
    assert_eq!(lent_over_a_write(TypeId(0)), (None, 2));
}

/// A native call that is handed an item that a local lends, with another one below, of a part that no compiled function
/// writes if `lasting`; nothing if lowering leaves such a call to the host.
fn lent_to_a_function(only_reads: bool, lasting: bool) -> Option<String> {
    let mut region = region(vec![], [Seen::Any; 3]);
    region.fields = vec![Field {
        name: "item",
        offset: 24,
        kind: Kind::Ref,
        memory: "items",
        changed_by: MemoryKind::Plain,
        lasting,
    }];
    region.objects = vec!["entry".into()];
    region.natives = vec![Native {
        name: "g".into(),
        signature: Signature {
            params: vec![Type::Ref],
            result: Type::I64,
        },
        entry: Some(ObjectId(0)),
        only_reads,
    }];
    let read = |dst| GOp::Read {
        dst,
        from: N,
        index: None,
        field: FieldId(0),
    };
    region.blocks = vec![block(
        false,
        vec![
            at(10, 3),
            read(A),
            at(11, 4),
            read(B),
            at(12, 5),
            GOp::CallNative {
                native: NativeId(0),
                args: vec![B],
                site: point(12, 4),
            },
            at(13, 5),
            GOp::Leave(Reason::Finished),
        ],
    )];
    match lower(&region) {
        Ok(unit) => {
            verify(&unit).unwrap();
            Some(unit.to_string())
        }
        Err(LowerError::NotNative { position: 12 }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn what_is_lent_stays_over_calls_of_functions_that_only_read() {
    let text = lent_to_a_function(true, false).unwrap();
    assert!(!text.contains("incref"), "{text}");
    let called = text.lines().find(|line| line.contains("callee-left"));
    assert!(called.unwrap().contains("[s3 = borrowed v"), "{text}");
    // What it may overwrite has to be kept alive, and given up behind it: the host does that.
    assert_eq!(lent_to_a_function(false, false), None);
    // What it is handed of a part that it does not write stays; what is below gets a reference.
    let text = lent_to_a_function(false, true).unwrap();
    assert_eq!(text.matches("incref").count(), 1, "{text}");
}

#[test]
fn what_is_discarded_runs_no_code() {
    let discard = |before: Vec<GOp>| {
        let mut ops = before;
        ops.extend([
            at(14, 4),
            GOp::Discard { reg: A },
            at(15, 3),
            GOp::Leave(Reason::Finished),
        ]);
        lowered(&region(vec![block(false, ops)], [Seen::Any; 3]))
    };
    let owned = discard(vec![at(10, 3), copy(A, N), at(11, 4), GOp::Real { reg: A }]);
    assert_eq!(owned.matches("decref.plain").count(), 1, "{owned}");
    assert!(!owned.contains("is_last_ref"), "{owned}");
    let borrowed = discard(vec![at(10, 3), copy(A, N)]);
    assert!(!borrowed.contains("decref"), "{borrowed}");
}
