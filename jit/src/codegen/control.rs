//! The frame of a unit's function: entries, blocks, branches, guards and exits.
//!
//! Invariants: values are translated in an order in which definitions come before uses; whatever leaves
//! goes through [`Translator::leave_if`] or [`Translator::exit_block`], so every exit stores its values the
//! same way, once. The verifier has shown that an exit's values dominate each instruction that may take it,
//! hence they dominate the exit's one block.
//!
//! ```text
//!   brif failed, exit, on       exit (cold): iconst its number; jump tail(number, values…)
//!                               tail (cold): store the values; return the number
//! ```

use rustc_hash::FxHashMap as HashMap;

use cranelift_codegen::ir::{
    self, AliasRegion, AliasRegionData, BlockArg, BlockCall, FuncRef, GlobalValue, InstBuilder,
    JumpTableData, MemFlagsData, types,
};
use cranelift_frontend::FunctionBuilder;
use fatjit_ir::cfg::{Cfg, cold_blocks};
use fatjit_ir::loops::Loops;
use fatjit_ir::{
    Block, Dominators, ExitId, Imm, InstData, Op, Reason, Resume, Target, Type, Unit, Value,
};

use super::addresses::{Addresses, roomy_blocks};
use super::align;
use super::call_sites::bridged_blocks;
use super::externals::Externals;
use super::functions::Frame;
use super::isa::Isa;
use super::{CodegenError, Options};
use crate::activation::ActivationLayout;

/// Most values between which a branch to one block chooses by conditional moves.
const MOST_CHOICES: usize = 2;

/// Translates one unit into one function.
pub(super) struct Translator<'a> {
    pub unit: &'a Unit,
    pub isa: &'a Isa,
    pub b: FunctionBuilder<'a>,
    pub externals: &'a mut Externals,
    /// The address of the activation; in a function that of the caller's.
    pub act: ir::Value,
    /// The number of the entry; in a function the number of calls that may be nested in it.
    pub entry: ir::Value,
    /// What a function has besides.
    pub function: Option<Frame>,
    /// The functions that `externals` has imported.
    pub functions: Vec<FuncRef>,
    /// The unit's own function, if it is called.
    pub itself: Option<FuncRef>,
    /// The symbols of addresses.
    pub addresses: Addresses,
    /// Whether the block that is being translated keeps addresses in registers.
    pub roomy_now: bool,
    /// By block.
    roomy: Vec<bool>,
    /// Whether calls in the block that is being translated go through bridges.
    pub bridging: bool,
    pub objects: Vec<Option<GlobalValue>>,
    /// The unit's parts of memory, by `MemoryId`. None of them if some access names no part: Cranelift takes
    /// a load that names none to be apart from stores that name one.
    pub alias_regions: Vec<AliasRegion>,
    cfg: &'a Cfg,
    options: Options,
    loops: Loops,
    cold: Vec<bool>,
    bridged: Vec<bool>,
    values: Vec<Option<ir::Value>>,
    blocks: Vec<Option<ir::Block>>,
    exits: Vec<Option<ir::Block>>,
    /// Blocks that store values of these types, and leave.
    tails: HashMap<Vec<ir::Type>, ir::Block>,
    pub frame_base: Option<ir::Value>,
    context: Vec<Option<ir::Value>>,
}

/// How many values an exit hands to a block that it shares with others.
const SHARED_STORES: usize = 8;

fn alias_regions(unit: &Unit, func: &mut ir::Function) -> Vec<AliasRegion> {
    let mut insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    if insts.any(|inst| matches!(unit.inst(*inst).imm, Imm::Offset(_, None))) {
        return Vec::new();
    }
    let memories = unit.memories.iter().zip(0..);
    memories
        .map(|(memory, user_id)| {
            func.dfg.alias_regions.insert(AliasRegionData {
                user_id,
                description: memory.name.clone().into(),
            })
        })
        .collect()
}

/// Words of the activation that do not change while the unit runs.
fn constant_word() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

/// The type of a value in registers.
pub(super) fn machine_type(ty: Type) -> ir::Type {
    match ty {
        Type::I64 | Type::Ref | Type::Own | Type::Ptr => types::I64,
        Type::F64 => types::F64,
        Type::Bool => types::I8,
    }
}

