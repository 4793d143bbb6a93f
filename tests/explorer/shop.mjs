// What the explorer's tests share: a node's RPC, the contract Shop, and ABI encoding by viem, which is not
// ours.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(join(here, '../../examples/erc20/package.json'))
export const viem = require('viem')

/* `comment`: at the end of the source; it changes the metadata alone. */
export function compileShop(comment = '') {
  const input = {
    language: 'Solidity',
    sources: { 'Shop.sol': { content: readFileSync(join(here, 'Shop.sol'), 'utf8') + comment } },
    settings: { optimizer: { enabled: true }, outputSelection: { '*': { Shop: ['abi', 'evm.bytecode.object',
      'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences'] } } },
  }
  const output = JSON.parse(require('solc').compile(JSON.stringify(input)))
  const wrong = (output.errors ?? []).filter((e) => e.severity === 'error')
  if (wrong.length) throw new Error(wrong.map((e) => e.formattedMessage).join('\n'))
  const { abi, evm } = output.contracts['Shop.sol'].Shop
  return { abi, bytecode: '0x' + evm.bytecode.object, output, deployed: evm.deployedBytecode }
}

/* As Foundry writes it to out/Shop.sol/Shop.json, and Hardhat 2 to artifacts/Shop.sol/Shop.json. */
export const artifactOfFoundry = ({ abi, bytecode, deployed: { object, immutableReferences } }) => ({ abi,
  bytecode: { object: bytecode, linkReferences: {} },
  deployedBytecode: { object: '0x' + object, linkReferences: {}, immutableReferences }, methodIdentifiers: {},
  metadata: { settings: { compilationTarget: { 'src/Shop.sol': 'Shop' } } }, id: 0 })
export const artifactOfHardhat = ({ abi, bytecode, deployed }) =>
  ({ _format: 'hh-sol-artifact-1', contractName: 'Shop',
  sourceName: 'contracts/Shop.sol', abi, bytecode, deployedBytecode: '0x' + deployed.object,
    linkReferences: {},
  deployedLinkReferences: {} })

export function client(port) {
  async function call(method, ...params) {
    const answer = await fetch(`http://127.0.0.1:${port}`,
      { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    const { result, error } = await answer.json()
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  async function deploy(from, { abi, bytecode }, ...args) {
    const hash = await call('eth_sendTransaction',
      { from, data: viem.encodeDeployData({ abi, bytecode, args }) })
    return (await call('eth_getTransactionReceipt', hash)).contractAddress
  }
  const send = (from, to, { abi }, functionName, args, gas) =>
    call('eth_sendTransaction', { from, to, data: viem.encodeFunctionData({ abi, functionName, args }),
      ...(gas ? { gas } : {}) })
  return { call, deploy, send }
}
