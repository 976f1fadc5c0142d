//! Encoding of exits: nothing is lost, words are counted in the order in which code stores values, and it
//! is compact.

use fatjit_guards::{Counters, ExitTable, Source};
use fatjit_ir::{
    Exit, ExitId, FrameState, NativeId, ObjectId, Reason, Resume, ShapeId, Slot, SlotValue, Sunk,
    Type, Unit, Value, parse,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// A unit with one value of each type, which is its number's type: `Type::ALL[v]`.
fn unit_with(exits: Vec<Exit>) -> Unit {
    let mut unit = Unit::new("exits", 1000);
    let block = unit.add_block();
    for ty in Type::ALL {
        unit.add_param(block, ty);
    }
    unit.exits = exits;
    unit
}

fn value_of(ty: Type) -> Value {
    Value(ty as u32)
}

fn any_reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        proptest::sample::select(Reason::ALL),
        any::<u16>().prop_map(Reason::Host),
    ]
}

fn any_slot_value() -> impl Strategy<Value = SlotValue> {
    prop_oneof![
        Just(SlotValue::Int(value_of(Type::I64))),
        Just(SlotValue::Float(value_of(Type::F64))),
        Just(SlotValue::Bool(value_of(Type::Bool))),
        Just(SlotValue::Own(value_of(Type::Own))),
        Just(SlotValue::Borrowed(value_of(Type::Ref))),
        any::<u32>().prop_map(|n| SlotValue::Object(ObjectId(n))),
        Just(SlotValue::Null),
        (
            any::<u32>(),
            vec(proptest::sample::select(&Type::ALL[..]), 0..5)
        )
            .prop_map(|(shape, fields)| {
                let fields = fields.into_iter().map(value_of).collect();
                SlotValue::Virtual(ShapeId(shape), fields)
            }),
        (
            any::<u32>(),
            vec((any::<u32>(), proptest::option::of(any::<u32>())), 0..5)
        )
            .prop_map(|(class, places)| {
                let numbers = places.iter().filter(|(_, object)| object.is_none());
                let values = numbers.map(|(place, _)| match place % 3 {
                    0 => value_of(Type::I64),
                    1 => value_of(Type::F64),
                    _ => value_of(Type::Bool),
                });
                let values = std::iter::once(value_of(Type::I64)).chain(values).collect();
                let object = |object: Option<u32>| object.map(ObjectId);
                SlotValue::Sunk(Box::new(Sunk {
                    number: 7,
                    class: ObjectId(class),
                    places: places.into_iter().map(|(p, o)| (p, object(o))).collect(),
                    values,
                }))
            }),
        Just(SlotValue::Same(7)),
    ]
}

fn any_frame() -> impl Strategy<Value = FrameState> {
    let slots = vec((any::<u32>().prop_map(Slot), any_slot_value()), 0..12);
    let function = proptest::option::of(Just(value_of(Type::Ref)));
    let numbers = (any::<u32>(), any::<u32>());
    (numbers, function, slots).prop_map(|((position, depth), function, slots)| FrameState {
        of: None,
        function,
        position,
        depth,
        slots,
    })
}

fn any_exit() -> impl Strategy<Value = Exit> {
    let resume = prop_oneof![Just(Resume::At), Just(Resume::Raise)];
    let of = vec(proptest::option::of((0..900_u32).prop_map(NativeId)), 3);
    (any_reason(), resume, vec(any_frame(), 0..4), of).prop_map(
        |(reason, resume, mut frames, of)| {
            for (frame, of) in frames.iter_mut().skip(1).zip(of) {
                frame.of = of;
            }
            Exit {
                reason,
                resume,
                frames,
            }
        },
    )
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(exits in vec(any_exit(), 0..8)) {
        let unit = unit_with(exits);
        let table = ExitTable::encode(&unit);
        prop_assert_eq!(table.len(), unit.exits.len());
        for (at, exit) in unit.exits.iter().enumerate() {
            let view = table.get(ExitId(at as u32)).unwrap();
            let values: Vec<Value> = exit.values().collect();
            let mut words = Vec::new();
            let again = view.to_exit(|word, ty| {
                words.push(word);
                assert_eq!(value_of(ty), values[word as usize]);
                value_of(ty)
            });
            prop_assert_eq!(&again, exit);
            // The k-th value is word k, and each word is read once.
            prop_assert_eq!(words, (0..values.len() as u32).collect::<Vec<_>>());
            let innermost = view.innermost().map(|frame| frame.position);
            prop_assert_eq!(innermost, exit.frames.last().map(|frame| frame.position));
        }
        prop_assert!(table.get(ExitId(unit.exits.len() as u32)).is_none());
    }
}

