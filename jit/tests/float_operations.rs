//! Every float operation on special and ordinary values, against Rust's arithmetic and, for Python's own
//! operations, against results computed with CPython.

mod native;

use fatjit_ir::Reason;
use native::Machine;

const VALUES: &[f64] = &[
    f64::NEG_INFINITY,
    f64::MIN,
    -1e300,
    -2.5,
    -1.0,
    -0.5,
    -f64::MIN_POSITIVE,
    -5e-324,
    -0.0,
    0.0,
    5e-324,
    f64::MIN_POSITIVE,
    0.1,
    1.0,
    2.0,
    3.7,
    1e300,
    f64::MAX,
    f64::INFINITY,
    f64::NAN,
];

fn unit(op: &str, kind: &str) -> String {
    let leaves = if op == "fpow" { " -> x1" } else { "" };
    format!(
        "unit \"{op}\" slots 1\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.f64 v0, 0\n    \
         v2 = load.f64 v0, 8\n    v3 = {op} v1, v2{leaves}\n    leave -> x0\n\
         x0: finished at 0 depth 1 [s0 = {kind} v3]\nx1: out-of-range at 0 depth 1 []\n"
    )
}

/// Equal bits; any NaN is as good as another.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

fn for_all_pairs(op: &str, kind: &str, mut check: impl FnMut(f64, f64, u64)) {
    let code = Machine::new().compile(&unit(op, kind));
    for &x in VALUES {
        for &y in VALUES {
            let left = code.run(&mut [x.to_bits(), y.to_bits()]);
            assert_eq!(left.reason, Reason::Finished);
            check(x, y, left.values[0]);
        }
    }
}

