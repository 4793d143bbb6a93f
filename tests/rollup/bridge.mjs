// A rollup's bridge as its users see it, by viem, by ethers and by this repository's commands, on an L1 and a node of L2:
// node bridge.mjs L1_URL L2_URL ROLLUP_FILE ASHLAR FOLDER_WITH_KEYS. One line of TAP for each thing seen.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, compile, end, exampleRequire, mnemonic, require, sleep } from '../clients/tap.mjs'

const viem = exampleRequire('viem'), { mnemonicToAccount } = exampleRequire('viem/accounts')
const ethers = require('ethers')
const [l1Url, l2Url, rollupFile, ashlar, keys] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const { contracts: at } = JSON.parse(readFileSync(rollupFile))
const abiOf = (name) => JSON.parse(readFileSync(`build/contracts/${name}.json`)).abi
const [queueAbi, bridgeAbi, rollupAbi, passerAbi, l2BridgeAbi] =
  ['Queue', 'Bridge', 'Rollup', 'MessagePasser', 'L2Bridge'].map(abiOf)
const PASSER = '0x4200000000000000000000000000000000000016', L2_BRIDGE = '0x4200000000000000000000000000000000000010'
const { Coin, FeeCoin, Refuses, Several } = compile({ 'Bridged.sol': readFileSync(join(here, 'Bridged.sol'), 'utf8') })
const ether = viem.parseEther

async function until(what, holds, seconds = 90) {
  for (const last = Date.now() + 1000 * seconds; Date.now() < last; await sleep(300)) {
    const found = await holds()
    if (found) return found
  }
  assert.fail(`never came: ${what}`)
}

// ---- viem: one account on both chains ----
const account = mnemonicToAccount(mnemonic, { addressIndex: 5 })
const chain = (id, url) => ({ id, name: `chain ${id}`, nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [url] } } })
const clientOf = (id, url) => viem.createWalletClient({ account, chain: chain(id, url), transport: viem.http(url) })
  .extend(viem.publicActions)
const l1 = clientOf(31337, l1Url), l2 = clientOf(1337, l2Url)
const mined = async (on, hash) => {
  const receipt = await on.waitForTransactionReceipt({ hash, pollingInterval: 200, timeout: 60000 })
  assert.equal(receipt.status, 'success')
  return receipt
}
const write = async (on, address, abi, functionName, args, value = 0n) =>
  mined(on, await on.writeContract({ address, abi, functionName, args, value }))
const read = (on, address, abi, functionName, args = []) => on.readContract({ address, abi, functionName, args })
const ashlarRpc = (method, ...params) => l2.request({ method: `ashlar_${method}`, params })
const claimArgs = (w) => {
  const p = w.post
  return [BigInt(w.batch), { stateRoot: p.stateRoot, blockHash: p.blockHash, withdrawalRoot: p.withdrawalRoot,
    batchTree: p.batchTree, lastBlock: BigInt(p.lastBlock), lastTime: BigInt(p.lastTime),
    queueIndex: BigInt(p.queueIndex) }, BigInt(w.index), w.from, w.to, BigInt(w.value), w.data, w.path]
}
const proven = (hash) => until('a proof', async () => {
  const all = await ashlarRpc('getWithdrawal', hash)
  return all.length > 0 && all.every((w) => w.status === 'proven') && all
})
const refuses = (promise, pattern) => assert.rejects(promise, (e) => pattern.test(e.message) ||
  assert.fail(`another refusal: ${e.message}`))

