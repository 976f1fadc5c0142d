//! Reading facts while a region is translated.
//!
//! Invariant: a fact that was answered is assumed: it is among those that [`Finder::assume`] registers. Nothing
//! that is called here runs Python code, so what was read stays true until then.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};

use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::natives::{self, FoundAttribute, attribute_form};
use super::{Assumed, Fact, Told, Watchers};
use crate::frame::Frame;
use crate::python::{self, Owned};
use crate::shim;
use crate::special::Special;
use crate::translate::{Attribute, Class, Const, Facts, Known, Place};

/// Bytes of a reference.
const WORD: i64 = 8;

/// What is found for one region.
pub struct Finder {
    watchers: &'static Watchers,
    globals: *mut PyObject,
    builtins: *mut PyObject,
    names: *mut PyObject,
    /// The code of generators that may be done in the region, and whose is spoken of.
    generators: RefCell<Vec<*mut PyObject>>,
    speaks_of: Cell<Option<usize>>,
    /// Reads the value of an object for translation.
    constant: unsafe fn(*mut PyObject) -> Const,
    /// Whether anything may be assumed at all.
    enabled: bool,
    found: RefCell<Found>,
}

#[derive(Default)]
struct Found {
    objects: Vec<*mut PyObject>,
    told: Vec<Told>,
    held: Vec<Owned>,
}

impl Finder {
    /// For the code that a frame runs. `constant` reads an object's value.
    pub fn new(frame: Frame, enabled: bool, constant: unsafe fn(*mut PyObject) -> Const) -> Finder {
        let [globals, builtins] = super::namespace(frame);
        Finder {
            watchers: Watchers::get(),
            globals: globals as *mut PyObject,
            builtins: builtins as *mut PyObject,
            names: super::names(frame),
            generators: RefCell::default(),
            speaks_of: Cell::new(None),
            constant,
            enabled,
            found: RefCell::default(),
        }
    }

    /// The object that was found: borrowed, good as long as the facts stand.
    pub fn object(&self, known: Known) -> *mut PyObject {
        self.found.borrow().objects[known.0 as usize]
    }

    /// Registers all that was answered, for a version that is about to be made. `None` if something cannot be
    /// watched.
    pub fn assume(&self) -> Option<Assumed> {
        let found = self.found.take();
        let facts: Vec<Fact> = found.told.iter().map(|told| told.fact).collect();
        let mut held = found.held;
        for object in &found.objects {
            // SAFETY: the object is alive, and the GIL is held.
            unsafe {
                if natives::fatjit_is_leaf(*object) != 0 {
                    held.push(Owned::from_borrowed(*object));
                }
            }
        }
        *self.found.borrow_mut() = Found {
            objects: found.objects,
            ..Found::default()
        };
        Some(Assumed {
            dependent: self.watchers.depend(&facts)?,
            told: found.told,
            watchers: self.watchers,
            namespace: [self.globals as usize, self.builtins as usize],
            _held: held,
        })
    }

    /// An object that is known without a fact of its own: the function whose code is translated, or what a function
    /// holds that is relied on.
    pub fn given(&self, object: *mut PyObject) -> Known {
        self.known(object)
    }

    /// From now on it is assumed that a code object lives, by which the function with this name is told. Nothing if that
    /// may not be.
    pub fn rely_on_code(&self, code: *mut PyObject, name: &str) -> Option<Known> {
        let fact = Fact::Code(code as usize);
        if !self.enabled || !self.watchers.may_assume(fact) {
            return None;
        }
        self.tell(fact, &format!("code of {name}"), "is not gone".to_owned());
        Some(self.known(code))
    }

    /// The code of the next generator that may be done in the region. It is alive meanwhile.
    pub fn add_generator(&self, code: *mut PyObject) {
        self.generators.borrow_mut().push(code);
    }

    /// All that another version assumes is assumed, too: its code is going to be called. Whoever is compiled holds
    /// that version.
    pub fn rely_on(&self, other: &Assumed) {
        let mut found = self.found.borrow_mut();
        for told in &other.told {
            if !found.told.iter().any(|known| known.fact == told.fact) {
                found.told.push(told.clone());
            }
        }
    }

