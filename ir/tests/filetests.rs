//! The text tests in `filetests/`. The first line of a file says what to do with the unit that follows:
//!
//! - `; test pass NAME …` runs passes and shows the unit;
//! - `; test inline N NAME …` has the units behind lines `; body` stand for the compiled functions from n`N` on,
//!   inlines them, runs passes and shows the unit;
//! - `; test reads` shows whether the function writes;
//! - `; test body` shows what may stand where the function is called;
//! - `; test verify` shows the verifier's errors, or `valid`;
//! - `; test run entry N slots [V, …]` runs the unit and shows how it left and what happened; `V` is
//!   `null`, `int N`, `wide DIGITS`, `float X`, `bool B` or `TYPE NAME`. Further words: `polls 0110 `,
//!   `disturbed 01`, `allocations N`, `fuel N`, `memory N` (bytes, to which context word 0 points), and of a
//!   function `nesting N` and `args N,N` (ints, or floats with a point).
//!
//! The expectation stands behind the line `; ---`; `BLESS=1` in the environment rewrites it.
//!
//! Helpers in runs: `@note(x)` logs, `@mix(i64, i64)` computes, `@make(i64)` gives a new int object,
//! `"half"` is a compiled function that is left when its argument is odd, `@fail()` raises, `@drop(own)` releases what it stole, `@drop_and_fail(own)` raises too, `@clear(i64)`
//! empties a slot.

use std::fs;
use std::path::{Path, PathBuf};

use fatjit_ir::interp::{Breach, Datum, Ended, Payload, Reply, World, run, run_function};
use fatjit_ir::passes::{Names, Pipeline, adopt_names, body_of, inline_calls, only_reads};
use fatjit_ir::{Unit, parse, verify};
use similar::TextDiff;

const SEPARATOR: &str = "\n; ---\n";

#[test]
fn filetests() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "ir"))
        .collect();
    files.sort();
    let mut failures = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let (input, wanted) = text.split_once(SEPARATOR).unwrap_or((&text, ""));
        let found = outcome(input);
        if found == wanted {
            continue;
        }
        if bless {
            fs::write(&file, format!("{}{SEPARATOR}{found}", input.trim_end())).unwrap();
            continue;
        }
        let name = file.file_name().unwrap().to_string_lossy();
        let diff = TextDiff::from_lines(wanted, &found);
        failures += &format!(
            "{name}:\n{}\n",
            diff.unified_diff().header("wanted", "found")
        );
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn outcome(input: &str) -> String {
    let first = input.lines().next().unwrap_or_default();
    let command = first.strip_prefix("; test ").unwrap_or_else(|| {
        panic!("the first line must be `; test …`, not {first:?}");
    });
    let (what, rest) = command.split_once(' ').unwrap_or((command, ""));
    let mut texts = input.split("\n; body\n");
    let mut unit = match parse(texts.next().unwrap_or_default()) {
        Ok(unit) => unit,
        Err(error) => return format!("{error}\n"),
    };
    let verdict = match verify(&unit) {
        Ok(()) => "valid\n".to_owned(),
        Err(errors) => errors.iter().map(|e| format!("{e}\n")).collect(),
    };
    match what {
        "verify" => verdict,
        _ if verdict != "valid\n" => verdict,
        "reads" => match only_reads(&unit) {
            true => "only reads\n".to_owned(),
            false => "writes\n".to_owned(),
        },
        "body" => body_of(&unit).map_or("none\n".to_owned(), |body| body.to_string()),
        "pass" | "inline" => {
            let mut names: Vec<&str> = rest.split_whitespace().collect();
            if what == "inline" {
                let first: usize = names.remove(0).parse().unwrap();
                let bodies: Vec<Unit> = texts.map(|text| parse(text).unwrap()).collect();
                let mut given = vec![None; first];
                given.extend(bodies.iter().map(Some));
                let names = given.iter().map(|body| body.map(names_of));
                let names: Vec<Option<Names>> = names.collect();
                let (objects, natives) = (&mut unit.objects, &mut unit.natives);
                let known = adopt_names(objects, natives, names.iter().map(Option::as_ref));
                let given = given.into_iter().zip(known);
                let given: Vec<_> = given.map(|(body, known)| Some((body?, known?))).collect();
                inline_calls(&mut unit, &given);
            }
            let pipeline = Pipeline::of(&names).unwrap();
            pipeline.run(&mut unit);
            let errors = verify(&unit);
            assert_eq!(errors, Ok(()), "{unit}");
            unit.to_string()
        }
        "run" => {
            let (mut world, entry, fuel) = world(rest);
            let end = match unit.signature {
                Some(_) => run_function(&unit, &mut world, fuel),
                None => run(&unit, entry, &mut world, fuel).map(Ended::Left),
            };
            let end = match end {
                Ok(Ended::Left(outcome)) => outcome.left.to_string(),
                Ok(Ended::Returned(value)) => format!("returned {value}"),
                Err(breach) => format!("breach: {breach}"),
            };
            let log: String = world.log.iter().map(|line| format!("{line}\n")).collect();
            format!("{log}{end}\n")
        }
        _ => panic!("no such test: {what}"),
    }
}

