//! The reference interpreter on a lowered region. It finds what native code does not show: promises that are
//! broken, releases that run code where none may run, references that are not given up.

use std::collections::VecDeque;

use fatjit_ir::interp::{Breach, Datum, Payload, Reply, Shown, World as Heaped, run as interpret};
use fatjit_ir::passes::Pipeline;
use fatjit_ir::{Resume, verify};
use fatjit_jit::gbc::{GOp, Region, Seen};
use fatjit_jit::lower::lower;

use crate::Case;
use crate::machine::{Kind, Value};
use crate::naive::{
    End, HostArg, Naive, UNIT_FLOAT, UNIT_INT, UNIT_PAIR, WORLD, World, fields, pair,
};
use crate::random_gbc::{LOCALS, NAMES, Random, SLOTS};

/// Instructions that a run may take.
const FUEL: u64 = 100_000;

fn payload(value: &Value) -> Payload {
    match value.kind() {
        Kind::Int => Payload::Int(value.as_int().unwrap()),
        Kind::Float => Payload::Float(value.as_float().unwrap()),
        Kind::Bool => Payload::Bool(value.as_bool().unwrap()),
        Kind::Text => other(fields(value).unwrap()),
    }
}

fn other(fields: [i64; 2]) -> Payload {
    Payload::Other("pair".to_owned(), format!("{} {}", fields[0], fields[1]))
}

/// The fields, by the name of a pair (`1 2`) or of a virtual one (`(int 1, int 2)`).
fn parsed(name: &str) -> [i64; 2] {
    let words = name.split([' ', ',', '(', ')']);
    let fields: Vec<i64> = words.filter_map(|word| word.parse().ok()).collect();
    [fields[0], fields[1]]
}

fn value(shown: &Shown) -> Option<Value> {
    Some(match shown {
        Shown::Null => return None,
        Shown::Int(n) => Value::int(*n),
        Shown::Float(bits) => Value::float(f64::from_bits(*bits)),
        Shown::Bool(b) => Value::bool(*b),
        Shown::Object(_, name) => match parsed(name) {
            UNIT_PAIR => WORLD.with_borrow(|world| world.unit[2].clone()),
            fields => pair(fields),
        },
        Shown::Address(_) => panic!("slots hold no addresses"),
    })
}

/// What the host's helper does, in this world.
fn on_the_frame(world: &mut Heaped, args: &[Datum]) -> Result<Reply, Breach> {
    let [_, Datum::Int(depth), Datum::Int(arg)] = args else {
        return Err(Breach::Invalid);
    };
    let depth = *depth as usize;
    let under = depth - HostArg(*arg).pops() as usize;
    let mut values = Vec::new();
    let mut names = Vec::new();
    for (at, slot) in world.frame.iter().enumerate() {
        let shown = value(&world.show(Datum::Ref(*slot))?);
        match at {
            at if at < depth => values.push(shown),
            at if at >= SLOTS as usize => names.push(shown),
            _ => {}
        }
    }
    for slot in under..depth {
        if let Some(handle) = world.frame[slot].take() {
            world.release(handle)?;
        }
    }
    let seen = [&values[..LOCALS as usize], &names].concat();
    match WORLD.with_borrow_mut(|w| w.host(&values[under..], &seen, *arg)) {
        Ok(Some(pushed)) => world.fill(under, payload(&pushed)),
        Ok(None) => {}
        Err(()) => return Ok(Reply::Raised),
    }
    Ok(Reply::Done)
}

fn field(world: &mut Heaped, args: &[Datum], index: usize) -> Result<Reply, Breach> {
    let [Datum::Ref(Some(handle))] = args else {
        return Err(Breach::Null);
    };
    match world.heap.get(*handle)? {
        Payload::Other(_, name) => Ok(Reply::Value(Datum::Int(parsed(name)[index]))),
        _ => Err(Breach::Invalid),
    }
}

fn make(world: &mut Heaped, args: &[Datum]) -> Result<Reply, Breach> {
    let [Datum::Int(a), Datum::Int(b)] = args else {
        return Err(Breach::Invalid);
    };
    let made = world.heap.new_object(other([*a, *b]));
    Ok(Reply::Value(Datum::Ref(Some(made))))
}

/// Whether pairs become virtual: giving such an object up runs no code, which this world does not know.
fn reads_pairs(region: &Region) -> bool {
    let mut seen = region.entries.iter().flat_map(|e| e.seen.iter().flatten());
    let mut ops = region.blocks.iter().flat_map(|b| &b.ops);
    seen.any(|seen| matches!(seen, Seen::Shape(_)))
        || ops.any(|op| matches!(op, GOp::GuardVirtual { .. }))
}

/// Whether the array is used, whose memory this world does not have.
fn uses_array(region: &Region) -> bool {
    let mut ops = region.blocks.iter().flat_map(|b| &b.ops);
    ops.any(|op| matches!(op, GOp::Read { .. }))
}

/// Runs a region's unit until it is left, and goes on naively. None if this world cannot run it.
pub fn run(case: &Case, random: &Random, optimised: bool) -> Option<End> {
    World::begin();
    if uses_array(&random.region) {
        return None;
    }
    let mut unit = lower(&random.region).unwrap();
    assert_eq!(verify(&unit), Ok(()), "{unit}");
    if optimised {
        Pipeline::standard().run(&mut unit);
    }
    let mut world = Heaped::new((SLOTS + NAMES) as usize);
    world.name_object("int", Payload::Int(UNIT_INT));
    world.name_object("float", Payload::Float(UNIT_FLOAT));
    world.name_object("pair", other(UNIT_PAIR));
    for (slot, value) in case.slots().iter().enumerate() {
        if let Some(value) = value {
            world.fill(slot, payload(value));
        }
    }
    world.helper("quiet", on_the_frame);
    world.helper("loud", on_the_frame);
    world.helper("first", |world, args| field(world, args, 0));
    world.helper("second", |world, args| field(world, args, 1));
    world.helper("make", make);
    let mut polls = VecDeque::from(vec![false; case.budget as usize - 1]);
    polls.push_back(true);
    world.polls = polls;
    let left = match interpret(&unit, 0, &mut world, FUEL) {
        Ok(outcome) => outcome.left,
        Err(Breach::ReleaseRanCode) if reads_pairs(&random.region) => return None,
        Err(breach) => panic!("{breach}\n{}\n{unit}", random.region),
    };
    let frame = &left.frames[0];
    let mut slots: Vec<Option<Value>> = frame.slots.iter().map(value).collect();
    let names = slots.split_off(slots.len() - NAMES as usize);
    let depth = slots.len() as u32;
    slots.resize(SLOTS as usize, None);
    slots.extend(names);
    let mut naive = Naive::new(&random.region, &slots);
    Some(match left.resume {
        Resume::At => naive.run(frame.position),
        Resume::Raise => {
            naive.stand_at(frame.position);
            naive.end(true, depth)
        }
        Resume::Called => panic!("these regions call no compiled function"),
    })
}