    fn name(&self, index: u32) -> Option<*mut PyObject> {
        let names = match self.speaks_of.get() {
            // SAFETY: the GIL is held, and the code is alive.
            Some(generator) => unsafe {
                shim::fatjit_code_names(*self.generators.borrow().get(generator)?)
            },
            None => self.names,
        };
        // SAFETY: the GIL is held; names are a tuple of texts, and the index is one of an instruction's.
        let name = unsafe { py::PyTuple_GetItem(names, index as isize) };
        // SAFETY: the name is alive.
        (!name.is_null() && unsafe { natives::fatjit_is_interned(name) } != 0).then_some(name)
    }

    /// What a name means in a dict, if that can be told and assumed; null if it is not there.
    fn binding(&self, dict: *mut PyObject, name: *mut PyObject) -> Option<*mut PyObject> {
        let fact = binding(dict, name);
        // SAFETY: both are alive, the GIL is held, and only a plain dict is read.
        unsafe {
            let plain = self.enabled && natives::fatjit_dict_is_plain(dict) != 0;
            (plain && self.watchers.may_assume(fact)).then(|| natives::fatjit_binding(dict, name))
        }
    }

    fn tell(&self, fact: Fact, about: &str, assumed: String) {
        let mut found = self.found.borrow_mut();
        if found.told.iter().any(|told| told.fact == fact) {
            return;
        }
        if let Fact::Binding { name, .. } = fact {
            // SAFETY: the name is alive: it was just found.
            found
                .held
                .push(unsafe { Owned::from_borrowed(name as *mut PyObject) });
        }
        found.told.push(Told {
            fact,
            about: about.to_owned(),
            assumed: format!("{about} {assumed}"),
        });
    }

    fn known(&self, object: *mut PyObject) -> Known {
        let mut found = self.found.borrow_mut();
        let at = found.objects.iter().position(|other| *other == object);
        let at = at.unwrap_or_else(|| {
            found.objects.push(object);
            found.objects.len() - 1
        });
        Known(at as u32)
    }

    /// Whether something may be assumed of a class, if it is watched. It is alive then.
    fn may_rely_on_class(&self, class: *mut PyObject) -> bool {
        self.enabled && self.watchers.may_assume(Fact::Class(class as usize))
    }

    /// From now on it is assumed that a class does not change.
    fn rely_on_class(&self, class: *mut PyObject) {
        let assumed = "does not change".to_owned();
        self.tell(Fact::Class(class as usize), &text(class), assumed);
    }

    /// What was found in a class that is watched, if that can be assumed.
    fn of_class(&self, class: *mut PyObject, found: *mut PyObject) -> Option<Known> {
        self.of_class_if(class, found, || self.kept(found))
    }

    /// The same if it is kept in a certain way.
    fn of_class_if(
        &self,
        class: *mut PyObject,
        found: *mut PyObject,
        kept: impl FnOnce() -> Option<Known>,
    ) -> Option<Known> {
        if found.is_null() || !self.may_rely_on_class(class) {
            return None;
        }
        let known = kept()?;
        self.rely_on_class(class);
        Some(known)
    }

    /// A class, if a routine says so of it; it is asked only of a class that may be relied on, and so is alive.
    fn class_if(&self, class: Class, says: impl Fn(*mut PyObject) -> bool) -> Option<Known> {
        let object = class.0 as *mut PyObject;
        let does = self.may_rely_on_class(object) && says(object);
        does.then(|| {
            self.rely_on_class(object);
            self.known(object)
        })
    }

    /// A class, and the function that a routine finds it to have; it is asked only of a class that may be relied on, and so is
    /// alive.
    fn function_of(
        &self,
        class: Class,
        find: impl Fn(*mut PyObject) -> *mut PyObject,
    ) -> Option<(Known, Known)> {
        let object = class.0 as *mut PyObject;
        if !self.may_rely_on_class(object) {
            return None;
        }
        let function = self.of_class(object, find(object))?;
        Some((self.known(object), function))
    }

