//! Stripped loops against the original, over starts and lengths around the ends of blocks and windows.

use fatjit_ir::interp::{Payload, World, run};
use fatjit_ir::passes::Pipeline;
use fatjit_ir::{Unit, parse, verify};

const FUEL: u64 = 200_000;

fn unit(text: &str) -> Unit {
    let unit = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(verify(&unit), Ok(()));
    unit
}

fn left(unit: &Unit, slots: &[i64], polls: &[bool]) -> String {
    let mut world = World::new(unit.slots as usize);
    for (slot, n) in slots.iter().enumerate() {
        world.fill(slot, Payload::Int(*n));
    }
    world.polls = polls.iter().copied().collect();
    match run(unit, 0, &mut world, FUEL) {
        Ok(outcome) => outcome.left.to_string(),
        Err(breach) => panic!("{breach} {slots:?}\n{unit}"),
    }
}

/// The unit before and after the pipeline, with the number of checks left in the copy.
fn stripped(text: &str) -> (Unit, Unit) {
    let before = unit(text);
    let mut after = before.clone();
    Pipeline::standard().run(&mut after);
    let copies = |unit: &Unit| {
        let params = unit.layout.iter().flat_map(|b| &unit.block(*b).params);
        params.filter(|p| unit.bounds(**p).is_some()).count()
    };
    assert!(copies(&after) > 0, "{after}");
    (before, after)
}

fn same(before: &Unit, after: &Unit, slots: &[i64]) {
    for polls in [&[][..], &[true]] {
        let (wanted, found) = (left(before, slots, polls), left(after, slots, polls));
        assert_eq!(wanted, found, "{slots:?}\n{after}");
    }
}

/// `while i < n: s += i * k; i += d`, tested at the end, with any order.
fn summing(relation: &str, step: i64) -> String {
    format!(
        "unit \"s\" slots 4\nentry b0\nb0:\n v0 = slot.load s0\n v1 = unbox.i64 v0 -> x0
 v2 = slot.load s1\n v3 = unbox.i64 v2 -> x0\n v4 = slot.load s2\n v5 = unbox.i64 v4 -> x0
 v6 = slot.load s3\n v7 = unbox.i64 v6 -> x0\n jump b1(v1, v3)
b1(v8: i64, v9: i64):\n v10 = poll\n guard.not v10 -> x1\n v11 = imul.ovf v9, v7 -> x2
 v12 = iadd.ovf v8, v11 -> x3\n v13 = iconst {step}\n v14 = iadd.ovf v9, v13 -> x4
 v15 = {relation} v14, v5\n br v15, b1(v12, v14), b2\nb2:\n leave -> x5
x0: too-wide at 0 depth 4 []\nx1: poll at 2 depth 4 [s0 = int v8, s1 = int v9]
x2: overflow at 4 depth 4 [s0 = int v8, s1 = int v9]
x3: overflow at 6 depth 4 [s0 = int v8, s1 = int v11]
x4: overflow at 8 depth 4 [s0 = int v12, s1 = int v9]
x5: finished at 10 depth 4 [s0 = int v12, s1 = int v14]\n"
    )
}

#[test]
fn sums_over_ends_of_blocks_and_windows() {
    const SUM: i64 = 1 << 62;
    const COUNTER: i64 = 1 << 50;
    for (relation, step) in [("ilt", 1), ("ile", 7), ("igt", -1), ("ige", -3)] {
        let (before, after) = stripped(&summing(relation, step));
        let steps = step.abs();
        for rounds in [0, 1, 2, 1023, 1024, 1025, 2047, 2048, 2049, 5000] {
            for start in [
                0,
                -5,
                COUNTER - 600 * steps,
                -COUNTER - 3,
                COUNTER + 1,
                i64::MAX - 9,
            ] {
                let (sum, factor) = (SUM - 100, if start == 0 { 3 } else { 0 });
                let end = start.saturating_add(rounds * step);
                same(&before, &after, &[sum, start, end, factor]);
                same(&before, &after, &[-sum - 300, start, end, -factor]);
                same(&before, &after, &[0, start, end, 1 << 40]);
            }
        }
    }
}

/// `while n != 1: n = n // d if n % d == 0 else n - 1; c += k`: no counter.
#[test]
fn rounds_counted_down() {
    let (before, after) = stripped(
        "unit \"c\" slots 3\nentry b0\nb0:\n v0 = slot.load s0\n v1 = unbox.i64 v0 -> x0
 v2 = slot.load s1\n v3 = unbox.i64 v2 -> x0\n v4 = slot.load s2\n v5 = unbox.i64 v4 -> x0
 v6 = iconst 1\n v7 = iconst 0\n v20 = igt v3, v7\n guard v20 -> x0\n jump b1(v1, v7)
b1(v8: i64, v9: i64):\n v10 = poll\n guard.not v10 -> x1\n v11 = imod v8, v3
 v12 = ieq v11, v7\n br v12, b2, b3\nb2:\n v13 = ifloordiv v8, v3\n jump b4(v13)
b3:\n v14 = isub.ovf v8, v6 -> x2\n jump b4(v14)
b4(v15: i64):\n v19 = iadd.ovf v9, v5 -> x3\n v16 = iadd.ovf v19, v6 -> x3\n v17 = igt v15, v6\n br v17, b1(v15, v16), b5
b5:\n leave -> x4\nx0: too-wide at 0 depth 3 []
x1: poll at 2 depth 3 [s0 = int v8, s1 = int v9]\nx2: overflow at 4 depth 3 [s1 = int v9]
x3: overflow at 6 depth 3 [s0 = int v15, s1 = int v9]
x4: finished at 8 depth 3 [s0 = int v15, s1 = int v16]\n",
    );
    for n in [1, 2, 5, 1000, 1_000_003, -7, i64::MIN, i64::MAX] {
        for divisor in [1, 2, 3, 5000, i64::MAX] {
            for add in [0, 1, -1, 1 << 52, i64::MAX / 2] {
                if divisor > 1 || n < 2 {
                    same(&before, &after, &[n.min(9_000), divisor, add]);
                }
            }
        }
    }
}
