// How long proofs take to be verified: natively, in Node.js, in a worker of headless Chromium; the least of fifteen each. Of
// the library and of Node.js it is the processor's time, which other work on the machine changes least.
//   node bench/verify/bench.mjs PROOF…      (mk/bench.mk: make bench-verify PROOFS="…")
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const build = process.env.BUILD ?? 'build', folder = join(build, 'npm/ashlar-verify'), ROUNDS = 15
const { load } = await import(pathToFileURL(join(folder, 'index.js')))
const module = readFileSync(join(folder, 'ashlar_verify.wasm'))
console.log(`ashlar_verify.wasm: ${module.length} bytes, ${gzipSync(module, { level: 9 }).length} with gzip -9\n`)

const OPTIONS = { withoutParent: true }, verifier = await load(), proofs = process.argv.slice(2)
const run = (...command) => execFileSync(command[0], command.slice(1), { encoding: 'utf8' })
const least = (values) => Math.min(...values)

async function inNode(proof) {
  const times = []
  for (let i = 0; i < ROUNDS; i++) {
    const file = readFileSync(proof), before = process.cpuUsage()
    const result = await verifier.verify(file, OPTIONS)
    if (!result.valid) throw new Error(`${proof}: ${result.reason}`)
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1000)
  }
  return least(times)
}

const natively = (proof) => least(Array.from({ length: ROUNDS }, () =>
  Number(/in (\d+) ms/.exec(run(join(build, 'ashlar'), 'verify', proof, '--without-parent'))[1])))

/* A page without anything but the module of the worker. */
async function chromiumBench() {
  const { chromium } = createRequire(new URL('../../tests/explorer/package.json', import.meta.url))('playwright-core')
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm' }
  const server = createServer(({ url }, response) => {
    const proof = /^\/proof\/(\d+)$/.exec(url)
    if (url === '/') response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>')
    else if (proof) response.end(readFileSync(proofs[proof[1]]))
    else if (url === '/favicon.ico') response.writeHead(204).end()
    else response.setHeader('content-type', types[extname(url)]).end(readFileSync(join(folder, url)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  return { measure: async (i) => least(await page.evaluate(async ({ i, rounds, options }) => {
    const { WorkerVerifier } = await import('/index.js')
    const verifier = new WorkerVerifier(), times = []
    for (let k = 0; k < rounds; k++) {
      const result = await verifier.verify(`/proof/${i}`, options)
      if (!result.valid) throw new Error(result.reason)
      times.push(result.milliseconds)
    }
    verifier.close()
    return times
  }, { i, rounds: ROUNDS, options: OPTIONS })), close: () => browser.close().then(() => server.close()) }
}

const chromium = await chromiumBench()
console.log('| proof | KiB | parts | command, ms | library, ms | Node.js, ms | Chromium, ms |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const [i, proof] of proofs.entries()) {
  const { segments, ledgerParts, size } = await verifier.verify(readFileSync(proof), OPTIONS)
  const library = Number(run(join(build, 'programs/bench/verify/library_bench'), proof))
  const parts = segments === 1 && ledgerParts === 1 ? 1 : segments + ledgerParts
  console.log(`| ${basename(proof)} | ${Math.round(size / 1024)} | ${parts} | ${natively(proof)} | ${library.toFixed(0)} | ` +
    `${(await inNode(proof)).toFixed(0)} | ${(await chromium.measure(i)).toFixed(0)} |`)
}
await chromium.close()
