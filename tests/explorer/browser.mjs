// The explorer as somebody sees it who opens it in a browser. One line of TAP each. node browser.mjs PORT
// PORT_OF_A_NODE_THAT_PROVES CHROMIUM ASHLAR PORT_OF_A_NODE_OF_AMSTERDAM
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createConnection, createServer } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { check, end, port } from '../clients/tap.mjs'
import { artifactOfFoundry, artifactOfHardhat, client, compileShop } from './shop.mjs'

const [, provingPort, executablePath, ashlar, amsterdamPort] = process.argv.slice(2)
const { call, deploy, send } = client(port)
const shop = compileShop(), accounts = await call('eth_accounts')
const SCREENSHOTS = process.env.EXPLORER_SCREENSHOTS // a folder; for people who look
const WAIT_MS = 10000, PROOF_MS = 900000

const browser = await chromium.launch({ executablePath, headless: true,
  args: ['--no-sandbox', '--disable-gpu',
  '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'] })

// Whatever a page complains of, or asks another server for, is a failure at the end.
const complaints = []
async function open(options = {}, at = port) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS)
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) &&
    complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => new URL(request.url()).host === `127.0.0.1:${at}` ||
    complaints.push(request.url()))
  page.on('dialog', (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
  await page.goto(`http://127.0.0.1:${at}/`)
  await page.locator('.state.live').waitFor()
  return page
}
const go = async (page, hash) => {
  const before = await page.locator('main h1').elementHandle()
  const changes = await page.evaluate((to) => location.hash !== to && Boolean(location.hash = to), hash)
  if (changes) await page.waitForFunction((title) => !title.isConnected && document.querySelector('main h1'),
    before)
}
const sees = (page, text, within = 'main') => page.locator(within).getByText(text,
  { exact: false }).first().waitFor()
const tab = (page, name) => page.getByRole('tab', { name }).click()
const short = (hash) => `${hash.slice(0, 10)}…${hash.slice(-6)}`

const page = await open()
let token, ordered

await check('a block and its transaction show up without a reload', async () => {
  await page.evaluate(() => { window.isSamePage = true })
  const hash = await call('eth_sendTransaction', { from: accounts[1], to: accounts[2],
    value: '0x14d1120d7b160000' })
  await sees(page, short(hash))
  const number = BigInt(await call('eth_blockNumber'))
  await page.locator(`.list a[href="#/block/${number}"]`).waitFor()
  await sees(page, '1.5 ETH')
  assert.ok(await page.evaluate(() => window.isSamePage))
})

await check('the charts have a bar for each block that leads to it', async () => {
  const number = BigInt(await call('eth_blockNumber'))
  assert.equal(await page.locator('.chart.gas a').count(), Number(number) + 1)
  await page.locator(`.chart.gas a[href="#/block/${number}"] .hit`).click()
  await sees(page, `Block ${number}`)
  await page.goBack()
  await sees(page, 'Overview')
})

await check('a call and events of a known standard are decoded', async () => {
  token = await deploy(accounts[0], shop, 'Stone & Sons', 'STONE')
  const hash = await send(accounts[0], token, shop, 'transfer', [accounts[3], 25n * 10n ** 17n])
  await go(page, `#/tx/${hash}`)
  await sees(page, 'succeeded')
  await sees(page, '2.5 STONE')
  await sees(page, 'transfer(address,uint256)')
  await sees(page, '2,500,000,000,000,000,000')
  await tab(page, 'Events (1)')
  await page.locator('.logs .event', { hasText: 'Transfer' }).waitFor()
  assert.ok((await page.locator('.logs').innerText()).toLowerCase().includes(accounts[3]))
})

await check('what only an ABI knows is raw until the ABI is given', async () => {
  ordered = await send(accounts[4], token, shop, 'order', [7n, 'a wall', [1n, 2n, 39n]])
  await go(page, `#/tx/${ordered}`)
  await sees(page, 'No known ABI has this')
  await go(page, `#/address/${token}`)
  await tab(page, 'ABI')
  await page.getByLabel('ABI', { exact: true }).fill('{"abi": 7}')
  await page.getByRole('button', { name: 'Use this ABI' }).click()
  await sees(page, 'an ABI is a JSON array')
  // A file, as it is dropped or chosen.
  await page.getByLabel('ABI file').setInputFiles({ name: 'Shop.json', mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ abi: shop.abi })) })
  await sees(page, 'given by you')
  await go(page, `#/tx/${ordered}`)
  await sees(page, 'order(uint128,string,uint256[])')
  await sees(page, 'a wall')
  await tab(page, 'Events (1)')
  await page.locator('.logs .event', { hasText: 'Ordered' }).waitFor()
  await sees(page, '39')
  await tab(page, 'Calls (2)')
  await sees(page, 'STATICCALL')
  await page.locator('.calls .result', { hasText: '42' }).waitFor()
})

