// What development nodes offer besides: time, sealing, snapshots, impersonation and state set by hand, by
// viem's test client as for Hardhat and as for anvil; and that what follows from no rules is refused a
// witness. node development.mjs PORT
import assert from 'node:assert/strict'
import { gunzipSync, gzipSync } from 'node:zlib'
import { check, end, exampleRequire, hiddenToken, mnemonic, port, result, send, until, url } from './tap.mjs'

const viem = exampleRequire('viem')
const { mnemonicToAccount } = exampleRequire('viem/accounts')
const transport = viem.http(url, { timeout: 120000, retryCount: 0 }) // mining twice is no answer
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
  assert.match((await send('evm_setNextBlockTimestamp', viem.toHex(at))).error.message,
    /timestamp must be later/)
  for (const method of ['evm_setNextBlockTimestamp', 'evm_increaseTime', 'evm_mine'])
    assert.match((await send(method, '0x7fffffffffffffff')).error.message, /more than/)
  assert.match((await send('evm_setAutomine', 'yes')).error.message, /true or false/)
})

await check('without automine transactions wait until a block is asked for', async () => {
  await hardhat.setAutomine(false)
  assert.equal(await hardhat.getAutomine(), false)
  const number = (await head()).number, nonce = await hardhat.getTransactionCount({ address: alice.address })
  const options = { account: alice, to: stranger, gas: 21000n }
  const [a, b] = [await hardhat.sendTransaction({ ...options, nonce }),
    await hardhat.sendTransaction({ ...options, nonce: nonce + 1 })]
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
  assert.equal(await result('anvil_setBalance', stranger, '340282366920938463463374607431768211456'), null)
  assert.equal(await hardhat.getBalance({ address: stranger }), 2n ** 128n)
  assert.match((await send('anvil_setBalance', stranger, `${2n ** 256n}`)).error.message, /without 0x prefix/)
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
  assert.match((await send('debug_executionWitness', viem.toHex(receipt.blockNumber))).error.message,
    /no proof/)
  const trace = await result('debug_traceTransaction', hash, { tracer: 'callTracer' })
  assert.equal(BigInt(trace.value), 5n)
  await hardhat.stopImpersonatingAccount({ address: stranger })
  const refused = await hardhat.sendTransaction({ account: stranger, to: alice.address }).then(() => null,
    (e) => e)
  assert.match(refused.message, /unknown account/)
})

