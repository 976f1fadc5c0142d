//! The exit checker on hand-written units: what is right passes, and each fault is found where it is.

use fatjit_guards::{ExitError, Fault, PositionFacts, check};
use fatjit_ir::{
    ExitId, FrameState, NativeId, ObjectId, ShapeId, Slot, SlotValue, Type, Unit, Value, parse,
};

/// Code of three locals and at most two stack slots: instructions are two units wide, begin at even
/// positions below 20, and that at 8 has two operands on the stack. Nothing comes to 18.
struct Code;

impl PositionFacts for Code {
    fn is_instruction_start(&self, position: u32) -> bool {
        position.is_multiple_of(2) && position < 20
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        match position {
            8 => Some(5),
            18 => None,
            _ => Some(3),
        }
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        3
    }

    fn may_be_null(&self, _: u32, slot: Slot) -> bool {
        slot.0 < 3
    }

    fn of(&self, native: NativeId) -> Option<&dyn PositionFacts> {
        (native.0 == 1).then_some(&Inlined)
    }
}

/// Code of one instruction, of which no slot is ever empty.
struct Inlined;

impl PositionFacts for Inlined {
    fn is_instruction_start(&self, position: u32) -> bool {
        position == 1
    }

    fn depth_at(&self, _: u32) -> Option<u32> {
        Some(2)
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        1
    }

    fn may_be_null(&self, _: u32, _: Slot) -> bool {
        false
    }
}