    /// Where the instances of a class that may be relied on have an attribute, as a routine tells.
    fn placed(
        &self,
        (class, name): (*mut PyObject, *mut PyObject),
        tell: impl Fn(*mut FoundAttribute),
    ) -> Option<Attribute> {
        let mut found = FoundAttribute {
            form: 0,
            place: 0,
            value: std::ptr::null_mut(),
            names: -1,
        };
        tell(&raw mut found);
        let names = (found.names >= 0).then_some(found.names);
        let of_class = |value, method| Place::OfClass { value, method };
        let place = match found.form {
            attribute_form::VALUE => Place::Value(u32::try_from(found.place).ok()?),
            attribute_form::SLOT if found.place % WORD == 0 => {
                Place::Slot(u32::try_from(found.place / WORD).ok()?)
            }
            attribute_form::METHOD => of_class(self.kept_in(class, name, found.value)?, true),
            attribute_form::OF_CLASS => of_class(self.kept_in(class, name, found.value)?, false),
            attribute_form::IN_DICT => Place::InDict,
            _ => return None,
        };
        self.rely_on_class(class);
        Some(Attribute {
            class: self.known(class),
            place,
            names,
        })
    }

    /// What a class has, if it may be a constant. Of a class that changes, what it had is released before that is told:
    /// it has to be held, or to tell of its end by itself.
    fn kept(&self, object: *mut PyObject) -> Option<Known> {
        let known = self.known(object);
        (self.is_held(known) || self.rely_on_function(known)).then_some(known)
    }

    /// The same of what it has under a name. Anything else may be one as long as nobody tells that the dict is about to have
    /// something else there.
    fn kept_in(
        &self,
        class: *mut PyObject,
        name: *mut PyObject,
        object: *mut PyObject,
    ) -> Option<Known> {
        if let Some(kept) = self.kept(object) {
            return Some(kept);
        }
        // SAFETY: what was found in the class was found among texts; the GIL is held.
        let dict = unsafe { natives::fatjit_class_dict(class, name) };
        if dict.is_null() || self.binding(dict, name)? != object {
            return None;
        }
        let about = format!("attribute {} of {}", text(name), text(class));
        self.tell(binding(dict, name), &about, is(object));
        Some(self.known(object))
    }

    /// The default of a parameter with this number, which is given by name only, of a function that is relied on.
    pub fn keyword_default(&self, function: Known, number: u32) -> Option<Known> {
        let function = self.object(function);
        // SAFETY: the function is alive, and its code has the parameter; the GIL is held.
        let (dict, name) = unsafe {
            let code = shim::fatjit_function_code(function);
            let name = natives::fatjit_parameter_name(code, number.into());
            (natives::fatjit_keyword_defaults(function), name)
        };
        if dict.is_null() {
            return None;
        }
        let value = self.binding(dict, name).filter(|value| !value.is_null())?;
        let about = format!("default {} of function {}", text(name), text(function));
        self.tell(binding(dict, name), &about, is(value));
        Some(self.known(value))
    }

    /// From now on it is assumed that a Python function keeps code and defaults. Whether that may be.
    pub fn rely_on_function(&self, known: Known) -> bool {
        let object = self.object(known);
        let fact = Fact::Function(object as usize);
        // SAFETY: the object is alive, and the GIL is held.
        let is_function = unsafe { !shim::fatjit_called_code(object).is_null() };
        if !is_function || !self.enabled || !self.watchers.may_assume(fact) {
            return false;
        }
        let about = format!("function {}", text(object));
        self.tell(fact, &about, "keeps its code and defaults".to_owned());
        true
    }
}

impl Facts for Finder {
    fn speak_of(&self, generator: Option<usize>) {
        self.speaks_of.set(generator);
    }

    fn constant_of(&self, generator: usize, index: u32) -> Option<Known> {
        let code = *self.generators.borrow().get(generator)?;
        // SAFETY: the GIL is held, the code is alive, and the index is one of its constants.
        let constant =
            unsafe { py::PyTuple_GetItem(shim::fatjit_code_constants(code), index as isize) };
        (!constant.is_null()).then(|| self.known(constant))
    }

    fn global(&self, name: u32) -> Option<Known> {
        let name = self.name(name)?;
        let value = self.binding(self.globals, name)?;
        let about = format!("global {}", text(name));
        if !value.is_null() {
            self.tell(binding(self.globals, name), &about, is(value));
            return Some(self.known(value));
        }
        let value = self.binding(self.builtins, name)?;
        if value.is_null() {
            return None;
        }
        self.tell(binding(self.globals, name), &about, "is not set".to_owned());
        let about = format!("builtin {}", text(name));
        self.tell(binding(self.builtins, name), &about, is(value));
        Some(self.known(value))
    }

