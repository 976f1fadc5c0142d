//! Methods that differ between the classes at one place, and attributes that they keep at different places: the class tells
//! which function is loaded, and that tells how it is called; or it tells where the attribute is.
//!
//! Invariant: all that the instruction guards stands before its ways part, so that each of them can leave at its start; they
//! meet again behind it. That a slot holds one of certain methods is known until the slot is called, or the block of
//! bytecode ends.

use fatjit_jit::gbc::{GOp, Label, Reg};

use super::facts::{Attribute, Known, Place};
use super::{Const, Named, Translator, worth};

impl Translator<'_> {
    /// `instance.method`, to be called, where it is another function for each of the classes.
    pub(super) fn load_varied_method(&mut self, name: u32, owner: Reg) -> bool {
        let Some(attributes) = self.instance_attributes(name, false) else {
            return false;
        };
        let method = |one: &Attribute| match one.place {
            Place::OfClass {
                value,
                method: true,
            } => Some((one.class, value)),
            _ => None,
        };
        let methods: Option<Vec<(Known, Known)>> = attributes.iter().map(method).collect();
        let Some(methods) = methods.filter(|methods| methods.len() > 1) else {
            return false;
        };
        self.worth.add(worth::ATTRIBUTE);
        let classes: Vec<Known> = attributes.iter().map(|one| one.class).collect();
        self.guard_classes(owner, &classes);
        self.guard_names(owner, &attributes);
        let meet = self.new_block(false);
        let above = self.free();
        for (at, (class, value)) in methods.iter().enumerate() {
            let otherwise = (at + 1 < methods.len()).then(|| {
                let cond = self.temp(3);
                self.is_of(owner, &[*class], cond);
                self.part(cond)
            });
            self.push(GOp::Move {
                dst: above,
                src: owner,
            });
            self.constant(owner, Const::Other, Named::Known(*value));
            self.push(GOp::Jump(meet));
            if let Some(otherwise) = otherwise {
                self.at = otherwise;
            }
        }
        self.at = meet;
        self.known.remove(&owner);
        let mut functions: Vec<Known> = Vec::with_capacity(methods.len());
        for (_, value) in methods {
            if !functions.contains(&value) {
                functions.push(value);
            }
        }
        self.varied.insert(owner, functions);
        true
    }

    /// `instance.attribute`, where each of the classes has it somewhere else.
    pub(super) fn load_varied_attribute(&mut self, name: u32, owner: Reg) -> bool {
        let Some(places) = self.varied_places(name, false) else {
            return false;
        };
        self.worth.add(worth::ATTRIBUTE);
        self.for_each_class(owner, &places, &|translator, place| {
            translator.load_own(owner, place);
        })
    }

    /// `instance.attribute = value`, where each of the classes has it somewhere else.
    pub(super) fn store_varied_attribute(&mut self, name: u32, owner: Reg) -> bool {
        let Some(places) = self.varied_places(name, true) else {
            return false;
        };
        self.for_each_class(owner, &places, &|translator, place| {
            translator.store_own(place);
        })
    }

    /// The classes that were seen, and where each of them has the attribute of its own.
    fn varied_places(&self, name: u32, stores: bool) -> Option<Vec<(Known, Place)>> {
        let attributes = self.instance_attributes(name, stores)?;
        let own = |one: &Attribute| match one.place {
            Place::Value(_) | Place::Slot(_) => Some((one.class, one.place)),
            Place::OfClass { .. } | Place::InDict => None,
        };
        let places: Option<Vec<(Known, Place)>> = attributes.iter().map(own).collect();
        places.filter(|places| places.len() > 1)
    }

    /// Guards that an object is of one of these classes, and does for each of them what it needs, from the beginning of
    /// the instruction on.
    fn for_each_class(
        &mut self,
        owner: Reg,
        places: &[(Known, Place)],
        work: &dyn Fn(&mut Self, Place),
    ) -> bool {
        let Some(point) = self.point(self.index) else {
            return false;
        };
        let classes: Vec<Known> = places.iter().map(|(class, _)| *class).collect();
        self.guard_classes(owner, &classes);
        let meet = self.new_block(false);
        let known = self.known.clone();
        for (at, (class, place)) in places.iter().enumerate() {
            let otherwise = (at + 1 < places.len()).then(|| {
                let cond = self.temp(3);
                self.is_of(owner, &[*class], cond);
                self.part(cond)
            });
            self.known.clone_from(&known);
            self.push(GOp::At(point));
            work(self, *place);
            self.push(GOp::Jump(meet));
            if let Some(otherwise) = otherwise {
                self.at = otherwise;
            }
        }
        self.at = meet;
        true
    }

    /// A call of one of several methods.
    pub(super) fn call_varied(&mut self) -> bool {
        let callee = self.call_slots(self.arg()).lower;
        let Some(functions) = self.varied.remove(&callee) else {
            return false;
        };
        let native = |known: &Known| self.source.calls.callee(*known).is_some();
        let natives: Vec<Known> = functions.iter().copied().filter(native).collect();
        let Some(point) = self.point(self.index) else {
            return false;
        };
        if natives.is_empty() || self.keyword_names().is_some() || self.raises_elsewhere() {
            return false;
        }
        let meet = self.new_block(false);
        let all = natives.len() == functions.len();
        for (at, known) in natives.iter().enumerate() {
            let last = all && at + 1 == natives.len();
            let otherwise = (!last).then(|| {
                let (cond, object) = (self.temp(0), self.object(self.named(*known)));
                self.push(GOp::SameObject {
                    dst: cond,
                    src: callee,
                    object,
                });
                self.part(cond)
            });
            self.push(GOp::At(point));
            self.known.insert(callee, *known);
            self.methods.insert(callee);
            if !self.call_compiled() {
                self.generic();
            }
            self.known.retain(|reg, _| *reg < callee);
            self.methods.remove(&callee);
            if !self.finished() {
                self.push(GOp::Jump(meet));
            }
            if let Some(otherwise) = otherwise {
                self.at = otherwise;
                self.push(GOp::At(point));
            }
        }
        if !all {
            self.generic();
            if !self.finished() {
                self.push(GOp::Jump(meet));
            }
        }
        self.at = meet;
        true
    }

    /// Ways part: translation goes on where the condition holds. Where it does not.
    pub(super) fn part(&mut self, cond: Reg) -> Label {
        let (then, otherwise) = (self.new_block(false), self.new_block(false));
        self.push(GOp::Branch {
            cond,
            then,
            otherwise,
        });
        self.at = then;
        otherwise
    }
}
