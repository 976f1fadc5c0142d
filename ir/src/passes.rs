//! The optimisation passes. Each is one file with a contract; `README.md` beside them has the rules that
//! all of them keep. A pass takes a valid unit to a valid unit that does the same, as the reference
//! interpreter sees it; every one of them can be switched off by name.

mod blocks;
mod copy;
mod cse;
mod dead;
mod edit;
mod flatten;
mod fold;
mod guards;
mod inline;
mod loads;
mod moves;
mod params;
mod ranges;
mod scope;
mod slots;
mod strength;
mod strip;

use thiserror::Error;

pub use self::inline::{Known, Names, adopt_names, body_of, inline_calls, only_reads};
pub use self::strip::in_blocks_of as strip_in_blocks_of;

use crate::rewrite::{Identity, rewrite};
use crate::unit::Unit;
use crate::verify::verify;

/// A pass.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The name by which it is switched off.
    pub name: &'static str,
    /// Does it.
    pub run: fn(&mut Unit),
}

/// Every pass, by name.
pub const PASSES: &[Pass] = &[
    Pass {
        name: "inline",
        run: inline::run,
    },
    Pass {
        name: "params",
        run: params::run,
    },
    Pass {
        name: "fold",
        run: fold::run,
    },
    Pass {
        name: "strength",
        run: strength::run,
    },
    Pass {
        name: "slots",
        run: slots::run,
    },
    Pass {
        name: "moves",
        run: moves::run,
    },
    Pass {
        name: "cse",
        run: cse::run,
    },
    Pass {
        name: "loads",
        run: loads::run,
    },
    Pass {
        name: "ranges",
        run: ranges::run,
    },
    Pass {
        name: "guards",
        run: guards::run,
    },
    Pass {
        name: "strip",
        run: strip::run,
    },
    Pass {
        name: "flatten",
        run: flatten::run,
    },
    Pass {
        name: "blocks",
        run: blocks::run,
    },
    Pass {
        name: "dead",
        run: dead::run,
    },
    Pass {
        name: "compact",
        run: compact,
    },
];

/// What is done to a unit as it was lowered. Folding comes again where others leave constants. Loops are
/// stripped while all guards are still there: loads that are moved may rely on any.
const STANDARD: &[&str] = &[
    "blocks", "inline", "params", "fold", "strength", "slots", "moves", "fold", "blocks", "moves",
    "cse", "loads", "cse", "loads", "blocks", "params", "dead", "strip", "ranges", "guards",
    "fold", "blocks", "params", "cse", "dead",
];

/// What is done to a unit once its host's layouts are expanded.
const EXPANDED: &[&str] = &[
    "params", "fold", "strength", "slots", "cse", "loads", "cse", "loads", "ranges", "guards",
    "fold", "blocks", "params", "cse", "flatten", "blocks", "dead", "compact",
];

/// No pass has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no pass called {0:?}")]
pub struct UnknownPass(pub String);

/// A sequence of passes.
#[derive(Clone, Debug)]
pub struct Pipeline {
    steps: Vec<Pass>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline::standard()
    }
}

impl Pipeline {
    /// For units as they were lowered.
    pub fn standard() -> Pipeline {
        Pipeline::all(STANDARD)
    }

    /// For units whose host's layouts have been expanded.
    pub fn expanded() -> Pipeline {
        Pipeline::all(EXPANDED)
    }

    fn all(names: &[&str]) -> Pipeline {
        let passes = names.iter();
        let passes = passes.flat_map(|name| PASSES.iter().filter(move |p| p.name == *name));
        Pipeline {
            steps: passes.copied().collect(),
        }
    }

    /// These passes, in this order.
    ///
    /// # Errors
    /// If a name is not one of a pass.
    pub fn of(names: &[&str]) -> Result<Pipeline, UnknownPass> {
        let mut pipeline = Pipeline { steps: Vec::new() };
        for name in names {
            let pass = PASSES.iter().find(|p| p.name == *name);
            pipeline
                .steps
                .push(*pass.ok_or_else(|| UnknownPass((*name).to_owned()))?);
        }
        Ok(pipeline)
    }

    /// Leaves a pass out.
    ///
    /// # Errors
    /// If no pass has this name.
    pub fn disable(&mut self, name: &str) -> Result<(), UnknownPass> {
        if !PASSES.iter().any(|p| p.name == name) {
            return Err(UnknownPass(name.to_owned()));
        }
        self.steps.retain(|p| p.name != name);
        Ok(())
    }

    /// The passes, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.steps.iter().map(|p| p.name)
    }

    /// Runs the passes over a valid unit. Builds with debug assertions verify the unit after each.
    pub fn run(&self, unit: &mut Unit) {
        for pass in &self.steps {
            (pass.run)(unit);
            if cfg!(debug_assertions)
                && let Err(errors) = verify(unit)
            {
                let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
                panic!(
                    "pass {:?} broke the unit:\n{}\n{unit}",
                    pass.name,
                    errors.join("\n")
                );
            }
        }
    }
}

/// Drops what nothing uses any more from the unit's tables.
fn compact(unit: &mut Unit) {
    *unit = rewrite(unit, &mut Identity);
}
