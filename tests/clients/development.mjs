// What development nodes offer besides: time, sealing, snapshots, impersonation and state set by hand, by viem's test client
// as for Hardhat and as for anvil; and that what follows from no rules is refused a witness. node development.mjs PORT
import assert from 'node:assert/strict'
import { check, end, exampleRequire, mnemonic, port, result, send, until, url } from './tap.mjs'

const viem = exampleRequire('viem')
const { mnemonicToAccount } = exampleRequire('viem/accounts')
const transport = viem.http(url)
const chain = viem.defineChain({ id: 1337, name: 'development', rpcUrls: { default: { http: [url] } },
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } })
const make = (mode) => viem.createTestClient({ mode, chain, transport, pollingInterval: 50 })
  .extend(viem.publicActions).extend(viem.walletActions)
const hardhat = make('hardhat'), anvil = make('anvil')
const alice = mnemonicToAccount(mnemonic)
const stranger = viem.getAddress('0x00000000000000000000000000000000000a11ce')
// Returns the first slot: PUSH0 SLOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
const code = '0x5f545f5260205ff3'
const pay = (value = 1n) => hardhat.sendTransaction({ account: alice, to: stranger, value })
const head = () => hardhat.getBlock()

await check('blocks are mined on demand, spaced as asked', async () => {
  const before = await head()
  await hardhat.mine({ blocks: 5, interval: 60 })
  const after = await head()
  assert.equal(after.number, before.number + 5n)
  assert.ok(after.timestamp >= before.timestamp + 240n)
  await anvil.mine({ blocks: 1 })
  assert.equal((await head()).number, before.number + 6n)
})

await check('time goes on from where it is set', async () => {
  const at = (await head()).timestamp + 1000n
  await hardhat.setNextBlockTimestamp({ timestamp: at })
  await pay()
  assert.equal((await head()).timestamp, at)
  await hardhat.increaseTime({ seconds: 500 })
  await pay()
  const later = (await head()).timestamp
  assert.ok(later >= at + 500n && later < at + 600n, `${later} after ${at}`)
  assert.match((await send('evm_setNextBlockTimestamp', viem.toHex(at))).error.message, /timestamp must be later/)
  for (const method of ['evm_setNextBlockTimestamp', 'evm_increaseTime', 'evm_mine'])
    assert.match((await send(method, '0x7fffffffffffffff')).error.message, /more than/)
  assert.match((await send('evm_setAutomine', 'yes')).error.message, /true or false/)
})

await check('without automine transactions wait until a block is asked for', async () => {
  await hardhat.setAutomine(false)
  assert.equal(await hardhat.getAutomine(), false)
  const number = (await head()).number, nonce = await hardhat.getTransactionCount({ address: alice.address })
  const options = { account: alice, to: stranger, gas: 21000n }
  const [a, b] = [await hardhat.sendTransaction({ ...options, nonce }), await hardhat.sendTransaction({ ...options, nonce: nonce + 1 })]
  assert.equal((await head()).number, number)
  await hardhat.dropTransaction({ hash: b })
  assert.equal((await result('txpool_status')).pending, '0x1')
  await hardhat.mine({ blocks: 1 })
  assert.deepEqual((await head()).transactions, [a])
  await hardhat.setAutomine(true)
})

await check('blocks come by time where that is asked for', async () => {
  const { number } = await head()
  await hardhat.setIntervalMining({ interval: 1 })
  await until('two blocks', async () => (await head()).number >= number + 2n)
  await hardhat.setIntervalMining({ interval: 0 })
})

await check('the chain is set back to its genesis', async () => {
  await anvil.reset()
  assert.equal((await head()).number, 0n)
  assert.equal(await hardhat.getTransactionCount({ address: alice.address }), 0)
  assert.match((await send('hardhat_reset', { forking: { jsonRpcUrl: url } })).error.message, /forking/)
})

await check('the coinbase and prevRandao of a block are chosen, and it has a witness', async () => {
  await hardhat.setCoinbase({ address: stranger })
  await result('hardhat_setPrevRandao', viem.toHex(7, { size: 32 }))
  const before = await hardhat.getBalance({ address: stranger })
  await pay(0n)
  const block = await head()
  assert.equal(viem.getAddress(block.miner), stranger)
  assert.equal(BigInt(block.mixHash), 7n)
  assert.ok((await hardhat.getBalance({ address: stranger })) > before)
  assert.ok((await result('debug_executionWitness', viem.toHex(block.number))).state.length > 0)
})

