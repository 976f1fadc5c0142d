//! Attributes of instances of the program's classes.
//!
//! What the class says of an attribute is a fact; that an object is of the class is guarded where it is used, because a
//! program may change that, and so is that an instance has its values where it began. An attribute that is missing is
//! left to the interpreter, which raises, or looks for it elsewhere. What an instance has is lent by it, as an element is
//! by its container.

use fatjit_ir::Reason;
use fatjit_jit::gbc::{BoolOp, Cmp, FieldId, GOp, IntOp, Reg, Release};

use super::containers::Stored;
use super::facts::{Attribute, Class, Known, Place};
use super::fields::FieldName;
use super::{Kinds, Named, Translator, worth};

/// What all classes that were seen at a place say of an attribute.
struct Found {
    place: Place,
    /// One for each class.
    attributes: Vec<Attribute>,
}

impl Found {
    fn classes(&self) -> Vec<Known> {
        self.attributes.iter().map(|one| one.class).collect()
    }
}

impl Translator<'_> {
    /// What the classes that were seen say of the attribute that the current instruction is about.
    pub(super) fn instance_attributes(&self, name: u32, stores: bool) -> Option<Vec<Attribute>> {
        let seen = self.feedback();
        if seen.boxed || !seen.top[0].only(Kinds::SOME_INSTANCE) {
            return None;
        }
        let classes = (self.source.classes)(self.index);
        let of = |class: &Class| self.source.facts.instance_attribute(*class, name, stores);
        let attributes: Vec<Attribute> = classes.iter().map(of).collect::<Option<_>>()?;
        // Only instances that have values say so.
        let names = attributes.first()?.names.is_some();
        let alike = attributes.iter().all(|one| one.names.is_some() == names);
        alike.then_some(attributes)
    }

    /// The attribute that the current instruction is about, if the classes that were seen have it at the same place.
    fn instance_attribute(&self, name: u32, stores: bool) -> Option<Found> {
        let attributes = self.instance_attributes(name, stores)?;
        let place = attributes.first()?.place;
        let same = attributes.iter().all(|other| other.place == place);
        same.then_some(Found { place, attributes })
    }

    /// `instance.name`, also to be called at once if it is a method.
    pub(super) fn load_instance_attribute(&mut self) -> bool {
        let (owner, arg) = (self.top(1), self.arg());
        let called = arg & 1 != 0;
        if self.load_beside_dict(owner) {
            return true;
        }
        let Some(found) = self.instance_attribute(arg >> 1, false) else {
            return match called {
                true => self.load_varied_method(arg >> 1, owner),
                false => self.load_varied_attribute(arg >> 1, owner) || self.property(arg >> 1),
            };
        };
        let is_method = matches!(found.place, Place::OfClass { method: true, .. });
        let binds = matches!(found.place, Place::OfClass { value, method: true }
            if !called && self.source.facts.is_function(value) && !self.raises_elsewhere());
        if called != is_method && !binds {
            return false;
        }
        self.worth.add(worth::ATTRIBUTE);
        self.guard_classes(owner, &found.classes());
        let result = self.temp(0);
        if let Place::OfClass { value, .. } = found.place {
            self.guard_names(owner, &found.attributes);
            if binds {
                self.bind(owner, owner, value);
                return true;
            }
            if is_method {
                self.put_method_below(owner, value);
                return true;
            }
            let known = self.source.facts.value(value);
            self.constant(result, known, self.named(value));
        } else {
            self.load_own(owner, found.place);
            return true;
        }
        self.replace_owner(owner, result);
        true
    }

    /// Puts what an instance has at a place into its slot.
    pub(super) fn load_own(&mut self, owner: Reg, place: Place) {
        let (result, cond) = (self.temp(0), self.temp(1));
        let (from, field) = self.own_attribute(owner, place, false);
        self.read_field(result, from, field);
        self.guard_present(result, cond, Reason::OutOfRange);
        self.replace_owner(owner, result);
    }

    pub(super) fn replace_owner(&mut self, owner: Reg, result: Reg) {
        let behind = self.behind(0);
        self.push(GOp::Replace {
            reg: owner,
            src: result,
            behind,
        });
    }

    /// `instance.name = value`, if the instance has such an attribute already.
    pub(super) fn store_attr(&mut self) {
        let owner = self.top(1);
        let seen = self.feedback().element;
        if self.store_beside_dict(owner) {
            return;
        }
        if seen.has(Kinds::MISSING) && !seen.is(Kinds::MISSING) {
            return self.generic();
        }
        let Some(found) = self.instance_attribute(self.arg(), true) else {
            if !self.store_varied_attribute(self.arg(), owner) {
                self.generic();
            }
            return;
        };
        self.guard_classes(owner, &found.classes());
        self.store_own(found.place);
    }

    /// Stores to where an instance, which is of the class that was found, has an attribute.
    pub(super) fn store_own(&mut self, place: Place) {
        let owner = self.top(1);
        let adds = self.feedback().element.is(Kinds::MISSING);
        let (to, field) = self.own_attribute(owner, place, true);
        self.worth.add(worth::ATTRIBUTE);
        self.store_to((to, field, None), adds.then_some(place));
    }

    /// Stores to a field of the instance or of where its values are, with an index if it is one of several; what is `added`
    /// was not there before. Uses temporaries 0, 1 and 5.
    pub(super) fn store_to(
        &mut self,
        (to, field, index): (Reg, FieldName, Option<Reg>),
        added: Option<Place>,
    ) {
        let (value, owner, instance) = (self.top(2), self.top(1), self.temp(5));
        let seen = self.feedback();
        self.push(GOp::AddressOf {
            dst: instance,
            src: owner,
        });
        let to = if to == owner { instance } else { to };
        self.push(GOp::Unlend { reg: owner });
        self.push(GOp::GuardRelease { regs: vec![owner] });
        let field = self.field_of(field);
        if let Some(place) = added {
            self.add_reference(to, field, value);
            self.value_added(instance, place);
        } else {
            self.store_reference(&Stored {
                to,
                index,
                field,
                value,
                kinds: seen.top[1],
                old: seen.element,
                may_be_missing: true,
            });
        }
        let behind = self.behind(-2);
        self.push(GOp::Drop { reg: owner, behind });
        self.push(GOp::AfterOwed(behind));
    }

    /// Stores a reference where none is. Uses temporaries 0 and 1.
    fn add_reference(&mut self, to: Reg, field: FieldId, src: Reg) {
        let (old, cond) = (self.temp(0), self.temp(1));
        self.push(GOp::Read {
            dst: old,
            from: to,
            index: None,
            field,
        });
        self.push(GOp::NullTest {
            dst: cond,
            src: old,
        });
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::OutOfRange,
        });
        self.push(GOp::WriteRef {
            to,
            index: None,
            field,
            src,
            old,
            release: Release::Plain,
        });
    }

    /// An instance has got a value that it did not have. Uses temporary 1.
    fn value_added(&mut self, instance: Reg, place: Place) {
        let Place::Value(index) = place else {
            return;
        };
        let at = self.temp(1);
        self.constant_int(at, i64::from(index));
        let helper = self.value_is_added();
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![instance, at],
        });
    }

    /// Guards that an object is of one of these classes. Uses temporaries 1 to 4.
    pub(super) fn guard_classes(&mut self, reg: Reg, classes: &[Known]) {
        if let [only] = *classes {
            let field = self.field_of(FieldName::ObjectClass);
            let object = self.object(Named::Known(only));
            return self.push(GOp::GuardField { reg, field, object });
        }
        let cond = self.temp(3);
        self.is_of(reg, classes, cond);
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::TypeChanged,
        });
    }

    /// Whether an object is of one of these classes. Uses temporaries 1, 2 and 4.
    pub(super) fn is_of(&mut self, reg: Reg, classes: &[Known], dst: Reg) {
        let (address, class, this) = (self.temp(1), self.temp(2), self.temp(4));
        self.push(GOp::AddressOf {
            dst: address,
            src: reg,
        });
        self.read_field(class, address, FieldName::ObjectClass);
        for (at, known) in classes.iter().enumerate() {
            let object = self.object(Named::Known(*known));
            self.push(GOp::SameObject {
                dst: if at == 0 { dst } else { this },
                src: class,
                object,
            });
            if at > 0 {
                self.push(GOp::BoolBin {
                    op: BoolOp::Or,
                    dst,
                    a: dst,
                    b: this,
                });
            }
        }
    }

    /// Guards that an instance has its values where it began, and no dict if something is `stored`. Uses temporaries
    /// 1 and 2.
    fn guard_values(&mut self, owner: Reg, stored: bool) {
        let (state, one) = (self.temp(1), self.temp(2));
        let holds = |cond| GOp::GuardTrue {
            cond,
            reason: Reason::OutOfRange,
        };
        self.read_field(state, owner, FieldName::ValuesState);
        let inside = self.source.layout.values_inside != 0;
        if !inside {
            self.constant_int(one, 1);
            self.push(GOp::IntBin {
                op: IntOp::And,
                dst: state,
                a: state,
                b: one,
            });
        }
        self.push(GOp::IntTruth {
            dst: state,
            src: state,
        });
        self.push(holds(state));
        if inside && stored {
            self.read_field(state, owner, FieldName::ManagedDict);
            self.push(GOp::IntTruth {
                dst: state,
                src: state,
            });
            self.push(GOp::BoolNot {
                dst: state,
                src: state,
            });
            self.push(holds(state));
        }
    }

    /// Guards that no instance of the classes has an attribute of its own of a name that they have. Uses temporaries 1
    /// to 3.
    pub(super) fn guard_names(&mut self, owner: Reg, attributes: &[Attribute]) {
        if attributes.iter().any(|one| one.names.is_some()) {
            self.guard_values(owner, false);
        }
        for one in attributes {
            let Some(names) = one.names else {
                continue;
            };
            let (table, there, wanted) = (self.temp(1), self.temp(2), self.temp(3));
            let object = self.object(Named::SharedNames(one.class));
            self.push(GOp::Object { dst: table, object });
            self.read_field(there, table, FieldName::SharedNames);
            self.constant_int(wanted, names);
            self.push(GOp::IntCmp {
                cmp: Cmp::Eq,
                dst: there,
                a: there,
                b: wanted,
            });
            self.push(GOp::GuardTrue {
                cond: there,
                reason: Reason::OutOfRange,
            });
        }
    }

    /// Where an attribute of its own is, from the instance or from where its values are. Uses temporaries 1 to 3.
    fn own_attribute(&mut self, owner: Reg, place: Place, stored: bool) -> (Reg, FieldName) {
        match place {
            Place::Value(index) => {
                self.guard_values(owner, stored);
                let field = FieldName::InstanceValue(index);
                if self.source.layout.values_inside != 0 {
                    return (owner, field);
                }
                let start = self.temp(3);
                self.read_field(start, owner, FieldName::ValuesStart);
                (start, field)
            }
            Place::Slot(word) => (owner, FieldName::InstanceSlot(word)),
            // Asked for of others only.
            Place::OfClass { .. } | Place::InDict => (owner, FieldName::ObjectClass),
        }
    }
}
