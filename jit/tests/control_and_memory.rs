//! Entries, branches, exits, memory, calls, and what code generation refuses.

mod native;

use fatjit_ir::{Op, Reason, parse};
use fatjit_jit::activation::{Activation, SPILL_WORDS};
use fatjit_jit::codegen::CodegenError;
use fatjit_targets::{CodeMemory, CodeMemoryError};
use native::{Left, Machine, WORDS};

fn finished(values: &[u64]) -> Left {
    Left {
        reason: Reason::Finished,
        values: values.to_vec(),
    }
}

const COUNTED_LOOP: &str = r#"unit "sum" slots 2
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = iconst 0
    jump b1(v2, v2)
b1(v3: i64, v4: i64):
    v5 = ilt v3, v1
    br v5, b2, b3
b2:
    v6 = iadd.ovf v4, v3 -> x1
    v7 = iconst 1
    v8 = iadd v3, v7
    jump b1(v8, v6)
b3:
    leave -> x0
x0: finished at 8 depth 2 [s0 = int v3, s1 = int v4]
x1: overflow at 4 depth 2 [s0 = int v3, s1 = int v4]
"#;

#[test]
fn a_loop_runs_to_its_end() {
    let code = Machine::new().compile(COUNTED_LOOP);
    assert_eq!(code.run(&mut [0]), finished(&[0, 0]));
    assert_eq!(code.run(&mut [1000]), finished(&[1000, 499_500]));
}

#[test]
fn every_entry_enters_where_it_says() {
    let code = Machine::new().compile(
        "unit \"entries\" slots 1\nentry b0, b1, b2\nb0:\n    v0 = iconst 10\n    jump b3(v0)\nb1:\n    \
         v1 = iconst 11\n    jump b3(v1)\nb2:\n    leave -> x1\nb3(v2: i64):\n    leave -> x0\n\
         x0: finished at 0 depth 1 [s0 = int v2]\nx1: not-seen at 0 depth 1 []\n",
    );
    assert_eq!(code.code.entries(), 3);
    let mut activation = Activation::new(std::ptr::null_mut(), [0; WORDS]);
    // SAFETY: the unit touches nothing but the activation, and has three entries.
    let mut enter = |entry| unsafe { code.run_on(&mut activation, entry) }.1;
    assert_eq!(enter(0), finished(&[10]));
    assert_eq!(enter(1), finished(&[11]));
    assert_eq!(enter(2).reason, Reason::NotSeen);
}

#[test]
fn exits_store_every_kind_of_value_in_order() {
    let mut machine = Machine::new();
    machine.objects = vec![0x1234_5678_9abc_def0];
    let code = machine.compile(
        "unit \"values\" slots 8\nobject #0 \"thing\"\nshape $0 \"pair\"\nentry b0\nb0:\n    \
         v0 = iconst -1\n    v1 = fconst -0.0\n    v2 = bconst true\n    v3 = object #0\n    \
         v4 = null\n    v5 = bconst false\n    leave -> x0\n\
         x0: finished at 0 depth 8 [s0 = int v0, s1 = float v1, s2 = bool v2, s3 = object #0, \
         s4 = borrowed v3, s5 = virtual $0(v0, v4, v5), s6 = null, s7 = int v0]\n",
    );
    let object = machine.objects[0] as u64;
    assert_eq!(
        code.run(&mut []),
        finished(&[u64::MAX, 1 << 63, 1, object, u64::MAX, 0, 0, u64::MAX])
    );
}

#[test]
fn guards_that_share_an_exit_share_its_code() {
    let unit = |second: &str| {
        format!(
            "unit \"shared\" slots 2\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    \
             v2 = load.i64 v0, 8\n    v3 = iconst 0\n    v4 = ilt v1, v3\n    guard.not v4 -> x1\n    \
             v5 = ilt v2, v3\n    guard.not v5 -> {second}\n    leave -> x0\n\
             x0: finished at 0 depth 2 []\nx1: not-seen at 2 depth 2 [s0 = int v1, s1 = int v2]\n\
             x2: not-seen at 2 depth 2 [s0 = int v1, s1 = int v2]\n"
        )
    };
    let machine = Machine::new();
    let (shared, own) = (machine.compile(&unit("x1")), machine.compile(&unit("x2")));
    for (x, y) in [(1i64, 1i64), (-1, 1), (1, -1), (-1, -1)] {
        let mut memory = [x as u64, y as u64];
        let left = shared.run(&mut memory);
        assert_eq!(left, own.run(&mut memory));
        if x < 0 || y < 0 {
            assert_eq!(left.values, memory);
        } else {
            assert_eq!(left, finished(&[]));
        }
    }
    assert!(shared.code.size() < own.code.size());
}