const THREE_EXITS: &str = r#"unit "three" slots 6
object #0 "thing"
shape $0 "pair"
entry b0
b0:
    v0 = iconst 1
    v1 = fconst 2.0
    v2 = bconst true
    guard v2 -> x0
    guard v2 -> x1
    leave -> x2
x0: overflow at 24 depth 6 [s0 = int v0, s2 = float v1, s5 = bool v2]
x1: host:300 at 30 depth 6 [s1 = object #0, s2 = virtual $0(v1, v0), s3 = int v0] / at 4 depth 1 [s0 = null]
x2: overflow at 40 depth 2 []
"#;

#[test]
fn sources_name_the_words_that_hold_their_values() {
    let table = ExitTable::encode(&parse(THREE_EXITS).unwrap());
    let first = table.get(ExitId(0)).unwrap();
    let slots: Vec<_> = first.frames().next().unwrap().slots().collect();
    assert_eq!(
        slots,
        [
            (Slot(0), Source::Int(0)),
            (Slot(2), Source::Float(1)),
            (Slot(5), Source::Bool(2)),
        ]
    );
    let second = table.get(ExitId(1)).unwrap();
    assert_eq!(second.reason, Reason::Host(300));
    let mut frames = second.frames();
    let slots: Vec<_> = frames.next().unwrap().slots().collect();
    assert_eq!(slots[0], (Slot(1), Source::Object(ObjectId(0))));
    let Source::Virtual(shape, fields) = slots[1].1 else {
        panic!("{:?}", slots[1]);
    };
    assert_eq!(shape, ShapeId(0));
    let fields: Vec<_> = fields.collect();
    assert_eq!(fields, [(0, Type::F64), (1, Type::I64)]);
    assert_eq!(slots[2], (Slot(3), Source::Int(2)));
    let inner: Vec<_> = frames.next().unwrap().slots().collect();
    assert_eq!(inner, [(Slot(0), Source::Null)]);
    assert!(frames.next().is_none());
}

#[test]
fn a_slot_takes_a_byte() {
    let mut unit = parse(THREE_EXITS).unwrap();
    let all = ExitTable::encode(&unit).size();
    unit.exits.truncate(1);
    // Reason, number of frames, position, depth and number of slots take a byte each, and so do the
    // slots; four bytes say where the exit starts.
    assert_eq!(ExitTable::encode(&unit).size(), 5 + 3 + 4);
    assert!(all < 45, "{all}");
}

#[test]
fn counters_count_and_add_up_by_reason() {
    let table = ExitTable::encode(&parse(THREE_EXITS).unwrap());
    let mut counters = Counters::new(table.len());
    for exit in [0, 2, 2, 1] {
        counters.enter();
        counters.leave(ExitId(exit));
    }
    assert_eq!(counters.leave(ExitId(0)), 2);
    assert_eq!((counters.entries(), counters.leaves()), (4, 5));
    assert_eq!(counters.exits(ExitId(2)), 2);
    assert_eq!(
        counters.totals(&table),
        [(Reason::Overflow, 4), (Reason::Host(300), 1)]
    );
}

#[test]
fn an_exit_that_is_not_there_is_not_counted() {
    let mut counters = Counters::new(1);
    assert_eq!(counters.leave(ExitId(1)), 0);
    assert_eq!(counters.exits(ExitId(1)), 0);
}
