//! The interpreter's watchers: events become facts that fall.
//!
//! Invariants: a dict is watched while a fact about it is needed, and soon no longer: from within its own event it
//! cannot be (the interpreter puts the mark back), so it is done at the next call of [`Watchers::settle`]. The
//! interpreter has eight watchers of each kind for the whole process; ours are taken when first needed and kept.
//! If all are taken, nothing is assumed. Events are told before the change is made and must run no code: nothing
//! here does, nor releases an object.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use fatjit_guards::{Assumptions, Dependent};
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::natives::{self, dict_event, function_event};
use super::{ByAddress, Fact};
use crate::gil::GilCell;
use crate::stacks;

/// All facts that something depends on, and how they are watched.
#[derive(Debug, Default)]
pub struct Watchers {
    facts: RefCell<Assumptions<Fact, ByAddress>>,
    /// The dicts that are watched, with the names of needed facts.
    dicts: RefCell<HashMap<usize, Vec<usize>, ByAddress>>,
    /// Dicts that are watched and need not be any more.
    idle: RefCell<Vec<usize>>,
    /// Names that native code writes without telling, until it is left.
    storing: RefCell<Vec<Stored>>,
    /// Classes whose changes and ends are told. One that changed is not among them until it is seen again.
    classes: RefCell<HashSet<usize, ByAddress>>,
    /// The dict of imported modules.
    modules: Cell<usize>,
    dict_watcher: Cell<Id>,
    function_watcher: Cell<Id>,
    class_watcher: Cell<Id>,
}

/// Names of a dict that are being written.
#[derive(Debug)]
struct Stored {
    dict: usize,
    names: Rc<[usize]>,
}

/// Until this is dropped, nothing is assumed of certain names of a dict.
#[derive(Debug)]
pub struct Storing {
    watchers: &'static Watchers,
    dict: usize,
    names: Rc<[usize]>,
}

impl Drop for Storing {
    fn drop(&mut self) {
        let mut storing = self.watchers.storing.borrow_mut();
        // Runs of several threads need not end in the order in which they began.
        let same =
            |stored: &Stored| stored.dict == self.dict && Rc::ptr_eq(&stored.names, &self.names);
        if let Some(at) = storing.iter().rposition(same) {
            storing.remove(at);
        }
    }
}

/// A watcher's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Id {
    #[default]
    NotAsked,
    Refused,
    Given(c_int),
}

static WATCHERS: GilCell<Option<&'static Watchers>> = GilCell::new(None);

