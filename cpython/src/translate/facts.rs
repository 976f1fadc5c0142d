//! What translation asks of the program around the code: which objects names mean.
//!
//! Registers are followed within a block only, by what is pushed to them. It does not matter for correctness if
//! that goes wrong: who relies on it has lowering guard that the register holds the object, which costs nothing
//! where lowering knows it too.

use std::ffi::CStr;

use fatjit_bytecode::Version;
use fatjit_jit::gbc::{GOp, Reg};

use super::{Const, Named, Translator};
use crate::special::Special;

/// An object found through facts, by the number under which its finder knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Known(pub u32);

/// A class, by its address. It is only told apart, and may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class(pub usize);

/// Where the instances of a class have an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The class.
    pub class: Known,
    /// Where it is.
    pub place: Place,
    /// As long as instances share so many names, none has an attribute of its own of a name that the class has; nothing
    /// if they never can.
    pub names: Option<i64>,
}

/// Where an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among the instance's values, with this index.
    Value(u32),
    /// In the instance's word with this number.
    Slot(u32),
    /// In the instance's dict.
    InDict,
    /// The class, or one of its bases, has it.
    OfClass {
        /// What it is.
        value: Known,
        /// Whether it is a function that calls give the instance.
        method: bool,
    },
}

/// Facts about the program that stay true until whoever relies on them is told. What is asked and answered is
/// relied on.
pub trait Facts {
    /// From now on names are those of the code of a generator, by its number, or of the region's own code.
    fn speak_of(&self, generator: Option<usize>);

    /// A constant of a generator's code, which lives as long as that.
    fn constant_of(&self, generator: usize, index: u32) -> Option<Known>;

    /// The object that a global name means, by its index among the code's names: a global, or a builtin.
    fn global(&self, name: u32) -> Option<Known>;

    /// The attribute with this name of a module or class.
    fn attribute(&self, of: Known, name: u32) -> Option<Known>;

    /// Where the instances of a class have the attribute with this name, or where it is stored to.
    fn instance_attribute(&self, class: Class, name: u32, stores: bool) -> Option<Attribute>;

    /// The same of instances that keep their attributes in dicts. What is asked is whether it is stored to, and whether the
    /// instance has it itself, or else what the class has.
    fn beside_dict(&self, class: Class, name: u32, asked: (bool, bool)) -> Option<Attribute>;

    /// Whether instances of a class are ones of another, known, class: the class itself, the answer, and the metaclass of
    /// the other, for which alone the answer holds.
    fn instances_are(&self, class: Class, asked: Known) -> Option<(Known, bool, Known)>;

    /// The function that a call of this object, a class, calls with a new instance, and does nothing else.
    fn initializer(&self, class: Known) -> Option<Known>;

    /// Whether an instance of such a class can come and go without being made: it has no finaliser, and nothing but
    /// attributes.
    fn sinks(&self, class: Known) -> bool;

    /// The class, and the function that it has for a `BINARY_OP` with this argument, if that alone is asked whenever the
    /// right operand is of the same class or a number.
    fn operator(&self, class: Class, op: u32) -> Option<(Known, Known)>;

    /// The class, and the special method that it has, if that is a function of Python.
    fn special(&self, class: Class, special: Special) -> Option<(Known, Known)>;

    /// The class, and the function of Python that gets the property with this name.
    fn getter(&self, class: Class, name: u32) -> Option<(Known, Known)>;

    /// Another class, if it knows nothing of such an operator with its instance on the right.
    fn leaves_operator(&self, class: Class, left: Known, op: u32) -> Option<Known>;

    /// A class, if its instances are equal to themselves alone, and compared so.
    fn compares_by_identity(&self, class: Class) -> Option<Known>;

    /// A class, if it is made of `list` and has its length and iterators from there.
    fn is_like_list(&self, class: Class) -> Option<Known>;

    /// The method of this name, written in C, of a builtin type.
    fn method_of_type(&self, ty: &CStr, name: u32) -> Option<Known>;

    /// The function of the class method with this name of a class, which calls give the class.
    fn class_method(&self, class: Known, name: u32) -> Option<Known>;

    /// The class, and the method with this name that its instances have of the classes behind another one.
    fn super_method(&self, of: Class, behind: Known, name: u32) -> Option<(Known, Known)>;

    /// Whether an object is the type `super`.
    fn is_super(&self, known: Known) -> bool;

    /// The value of an object. This, like what follows, cannot change.
    fn value(&self, known: Known) -> Const;

    /// Whether the object lives for as long as the region's code.
    fn is_held(&self, known: Known) -> bool;

    /// Whether the object is a function of Python.
    fn is_function(&self, known: Known) -> bool;