#[test]
fn loads_and_stores_have_their_width() {
    let code = Machine::new().compile(
        "unit \"memory\" slots 0\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    \
         store.i64 v0, v1, 8\n    store.u32 v0, v1, 16\n    v2 = load.u32 v0, 0\n    \
         store.i64 v0, v2, 24\n    v3 = load.u8 v0, 7\n    store.i64 v0, v3, 32\n    \
         v4 = load.f64 v0, 0\n    store.f64 v0, v4, 40\n    v5 = load.ptr v0, 48\n    \
         v6 = load.i64 v5, -8\n    store.i64 v5, v6, 8\n    store.ptr v0, v5, 56\n    \
         v7 = frame_base\n    v8 = peq v7, v0\n    v9 = btoi v8\n    store.i64 v7, v9, 64\n    \
         leave -> x0\nx0: finished at 0 depth 0 []\n",
    );
    let mut memory = [
        0xfedc_ba98_7654_3210,
        0,
        u64::MAX,
        0,
        0,
        0,
        0,
        0,
        0,
        77,
        0,
        0,
    ];
    memory[6] = memory.as_ptr() as u64 + 80;
    code.run(&mut memory);
    assert_eq!(memory[1], memory[0]);
    assert_eq!(memory[2], 0xffff_ffff_7654_3210);
    assert_eq!(memory[3], 0x7654_3210);
    assert_eq!(memory[4], 0xfe);
    assert_eq!(memory[5], memory[0]);
    assert_eq!(memory[7], memory[6]);
    assert_eq!(memory[8], 1);
    assert_eq!(memory[11], 77);
}

#[test]
fn references_are_addresses() {
    let code = Machine::new().compile(
        "unit \"references\" slots 3\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.ptr v0, 0\n    \
         v2 = ptr_to_ref v1\n    v3 = ptr_to_own v1\n    v4 = is v2, v3\n    v5 = is_null v2\n    \
         v6 = own_to_ptr v3\n    v7 = ref_to_ptr v2\n    v8 = peq v6, v7\n    leave -> x0\n\
         x0: finished at 0 depth 3 [s0 = bool v4, s1 = bool v5, s2 = bool v8]\n",
    );
    assert_eq!(code.run(&mut [8]), finished(&[1, 0, 1]));
    assert_eq!(code.run(&mut [0]), finished(&[1, 1, 1]));
}

extern "C" fn weigh(a: i64, b: f64, c: bool, d: *mut u8, e: i64, f: i64, g: i64, h: i64) -> i64 {
    a + b as i64 * 10
        + i64::from(c) * 100
        + d as i64 * 1000
        + e * 10_000
        + f * 100_000
        + g * 1_000_000
        + h * 10_000_000
}

extern "C" fn is_odd(x: i64) -> bool {
    x % 2 != 0
}

extern "C" fn half(x: f64) -> f64 {
    x / 2.0
}

#[test]
fn helpers_get_their_arguments_and_give_results() {
    let mut machine = Machine::new();
    machine.helpers = vec![
        ("weigh", weigh as *const () as usize),
        ("is_odd", is_odd as *const () as usize),
        ("half", half as *const () as usize),
    ];
    let code = machine.compile(
        "unit \"calls\" slots 3\nhelper @weigh(i64, f64, bool, ptr, i64, i64, i64, i64) -> i64\n\
         helper @is_odd(i64) -> bool\nhelper @half(f64) -> f64\nentry b0\nb0:\n    v0 = context 0\n    \
         v1 = load.i64 v0, 0\n    v2 = load.f64 v0, 8\n    v3 = load.ptr v0, 16\n    \
         v4 = call @is_odd(v1)\n    v5 = iconst 5\n    v6 = iconst 6\n    v7 = iconst 7\n    \
         v8 = iconst 8\n    v9 = call @weigh(v1, v2, v4, v3, v5, v6, v7, v8)\n    \
         v10 = call @half(v2)\n    leave -> x0\n\
         x0: finished at 0 depth 3 [s0 = int v9, s1 = float v10, s2 = bool v4]\n",
    );
    assert_eq!(
        code.run(&mut [1, 2.0f64.to_bits(), 4]),
        finished(&[87_654_121, 1.0f64.to_bits(), 1])
    );
    assert_eq!(
        code.run(&mut [2, 3.0f64.to_bits(), 4]),
        finished(&[87_654_032, 1.5f64.to_bits(), 0])
    );
}