type Arithmetic = (&'static str, fn(f64, f64) -> f64);
type Comparison = (&'static str, fn(f64, f64) -> bool);

const COMPARISONS: [Comparison; 6] = [
    ("feq", |x, y| x == y),
    ("fne", |x, y| x != y),
    ("flt", |x, y| x < y),
    ("fle", |x, y| x <= y),
    ("fgt", |x, y| x > y),
    ("fge", |x, y| x >= y),
];

#[test]
fn arithmetic() {
    let operations: [Arithmetic; 4] = [
        ("fadd", |x, y| x + y),
        ("fsub", |x, y| x - y),
        ("fmul", |x, y| x * y),
        ("fdiv", |x, y| x / y),
    ];
    for (op, expected) in operations {
        for_all_pairs(op, "float", |x, y, bits| {
            assert!(same(f64::from_bits(bits), expected(x, y)), "{op} {x}, {y}");
        });
    }
}

#[test]
fn comparisons() {
    for (op, expected) in COMPARISONS {
        for_all_pairs(op, "bool", |x, y, bits| {
            assert_eq!(bits, u64::from(expected(x, y)), "{op} {x}, {y}");
        });
    }
}

/// Branches and guards on comparisons, straight and negated: NaN makes both ways of negating one differ.
#[test]
fn branches_on_comparisons() {
    let machine = Machine::new();
    for (op, expected) in COMPARISONS {
        let guards = ["guard", "guard.not"].map(|guard| {
            machine.compile(&format!(
                "unit \"{op}\" slots 0\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.f64 v0, 0\n    \
                 v2 = load.f64 v0, 8\n    v3 = {op} v1, v2\n    v4 = bnot v3\n    {guard} v3 -> x0\n    \
                 {guard} v4 -> x1\n    leave -> x2\nx0: type-changed at 0 depth 0 []\n\
                 x1: not-seen at 0 depth 0 []\nx2: finished at 0 depth 0 []\n"
            ))
        });
        // The loop makes code generation turn the branch round: its first target leaves it.
        let turned = machine.compile(&format!(
            "unit \"{op}\" slots 0\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.f64 v0, 0\n    \
             v2 = load.f64 v0, 8\n    v3 = bconst true\n    jump b1(v3)\nb1(v4: bool):\n    \
             v5 = {op} v1, v2\n    br v5, b2, b3\nb2:\n    v6 = bconst false\n    br v4, b1(v6), b4\n\
             b3:\n    leave -> x0\nb4:\n    leave -> x1\nx0: not-seen at 0 depth 0 []\n\
             x1: finished at 0 depth 0 []\n"
        ));
        for &x in VALUES {
            for &y in VALUES {
                let reason =
                    |code: &native::Native| code.run(&mut [x.to_bits(), y.to_bits()]).reason;
                let truth = expected(x, y);
                let (when_true, when_false) = (Reason::NotSeen, Reason::TypeChanged);
                let first = if truth { when_true } else { when_false };
                assert_eq!(reason(&guards[0]), first, "guard {op} {x}, {y}");
                let second = if truth { when_false } else { when_true };
                assert_eq!(reason(&guards[1]), second, "guard.not {op} {x}, {y}");
                let third = if truth {
                    Reason::Finished
                } else {
                    Reason::NotSeen
                };
                assert_eq!(reason(&turned), third, "br {op} {x}, {y}");
            }
        }
    }
}

#[test]
fn negation_and_select() {
    let code = Machine::new().compile(
        "unit \"neg\" slots 2\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.f64 v0, 0\n    \
         v2 = fneg v1\n    v3 = fconst 0.0\n    v4 = flt v1, v3\n    v5 = select.f64 v4, v2, v1\n    \
         leave -> x0\nx0: finished at 0 depth 2 [s0 = float v2, s1 = float v5]\n",
    );
    for &x in VALUES {
        let values = code.run(&mut [x.to_bits()]).values;
        assert!(same(f64::from_bits(values[0]), -x));
        let chosen = if x < 0.0 { -x } else { x };
        assert!(same(f64::from_bits(values[1]), chosen));
    }
}

/// Dividend, divisor, floor division, modulo: as CPython computes them.
const PYTHON_DIVISIONS: &[(f64, f64, f64, f64)] = &[
    (7.5, 2.0, 3.0, 1.5),
    (-7.5, 2.0, -4.0, 0.5),
    (7.5, -2.0, -4.0, -0.5),
    (-7.5, -2.0, 3.0, -1.5),
    (0.0, 3.0, 0.0, 0.0),
    (-0.0, 3.0, -0.0, 0.0),
    (0.0, -3.0, -0.0, -0.0),
    (6.0, -3.0, -2.0, -0.0),
    (-6.0, 3.0, -2.0, 0.0),
    (1.0, 0.1, 9.0, 0.09999999999999995),
    (-1e-300, 1.0, -1.0, 1.0),
    (1.0, f64::INFINITY, 0.0, 1.0),
    (-1.0, f64::INFINITY, -1.0, f64::INFINITY),
    (1.0, f64::NEG_INFINITY, -1.0, f64::NEG_INFINITY),
    (f64::INFINITY, 1.0, f64::NAN, f64::NAN),
    (f64::NAN, 1.0, f64::NAN, f64::NAN),
    (1.0, f64::NAN, f64::NAN, f64::NAN),
];

#[test]
fn floor_division_and_modulo() {
    let machine = Machine::new();
    let div = machine.compile(&unit("ffloordiv", "float"));
    let modulo = machine.compile(&unit("fmod", "float"));
    for &(x, y, quotient, remainder) in PYTHON_DIVISIONS {
        let run = |code: &native::Native| {
            f64::from_bits(code.run(&mut [x.to_bits(), y.to_bits()]).values[0])
        };
        assert!(same(run(&div), quotient), "{x} // {y} = {}", run(&div));
        assert!(
            same(run(&modulo), remainder),
            "{x} % {y} = {}",
            run(&modulo)
        );
    }
}

/// Base, exponent, result: none where CPython raises or the result is complex.
const PYTHON_POWERS: &[(f64, f64, Option<f64>)] = &[
    (2.0, 10.0, Some(1024.0)),
    (2.0, -1.0, Some(0.5)),
    (2.0, 0.5, Some(std::f64::consts::SQRT_2)),
    (-2.0, 3.0, Some(-8.0)),
    (-8.0, 1.0 / 3.0, None),
    (0.0, -1.0, None),
    (-0.0, -3.0, None),
    (0.0, 0.0, Some(1.0)),
    (f64::NAN, 0.0, Some(1.0)),
    (1.0, f64::NAN, Some(1.0)),
    (f64::NAN, 1.0, Some(f64::NAN)),
    (f64::INFINITY, -1.0, Some(0.0)),
    (f64::NEG_INFINITY, 3.0, Some(f64::NEG_INFINITY)),
    (-1.0, f64::INFINITY, Some(1.0)),
    (1e300, 2.0, None),
    (1e-300, 2.0, Some(0.0)),
];

#[test]
fn power() {
    let code = Machine::new().compile(&unit("fpow", "float"));
    for &(base, exponent, expected) in PYTHON_POWERS {
        let left = code.run(&mut [base.to_bits(), exponent.to_bits()]);
        match expected {
            Some(result) => {
                assert_eq!(left.reason, Reason::Finished, "{base} ** {exponent}");
                let found = f64::from_bits(left.values[0]);
                assert!(same(found, result), "{base} ** {exponent} = {found}");
            }
            None => assert_eq!(left.reason, Reason::OutOfRange, "{base} ** {exponent}"),
        }
    }
}

/// Native powers are those of the reference interpreter, with the exponent known or not.
#[test]
fn powers_of_all_pairs() {
    let machine = Machine::new();
    let by_any = machine.compile(&unit("fpow", "float"));
    for exponent in VALUES.iter().copied().chain([0.5, -1.5, 2.5, 1023.5]) {
        let by_known = machine.compile(&format!(
            "unit \"known\" slots 1\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.f64 v0, 0\n    \
             v2 = fconst {}\n    v3 = fpow v1, v2 -> x1\n    leave -> x0\n\
             x0: finished at 0 depth 1 [s0 = float v3]\nx1: out-of-range at 0 depth 1 []\n",
            match exponent.is_nan() {
                true => format!("nan:{:#x}", exponent.to_bits()),
                false => format!("{exponent:?}"),
            }
        ));
        for base in VALUES.iter().copied().chain([0.999, 1.5, 2.25, 1e10]) {
            let expected = fatjit_ir::arith::float_pow(base, exponent);
            for code in [&by_any, &by_known] {
                let left = code.run(&mut [base.to_bits(), exponent.to_bits()]);
                let found =
                    (left.reason == Reason::Finished).then(|| f64::from_bits(left.values[0]));
                match (found, expected) {
                    (Some(found), Some(expected)) => {
                        assert!(same(found, expected), "{base} ** {exponent} = {found}");
                    }
                    (found, expected) => assert_eq!(found, expected, "{base} ** {exponent}"),
                }
            }
        }
    }
}