await check('the ABI is still known after a reload', async () => {
  await page.reload()
  await sees(page, 'order(uint128,string,uint256[])')
})

await check('a contract is read through forms', async () => {
  await go(page, `#/address/${token}`)
  await sees(page, 'Stone & Sons')
  await sees(page, '1,000,000')
  await tab(page, 'Read')
  const form = page.locator('form.function', { hasText: 'orderAt' })
  await form.getByRole('textbox').fill('0')
  await form.getByRole('textbox').press('Enter')
  await form.getByText('a wall').waitFor()
  await form.getByRole('textbox').fill('9')
  await form.getByRole('button').click()
  await form.getByText('no such order').waitFor()
  await form.getByRole('textbox').fill('nine')
  await form.getByRole('button').click()
  await form.getByText('a whole number is needed').waitFor()
})

await check('a contract is written to by the unlocked accounts', async () => {
  await go(page, `#/address/${token}`)
  await tab(page, 'Write')
  await page.getByLabel('From').selectOption(accounts[5])
  const tip = page.locator('form.function', { has: page.getByText('tip', { exact: true }) })
  await tip.getByLabel('note').fill('thanks')
  await tip.getByRole('button', { name: 'Send' }).click()
  await tip.getByText('nothing given').waitFor() // said before it is sent
  await tip.getByLabel('Ether').fill('a lot')
  await tip.getByRole('button', { name: 'Send' }).click()
  await tip.getByText('at most 18 digits').waitFor()
  await tip.getByLabel('Ether').fill('0.25')
  const before = await call('eth_blockNumber')
  await tip.getByRole('button', { name: 'Simulate' }).click()
  await tip.getByText('250,000,000,000,000,000').waitFor()
  assert.equal(await call('eth_blockNumber'), before)
  await tip.getByRole('button', { name: 'Send' }).click()
  await tip.getByText('succeeded').waitFor()
  const tx = (await call('eth_getBlockByNumber', 'latest', true)).transactions.at(-1)
  assert.deepEqual([tx.from, tx.to, BigInt(tx.value)], [accounts[5].toLowerCase(), token,
    250000000000000000n])
  assert.equal(BigInt(await call('eth_getBalance', token, 'latest')), 250000000000000000n)
})