    fn attribute(&self, of: Known, name: u32) -> Option<Known> {
        let (module, name) = (self.object(of), self.name(name)?);
        // SAFETY: the object is alive, and the GIL is held.
        if self.enabled && unsafe { self.watchers.is_class(module) } {
            // SAFETY: both are alive, and the GIL is held.
            let found = unsafe { natives::fatjit_asked_of_class(module, name) };
            return self.of_class_if(module, found, || self.kept_in(module, name, found));
        }
        // SAFETY: both are alive, and the GIL is held.
        let dict = unsafe { natives::fatjit_module_dict(module, name) };
        if dict.is_null() {
            return None;
        }
        let value = self.binding(dict, name)?;
        if value.is_null() {
            return None;
        }
        let about = format!("attribute {} of {}", text(name), text(module));
        self.tell(binding(dict, name), &about, is(value));
        Some(self.known(value))
    }

    fn instance_attribute(&self, class: Class, name: u32, stores: bool) -> Option<Attribute> {
        let name = self.name(name)?;
        let object = class.0 as *mut PyObject;
        if !self.may_rely_on_class(object) {
            return None;
        }
        // SAFETY: a class that may be assumed something of is alive; the GIL is held.
        self.placed((object, name), |found| unsafe {
            natives::fatjit_class_attribute(object, name, stores.into(), found);
        })
    }

    fn beside_dict(&self, class: Class, name: u32, asked: (bool, bool)) -> Option<Attribute> {
        let (name, (stores, own)) = (self.name(name)?, asked);
        let object = class.0 as *mut PyObject;
        if !self.may_rely_on_class(object) {
            return None;
        }
        // SAFETY: as above.
        self.placed((object, name), |found| unsafe {
            natives::fatjit_attribute_beside_dict(object, name, stores.into(), own.into(), found);
        })
    }

    fn instances_are(&self, class: Class, asked: Known) -> Option<(Known, bool, Known)> {
        let (object, asked) = (class.0 as *mut PyObject, self.object(asked));
        if !self.may_rely_on_class(object) {
            return None;
        }
        // SAFETY: a class that may be assumed something of is alive, and so is what was found; the GIL is held.
        let (answer, metaclass) = unsafe {
            (
                natives::fatjit_instances_are(object, asked),
                py::Py_TYPE(asked),
            )
        };
        if answer < 0 {
            return None;
        }
        self.rely_on_class(object);
        Some((
            self.known(object),
            answer != 0,
            self.known(metaclass.cast()),
        ))
    }

    fn initializer(&self, class: Known) -> Option<Known> {
        let class = self.object(class);
        // SAFETY: the object is alive, and the GIL is held.
        if !self.enabled || !unsafe { self.watchers.is_class(class) } {
            return None;
        }
        // SAFETY: as above.
        self.of_class(class, unsafe { natives::fatjit_initializer(class) })
    }

    fn sinks(&self, class: Known) -> bool {
        // SAFETY: what is known is alive, and the GIL is held.
        unsafe { natives::fatjit_class_sinks(self.object(class)) != 0 }
    }

    fn operator(&self, class: Class, op: u32) -> Option<(Known, Known)> {
        // SAFETY: `function_of` asks of a class that is alive; the GIL is held.
        self.function_of(class, |class| unsafe {
            natives::fatjit_operator(class, i64::from(op))
        })
    }

    fn special(&self, class: Class, special: Special) -> Option<(Known, Known)> {
        // SAFETY: as above.
        self.function_of(class, |class| unsafe {
            natives::fatjit_special(class, special as i32)
        })
    }

    fn getter(&self, class: Class, name: u32) -> Option<(Known, Known)> {
        let name = self.name(name)?;
        // SAFETY: as above, and the name is one of the code's.
        self.function_of(class, |class| unsafe {
            natives::fatjit_getter(class, name)
        })
    }