impl<'a> Translator<'a> {
    pub fn new(
        unit: &'a Unit,
        cfg: &'a Cfg,
        isa: &'a Isa,
        options: Options,
        mut b: FunctionBuilder<'a>,
        externals: &'a mut Externals,
    ) -> Translator<'a> {
        let start = b.create_block();
        b.append_block_params_for_function_params(start);
        b.switch_to_block(start);
        let (act, entry) = (b.block_params(start)[0], b.block_params(start)[1]);
        let alias_regions = alias_regions(unit, b.func);
        let function = unit.signature.as_ref().map(|_| {
            let args = b.block_params(start)[2..].to_vec();
            Translator::make_record(&mut b, unit, args)
        });
        let loops = Loops::new(cfg, &Dominators::new(cfg));
        let cold = cold_blocks(unit);
        Translator {
            unit,
            isa,
            externals,
            act,
            entry,
            function,
            functions: Vec::new(),
            itself: None,
            addresses: Vec::new(),
            roomy_now: false,
            roomy: roomy_blocks(unit, &loops, &cold),
            bridging: false,
            objects: vec![None; unit.objects.len()],
            alias_regions,
            cfg,
            options,
            bridged: match options.bridge_all {
                // A bridge finds what it carries in the activation of a loop.
                _ if unit.signature.is_some() => vec![false; unit.block_count()],
                true => vec![true; unit.block_count()],
                false => bridged_blocks(unit, cfg, &loops, &cold),
            },
            loops,
            cold,
            values: vec![None; unit.value_count()],
            blocks: vec![None; unit.block_count()],
            exits: vec![None; unit.exits.len()],
            tails: HashMap::default(),
            frame_base: None,
            context: vec![None; options.context_words as usize],
            b,
        }
    }

    /// Translates the unit and finishes the function.
    pub fn run(mut self) -> Result<(), CodegenError> {
        let unit = self.unit;
        for &block in &self.cfg.rpo {
            let here = self.b.create_block();
            self.blocks[block.index()] = Some(here);
            if self.cold[block.index()] {
                self.b.set_cold_block(here);
            }
            for &param in &unit.block(block).params {
                let value = self
                    .b
                    .append_block_param(here, machine_type(unit.ty(param)));
                self.values[param.index()] = Some(value);
            }
        }
        self.start()?;
        let hottest = align::hottest(self.cfg, &self.loops, &self.cold);
        for &block in &self.cfg.rpo {
            let here = self.block(block)?;
            self.b.switch_to_block(here);
            self.b.set_srcloc(match Some(block) == hottest {
                true => ir::SourceLoc::new(align::HOT),
                false => ir::SourceLoc::default(),
            });
            self.bridging = self.bridged[block.index()];
            self.roomy_now = self.roomy[block.index()];
            for &inst in &unit.block(block).insts {
                let data = unit.inst(inst);
                let result = self.inst(block, data)?;
                if let Some(value) = data.result {
                    self.values[value.index()] = result;
                }
            }
        }
        self.b.set_srcloc(ir::SourceLoc::default());
        for exit in 0..self.exits.len() {
            if let Some(block) = self.exits[exit] {
                self.fill_exit(ExitId(exit as u32), block)?;
            }
        }
        self.b.seal_all_blocks();
        self.b.finalize(self.isa.frontend_config());
        Ok(())
    }

    /// The function's first block: what is loaded once, and the way to the entries.
    fn start(&mut self) -> Result<(), CodegenError> {
        self.start_function()?;
        for &block in &self.cfg.rpo {
            for &inst in &self.unit.block(block).insts {
                let data = self.unit.inst(inst);
                match (data.op, &data.imm) {
                    (Op::FrameBase, _) if self.frame_base.is_none() => {
                        self.frame_base = Some(self.load_word(ActivationLayout::FRAME_BASE));
                    }
                    (Op::Context, Imm::Word(word)) if self.context[*word as usize].is_none() => {
                        let value = self.load_word(ActivationLayout::context(*word));
                        self.context[*word as usize] = Some(value);
                    }
                    _ => {}
                }
            }
        }
        let entries = self.unit.entries.clone();
        let mut targets = Vec::with_capacity(entries.len());
        for entry in entries {
            targets.push(self.block(entry)?);
        }
        match targets.as_slice() {
            [] => return Err(CodegenError::Malformed("no entry")),
            [only] => {
                self.b.ins().jump(*only, &[]);
            }
            [first, others @ ..] => {
                let pool = &mut self.b.func.dfg.value_lists;
                let call = |block: &ir::Block, pool: &mut _| BlockCall::new(*block, [], pool);
                let default = call(first, pool);
                let mut table = vec![default];
                table.extend(others.iter().map(|block| call(block, pool)));
                let table = JumpTableData::new(default, &table);
                let table = self.b.create_jump_table(table);
                self.b.ins().br_table(self.entry, table);
            }
        }
        Ok(())
    }

    fn load_word(&mut self, offset: i32) -> ir::Value {
        let root = self.root();
        self.b.ins().load(types::I64, constant_word(), root, offset)
    }

    /// The address of the frame's slot 0.
    pub fn frame_base(&self) -> Result<ir::Value, CodegenError> {
        self.frame_base.ok_or(CodegenError::Malformed(
            "the frame's address was not loaded",
        ))
    }

    /// A context word.
    pub fn context_word(&self, word: u32) -> Result<ir::Value, CodegenError> {
        self.context
            .get(word as usize)
            .copied()
            .flatten()
            .ok_or(CodegenError::Malformed("a context word was not loaded"))
    }

    /// The translation of a value.
    pub fn value(&self, value: Value) -> Result<ir::Value, CodegenError> {
        self.values[value.index()]
            .ok_or(CodegenError::Malformed("a use comes before its definition"))
    }

    fn block(&self, block: Block) -> Result<ir::Block, CodegenError> {
        self.blocks[block.index()].ok_or(CodegenError::Malformed("an edge leads to no block"))
    }

    fn target(&self, target: &Target) -> Result<(ir::Block, Vec<BlockArg>), CodegenError> {
        let block = self.block(target.block)?;
        let args = target
            .args
            .iter()
            .map(|v| self.value(*v).map(BlockArg::from));
        Ok((block, args.collect::<Result<_, _>>()?))
    }

    /// A jump.
    pub fn jump(&mut self, target: &Target) -> Result<(), CodegenError> {
        let (block, args) = self.target(target)?;
        self.b.ins().jump(block, &args);
        Ok(())
    }

    /// A branch in the block `from`, with the target first that leaves more loops.
    pub fn branch(
        &mut self,
        from: Block,
        condition: Value,
        on_true: &Target,
        on_false: &Target,
    ) -> Result<(), CodegenError> {
        let swap = self.loops.leaves_more(from, on_false.block, on_true.block);
        let (first, second) = if swap {
            (on_false, on_true)
        } else {
            (on_true, on_false)
        };
        if self.is_choice(first, second) {
            return self.choose(condition, on_true, on_false);
        }
        let condition = self.condition(condition, swap)?;
        let (first, first_args) = self.target(first)?;
        let (second, second_args) = self.target(second)?;
        self.b
            .ins()
            .brif(condition, first, &first_args, second, &second_args);
        Ok(())
    }

    /// Whether a branch only chooses between values for which machines have conditional moves.
    fn is_choice(&self, yes: &Target, no: &Target) -> bool {
        let pairs = yes.args.iter().zip(&no.args);
        let moved = pairs.filter(|(a, b)| a != b).map(|(a, _)| self.unit.ty(*a));
        let words = moved.clone().all(|ty| matches!(ty, Type::I64 | Type::Ref));
        yes.block == no.block && words && moved.count() <= MOST_CHOICES
    }

    /// Goes to the one block that a branch leads to, with the values for the condition.
    fn choose(&mut self, condition: Value, yes: &Target, no: &Target) -> Result<(), CodegenError> {
        let condition = self.condition(condition, false)?;
        let (block, mut args) = self.target(yes)?;
        let (_, other_args) = self.target(no)?;
        for (arg, other) in args.iter_mut().zip(other_args) {
            let (BlockArg::Value(yes), BlockArg::Value(no)) = (*arg, other) else {
                continue;
            };
            if yes != no {
                *arg = BlockArg::Value(self.b.ins().select(condition, yes, no));
            }
        }
        self.b.ins().jump(block, &args);
        Ok(())
    }

    /// Leaves through the instruction's exit if `failed` is not zero, and goes on in a new block
    /// otherwise.
    pub fn leave_if(&mut self, inst: &InstData, failed: ir::Value) -> Result<(), CodegenError> {
        let exit = exit_of(inst)?;
        let failed = if self.options.spurious_exits && self.may_be_spurious(exit) {
            let due = self.count_down();
            self.b.ins().bor(failed, due)
        } else {
            failed
        };
        self.leave_only_if(exit, failed);
        Ok(())
    }

    /// The same for what must not be made to fail: the failure has happened already.
    pub fn leave_if_failed(
        &mut self,
        inst: &InstData,
        failed: ir::Value,
    ) -> Result<(), CodegenError> {
        self.leave_only_if(exit_of(inst)?, failed);
        Ok(())
    }

    /// A new block that is cold if the one being filled is.
    pub fn block_as_warm(&mut self) -> ir::Block {
        let here = self.b.current_block();
        let cold = here.is_some_and(|here| self.b.func.layout.is_cold(here));
        let block = self.b.create_block();
        if cold {
            self.b.set_cold_block(block);
        }
        block
    }

    fn leave_only_if(&mut self, exit: ExitId, failed: ir::Value) {
        let out = self.exit_block(exit);
        let on = self.block_as_warm();
        self.b.ins().brif(failed, out, &[], on, &[]);
        self.b.switch_to_block(on);
    }

    /// Leaves.
    pub fn leave(&mut self, inst: &InstData) -> Result<(), CodegenError> {
        let out = self.exit_block(exit_of(inst)?);
        self.b.ins().jump(out, &[]);
        Ok(())
    }

    /// The block that leaves through an exit.
    fn exit_block(&mut self, exit: ExitId) -> ir::Block {
        if let Some(block) = self.exits[exit.index()] {
            return block;
        }
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        self.exits[exit.index()] = Some(block);
        block
    }

    /// Fills the block of an exit. The first values are handed to a block that stores values of these
    /// types for every exit that has them: with the stores and the epilogue shared, exits are half as large
    /// and quicker to compile. The rest would only be moved about between spill slots, and is stored here.
    fn fill_exit(&mut self, exit: ExitId, block: ir::Block) -> Result<(), CodegenError> {
        let unit = self.unit;
        let values: Vec<Value> = unit.exits[exit.index()].values().collect();
        let (shared, rest) = values.split_at(values.len().min(SHARED_STORES));
        let tail = self.tail(shared.iter().map(|v| machine_type(unit.ty(*v))).collect())?;
        self.b.switch_to_block(block);
        for (word, value) in (SHARED_STORES..).zip(rest) {
            let value = self.value(*value)?;
            self.spill(word, value);
        }
        let number = self.b.ins().iconst(types::I32, i64::from(exit.0));
        let mut args = vec![BlockArg::from(number)];
        for value in shared {
            args.push(self.value(*value)?.into());
        }
        self.b.ins().jump(tail, &args);
        Ok(())
    }

    /// The block that stores values of these types and returns, given the exit's number and the values.
    fn tail(&mut self, types: Vec<ir::Type>) -> Result<ir::Block, CodegenError> {
        if let Some(block) = self.tails.get(&types) {
            return Ok(*block);
        }
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        let number = self.b.append_block_param(block, types::I32);
        let values: Vec<ir::Value> = types
            .iter()
            .map(|ty| self.b.append_block_param(block, *ty))
            .collect();
        self.b.switch_to_block(block);
        for (word, value) in values.into_iter().enumerate() {
            self.spill(word, value);
        }
        match self.function {
            Some(_) => self.leave_function(number)?,
            None => {
                self.b.ins().return_(&[number]);
            }
        }
        self.tails.insert(types, block);
        Ok(block)
    }

    /// Whether an exit may be taken although its guard held: the interpreter does the instruction again
    /// and finds out the same. Not so at the end of a loop, which is no guess, nor when an object that was
    /// made would be lost.
    fn may_be_spurious(&self, exit: ExitId) -> bool {
        let exit = &self.unit.exits[exit.index()];
        exit.resume == Resume::At && !matches!(exit.reason, Reason::Finished | Reason::NoMemory)
    }

    /// Counts towards the next spurious exit; whether it is due.
    fn count_down(&mut self) -> ir::Value {
        let offset = ActivationLayout::SPURIOUS_COUNTDOWN;
        let flags = MemFlagsData::trusted();
        let root = self.root();
        let left = self.b.ins().load(types::I64, flags, root, offset);
        let left = self.b.ins().iadd_imm_s(left, -1);
        self.b.ins().store(flags, left, root, offset);
        self.b
            .ins()
            .icmp_imm_s(ir::condcodes::IntCC::Equal, left, 0)
    }
}

pub(super) fn exit_of(inst: &InstData) -> Result<ExitId, CodegenError> {
    inst.exit.ok_or(CodegenError::Malformed(
        "an instruction that leaves has no exit",
    ))
}
