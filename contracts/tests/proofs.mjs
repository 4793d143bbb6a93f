// Writes proofs.json: eth_getProof of a state of anvil that looks like a rollup's, for Bridge.t.sol and TrieProof.t.sol. Run by
// hand where the predeploys or what the tests ask for changes: node proofs.mjs
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(join(here, '../package.json'))
const { keccak256 } = require('js-sha3')
const port = 20000 + Math.floor(Math.random() * 30000)
const anvil = spawn(join(here, '../node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil'),
  ['--port', port, '--chain-id', 1337, '--hardfork', 'prague', '--silent'], { stdio: 'inherit' })
process.on('exit', () => anvil.kill())
async function rpc(method, ...params) {
  for (let i = 0; ; i++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
      const answer = await response.json()
      if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
      return answer.result
    } catch (error) {
      if (i === 100 || error.message.startsWith(method)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

const word = (x) => BigInt(x).toString(16).padStart(64, '0')
const hash = (hex) => '0x' + keccak256(Buffer.from(hex, 'hex'))
const address = (x) => '0x' + BigInt(x).toString(16).padStart(40, '0')
const aliased = (a) => address((BigInt(a) + 0x1111000000000000000000000000000000001111n) % 2n ** 160n)
const ether = 10n ** 18n

// The names are those of the tests.
const token = address(0x70ce), bridge = address(0xb001)
const accounts = {
  alice: address(0xa11ce), // ether and tokens
  absent: address(0xab5e17), // tokens alone: no account
  contract: aliased(address(0xc0117)), // a contract of L1, under its alias
  delegating: address(0xde1e), // an account that delegates
  proxy: address(0x9403), // a contract on L2
  nobody: address(0xdead01), // neither
}
const genesis = JSON.parse(readFileSync(join(here, '../l2/predeploys.json'), 'utf8'))
for (const { address, code } of genesis.predeploys) await rpc('anvil_setCode', address, code)
const l2Bridge = genesis.predeploys.find((p) => p.name === 'L2Bridge').address
await rpc('anvil_setStorageAt', l2Bridge, '0x' + word(0), '0x' + word(bridge))
await rpc('anvil_setBalance', accounts.alice, '0x' + (5n * ether).toString(16))
await rpc('anvil_setBalance', accounts.contract, '0x' + (3n * ether).toString(16))
await rpc('anvil_setBalance', accounts.delegating, '0x' + (2n * ether).toString(16))
await rpc('anvil_setCode', accounts.delegating, '0xef0100' + accounts.proxy.slice(2))
await rpc('anvil_setBalance', accounts.proxy, '0x' + (7n * ether).toString(16))
await rpc('anvil_setCode', accounts.proxy, '0x5f5ff3')
for (let i = 0; i < 300; i++) await rpc('anvil_setBalance', '0x' + keccak256(`account ${i}`).slice(0, 40), '0x' + (i + 1).toString(16))

const from = aliased(bridge)
await rpc('anvil_setBalance', from, '0x' + (1000n * ether).toString(16))
await rpc('anvil_impersonateAccount', from)
const selector = keccak256('finalizeDeposit(address,address,address,uint256,string,string,uint8)').slice(0, 8)
async function deposit(to, amount) {
  const text = (s) => word(s.length) + Buffer.from(s).toString('hex').padEnd(64, '0')
  const data = '0x' + selector + word(token) + word(accounts.alice) + word(to) + word(amount) + word(0xe0) + word(0x120) + word(18) +
    text('Stone') + text('STN')
  const sent = await rpc('eth_sendTransaction', { from, to: l2Bridge, data, gas: '0x16e360' })
  let receipt = null
  while (!receipt) receipt = await rpc('eth_getTransactionReceipt', sent)
  if (receipt.status !== '0x1') throw new Error(`a deposit failed: ${JSON.stringify(receipt)}`)
}
const balances = { alice: 11n * ether, absent: 13n, contract: 17n * ether, delegating: 19n * ether, proxy: 23n * ether }
for (const [name, amount] of Object.entries(balances)) await deposit(accounts[name], amount)
for (let i = 0; i < 100; i++) await deposit('0x' + keccak256(`holder ${i}`).slice(0, 40), BigInt(i + 1))

const l2Token = '0x' + hash('ff' + l2Bridge.slice(2) + word(token) + genesis.bridgedToken.creationHash.slice(2)).slice(26)
const { stateRoot } = await rpc('eth_getBlockByNumber', 'latest', false)
const result = { stateRoot, token, l2Token, accounts: {} }
for (const [name, a] of Object.entries(accounts)) {
  const own = await rpc('eth_getProof', a, [], 'latest')
  const slot = hash(word(a) + word(0))
  const held = await rpc('eth_getProof', l2Token, [slot], 'latest')
  result.tokenProof = held.accountProof
  result.accounts[name] = { address: a, nonce: own.nonce, balance: own.balance, codeHash: own.codeHash, storageHash: own.storageHash,
    proof: own.accountProof, slot, held: '0x' + word(held.storageProof[0].value).toString(16), balanceProof: held.storageProof[0].proof }
}
result.tokenStorage = (await rpc('eth_getProof', l2Token, [], 'latest')).storageHash
writeFileSync(join(here, 'proofs.json'), JSON.stringify(result, null, 1) + '\n')
process.exit(0)
