//! `cargo xtask architectures`: whether x86-64 and aarch64 are equals, as a table: tests run and passed of each crate, what
//! compiling takes, how long the code is.
//!
//! Under an emulator the compiler itself runs emulated: what it takes there tells nothing of an aarch64 machine.

use clap::Args;
use serde_json::Value;

use crate::Outcome;
use crate::extension::{self, Profile};
use crate::failure::Failure;
use crate::host_test;
use crate::platform::{Platform, Target};
use crate::progress::Progress;
use crate::test;
use crate::workspace::Workspace;

/// So many times as long as that of x86-64 the code for aarch64 may be.
const LONGEST: f64 = 1.3;

/// What to show.
#[derive(Args)]
pub struct Options {
    /// Only what is told of compiling, not the tests
    #[arg(long)]
    no_tests: bool,
}

/// One compiled loop or function.
#[derive(Debug)]
struct Region {
    compile_ms: f64,
    bytes: f64,
    instructions: f64,
}

/// Runs the tests on both, has both compile the kernels, and prints the tables.
///
/// # Errors
/// When there is no aarch64 machine and none can be emulated, or a build fails.
pub fn run(options: &Options) -> Result<Outcome, Failure> {
    let tested = match options.no_tests {
        true => Outcome::Passed,
        false => test::run(&test::Options::on(vec![Target::Native, Target::Aarch64]))?,
    };
    let progress = Progress::new();
    let workspace = Workspace::load()?;
    let mut columns = Vec::new();
    for platform in [Platform::native(&workspace), Platform::aarch64(&workspace)?] {
        let found = platform.interpreters();
        let python = found.newest()?;
        let step = progress.begin(&format!("building the extension for {python}"));
        let stage = extension::build(&workspace, &platform, python, Profile::Release)?;
        progress.end(step, true);
        let step = progress.begin(&format!("compiling the kernels on {}", platform.name));
        let told = host_test::output(&workspace.root, python, &stage, "benches/regions.py")?;
        progress.end(step, true);
        let told = serde_json::from_str(&told).map_err(|source| Failure::Answer {
            program: "benches/regions.py".to_owned(),
            source,
        })?;
        columns.push(Column::new(&platform, &regions(&told)));
    }
    println!();
    print!("{}", table(&columns));
    let ratio = columns[1].bytes_per_instruction / columns[0].bytes_per_instruction;
    // Not a number is not good.
    let good = ratio <= LONGEST;
    println!(
        "code of {} is {ratio:.2} times as long as that of {} (at most {LONGEST} is right){}",
        columns[1].name,
        columns[0].name,
        if good { "" } else { ": TOO LONG" }
    );
    Ok(match (tested, good) {
        (Outcome::Passed, false) => Outcome::Failed,
        (tested, _) => tested,
    })
}

/// The regions in what `benches/regions.py` tells.
fn regions(told: &Value) -> Vec<Region> {
    let number = |region: &Value, name: &str| region[name].as_f64().unwrap_or(f64::NAN);
    let region = |region: &Value| Region {
        compile_ms: number(region, "compile_ms"),
        bytes: number(region, "bytes"),
        instructions: number(region, "instructions"),
    };
    told.as_array().into_iter().flatten().map(region).collect()
}

/// What is shown of a platform.
#[derive(Debug)]
struct Column {
    name: String,
    regions: usize,
    median_ms: f64,
    us_per_instruction: f64,
    bytes_per_instruction: f64,
}

impl Column {
    fn new(platform: &Platform, regions: &[Region]) -> Self {
        let emulated = if platform.is_emulated() {
            " (emulated)"
        } else {
            ""
        };
        let mut times: Vec<f64> = regions.iter().map(|region| region.compile_ms).collect();
        times.sort_by(f64::total_cmp);
        let sum = |of: fn(&Region) -> f64| regions.iter().map(of).sum::<f64>();
        let instructions = sum(|region| region.instructions);
        Self {
            name: format!("{}{emulated}", platform.name),
            regions: regions.len(),
            median_ms: times.get(times.len() / 2).copied().unwrap_or(f64::NAN),
            us_per_instruction: 1e3 * sum(|region| region.compile_ms) / instructions,
            bytes_per_instruction: sum(|region| region.bytes) / instructions,
        }
    }
}

fn table(columns: &[Column]) -> String {
    let row = |name: &str, cell: &dyn Fn(&Column) -> String| {
        let cells: String = columns
            .iter()
            .map(|column| format!("{:>22}", cell(column)))
            .collect();
        format!("  {name:<32}{cells}\n")
    };
    [
        row("", &|column| column.name.clone()),
        row("regions of the kernels", &|column| {
            column.regions.to_string()
        }),
        row("ms to compile one (median)", &|column| {
            format!("{:.2}", column.median_ms)
        }),
        row("us for an instruction of the IR", &|column| {
            format!("{:.1}", column.us_per_instruction)
        }),
        row("bytes for an instruction", &|column| {
            format!("{:.2}", column.bytes_per_instruction)
        }),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_summed_up() {
        let told = r#"[{"compile_ms": 1.0, "bytes": 100, "instructions": 10, "region": "a"},
            {"compile_ms": 5.0, "bytes": 200, "instructions": 20, "region": "b"},
            {"compile_ms": 3.0, "bytes": 300, "instructions": 30, "region": "c"}]"#;
        let regions = regions(&serde_json::from_str(told).expect("it is well-formed"));
        let workspace = Workspace {
            root: "/w".into(),
            target: "/w/target".into(),
            packages: Vec::new(),
        };
        let column = Column::new(&Platform::native(&workspace), &regions);
        assert_eq!((column.regions, column.median_ms), (3, 3.0));
        assert_eq!(column.us_per_instruction, 150.0);
        assert_eq!(column.bytes_per_instruction, 10.0);
        assert!(table(&[column]).contains("10.00"));
    }
}
