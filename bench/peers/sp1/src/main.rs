//! sp1-bench PROGRAM.elf: executes, proves each shard with SP1's core prover at its core parameters, and verifies.
//! Proving is with execution and traces, as Ashlar's. Prints what bench/peers/measure.h does.
#[path = "../../measure.rs"]
mod measure;

use std::sync::Arc;

use sp1_core_executor::{Program, SP1Context, SP1CoreOpts};
use sp1_core_machine::io::SP1Stdin;
use sp1_core_machine::riscv::RiscvAir;
use sp1_core_machine::utils::prove_core;
use sp1_hypercube::prover::{CpuShardProver, SP1InnerPcsProver, SimpleProver};
use sp1_hypercube::{SP1InnerPcs, ShardVerifier};
use sp1_primitives::{SP1GlobalContext, fri_params::core_fri_config};

/// As sp1-prover has them for the core machine.
const LOG_STACKING_HEIGHT: u32 = 21;
const MAX_LOG_ROW_COUNT: usize = 22;

#[tokio::main]
async fn main() {
    let path = std::env::args().nth(1).expect("usage: sp1-bench PROGRAM.elf");
    let elf = std::fs::read(path).expect("PROGRAM.elf cannot be read");
    let program = Arc::new(Program::from(&elf).expect("PROGRAM.elf is not for SP1"));
    let verifier = ShardVerifier::from_basefold_parameters(
        core_fri_config(),
        LOG_STACKING_HEIGHT,
        MAX_LOG_ROW_COUNT,
        RiscvAir::machine(),
    );
    let prover = SimpleProver::new(
        verifier.clone(),
        CpuShardProver::<SP1GlobalContext, SP1InnerPcs, SP1InnerPcsProver, _>::new(verifier),
    );
    let (data, key) = prover.setup(program.clone()).await;
    let proving_key = unsafe { data.into_inner() };

    let start = measure::Times::now();
    let (proof, cycles) = prove_core(
        &prover,
        proving_key,
        program,
        SP1Stdin::default(),
        SP1CoreOpts::default(),
        SP1Context::default(),
    )
    .await
    .expect("the run has no proof");
    let proving = start.elapsed();

    let bytes = bincode::serialized_size(&proof).expect("the proof has no size");
    let start = measure::Times::now();
    prover.verify(&key, &proof).expect("the proof does not verify");
    measure::print(cycles, 0, proving, start.elapsed(), bytes);
}
