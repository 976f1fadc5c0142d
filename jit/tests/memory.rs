//! Loads, stores and addresses in machine code: every width, and memory that others write.

mod native;

use std::sync::atomic::{AtomicU64, Ordering};

use fatjit_ir::Reason;
use fatjit_jit::activation::Activation;
use native::Machine;

#[test]
fn every_width_is_stored_and_extended_as_it_says() {
    let code = Machine::new().compile(
        r#"unit "widths" slots 8
memory m0 "bytes"
entry b0
b0:
    v0 = context 0
    v1 = iconst -2
    v2 = iconst 1
    v3 = ptr.index v0, v2, 8
    v4 = fconst 0.1
    store.u8 v3, v1, 0 in m0
    store.u16 v3, v1, 2 in m0
    store.u32 v3, v1, 4 in m0
    store.f32 v3, v4, 8 in m0
    v5 = load.u8 v0, 8 in m0
    v6 = load.i8 v0, 8 in m0
    v7 = load.u16 v0, 10 in m0
    v8 = load.i16 v0, 10 in m0
    v9 = load.u32 v0, 12 in m0
    v10 = load.i32 v0, 12 in m0
    v11 = load.f32 v0, 16 in m0
    v12 = iconst 9
    v13 = ptr.index v0, v12, 1
    v14 = load.u8 v13, 0 in m0
    leave -> x0
x0: finished at 0 depth 8 [s0 = int v5, s1 = int v6, s2 = int v7, s3 = int v8, s4 = int v9, s5 = int v10, s6 = float v11, s7 = int v14]
"#,
    );
    let mut memory = [0; 3];
    let minus = -2i64 as u64;
    let wanted = [
        0xfe,
        minus,
        0xfffe,
        minus,
        0xffff_fffe,
        minus,
        f64::from(0.1f32).to_bits(),
        0,
    ];
    assert_eq!(code.run(&mut memory).values, wanted);
    assert_eq!(memory[1], 0xffff_fffe_fffe_00fe);
}

/// The outer loop's question must not be taken for the inner loop's.
#[test]
fn volatile_memory_is_read_each_time() {
    let code = Machine::new().compile(
        r#"unit "waits" slots 1
memory m0 "flag" volatile
entry b0
b0:
    v0 = context 0
    v1 = iconst 0
    v2 = iconst 1
    v3 = iconst 100000000000
    jump b1
b1:
    v4 = load.u8 v0, 0 in m0
    v5 = ine v4, v1
    guard.not v5 -> x1
    jump b2(v1)
b2(v6: i64):
    v7 = load.u8 v0, 0 in m0
    v8 = ine v7, v1
    guard.not v8 -> x0
    v9 = iadd v6, v2
    v10 = ilt v9, v3
    br v10, b2(v9), b1
x0: finished at 0 depth 1 []
x1: not-seen at 0 depth 1 []
"#,
    );
    let flag = AtomicU64::new(0);
    let left = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            flag.store(1, Ordering::Relaxed);
        });
        let mut activation = Activation::new(std::ptr::null_mut(), [flag.as_ptr() as usize, 0]);
        // SAFETY: the unit reads a byte of the flag, which outlives the run.
        unsafe { code.run_on(&mut activation, 0) }.1
    });
    assert_eq!(left.reason, Reason::Finished);
}
