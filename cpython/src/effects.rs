//! What routines do besides computing their result, as native code is told of it.
//!
//! Invariant: a routine declared with one of these does no more than it says. Passes and lowering know nothing else of
//! it.

use fatjit_ir::HelperEffects;

/// It only computes.
pub const PURE: HelperEffects = HelperEffects {
    raises: false,
    runs_code: false,
    reads: false,
    writes: false,
    releases: false,
};

/// It reads memory that others write.
pub const READS: HelperEffects = HelperEffects {
    reads: true,
    ..PURE
};

/// It writes memory.
pub const WRITES: HelperEffects = HelperEffects {
    writes: true,
    ..PURE
};

/// It reads and writes memory.
pub const CHANGES: HelperEffects = HelperEffects {
    reads: true,
    ..WRITES
};

/// It makes an object of its operands alone, for which there may be no memory.
pub const MAKES: HelperEffects = HelperEffects {
    raises: true,
    ..PURE
};

/// It makes an object of what it reads.
pub const MAKES_FROM: HelperEffects = HelperEffects {
    raises: true,
    ..READS
};

/// It reads and writes memory, and may raise.
pub const MAY_CHANGE: HelperEffects = HelperEffects {
    raises: true,
    ..CHANGES
};

/// It may do anything.
pub const ANYTHING: HelperEffects = HelperEffects {
    runs_code: true,
    releases: true,
    ..MAY_CHANGE
};
