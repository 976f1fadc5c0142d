//! Every int operation at the edges of its range, with operands in registers and as constants, against
//! arithmetic in 128 bits.

mod native;

use fatjit_ir::Reason;
use native::{Left, Machine};

const EDGES: &[i64] = &[
    i64::MIN,
    i64::MIN + 1,
    i64::MIN / 2,
    -(1 << 53) - 1,
    -(1 << 53),
    -65,
    -64,
    -63,
    -7,
    -3,
    -2,
    -1,
    0,
    1,
    2,
    3,
    7,
    8,
    10,
    62,
    63,
    64,
    65,
    1 << 31,
    1 << 53,
    (1 << 53) + 1,
    3_037_000_500,
    i64::MAX / 2,
    i64::MAX / 2 + 1,
    i64::MAX - 1,
    i64::MAX,
];

/// What an operation does on two ints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Value(i64),
    Leaves,
    /// The operands break what the instruction promises.
    Unpromised,
}

use Outcome::{Leaves, Unpromised, Value};

fn fitting(result: i128) -> Option<i64> {
    i64::try_from(result).ok()
}

fn promised(result: i128) -> Outcome {
    fitting(result).map_or(Unpromised, Value)
}

fn or_leaves(result: i128) -> Outcome {
    fitting(result).map_or(Leaves, Value)
}

fn floor_div(x: i128, y: i128) -> i128 {
    let quotient = x / y;
    if x % y != 0 && (x < 0) != (y < 0) {
        quotient - 1
    } else {
        quotient
    }
}

fn power(base: i128, exponent: i128) -> Outcome {
    if exponent < 0 {
        return Leaves;
    }
    let mut product: i128 = 1;
    for _ in 0..exponent.min(200) {
        product *= base;
        if fitting(product).is_none() {
            return Leaves;
        }
    }
    // Only 0, 1 and -1 come this far with larger exponents.
    match (base, exponent % 2) {
        (-1, 1) => Value(-1),
        (-1, _) => Value(1),
        _ => Value(product as i64),
    }
}

fn expected(op: &str, x: i64, y: i64) -> Outcome {
    let (a, b) = (i128::from(x), i128::from(y));
    match op {
        "iadd" => promised(a + b),
        "isub" => promised(a - b),
        "imul" => promised(a * b),
        "iadd.ovf" => or_leaves(a + b),
        "isub.ovf" => or_leaves(a - b),
        "imul.ovf" => or_leaves(a * b),
        "ifloordiv" | "imod" if y == 0 => Unpromised,
        "idiv.nat" | "imod.nat" if x < 0 || y <= 0 => Unpromised,
        "idiv.nat" => Value(x / y),
        "imod.nat" => Value(x % y),
        "ifloordiv" => promised(floor_div(a, b)),
        "imod" => promised(a - floor_div(a, b) * b),
        "ipow.ovf" => power(a, b),
        "iand" => Value(x & y),
        "ior" => Value(x | y),
        "ixor" => Value(x ^ y),
        "ishl" if !(0..64).contains(&y) => Unpromised,
        "ishl" => promised(a << b),
        "ishl.ovf" if y < 0 => Leaves,
        "ishl.ovf" if x == 0 => Value(0),
        "ishl.ovf" if y >= 64 => Leaves,
        "ishl.ovf" => or_leaves(a << b),
        "ishr" if y < 0 => Unpromised,
        "ishr" => Value(x >> y.min(63)),
        "ieq" => Value((x == y).into()),
        "ine" => Value((x != y).into()),
        "ilt" => Value((x < y).into()),
        "ile" => Value((x <= y).into()),
        "igt" => Value((x > y).into()),
        "ige" => Value((x >= y).into()),
        _ => panic!("no such operation: {op}"),
    }
}

