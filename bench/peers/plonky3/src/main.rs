//! plonky3-bench PERMUTATIONS: proves that many Keccak-f and verifies; the trace is there before time counts. FRI's
//! parameters are Plonky3's own for benchmarks. Prints what bench/peers/measure.h does.
#[path = "../../measure.rs"]
mod measure;

use p3_challenger::DuplexChallenger;
use p3_commit::ExtensionMmcs;
use p3_dft::Radix2DitParallel;
use p3_field::Field;
use p3_field::extension::BinomialExtensionField;
use p3_fri::{FriParameters, TwoAdicFriPcs};
use p3_keccak_air::{KeccakAir, generate_trace_rows};
use p3_koala_bear::{KoalaBear, Poseidon2KoalaBear, default_koalabear_poseidon2_16, default_koalabear_poseidon2_24};
use p3_matrix::Matrix;
use p3_merkle_tree::MerkleTreeMmcs;
use p3_symmetric::{PaddingFreeSponge, TruncatedPermutation};
use p3_uni_stark::{StarkConfig, prove, verify};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

type Challenge = BinomialExtensionField<KoalaBear, 4>;
type Wide = Poseidon2KoalaBear<24>;
type Narrow = Poseidon2KoalaBear<16>;
type Hash = PaddingFreeSponge<Wide, 24, 16, 8>;
type Compress = TruncatedPermutation<Narrow, 2, 8, 16>;
type Packed = <KoalaBear as Field>::Packing;
type ValueTree = MerkleTreeMmcs<Packed, Packed, Hash, Compress, 2, 8>;
type ChallengeTree = ExtensionMmcs<KoalaBear, Challenge, ValueTree>;
type Challenger = DuplexChallenger<KoalaBear, Wide, 24, 16>;
type Opening = TwoAdicFriPcs<KoalaBear, Radix2DitParallel<KoalaBear>, ValueTree, ChallengeTree>;

fn main() {
    let count: usize = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .expect("usage: plonky3-bench PERMUTATIONS");
    let wide = default_koalabear_poseidon2_24();
    let tree = ValueTree::new(Hash::new(wide.clone()), Compress::new(default_koalabear_poseidon2_16()), 0);
    let parameters = FriParameters::new_benchmark(ChallengeTree::new(tree.clone()));

    let mut random = SmallRng::seed_from_u64(1);
    let states: Vec<[u64; 25]> = (0..count).map(|_| random.random()).collect();
    let trace = generate_trace_rows::<KoalaBear>(states, parameters.log_blowup);
    let cells = trace.width() * trace.height();

    let opening = Opening::new(Radix2DitParallel::default(), tree, parameters);
    let config = StarkConfig::<Opening, Challenge, Challenger>::new(opening, Challenger::new(wide));
    let start = measure::Times::now();
    let proof = prove(&config, &KeccakAir {}, trace, &[]).expect("no proof");
    let proving = start.elapsed();
    let bytes = postcard::to_allocvec(&proof).expect("the proof has no bytes").len();
    let start = measure::Times::now();
    verify(&config, &KeccakAir {}, &proof, &[]).expect("the proof does not verify");
    measure::print(0, cells as u64, proving, start.elapsed(), bytes as u64);
}