await check('what an impersonated sender sent is refused as a raw transaction once it is not', async () => {
  const raw = viem.serializeTransaction({ chainId: 1337, type: 'eip1559', nonce: 10, gas: 21000n,
    to: alice.address,
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
  const request = await hardhat.prepareTransactionRequest({ account: alice, to: stranger, value: 1n, nonce,
    gas: 50000n })
  const receipt = await result('eth_sendRawTransactionSync', await alice.signTransaction(request))
  assert.equal(receipt.status, '0x1')
  await hardhat.setAutomine(false)
  const late = await send('eth_sendRawTransactionSync',
    await alice.signTransaction({ ...request, nonce: nonce + 1 }), '0x32')
  await hardhat.setAutomine(true)
  assert.equal(late.error.code, 4)
  await until('its receipt', () => result('eth_getTransactionReceipt', late.error.data))
})

await check('anvil_ and evm_ answer as anvil does, hardhat_ as Hardhat does', async () => {
  const later = (await head()).timestamp + 100000n
  const answers = [['setBalance', stranger, '0x1'], ['setNonce', stranger, '0x77'],
    ['setCode', stranger, '0x00'],
    ['impersonateAccount', stranger], ['setCoinbase', stranger], ['mine', '0x1'],
    ['setLoggingEnabled', true], ['setNextBlockBaseFeePerGas', '0x3b9aca00'],
      ['setPrevRandao', viem.toHex(1, { size: 32 })]]
  for (const [name, ...parameters] of answers) {
    assert.equal(await result(`anvil_${name}`, ...parameters), null, `anvil_${name}`)
    assert.equal(await result(`hardhat_${name}`, ...parameters), true, `hardhat_${name}`)
  }
  for (const [name, ...parameters] of [['setAutomine', true], ['setIntervalMining', 0],
    ['setNextBlockTimestamp', viem.toHex(later)],
    ['setBlockTimestampInterval', 1]])
    for (const prefix of ['evm_', 'anvil_'])
      assert.equal(await result(prefix + name, ...parameters), null, prefix + name)
  for (const name of ['anvil_setStorageAt', 'hardhat_setStorageAt'])
    assert.equal(await result(name, stranger, '0x0', viem.toHex(1, { size: 32 })), true)
  assert.deepEqual([await result('anvil_removeBlockTimestampInterval'),
    await result('anvil_removeBlockTimestampInterval')],
    [true, false])
  assert.equal(typeof await result('evm_increaseTime', 1), 'number')
  assert.equal(typeof await result('evm_setTime', viem.toHex(later)), 'number')
  assert.equal(await result('evm_mine'), '0x0')
  assert.deepEqual([await result('anvil_stopImpersonatingAccount', stranger),
    await result('anvil_stopImpersonatingAccount', stranger)],
    [null, null])
  const unknown = viem.toHex(3, { size: 32 })
  assert.deepEqual([await result('anvil_dropTransaction', unknown), await result('hardhat_dropTransaction',
    unknown)], [null, false])
  assert.match((await send('anvil_setMinGasPrice', '0x1')).error.message, /EIP-1559/)
})

await check('thousands of blocks are mined at once, each on its parent', async () => {
  const { number } = await head()
  await hardhat.mine({ blocks: 5000 })
  const after = await head()
  assert.equal(after.number, number + 5000n)
  const balance = await hardhat.getBalance({ address: stranger })
  for (const n of [number + 1n, number + 700n, number + 4096n, number + 4097n, after.number]) {
    assert.equal(await hardhat.getBalance({ address: stranger, blockNumber: n }), balance)
    const block = await hardhat.getBlock({ blockNumber: n })
    assert.equal(block.parentHash, (await hardhat.getBlock({ blockNumber: n - 1n })).hash)
    assert.ok((await hardhat.getProof({ address: stranger, storageKeys: [], blockNumber: n }))
      .accountProof.length > 0)
  }
  await result('evm_mine', { timestamp: viem.toHex(after.timestamp + 500n), blocks: 3 })
  const last = await head()
  assert.equal(last.number, after.number + 3n)
  assert.ok(last.timestamp >= after.timestamp + 500n && last.timestamp < after.timestamp + 510n)
})

await check('transactions go first when many blocks are asked for', async () => {
  await hardhat.setAutomine(false)
  const hash = await pay()
  const { number, timestamp } = await head()
  await hardhat.mine({ blocks: 10, interval: 60 })
  await hardhat.setAutomine(true)
  assert.equal((await hardhat.getTransactionReceipt({ hash })).blockNumber, number + 1n)
  const after = await head()
  assert.equal(after.number, number + 10n)
  assert.ok(after.timestamp >= timestamp + 540n)
})

await check('base fee and gas limit are chosen; blocks that the rules forbid say so', async () => {
  await result('anvil_setNextBlockBaseFeePerGas', viem.toHex(7000000000n))
  await result('eth_sendTransactionSync', { from: alice.address, to: stranger })
  const block = await head()
  assert.equal(block.baseFeePerGas, 7000000000n)
  assert.match((await send('debug_executionWitness', viem.toHex(block.number))).error.message,
    /follows from no rules/)
  const next = await (await pay(), head())
  assert.ok(next.baseFeePerGas < 7000000000n && next.extraData === '0x')
  assert.equal(await result('evm_setBlockGasLimit', '0x2625a00'), true)
  await pay()
  assert.deepEqual([(await head()).gasLimit, (await head()).extraData === '0x'], [40000000n, false])
  await pay()
  assert.deepEqual([(await head()).gasLimit, (await head()).extraData], [40000000n, '0x'])
})

await check('what can never pay the base fee is refused at once, and holds nothing up', async () => {
  const options = { account: alice, to: stranger, gas: 21000n }
  for (const gasPrice of ['0x0', '0x6', '0x7'])
    assert.match((await send('eth_sendTransaction', { from: alice.address, to: stranger, gas: '0x5208',
      gasPrice })).error.message,
      gasPrice === '0x7' ? /less than block base fee/ : /underpriced/)
  await hardhat.setAutomine(false)
  const waits = await hardhat.sendTransaction({ ...options, gasPrice: 7n }) // the base fee may fall so far
  assert.match((await send('eth_sendTransaction', { from: alice.address, to: stranger, gas: '0x5208',
    gasPrice: '0x6', nonce: '0x999' })).error.message,
    /underpriced/)
  assert.equal(await result('anvil_dropTransaction', waits), waits)
  await hardhat.setAutomine(true)
  await pay()
})

await check('a refusal says by how much, whoever chose the gas', async () => {
  const [from] = await result('eth_accounts'), refusal = async (tx) =>
    (await send('eth_sendTransaction', { from, to: stranger, ...tx })).error.message
  assert.match(await refusal({ value: viem.toHex(10n ** 24n) }),
    /^insufficient funds .*: balance \d+, tx cost \d+, overshot \d+$/)
  assert.match(await refusal({ gasPrice: '0x8' }),
    /^max fee per gas less than block base fee: address 0x\w+, maxFeePerGas: 8, baseFee: \d+$/)
  assert.match(await refusal({ gas: viem.toHex(20_000_000) }), /\(cap: 16777216, tx: 20000000\)$/)
})

await check('an account is given whole', async () => {
  const [who] = await result('eth_accounts')
  const proof = await result('eth_getProof', who, [], 'latest')
  const { nonce, balance, storageRoot, codeHash } = await result('eth_getAccount', who, 'latest')
  assert.deepEqual({ nonce, balance, storageHash: storageRoot, codeHash },
    (({ nonce, balance, storageHash, codeHash }) => ({ nonce, balance, storageHash, codeHash }))(proof))
  assert.deepEqual(await result('eth_getAccountInfo', who, 'latest'), { balance, nonce, code: '0x' })
})

await check('the pool is emptied: of one sender, of all, and by a reset', async () => {
  const other = (await result('eth_accounts'))[3]
  const fill = async () => {
    await result('anvil_setAutomine', false)
    for (const from of [alice.address, other]) await result('eth_sendTransaction',
      { from, to: stranger, gas: '0x5208' })
    assert.equal((await result('txpool_status')).pending, '0x2')
  }
  await fill()
  await result('anvil_removePoolTransactions', other)
  assert.equal((await result('txpool_status')).pending, '0x1')
  await result('anvil_dropAllTransactions')
  await fill()
  await result('hardhat_reset')
  assert.deepEqual(await result('txpool_status'), { pending: '0x0', queued: '0x0' })
  assert.deepEqual([await result('eth_blockNumber'), await result('hardhat_getAutomine')], ['0x0', true])
  const hash = await result('eth_sendTransaction', { from: alice.address, to: other, value: '0x5' })
  const receipt = await hardhat.waitForTransactionReceipt({ hash })
  assert.deepEqual([receipt.status, receipt.gasUsed, receipt.blockNumber], ['success', 21000n, 1n])
})

await check('no snapshot is named twice, and blocks are taken back by their count', async () => {
  const [a, b] = [await result('evm_snapshot'), await result('evm_snapshot')]
  assert.equal(await result('evm_revert', a), true)
  await hardhat.mine({ blocks: 1 })
  const later = [await result('evm_snapshot'), await result('anvil_snapshot')]
  assert.equal(new Set([a, b, ...later]).size, 4)
  await hardhat.mine({ blocks: 3 })
  assert.equal(await result('evm_revert', b), false)
  const { number } = await head()
  assert.equal(await result('anvil_rollback', 2), null)
  assert.equal((await head()).number, number - 2n)
  assert.match((await send('anvil_rollback', 100000)).error.message, /cannot go back/)
})

await check('blocks are replaced by others, with what they are to have', async () => {
  await hardhat.mine({ blocks: 3 })
  const { number } = await head(), other = '0x00000000000000000000000000000000000000b5'
  const before = await hardhat.getBlock({ blockNumber: number - 1n }), snapshot = await result('evm_snapshot')
  const pay = { from: alice.address, to: other }
  const nonce = await hardhat.getTransactionCount({ address: alice.address })
  const raw = await alice.signTransaction({ chainId: 1337, to: other, value: 4n, nonce: nonce + 2,
    gas: 21000n, gasPrice: 10n ** 10n })
  assert.equal(await result('anvil_reorg', 2, [[{ ...pay, value: '0x1' }, 0], [{ ...pay, value: '0x2' }, 0],
    [raw, 1]]), null)
  assert.equal((await head()).number, number)
  const [first, second] = [await hardhat.getBlock({ blockNumber: number - 1n }), await head()]
  assert.deepEqual([first.transactions.length, second.transactions.length], [2, 1])
  assert.deepEqual([first.parentHash, second.parentHash], [before.parentHash, first.hash])
  assert.equal(await hardhat.getBalance({ address: other }), 7n)
  assert.equal(await result('evm_revert', snapshot), false) // what it stood for is gone
  const named = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
    // As alloy sends it.
    jsonrpc: '2.0', id: 1, method: 'anvil_reorg', params: { tx_block_pairs: [], depth: 1 } }) })
  assert.equal((await named.json()).result, null)
  assert.notEqual((await head()).hash, second.hash)
  for (const [depth, pairs, complaint] of [[1, [[pay, 1]], /must not exceed \(depth-1\) 0/],
    [100000, [], /must not exceed current/],
    [0, [], /must not be 0/], [1, [['0x1234', 0]], /Failed to decode transaction/],
      [1, [[{ ...pay, from: other }, 0]], /No Signer available/]])
    assert.match((await send('anvil_reorg', depth, pairs)).error.message, complaint)
  await pay_instantly()
  async function pay_instantly() { // blocks come by themselves as before
    const { number } = await head()
    await result('eth_sendTransaction', { ...pay, value: '0x1' })
    assert.equal((await head()).number, number + 1n)
  }
})

