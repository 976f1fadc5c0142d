//! Arguments that are made for calls of functions that have a frame, or lent for them.

mod framed_regions;

use fatjit_ir::{Helper, HelperEffects, HelperId, MemoryKind, NativeId, Type};
use fatjit_jit::gbc::{Field, FieldId, GOp, Kind, Packed, Reg, Region};
use fatjit_jit::lower::{LowerError, lower};
use framed_regions::{calling, lowered};

/// `return f(x, x)`, where `f` collects its arguments in a tuple, and others in a dict.
fn collects_for_itself() -> Region {
    let (first, second) = (Reg(4), Reg(5));
    let maker = |name: &str, params: usize| Helper {
        name: name.into(),
        params: vec![Type::Own; params],
        result: Some(Type::Own),
        effects: HelperEffects {
            raises: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    };
    let given = |dst| GOp::Copy { dst, src: Reg(0) };
    let mut region = calling(
        vec![given(first), given(second)],
        6,
        vec![GOp::CallFramed {
            native: NativeId(0),
            args: vec![first, Reg(6)],
            under: 2,
            shown: 4,
            instance: None,
            operator: false,
            packed: vec![
                Packed {
                    argument: 0,
                    helper: HelperId(1),
                    of: vec![first, second],
                },
                Packed {
                    argument: 1,
                    helper: HelperId(2),
                    of: Vec::new(),
                },
            ],
        }],
    );
    (region.slots, region.regs) = (6, 7);
    region.helpers.push(maker("tuple_of_2", 2));
    region.helpers.push(maker("dict_new", 0));
    region.natives[0].signature.params = vec![Type::Own; 2];
    region.function = Some(region.natives[0].signature.clone());
    region
}

#[test]
fn what_a_function_collects_is_made_when_nothing_can_be_guarded_any_more() {
    let lines = lowered(&collects_for_itself());
    let at = |part: &str| {
        let at = lines.iter().position(|line| line.contains(part));
        at.unwrap_or_else(|| panic!("no {part} in {lines:#?}"))
    };
    let places = [
        "guard v",
        "call @tuple_of_2",
        "call @dict_new",
        "call.framed",
    ];
    let places = places.map(at);
    assert!(places.is_sorted(), "{lines:#?}");
    assert!(
        !lines[places[0] + 1..places[3]]
            .iter()
            .any(|l| l.contains("guard"))
    );
    // The tuple lies where its first item lay, should there be no memory for the dict.
    let raised: Vec<&String> = lines.iter().filter(|l| l.contains(": raised")).collect();
    assert_eq!(raised.len(), 3, "{lines:#?}");
    assert!(raised[0].contains("raise at 4 depth 6"), "{raised:?}");
    assert!(raised[1].contains("raise at 4 depth 6"), "{raised:?}");
    assert!(raised[2].contains("raise at 4 depth 2"), "{raised:?}");
}

/// `return f(*x)`, where `x` has one item.
fn spreads_for_itself() -> Region {
    let (items, item) = (Reg(4), Reg(5));
    let mut region = calling(
        vec![GOp::Copy {
            dst: items,
            src: Reg(0),
        }],
        5,
        vec![
            GOp::Read {
                dst: item,
                from: items,
                index: None,
                field: FieldId(0),
            },
            GOp::CallFramed {
                native: NativeId(0),
                args: vec![item],
                under: 2,
                shown: 4,
                instance: None,
                operator: false,
                packed: Vec::new(),
            },
        ],
    );
    region.fields.push(Field {
        name: "tuple item",
        offset: 24,
        kind: Kind::Ref,
        memory: "tuples",
        changed_by: MemoryKind::Constant,
        lasting: true,
        of_new: None,
    });
    region
}

#[test]
fn what_is_lent_for_a_call_becomes_the_own_of_what_is_called() {
    let lines = lowered(&spreads_for_itself());
    let named = |part: &str| {
        let line = lines.iter().find(|line| line.contains(part));
        let line = line.unwrap_or_else(|| panic!("no {part} in {lines:#?}"));
        line.split(' ').next().unwrap_or_default().to_owned()
    };
    let lent = named("= lend");
    let own = named(&format!("= incref {lent}"));
    assert!(
        lines
            .iter()
            .any(|line| line.contains(&format!("call.framed n0({own})"))),
        "{lines:#?}"
    );
}

#[test]
fn what_is_lent_no_more_is_not_handed_over() {
    let mut region = spreads_for_itself();
    let ops = &mut region.blocks[0].ops;
    ops.retain(|op| !matches!(op, GOp::Read { .. }));
    assert!(matches!(lower(&region), Err(LowerError::Unexpected { .. })));
}
