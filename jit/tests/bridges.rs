//! Calls through bridges: whatever they return arrives, and whatever lives across them survives.

mod native;

use std::fmt::Write;

use fatjit_ir::{Reason, parse, verify};
use fatjit_jit::code::CodeText;
use fatjit_jit::codegen::{CodegenError, Isa, Options, text};
use fatjit_targets::{CodeMemory, CodeMemoryError, Target};
use native::{Left, Machine};

extern "C" fn mix(a: i64, x: f64, b: i64) -> i64 {
    // Many floats at once, so that float registers are overwritten.
    let terms: [f64; 24] = std::array::from_fn(|n| std::hint::black_box(x) * n as f64);
    a * 3 - b + terms.iter().sum::<f64>() as i64
}

extern "C" fn half(x: f64) -> f64 {
    std::hint::black_box(x).sin() * 0.0 + x / 2.0
}

extern "C" fn is_odd(n: i64) -> bool {
    n & 1 == 1
}

extern "C" fn next_word(address: *const u64) -> *const u64 {
    address.wrapping_add(1)
}

extern "C" fn fails_on_negative(n: i64) -> i32 {
    i32::from(n < 0)
}

extern "C" fn nothing(_: i64) {}

extern "C" fn many(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, x: f64) -> i64 {
    a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + x as i64
}

fn bridging() -> Machine {
    let mut machine = Machine::new();
    machine.options.bridge_all = true;
    machine.helpers = vec![
        ("mix", mix as *const () as usize),
        ("half", half as *const () as usize),
        ("is_odd", is_odd as *const () as usize),
        ("next_word", next_word as *const () as usize),
        ("status", fails_on_negative as *const () as usize),
        ("nothing", nothing as *const () as usize),
        ("many", many as *const () as usize),
    ];
    machine
}

/// How many ints and how many floats live across the calls.
const LIVE: usize = 24;

/// A unit that loads ints and floats, runs `body`, and leaves with them all and the values named last.
fn with_live_values(body: &str, results: &[(&str, &str)]) -> String {
    let mut text = format!("unit \"live\" slots {}\n", 2 * LIVE + results.len());
    for helper in [
        "@mix(i64, f64, i64) -> i64",
        "@half(f64) -> f64",
        "@is_odd(i64) -> bool",
        "@next_word(ptr) -> ptr",
        "@status(i64) raises",
        "@nothing(i64) writes",
        "@many(i64, i64, i64, i64, i64, i64, i64, f64) -> i64",
    ] {
        let _ = writeln!(text, "helper {helper}");
    }
    text.push_str("entry b0\nb0:\n    v0 = context 0\n");
    let mut slots = Vec::new();
    for n in 0..LIVE {
        let (int, float, at) = (100 + n, 200 + n, 8 * n);
        let _ = writeln!(text, "    v{int} = load.i64 v0, {at}");
        let _ = writeln!(text, "    v{float} = load.f64 v0, {at}");
        slots.push(format!("s{} = int v{int}", 2 * n));
        slots.push(format!("s{} = float v{float}", 2 * n + 1));
    }
    let raised = format!(
        "x1: raised raise at 0 depth {} [{}]",
        2 * LIVE,
        slots.join(", ")
    );
    for (n, (kind, value)) in results.iter().enumerate() {
        slots.push(format!("s{} = {kind} {value}", 2 * LIVE + n));
    }
    let depth = slots.len();
    let _ = writeln!(
        text,
        "{body}    leave -> x0\nx0: finished at 0 depth {depth} [{}]\n{raised}",
        slots.join(", ")
    );
    text
}

fn words() -> Vec<u64> {
    (0..LIVE as u64)
        .map(|n| (n as f64 + 0.25).to_bits())
        .collect()
}

/// What such a unit leaves with: the words as ints and as floats, and the results.
fn survivors(results: &[u64]) -> Vec<u64> {
    let mut values: Vec<u64> = words().into_iter().flat_map(|w| [w, w]).collect();
    values.extend_from_slice(results);
    values
}

fn finishes(body: &str, results: &[(&str, &str)], expected: &[u64]) {
    let code = bridging().compile(&with_live_values(body, results));
    let left = Left {
        reason: Reason::Finished,
        values: survivors(expected),
    };
    assert_eq!(code.run(&mut words()), left);
}

#[test]
fn an_int_comes_back() {
    finishes(
        "    v1 = iconst 50\n    v2 = iconst 7\n    v3 = fconst 2.0\n    v4 = call @mix(v1, v3, v2)\n",
        &[("int", "v4")],
        &[150 - 7 + 2 * (23 * 24 / 2)],
    );
}

#[test]
fn a_float_comes_back() {
    finishes(
        "    v1 = call @half(v210)\n",
        &[("float", "v1")],
        &[5.125f64.to_bits()],
    );
}

#[test]
fn a_truth_value_comes_back() {
    finishes(
        "    v1 = iconst 3\n    v2 = iconst 4\n    v3 = call @is_odd(v1)\n    v4 = call @is_odd(v2)\n",
        &[("bool", "v3"), ("bool", "v4")],
        &[1, 0],
    );
}

#[test]
fn an_address_comes_back() {
    finishes(
        "    v1 = call @next_word(v0)\n    v2 = call @next_word(v1)\n    v3 = load.i64 v2, 0\n",
        &[("int", "v3")],
        &[2.25f64.to_bits()],
    );
}