await check('a contract is written to by a wallet, which is told of the chain', async () => {
  const other = await open()
  /* A wallet as EIP-6963 has it, on another chain; it signs by the node's account. */
  const wallet = (from) => {
    const asked = window.asked = []
    let chainId = '0x1', isKnown = false
    const provider = { async request({ method, params }) {
      asked.push(method)
      if (method === 'eth_requestAccounts') return [from]
      if (method === 'eth_chainId') return chainId
      if (method === 'wallet_switchEthereumChain') {
        if (!isKnown) throw Object.assign(new Error('unknown chain'), { code: 4902 })
        chainId = params[0].chainId
        return null
      }
      if (method === 'wallet_addEthereumChain') {
        window.added = params[0]
        chainId = params[0].chainId
        isKnown = true
        return null
      }
      if (window.refuses) throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
      const answer = await fetch('/', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
      return (await answer.json()).result
    } }
    const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({
      info: { uuid: '1', name: '<b>Purse</b>', icon: 'data:image/svg+xml,', rdns: 'org.example' },
        provider }) }))
    addEventListener('eip6963:requestProvider', announce)
    announce()
  }
  await other.addInitScript(wallet, accounts[6])
  await other.reload()
  await other.locator('.state.live').waitFor()
  await go(other, `#/address/${token}`)
  await tab(other, 'Write')
  await other.getByLabel('From').selectOption({ label: '<b>Purse</b>' })
  const form = other.locator('form.function', { has: other.getByText('transfer', { exact: true }) })
  await form.getByLabel('to').fill(accounts[7])
  await form.getByLabel('value').fill('0')
  await form.getByRole('button', { name: 'Send' }).click()
  await form.getByText('succeeded').waitFor()
  const tx = (await call('eth_getBlockByNumber', 'latest', true)).transactions.at(-1)
  assert.deepEqual([tx.from, tx.to], [accounts[6].toLowerCase(), token])
  const added = await other.evaluate(() => window.added)
  assert.deepEqual([BigInt(added.chainId), added.rpcUrls], [BigInt(await call('eth_chainId')),
    [`http://127.0.0.1:${port}`]])
  assert.ok((await other.evaluate(() => window.asked)).includes('wallet_switchEthereumChain'))
  await other.evaluate(() => { window.refuses = true })
  await form.getByRole('button', { name: 'Send' }).click()
  await form.getByText('User rejected the request.').waitFor()
  await other.context().close()
})

await check('a dropped folder of artifacts makes contracts known by their code', async () => {
  const other = await open(), folder = mkdtempSync(join(tmpdir(), 'ashlar-artifacts-'))
  const write = (path, json) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), JSON.stringify(json))
  }
  write('out/Shop.sol/Shop.json', artifactOfFoundry(shop))
  write('out/IShop.sol/IShop.json', { abi: shop.abi, bytecode: { object: '0x' },
    deployedBytecode: { object: '0x' } })
  write('out/cache/node_modules/x.json', artifactOfHardhat(shop))
  write('out/notes.json', [1, 2])
  const input = await other.context().newCDPSession(other)
  const drop = async (path) => {
    for (const type of ['dragEnter', 'dragOver', 'drop'])
      await input.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data: { items: [], files: [path],
        dragOperationsMask: 1 } })
  }
  await go(other, `#/address/${token}`)
  await sees(other, 'not known; what many contracts share is decoded')
  await drop(join(folder, 'out/notes.json'))
  await sees(other, 'No contract with code in 1 JSON file')
  await drop(join(folder, 'out'))
  await sees(other, '1 contract in 3 files, 1 new')
  await other.locator('dd', { hasText: 'Shop of src/Shop.sol' }).getByText('same code').waitFor()
  await sees(other, 'of the artifact')
  await tab(other, 'Read')
  await other.locator('form.function', { hasText: 'orderAt' }).waitFor()
  await go(other, `#/tx/${ordered}`)
  await sees(other, 'order(uint128,string,uint256[])')
  await other.reload()
  await sees(other, 'order(uint128,string,uint256[])')
  // Another version of it, chosen: its code is not that of the contract, but for the metadata.
  await go(other, `#/address/${token}`)
  await tab(other, 'ABI')
  await other.getByRole('button', { name: 'Forget them' }).click()
  await sees(other, 'not known; what many contracts share is decoded')
  write('other/Shop.sol/Shop.json', artifactOfHardhat(compileShop('// later')))
  await tab(other, 'ABI')
  await other.getByLabel('Artifacts folder').setInputFiles(join(folder, 'other'))
  await sees(other, 'same instructions, other metadata')
  await go(other, '#/address/0xcA11bde05977b3631167028862bE2a173976CA11')
  await sees(other, 'Multicall3')
  assert.equal(await other.locator('dt', { hasText: 'Made from' }).count(), 0)
  await other.context().close()
  rmSync(folder, { recursive: true })
})

await check('a well-known selector has a name where there is no ABI', async () => {
  const data = '0x8456cb59' // pause()
  const hash = await call('eth_sendTransaction', { from: accounts[8], to: accounts[9], data, gas: '0x186a0' })
  await go(page, `#/tx/${hash}`)
  await sees(page, 'pause()')
  await sees(page, 'by its selector alone')
})

