//! Every code object of the interpreter's standard library and test package.
//!
//! Each must come back byte for byte, have consistent stack depths within `co_stacksize`, and stay
//! right when it is edited; a sample is compared with what `dis` says, and every pair of opcode and
//! argument with `_opcode.stack_effect`.

mod interpreters;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufReader, Read, Write as _};
use std::process::Stdio;

use fatjit_bytecode::edit::{Landing, Operand};
use fatjit_bytecode::marshal::{Const, Document, Slot};
use fatjit_bytecode::operands::{OperandKind, operand};
use fatjit_bytecode::{Cfg, Code, Instr, Liveness, Op, RawCode, StackDepths, Version};
use interpreters::{Interpreter, of_version, say};

#[test]
fn library_of_3_12() {
    for interpreter in of_version(Version::V312, "corpus") {
        check_library(&interpreter);
    }
}

#[test]
fn library_of_3_13() {
    for interpreter in of_version(Version::V313, "corpus") {
        check_library(&interpreter);
    }
}

/// One record of `compile_library.py`.
struct Record {
    tag: u8,
    name: String,
    body: Vec<u8>,
}

fn read_record(input: &mut impl Read) -> Record {
    let tag = read_bytes(input, 1)[0];
    let name = String::from_utf8_lossy(&read_sized(input)).into_owned();
    let body = read_sized(input);
    Record { tag, name, body }
}

fn read_sized(input: &mut impl Read) -> Vec<u8> {
    let length = u32::from_le_bytes(read_bytes(input, 4).try_into().expect("four bytes"));
    read_bytes(input, length as usize)
}

fn read_bytes(input: &mut impl Read, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).expect("a whole record");
    bytes
}

#[derive(Default)]
struct Counts {
    files: usize,
    codes: usize,
    instrs: usize,
    described: usize,
    skipped: usize,
    edited: usize,
    loops: usize,
    full_stacks: usize,
}

fn check_library(interpreter: &Interpreter) {
    let version = interpreter.version;
    let mut child = interpreter
        .program("compile_library.py")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter starts");
    let mut input = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut counts = Counts::default();
    let mut used = BTreeSet::new();
    let mut last: Option<Document> = None;
    let has_tests = loop {
        let record = read_record(&mut input);
        let name = &record.name;
        match record.tag {
            b'C' => {
                let document =
                    Document::read(&record.body).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(document.write() == record.body, "{name}: marshal");
                counts.files += 1;
                for (_, object) in document.code_objects() {
                    let raw = document
                        .raw_code(object)
                        .unwrap_or_else(|error| panic!("{name}: {error}"));
                    check_code(version, name, &raw, &mut counts, &mut used);
                }
                last = Some(document);
                if counts.files.is_multiple_of(400) {
                    let (files, codes) = (counts.files, counts.codes);
                    say(&format!(
                        "corpus: {version}: {files} files, {codes} code objects"
                    ));
                }
            }
            b'D' => {
                let document = last.as_ref().expect("a compiled file before");
                let mut described = String::new();
                describe(version, document, document.root(), &mut described);
                let expected = String::from_utf8_lossy(&record.body);
                for (ours, theirs) in described.lines().zip(expected.lines()) {
                    assert_eq!(ours, theirs, "{name}: ours, dis");
                    counts.described += 1;
                }
                assert_eq!(
                    described.lines().count(),
                    expected.lines().count(),
                    "{name}"
                );
            }
            b'S' => {
                counts.skipped += 1;
                let reason = String::from_utf8_lossy(&record.body);
                say(&format!("corpus: {version}: skipped {name}: {reason}"));
            }
            b'E' => break record.body == b"test",
            tag => panic!("record of kind {tag}"),
        }
    };
    assert!(child.wait().expect("the interpreter ends").success());
    check_effects(interpreter, &used);
    report(version, &counts, used.len());

    // Without the test package, as distributions leave it out, there is less to see.
    let least = if has_tests { 20_000 } else { 5_000 };
    assert!(counts.codes > least, "{} code objects", counts.codes);
    assert!(
        counts.described > least,
        "{} lines of dis",
        counts.described
    );
    assert!(
        counts.skipped < counts.files / 20,
        "{} skipped",
        counts.skipped
    );
    assert!(counts.edited > counts.codes / 2, "{} edited", counts.edited);
    assert!(counts.loops > 1000, "{} loops", counts.loops);
    // CPython's own figure is a maximum over the same paths, before its last optimisations.
    assert!(
        counts.full_stacks > counts.codes * 9 / 10,
        "{} code objects use all of co_stacksize",
        counts.full_stacks
    );
}

