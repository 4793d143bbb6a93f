// What GET and HEAD give, with which headers; then the modules as they were served, against viem.
// node served.mjs PORT
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { check, end, port } from '../clients/tap.mjs'
import { artifactOfFoundry, artifactOfHardhat, compileShop, viem } from './shop.mjs'

const source = join(dirname(fileURLToPath(import.meta.url)), '../../web/explorer')
const made = join(dirname(fileURLToPath(import.meta.url)), '../..', process.env.BUILD ?? 'build', 'web')
const get = (path, { method = 'GET', headers = {} } = {}) => new Promise((resolve, reject) => {
  const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
    const parts = []
    answer.on('data', (part) => parts.push(part)).on('end', () =>
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }))
  })
  sent.on('error', reject)
  sent.end()
})

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml',
  wasm: 'application/wasm' }
const files = [...readFileSync(join(source, '../../src/serve/explorer_files.def'),
  'utf8').matchAll(/^EXPLORER_FILE\(\w+, "(.*?)", "(.*?)"/gm)]
  .map(([, path, name]) => ({ path, name, content: readFileSync(join(existsSync(join(made, name)) ? made
    : source, name)) }))
  .filter(({ content }) => content.length > 0) // where there is no clang, there is no module

await check('each file comes as it is, with its type and a policy that allows nothing from elsewhere',
  async () => {
  assert.ok(files.length > 8)
  for (const { path, name, content } of files) {
    const { status, headers, body } = await get(path)
    assert.equal(status, 200, path)
    assert.ok(body.equals(content), path)
    assert.equal(headers['content-type'].split(';')[0], TYPES[name.split('.').at(-1)], path)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    const policy = headers['content-security-policy'].split('; ')
    const isWorker = path === '/verify/worker.js' // which alone compiles WebAssembly
    assert.ok(policy.includes("default-src 'none'") && policy.includes("frame-ancestors 'none'"))
    assert.ok(policy.includes(isWorker ? "script-src 'self' 'wasm-unsafe-eval'" : "script-src 'self'"))
    assert.ok(isWorker || policy.includes("require-trusted-types-for 'script'"))
    assert.doesNotMatch(headers['content-security-policy'].replace("'wasm-unsafe-eval'", isWorker ? ''
      : '$&'), /unsafe|\*|https?:/)
  }
})

await check('no file asks for anything from elsewhere, or has script or style in its HTML', () => {
  for (const { path, name, content } of files.filter((f) => !f.name.endsWith('.wasm'))) {
    const text = content.toString().replaceAll('http://www.w3.org/2000/svg', '')
    assert.doesNotMatch(text, /https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name)
    if (name.endsWith('.html')) assert.doesNotMatch(text, /<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/,
      name)
    for (const [, imported] of text.matchAll(/from '(\.\/[\w/]+\.js)'/g)) assert.ok(files.some((f) =>
      f.path === new URL(imported, `http://node${path}`).pathname), imported)
  }
})

await check('HEAD gives the headers alone; what has not changed is not sent again', async () => {
  const { headers } = await get('/main.js')
  const head = await get('/main.js', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body.length, head.headers['content-length']],
    [200, 0, headers['content-length']])
  const same = await get('/main.js', { headers: { 'if-none-match': headers.etag } })
  assert.deepEqual([same.status, same.body.length], [304, 0])
  assert.equal((await get('/main.js', { headers: { 'if-none-match': '"other"' } })).status, 200)
  assert.equal((await get('/style.css', { headers: { 'if-none-match': headers.etag } })).status, 200)
})

await check('what is not of the list is not there', async () => {
  for (const path of ['/nothing', '/main', '/main.js/', '/files.def', '/../node.c', '/%2e%2e/node.c',
    '/' + 'a'.repeat(1800)]) {
    const { status, body } = await get(path)
    assert.equal(status, 404, path.slice(0, 40))
    assert.match(body.toString(), /Not found/)
  }
  const cut = await get('/main.js%00') // a name does not end at a zero byte
  assert.deepEqual([cut.status, cut.body.includes('import')], [404, false])
  assert.equal((await get('/nothing', { method: 'HEAD' })).body.length, 0)
  assert.equal((await get('/', { method: 'PUT' })).status, 405)
  assert.equal((await get('/', { headers: { host: 'example.com' } })).status, 403)
})

// ---- the modules -----------------------------------------------------------------------------------

