//! Where guests stand at the points of a region.

use fatjit_jit::gbc::{NESTED, Nested, Point, Reg};

use super::super::Translator;
use super::super::iteration::behind_end_for;
use super::Context;
use crate::nested::{Asked, Guests, Running, Standing, Suspended};

impl Translator<'_> {
    pub(super) fn waits(&self, number: usize, yielded: usize) -> Suspended {
        let guest = &self.guests.all[number];
        let source = guest.body.source;
        let stack = source.depths.before(yielded).unwrap_or(1) - 1;
        Suspended {
            guest: number as u32,
            position: source.code.instrs()[yielded + 1].start,
            depth: guest.body.locals + stack,
        }
    }

    /// A place where the interpreter can go on, in the current context: `depth` counts registers up to the topmost in use.
    pub(in super::super) fn point_at(&self, position: u32, depth: u32) -> Point {
        let Some(context) = self.guests.contexts.get(self.context) else {
            return Point { position, depth };
        };
        if *context == Context::default() {
            return Point { position, depth };
        }
        let mut points = self.guests.points.borrow_mut();
        let next = points.standings.len() as u32;
        let key = (self.context, position, depth);
        let number = *points.known.entry(key).or_insert(next);
        if number == next {
            let (standing, nested) = self.standing(context, position, depth);
            points.standings.push(standing);
            points.nested.push(nested);
        }
        Point {
            position: NESTED + number,
            depth,
        }
    }

    fn standing(&self, context: &Context, position: u32, depth: u32) -> (Standing, Nested) {
        let parked = context.parked.iter();
        let suspended = parked
            .map(|(number, yielded)| self.waits(*number, *yielded))
            .collect();
        let mut running = Vec::new();
        let mut at = context.running;
        let (mut stands, mut deep) = (position, depth);
        while let Some(number) = at {
            let guest = &self.guests.all[number];
            let around = match guest.around {
                Some(around) => &self.guests.all[around].body,
                None => match &self.guests.own {
                    Some(own) => own,
                    None => break,
                },
            };
            let code = guest.body.source.code;
            let opcode = code
                .index_of_start(stands)
                .map(|index| code.instrs()[index].offset);
            let asks = around.source.code.instrs();
            let site = asks[guest.site];
            let stack = around.source.depths.before(guest.site).unwrap_or(1);
            let end = site.target.map(|end| behind_end_for(around.source, end));
            let end = end.and_then(|end| asks.get(end)).map(|instr| instr.start);
            running.push(Running {
                guest: number as u32,
                position: [stands, opcode.unwrap_or(stands)],
                depth: deep - guest.body.base,
                asked: Asked {
                    opcode: site.offset,
                    depth: around.locals + stack,
                    behind: asks[guest.site + 1].start,
                    end: end.unwrap_or(around.source.code.units()),
                    fold: guest.fold.map(|fold| {
                        let slots = self.call_slots_from(Reg(around.locals + stack - 3));
                        (fold, [slots.callee.0, slots.null.0])
                    }),
                },
            });
            (stands, deep) = (site.start, around.base + around.locals + stack);
            at = guest.around;
        }
        running.reverse();
        let nested = Nested {
            depth: deep,
            running: context.running.map(|number| number as u32),
        };
        let standing = Standing {
            position: stands,
            suspended,
            running,
        };
        (standing, nested)
    }

    /// The guests for the host; the region is told where they stand.
    pub(in super::super) fn finish_guests(&mut self) -> Guests {
        let points = self.guests.points.take();
        let source = match &self.guests.own {
            Some(own) => own.source,
            None => self.source,
        };
        for (number, standing) in (0..).zip(&points.standings) {
            let (source, position) = match standing.running.last() {
                Some(guest) => {
                    let body = &self.guests.all[guest.guest as usize].body;
                    (body.source, guest.position[0])
                }
                None => (source, standing.position),
            };
            let index = source.code.index_of_start(position);
            if index.is_some_and(|index| source.profile.at(index).boxed) {
                self.region.releasing.push(NESTED + number);
            }
        }
        self.region.nested = points.nested;
        Guests {
            all: self.region.guests.clone(),
            generators: self
                .guests
                .all
                .iter()
                .map(|guest| guest.number as u32)
                .collect(),
            codes: Vec::new(),
            standings: points.standings,
            sites: self.guests.sites(),
        }
    }
}
