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
    // So that profilers and debuggers walk through native frames. It costs next to nothing: the code generator uses the
    // register for nothing else, only the smallest functions of aarch64 would go without a frame.
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
    /// How object files name the architecture (`e_machine`).
    pub elf_machine: u16,
    /// How far a call that holds its distance reaches, in bytes, either way.
    pub call_range: u64,
    /// How far a conditional branch reaches.
    pub branch_range: u64,
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

    /// Every level of its architecture that the processor has, the lowest first; at last all that was found.
    ///
    /// # Errors
    /// If its architecture has no module here.
    pub fn host_levels() -> Result<Vec<Target>, UnsupportedHost> {
        let host = Target::host()?;
        let levels = match host.triple.architecture {
            Architecture::X86_64 => x86_64::levels(),
            _ => aarch64::levels(),
        };
        let mut targets: Vec<Target> = levels
            .into_iter()
            .filter(|level| level.iter().all(|one| host.isa_settings.contains(one)))
            .map(|level| Target {
                isa_settings: level,
                ..host.clone()
            })
            .collect();
        if !targets.contains(&host) {
            targets.push(host);
        }
        Ok(targets)
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
    fn the_levels_end_with_what_the_host_has() {
        let levels = Target::host_levels().unwrap();
        assert!(levels[0].isa_settings.is_empty());
        assert_eq!(levels.last(), Some(&Target::host().unwrap()));
        for pair in levels.windows(2) {
            assert!(pair[0].isa_settings.len() < pair[1].isa_settings.len());
        }
    }

    #[test]
    fn what_is_found_of_a_processor_belongs_to_a_level() {
        for (found, levels) in [
            (x86_64::detected(), x86_64::levels()),
            (aarch64::detected(), aarch64::levels()),
        ] {
            let highest = levels.last().unwrap();
            assert!(found.iter().all(|feature| highest.contains(feature)));
        }
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
