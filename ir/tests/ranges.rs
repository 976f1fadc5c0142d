//! The range pass against exhaustive evaluation: near the limits of 64 bits, where checks may or may not
//! go, and over small operands, where every bound of a result is put to the question.

use fatjit_ir::evaluate::{Evaluated, Scalar, evaluate};
use fatjit_ir::interp::{Payload, World, run};
use fatjit_ir::passes::Pipeline;
use fatjit_ir::{Op, Unit, parse, verify};

fn unit(text: &str) -> Unit {
    let unit = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(verify(&unit), Ok(()));
    unit
}

fn outcome(unit: &Unit, m: i64) -> String {
    let mut world = World::new(unit.slots as usize);
    world.fill(0, Payload::Int(m));
    world.polls = [m % 2 == 0].into();
    match run(unit, 0, &mut world, 10_000) {
        Ok(outcome) => outcome.left.to_string(),
        Err(breach) => panic!("{breach}\n{unit}"),
    }
}

/// `m` is between `low` and `high`; then comes a checked operation with a constant.
#[test]
fn a_check_goes_exactly_when_no_operand_fails_it() {
    const MIN: i64 = i64::MIN;
    const MAX: i64 = i64::MAX;
    let ends = [
        MIN,
        MIN + 1,
        MIN / 2 - 1,
        MIN / 2,
        -1,
        0,
        1,
        MAX / 2,
        MAX / 2 + 1,
        MAX - 1,
        MAX,
    ];
    let (mut gone, mut kept) = (0, 0);
    for (op, name) in [
        (Op::IAddOvf, "iadd.ovf"),
        (Op::ISubOvf, "isub.ovf"),
        (Op::IMulOvf, "imul.ovf"),
        (Op::IShlOvf, "ishl.ovf"),
        (Op::INegOvf, "ineg.ovf"),
    ] {
        for k in [MIN, -2, -1, 0, 1, 2, 63, 64, MAX] {
            for (at, &low) in ends.iter().enumerate() {
                for &high in &ends[at..] {
                    let operands = if op == Op::INegOvf { "v1" } else { "v1, v6" };
                    let before = unit(&format!(
                        "unit \"r\" slots 2\nentry b0\nb0:\n    v0 = slot.load s0
    v1 = unbox.i64 v0 -> x0\n    v2 = iconst {low}\n    v3 = iconst {high}
    v4 = ige v1, v2\n    guard v4 -> x0\n    v5 = ile v1, v3\n    guard v5 -> x0
    v6 = iconst {k}\n    v7 = {name} {operands} -> x1\n    leave -> x2
x0: not-seen at 0 depth 2 []\nx1: overflow at 2 depth 2 []
x2: finished at 4 depth 2 [s1 = int v7]\n"
                    ));
                    let mut after = before.clone();
                    Pipeline::of(&["ranges"]).unwrap().run(&mut after);
                    let leaves = |m: i64| {
                        let args = [Scalar::Int(m), Scalar::Int(k)];
                        let args = if op == Op::INegOvf { &args[..1] } else { &args };
                        evaluate(op, args) == Some(Evaluated::Leaves)
                    };
                    // These operations are monotonous in m, so its ends decide.
                    let may_leave = leaves(low) || leaves(high);
                    let checked = after.to_string().contains(".ovf");
                    assert!(checked || !may_leave, "{name} [{low}, {high}] {k}\n{after}");
                    // A shift by 64 or more is not turned into one that promises less.
                    let exact = op != Op::IShlOvf || (0..64).contains(&k);
                    assert!(
                        !exact || checked == may_leave,
                        "{name} [{low}, {high}] {k}\n{after}"
                    );
                    gone += usize::from(!checked);
                    kept += usize::from(checked);
                    for m in [low, high] {
                        assert_eq!(outcome(&before, m), outcome(&after, m));
                    }
                }
            }
        }
    }
    assert!(gone > 500 && kept > 500, "{gone} {kept}");
}

/// `y = m op k` with m between -8 and 7, then y compared with every constant around its bounds.
#[test]
fn bounds_of_results_hold() {
    let (mut decided, mut compared) = (0, 0);
    for (op, constants) in [
        ("iadd", &[-3i64, 0, 5][..]),
        ("isub", &[-3, 0, 5]),
        ("imul", &[-3, -1, 0, 1, 2]),
        ("iand", &[-4, -1, 0, 3, 6]),
        ("ior", &[-4, 0, 5]),
        ("ixor", &[-4, 0, 5]),
        ("imod", &[-3, -1, 1, 3, 8]),
        ("ifloordiv", &[-3, 1, 2, 5, 100]),
        ("ishr", &[0, 1, 3, 63, 64, 1000]),
        ("ishl", &[0, 1, 2]),
        ("inot", &[0]),
        ("ineg", &[0]),
        ("select", &[-20, 0, 12]),
    ] {
        for k in constants {
            let computed = match op {
                "inot" | "ineg" => format!("{op} v4"),
                "select" => "select.i64 v9, v4, v5".to_owned(),
                _ => format!("{op} v4, v5"),
            };
            let mut text = format!(
                "unit \"r\" slots 300\nentry b0\nb0:\n    v0 = slot.load s0
    v1 = unbox.i64 v0 -> x0\n    v2 = iconst 15\n    v7 = iand v1, v2\n    v3 = iconst 8
    v4 = isub v7, v3\n    v5 = iconst {k}\n    v9 = poll\n    v6 = {computed}\n"
            );
            let mut listed = Vec::new();
            for (at, constant) in (-34..35).enumerate() {
                let number = 1000 + at * 4;
                text += &format!("    v{number} = iconst {constant}\n");
                for (more, compare) in ["ilt", "igt", "ieq"].iter().enumerate() {
                    let result = number + 1 + more;
                    text += &format!("    v{result} = {compare} v6, v{number}\n");
                    listed.push(format!("s{} = bool v{result}", listed.len() + 1));
                }
            }
            text += "    leave -> x1\nx0: too-wide at 0 depth 1 []\n";
            text += &format!("x1: finished at 2 depth 300 [{}]\n", listed.join(", "));
            let before = unit(&text);
            let mut after = before.clone();
            Pipeline::of(&["ranges"]).unwrap().run(&mut after);
            decided += after.to_string().matches("bconst").count();
            compared += listed.len();
            for m in 0..16 {
                assert_eq!(outcome(&before, m), outcome(&after, m), "{op} {k} {m}");
            }
        }
    }
    // Bounds are not followed through `ior`, `ixor` and negative divisors.
    assert!(decided * 3 > compared, "{decided} of {compared}");
}
