//! That dropped code is really unmapped. Alone in its process, so that nobody else maps anything meanwhile.
#![cfg(target_os = "linux")]

mod mappings;

use fatjit_targets::CodeMemory;
use fatjit_targets::memory::PAGE;

#[test]
fn dropping_unmaps() {
    let memory = CodeMemory::default();
    // Large enough that nothing else of the process gets mapped in its place.
    let code = memory.allocate(1000 * PAGE).unwrap().make_exec().unwrap();
    let pages = [0, 499 * PAGE, 999 * PAGE].map(|at| code.as_ptr() as usize + at);
    for page in pages {
        assert_eq!(mappings::permissions(page).as_deref(), Some("r-xp"));
    }
    drop(code);
    for page in pages {
        assert_eq!(mappings::permissions(page), None);
    }
    assert_eq!(memory.in_use(), 0);
}