await check('viem: a deposit arrives, to the wei', async () => {
  const gas = 100000n, fee = await read(l1, at.queue, queueAbi, 'fee', [gas])
  const receipt = await write(l1, at.queue, queueAbi, 'send', [account.address, false, ether('3'), gas, '0x'],
    ether('3') + fee)
  const [event] = viem.parseEventLogs({ abi: queueAbi, logs: receipt.logs, eventName: 'Enqueued' })
  await until('the deposit', async () => await l2.getBalance(account) === ether('3'))
  const item = await ashlarRpc('getQueueItem', viem.toHex(event.args.index))
  assert.deepEqual([item.sender, item.to, BigInt(item.mint), BigInt(item.fee), item.status !== 'queued'],
    [account.address.toLowerCase(), account.address.toLowerCase(), ether('3'), fee, true])
  const tx = await l2.request({ method: 'eth_getTransactionByHash', params: [item.transaction] })
  assert.equal(tx.blockNumber, item.block)
  assert.equal(await ashlarRpc('getQueueItem', '0xffff'), null)
})

let withdrawn
await check('viem: a withdrawal is claimed by what the node says, once', async () => {
  const { transactionHash } = await write(l2, PASSER, passerAbi, 'initiateWithdrawal', [account.address, '0x1234'],
    ether('0.5'))
  withdrawn = transactionHash
  const [waiting] = await ashlarRpc('getWithdrawal', transactionHash)
  assert.ok(['sealed', 'committed'].includes(waiting.status) && waiting.path === undefined, JSON.stringify(waiting))
  const [w] = await proven(transactionHash)
  const before = await l1.getBalance(account)
  const receipt = await write(l1, at.bridge, bridgeAbi, 'claim', claimArgs(w))
  assert.equal(await l1.getBalance(account) - before + receipt.gasUsed * receipt.effectiveGasPrice, ether('0.5'))
  await refuses(l1.simulateContract({ address: at.bridge, abi: bridgeAbi, functionName: 'claim', args: claimArgs(w),
    account }), /ClaimedAlready/)
  const [done] = await until('that it is claimed', async () => {
    const all = await ashlarRpc('getWithdrawal', transactionHash)
    return all[0].status === 'claimed' && all
  })
  assert.equal(done.why, `claimed in block ${receipt.blockNumber} of L1`)
})

await check('thieves: another amount, recipient, message or path is no message', async () => {
  const [w] = await ashlarRpc('getWithdrawal', withdrawn)
  const good = claimArgs(w), thief = '0x' + '66'.repeat(20)
  assert.equal(await read(l1, at.bridge, bridgeAbi, 'isMessage', good), true)
  for (const [i, other] of [[2, 1n], [3, thief], [4, thief], [5, ether('5')], [6, '0x'],
    [7, w.path.map((h, k) => (k === 3 ? '0x' + '11'.repeat(32) : h))]]) {
    const args = good.with(i, other)
    assert.equal(await read(l1, at.bridge, bridgeAbi, 'isMessage', args), false, `argument ${i}`)
    await refuses(l1.simulateContract({ address: at.bridge, abi: bridgeAbi, functionName: 'claim', args, account }),
      /NotAMessage/)
  }
})

await check('a transaction is proven to be in its batch; at another place it is not', async () => {
  const p = await ashlarRpc('getInclusionProof', withdrawn), post = claimArgs({ ...p, index: 0, value: 0 })[1]
  assert.equal(p.status, 'proven')
  const args = [BigInt(p.batch), post, BigInt(p.transactionBatch), p.batchPath, BigInt(p.block), Number(p.index), withdrawn,
    p.transactionPath]
  assert.equal(await read(l1, at.rollup, rollupAbi, 'verifyTransaction', args), true)
  for (const [i, other] of [[2, args[2] + 1n], [4, args[4] + 1n], [5, args[5] + 1], [6, viem.keccak256(withdrawn)]])
    assert.equal(await read(l1, at.rollup, rollupAbi, 'verifyTransaction', args.with(i, other)), false, `argument ${i}`)
  const item = await ashlarRpc('getQueueItem', '0x0'), q = await ashlarRpc('getInclusionProof', item.transaction)
  assert.equal(await read(l1, at.rollup, rollupAbi, 'verifyTransaction', [BigInt(q.batch), post, BigInt(q.transactionBatch),
    q.batchPath, BigInt(q.block), Number(q.index), item.transaction, q.transactionPath]), true)
  assert.equal(await ashlarRpc('getInclusionProof', '0x' + '00'.repeat(32)), null)
})

