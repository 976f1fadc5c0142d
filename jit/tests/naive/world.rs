//! What lies outside of regions: the host's objects, the notes that its helper takes, and an array. What the helper
//! does depends on its argument and on the notes so far alone, so every run of a region meets the same world.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::machine::{Kind, Value};
use crate::random_gbc::Guess;

/// What lies outside of regions: notes, and objects with names, which it keeps alive.
#[derive(Default)]
pub struct World {
    pub log: Vec<String>,
    names: HashMap<usize, String>,
    kept: Vec<Value>,
    /// Objects of the unit: an int, a float, a pair.
    pub unit: Vec<Value>,
    /// An array that regions read and write: an int, a float, a pair at first.
    pub array: Vec<Value>,
}

thread_local! {
    /// The world of this thread: routines called by native code are given nothing else to find it by.
    pub static WORLD: RefCell<World> = RefCell::default();
}

pub const UNIT_INT: i64 = 7;
pub const UNIT_FLOAT: f64 = 2.5;
pub const UNIT_PAIR: [i64; 2] = [-77, -88];

impl World {
    /// A fresh one.
    pub fn begin() {
        WORLD.with_borrow_mut(|world| {
            *world = World::default();
            world.unit = vec![
                Value::int(UNIT_INT),
                Value::float(UNIT_FLOAT),
                pair(UNIT_PAIR),
            ];
            for value in world.unit.clone() {
                world.name(&value, "unit");
            }
            world.array = vec![Value::int(1234), Value::float(6.25), pair([-5, -6])];
            for value in world.array.clone() {
                world.name(&value, "array");
            }
        });
    }

    fn name(&mut self, value: &Value, prefix: &str) {
        if matches!(value.kind(), Kind::Int | Kind::Float) {
            let name = format!("{prefix} {value}");
            self.names.insert(address(value), name);
            // Kept alive, no other object can get its address.
            self.kept.push(value.clone());
        }
    }

    /// The name of an object, if it has one.
    pub fn name_of(&self, value: &Value) -> Option<String> {
        self.names.get(&address(value)).cloned()
    }

    /// What the host's helper does. `arg` tells what it gives back.
    pub fn host(
        &mut self,
        popped: &[Option<Value>],
        locals: &[Option<Value>],
        arg: i64,
    ) -> Outcome {
        let host = HostArg(arg);
        let turn = self.log.len();
        let mut note = format!("{}:", popped.len());
        let seen = if host.looks() { locals } else { &[] };
        for value in popped.iter().chain(seen) {
            note += &format!(" {}", shown(value.as_ref()));
        }
        self.log.push(note);
        if turn % 7 == 6 {
            return Err(());
        }
        // What was lent by the array must have been counted before.
        if host.looks() && turn % 2 == 1 {
            let new = [
                Value::int(5000 + turn as i64),
                Value::float(turn as f64 + 0.25),
                pair([-3, turn as i64]),
            ];
            for (at, value) in new.into_iter().enumerate() {
                self.name(&value, "array");
                // Native code has the array's address.
                self.array[at] = value;
            }
        }
        if host.pushes() == 0 {
            return Ok(None);
        }
        let value = match host.kind() {
            0 => Value::int(1000 + turn as i64),
            1 => Value::float(turn as f64 + 0.5),
            2 => Value::bool(turn.is_multiple_of(2)),
            _ => pair([-2, turn as i64]),
        };
        self.name(&value, "host");
        Ok(Some(value))
    }
}

/// What a helper pushes, or that it raised.
pub type Outcome = Result<Option<Value>, ()>;

/// The argument of the host's helper, taken apart.
#[derive(Clone, Copy)]
pub struct HostArg(pub i64);

impl HostArg {
    pub fn pops(self) -> u32 {
        (self.0 & 1) as u32 + (self.0 >> 1 & 1) as u32
    }

    pub fn pushes(self) -> u32 {
        (self.0 >> 2 & 1) as u32
    }

    fn kind(self) -> i64 {
        self.0 >> 3 & 3
    }

    /// What it gives back.
    pub fn gives(self) -> Guess {
        [Guess::Int, Guess::Float, Guess::Bool, Guess::Pair][self.kind() as usize]
    }

    /// Whether it looks at the locals.
    pub fn looks(self) -> bool {
        self.0 >> 5 & 1 != 0
    }

    /// Whether it demands that native code is left.
    pub fn disturbs(self) -> bool {
        self.0 >> 6 & 3 == 3
    }
}

/// Where a value's object is: its identity. A value is that one word.
pub fn address(value: &Value) -> usize {
    // SAFETY: `Value` is a transparent wrapper of a pointer.
    unsafe { std::mem::transmute_copy::<Value, usize>(value) }
}

pub fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

/// A pair: the host's objects that are no numbers. To units it is the type of texts.
pub fn pair(fields: [i64; 2]) -> Value {
    Value::text(format!("pair {} {}", fields[0], fields[1]))
}

/// The fields of a pair.
pub fn fields(value: &Value) -> Option<[i64; 2]> {
    let text = value.to_string();
    let mut words = text.trim_matches('"').strip_prefix("pair ")?.split(' ');
    Some([words.next()?.parse().ok()?, words.next()?.parse().ok()?])
}