const tokenAbi = viem.parseAbi(['function balanceOf(address) view returns (uint256)',
  'function allowance(address, address) view returns (uint256)'])

await check('tokens are dealt, wherever the token keeps them', async () => {
  const token = '0x00000000000000000000000000000000000070c3', who = alice.address
  await anvil.setCode({ address: token, bytecode: hiddenToken })
  const read = (functionName, ...args) => anvil.readContract({ address: token, abi: tokenAbi, functionName,
    args })
  assert.equal(await result('anvil_dealERC20', who, token, viem.toHex(10n ** 30n)), null)
  assert.equal(await read('balanceOf', who), 10n ** 30n)
  assert.equal(await read('balanceOf', stranger), 0n)
  assert.equal(await result('anvil_setERC20Allowance', who, stranger, token, '0x7'), null)
  assert.deepEqual([await read('allowance', who, stranger), await read('allowance', stranger, who)], [7n, 0n])
  assert.match((await send('anvil_dealERC20', who, stranger, '0x5')).error.message,
    /Unable to set ERC20 balance, no slot found/)
})

await check('a state is taken out whole and put back, in the form that anvil has', async () => {
  const key = viem.keccak256(viem.toHex(77)), other = '0x00000000000000000000000000000000000000b6'
  await anvil.setCode({ address: other, bytecode: code })
  await anvil.setStorageAt({ address: other, index: key, value: viem.toHex(5, { size: 32 }) })
  const dump = await result('anvil_dumpState')
  const state = JSON.parse(gunzipSync(Buffer.from(dump.slice(2), 'hex')))
  assert.equal(BigInt(state.block.number), (await head()).number)
  assert.deepEqual(state.accounts[other], { nonce: 0, balance: '0x0', code,
    storage: { [key]: viem.toHex(5, { size: 32 }) } })
  assert.equal(BigInt(state.accounts[alice.address.toLowerCase()].balance),
    await anvil.getBalance({ address: alice.address }))
  assert.equal(state.blocks.at(-1).header.stateRoot, (await head()).stateRoot)
  // All of it, from what is there to what was.
  await anvil.setStorageAt({ address: other, index: key, value: viem.toHex(6, { size: 32 }) })
  await anvil.setBalance({ address: other, value: 9n })
  await anvil.reset()
  assert.equal(await result('hardhat_loadState', dump), true)
  const again = JSON.parse(gunzipSync(Buffer.from((await result('hardhat_dumpState')).slice(2), 'hex')))
  // Go on with blocks.
  const ring = ['0x000f3df6d732807ef1319fb7b8bb8522d0beac02', '0x0000f90827f1c53a10cb7a02335b175320002935']
  for (const { accounts } of [state, again]) ring.forEach((address) => delete accounts[address])
  assert.deepEqual(again.accounts, state.accounts)
  // Not packed, and what is none.
  const plain = (json) => viem.toHex(JSON.stringify(json))
  assert.equal(await result('anvil_loadState',
    plain({ accounts: { [other]: { nonce: 3, balance: '0x7', code: '0x', storage: {} } } })), true)
  assert.equal(await anvil.getBalance({ address: other }), 7n)
  for (const bad of ['0x', '0x1234', plain([]), plain({ accounts: 7 }), '0x1f8b08', dump.slice(0, -200)])
    assert.match((await send('anvil_loadState', bad)).error.message, /Failed to decode state dump/)
  assert.match((await send('anvil_loadState', plain({ accounts: { '0x12': {} } }))).error.message,
    /want 40 for common.Address/)
  const bomb = '0x' + gzipSync(Buffer.alloc(65 << 20, 32)).toString('hex')
  assert.match((await send('anvil_loadState', bomb)).error.message, /Failed to decode state dump/)
  assert.equal(await result('eth_coinbase'), '0x0000000000000000000000000000000000000000')
})