await check('batches of L1 and what this node does for them', async () => {
  const status = await ashlarRpc('getL1Status'), count = Number(status.committed)
  assert.ok(count >= 1)
  let next = 1
  for (let i = 1; i <= count; i++) {
    const b = await ashlarRpc('getL1Batch', viem.toHex(i))
    assert.equal(Number(b.firstBlock), next)
    next = Number(b.lastBlock) + 1
    assert.equal(b.hash, await read(l1, at.rollup, rollupAbi, 'batch', [BigInt(i)]))
    const tx = await l1.getTransaction({ hash: b.l1Transaction })
    assert.equal(tx.to.toLowerCase(), at.rollup)
    if (b.proof) assert.ok(i >= Number(b.proof.first) && i <= Number(b.proof.last))
    assert.equal(b.status === 'proven', Boolean(b.proof))
  }
  assert.equal(await ashlarRpc('getL1Batch', viem.toHex(count + 50)), null)
  const operator = await ashlarRpc('operator')
  assert.deepEqual([operator.sequencer, operator.proves, operator.turn], [true, true, 'ours'])
})

// ---- ethers: another account, and a token ----
const provider1 = new ethers.JsonRpcProvider(l1Url, 31337, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 200 })
const provider2 = new ethers.JsonRpcProvider(l2Url, 1337, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 200 })
const hd = ethers.HDNodeWallet.fromPhrase(mnemonic, undefined, "m/44'/60'/0'/0/6")
const one = hd.connect(provider1), two = hd.connect(provider2)
const queue = new ethers.Contract(at.queue, queueAbi, one), bridge = new ethers.Contract(at.bridge, bridgeAbi, one)
let coin, fee

await check('ethers: a deposit of ether and one of a token by permit', async () => {
  const gas = 100000n
  fee = await queue.fee(await bridge.TOKEN_GAS())
  await (await queue.send(hd.address, false, ether('2'), gas, '0x', { value: ether('2') + await queue.fee(gas) })).wait()
  coin = await (await new ethers.ContractFactory(Coin.abi, Coin.bytecode, one).deploy()).waitForDeployment()
  const token = await coin.getAddress(), deadline = 2n ** 40n, amount = 123456789n
  const signature = ethers.Signature.from(await hd.signTypedData(
    { name: 'Coin & Sons', version: '1', chainId: 31337, verifyingContract: token },
    { Permit: [['owner', 'address'], ['spender', 'address'], ['value', 'uint256'], ['nonce', 'uint256'],
      ['deadline', 'uint256']].map(([name, type]) => ({ name, type })) },
    { owner: hd.address, spender: at.bridge, value: amount, nonce: 0n, deadline }))
  await (await bridge.depositERC20Permit(token, hd.address, amount, deadline, signature.v, signature.r, signature.s,
    { value: fee + 12345n })).wait()
  assert.equal(await coin.balanceOf(at.bridge), amount)
  assert.equal(await bridge.locked(token), amount)
  const l2Bridge = new ethers.Contract(L2_BRIDGE, l2BridgeAbi, provider2)
  const there = new ethers.Contract(await l2Bridge.tokenOf(token), Coin.abi, provider2)
  await until('the tokens', async () => await provider2.getCode(there) !== '0x' && await there.balanceOf(hd.address) === amount)
  assert.deepEqual([await there.name(), await there.symbol(), await there.decimals()], ['Coin & Sons', 'COIN', 6n])
  assert.equal(await provider2.getBalance(hd.address), ether('2'))
})

const run = (...words) => spawnSync(ashlar, words, { encoding: 'utf8', env: { ...process.env,
  ASHLAR_KEY: hd.privateKey } })
const common = ['--l1', l1Url, '--rollup', rollupFile]

