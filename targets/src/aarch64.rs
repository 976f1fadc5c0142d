//! aarch64 with the calling convention of the AAPCS64.
//!
//! Instruction and data caches need not be coherent: whoever writes code cleans the lines before it may be
//! executed (`publish`, which `CodeWriter::make_exec` calls).

use target_lexicon::{
    Aarch64Architecture, Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor,
};

use crate::target::{SHARED_SETTINGS, Setting, Target};

/// aarch64 Linux.
pub fn linux() -> Triple {
    Triple {
        architecture: Architecture::Aarch64(Aarch64Architecture::Aarch64),
        vendor: Vendor::Unknown,
        operating_system: OperatingSystem::Linux,
        environment: Environment::Gnu,
        binary_format: BinaryFormat::Elf,
    }
}

/// A target with these features.
pub fn target(triple: Triple, features: Vec<Setting>) -> Target {
    Target {
        triple,
        shared_settings: SHARED_SETTINGS.to_vec(),
        isa_settings: features,
        integer_argument_registers: 8,
        integer_result_registers: 2,
        function_alignment: 16,
        elf_machine: 183,
        // `bl` with 26 bits, `b.cond` with 19, of instructions.
        call_range: 1 << 27,
        branch_range: 1 << 20,
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $level:ident { $($feature:tt => $setting:literal,)* })*) => {
        $($(#[$doc])* pub const $level: &[Setting] = &[$(($setting, "true")),*];)*

        /// The features of the processor that the process runs on.
        #[cfg(target_arch = "aarch64")]
        pub fn detected() -> Vec<Setting> {
            let mut found: Vec<Setting> = Vec::new();
            $($(if std::arch::is_aarch64_feature_detected!($feature) {
                found.push(($setting, "true"));
            })*)*
            found
        }
    };
}

levels! {
    /// Atomic instructions, which all of ARMv8.1 have.
    V8_1 {
        "lse" => "has_lse",
    }
    /// What most of ARMv8.2 add.
    V8_2 {
        "fp16" => "has_fp16",
        "dotprod" => "has_dotprod",
    }
}

/// The features of the processor that the process runs on: it is no aarch64.
#[cfg(not(target_arch = "aarch64"))]
pub fn detected() -> Vec<Setting> {
    Vec::new()
}

/// The features of each level, lowest first; the lowest has none.
pub fn levels() -> Vec<Vec<Setting>> {
    vec![Vec::new(), V8_1.to_vec(), [V8_1, V8_2].concat()]
}

/// Makes code that was written to `code` visible to instruction fetch: cleans the data cache to the point
/// of unification, invalidates the instruction cache (Arm ARM, B2.4.4), and has every core that runs a
/// thread of the process drop what it fetched before.
#[cfg(target_arch = "aarch64")]
pub(crate) fn publish(code: &[u8]) -> std::io::Result<()> {
    use std::arch::asm;

    let cache_type: u64;
    // SAFETY: reads the cache type register, which user code may do on Linux and macOS.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) cache_type, options(nomem, nostack)) };
    let data_line = 4usize << ((cache_type >> 16) & 0xf);
    let code_line = 4usize << (cache_type & 0xf);
    let start = code.as_ptr() as usize;
    let end = start + code.len();
    for line in (start & !(data_line - 1)..end).step_by(data_line) {
        // SAFETY: cleaning a line of mapped memory changes nothing that a program can see.
        unsafe { asm!("dc cvau, {}", in(reg) line, options(nostack)) };
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb ish", options(nostack)) };
    for line in (start & !(code_line - 1)..end).step_by(code_line) {
        // SAFETY: invalidating a line of the instruction cache changes nothing but what is fetched next.
        unsafe { asm!("ic ivau, {}", in(reg) line, options(nostack)) };
    }
    // SAFETY: barriers.
    unsafe { asm!("dsb ish", "isb", options(nostack)) };
    synchronise_cores()
}

/// Has every core that runs a thread of the process pass a context synchronisation event.
#[cfg(all(target_arch = "aarch64", target_os = "linux"))]
fn synchronise_cores() -> std::io::Result<()> {
    fn membarrier(command: libc::c_int) -> std::io::Result<()> {
        let flags: libc::c_int = 0;
        // SAFETY: the call takes two numbers and touches no memory of ours.
        match unsafe { libc::syscall(libc::SYS_membarrier, command, flags) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    }
    let core = libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;
    match membarrier(core).map_err(|e| (e.raw_os_error(), e)) {
        Ok(()) => Ok(()),
        // The process has not registered yet.
        Err((Some(libc::EPERM), _)) => {
            membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)?;
            membarrier(core)
        }
        // Kernels before 4.16: slower, to the same end.
        Err((Some(libc::EINVAL), _)) => membarrier(libc::MEMBARRIER_CMD_GLOBAL),
        Err((_, e)) => Err(e),
    }
}

/// Elsewhere no such call exists; cores synchronise when the pages change their protection.
#[cfg(all(target_arch = "aarch64", not(target_os = "linux")))]
fn synchronise_cores() -> std::io::Result<()> {
    Ok(())
}

/// The code of a function that returns a number, for tests.
#[cfg(all(test, target_arch = "aarch64"))]
pub(crate) fn returning(number: u16) -> Vec<u8> {
    // mov w0, #number; ret
    let instructions = [0x5280_0000 | u32::from(number) << 5, 0xd65f_03c0];
    instructions
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}
