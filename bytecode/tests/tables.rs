//! Every fact of the opcode tables against the running interpreter.

mod interpreters;

use std::collections::BTreeMap;
use std::process::Command;

use fatjit_bytecode::operands::{ArithmeticOp, Comparison};
use fatjit_bytecode::tables::Form;
use fatjit_bytecode::{Op, Version};
use interpreters::{Interpreter, of_version};

fn output(mut command: Command) -> String {
    let output = command.output().expect("the interpreter starts");
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn tables_agree_with_the_interpreter() {
    for version in Version::ALL {
        for interpreter in of_version(version, "tables") {
            check(&interpreter);
        }
    }
}

fn check(interpreter: &Interpreter) {
    let version = interpreter.version;
    let mut opcodes = BTreeMap::new();
    let (mut arithmetic, mut comparisons) = (0, 0);
    for line in output(interpreter.program("opcode_facts.py")).lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |index: usize| words[index].parse::<u32>().expect("a number");
        match words[0] {
            "hex" => assert_eq!(Version::from_hex(number(1)), Some(version)),
            "magic" => {
                let hex = version.magic_bytes().map(|byte| format!("{byte:02x}"));
                assert_eq!(words[1], hex.concat());
                assert_eq!(Version::from_magic(version.magic()), Some(version));
            }
            "opcode" => {
                let byte = u8::try_from(number(1)).expect("a byte");
                let caches = number(3);
                let [takes_argument, jumps] = [number(5) != 0, number(6) != 0];
                check_opcode(version, byte, words[2], caches, words[4]);
                if let Some(base) = version.base_of_byte(byte) {
                    assert_eq!(version.takes_argument(base), takes_argument, "{line}");
                    assert_eq!(base.jump().is_some(), jumps, "{line}");
                }
                opcodes.insert(byte, words[2].to_owned());
            }
            "binary" => {
                let found = ArithmeticOp::of_arg(number(1)).expect("an operator");
                assert_eq!(found.to_string(), words[2]);
                arithmetic += 1;
            }
            "compare" => {
                let found = Comparison::ALL[number(1) as usize];
                assert_eq!(found.symbol(), words[2]);
                comparisons += 1;
            }
            _ => panic!("{line}"),
        }
    }
    let ours: Vec<u8> = version.entries().iter().map(|entry| entry.byte).collect();
    let theirs: Vec<u8> = opcodes.keys().copied().collect();
    assert_eq!(ours, theirs);
    assert_eq!(arithmetic, ArithmeticOp::COUNT);
    assert_eq!(comparisons, Comparison::ALL.len());
}

fn check_opcode(version: Version, byte: u8, name: &str, caches: u32, base: &str) {
    let entry = version
        .entry(byte)
        .unwrap_or_else(|| panic!("{version}: no entry for {name}"));
    assert_eq!(entry.name, name);
    match entry.form {
        Form::Base(facts) => {
            assert_eq!(facts.op.name(), name);
            assert_eq!(u32::from(facts.caches), caches, "{name}");
            assert_eq!(base, "-", "{name} is no base opcode");
        }
        Form::Specialized { base: ours } => assert_eq!(ours.name(), base, "{name}"),
        Form::Instrumented { base: ours } => {
            let stripped = name.strip_prefix("INSTRUMENTED_").expect("instrumented");
            // The others stand for whatever they replaced.
            let expected = (!matches!(stripped, "LINE" | "INSTRUCTION")).then_some(stripped);
            assert_eq!(ours.map(Op::name), expected, "{name}");
        }
    }
}

#[test]
fn stack_effects_agree_with_the_interpreter() {
    for version in Version::ALL {
        for interpreter in of_version(version, "stack effects") {
            let program = "
import _opcode, dis
for name, number in dis._all_opmap.items():
    if number >= 256 or name in dis.deoptmap or name.startswith('INSTRUMENTED_'):
        continue
    for argument in range(600) if number in dis.hasarg else [None]:
        effects = [_opcode.stack_effect(number, argument, jump=j) for j in (True, False, None)]
        print(number, argument or 0, *effects)
";
            let mut command = Command::new(&interpreter.path);
            command.args(["-I", "-c", program]);
            let mut count = 0;
            for line in output(command).lines() {
                let words: Vec<i64> = line
                    .split(' ')
                    .map(|word| word.parse().expect("a number"))
                    .collect();
                let byte = u8::try_from(words[0]).expect("a byte");
                let arg = u32::try_from(words[1]).expect("an argument");
                let op = version.base_of_byte(byte).expect("a base opcode");
                let effect = version.stack_effect(op, arg).expect("of this version");
                assert_eq!(words[2..], [effect; 3], "{version}: {op} {arg}");
                count += 1;
            }
            assert!(count > 600 * 40, "{count} effects");
        }
    }
}