#[test]
fn a_status_comes_back() {
    let body = |status: i64| format!("    v1 = iconst {status}\n    call @status(v1) -> x1\n");
    finishes(&body(1), &[], &[]);
    let code = bridging().compile(&with_live_values(&body(-1), &[]));
    let left = Left {
        reason: Reason::Raised,
        values: survivors(&[]),
    };
    assert_eq!(code.run(&mut words()), left);
}

#[test]
fn nothing_need_come_back() {
    finishes("    v1 = iconst 3\n    call @nothing(v1)\n", &[], &[]);
}

#[test]
fn arguments_may_lie_on_the_stack() {
    finishes(
        "    v1 = iconst 1\n    v2 = iconst 2\n    v3 = iconst 3\n    v4 = iconst 4\n    v5 = iconst 5\n    \
         v6 = iconst 6\n    v7 = iconst 7\n    v8 = fconst 8.0\n    \
         v9 = call @many(v1, v2, v3, v4, v5, v6, v7, v8)\n",
        &[("int", "v9")],
        &[1 + 4 + 9 + 16 + 25 + 36 + 49 + 8],
    );
}

#[test]
fn routines_of_our_own_are_called_so_too() {
    let machine = bridging();
    let code = machine.compile(
        "unit \"routines\" slots 3\nentry b0\nb0:\n    v0 = iconst 3\n    v1 = iconst 4\n    \
         v2 = ipow.ovf v0, v1 -> x0\n    v3 = fconst 7.5\n    v4 = fconst -2.0\n    v5 = fmod v3, v4\n    \
         v6 = fpow v3, v4 -> x0\n    leave -> x1\n\
         x0: overflow at 0 depth 0 []\nx1: finished at 0 depth 3 [s0 = int v2, s1 = float v5, s2 = float v6]\n",
    );
    let expected = [81, (-0.5f64).to_bits(), 7.5f64.powf(-2.0).to_bits()];
    assert_eq!(code.run(&mut []).values, expected);
}

/// A nest whose inner loop calls nothing: the outer loop calls, and so does a cold block of the inner one.
const NEST: &str = r#"unit "nest" slots 3
helper @half(f64) -> f64
helper @nothing(i64) writes
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = load.f64 v0, 8
    v3 = iconst 0
    v4 = iconst 1
    v5 = iconst 7
    jump b1(v3, v2)
b1(v6: i64, v7: f64):
    v8 = ilt v6, v1
    br v8, b2, b7
b2:
    v9 = call @half(v7)
    jump b3(v3, v9)
b3(v10: i64, v11: f64):
    v12 = ilt v10, v1
    br v12, b4, b6
b4:
    v13 = fmul v11, v2
    v14 = fadd v13, v9
    v15 = iadd v10, v4
    v16 = ieq v15, v5
    br v16, b5, b3(v15, v14)
cold b5:
    call @nothing(v15)
    jump b3(v15, v14)
b6:
    v17 = iadd v6, v4
    jump b1(v17, v11)
b7:
    leave -> x0
x0: finished at 0 depth 2 [s0 = int v6, s1 = float v7]
"#;

#[test]
fn a_nest_computes_the_same_with_bridges() {
    let machine = {
        let mut machine = bridging();
        machine.options.bridge_all = false;
        machine.options.keep_text = true;
        machine
    };
    let code = machine.compile(NEST);
    let clif = &code.code.text().unwrap().clif;
    assert!(clif.contains("; callee 0 = half"), "{clif}");
    let mut expected = 3.0;
    for _ in 0..20 {
        let half: f64 = expected / 2.0;
        expected = (0..20).fold(half, |x, _| x * 3.0 + half);
    }
    let left = code.run(&mut [20, 3.0f64.to_bits()]);
    assert_eq!(left.values, [20, expected.to_bits()]);
}

fn nest_on(target: &Target) -> CodeText {
    let unit = parse(NEST).unwrap();
    verify(&unit).unwrap();
    let options = Options {
        context_words: 1,
        ..Options::default()
    };
    text(&unit, &Isa::new(target).unwrap(), options).unwrap()
}

#[test]
fn the_inner_loop_of_a_nest_on_x86_64_stays_in_registers() {
    insta::assert_snapshot!(nest_on(&Target::x86_64_baseline()).assembly);
}

#[test]
fn the_inner_loop_of_a_nest_on_aarch64_stays_in_registers() {
    insta::assert_snapshot!(nest_on(&Target::aarch64_generic()).assembly);
}

/// Bridges take memory of their own, which goes with the last code that calls them.
#[test]
fn bridges_go_with_the_code() {
    let mut machine = bridging();
    machine.memory = CodeMemory::new(3 << 12);
    let unit = with_live_values("    v1 = call @half(v210)\n", &[("float", "v1")]);
    let first = machine.compile(&unit);
    let with_bridge = machine.memory.in_use();
    assert!(with_bridge > first.code.mapped());
    let second = machine.try_compile(&parse(&unit).unwrap()).unwrap();
    assert_eq!(machine.memory.in_use(), with_bridge + second.mapped());
    drop(first);
    assert!(machine.memory.in_use() > second.mapped());
    drop(second);
    assert_eq!(machine.memory.in_use(), 0);
}

#[test]
fn no_memory_for_a_bridge_is_an_error() {
    let mut machine = bridging();
    machine.memory = CodeMemory::new(1 << 12);
    let unit = with_live_values("    v1 = call @half(v210)\n", &[("float", "v1")]);
    assert!(matches!(
        machine.try_compile(&parse(&unit).unwrap()),
        Err(CodegenError::Memory(CodeMemoryError::LimitReached { .. }))
    ));
    assert_eq!(machine.memory.in_use(), 0);
}
