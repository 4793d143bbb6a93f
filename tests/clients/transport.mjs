// What a node has to bear from whoever connects: HTTP as browsers and bad clients speak it, traces of nested
// calls, a reader that does not read, connections that say nothing. One line of TAP each. node transport.mjs
// PORT
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { request } from 'node:http'
import { check, end, exampleRequire, port } from './tap.mjs'

const { WebSocket } = exampleRequire('ws')

const raw = (options, body) => new Promise((resolve, reject) => {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', ...options,
    headers: { 'content-type': 'application/json', ...options.headers } }, (answer) => {
    let text = ''
    answer.on('data', (chunk) => (text += chunk)).on('end',
      () => resolve({ status: answer.statusCode, text }))
  })
  sent.on('error', reject)
  sent.end(body)
})
async function call(method, ...params) {
  const { text } = await raw({}, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return JSON.parse(text)
}
async function result(method, ...params) {
  const answer = await call(method, ...params)
  assert.equal(answer.error, undefined, JSON.stringify(answer.error))
  return answer.result
}

await check('only JSON by POST is taken, and not too much of it', async () => {
  assert.equal((await raw({ method: 'PUT' }, '{}')).status, 405)
  assert.equal((await raw({ headers: { 'content-type': 'text/plain' } }, '{}')).status, 415)
  // What a page elsewhere may send without asking first: no type at all, or a plain one of up to 128 bytes.
  assert.equal((await raw({ headers: { 'content-type': [] } }, '{}')).status, 415)
  assert.equal((await raw({ headers: { 'content-type': 'text/plain;charset='.padEnd(128, 'a') } }, '{}'))
    .status, 415)
  const big = '"' + 'a'.repeat(6 << 20) + '"'
  const refused = await raw({}, big).then((a) => a.status, (error) => error.code)
  assert.ok([413, 'ECONNRESET', 'EPIPE'].includes(refused), String(refused))
})

await check('a name that somebody else points here is no host', async () => {
  assert.equal((await raw({ headers: { host: 'example.com' } }, '{}')).status, 403)
  assert.equal((await raw({ headers: { host: `localhost:${port}` } }, '{}')).status, 200)
  // As long as a name may be.
  const long = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.')
  assert.equal((await raw({ headers: { host: `${long}:${port}` } }, '{}')).status, 403)
  const connects = (origin) => new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, origin && { origin })
    socket.on('open', () => (socket.close(), resolve(true))).on('error', () => resolve(false))
  })
  assert.deepEqual(await Promise.all([undefined, `http://127.0.0.1:${port}`, 'http://example.com',
    `https://${long}`].map(connects)),
    [true, true, false, false])
})

await check('notifications get no answer, batches hold their limit', async () => {
  assert.equal((await raw({}, '{"jsonrpc":"2.0","method":"eth_chainId"}')).text, '')
  const many = Array.from({ length: 1001 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'eth_chainId' }))
  assert.equal(JSON.parse((await raw({}, JSON.stringify(many))).text).error.message, 'batch too large')
  assert.equal(JSON.parse((await raw({}, JSON.stringify(many.slice(1)))).text).length, 1000)
})

await check('each module is named once', async () => {
  const { text } = await raw({}, '{"jsonrpc":"2.0","id":1,"method":"rpc_modules"}')
  const names = [...text.matchAll(/"([a-z0-9]+)":"1.0"/g)].map((m) => m[1])
  assert.ok(['eth', 'debug', 'personal', 'ashlar'].every((name) => names.includes(name)), text)
  assert.equal(new Set(names).size, names.length, text)
})

await check('nothing that is sent ends the node', async () => {
  const bodies = ['', '[', '{}', 'null', '[1,2]',
    '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[[]]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"topics":[[[[]]]],"address":7}]}',
    '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', '['.repeat(100000), '\0\0\0',
    '{"jsonrpc":"2.0","id":1,"method":"eth_getProof","params":["0x",{},5]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0xffffffffffffffff","latest",[1,"a",{}]]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x02c0"]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_simulateV1","params":[{"blockStateCalls":[7,{"calls":[7]}]}]}',
    '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":null,"data":"0x5b600056"},"latest"]}']
  for (const body of bodies) await raw({}, body)
  assert.equal((await call('eth_call', { to: null, data: '0x5b600056' }, 'latest')).error.message,
    'out of gas')
  assert.match(await result('eth_chainId'), /^0x/)
})