await check('the one before and the one after of a sender', async () => {
  const hashes = []
  for (let i = 0; i < 3; i++)
    hashes.push(await call('eth_sendTransaction', { from: accounts[8], to: accounts[2], value: '0x' +
      (i + 1) }))
  await go(page, `#/tx/${hashes[1]}`)
  await page.getByRole('link', { name: 'Previous of sender' }).click()
  await page.waitForURL(`**/#/tx/${hashes[0]}`)
  await page.getByRole('link', { name: 'Next of sender' }).click()
  await page.waitForURL(`**/#/tx/${hashes[1]}`)
  await page.getByRole('link', { name: 'Next of sender' }).click()
  await page.waitForURL(`**/#/tx/${hashes[2]}`)
  await page.locator('.pager span', { hasText: 'Next of sender' }).waitFor()
  const later = await call('eth_sendTransaction', { from: accounts[8], to: accounts[2], value: '0x9' })
  await page.getByRole('link', { name: 'Next of sender' }).click() // it came meanwhile
  await page.waitForURL(`**/#/tx/${later}`)
})

await check('addresses have labels: the node’s accounts, what is the same everywhere, what the reader gives',
  async () => {
  await go(page, '#/address/0x4e59b44847b379578588920cA78FbF26c0B4956C')
  await sees(page, 'CREATE2 deployer')
  await go(page, `#/address/${accounts[8]}`)
  await sees(page, 'Account 8')
  await page.locator('td', { hasText: 'Account 2' }).first().waitFor()
  await page.getByRole('button', { name: 'Change' }).click()
  await page.getByLabel('Label').fill('<i>Aunt</i>')
  await page.getByRole('button', { name: 'Keep' }).click()
  await page.locator('td', { hasText: '<i>Aunt</i>' }).first().waitFor()
  await page.reload()
  await page.locator('td', { hasText: '<i>Aunt</i>' }).first().waitFor()
  assert.equal(await page.locator('main i').count(), 0)
})

await check('a failure says why', async () => {
  const hash = await send(accounts[9], token, shop, 'transfer', [accounts[1], 10n ** 30n], '0x186a0')
  await go(page, `#/tx/${hash}`)
  await sees(page, 'failed')
  await sees(page, 'SoldOut(')
  await sees(page, 'not so many here')
})

await check('an account has its balance, tokens and transactions; a contract its code and storage',
  async () => {
  await go(page, `#/address/${accounts[3]}`)
  await sees(page, 'ETH')
  await tab(page, 'Tokens')
  await page.locator('tr', { hasText: 'Stone & Sons' }).getByText('2.5', { exact: true }).waitFor()
  await go(page, `#/address/${accounts[4]}`)
  await sees(page, short(ordered))
  const balance = await page.locator('dd', { hasText: 'ETH' }).first().innerText()
  const gift = await call('eth_sendTransaction', { from: accounts[0], to: accounts[4],
    value: '0xde0b6b3a7640000' })
  await sees(page, short(gift))
  await page.waitForFunction((before) => ![...document.querySelectorAll('dd')].some((d) =>
    d.innerText === before),
    balance)
  await go(page, `#/address/${token}`)
  await tab(page, 'Code')
  assert.equal(await page.locator('.hex').innerText().then((t) => t.slice(0, 40)),
    (await call('eth_getCode', token, 'latest')).slice(0, 40))
  await tab(page, 'Storage')
  await sees(page, await call('eth_getStorageAt', token, '0x2', 'latest'))
})

