//! The example's machine: programs end the same way, in the same frame and having done the same, with the
//! interpreter alone, with native code, and with native code whose guards fail on purpose.
#![allow(missing_docs, reason = "an example's items are not an interface")]

#[path = "../examples/stack_machine/host.rs"]
mod host;
#[path = "../examples/stack_machine/layout.rs"]
mod layout;
#[path = "../examples/stack_machine/machine.rs"]
mod machine;
#[path = "../examples/stack_machine/programs.rs"]
mod programs;
#[path = "../examples/stack_machine/translate.rs"]
mod translate;

use std::rc::Rc;

use fatjit_ir::Reason;
use host::{Jit, Settings};
use machine::{Alone, Binary, Ending, Fault, Function, Malformed, Op, Program, alive, run};
use programs::{Expr, Stmt, assemble};
use proptest::prelude::*;

/// With everything hot at once.
fn eager(spurious: Option<(u64, u64)>) -> Settings {
    Settings {
        hot: 2,
        recorded: 2,
        spurious,
    }
}

fn with(program: &Rc<Program>, settings: Settings) -> (Ending, Jit) {
    let mut jit = Jit::new(program, settings).unwrap();
    let ending = run(program, &mut jit);
    assert_eq!(alive(), 0, "{} leaks", program.name);
    (ending, jit)
}

fn program(name: &str, rounds: i64) -> Rc<Program> {
    let all = programs::all(rounds).unwrap();
    all.into_iter().find(|p| p.name == name).unwrap()
}

#[test]
fn native_code_changes_nothing() {
    for program in programs::all(50_000).unwrap() {
        let expected = run(&program, &mut Alone);
        for settings in [Settings::default(), eager(None)] {
            let (seen, jit) = with(&program, settings);
            assert_eq!(seen, expected, "{}", program.name);
            assert!(jit.regions > 0, "{} was never compiled", program.name);
            assert!(
                jit.refused.is_empty(),
                "{}: {:?}",
                program.name,
                jit.refused
            );
        }
    }
}

#[test]
fn neither_do_guards_that_fail_on_purpose() {
    for program in programs::all(3_000).unwrap() {
        let expected = run(&program, &mut Alone);
        // Some loops have few guards left that could fail.
        let mut failed = 0;
        for seed in 0..20 {
            let every = [1, 2, 3, 7, 40][seed as usize % 5];
            let (seen, jit) = with(&program, eager(Some((every, seed))));
            assert_eq!(
                seen, expected,
                "{} every {every}, seed {seed}",
                program.name
            );
            failed += jit.exits.get(&Reason::Spurious).copied().unwrap_or(0);
        }
        assert!(failed > 200, "{}: {failed}", program.name);
    }
}

#[test]
fn overflow_leaves_and_the_loop_grows_round_it() {
    let (ending, jit) = with(&program("overflow", 100_000), eager(None));
    assert_eq!(ending.fault, None);
    assert_eq!(jit.exits.get(&Reason::Overflow), Some(&1));
    assert!(jit.regions > 1, "left as entry mismatch: {:?}", jit.exits);
    assert!(jit.exits[&Reason::EntryMismatch] < 100, "{:?}", jit.exits);
}

#[test]
fn a_change_of_type_is_compiled_in() {
    let (_, jit) = with(&program("changes type", 100_000), eager(None));
    assert_eq!(jit.exits.get(&Reason::NotSeen), Some(&1));
    assert!(jit.exits[&Reason::EntryMismatch] < 100, "{:?}", jit.exits);
}

#[test]
fn a_call_out_that_fails_ends_the_program_where_it_stands() {
    let program = program("fails", 5_000);
    let (ending, jit) = with(&program, eager(None));
    assert_eq!(ending.fault, Some(Fault::NegativeRoot));
    assert_eq!(jit.exits.get(&Reason::Raised), Some(&1));
    let at = program.code[ending.position as usize];
    assert_eq!(at, Op::Call(Function::Root));
}

#[test]
fn an_operation_that_keeps_overflowing_is_left_to_the_machine() {
    // Overflows every round but the first.
    let overflow = binary(Binary::Add, Expr::Int(i64::MAX), Expr::Local(0));
    let count = binary(Binary::Add, Expr::Local(0), Expr::Int(1));
    let bound = binary(Binary::Less, Expr::Local(0), Expr::Int(5_000));
    let body = vec![Stmt::Set(1, overflow), Stmt::Set(0, count)];
    let all = [Stmt::Set(0, Expr::Int(0)), Stmt::While(bound, body)];
    let program = Rc::new(assemble("always", 2, &all).unwrap());
    let (ending, jit) = with(&program, eager(None));
    assert_eq!(ending, run(&program, &mut Alone));
    // Grown once, with the addition left to the machine, it stays.
    assert_eq!(jit.regions, 2, "{:?}", jit.exits);
    assert_eq!(jit.exits.get(&Reason::Overflow), Some(&50));
}

#[test]
fn malformed_programs_are_refused() {
    let refused = |code: &[Op]| Program::new("bad", code.to_vec(), 1).unwrap_err();
    assert_eq!(refused(&[]), Malformed(0));
    assert_eq!(refused(&[Op::Store(0), Op::Halt]), Malformed(0));
    assert_eq!(refused(&[Op::Load(1), Op::Halt]), Malformed(0));
    assert_eq!(refused(&[Op::Int(1), Op::Loop(0)]), Malformed(0));
    assert_eq!(refused(&[Op::Int(1)]), Malformed(1));
    assert_eq!(refused(&[Op::Loop(2), Op::Halt, Op::Halt]), Malformed(0));
}