    fn leaves_operator(&self, class: Class, left: Known, op: u32) -> Option<Known> {
        let object = class.0 as *mut PyObject;
        if !self.may_rely_on_class(object) {
            return None;
        }
        let left = self.object(left);
        // SAFETY: as above, and so is the other class.
        let leaves = unsafe { natives::fatjit_operator_leaves(object, left, i64::from(op)) != 0 };
        leaves.then(|| {
            self.rely_on_class(object);
            self.known(object)
        })
    }

    fn compares_by_identity(&self, class: Class) -> Option<Known> {
        // SAFETY: `class_if` asks of a class that is alive; the GIL is held.
        self.class_if(class, |class| unsafe {
            natives::fatjit_compares_by_identity(class) != 0
        })
    }

    fn is_like_list(&self, class: Class) -> Option<Known> {
        // SAFETY: as above.
        self.class_if(class, |class| unsafe {
            natives::fatjit_is_like_list(class) != 0
        })
    }

    fn method_of_type(&self, ty: &CStr, name: u32) -> Option<Known> {
        let name = self.name(name)?;
        // SAFETY: the GIL is held; the name is alive, and the text is terminated.
        let found = unsafe { natives::fatjit_method_of_type(ty.as_ptr(), name) };
        (!found.is_null()).then(|| self.known(found))
    }

    fn class_method(&self, class: Known, name: u32) -> Option<Known> {
        let (class, name) = (self.object(class), self.name(name)?);
        // SAFETY: the object is alive, and the GIL is held.
        if !self.enabled || !unsafe { self.watchers.is_class(class) } {
            return None;
        }
        // SAFETY: as above.
        self.of_class(class, unsafe { natives::fatjit_class_method(class, name) })
    }

    fn super_method(&self, of: Class, behind: Known, name: u32) -> Option<(Known, Known)> {
        let (object, class) = (of.0 as *mut PyObject, self.object(behind));
        let name = self.name(name)?;
        // SAFETY: the class is alive, and the GIL is held.
        let known = unsafe { self.watchers.is_class(class) };
        if !known || !self.may_rely_on_class(object) || !self.may_rely_on_class(class) {
            return None;
        }
        // SAFETY: classes that may be assumed something of are alive.
        let found = unsafe { natives::fatjit_super_method(object, class, name) };
        let function = self.of_class(object, found)?;
        self.rely_on_class(class);
        Some((self.known(object), function))
    }

    fn is_super(&self, known: Known) -> bool {
        self.object(known) == (&raw mut py::PySuper_Type).cast()
    }

    fn value(&self, known: Known) -> Const {
        // SAFETY: the object is alive, and the GIL is held.
        unsafe { (self.constant)(self.object(known)) }
    }

    fn is_held(&self, known: Known) -> bool {
        // SAFETY: as above.
        unsafe { natives::fatjit_is_leaf(self.object(known)) != 0 }
    }

    fn is_function(&self, known: Known) -> bool {
        // SAFETY: as above.
        unsafe { py::PyFunction_Check(self.object(known)) != 0 }
    }

    fn builtin(&self, known: Known) -> Option<String> {
        let mut module: *const c_char = std::ptr::null();
        // SAFETY: as above; names are constant texts.
        let name = unsafe { natives::fatjit_builtin_name(self.object(known), &raw mut module) };
        if name.is_null() {
            return None;
        }
        let part = |text| {
            // SAFETY: as above.
            unsafe { CStr::from_ptr(text) }
                .to_string_lossy()
                .into_owned()
        };
        Some(match module.is_null() {
            true => part(name),
            false => format!("{}.{}", part(module), part(name)),
        })
    }
}

fn binding(dict: *mut PyObject, name: *mut PyObject) -> Fact {
    Fact::Binding {
        dict: dict as usize,
        name: name as usize,
    }
}

fn is(value: *mut PyObject) -> String {
    format!("is {}", text(value))
}

/// Something short about an object.
fn text(object: *mut PyObject) -> String {
    // SAFETY: objects passed here are alive, and the GIL is held.
    let words = unsafe { Owned::new(natives::fatjit_describe(object)) };
    let words = words.ok().and_then(|words| {
        // SAFETY: it is a text.
        unsafe { python::to_string(words.as_ptr()) }
    });
    words.unwrap_or_else(|| {
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
        "an object".to_owned()
    })
}
