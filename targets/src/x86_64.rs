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
    }
}

macro_rules! detect {
    ($($feature:tt => $setting:literal,)*) => {{
        let mut found: Vec<Setting> = Vec::new();
        $(if std::arch::is_x86_feature_detected!($feature) {
            found.push(($setting, "true"));
        })*
        found
    }};
}

/// The features of the processor that the process runs on.
#[cfg(target_arch = "x86_64")]
pub fn detected() -> Vec<Setting> {
    detect! {
        "sse3" => "has_sse3",
        "ssse3" => "has_ssse3",
        "cmpxchg16b" => "has_cmpxchg16b",
        "sse4.1" => "has_sse41",
        "sse4.2" => "has_sse42",
        "popcnt" => "has_popcnt",
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

/// Makes code that was written to `code` visible to instruction fetch: nothing to do.
#[cfg(target_arch = "x86_64")]
pub(crate) fn publish(_code: &[u8]) -> std::io::Result<()> {
    Ok(())
}
