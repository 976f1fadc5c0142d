//! Calls of compiled functions replaced by what these do: the callee's guarded bytecode becomes part of the caller's.
//!
//! Invariant: what stands where a call was does what the call did. The callee's registers are new ones, whose slots have no
//! memory; its positions are numbers from [`SPLICED`] on that tell in which call they are ([`Region::within`]), and exits list
//! a frame for each call under way. Whether a function can do without memory for its slots shows when it is lowered; whoever
//! compiles goes on without splicing where it cannot.

use fatjit_ir::passes::Known;
use fatjit_ir::{HelperId, NativeId, ObjectId, Type, TypeId};

use super::visit::{Visitor, visit};
use super::{FieldId, GBlock, GOp, Instance, Label, NESTED, Point, Reg, Region, Sinking};

/// The first of the positions that are numbers of [`Region::within`].
pub const SPLICED: u32 = 1 << 26;

/// Most operations of a function that is spliced.
const MOST_OPERATIONS: usize = 260;
/// Most operations of a region afterwards.
const MOST_AFTERWARDS: usize = 2_500;
/// Most calls that are spliced into a region, those in spliced functions included.
const MOST_CALLS: usize = 40;

/// A call that was replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Spliced {
    /// The function.
    pub native: NativeId,
    /// The register of its slot 0; its other registers follow.
    pub first: u32,
    /// Number of its locals: the first slots.
    pub locals: u32,
    /// Number of its slots.
    pub slots: u32,
    /// Number of its registers, temporaries included.
    pub regs: u32,
    /// What it takes and gives.
    pub params: Vec<Type>,
    /// What it gives.
    pub result: Type,
    /// Where the caller is at the call.
    pub at: Point,
    /// As of [`GOp::CallNative`].
    pub args: Vec<Reg>,
    /// As of [`GOp::CallNative`].
    pub site: Point,
    /// As of [`GOp::CallNative`].
    pub instance: Option<Instance>,
    /// As of [`GOp::CallNative`].
    pub operator: bool,
}

impl Spliced {
    /// Registers of its slots.
    pub fn all(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.slots
    }

    /// Registers of its locals.
    pub fn locals(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.locals
    }
}

impl Region {
    /// The number of the call that a point is in, and where it is in what is called.
    pub fn spliced_at(&self, position: u32) -> Option<(u32, u32)> {
        let at = position.checked_sub(SPLICED)?;
        self.within.get(at as usize).copied()
    }
}

/// Whether a region may stand where its function is called: it is that of a function without a frame, small, without loops.
pub fn may_be_spliced(region: &Region) -> bool {
    let operations: usize = region.blocks.iter().map(|block| block.ops.len()).sum();
    // A header is what something jumps back to.
    let forward = region.blocks.iter().all(|block| !block.header);
    let mut ops = region.blocks.iter().flat_map(|block| &block.ops);
    // Its slots would have to own something.
    let owns = |op: &GOp| match op {
        GOp::Call {
            dst: Some(_),
            helper,
            ..
        } => {
            let mut given = region
                .sinking
                .iter()
                .flat_map(|sinking| &sinking.gives_back);
            let result = region.helpers[helper.index()].result;
            result == Some(Type::Own) && !given.any(|other| other == helper)
        }
        GOp::CallNative { native, .. } => {
            region.natives[native.index()].signature.result == Type::Own
        }
        _ => false,
    };
    // On numbers alone the IR's inliner does as well.
    let wants = region.function.as_ref().is_some_and(|function| {
        function.result == Type::Own || function.params.contains(&Type::Ref)
    });
    wants
        && region.is_frameless()
        && region.captured.is_none()
        && region.guests.is_empty()
        && region.names == 0
        && region.shapes.is_empty()
        && region.entries.len() == 1
        && operations <= MOST_OPERATIONS
        && forward
        && ops.all(|op| {
            let mut ignored = Ignored;
            visit(&mut op.clone(), &mut ignored) && !owns(op)
        })
}

struct Ignored;

impl Visitor for Ignored {}

/// A function's region, and where what it names is known.
type Body<'a> = (&'a Region, Known);

/// Replaces calls by bodies, given by `NativeId`, but for calls at these positions. `same` tells the first object that is the
/// same as another. Whether there were any.
pub fn splice(
    region: &mut Region,
    bodies: &[Option<(&Region, Known)>],
    but: &[u32],
    same: &dyn Fn(ObjectId) -> ObjectId,
) -> bool {
    let mut size: usize = region.blocks.iter().map(|block| block.ops.len()).sum();
    let mut spliced = false;
    let mut at = 0;
    while at < region.blocks.len() {
        let Some((place, point, native)) = call_in(region, at, bodies, but) else {
            at += 1;
            continue;
        };
        let body = match bodies.get(native.index()) {
            Some(Some(body)) => *body,
            _ => return spliced,
        };
        let operations: usize = body.0.blocks.iter().map(|b| b.ops.len()).sum();
        size += operations;
        let calls = region.calls.len() + body.0.calls.len() + 1;
        if size > MOST_AFTERWARDS || calls > MOST_CALLS {
            return spliced;
        }
        replace(region, (at, place), point, body, same);
        spliced = true;
    }
    spliced
}

