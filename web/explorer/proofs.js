// How far the proofs are: of a block, of a batch of blocks, of all of them.
import { verifyHere } from './check.js'
import { call, quantity } from './rpc.js'
import { badge, blockLink, card, copyButton, count, exactTime, facts, faint, foreign, h, meter, mono, pager,
  pagerLink, plural, table } from './dom.js'

const BATCHES_A_PAGE = 25, PROGRESS_EVERY_MS = 2000

const KINDS = { sealed: 'wait', proving: 'busy', proven: 'good', failed: 'bad' }
const batchLink = (number) => h('a', { href: `#/batch/${BigInt(number)}` }, `batch ${count(number)}`)

function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds))
  return whole < 60 ? `${whole} s` : whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`
}

const bytesText = (size) => (Number(size) < 1e6 ? `${(Number(size) / 1e3).toFixed(1)} kB`
  : `${(Number(size) / 1e6).toFixed(1)} MB`)
const timeTaken = (batch) => batch.startedAt && batch.endedAt &&
  duration((Number(batch.endedAt) - Number(batch.startedAt)) / 1000)
const percentText = (progress) => `${Math.floor(progress.percent)} %`

function progressView({ progress }) {
  if (!progress) return null
  const left = progress.secondsLeft === null ? '' : `, about ${duration(progress.secondsLeft)} left`
  return h('span', { class: 'progress' }, meter(progress.percent, percentText(progress)),
    ` ${percentText(progress)}`, faint(` ${progress.stage}${placeText(progress)}${left}`))
}

/* First the parts are proven, then they are joined, node by node of a tree. */
function placeText({ part, parts, node, nodes }) {
  if (BigInt(node) > 0n) return `, joining, node ${count(node)}${BigInt(nodes) > 0n ? ` of ${count(nodes)}` : ''}`
  return BigInt(parts) > 0n ? `, part ${count(part)} of ${count(parts)}` : ''
}

const blocksText = (batch) => batch.firstBlock === batch.lastBlock ? ['block ', blockLink(batch.firstBlock)]
  : ['blocks ', blockLink(batch.firstBlock), ' to ', blockLink(batch.lastBlock)]

const rangeText = (what, first, last) => first === last ? `${what} ${count(first)}`
  : `${what}${what === 'batch' ? 'es' : 's'} ${count(first)} to ${count(last)}`
const proofFile = ({ firstBatch, lastBatch }) => firstBatch === lastBatch ? `batch-${BigInt(lastBatch)}.proof`
  : `batches-${BigInt(firstBatch)}-${BigInt(lastBatch)}.proof`
const pathOf = (proof) => /^\/proofs\/\d+(-\d+)?$/.test(proof.proofPath ?? '') ? proof.proofPath : null
const downloadLink = (proof, text) => h('a', { href: pathOf(proof), download: proofFile(proof) }, text)

/* The fewest proofs that together show all that is proven, the last blocks first: a link for each. */
const joinedLinks = (proofs) => proofs.flatMap((proof, i) => [i > 0 ? ', ' : '',
  downloadLink(proof, rangeText('block', proof.firstBlock, proof.lastBlock))])

/* Whether this node proves, or did so: {enabled, batches, …} or null. */
export async function provingOf(methods) {
  if (!methods.has('ashlar_proverStatus')) return null
  const status = await call('ashlar_proverStatus')
  return status.enabled || BigInt(status.batches) > 0n ? status : null
}

/* What stands beside a block or its transactions; null where nothing is proven. */
export async function proofOfBlock(page, number) {
  if (!page.proves) return null
  const box = h('span', {})
  async function load() {
    const batch = await call('ashlar_getBatchByBlock', quantity(number))
    box.replaceChildren(...(batch ? [badge(batch.status, KINDS[batch.status]), ' in ',
      batchLink(batch.number), ' ',
      progressView(batch) ?? '']
      : [badge('sealed', 'wait'), ' ', faint(number === 0n ? 'genesis needs no proof'
        : 'in no batch yet')]))
    return batch?.status
  }
  const done = await load()
  if (done !== 'proven' && number > 0n) {
    page.on('batch', load)
    page.every(PROGRESS_EVERY_MS, load)
  }
  return box
}

/* Badges for a list of blocks. */
export async function proofBadges(page, numbers) {
  if (!page.proves) return null
  const all = await Promise.all(numbers.map((n) => call('ashlar_getBlockStatus', quantity(n))))
  return all.map(({ status, batch }) => batch ? h('a', { href: `#/batch/${BigInt(batch)}` },
    badge(status, KINDS[status])) : badge(status, KINDS[status]))
}

