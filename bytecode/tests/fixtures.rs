//! Checked-in `.pyc` files, which need no interpreter: decoding, encoding, text, graph, depths.
//!
//! `tests/python/write_fixture.py` made them of `tests/fixtures/shapes.py`.

use std::fmt::Write as _;

use fatjit_bytecode::edit::{EditError, Landing, Operand};
use fatjit_bytecode::marshal::{CodeObject, Document};
use fatjit_bytecode::{
    Cfg, Code, EdgeKind, Listing, Liveness, Op, Pyc, PycError, RawCode, StackDepths, Version,
};

const V312: &[u8] = include_bytes!("fixtures/shapes-312.pyc");
const V313: &[u8] = include_bytes!("fixtures/shapes-313.pyc");

fn read(version: Version) -> Pyc {
    let bytes = match version {
        Version::V312 => V312,
        Version::V313 => V313,
    };
    let pyc = Pyc::read(bytes).expect("a .pyc file");
    assert_eq!(pyc.version, version);
    assert!(pyc.write() == bytes, "{version}: not written as read");
    pyc
}

fn decode(pyc: &Pyc, object: &CodeObject) -> Code {
    let raw = pyc.document.raw_code(object).expect("a code object");
    Code::decode(pyc.version, &raw).expect("de-optimised code")
}

fn function(version: Version, name: &str) -> Code {
    let pyc = read(version);
    let codes = pyc.document.code_objects();
    let mut codes = codes.map(|(_, object)| decode(&pyc, object));
    let found = codes.find(|code| code.source().qualname == name);
    found.unwrap_or_else(|| panic!("no {name} in the fixture"))
}

/// All code of a fixture as text, with stack depths, blocks and what is live on entry to them.
fn text(version: Version) -> String {
    let pyc = read(version);
    let document: &Document = &pyc.document;
    let mut out = String::new();
    for (_, object) in document.code_objects() {
        let code = decode(&pyc, object);
        let consts = document.consts(object).expect("a tuple");
        let listing = Listing::with_consts(&code, document, consts);
        writeln!(out, "{listing}{}", graph(&code)).expect("writing to a string");
    }
    out
}

fn graph(code: &Code) -> String {
    let cfg = Cfg::new(code);
    let depths = StackDepths::new(code, &cfg).expect("consistent depths");
    let liveness = Liveness::new(code, &cfg);
    let mut out = String::new();
    for (index, block) in cfg.blocks().iter().enumerate() {
        let depth = depths
            .before(block.start)
            .map_or("-".to_owned(), |depth| depth.to_string());
        write!(
            out,
            "  block {index} at {}, depth {depth}",
            code.instrs()[block.start].start
        )
        .expect("writing to a string");
        let live: Vec<&str> = liveness
            .live_before(block.start)
            .map(|slot| code.source().locals[slot as usize].name.as_str())
            .collect();
        if !live.is_empty() {
            write!(out, ", live {}", live.join(" ")).expect("writing to a string");
        }
        for edge in &block.successors {
            let kind = match edge.kind {
                EdgeKind::Fallthrough => "next",
                EdgeKind::Jump => "jump",
                EdgeKind::Exception => "raise",
            };
            write!(out, ", {kind} {}", edge.to).expect("writing to a string");
        }
        if let Some(natural) = cfg.loop_of_header(index) {
            let natural = &cfg.loops()[natural];
            write!(
                out,
                ", loop {:?} of depth {}",
                natural.blocks, natural.depth
            )
            .expect("writing to a string");
        }
        out.push('\n');
    }
    out
}

#[test]
fn text_of_3_12() {
    insta::assert_snapshot!(text(Version::V312));
}

#[test]
fn text_of_3_13() {
    insta::assert_snapshot!(text(Version::V313));
}

#[test]
fn code_comes_back_byte_for_byte() {
    for version in Version::ALL {
        let mut pyc = read(version);
        let codes: Vec<_> = pyc.document.code_objects().map(|(id, _)| id).collect();
        assert_eq!(codes.len(), 15, "{version}");
        let before = pyc.write();
        for id in codes {
            let object = pyc.document.code_objects().find(|(other, _)| *other == id);
            let (_, object) = object.expect("still there");
            let encoded = decode(&pyc, object).encode();
            let raw = pyc.document.raw_code(object).expect("a code object");
            assert_eq!(encoded.code, raw.code);
            assert_eq!(encoded.exception_table, raw.exception_table);
            assert_eq!(encoded.line_table, raw.line_table);
            pyc.document.set_code(id, &encoded).expect("a code object");
        }
        assert!(pyc.write() == before);
    }
}

#[test]
fn edited_code_goes_into_the_file() {
    for version in Version::ALL {
        let mut pyc = read(version);
        let object = |pyc: &Pyc| {
            let mut codes = pyc.document.code_objects();
            let found = codes.find(|(_, object)| decode(pyc, object).source().name == "caught");
            let (id, object) = found.expect("in the fixture");
            (id, decode(pyc, object))
        };
        let (id, mut code) = object(&pyc);
        code.insert(2, Op::Nop, Operand::Arg(0), Landing::Inserted)
            .expect("room for a NOP");
        pyc.document
            .set_code(id, &code.encode())
            .expect("in the file");
        let again = Pyc::read(&pyc.write()).expect("a .pyc file");
        assert_eq!(object(&again).1.instrs(), code.instrs(), "{version}");
        assert_eq!(object(&again).1.ranges(), code.ranges(), "{version}");
    }
}

