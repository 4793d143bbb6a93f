// A node of JSON-RPC between a client and another node, which gives logs as limited or hostile nodes do:
// node limited.mjs URL FILE_WITH_THE_KIND. It prints its own URL; the file says for each request what it is:
//   all           as the other node answers
//   range N       refuses logs of more than N blocks
//   results N     refuses answers with more than N logs
//   junk          gives millions of ones for logs
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [url, kindFile] = process.argv.slice(2)

async function answerTo(body) {
  const request = JSON.parse(body), [kind, limit] = readFileSync(kindFile, 'utf8').trim().split(' ')
  const refused = (message) => JSON.stringify({ jsonrpc: '2.0', id: request.id, error: { code: -32005, message } })
  if (request.method === 'eth_getLogs' && kind !== 'all') {
    const { fromBlock, toBlock } = request.params[0]
    if (kind === 'junk') return `{"jsonrpc":"2.0","id":${request.id},"result":[${'1,'.repeat(4e6)}1]}`
    if (kind === 'range' && fromBlock && BigInt(toBlock) - BigInt(fromBlock) + 1n > BigInt(limit))
      return refused(`at most ${limit} blocks`)
  }
  const answer = await (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text()
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
