// Uniswap v2 as npm has it compiled: factory, WETH and router are deployed, a pair is made, liquidity added,
// swapped through and removed; every amount is computed here too. node uniswap.mjs PORT
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { check, compile, end, mnemonic, require, tokenSource, url } from '../tap.mjs'

const { ethers } = require('ethers')
const artifact = createRequire(import.meta.url)
const provider = new ethers.JsonRpcProvider(url, undefined, { cacheTimeout: -1 })
provider.pollingInterval = 50
const alice = ethers.HDNodeWallet.fromPhrase(mnemonic).connect(provider)

async function deploy({ abi, bytecode }, ...args) {
  const contract = await new ethers.ContractFactory(abi, bytecode, alice).deploy(...args)
  await contract.waitForDeployment()
  return contract
}
const mined = async (sent) => {
  const receipt = await (await sent).wait(1, 10_000)
  assert.equal(receipt.status, 1)
  return receipt
}
const root = (n) => {
  let x = n, y = (x + 1n) / 2n
  while (y < x) [x, y] = [y, (y + n / y) / 2n]
  return x
}
// What a pool of these reserves gives for an amount: 0.3 per cent stay with it.
const bought = (amount, from, to) => amount * 997n * to / (from * 1000n + amount * 997n)
const deadline = 2n ** 40n, minimumLiquidity = 1000n, ether = 10n ** 18n

const token = compile({ 'Token.sol': tokenSource() }).Token
const pairAbi = artifact('@uniswap/v2-core/build/UniswapV2Pair.json').abi
let a, b, weth, factory, router, pair

await check('factory, WETH, router and two tokens are deployed', async () => {
  factory = await deploy(artifact('@uniswap/v2-core/build/UniswapV2Factory.json'), alice.address)
  weth = await deploy(artifact('@uniswap/v2-periphery/build/WETH9.json'))
  router = await deploy(artifact('@uniswap/v2-periphery/build/UniswapV2Router02.json'), factory, weth)
  ;[a, b] = [await deploy(token, 10n ** 24n), await deploy(token, 10n ** 24n)]
  assert.equal(await router.factory(), await factory.getAddress())
  for (const one of [a, b]) await mined(one.approve(router, ethers.MaxUint256))
})

await check('a pair is made where CREATE2 says', async () => {
  const receipt = await mined(factory.createPair(a, b))
  const [event] = receipt.logs.map((log) => factory.interface.parseLog(log))
  const { bytecode } = artifact('@uniswap/v2-core/build/UniswapV2Pair.json')
  const salt = ethers.solidityPackedKeccak256(['address', 'address'], [event.args.token0, event.args.token1])
  const expected = ethers.getCreate2Address(await factory.getAddress(), salt,
    ethers.keccak256('0x' + bytecode))
  assert.equal(event.args.pair, expected)
  pair = new ethers.Contract(expected, pairAbi, alice)
})

const reserves = async () => {
  const [first, second] = await pair.getReserves()
  return (await pair.token0()) === (await a.getAddress()) ? [first, second] : [second, first]
}

await check('liquidity is added', async () => {
  await mined(router.addLiquidity(a, b, 5000n * ether, 8000n * ether, 0, 0, alice.address, deadline))
  assert.deepEqual(await reserves(), [5000n * ether, 8000n * ether])
  assert.equal(await pair.balanceOf(alice.address), root(5000n * ether * 8000n * ether) - minimumLiquidity)
})

await check('a swap gives what the formula says', async () => {
  const [ra, rb] = await reserves(), before = await b.balanceOf(alice.address), amount = 123n * ether
  const out = bought(amount, ra, rb)
  assert.equal((await router.getAmountsOut(amount, [a, b]))[1], out)
  const receipt = await mined(router.swapExactTokensForTokens(amount, out, [a, b], alice.address, deadline))
  assert.equal((await b.balanceOf(alice.address)) - before, out)
  assert.deepEqual(await reserves(), [ra + amount, rb - out])
  const swap = receipt.logs.map((
    log) => { try { return pair.interface.parseLog(log) } catch { return null } })
    .find((event) => event?.name === 'Swap')
  assert.equal(swap.args.to, alice.address)
})

await check('a swap that gives too little is refused with its reason', async () => {
  const [ra, rb] = await reserves()
  const error = await router.swapExactTokensForTokens(ether, bought(ether, ra, rb) + 1n, [a, b],
    alice.address, deadline)
    .then(() => assert.fail('it was taken'), (e) => e)
  assert.equal(error.reason, 'UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT')
})

await check('ether is swapped by way of WETH, over two pools', async () => {
  await mined(router.addLiquidityETH(a, 1000n * ether, 0, 0, alice.address, deadline, { value: 10n * ether }))
  const [ra, rb] = await reserves(), before = await b.balanceOf(alice.address)
  const between = bought(ether, 10n * ether, 1000n * ether), out = bought(between, ra, rb)
  await mined(router.swapExactETHForTokens(out, [weth, a, b], alice.address, deadline, { value: ether }))
  assert.equal((await b.balanceOf(alice.address)) - before, out)
})

await check('liquidity is taken back by a signature (EIP-2612)', async () => {
  const liquidity = (await pair.balanceOf(alice.address)) / 2n, total = await pair.totalSupply()
  const [ra, rb] = await reserves()
  const { r, s, v } = ethers.Signature.from(await alice.signTypedData(
    { name: 'Uniswap V2', version: '1', chainId: 1337, verifyingContract: await pair.getAddress() },
    { Permit: [{ name: 'owner', type: 'address' }, { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' }, { name: 'deadline', type: 'uint256' }] },
    { owner: alice.address, spender: await router.getAddress(), value: liquidity, nonce: 0n, deadline }))
  await mined(router.removeLiquidityWithPermit(a, b, liquidity, 0, 0, alice.address, deadline, false, v, r,
    s))
  assert.deepEqual(await reserves(), [ra - ra * liquidity / total, rb - rb * liquidity / total])
})

end()