await check('commands: tokens are deposited, withdrawn and claimed in their own unit', async () => {
  const token = await coin.getAddress()
  let done = run('deposit', '76.543211', '--token', token, ...common)
  assert.equal(done.status, 0, done.stderr)
  const l2Token = await new ethers.Contract(L2_BRIDGE, l2BridgeAbi, provider2).tokenOf(token)
  const there = new ethers.Contract(l2Token, Coin.abi, provider2)
  await until('the tokens', async () => await there.balanceOf(hd.address) === 200000000n)
  done = run('withdraw', '50.0000001', '--token', token, '--l2', l2Url)
  assert.match(done.stderr, /at most 6 digits/)
  done = run('withdraw', '50.25', '--token', at.queue, '--l2', l2Url)
  assert.match(done.stderr, /ever came to L2/)
  done = run('withdraw', '50.25', '--token', token, '--l2', l2Url)
  assert.equal(done.status, 0, done.stderr)
  const hash = /withdrawal +(0x[0-9a-f]{64})/.exec(done.stdout)[1]
  const [w] = await proven(hash)
  assert.equal(await there.balanceOf(hd.address), 149750000n)
  const before = await coin.balanceOf(hd.address)
  done = run('claim', hash, '--l2', l2Url, ...common)
  assert.equal(done.status, 0, done.stderr)
  assert.match(done.stdout, /50250000 of the smallest unit of token/)
  assert.equal(await coin.balanceOf(hd.address) - before, 50250000n)
  assert.equal(await bridge.locked(token), 149750000n)
  await assert.rejects(bridge.claim.staticCall(...claimArgs(w)))
})

await check('ethers: a withdrawal of tokens is claimed', async () => {
  const token = await coin.getAddress(), l2Bridge = new ethers.Contract(L2_BRIDGE, l2BridgeAbi, two)
  const receipt = await (await l2Bridge.withdraw(token, account.address, 1000001n)).wait()
  const [w] = await proven(receipt.hash)
  await (await bridge.claim(...claimArgs(w))).wait()
  assert.equal(await coin.balanceOf(account.address), 1000001n)
})

await check('thieves: an order for tokens that is not L2Bridge\'s pays nothing', async () => {
  // The Bridge as the recipient, and data that looks like an order.
  const data = ethers.AbiCoder.defaultAbiCoder().encode(['address', 'address', 'uint256'],
    [await coin.getAddress(), hd.address, 5000000n])
  const passer = new ethers.Contract(PASSER, passerAbi, two)
  const receipt = await (await passer.initiateWithdrawal(at.bridge, data)).wait()
  // And a token as the recipient, with a call of it.
  const steal = coin.interface.encodeFunctionData('transfer', [hd.address, 5000000n])
  const second = await (await passer.initiateWithdrawal(await coin.getAddress(), steal)).wait()
  const before = await coin.balanceOf(hd.address)
  for (const { hash } of [receipt, second]) {
    const [w] = await proven(hash)
    await bridge.claim(...claimArgs(w)).then((tx) => tx.wait()).catch(() => {})
  }
  assert.equal(await coin.balanceOf(hd.address), before)
})

await check('thieves: a token that keeps some of what is sent is minted as it arrives', async () => {
  const made = await (await new ethers.ContractFactory(FeeCoin.abi, FeeCoin.bytecode, one).deploy()).waitForDeployment()
  const token = await made.getAddress()
  await (await made.approve(at.bridge, ether('10'))).wait()
  await (await bridge.depositERC20(token, hd.address, ether('10'), { value: fee * 2n })).wait()
  assert.equal(await bridge.locked(token), ether('9'))
  const there = new ethers.Contract(await new ethers.Contract(L2_BRIDGE, l2BridgeAbi, provider2).tokenOf(token), FeeCoin.abi,
    provider2)
  await until('the tokens', async () => await provider2.getCode(there) !== '0x' &&
    await there.balanceOf(hd.address) === ether('9'))
})

