//! Rewriting: expansions may branch and join, make cold blocks, end blocks, and derive exits.

use fatjit_ir::interp::{Payload, World, run};
use fatjit_ir::{
    Cursor, Expander, Expansion, Imm, InstData, Op, Reason, SlotValue, Type, Unit, parse, rewrite,
    verify,
};

fn unit(text: &str) -> Unit {
    let unit = parse(text).unwrap();
    assert_eq!(verify(&unit), Ok(()));
    unit
}

/// Expands `iexact` into two comparisons in blocks of their own that join, and removes the identity
/// `x + 0` of plain additions.
struct Expand;

impl Expander for Expand {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        match inst.op {
            Op::IExact => {
                let join = at.create_block(false);
                let result = at.add_param(join, Type::Bool);
                let above = at.create_block(true);
                let low = at.iconst(-(1 << 53));
                let big_enough = at.op(Op::IGe, &[inst.args[0], low]);
                at.br(big_enough, (above, &[]), (join, &[big_enough]));
                at.switch_to(above);
                let high = at.iconst(1 << 53);
                let small_enough = at.op(Op::ILe, &[inst.args[0], high]);
                at.jump(join, &[small_enough]);
                at.switch_to(join);
                Expansion::Replaced(Some(result))
            }
            Op::IXor if inst.args[0] == inst.args[1] => {
                let zero = at.iconst(0);
                Expansion::Replaced(Some(zero))
            }
            Op::IAddOvf => {
                let exit = inst.exit.unwrap();
                let mut spurious = at.exit(exit);
                spurious.reason = Reason::Spurious;
                assert!(spurious.values().all(|v| at.ty(v) == Type::I64));
                let spurious = at.add_exit(spurious);
                let never = at.bconst(false);
                at.guard_not(never, spurious);
                Expansion::Keep
            }
            _ => Expansion::Keep,
        }
    }
}

const LOOP: &str = r#"unit "f" slots 3
entry b0
b0:
    v0 = slot.load s0
    v1 = unbox.i64 v0 -> x0
    v2 = ixor v1, v1
    jump b1(v1, v2)
b1(v3: i64, v4: i64):
    v5 = iexact v3
    br v5, b2, b3
b2:
    v6 = iconst 1000000007
    v7 = imul v3, v6
    v8 = iadd.ovf v4, v7 -> x1
    jump b1(v7, v8)
b3:
    leave -> x2
x0: too-wide at 0 depth 1 []
x1: overflow at 2 depth 3 [s1 = int v3, s2 = int v4]
x2: finished at 4 depth 3 [s1 = int v3, s2 = int v4]
"#;

#[test]
fn an_expansion_branches_and_joins() {
    let before = unit(LOOP);
    let after = rewrite(&before, &mut Expand);
    assert_eq!(verify(&after), Ok(()), "{after}");
    assert!(!after.to_string().contains("iexact"));
    for start in [1, -1, 5_000_000_000_000_000_000] {
        let outcome = |unit| {
            let mut world = World::new(3);
            world.fill(0, Payload::Int(start));
            run(unit, 0, &mut world, 1000).unwrap().left
        };
        assert_eq!(outcome(&before), outcome(&after));
    }
}

#[test]
fn blocks_made_by_an_expansion_stand_behind_it_and_cold_ones_last() {
    let after = rewrite(&unit(LOOP), &mut Expand);
    let text = after.to_string();
    let headers: Vec<&str> = text.lines().filter(|l| l.ends_with(':')).collect();
    // b1 is the loop's header, b2 the join made in it, the cold arm comes last.
    assert_eq!(
        headers,
        [
            "b0:",
            "b1(v3: i64, v4: i64):",
            "b2(v7: bool):",
            "b3:",
            "b4:",
            "cold b5:"
        ]
    );
}

#[test]
fn a_derived_exit_lists_the_new_values() {
    let after = rewrite(&unit(LOOP), &mut Expand);
    let exits: Vec<_> = after
        .exits
        .iter()
        .filter(|x| x.reason == Reason::Spurious)
        .collect();
    let [exit] = exits[..] else {
        panic!("one derived exit, not {}", exits.len())
    };
    let original = after
        .exits
        .iter()
        .find(|x| x.reason == Reason::Overflow)
        .unwrap();
    assert_eq!(exit.frames, original.frames);
    assert!(matches!(exit.frames[0].slots[0].1, SlotValue::Int(_)));
}

/// Ends a block at the first guard.
struct Leave;

impl Expander for Leave {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        if inst.op != Op::Guard {
            return Expansion::Keep;
        }
        at.leave(inst.exit.unwrap());
        Expansion::Ends
    }
}

#[test]
fn what_an_ended_block_alone_reached_goes() {
    let before = unit(
        r#"unit "f" slots 1
entry b0, b1
b0:
    v0 = poll
    guard v0 -> x0
    v1 = iconst 1
    jump b2(v1)
b1:
    v2 = iconst 2
    jump b3(v2)
b2(v3: i64):
    v4 = iadd v3, v3
    jump b3(v4)
b3(v5: i64):
    leave -> x1
x0: poll at 0 depth 1 []
x1: finished at 2 depth 1 [s0 = int v5]
"#,
    );
    let after = rewrite(&before, &mut Leave);
    assert_eq!(verify(&after), Ok(()), "{after}");
    assert_eq!((after.layout.len(), after.entries.len()), (3, 2));
    assert_eq!(after.exits.len(), 2);
    assert!(!after.to_string().contains("iadd"));
}

/// Swaps a slot by taking and putting, so that an owned operand is consumed by the expansion.
struct TakeAndPut;

impl Expander for TakeAndPut {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        let (Op::SlotSwap, Imm::Slot(slot)) = (inst.op, &inst.imm) else {
            return Expansion::Keep;
        };
        let old = at.slot(Op::SlotTake, *slot);
        at.push(Op::SlotPut, &inst.args, inst.imm.clone(), None);
        Expansion::Replaced(Some(old))
    }
}

#[test]
fn owned_operands_stay_linear() {
    let before = unit(
        r#"unit "f" slots 2
entry b0
b0:
    v0 = slot.take s0
    v1 = slot.swap v0, s1
    v2 = poll
    guard.not v2 -> x0
    decref.plain v1
    leave -> x1
x0: poll at 0 depth 2 [s0 = own v1]
x1: finished at 2 depth 2 []
"#,
    );
    let after = rewrite(&before, &mut TakeAndPut);
    assert_eq!(verify(&after), Ok(()), "{after}");
    for polls in [[true], [false]] {
        let outcome = |unit| {
            let mut world = World::new(2);
            world.fill(0, Payload::Int(1));
            world.fill(1, Payload::Int(2));
            world.polls = polls.into();
            run(unit, 0, &mut world, 1000).unwrap().left
        };
        assert_eq!(outcome(&before), outcome(&after));
    }
}
