//! A target as Cranelift understands it, built once and shared by all compilations.

use std::sync::Arc;

use cranelift_codegen::ir::{AbiParam, Signature, types};
use cranelift_codegen::isa::{self, CallConv, TargetFrontendConfig, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use fatjit_targets::{CodeMemory, Target};

use super::CodegenError;
use super::bridges;
use super::gates::Gate;
use super::stubs::{Stub, Stubs};

/// A processor that code can be generated for.
#[derive(Clone)]
pub struct Isa {
    isa: Arc<dyn TargetIsa>,
    bridges: Stubs<Signature>,
    gates: Stubs<fatjit_ir::Signature>,
}

impl Isa {
    /// What Cranelift makes of a target.
    ///
    /// # Errors
    /// If Cranelift does not know the architecture or a setting.
    pub fn new(target: &Target) -> Result<Isa, CodegenError> {
        let mut flags = settings::builder();
        for (name, value) in &target.shared_settings {
            flags
                .set(name, value)
                .map_err(|_| CodegenError::Setting(name))?;
        }
        // Where blocks lie, for aligning the hottest.
        flags
            .enable("machine_code_cfg_info")
            .map_err(|_| CodegenError::Setting("machine_code_cfg_info"))?;
        let unsupported = || CodegenError::UnsupportedTarget(target.triple.to_string());
        let mut builder = isa::lookup(target.triple.clone()).map_err(|_| unsupported())?;
        for (name, value) in &target.isa_settings {
            builder
                .set(name, value)
                .map_err(|_| CodegenError::Setting(name))?;
        }
        let isa = builder
            .finish(settings::Flags::new(flags))
            .map_err(|_| unsupported())?;
        Ok(Isa {
            isa,
            bridges: Stubs::default(),
            gates: Stubs::default(),
        })
    }

    pub(super) fn shared(&self) -> Arc<dyn TargetIsa> {
        Arc::clone(&self.isa)
    }

    /// The convention by which the host's C routines are called, and units by the host.
    pub(super) fn call_conv(&self) -> CallConv {
        CallConv::triple_default(self.isa.triple())
    }

    /// The bridge to routines of a signature, made if there is none.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn bridge(
        &self,
        routine: &Signature,
        memory: &CodeMemory,
    ) -> Result<Arc<Stub>, CodegenError> {
        self.bridges.get(routine, self, memory, bridges::build)
    }

    /// The gate to functions of a signature, made if there is none.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn gate(
        &self,
        signature: &fatjit_ir::Signature,
        memory: &CodeMemory,
    ) -> Result<Gate, CodegenError> {
        Gate::get(&self.gates, signature, self, memory)
    }

    /// What building a function has to know.
    pub(super) fn frontend_config(&self) -> TargetFrontendConfig {
        self.isa.frontend_config()
    }

    /// Of a unit: activation and number of the entry, to number of the exit.
    pub(super) fn unit_signature(&self) -> Signature {
        let mut signature = Signature::new(self.call_conv());
        signature.params.push(AbiParam::new(types::I64));
        signature.params.push(AbiParam::new(types::I32));
        signature.returns.push(AbiParam::new(types::I32));
        signature
    }
}

impl std::fmt::Debug for Isa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Isa({})", self.isa.triple())
    }
}
