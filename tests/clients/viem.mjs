// viem against a node that knows nothing of this file, and the other way round: deploys an OpenZeppelin
// ERC-20, reads, writes, watches over WebSocket. One line of TAP for each thing seen. node viem.mjs PORT
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { check, compile, end, exampleRequire, mnemonic, port, sleep, tokenSource, until,
  url } from './tap.mjs'

const viem = exampleRequire('viem')
const { mnemonicToAccount } = exampleRequire('viem/accounts')

const http = viem.http(url)
const reader = viem.createPublicClient({ transport: http, pollingInterval: 50 })
const chainId = await reader.getChainId()
const chain = viem.defineChain({
  id: chainId,
  name: 'development',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [url] } },
})
const [alice, bob] = [0, 1].map((addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }))
const wallet = viem.createWalletClient({ account: alice, chain, transport: http })

const mined = async (hash) => {
  const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 10_000 })
  assert.equal(receipt.status, 'success')
  return receipt
}

const { abi, bytecode } = compile({ 'Token.sol': tokenSource() }).Token
let address

await check('accounts of the test mnemonic are funded', async () => {
  assert.ok((await reader.getBalance({ address: alice.address })) > viem.parseEther('1000'))
})

await check('a contract is deployed', async () => {
  const receipt = await mined(await wallet.deployContract({ abi, bytecode, args: [1_000_000n] }))
  address = receipt.contractAddress
  assert.ok((await reader.getCode({ address })).length > 1000)
  assert.equal(viem.getContractAddress({ from: alice.address, nonce: 0n }), viem.getAddress(address))
})

await check('it is read', async () => {
  assert.equal(await reader.readContract({ address, abi, functionName: 'symbol' }), 'STONE')
  assert.equal(await reader.readContract({ address, abi, functionName: 'balanceOf', args: [alice.address] }),
    1_000_000n)
})

await check('it is written to, and the event is in the receipt and in eth_getLogs', async () => {
  const receipt = await mined(
    await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 250n] }))
  const [event] = viem.parseEventLogs({ abi, logs: receipt.logs })
  assert.equal(event.eventName, 'Transfer')
  assert.equal(event.args.value, 250n)
  const logs = await reader.getContractEvents({ address, abi, eventName: 'Transfer',
    args: { to: bob.address }, fromBlock: 0n })
  assert.equal(logs.length, 1)
  assert.equal(logs[0].transactionHash, receipt.transactionHash)
  assert.equal(await reader.readContract({ address, abi, functionName: 'balanceOf', args: [bob.address] }),
    250n)
})

await check("a custom error is decoded from a call's and an estimate's revert", async () => {
  const refused = { address, abi, functionName: 'transfer', args: [bob.address, 10n ** 30n], account: alice }
  for (const attempt of [reader.simulateContract(refused), reader.estimateContractGas(refused)]) {
    const error = await attempt.then(() => null, (e) => e)
    const revert = error.walk((e) => e instanceof viem.ContractFunctionRevertedError)
    assert.equal(revert.data.errorName, 'ERC20InsufficientBalance')
  }
})

await check('an estimate is enough and not far too much', async () => {
  const args = { address, abi, functionName: 'transfer', args: [bob.address, 1n], account: alice }
  const gas = await reader.estimateContractGas(args)
  const receipt = await mined(await wallet.writeContract({ ...args, gas }))
  assert.ok(gas >= receipt.gasUsed && gas < receipt.gasUsed * 12n / 10n, `${gas} for ${receipt.gasUsed}`)
})

await check('transactions of types 0, 1 and 2 are taken', async () => {
  const fee = await reader.estimateFeesPerGas()
  for (const fields of [
    { type: 'legacy', gasPrice: fee.maxFeePerGas },
    { type: 'eip2930', gasPrice: fee.maxFeePerGas, accessList: [{ address, storageKeys: [] }] },
    { type: 'eip1559' },
  ]) {
    const hash = await wallet.sendTransaction({ to: bob.address, value: 1n, ...fields })
    await mined(hash)
    assert.equal((await reader.getTransaction({ hash })).type, fields.type)
  }
})

await check('a set-code transaction delegates an account', async () => {
  const executor = mnemonicToAccount(mnemonic, { addressIndex: 2 })
  const authorization = await wallet.signAuthorization({ account: executor, contractAddress: address })
  await mined(await wallet.sendTransaction({ to: bob.address, authorizationList: [authorization] }))
  assert.equal(await reader.getCode({ address: executor.address }), viem.concat(['0xef0100', address])
    .toLowerCase())
})

