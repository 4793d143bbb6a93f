// Compiles the contracts of l1/ and l2/ with npm's solc and writes into the folder given: NAME.json of each contract,
// { abi, bytecode, code }, where `code` is what stands on the chain but for immutables; and predeploys.json, what the
// genesis of a rollup holds.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const solc = require('solc')
const { keccak256 } = require('js-sha3')
const here = dirname(fileURLToPath(import.meta.url))
const folder = process.argv[2]
if (!folder) {
  console.error('usage: node compile.mjs FOLDER')
  process.exit(2)
}

// The settings of foundry.toml: the tests see the code that is deployed.
const settings = {
  optimizer: { enabled: true, runs: 200 },
  viaIR: true,
  evmVersion: 'prague',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  remappings: ['@openzeppelin/=node_modules/@openzeppelin/'],
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
}
const own = ['l1', 'l2'].flatMap((d) => readdirSync(join(here, d)).filter((f) => f.endsWith('.sol')).sort().map((f) => `${d}/${f}`))
const sources = Object.fromEntries(own.map((path) => [path, { content: readFileSync(join(here, path), 'utf8') }]))
const read = (path) => ({ contents: readFileSync(join(here, path), 'utf8') })
const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: read }))
const said = (output.errors ?? []).filter((e) => e.severity !== 'info')
if (said.length) {
  console.error(said.map((e) => e.formattedMessage).join('\n'))
  process.exit(1)
}

const contracts = {}
mkdirSync(folder, { recursive: true })
for (const path of own)
  for (const [name, c] of Object.entries(output.contracts[path] ?? {})) {
    if (c.evm.bytecode.object === '') continue // an interface
    contracts[name] = { abi: c.abi, bytecode: '0x' + c.evm.bytecode.object, code: '0x' + c.evm.deployedBytecode.object }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(contracts[name]) + '\n')
  }

// ---- the genesis of L2 ---------------------------------------------------------------------------
const hash = (hex) => '0x' + keccak256(Buffer.from(hex.slice(2), 'hex'))
// Foundry's deployer by CREATE2 (github.com/Arachnid/deterministic-deployment-proxy); it was never Solidity.
const create2Deployer = '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5' +
  '8015156039578182fd5b8082525050506014600cf3'
// Storage: slot → the contract on L1 whose address stands there.
const predeploys = [
  ['WETH9', '0x4200000000000000000000000000000000000006'],
  ['GasPriceOracle', '0x420000000000000000000000000000000000000f'],
  ['L2Bridge', '0x4200000000000000000000000000000000000010', { 0: 'Bridge' }],
  ['L1Block', '0x4200000000000000000000000000000000000015', { 0: 'Queue' }],
  ['MessagePasser', '0x4200000000000000000000000000000000000016'],
  ['Create2Deployer', '0x4e59b44847b379578588920ca78fbf26c0b4956c'],
].map(([name, address, storage = {}]) => {
  const code = name === 'Create2Deployer' ? create2Deployer : contracts[name].code
  return { name, address, codeHash: hash(code), storage, code }
})
const token = contracts.BridgedToken
const genesis = { compiler: solc.version(), predeploys,
  bridgedToken: { creationHash: hash(token.bytecode), codeHash: hash(token.code) } }
writeFileSync(join(folder, 'predeploys.json'), JSON.stringify(genesis, null, 1) + '\n')