await check('an account has its token transfers and inner calls, from an index that follows the chain',
  async () => {
  const head = BigInt(await call('eth_blockNumber'))
  await go(page, `#/address/${accounts[3]}`)
  await tab(page, 'Token transfers')
  const row = page.locator('tr', { hasText: 'STONE' })
  await row.getByText('2.5', { exact: true }).waitFor()
  await go(page, `#/address/${token}`)
  await tab(page, 'Inner calls')
  await page.locator('tr', { hasText: 'STATICCALL' }).getByText('stock').waitFor()
  // Older ones, a page at a time; what leaves the chain leaves the list.
  const snapshot = await call('evm_snapshot'), hashes = []
  for (let i = 0; i < 60; i++)
    hashes.push(await call('eth_sendTransaction', { from: accounts[9], to: '0x' + '77'.repeat(20),
      value: '0x1' }))
  await go(page, `#/address/0x${'77'.repeat(20)}`)
  await sees(page, short(hashes[59]))
  assert.equal(await page.locator('tbody tr').count(), 25)
  await page.getByRole('button', { name: 'Look further back' }).click()
  await sees(page, short(hashes[10]))
  await page.getByRole('button', { name: 'Look further back' }).click()
  await sees(page, short(hashes[0]))
  assert.equal(await page.locator('tbody tr').count(), 60)
  assert.equal(await page.getByRole('button', { name: 'Look further back' }).count(), 0)
  await call('evm_revert', snapshot)
  await sees(page, 'None since genesis')
  assert.equal(BigInt(await call('eth_blockNumber')), head)
})