const folder = mkdtempSync(join(tmpdir(), 'ashlar-explorer-'))
process.on('exit', () => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
mkdirSync(join(folder, 'verify'))
for (const { path } of files) if (/\.(js|wasm)$/.test(path)) writeFileSync(join(folder, path),
  (await get(path)).body)
const load = (name) => import(pathToFileURL(join(folder, name)))
const { keccak256, checksumAddress } = await load('keccak.js')
const abi = await load('abi.js')

let seed = 12345
const random = (below) => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return Math.floor(seed / 2147483648 * below)
}
const randomHex = (bytes) => '0x' + Array.from({ length: bytes }, () => random(256).toString(16).padStart(2,
  '0')).join('')

if (files.some(({ path }) => path.endsWith('.wasm')))
  await check('the verifier that is served verifies', async () => {
    const verifier = await (await load('verify/verifier.js')).load()
    const proof = (name) => readFileSync(join(made, '../test-proofs', name))
    const { valid, statement } = await verifier.verify(proof('both.proof'),
      { program: proof('id').toString('hex') })
    assert.deepEqual([valid, statement.chain], [true, 'development'])
  })
else console.log('# no verifier is served: it was built without clang')

await check('Keccak-256 and checksums are those of viem', () => {
  for (let size = 0; size < 300; size++) {
    const data = Uint8Array.from({ length: size }, () => random(256))
    assert.equal(keccak256(data), viem.keccak256(data), `${size} bytes`)
  }
  for (let i = 0; i < 100; i++) {
    const address = randomHex(20)
    assert.equal(checksumAddress(address), viem.getAddress(address))
  }
})

function randomType(depth) {
  const kind = random(depth > 0 ? 11 : 8)
  const bits = 8 * (1 + random(32))
  const simple = ['address', 'bool', 'string', 'bytes', `bytes${1 + random(32)}`, `uint${bits}`, `int${bits}`,
    'uint256']
  if (kind < 8) return { type: simple[kind], name: 'x' }
  if (kind === 10) return { type: 'tuple', name: 'x', components: Array.from({ length: 1 + random(3) },
    (_, i) =>
    ({ ...randomType(depth - 1), name: `f${i}` })) }
  const element = randomType(depth - 1)
  return { ...element, type: element.type + (kind === 8 ? '[]' : `[${1 + random(3)}]`) }
}
/* As viem has it: small integers are numbers, tuples are objects. */
function randomValue({ type, components }) {
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array) return Array.from({ length: array[2] ? Number(array[2]) : random(4) },
    () => randomValue({ type: array[1], components }))
  if (type === 'tuple') return Object.fromEntries(components.map((c) => [c.name, randomValue(c)]))
  if (type === 'address') return viem.getAddress(randomHex(20))
  if (type === 'bool') return random(2) === 1
  if (type === 'string') return 'péché<b>☃'.slice(random(9)).repeat(random(8))
  if (type === 'bytes') return randomHex(random(70))
  if (type.startsWith('bytes')) return randomHex(Number(type.slice(5)))
  const bits = Number(type.replace(/\D/g, '')), value = BigInt(randomHex(bits / 8))
  return type.startsWith('int') ? BigInt.asIntN(bits, value) : value
}
/* As ours has it: integers are bigint, tuples are lists, addresses in lower case. */
function ours(value, { type, components }) {
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array) return value.map((v) => ours(v, { type: array[1], components }))
  if (type === 'tuple') return components.map((c) => ours(value[c.name], c))
  return type === 'address' ? value.toLowerCase() : value
}
const asText = (value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v))

await check('calls are encoded and decoded as by viem, for 2000 random types and values', () => {
  for (let i = 0; i < 2000; i++) {
    const inputs = Array.from({ length: random(4) }, () => randomType(3))
    const values = inputs.map(randomValue), json = { type: 'function', name: 'f', inputs, outputs: inputs,
      stateMutability: 'view' }
    const expected = viem.encodeFunctionData({ abi: [json], functionName: 'f', args: values })
    const [item] = abi.parseAbi(JSON.stringify([json]))
    const mine = values.map((v, k) => ours(v, inputs[k]))
    assert.equal(abi.encodeCall(item, mine), expected)
    assert.deepEqual(abi.decodeCall(item, expected).map((v) => v.value), mine)
    const typed = item.inputs.map((type, k) => abi.parseValue(type, typeof mine[k] === 'object'
      ? asText(mine[k])
      : String(mine[k])))
    // Text in a form is trimmed for everything but strings.
    assert.deepEqual(typed, mine)
    if (inputs.length) assert.deepEqual(abi.decodeOutput(item, '0x' + expected.slice(10)).map((v) => v.value),
      mine)
  }
})

