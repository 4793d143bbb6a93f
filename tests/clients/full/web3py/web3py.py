"""web3.py against a development node, by HTTP and by WebSocket. One line of TAP for each thing seen.
web3py.py PORT TOKEN.json"""
import asyncio
import json
import sys
import traceback

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError

port, token = sys.argv[1], json.load(open(sys.argv[2]))
w3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}"))
Account.enable_unaudited_hdwallet_features()
MNEMONIC = "test test test test test test test test test test test junk"
alice, bob = (Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in (0, 1))
count, failed = 0, 0
seen = {}


def check(what):
    def run(function):
        global count, failed
        count += 1
        try:
            asyncio.run(function()) if asyncio.iscoroutinefunction(function) else function()
            print(f"ok {count} - {what}")
        except Exception:
            failed = 1
            print(f"not ok {count} - {what}")
            print("\n".join("# " + line[:300] for line in traceback.format_exc().splitlines()[-8:]))
    return run


def refusal(kind, function):
    try:
        function()
    except kind as error:
        return error
    raise AssertionError("it did not fail")


def fields(**more):
    return {"chainId": 1337, "nonce": w3.eth.get_transaction_count(alice.address, "pending"), "gas": 100000,
            "to": bob.address, **more}


def submit(transaction):
    return w3.eth.wait_for_transaction_receipt(
        w3.eth.send_raw_transaction(alice.sign_transaction(transaction).raw_transaction), timeout=5)


@check("it is connected, to the chain and accounts of the mnemonic")
def _():
    assert w3.is_connected() and w3.eth.chain_id == 1337 and w3.net.version == "1337"
    assert w3.eth.accounts[:2] == [alice.address, bob.address]
    assert w3.eth.get_balance(alice.address) > 10**18 and w3.eth.syncing is False
    assert w3.client_version.startswith("Ashlar")


@check("transactions of every type that an L2 takes are mined")
def _():
    price = w3.eth.gas_price
    access = [{"address": bob.address, "storageKeys": ["0x" + "00" * 31 + "01"]}]
    for number, more in enumerate((
            {"gasPrice": price},
            {"gasPrice": price, "accessList": access, "type": 1},
            {"maxFeePerGas": price, "maxPriorityFeePerGas": 1, "type": 2})):
        receipt = submit(fields(**more))
        assert receipt.status == 1 and receipt.type == number
        found = w3.eth.get_transaction(receipt.transactionHash)
        assert found["from"] == alice.address and found.type == number
        assert w3.eth.get_block(receipt.blockHash, True).transactions[0].hash == receipt.transactionHash


@check("an authorization sets code (EIP-7702)")
def _():
    nonce = w3.eth.get_transaction_count(alice.address)
    authorization = alice.sign_authorization({"chainId": 1337, "address": bob.address, "nonce": nonce + 1})
    assert submit(fields(maxFeePerGas=10**10, maxPriorityFeePerGas=1, authorizationList=[authorization])).status == 1
    assert w3.eth.get_code(alice.address).hex() == "ef0100" + bob.address[2:].lower()


@check("a contract is deployed by an unlocked account, sent to and called")
def _():
    made = w3.eth.contract(abi=token["abi"], bytecode=token["bytecode"])
    receipt = w3.eth.wait_for_transaction_receipt(made.constructor(1000).transact({"from": alice.address}))
    contract = seen["token"] = w3.eth.contract(receipt.contractAddress, abi=token["abi"])
    receipt = w3.eth.wait_for_transaction_receipt(
        contract.functions.transfer(bob.address, 30).transact({"from": alice.address}))
    assert contract.functions.balanceOf(bob.address).call() == 30
    (event,) = contract.events.Transfer().process_receipt(receipt)
    assert event.args.value == 30
    assert contract.events.Transfer().get_logs(from_block=0, argument_filters={"to": bob.address})[0].args.value == 30
    assert contract.functions.balanceOf(bob.address).call(block_identifier=receipt.blockNumber - 1) == 0


@check("transactions are built with fees and gas, and signed by the library")
def _():
    call = seen["token"].functions.transfer(bob.address, 1)
    built = call.build_transaction({"from": alice.address, "nonce": w3.eth.get_transaction_count(alice.address)})
    assert built["maxFeePerGas"] > built["maxPriorityFeePerGas"] > 0 and 30000 < built["gas"] < 100000
    assert submit(built).status == 1


@check("reverts come with their data, by calls and by estimates")
def _():
    data = token["abi"]
    call = seen["token"].functions.transfer(alice.address, 10**6)
    selector = w3.keccak(text="ERC20InsufficientBalance(address,uint256,uint256)").to_0x_hex()[:10]
    assert any(item.get("name") == "ERC20InsufficientBalance" for item in data)
    assert refusal(ContractCustomError, lambda: call.call({"from": bob.address})).data.startswith(selector)
    assert refusal(ContractCustomError, lambda: call.estimate_gas({"from": bob.address})).data.startswith(selector)
    assert refusal(ContractLogicError, lambda: w3.eth.call({"to": bob.address, "data": "0x"}, "latest", {
        bob.address: {"code": "0x5f5ffd"}}))