fn world(words: &str) -> (World, usize, u64) {
    let (before, rest) = words.split_once('[').unwrap();
    let (slots, after) = rest.split_once(']').unwrap();
    let values: Vec<&str> = slots
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .collect();
    let mut world = World::new(values.len());
    for (slot, value) in values.iter().enumerate() {
        let payload = match value.split_once(' ') {
            None => {
                assert_eq!(*value, "null");
                continue;
            }
            Some(("int", n)) => Payload::Int(n.parse().unwrap()),
            Some(("wide", digits)) => Payload::Wide(digits.to_owned()),
            Some(("float", x)) => Payload::Float(x.parse().unwrap()),
            Some(("bool", b)) => Payload::Bool(b.parse().unwrap()),
            Some((ty, name)) => Payload::Other(ty.to_owned(), name.to_owned()),
        };
        world.fill(slot, payload);
    }
    add_helpers(&mut world);
    let (mut entry, mut fuel) = (0, 10_000);
    let all: Vec<&str> = before
        .split_whitespace()
        .chain(after.split_whitespace())
        .collect();
    let bits = |text: &str| text.chars().map(|c| c == '1').collect();
    let mut at = 0;
    while let Some(word) = all.get(at) {
        let value = all.get(at + 1).copied().unwrap_or_default();
        match *word {
            "slots" => {
                at += 1;
                continue;
            }
            "entry" => entry = value.parse().unwrap(),
            "fuel" => fuel = value.parse().unwrap(),
            "polls" => world.polls = bits(value),
            "disturbed" => world.disturbances = bits(value),
            "memory" => {
                world.map_memory(4096, &vec![0; value.parse().unwrap()]);
                world.context = vec![4096];
            }
            "nesting" => world.nesting = value.parse().unwrap(),
            "args" => world.arguments = value.split(',').map(argument).collect(),
            "allocations" => world.allocations = Some(value.parse().unwrap()),
            other => panic!("no such word: {other}"),
        }
        at += 2;
    }
    (world, entry, fuel)
}

fn argument(text: &str) -> Datum {
    match text.parse() {
        Ok(int) => Datum::Int(int),
        Err(_) => Datum::Float(text.parse().unwrap()),
    }
}

fn add_helpers(world: &mut World) {
    world.helper("note", |world, args| {
        let shown = world.show(args[0])?;
        world.log.push(format!("note {shown}"));
        Ok(Reply::Done)
    });
    world.helper("mix", |_, args| match args {
        [Datum::Int(a), Datum::Int(b)] => Ok(Reply::Value(Datum::Int(a.wrapping_mul(31) ^ b))),
        _ => Err(Breach::Invalid),
    });
    world.helper("make", |world, args| match args {
        [Datum::Int(n)] => {
            let handle = world.heap.new_object(Payload::Int(*n));
            Ok(Reply::Value(Datum::Ref(Some(handle))))
        }
        _ => Err(Breach::Invalid),
    });
    // A compiled function that is left when it is given an odd number.
    world.helper("half", |_, args| match args {
        [Datum::Int(n)] if n % 2 == 0 => Ok(Reply::Value(Datum::Int(n / 2))),
        _ => Ok(Reply::Done),
    });
    world.helper("fail", |_, _| Ok(Reply::Raised));
    world.helper("drop", |world, args| {
        drop_object(world, args[0]).map(|()| Reply::Done)
    });
    world.helper("drop_and_fail", |world, args| {
        drop_object(world, args[0]).map(|()| Reply::Raised)
    });
    world.helper("clear", |world, args| match args {
        [Datum::Int(slot)] => {
            if let Some(handle) = world.frame[*slot as usize].take() {
                world.release(handle)?;
            }
            Ok(Reply::Done)
        }
        _ => Err(Breach::Invalid),
    });
}

fn drop_object(world: &mut World, object: Datum) -> Result<(), Breach> {
    match object {
        Datum::Ref(Some(handle)) => world.release(handle),
        Datum::Ref(None) => Ok(()),
        _ => Err(Breach::Invalid),
    }
}

fn names_of(body: &Unit) -> Names {
    Names {
        objects: body.objects.clone(),
        natives: body.natives.clone(),
    }
}
