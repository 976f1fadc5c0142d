//! Lowering: what a helper says of an object is guarded, and numbers are handed to helpers as objects.

mod toy_regions;

use fatjit_ir::{Helper, HelperEffects, HelperId, Reason, Type};
use fatjit_jit::gbc::{GOp, Region, Seen};
use toy_regions::*;

const TOLD: HelperId = HelperId(0);
const USED: HelperId = HelperId(1);

/// Guards what stands in a stack slot, and hands it to a helper that looks at it.
fn told_of(before: Vec<GOp>) -> Region {
    let mut ops = before;
    ops.extend([
        at(20, 4),
        GOp::GuardTold {
            reg: A,
            helper: TOLD,
            reason: Reason::OutOfRange,
        },
        GOp::RealNumber { reg: A },
        GOp::Call {
            dst: Some(T),
            helper: USED,
            args: vec![A],
        },
        GOp::Discard { reg: A },
        at(21, 3),
        GOp::Leave(Reason::Finished),
    ]);
    let mut region = region(vec![block(false, ops)], [Seen::Any, Seen::Int, Seen::Any]);
    region.helpers = ["told", "used"]
        .map(|name| Helper {
            name: name.into(),
            params: vec![Type::Ref],
            result: Some(Type::I64),
            effects: HelperEffects {
                reads: true,
                ..HelperEffects::default()
            },
            writes_only: Vec::new(),
        })
        .into();
    region
}

#[test]
fn an_object_is_asked_about_and_lent() {
    let text = lowered(&told_of(vec![at(10, 3), copy(A, N)]));
    assert!(!text.contains("incref"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_number_is_not_asked_about_but_becomes_an_object() {
    let number = GOp::Int {
        dst: A,
        value: 1000,
        object: None,
    };
    let text = lowered(&told_of(vec![at(10, 3), number]));
    assert!(!text.contains("call @told"), "{text}");
    assert!(text.contains("box.i64"), "{text}");
    insta::assert_snapshot!(text);
}