impl Watchers {
    /// The watchers of the process.
    pub fn get() -> &'static Watchers {
        WATCHERS.get().unwrap_or_else(|| {
            let watchers: &'static Watchers = Box::leak(Box::default());
            WATCHERS.set(Some(watchers));
            watchers
        })
    }

    /// Whether a fact, true now, may be assumed and can be watched.
    pub(super) fn may_assume(&self, fact: Fact) -> bool {
        let watched = match fact {
            Fact::Binding { .. } => self.dict_watcher(),
            Fact::Function(_) => self.function_watcher(),
            // Whoever knows of the code tells.
            Fact::Code(_) => Some(0),
            Fact::Class(class) => self.knows_class(class).then_some(0),
        };
        watched.is_some() && !self.is_stored(fact) && self.facts.borrow().may_assume(fact)
    }

    /// The class of an object, if it is one of the program's; from now on its changes are told, and its end: a class is
    /// part of a cycle, which the collector breaks at the class itself, and that is a change. None if it cannot be
    /// watched.
    ///
    /// # Safety
    /// The GIL is held; `object` is null or alive.
    pub unsafe fn class_of(&self, object: *mut PyObject) -> Option<usize> {
        // SAFETY: the caller's promise.
        let class = unsafe { natives::fatjit_watchable_class(object) };
        (!class.is_null() && self.watch_class(class)).then_some(class as usize)
    }

    /// Whether something is a class of the program's that is watched from now on.
    ///
    /// # Safety
    /// The GIL is held; `object` is alive.
    pub unsafe fn is_class(&self, object: *mut PyObject) -> bool {
        // SAFETY: the caller's promise.
        let class = unsafe { natives::fatjit_watchable(object) };
        !class.is_null() && self.watch_class(class)
    }

    /// Watches a class that is alive and has a version.
    fn watch_class(&self, class: *mut PyObject) -> bool {
        if self.knows_class(class as usize) {
            return true;
        }
        let Some(watcher) = self.class_watcher() else {
            return false;
        };
        // SAFETY: the GIL is held, and the class is alive.
        if unsafe { natives::PyType_Watch(watcher, class) } != 0 {
            // SAFETY: as above.
            unsafe { py::PyErr_Clear() };
            return false;
        }
        self.classes.borrow_mut().insert(class as usize)
    }

    /// Whether a class is alive and has not changed since it was seen.
    pub fn knows_class(&self, class: usize) -> bool {
        self.classes.borrow().contains(&class)
    }

    /// Native code is about to write names of a dict without telling: what is assumed of them falls, and nothing
    /// is until the result is dropped.
    pub fn storing(&'static self, dict: usize, names: &Rc<[usize]>) -> Storing {
        for name in names.iter() {
            self.fell(Fact::Binding { dict, name: *name });
        }
        let names = Rc::clone(names);
        self.storing.borrow_mut().push(Stored {
            dict,
            names: Rc::clone(&names),
        });
        Storing {
            watchers: self,
            dict,
            names,
        }
    }

    fn is_stored(&self, fact: Fact) -> bool {
        let Fact::Binding { dict, name } = fact else {
            return false;
        };
        let storing = self.storing.borrow();
        let mut of_dict = storing.iter().filter(|stored| stored.dict == dict);
        of_dict.any(|stored| stored.names.contains(&name))
    }

    /// Tells `stacks` what is imported from now on, if there is a watcher for us.
    ///
    /// # Safety
    /// The GIL is held, and `modules` is a dict.
    pub unsafe fn watch_modules(&self, modules: *mut PyObject) {
        let Some(watcher) = self.dict_watcher() else {
            return;
        };
        // SAFETY: the caller's promise.
        match unsafe { natives::PyDict_Watch(watcher, modules) } {
            0 => self.modules.set(modules as usize),
            // SAFETY: as above.
            _ => unsafe { py::PyErr_Clear() },
        }
    }

    /// The number of the dict watcher, if we have one.
    pub fn dict_id(&self) -> Option<c_int> {
        match self.dict_watcher.get() {
            Id::Given(id) => Some(id),
            _ => None,
        }
    }

    /// Registers a version that depends on facts all of which may be assumed. `None` if one cannot be watched.
    pub(super) fn depend(&self, facts: &[Fact]) -> Option<Rc<Dependent<Fact>>> {
        let mut dicts = self.dicts.borrow_mut();
        for fact in facts {
            let Fact::Binding { dict, name } = *fact else {
                continue;
            };
            let names = match dicts.entry(dict) {
                std::collections::hash_map::Entry::Occupied(names) => names.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let watcher = self.dict_watcher()?;
                    // SAFETY: the GIL is held, and the dict was just read by a finder whose frame keeps it.
                    if unsafe { natives::PyDict_Watch(watcher, dict as *mut PyObject) } != 0 {
                        // SAFETY: the GIL is held.
                        unsafe { py::PyErr_Clear() };
                        return None;
                    }
                    entry.insert(Vec::new())
                }
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Some(self.facts.borrow_mut().depend(facts.iter().copied()))
    }

    /// A version ends.
    pub(super) fn end(&self, dependent: &Dependent<Fact>) {
        let idle = self.facts.borrow_mut().end(dependent);
        self.forget(&idle);
    }

    /// Stops watching what nothing depends on. To be called outside of events, with the GIL held.
    pub fn settle(&self) {
        if self.idle.borrow().is_empty() {
            return;
        }
        let dicts = self.dicts.borrow();
        for dict in self.idle.take() {
            let needed = dicts.contains_key(&dict) || dict == self.modules.get();
            if let (false, Id::Given(watcher)) = (needed, self.dict_watcher.get()) {
                // SAFETY: the GIL is held, and the dict is alive: its end would have been told, because it is
                // watched until now. It cannot fail for a dict and an id of ours.
                unsafe { natives::PyDict_Unwatch(watcher, dict as *mut PyObject) };
            }
        }
    }

    fn forget(&self, facts: &[Fact]) {
        let mut dicts = self.dicts.borrow_mut();
        for fact in facts {
            let Fact::Binding { dict, name } = *fact else {
                continue;
            };
            let Some(names) = dicts.get_mut(&dict) else {
                continue;
            };
            names.retain(|other| *other != name);
            if names.is_empty() {
                dicts.remove(&dict);
                self.idle.borrow_mut().push(dict);
            }
        }
    }

    /// Native code of this code, and of the one function that it is of if it is of one alone, is not to be relied on.
    pub fn withdrawn(&self, code: *mut PyObject, function: *mut PyObject) {
        self.fell(Fact::Code(code as usize));
        self.fell(Fact::Function(function as usize));
    }

    fn fell(&self, fact: Fact) {
        let idle = self.facts.borrow_mut().fell(fact);
        self.forget(&idle);
    }

    fn ended(&self, fact: Fact) {
        let idle = self.facts.borrow_mut().about_ended(fact);
        self.forget(&idle);
    }

    fn on_dict(&self, event: c_int, dict: usize, key: *mut PyObject) {
        if dict == self.modules.get() && event == dict_event::ADDED {
            stacks::imported(key);
        }
        let name = key as usize;
        let of_key = matches!(
            event,
            dict_event::ADDED | dict_event::MODIFIED | dict_event::DELETED
        );
        // SAFETY: the events that have a key pass it alive, with the GIL held.
        if of_key && unsafe { natives::fatjit_is_interned(key) } != 0 {
            // No other object among the keys is the same text.
            self.fell(Fact::Binding { dict, name });
        } else {
            // A key that may equal a name without being it, or all of the dict changes.
            let names = self.dicts.borrow().get(&dict).cloned().unwrap_or_default();
            for name in names {
                let fact = Fact::Binding { dict, name };
                match event {
                    dict_event::DEALLOCATED => self.ended(fact),
                    _ => self.fell(fact),
                }
            }
        }
        if event == dict_event::DEALLOCATED {
            self.dicts.borrow_mut().remove(&dict);
            self.idle.borrow_mut().retain(|other| *other != dict);
        }
    }

    fn dict_watcher(&self) -> Option<c_int> {
        // SAFETY: the GIL is held.
        taken(&self.dict_watcher, || unsafe {
            natives::PyDict_AddWatcher(on_dict)
        })
    }

    fn class_watcher(&self) -> Option<c_int> {
        // SAFETY: the GIL is held.
        taken(&self.class_watcher, || unsafe {
            natives::PyType_AddWatcher(on_class)
        })
    }

    fn function_watcher(&self) -> Option<c_int> {
        // SAFETY: the GIL is held.
        taken(&self.function_watcher, || unsafe {
            natives::PyFunction_AddWatcher(on_function)
        })
    }
}