await check('the search finds blocks, transactions and accounts, by keyboard', async () => {
  const search = async (text) => {
    await page.locator('body').press('/')
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  await go(page, '#/')
  const block = await call('eth_getBlockByNumber', '0x1', false)
  await search('1')
  await sees(page, 'Block 1')
  await search(block.transactions[0])
  await page.waitForURL(`**/#/tx/${block.transactions[0]}`)
  await search(block.hash)
  await page.waitForURL(`**/#/block/${block.hash}`)
  await search(accounts[5])
  await page.waitForURL(`**/#/address/${accounts[5]}`)
  await search('who knows')
  await page.locator('.said', { hasText: 'Nothing found' }).waitFor()
  await page.locator('.search input').fill('')
})

await check('lists have pages', async () => {
  await call('hardhat_mine', '0x3c')
  const head = Number(await call('eth_blockNumber'))
  await go(page, '#/blocks')
  await page.locator(`td a[href="#/block/${head}"]`).waitFor()
  await page.getByRole('link', { name: 'Older' }).click()
  await page.locator(`td a[href="#/block/${head - 25}"]`).waitFor()
  assert.equal(await page.locator(`td a[href="#/block/${head}"]`).count(), 0)
  await page.getByRole('link', { name: 'Oldest' }).click()
  await page.locator('td a[href="#/block/0"]').waitFor()
  await page.getByRole('link', { name: 'Newest' }).click()
  await page.locator(`td a[href="#/block/${head}"]`).waitFor()
  await go(page, '#/transactions')
  await sees(page, short(ordered))
  await go(page, `#/block/${head}`)
  assert.equal(await page.getByRole('link', { name: 'Next' }).count(), 0)
  await call('evm_mine')
  await page.getByRole('link', { name: 'Next' }).click()
  await sees(page, `Block ${head + 1}`)
})

await check('the charts survive that the clock is set and that blocks leave the chain', async () => {
  await go(page, '#/')
  const heights = () => page.locator('.chart.time .bar').evaluateAll((bars) =>
    bars.map((b) => +b.getAttribute('height')))
  for (let i = 0; i < 5; i++) {
    await call('evm_increaseTime', '0xa')
    await call('evm_mine')
  }
  const snapshot = await call('evm_snapshot')
  await call('evm_increaseTime', '0x12cd5480') // ten years and a day
  await call('evm_mine')
  await page.locator('.chart.time .bar.beyond').waitFor()
  await sees(page, 'cut: up to 3,650 d')
  assert.ok((await heights()).filter((height) => height > 30 && height < 101).length >= 6)
  const gone = await call('eth_blockNumber')
  await page.locator(`.list a[href="#/block/${BigInt(gone)}"]`).waitFor()
  await call('evm_revert', snapshot)
  await page.locator('.chart.time .bar.beyond').waitFor({ state: 'detached' })
  assert.equal(await page.locator(`.list a[href="#/block/${BigInt(gone)}"]`).count(), 0)
  const hash = await call('eth_sendTransaction', { from: accounts[1], to: accounts[2], value: '0x5' })
  await sees(page, short(hash))
  await page.locator(`.list a[href="#/block/${BigInt(gone)}"]`).waitFor()
})

await check('what a contract says is text, whatever it says', async () => {
  const evil = '<img src=x onerror="document.title=\'taken\'"><script>alert(1)</script>'
  const bad = await deploy(accounts[0], shop, evil, '"><svg onload=alert(2)>')
  const hash = await send(accounts[0], bad, shop, 'order', [1n, evil + '\u202e', []])
  await send(accounts[0], bad, shop, 'transfer', [accounts[3], 5n])
  for (const hash_ of ['#/', '#/transactions', `#/address/${accounts[3]}`]) await go(page, hash_)
  await tab(page, 'Tokens')
  await sees(page, evil.slice(0, 40))
  await go(page, `#/address/${bad}`)
  await sees(page, evil)
  for (const name of ['Read', 'Events', 'Tokens']) await tab(page, name)
  await go(page, `#/tx/${hash}`)
  await sees(page, evil)
  await tab(page, 'Events (1)')
  await sees(page, evil)
  // In what the browser keeps, too, and in the part of the address that names the page.
  await page.evaluate(([address, text]) => localStorage.setItem(`ashlar.abi.1337.${address}`, text),
    [bad, JSON.stringify([{ type: 'function', name: '<img src=x onerror=alert(3)>', inputs: [] }])])
  await page.goto(`http://127.0.0.1:${port}/#/address/${encodeURIComponent(evil)}`)
  await page.reload()
  await sees(page, 'There is no such page')
  assert.equal(await page.locator('main img, main script, main svg[onload]').count(), 0)
  assert.match(await page.title(), /Ashlar$/)
})

await check('the policy holds: no script but the files’, no text as HTML, nothing from elsewhere',
  async () => {
  const other = await open()
  const before = complaints.length
  // In a task of its own: what a debugger evaluates may do more.
  const refused = await other.evaluate(() => new Promise((resolve) => setTimeout(() => {
    const tries = [() => { document.body.innerHTML = '<b>1</b>' }, () => eval('1'), () => document.write('1')]
    resolve(tries.map((run) => { try { run(); return 'done' } catch (error) { return error.name } }))
  })))
  assert.deepEqual(refused, ['TypeError', 'EvalError', 'TypeError'])
  const fetched = await other.evaluate(() => fetch('http://localhost:1/').then(() => 'done', () => 'refused'))
  assert.equal(fetched, 'refused')
  assert.ok(complaints.length > before)
  complaints.length = before
  await other.context().close()
})

await check('dark and light, as the system has it and as the button says', async () => {
  const dark = await open({ colorScheme: 'dark' })
  const ground = (p) => p.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await ground(page)
  assert.notEqual(await ground(dark), light)
  await dark.getByRole('button', { name: 'Light colours' }).click()
  assert.equal(await ground(dark), light)
  await dark.reload()
  assert.equal(await ground(dark), light)
  await dark.context().close()
})

await check('on a phone nothing is wider than the screen', async () => {
  const phone = await open({ viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, hasTouch: true })
  for (const hash of ['#/', '#/blocks', '#/block/3', '#/transactions', `#/tx/${ordered}`,
    `#/address/${token}`,
    '#/pool']) {
    await go(phone, hash)
    for (const one of await phone.getByRole('tab').all()) await one.click()
    await phone.waitForTimeout(150)
    assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), hash)
  }
  await phone.context().close()
})

