//! Properties of random units: they are valid, their text loses nothing, and no pass changes what they do.

use fatjit_ir::generate::{FUEL, Options, units, world};
use fatjit_ir::interp::{Left, run};
use fatjit_ir::passes::{PASSES, Pipeline};
use fatjit_ir::rewrite::{Identity, rewrite};
use fatjit_ir::{Unit, parse, verify};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// What can be seen of a run: how it left, what helpers noted, where the frame was said to be.
fn seen(unit: &Unit, entry: usize) -> (Left, Vec<String>, u32) {
    let mut world = world();
    world.polls = [false, false, true].into();
    let outcome =
        run(unit, entry, &mut world, FUEL).unwrap_or_else(|breach| panic!("{breach}\n{unit}"));
    (outcome.left, world.log, world.position)
}

fn valid(unit: &Unit) {
    if let Err(errors) = verify(unit) {
        panic!("{errors:#?}\n{unit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn units_are_valid_and_run(unit in units(Options::default())) {
        valid(&unit);
        for entry in 0..unit.entries.len() {
            seen(&unit, entry);
        }
    }

    #[test]
    fn text_loses_nothing(unit in units(Options::default())) {
        let text = unit.to_string();
        let parsed = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(parsed.to_string(), text);
        valid(&parsed);
        prop_assert_eq!(seen(&parsed, 0), seen(&unit, 0));
    }

    #[test]
    fn rewriting_with_the_identity_changes_nothing(unit in units(Options::default())) {
        let copy = rewrite(&unit, &mut Identity);
        valid(&copy);
        for entry in 0..unit.entries.len() {
            prop_assert_eq!(seen(&copy, entry), seen(&unit, entry));
        }
    }

    #[test]
    fn no_pass_changes_what_a_unit_does(unit in units(Options::default())) {
        for pass in PASSES {
            let mut after = unit.clone();
            (pass.run)(&mut after);
            if let Err(errors) = verify(&after) {
                panic!("{}: {errors:#?}\n{unit}\n{after}", pass.name);
            }
            for entry in 0..unit.entries.len() {
                let (before, after_it) = (seen(&unit, entry), seen(&after, entry));
                prop_assert_eq!(before, after_it, "{}\n{}\n{}", pass.name, unit, after);
            }
        }
    }

    #[test]
    fn the_pipeline_changes_nothing_either(unit in units(Options::default()), off in 0..PASSES.len()) {
        for name in ["", PASSES[off].name] {
            let mut pipeline = Pipeline::standard();
            if !name.is_empty() {
                pipeline.disable(name).unwrap();
            }
            let mut after = unit.clone();
            pipeline.run(&mut after);
            for entry in 0..unit.entries.len() {
                let (before, after_it) = (seen(&unit, entry), seen(&after, entry));
                prop_assert_eq!(before, after_it, "without {:?}\n{}\n{}", name, unit, after);
            }
        }
    }
}

/// The properties above would be worth little if the units were all alike.
#[test]
fn units_differ() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ops = std::collections::BTreeMap::new();
    let mut reasons = std::collections::BTreeMap::new();
    let strategy = units(Options::default());
    let mut shrunk = 0;
    for _ in 0..300 {
        let unit = strategy.new_tree(&mut runner).unwrap().current();
        for block in &unit.layout {
            for inst in &unit.block(*block).insts {
                *ops.entry(unit.inst(*inst).op).or_insert(0) += 1;
            }
        }
        *reasons.entry(seen(&unit, 0).0.reason).or_insert(0) += 1;
        let mut after = unit.clone();
        Pipeline::standard().run(&mut after);
        shrunk += usize::from(after.size() < unit.size());
    }
    assert!(ops.len() > 65, "{ops:?}");
    assert!(reasons.len() > 5, "{reasons:?}");
    assert!(reasons[&fatjit_ir::Reason::Finished] > 30, "{reasons:?}");
    assert!(shrunk > 200);
}