await check("eth_getProof proves a balance and a slot under the header's root", async () => {
  const block = await reader.getBlock()
  const proof = await reader.getProof({ address, storageKeys: [viem.toHex(2, { size: 32 })],
    blockNumber: block.number })
  assert.equal(viem.keccak256(proof.accountProof[0]), block.stateRoot)
  assert.equal(viem.keccak256(proof.storageProof[0].proof[0]), proof.storageHash)
  assert.equal(proof.storageProof[0].value, 1_000_000n)
})

await check('the node signs for its own accounts', async () => {
  const unlocked = viem.createWalletClient({ account: bob.address, chain, transport: http })
  await mined(await unlocked.sendTransaction({ to: alice.address, value: 5n }))
  const { raw, tx } = await reader.request({ method: 'eth_signTransaction',
    params: [{ from: bob.address, to: alice.address }] })
  assert.equal(viem.keccak256(raw), tx.hash)
  assert.ok(viem.isAddressEqual(await viem.recoverTransactionAddress({ serializedTransaction: raw }),
    bob.address))
  const signature = await unlocked.signMessage({ message: 'hello' })
  assert.ok(await viem.verifyMessage({ address: bob.address, message: 'hello', signature }))
})

await check('a nonce that is too low is refused as geth does', async () => {
  const error = await wallet.sendTransaction({ to: bob.address, nonce: 0, gas: 21000n }).then(() => null,
    (e) => e)
  assert.match(error.message, /nonce too low|lower than the current nonce/i)
})

await check('state overrides change what a call sees', async () => {
  const result = await reader.call({ to: bob.address, data: '0x', stateOverride: [{ address: bob.address,
    code: '0x602a60005260206000f3' }] })
  assert.equal(viem.hexToBigInt(result.data), 42n)
})

await check('filters give new blocks and events', async () => {
  const filter = await reader.createContractEventFilter({ address, abi, eventName: 'Transfer' })
  const blocks = await reader.createBlockFilter()
  await mined(await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 3n] }))
  assert.equal((await reader.getFilterChanges({ filter }))[0].args.value, 3n)
  assert.equal((await reader.getFilterChanges({ filter: blocks })).length, 1)
  assert.deepEqual(await reader.getFilterChanges({ filter }), [])
  assert.ok(await reader.uninstallFilter({ filter }))
})

await check('over WebSocket, heads, logs and pending transactions are watched', async () => {
  const socket = viem.createPublicClient({ transport: viem.webSocket(`ws://127.0.0.1:${port}`) })
  const seen = { heads: [], logs: [], pending: [] }
  const stops = [
    socket.watchBlocks({ onBlock: (b) => seen.heads.push(b.number), onError: (e) => (seen.error = e) }),
    socket.watchContractEvent({ address, abi, eventName: 'Transfer', onLogs: (l) => seen.logs.push(...l),
      onError: (e) => (seen.error = e) }),
    socket.watchPendingTransactions({ onTransactions: (h) => seen.pending.push(...h), onError: (e) =>
      (seen.error = e) }),
  ]
  await new Promise((resolve) => setTimeout(resolve, 500))
  const receipt = await mined(
    await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 7n] }))
  for (let i = 0; i < 100 && !(seen.heads.includes(receipt.blockNumber) && seen.logs.length &&
    seen.pending.length); i++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  stops.forEach((stop) => stop())
  const client = await socket.transport.getRpcClient()
  client.close()
  assert.ifError(seen.error)
  assert.ok(seen.heads.includes(receipt.blockNumber), 'head')
  assert.equal(seen.logs[0]?.args.value, 7n)
  assert.ok(seen.pending.includes(receipt.transactionHash), 'pending')
})

await check('many reads go in one call, and many requests in one batch', async () => {
  const balanceOf = (who) => ({ address, abi, functionName: 'balanceOf', args: [who.address] })
  const [a, b, failed] = await reader.multicall({ deployless: true, contracts: [balanceOf(alice),
    balanceOf(bob),
    { address, abi, functionName: 'transfer', args: [viem.zeroAddress, 1n] }] })
  assert.ok(a.result > 0n && b.result > 0n)
  assert.equal(failed.error.cause.data.errorName, 'ERC20InvalidReceiver')
  const batched = viem.createPublicClient({ transport: viem.http(url, { batch: true }) })
  const all = await Promise.all(Array.from({ length: 40 }, (_, i) => i % 2 ? batched.getBalance(bob)
    : batched.getBlockNumber()))
  assert.equal(new Set(all).size, 2)
})

