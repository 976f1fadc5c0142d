//! Where a unit's code begins, so that its hottest loop begins where the processor fetches best.
//!
//! Cranelift does not align loops, and the same loop takes one or two cycles a round depending on where it
//! lies. There is one start to choose, so one loop is aligned: the header of the deepest one. Its
//! instructions carry [`HOT`]; of the blocks of machine code that hold such instructions it is the last one that is jumped
//! back to (what was hoisted out carries the mark, too).

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::SourceLoc;
use fatjit_ir::loops::Loops;
use fatjit_ir::{Block, Cfg};

/// A line of the instruction cache, in bytes.
pub(super) const LINE: usize = 64;

/// The mark of instructions of the block to be aligned.
pub(super) const HOT: u32 = 1;

/// The header to be aligned: that of the deepest loop, of the first one if there are more; none in cold
/// blocks.
pub(super) fn hottest(cfg: &Cfg, loops: &Loops, cold: &[bool]) -> Option<Block> {
    let headers = cfg.rpo.iter().enumerate().filter(|(_, block)| {
        let innermost = loops.innermost(**block).map(|at| &loops.all()[at]);
        innermost.is_some_and(|l| l.header == **block) && !cold[block.index()]
    });
    let deepest = headers.max_by_key(|(at, block)| (loops.depth(**block), usize::MAX - at));
    deepest.map(|(_, block)| *block)
}

/// How many bytes before the code are to be left unused, a multiple of its alignment, if it would
/// otherwise begin with a line. Rather a little behind the beginning of a line than a little before it.
pub(super) fn shift(code: &CompiledCode) -> usize {
    let Some(at) = marked(code) else {
        return 0;
    };
    let needed = at.next_multiple_of(LINE) - at;
    needed.next_multiple_of(code.buffer.alignment as usize)
}

/// The offset of the marked block.
fn marked(code: &CompiledCode) -> Option<usize> {
    let marks = code.buffer.get_srclocs_sorted().iter();
    let marks: Vec<u32> = marks
        .filter(|range| range.loc == SourceLoc::new(HOT))
        .map(|range| range.start)
        .collect();
    let targets = code.bb_edges.iter().filter(|(from, to)| from >= to);
    let holds = |start: u32| {
        let next = code.bb_starts.iter().copied().filter(|s| *s > start).min();
        marks
            .iter()
            .any(|mark| *mark >= start && next.is_none_or(|next| *mark < next))
    };
    let found = targets.map(|(_, to)| *to).filter(|to| holds(*to)).max();
    found.map(|at| at as usize)
}
