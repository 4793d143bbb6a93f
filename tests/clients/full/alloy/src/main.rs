//! alloy against a development node: its AnvilApi method by method, subscriptions, contracts. One line of TAP for each
//! thing seen. alloy PORT TOKEN.json
use alloy::{
    consensus::BlockHeader,
    eips::BlockNumberOrTag,
    network::{AnyNetwork, EthereumWallet, ReceiptResponse, TransactionBuilder, TransactionResponse},
    primitives::{Address, B256, Bytes, TxHash, U256, address, hex},
    providers::{Provider, ProviderBuilder, WsConnect, ext::{AnvilApi, ImpersonateConfig, TxPoolApi}},
    rpc::types::{TransactionRequest, anvil::{MineOptions, ReorgOptions, TransactionData}},
    signers::local::PrivateKeySigner,
    sol,
};
use eyre::{Result, ensure, eyre};
use futures::StreamExt;
use std::{future::Future, time::Duration};
use tokio::time::{sleep, timeout};

sol! {
    #[sol(rpc)]
    interface Token {
        event Transfer(address indexed from, address indexed to, uint256 value);
        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        function transfer(address to, uint256 value) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
    }
}

const ALICE: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const BOB: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
const STRANGER: Address = address!("0x00000000000000000000000000000000000a11ce");