await check('an hundred transactions at once are mined, by a nonce manager', async () => {
  const { nonceManager } = exampleRequire('viem/nonce')
  const account = mnemonicToAccount(mnemonic, { addressIndex: 3, nonceManager })
  const hashes = await Promise.all(Array.from({ length: 100 },
    () => wallet.sendTransaction({ account, to: bob.address })))
  await Promise.all(hashes.map(mined))
  assert.equal(await reader.getTransactionCount(account), 100)
})

await check('the wait for a transaction sees it repriced, or cancelled', async () => {
  const account = mnemonicToAccount(mnemonic, { addressIndex: 4 })
  const tester = viem.createTestClient({ mode: 'hardhat', chain, transport: http })
  await tester.setAutomine(false)
  for (const reason of ['repriced', 'cancelled']) {
    const nonce = await reader.getTransactionCount(account)
    const request = { account, nonce, to: bob.address, value: 9n, gas: 21000n, maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 10n }
    const hash = await wallet.sendTransaction(request)
    let replaced
    const waiting = reader.waitForTransactionReceipt({ hash, timeout: 10_000, onReplaced: (r) =>
      (replaced = r.reason) })
    await sleep(200)
    const other = await wallet.sendTransaction({ ...request, maxFeePerGas: 2n * 10n ** 10n,
      maxPriorityFeePerGas: 20n,
      ...(reason === 'cancelled' ? { to: account.address, value: 0n } : {}) })
    await tester.mine({ blocks: 1 })
    assert.equal((await waiting).transactionHash, other)
    assert.equal(replaced, reason)
  }
  await tester.setAutomine(true)
})

await check('a transaction is filled in by the node and signed here', async () => {
  const { transaction, raw } = await reader.fillTransaction({ account: alice, to: bob.address, value: 4n })
  assert.equal(transaction.gas, 21000n)
  assert.equal(transaction.nonce, await reader.getTransactionCount(alice))
  assert.equal(viem.parseTransaction(raw).value, 4n)
  await mined(await wallet.sendRawTransaction({ serializedTransaction: await alice.signTransaction(
    { ...transaction, chainId }) }))
  const refused = await reader.fillTransaction({ account: alice, to: address,
    data: viem.encodeFunctionData({ abi, functionName: 'transfer', args: [bob.address, 10n ** 30n] }) })
    .then(() => null, (e) => e)
  assert.match(refused.message, /reverted/)
})

await check('a transaction is found by its sender and nonce', async () => {
  const find = (from, nonce) => reader.request({ method: 'eth_getTransactionBySenderAndNonce',
    params: [from, viem.toHex(nonce)] })
  const count = await reader.getTransactionCount(alice)
  for (let nonce = 0; nonce < count; nonce++) {
    const found = await find(alice.address, nonce)
    assert.equal(Number(found.nonce), nonce)
    assert.ok(viem.isAddressEqual(found.from, alice.address))
  }
  assert.equal(await find(alice.address, count), null)
  // The delegation above took the first nonce of its account.
  assert.equal(await find(mnemonicToAccount(mnemonic, { addressIndex: 2 }).address, 0), null)
})

await check('a transaction is answered with its receipt', async () => {
  const receipt = await wallet.sendTransactionSync({ to: bob.address, value: 1n })
  assert.equal(receipt.status, 'success')
})

await check('a blob transaction is refused clearly', async () => {
  const request = { to: bob.address, blobVersionedHashes: [viem.pad('0x01', { dir: 'right' })],
    maxFeePerBlobGas: 1n,
    maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, gas: 21000n, nonce: 99, chainId, type: 'eip4844' }
  const error = await reader.sendRawTransaction({ serializedTransaction: await alice.signTransaction(
    request) })
    .then(() => null, (e) => e)
  assert.match(error.message, /blob transactions are not accepted on this chain/)
})

