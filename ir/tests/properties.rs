//! Properties of random units: they are valid, their text loses nothing, and no pass changes what they do.

use fatjit_ir::generate::{FUEL, Options, units, world};
use fatjit_ir::interp::{Left, run};
use fatjit_ir::passes::{PASSES, Pipeline, strip_in_blocks_of};
use fatjit_ir::rewrite::{Identity, rewrite};
use fatjit_ir::{Unit, parse, verify};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// What polls answer: the third says yes.
const THIRD: &[bool] = &[false, false, true];

/// Answers that do not tell how often one asks.
const FIRST_OR_NONE: [&[bool]; 2] = [&[], &[true]];

/// What can be seen of a run: how it left, what helpers noted, where the frame was said to be.
fn seen(unit: &Unit, entry: usize, polls: &[bool]) -> (Left, Vec<String>, u32) {
    let mut world = world();
    world.polls = polls.iter().copied().collect();
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
            seen(&unit, entry, THIRD);
        }
    }

    #[test]
    fn text_loses_nothing(unit in units(Options::default())) {
        let text = unit.to_string();
        let parsed = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        prop_assert_eq!(parsed.to_string(), text);
        valid(&parsed);
        prop_assert_eq!(seen(&parsed, 0, THIRD), seen(&unit, 0, THIRD));
    }

    #[test]
    fn rewriting_with_the_identity_changes_nothing(unit in units(Options::default())) {
        let copy = rewrite(&unit, &mut Identity);
        valid(&copy);
        for entry in 0..unit.entries.len() {
            prop_assert_eq!(seen(&copy, entry, THIRD), seen(&unit, entry, THIRD));
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
            let asks_less = pass.name == "strip";
            for entry in 0..unit.entries.len() {
                for polls in if asks_less { &FIRST_OR_NONE[..] } else { &[THIRD] } {
                    let (before, after_it) = (seen(&unit, entry, polls), seen(&after, entry, polls));
                    prop_assert_eq!(before, after_it, "{}\n{}\n{}", pass.name, unit, after);
                }
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
                for polls in FIRST_OR_NONE {
                    let (before, after_it) = (seen(&unit, entry, polls), seen(&after, entry, polls));
                    prop_assert_eq!(before, after_it, "without {:?}\n{}\n{}", name, unit, after);
                }
            }
        }
    }

    #[test]
    fn rounds_in_blocks_are_the_same_rounds(unit in units(Options::default()), rounds in 1..4u32) {
        let mut stripped = unit.clone();
        Pipeline::of(&["params", "cse"]).unwrap().run(&mut stripped);
        strip_in_blocks_of(&mut stripped, rounds);
        valid(&stripped);
        let mut cleaned = stripped.clone();
        Pipeline::of(&["ranges", "fold", "params", "blocks", "dead"]).unwrap().run(&mut cleaned);
        for entry in 0..unit.entries.len() {
            for polls in FIRST_OR_NONE {
                let before = seen(&unit, entry, polls);
                prop_assert_eq!(&before, &seen(&stripped, entry, polls), "{}\n{}", unit, stripped);
                prop_assert_eq!(&before, &seen(&cleaned, entry, polls), "{}\n{}", unit, cleaned);
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
    let (mut shrunk, mut stripped) = (0, 0);
    for _ in 0..300 {
        let unit = strategy.new_tree(&mut runner).unwrap().current();
        for block in &unit.layout {
            for inst in &unit.block(*block).insts {
                *ops.entry(unit.inst(*inst).op).or_insert(0) += 1;
            }
        }
        *reasons.entry(seen(&unit, 0, THIRD).0.reason).or_insert(0) += 1;
        let mut after = unit.clone();
        Pipeline::standard().run(&mut after);
        shrunk += usize::from(after.size() < unit.size());
        let mut in_blocks = unit.clone();
        strip_in_blocks_of(&mut in_blocks, 2);
        stripped += usize::from(in_blocks.size() > unit.size());
    }
    assert!(ops.len() > 65, "{ops:?}");
    assert!(reasons.len() > 5, "{reasons:?}");
    assert!(reasons[&fatjit_ir::Reason::Finished] > 30, "{reasons:?}");
    assert!(shrunk > 200 && stripped > 15, "{shrunk} {stripped}");
}