await check('callTracer and struct logs show a call within a call that reverts', async () => {
  const [from] = await result('eth_accounts')
  const deploy = async (runtime) => {
    const size = (runtime.length / 2).toString(16).padStart(2, '0')
    const hash = await result('eth_sendTransaction',
      { from, data: `0x60${size}600c60003960${size}6000f3${runtime}` })
    return (await result('eth_getTransactionReceipt', hash)).contractAddress
  }
  const inner = await deploy('600054600101600055602a60005260206000fd')
  const outer = await deploy(`6000600060006000600073${inner.slice(2)}5af160005260206000f3`)
  const hash = await result('eth_sendTransaction', { from, to: outer, gas: '0x30d40' })
  const receipt = await result('eth_getTransactionReceipt', hash)
  const tree = await result('debug_traceTransaction', hash, { tracer: 'callTracer' })
  assert.equal(tree.gasUsed, receipt.gasUsed)
  assert.equal(tree.calls.length, 1)
  assert.deepEqual([tree.calls[0].type, tree.calls[0].to, tree.calls[0].error],
    ['CALL', inner, 'execution reverted'])
  assert.equal(BigInt(tree.calls[0].output), 42n)
  const { structLogs } = await result('debug_traceTransaction', hash)
  assert.ok(structLogs.some((l) => l.depth === 2 && l.op === 'REVERT'))
  // What each instruction costs is what is gone before the next one of the same frame, but for what a call
  // gives back.
  const top = structLogs.filter((l) => l.depth === 1)
  const at = top.findIndex((l) => l.op === 'CALL')
  for (let i = 0; i + 1 < top.length; i++)
    if (i !== at) assert.equal(top[i].gas - top[i].gasCost, top[i + 1].gas, top[i].op)
  assert.ok(top[at].gasCost > top[at].gas - top[at + 1].gas)
  const { pre, post } = await result('debug_traceTransaction', hash,
    { tracer: 'prestateTracer', tracerConfig: { diffMode: true } })
  assert.equal(post[from].nonce, pre[from].nonce + 1)
  assert.equal(post[inner], undefined)
})

await check('a subscriber that does not read is let go, and others are served', async () => {
  const slow = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  await new Promise((resolve, reject) => slow.on('open', resolve).on('error', reject))
  let answers = 0
  slow.on('message', () => answers++)
  for (let id = 0; id < 200; id++)
    slow.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_subscribe', params: ['newHeads'] }))
  for (let i = 0; answers < 200 && i < 100; i++) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(answers, 200)
  slow._socket.pause()
  await result('hardhat_mine', '0x50')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const closed = new Promise((resolve) => slow.on('close', (code) => resolve(code)).on('error', () => {}))
  slow._socket.resume()
  const code = await Promise.race([closed, new Promise((resolve) => setTimeout(() => resolve('open'), 5000))])
  slow.terminate()
  assert.notEqual(code, 'open')
  assert.match(await result('eth_blockNumber'), /^0x/)
})

