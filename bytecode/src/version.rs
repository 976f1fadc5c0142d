//! The interpreter versions whose bytecode is known.
//!
//! Invariant: everything that differs between versions is reached through [`Version`]; no other
//! module compares version numbers. A version is identified by its minor number alone, because
//! CPython freezes the bytecode of a minor version at its first release candidate.

use std::fmt;

/// A CPython minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// CPython 3.12.
    V312,
    /// CPython 3.13.
    V313,
}

impl Version {
    /// Every known version, oldest first.
    pub const ALL: [Version; 2] = [Version::V312, Version::V313];

    /// The version of an interpreter with this `PY_VERSION_HEX` (such as `0x030D00F0`), if known.
    #[must_use]
    pub fn from_hex(hex: u32) -> Option<Version> {
        match hex >> 16 {
            0x030C => Some(Version::V312),
            0x030D => Some(Version::V313),
            _ => None,
        }
    }

    /// The version of an interpreter with this `sys.version_info[:2]`, if known.
    #[must_use]
    pub fn from_numbers(major: u32, minor: u32) -> Option<Version> {
        Version::ALL
            .into_iter()
            .find(|version| version.numbers() == (major, minor))
    }

    /// Major and minor version number.
    #[must_use]
    pub fn numbers(self) -> (u32, u32) {
        match self {
            Version::V312 => (3, 12),
            Version::V313 => (3, 13),
        }
    }

    /// The number in the first two bytes of this version's `.pyc` files.
    #[must_use]
    pub fn magic(self) -> u16 {
        match self {
            Version::V312 => 3531,
            Version::V313 => 3571,
        }
    }

    /// The first four bytes of this version's `.pyc` files (`importlib.util.MAGIC_NUMBER`).
    #[must_use]
    pub fn magic_bytes(self) -> [u8; 4] {
        let [low, high] = self.magic().to_le_bytes();
        [low, high, b'\r', b'\n']
    }

    /// The version that writes this magic number, if known.
    #[must_use]
    pub fn from_magic(magic: u16) -> Option<Version> {
        Version::ALL
            .into_iter()
            .find(|version| version.magic() == magic)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.numbers();
        write!(f, "{major}.{minor}")
    }
}
