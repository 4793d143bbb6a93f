// What the tests of clients share: one line of TAP for each thing seen; the chain's accounts; the
// demonstration's token.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const erc20 = join(here, '../../examples/erc20')
// Packages: those of the example (viem, solc, OpenZeppelin), and those of this folder.
export const exampleRequire = createRequire(join(erc20, 'package.json'))
export const require = createRequire(join(here, 'package.json'))

export const port = process.argv[2]
export const url = `http://127.0.0.1:${port}`
export const mnemonic = 'test test test test test test test test test test test junk'

// A token's code that reads another slot first: balances in a mapping at slot 2, allowances at slot 3.
export const hiddenToken = '0x5f3560e01c60095450806370a082311460355750' +
  '6004355f52600360205260405f20602052' +
  '6024355f5260405f20545f5260205ff3' + '5b506004355f52600260205260405f20545f5260205ff3'

let n = 0, failed = 0
export async function check(what, run) {
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
export function end() {
  console.log(`1..${n}`)
  process.exit(failed)
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
// Waits until it holds, at most 10 s.
export async function until(what, holds) {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return
    await sleep(50)
  }
  assert.fail(`never came: ${what}`)
}

export async function send(method, ...params) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  return response.json()
}
export async function result(method, ...params) {
  const answer = await send(method, ...params)
  assert.equal(answer.error, undefined, JSON.stringify(answer.error))
  return answer.result
}

// sources: name → text. Contracts by name, each { abi, bytecode }.
export function compile(sources) {
  const solc = exampleRequire('solc')
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'prague',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  }
  const read = (path) => ({ contents: readFileSync(join(erc20, 'node_modules', path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  assert.deepEqual((output.errors ?? []).filter((e) => e.severity === 'error'), [])
  const contracts = {}
  for (const file of Object.values(output.contracts))
    for (const [name, c] of Object.entries(file))
      contracts[name] = { abi: c.abi, bytecode: '0x' + c.evm.bytecode.object }
  return contracts
}
export const tokenSource = () => readFileSync(join(erc20, 'Token.sol'), 'utf8')