await check('500 connections that say nothing keep nobody out', async () => {
  const idle = Array.from({ length: 500 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  await new Promise((resolve) => setTimeout(resolve, 300))
  const begin = Date.now()
  assert.match(await result('eth_chainId'), /^0x/)
  assert.ok(Date.now() - begin < 2000)
  idle.forEach((socket) => socket.destroy())
})

await check('calls that take long hold up no others', async () => {
  const slow = Array.from({ length: 24 }, () => call('eth_call', { data: '0x5b61ffff5f20505f56' }, 'latest'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  let ended = 0
  slow.forEach((one) => one.then(() => ended++))
  const begin = Date.now()
  for (let i = 0; i < 5; i++) assert.match(await result('eth_blockNumber'), /^0x/)
  assert.ok(ended < slow.length, `all calls had ended after ${Date.now() - begin} ms`)
  for (const answer of await Promise.all(slow))
    assert.match(answer.error.message, /^(out of gas|execution aborted \(timeout = 5s\))$/)
})

// ---- what a socket is sent, byte by byte ----
const chainId = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
// A worker's.
const slowCall = '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",true]}'
const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const post = (body) => `${head}Content-Length: ${body.length}\r\n\r\n${body}`
// All that comes until the other side ends, or until there are so many of a text.
const count = (text, part) => text.split(part).length - 1
const talk = (data, { half = false, until = Infinity, of = '"result"' } = {}) => new Promise((resolve) => {
  let text = ''
  const s = connect({ port, host: '127.0.0.1', allowHalfOpen: true },
    () => (half ? s.end(data) : s.write(data)))
  const done = (how) => (clearTimeout(timer), s.destroy(),
    resolve({ text, how, results: count(text, '"result"') }))
  const timer = setTimeout(() => done('open'), 30000)
  s.on('data', (chunk) => { if (count(text += chunk.toString('latin1'), of) >= until) done('enough') })
    .on('end', () => done('ended')).on('error', (e) => done(e.code))
})

await check('requests that come in one packet are answered in their order, whatever they are', async () => {
  const get = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    options = 'OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n'
  for (const body of [chainId, slowCall]) {
    assert.equal((await talk(post(body).repeat(2), { until: 2 })).results, 2)
    assert.equal((await talk(post(body).repeat(50), { until: 50 })).results, 50)
    for (const first of [get, options]) {
      const { text, results } = await talk(first + post(body), { until: 1 })
      assert.deepEqual([count(text, 'HTTP/1.1 '), results], [2, 1], text)
    }
    assert.equal((await talk(post(body) + post(body).slice(0, 30), { until: 1 })).results, 1)
    assert.equal((await talk(post(body) + post(body).slice(0, -5), { until: 1 })).results, 1)
  }
  const ids = [1, 2, 3].map((id) =>
    post(`{"jsonrpc":"2.0","id":${id},"method":"${id % 2 ? 'eth_gasPrice' : 'eth_getLogs'}","params":[{}]}`))
  assert.deepEqual([...(await talk(ids.join(''), { until: 3 })).text.matchAll(/"id":(\d)/g)].map((m) => m[1]),
    ['1', '2', '3'])
  assert.match(await result('eth_chainId'), /^0x/)
})

await check('a body may come in chunks, and must say once where it ends', async () => {
  const chunked = (body) => `${head}Transfer-Encoding: chunked\r\n\r\n` + body.match(/.{1,7}/g).map((part) =>
    `${part.length.toString(16)}\r\n${part}\r\n`).join('') + '0\r\n\r\n'
  assert.equal((await talk(chunked(chainId).repeat(3), { until: 3 })).results, 3)
  for (const [bad, code] of [
    [`${head}Content-Length: 59\r\nContent-Length: 60\r\n\r\n${chainId}`, 400],
    [`${head}Content-Length: 59, 60\r\n\r\n${chainId}`, 400],
    [`${head}Content-Length: -1\r\n\r\n`, 400],
    [`${head}Content-Length: 59\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    [`${head}Transfer-Encoding: gzip\r\n\r\n`, 400],
    [`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    [`${head}Host: example.com\r\nContent-Length: 0\r\n\r\n`, 400],
    [`${head}Content-Length : 59\r\n\r\n${chainId}`, 400],
    [`${post(chainId).replace('Host: localhost\r\n', '')}`, 400],
    // Just above what a head may take, and far: the refusal itself needs room.
    ...[16100, 16300, 16500, 17000, 20000, 70000].map((size) =>
      [`${head}X: ${'a'.repeat(size + 300)}\r\n\r\n`, 431]),
    [`GET /${'a'.repeat(70000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 414],
    [`${head}Content-Length: 99999999999999999999999\r\n\r\n`, 413],
  ]) {
    const { text, how, results } = await talk(bad)
    assert.match(text, new RegExp(`^HTTP/1.1 ${code} `), bad.slice(0, 200))
    assert.notEqual(how, 'open', bad.slice(0, 200))
    assert.equal(results, 0)
  }
})

await check('who closes his half after the question gets the answer', async () => {
  for (const body of [chainId, slowCall]) {
    const { how, results } = await talk(post(body), { half: true })
    assert.deepEqual([how, results], ['ended', 1])
  }
  for (const many of [2, 40])
    assert.deepEqual((await talk(post(chainId).repeat(many), { half: true })).results, many)
})

await check('WebSocket frames hold to RFC 6455, or the connection ends with its code', async () => {
  const upgrade = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  const frame = (text, { op = 1, masked = true, fin = true, rsv = 0 } = {}) => Buffer.concat([
    Buffer.from([(fin ? 0x80 : 0) | rsv | op, (masked ? 0x80 : 0) | Math.min(text.length, 126)]),
    Buffer.from(text.length < 126 ? [] : [text.length >> 8, text.length & 255]),
    Buffer.from(masked ? [0, 0, 0, 0] : []), Buffer.from(text, 'latin1')])
  const sent = (options, ...frames) => talk(Buffer.concat([Buffer.from(upgrade), ...frames]), options)
  const opened = await sent({ until: 3 }, frame(chainId), frame(chainId), frame(chainId))
  assert.match(opened.text, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i) // RFC 6455, section 1.3
  assert.equal(opened.results, 3)
  assert.equal((await sent({ until: 300 }, ...Array(300).fill(frame(slowCall)))).results, 300)
  assert.equal((await sent({ until: 1 }, frame(chainId.slice(0, 9), { fin: false }),
    frame(chainId.slice(9), { op: 0 }))).results, 1)
  assert.match((await sent({ until: 1, of: '\x8a\x02hi' }, frame('hi', { op: 9 }))).text, /\x8a\x02hi$/)
  for (const [bad, code] of [[frame(chainId, { masked: false }), 1002], [frame(chainId, { op: 3 }), 1002],
    [frame(chainId, { rsv: 0x40 }), 1002], [frame('\xff\xfe'), 1007],
    // Frames about the connection are short and whole; a length has no top bit.
    [frame('a'.repeat(126), { op: 9 }), 1002], [frame('a', { op: 9, fin: false }), 1002],
    [Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), 1002]]) {
    const { text, how } = await sent({}, bad)
    assert.equal(text.slice(-4), `\x88\x02${String.fromCharCode(code >> 8, code & 255)}`)
    assert.notEqual(how, 'open')
  }
  assert.equal((await talk(post(chainId) + upgrade, { until: 2, of: 'HTTP/1.1 ' })).text.split('HTTP/1.1 ')
    .length, 3)
})

await check('a flood of requests whose answers nobody reads keeps nobody out', async () => {
  const floods = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  floods.forEach((s) => (s.pause(), s.write(post(chainId).repeat(50000))))
  await new Promise((resolve) => setTimeout(resolve, 500))
  for (let i = 0; i < 5; i++) assert.match(await result('eth_chainId'), /^0x/)
  floods.forEach((s) => s.destroy())
})

end()
