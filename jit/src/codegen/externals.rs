//! The names by which a unit's code refers to what lies outside: helpers, routines of our own, objects.
//!
//! Functions are numbered from 1 in namespace 0, where 0 is the unit itself, and objects from 0 in
//! namespace 1: the numbers that a Cranelift module gives when they are declared in this order after the
//! unit. `compile` upholds that it declares them so.

use std::fmt::{self, Write};

use cranelift_codegen::ir::{
    ExtFuncData, ExternalName, FuncRef, Function, GlobalValue, GlobalValueData, Signature,
    UserExternalName,
};
use fatjit_ir::{ObjectId, Unit};

use super::bridges;
use super::routines::Routine;

/// A function that lies outside the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum External {
    /// The unit's own function.
    Itself,
    /// A helper of the host, by name.
    Helper(String),
    /// A routine of our own.
    Routine(Routine),
    /// The bridge to routines of this signature.
    Bridge(Signature),
}

impl External {
    /// A symbol that cannot be taken for anything else.
    pub fn symbol(&self) -> String {
        match self {
            External::Itself => "unit".to_owned(),
            External::Helper(name) => format!("helper:{name}"),
            External::Routine(routine) => format!("routine:{}", routine.name()),
            External::Bridge(routine) => format!("bridge:{}", bridges::name(routine)),
        }
    }
}

impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            External::Itself => f.write_str("itself"),
            External::Helper(name) => f.write_str(name),
            External::Routine(routine) => f.write_str(routine.name()),
            External::Bridge(routine) => write!(f, "bridge {}", bridges::name(routine)),
        }
    }
}

/// Something whose address a unit uses by a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    /// An object of the unit.
    Object(ObjectId),
    /// What lies at this address.
    Address(i64),
}

impl Datum {
    /// Its symbol.
    pub fn symbol(self) -> String {
        match self {
            Datum::Object(object) => format!("object:{}", object.0),
            Datum::Address(address) => format!("address:{address:x}"),
        }
    }
}

/// Everything outside that a unit refers to, in the order of first use.
#[derive(Debug, Default)]
pub(super) struct Externals {
    pub functions: Vec<External>,
    pub signatures: Vec<Signature>,
    /// Whose addresses are symbols.
    pub data: Vec<Datum>,
    /// What is called through bridges, by its place in the table that the activation points to.
    pub callees: Vec<External>,
}

impl Externals {
    /// Makes an outside function callable in a function. To be asked once for each.
    pub fn import(&mut self, func: &mut Function, what: External, signature: Signature) -> FuncRef {
        let itself = what == External::Itself;
        if !itself {
            self.functions.push(what);
            self.signatures.push(signature.clone());
        }
        let name = func.declare_imported_user_function(UserExternalName {
            namespace: 0,
            index: if itself {
                0
            } else {
                self.functions.len() as u32
            },
        });
        let signature = func.import_signature(signature);
        func.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            // It may lie anywhere in the process.
            colocated: itself,
            patchable: false,
        })
    }

    /// The place of what is called through a bridge.
    pub fn callee(&mut self, what: External) -> u32 {
        let known = self.callees.iter().position(|known| *known == what);
        known.unwrap_or_else(|| {
            self.callees.push(what);
            self.callees.len() - 1
        }) as u32
    }

    /// Makes an object's address available in a function. To be asked once for each.
    pub fn import_object(&mut self, func: &mut Function, object: ObjectId) -> GlobalValue {
        self.import_datum(func, Datum::Object(object))
    }

    /// The same for an address that is known.
    pub fn import_address(&mut self, func: &mut Function, address: i64) -> GlobalValue {
        self.import_datum(func, Datum::Address(address))
    }

    fn import_datum(&mut self, func: &mut Function, datum: Datum) -> GlobalValue {
        let name = func.declare_imported_user_function(UserExternalName {
            namespace: 1,
            index: self.data.len() as u32,
        });
        self.data.push(datum);
        func.create_global_value(GlobalValueData::Symbol {
            name: ExternalName::user(name),
            offset: 0.into(),
            colocated: false,
            tls: false,
        })
    }

    /// The function's text, headed by what the names in it stand for.
    pub fn annotate(&self, unit: &Unit, func: &Function) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = writeln!(text, "; {}", unit.name);
        for (at, function) in self.functions.iter().enumerate() {
            let _ = writeln!(text, "; u0:{} = {function}", at + 1);
        }
        for (at, datum) in self.data.iter().enumerate() {
            let _ = match datum {
                Datum::Object(object) => {
                    writeln!(text, "; u1:{at} = {}", unit.objects[object.index()])
                }
                Datum::Address(address) => writeln!(text, "; u1:{at} = {address}"),
            };
        }
        for (place, callee) in self.callees.iter().enumerate() {
            let _ = writeln!(text, "; callee {place} = {callee}");
        }
        let _ = write!(text, "{}", func.display());
        text
    }
}