fn taken(id: &Cell<Id>, take: impl FnOnce() -> c_int) -> Option<c_int> {
    if id.get() == Id::NotAsked {
        id.set(match take() {
            given @ 0.. => Id::Given(given),
            _ => {
                // SAFETY: the GIL is held.
                unsafe { py::PyErr_Clear() };
                Id::Refused
            }
        });
    }
    match id.get() {
        Id::Given(given) => Some(given),
        _ => None,
    }
}

unsafe extern "C" fn on_dict(
    event: c_int,
    dict: *mut PyObject,
    key: *mut PyObject,
    _: *mut PyObject,
) -> c_int {
    told(|watchers| watchers.on_dict(event, dict as usize, key))
}

unsafe extern "C" fn on_function(event: c_int, function: *mut PyObject, _: *mut PyObject) -> c_int {
    match event {
        function_event::DESTROY => {
            told(|watchers| watchers.ended(Fact::Function(function as usize)))
        }
        function_event::MODIFY_CODE
        | function_event::MODIFY_DEFAULTS
        | function_event::MODIFY_KEYWORD_DEFAULTS => {
            told(|watchers| watchers.fell(Fact::Function(function as usize)))
        }
        // A new function, or an event that later versions of the interpreter tell.
        _ => 0,
    }
}

unsafe extern "C" fn on_class(class: *mut PyObject) -> c_int {
    told(|watchers| {
        watchers.classes.borrow_mut().remove(&(class as usize));
        watchers.fell(Fact::Class(class as usize));
    })
}

/// A code object of which something was known is gone.
pub fn code_is_gone(code: usize) {
    told(|watchers| watchers.ended(Fact::Code(code)));
}

fn told(event: impl FnOnce(&Watchers)) -> c_int {
    let Some(watchers) = WATCHERS.get() else {
        return 0;
    };
    match catch_unwind(AssertUnwindSafe(|| event(watchers))) {
        Ok(()) => 0,
        // What depends on the fact might not have been told: native code must not go on.
        Err(_) => std::process::abort(),
    }
}