await check('an unsigned transaction is sent for anybody, once', async () => {
  await hardhat.setBalance({ address: stranger, value: viem.parseEther('1') })
  await hardhat.setCode({ address: stranger, bytecode: '0x' })
  const hash = await result('eth_sendUnsignedTransaction', { from: stranger, to: alice.address,
    value: '0x1' })
  assert.equal(viem.getAddress((await hardhat.waitForTransactionReceipt({ hash })).from), stranger)
  assert.match((await send('eth_sendTransaction', { from: stranger, to: alice.address })).error.message,
    /unknown account/)
  assert.equal((await result('eth_sendTransactionSync', { from: alice.address, to: stranger })).status, '0x1')
})

await check('pending transactions are announced whole whether or not they are sealed at once', async () => {
  const id = await result('eth_newPendingTransactionFilter', true)
  const seen = []
  const socket = viem.createPublicClient({ chain, transport: viem.webSocket(url.replace('http', 'ws')) })
  const { unsubscribe } = await socket.transport.subscribe({ params: ['newPendingTransactions', true],
    onData: (data) => seen.push(data.result) })
  const hashes = [await pay()]
  await hardhat.setAutomine(false)
  hashes.push(await pay())
  await until('both', () => seen.length === 2)
  for (const transactions of [seen, await result('eth_getFilterChanges', id)])
    assert.deepEqual(transactions.map((t) => [t.hash, t.blockHash, t.from]),
      hashes.map((h) => [h, null, alice.address.toLowerCase()]))
  await unsubscribe()
  await hardhat.setAutomine(true)
})