/// Where a block first calls a function that has a body, and at which point.
fn call_in(
    region: &Region,
    block: usize,
    bodies: &[Option<Body<'_>>],
    but: &[u32],
) -> Option<(usize, Point, NativeId)> {
    if region.blocks[block].cold {
        return None;
    }
    let mut point = None;
    for (place, op) in region.blocks[block].ops.iter().enumerate() {
        match op {
            GOp::At(at) => point = Some(*at).filter(|at| at.position < NESTED),
            // What follows is in the caller again.
            GOp::Behind { call } => point = Some(region.calls[*call as usize].at),
            GOp::CallNative { native, .. } => {
                let body = matches!(bodies.get(native.index()), Some(Some(_)));
                let point = point.filter(|point| !but.contains(&point.position));
                if let (true, Some(point)) = (body, point) {
                    return Some((place, point, *native));
                }
            }
            _ => {}
        }
    }
    None
}

/// Replaces a call.
fn replace(
    region: &mut Region,
    (block, place): (usize, usize),
    at: Point,
    (callee, known): Body<'_>,
    same: &dyn Fn(ObjectId) -> ObjectId,
) {
    let rest = region.blocks[block].ops.split_off(place + 1);
    let Some(GOp::CallNative {
        native,
        args,
        site,
        instance,
        operator,
    }) = region.blocks[block].ops.pop()
    else {
        return;
    };
    let Some(function) = &callee.function else {
        return;
    };
    let number = region.calls.len() as u32;
    // Only one call that the region itself makes is under way at a time.
    let first = *region.behind_own.get_or_insert(region.regs);
    region.regs = region.regs.max(first + callee.regs);
    region.calls.push(Spliced {
        native,
        first,
        locals: callee.locals,
        slots: callee.slots,
        regs: callee.regs,
        params: function.params.clone(),
        result: function.result,
        at,
        args,
        site,
        instance,
        operator,
    });
    let blocks = region.blocks.len() as u32;
    let mut adopted = Adopted::new(region, (callee, known), same, (number, first, blocks));
    adopted.inner_calls(region, callee);
    let mut behind = vec![GOp::Behind { call: number }];
    behind.extend(rest);
    region.blocks[block]
        .ops
        .push(GOp::BeginCall { call: number });
    if let [only] = &callee.blocks[..]
        && let Some(GOp::Return { .. }) = only.ops.last()
    {
        // All in one block, in which more is known.
        let ops = adopted.copied(region, only).ops;
        let ops = ops.into_iter().chain(behind);
        region.blocks[block].ops.extend(ops);
        releases(region, callee, number);
        return;
    }
    let on = Label(blocks + callee.blocks.len() as u32);
    for block in &callee.blocks {
        let mut copy = adopted.copied(region, block);
        if matches!(copy.ops.last(), Some(GOp::EndCall { call, .. }) if *call == number) {
            copy.ops.push(GOp::Jump(on));
        }
        region.blocks.push(copy);
    }
    let entry = Label(blocks + callee.entries[0].block.0);
    region.blocks[block].ops.push(GOp::Jump(entry));
    let cold = region.blocks[block].cold;
    region.blocks.push(GBlock {
        ops: behind,
        header: false,
        cold,
    });
    releases(region, callee, number);
}

/// Where a callee often releases last references, it does so in the caller's region.
fn releases(region: &mut Region, callee: &Region, number: u32) {
    let releasing = callee.releasing.iter();
    let within = region.within.iter().enumerate();
    let released: Vec<u32> = within
        .filter(|(_, (call, position))| {
            *call == number && releasing.clone().any(|other| other == position)
        })
        .map(|(at, _)| SPLICED + at as u32)
        .collect();
    region.releasing.extend(released);
}

/// What a callee's ids are in the caller's region.
struct Adopted<'a> {
    same: &'a dyn Fn(ObjectId) -> ObjectId,
    known: Known,
    call: u32,
    /// What is added to the numbers of calls that were spliced into the callee.
    calls: u32,
    first: u32,
    blocks: u32,
    helpers: Vec<HelperId>,
    fields: Vec<FieldId>,
    types: Vec<TypeId>,
    /// Its points, as far as they are in calls that were spliced into it.
    points: u32,
}

