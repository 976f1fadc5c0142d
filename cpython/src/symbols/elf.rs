//! An object file in memory with one symbol: what debuggers want to know code by.
//!
//! Invariant: the image holds no code. Its only section with an address lies where the code does, so a debugger reads the
//! instructions of the process, and walks the stack by the frame pointers that they keep.

use std::ffi::CStr;

/// Bytes of the file's header, of a section's, of a symbol.
const HEADER: usize = 64;
const SECTION: usize = 64;
const SYMBOL: usize = 24;

const NAMES: &[u8] = b"\0.text\0.symtab\0.strtab\0.shstrtab\0";

/// Kinds of sections.
const SYMTAB: u32 = 2;
const STRTAB: u32 = 3;
const NOBITS: u32 = 8;
/// Flags of sections: takes memory, holds instructions.
const ALLOC_EXEC: u64 = 2 | 4;

struct Section {
    name: u32,
    kind: u32,
    flags: u64,
    address: u64,
    offset: usize,
    size: usize,
    /// The section that it refers to, and a number that depends on the kind.
    link: u32,
    info: u32,
    align: u64,
    entry: usize,
}

/// An ELF file (64 bits, little endian, of this machine) that names the code at an address.
pub(super) fn image(machine: u16, address: usize, size: usize, name: &CStr) -> Vec<u8> {
    let mut strings = vec![0];
    strings.extend(name.to_bytes_with_nul());
    let symbols_at = HEADER;
    let strings_at = symbols_at + 2 * SYMBOL;
    let names_at = strings_at + strings.len();
    let sections_at = (names_at + NAMES.len()).next_multiple_of(8);

    let mut file = Vec::with_capacity(sections_at + 5 * SECTION);
    // 64 bits, little endian, version 1, System V.
    file.extend(b"\x7fELF\x02\x01\x01\x00\0\0\0\0\0\0\0\0");
    // A program: addresses are as they are.
    file.extend(2u16.to_le_bytes());
    file.extend(machine.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    // No entry, no program headers.
    file.extend([0; 16]);
    file.extend((sections_at as u64).to_le_bytes());
    file.extend(0u32.to_le_bytes());
    for half in [HEADER as u16, 56, 0, SECTION as u16, 5, 4] {
        file.extend(half.to_le_bytes());
    }

    file.extend([0; SYMBOL]);
    // The name's place, a global function, in section 1.
    file.extend(1u32.to_le_bytes());
    file.extend([1 << 4 | 2, 0]);
    file.extend(1u16.to_le_bytes());
    file.extend((address as u64).to_le_bytes());
    file.extend((size as u64).to_le_bytes());
    file.extend(&strings);
    file.extend(NAMES);
    file.resize(sections_at, 0);

    let plain = Section {
        name: 0,
        kind: 0,
        flags: 0,
        address: 0,
        offset: 0,
        size: 0,
        link: 0,
        info: 0,
        align: 0,
        entry: 0,
    };
    for section in [
        Section { ..plain },
        Section {
            name: 1,
            kind: NOBITS,
            flags: ALLOC_EXEC,
            address: address as u64,
            offset: HEADER,
            size,
            align: 16,
            ..plain
        },
        Section {
            name: 7,
            kind: SYMTAB,
            offset: symbols_at,
            size: 2 * SYMBOL,
            link: 3,
            // The first symbol that is not local.
            info: 1,
            align: 8,
            entry: SYMBOL,
            ..plain
        },
        Section {
            name: 15,
            kind: STRTAB,
            offset: strings_at,
            size: strings.len(),
            align: 1,
            ..plain
        },
        Section {
            name: 23,
            kind: STRTAB,
            offset: names_at,
            size: NAMES.len(),
            align: 1,
            ..plain
        },
    ] {
        file.extend(section.name.to_le_bytes());
        file.extend(section.kind.to_le_bytes());
        for word in [
            section.flags,
            section.address,
            section.offset as u64,
            section.size as u64,
        ] {
            file.extend(word.to_le_bytes());
        }
        file.extend(section.link.to_le_bytes());
        file.extend(section.info.to_le_bytes());
        file.extend(section.align.to_le_bytes());
        file.extend((section.entry as u64).to_le_bytes());
    }
    file
}