/// A unit that loads the operands that are not given, applies the operation and leaves with its result.
fn unit(op: &str, x: Option<i64>, y: Option<i64>) -> String {
    let operand = |name: &str, known: Option<i64>, offset: u32| match known {
        Some(known) => format!("    {name} = iconst {known}\n"),
        None => format!("    {name} = load.i64 v0, {offset}\n"),
    };
    let leaves = if op.ends_with(".ovf") { " -> x1" } else { "" };
    let kind = if is_comparison(op) { "bool" } else { "int" };
    format!(
        "unit \"{op}\" slots 1\nentry b0\nb0:\n    v0 = context 0\n{}{}    v3 = {op} v1, v2{leaves}\n    \
         leave -> x0\nx0: finished at 0 depth 1 [s0 = {kind} v3]\nx1: overflow at 0 depth 1 []\n",
        operand("v1", x, 0),
        operand("v2", y, 8),
    )
}

fn is_comparison(op: &str) -> bool {
    matches!(op, "ieq" | "ine" | "ilt" | "ile" | "igt" | "ige")
}

fn check(op: &str, x: i64, y: i64, left: &Left) {
    let outcome = match left.reason {
        Reason::Finished => Value(left.values[0] as i64),
        Reason::Overflow => Leaves,
        other => panic!("left for {other}"),
    };
    assert_eq!(outcome, expected(op, x, y), "{op} {x}, {y}");
}

fn test_binary(op: &str) {
    let machine = Machine::new();
    let runs = |x: i64, y: i64| expected(op, x, y) != Unpromised;
    let code = machine.compile(&unit(op, None, None));
    for &x in EDGES {
        for &y in EDGES.iter().filter(|y| runs(x, **y)) {
            check(op, x, y, &code.run(&mut [x as u64, y as u64]));
        }
    }
    for &known in EDGES {
        let pairs: Vec<i64> = EDGES.iter().copied().filter(|x| runs(*x, known)).collect();
        if !pairs.is_empty() {
            let code = machine.compile(&unit(op, None, Some(known)));
            for x in pairs {
                check(op, x, known, &code.run(&mut [x as u64, 0]));
            }
        }
        let pairs: Vec<i64> = EDGES.iter().copied().filter(|y| runs(known, *y)).collect();
        if !pairs.is_empty() {
            let code = machine.compile(&unit(op, Some(known), None));
            for y in pairs {
                check(op, known, y, &code.run(&mut [0, y as u64]));
            }
        }
    }
}

macro_rules! binary_tests {
    ($($name:ident $op:literal;)*) => {$(
        #[test]
        fn $name() {
            test_binary($op);
        }
    )*};
}

binary_tests! {
    iadd "iadd";
    isub "isub";
    imul "imul";
    iadd_ovf "iadd.ovf";
    isub_ovf "isub.ovf";
    imul_ovf "imul.ovf";
    ifloordiv "ifloordiv";
    imod "imod";
    idiv_nat "idiv.nat";
    imod_nat "imod.nat";
    ipow_ovf "ipow.ovf";
    iand "iand";
    ior "ior";
    ixor "ixor";
    ishl "ishl";
    ishl_ovf "ishl.ovf";
    ishr "ishr";
    ieq "ieq";
    ine "ine";
    ilt "ilt";
    ile "ile";
    igt "igt";
    ige "ige";
}