await check('everything is reached by keyboard and has a name', async () => {
  await page.goto(`http://127.0.0.1:${port}/#/`)
  await page.reload()
  await sees(page, 'Overview')
  const reached = []
  await page.locator('body').press('Tab')
  for (let i = 0; i < 12; i++) {
    reached.push(await page.evaluate(() => {
      const at = document.activeElement
      return `${at.tagName} ${at.getAttribute('aria-label') ?? at.textContent}`.trim()
    }))
    await page.keyboard.press('Tab')
  }
  for (const name of ['A To the content', 'A Blocks', 'A Transactions', 'INPUT Search',
    'BUTTON Dark colours'])
    assert.ok(reached.includes(name), `${name} of ${reached}`)
  await go(page, `#/tx/${ordered}`)
  await page.getByRole('tab').first().focus()
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.getByRole('tab', { name: 'Events' }).getAttribute('aria-selected'), 'true')
  const nameless = await page.evaluate(() => [...document.querySelectorAll('a, button, input')]
    .filter((e) => !(e.getAttribute('aria-label') ?? e.textContent).trim()).map((e) => e.outerHTML))
  assert.deepEqual(nameless, [])
})

// A way to the node that can be cut.
const sockets = new Set()
let isCut = false
const way = createServer((near) => {
  if (isCut) return near.destroy()
  const far = createConnection(port, '127.0.0.1')
  for (const [a, b] of [[near, far], [far, near]]) {
    sockets.add(a)
    a.pipe(b)
    a.on('error', () => {}).on('close', () => { sockets.delete(a); b.destroy() })
  }
})
await new Promise((resolve) => way.listen(0, '127.0.0.1', resolve))

await check('a lost connection comes back, and what was missed is shown', async () => {
  const cut = await open({}, way.address().port)
  const before = complaints.length
  isCut = true
  sockets.forEach((socket) => socket.destroy())
  await cut.locator('.state:not(.live)').waitFor()
  const hash = await call('eth_sendTransaction', { from: accounts[1], to: accounts[2], value: '0x1' })
  isCut = false
  await cut.locator('.state.live').waitFor()
  await sees(cut, short(hash))
  const later = await call('eth_sendTransaction', { from: accounts[1], to: accounts[2], value: '0x2' })
  await sees(cut, short(later))
  complaints.splice(before, complaints.length, ...complaints.slice(before)
    .filter((c) => !/WebSocket|ERR_/.test(c)))
  await cut.context().close()
})
way.close()

await check('what waits is shown in the pool and on its page, until it is in a block', async () => {
  // A nonce too far ahead waits for the one before it.
  const nonce = Number(await call('eth_getTransactionCount', accounts[7], 'latest'))
  await go(page, '#/pool')
  await sees(page, 'Nothing waits')
  const hash = await call('eth_sendTransaction', { from: accounts[7], to: accounts[8], value: '0x1',
    nonce: '0x' + (nonce + 1).toString(16) })
  await sees(page, short(hash))
  await go(page, `#/tx/${hash}`)
  await sees(page, 'pending')
  await call('eth_sendTransaction', { from: accounts[7], to: accounts[8], value: '0x1',
    nonce: '0x' + nonce.toString(16) })
  await sees(page, 'succeeded')
})

await check('a node that proves nothing speaks of no proofs', async () => {
  await go(page, '#/block/1')
  await sees(page, 'State root')
  assert.equal(await page.locator('dt', { hasText: 'Proof' }).count(), 0)
  assert.ok(await page.locator('header a[href="#/proofs"]').isHidden())
})

await check('a block of Amsterdam has its slot and its access list', async () => {
  const chain = client(amsterdamPort), amsterdam = await open({}, amsterdamPort)
  // A contract whose creation writes 42 to slot 7 and reads slot 9: PUSH1 42 PUSH1 7 SSTORE PUSH1 9 SLOAD
  // STOP.
  const hash = await chain.call('eth_sendTransaction',
    { from: accounts[1], gas: '0x100000', data: '0x602a6007556009545000' })
  const { contractAddress } = await chain.call('eth_getTransactionReceipt', hash)
  const block = await chain.call('eth_getBlockByNumber', '0x1', false)
  await go(amsterdam, '#/block/1')
  await sees(amsterdam, block.blockAccessListHash)
  const slot = amsterdam.locator('dl div', { has: amsterdam.getByText('Slot', { exact: true }) }).first()
  assert.match(await slot.innerText(), new RegExp(`${Number(block.slotNumber)}`))
  const { length } = await chain.call('eth_getBlockAccessList', '0x1')
  await tab(amsterdam, `Access list (${length})`)
  const row = (address) => amsterdam.locator('tbody tr',
    { has: amsterdam.locator(`a[href*="${address}" i]`) })
  const created = await row(contractAddress).innerText()
  assert.match(created, /nonce → 1 at 1/)
  assert.match(created, /0x7 → 0x2a at 1/)
  assert.match(created, /0x9/)
  assert.match(await row(accounts[1]).innerText(), /balance → [\d.,]+ ETH at 1[^]*nonce → 1 at 1/)
})