/* What the overview says; it keeps itself up to date. */
export async function proverCard(page, title) {
  const box = h('div', {})
  async function load() {
    const [status, last, joined] = await Promise.all([call('ashlar_proverStatus'),
      call('ashlar_getBatchByNumber', 'proven'), call('ashlar_getJoinedProofs')])
    const now = status.current, joining = status.joining
    box.replaceChildren(card(title, facts([
      ['Now', now ? [badge('proving', 'busy'), ' ', batchLink(now.number), ', ', blocksText(now), ' ',
        progressView(now)]
        : joining ? [badge('joining', 'busy'), ' ', rangeText('batch', joining.firstBatch, joining.lastBatch), ' ',
          progressView(joining)]
        : faint(status.enabled ? 'idle' : 'the prover is off')],
      ['Waiting', BigInt(status.queue) === 0n ? faint('nothing')
        : `${plural(status.queue, 'batch', 'batches')}, ${count(status.queueCycles)} cycles`],
      last && ['Proven', 'up to block ', blockLink(last.lastBlock),
        faint(` · ${bytesText(last.proofSize)} in ${timeTaken(last) ?? 'no time'}`)],
      joined.length > 0 && ['Joined', joinedLinks(joined), faint(joined.length === 1 ? ' · one proof of them all'
        : ` · ${count(joined.length)} proofs that follow each other`)],
    ])))
  }
  await load()
  page.on('batch', load)
  page.every(PROGRESS_EVERY_MS, load)
  return box
}

export async function proofsPage(page, from) {
  const box = h('div', {}), strip = await proverCard(page, null)
  async function load() {
    const newest = BigInt(await call('ashlar_batchNumber'))
    const first = from === undefined || BigInt(from) > newest ? newest : BigInt(from)
    const numbers = []
    for (let n = first; n >= 1n && numbers.length < BATCHES_A_PAGE; n--) numbers.push(n)
    const batches = (await Promise.all(numbers.map((n) => call('ashlar_getBatchByNumber',
      quantity(n))))).filter(Boolean)
    const size = BigInt(BATCHES_A_PAGE)
    box.replaceChildren(card(null, table([['Batch'], ['Status'], ['Blocks', 'second'],
      ['Transactions', 'number wide'], ['Gas used', 'number wide'],
      ['Cycles', 'number wide'], ['Took', 'number'], ['Proof', 'number']],
        batches.map((b) => [batchLink(b.number),
      [badge(b.status, KINDS[b.status]), ' ', b.progress ? percentText(b.progress) : ''], blocksText(b),
        count(b.transactionCount), count(b.gasUsed),
      count(b.cycles), timeTaken(b) ?? '–', b.proofSize ? bytesText(b.proofSize) : '–']), 'No batch yet.')),
    pager(pagerLink('‹ Newer', first < newest && `#/proofs/${first + size}`),
      pagerLink('Older ›', first > size && `#/proofs/${first - size}`)))
  }
  await load()
  page.on('batch', load)
  return { title: 'Proofs', content: [strip, box] }
}

export async function batchPage(page, number) {
  const box = h('div', {}), verification = verifyHere(), verifications = new Map()
  const verificationOf = (path) => {
    if (!verifications.has(path)) verifications.set(path, verifyHere())
    return verifications.get(path)
  }
  async function load() {
    const batch = await call('ashlar_getBatchByNumber', quantity(number))
    if (!batch) {
      box.replaceChildren(h('p', { class: 'empty' }, `There is no batch ${number} here yet.`))
      return
    }
    const larger = (await call('ashlar_getJoinedProofs', quantity(number))).slice(1)
    const path = pathOf(batch)
    const at = (ms) => ms && exactTime(Math.floor(Number(ms) / 1000))
    box.replaceChildren(card(null, facts([
      ['Status', badge(batch.status, KINDS[batch.status]), ' ', progressView(batch)],
      batch.error && ['Last error', foreign(batch.error, 300)],
      path && ['Proof', h('a', { href: path, download: `batch-${BigInt(number)}.proof` }, 'Download'),
        faint(` ${bytesText(batch.proofSize)}, ${batch.joined ? 'one joined proof' : 'of its parts'} · check it with `),
        mono(`ashlar verify batch-${BigInt(number)}.proof`)],
      path && ['Verification', verification(batch, path)],
      ...larger.map((proof) => ['Joined', rangeText('batch', proof.firstBatch, proof.lastBatch), ', ',
        rangeText('block', proof.firstBlock, proof.lastBlock), ' · ', downloadLink(proof, 'Download'),
        faint(` ${bytesText(proof.proofSize)} · `), verificationOf(pathOf(proof))(proof, pathOf(proof))]),
      batch.program && ['Program', mono(batch.program)],
      ['Blocks', blocksText(batch)],
      ['Transactions', count(batch.transactionCount)],
      ['Gas used', count(batch.gasUsed)],
      ['Cycles', count(batch.cycles)],
      timeTaken(batch) && ['Proving took', timeTaken(batch)],
      ['Attempts', count(batch.attempts)],
      ['Sealed', at(batch.sealedAt)], ['Started', at(batch.startedAt)], ['Ended', at(batch.endedAt)],
      ['State before', mono(batch.preStateRoot)], ['State after', mono(batch.postStateRoot)],
      ['Parent', h('a', { class: 'mono', href: `#/block/${batch.parentHash}` }, batch.parentHash),
        path && faint(' · the proof holds the first block against its header')],
      ['Last block', h('a', { class: 'mono', href: `#/block/${batch.blockHash}` }, batch.blockHash),
        copyButton(batch.blockHash)],
    ])))
  }
  await load()
  page.on('batch', load)
  page.every(PROGRESS_EVERY_MS, load)
  return { title: `Batch ${count(number)}`, content: box }
}
