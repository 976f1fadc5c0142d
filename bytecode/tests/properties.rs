//! Properties of decoding, encoding and editing on random code, assembled here by other means than
//! the crate's: jumps with a fixed number of prefixes, tables straight from their descriptions.

use fatjit_bytecode::edit::{Landing, Operand};
use fatjit_bytecode::exceptions::{self, RawRange};
use fatjit_bytecode::locations::{self, LocationRun};
use fatjit_bytecode::marshal::Document;
use fatjit_bytecode::{
    Cfg, Code, JumpDirection, Liveness, Location, Op, Pyc, RawCode, StackDepths, Version,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// An instruction to be assembled.
#[derive(Clone, Debug)]
struct Plan {
    op: Op,
    arg: u32,
    /// Redundant prefixes, as far as there is room for them.
    redundant: usize,
    /// Picks the target of a jump.
    target: Index,
    location: Location,
}

fn version() -> impl Strategy<Value = Version> {
    select(&Version::ALL[..])
}

fn location() -> impl Strategy<Value = Location> {
    let line = -5..100_000i32;
    let lines = prop_oneof![3 => Just(0), 1 => 0..3i32, 1 => 0..5000i32];
    let near = (0..200u32, 0..20u32).prop_map(|(col, width)| (Some(col), Some(col + width)));
    let far = (0..u32::MAX, 0..u32::MAX).prop_map(|(col, end)| (Some(col), Some(end)));
    let half = (0..90u32).prop_map(|end| (None, Some(end)));
    let columns = prop_oneof![6 => near, 1 => far, 1 => half, 2 => Just((None, None))];
    let somewhere = (line, lines, columns).prop_map(|(line, lines, (col, end_col))| Location {
        line: Some(line),
        end_line: Some(line + lines),
        col,
        end_col,
    });
    prop_oneof![8 => somewhere, 1 => Just(Location::NONE)]
}

fn ops(version: Version) -> Vec<Op> {
    let known = |op: &Op| version.base(*op).is_some() && op.is_in_code_objects();
    let listed = Op::ALL.iter().copied().filter(known);
    listed.filter(|op| *op != Op::ExtendedArg).collect()
}

fn plan(version: Version) -> impl Strategy<Value = Plan> {
    let arg = prop_oneof![4 => 0..256u32, 1 => 0..70_000u32, 1 => any::<u32>()];
    let parts = (
        select(ops(version)),
        arg,
        0..3usize,
        any::<Index>(),
        location(),
    );
    parts.prop_map(|(op, arg, redundant, target, location)| Plan {
        op,
        arg,
        redundant,
        target,
        location,
    })
}

fn program() -> impl Strategy<Value = (Version, Vec<Plan>)> {
    version().prop_flat_map(|version| (Just(version), prop::collection::vec(plan(version), 1..60)))
}

/// Assembles the plans; gives the code and the instruction that each jump leads to.
fn assemble(version: Version, plans: &[Plan]) -> (RawCode, Vec<Option<usize>>) {
    let base = |op| version.base(op).expect("an opcode of the version");
    let prefixes = |plan: &Plan| match plan.op.jump() {
        Some(_) => 3,
        None => {
            let needed = plan
                .arg
                .to_be_bytes()
                .iter()
                .take(3)
                .skip_while(|b| **b == 0)
                .count();
            (needed + plan.redundant).min(3)
        }
    };
    let length = |plan: &Plan| prefixes(plan) + 1 + usize::from(base(plan.op).caches);
    let mut starts = vec![0];
    for plan in plans {
        starts.push(starts[starts.len() - 1] + length(plan));
    }
    let mut raw = RawCode {
        first_line: 7,
        ..RawCode::default()
    };
    let mut targets = Vec::new();
    let mut runs = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let target = plan.op.jump().and_then(|direction| match direction {
            JumpDirection::Backward => Some(plan.target.index(index + 1)),
            JumpDirection::Forward if index + 1 == plans.len() => None,
            JumpDirection::Forward => Some(index + 1 + plan.target.index(plans.len() - index - 1)),
        });
        let arg = target.map_or(plan.arg, |target| {
            starts[index + 1].abs_diff(starts[target]) as u32
        });
        // A jump that has nowhere to go becomes something harmless of the same length.
        let op = if plan.op.jump().is_some() && target.is_none() {
            Op::Nop
        } else {
            plan.op
        };
        let bytes = arg.to_be_bytes();
        for byte in &bytes[3 - prefixes(plan)..3] {
            raw.code.extend([base(Op::ExtendedArg).byte, *byte]);
        }
        raw.code.extend([base(op).byte, bytes[3]]);
        if op == plan.op {
            raw.code.resize(starts[index + 1] * 2, 0);
        } else {
            let nop = [base(Op::Nop).byte, 0];
            raw.code
                .extend(nop.repeat(starts[index + 1] - raw.code.len() / 2));
        }
        targets.push(target);
        runs.push(LocationRun {
            units: length(plan) as u32,
            location: plan.location,
        });
    }
    raw.line_table = locations::encode(runs, raw.first_line);
    (raw, targets)
}

