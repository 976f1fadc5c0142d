//! Random valid units, and the world they run in.
//!
//! A unit is a function of a list of numbers, the *choices*, so that shrinking the list shrinks the unit.
//! Control flow is structured, and every loop counts to a small constant: a unit always ends within
//! [`FUEL`] instructions. Promises are kept by masking operands.
//!
//! # The host that a unit needs
//!
//! Types `int`, `float`, `bool`; no objects but numbers; a frame of [`SLOTS`] slots, each of which holds a
//! number object or null ([`frame`] is a good one to start from), and these helpers:
//!
//! | declaration | what it does |
//! |---|---|
//! | `@mix(i64, i64) -> i64` | `(a * 31) ^ b`, wrapping |
//! | `@note(i64) writes` | appends the number to a log |
//! | `@make(i64) -> own raises` | a new int object of `a + 1`, wrapping; raises if `a mod 5` is 4 |
//! | `@give(own) raises` | gives the reference up; raises if it was null |
//! | `@scribble(ptr, i64) runs-code writes` | the argument is `frame_base`: puts a new int object of `a` into slot `a mod SLOTS`, releasing what was there |
//!
//! `mod` has the divisor's sign. Two machines agree on everything but which NaN an operation gives: compare
//! with [`Left::with_one_nan`](crate::interp::Left::with_one_nan). With [`Options::calls`] off, no helper is called.

mod builder;
mod numbers;

use proptest::prelude::{Strategy, any};

use crate::arith;
use crate::interp::{Breach, Datum, Payload, Reply, World};
use crate::unit::Unit;

/// Slots of every generated unit.
pub const SLOTS: u32 = 6;

/// More instructions than any generated unit executes.
pub const FUEL: u64 = 1_000_000;

/// What units may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Floats.
    pub floats: bool,
    /// Boxed objects, owned references and slots.
    pub objects: bool,
    /// Calls of helpers; they make objects, so they ask for `objects` too.
    pub calls: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            floats: true,
            objects: true,
            calls: true,
        }
    }
}

/// The unit that these choices make. The same choices always make the same unit.
pub fn unit_of(choices: &[u16], options: Options) -> Unit {
    builder::build(choices, options)
}

/// Units, for property tests.
pub fn units(options: Options) -> impl Strategy<Value = Unit> {
    proptest::collection::vec(any::<u16>(), 0..400)
        .prop_map(move |choices| unit_of(&choices, options))
}

/// What the frame's slots hold before a run.
pub fn frame() -> Vec<Option<Payload>> {
    vec![
        Some(Payload::Int(7)),
        Some(Payload::Float(2.5)),
        Some(Payload::Int(-3)),
        None,
        Some(Payload::Bool(true)),
        Some(Payload::Int(i64::MAX)),
    ]
}

/// A world for the reference interpreter, with the frame and the helpers.
pub fn world() -> World {
    let mut world = World::new(SLOTS as usize);
    for (slot, payload) in frame().into_iter().enumerate() {
        if let Some(payload) = payload {
            world.fill(slot, payload);
        }
    }
    world.helper("mix", |_, args| match args {
        [Datum::Int(a), Datum::Int(b)] => Ok(Reply::Value(Datum::Int(a.wrapping_mul(31) ^ b))),
        _ => Err(Breach::Invalid),
    });
    world.helper("note", |world, args| match args {
        [Datum::Int(a)] => {
            world.log.push(a.to_string());
            Ok(Reply::Done)
        }
        _ => Err(Breach::Invalid),
    });
    world.helper("make", |world, args| match args {
        [Datum::Int(a)] if arith::int_mod(*a, 5) == Some(4) => {
            world.log.push("make raises".to_owned());
            Ok(Reply::Raised)
        }
        [Datum::Int(a)] => {
            let handle = world.heap.new_object(Payload::Int(a.wrapping_add(1)));
            Ok(Reply::Value(Datum::Ref(Some(handle))))
        }
        _ => Err(Breach::Invalid),
    });
    world.helper("give", |world, args| match args {
        [Datum::Ref(Some(handle))] => {
            world.release(*handle)?;
            Ok(Reply::Done)
        }
        [Datum::Ref(None)] => Ok(Reply::Raised),
        _ => Err(Breach::Invalid),
    });
    world.helper("scribble", |world, args| match args {
        [Datum::Ptr(_), Datum::Int(a)] => {
            let slot = arith::int_mod(*a, SLOTS.into()).ok_or(Breach::Invalid)?;
            let new = world.heap.new_object(Payload::Int(*a));
            if let Some(old) = world.frame[slot as usize].replace(new) {
                world.release(old)?;
            }
            Ok(Reply::Done)
        }
        _ => Err(Breach::Invalid),
    });
    world
}
