// Compiles Token.sol, and signs the transactions of one block on the development chain: the token is
// deployed, transferred, approved and spent, and ether is sent. Writes genesis.json and
// transactions.json into the folder given, for `ashlar build`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeDeployData, encodeFunctionData, getContractAddress, numberToHex, parseEther, parseGwei } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

const require = createRequire(import.meta.url)
const solc = require('solc')
const here = dirname(fileURLToPath(import.meta.url))
const folder = process.argv[2]
if (!folder) {
  console.error('usage: node transactions.mjs FOLDER')
  process.exit(2)
}

// The customary mnemonic of development chains; its keys are public.
const mnemonic = 'test test test test test test test test test test test junk'
const accounts = [0, 1, 2].map((addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }))
const [alice, bob, carol] = accounts
const chainId = 1337

function compile() {
  const input = {
    language: 'Solidity',
    sources: { 'Token.sol': { content: readFileSync(join(here, 'Token.sol'), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'prague',
      outputSelection: { 'Token.sol': { Token: ['abi', 'evm.bytecode.object'] } },
    },
  }
  const read = (path) => ({ contents: readFileSync(join(here, 'node_modules', path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  const errors = (output.errors ?? []).filter((e) => e.severity === 'error')
  if (errors.length) throw new Error(errors.map((e) => e.formattedMessage).join('\n'))
  const token = output.contracts['Token.sol'].Token
  return { abi: token.abi, bytecode: '0x' + token.evm.bytecode.object }
}

const { abi, bytecode } = compile()
const tokenAddress = getContractAddress({ from: alice.address, nonce: 0n })
const nonces = new Map(accounts.map((a) => [a.address, 0]))
const transactions = []

async function send(account, fields) {
  const nonce = nonces.get(account.address)
  nonces.set(account.address, nonce + 1)
  transactions.push(
    await account.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      maxFeePerGas: parseGwei('20'),
      maxPriorityFeePerGas: parseGwei('1'),
      ...fields,
    }),
  )
}
const call = (account, functionName, args) =>
  send(account, { to: tokenAddress, gas: 100_000n, data: encodeFunctionData({ abi, functionName, args }) })

await send(alice, { gas: 2_000_000n, data: encodeDeployData({ abi, bytecode, args: [parseEther('1000000')] }) })
await call(alice, 'transfer', [bob.address, parseEther('100')])
await call(bob, 'approve', [carol.address, parseEther('40')])
await call(carol, 'transferFrom', [alice.address, carol.address, 1n]) // reverts: no allowance
await call(carol, 'transferFrom', [bob.address, carol.address, parseEther('25')])
await send(alice, { to: carol.address, gas: 21_000n, value: parseEther('1.5') })
await send(bob, { to: '0x000000000000000000000000000000000000dEaD', gas: 21_000n, value: 1n })

// The system contracts of Prague (EIP-2935, 4788, 7002, 7251), as every chain has them at genesis.
const system = JSON.parse(readFileSync(join(here, 'system_contracts.json'), 'utf8'))
const alloc = { ...system }
for (const account of accounts) alloc[account.address] = { balance: numberToHex(parseEther('10000')) }
const genesis = {
  config: {
    chainId,
    homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0,
    constantinopleBlock: 0, petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0, londonBlock: 0,
    terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0,
    blobSchedule: {
      cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
      prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
      osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
    },
  },
  timestamp: '0x0', gasLimit: '0x2255100', baseFeePerGas: '0x3b9aca00', difficulty: '0x0', extraData: '0x',
  coinbase: '0x0000000000000000000000000000000000000000',
  alloc,
}
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesis, null, 2) + '\n')
writeFileSync(
  join(folder, 'transactions.json'),
  JSON.stringify({ timestamp: '0xc', coinbase: alice.address, transactions }, null, 2) + '\n',
)
console.log(`${transactions.length} transactions for chain ${chainId} written to ${folder}; token at ${tokenAddress}`)
