//! A target: what the code generator has to be told about one processor.
//!
//! Settings are names and values as the code generator spells them, so that this crate does not depend on
//! it. Every target has the settings of [`SHARED_SETTINGS`]; its architecture's module adds the rest.

use target_lexicon::{Architecture, Triple};
use thiserror::Error;

use crate::{aarch64, x86_64};

/// A setting of the code generator: name and value.
pub type Setting = (&'static str, &'static str);

/// Settings that hold for every architecture.
pub const SHARED_SETTINGS: &[Setting] = &[
    ("opt_level", "speed"),
    // Costs a register, but lets profilers and debuggers walk through native frames.
    ("preserve_frame_pointers", "true"),
    // The shortest forms of calls cannot be relied upon to reach routines anywhere in the process.
    ("use_colocated_libcalls", "false"),
    ("is_pic", "false"),
    // Checking the code generator's input costs 40 %; our own verifier has run before.
    (
        "enable_verifier",
        if cfg!(debug_assertions) {
            "true"
        } else {
            "false"
        },
    ),
];

/// One processor: its name, what to set in the code generator, and facts about its calls and pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Architecture, vendor, system.
    pub triple: Triple,
    /// Settings common to all architectures.
    pub shared_settings: Vec<Setting>,
    /// Settings of this architecture: the features that the processor has.
    pub isa_settings: Vec<Setting>,
    /// Number of integer arguments that calls of C routines pass in registers.
    pub integer_argument_registers: u32,
    /// Number of integer results that calls of C routines return in registers.
    pub integer_result_registers: u32,
    /// Bytes that the start of a function is aligned to.
    pub function_alignment: u32,
}

/// The process runs on an architecture that there is no target for.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("no native code for the architecture {0}")]
pub struct UnsupportedHost(pub Architecture);

impl Target {
    /// The processor that the process runs on, with the features found at run time.
    ///
    /// # Errors
    /// If its architecture has no module here.
    pub fn host() -> Result<Target, UnsupportedHost> {
        let triple = Triple::host();
        match triple.architecture {
            Architecture::X86_64 => Ok(x86_64::target(triple, x86_64::detected())),
            Architecture::Aarch64(_) => Ok(aarch64::target(triple, aarch64::detected())),
            other => Err(UnsupportedHost(other)),
        }
    }

    /// Any aarch64 processor, on Linux.
    pub fn aarch64_generic() -> Target {
        aarch64::target(aarch64::linux(), Vec::new())
    }

    /// Any x86-64 processor, on Linux.
    pub fn x86_64_baseline() -> Target {
        x86_64::target(x86_64::linux(), Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_of_the_architecture_this_was_compiled_for() {
        let host = Target::host().unwrap();
        assert_eq!(host.triple.architecture, Triple::host().architecture);
    }

    #[test]
    fn generic_targets_ask_for_no_feature() {
        assert!(Target::aarch64_generic().isa_settings.is_empty());
        assert!(Target::x86_64_baseline().isa_settings.is_empty());
    }

    #[test]
    fn no_setting_is_given_twice() {
        let host = Target::host().unwrap();
        let mut names: Vec<_> = host
            .shared_settings
            .iter()
            .chain(&host.isa_settings)
            .map(|(name, _)| name)
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
