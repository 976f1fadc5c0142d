//! Instances that native code need not make: what lowering has to know to do without them, and to make them after all.
//!
//! Invariant: an instance made by `instance_new` that is given its attributes by these routines, in the order in which they
//! were set, is what its class and its `__init__` would have made. What a new one holds is told by its fields
//! (`fields.rs`).

use fatjit_ir::{HelperId, Type};
use fatjit_jit::gbc::Sinking;

use super::Translator;
use crate::effects::{MAKES, WRITES};
use crate::memory;

impl Translator<'_> {
    /// The routine that tells an instance that it has got a value.
    pub(super) fn value_is_added(&mut self) -> HelperId {
        let params = [Type::Ptr, Type::I64];
        self.writer(
            "value_added",
            &params,
            None,
            WRITES,
            &[memory::VALUES_ORDER],
        )
    }

    /// A routine gives an instance back that it is given first, and a number, too.
    pub(super) fn gives_back(&mut self, helper: HelperId) {
        self.sinking().give_back(helper);
    }

    /// What becomes of instances that need not be made.
    pub(super) fn sinking(&mut self) -> &mut Sinking {
        if self.region.sinking.is_none() {
            let added = self.value_is_added();
            let kinds = [
                ("instance_put_int", Type::I64),
                ("instance_put_float", Type::F64),
                ("instance_put_own", Type::Own),
                ("instance_put", Type::Ref),
            ];
            let put = kinds.map(|(name, ty)| {
                let params = [Type::Own, Type::I64, ty];
                self.helper(name, &params, Some(Type::Own), MAKES)
            });
            self.region.sinking = Some(Sinking {
                added,
                gives_back: Vec::new(),
                put,
            });
        }
        self.region
            .sinking
            .as_mut()
            .unwrap_or_else(|| unreachable!("it was set"))
    }
}