/// Tests of a remainder against 0, around multiples of the divisor.
#[test]
fn divisibility_by_constants() {
    let machine = Machine::new();
    for divisor in [
        1,
        2,
        3,
        5,
        6,
        7,
        9,
        10,
        12,
        24,
        97,
        1000,
        1 << 40,
        (1 << 62) + 2,
        i64::MAX,
    ] {
        for (op, natural) in [("imod", false), ("imod.nat", true)] {
            let code = machine.compile(&format!(
                "unit \"d\" slots 3\nentry b0\nb0:\n v0 = context 0\n v1 = load.i64 v0, 0\n \
                 v2 = iconst {divisor}\n v3 = {op} v1, v2\n v4 = iconst 0\n v5 = ieq v3, v4\n \
                 v6 = ine v3, v4\n br v5, b1(v5), b1(v5)\nb1(v7: bool):\n guard.not v6 -> x0\n \
                 leave -> x1\nx0: not-seen at 0 depth 3 [s0 = bool v5, s1 = bool v6]\n\
                 x1: finished at 2 depth 3 [s0 = bool v5, s1 = bool v6]\n"
            ));
            let multiples = (-40..=40).map(|n| divisor.saturating_mul(n * n * n * n * n));
            let last = [i64::MAX / divisor * divisor, i64::MIN / divisor * divisor];
            let near = multiples.chain(last).chain(EDGES.iter().copied());
            for x in near.flat_map(|x| (-2..=2).map(move |by| x.saturating_add(by))) {
                if natural && x < 0 {
                    continue;
                }
                let divides = x % divisor == 0;
                let left = code.run(&mut [x as u64]);
                assert_eq!(
                    left.values,
                    [divides.into(), (!divides).into()],
                    "{x} {divisor}"
                );
                assert_eq!(left.reason == Reason::Finished, divides, "{x} {divisor}");
            }
        }
    }
}

fn unary(op: &str, kind: &str) -> String {
    let leaves = if op.ends_with(".ovf") { " -> x1" } else { "" };
    format!(
        "unit \"{op}\" slots 1\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    \
         v2 = {op} v1{leaves}\n    leave -> x0\nx0: finished at 0 depth 1 [s0 = {kind} v2]\n\
         x1: overflow at 0 depth 1 []\n"
    )
}

#[test]
fn negation() {
    let machine = Machine::new();
    let plain = machine.compile(&unary("ineg", "int"));
    let checked = machine.compile(&unary("ineg.ovf", "int"));
    for &x in EDGES {
        let left = checked.run(&mut [x as u64]);
        match x.checked_neg() {
            Some(negated) => {
                assert_eq!(left.values, [negated as u64]);
                assert_eq!(plain.run(&mut [x as u64]).values, [negated as u64]);
            }
            None => assert_eq!(left.reason, Reason::Overflow),
        }
    }
}

#[test]
fn complement_and_conversions() {
    let machine = Machine::new();
    let complement = machine.compile(&unary("inot", "int"));
    let float = machine.compile(&unary("itof", "float"));
    let exact = machine.compile(&unary("iexact", "bool"));
    for &x in EDGES {
        let value = |code: &native::Native| code.run(&mut [x as u64]).values[0];
        assert_eq!(value(&complement), !x as u64);
        assert_eq!(value(&float), (x as f64).to_bits(), "{x}");
        let within = i128::from(x).abs() <= 1 << 53;
        assert_eq!(value(&exact), u64::from(within), "{x}");
    }
}

#[test]
fn select_and_truth_values() {
    let machine = Machine::new();
    let code = machine.compile(
        "unit \"select\" slots 4\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    \
         v2 = load.i64 v0, 8\n    v3 = ilt v1, v2\n    v4 = select.i64 v3, v1, v2\n    \
         v5 = bnot v3\n    v6 = btoi v5\n    v7 = ieq v1, v2\n    v8 = bor v3, v7\n    \
         v9 = bxor v8, v5\n    v10 = bconst true\n    v11 = band v10, v8\n    leave -> x0\n\
         x0: finished at 0 depth 4 [s0 = int v4, s1 = int v6, s2 = bool v9, s3 = bool v11]\n",
    );
    for &x in EDGES {
        for &y in EDGES {
            let not_less = x >= y;
            let most = x <= y;
            assert_eq!(
                code.run(&mut [x as u64, y as u64]).values,
                [
                    x.min(y) as u64,
                    not_less.into(),
                    (most ^ not_less).into(),
                    most.into()
                ]
            );
        }
    }
}