extern "C" fn fails_on_negative(x: i64) -> i32 {
    if x < 0 { -1 } else { 0 }
}

extern "C" fn null_on_negative(x: i64) -> *const i64 {
    static THING: i64 = 0;
    if x < 0 {
        std::ptr::null()
    } else {
        &raw const THING
    }
}

#[test]
fn failed_helpers_leave() {
    let mut machine = Machine::new();
    machine.helpers = vec![
        ("status", fails_on_negative as *const () as usize),
        ("object", null_on_negative as *const () as usize),
    ];
    let code = machine.compile(
        "unit \"raises\" slots 1\nhelper @status(i64) raises\nhelper @object(i64) -> ref raises\n\
         entry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    v2 = load.i64 v0, 8\n    \
         call @status(v1) -> x1\n    v3 = call @object(v2) -> x2\n    v4 = is_null v3\n    leave -> x0\n\
         x0: finished at 4 depth 1 [s0 = bool v4]\nx1: raised raise at 2 depth 1 [s0 = int v1]\n\
         x2: host:3 raise at 3 depth 1 [s0 = int v2]\n",
    );
    let run = |x: i64, y: i64| code.run(&mut [x as u64, y as u64]);
    assert_eq!(run(1, 1), finished(&[0]));
    let failed = run(-7, 1);
    assert_eq!(
        (failed.reason, failed.values[0] as i64),
        (Reason::Raised, -7)
    );
    let failed = run(1, -8);
    assert_eq!(
        (failed.reason, failed.values[0] as i64),
        (Reason::Host(3), -8)
    );
}

#[test]
fn what_was_not_prepared_is_refused() {
    let machine = Machine::new();
    let refused = |body: &str| {
        let text = format!(
            "unit \"refused\" slots 300\nobject #0 \"thing\"\nhelper @nobody() -> i64\nentry b0\nb0:\n    \
             {body}\n    leave -> x0\nx0: finished at 0 depth 300 []\n"
        );
        machine.try_compile(&parse(&text).unwrap()).unwrap_err()
    };
    assert!(matches!(
        refused("v0 = context 1"),
        CodegenError::MissingObjects {
            wanted: 1,
            given: 0
        }
    ));
    let mut machine = Machine::new();
    machine.objects = vec![8];
    let refused = |body: &str| {
        let text = format!(
            "unit \"refused\" slots 300\nobject #0 \"thing\"\nhelper @nobody() -> i64\nentry b0\nb0:\n    \
             {body}\n    leave -> x0\nx0: finished at 0 depth 300 []\n"
        );
        machine.try_compile(&parse(&text).unwrap()).unwrap_err()
    };
    assert!(matches!(
        refused("v0 = slot.load s0"),
        CodegenError::NotExpanded(Op::SlotLoad)
    ));
    assert!(matches!(
        refused("v0 = context 2"),
        CodegenError::MissingContext { word: 2, words: 2 }
    ));
    match refused("v0 = call @nobody()") {
        CodegenError::UnknownHelper(name) => assert_eq!(name, "nobody"),
        other => panic!("{other}"),
    }
}

#[test]
fn as_many_values_as_the_spill_area_holds() {
    let unit = |count: u32| {
        let slots: Vec<String> = (0..count).map(|s| format!("s{s} = int v0")).collect();
        format!(
            "unit \"spill\" slots {count}\nentry b0\nb0:\n    v0 = iconst 7\n    leave -> x0\n\
             x0: finished at 0 depth {count} [{}]\n",
            slots.join(", ")
        )
    };
    let machine = Machine::new();
    let left = machine.compile(&unit(SPILL_WORDS)).run(&mut []);
    assert_eq!(left.values, vec![7; SPILL_WORDS as usize]);
    let error = machine
        .try_compile(&parse(&unit(SPILL_WORDS + 1)).unwrap())
        .unwrap_err();
    assert!(matches!(error, CodegenError::SpillAreaTooSmall { .. }));
}

