//! What passes conclude about comparisons, exhaustively over small ints: behind `m op k`, and behind its
//! negation, every other comparison of m and k, with each other and with constants, must come out as it
//! does without the passes.

use std::fmt::Write;

use fatjit_ir::interp::{Payload, World, run};
use fatjit_ir::passes::Pipeline;
use fatjit_ir::{Op, Unit, parse, verify};

const COMPARISONS: [&str; 6] = ["ilt", "ile", "igt", "ige", "ieq", "ine"];

/// `m` is the first slot's int modulo 8, `k` a constant or the second slot's int modulo 4.
fn unit(first: &str, k: Option<i64>) -> Unit {
    let mut text = String::new();
    let mut results = Vec::new();
    let mut next = 10;
    let mut arms = String::new();
    for arm in [1, 2] {
        writeln!(arms, "b{arm}:").unwrap();
        let mut listed = Vec::new();
        let mut compare = |op: &str, a: &str, b: &str| {
            writeln!(arms, "    v{next} = {op} {a}, {b}").unwrap();
            writeln!(arms, "    v{} = bnot v{next}", next + 1).unwrap();
            listed.extend([next, next + 1]);
            next += 2;
        };
        for op in COMPARISONS {
            compare(op, "v4", "v5");
            compare(op, "v5", "v4");
            for constant in 1000..1010 {
                compare(op, "v4", &format!("v{constant}"));
                compare(op, &format!("v{constant}"), "v5");
            }
        }
        writeln!(arms, "    leave -> x{arm}").unwrap();
        results.push(listed);
    }
    let slots = results[0].len() + 2;
    writeln!(text, "unit \"c\" slots {slots}\nentry b0\nb0:").unwrap();
    for constant in 0..10 {
        writeln!(text, "    v{} = iconst {}", 1000 + constant, constant - 1).unwrap();
    }
    text += "    v0 = slot.load s0\n    v1 = unbox.i64 v0 -> x0\n";
    text += "    v2 = slot.load s1\n    v3 = unbox.i64 v2 -> x0\n";
    text += "    v6 = iconst 8\n    v4 = imod v1, v6\n";
    match k {
        Some(k) => writeln!(text, "    v5 = iconst {k}").unwrap(),
        None => text += "    v7 = iconst 4\n    v5 = imod v3, v7\n",
    }
    writeln!(text, "    v8 = {first} v4, v5\n    br v8, b1, b2\n{arms}").unwrap();
    text += "x0: too-wide at 0 depth 2 []\n";
    for (arm, listed) in results.iter().enumerate() {
        let slots: Vec<String> = listed
            .iter()
            .enumerate()
            .map(|(at, value)| format!("s{} = bool v{value}", at + 2))
            .collect();
        let depth = listed.len() + 2;
        writeln!(
            text,
            "x{}: finished at {arm} depth {depth} [{}]",
            arm + 1,
            slots.join(", ")
        )
        .unwrap();
    }
    let unit = parse(&text).unwrap();
    assert_eq!(verify(&unit), Ok(()));
    unit
}

fn decided(unit: &Unit) -> usize {
    let insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    insts.filter(|i| unit.inst(**i).op == Op::BConst).count()
}

#[test]
fn conclusions_about_comparisons_hold() {
    for first in COMPARISONS {
        for k in [Some(-1), Some(0), Some(3), Some(7), Some(8), None] {
            let before = unit(first, k);
            for passes in [
                &["ranges"][..],
                &["fold"],
                &["cse", "ranges", "guards", "fold", "ranges"],
            ] {
                let mut after = before.clone();
                Pipeline::of(passes).unwrap().run(&mut after);
                if passes.contains(&"ranges") {
                    assert!(decided(&after) > 20, "{after}");
                }
                for m in 0..8 {
                    for other in 0..4 {
                        let outcome = |unit: &Unit| {
                            let mut world = World::new(unit.slots as usize);
                            world.fill(0, Payload::Int(m));
                            world.fill(1, Payload::Int(other));
                            run(unit, 0, &mut world, 10_000).unwrap().left
                        };
                        assert_eq!(
                            outcome(&before),
                            outcome(&after),
                            "{first} {k:?} {m} {other}"
                        );
                    }
                }
            }
        }
    }
}

/// A guard on a comparison that follows from the one before must go, a branch on it be decided.
#[test]
fn conclusions_reach_guards_and_branches() {
    for (first, second, passes) in [
        ("ilt", "ige", true),
        ("ile", "ilt", false),
        ("ieq", "ilt", true),
        ("igt", "ile", true),
    ] {
        let text = format!(
            "unit \"g\" slots 2\nentry b0\nb0:\n    v0 = slot.load s0\n    v1 = unbox.i64 v0 -> x0
    v2 = slot.load s1\n    v3 = unbox.i64 v2 -> x0\n    v4 = {first} v1, v3\n    guard v4 -> x0
    v5 = {second} v1, v3\n    br v5, b1, b2\nb1:\n    leave -> x0\nb2:\n    leave -> x0
x0: not-seen at 0 depth 2 []\n"
        );
        let mut unit = parse(&text).unwrap();
        Pipeline::of(&["guards"]).unwrap().run(&mut unit);
        assert_eq!(unit.layout.len() == 2, passes, "{unit}");
    }
}