/// Locals: 0 and 1 count loops, 2 and 3 hold numbers, 4 a text.
const LOCALS: u32 = 5;
const TEXT: u32 = 4;

fn binary(op: Binary, a: Expr, b: Expr) -> Expr {
    Expr::Binary(op, Box::new(a), Box::new(b))
}

fn call(function: Function, operand: Expr) -> Expr {
    Expr::Call(function, Box::new(operand))
}

fn constant() -> impl Strategy<Value = Expr> {
    prop_oneof![
        6 => (-9i64..10).prop_map(Expr::Int),
        1 => prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(1 << 62)].prop_map(Expr::Int),
        3 => (-20i32..20).prop_map(|n| Expr::Float(f64::from(n) / 4.0)),
        1 => prop_oneof![Just(-0.0), Just(f64::INFINITY), Just(f64::NAN)].prop_map(Expr::Float),
    ]
}

/// Something that is nearly always a number.
fn number() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        50 => (0..TEXT).prop_map(Expr::Local),
        30 => constant(),
        10 => Just(call(Function::Length, Expr::Local(TEXT))),
        // Fails in most programs: not a number.
        1 => Just(Expr::Local(TEXT)),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let op = prop_oneof![Just(Binary::Add), Just(Binary::Sub), Just(Binary::Mul)];
        let function = prop_oneof![
            Just(Function::Print),
            Just(Function::Look),
            Just(Function::Yield),
        ];
        let counter = (0u32..2).prop_map(Expr::Local);
        prop_oneof![
            24 => (op, inner.clone(), inner.clone()).prop_map(|(op, a, b)| binary(op, a, b)),
            4 => (counter, 1i64..9).prop_map(|(a, b)| binary(Binary::Mod, a, Expr::Int(b))),
            4 => (function, inner.clone()).prop_map(|(f, a)| call(f, a)),
            2 => inner.clone().prop_map(|a| call(Function::Length, call(Function::Text, a))),
            // These fail for some operands.
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| binary(Binary::Mod, a, b)),
            1 => inner.prop_map(|a| call(Function::Root, a)),
        ]
    })
}

fn condition() -> impl Strategy<Value = Expr> {
    let op = prop_oneof![Just(Binary::Less), Just(Binary::Equal)];
    (op, number(), number()).prop_map(|(op, a, b)| binary(op, a, b))
}

fn set() -> impl Strategy<Value = Stmt> {
    let number_local = 2..TEXT;
    prop_oneof![
        20 => (number_local.clone(), number()).prop_map(|(l, value)| Stmt::Set(l, value)),
        // A truth value or text where numbers are expected: fails as soon as it is used.
        1 => (number_local, condition()).prop_map(|(l, value)| Stmt::Set(l, value)),
        4 => number().prop_map(|value| Stmt::Set(TEXT, call(Function::Text, value))),
        1 => Just(Stmt::Set(TEXT, Expr::Local(TEXT))),
        1 => Just(Stmt::Set(TEXT, call(Function::Look, Expr::Local(TEXT)))),
    ]
}

fn simple() -> impl Strategy<Value = Stmt> {
    let sets = || proptest::collection::vec(set(), 0..3);
    prop_oneof![
        4 => set(),
        1 => (condition(), sets(), sets()).prop_map(|(c, yes, no)| Stmt::If(c, yes, no)),
        // Something that is rare, so that it is not seen while recording.
        1 => (5i64..60, sets()).prop_map(|(round, yes)| {
            let at = binary(Binary::Equal, Expr::Local(0), Expr::Int(round));
            Stmt::If(at, yes, vec![])
        }),
    ]
}

/// A loop over `counter` from 0 to `rounds`.
fn counted(counter: u32, rounds: i64, mut body: Vec<Stmt>) -> [Stmt; 2] {
    let count = |op, by| binary(op, Expr::Local(counter), Expr::Int(by));
    body.push(Stmt::Set(counter, count(Binary::Add, 1)));
    [
        Stmt::Set(counter, Expr::Int(0)),
        Stmt::While(count(Binary::Less, rounds), body),
    ]
}

fn loops() -> impl Strategy<Value = Rc<Program>> {
    let bodies = || proptest::collection::vec(simple(), 1..4);
    let inner = proptest::option::weighted(0.4, (1i64..30, bodies()));
    let start = (constant(), constant());
    (start, bodies(), inner, bodies()).prop_map(|((a, b), mut body, inner, after)| {
        let mut all = vec![
            Stmt::Set(1, Expr::Int(0)),
            Stmt::Set(2, a),
            Stmt::Set(3, b),
            Stmt::Set(TEXT, call(Function::Text, Expr::Int(0))),
        ];
        if let Some((rounds, inner)) = inner {
            body.extend(counted(1, rounds, inner));
            body.extend(after);
        }
        all.extend(counted(0, 200, body));
        Rc::new(assemble("random", LOCALS, &all).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_loops_end_the_same_way(program in loops(), every in 1u64..60, seed in 0u64..1_000) {
        let expected = run(&program, &mut Alone);
        let (seen, jit) = with(&program, eager(None));
        prop_assert_eq!(&seen, &expected, "{:?}", program.code);
        // What never ran for long is no test.
        prop_assume!(jit.regions > 0);
        let on_purpose = with(&program, eager(Some((every, seed)))).0;
        prop_assert_eq!(&on_purpose, &expected, "every {}, seed {}: {:?}", every, seed, program.code);
    }
}