await check('events are decoded as by viem', () => {
  for (let i = 0; i < 500; i++) {
    let left = 3
    const inputs = Array.from({ length: random(6) }, () => randomType(2)).map((p, k) =>
      ({ ...p, name: `p${k}`, indexed: random(2) === 1 && left-- > 0 }))
    const values = inputs.map(randomValue), json = { type: 'event', name: 'E', inputs }
    const hashed = (p) => /\]$|^(tuple|string|bytes)$/.test(p.type)
    const topics = [viem.encodeEventTopics({ abi: [json], eventName: 'E' })[0],
      ...inputs.map((p, k) => [p, values[k]]).filter(([p]) => p.indexed)
      .map(([p, v]) => (hashed(p) ? randomHex(32) : viem.encodeAbiParameters([p], [v])))]
    const data = viem.encodeAbiParameters(inputs.filter((p) => !p.indexed),
      values.filter((_, k) => !inputs[k].indexed))
    const [item] = abi.parseAbi(JSON.stringify([json]))
    abi.decodeLog(item, topics, data).forEach((v, k) => {
      assert.equal(v.isHashed ?? false, inputs[k].indexed && hashed(inputs[k]))
      if (!v.isHashed) assert.deepEqual(v.value, ours(values[k], inputs[k]))
    })
  }
})

await check('the selectors that are shipped are those of their signatures, and each is there once',
  async () => {
  const { SIGNATURES, functionOf } = await load('selectors.js')
  assert.ok(SIGNATURES.length > 400)
  assert.equal(new Set(SIGNATURES).size, SIGNATURES.length)
  for (const signature of SIGNATURES) {
    const item = functionOf(viem.toFunctionSelector(`function ${signature}`))
    assert.equal(item?.signature, signature)
  }
  assert.equal(functionOf('0xffffffff'), undefined)
  for (const text of ['f(', 'f((uint256)', 'f(uint256', 'f(uint7)', 'f((address,uint9[])[])'])
    assert.throws(() => abi.parseSignature(text), abi.AbiError, text)
})

await check('addresses that have a name are written with their checksum', async () => {
  const { KNOWN } = await load('labels.js')
  for (const address of Object.keys(KNOWN)) assert.equal(viem.getAddress(address.toLowerCase()), address)
})

await check('ether as it is typed', async () => {
  const { parseEther } = await load('wallet.js')
  for (const text of ['0', '1', '0.5', '.5', '12.000000000000000001', '3.', ''])
    assert.equal(parseEther(text), viem.parseEther(text.replace(/^\./, '0.').replace(/\.$/, '') || '0'), text)
  for (const text of ['1e3', '-1', '0x1', '1,5', '0.0000000000000000001', 'one', '1 2'])
    assert.throws(() => parseEther(text), abi.AbiError, text)
})

await check('hostile data is refused', () => {
  const item = abi.itemOf({ type: 'function', name: 'f', inputs: [{ type: 'uint256[][][]' },
    { type: 'string' }] })
  for (let i = 0; i < 3000; i++) {
    // Words that are often small, so that offsets and lengths point somewhere.
    const words = Array.from({ length: 1 + random(12) },
      () => (random(4) ? (32 * random(8)).toString(16).padStart(64, '0') : randomHex(32).slice(2)))
    try {
      abi.decodeCall(item, item.selector + words.join(''))
    } catch (error) {
      assert.ok(error instanceof abi.AbiError, error.stack)
    }
  }
  // 200 arrays that are one, of 200 that are one, of 200 numbers: more values than anybody reads.
  const word = (value) => value.toString(16).padStart(64, '0')
  const level = (entry) => word(200) + word(entry).repeat(200)
  const bomb = word(0x40) + word(0) + level(200 * 32) + level(200 * 32) + level(7)
  assert.throws(() => abi.decodeCall(item, item.selector + bomb), /too many values/)
  for (const text of ['', '{', '7', 'null', '[]', '[7]', '{"abi":{}}', '[{"type":"function"}]',
    '[{"type":"function","name":"<b>"}]',
    '[{"type":"function","name":"f","inputs":[{"type":"uint7"}]}]',
      '[{"type":"function","name":"f","inputs":[{"type":"tuple"}]}]',
    '[{"type":"function","name":"f","inputs":[7]}]'])
    assert.throws(() => abi.parseAbi(text), abi.AbiError, text)
})

