// ethers against a development node: deploys, reads, writes, watches by polling and by WebSocket, signs,
// sends of every type that an L2 takes. One line of TAP for each thing seen. node ethers.mjs PORT
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { check, compile, end, mnemonic, port, require, send, sleep, tokenSource, until, url } from './tap.mjs'

const { ethers } = require('ethers')
const provider = new ethers.JsonRpcProvider(url, undefined, { cacheTimeout: -1, batchMaxCount: 50 })
provider.pollingInterval = 50
const signer = (i) => ethers.HDNodeWallet.fromPhrase(mnemonic, undefined, `m/44'/60'/0'/0/${i}`)
  .connect(provider)
const [alice, bob, carol] = [0, 1, 2].map(signer)
const { Probe, Token } = compile({ 'Probe.sol': readFileSync(new URL('Probe.sol', import.meta.url), 'utf8'),
  'Token.sol': tokenSource() })
const mined = async (sent) => {
  const receipt = await (await sent).wait(1, 10_000)
  assert.equal(receipt.status, 1)
  return receipt
}
const failure = (promise) => promise.then(() => assert.fail('it did not fail'), (error) => error)
let probe, token

await check('the network is found, and accounts are funded', async () => {
  assert.equal((await provider.getNetwork()).chainId, 1337n)
  assert.ok((await provider.getBalance(alice)) > ethers.parseEther('1000'))
  const listed = await (await provider.getSigner(0)).getAddress()
  assert.equal(listed, alice.address)
})

await check('contracts are deployed, one with a value and an argument', async () => {
  probe = await new ethers.ContractFactory(Probe.abi, Probe.bytecode, alice).deploy(7, { value: 5n })
  await probe.waitForDeployment()
  token = await new ethers.ContractFactory(Token.abi, Token.bytecode, alice).deploy(1_000_000n)
  await token.waitForDeployment()
  assert.equal(await provider.getBalance(probe), 5n)
  assert.equal(await probe.course(), 7n)
  assert.equal(await token.getAddress(), ethers.getCreateAddress({ from: alice.address, nonce: 1 }))
})

await check('what is written is read, with its event', async () => {
  const receipt = await mined(probe.lay(42, 'keystone'))
  assert.equal(receipt.logs[0].fragment.name, 'Laid')
  assert.deepEqual([...receipt.logs[0].args].slice(1), [8n, 'keystone'])
  assert.deepEqual([...(await probe.stones(alice.address))], [42n, 'keystone'])
  const events = await probe.queryFilter(probe.filters.Laid(alice.address, 8))
  assert.equal(events.length, 1)
  assert.equal((await events[0].getTransactionReceipt()).hash, receipt.hash)
})

await check('reasons, custom errors and panics are told, by calls, estimates and transactions', async () => {
  const plain = await failure(probe.refuse('not square'))
  assert.deepEqual([plain.code, plain.reason], ['CALL_EXCEPTION', 'not square'])
  const custom = await failure(probe.lay.staticCall(101, ''))
  assert.equal(custom.revert.name, 'TooHeavy')
  assert.deepEqual([...custom.revert.args], [101n, 100n])
  const estimated = await failure(probe.lay.estimateGas(102, ''))
  assert.equal(probe.interface.parseError(estimated.data).name, 'TooHeavy')
  const panic = await failure(probe.overflow(1))
  assert.match(panic.reason, /Panic.*0x11|OVERFLOW/)
  const sent = await probe.lay(103, '', { gasLimit: 100000 })
  const reverted = await failure(sent.wait())
  assert.equal(reverted.receipt.status, 0)
  const unsent = await failure(token.transfer(bob, 10n ** 30n)) // by its estimate
  assert.equal(token.interface.parseError(unsent.data).name, 'ERC20InsufficientBalance')
})

await check('a call that never ends is ended', async () => {
  const spun = await probe.spin({ gasLimit: 1_000_000 })
  assert.ok(spun > 1000n)
})

