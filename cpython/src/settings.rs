//! What users and developers may set by environment variables.
//!
//! Invariant: a variable that is set and cannot be understood is an error with one clear line, never ignored;
//! whoever runs the program decides what the error means.

use std::ffi::OsString;

use thiserror::Error;

use crate::monitor::Finding;

/// Back edges of a loop before it is compiled, unless set otherwise.
pub const DEFAULT_THRESHOLD: u32 = 1000;

/// Most memory for machine code, unless set otherwise, in KiB.
pub const DEFAULT_CODE_KIB: u32 = 64 * 1024;

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `FATJIT=0` switches everything off.
    pub enabled: bool,
    /// `FATJIT_THRESHOLD`: back edges of a loop before it is compiled.
    pub threshold: u32,
    /// Whether a threshold was asked for: then all code is counted from its first round on. Else what is hot is found by
    /// looking now and then.
    pub counts: bool,
    /// `FATJIT_CODE_KIB`: most memory for machine code, in KiB.
    pub code_kib: u32,
    /// `FATJIT_DEBUG_EXIT_EVERY`: every so many guards one fails on purpose.
    pub exit_every: Option<u64>,
    /// `FATJIT_DEBUG_SEED`: from which the places of such failures follow.
    pub seed: u64,
    /// `FATJIT_DISABLE_PASS`: passes not run, separated by commas.
    pub disabled_passes: Vec<String>,
    /// `FATJIT_DEBUG_DUMP=1`: everything that is compiled is printed, from guarded bytecode to machine code.
    pub dump: bool,
    /// `FATJIT_DEBUG_FORCE=1`: loops are compiled also where native code is not expected to be faster.
    pub force: bool,
    /// `FATJIT_DEBUG_COUNT=1`: every instruction that the interpreter does is counted.
    pub count: bool,
    /// `FATJIT_DEBUG_BUDGET`: most percent of the processor time that compiling may take, with nothing free.
    pub budget: Option<u32>,
    /// `FATJIT_CRASH_NOTE=0`: no note is written when a signal ends the process.
    pub crash_note: bool,
    /// `FATJIT_PERF_MAP=1`: native code is named in the map that `perf` reads.
    pub perf_map: bool,
    /// `FATJIT_JITDUMP`: the folder for a file with names and bytes of native code, for `perf inject`.
    pub jitdump: Option<String>,
    /// `FATJIT_GDB=1`: native code is registered with debuggers.
    pub debugger: bool,
    /// `FATJIT_LOG`: where what is done is told: `stderr`, or a file.
    pub log: Option<String>,
    /// `FATJIT_DEBUG_LIMIT`: most regions that are compiled.
    pub regions: Option<u32>,
    /// `FATJIT_ONLY`: the only functions that are compiled, separated by commas.
    pub only: Vec<String>,
}

/// A variable that cannot be understood.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the environment variable {name} is {value:?}, but must be {wanted}")]
pub struct SettingError {
    /// Which.
    pub name: &'static str,
    /// What it is.
    pub value: String,
    /// What it could be.
    pub wanted: &'static str,
}

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    /// A variable cannot be understood.
    pub fn from_env() -> Result<Settings, SettingError> {
        Settings::from_variables(|name| std::env::var_os(name))
    }

    /// How hot code is found.
    pub fn finding(&self) -> Finding {
        match (self.counts, self.threshold) {
            (false, _) => Finding::Samples,
            (true, 1) => Finding::FirstRounds,
            (true, _) => Finding::Rounds,
        }
    }

    fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Result<Settings, SettingError> {
        let text = |name: &str| {
            get(name)
                .map(|value| value.to_string_lossy().trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let number = |name: &'static str, least: u64, wanted: &'static str| match text(name) {
            None => Ok(None),
            Some(value) => match value.parse::<u64>() {
                Ok(number) if number >= least && number <= u64::from(u32::MAX) => Ok(Some(number)),
                _ => Err(SettingError {
                    name,
                    value,
                    wanted,
                }),
            },
        };
        let list = |name: &str| {
            let value = text(name).unwrap_or_default();
            let items = value.split(',').map(|item| item.trim().to_owned());
            items.filter(|item| !item.is_empty()).collect()
        };
        let enabled = match text("FATJIT") {
            None => true,
            Some(value) => match value.as_str() {
                "0" => false,
                "1" => true,
                _ => {
                    return Err(SettingError {
                        name: "FATJIT",
                        value,
                        wanted: "0 or 1",
                    });
                }
            },
        };
        let at_least_one = "a whole number from 1 on";
        let threshold = number("FATJIT_THRESHOLD", 1, at_least_one)?;
        Ok(Settings {
            enabled,
            threshold: threshold.map_or(DEFAULT_THRESHOLD, |n| n as u32),
            counts: threshold.is_some(),
            code_kib: number("FATJIT_CODE_KIB", 4, "a whole number of KiB from 4 on")?
                .map_or(DEFAULT_CODE_KIB, |n| n as u32),
            exit_every: number("FATJIT_DEBUG_EXIT_EVERY", 1, at_least_one)?,
            seed: number("FATJIT_DEBUG_SEED", 0, "a whole number from 0 on")?.unwrap_or(0),
            disabled_passes: list("FATJIT_DISABLE_PASS"),
            dump: number("FATJIT_DEBUG_DUMP", 0, "0 or 1")?.is_some_and(|n| n > 0),
            force: number("FATJIT_DEBUG_FORCE", 0, "0 or 1")?.is_some_and(|n| n > 0),
            count: number("FATJIT_DEBUG_COUNT", 0, "0 or 1")?.is_some_and(|n| n > 0),
            budget: number("FATJIT_DEBUG_BUDGET", 0, "a whole number of percent")?
                .map(|n| n as u32),
            crash_note: number("FATJIT_CRASH_NOTE", 0, "0 or 1")? != Some(0),
            perf_map: number("FATJIT_PERF_MAP", 0, "0 or 1")?.is_some_and(|n| n > 0),
            jitdump: text("FATJIT_JITDUMP"),
            debugger: number("FATJIT_GDB", 0, "0 or 1")?.is_some_and(|n| n > 0),
            log: text("FATJIT_LOG"),
            regions: number("FATJIT_DEBUG_LIMIT", 0, "a whole number from 0 on")?.map(|n| n as u32),
            only: list("FATJIT_ONLY"),
        })
    }
}
