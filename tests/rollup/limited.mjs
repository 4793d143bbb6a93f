// A node of JSON-RPC between a client and another node, which gives logs as limited or hostile nodes do:
// node limited.mjs URL FILE_WITH_THE_KIND. It prints its own URL; the file says for each request what it is:
//   all           as the other node answers
//   range N       refuses logs of more than N blocks
//   results N     refuses answers with more than N logs
//   junk          gives millions of ones for logs
//   other         gives another hash for each block
//   first QUEUE   before each transaction it sends one of a stranger's to the Queue, at a higher price
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const { encodeFunctionData, parseAbi } = createRequire(new URL('../../examples/erc20/package.json', import.meta.url))('viem')
const STRANGER = '0xa0ee7a142d267c1f36714e4a8f75612f20a79720' // an unlocked account of anvil's

const [url, kindFile] = process.argv.slice(2)

const ask = async (body) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' },
  body })).text()

const sendFirst = (queue) => ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{
  from: STRANGER, to: queue, value: '0x' + (10n ** 16n).toString(16), maxPriorityFeePerGas: '0x2540be400',
  maxFeePerGas: '0x174876e800', data: encodeFunctionData({ abi: parseAbi(['function send(address,bool,uint256,uint64,bytes)']),
    args: [STRANGER, false, 5n, 50000n, '0x'] }) }] }))

async function answerTo(body) {
  const request = JSON.parse(body), [kind, limit] = readFileSync(kindFile, 'utf8').trim().split(' ')
  const refused = (message) => JSON.stringify({ jsonrpc: '2.0', id: request.id, error: { code: -32005, message } })
  if (request.method === 'eth_getLogs' && kind !== 'all') {
    const { fromBlock, toBlock } = request.params[0]
    if (kind === 'junk') return `{"jsonrpc":"2.0","id":${request.id},"result":[${'1,'.repeat(4e6)}1]}`
    if (kind === 'range' && fromBlock && BigInt(toBlock) - BigInt(fromBlock) + 1n > BigInt(limit))
      return refused(`at most ${limit} blocks`)
  }
  if (kind === 'first' && request.method === 'eth_sendRawTransaction') {
    const { error } = JSON.parse(await sendFirst(limit))
    if (error) console.error(`stranger: ${error.message}`)
    else console.error('stranger: sent')
  }
  const answer = await ask(body)
  if (kind === 'other' && request.method === 'eth_getBlockByNumber')
    return answer.replace(/"hash":"0x../, '"hash":"0xzz').replace('0xzz', '0xab')
  if (request.method === 'eth_getLogs' && kind === 'results' && (JSON.parse(answer).result ?? []).length > Number(limit))
    return refused('query returned more than it may')
  return answer
}

createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  response.setHeader('content-type', 'application/json')
  try {
    response.end(await answerTo(body))
  } catch {
    response.statusCode = 502
    response.end()
  }
}).listen(0, '127.0.0.1', function listening() {
  console.log(`http://127.0.0.1:${this.address().port}`)
})