await check('claim goes on after a message whose recipient refuses', async () => {
  const refusing = await (await new ethers.ContractFactory(Refuses.abi, Refuses.bytecode, one).deploy()).waitForDeployment()
  const several = await (await new ethers.ContractFactory(Several.abi, Several.bytecode, two).deploy()).waitForDeployment()
  const friend = '0x' + '77'.repeat(20)
  const receipt = await (await several.both(await refusing.getAddress(), friend, { value: ether('0.2') })).wait()
  await proven(receipt.hash)
  const done = run('claim', receipt.hash, '--l2', l2Url, ...common)
  assert.equal(done.status, 1)
  assert.match(done.stderr, /does not take the payment/)
  assert.match(done.stderr, /message \d+ was not claimed/)
  assert.equal(await provider1.getBalance(friend), ether('0.1'))
})

await check('what is proven of an account is what L1 has of it', async () => {
  const p = await ashlarRpc('getExitProof', hd.address), post = claimArgs({ ...p, index: 0, value: 0, path: [] })[1]
  const found = await read(l1, at.rollup, rollupAbi, 'getAccount', [BigInt(p.batch), post, hd.address, p.accountProof])
  assert.equal(found.balance, BigInt(p.balance))
  assert.ok(found.balance > 0n)
  const token = await coin.getAddress(), t = await ashlarRpc('getExitProof', hd.address, token)
  const slot = viem.keccak256(viem.encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [hd.address, 0n]))
  assert.equal(await read(l1, at.rollup, rollupAbi, 'getStorage', [BigInt(t.batch), post, t.tokenAddress, slot,
    t.tokenProof, t.balanceProof]), BigInt(t.balance))
  assert.ok(BigInt(t.balance) > 0n)
})

// ---- the end: everything leaves ----
if (process.argv[7] === 'freeze') {
  const l1Request = (method, ...params) => l1.request({ method, params })

  await check('an account that delegates by EIP-7702 leaves a frozen rollup with ether and tokens', async () => {
    const key = hd
    const authorization = await two.authorize({ address: L2_BRIDGE,
      nonce: await provider2.getTransactionCount(key.address) + 1 })
    const tx = await two.sendTransaction({ type: 4, to: account.address, value: 1n, gasLimit: 200000,
      authorizationList: [authorization] })
    await tx.wait()
    assert.match(await provider2.getCode(key.address), /^0xef0100/)
    await until('a proof of it', async () => {
      const s = await ashlarRpc('getL1Status')
      const block = await l2.getBlock({ blockTag: 'latest' })
      return s.committed === s.proven && s.items === s.itemsProven &&
        BigInt((await ashlarRpc('getExitProof', key.address)).post.lastBlock) === block.number
    })
    const ether_ = BigInt((await ashlarRpc('getExitProof', key.address)).balance)
    const tokens = BigInt((await ashlarRpc('getExitProof', key.address, await coin.getAddress())).balance)
    assert.ok(ether_ > 0n && tokens > 0n)
    process.kill(Number(process.argv[8]), 'SIGSTOP') // the sequencer: nothing is proven from here on
    let done = run('force', '--withdraw', '0.001', ...common)
    assert.equal(done.status, 0, done.stderr)
    await l1Request('evm_increaseTime', 10001)
    await sleep(2500)
    done = run('freeze', ...common)
    assert.equal(done.status, 0, done.stderr)
    const before = await coin.balanceOf(key.address), held = await provider1.getBalance(at.queue)
    const replica = process.argv[9]
    done = run('exit', '--token', await coin.getAddress(), '--l2', replica, ...common)
    assert.equal(done.status, 0, done.stderr)
    assert.equal(await coin.balanceOf(key.address) - before, tokens)
    done = run('exit', '--l2', replica, ...common)
    assert.equal(done.status, 0, done.stderr)
    assert.equal(held - await provider1.getBalance(at.queue), ether_)
    done = run('exit', '--token', await coin.getAddress(), '--l2', replica, ...common)
    assert.match(done.stderr, /left already/)
  })
}
end()