await check('fees are estimated, and what is paid keeps to them', async () => {
  const fee = await provider.getFeeData()
  assert.ok(fee.maxFeePerGas > fee.maxPriorityFeePerGas && fee.gasPrice > 0n)
  const before = await provider.getBalance(carol)
  const receipt = await mined(carol.sendTransaction({ to: bob, value: 3n }))
  assert.equal(receipt.gasUsed, 21000n)
  assert.equal(before - await provider.getBalance(carol), 3n + receipt.fee)
  assert.ok(receipt.gasPrice <= fee.maxFeePerGas)
  const history = await provider.send('eth_feeHistory', ['0x4', 'latest', [25, 75]])
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1)
})

await check('transactions of types 0, 1 and 2 are taken, a blob transaction is refused clearly', async () => {
  const { gasPrice } = await provider.getFeeData()
  const accessList = [{ address: await probe.getAddress(), storageKeys: [ethers.ZeroHash] }]
  for (const fields of [{ type: 0, gasPrice }, { type: 1, gasPrice, accessList }, { type: 2, accessList }]) {
    const { hash } = await mined(alice.sendTransaction({ to: probe, value: 1n, ...fields }))
    const back = await provider.getTransaction(hash)
    assert.equal(back.type, fields.type)
    assert.equal(back.from, alice.address)
    assert.equal(ethers.Transaction.from(back).hash, hash) // signed over exactly these fields
  }
})

await check('an account delegates its code by EIP-7702, and takes it back', async () => {
  const delegate = async (address) => {
    const auth = await carol.authorize({ address, nonce: await carol.getNonce() })
    await mined(alice.sendTransaction({ type: 4, to: bob, authorizationList: [auth] }))
  }
  const address = await probe.getAddress()
  await delegate(address)
  assert.equal(await provider.getCode(carol), ethers.concat(['0xef0100', address]))
  await mined(probe.attach(carol.address).connect(bob).lay(1, 'mine'))
  assert.equal((await probe.attach(carol.address).stones(bob.address)).name, 'mine')
  await delegate(ethers.ZeroAddress)
  assert.equal(await provider.getCode(carol), '0x')
})

await check('sixty transactions sent at once are all mined, with nonces in order', async () => {
  const manager = new ethers.NonceManager(bob)
  const first = await provider.getTransactionCount(bob, 'pending')
  const sent = await Promise.all(Array.from({ length: 60 }, (_, i) =>
    manager.sendTransaction({ to: carol.address, value: BigInt(i), gasLimit: 21000 })))
  const receipts = await Promise.all(sent.map((tx) => tx.wait(1, 20_000)))
  assert.ok(receipts.every((r) => r.status === 1))
  assert.deepEqual(sent.map((tx) => tx.nonce).sort((a, b) => a - b), sent.map((_, i) => first + i))
})