/// A unit whose guard leaves through an exit of this text.
fn guarded(exit: &str) -> Unit {
    let text = format!(
        "unit \"checked\" slots 5\nobject #0 \"thing\"\nshape $0 \"pair\"\n\
         native n0 \"unknown\"() -> i64 at #0\nnative n1 \"known\"() -> i64 at #0\nentry b0\nb0:\n    \
         v0 = iconst 1\n    v1 = fconst 2.0\n    v2 = bconst true\n    v3 = null\n    \
         v4 = frame_base\n    guard v2 -> x0\n    leave -> x1\nx0: {exit}\n\
         x1: finished at 2 depth 3 []\n"
    );
    parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn faults(unit: &Unit) -> Vec<Fault> {
    match check(unit, &Code) {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_iter().map(|e| e.fault).collect(),
    }
}

#[test]
fn what_can_be_rebuilt_passes() {
    for exit in [
        "overflow at 4 depth 3 []",
        "overflow at 4 depth 3 [s0 = int v0, s1 = float v1, s2 = bool v2]",
        "overflow at 4 depth 3 [s0 = null, s1 = borrowed v3, s2 = object #0]",
        "overflow at 8 depth 5 [s3 = virtual $0(v0, v1, v2, v3), s4 = int v0]",
        "raised raise at 8 depth 3 []",
        "raised raise at 8 depth 4 [s3 = int v0]",
        "raised raise at 8 depth 5 []",
        "overflow at 8 depth 3 [] / n0 at 77 depth 9 [s8 = int v0]",
        "overflow at 8 depth 3 [] / n1 at 1 depth 2 [s0 = int v0] / at 4 depth 3 []",
    ] {
        assert_eq!(faults(&guarded(exit)), [], "{exit}");
    }
}

#[test]
fn names_are_listed_at_any_depth_and_bound() {
    let with_names = |exit: &str| {
        let mut unit = guarded(exit);
        unit.names = 2;
        faults(&unit)
    };
    let listed = "overflow at 4 depth 3 [s0 = null, s5 = int v0, s6 = int v0]";
    assert_eq!(with_names(listed), []);
    assert_eq!(
        faults(&guarded(listed)),
        [Fault::DeadSlot(Slot(5)), Fault::DeadSlot(Slot(6))]
    );
    assert_eq!(
        with_names("overflow at 4 depth 3 [s3 = int v0]"),
        [Fault::DeadSlot(Slot(3))]
    );
    assert_eq!(
        with_names("overflow at 4 depth 3 [s6 = null]"),
        [Fault::NeverNull(Slot(6))]
    );
    assert_eq!(
        with_names("overflow at 4 depth 3 [s7 = int v0]"),
        [Fault::DeadSlot(Slot(7))]
    );
}

#[test]
fn positions_must_be_ones_that_code_comes_to() {
    assert_eq!(
        faults(&guarded("overflow at 5 depth 3 []")),
        [Fault::NoInstruction(5)]
    );
    assert_eq!(
        faults(&guarded("overflow at 20 depth 3 []")),
        [Fault::NoInstruction(20)]
    );
    assert_eq!(
        faults(&guarded("overflow at 18 depth 3 []")),
        [Fault::Unreachable(18)]
    );
}

#[test]
fn the_depth_must_be_the_instructions() {
    for found in [3, 4] {
        assert_eq!(
            faults(&guarded(&format!("overflow at 8 depth {found} []"))),
            [Fault::Depth { found, wanted: 5 }]
        );
    }
    assert_eq!(
        faults(&guarded("overflow at 8 depth 6 []")),
        [
            Fault::TooDeep { depth: 6, slots: 5 },
            Fault::Depth {
                found: 6,
                wanted: 5
            }
        ]
    );
}

#[test]
fn raising_leaves_between_the_handlers_depth_and_the_instructions() {
    for (position, found, most) in [(8, 2, 5), (4, 4, 3)] {
        let exit = format!("raised raise at {position} depth {found} []");
        assert_eq!(
            faults(&guarded(&exit)),
            [Fault::RaisingDepth {
                found,
                least: 3,
                most
            }]
        );
    }
}

#[test]
fn slots_must_be_in_use_and_in_order() {
    assert_eq!(
        faults(&guarded("overflow at 4 depth 3 [s3 = int v0]")),
        [Fault::DeadSlot(Slot(3))]
    );
    assert_eq!(
        faults(&guarded("overflow at 4 depth 3 [s1 = int v0, s0 = int v0]")),
        [Fault::Order(Slot(0))]
    );
    assert_eq!(
        faults(&guarded("overflow at 4 depth 3 [s1 = int v0, s1 = null]")),
        [Fault::Order(Slot(1))]
    );
    assert_eq!(
        faults(&guarded("overflow at 8 depth 5 [s4 = null]")),
        [Fault::NeverNull(Slot(4))]
    );
}

#[test]
fn values_must_have_their_slots_type() {
    for (slot_value, value, found) in [
        ("int v1", 1, Type::F64),
        ("int v2", 2, Type::Bool),
        ("float v0", 0, Type::I64),
        ("bool v0", 0, Type::I64),
        ("own v3", 3, Type::Ref),
        ("borrowed v0", 0, Type::I64),
        ("virtual $0(v0, v4)", 4, Type::Ptr),
    ] {
        let exit = format!("overflow at 4 depth 3 [s0 = {slot_value}]");
        assert_eq!(
            faults(&guarded(&exit)),
            [Fault::Type {
                slot: Slot(0),
                value: Value(value),
                found
            }],
            "{slot_value}"
        );
    }
}

#[test]
fn what_the_unit_does_not_have_cannot_be_rebuilt() {
    let with = |value: SlotValue| {
        let mut unit = guarded("overflow at 4 depth 3 []");
        unit.exits[0].frames[0].slots = vec![(Slot(1), value)];
        faults(&unit)
    };
    assert_eq!(
        with(SlotValue::Object(ObjectId(1))),
        [Fault::NoObject(Slot(1))]
    );
    assert_eq!(
        with(SlotValue::Virtual(ShapeId(1), Vec::new())),
        [Fault::NoShape(Slot(1))]
    );
    let value = Value(99);
    assert_eq!(
        with(SlotValue::Int(value)),
        [Fault::NoValue {
            slot: Slot(1),
            value
        }]
    );
    let mut unit = guarded("overflow at 4 depth 3 []");
    unit.exits[0].frames.clear();
    assert_eq!(faults(&unit), [Fault::NoFrame]);
}

#[test]
fn frames_of_inlined_calls_must_be_sound_in_themselves() {
    let fault = |frames: &str| {
        let unit = guarded(&format!("overflow at 8 depth 3 [] / {frames}"));
        let errors = check(&unit, &Code).unwrap_err();
        let &[ExitError { exit, frame, fault }] = &errors[..] else {
            panic!("{errors:?}");
        };
        assert_eq!((exit, frame), (ExitId(0), 1));
        fault
    };
    let dead = fault("n0 at 77 depth 1 [s1 = int v0]");
    assert_eq!(dead, Fault::DeadSlot(Slot(1)));
    assert_eq!(fault("n1 at 3 depth 2 []"), Fault::NoInstruction(3));
    let depth = Fault::Depth {
        found: 1,
        wanted: 2,
    };
    assert_eq!(fault("n1 at 1 depth 1 []"), depth);
    let never = fault("n1 at 1 depth 2 [s0 = null]");
    assert_eq!(never, Fault::NeverNull(Slot(0)));
    let raising = Fault::RaisingDepth {
        found: 3,
        least: 1,
        most: 2,
    };
    assert_eq!(fault("n1 at 1 depth 3 [] / n0 at 9 depth 0 []"), raising);
}

#[test]
fn a_call_that_failed_must_raise() {
    let unit = |exit: &str| {
        let text = format!(
            "unit \"call\" slots 5\nhelper @f() raises\nentry b0\nb0:\n    call @f() -> x0\n    \
             leave -> x1\nx0: {exit}\nx1: finished at 2 depth 3 []\n"
        );
        parse(&text).unwrap()
    };
    assert_eq!(faults(&unit("raised raise at 8 depth 3 []")), []);
    assert_eq!(
        faults(&unit("raised at 8 depth 5 []")),
        [Fault::ExceptionLost]
    );
}

#[test]
fn exits_that_nothing_takes_are_not_checked() {
    let mut unit = guarded("overflow at 4 depth 3 []");
    let mut unused = unit.exits[0].clone();
    unused.frames = vec![FrameState {
        of: None,
        function: None,
        position: 5,
        depth: 99,
        slots: Vec::new(),
    }];
    unit.add_exit(unused);
    assert_eq!(faults(&unit), []);
}

#[test]
fn errors_say_where_and_what() {
    let errors = check(&guarded("overflow at 8 depth 3 [s0 = int v1]"), &Code).unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "x0, frame 0: its depth is 3, before the instruction it is 5",
            "x0, frame 0: s0 is rebuilt from v1 of type f64"
        ]
    );
}
