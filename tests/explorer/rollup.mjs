// What the explorer shows of a rollup on L1, as somebody sees it in a browser. One line of TAP each.
// node rollup.mjs PORT CHROMIUM DEPOSITOR WITHDRAWAL: a withdrawal of 0.25 ETH that is proven and not
// claimed; the command that claims it is the rest of the arguments.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chromium } from 'playwright-core'
import { check, end, port } from '../clients/tap.mjs'
import { client } from './shop.mjs'

const [, executablePath, depositor, withdrawal, ...claim] = process.argv.slice(2)
const { call } = client(port), SCREENSHOTS = process.env.EXPLORER_SCREENSHOTS
const browser = await chromium.launch({ executablePath, headless: true,
  args: ['--no-sandbox', '--disable-gpu',
  '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync'] })
const complaints = []
async function open(viewport) {
  const page = await (await browser.newContext({ viewport })).newPage()
  page.setDefaultTimeout(20000)
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) &&
    complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => new URL(request.url()).host === `127.0.0.1:${port}` ||
    complaints.push(request.url()))
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('.state.live').waitFor()
  return page
}
const page = await open({ width: 1280, height: 900 })
const sees = (text, within = 'main') => page.locator(within).getByText(text, { exact: false }).first()
  .waitFor()
const go = (hash) => page.evaluate((to) => { location.hash = to }, hash)
const row = (text) => page.locator('main tbody tr', { hasText: text }).first()

await check('a rollup has a page about L1', async () => {
  await page.getByRole('link', { name: 'L1', exact: true }).click()
  const status = await call('ashlar_getL1Status')
  await sees(`${Number(status.committed)} committed`)
  await sees('no proof is verified on L1 yet')
  await sees('sequencer')
})

await check('batches, and one of them', async () => {
  await row('batch 1').getByText('proven').waitFor()
  await page.getByRole('link', { name: 'batch 1', exact: true }).click()
  const b = await call('ashlar_getL1Batch', '0x1')
  await sees('Batch 1 on L1')
  await sees(b.l1Transaction)
  await sees(b.proof.l1Transaction)
  await page.getByRole('link', { name: 'Next ›' }).click()
  await sees('Batch 2 on L1')
})

await check('what L1 sent', async () => {
  await go('#/l1/deposits')
  const deposit = row('1 ETH')
  await deposit.getByText('proven').waitFor()
  await deposit.getByText('deposit').waitFor()
  await deposit.locator(`a[href="#/address/${depositor}" i]`).first().waitFor()
  const item = await call('ashlar_getQueueItem', '0x0')
  await deposit.locator(`a[href="#/tx/${item.transaction}"]`).click()
  await sees('sent by L1')
})

await check('what leaves for L1, why it has not arrived, and that it has once it was claimed', async () => {
  await go('#/l1/withdrawals')
  await row('0.25 ETH').getByText('it can be claimed on L1').waitFor()
  await go(`#/tx/${withdrawal}`)
  await sees('it can be claimed on L1')
  execFileSync(claim[0], claim.slice(1))
  await sees('claimed in block') // by itself
  await go('#/l1/withdrawals')
  await row('0.25 ETH').getByText('claimed', { exact: true }).waitFor()
})

await check('what was claimed is not asked for again', async () => {
  const asked = { ashlar_getL1Status: 0, ashlar_getWithdrawal: 0 }
  const count = (request) => {
    for (const method of Object.keys(asked)) if (request.postData()?.includes(method)) asked[method]++
  }
  page.on('request', count)
  while (asked.ashlar_getL1Status < 3) await page.waitForTimeout(100)
  page.off('request', count)
  assert.equal(asked.ashlar_getWithdrawal, 0)
})

await check('it fits a narrow screen', async () => {
  const narrow = await open({ width: 390, height: 800 })
  for (const hash of ['#/l1', '#/l1/batch/1', '#/l1/withdrawals', `#/tx/${withdrawal}`]) {
    await narrow.evaluate((to) => { location.hash = to }, hash)
    await narrow.locator('main .card').first().waitFor()
    await narrow.waitForTimeout(300)
    const beyond = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    assert.ok(beyond <= 0, `${hash}: ${beyond} pixels beyond`)
    if (SCREENSHOTS) await narrow.screenshot(
      { path: `${SCREENSHOTS}/narrow${hash.replaceAll(/\W+/g, '-').slice(0, 20)}.png` })
  }
})

if (SCREENSHOTS)
  for (const hash of ['#/l1', '#/l1/deposits', '#/l1/withdrawals', '#/l1/batch/1', `#/tx/${withdrawal}`]) {
    await go(hash)
    await page.waitForTimeout(600)
    await page.screenshot({ path: `${SCREENSHOTS}/wide${hash.replaceAll(/\W+/g, '-').slice(0, 20)}.png` })
  }
await check('nothing was complained of', () => assert.deepEqual(complaints, []))
await browser.close()
end()
