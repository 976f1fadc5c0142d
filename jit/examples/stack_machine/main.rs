//! A small stack machine with a JIT: what embedding fatjit takes, from end to end.
//!
//! Read `machine` for what is to be made fast, then `host`, which names the eight things that an embedder
//! supplies and where each is. `cargo run --release --example stack_machine` runs some programs with and
//! without native code and compares.
#![allow(missing_docs, reason = "an example's items are not an interface")]

mod host;
mod layout;
mod machine;
mod programs;
mod translate;

use std::error::Error;
use std::time::{Duration, Instant};

use host::{Jit, Settings};
use machine::{Alone, Ending, Program, Tier};

const ROUNDS: i64 = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    for program in programs::all(ROUNDS)? {
        let (off, alone) = timed(&program, &mut Alone);
        let mut jit = Jit::new(&program, Settings::default())?;
        let (on, native) = timed(&program, &mut jit);
        println!("{}", program.name);
        println!("  off   {}", shown(&off));
        println!("  on    {}", shown(&on));
        println!(
            "  {:.1} times as fast",
            alone.as_secs_f64() / native.as_secs_f64()
        );
        print!("  {} regions; left", jit.regions);
        for (reason, count) in &jit.exits {
            print!(" {reason} {count},");
        }
        println!();
        for (position, reason) in &jit.refused {
            println!(
                "  the loop at {position} is interpreted: {}",
                reason.words()
            );
        }
        if on != off {
            return Err(format!("{} ends in two ways", program.name).into());
        }
    }
    println!("{} objects leaked", machine::alive());
    Ok(())
}

fn timed(program: &std::rc::Rc<Program>, tier: &mut impl Tier) -> (Ending, Duration) {
    let begun = Instant::now();
    let ending = machine::run(program, tier);
    (ending, begun.elapsed())
}

fn shown(ending: &Ending) -> String {
    let end = match ending.fault {
        Some(fault) => format!("{fault} at {}", ending.position),
        None => "done".to_owned(),
    };
    let (slots, lines) = (ending.slots.join(" "), ending.log.len());
    format!("{end}; {slots}; {lines} lines logged")
}