fn reencoded(code: &Code) -> RawCode {
    let encoded = code.encode();
    RawCode {
        code: encoded.code,
        exception_table: encoded.exception_table,
        line_table: encoded.line_table,
        ..code.source().clone()
    }
}

/// The location of each code unit.
fn by_unit(runs: &[LocationRun]) -> Vec<Location> {
    let units = runs.iter().map(|run| (run.location, run.units as usize));
    units
        .flat_map(|(location, units)| vec![location; units])
        .collect()
}

proptest! {
    #[test]
    fn random_code_comes_back((version, plans) in program()) {
        let (raw, targets) = assemble(version, &plans);
        let code = Code::decode(version, &raw).expect("well-formed code");
        prop_assert_eq!(&reencoded(&code), &raw);
        for ((instr, plan), target) in code.instrs().iter().zip(&plans).zip(&targets) {
            if plan.op.jump().is_some() && target.is_none() {
                break;
            }
            prop_assert_eq!(instr.op, plan.op);
            prop_assert_eq!(instr.location, plan.location);
            prop_assert_eq!(instr.target, *target);
            if target.is_none() {
                prop_assert_eq!(instr.arg, plan.arg);
            }
        }
    }

    #[test]
    fn graphs_of_random_code_can_be_built((version, plans) in program()) {
        let (raw, _) = assemble(version, &plans);
        let code = Code::decode(version, &raw).expect("well-formed code");
        let cfg = Cfg::new(&code);
        let _ = Liveness::new(&code, &cfg);
        let _ = StackDepths::new(&code, &cfg);
        for natural in cfg.loops() {
            for &block in &natural.blocks {
                prop_assert!(cfg.dominators().dominates(natural.header, block));
            }
            if let Some(parent) = natural.parent {
                let parent = &cfg.loops()[parent];
                prop_assert!(natural.blocks.iter().all(|&block| parent.contains(block)));
            }
        }
        // Dominance by its definition: what cannot be reached without a block is dominated by it.
        let blocks = cfg.blocks();
        for without in 0..blocks.len() {
            let mut reached = vec![false; blocks.len()];
            let mut pending = if without == 0 { vec![] } else { vec![0] };
            while let Some(block) = pending.pop() {
                if block != without && !std::mem::replace(&mut reached[block], true) {
                    pending.extend(blocks[block].successors.iter().map(|edge| edge.to));
                }
            }
            for (block, reached) in reached.iter().enumerate() {
                let dominators = cfg.dominators();
                let expected = dominators.is_reachable(block)
                    && dominators.is_reachable(without)
                    && !reached;
                prop_assert_eq!(dominators.dominates(without, block), expected);
            }
        }
    }

    #[test]
    fn edits_keep_every_other_meaning(
        (version, plans) in program(),
        edits in prop::collection::vec((any::<Index>(), any::<u32>(), any::<bool>()), 1..12),
    ) {
        let (raw, _) = assemble(version, &plans);
        let mut code = Code::decode(version, &raw).expect("well-formed code");
        let mut edited = 0;
        for (at, arg, insert) in edits {
            let index = at.index(code.instrs().len());
            let before = code.clone();
            let moved = |other: usize| other + usize::from(insert && other >= index);
            let done = if insert {
                code.insert(index, Op::LoadConst, Operand::Arg(arg), Landing::Original)
            } else {
                code.set_arg(index, arg)
            };
            if done.is_err() {
                // Arguments of jumps cannot be set, nor an empty backward jump made a forward one.
                prop_assert_eq!(&code, &before);
                continue;
            }
            edited += 1;
            prop_assert_eq!(code.instrs()[index].arg, arg);
            for (other, old) in before.instrs().iter().enumerate() {
                let new = &code.instrs()[moved(other)];
                prop_assert_eq!(new.op, old.op);
                prop_assert_eq!(new.location, old.location);
                prop_assert_eq!(new.target, old.target.map(moved));
                if new.target.is_none() && (insert || other != index) {
                    prop_assert_eq!(new.arg, old.arg);
                }
            }
        }
        prop_assume!(edited > 0);
        let again = Code::decode(version, &reencoded(&code)).expect("still well-formed");
        prop_assert_eq!(again.instrs(), code.instrs());
    }

    #[test]
    fn jumps_lead_where_they_are_sent(
        (version, plans) in program(),
        pick in any::<Index>(),
        to in any::<Index>(),
    ) {
        let (raw, _) = assemble(version, &plans);
        let mut code = Code::decode(version, &raw).expect("well-formed code");
        let before = code.clone();
        let instrs = before.instrs();
        let jumps: Vec<usize> = (0..instrs.len()).filter(|&i| instrs[i].target.is_some()).collect();
        prop_assume!(!jumps.is_empty());
        let (jump, target) = (jumps[pick.index(jumps.len())], to.index(instrs.len()));
        let possible = match instrs[jump].op.jump() {
            Some(JumpDirection::Forward) => target > jump,
            _ => target <= jump + 1,
        };
        prop_assert_eq!(code.set_target(jump, target).is_ok(), possible);
        if possible {
            prop_assert_eq!(code.instrs()[jump].target, Some(target));
        } else {
            prop_assert_eq!(&code, &before);
        }
        let again = Code::decode(version, &reencoded(&code)).expect("still well-formed");
        prop_assert_eq!(again.instrs(), code.instrs());
    }

    #[test]
    fn whatever_decodes_is_encoded_to_the_same_bytes(
        version in version(),
        units in prop::collection::vec((0..223u8, 0..8u8), 0..12),
        line_table in prop::collection::vec(any::<u8>(), 0..4),
        ranges in prop::collection::vec((0..6u32, 0..6u32, 0..6u32, 0..9u32, any::<bool>()), 0..3),
    ) {
        let ranges: Vec<RawRange> = ranges
            .into_iter()
            .map(|(start, length, target, depth, lasti)| RawRange {
                start, length, target, depth, lasti,
            })
            .collect();
        let raw = RawCode {
            code: units.into_iter().flat_map(|(byte, arg)| [byte, arg]).collect(),
            line_table,
            exception_table: exceptions::encode(&ranges),
            ..RawCode::default()
        };
        if let Ok(code) = Code::decode(version, &raw) {
            prop_assert_eq!(reencoded(&code), raw);
        }
    }

    #[test]
    fn odd_location_tables_are_kept(
        version in version(),
        // Entries longer than need be, and one for each unit although they are the same.
        entries in prop::collection::vec(prop_oneof![
            Just(vec![0x80 | (14 << 3), 0, 0, 2, 3]),
            Just(vec![0x80 | (13 << 3), 0]),
            Just(vec![0x80 | (13 << 3), 0x40, 0]),
            Just(vec![0x80 | (15 << 3)]),
            Just(vec![0x80 | (10 << 3), 1, 2]),
            Just(vec![0x80, 0x11]),
        ], 0..20),
        length in 1..20usize,
    ) {
        let nop = version.base(Op::Nop).expect("in every version").byte;
        let raw = RawCode {
            code: [nop, 0].repeat(length),
            line_table: entries.concat(),
            ..RawCode::default()
        };
        let mut code = Code::decode(version, &raw).expect("well-formed code");
        prop_assert_eq!(&reencoded(&code), &raw);
        code.set_location(0, Location::line(90)).expect("a valid location");
        let again = Code::decode(version, &reencoded(&code)).expect("well-formed code");
        prop_assert_eq!(again.instrs(), code.instrs());
    }

    #[test]
    fn locations_come_back(
        runs in prop::collection::vec((1..30u32, location()), 0..30),
        first_line in -3..50_000i32,
    ) {
        let runs: Vec<LocationRun> = runs
            .into_iter()
            .map(|(units, location)| LocationRun { units, location })
            .collect();
        let table = locations::encode(runs.iter().copied(), first_line);
        let decoded = locations::decode(&table, first_line).expect("our own table");
        prop_assert_eq!(by_unit(&decoded), by_unit(&runs));
        prop_assert_eq!(locations::encode(decoded, first_line), table);
    }

    #[test]
    fn exception_tables_come_back(
        ranges in prop::collection::vec(
            (any::<u32>(), any::<u32>(), any::<u32>(), 0..1u32 << 31, any::<bool>()),
            0..10,
        ),
    ) {
        let ranges: Vec<RawRange> = ranges
            .into_iter()
            .map(|(start, length, target, depth, lasti)| RawRange {
                start, length, target, depth, lasti,
            })
            .collect();
        prop_assert_eq!(exceptions::decode(&exceptions::encode(&ranges)), Ok(ranges));
    }

    #[test]
    fn tables_of_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = locations::decode(&bytes, 1);
        if let Ok(ranges) = exceptions::decode(&bytes) {
            prop_assert_eq!(exceptions::decode(&exceptions::encode(&ranges)), Ok(ranges));
        }
    }

    #[test]
    fn damaged_files_are_written_as_read_or_refused(
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = include_bytes!("fixtures/shapes-313.pyc").to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(pyc) = Pyc::read(&bytes) {
            prop_assert_eq!(pyc.write(), bytes);
            for (_, object) in pyc.document.code_objects() {
                let Ok(raw) = pyc.document.raw_code(object) else { continue };
                if let Ok(code) = Code::decode(pyc.version, &raw) {
                    prop_assert_eq!(&reencoded(&code), &raw);
                    let cfg = Cfg::new(&code);
                    let _ = StackDepths::new(&code, &cfg);
                    let _ = Liveness::new(&code, &cfg);
                    prop_assert!(!code.to_string().is_empty());
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_a_document_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(document) = Document::read(&bytes) {
            prop_assert_eq!(document.write(), bytes);
        }
    }
}
