// The overview: what the chain does just now.
import { call } from './rpc.js'
import { barChart, scaleOf } from './chart.js'
import { methodName } from './contracts.js'
import { addressLink, badge, blockLink, card, count, duration, ether, faint, gwei, h, hashLink, plural, svg,
  time } from './dom.js'
import { proverCard } from './proofs.js'
import { blockAt, downFrom, gasMeter, headNumber } from './lists.js'

const CHART_BLOCKS = 60, LATEST = 10

export async function homePage(page) {
  const blocks = new Map() // the latest, by number
  const content = h('div', { class: 'home' })
  const prover = page.proves ? await proverCard(page, titled('Proofs', '#/proofs')) : ''
  let sent = [], shown // transactions; the newest block that was shown

  async function load() {
    const head = await headNumber(), numbers = downFrom(head, CHART_BLOCKS)
    await update(blocks, numbers)
    const latest = numbers.map((n) => blocks.get(n)).filter(Boolean)
    const hashes = latest.flatMap((b) => b.transactions.slice(-LATEST).reverse()).slice(0, LATEST)
    const hashOf = new Map(latest.map((b) => [b.number, b.hash])) // after a revert it may be in another block
    const known = new Map(sent.filter((tx) => hashOf.get(tx.blockNumber) === tx.blockHash)
      .map((tx) => [tx.hash, tx]))
    const [gasPrice, pool, ...found] = await Promise.all([
      call('eth_gasPrice'), page.serves('txpool_status') ? call('txpool_status') : null,
      ...hashes.map((hash) => known.get(hash) ?? call('eth_getTransactionByHash', hash))])
    sent = found.filter((tx) => tx?.blockNumber) // a block may have been replaced just now
    const isNew = (number) => shown !== undefined && BigInt(number) > shown
    content.replaceChildren(tiles(page, latest, gasPrice, pool), prover, charts(latest),
      h('div', { class: 'columns' },
        card(titled('Latest blocks', '#/blocks'), blockList(latest.slice(0, LATEST), isNew)),
        card(titled('Latest transactions', '#/transactions'), transactionList(sent, blocks, isNew))))
    shown = head
  }
  await load()
  for (const event of ['head', 'pending', 'state']) page.on(event, load)
  return { title: 'Overview', content }
}

/* Brings `blocks` to these numbers, newest first: what is new, and what has been replaced. */
async function update(blocks, numbers) {
  for (const n of blocks.keys()) if (n > numbers[0] || n < numbers.at(-1)) blocks.delete(n)
  let missing = numbers.filter((n) => !blocks.has(n))
  if (missing.length === 0) missing = numbers.slice(0, 1)
  for (;;) {
    for (const block of await Promise.all(missing.map((n) => blockAt(n, false))))
      if (block) blocks.set(BigInt(block.number), block)
    const lowest = missing.at(-1), below = blocks.get(lowest - 1n)
    if (!below || below.hash === blocks.get(lowest)?.parentHash) return
    missing = [lowest - 1n]
  }
}

const titled = (title, href) => [h('span', {}, title), h('a', { href }, 'All')]

/* Genesis has no time of its own. */
const timedOf = (blocks) => blocks.filter((b) => Number(b.timestamp) > 0)
const intervalsOf = (timed) => timed.slice(0, -1)
  .map((b, i) => Number(BigInt(b.timestamp) - BigInt(timed[i + 1].timestamp)))

const tile = (name, value, note) => h('div', { class: 'tile' },
  h('span', { class: 'name' }, name), h('span', { class: 'value' }, value), h('span', { class: 'note' },
  note))

