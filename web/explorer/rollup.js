// A rollup on L1: its batches, what L1 sent, what leaves for L1 and why it has not arrived yet.
import { call, quantity } from './rpc.js'
import { addressLink, badge, blockLink, card, copyButton, count, decimal, ether, exactTime, facts, faint, h,
  hashLink, mono,
  moreButton, pager, pagerLink, plural, shortHash, table, tabs, time } from './dom.js'

const ITEMS_A_PAGE = 25, UPDATE_MS = 3000
const MESSAGE_PASSER = '0x4200000000000000000000000000000000000016',
  L2_BRIDGE = '0x4200000000000000000000000000000000000010'
const LOOK_BACK_BLOCKS = 5000n // for withdrawals, in one go
const KINDS = { queued: 'wait', sealed: 'wait', committed: 'busy', proven: 'good', claimed: 'good',
  contradicted: 'bad' }

/* What L1 says of the rollup as this node knows it; null where the node follows no L1. */
export async function rollupOf(methods) {
  return methods.has('ashlar_getL1Status') ? call('ashlar_getL1Status') : null
}

const statusBadge = (status) => badge(status, KINDS[status])
const l1BatchLink = (number) => h('a', { href: `#/l1/batch/${BigInt(number)}` }, `batch ${count(number)}`)
const blocksText = (b) => (b.firstBlock === null ? faint('not derived yet') : b.firstBlock === b.lastBlock
  ? ['block ', blockLink(b.firstBlock)] : ['blocks ', blockLink(b.firstBlock), ' to ',
    blockLink(b.lastBlock)])

// ---- messages to L1 ----

/* Again where L1 has moved on, as far as this node knows: nothing else changes what becomes of a message. */
function whenL1Moves(page, update) {
  let seen = null
  page.every(UPDATE_MS, async () => {
    const now = JSON.stringify(await call('ashlar_getL1Status')), moved = now !== seen
    seen = now
    return moved && update()
  })
}

const word = (data, i) => data.slice(2 + 64 * i, 2 + 64 * (i + 1))

/* What a message orders: ether, or tokens by L2Bridge's order (token, account, amount). */
function paidView(w) {
  if (w.from !== L2_BRIDGE || w.data.length !== 2 + 3 * 64) return ether(w.value)
  return [`${count(BigInt('0x' + word(w.data, 2)))} units of token `,
    mono(shortHash('0x' + word(w.data, 0).slice(24)))]
}
const recipientOf = (w) => (w.from === L2_BRIDGE && w.data.length === 2 + 3 * 64 ? '0x' + word(w.data, 1)
  .slice(24) : w.to)

/* For a transaction's page: each of its messages; null where it has none. */
export async function messagesOf(page, tx, receipt) {
  if (!page.rollup || !receipt?.logs.some((log) => log.address === MESSAGE_PASSER)) return null
  const box = h('div', {})
  async function load() {
    const all = await call('ashlar_getWithdrawal', tx.hash) ?? []
    box.replaceChildren(h('ul', { class: 'plain' }, all.map((w) => h('li', {}, statusBadge(w.status), ' ',
      paidView(w),
      ' to ', mono(recipientOf(w)), faint(` · ${w.why}`)))))
    return all.every((w) => w.status === 'claimed')
  }
  if (!await load()) whenL1Moves(page, load)
  return box
}

