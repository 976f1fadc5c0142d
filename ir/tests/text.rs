//! The text form: what is printed parses to the same, and errors say where and what.

use fatjit_ir::rewrite::Identity;
use fatjit_ir::{Op, ParseError, parse, rewrite, verify};

const SAMPLE: &str = r##"unit "f:3" slots 5
type t0 "int"
object #0 "func:range"
shape $0 "range_iter"
helper @op_binary(ptr, i64, i64) raises runs-code writes
helper @truth(ref) -> own raises runs-code
entry b0
b0:
    v0 = slot.load s2
    v1 = is_type v0, t0
    guard v1 -> x0
    v2 = unbox.i64 v0 -> x1
    jump b1(v2)
b1(v3: i64):
    v4 = iadd.ovf v3, v2 -> x2
    v5 = ilt v4, v2
    br v5, b1(v4), b2
cold b2:
    v6 = frame_base
    v7 = iconst -7
    call @op_binary(v6, v7, v2) -> x3
    v8 = slot.load s0
    v9 = call @truth(v8) -> x3
    leave -> x4
x0: type-changed at 24 depth 2 []
x1: too-wide at 24 depth 2 []
x2: overflow at 26 depth 4 [s0 = int v3, s1 = object #0, s2 = null, s3 = virtual $0(v1, v2)]
x3: raised raise at 30 depth 1 []
x4: host:7 at 28 depth 2 [s0 = int v4, s1 = own v9] / at 3 depth 1 [s0 = borrowed v9]
"##;

#[test]
fn printed_text_parses_to_the_same() {
    let unit = parse(SAMPLE).unwrap();
    assert_eq!(unit.to_string(), SAMPLE);
    assert_eq!(verify(&unit), Ok(()));
    let copy = rewrite(&unit, &mut Identity);
    assert_eq!(copy.to_string(), SAMPLE);
    assert_eq!(copy.value_count(), unit.value_count());
}

/// Slot 1 is one of the value stack, slots 3 and 4 are names.
const NAMES: &str = r##"unit "m:1" slots 3 names 2
entry b0
b0:
    v0 = iconst 7
    v1 = slot.load s4
    leave -> x0
x0: finished at 6 depth 1 [s0 = int v0, s3 = int v0, s4 = borrowed v1]
"##;

#[test]
fn names_are_in_use_at_every_depth() {
    let unit = parse(NAMES).unwrap();
    assert_eq!(unit.to_string(), NAMES);
    assert_eq!(verify(&unit), Ok(()));
    let copy = rewrite(&unit, &mut Identity);
    assert_eq!(copy.to_string(), NAMES);
    for wrong in [("s3 = int", "s1 = int"), ("s4 = borrowed", "s5 = borrowed")] {
        let unit = parse(&NAMES.replace(wrong.0, wrong.1)).unwrap();
        assert!(verify(&unit).is_err(), "{wrong:?}");
    }
}

#[test]
fn numbering_follows_appearance() {
    let text = "unit \"g\" slots 0\nentry b7\nb7:\n    v30 = iconst 1\n    jump b2(v30)\nb2(v1: i64):\n    jump b2(v1)\n";
    let printed = parse(text).unwrap().to_string();
    assert!(printed.contains("b0:\n    v0 = iconst 1\n    jump b1(v0)\nb1(v1: i64):"));
    assert_eq!(parse(&printed).unwrap().to_string(), printed);
}

#[test]
fn floats_keep_their_bits() {
    for bits in [
        0u64,
        1,
        1 << 63,
        f64::INFINITY.to_bits(),
        f64::NEG_INFINITY.to_bits(),
        0x7ff8_0000_0000_0000,
        0xfff8_0000_dead_beef,
        0x7ff0_0000_0000_0001,
        f64::MAX.to_bits(),
        f64::MIN_POSITIVE.to_bits(),
        0.1f64.to_bits(),
        1e300f64.to_bits(),
        (-1.5e-7f64).to_bits(),
    ] {
        let mut unit = fatjit_ir::Unit::new("f", 0);
        let block = unit.add_block();
        unit.entries.push(block);
        let imm = fatjit_ir::Imm::Float(bits);
        unit.push(block, Op::FConst, &[], imm.clone(), None);
        let text = unit.to_string();
        let again = parse(&text).unwrap();
        assert_eq!(again.inst(again.block(block).insts[0]).imm, imm, "{text}");
    }
}

#[test]
fn every_operation_has_its_own_name() {
    for &op in Op::ALL {
        assert_eq!(Op::from_name(op.name()), Some(op));
    }
}

#[test]
fn errors_say_where_and_what() {
    let cases = [
        ("", "1:1: expected `unit`, found the end of the text"),
        ("unit f", "1:6: expected a quoted name, found `f`"),
        (
            "unit \"f\" slots x",
            "1:16: expected a number of slots, found `x`",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    v0 = iadd v1",
            "3:17: expected `,`, found the end of the line",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    leave x0",
            "3:11: expected the end of the line, found `x0`",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    leave -> x0",
            "3:14: x0 is not defined",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    jump b1",
            "3:10: b1 is not defined",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    v0 = inot v1",
            "3:15: v1 is not defined",
        ),
        ("unit \"f\" slots 0\nb0:\nb0:", "3:1: b0 is defined twice"),
        (
            "unit \"f\" slots 0\nb0:\n    v0 = frob v1",
            "3:10: expected an instruction, found `frob`",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    iconst 3",
            "3:5: expected a name for the result",
        ),
        (
            "unit \"f\" slots 0\ntype t1 \"int\"",
            "2:6: expected t0 next, found t1",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    v0 = iconst 9223372036854775808",
            "3:17: expected an int",
        ),
        (
            "unit \"f\" slots 0\nb0:\n    v0 = call @f()",
            "3:15: @f is not defined",
        ),
        (
            "unit \"f\" slots 0\nobject #0 \"a",
            "2:11: expected a closing quote",
        ),
        (
            "unit \"f\" slots 0\nb0(v0: int):",
            "2:8: expected i64, f64, bool, ref, own or ptr",
        ),
        (
            "unit \"f\" slots 0\nx0: bored at 3 depth 0 []",
            "2:5: expected a reason, found `bored`",
        ),
    ];
    for (text, wanted) in cases {
        let error: ParseError = parse(text).expect_err(text);
        let found = error.to_string();
        assert!(found.starts_with(wanted), "{found:?} instead of {wanted:?}");
    }
}