let forced
await check('balance, nonce, code and storage are set by hand', async () => {
  await hardhat.setBalance({ address: stranger, value: 123n })
  await anvil.setNonce({ address: stranger, nonce: 9 })
  await anvil.setCode({ address: stranger, bytecode: code })
  await hardhat.setStorageAt({ address: stranger, index: 0, value: viem.toHex(77, { size: 32 }) })
  assert.equal(await hardhat.getBalance({ address: stranger }), 123n)
  assert.equal(await hardhat.getTransactionCount({ address: stranger }), 9)
  assert.equal(await hardhat.getCode({ address: stranger }), code)
  assert.equal(BigInt((await hardhat.call({ to: stranger })).data), 77n)
  forced = await head()
  const proof = await hardhat.getProof({ address: stranger, storageKeys: [viem.toHex(0, { size: 32 })] })
  assert.equal(viem.keccak256(proof.accountProof[0]), forced.stateRoot)
  assert.equal(proof.storageProof[0].value, 77n)
})

await check('such a block says so and has no witness; the next one has', async () => {
  assert.equal(viem.hexToString(forced.extraData), 'state set by development method')
  const refused = await send('debug_executionWitness', viem.toHex(forced.number))
  assert.match(refused.error.message, /follows from no rules/)
  await pay(0n)
  const block = await head()
  assert.equal(block.extraData, '0x')
  assert.ok((await result('debug_executionWitness', viem.toHex(block.number))).state.length > 0)
})

await check('an impersonated contract sends, without a signature that anybody could have made', async () => {
  await hardhat.setBalance({ address: stranger, value: viem.parseEther('1') })
  await hardhat.impersonateAccount({ address: stranger })
  const hash = await hardhat.sendTransaction({ account: stranger, to: alice.address, value: 5n })
  const receipt = await hardhat.waitForTransactionReceipt({ hash })
  assert.equal(receipt.status, 'success')
  assert.equal(viem.getAddress(receipt.from), stranger)
  const tx = await hardhat.getTransaction({ hash })
  assert.equal(BigInt(tx.s), 0n)
  assert.equal(viem.getAddress(tx.from), stranger)
  assert.match((await send('debug_executionWitness', viem.toHex(receipt.blockNumber))).error.message, /no proof/)
  const trace = await result('debug_traceTransaction', hash, { tracer: 'callTracer' })
  assert.equal(BigInt(trace.value), 5n)
  await hardhat.stopImpersonatingAccount({ address: stranger })
  const refused = await hardhat.sendTransaction({ account: stranger, to: alice.address }).then(() => null, (e) => e)
  assert.match(refused.message, /unknown account/)
})

await check('what an impersonated sender sent is refused as a raw transaction once it is not', async () => {
  const raw = viem.serializeTransaction({ chainId: 1337, type: 'eip1559', nonce: 10, gas: 21000n, to: alice.address,
    maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n },
  { r: viem.pad(stranger), s: viem.toHex(0, { size: 32 }), yParity: 0 })
  assert.match((await send('eth_sendRawTransaction', raw)).error.message, /invalid sender/)
})

await check('snapshots take back blocks, state set by hand, and time', async () => {
  const before = await head(), balance = await hardhat.getBalance({ address: stranger })
  const id = await hardhat.snapshot()
  await hardhat.setBalance({ address: stranger, value: 1n })
  await hardhat.increaseTime({ seconds: 100000 })
  await pay()
  await hardhat.revert({ id })
  assert.equal((await head()).hash, before.hash)
  assert.equal(await hardhat.getBalance({ address: stranger }), balance)
  await pay()
  assert.ok((await head()).timestamp < before.timestamp + 50000n)
  assert.equal(await result('evm_revert', id), false)
})

await check('a raw transaction is answered with its receipt (EIP-7966)', async () => {
  const nonce = await hardhat.getTransactionCount({ address: alice.address })
  const request = await hardhat.prepareTransactionRequest({ account: alice, to: stranger, value: 1n, nonce, gas: 50000n })
  const receipt = await result('eth_sendRawTransactionSync', await alice.signTransaction(request))
  assert.equal(receipt.status, '0x1')
  await hardhat.setAutomine(false)
  const late = await send('eth_sendRawTransactionSync',
    await alice.signTransaction({ ...request, nonce: nonce + 1 }), '0x32')
  await hardhat.setAutomine(true)
  assert.equal(late.error.code, 4)
  await until('its receipt', () => result('eth_getTransactionReceipt', late.error.data))
})

await check('headers are given without their blocks', async () => {
  const block = await head()
  const header = await result('eth_getHeaderByNumber', viem.toHex(block.number))
  assert.deepEqual(await result('eth_getHeaderByHash', block.hash), header)
  assert.equal(header.stateRoot, block.stateRoot)
  assert.equal(header.transactions, undefined)
})

await check('tools are told what node this is', async () => {
  const about = await result('hardhat_metadata'), info = await result('anvil_nodeInfo')
  assert.equal(about.clientVersion, await result('web3_clientVersion'))
  assert.deepEqual([about.chainId, info.environment.chainId], [1337, 1337])
  assert.equal(about.latestBlockHash, info.currentBlockHash)
  assert.match(about.instanceId, /^0x[0-9a-f]{64}$/)
})

end()
