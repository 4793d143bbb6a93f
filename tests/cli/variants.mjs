// Writes files that differ from a good one, for the tests of the command.
//     node variants.mjs blocks BLOCK.json FOLDER       a changed header field, witness or claim in each
//     node variants.mjs precompiles FOLDER             for each precompile's address a list of one transaction to it
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(join(here, '../../examples/erc20/package.json'))
const { fromRlp, toRlp, parseGwei } = require('viem')
const { mnemonicToAccount } = require('viem/accounts')

const [what, ...paths] = process.argv.slice(2)
const folder = paths.at(-1)
mkdirSync(folder, { recursive: true })
const write = (name, value) => writeFileSync(join(folder, name + '.json'), JSON.stringify(value))
const zeros = (bytes) => '0x' + '00'.repeat(bytes)

// One bit of the last byte.
const flipped = (hex) => hex.slice(0, -1) + (parseInt(hex.at(-1), 16) ^ 1).toString(16)

function blocks(good) {
  const fields = [
    'parentHash', 'ommersHash', 'coinbase', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom', 'difficulty',
    'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'prevRandao', 'nonce', 'baseFeePerGas', 'withdrawalsRoot',
    'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash',
  ]
  const changed = (change) => {
    const copy = structuredClone(good)
    change(copy)
    return copy
  }
  const changedBlock = (change) =>
    changed((file) => {
      const block = fromRlp(file.block, 'hex')
      change(block)
      file.block = toRlp(block)
    })
  fields.forEach((name, i) => {
    write('header-' + name, changedBlock(([header]) => {
      const numbers = {
        difficulty: '0x01', number: '0x02', timestamp: '0x', gasLimit: '0x01', blobGasUsed: '0x020000', excessBlobGas: '0x020000',
      }
      header[i] = numbers[name] ?? (name === 'extraData' ? zeros(33) : flipped(header[i]))
    }))
  })
  write('header-short', changedBlock(([header]) => header.pop()))
  write('transactions-swapped', changedBlock(([, list]) => list.reverse()))
  write('transaction-dropped', changedBlock(([, list]) => list.pop()))
  write('transaction-flipped', changedBlock(([, list]) => { list[0] = flipped(list[0]) }))

  for (const kind of ['state', 'codes', 'headers'])
    good.witness[kind].forEach((item, i) => {
      write(`dropped-${kind}-${i}`, changed((file) => file.witness[kind].splice(i, 1)))
      write(`doubled-${kind}-${i}`, changed((file) => file.witness[kind].splice(i, 0, item)))
      write(`flipped-${kind}-${i}`, changed((file) => { file.witness[kind][i] = flipped(item) }))
    })

  write('claims', changed((file) => {
    for (const name of ['hash', 'preStateRoot', 'postStateRoot', 'stateRoot', 'receiptsRoot', 'transactionsRoot', 'parentHash'])
      file[name] = zeros(32)
    file.logsBloom = zeros(256)
    file.number = 77
    file.gasUsed = 1
    file.valid = false
    file.blobSchedule = { target: 1, max: 1, baseFeeUpdateFraction: 1 }
    file.fork = 'Frontier'
  }))
  // No results, but answers to BLOCKHASH: where headers say otherwise they are refused.
  write('block-hashes', changed((file) => { file.blockHashes = [zeros(32)] }))
  write('chain-unknown', changed((file) => { file.chainId = 424242 }))
  write('chain-none', changed((file) => { delete file.chainId }))
  write('chain-other', changed((file) => { file.chainId = 1 }))
  write('chain-text', changed((file) => { file.chainId = 'one' }))
  write('without-block', changed((file) => { delete file.block }))
  write('without-witness', changed((file) => { delete file.witness }))
  write('without-state', changed((file) => { delete file.witness.state }))
  write('bad-hex', changed((file) => { file.witness.state[2] = '0x12345' }))
  write('bad-item', changed((file) => { file.witness.codes[1] = 7 }))
  write('bad-rlp', changed((file) => { file.block = file.block.slice(0, -2) }))
  write('bad-list', [1, 2, 3])
}

async function precompiles() {
  const account = mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex: 0 })
  const addresses = [...Array(17).keys()].map((i) => i + 1).concat(0x100)
  for (const number of addresses) {
    const to = '0x' + number.toString(16).padStart(40, '0')
    const transaction = await account.signTransaction({
      type: 'eip1559', chainId: 1337, nonce: 0, to, gas: 2_000_000n, data: zeros(128),
      maxFeePerGas: parseGwei('20'), maxPriorityFeePerGas: parseGwei('1'),
    })
    write(number.toString(16).padStart(3, '0'), [transaction])
  }
}

if (what === 'blocks') blocks(JSON.parse(readFileSync(paths[0], 'utf8')))
else if (what === 'precompiles') await precompiles()
else throw new Error('use: variants.mjs blocks BLOCK FOLDER | precompiles FOLDER')