#[test]
fn code_goes_when_it_is_dropped() {
    let mut machine = Machine::new();
    machine.memory = CodeMemory::new(2 << 12);
    let unit = parse(COUNTED_LOOP).unwrap();
    for _ in 0..10_000 {
        let code = machine.try_compile(&unit).unwrap();
        assert_eq!(machine.memory.in_use(), code.mapped());
    }
    assert_eq!(machine.memory.in_use(), 0);
}

#[test]
fn the_limit_of_code_memory_is_an_error() {
    let mut machine = Machine::new();
    machine.memory = CodeMemory::new(1 << 12);
    let unit = parse(COUNTED_LOOP).unwrap();
    let first = machine.try_compile(&unit).unwrap();
    assert!(matches!(
        machine.try_compile(&unit),
        Err(CodegenError::Memory(CodeMemoryError::LimitReached { .. }))
    ));
    drop(first);
    assert!(machine.try_compile(&unit).is_ok());
}

/// With a countdown of n, the n-th pass of a guard leaves, and what it leaves with can be taken up again.
#[test]
fn spurious_exits_come_when_they_are_due() {
    let mut machine = Machine::new();
    machine.options.spurious_exits = true;
    let code = machine.compile(COUNTED_LOOP);
    let mut memory = [1000u64];
    for due in [1, 2, 17, 1000] {
        let base = memory.as_mut_ptr();
        let mut activation = Activation::new(base.cast(), [base as usize, 0]);
        activation.spurious_countdown = due;
        // SAFETY: the unit reads the one word it is given.
        let left = unsafe { code.run_on(&mut activation, 0) }.1;
        let rounds = due as u64 - 1;
        assert_eq!(left.reason, Reason::Overflow);
        assert_eq!(left.values, [rounds, rounds * rounds.wrapping_sub(1) / 2]);
        assert_eq!(activation.spurious_countdown, 0);
    }
    assert_eq!(code.run(&mut memory), finished(&[1000, 499_500]));
}

/// The end of a loop is no guess that may be doubted, nor is a raised exception.
#[test]
fn only_guards_that_are_done_again_fail_on_purpose() {
    let mut machine = Machine::new();
    machine.options.spurious_exits = true;
    machine.helpers = vec![("status", fails_on_negative as *const () as usize)];
    let code = machine.compile(
        "unit \"once\" slots 0\nhelper @status(i64) raises\nentry b0\nb0:\n    v0 = iconst 1\n    \
         v1 = bconst true\n    guard v1 -> x0\n    guard v1 -> x4\n    call @status(v0) -> x1\n    guard v1 -> x2\n    \
         leave -> x3\nx0: finished at 0 depth 0 []\nx1: raised raise at 0 depth 0 []\n\
         x2: not-seen at 0 depth 0 []\nx3: finished at 0 depth 0 []\nx4: no-memory at 0 depth 0 []\n",
    );
    let mut activation = Activation::new(std::ptr::null_mut(), [0; WORDS]);
    activation.spurious_countdown = 1;
    // SAFETY: the unit touches nothing but the activation.
    let left = unsafe { code.run_on(&mut activation, 0) }.1;
    assert_eq!(left.reason, Reason::NotSeen);
}

#[test]
fn text_names_helpers_and_objects() {
    let mut machine = Machine::new();
    machine.options.keep_text = true;
    machine.helpers = vec![("is_odd", is_odd as *const () as usize)];
    machine.objects = vec![8];
    let code = machine.compile(
        "unit \"f:12\" slots 1\nobject #0 \"func:f\"\nhelper @is_odd(i64) -> bool\nentry b0\nb0:\n    \
         v0 = iconst 1\n    v1 = call @is_odd(v0)\n    v2 = object #0\n    leave -> x0\n\
         x0: finished at 0 depth 1 [s0 = borrowed v2]\n",
    );
    let text = code.code.text().unwrap();
    for line in ["; f:12\n", "; u0:1 = is_odd\n", "; u1:0 = func:f\n"] {
        assert!(text.clif.contains(line), "{}", text.clif);
    }
    assert!(text.assembly.contains("ret"), "{}", text.assembly);
}
