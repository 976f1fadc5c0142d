//! Guests: registers whose memory is in a frame that an object holds (`crate::gbc::Guest`).
//!
//! Invariants: a guest that is not active has no values in its registers. While one runs no code does, as in a function that
//! has no frame: what would run some leaves before. While it is parked its stack slots own what they hold, so whoever looks at
//! the object, and the host's collector does, finds it as the host itself would have left it, once locals are published.

use super::state::{Ident, Mem, Slot, Val};
use super::{LowerError, Lowering};
use crate::gbc::{Guest, Reg};

impl Lowering<'_> {
    /// Whether nothing may run code here: in a function without a frame, and in a guest.
    pub(super) fn runs_no_code(&self) -> bool {
        let position = self.here.position;
        self.region.is_frameless()
            || self.region.running_at(position).is_some()
            || self.region.spliced_at(position).is_some()
    }

    pub(super) fn is_local_of_guest(&self, reg: Reg) -> bool {
        let mut guests = self.region.guests.iter();
        guests.any(|guest| guest.locals().contains(&reg.0))
    }

    /// The locals of all guests.
    pub(super) fn locals_of_guests(&self) -> impl Iterator<Item = Reg> + use<'_> {
        self.region.guests.iter().flat_map(Guest::locals).map(Reg)
    }

    /// All slots of value stacks: those of the region's own frame, and those of guests.
    pub(super) fn stack_slots(&self) -> Vec<Reg> {
        let own = self.region.locals..self.region.slots;
        let guests = self.region.guests.iter().flat_map(Guest::stack);
        own.chain(guests).map(Reg).collect()
    }

    fn guest(&self, number: u32) -> Result<Guest, LowerError> {
        let guest = self.region.guests.get(number as usize);
        guest
            .copied()
            .ok_or_else(|| self.unexpected("guest", Reg(number)))
    }

    pub(super) fn begin_guest(
        &mut self,
        number: u32,
        depth: u32,
        unbound: &[Reg],
    ) -> Result<(), LowerError> {
        let guest = self.guest(number)?;
        if self.slot(guest.holder).mem != Mem::Synced || depth > guest.slots {
            return Err(self.unexpected("begin", guest.holder));
        }
        for reg in guest.all().take(depth.max(guest.locals) as usize).map(Reg) {
            *self.slot_mut(reg) = match unbound.contains(&reg) {
                // As a local of a function that nothing was stored to.
                true => Slot {
                    val: Val::Null,
                    mem: Mem::Stale,
                    ident: Ident::Free,
                },
                false => Slot::REFERENCE,
            };
        }
        Ok(())
    }

    pub(super) fn park_guest(&mut self, number: u32) -> Result<(), LowerError> {
        self.settle_borrowed();
        for reg in self.guest(number)?.stack().map(Reg) {
            if *self.slot(reg) != Slot::NONE && self.slot(reg).mem != Mem::Synced {
                self.materialise(reg);
            }
        }
        Ok(())
    }

    pub(super) fn end_guest(&mut self, number: u32) -> Result<(), LowerError> {
        let guest = self.guest(number)?;
        if let Some(held) = guest
            .stack()
            .map(Reg)
            .find(|reg| *self.slot(*reg) != Slot::NONE)
        {
            return Err(self.unexpected("end", held));
        }
        // What its code keeps alive goes with that.
        self.settle_aliases(None);
        self.settle_objects();
        for reg in guest.locals().map(Reg) {
            *self.slot_mut(reg) = Slot::NONE;
        }
        Ok(())
    }

    pub(super) fn let_guest_go(&mut self, number: u32) -> Result<(), LowerError> {
        let guest = self.guest(number)?;
        self.settle_borrowed();
        for reg in guest.all().map(Reg) {
            if *self.slot(reg) != Slot::NONE {
                self.materialise(reg);
            }
        }
        for reg in guest.all().map(Reg) {
            *self.slot_mut(reg) = Slot::NONE;
        }
        Ok(())
    }
}