@check("filters are polled")
def _():
    blocks, logs = w3.eth.filter("latest"), seen["token"].events.Transfer().create_filter(from_block="latest")
    pending = w3.eth.filter("pending")
    w3.eth.wait_for_transaction_receipt(seen["token"].functions.transfer(bob.address, 2).transact({"from": alice.address}))
    assert blocks.get_new_entries()[-1] == w3.eth.get_block("latest").hash
    assert [entry.args.value for entry in logs.get_new_entries()] == [2]
    assert len(pending.get_new_entries()) == 1
    assert all(w3.eth.uninstall_filter(f.filter_id) for f in (blocks, logs, pending))


@check("the node signs messages as the library does")
def _():
    message = encode_defunct(text="hewn")
    assert Account.recover_message(message, signature=w3.eth.sign(alice.address, text="hewn")) == alice.address
    typed = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Stone": [{"name": "weight", "type": "uint256"}]},
             "primaryType": "Stone", "domain": {"name": "quarry"}, "message": {"weight": 7}}
    signature = w3.provider.make_request("eth_signTypedData_v4", [alice.address, typed])["result"]
    assert Account.recover_message(encode_typed_data(full_message=typed), signature=signature) == alice.address


@check("accounts are proven, fees of the past and access lists told")
def _():
    contract = seen["token"].address
    proof = w3.eth.get_proof(contract, [2], "latest")
    assert int.from_bytes(proof.storageProof[0].value, "big") == 1000
    assert w3.keccak(proof.accountProof[0]) == w3.eth.get_block("latest").stateRoot
    assert len(w3.eth.fee_history(3, "latest", [10, 90]).baseFeePerGas) == 4
    call = {"from": bob.address, "to": contract, "data": seen["token"].encode_abi("totalSupply")}
    assert w3.eth.create_access_list(call).accessList[0].address == contract


@check("a transaction is replaced by one that pays more")
def _():
    w3.provider.make_request("evm_setAutomine", [False])
    try:
        first = w3.eth.send_transaction({"from": bob.address, "to": alice.address, "value": 1, "gas": 21000})
        fees = {name: 2 * w3.eth.get_transaction(first)[name] for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
        second = w3.eth.modify_transaction(first, value=2, **fees)
    finally:
        w3.provider.make_request("evm_setAutomine", [True])
    assert w3.eth.wait_for_transaction_receipt(second).status == 1
    assert w3.eth.get_transaction(second).value == 2


@check("what the pool refuses is told with geth's words")
def _():
    def send(transaction):
        w3.eth.send_raw_transaction(alice.sign_transaction(transaction).raw_transaction)
    low = {**fields(gasPrice=10**10), "nonce": 0}
    assert "nonce too low" in str(refusal(Web3RPCError, lambda: send(low)))
    assert "underpriced" in str(refusal(Web3RPCError, lambda: send(fields(gasPrice=0))))


@check("heads, logs and pending transactions are announced, also while no block is sealed")
async def _():
    async with AsyncWeb3(WebSocketProvider(f"ws://127.0.0.1:{port}")) as socket:
        transfer = w3.keccak(text="Transfer(address,address,uint256)").to_0x_hex()
        kinds = {await socket.eth.subscribe("newHeads"): "head",
                 await socket.eth.subscribe("logs", {"address": seen["token"].address, "topics": [transfer]}): "log",
                 await socket.eth.subscribe("newPendingTransactions"): "hash",
                 await socket.eth.subscribe("newPendingTransactions", True): "whole"}

        async def announced(wanted):
            got = {}
            async with asyncio.timeout(5):
                async for message in socket.socket.process_subscriptions():
                    got[kinds[message["subscription"]]] = message["result"]
                    if wanted <= set(got):
                        return got

        sent = seen["token"].functions.transfer(bob.address, 3).transact({"from": alice.address})
        got = await announced({"head", "log", "hash", "whole"})
        assert got["log"].transactionHash == got["hash"] == got["whole"].hash == sent
        assert got["head"].hash == got["log"].blockHash
        await socket.provider.make_request("evm_setAutomine", [False])
        try:
            sent = await socket.eth.send_transaction({"from": alice.address, "to": bob.address, "value": 1})
            got = await announced({"hash", "whole"})
            assert got["hash"] == got["whole"].hash == sent and got["whole"]["from"] == alice.address
        finally:
            await socket.provider.make_request("evm_setAutomine", [True])


print(f"1..{count}")
sys.exit(failed)