fn report(version: Version, counts: &Counts, used: usize) {
    let Counts {
        files,
        codes,
        instrs,
        described,
        skipped,
        edited,
        loops,
        full_stacks,
    } = counts;
    say(&format!(
        "corpus: {version}: {files} files ({skipped} skipped), {codes} code objects, \
         {instrs} instructions, {loops} loops, {described} lines of dis, {edited} edited, \
         {full_stacks} with exactly co_stacksize, {used} pairs of opcode and argument"
    ));
}

fn check_code(
    version: Version,
    file: &str,
    raw: &RawCode,
    counts: &mut Counts,
    used: &mut BTreeSet<(u8, u32)>,
) {
    let place = || format!("{file}:{} {}", raw.first_line, raw.qualname);
    let code = Code::decode(version, raw).unwrap_or_else(|error| panic!("{}: {error}", place()));
    let encoded = code.encode();
    assert!(encoded.code == raw.code, "{}: code", place());
    assert!(
        encoded.exception_table == raw.exception_table,
        "{}: exception table",
        place()
    );
    assert!(
        encoded.line_table == raw.line_table,
        "{}: line table",
        place()
    );
    check_canonical(&code, &place);

    let cfg = Cfg::new(&code);
    let depths =
        StackDepths::new(&code, &cfg).unwrap_or_else(|error| panic!("{}: {error}", place()));
    assert!(depths.max() <= raw.stack_size, "{}: stack", place());
    counts.full_stacks += usize::from(depths.max().max(1) == raw.stack_size.max(1));
    check_liveness(&code, &cfg, &place);

    counts.codes += 1;
    counts.instrs += code.instrs().len();
    counts.loops += cfg.loops().len();
    for instr in code.instrs() {
        let byte = version.base(instr.op).expect("decoded").byte;
        used.insert((byte, instr.arg));
    }
    counts.edited += usize::from(check_edited(&code, &depths, &place));
}

/// The encoders on their own choose what CPython's assembler chose.
fn check_canonical(code: &Code, place: &dyn Fn() -> String) {
    use fatjit_bytecode::{exceptions, locations};
    let raw = code.source();
    let ranges = exceptions::decode(&raw.exception_table).expect("decoded before");
    assert!(
        exceptions::encode(&ranges) == raw.exception_table,
        "{}: exception table, anew",
        place()
    );
    let runs = locations::decode(&raw.line_table, raw.first_line).expect("decoded before");
    assert!(
        locations::encode(runs, raw.first_line) == raw.line_table,
        "{}: line table, anew",
        place()
    );
}

/// Liveness solves its equations: live before an instruction is what it reads, what is live before a
/// successor and not written, what is live in the handler, and what holds a cell.
fn check_liveness(code: &Code, cfg: &Cfg, place: &dyn Fn() -> String) {
    let liveness = Liveness::new(code, cfg);
    for (index, instr) in code.instrs().iter().enumerate() {
        let next = (!instr.op.is_terminator()).then_some(index + 1);
        let handler = code.handler_of(index).map(|handler| handler.target);
        for (slot, local) in (0..).zip(&code.source().locals) {
            let live_at = |index: usize| liveness.is_live_before(index, slot);
            let expected = instr.reads().contains(slot)
                || local.kind.is_cell()
                || local.kind.is_free()
                || handler.is_some_and(live_at)
                || (!instr.writes().contains(slot)
                    && (next.is_some_and(live_at) || instr.target.is_some_and(live_at)));
            assert_eq!(live_at(index), expected, "{}: {index} {slot}", place());
        }
    }
}

