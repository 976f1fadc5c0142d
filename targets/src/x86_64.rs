//! x86-64 with the System V calling convention.
//!
//! Instruction and data caches are coherent: new code needs no cache maintenance.

use target_lexicon::{Architecture, BinaryFormat, Environment, OperatingSystem, Triple, Vendor};

use crate::target::{SHARED_SETTINGS, Setting, Target};

/// x86-64 Linux.
pub fn linux() -> Triple {
    Triple {
        architecture: Architecture::X86_64,
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
        integer_argument_registers: 6,
        integer_result_registers: 2,
        function_alignment: 16,
        elf_machine: 62,
        // `call` and `jcc` with 32 bits.
        call_range: 1 << 31,
        branch_range: 1 << 31,
    }
}

macro_rules! levels {
    ($($(#[$doc:meta])* $level:ident { $($feature:tt => $setting:literal,)* })*) => {
        $($(#[$doc])* pub const $level: &[Setting] = &[$(($setting, "true")),*];)*

        /// The features of the processor that the process runs on.
        #[cfg(target_arch = "x86_64")]
        pub fn detected() -> Vec<Setting> {
            let mut found: Vec<Setting> = Vec::new();
            $($(if std::arch::is_x86_feature_detected!($feature) {
                found.push(($setting, "true"));
            })*)*
            found
        }
    };
}

// The levels are those of the psABI; code generation uses nothing of what their fourth adds.
levels! {
    /// What x86-64-v2 adds to the baseline.
    V2 {
        "sse3" => "has_sse3",
        "ssse3" => "has_ssse3",
        "cmpxchg16b" => "has_cmpxchg16b",
        "sse4.1" => "has_sse41",
        "sse4.2" => "has_sse42",
        "popcnt" => "has_popcnt",
    }
    /// What x86-64-v3 adds to v2.
    V3 {
        "avx" => "has_avx",
        "avx2" => "has_avx2",
        "fma" => "has_fma",
        "bmi1" => "has_bmi1",
        "bmi2" => "has_bmi2",
        "lzcnt" => "has_lzcnt",
    }
}

/// The features of the processor that the process runs on: it is no x86-64.
#[cfg(not(target_arch = "x86_64"))]
pub fn detected() -> Vec<Setting> {
    Vec::new()
}

/// The features of each level, lowest first; the lowest has none.
pub fn levels() -> Vec<Vec<Setting>> {
    vec![Vec::new(), V2.to_vec(), [V2, V3].concat()]
}

/// Makes code that was written to `code` visible to instruction fetch: nothing to do.
#[cfg(target_arch = "x86_64")]
pub(crate) fn publish(_code: &[u8]) -> std::io::Result<()> {
    Ok(())
}

/// The code of a function that returns a number, for tests.
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) fn returning(number: u16) -> Vec<u8> {
    let [low, high] = number.to_le_bytes();
    // mov eax, number; ret
    vec![0xb8, low, high, 0, 0, 0xc3]
}