await check('typed data is signed by the node, and by a contract (EIP-1271)', async () => {
  const typed = { domain: { name: 'Ashlar', chainId }, primaryType: 'Note', message: { text: 'hewn', at: 7n },
    types: { Note: [{ name: 'text', type: 'string' }, { name: 'at', type: 'uint64' }] } }
  const unlocked = viem.createWalletClient({ account: bob.address, chain, transport: http })
  const signature = await unlocked.signTypedData(typed)
  assert.equal(signature, await bob.signTypedData(typed))
  assert.ok(await reader.verifyTypedData({ ...typed, address: bob.address, signature }))
  assert.ok(!(await reader.verifyTypedData({ ...typed, address: alice.address, signature })))
  const { Probe } = compile({ 'Probe.sol': readFileSync(new URL('Probe.sol', import.meta.url), 'utf8') })
  const { contractAddress } = await mined(await wallet.deployContract({ ...Probe, args: [1n] }))
  assert.ok(await reader.verifyTypedData({ ...typed, address: contractAddress, signature }))
})

await check('calls are simulated with what they move, blocks ahead', async () => {
  const { results, assetChanges } = await reader.simulateCalls({ account: alice, traceAssetChanges: true,
    calls: [
    { to: bob.address, value: 5n }, { to: address, abi, functionName: 'transfer',
      args: [bob.address, 6n] }] })
  assert.deepEqual(results.map((r) => r.status), ['success', 'success'])
  assert.ok(assetChanges.some((change) => viem.isAddressEqual(change.token.address, address) &&
    change.value.diff === -6n))
  const number = (await reader.getBlockNumber()) + 10n
  const blocks = await reader.simulateBlocks({ blocks: [{ blockOverrides: { number }, calls: [] }] })
  assert.equal(blocks.at(-1).number, number)
})

await check('an access list is made, and a delegation is seen', async () => {
  const { accessList } = await reader.createAccessList({ account: alice, to: address,
    data: viem.encodeFunctionData({ abi, functionName: 'transfer', args: [bob.address, 1n] }) })
  assert.equal(accessList[0].storageKeys.length, 2)
  const executor = mnemonicToAccount(mnemonic, { addressIndex: 2 })
  assert.ok(viem.isAddressEqual(await reader.getDelegation(executor), address))
})

await check('blocks, events and pending transactions are watched by polling', async () => {
  const seen = { heads: [], logs: [], pending: [] }
  const onError = (e) => (seen.error = e)
  const stops = [reader.watchBlockNumber({ onBlockNumber: (n) => seen.heads.push(n), onError }),
    reader.watchContractEvent({ address, abi, onLogs: (l) => seen.logs.push(...l), onError }),
    reader.watchPendingTransactions({ onTransactions: (h) => seen.pending.push(...h), onError })]
  await sleep(300)
  const receipt = await mined(
    await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 8n] }))
  await until('all three', () => seen.heads.includes(receipt.blockNumber) && seen.logs.length > 0 &&
    seen.pending.includes(receipt.transactionHash))
  stops.forEach((stop) => stop())
  assert.ifError(seen.error)
  assert.equal(seen.logs[0].args.value, 8n)
})

await check('batches are answered in order, with errors as geth gives them', async () => {
  const send = async (body) => (await fetch(url, { method: 'POST', body,
    headers: { 'content-type': 'application/json' } })).json()
  const call = (id, method, params) => ({ jsonrpc: '2.0', id, method, params })
  const [a, b, c] = await send(JSON.stringify([call(1, 'eth_chainId'), call('x', 'eth_nothing'),
    call(3, 'eth_getBalance', [])]))
  assert.deepEqual(a, { jsonrpc: '2.0', id: 1, result: viem.toHex(chainId) })
  assert.deepEqual(b.error, { code: -32601,
    message: 'the method eth_nothing does not exist/is not available' })
  assert.deepEqual(c.error, { code: -32602, message: 'missing value for required argument 0' })
  assert.equal((await send('{')).error.code, -32700)
  assert.equal((await send('[]')).error.code, -32600)
})

await check('every method that is served is in the OpenRPC document', async () => {
  const document = await reader.request({ method: 'rpc_discover' })
  assert.equal(document.openrpc.split('.')[0], '1')
  const names = document.methods.map((m) => m.name)
  for (const name of ['eth_call', 'eth_getProof', 'eth_subscribe', 'debug_traceTransaction'])
    assert.ok(names.includes(name), name)
})

end()
