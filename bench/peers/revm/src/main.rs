//! revm-bench CASES [ROUNDS]: for each case of bench/evm/cases.mjs a line with its name, seconds of the fastest
//! round, gas, 0 and the Keccak-256 of the output.
use revm::{
    bytecode::Bytecode,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    primitives::{hardfork::SpecId, hex, keccak256, Address, Bytes, TxKind, U256},
    state::AccountInfo,
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext,
};
use std::{env, fs, time::Instant};

const GAS: u64 = 1 << 32;

/// What a transaction pays before its first instruction: it is no part of the measured gas.
fn intrinsic(data: &[u8], create: bool) -> u64 {
    let bytes: u64 = data.iter().map(|&b| if b == 0 { 4 } else { 16 }).sum();
    21000 + bytes + if create { 32000 + 2 * data.len().div_ceil(32) as u64 } else { 0 }
}

fn measure(sender: Address, name: &str, steps: &[(&str, Address, Vec<u8>)], times: u64, rounds: u32) {
    let mut db = CacheDB::new(EmptyDB::default());
    for (_, address, code) in steps.iter().filter(|step| step.0 == "code") {
        let info = AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::copy_from_slice(code)));
        db.insert_account_info(*address, info);
    }
    let mut evm = Context::mainnet()
        .with_db(db)
        .modify_cfg_chained(|cfg| {
            cfg.set_spec_and_mainnet_gas_params(SpecId::OSAKA);
            cfg.tx_gas_limit_cap = Some(u64::MAX);
        })
        .modify_block_chained(|block| {
            block.number = U256::from(1);
            block.timestamp = U256::from(1);
            block.gas_limit = u64::MAX;
            block.basefee = 0;
        })
        .build_mainnet();
    let mut nonce = 0;
    let mut transact = |kind: TxKind, data: &[u8]| {
        let gas_limit = GAS + intrinsic(data, kind.is_create());
        let data = Bytes::copy_from_slice(data);
        let transaction = TxEnv::builder().caller(sender).nonce(nonce).kind(kind).gas_limit(gas_limit);
        let transaction = transaction.gas_price(0).data(data).build().unwrap();
        nonce += 1;
        let start = Instant::now();
        let done = evm.transact(transaction).unwrap();
        let taken = start.elapsed();
        evm.commit(done.state);
        assert!(done.result.is_success(), "{name}: {:?}", done.result);
        (taken.as_secs_f64(), done.result)
    };
    for (kind, address, data) in steps {
        if *kind == "create" {
            let (_, result) = transact(TxKind::Create, data);
            assert_eq!(result.created_address(), Some(*address));
        }
    }
    let (_, address, prefix) = steps.last().unwrap();
    let mut input = prefix.clone();
    input.extend_from_slice(&U256::from(times).to_be_bytes::<32>());
    let (mut best, mut gas, mut output) = (f64::MAX, 0, None);
    for _ in 0..rounds {
        let (taken, result) = transact(TxKind::Call(*address), &input);
        best = best.min(taken);
        if output.is_none() {
            gas = result.gas().total_gas_spent() - intrinsic(&input, false);
            output = Some(keccak256(result.into_output().unwrap()));
        }
    }
    println!("{name}\t{best:.9}\t{gas}\t0\t{}", hex::encode(output.unwrap()));
}

fn main() {
    let mut arguments = env::args().skip(1);
    let path = arguments.next().expect("usage: revm-bench CASES [ROUNDS]");
    let rounds = arguments.next().map_or(3, |text| text.parse().unwrap());
    let text = fs::read_to_string(path).unwrap();
    let (mut sender, mut name, mut steps) = (Address::ZERO, "", vec![]);
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        match words[0] {
            "sender" => sender = words[1].parse().unwrap(),
            "case" => (name, steps) = (words[2], vec![]),
            "counts" => {}
            kind => {
                let mut rest = words[2].split(' ');
                let data = hex::decode(rest.next().unwrap()).unwrap();
                steps.push((kind, words[1].parse().unwrap(), data));
                if kind == "run" {
                    let times = rest.next().unwrap().parse().unwrap();
                    measure(sender, name, &steps, times, rounds);
                }
            }
        }
    }
}
