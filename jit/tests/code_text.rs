//! The code of small loops on both architectures, as text: what is hoisted, what a guard costs, where
//! exits lie.

use fatjit_ir::{parse, verify};
use fatjit_jit::codegen::{Isa, Options, text};
use fatjit_targets::Target;

/// `while i < n: s += i; i += step`, with a guard that does not change within the loop.
const LOOP: &str = r#"unit "sum:3" slots 3
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = load.i64 v0, 8
    v3 = iconst 0
    jump b1(v3, v3)
b1(v4: i64, v5: i64):
    v6 = ilt v4, v1
    br v6, b2, b3
b2:
    v7 = iexact v2
    guard v7 -> x1
    v8 = iadd.ovf v5, v4 -> x2
    v9 = iconst 1
    v10 = iadd v4, v9
    jump b1(v10, v8)
b3:
    leave -> x0
x0: finished at 8 depth 3 [s0 = int v4, s1 = int v5]
x1: out-of-range at 4 depth 3 [s0 = int v4, s1 = int v5]
x2: overflow at 5 depth 3 [s0 = int v4, s1 = int v5]
"#;

/// Division by constants and by a variable, and overflow tests with a constant operand.
const ARITHMETIC: &str = r#"unit "arithmetic:1" slots 5
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = load.i64 v0, 8
    v3 = iconst 8
    v4 = iconst 3
    v5 = ifloordiv v1, v3
    v6 = imod v1, v3
    v7 = ifloordiv v1, v4
    v8 = imod v1, v2
    v9 = iadd.ovf v8, v4 -> x0
    v10 = imul.ovf v9, v4 -> x0
    leave -> x1
x0: overflow at 4 depth 1 [s0 = int v8]
x1: finished at 8 depth 5 [s0 = int v5, s1 = int v6, s2 = int v7, s3 = int v8, s4 = int v10]
"#;

fn text_of(source: &str, target: &Target) -> String {
    let unit = parse(source).unwrap();
    verify(&unit).unwrap();
    let isa = Isa::new(target).unwrap();
    let options = Options {
        context_words: 1,
        ..Options::default()
    };
    let text = text(&unit, &isa, options).unwrap();
    format!("{}\n{}", text.clif, text.assembly)
}

#[test]
fn counted_loop_on_x86_64() {
    insta::assert_snapshot!(text_of(LOOP, &Target::x86_64_baseline()));
}

#[test]
fn counted_loop_on_aarch64() {
    insta::assert_snapshot!(text_of(LOOP, &Target::aarch64_generic()));
}

#[test]
fn arithmetic_on_x86_64() {
    insta::assert_snapshot!(text_of(ARITHMETIC, &Target::x86_64_baseline()));
}

#[test]
fn arithmetic_on_aarch64() {
    insta::assert_snapshot!(text_of(ARITHMETIC, &Target::aarch64_generic()));
}
