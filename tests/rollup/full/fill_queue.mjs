// Fills the Queue for so many blocks of L1, twelve seconds apart, each with an item of all the gas that a block sells:
// node fill_queue.mjs L1_URL ROLLUP_FILE BLOCKS. The item creates a contract whose code loops until the gas is gone.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [url, rollupFile, blocks] = process.argv.slice(2)
const { encodeFunctionData, toHex } = createRequire(new URL('../../../examples/erc20/package.json', import.meta.url))('viem')
const { queue } = JSON.parse(readFileSync(rollupFile)).contracts
const { abi } = JSON.parse(readFileSync('build/contracts/Queue.json'))
const RICH = '0xa0ee7a142d267c1f36714e4a8f75612f20a79720', GAS = 10_000_000n, LOOP = '0x5b5f56'

async function ask(method, ...params) {
  const answer = await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })).json()
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
  return answer.result
}

await ask('evm_setAutomine', false)
await ask('anvil_setBalance', RICH, toHex(10n ** 36n))
for (let i = 0; i < Number(blocks); i++) {
  // At this rate the price rises without end: it is bought at any price.
  const data = encodeFunctionData({ abi, functionName: 'send', args: ['0x' + '00'.repeat(20), true, 0n, GAS, LOOP] })
  await ask('eth_sendTransaction', { from: RICH, to: queue, data, gas: toHex(300000), value: toHex(10n ** 33n) })
  await ask('evm_increaseTime', 12)
  await ask('evm_mine')
}
await ask('evm_setAutomine', true)