await check('the genesis has what tools expect at its usual address', async () => {
  const deployer = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
  const init = '0x60015f5360015ff3', salt = viem.toHex(9, { size: 32 })
  await hardhat.waitForTransactionReceipt({ hash: await hardhat.sendTransaction({ account: alice,
    to: deployer,
    data: viem.concat([salt, init]) }) })
  const made = viem.getCreate2Address({ from: deployer, salt, bytecode: init })
  assert.equal(await hardhat.getCode({ address: made }), '0x01')
  const multicall3 = '0xcA11bde05977b3631167028862bE2a173976CA11'
  const [answer] = await hardhat.multicall({ allowFailure: false, multicallAddress: multicall3,
    contracts: [{ address: multicall3,
    abi: viem.parseAbi(['function getEthBalance(address) view returns (uint256)']),
      functionName: 'getEthBalance', args: [stranger] }] })
  assert.equal(answer, await hardhat.getBalance({ address: stranger }))
  const permit2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3'
  assert.equal(await hardhat.readContract({ address: permit2, functionName: 'DOMAIN_SEPARATOR',
    abi: viem.parseAbi(['function DOMAIN_SEPARATOR() view returns (bytes32)']) }), viem.hashDomain({
    domain: { name: 'Permit2', chainId: 1337n, verifyingContract: permit2 }, types: { EIP712Domain: [
      { name: 'name', type: 'string' }, { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract',
        type: 'address' }] } }))
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