#[test]
fn loops_nest() {
    for version in Version::ALL {
        let code = function(version, "nested");
        let cfg = Cfg::new(&code);
        let [outer, inner] = cfg.loops() else {
            panic!("{version}: {:?}", cfg.loops());
        };
        assert_eq!((outer.parent, outer.depth), (None, 1));
        assert_eq!((inner.parent, inner.depth), (Some(0), 2));
        assert!(inner.blocks.iter().all(|&block| outer.contains(block)));
        for natural in [outer, inner] {
            let header = &cfg.blocks()[natural.header];
            assert_eq!(code.instrs()[header.start].op, Op::ForIter, "{version}");
            for &latch in &natural.latches {
                assert!(cfg.dominators().dominates(natural.header, latch));
            }
        }
        assert!(cfg.dominators().dominates(outer.header, inner.header));
        assert!(!cfg.dominators().dominates(inner.header, outer.header));
    }
}

#[test]
fn handlers_are_found_at_every_unit_of_an_instruction() {
    for version in Version::ALL {
        let code = function(version, "caught");
        let protected = code
            .instrs()
            .iter()
            .enumerate()
            .find(|(_, instr)| instr.op == Op::Call)
            .expect("a call within the try statement");
        let (index, call) = protected;
        let handler = code.handler_of(index).expect("a handler");
        assert_eq!(handler.depth, 1, "the iterator stays on the stack");
        assert_eq!(code.instrs()[handler.target].op, Op::PushExcInfo);
        for unit in call.start..call.next {
            assert_eq!(code.index_at(unit), Some(index));
            assert_eq!(code.handler_at(unit), Some(handler));
        }
        assert_eq!(code.handler_at(0), None);
        assert_eq!(code.index_at(code.units()), None);
        let cfg = Cfg::new(&code);
        let depths = StackDepths::new(&code, &cfg).expect("consistent depths");
        assert_eq!(depths.before(handler.target), Some(handler.entry_depth()));
    }
}

#[test]
fn liveness_of_a_loop() {
    for version in Version::ALL {
        let code = function(version, "while_sum");
        let liveness = Liveness::new(&code, &Cfg::new(&code));
        let live = |index| liveness.live_before(index).collect::<Vec<_>>();
        let (n, total) = (0, 1);
        assert_eq!(live(0), [n], "{version}: on entry");
        let latch = code.instrs().iter().rposition(|i| i.op == Op::JumpBackward);
        assert_eq!(live(latch.expect("a loop")), [n, total], "{version}");
        let last = code.instrs().len() - 1;
        assert!(live(last).is_empty(), "{version}: before the last return");
    }
}

#[test]
fn impossible_edits_change_nothing() {
    let code = function(Version::V313, "while_sum");
    let mut edited = code.clone();
    let index_of = |op| code.instrs().iter().position(|instr| instr.op == op);
    let jump = index_of(Op::JumpBackward).expect("a loop");
    let last = code.instrs().len() - 1;
    let wrong = Err(EditError::WrongOperand {
        op: Op::JumpBackward,
    });
    assert_eq!(edited.set_arg(jump, 1), wrong);
    assert_eq!(
        edited.set_target(jump, last),
        Err(EditError::WrongDirection {
            index: jump,
            op: Op::JumpBackward
        })
    );
    assert_eq!(
        edited.set(0, Op::FormatValue, Operand::Arg(0)),
        Err(EditError::NoSuchOpcode {
            op: Op::FormatValue,
            version: Version::V313
        })
    );
    assert_eq!(
        edited.set_target(jump, last + 1),
        Err(EditError::NoSuchInstruction { index: last + 1 })
    );
    assert_eq!(edited, code);
}

#[test]
fn jumps_grow_with_what_they_jump_over() {
    let mut code = function(Version::V313, "while_sum");
    let jump = code.instrs().iter().position(|i| i.op == Op::JumpBackward);
    let jump = jump.expect("a loop");
    let header = code.instrs()[jump].target.expect("a target");
    let before = code.instrs()[jump].arg;
    for _ in 0..300 {
        code.insert(header + 1, Op::Nop, Operand::Arg(0), Landing::Inserted)
            .expect("room for a NOP");
    }
    let grown = code.instrs()[jump + 300];
    assert_eq!((grown.op, grown.target), (Op::JumpBackward, Some(header)));
    assert_eq!((grown.arg, grown.prefixes()), (before + 301, 1));
    let encoded = code.encode();
    let raw = RawCode {
        code: encoded.code,
        exception_table: encoded.exception_table,
        line_table: encoded.line_table,
        ..code.source().clone()
    };
    let again = Code::decode(Version::V313, &raw).expect("still code");
    assert_eq!(again.instrs(), code.instrs());
}

#[test]
fn damaged_files_are_refused() {
    assert_eq!(Pyc::read(&V313[..10]), Err(PycError::Truncated));
    assert!(matches!(Pyc::read(&V313[..400]), Err(PycError::Marshal(_))));
    let mut other = V313.to_vec();
    other[0] = 0;
    assert!(matches!(
        Pyc::read(&other),
        Err(PycError::UnknownMagic { .. })
    ));
}
