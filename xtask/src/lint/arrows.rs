//! The crate arrows: which of our crates may depend on which, and who may use what. They run one
//! way, so that the core stays free of Python and Cranelift stays in one crate.

use crate::workspace::Package;

const CORE: [&str; 4] = ["fatjit-ir", "fatjit-guards", "fatjit-targets", "fatjit-jit"];

/// What of ours each crate may depend on.
fn allowed(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "fatjit-ir" | "fatjit-targets" | "fatjit-bytecode" | "xtask" => &[],
        "fatjit-guards" => &CORE[..1],
        "fatjit-jit" => &CORE[..3],
        "fatjit-cpython" => &[
            "fatjit-ir",
            "fatjit-guards",
            "fatjit-targets",
            "fatjit-jit",
            "fatjit-bytecode",
        ],
        _ => return None,
    })
}

/// What is wrong with the dependencies of `packages`, one line each.
pub fn check(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let name = &package.name;
        let Some(allowed) = allowed(name) else {
            findings.push(format!(
                "{name}: no arrows are drawn for this crate (lint/arrows.rs)"
            ));
            continue;
        };
        for dependency in &package.dependencies {
            // A crate may be its own development dependency, to switch on a feature for its tests.
            let ours =
                dependency != name && (dependency.starts_with("fatjit-") || dependency == "xtask");
            if ours && !allowed.contains(&dependency.as_str()) {
                findings.push(format!("{name} must not depend on {dependency}"));
            }
            if dependency.starts_with("cranelift") && name != "fatjit-jit" {
                findings.push(format!(
                    "{name} depends on {dependency}: only fatjit-jit may"
                ));
            }
            if dependency.starts_with("pyo3") && name != "fatjit-cpython" {
                findings.push(format!(
                    "{name} depends on {dependency}: only fatjit-cpython may"
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, dependency: &str) -> usize {
        let package = Package {
            name: name.to_owned(),
            dependencies: vec![dependency.to_owned(), "thiserror".to_owned()],
        };
        check(&[package]).len()
    }

    #[test]
    fn arrows_run_one_way() {
        for name in CORE {
            assert_eq!(findings("fatjit-cpython", name), 0);
            assert_eq!(findings(name, "fatjit-cpython"), 1);
            assert_eq!(findings(name, "fatjit-bytecode"), 1);
        }
        assert_eq!(findings("fatjit-guards", "fatjit-ir"), 0);
        assert_eq!(findings("fatjit-ir", "fatjit-guards"), 1);
        assert_eq!(findings("fatjit-ir", "fatjit-ir"), 0);
        assert_eq!(findings("fatjit-guards", "fatjit-targets"), 1);
        assert_eq!(findings("fatjit-jit", "fatjit-targets"), 0);
        assert_eq!(findings("fatjit-bytecode", "fatjit-ir"), 1);
    }

    #[test]
    fn cranelift_and_python_stay_in_their_rooms() {
        assert_eq!(findings("fatjit-jit", "cranelift-codegen"), 0);
        assert_eq!(findings("fatjit-targets", "cranelift-codegen"), 1);
        assert_eq!(findings("fatjit-cpython", "pyo3-ffi"), 0);
        assert_eq!(findings("fatjit-jit", "pyo3-ffi"), 1);
    }

    #[test]
    fn a_new_crate_needs_arrows() {
        assert_eq!(findings("fatjit-new", "thiserror"), 1);
    }
}