#[derive(Default)]
struct Tap {
    count: u32,
    failed: bool,
}
impl Tap {
    async fn check(&mut self, what: &str, run: impl Future<Output = Result<()>>) {
        self.count += 1;
        match timeout(Duration::from_secs(60), run).await.unwrap_or_else(|_| Err(eyre!("a minute was too little"))) {
            Ok(()) => println!("ok {} - {what}", self.count),
            Err(error) => {
                self.failed = true;
                println!("not ok {} - {what}", self.count);
                println!("# {}", format!("{error:#}").replace('\n', "\n# "));
            }
        }
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(got: T, expected: T) -> Result<()> {
    ensure!(got == expected, "got {got:?}, expected {expected:?}");
    Ok(())
}

fn pay(from: Address, value: u64) -> TransactionRequest {
    TransactionRequest::default().with_from(from).with_to(STRANGER).with_value(U256::from(value))
}

fn refused<T: std::fmt::Debug, E: std::fmt::Display>(answer: std::result::Result<T, E>, why: &str) -> Result<()> {
    let said = answer.map(|value| format!("{value:?}")).unwrap_or_else(|error| error.to_string());
    ensure!(said.contains(why), "{said}, expected {why}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let (port, token) = (&arguments[1], std::fs::read_to_string(&arguments[2])?);
    let bytecode = token.split("\"bytecode\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let bytecode = hex::decode(bytecode.ok_or_else(|| eyre!("no bytecode"))?)?;
    // The node signs: nothing is filled in here. AnyNetwork keeps what a mainnet's receipts do not have.
    let p = ProviderBuilder::<_, _, AnyNetwork>::default().connect_http(format!("http://127.0.0.1:{port}").parse()?);
    let plain = ProviderBuilder::new().disable_recommended_fillers()
        .connect_http(format!("http://127.0.0.1:{port}").parse()?);
    let socket = ProviderBuilder::new().connect_ws(WsConnect::new(format!("ws://127.0.0.1:{port}"))).await?;
    let signer: PrivateKeySigner = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80".parse()?;
    let wallet = ProviderBuilder::new().wallet(EthereumWallet::from(signer))
        .connect_http(format!("http://127.0.0.1:{port}").parse()?);
    let latest = || async {
        p.get_block_by_number(BlockNumberOrTag::Latest).await?.ok_or_else(|| eyre!("no head"))
    };
    let mined = |hash: TxHash| {
        let plain = plain.clone();
        async move {
            for _ in 0..100 {
                if let Some(receipt) = plain.get_transaction_receipt(hash).await? {
                    return Ok::<_, eyre::Report>(receipt);
                }
                sleep(Duration::from_millis(20)).await;
            }
            Err(eyre!("{hash} was not mined"))
        }
    };
    let mut tap = Tap::default();

    tap.check("contracts are deployed, called and watched, signed here", async {
        let mut code = bytecode.clone();
        code.extend(U256::from(1000).to_be_bytes::<32>());
        let deploy = TransactionRequest::default().with_deploy_code(Bytes::from(code));
        let made = wallet.send_transaction(deploy).await?.get_receipt().await?;
        let token = Token::new(made.contract_address.ok_or_else(|| eyre!("no address"))?, &wallet);
        let receipt = token.transfer(BOB, U256::from(30)).send().await?.get_receipt().await?;
        ensure!(receipt.status());
        equal(token.balanceOf(BOB).call().await?, U256::from(30))?;
        let (event, _) = token.Transfer_filter().from_block(0).topic2(BOB.into_word()).query().await?.remove(0);
        equal(event.value, U256::from(30))?;
        let error = token.transfer(BOB, U256::from(971)).call().await.err().ok_or_else(|| eyre!("it did not fail"))?;
        let decoded = error.as_decoded_error::<Token::ERC20InsufficientBalance>().ok_or_else(|| eyre!("{error}"))?;
        equal(decoded.balance, U256::from(970))
    }).await;

    tap.check("heads, logs and pending transactions are announced, whole and by hash, in every mode of sealing", async {
        let mut heads = socket.subscribe_blocks().await?.into_stream();
        let mut hashes = socket.subscribe_pending_transactions().await?.into_stream();
        let mut whole = socket.subscribe_full_pending_transactions().await?.into_stream();
        for automine in [true, false] {
            p.anvil_set_auto_mine(automine).await?;
            let hash = *socket.send_transaction(pay(ALICE, 1)).await?.tx_hash();
            let limit = Duration::from_secs(5);
            equal(timeout(limit, hashes.next()).await?, Some(hash))?;
            let tx = timeout(limit, whole.next()).await?.ok_or_else(|| eyre!("closed"))?;
            equal((tx.tx_hash(), tx.from()), (hash, ALICE))?;
            if automine {
                let head = timeout(limit, heads.next()).await?.ok_or_else(|| eyre!("closed"))?;
                equal(mined(hash).await?.block_hash, Some(head.hash))?;
            }
        }
        p.anvil_set_auto_mine(true).await?;
        Ok(())
    }).await;

    tap.check("senders are impersonated, one and all", async {
        p.anvil_set_balance(STRANGER, U256::from(10).pow(U256::from(18))).await?;
        refused(plain.send_transaction(pay(STRANGER, 1)).await.map(|t| *t.tx_hash()), "")?;
        p.anvil_impersonate_account(STRANGER).await?;
        ensure!(plain.get_accounts().await?.contains(&STRANGER), "it is not among the accounts");
        let receipt = mined(*plain.send_transaction(pay(STRANGER, 1)).await?.tx_hash()).await?;
        equal((receipt.from, receipt.status()), (STRANGER, true))?;
        p.anvil_stop_impersonating_account(STRANGER).await?;
        p.anvil_stop_impersonating_account(STRANGER).await?; // that it was none is no error
        ensure!(plain.send_transaction(pay(STRANGER, 1)).await.is_err());
        p.anvil_auto_impersonate_account(true).await?;
        mined(*plain.send_transaction(pay(STRANGER, 1)).await?.tx_hash()).await?;
        p.anvil_auto_impersonate_account(false).await?;
        ensure!(plain.send_transaction(pay(STRANGER, 1)).await.is_err());
        let config = ImpersonateConfig { fund_amount: Some(U256::from(10).pow(U256::from(18))), stop_impersonate: true };
        let sent = plain.anvil_send_impersonated_transaction_with_config(pay(STRANGER, 1), config).await?;
        equal(mined(*sent.tx_hash()).await?.from, STRANGER)?;
        let unsigned = plain.eth_send_unsigned_transaction(pay(STRANGER, 1)).await?;
        equal(mined(unsigned).await?.from, STRANGER)
    }).await;

    tap.check("blocks are mined, so many, so far apart, at a time", async {
        let before = latest().await?;
        p.anvil_mine(Some(3), Some(7)).await?;
        let after = latest().await?;
        equal(after.header.number, before.header.number + 3)?;
        ensure!(after.header.timestamp >= before.header.timestamp + 14);
        p.anvil_mine(None, None).await?;
        let at = after.header.timestamp + 1000;
        p.evm_mine(Some(MineOptions::Options { timestamp: Some(at), blocks: Some(2) })).await?;
        let last = latest().await?;
        equal(last.header.number, after.header.number + 3)?;
        ensure!(last.header.timestamp >= at && last.header.timestamp <= at + 2);
        equal(p.evm_mine(None).await?, "0x0".to_owned())?;
        p.evm_mine(Some(MineOptions::Timestamp(Some(at + 50)))).await?;
        equal(latest().await?.header.timestamp, at + 50)?;
        let detailed = plain.anvil_mine_detailed(Some(MineOptions::Options { timestamp: None, blocks: Some(2) })).await?;
        equal((detailed.len(), detailed[1].header.number), (2, latest().await?.header.number))
    }).await;

    tap.check("twenty thousand blocks are mined at once", async {
        let before = p.get_block_number().await?;
        p.anvil_mine(Some(20_000), None).await?;
        equal(p.get_block_number().await?, before + 20_000)?;
        let middle = p.get_block_by_number((before + 10_000).into()).await?.ok_or_else(|| eyre!("no such block"))?;
        let next = p.get_block_by_number((before + 10_001).into()).await?.ok_or_else(|| eyre!("no such block"))?;
        equal(next.header.parent_hash, middle.header.hash)
    }).await;

    tap.check("sealing is turned off and on, and goes by time", async {
        p.anvil_set_auto_mine(false).await?;
        equal(p.anvil_get_auto_mine().await?, false)?;
        let hash = *plain.send_transaction(pay(ALICE, 1)).await?.tx_hash();
        equal(plain.get_transaction_receipt(hash).await?.is_none(), true)?;
        p.anvil_set_interval_mining(1).await?;
        mined(hash).await?;
        p.anvil_set_interval_mining(0).await?;
        p.anvil_set_auto_mine(true).await?;
        equal(p.anvil_get_auto_mine().await?, true)
    }).await;

    tap.check("transactions leave the pool: one, a sender's, all", async {
        p.anvil_set_auto_mine(false).await?;
        let a = *plain.send_transaction(pay(ALICE, 1)).await?.tx_hash();
        let _ = plain.send_transaction(pay(ALICE, 2)).await?;
        let _ = plain.send_transaction(pay(BOB, 3)).await?;
        equal(p.txpool_status().await?.pending, 3)?;
        equal(p.anvil_drop_transaction(a).await?, Some(a))?;
        equal(p.anvil_drop_transaction(a).await?, None)?;
        p.anvil_remove_pool_transactions(ALICE).await?;
        let left = p.txpool_status().await?;
        equal((left.pending, left.queued), (1, 0))?;
        p.anvil_drop_all_transactions().await?;
        equal(p.txpool_status().await?.pending, 0)?;
        p.anvil_set_auto_mine(true).await?;
        Ok(())
    }).await;

    tap.check("state is set", async {
        p.anvil_set_balance(STRANGER, U256::from(123)).await?;
        let nonce = p.get_transaction_count(STRANGER).await?;
        p.anvil_set_nonce(STRANGER, nonce + 5).await?;
        p.anvil_set_code(STRANGER, Bytes::from_static(&hex!("5f545f5260205ff3"))).await?;
        equal(p.anvil_set_storage_at(STRANGER, U256::ZERO, B256::with_last_byte(77)).await?, true)?;
        equal(p.get_balance(STRANGER).await?, U256::from(123))?;
        equal(p.get_transaction_count(STRANGER).await?, nonce + 5)?;
        equal(U256::from_be_slice(&plain.call(TransactionRequest::default().with_to(STRANGER)).await?), U256::from(77))
    }).await;

    tap.check("time is moved", async {
        p.anvil_increase_time(100).await?;
        let shift = p.anvil_increase_time(100).await?;
        ensure!(shift >= 200, "shifted by {shift}");
        let at = latest().await?.header.timestamp + 5000;
        p.anvil_set_next_block_timestamp(at).await?;
        p.evm_mine(None).await?;
        equal(latest().await?.header.timestamp, at)?;
        p.anvil_set_time(at + 10_000).await?;
        p.evm_mine(None).await?;
        let head = latest().await?.header.timestamp;
        ensure!(head >= at + 10_000 && head < at + 10_010, "{head} after {at}");
        p.anvil_set_block_timestamp_interval(33).await?;
        p.anvil_mine(Some(2), None).await?;
        equal(latest().await?.header.timestamp, head + 66)?;
        equal(p.anvil_remove_block_timestamp_interval().await?, true)?;
        equal(p.anvil_remove_block_timestamp_interval().await?, false)
    }).await;

    tap.check("the next block's base fee, gas limit and coinbase are chosen", async {
        p.anvil_set_next_block_base_fee_per_gas(7_000_000_000).await?;
        let receipt = mined(*plain.send_transaction(pay(ALICE, 1)).await?.tx_hash()).await?;
        let block = latest().await?;
        equal(block.header.base_fee_per_gas(), Some(7_000_000_000))?;
        ensure!(receipt.effective_gas_price() >= 7_000_000_000);
        equal(p.anvil_set_block_gas_limit(40_000_000).await?, true)?;
        p.anvil_set_coinbase(BOB).await?;
        p.evm_mine(None).await?;
        let block = latest().await?;
        equal((block.header.gas_limit(), block.header.beneficiary()), (40_000_000, BOB))?;
        ensure!(block.header.base_fee_per_gas() < Some(7_000_000_000));
        p.anvil_set_logging(false).await?;
        refused(p.anvil_set_min_gas_price(1).await, "EIP-1559")
    }).await;

    tap.check("snapshots are taken back, each once", async {
        let before = latest().await?;
        let (a, b) = (p.anvil_snapshot().await?, p.anvil_snapshot().await?);
        p.anvil_mine(Some(2), None).await?;
        equal(p.anvil_revert(a).await?, true)?;
        equal(latest().await?.header.hash, before.header.hash)?;
        let c = p.anvil_snapshot().await?;
        ensure!(c != a && c != b);
        equal((p.anvil_revert(b).await?, p.anvil_revert(a).await?), (false, false))
    }).await;

    tap.check("the chain is taken back by so many blocks", async {
        let before = latest().await?;
        p.anvil_mine(Some(3), None).await?;
        p.anvil_rollback(Some(2)).await?;
        equal(latest().await?.header.number, before.header.number + 1)?;
        p.anvil_rollback(None).await?;
        equal(latest().await?.header.hash, before.header.hash)
    }).await;

    tap.check("blocks are replaced by others", async {
        p.anvil_mine(Some(2), None).await?;
        let before = latest().await?;
        let raw = ReorgOptions { depth: 2, tx_block_pairs: vec![(TransactionData::JSON(pay(ALICE, 3)), 1)] };
        p.anvil_reorg(raw).await?;
        let after = latest().await?;
        equal((after.header.number, after.transactions.len()), (before.header.number, 1))?;
        ensure!(after.header.hash != before.header.hash);
        refused(p.anvil_reorg(ReorgOptions { depth: 100000, tx_block_pairs: vec![] }).await, "must not exceed")
    }).await;

    tap.check("tokens are dealt", async {
        let mut code = bytecode.clone();
        code.extend(U256::from(1000).to_be_bytes::<32>());
        let deploy = TransactionRequest::default().with_from(ALICE).with_deploy_code(Bytes::from(code));
        let made = mined(*plain.send_transaction(deploy).await?.tx_hash()).await?; // the wallet's nonce was taken back
        let at = made.contract_address.ok_or_else(|| eyre!("no address"))?;
        p.anvil_deal_erc20(STRANGER, at, U256::from(77)).await?;
        equal(Token::new(at, &plain).balanceOf(STRANGER).call().await?, U256::from(77))?;
        p.anvil_set_erc20_allowance(STRANGER, BOB, at, U256::from(5)).await?;
        equal(Token::new(at, &plain).allowance(STRANGER, BOB).call().await?, U256::from(5))
    }).await;

    tap.check("the state is taken out and put back", async {
        p.anvil_set_balance(STRANGER, U256::from(4711)).await?;
        let state = p.anvil_dump_state().await?;
        p.anvil_set_balance(STRANGER, U256::from(1)).await?;
        equal(p.anvil_load_state(state).await?, true)?;
        equal(p.get_balance(STRANGER).await?, U256::from(4711))
    }).await;

    tap.check("the node tells what it is", async {
        let (info, about) = (p.anvil_node_info().await?, p.anvil_metadata().await?);
        let head = latest().await?;
        equal((info.current_block_number, info.current_block_hash), (head.header.number, head.header.hash))?;
        equal((about.latest_block_number, about.chain_id), (head.header.number, 1337))
    }).await;

    tap.check("transactions are answered with their receipts", async {
        let receipt = plain.eth_send_transaction_sync(pay(ALICE, 1)).await?;
        ensure!(receipt.status());
        equal(p.get_transaction_by_hash(receipt.transaction_hash).await?.map(|t| t.from()), Some(ALICE))
    }).await;

    tap.check("a chain without transactions gets another id", async {
        refused(p.anvil_set_chain_id(7).await, "name its id, 1337")?;
        p.anvil_reset(None).await?;
        p.anvil_set_chain_id(7).await?;
        equal(p.get_chain_id().await?, 7)
    }).await;

    println!("1..{}", tap.count);
    std::process::exit(tap.failed.into())
}
