//! `.pyc` files: a header, then a marshalled code object.
//!
//! Invariant: a file that was read is written back to the same bytes.

use thiserror::Error;

use crate::marshal::{Document, MarshalError};
use crate::version::Version;

const HEADER: usize = 16;

/// A `.pyc` file.
#[derive(Clone, Debug, PartialEq)]
pub struct Pyc {
    /// The version that wrote it.
    pub version: Version,
    /// The flags of PEP 552: 0 for a time stamp; bit 0 for a hash, bit 1 for a hash to be checked.
    pub flags: u32,
    /// The source's time stamp and size, or its hash.
    pub source_id: [u8; 8],
    /// The module's code object and all it holds.
    pub document: Document,
}

/// Why bytes are no `.pyc` file of a known version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PycError {
    /// The file ends within its header.
    #[error("the file ends within its header")]
    Truncated,
    /// The magic number is not of a known version.
    #[error("magic number {magic} is not that of a known CPython version")]
    UnknownMagic {
        /// The number.
        magic: u16,
    },
    /// What follows the header cannot be read.
    #[error(transparent)]
    Marshal(#[from] MarshalError),
}

impl Pyc {
    /// Reads a `.pyc` file.
    ///
    /// # Errors
    /// It is not one of a known version.
    pub fn read(bytes: &[u8]) -> Result<Pyc, PycError> {
        let (header, rest) = bytes
            .split_first_chunk::<HEADER>()
            .ok_or(PycError::Truncated)?;
        let [m0, m1, m2, m3, f0, f1, f2, f3, source_id @ ..] = *header;
        let magic = u16::from_le_bytes([m0, m1]);
        let version = Version::from_magic(magic)
            .filter(|version| version.magic_bytes() == [m0, m1, m2, m3])
            .ok_or(PycError::UnknownMagic { magic })?;
        Ok(Pyc {
            version,
            flags: u32::from_le_bytes([f0, f1, f2, f3]),
            source_id,
            document: Document::read(rest)?,
        })
    }

    /// Writes the file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(self.version.magic_bytes());
        out.extend(self.flags.to_le_bytes());
        out.extend(self.source_id);
        out.extend(self.document.write());
        out
    }
}
