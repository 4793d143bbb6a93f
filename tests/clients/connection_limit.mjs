// More connections than a node takes: the rest are told so, those that are there are served, and so is
// whoever comes once one has gone. node connection_limit.mjs PORT
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { check, end, port, until } from './tap.mjs'

const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
const request = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${body.length}\r\n\r\n${body}`

// What a connection gets for a request; it stays.
async function ask(s) {
  s.text = ''
  s.write(request)
  await until('an answer', () => s.text !== '')
  return s.text
}
function open() {
  const s = connect(port, '127.0.0.1')
  s.on('data', (chunk) => (s.text += chunk)).on('error', () => {})
  return s
}

const taken = []
await check('one connection too many is told so', async () => {
  for (let i = 0; i < 160; i++) {
    const s = open(), text = await ask(s)
    if (!text.startsWith('HTTP/1.1 200')) {
      assert.match(text, /^HTTP\/1.1 503 [^]*too many connections: try again later/)
      break
    }
    taken.push(s)
  }
  assert.ok(taken.length > 100 && taken.length < 160, `${taken.length} connections`)
})

await check('those that are there are served', async () => {
  for (const s of taken) assert.match(await ask(s), /^HTTP\/1.1 200[^]*"result":"0x/)
})

await check('where one goes, another may come', async () => {
  taken.pop().destroy()
  await until('room', async () => (await ask(open())).startsWith('HTTP/1.1 200'))
})

end()