const prover = await open({}, provingPort)
await check('proofs under way show up with their progress', async () => {
  await sees(prover, 'idle')
  await client(provingPort).call('eth_sendTransaction', { from: accounts[1], to: accounts[2], value: '0x1' })
  await prover.locator('.progress', { hasText: '%' }).waitFor({ timeout: 120000 })
  await go(prover, '#/block/1')
  await sees(prover, 'batch 1')
  await prover.locator('.badge.busy', { hasText: 'proving' }).waitFor()
  await go(prover, '#/proofs')
  await prover.locator('td .badge', { hasText: 'proving' }).waitFor()
})

await check('a proof that is finished shows up, and what is downloaded verifies', async () => {
  await go(prover, '#/batch/1')
  await prover.getByRole('link', { name: 'Download' }).waitFor({ timeout: PROOF_MS })
  await prover.locator('.badge.good', { hasText: 'proven' }).waitFor()
  const coming = prover.waitForEvent('download')
  await prover.getByRole('link', { name: 'Download' }).click()
  const file = await (await coming).path()
  const verdict = execFileSync(ashlar, ['verify', file, '--json'], { encoding: 'utf8' })
  assert.ok(verdict.includes((await client(provingPort).call('eth_getBlockByNumber', '0x1', false)).hash),
    verdict)
  await go(prover, '#/blocks')
  await prover.locator('td .badge.good', { hasText: 'proven' }).waitFor()
})

await check('and this browser verifies it', async () => {
  await go(prover, '#/batch/1')
  await prover.getByRole('button', { name: 'Verify here' }).click()
  await prover.locator('.badge.good', { hasText: 'The proof holds' }).waitFor({ timeout: 60000 })
  await sees(prover, 'verified in')
  await prover.waitForTimeout(3000) // the page is made anew every two seconds
  await sees(prover, 'This block was executed by the rules of its chain.')
})

await check('the next one is joined with it, which shows, and is verified', async () => {
  await client(provingPort).call('eth_sendTransaction', { from: accounts[1], to: accounts[2], value: '0x1' })
  await go(prover, '#/proofs')
  await prover.locator('.badge.busy', { hasText: 'joining' }).waitFor({ timeout: 2 * PROOF_MS })
  await sees(prover, 'batches 1 to 2')
  await prover.getByRole('link', { name: 'blocks 1 to 2' }).waitFor({ timeout: PROOF_MS })
  await sees(prover, 'one proof of them all')
  await go(prover, '#/batch/1')
  const row = prover.locator('dl div', { has: prover.getByText('Joined', { exact: true }) }).first()
  assert.match(await row.innerText(), /batches 1 to 2, blocks 1 to 2/)
  await row.getByRole('button', { name: 'Verify here' }).click()
  await row.locator('.badge.good', { hasText: 'The proof holds' }).waitFor({ timeout: 60000 })
  const coming = prover.waitForEvent('download')
  await row.getByRole('link', { name: 'Download' }).click()
  const verdict = JSON.parse(execFileSync(ashlar, ['verify', await (await coming).path(), '--json'], { encoding: 'utf8' }))
  assert.deepEqual([verdict.joined, verdict.firstNumber, verdict.number], [true, 1, 2])
})

if (SCREENSHOTS) {
  mkdirSync(SCREENSHOTS, { recursive: true })
  for (const [name, hash] of [['overview', '#/'], ['transaction', `#/tx/${ordered}`]]) {
    await go(page, hash)
    await page.waitForTimeout(1000)
    await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` })
  }
}

await check('no page complained or asked anybody else', () => assert.deepEqual(complaints, []))

await browser.close()
end()