/// Inserts a `NOP` in the middle, and checks that nothing else changed its meaning. Code of one
/// instruction has no middle.
fn check_edited(code: &Code, depths: &StackDepths, place: &dyn Fn() -> String) -> bool {
    let at = code.instrs().len() / 2;
    if at == 0 {
        return false;
    }
    let mut edited = code.clone();
    edited
        .insert(at, Op::Nop, Operand::Arg(0), Landing::Original)
        .unwrap_or_else(|error| panic!("{}: {error}", place()));
    let encoded = edited.encode();
    let raw = RawCode {
        code: encoded.code,
        exception_table: encoded.exception_table,
        line_table: encoded.line_table,
        ..code.source().clone()
    };
    let again = Code::decode(code.version(), &raw)
        .unwrap_or_else(|error| panic!("{}: edited: {error}", place()));
    assert!(again.instrs() == edited.instrs(), "{}: edited", place());
    assert!(again.ranges() == edited.ranges(), "{}: edited", place());
    let moved = |index: usize| index + usize::from(index >= at);
    for (index, before) in code.instrs().iter().enumerate() {
        let after = &again.instrs()[moved(index)];
        let same = before.op == after.op
            && before.location == after.location
            && before.target.map(moved) == after.target
            && (before.target.is_some() || before.arg == after.arg);
        assert!(same, "{}: {before:?} became {after:?}", place());
        let handler = |code: &Code, index| code.handler_of(index).map(|handler| handler.depth);
        assert_eq!(
            handler(code, index),
            handler(&again, moved(index)),
            "{}: handler",
            place()
        );
    }
    let cfg = Cfg::new(&again);
    let new = StackDepths::new(&again, &cfg)
        .unwrap_or_else(|error| panic!("{}: edited: {error}", place()));
    assert_eq!(new.max(), depths.max(), "{}: edited", place());
    true
}

/// The text that `compile_library.py` makes of `dis`.
fn describe(version: Version, document: &Document, slot: Slot, out: &mut String) {
    let Const::Code(object) = document.get(slot) else {
        return;
    };
    let raw = document.raw_code(object).expect("decoded before");
    let code = Code::decode(version, &raw).expect("decoded before");
    let text = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |v| v.to_string());
    let mut line = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    line(format!("code {} {}", raw.first_line, raw.code.len()));
    for instr in code.instrs() {
        let arg = version.takes_argument(instr.op).then_some(instr.arg.into());
        let target = instr
            .target
            .map(|target| i64::from(code.instrs()[target].start) * 2);
        let location = instr.location;
        let mut entry = format!("{} {}", instr.offset * 2, instr.op);
        for field in [
            arg,
            target,
            location.line.map(Into::into),
            location.end_line.map(Into::into),
            location.col.map(Into::into),
            location.end_col.map(Into::into),
        ] {
            write!(entry, " {}", text(field)).expect("writing to a string");
        }
        write!(entry, " {}", operand_text(&code, instr)).expect("writing to a string");
        line(entry);
    }
    let start = |index: usize| code.instrs().get(index).map_or(code.units(), |i| i.start) * 2;
    for range in code.ranges() {
        let handler = range.handler;
        line(format!(
            "except {} {} {} {} {}",
            start(range.start),
            start(range.end),
            start(handler.target),
            handler.depth,
            u8::from(handler.lasti)
        ));
    }
    for &constant in document.consts(object).expect("decoded before") {
        describe(version, document, constant, out);
    }
}

/// What the argument stands for, as far as it is a name or an operator.
fn operand_text(code: &Code, instr: &Instr) -> String {
    let source = code.source();
    let local = |slot: u32| source.locals[slot as usize].name.as_str();
    match operand(code.version(), instr) {
        OperandKind::Name { index, .. } => source.names[index as usize].clone(),
        OperandKind::Local(slot) => local(slot).to_owned(),
        OperandKind::Locals(first, second) => format!("{}, {}", local(first), local(second)),
        OperandKind::Arithmetic(operation) => operation.to_string(),
        OperandKind::Compare {
            comparison,
            to_bool,
        } => format!(
            "{}{}",
            comparison.symbol(),
            if to_bool { " as bool" } else { "" }
        ),
        _ => "-".to_owned(),
    }
}

/// Asks the interpreter for the stack effect of every pair of opcode and argument.
fn check_effects(interpreter: &Interpreter, used: &BTreeSet<(u8, u32)>) {
    let mut child = interpreter
        .program("stack_effects.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter starts");
    let questions: String = used
        .iter()
        .map(|(byte, arg)| format!("{byte} {arg}\n"))
        .collect();
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(questions.as_bytes()));
    let output = child.wait_with_output().expect("the interpreter ends");
    writer.join().expect("no panic").expect("all was read");
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).expect("numbers");
    assert_eq!(answers.lines().count(), used.len());
    for (&(byte, arg), answer) in used.iter().zip(answers.lines()) {
        let version = interpreter.version;
        let op = version.entry(byte).and_then(|entry| entry.base_op());
        let effect = op.and_then(|op| version.stack_effect(op, arg));
        let effect = effect.expect("an opcode of the version");
        assert_eq!(format!("{effect} {effect}"), answer, "{op:?} {arg}");
    }
}
