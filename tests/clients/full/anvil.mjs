// What anvil has and Hardhat has not, asked of the node and of anvil: the answers are the same, and each
// takes the state that the other gave. node anvil.mjs PORT PORT_OF_ANVIL
import assert from 'node:assert/strict'
import { check, end, exampleRequire, hiddenToken, port } from '../tap.mjs'

const viem = exampleRequire('viem')
const ours = Number(port), anvils = Number(process.argv[3])
const ask = async (at, method, ...params) => {
  const response = await fetch(`http://127.0.0.1:${at}`,
    { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  const { result, error } = await response.json()
  return error ? { error } : result
}
const both = async (...request) => [await ask(ours, ...request), await ask(anvils, ...request)]
// Where the answers are not the same, both are shown.
async function same(...request) {
  const [here, there] = await both(...request)
  assert.deepEqual({ request, answer: here }, { request, answer: there })
  return here
}
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const [bob, carol, token] = ['b0', 'b1', '70c3'].map((end) => '0x' + end.padStart(40, '0'))
const word = (value) => viem.padHex(value, { size: 32 })
const latest = async (at) => BigInt(await ask(at, 'eth_blockNumber'))

await check('state is set, and tokens are dealt', async () => {
  await same('anvil_setCode', token, hiddenToken)
  await same('anvil_dealERC20', bob, token, '0x5')
  await same('hardhat_dealERC20', carol, token, '0x0')
  await same('anvil_setERC20Allowance', bob, carol, token, '0x7')
  for (const who of [bob, carol]) await same('eth_call',
    { to: token, data: viem.concat(['0x70a08231', word(who)]) }, 'latest')
  await same('eth_call', { to: token, data: viem.concat(['0xdd62ed3e', word(bob), word(carol)]) }, 'latest')
  await same('anvil_dealERC20', bob, carol, '0x5') // no token
  await same('anvil_setERC20Allowance', bob, carol, carol, '0x5')
  await same('eth_coinbase')
})

await check('blocks are replaced', async () => {
  for (const at of [ours, anvils]) await ask(at, 'anvil_mine', viem.toHex(20n - await latest(at)))
  assert.deepEqual(await both('eth_blockNumber'), ['0x14', '0x14'])
  const pay = (value, from = alice) => ({ from, to: bob, value, gas: '0x5208' })
  for (const [depth, pairs] of [[2, [[pay('0x1'), 2]]], [2, [['0x1234', 0]]], [2, [[pay('0x1', carol), 0]]],
    [99, []],
    [2, [[pay('0x5'), 1], [pay('0x6'), 0], [pay('0x6'), 0]]], [1, []]]) await same('anvil_reorg', depth,
      pairs)
  await same('eth_blockNumber')
  await same('eth_getBalance', bob, 'latest')
  await same('eth_getTransactionCount', alice, 'latest')
  for (const block of ['0x12', '0x13', '0x14']) await same('eth_getBlockTransactionCountByNumber', block)
})

await check('traces are found by their addresses', async () => {
  const sender = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
    made = viem.getContractAddress({ from: sender, nonce: 0n }).toLowerCase()
  // Gives 1 wei to Bob and makes a contract; a payment; one that fails.
  for (const tx of [{ gas: '0x80000', value: '0x5', data: '0x5f5f5f5f600160b05af15f5f5ff05f5ff3' },
    { to: bob, value: '0x1', gas: '0x5208' },
    { gas: '0x80000', data: '0x5f5ffd' }])
    for (const at of [ours, anvils]) {
      await ask(at, 'eth_sendTransaction', { from: sender, ...tx })
      await ask(at, 'eth_blockNumber')
    }
  for (const filter of [{}, { toAddress: [bob] }, { fromAddress: [sender] }, { fromAddress: [sender],
    toAddress: [bob] },
    { fromAddress: [sender], toAddress: [bob], mode: 'intersection' }, { fromAddress: [made] },
      { toAddress: [made] },
    { after: 1, count: 2 }, { count: 0 }, { fromBlock: '0x16' }, { toBlock: '0x15' }]) {
    const found = await both('trace_filter', { fromBlock: '0x15', toBlock: '0x17', ...filter })
    const [here, there] = found.map((traces) => traces.map(({ blockHash, transactionHash, ...rest }) => {
      if (rest.error) delete rest.result?.address // anvil names what a creation that failed would have made
      return rest
    }))
    assert.deepEqual({ filter, here }, { filter, here: there })
  }
})

// What a state has of an account.
const account = async (at, who, slots) => [await ask(at, 'eth_getBalance', who, 'latest'),
  await ask(at, 'eth_getTransactionCount', who, 'latest'),
  await ask(at, 'eth_getCode', who, 'latest'),
    ...await Promise.all(slots.map((slot) => ask(at, 'eth_getStorageAt', who, slot, 'latest')))]
const slotOf = (who) => viem.keccak256(viem.concat([word(who), word('0x2')]))

for (const [from, to, what] of [[ours, anvils, 'anvil takes the state that the node gave'],
  [anvils, ours, 'the node takes the state that anvil gave']])
  await check(what, async () => {
    await ask(from, 'anvil_setNonce', carol, '0x9')
    await ask(from, 'anvil_setStorageAt', carol, '0x3', word('0x7b'))
    await ask(from, 'anvil_setCode', carol, '0x5f5f')
    const dump = await ask(from, 'anvil_dumpState')
    assert.match(dump, /^0x1f8b/)
    await ask(to, 'anvil_reset')
    assert.equal(await ask(to, 'eth_getCode', token, 'latest'), '0x')
    assert.equal(await ask(to, 'anvil_loadState', dump), true)
    for (const [who, slots] of [[alice, []], [bob, []], [carol, ['0x3']],
      [token, [slotOf(bob), slotOf(carol)]]])
      assert.deepEqual(await account(to, who, slots), await account(from, who, slots), who)
    assert.equal(await ask(to, 'eth_getStorageAt', token, slotOf(bob), 'latest'), word('0x5'))
    // It goes on from there.
    const nonce = await ask(to, 'eth_getTransactionCount', alice, 'latest')
    const hash = await ask(to, 'eth_sendTransaction', { from: alice, to: bob, value: '0x1', gas: '0x5208' })
    await ask(to, 'eth_blockNumber')
    assert.equal((await ask(to, 'eth_getTransactionByHash', hash)).nonce, nonce)
  })

await check('what is no state is refused', async () => {
  for (const bad of ['0x', '0x1234', '0x1f8b08', viem.toHex('[]')])
    for (const name of ['anvil_loadState', 'hardhat_loadState']) await same(name, bad)
})

end()
