//! Random regions: native code, and the naive interpreter from where native code was left, end as the naive
//! interpreter alone does, with the same objects where identity matters. So do the reference interpreter on
//! the lowered unit and the naive one behind it.
#![allow(missing_docs, reason = "an example's items are not an interface")]

#[path = "../examples/stack_machine/layout.rs"]
#[allow(dead_code, reason = "the stack machine's own tests use the rest")]
mod layout;
#[path = "../examples/stack_machine/machine.rs"]
#[allow(dead_code, reason = "the stack machine's own tests use the rest")]
mod machine;
mod naive;
mod random_gbc;
mod reference;

use std::mem::offset_of;

use fatjit_guards::Source;
use fatjit_ir::passes::Pipeline;
use fatjit_ir::{Reason, Resume, Slot};
use fatjit_jit::activation::Activation;
use fatjit_jit::codegen::{CodegenEnv, Isa, Options};
use fatjit_jit::gbc::Seen;
use fatjit_jit::region::{self, Embedder, Passes};
use fatjit_targets::{CodeMemory, Target};
use machine::{FRAME_BUDGET, FRAME_POSITION, Value, alive};
use naive::{End, HostArg, Naive, WORLD, World};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use random_gbc::{Guess, LOCALS, NAMES, Plan, Random, SLOTS, build};

/// The frame of a region: it begins as the stack machine's does, because their layouts are the same.
#[repr(C)]
struct Toy {
    slots: [Option<Value>; machine::SLOTS],
    budget: i64,
    position: i64,
}

const _: () = assert!(offset_of!(Toy, budget) as i64 == FRAME_BUDGET);
const _: () = assert!(offset_of!(Toy, position) as i64 == FRAME_POSITION);

/// What a slot holds at first.
#[derive(Clone, Debug)]
enum First {
    Nothing,
    Int(i64),
    Float(f64),
    Bool(bool),
    Pair(i64, i64),
}

/// A run: what to run it on, and when native code is left.
#[derive(Clone, Debug)]
struct Case {
    plan: Plan,
    first: Vec<First>,
    rounds: i64,
    budget: i64,
    spurious: i64,
}

impl Case {
    /// The slots at the entry, the objects in them being known by name.
    fn slots(&self) -> [Option<Value>; machine::SLOTS] {
        let mut slots = [const { None }; machine::SLOTS];
        for (slot, first) in slots.iter_mut().zip(&self.first) {
            *slot = match first {
                First::Nothing => None,
                First::Int(n) => Some(Value::int(*n)),
                First::Float(x) => Some(Value::float(*x)),
                First::Bool(b) => Some(Value::bool(*b)),
                First::Pair(a, b) => Some(naive::pair([*a, *b])),
            };
        }
        slots[LOCALS as usize - 1] = Some(Value::int(self.rounds));
        let carried = self.plan.carried as usize;
        let items = &mut slots[LOCALS as usize..];
        items[carried..].fill(None);
        for item in &mut items[..carried] {
            item.get_or_insert_with(|| Value::int(1));
        }
        // The name begins like the first local, but is always bound.
        let name = slots[0].clone().unwrap_or_else(|| Value::int(3));
        slots[SLOTS as usize] = Some(name);
        slots
    }
}

extern "C" fn on_the_frame(frame: *mut Toy, depth: i64, arg: i64) -> i32 {
    // SAFETY: native code passes the frame it was entered for, which nothing else uses meanwhile.
    let frame = unsafe { &mut *frame };
    let host = HostArg(arg);
    let (under, depth) = (depth as usize - host.pops() as usize, depth as usize);
    let popped: Vec<Option<Value>> = frame.slots[under..depth]
        .iter_mut()
        .map(Option::take)
        .collect();
    let names = &frame.slots[SLOTS as usize..(SLOTS + NAMES) as usize];
    let seen = [&frame.slots[..LOCALS as usize], names].concat();
    let outcome = WORLD.with_borrow_mut(|world| world.host(&popped, &seen, arg));
    if host.disturbs() {
        frame.budget = 0;
    }
    match outcome {
        Ok(Some(pushed)) => frame.slots[under] = Some(pushed),
        Ok(None) => {}
        Err(()) => return 1,
    }
    0
}

extern "C" fn first(object: *const Value) -> i64 {
    field(&object, 0)
}

extern "C" fn second(object: *const Value) -> i64 {
    field(&object, 1)
}

/// A field of a pair, given the word that refers to it.
fn field(word: &*const Value, index: usize) -> i64 {
    // SAFETY: a value is one word, the address of its object, which the frame keeps alive.
    let value = unsafe { &*std::ptr::from_ref(word).cast::<Value>() };
    naive::fields(value).expect("fields are read of pairs only")[index]
}

extern "C" fn make(a: i64, b: i64) -> Value {
    naive::pair([a, b])
}

