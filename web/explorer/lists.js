// Lists: blocks, transactions, those of an account, what waits in the pool.
import { call, quantity } from './rpc.js'
import { methodName } from './contracts.js'
import { addressLink, badge, blockLink, card, count, ether, faint, gwei, h, hashLink, meter, moreButton, paged,
  pager, pagerLink, percent, shortHash, table, time } from './dom.js'
import { proofBadges } from './proofs.js'

const BLOCKS_A_PAGE = 25
export const TRANSACTIONS_A_PAGE = 50
const LOOK_BACK_BLOCKS = 500 // for transactions, in one go

export const blockAt = (number, full) => call('eth_getBlockByNumber', quantity(number), full)
export const headNumber = async () => BigInt(await call('eth_blockNumber'))

/* Numbers from `first` down, at most `most`, not below 0. */
export function downFrom(first, most) {
  const numbers = []
  for (let n = first; n >= 0n && numbers.length < most; n--) numbers.push(n)
  return numbers
}
const blocksFrom = async (first, most, full) =>
  (await Promise.all(downFrom(first, most).map((n) => blockAt(n, full)))).filter(Boolean)

export const gasMeter = (block) =>
  meter(Number(block.gasUsed) / Number(block.gasLimit) * 100,
    `${percent(block.gasUsed, block.gasLimit)} % of the gas limit`)

const BLOCK_COLUMNS = [['Block'], ['Time'], ['Transactions', 'number'], ['Gas used', 'number'], ['', 'wide'],
  ['Base fee', 'number wide'], ['Hash', 'wide']]
const blockRow = (b) => [
  blockLink(b.number), time(b.timestamp), count(b.transactions.length), count(b.gasUsed), gasMeter(b),
  b.baseFeePerGas ? gwei(b.baseFeePerGas) : '–',
  h('a', { class: 'mono', href: `#/block/${b.hash}` }, shortHash(b.hash)),
]

export const TRANSACTION_COLUMNS = [['Transaction'], ['Method'], ['Block', 'wide'], ['Time', 'wide'],
  ['From', 'second'], ['To', 'second to'], ['Value', 'number']]
export const transactionRow = (tx, timestamp, failed) => [
  [hashLink(tx.hash), failed && [' ', badge('failed', 'bad')]],
  badge(methodName(tx.to, tx.input)),
  tx.blockNumber ? blockLink(tx.blockNumber) : badge('pending', 'wait'),
  timestamp ? time(timestamp) : '',
  addressLink(tx.from),
  tx.to ? addressLink(tx.to) : faint('new contract'),
  ether(tx.value, 6),
]

// ---- blocks ----------------------------------------------------------------------------------------

export async function blocksPage(page, from) {
  const box = h('div', {})
  async function load() {
    const head = await headNumber()
    const first = from === undefined ? head : BigInt(from) > head ? head : BigInt(from)
    const blocks = await blocksFrom(first, BLOCKS_A_PAGE, false)
    const size = BigInt(BLOCKS_A_PAGE), newer = first + size >= head ? '#/blocks' : `#/blocks/${first + size}`
    const proofs = await proofBadges(page, blocks.map((b) => b.number))
    const rows = blocks.map((b, i) => (proofs ? [...blockRow(b), proofs[i]] : blockRow(b)))
    const columns = proofs ? [...BLOCK_COLUMNS, ['Proof']] : BLOCK_COLUMNS
    box.replaceChildren(card(null, table(columns, rows, 'No blocks.')), pager(
      pagerLink('« Newest', first < head && '#/blocks'),
      pagerLink('‹ Newer', first < head && newer),
      pagerLink('Older ›', first >= size && `#/blocks/${first - size}`),
      pagerLink('Oldest »', first >= size && `#/blocks/${size - 1n}`)))
  }
  await load()
  for (const event of from === undefined ? ['head', 'batch', 'state'] : ['batch']) page.on(event, load)
  return { title: 'Blocks', content: box }
}