impl<'a> Adopted<'a> {
    fn new(
        region: &mut Region,
        (callee, known): Body<'_>,
        same: &'a dyn Fn(ObjectId) -> ObjectId,
        (call, first, blocks): (u32, u32, u32),
    ) -> Adopted<'a> {
        let memories = callee.memories.iter();
        let memories: Vec<_> = memories
            .map(|memory| region.memory(&memory.name, memory.kind))
            .collect();
        let helpers = callee.helpers.iter().map(|helper| {
            let mut helper = helper.clone();
            for part in &mut helper.writes_only {
                *part = memories[part.index()];
            }
            region.helper(helper)
        });
        let helpers: Vec<HelperId> = helpers.collect();
        let fields = callee
            .fields
            .iter()
            .map(|field| region.field(field.clone()));
        let fields = fields.collect();
        let types = callee.types.iter().map(|ty| {
            let at = region.types.iter().position(|other| other == ty);
            let at = at.unwrap_or_else(|| {
                region.types.push(ty.clone());
                region.types.len() - 1
            });
            TypeId(at as u32)
        });
        let types = types.collect();
        let adopted = Adopted {
            same,
            known,
            call,
            calls: region.calls.len() as u32,
            first,
            blocks,
            helpers,
            fields,
            types,
            points: region.within.len() as u32,
        };
        let lent = callee.lent.iter().map(|object| adopted.object_of(*object));
        region.lent.extend(lent);
        if let Some(sinking) = &callee.sinking {
            let of = |helper: &HelperId| adopted.helpers[helper.index()];
            let theirs = Sinking {
                added: of(&sinking.added),
                gives_back: sinking.gives_back.iter().map(of).collect(),
                put: sinking.put.each_ref().map(of),
            };
            match &mut region.sinking {
                Some(ours) => theirs.gives_back.iter().for_each(|h| ours.give_back(*h)),
                none => *none = Some(theirs),
            }
        }
        adopted
    }

    fn object_of(&self, object: ObjectId) -> ObjectId {
        (self.same)(ObjectId(object.0 + self.known.objects))
    }

    /// The calls that were spliced into the callee, and where they are.
    fn inner_calls(&mut self, region: &mut Region, callee: &Region) {
        for (call, position) in &callee.within {
            region.within.push((call + self.calls, *position));
        }
        for inner in &callee.calls {
            let mut inner = inner.clone();
            inner.native = NativeId(inner.native.0 + self.known.natives);
            inner.first += self.first;
            inner.args.iter_mut().for_each(|reg| reg.0 += self.first);
            for point in [&mut inner.at, &mut inner.site] {
                self.point_within(region, point);
            }
            if let Some(instance) = &mut inner.instance {
                self.helper(&mut instance.make);
                self.object(&mut instance.class);
            }
            region.calls.push(inner);
        }
    }

    /// A block of the callee's, which ends the call where it returned. Whoever calls polls.
    fn copied(&mut self, region: &mut Region, block: &GBlock) -> GBlock {
        let mut copy = block.clone();
        copy.ops.retain(|op| !matches!(op, GOp::Poll));
        for op in &mut copy.ops {
            self.within(region, op);
            if let GOp::Return { reg } = *op {
                let call = self.call;
                *op = GOp::EndCall { call, reg };
            }
        }
        copy
    }

    fn within(&mut self, region: &mut Region, op: &mut GOp) {
        // Its points are told where the region is at hand.
        let mut points = Points {
            region,
            adopted: self,
        };
        visit(op, &mut points);
        visit(op, self);
    }

    fn point_within(&self, region: &mut Region, point: &mut Point) {
        point.depth += self.first;
        if let Some(number) = point.position.checked_sub(SPLICED) {
            point.position = SPLICED + self.points + number;
            return;
        }
        let here = (self.call, point.position);
        let at = region.within.iter().position(|other| *other == here);
        let at = at.unwrap_or_else(|| {
            region.within.push(here);
            region.within.len() - 1
        });
        point.position = SPLICED + at as u32;
    }
}

impl Visitor for Adopted<'_> {
    fn reg(&mut self, reg: &mut Reg) {
        reg.0 += self.first;
    }

    fn label(&mut self, label: &mut Label) {
        label.0 += self.blocks;
    }

    fn object(&mut self, object: &mut ObjectId) {
        *object = self.object_of(*object);
    }

    fn helper(&mut self, helper: &mut HelperId) {
        *helper = self.helpers[helper.index()];
    }

    fn field(&mut self, field: &mut FieldId) {
        *field = self.fields[field.index()];
    }

    fn ty(&mut self, ty: &mut TypeId) {
        *ty = self.types[ty.index()];
    }

    fn native(&mut self, native: &mut NativeId) {
        native.0 += self.known.natives;
    }

    fn call(&mut self, call: &mut u32) {
        *call += self.calls;
    }
}

struct Points<'a, 'b> {
    region: &'a mut Region,
    adopted: &'a Adopted<'b>,
}

impl Visitor for Points<'_, '_> {
    fn point(&mut self, point: &mut Point) {
        self.adopted.point_within(self.region, point);
    }
}
