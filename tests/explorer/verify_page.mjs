// node verify_page.mjs PORT_OF_A_NODE PACKAGE PROOFS CHROMIUM
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { chromium } from 'playwright-core'
import { check, end, port } from '../clients/tap.mjs'

const [, folder, proofs, executablePath] = process.argv.slice(2)
const proof = (name) => join(proofs, `${name}.proof`), program = readFileSync(join(proofs, 'id'))
  .toString('hex')

// As any web server would give the folder: a type for each file, no policy of its own.
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript',
  '.wasm': 'application/wasm' }
const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://here').pathname)
  try {
    const body = readFileSync(join(folder, path === '/' ? 'index.html' : path))
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(body)
  } catch {
    response.writeHead(404).end()
  }
}).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const anywhere = `http://127.0.0.1:${server.address().port}/`

const browser = await chromium.launch({ executablePath, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
const complaints = []
async function open(url) {
  const context = await browser.newContext(), page = await context.newPage()
  page.setDefaultTimeout(20000)
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) &&
    complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  context.on('request', (request) => request.url().startsWith(url) || complaints.push(request.url()))
  await page.goto(url)
  await page.getByText('Ready: version').waitFor()
  await context.setOffline(true)
  return page
}
const result = async (page) => {
  await page.locator('#result:not([hidden])').waitFor()
  return page.locator('#result').innerText()
}
async function choose(page, name) {
  await page.evaluate(() => { document.getElementById('result').hidden = true })
  await page.locator('#file').setInputFiles(typeof name === 'string' ? proof(name) : name)
  return result(page)
}

for (const [where, url] of [['any web server', anywhere], ['a node', `http://127.0.0.1:${port}/verify/`]]) {
  const page = await open(url)

  await check(`from ${where}: a proof of another program than this build's is refused`, async () => {
    assert.match(await choose(page, 'both'), /does not hold[^]*about another program/)
    assert.equal(await page.locator('#result').getAttribute('class'), 'bad')
  })

  await check(`from ${where}, offline: with its program it says what was proven`, async () => {
    await page.locator('#program').fill(`0x${program}`)
    const text = await choose(page, 'split')
    for (const said of ['The proof holds', 'This block was executed by the rules of its chain',
      'development (chain id 1337)',
      `0x${'44'.repeat(32)}`, '2 segments', `0x${program}`, 'split.proof']) assert.ok(text.includes(said),
        `${said} in ${text}`)
    assert.equal(await page.locator('#result').getAttribute('class'), 'good')
  })

  await check(`from ${where}: batches`, async () => {
    assert.match(await choose(page, 'batch'), /These batches lead[^]*3 to 5[^]*batch 4/)
  })

  await check(`from ${where}: a joined proof says of what it is`, async () => {
    assert.match(await choose(page, 'joined'),
      /The proof holds[^]*This block was executed[^]*others were verified: of one run[^]*program join/)
    assert.equal(await page.locator('#result').getAttribute('class'), 'good')
    assert.match(await choose(page, 'linked'), /does not hold[^]*about another program/) // than this build's join
    await page.locator('#joiner').fill(program)
    await page.locator('#joiner').blur() // the same file, once more
    await page.locator('#result.good').waitFor()
    assert.match(await result(page),
      /These blocks were executed[^]*7 to 9[^]*others were verified: of runs that follow each other/)
    assert.match(await choose(page, 'joined'), /does not hold[^]*about another program/)
    await page.locator('#joiner').fill('')
    await page.locator('#joiner').blur()
    await page.locator('#result.good').waitFor()
  })

  await check(`from ${where}: a block that was not held against its parent`, async () => {
    assert.match(await choose(page, 'unheld'), /nothing shows that the parent allows the block/)
    assert.equal(await page.locator('#result').getAttribute('class'), 'warn')
    await page.locator('#without-parent').check()
    await page.locator('#result.good').waitFor()
    await page.locator('#without-parent').uncheck()
    await page.locator('#result.warn').waitFor()
  })

  await check(`from ${where}: what is changed, cut off or no proof says why not`, async () => {
    const bytes = readFileSync(proof('split')), buffer = Buffer.from(bytes)
    buffer[buffer.length - 400000] ^= 1
    assert.match(await choose(page, { name: 'changed', mimeType: '', buffer }), /does not hold[^]*Part 3/)
    assert.match(await choose(page, { name: 'cut', mimeType: '', buffer: bytes.subarray(0, 100000) }),
      /wrong length/)
    assert.match(await choose(page, { name: '<b>text</b>', mimeType: '', buffer: Buffer.from('no proof') }),
      /wrong length/)
    assert.match(await choose(page, { name: 'empty', mimeType: '', buffer: Buffer.alloc(0) }), /wrong length/)
  })

  await check(`from ${where}: a file is dropped`, async () => {
    await page.evaluate(() => { document.getElementById('result').hidden = true })
    const dropped = await page.evaluateHandle((base64) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'dropped'))
      return transfer
    }, readFileSync(proof('both')).toString('base64'))
    await page.dispatchEvent('#drop', 'dragover', { dataTransfer: dropped })
    assert.equal(await page.locator('#drop').getAttribute('class'), 'over')
    await page.dispatchEvent('#drop', 'drop', { dataTransfer: dropped })
    assert.match(await result(page), /The proof holds[^]*dropped/)
  })

  await check(`from ${where}: what is no id is not taken`, async () => {
    await page.locator('#program').fill('0x12')
    await page.evaluate(() => { document.getElementById('result').hidden = true })
    await page.locator('#file').setInputFiles(proof('both'))
    await page.waitForTimeout(500)
    assert.ok(await page.locator('#result').isHidden())
  })
}

await check('no page complained or asked anybody else', () => assert.deepEqual(complaints, []))

await browser.close()
server.close()
end()