fn helper(name: &str) -> Option<usize> {
    Some(match name {
        "quiet" | "loud" => on_the_frame as *const () as usize,
        "first" => first as *const () as usize,
        "second" => second as *const () as usize,
        "make" => make as *const () as usize,
        _ => return layout::helper(name),
    })
}

/// Code generation, made once.
struct Machine {
    isa: Isa,
    memory: CodeMemory,
    passes: [Passes; 2],
}

impl Machine {
    fn new() -> Machine {
        let none = Passes {
            before: Pipeline::of(&[]).unwrap(),
            after: Pipeline::of(&[]).unwrap(),
        };
        Machine {
            isa: Isa::new(&Target::host().unwrap()).unwrap(),
            memory: CodeMemory::default(),
            passes: [Passes::default(), none],
        }
    }

    /// Compiles and runs a region natively, and goes on naively. The reason of the exit, and the end.
    fn run(&self, case: &Case, random: &Random, passes: &Passes) -> (Reason, End) {
        World::begin();
        let mut frame = Toy {
            slots: case.slots(),
            budget: case.budget,
            position: 0,
        };
        let objects: Vec<usize> = WORLD.with_borrow(|world| {
            let array = world.array.as_ptr() as usize;
            world
                .unit
                .iter()
                .map(naive::address)
                .chain([array])
                .collect()
        });
        let mut embedder = Embedder {
            layouts: layout::Layouts,
            facts: random,
            passes,
            bodies: &[],
        };
        let env = CodegenEnv {
            symbol: "unit",
            isa: &self.isa,
            memory: &self.memory,
            helpers: &helper,
            objects: &objects,
            options: Options {
                spurious_exits: true,
                ..Options::default()
            },
        };
        let compiled = region::compile(&random.region, &mut embedder, &env)
            .unwrap_or_else(|error| panic!("{error}\n{}", random.region));
        let address = &raw mut frame;
        // SAFETY: as below.
        let number = |slot: Slot, ty| unsafe {
            let value = (*address).slots[slot.index()].as_ref();
            value.and_then(|value| layout::number(value, ty))
        };
        let mut activation = Activation::new(address.cast(), []);
        activation.spurious_countdown = case.spurious;
        // SAFETY: the frame is as layouts and helpers expect, and used only through `address` meanwhile;
        // the entry is the only one.
        let exit = unsafe { compiled.code.enter(&raw mut activation, 0, number) };
        let view = compiled.exits.get(exit).unwrap();
        let state = view.innermost().unwrap();
        // SAFETY: the words asked for are those of the exit just taken.
        let word = |word| unsafe { activation.spilled(word) };
        let value = |source: Source<'_>| match source {
            Source::Int(at) => Some(Value::int(word(at) as i64)),
            Source::Float(at) => Some(Value::float(f64::from_bits(word(at)))),
            Source::Bool(at) => Some(Value::bool(word(at) != 0)),
            // SAFETY: native code gave up this reference.
            Source::Own(at) => unsafe { Value::from_word(word(at)) },
            // SAFETY: a slot of the frame keeps the object alive.
            Source::Borrowed(at) => unsafe { Value::borrowed(word(at)) },
            Source::Object(id) => Some(WORLD.with_borrow(|world| world.unit[id.index()].clone())),
            Source::Null => None,
            Source::Virtual(_, fields) => {
                let fields: Vec<i64> = fields.map(|(at, _)| word(at) as i64).collect();
                Some(naive::pair([fields[0], fields[1]]))
            }
            Source::Sunk(_) | Source::Same { .. } => panic!("generated regions make no instances"),
        };
        let values: Vec<_> = state.slots().map(|(slot, s)| (slot, value(s))).collect();
        for (slot, value) in values {
            let old = std::mem::replace(&mut frame.slots[slot.index()], value);
            let is_local = slot.0 < LOCALS || slot.0 >= SLOTS;
            assert!(is_local || old.is_none(), "{slot} owned something");
        }
        let dead = frame.slots[..SLOTS as usize].iter().enumerate();
        for (slot, value) in dead.skip(state.depth as usize) {
            assert!(value.is_none(), "dead slot {slot} owns something");
        }
        let mut naive = Naive::new(&random.region, &frame.slots[..(SLOTS + NAMES) as usize]);
        let end = match view.resume {
            Resume::At => naive.run(state.position),
            Resume::Raise => {
                naive.stand_at(state.position);
                naive.end(true, state.depth)
            }
            Resume::Called => panic!("these regions call no compiled function"),
        };
        (view.reason, end)
    }
}

fn expected(case: &Case, random: &Random) -> End {
    World::begin();
    let slots = case.slots();
    Naive::new(&random.region, &slots[..(SLOTS + NAMES) as usize]).run(0)
}

