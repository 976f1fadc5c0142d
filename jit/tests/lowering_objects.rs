//! Lowering: which objects exits name, and how long what objects lend stays lent.

mod toy_regions;

use fatjit_ir::{
    Helper, HelperEffects, HelperId, MemoryKind, Native, NativeId, ObjectId, Reason, Signature,
    SlotValue, Type, TypeId, verify,
};
use fatjit_jit::gbc::{Field, FieldId, FloatOp, GOp, Kind, Label, Region, Release, Seen};
use fatjit_jit::lower::{LowerError, lower};
use toy_regions::*;

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

/// What the last exit lists for `A`, and how many references are made.
fn listed_at_the_end(region: &Region) -> (Option<SlotValue>, usize) {
    let unit = lower(region).unwrap();
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
        of_new: None,
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
    listed_at_the_end(&region)
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
        of_new: None,
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
    listed_at_the_end(&region)
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
        of_new: None,
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
                instance: None,
                operator: false,
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
