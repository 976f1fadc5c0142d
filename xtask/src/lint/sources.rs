//! House rules that are read off the text of the sources: no file too long, a reason at every
//! unsafe block, nothing left to do later.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// No source file is longer (lines).
const LONGEST: usize = 700;

/// A Python program that compiles the files it is given and names those that do not compile.
pub const COMPILE: &str = r#"
import sys
bad = 0
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        source = file.read()
    try:
        compile(source, name, "exec")
    except SyntaxError as error:
        print(f"{name}:{error.lineno}: {error.msg}")
        bad += 1
sys.exit(bad > 0)
"#;

// Spelled in halves, so that this file does not find itself.
const UNSAFE: [&str; 2] = [concat!("unsafe", " {"), concat!("unsafe", " impl")];
const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
    concat!("except: ", "pass"),
];

/// What is wrong with the sources below `root`, one line each.
///
/// # Errors
/// When a file or folder cannot be read.
pub fn check(root: &Path) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in sources(root)? {
        let bytes = fs::read(&path).map_err(Failure::file(&path))?;
        let name = path.strip_prefix(root).unwrap_or(&path).display();
        for finding in check_text(&String::from_utf8_lossy(&bytes), is(&path, "rs")) {
            findings.push(format!("{name}{finding}"));
        }
    }
    Ok(findings)
}

/// The Python files below `root`.
///
/// # Errors
/// When a folder cannot be read.
pub fn python_files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = sources(root)?;
    files.retain(|path| is(path, "py") || is(path, "pyi"));
    Ok(files)
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn sources(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Failure::file(&folder))? {
            let path = entry.map_err(Failure::file(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let hidden = name.starts_with('.') && name != ".ci";
            if path.is_dir() {
                // A folder that Cargo builds into is tagged.
                if !hidden && !path.join("CACHEDIR.TAG").exists() {
                    folders.push(path);
                }
            } else if ["rs", "py", "pyi", "c", "h"]
                .iter()
                .any(|end| is(&path, end))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What is wrong with one source file; each finding begins with `:line:`.
fn check_text(text: &str, rust: bool) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    if lines.len() > LONGEST {
        findings.push(format!(": {} lines, more than {LONGEST}", lines.len()));
    }
    for (index, line) in lines.iter().enumerate() {
        if let Some(word) = UNFINISHED.iter().find(|word| line.contains(**word)) {
            findings.push(format!(":{}: unfinished business: {word}", index + 1));
        }
        let code = line.split("//").next().unwrap_or_default();
        if rust && UNSAFE.iter().any(|word| code.contains(word)) && !explained(&lines[..index]) {
            findings.push(format!(
                ":{}: unsafe without a SAFETY comment above",
                index + 1
            ));
        }
    }
    findings
}

/// Whether the comment above the statement that goes on after `before` says why it is sound.
fn explained(before: &[&str]) -> bool {
    for line in before.iter().rev().map(|line| line.trim()) {
        if line.starts_with("//") {
            if line.contains("SAFETY:") {
                return true;
            }
        } else if line.is_empty() || line.ends_with([';', '{', '}']) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> usize {
        check_text(text, true).len()
    }

    #[test]
    fn unsafe_needs_its_reason() {
        let block = format!("{} f() }}", UNSAFE[0]);
        assert_eq!(findings(&format!("// SAFETY: f is.\n{block}")), 0);
        assert_eq!(
            findings(&format!("// SAFETY: f is,\n// always.\nlet x =\n  {block}")),
            0
        );
        assert_eq!(
            findings(&format!("// SAFETY: f is.\n#[inline]\n{block}")),
            0
        );
        assert_eq!(findings(&block), 1);
        assert_eq!(findings(&format!("// f is.\n{block}")), 1);
        assert_eq!(findings(&format!("// SAFETY: f is.\n{block}\n{block}")), 1);
        assert_eq!(findings(&format!("// {block}")), 0);
        assert_eq!(findings(&format!("{} Send for T {{}}", UNSAFE[1])), 1);
    }

    #[test]
    fn nothing_is_left_for_later() {
        for word in UNFINISHED {
            assert_eq!(findings(&format!("// {word}: later")), 1, "{word}");
        }
    }

    #[test]
    fn files_stay_short() {
        assert_eq!(findings(&"x\n".repeat(LONGEST)), 0);
        assert_eq!(findings(&"x\n".repeat(LONGEST + 1)), 1);
    }
}