function tiles(page, blocks, gasPrice, pool) {
  const [head] = blocks, intervals = intervalsOf(timedOf(blocks))
  const { top, middle } = scaleOf(intervals)
  const seconds = intervals.reduce((sum, s) => sum + (s > top ? 0 : s), 0)
  const transactions = blocks.reduce((sum, b) => sum + b.transactions.length, 0)
  const waiting = pool && BigInt(pool.pending) + BigInt(pool.queued)
  const rate = seconds > 0 ? `, ${(transactions / seconds).toFixed(1)}/s` : ''
  return h('div', { class: 'tiles' },
    tile('Latest block', blockLink(head.number), time(head.timestamp)),
    tile('Block time', intervals.length ? duration(middle) : '–',
      `median of ${plural(intervals.length, 'block')}`),
    tile('Gas price', gwei(gasPrice), head.baseFeePerGas ? `base ${gwei(head.baseFeePerGas)}` : ''),
    tile('Transactions', count(transactions), `in ${plural(blocks.length, 'block')}${rate}`),
    pool && tile('Waiting', h('a', { href: '#/pool' }, count(waiting)), 'in the pool'),
    tile('Chain', String(BigInt(page.chainId)), page.client.split('/').slice(0, 2).join(' ')))
}

function charts(blocks) {
  const timed = timedOf(blocks), intervals = intervalsOf(timed)
  const most = Math.max(...blocks.map((b) => Number(b.gasUsed)))
  const gas = blocks.map((b) => ({ number: BigInt(b.number), value: Number(b.gasUsed),
    label: `Block ${count(b.number)}: ${count(b.gasUsed)} gas, ${plural(b.transactions.length, 'transaction')}` }))
  const times = intervals.map((seconds, i) => ({ number: BigInt(timed[i].number), value: seconds,
    label: `Block ${count(timed[i].number)}: ${duration(seconds)} after the one before` }))
  const { top } = scaleOf(intervals)
  return h('div', { class: 'card charts' },
    barChart('Gas used', `at most ${count(most)} of ${count(blocks[0].gasLimit)}`, gas.reverse(), most,
    'gas'),
    barChart('Time between blocks', spanText(intervals, top), times.reverse(), top, 'time'))
}

function spanText(seconds, top) {
  if (seconds.length === 0) return 'none so far'
  const usual = seconds.filter((s) => s <= top), least = Math.min(...usual), most = Math.max(...usual)
  const beyond = seconds.length - usual.length
  return (least === most ? duration(most) : `${duration(least)} to ${duration(most)}`) +
    (beyond > 0 ? `, ${plural(beyond, 'bar')} cut: up to ${duration(Math.max(...seconds))}` : '')
}

const STONES = 'M2 3h7v4H2zM10 3h4v4h-4zM2 9h4v4H2zM7 9h7v4H7z'
const ARROW = 'M2 8h11M9 4l4 4l-4 4', PLUS = 'M8 3v10M3 8h10'

const item = (isNew, mark, first, second, side) => h('li', { class: isNew && 'new' },
  h('span', { class: 'mark', 'aria-hidden': 'true' }, svg('svg', { viewBox: '0 0 16 16' },
  svg('path', { d: mark }))),
  h('div', { class: 'main' }, h('div', {}, first), h('div', { class: 'faint' }, second)),
  h('div', { class: 'side' }, side))

const blockList = (blocks, isNew) => h('ul', { class: 'list' }, blocks.map((b) =>
  item(isNew(b.number), STONES, ['Block ', blockLink(b.number)], time(b.timestamp),
    [h('div', {}, plural(b.transactions.length, 'transaction')), gasMeter(b)])))

function transactionList(transactions, blocks, isNew) {
  if (transactions.length === 0)
    return h('p', { class: 'empty' },
      `None in these blocks. What is sent to ${location.origin} shows up here.`)
  return h('ul', { class: 'list' }, transactions.map((tx) => {
    const block = blocks.get(BigInt(tx.blockNumber))
    return item(isNew(tx.blockNumber), tx.to ? ARROW : PLUS,
      [hashLink(tx.hash), ' ', badge(methodName(tx.to, tx.input))],
      [addressLink(tx.from), ' → ', tx.to ? addressLink(tx.to) : 'new contract'],
      [h('div', {}, ether(tx.value, 4)), h('div', {}, block && faint(time(block.timestamp)))])
  }))
}