await check('a contract is known by its code: immutables are open, metadata is named, all else is compared',
  async () => {
  const { artifactsOf, compare } = await load('artifacts.js')
  const shop = compileShop(), { object, immutableReferences } = shop.deployed
  const places = Object.values(immutableReferences).flat().map(({ start }) => 2 + 2 * start)
  assert.ok(places.length > 1)
  const put = (code, at, digits) => code.slice(0, at) + digits + code.slice(at + digits.length)
  const word = '00'.repeat(31) + '2a', on = places.reduce((code, at) => put(code, at, word), '0x' + object)
  const forms = [['out/Shop.sol/Shop.json', artifactOfFoundry(shop)], ['Shop.json', artifactOfHardhat(shop)],
    ['build-info/1.json', { output: shop.output }], ['solc.json', shop.output]]
  for (const [path, json] of forms) {
    const [one, ...others] = artifactsOf(path, JSON.stringify(json))
    assert.deepEqual([one.name, others.length], ['Shop', 0], path)
    assert.match(one.source, /Shop\.sol$/)
    assert.equal(compare(one, on), 'code', path)
    assert.equal(compare(one, on.toUpperCase().replace('0X', '0x')), 'code')
    for (let i = 0; i < 200; i++) {
      const at = 2 + 2 * random(object.length / 2 - 53)
      if (places.some((p) => at >= p && at < p + 64)) continue
      const other = put(on, at, (parseInt(on.slice(at, at + 2), 16) ^ (1 + random(255))).toString(16)
        .padStart(2, '0'))
      assert.equal(compare(one, other), null, `${path} ${at}`)
    }
    assert.equal(compare(one, on.slice(0, -2)), null)
    assert.equal(compare(one, on + '00'), null)
    assert.equal(compare(one, '0x'), null)
    const renamed = compileShop('// again').deployed.object
    assert.equal(compare(one, places.reduce((code, at) => put(code, at, word), '0x' + renamed)),
      'instructions')
    // One immutable with two values is none, where the file tells which is which.
    if (path !== 'Shop.json') assert.equal(compare(one, put(on, places[1], '11'.repeat(32))), null)
  }
})

await check('links and a library’s own address are open; files that are no artifacts have no contracts',
  async () => {
  const { artifactsOf, compare } = await load('artifacts.js')
  const item = { type: 'function', name: 'f', inputs: [] }, text = (json) =>
    JSON.stringify({ abi: [item], ...json })
  const linked = (code) => artifactsOf('a/b.json', text({ deployedBytecode: code }))[0]
  assert.equal(compare(linked('0x6073__$' + 'ab'.repeat(17) + '$__5050'), '0x6073' + '12'.repeat(20) +
    '5050'), 'code')
  assert.equal(compare(linked('0x73' + '00'.repeat(20) + '301400'), '0x73' + '34'.repeat(20) + '301400'),
    'code')
  assert.equal(compare(linked('0x74' + '00'.repeat(20) + '301400'), '0x74' + '34'.repeat(20) + '301400'),
    null)
  for (const bad of ['', '7', 'null', '[]', '{}', '{"output":{"contracts":{"a":7,"b":{"c":null}}}}',
    '{"contracts":[]}',
    text({}), text({ deployedBytecode: '0x' }), text({ deployedBytecode: '0x0' }),
      text({ deployedBytecode: 7 }),
    text({ abi: {}, deployedBytecode: '0x00' }),
      text({ deployedBytecode: { object: '0x' + '00'.repeat(70000) } })])
    assert.deepEqual(artifactsOf('x.json', bad), [], bad.slice(0, 80))
  for (const places of [[{ start: 0, length: 99 }], [{ start: -1, length: 2 }], [{ start: 1e99, length: 1 }],
    7, [null],
    [{ start: 0, length: '1' }]]) {
    const [one] = artifactsOf('x.json',
      text({ deployedBytecode: { object: '0x6001', immutableReferences: { 1: places } } }))
    assert.notEqual(compare(one, '0x6002'), 'code')
  }
})

await check('what is typed into a form is checked', () => {
  const type = (text) => abi.typeOf({ type: text })
  for (const [name, text] of [['uint8', '256'], ['uint8', '-1'], ['int8', '128'], ['uint256', '1.5'],
    ['uint256', ''], ['address', '0x12'], ['bool', 'yes'],
    ['bytes4', '0x123456'], ['bytes', '0x1'], ['uint256[]', '1'], ['uint256[]', '[1.5]'],
      ['uint256[2]', '[1]']])
    assert.throws(() => abi.encodeCall({ selector: '0x', inputs: [type(name)] },
      [abi.parseValue(type(name), text)]), abi.AbiError, `${name} ${text}`)
  assert.equal(abi.parseValue(type('uint256'), ' 0xff '), 255n)
  assert.equal(abi.parseValue(type('string'), ' a '), ' a ')
})

end()
