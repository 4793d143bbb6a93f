// A node under clients that mean it ill: it goes on answering others, and its memory has a bound. One line of
// TAP each. node hostile.mjs PORT PID [CONNECTIONS [BODIES [CALLS]]]
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { check, end, port, result, send, sleep, until } from './tap.mjs'

const [, , , pid, connections = '1000', bodies = '60', calls = '12'] = process.argv
const rssMib = () => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024
const post = (length) => `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${length}\r\n\r\n`

// All that a socket gives until it ends.
function socket(text = '') {
  const s = connect(port, '127.0.0.1')
  s.text = ''
  s.ended = new Promise((resolve) => s.on('close', resolve))
  s.on('data', (chunk) => (s.text += chunk)).on('error', () => {})
  if (text) s.write(text)
  return s
}
// The slowest of some calls, while something else goes on.
async function slowestMs(calls = 20) {
  let slowest = 0
  for (let i = 0; i < calls; i++) {
    const begin = performance.now()
    assert.match(await result('eth_getBalance', '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', 'latest'),
      /^0x/)
    slowest = Math.max(slowest, performance.now() - begin)
  }
  return slowest
}

await check(`${connections} idle connections, half of them WebSockets, keep nobody out`, async () => {
  const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  const chainId = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  const before = rssMib(), idle = []
  for (let i = 0; i < Number(connections); i++) {
    idle.push(socket(i % 2 ? upgrade : post(chainId.length) + chainId))
    if (i % 200 === 199) await until('answers', () => idle.every((s) => s.text !== ''))
  }
  await until('answers', () => idle.every((s) => s.text !== ''))
  for (const [i, s] of idle.entries()) assert.match(s.text, i % 2 ? /^HTTP\/1.1 101/ : /^HTTP\/1.1 200/)
  const slowest = await slowestMs(), grown = rssMib() - before
  console.log(`# slowest call ${slowest.toFixed(1)} ms, ${grown.toFixed(0)} MiB more memory`)
  assert.ok(slowest < 2000)
  assert.ok(grown < 32 + Number(connections) / 25, `${grown} MiB`) // 40 KiB each
  idle.forEach((s) => s.destroy())
  await Promise.all(idle.map((s) => s.ended))
})

await check('bodies that never end hold no more memory than is set aside for them', async () => {
  const before = rssMib(), half = 'x'.repeat(3 << 20)
  const begun = Array.from({ length: Number(bodies) }, () => socket(post(4 << 20) + half))
  await sleep(1500)
  const slowest = await slowestMs(), grown = rssMib() - before
  console.log(`# slowest call ${slowest.toFixed(1)} ms, ${grown.toFixed(0)} MiB more memory`)
  assert.ok(slowest < 2000)
  assert.ok(grown < 700, `${grown} MiB`)
  if (Number(bodies) * 6 > 1024) assert.ok(begun.some((s) => s.text.startsWith('HTTP/1.1 503')))
  begun.forEach((s) => s.destroy())
  await Promise.all(begun.map((s) => s.ended))
})

await check('deep nesting and huge batches are refused or answered, none is fatal', async () => {
  const raw = async (body) => {
    const s = socket(post(body.length) + body)
    await Promise.race([s.ended, until('an answer', () => s.text !== '')])
    s.destroy()
    return s.text
  }
  assert.match(await raw('['.repeat(1 << 20)), /parse error/)
  assert.match(await raw('{"a":'.repeat(200000) + '1' + '}'.repeat(200000)), /parse error/)
  assert.match(await raw('[' + Array(100000).fill('{}').join(',') + ']'), /batch too large/)
  assert.match(await raw('[' + Array(1000).fill('{}').join(',') + ']'), /invalid request/)
})

await check('calls that burn all gas, from many sides, leave other methods quick', async () => {
  const slow = Array.from({ length: Number(calls) }, () => send('eth_call', { data: '0x5b61ffff5f20505f56' },
    'latest'))
  await sleep(200)
  const slowest = await slowestMs()
  console.log(`# slowest call ${slowest.toFixed(1)} ms`)
  assert.ok(slowest < 2000)
  for (const { error } of await Promise.all(slow))
    assert.match(error.message, /^(out of gas|execution aborted \(timeout = 5s\))$/)
})

await check('calls that take all memory that gas buys, from many sides, have a bound together', async () => {
  const runtime = '0x6001620ffff0535f5f5f5f5f305af100' // a byte at 1 MiB, then itself again
  const to = '0x00000000000000000000000000000000000b0b0b'
  const before = rssMib()
  let most = 0
  const all = Array.from({ length: Number(calls) }, () => send('eth_call', { to, gas: '0x2faf080' }, 'latest',
    { [to]: { code: runtime } }))
  let running = true
  Promise.all(all).finally(() => (running = false))
  while (running) {
    most = Math.max(most, rssMib())
    await sleep(10)
  }
  for (const answer of await Promise.all(all)) assert.ok('result' in answer || 'error' in answer)
  console.log(`# ${(most - before).toFixed(0)} MiB more memory at the most`)
  assert.ok(most - before < 2048, `${most - before} MiB`)
  assert.match(await result('eth_chainId'), /^0x/)
})

await check('what is asked over and over of the whole chain leaves other methods quick', async () => {
  const from = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
  const code = '0x' + '60006000a0'.repeat(200) + '00' // 200 logs as the contract is made
  for (let i = 0; i < 10; i++) await result('eth_sendTransaction', { from, data: code, gas: '0x4c4b40' })
  const asked = Array.from({ length: Number(calls) }, () => send('eth_getLogs',
    { fromBlock: '0x0', toBlock: 'latest' }))
  const slowest = await slowestMs()
  console.log(`# slowest call ${slowest.toFixed(1)} ms`)
  assert.ok(slowest < 2000)
  for (const answer of await Promise.all(asked)) assert.equal(answer.result.length, 2000)
})

end()
