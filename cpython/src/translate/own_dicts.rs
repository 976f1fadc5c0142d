//! Attributes of instances that keep them in dicts: such that got more than their class has room for, or whose class is made
//! of one that is not the program's.
//!
//! Invariant: what the class says of a name is a fact, and that the instance is of the class is guarded. Where its dict has
//! the name is asked each time, from the entry on in which it was seen; that is a few loads.

use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{GOp, Reg};

use super::facts::{Attribute, Place};
use super::fields::FieldName;
use super::{Kinds, Translator, worth};
use crate::effects::READS;

impl Translator<'_> {
    /// `instance.name`, which the instance has in its dict, or its class where the dict has nothing of the name.
    pub(super) fn load_beside_dict(&mut self, owner: Reg) -> bool {
        let (name, called) = (self.arg() >> 1, self.arg() & 1 != 0);
        let Some(attributes) = self.beside_dict(name, false) else {
            return false;
        };
        let Some(place) = attributes.first().map(|one| one.place) else {
            return false;
        };
        let is_method = matches!(place, Place::OfClass { method: true, .. });
        if called != is_method {
            return false;
        }
        self.worth.add(worth::ATTRIBUTE);
        self.guard_owner(owner, &attributes);
        let result = self.temp(0);
        if let Place::OfClass { value, .. } = place {
            let lacks = self.ask_of_dict("lacks_own", owner, name, None);
            self.guard_nonzero(lacks, self.temp(2), Reason::OutOfRange);
            if is_method {
                self.put_method_below(owner, value);
                return true;
            }
            let known = self.source.facts.value(value);
            self.constant(result, known, self.named(value));
        } else {
            let index = self.own_place("own_place", owner, name);
            let field = self.field_of(FieldName::DictValue);
            self.push(GOp::Read {
                dst: result,
                from: owner,
                index: Some(index),
                field,
            });
        }
        self.replace_owner(owner, result);
        true
    }

    /// `instance.name = value`, which the instance has in its dict already.
    pub(super) fn store_beside_dict(&mut self, owner: Reg) -> bool {
        let name = self.arg();
        let Some(attributes) = self.beside_dict(name, true) else {
            return false;
        };
        if attributes.iter().any(|one| one.place != Place::InDict) {
            return false;
        }
        self.worth.add(worth::ATTRIBUTE);
        self.guard_owner(owner, &attributes);
        let index = self.own_place("own_place_to_store", owner, name);
        self.store_to((owner, FieldName::DictValue, Some(index)), None);
        true
    }

    /// What the classes say of an attribute of instances that keep theirs in dicts, if that is the same of all.
    fn beside_dict(&self, name: u32, stores: bool) -> Option<Vec<Attribute>> {
        let seen = self.feedback();
        let usual = seen.in_dict && !seen.elsewhere && !seen.boxed;
        if !usual || !seen.top[0].only(Kinds::SOME_INSTANCE) {
            return None;
        }
        let own = seen.entry.is_some();
        let classes = (self.source.classes)(self.index).into_iter();
        let found = classes.map(|class| self.source.facts.beside_dict(class, name, (stores, own)));
        let found: Vec<Attribute> = found.collect::<Option<_>>()?;
        let place = found.first()?.place;
        let same = found.iter().all(|other| other.place == place);
        same.then_some(found)
    }

    fn guard_owner(&mut self, owner: Reg, attributes: &[Attribute]) {
        let classes: Vec<_> = attributes.iter().map(|one| one.class).collect();
        self.guard_classes(owner, &classes);
    }

    /// How far behind the instance the word is that holds an attribute, in temporary 6.
    fn own_place(&mut self, routine: &str, owner: Reg, name: u32) -> Reg {
        let entry = self.feedback().entry.map_or(-1, i64::from);
        let asked = self.ask_of_dict(routine, owner, name, Some(entry));
        let place = self.temp(6);
        self.push(GOp::Copy {
            dst: place,
            src: asked,
        });
        self.guard_nonzero(asked, self.temp(2), Reason::OutOfRange);
        place
    }

    /// Has a routine answer a question about a name in an instance's dict, in temporary 1.
    fn ask_of_dict(&mut self, routine: &str, owner: Reg, name: u32, entry: Option<i64>) -> Reg {
        let (answer, text, hint) = (self.temp(1), self.temp(2), self.temp(3));
        let object = self.object(self.name_named(name));
        self.push(GOp::Object { dst: text, object });
        let (mut params, mut args) = (vec![Type::Ref; 2], vec![owner, text]);
        if let Some(entry) = entry {
            self.constant_int(hint, entry);
            params.push(Type::I64);
            args.push(hint);
        }
        let helper = self.helper(routine, &params, Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(answer),
            helper,
            args,
        });
        answer
    }
}
