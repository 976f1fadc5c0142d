//! Compiling a region: the ways in which it can fail, each with its reason, and that nothing stays behind.

use fatjit_guards::PositionFacts;
use fatjit_ir::rewrite::{Cursor, Expander, Expansion, Identity};
use fatjit_ir::{Helper, HelperEffects, HelperId, InstData, Op, Reason, Slot, Type};
use fatjit_jit::codegen::{CodegenEnv, CodegenError, Isa, Options};
use fatjit_jit::gbc::{Entry, GBlock, GOp, IntOp, Label, Point, Reg, Region, Seen};
use fatjit_jit::lower::LowerError;
use fatjit_jit::region::{CompileError, Compiled, Embedder, Passes, compile};
use fatjit_targets::{CodeMemory, Target};

const N: Reg = Reg(0);
const TOP: Reg = Reg(1);

/// Facts that let every exit pass, but for one position.
struct Facts {
    nowhere: u32,
    locals: u32,
}

impl PositionFacts for Facts {
    fn is_instruction_start(&self, position: u32) -> bool {
        position != self.nowhere
    }

    fn depth_at(&self, _: u32) -> Option<u32> {
        Some(self.locals)
    }

    fn depth_when_handled(&self, _: u32) -> u32 {
        self.locals
    }

    fn may_be_null(&self, _: u32, _: Slot) -> bool {
        false
    }
}

/// Expansions for frames whose first slot holds a number as it is: good enough for code that is never run.
struct Bare;

impl Expander for Bare {
    fn expand(&mut self, inst: &InstData, at: &mut Cursor) -> Expansion {
        let frame = at.op(Op::FrameBase, &[]);
        Expansion::Replaced(Some(match inst.op {
            Op::SlotLoad => at.op(Op::PtrToRef, &[frame]),
            Op::IsType => at.bconst(true),
            Op::Poll => {
                let wanted = at.load(Op::LoadI64, frame, 8, None);
                let zero = at.iconst(0);
                at.op(Op::INe, &[wanted, zero])
            }
            Op::UnboxI => at.load(Op::LoadI64, frame, 0, None),
            _ => return Expansion::Keep,
        }))
    }
}

/// A loop over one local, an int: its square leaves on overflow.
fn region(body: Vec<GOp>) -> Region {
    let point = Point {
        position: 0,
        depth: 1,
    };
    let mut ops = vec![GOp::At(point), GOp::Poll];
    ops.extend(body);
    ops.push(GOp::Jump(Label(0)));
    Region {
        name: "loop".to_owned(),
        locals: 1,
        slots: 2,
        regs: 3,
        blocks: vec![GBlock {
            ops,
            header: true,
            cold: false,
        }],
        entries: vec![Entry {
            block: Label(0),
            point,
            seen: Some(vec![Seen::Int]),
        }],
        types: ["int", "float", "bool"].map(String::from).into(),
        ..Region::default()
    }
}

fn square() -> Vec<GOp> {
    let (dst, a, b) = (TOP, TOP, N);
    vec![
        GOp::Copy { dst, src: N },
        GOp::IntBin {
            op: IntOp::Mul,
            dst,
            a,
            b,
        },
        GOp::Store {
            local: N,
            src: TOP,
            behind: None,
        },
    ]
}

fn compiled(
    region: &Region,
    layouts: impl Expander,
    facts: &Facts,
    memory: &CodeMemory,
) -> Result<Compiled, CompileError> {
    let passes = Passes::default();
    let isa = Isa::new(&Target::host().unwrap()).unwrap();
    let mut embedder = Embedder {
        layouts,
        facts,
        passes: &passes,
        bodies: &[],
    };
    let env = CodegenEnv {
        symbol: "unit",
        isa: &isa,
        memory,
        helpers: &|_| None,
        objects: &[],
        options: Options::default(),
    };
    compile(region, &mut embedder, &env)
}

const TRUE: Facts = Facts {
    nowhere: u32::MAX,
    locals: 1,
};

/// The error, after which no code memory is in use.
fn error(region: &Region, layouts: impl Expander, facts: &Facts) -> CompileError {
    let memory = CodeMemory::default();
    let error = compiled(region, layouts, facts, &memory).expect_err("it cannot be compiled");
    assert_eq!(memory.in_use(), 0);
    error
}

#[test]
fn a_good_region_compiles_and_gives_its_memory_back() {
    let memory = CodeMemory::default();
    let compiled = compiled(&region(square()), Bare, &TRUE, &memory).unwrap();
    assert!(compiled.instructions > 0);
    assert!(!compiled.exits.is_empty());
    assert_eq!(compiled.code.mapped(), memory.in_use());
    assert!(compiled.text.is_none());
    drop(compiled);
    assert_eq!(memory.in_use(), 0);
}

