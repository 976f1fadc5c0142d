//! Lowering: fields of objects that guards ask for, what takes an object's place, and objects that a call makes.

mod toy_regions;

use fatjit_ir::{Helper, HelperEffects, MemoryKind, ObjectId, Reason, Type};
use fatjit_jit::gbc::{Field, FieldId, GOp, Kind, Reg, Region, Seen};
use toy_regions::*;

/// A region over a local that holds an object with a class and a value.
fn over_an_object(ops: Vec<GOp>) -> Region {
    let field = |name, offset, memory| Field {
        name,
        offset,
        kind: Kind::Ref,
        memory,
        changed_by: MemoryKind::Plain,
        lasting: false,
        of_new: None,
    };
    let mut region = region(vec![block(false, ops)], [Seen::Any, Seen::Int, Seen::Any]);
    region.fields = vec![field("class", 8, "classes"), field("value", 16, "values")];
    region.objects = vec!["class".into(), "entry".into()];
    region
}

fn read(dst: Reg, from: Reg) -> GOp {
    GOp::Read {
        dst,
        from,
        index: None,
        field: FieldId(1),
    }
}

fn replaced(before: Vec<GOp>) -> String {
    let mut ops = before;
    ops.extend([
        at(20, 4),
        GOp::GuardField {
            reg: A,
            field: FieldId(0),
            object: ObjectId(0),
        },
        read(T, A),
        GOp::Replace {
            reg: A,
            src: T,
            behind: point(21, 4),
        },
        at(21, 4),
        GOp::Leave(Reason::Finished),
    ]);
    lowered(&over_an_object(ops))
}

#[test]
fn what_a_borrowed_object_lends_takes_its_place_for_nothing() {
    let text = replaced(vec![at(10, 3), copy(A, N)]);
    assert!(
        !text.contains("incref") && !text.contains("decref"),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn what_an_owned_object_lends_is_counted_before_that_is_released() {
    let owned = vec![at(10, 3), copy(A, N), at(11, 4), GOp::Real { reg: A }];
    insta::assert_snapshot!(replaced(owned));
}

#[test]
fn a_computed_number_has_no_field_to_be_guarded() {
    let number = GOp::Int {
        dst: A,
        value: 1000,
        object: None,
    };
    let text = replaced(vec![at(10, 3), number]);
    assert!(text.contains("type-changed at 20"), "{text}");
    assert!(!text.contains("load.ptr"), "{text}");
}

#[test]
fn a_new_object_is_made_last_and_stands_below_the_call() {
    let mut ops = vec![at(10, 3)];
    ops.extend(class_called(false));
    ops.extend([
        GOp::Discard { reg: B },
        at(13, 4),
        GOp::Leave(Reason::Finished),
    ]);
    let mut region = over_an_object(ops);
    region.helpers = vec![Helper {
        name: "new".into(),
        params: vec![Type::Ref],
        result: Some(Type::Own),
        effects: HelperEffects {
            raises: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    }];
    region.natives = vec![initializer()];
    insta::assert_snapshot!(lowered(&region));
}

#[test]
fn references_that_change_places_are_not_counted() {
    let index = |dst, value| GOp::Int {
        dst,
        value,
        object: None,
    };
    let region = over_an_object(vec![
        at(10, 3),
        GOp::AddressOf { dst: T, src: N },
        index(A, 1),
        index(B, 2),
        GOp::Exchange {
            from: T,
            a: A,
            b: B,
            field: FieldId(1),
        },
        at(11, 3),
        GOp::Leave(Reason::Finished),
    ]);
    insta::assert_snapshot!(lowered(&region));
}