/* Whole blocks from `first` down until there are enough transactions: {found: [[tx, timestamp]], next}. */
async function transactionsFrom(first, enough, isWanted = () => true) {
  const found = []
  let at = first
  while (at >= 0n && found.length < enough && first - at < LOOK_BACK_BLOCKS) {
    for (const block of await blocksFrom(at, BLOCKS_A_PAGE, true)) {
      at = BigInt(block.number) - 1n
      for (const tx of [...block.transactions].reverse()) if (isWanted(tx)) found.push([tx, block.timestamp])
      if (found.length >= enough) break
    }
  }
  return { found, next: at }
}

export async function transactionsPage(page, from) {
  const box = h('div', {})
  async function load() {
    const head = await headNumber()
    const first = from === undefined || BigInt(from) > head ? head : BigInt(from)
    const { found, next } = await transactionsFrom(first, BLOCKS_A_PAGE)
    box.replaceChildren(card(null, table(TRANSACTION_COLUMNS,
      found.map(([tx, timestamp]) => transactionRow(tx, timestamp)),
      `No transactions in blocks ${count(next + 1n)} to ${count(first)}.`)), pager(
      pagerLink('« Newest', first < head && '#/transactions'),
      pagerLink('Older ›', next >= 0n && `#/transactions/${next}`)))
  }
  await load()
  if (from === undefined) for (const event of ['head', 'state']) page.on(event, load)
  return { title: 'Transactions', content: box }
}

/* Those from or to an account: the newest blocks now, older ones when asked to, coming ones as they come. */
export async function transactionsOf(address, page) {
  const wanted = address.toLowerCase(), isWanted = (tx) => tx.from === wanted || tx.to === wanted
  const box = h('div', {})
  let rows = [], newest, next

  function draw() {
    box.replaceChildren(paged(rows, BLOCKS_A_PAGE, (some) => table(TRANSACTION_COLUMNS,
      some.map(([tx, timestamp]) => transactionRow(tx, timestamp)), `None back to block ${count(next + 1n)}.`)),
    next >= 0n ? moreButton(box, further, `looked at down to block ${count(next + 1n)}`)
      : h('p', { class: 'faint' }, 'That is all since genesis.'))
  }
  async function further() {
    const { found, next: at } = await transactionsFrom(next, BLOCKS_A_PAGE, isWanted)
    next = at
    rows = [...rows, ...found]
    draw()
  }
  async function restart() {
    newest = next = await headNumber()
    rows = []
    await further()
  }
  await restart()
  page.on('head', async () => {
    if (!box.isConnected) return
    const head = await headNumber()
    if (head <= newest || head - newest > LOOK_BACK_BLOCKS) return restart()
    const blocks = await blocksFrom(head, Number(head - newest), true)
    const found = blocks.flatMap((block) =>
      [...block.transactions].reverse().filter(isWanted).map((tx) => [tx, block.timestamp]))
    newest = head
    if (found.length === 0) return
    rows = [...found, ...rows]
    draw()
  })
  return box
}

// ---- the pool --------------------------------------------------------------------------------------

const POOL_COLUMNS = [['Transaction'], ['Method'], ['From', 'second'], ['To', 'second to'], ['Nonce', 'number'],
  ['Fee cap', 'number wide'], ['Value', 'number']]
const poolRow = (tx) => [
  hashLink(tx.hash),
  badge(methodName(tx.to, tx.input)),
  addressLink(tx.from),
  tx.to ? addressLink(tx.to) : faint('new contract'),
  count(tx.nonce),
  gwei(tx.maxFeePerGas ?? tx.gasPrice),
  ether(tx.value, 6),
]

export async function poolPage(page) {
  if (!page.serves('txpool_content'))
    return { title: 'Pool', content: h('p', { class: 'empty' },
      'This node does not show its pool (txpool_content).') }
  const box = h('div', {})
  const group = (title, bySender) => {
    const all = Object.values(bySender).flatMap((byNonce) => Object.values(byNonce))
    return card(`${title} (${count(all.length)})`, paged(all, TRANSACTIONS_A_PAGE, (some) =>
      table(POOL_COLUMNS, some.map(poolRow), 'Nothing waits.')))
  }
  async function load() {
    const { pending, queued } = await call('txpool_content')
    box.replaceChildren(group('Ready for the next block', pending), group('Waiting for a nonce before them', queued))
  }
  await load()
  for (const event of ['pending', 'head', 'state']) page.on(event, load)
  return { title: 'Pool', content: box }
}