async function withdrawalsView(page) {
  const box = h('div', {})
  let from = BigInt(await call('eth_blockNumber')) + 1n, logs = []
  const known = new Map() // by transaction; what is claimed stays so
  async function further() {
    const last = from - 1n
    from = from > LOOK_BACK_BLOCKS ? from - LOOK_BACK_BLOCKS : 0n
    const more = last < 0n ? [] : await call('eth_getLogs', { address: MESSAGE_PASSER,
      fromBlock: quantity(from),
      toBlock: quantity(last) })
    logs = [...logs, ...more.reverse()]
    await show()
  }
  async function show() {
    const hashes = [...new Set(logs.map((log) => log.transactionHash))]
    const open = hashes.filter((hash) => !known.get(hash)?.every((w) => w.status === 'claimed'))
    await Promise.all(open.map(async (hash) => known.set(hash,
      await call('ashlar_getWithdrawal', hash) ?? [])))
    const rows = hashes.flatMap((hash) => known.get(hash).map((w) => [hash, w]).reverse())
    box.replaceChildren(table([['Message', 'number'], ['Status'], ['Why'], ['Amount', 'number'],
      ['To', 'wide'],
      ['Transaction', 'second']], rows.map(([hash, w]) => [count(w.index), statusBadge(w.status), w.why,
        paidView(w),
      mono(shortHash(recipientOf(w))), hashLink(hash)]), 'Nothing has left for L1.'),
    from > 0n ? moreButton(box, further, `back to block ${count(from)}`) : '')
  }
  await further()
  whenL1Moves(page, show)
  return box
}

// ---- batches, and what L1 sent ----

const down = (first, least) => {
  const numbers = []
  for (let n = first; n >= least && numbers.length < ITEMS_A_PAGE; n--) numbers.push(n)
  return numbers
}

async function batchesView(page, from) {
  const box = h('div', {})
  async function load() {
    const newest = BigInt((await call('ashlar_getL1Status')).committed)
    const first = from === undefined || BigInt(from) > newest ? newest : BigInt(from),
      size = BigInt(ITEMS_A_PAGE)
    const all = (await Promise.all(down(first, 1n).map((n) => call('ashlar_getL1Batch', quantity(n)))))
      .filter(Boolean)
    box.replaceChildren(table([['Batch'], ['Status'], ['Blocks', 'second'], ['Committed', 'wide'],
      ['L1 block', 'number wide'], ['Data', 'number wide'], ['Committer', 'wide']],
        all.map((b) => [l1BatchLink(b.number),
      [statusBadge(b.status), b.fault && [' ', badge('fault', 'bad')]], blocksText(b), time(b.l1Time),
        count(b.l1Block),
      plural(b.size, 'byte'), addressLink(b.committer)]), 'No batch yet.'), pager(
      pagerLink('‹ Newer', first < newest && `#/l1/batches/${first + size}`),
      pagerLink('Older ›', first > size && `#/l1/batches/${first - size}`)))
  }
  await load()
  page.every(UPDATE_MS, load)
  return box
}

function itemName(item) {
  if (item.to === null) return 'creates'
  if (item.to === L2_BRIDGE) return 'tokens'
  if (item.fee === '0x0' && item.mint === '0x0') return 'L1’s block'
  return item.data === '0x' ? 'deposit' : 'call'
}

async function itemsView(page, from) {
  const box = h('div', {})
  async function load() {
    const newest = BigInt((await call('ashlar_getL1Status')).items) - 1n
    const first = from === undefined || BigInt(from) > newest ? newest : BigInt(from),
      size = BigInt(ITEMS_A_PAGE)
    const all = (await Promise.all(down(first, 0n).map((n) => call('ashlar_getQueueItem', quantity(n)))))
      .filter(Boolean)
    box.replaceChildren(table([['Item', 'number'], ['Status'], ['Kind'], ['Minted', 'number'],
      ['From', 'second'],
      ['To', 'second to'], ['Sent', 'wide'], ['On L2', 'wide']],
        all.map((i) => [count(i.index), statusBadge(i.status),
      itemName(i), ether(i.mint, 6), addressLink(i.from), i.to ? addressLink(i.to) : faint('new contract'),
        time(i.time),
      i.block === null ? faint(`L1 block ${count(i.l1Block)}`) : hashLink(i.transaction)]),
        'L1 has sent nothing yet.'),
    pager(pagerLink('‹ Newer', first < newest && `#/l1/deposits/${first + size}`),
      pagerLink('Older ›', first >= size && `#/l1/deposits/${first - size}`)))
  }
  await load()
  page.every(UPDATE_MS, load)
  return box
}

// ---- pages ----