await check('the wait for a transaction sees it replaced by one that pays more', async () => {
  await provider.send('evm_setAutomine', [false])
  const nonce = await bob.getNonce()
  const { maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData()
  const fields = { nonce, gasLimit: 21000, to: carol.address, maxFeePerGas, maxPriorityFeePerGas }
  const old = await bob.sendTransaction({ ...fields, value: 1n })
  const cheap = await failure(bob.sendTransaction({ ...fields, value: 2n }))
  assert.equal(cheap.code, 'REPLACEMENT_UNDERPRICED')
  const waiting = failure(old.wait(1, 10_000))
  await sleep(300) // it knows of new blocks only once it has seen the first
  const better = await bob.sendTransaction({ ...fields, value: 3n, maxFeePerGas: 2n * maxFeePerGas,
    maxPriorityFeePerGas: 2n * maxPriorityFeePerGas })
  await provider.send('evm_mine', [])
  await provider.send('evm_setAutomine', [true])
  const replaced = await waiting
  assert.deepEqual([replaced.code, replaced.reason, replaced.replacement.hash],
    ['TRANSACTION_REPLACED', 'replaced', better.hash])
})

await check('errors are of the kinds that ethers knows', async () => {
  assert.equal((await failure(bob.sendTransaction({ to: carol, nonce: 0, gasLimit: 21000 }))).code,
    'NONCE_EXPIRED')
  const poor = ethers.Wallet.createRandom().connect(provider)
  assert.equal((await failure(poor.sendTransaction({ to: carol, value: 1n, gasLimit: 21000 }))).code,
    'INSUFFICIENT_FUNDS')
  assert.equal((await failure(poor.sendTransaction({ to: carol, value: 1n }))).code, 'INSUFFICIENT_FUNDS')
})

await check('messages and typed data are signed by the node, and verify', async () => {
  const unlocked = await provider.getSigner(bob.address)
  const signature = await unlocked.signMessage('hewn')
  assert.equal(ethers.verifyMessage('hewn', signature), bob.address)
  const domain = { name: 'Ashlar', version: '1', chainId: 1337, verifyingContract: await probe.getAddress() }
  const types = { Order: [{ name: 'stones', type: 'Stone[]' }, { name: 'by', type: 'address' },
    { name: 'note', type: 'string' }, { name: 'urgent', type: 'bool' }, { name: 'plan', type: 'bytes' }],
  Stone: [{ name: 'weight', type: 'uint256' }, { name: 'marks', type: 'bytes3[2]' },
    { name: 'shift', type: 'int8' },
    { name: 'at', type: 'Place' }], Place: [{ name: 'x', type: 'int256' }] }
  const value = { by: alice.address, note: 'für den Bogen', urgent: true, plan: '0x0102', stones: [
    { weight: 2n ** 256n - 1n, marks: ['0x010203', '0x040506'], shift: -128, at: { x: -(2n ** 255n) } },
    { weight: 0, marks: ['0x000000', '0xffffff'], shift: 127, at: { x: 2n ** 255n - 1n } }] }
  assert.equal(ethers.verifyTypedData(domain, types, value, await unlocked.signTypedData(domain, types,
    value)), bob.address)
  assert.equal(await unlocked.signTypedData(domain, types, value), await bob.signTypedData(domain, types,
    value))
  const wrong = (shift) => send('eth_signTypedData_v4', bob.address, { primaryType: 'S', domain: {},
    message: { shift },
    types: { EIP712Domain: [], S: [{ name: 'shift', type: 'int8' }] } })
  assert.match((await wrong(-129)).error.message, /too large for "int8"/)
  assert.match((await wrong('12x')).error.message, /not of type "int8"/)
  assert.match((await wrong()).error.message, /no value for "shift"/)
})

await check('a proof of a slot leads to the root of its block', async () => {
  const block = await provider.getBlock('latest')
  const proof = await provider.send('eth_getProof', [await probe.getAddress(), ['0x0'],
    ethers.toQuantity(block.number)])
  assert.equal(ethers.keccak256(proof.accountProof[0]), block.stateRoot)
  assert.equal(BigInt(proof.storageProof[0].value), await probe.course())
})

await check('blocks come with their transactions', async () => {
  const receipt = await mined(alice.sendTransaction({ to: bob, value: 1n }))
  const block = await provider.getBlock(receipt.blockNumber, true)
  assert.equal(block.prefetchedTransactions[0].hash, receipt.hash)
  assert.equal((await block.getTransaction(0)).hash, receipt.hash)
  assert.equal((await provider.getBlock(block.hash)).parentHash, block.parentHash)
  assert.equal(await provider.getBlock(10 ** 9), null)
})

for (const [name, open] of [['polling', () => provider],
  ['WebSocket', () => new ethers.WebSocketProvider(`ws://127.0.0.1:${port}`)]])
  await check(`blocks, pending transactions and events are watched by ${name}`, async () => {
    const watcher = open()
    const seen = { blocks: [], pending: [], events: [] }
    const contract = probe.connect(watcher)
    await watcher.on('block', (n) => seen.blocks.push(n))
    await watcher.on('pending', (h) => seen.pending.push(h))
    await contract.on('Laid', (by, course, text) => seen.events.push(text))
    await sleep(300)
    const receipt = await mined(probe.lay(1, `by ${name}`))
    await until('block, pending transaction and event', () => seen.blocks.includes(receipt.blockNumber) &&
      seen.pending.includes(receipt.hash) && seen.events.includes(`by ${name}`))
    await contract.removeAllListeners()
    await watcher.removeAllListeners()
    if (watcher !== provider) await watcher.destroy()
  })

end()
