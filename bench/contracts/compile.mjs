// The workloads as steps of the benchmark: compiled here by solc; Uniswap's own contracts with the bytecode that
// their packages carry: the router holds the hash of that pair's init code.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeDeployData, getContractAddress, toFunctionSelector } from 'viem'

const require = createRequire(import.meta.url)
const solc = require('solc')
const here = dirname(fileURLToPath(import.meta.url))

export function compile(file) {
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(join(here, file), 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'prague',
      outputSelection: { [file]: { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const read = (path) => ({ contents: readFileSync(join(here, 'node_modules', path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }))
  const errors = (output.errors ?? []).filter((e) => e.severity === 'error')
  if (errors.length) throw new Error(errors.map((e) => e.formattedMessage).join('\n'))
  return output.contracts[file]
}

// Each workload starts from an empty state: the sender's nonces, hence the addresses, count from 0.
export function workloads(sender) {
  const compiled = compile('Workloads.sol')
  const own = (name) => ({ abi: compiled[name].abi, bytecode: '0x' + compiled[name].evm.bytecode.object })
  const shipped = (path) => {
    const { abi, evm, bytecode } = require(path)
    const code = evm ? evm.bytecode.object : bytecode
    return { abi, bytecode: code.startsWith('0x') ? code : '0x' + code }
  }
  const selector = toFunctionSelector('run(uint256)')
  const made = []
  function workload(name, nativeTimes, guestTimes, deploy) {
    const steps = []
    const create = ({ abi, bytecode }, args) => {
      const address = getContractAddress({ from: sender, nonce: BigInt(steps.length) })
      steps.push(['create', address, encodeDeployData({ abi, bytecode, args })])
      return address
    }
    const address = deploy(create)
    made.push({ name, steps, address, input: selector, nativeTimes, guestTimes })
  }
  workload('ERC-20 transfer (OpenZeppelin 5.4)', 5000, 20, (create) => create(own('Erc20Transfers')))
  workload('Uniswap v2 swap', 1000, 10, (create) => {
    const factory = create(shipped('@uniswap/v2-core/build/UniswapV2Factory.json'), [sender])
    const weth = create(shipped('@uniswap/v2-periphery/build/WETH9.json'))
    const router = create(shipped('@uniswap/v2-periphery/build/UniswapV2Router02.json'), [factory, weth])
    return create(own('UniswapV2Swaps'), [factory, router])
  })
  workload('ray tracer', 300, 2, (create) => create(own('RayTracer')))
  workload('Keccak chain of 64 bytes', 100000, 100, (create) => create(own('KeccakChain')))
  workload('Keccak of 16 KiB', 1500, 2, (create) => create(own('KeccakLarge')))
  workload('copies of 96 KiB', 2000, 2, (create) => create(own('MemoryCopies')))
  return made
}