async function stateCard(page) {
  const box = h('div', {})
  async function load() {
    const [s, o] = await Promise.all([call('ashlar_getL1Status'), call('ashlar_operator')])
    box.replaceChildren(card(null, facts([
      s.frozen && ['State', badge('frozen', 'bad'), faint(' · balances leave by ', mono('ashlar exit'))],
      ['L1', `block ${count(s.l1Block)}, `, time(s.l1Time)],
      ['Batches', `${count(s.committed)} committed, ${count(s.proven)} proven`,
        BigInt(s.derived) < BigInt(s.committed) && faint(` · ${count(s.derived)} derived here`)],
      ['From L1', `${plural(s.items, 'item')}, ${count(s.itemsCommitted)} in batches, ${count(s.itemsProven)} proven`],
      ['This node', o === null ? 'a replica' : [o.sequencer ? 'sequencer' : 'prover', ' ',
        addressLink(o.account),
        o.sequencer && faint(o.leader === null ? ' · anybody may commit' : ` · the turn is ${o.turn}`)]],
      o?.transactions.length > 0 && ['Under way', h('ul', { class: 'plain' }, o.transactions.slice(-5)
        .map((t) =>
        h('li', {}, `${t.what} ${count(t.subject)} `, faint(`nonce ${count(t.nonce)} `),
          mono(shortHash(t.hash)),
          t.failed && [' ', badge('failed', 'bad')])))],
    ])), h('p', { class: 'notice' }, 'Development: no proof is verified on L1 yet.'))
  }
  await load()
  page.every(UPDATE_MS, load)
  return box
}

export async function rollupPage(page, kind, from) {
  if (!page.rollup) return { title: 'L1', content: h('p', { class: 'empty' }, 'This chain has no L1.') }
  const parts = [['batches', 'Batches', batchesView], ['deposits', 'From L1', itemsView],
    ['withdrawals', 'To L1', withdrawalsView]]
  const chosen = Math.max(0, parts.findIndex(([name]) => name === kind))
  const items = parts.map(([, title, view], i) => [title, () => view(page, i === chosen ? from : undefined)])
  return { title: 'L1', content: [await stateCard(page), tabs(items, chosen)] }
}

export async function l1BatchPage(page, number) {
  const box = h('div', {})
  async function load() {
    const b = await call('ashlar_getL1Batch', quantity(number))
    if (!b) {
      box.replaceChildren(h('p', { class: 'empty' }, `L1 has no batch ${number} yet.`))
      return false
    }
    box.replaceChildren(pager(pagerLink('‹ Previous', BigInt(number) > 1n &&
      `#/l1/batch/${BigInt(number) - 1n}`),
      pagerLink('Next ›', `#/l1/batch/${BigInt(number) + 1n}`)), card(null, facts([
      ['Status', statusBadge(b.status), ' ', faint(b.final ? 'its block of L1 is final'
        : 'its block of L1 is not final yet'),
        b.fault && [' ', badge('breaks a rule', 'bad')]],
      ['Hash', mono(b.hash), copyButton(b.hash)],
      ['Blocks', blocksText(b)],
      ['Committed', exactTime(b.l1Time), faint(` · L1 block ${count(b.l1Block)}`)],
      ['Transaction on L1', mono(b.l1Transaction), copyButton(b.l1Transaction)],
      ['Committer', addressLink(b.committer, true)],
      ['Data', plural(b.size, 'byte')],
      ['Last block’s time', exactTime(b.lastTime)],
      ['Items consumed', `${decimal(b.queueIndex, 0)} in all`],
      b.proof && ['Proof', `batches ${count(b.proof.first)} to ${count(b.proof.last)}`,
        faint(` · L1 block ${count(b.proof.l1Block)}, by `), addressLink(b.proof.prover)],
      b.proof && ['Proof’s transaction', mono(b.proof.l1Transaction), copyButton(b.proof.l1Transaction)],
    ])))
    return b.proof !== null
  }
  if (!await load()) page.every(UPDATE_MS, load)
  return { title: `Batch ${count(number)} on L1`, content: box }
}
