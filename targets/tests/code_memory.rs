//! Code memory as its users see it: limit, protection, unmapping.

use std::thread;

use fatjit_targets::memory::PAGE;
use fatjit_targets::{CodeMemory, CodeMemoryError};

#[test]
fn what_was_written_is_there_when_executable() {
    let memory = CodeMemory::default();
    let mut writer = memory.allocate(3 * PAGE - 5).unwrap();
    writer.bytes_mut()[..4].copy_from_slice(&[1, 2, 3, 4]);
    let code = writer.make_exec().unwrap();
    assert_eq!(&code.bytes()[..4], &[1, 2, 3, 4]);
    assert_eq!(code.size(), 3 * PAGE);
    assert_eq!(code.as_ptr() as usize % PAGE, 0);
}

#[test]
fn usage_follows_allocations_and_returns_to_zero() {
    let memory = CodeMemory::new(16 * PAGE);
    let writer = memory.allocate(PAGE + 1).unwrap();
    assert_eq!(memory.in_use(), 2 * PAGE);
    let code = writer.make_exec().unwrap();
    let other = memory.clone().allocate(0).unwrap();
    assert_eq!(memory.in_use(), 3 * PAGE);
    drop(other);
    assert_eq!(memory.in_use(), 2 * PAGE);
    drop(code);
    assert_eq!(memory.in_use(), 0);
}

#[test]
fn the_limit_holds_and_refusing_costs_nothing() {
    let memory = CodeMemory::new(3 * PAGE);
    let kept = memory.allocate(2 * PAGE).unwrap();
    match memory.allocate(PAGE + 1) {
        Err(CodeMemoryError::LimitReached {
            limit,
            in_use,
            asked,
        }) => assert_eq!((limit, in_use, asked), (3 * PAGE, 2 * PAGE, 2 * PAGE)),
        other => panic!("{other:?}"),
    }
    assert_eq!(memory.in_use(), 2 * PAGE);
    assert!(matches!(
        memory.allocate(usize::MAX),
        Err(CodeMemoryError::LimitReached { .. })
    ));
    let last = memory.allocate(PAGE).unwrap();
    assert!(memory.allocate(1).is_err());
    drop((kept, last));
    assert!(memory.allocate(3 * PAGE).is_ok());
}

#[test]
fn the_limit_holds_among_threads() {
    let memory = CodeMemory::new(8 * PAGE);
    let granted: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let kept: Vec<_> = (0..8).filter_map(|_| memory.allocate(1).ok()).collect();
                    let count = kept.len();
                    std::mem::forget(kept);
                    count
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(granted, 8);
    assert_eq!(memory.in_use(), memory.limit());
}

#[cfg(target_os = "linux")]
mod mappings;

#[cfg(target_os = "linux")]
#[test]
fn pages_are_never_writable_and_executable_at_once() {
    let memory = CodeMemory::default();
    let mut writer = memory.allocate(2 * PAGE).unwrap();
    let address = writer.bytes_mut().as_ptr() as usize;
    assert_eq!(mappings::permissions(address).as_deref(), Some("rw-p"));
    let code = writer.make_exec().unwrap();
    assert_eq!(code.as_ptr() as usize, address);
    assert_eq!(mappings::permissions(address).as_deref(), Some("r-xp"));
    assert_eq!(
        mappings::permissions(address + PAGE).as_deref(),
        Some("r-xp")
    );
}
