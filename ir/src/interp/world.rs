//! The world a unit runs in: heap, frame, helpers, and scripted answers to what a host decides.
//!
//! Helpers are registered by name and may do anything to the world that their declaration says. Whoever
//! writes one upholds its declaration; the counts are audited at the end of each run.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::heap::{Handle, Heap, Payload};
use super::{Breach, Datum, Shown};

/// What a helper answers.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// It is done, without a result.
    Done,
    /// It is done, with a result of the declared type; an `own` one now belongs to the caller.
    Value(Datum),
    /// It failed with an exception.
    Raised,
}

/// A routine of the host. Arguments are as declared; `own` ones now belong to it, also if it fails.
pub type Helper = Rc<dyn Fn(&mut World, &[Datum]) -> Result<Reply, Breach>>;

/// Where address 0 of the frame is said to be. Helpers get it as an argument; nothing can be loaded there.
pub(super) const FRAME_BASE: i64 = 0x4000_0000;

/// Everything outside a unit.
#[derive(Clone, Default)]
pub struct World {
    /// The objects.
    pub heap: Heap,
    /// The frame's slots, which own what they hold.
    pub frame: Vec<Option<Handle>>,
    /// The position the frame was last told.
    pub position: u32,
    /// The host's words of the activation.
    pub context: Vec<i64>,
    /// The arguments of a function. Whoever calls keeps the objects alive: in `kept`.
    pub arguments: Vec<Datum>,
    /// How many calls may be nested in this one.
    pub nesting: i64,
    /// Whether `poll` says yes, for each time it is asked; no, when the script has ended.
    pub polls: VecDeque<bool>,
    /// The same for `disturbed`.
    pub disturbances: VecDeque<bool>,
    /// How many more objects `box` can make; unlimited if `None`.
    pub allocations: Option<usize>,
    /// References that helpers keep for themselves.
    pub kept: Vec<Handle>,
    /// What happened that can be seen from outside: what helpers note, and releases that run code.
    pub log: Vec<String>,
    helpers: BTreeMap<String, Helper>,
    objects: BTreeMap<String, Handle>,
    memory: BTreeMap<i64, u8>,
}

impl World {
    /// A world whose frame has this many empty slots.
    pub fn new(slots: usize) -> World {
        World {
            frame: vec![None; slots],
            ..World::default()
        }
    }

    /// Registers a helper.
    pub fn helper(
        &mut self,
        name: &str,
        routine: impl Fn(&mut World, &[Datum]) -> Result<Reply, Breach> + 'static,
    ) {
        self.helpers.insert(name.to_owned(), Rc::new(routine));
    }

    /// Gives the object that units know by this name its payload. Other objects of units are made when
    /// they are first used, with a type called `object`.
    pub fn name_object(&mut self, name: &str, payload: Payload) -> Handle {
        let handle = self.heap.new_object(payload);
        self.objects.insert(name.to_owned(), handle);
        handle
    }

    /// Puts a new object into an empty slot.
    pub fn fill(&mut self, slot: usize, payload: Payload) {
        self.frame[slot] = Some(self.heap.new_object(payload));
    }

    /// Makes memory readable and writable.
    pub fn map_memory(&mut self, address: i64, bytes: &[u8]) {
        for (at, byte) in bytes.iter().enumerate() {
            self.memory.insert(address + at as i64, *byte);
        }
    }

    /// Reads memory.
    ///
    /// # Errors
    /// If it is not mapped.
    pub fn read<const N: usize>(&self, address: i64) -> Result<[u8; N], Breach> {
        let mut bytes = [0; N];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let place = address.wrapping_add(at as i64);
            *byte = *self.memory.get(&place).ok_or(Breach::NoMemory(place))?;
        }
        Ok(bytes)
    }

    /// Writes memory.
    ///
    /// # Errors
    /// If it is not mapped.
    pub fn write(&mut self, address: i64, bytes: &[u8]) -> Result<(), Breach> {
        for (at, byte) in bytes.iter().enumerate() {
            let place = address.wrapping_add(at as i64);
            *self.memory.get_mut(&place).ok_or(Breach::NoMemory(place))? = *byte;
        }
        Ok(())
    }

    /// Gives a reference up; releases that run code are logged.
    ///
    /// # Errors
    /// If the object was freed before.
    pub fn release(&mut self, handle: Handle) -> Result<(), Breach> {
        if let Some(Payload::Other(ty, name)) = self.heap.release(handle)? {
            self.log.push(format!("free {ty} {name}"));
        }
        Ok(())
    }

    /// Gives a reference up whose release must not run code.
    pub(super) fn release_plain(&mut self, handle: Handle) -> Result<(), Breach> {
        match self.heap.release(handle)? {
            Some(Payload::Other(..)) => Err(Breach::ReleaseRanCode),
            _ => Ok(()),
        }
    }

    /// What one can see of a value.
    ///
    /// # Errors
    /// If it refers to an object that was freed.
    pub fn show(&self, datum: Datum) -> Result<Shown, Breach> {
        Ok(match datum {
            Datum::Int(n) => Shown::Int(n),
            Datum::Float(x) => Shown::Float(x.to_bits()),
            Datum::Bool(b) => Shown::Bool(b),
            Datum::Ref(None) => Shown::Null,
            Datum::Ref(Some(handle)) => self.heap.get(handle)?.show(),
            Datum::Ptr(address) => Shown::Address(address),
        })
    }

    pub(super) fn routine(&self, name: &str) -> Result<Helper, Breach> {
        let routine = self.helpers.get(name).cloned();
        routine.ok_or_else(|| Breach::NoHelper(name.to_owned()))
    }

    pub(super) fn object(&mut self, name: &str) -> Handle {
        match self.objects.get(name) {
            Some(handle) => *handle,
            None => self.name_object(name, Payload::Other("object".to_owned(), name.to_owned())),
        }
    }

    /// Ends a function that returned: its frame holds nothing any more, and what it returned, if it is an
    /// object, is given up.
    pub(super) fn end_frame(&mut self, returned: Option<Handle>) -> Result<(), Breach> {
        if let Some(held) = self.frame.iter().position(Option::is_some) {
            return Err(Breach::DeadSlot(crate::types::Slot(held as u32)));
        }
        let returned: Vec<Handle> = returned.into_iter().collect();
        self.audit(&returned)
    }

    /// Counts every reference there should be, given those of frames that are not this one.
    pub(super) fn audit(&self, others: &[Handle]) -> Result<(), Breach> {
        let own = self.frame.iter().flatten();
        let known = own
            .chain(self.objects.values())
            .chain(&self.kept)
            .chain(others);
        self.heap.audit(known.copied())
    }
}
