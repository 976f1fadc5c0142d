//! What has to hold however much is compiled, wherever it lies, and whoever else compiles meanwhile.

mod native;

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use fatjit_ir::{Reason, parse};
use fatjit_jit::codegen::CodegenError;
use fatjit_targets::memory::PAGE;
use fatjit_targets::{CodeMemory, CodeMemoryError, Target};
use memmap2::MmapOptions;
use native::{Machine, Native};

/// The sum of the numbers below a bound, and a number that tells the unit from others.
fn summing(number: usize) -> String {
    format!(
        r#"unit "sum:{number}" slots 2
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
    v9 = iconst {number}
    leave -> x0
x0: finished at 8 depth 2 [s0 = int v4, s1 = int v9]
x1: overflow at 4 depth 2 [s0 = int v3, s1 = int v4]
"#
    )
}

fn is_right(code: &Native, number: usize) {
    let left = code.run(&mut [10]);
    assert_eq!(
        (left.reason, left.values),
        (Reason::Finished, vec![45, number as u64])
    );
}

#[test]
fn ten_thousand_regions_fit_into_8_mib_if_old_ones_go() {
    let mut machine = Machine::new();
    machine.memory = CodeMemory::new(8 << 20);
    let mut kept = VecDeque::new();
    for number in 0..10_000 {
        let code = machine.compile(&summing(number));
        assert!(code.code.mapped() > 0);
        kept.push_back((number, code));
        // As many as there may be at once, but for a few.
        if machine.memory.in_use() + (1 << 16) > machine.memory.limit() {
            let (number, code) = kept.pop_front().unwrap();
            is_right(&code, number);
        }
    }
    assert!(kept.len() > 1000, "{}", kept.len());
    for (number, code) in &kept {
        is_right(code, *number);
    }
    // What is left cannot be had twice.
    let more = parse(&summing(0)).unwrap();
    let mut filled = Vec::new();
    let error = loop {
        match machine.try_compile(&more) {
            Ok(code) => filled.push(code),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            error,
            CodegenError::Memory(CodeMemoryError::LimitReached { .. })
        ),
        "{error}"
    );
    drop((kept, filled));
    assert_eq!(machine.memory.in_use(), 0);
    is_right(&machine.compile(&summing(7)), 7);
}

extern "C" fn twice(number: i64) -> i64 {
    number * 2
}

const CALLING: &str = r#"unit "calling" slots 1
helper @twice(i64) -> i64
entry b0
b0:
    v0 = context 0
    v1 = load.i64 v0, 0
    v2 = call @twice(v1)
    leave -> x0
x0: finished at 8 depth 1 [s0 = int v2]
"#;

#[test]
fn calls_reach_farther_than_a_call_instruction() {
    let range = Target::host().unwrap().call_range;
    let distance = |address: usize| address.abs_diff(twice as *const () as usize) as u64;
    let mut machine = Machine::new();
    machine.helpers = vec![("twice", twice as *const () as usize)];
    // Where the system puts code is up to it. So whatever is free nearby is taken, the wide holes first.
    let mut taken = Vec::new();
    let mut size = range;
    while size >= PAGE as u64 {
        loop {
            assert!(taken.len() < 100_000, "memory always lies near");
            let block = MmapOptions::new().len(size as usize).map_anon().unwrap();
            let far = distance(block.as_ptr() as usize) > range;
            taken.push(block);
            if far {
                break;
            }
        }
        size /= 2;
    }
    let code = machine.compile(CALLING);
    assert_eq!(code.run(&mut [21]).values, [42]);
    assert!(distance(code.code.address()) > range);
}

#[test]
fn branches_reach_farther_than_a_branch_instruction() {
    const STORES: usize = 66_000;
    let number = |at: usize| (at as i64 + 1).wrapping_mul(0x5851_f42d_4c95_7f2d);
    let mut text = String::from(
        "unit \"long\" slots 1\nentry b0\nb0:\n    v0 = context 0\n    v1 = load.i64 v0, 0\n    \
         v2 = load.i64 v0, 8\n    v3 = iadd.ovf v1, v2 -> x1\n",
    );
    // What makes it long: as many constants as there are places for them.
    for at in 0..STORES {
        let constant = 4 + at;
        writeln!(text, "    v{constant} = iconst {}", number(at)).unwrap();
        writeln!(text, "    store.i64 v0, v{constant}, {}", 16 + 8 * at).unwrap();
    }
    let last = 4 + STORES;
    writeln!(
        text,
        "    v{last} = iadd.ovf v3, v2 -> x2\n    leave -> x0\n\
         x0: finished at 8 depth 1 [s0 = int v{last}]\nx1: overflow at 4 depth 1 [s0 = int v1]\n\
         x2: overflow at 6 depth 1 [s0 = int v3]"
    )
    .unwrap();
    let code = Machine::new().compile(&text);
    // That of aarch64; no unit comes near that of x86-64.
    let range = Target::aarch64_generic().branch_range;
    assert!(code.code.size() as u64 > range, "{}", code.code.size());
    // Nothing overflows; the first addition does, whose exit lies at the other end; the last one does.
    for (start, reason, value, stored) in [
        (5, Reason::Finished, 7, true),
        (i64::MAX, Reason::Overflow, i64::MAX, false),
        (i64::MAX - 1, Reason::Overflow, i64::MAX, true),
    ] {
        let mut memory = vec![0; 2 + STORES];
        (memory[0], memory[1]) = (start as u64, 1);
        let left = code.run(&mut memory);
        assert_eq!((left.reason, left.values), (reason, vec![value as u64]));
        let expected = |at| if stored { number(at) as u64 } else { 0 };
        assert!((0..STORES).all(|at| memory[2 + at] == expected(at)));
    }
}

#[test]
fn compiling_goes_on_while_other_threads_run_native_code() {
    const UNITS: usize = 400;
    let machine = Machine::new();
    let stop = AtomicBool::new(false);
    let (send, receive) = mpsc::sync_channel::<(usize, Native)>(4);
    thread::scope(|scope| {
        // Runs one piece all the time, while others come and go around it.
        let long = machine.compile(&summing(0));
        let stop = &stop;
        let steady = scope.spawn(move || {
            let mut runs = 0u64;
            while !stop.load(Ordering::Relaxed) || runs == 0 {
                let left = long.run(&mut [100_000]);
                assert_eq!(left.values, [4_999_950_000, 0]);
                runs += 1;
            }
            runs
        });
        // Runs each new piece at once, in the pages where old ones may have been, and drops it.
        let fresh = scope.spawn(move || {
            let mut seen = 0;
            for (number, code) in receive {
                is_right(&code, number);
                seen += 1;
            }
            seen
        });
        for number in 0..UNITS {
            send.send((number, machine.compile(&summing(number))))
                .unwrap();
        }
        drop(send);
        assert_eq!(fresh.join().unwrap(), UNITS);
        stop.store(true, Ordering::Relaxed);
        assert!(steady.join().unwrap() > 0);
    });
    assert_eq!(machine.memory.in_use(), 0);
}
