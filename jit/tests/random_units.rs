//! Random units: native code and the reference interpreter leave through the same exit with the same
//! frame, having done the same.

mod toy_host;

use std::collections::VecDeque;

use fatjit_ir::Unit;
use fatjit_ir::generate::{self, FUEL};
use fatjit_ir::interp::{Left, Shown, run};
use fatjit_ir::passes::Pipeline;
use fatjit_targets::Target;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use toy_host::{Script, Seen, Toy};

/// One NaN is as good as another: which operand's payload survives is up to the machine.
fn without_payloads(mut left: Left) -> Left {
    for slot in left.frames.iter_mut().flat_map(|frame| &mut frame.slots) {
        if let Shown::Float(bits) = slot
            && f64::from_bits(*bits).is_nan()
        {
            *bits = f64::NAN.to_bits();
        }
    }
    left
}

fn interpreted(unit: &Unit, entry: u32, script: &Script) -> Seen {
    let mut world = generate::world();
    world.polls = script.polls.clone();
    world.allocations = script.allocations;
    let outcome = run(unit, entry as usize, &mut world, FUEL);
    let outcome = outcome.unwrap_or_else(|breach| panic!("{breach}\n{unit}"));
    Seen {
        left: without_payloads(outcome.left),
        position: world.position,
        log: world.log,
    }
}

fn agree(toy: &Toy, unit: &Unit, script: &Script) {
    agree_as(toy, unit, unit, script);
}

/// What `compiled` does in native code is what `unit` does.
fn agree_as(toy: &Toy, compiled: &Unit, unit: &Unit, script: &Script) {
    let code = toy.compile(compiled);
    for entry in 0..unit.entries.len() as u32 {
        let expected = interpreted(unit, entry, script);
        let mut seen = code.run(entry, script.clone());
        seen.left = without_payloads(seen.left);
        assert_eq!(seen, expected, "entry {entry} of\n{unit}");
    }
}

fn scripts() -> impl Strategy<Value = Script> {
    let polls = proptest::collection::vec(proptest::bool::weighted(0.1), 0..20);
    let allocations = proptest::option::weighted(0.3, 0usize..10);
    (polls, allocations).prop_map(|(polls, allocations)| Script {
        polls: VecDeque::from(polls),
        allocations,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers(unit in generate::units(generate::Options {
        objects: false,
        calls: false,
        ..generate::Options::default()
    })) {
        agree(&Toy::new(), &unit, &Script::default());
    }

    #[test]
    fn objects_and_calls(
        unit in generate::units(generate::Options::default()),
        script in scripts(),
    ) {
        agree(&Toy::new(), &unit, &script);
    }

    /// Optimised before, as regions are. Passes may make fewer objects, so memory does not end; and ask
    /// less often, so the answers only tell against the optimised unit itself.
    #[test]
    fn optimised_units(
        unit in generate::units(generate::Options::default()),
        script in scripts(),
    ) {
        let script = Script { allocations: None, ..script };
        let mut optimised = unit.clone();
        Pipeline::standard().run(&mut optimised);
        agree(&Toy::new(), &optimised, &script);
        let quiet = Script { polls: VecDeque::new(), ..script };
        agree_as(&Toy::new(), &optimised, &unit, &quiet);
    }

    /// With every call through a bridge.
    #[test]
    fn bridged_calls(
        unit in generate::units(generate::Options::default()),
        script in scripts(),
    ) {
        agree(&Toy::with_bridges(), &unit, &script);
    }

    /// Counting guards changes nothing as long as none is due.
    #[test]
    fn counted_guards(
        unit in generate::units(generate::Options::default()),
        script in scripts(),
    ) {
        agree(&Toy::with_spurious_exits(), &unit, &script);
    }
}

proptest! {
    // The units are the same wherever this runs: as every architecture agrees with the reference interpreter about them,
    // they agree with each other.
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5eed),
        ..ProptestConfig::default()
    })]

    /// With the features of each level of the architecture, not only with all that this processor has.
    #[test]
    fn every_level_of_the_architecture(
        unit in generate::units(generate::Options::default()),
        script in scripts(),
    ) {
        for target in Target::host_levels().unwrap() {
            agree(&Toy::on(&target), &unit, &script);
        }
    }
}
