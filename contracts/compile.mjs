// Compiles the contracts of l1/ and l2/ with npm's solc and writes into the folder given: NAME.json of each contract,
// { abi, bytecode, code }, where `code` is what stands on the chain but for immutables; NAME.bin, the bytecode as bytes; and
// predeploys.json, what the
// genesis of a rollup holds; and Contracts.sol, their interfaces, for the tests. With --only NAME… these contracts of l1/ alone,
// and nothing else is written.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { interfaces } from './interfaces.mjs'

const require = createRequire(import.meta.url)
const solc = require('solc')
const { keccak256 } = require('js-sha3')
const here = dirname(fileURLToPath(import.meta.url))
const folder = process.argv[2]
if (!folder) {
  console.error('usage: node compile.mjs FOLDER [--warnings] [--only NAME…]')
  process.exit(2)
}

// Of each folder its own: what is called on L1 is optimized for calls.
const runs = { l1: 1000000, l2: 200 }
const options = process.argv.slice(3)
const only = options.includes('--only') ? options.slice(options.indexOf('--only') + 1) : null
const read = (path) => ({ contents: readFileSync(join(here, path), 'utf8') })
function compile(part) {
  const own = readdirSync(join(here, part)).filter((file) => file.endsWith('.sol')).sort().map((file) => `${part}/${file}`)
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(own.map((path) => [path, { content: readFileSync(join(here, path), 'utf8') }])),
    settings: {
      optimizer: { enabled: true, runs: runs[part] },
      viaIR: true,
      evmVersion: 'prague',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      remappings: ['@openzeppelin/=node_modules/@openzeppelin/'],
      outputSelection: Object.fromEntries(own.filter((path) => !only || only.includes(path.slice(3, -4))).map((path) =>
        [path, { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] }])),
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  // The library's transient lock is warned of on principle (2394).
  const said = (output.errors ?? []).filter((e) =>
    e.severity === 'error' || (e.severity === 'warning' && e.errorCode !== '2394' && !options.includes('--warnings')))
  if (said.length) {
    console.error(said.map((e) => e.formattedMessage).join('\n'))
    process.exit(1)
  }
  return own.flatMap((path) => Object.entries(output.contracts[path] ?? {}))
}

const contracts = {}
mkdirSync(folder, { recursive: true })
for (const part of only ? ['l1'] : ['l1', 'l2'])
  for (const [name, c] of compile(part)) {
    if (!c.evm || c.evm.bytecode.object === '' || c.abi.length === 0) continue // an interface, a library
    contracts[name] = { abi: c.abi, bytecode: '0x' + c.evm.bytecode.object, code: '0x' + c.evm.deployedBytecode.object }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(contracts[name]) + '\n')
    writeFileSync(join(folder, `${name}.bin`), Buffer.from(c.evm.bytecode.object, 'hex'))
  }
if (only) process.exit(0)
writeFileSync(join(folder, 'Contracts.sol'), interfaces(contracts))

// ---- the genesis of L2 ---------------------------------------------------------------------------
const hash = (hex) => '0x' + keccak256(Buffer.from(hex.slice(2), 'hex'))
// Foundry's deployer by CREATE2 (github.com/Arachnid/deterministic-deployment-proxy); it was never Solidity.
const create2Deployer = '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5' +
  '8015156039578182fd5b8082525050506014600cf3'
// What EIP-2935 publishes: hashes of ancestors.
const blockHashHistory = '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81' +
  '430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500'
// Storage: slot → the contract on L1 whose address stands there.
const predeploys = [
  ['WETH9', '0x4200000000000000000000000000000000000006'],
  ['GasPriceOracle', '0x420000000000000000000000000000000000000f'],
  ['L2Bridge', '0x4200000000000000000000000000000000000010', { 0: 'Bridge' }],
  ['L1Block', '0x4200000000000000000000000000000000000015', { 0: 'Queue' }],
  ['MessagePasser', '0x4200000000000000000000000000000000000016'],
  ['Create2Deployer', '0x4e59b44847b379578588920ca78fbf26c0b4956c'],
  ['BlockHashHistory', '0x0000f90827f1c53a10cb7a02335b175320002935'],
].map(([name, address, storage = {}]) => {
  const code = { Create2Deployer: create2Deployer, BlockHashHistory: blockHashHistory }[name] ?? contracts[name].code
  return { name, address, codeHash: hash(code), storage, code }
})
const token = contracts.BridgedToken
const genesis = { compiler: solc.version(), predeploys,
  bridgedToken: { creationHash: hash(token.bytecode), codeHash: hash(token.code) } }
writeFileSync(join(folder, 'predeploys.json'), JSON.stringify(genesis, null, 1) + '\n')