    /// The stable name of a builtin function or type: `builtins.len`, `math.sqrt`, `range`.
    fn builtin(&self, known: Known) -> Option<String>;
}

impl Translator<'_> {
    /// What the region calls a known object. Two names of one object would look like two objects.
    pub(super) fn named(&self, known: Known) -> Named {
        let facts = self.source.facts;
        match (facts.value(known), facts.builtin(known).as_deref()) {
            (Const::None, _) => Named::None,
            (_, Some("range")) => Named::RangeType,
            _ => Named::Known(known),
        }
    }

    /// Puts an object into a stack slot and, if `call` is set, the null that stands beside a callable into the next.
    pub(super) fn load_known(&mut self, below: Reg, known: Known, call: bool) {
        let (object, null) = self.beside_null(below, call);
        if let Some(dst) = null {
            self.push(GOp::Null { dst });
        }
        let value = self.source.facts.value(known);
        self.constant(object, value, self.named(known));
        self.methods.remove(&object);
        if matches!(value, Const::None | Const::Other) {
            self.known.insert(object, known);
        }
    }

    /// Where a callable goes and the null that stands beside it, from `below` upwards.
    pub(super) fn beside_null(&self, below: Reg, call: bool) -> (Reg, Option<Reg>) {
        let above = Reg(below.0 + 1);
        match (call, self.version) {
            (false, _) => (below, None),
            (true, Version::V312) => (above, Some(below)),
            (true, Version::V313) => (below, Some(above)),
        }
    }

    /// The object that a register holds, as far as the block tells. Guard it with `GuardObject`.
    pub(super) fn known_in(&self, reg: Reg) -> Option<Known> {
        self.known.get(&reg).copied()
    }

    /// An attribute of a module is what it is now, if that may be assumed.
    pub(super) fn load_attr(&mut self) {
        let (reg, arg) = (self.top(1), self.arg());
        if self.load_list_method()
            || self.load_dict_get()
            || self.load_method_of_type()
            || self.load_instance_attribute()
        {
            return;
        }
        let module = self.known_in(reg);
        if let (Some(class), true) = (module, arg & 1 != 0)
            && self.load_class_method(reg, class, arg >> 1)
        {
            return;
        }
        let attribute = module.and_then(|known| self.source.facts.attribute(known, arg >> 1));
        let (Some(module), Some(attribute)) = (module, attribute) else {
            return self.generic();
        };
        let object = self.object(self.named(module));
        self.push(GOp::GuardObject { reg, object });
        self.push(GOp::Kill { reg });
        self.load_known(reg, attribute, arg & 1 != 0);
    }

    /// Keeps up with which registers hold known objects.
    pub(super) fn follow(&mut self, op: &GOp) {
        if self.known.is_empty() {
            return;
        }
        match op {
            GOp::Copy { dst, src } => {
                let known = self.known_in(*src);
                self.set_known(*dst, known);
            }
            GOp::Move { dst, src } => {
                let known = self.known.remove(src);
                self.set_known(*dst, known);
            }
            GOp::Swap { a, b } => {
                let (of_a, of_b) = (self.known_in(*a), self.known_in(*b));
                self.set_known(*a, of_b);
                self.set_known(*b, of_a);
            }
            GOp::Store { local, src, .. } => {
                let known = self.known.remove(src);
                self.set_known(*local, known);
            }
            GOp::Host { depth, pops, .. } => {
                let under = depth.saturating_sub(*pops);
                self.known.retain(|reg, _| reg.0 < under);
            }
            GOp::CallNative { site, instance, .. } => self.called(site.depth, instance.is_some()),
            GOp::CallFramed {
                under, instance, ..
            } => self.called(*under, instance.is_some()),
            GOp::Replace { reg, .. }
            | GOp::Kill { reg }
            | GOp::Drop { reg, .. }
            | GOp::Discard { reg }
            | GOp::Forget { reg }
            | GOp::Adopt { reg }
            | GOp::Unbind { local: reg, .. }
            | GOp::TakeLocal { local: reg, .. } => {
                self.known.remove(reg);
            }
            _ => {}
        }
        if let Some(reg) = op.result() {
            self.known.remove(&reg);
        }
        let known = &self.known;
        self.methods.retain(|reg| known.contains_key(reg));
    }

    /// A call popped what lay from a slot on; a new instance lies right below.
    fn called(&mut self, under: u32, makes: bool) {
        let first = under - u32::from(makes);
        self.known.retain(|reg, _| reg.0 < first);
    }

    fn set_known(&mut self, reg: Reg, known: Option<Known>) {
        self.methods.remove(&reg);
        match known {
            Some(known) => self.known.insert(reg, known),
            None => self.known.remove(&reg),
        };
    }
}