#[test]
fn code_memory_may_be_full() {
    let room = CodeMemory::default();
    let first = compiled(&region(square()), Bare, &TRUE, &room).unwrap();
    let tight = CodeMemory::new(first.code.mapped());
    let kept = compiled(&region(square()), Bare, &TRUE, &tight).unwrap();
    for _ in 0..3 {
        let error = compiled(&region(square()), Bare, &TRUE, &tight).unwrap_err();
        assert_eq!(error.reason(), Reason::CodeMemoryFull, "{error}");
        assert_eq!(tight.in_use(), tight.limit());
    }
    drop(kept);
    assert_eq!(tight.in_use(), 0);
    assert!(compiled(&region(square()), Bare, &TRUE, &tight).is_ok());
}

#[test]
fn a_helper_may_be_unknown() {
    let mut region = region(vec![]);
    let helper = region.helper(Helper {
        name: "gone".to_owned(),
        params: vec![Type::I64],
        result: Some(Type::I64),
        effects: HelperEffects {
            writes: true,
            ..HelperEffects::default()
        },
        writes_only: Vec::new(),
    });
    assert_eq!(helper, HelperId(0));
    region.blocks[0].ops.insert(
        2,
        GOp::CallPure {
            dst: TOP,
            helper,
            args: vec![N],
        },
    );
    region.blocks[0].ops.insert(3, GOp::Kill { reg: TOP });
    let error = error(&region, Bare, &TRUE);
    assert_eq!(error.reason(), Reason::CodegenFailed);
    let CompileError::Codegen(CodegenError::UnknownHelper(name)) = &error else {
        panic!("{error}");
    };
    assert_eq!(name, "gone");
}

#[test]
fn an_instruction_may_be_left_unexpanded() {
    let error = error(&region(square()), Identity, &TRUE);
    assert_eq!(error.reason(), Reason::CodegenFailed);
    let is = matches!(error, CompileError::Codegen(CodegenError::NotExpanded(_)));
    assert!(is, "{error}");
}

#[test]
fn a_region_may_be_too_large() {
    let mut body = Vec::new();
    for _ in 0..50_000 {
        body.extend(square());
        // Each at the same place: what counts is their number.
        body.push(GOp::At(Point {
            position: 0,
            depth: 1,
        }));
    }
    let error = error(&region(body), Bare, &TRUE);
    assert_eq!(error.reason(), Reason::RegionTooLarge);
    let is = matches!(error, CompileError::Lower(LowerError::TooLarge { .. }));
    assert!(is, "{error}");
}

#[test]
fn an_exit_may_need_more_values_than_there_is_room_for() {
    let locals = 300;
    let point = Point {
        position: 0,
        depth: locals,
    };
    let (stack, temp) = (Reg(locals), Reg(locals + 1));
    let mut ops = vec![GOp::At(point), GOp::Poll];
    // Numbers of their own, each of which only native code knows.
    for local in (0..locals).map(Reg) {
        ops.push(GOp::At(point));
        ops.push(GOp::Copy {
            dst: stack,
            src: local,
        });
        ops.push(GOp::Copy {
            dst: temp,
            src: local,
        });
        ops.push(GOp::IntAddPlain {
            dst: stack,
            a: stack,
            b: temp,
        });
        ops.push(GOp::Store {
            local,
            src: stack,
            behind: None,
        });
    }
    ops.push(GOp::Jump(Label(0)));
    let mut large = region(vec![]);
    large.locals = locals;
    large.slots = locals + 1;
    large.regs = locals + 2;
    large.blocks[0].ops = ops;
    large.entries[0].point = point;
    large.entries[0].seen = Some(vec![Seen::Int; locals as usize]);
    let error = error(&large, Bare, &Facts { locals, ..TRUE });
    assert_eq!(error.reason(), Reason::RegionTooLarge, "{error}");
    let is = matches!(
        error,
        CompileError::Codegen(CodegenError::SpillAreaTooSmall { values: 300, .. })
    );
    assert!(is, "{error}");
}

#[test]
fn a_malformed_region_is_refused() {
    let unexpected = error(
        &region(vec![GOp::Store {
            local: N,
            src: TOP,
            behind: None,
        }]),
        Bare,
        &TRUE,
    );
    assert_eq!(unexpected.reason(), Reason::CheckFailed);
    let is = matches!(
        unexpected,
        CompileError::Lower(LowerError::Unexpected { op: "store", .. })
    );
    assert!(is, "{unexpected}");

    let mut nowhere = region(vec![]);
    nowhere.blocks[0].ops.pop();
    nowhere.blocks[0].ops.push(GOp::Jump(Label(7)));
    let error = error(&nowhere, Bare, &TRUE);
    assert_eq!(error.reason(), Reason::CheckFailed);
    let malformed = LowerError::Malformed { block: 7 };
    assert!(
        matches!(&error, CompileError::Lower(e) if *e == malformed),
        "{error}"
    );
}

#[test]
fn an_exit_to_nowhere_is_found_by_the_checker() {
    let error = error(&region(square()), Bare, &Facts { nowhere: 0, ..TRUE });
    assert_eq!(error.reason(), Reason::CheckFailed);
    let CompileError::Check(text) = &error else {
        panic!("{error}");
    };
    assert!(text.contains("no instruction begins at 0"), "{text}");
}
