// Hardhat 3's network helpers and hardhat-ethers on a development node. One line of TAP for each thing seen.
// node helpers.js TOKEN.json, with RPC_URL set.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import hre from 'hardhat'

const { ethers, networkHelpers: helpers, provider } = await hre.network.create('ashlar')
const token = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const stranger = ethers.getAddress('0x00000000000000000000000000000000000a11ce')
const [owner, other] = await ethers.getSigners()
let n = 0, failed = 0
async function check(what, run) {
  n++
  try {
    await run()
    console.log(`ok ${n} - ${what}`)
  } catch (error) {
    failed = 1
    console.log(`not ok ${n} - ${what}`)
    console.log(String(error.stack ?? error).split('\n').slice(0, 12).map((l) => '# ' + l.slice(0, 300))
      .join('\n'))
  }
}
async function deploy() {
  const made = await new ethers.ContractFactory(token.abi, token.bytecode, owner).deploy(1000n)
  return { stone: await made.waitForDeployment() }
}

await check('fixtures are loaded, and taken back', async () => {
  const { stone } = await helpers.loadFixture(deploy)
  await (await stone.transfer(other, 30n)).wait()
  assert.equal(await stone.balanceOf(other), 30n)
  const again = await helpers.loadFixture(deploy)
  assert.equal(await again.stone.getAddress(), await stone.getAddress())
  assert.equal(await stone.balanceOf(other), 0n)
})

await check('time passes', async () => {
  const latest = await helpers.time.latest()
  await helpers.time.increase(100)
  assert.ok((await helpers.time.latest()) >= latest + 100)
  await helpers.time.increaseTo(latest + 1000)
  assert.equal(await helpers.time.latest(), latest + 1000)
  await helpers.time.setNextBlockTimestamp(latest + 2000)
  await helpers.mine()
  assert.equal(await helpers.time.latest(), latest + 2000)
})

await check('blocks are mined: some, up to a number, very many', async () => {
  const before = await helpers.time.latestBlock()
  await helpers.mine(10, { interval: 12 })
  await helpers.mineUpTo(before + 15)
  await helpers.mine(45818)
  assert.equal(await helpers.time.latestBlock(), before + 15 + 45818)
})

await check('state is set', async () => {
  await helpers.setBalance(stranger, 5n * 10n ** 18n)
  await helpers.setNonce(stranger, 3)
  const place = '0x000000000000000000000000000000000000c0de'
  await helpers.setCode(place, '0x5f545f5260205ff3')
  await helpers.setStorageAt(place, 0, 42)
  assert.equal(await ethers.provider.getBalance(stranger), 5n * 10n ** 18n)
  assert.equal(await ethers.provider.getTransactionCount(stranger), 3)
  assert.equal(BigInt(await helpers.getStorageAt(place, 0)), 42n)
  assert.equal(BigInt(await ethers.provider.call({ to: place })), 42n)
})

await check('the next block is chosen', async () => {
  await helpers.setNextBlockBaseFeePerGas(3n * 10n ** 9n)
  await helpers.setPrevRandao(77)
  await helpers.setCoinbase(stranger)
  await helpers.setBlockGasLimit(40_000_000)
  await helpers.mine()
  const block = await provider.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
  assert.deepEqual([BigInt(block.baseFeePerGas), BigInt(block.mixHash), BigInt(block.gasLimit),
    ethers.getAddress(block.miner)],
    [3n * 10n ** 9n, 77n, 40_000_000n, stranger])
})

await check('senders are impersonated', async () => {
  await helpers.impersonateAccount(stranger)
  const receipt = await (await (await ethers.getSigner(stranger)).sendTransaction({ to: owner.address,
    value: 1n })).wait()
  assert.equal(receipt.from, stranger)
  await helpers.stopImpersonatingAccount(stranger)
})

await check('snapshots are taken back', async () => {
  const snapshot = await helpers.takeSnapshot()
  const before = await ethers.provider.getBalance(stranger)
  await (await owner.sendTransaction({ to: stranger, value: 1n })).wait()
  await snapshot.restore()
  assert.equal(await ethers.provider.getBalance(stranger), before)
})

await check('transactions are dropped', async () => {
  await provider.request({ method: 'evm_setAutomine', params: [false] })
  const sent = await owner.sendTransaction({ to: stranger, gasLimit: 21000 })
  await helpers.dropTransaction(sent.hash)
  await helpers.mine()
  await provider.request({ method: 'evm_setAutomine', params: [true] })
  assert.equal(await ethers.provider.getTransaction(sent.hash), null)
})

console.log(`1..${n}`)
process.exit(failed)
