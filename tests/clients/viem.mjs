// viem against a node that knows nothing of this file, and the other way round: deploys an OpenZeppelin ERC-20, reads,
// writes, watches over WebSocket. One line of TAP for each thing seen. node viem.mjs PORT
import assert from 'node:assert/strict'
import { check, compile, end, exampleRequire, mnemonic, port, tokenSource, url } from './tap.mjs'

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
  assert.equal(await reader.readContract({ address, abi, functionName: 'balanceOf', args: [alice.address] }), 1_000_000n)
})

await check('it is written to, and the event is in the receipt and in eth_getLogs', async () => {
  const receipt = await mined(
    await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 250n] }))
  const [event] = viem.parseEventLogs({ abi, logs: receipt.logs })
  assert.equal(event.eventName, 'Transfer')
  assert.equal(event.args.value, 250n)
  const logs = await reader.getContractEvents({ address, abi, eventName: 'Transfer', args: { to: bob.address }, fromBlock: 0n })
  assert.equal(logs.length, 1)
  assert.equal(logs[0].transactionHash, receipt.transactionHash)
  assert.equal(await reader.readContract({ address, abi, functionName: 'balanceOf', args: [bob.address] }), 250n)
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
  assert.equal(await reader.getCode({ address: executor.address }), viem.concat(['0xef0100', address]).toLowerCase())
})

await check("eth_getProof proves a balance and a slot under the header's root", async () => {
  const block = await reader.getBlock()
  const proof = await reader.getProof({ address, storageKeys: [viem.toHex(2, { size: 32 })], blockNumber: block.number })
  assert.equal(viem.keccak256(proof.accountProof[0]), block.stateRoot)
  assert.equal(viem.keccak256(proof.storageProof[0].proof[0]), proof.storageHash)
  assert.equal(proof.storageProof[0].value, 1_000_000n)
})

await check('the node signs for its own accounts', async () => {
  const unlocked = viem.createWalletClient({ account: bob.address, chain, transport: http })
  await mined(await unlocked.sendTransaction({ to: alice.address, value: 5n }))
  const signature = await unlocked.signMessage({ message: 'hello' })
  assert.ok(await viem.verifyMessage({ address: bob.address, message: 'hello', signature }))
})

await check('a nonce that is too low is refused as geth does', async () => {
  const error = await wallet.sendTransaction({ to: bob.address, nonce: 0, gas: 21000n }).then(() => null, (e) => e)
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
    socket.watchPendingTransactions({ onTransactions: (h) => seen.pending.push(...h), onError: (e) => (seen.error = e) }),
  ]
  await new Promise((resolve) => setTimeout(resolve, 500))
  const receipt = await mined(
    await wallet.writeContract({ address, abi, functionName: 'transfer', args: [bob.address, 7n] }))
  for (let i = 0; i < 100 && !(seen.heads.includes(receipt.blockNumber) && seen.logs.length && seen.pending.length); i++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  stops.forEach((stop) => stop())
  const client = await socket.transport.getRpcClient()
  client.close()
  assert.ifError(seen.error)
  assert.ok(seen.heads.includes(receipt.blockNumber), 'head')
  assert.equal(seen.logs[0]?.args.value, 7n)
  assert.ok(seen.pending.includes(receipt.transactionHash), 'pending')
})

await check('batches are answered in order, with errors as geth gives them', async () => {
  const send = async (body) => (await fetch(url, { method: 'POST', body,
    headers: { 'content-type': 'application/json' } })).json()
  const call = (id, method, params) => ({ jsonrpc: '2.0', id, method, params })
  const [a, b, c] = await send(JSON.stringify([call(1, 'eth_chainId'), call('x', 'eth_nothing'), call(3, 'eth_getBalance', [])]))
  assert.deepEqual(a, { jsonrpc: '2.0', id: 1, result: viem.toHex(chainId) })
  assert.deepEqual(b.error, { code: -32601, message: 'the method eth_nothing does not exist/is not available' })
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