/// Whether what was seen is what had to be: the same, and the same objects where they matter.
fn agree(seen: &End, expected: &End) -> bool {
    let mut slots = seen.slots.iter().zip(&expected.slots);
    let same =
        slots.all(|((a, named), (b, wanted))| a == b && (wanted.is_none() || named == wanted));
    let rest = |end: &End| (end.raised, end.point, end.log.clone(), end.slots.len());
    rest(seen) == rest(expected) && same
}

/// The reference interpreter's world has objects of its own.
fn without_names(end: &End) -> End {
    let slots = end.slots.iter().map(|(shown, _)| (shown.clone(), None));
    End {
        slots: slots.collect(),
        ..end.clone()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let first = prop_oneof![
        1 => Just(First::Nothing),
        4 => (-5i64..9).prop_map(First::Int),
        1 => Just(First::Int(i64::MAX - 1)),
        3 => (-8i32..9).prop_map(|n| First::Float(f64::from(n) / 2.0)),
        1 => Just(First::Float(f64::NAN)),
        1 => proptest::bool::ANY.prop_map(First::Bool),
        3 => (0i64..9, 0i64..9).prop_map(|(a, b)| First::Pair(a, b)),
    ];
    let fitting = |first: &First| match first {
        First::Int(_) => Seen::Int,
        First::Float(_) => Seen::Float,
        First::Bool(_) => Seen::Bool,
        First::Pair(..) => Seen::Shape(fatjit_ir::ShapeId(0)),
        First::Nothing => Seen::Any,
    };
    let guess = |first: &First| match first {
        First::Int(_) => Guess::Int,
        First::Float(_) => Guess::Float,
        First::Bool(_) => Guess::Bool,
        First::Pair(..) => Guess::Pair,
        First::Nothing => Guess::Null,
    };
    let slots = proptest::collection::vec((first, 0u8..30), SLOTS as usize);
    let draws = |n| proptest::collection::vec(any::<(u8, u8, u8)>(), 0..n);
    let ahead = proptest::option::of(draws(8));
    let plan = (draws(14), draws(6), draws(6), draws(10), 0u32..3, 0i64..6);
    let spurious = prop_oneof![Just(i64::MAX), 1i64..60];
    (slots, (ahead, plan), 1i64..7, 1i64..20, spurious).prop_map(
        move |(slots, (ahead, plan), rounds, budget, spurious)| {
            let (before, yes, no, after, carried, parting) = plan;
            let counter = LOCALS as usize - 1;
            let told = slots
                .iter()
                .enumerate()
                .filter(|(slot, _)| *slot != counter);
            let guesses = told.clone().map(|(slot, (first, _))| match guess(first) {
                // A stack item is never null at the entry.
                Guess::Null if slot > counter => Guess::Int,
                guess => guess,
            });
            let guesses: Vec<Guess> = guesses.collect();
            let seen = told.map(|(_, (first, odd))| match odd {
                0 => Seen::Float,
                1..6 => Seen::Any,
                _ => fitting(first),
            });
            let seen: Vec<Seen> = seen.collect();
            let name = match guesses[0] {
                Guess::Null => (Seen::Any, Guess::Int),
                guess => (seen[0], guess),
            };
            Case {
                plan: Plan {
                    ahead,
                    name,
                    seen,
                    guesses,
                    before,
                    arms: [yes, no],
                    after,
                    carried,
                    parting,
                },
                first: slots.iter().map(|(first, _)| first.clone()).collect(),
                rounds,
                budget,
                spurious,
            }
        },
    )
}

#[test]
fn native_code_ends_as_guarded_bytecode_does() {
    let machine = Machine::new();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let reasons = std::cell::RefCell::new(std::collections::BTreeMap::<Reason, u32>::new());
    let result = runner.run(&cases(), |case| {
        let random = build(&case.plan);
        let expected = expected(&case, &random);
        for passes in &machine.passes {
            let (reason, seen) = machine.run(&case, &random, passes);
            prop_assert!(
                agree(&seen, &expected),
                "left: {}\nseen {:?}\nexpected {:?}\n{}",
                reason,
                seen,
                expected,
                random.region
            );
            *reasons.borrow_mut().entry(reason).or_default() += 1;
        }
        for optimised in [false, true] {
            let Some(seen) = reference::run(&case, &random, optimised) else {
                continue;
            };
            prop_assert!(
                agree(&seen, &without_names(&expected)),
                "interpreted: {:?}\nexpected {:?}\n{}",
                seen,
                expected,
                random.region
            );
        }
        WORLD.take();
        prop_assert_eq!(alive(), 0, "objects leaked\n{}", random.region);
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    // Regions that are left at once would test nothing.
    for reason in [
        Reason::Finished,
        Reason::Poll,
        Reason::TypeChanged,
        Reason::Raised,
    ] {
        let often = reasons.borrow().get(&reason).copied().unwrap_or(0);
        assert!(often > 20, "{reason}: {:?}", reasons.borrow());
    }
}
