//! The code of loops and functions as the CPython host has them compiled, on both architectures: as text, so that a change in
//! instruction selection or in the shape of a guard is seen, and how much it is.
//!
//! `units/` has the units as they came to code generation (addresses were replaced). What they are compiled from:
//! `summed`, a `while` loop that adds counters (blocks without checks); `elements`, floats of two lists; `stored`, the
//! same with a store; `iterated`, ints of a list with two arms; `divided`, `//` and `%`; `letters`, characters of a text;
//! `named`, which calls routines of the interpreter; `picture`, which calls `escape_function`; `fib`, which calls itself.

use std::fmt::Write;

use fatjit_ir::{parse, verify};
use fatjit_jit::code::CodeText;
use fatjit_jit::codegen::{Isa, Options, text};
use fatjit_targets::Target;

macro_rules! units {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("units/", $name, ".ir"))),)*]
    };
}

const UNITS: [(&str, &str); 10] = units![
    "divided",
    "elements",
    "escape_function",
    "fib",
    "iterated",
    "letters",
    "named",
    "picture",
    "stored",
    "summed",
];

/// The code of a unit, and how many instructions the unit has.
fn code_of(source: &str, target: &Target) -> (CodeText, usize) {
    let unit = parse(source).unwrap();
    verify(&unit).unwrap();
    let options = Options {
        context_words: 6,
        ..Options::default()
    };
    let text = text(&unit, &Isa::new(target).unwrap(), options).unwrap();
    (text, unit.size())
}

fn named(name: &str) -> &'static str {
    UNITS.iter().find(|(known, _)| *known == name).unwrap().1
}

fn on_both(name: &str) {
    for (architecture, target) in [
        ("x86_64", Target::x86_64_baseline()),
        ("aarch64", Target::aarch64_generic()),
    ] {
        let code = code_of(named(name), &target).0.assembly;
        insta::assert_snapshot!(format!("{name}_on_{architecture}"), code);
    }
}

#[test]
fn blocks_of_a_loop_without_checks() {
    on_both("summed");
}

#[test]
fn elements_of_lists() {
    on_both("elements");
}

#[test]
fn a_function_that_calls_itself() {
    on_both("fib");
}

#[test]
fn a_loop_that_calls_a_function() {
    on_both("picture");
}

#[test]
fn characters_of_a_text() {
    on_both("letters");
}

/// Bytes for the instructions of the IR, as a table. That of aarch64 may be somewhat longer: its instructions are all of the
/// same size, and large constants take several.
#[test]
fn code_for_aarch64_is_not_much_longer() {
    let mut table = String::new();
    let mut bytes = [0, 0];
    for (name, source) in UNITS {
        let (x86_64, size) = code_of(source, &Target::x86_64_baseline());
        let (aarch64, _) = code_of(source, &Target::aarch64_generic());
        let each = [x86_64.bytes, aarch64.bytes];
        writeln!(table, "{name:16} {size:4} instructions, {each:?} bytes").unwrap();
        bytes[0] += each[0];
        bytes[1] += each[1];
    }
    let ratio = bytes[1] as f64 / bytes[0] as f64;
    assert!(ratio <= 1.3, "{ratio:.2} times as long:\n{table}");
    insta::assert_snapshot!("sizes", format!("{table}aarch64 {ratio:.3} times x86-64\n"));
}
