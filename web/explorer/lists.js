// Lists: blocks, transactions, those of an account, what waits in the pool.
import { call, quantity } from './rpc.js'
import { knownLog, methodName, tokenOf } from './contracts.js'
import { addressLink, badge, blockLink, card, count, decimal, ether, faint, foreign, gwei, h, hashLink, meter,
  moreButton, paged, pager, pagerLink, percent, plural, shortHash, table, time } from './dom.js'
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
async function transactionsFrom(first, enough) {
  const found = []
  let at = first
  while (at >= 0n && found.length < enough && first - at < LOOK_BACK_BLOCKS) {
    for (const block of await blocksFrom(at, BLOCKS_A_PAGE, true)) {
      at = BigInt(block.number) - 1n
      for (const tx of [...block.transactions].reverse()) found.push([tx, block.timestamp])
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

// ---- those of an account ---------------------------------------------------------------------------

const ENTRIES_A_PAGE = 25

/* What the node's index has of an account, of this kind: the newest now, older ones when asked to, coming
 * ones as they come. `rowsOf`: the rows of a table for one entry, or a promise of them. */
async function activityOf(address, page, kind, columns, rowsOf, empty) {
  const box = h('div', {})
  let rows = [], next, newest

  const load = (cursor) => call('ashlar_getAddressActivity', address, kind, quantity(ENTRIES_A_PAGE), cursor)
  const placeOf = (entry) => entry && entry.transaction.hash + entry.transaction.blockHash
  async function append(answer) {
    rows = [...rows, ...(await Promise.all(answer.entries.map(rowsOf))).flat()]
    next = answer.next
    box.replaceChildren(table(columns, rows, empty),
      next ? moreButton(box, async () => append(await load(next)), 'older ones follow') : '')
  }
  async function restart(answer) {
    newest = placeOf(answer.entries[0])
    rows = []
    await append(answer)
  }
  await restart(await load(null))
  page.on('head', async () => {
    if (!box.isConnected) return
    const answer = await load(null)
    if (placeOf(answer.entries[0]) !== newest) await restart(answer)
  })
  return box
}

const NOTHING = 'None since genesis.'
const activityRow = ({ transaction, timestamp, succeeded }) => transactionRow(transaction, timestamp,
  succeeded === false)

export const transactionsOf = (address, page) => activityOf(address, page, 'transactions',
  TRANSACTION_COLUMNS,
  (entry) => [activityRow(entry)], NOTHING)

const TRANSFER_COLUMNS = [['Transaction'], ['Token'], ['Block', 'wide'], ['Time', 'wide'], ['From', 'second'],
  ['To', 'second to'], ['Amount', 'number']]
const wordAddress = (topic) => '0x' + topic.slice(26)

/* One row for each log; ERC-1155 has its operator before the two accounts. */
export function tokenTransfersOf(address, page) {
  const row = async (log, { transaction, timestamp }) => {
    const token = await tokenOf(log.address), known = knownLog(log)?.values ?? []
    const [from, to] = log.topics.slice(knownLog(log)?.item.name === 'Transfer' ? 1 : 2).map(wordAddress)
    const last = known.at(-1)
    const text = known.length === 3 && !last.type.indexed && token.decimals !== null
      ? decimal(last.value, token.decimals)
      : known.length === 3 ? `№ ${known[2].value}` : known.length === 5 && !Array.isArray(last.value)
        ? `${count(last.value)} of № ${known[3].value}` : plural(last?.value?.length ?? 0, 'kind')
    return [hashLink(transaction.hash), h('a', { href: `#/address/${log.address}` },
      foreign(token.symbol || 'token', 24)),
      blockLink(transaction.blockNumber), time(timestamp), addressLink(from), addressLink(to), text]
  }
  return activityOf(address, page, 'tokenTransfers', TRANSFER_COLUMNS,
    (entry) => Promise.all(entry.logs.map((log) => row(log, entry))), NOTHING)
}

const INNER_COLUMNS = [['Transaction'], ['Call'], ['Method', 'wide'], ['Block', 'wide'], ['From', 'second'],
  ['To', 'second to'], ['Value', 'number']]
const innerOf = (frame) => (frame.calls ?? []).flatMap((f) => [f, ...innerOf(f)])

/* Calls within the account's transactions that it made or got. They are traced when they are looked at. */
export function innerOfAccount(address, page) {
  const own = address.toLowerCase()
  return activityOf(address, page, 'transactions', INNER_COLUMNS, async ({ transaction: tx }) => {
    const trace = tx.input === '0x' && tx.to !== own ? {}
      : await call('debug_traceTransaction', tx.hash, { tracer: 'callTracer' }).catch(() => ({}))
    return innerOf(trace).filter((f) => f.from === own || f.to === own).map((f) => [hashLink(tx.hash),
      [badge(f.type, 'kind'), f.error && [' ', badge('failed', 'bad')]],
      badge(f.type.startsWith('CREATE') ? 'creation' : methodName(f.to, f.input)), blockLink(tx.blockNumber),
      addressLink(f.from), f.to ? addressLink(f.to) : faint('new contract'), ether(f.value ?? 0, 6)])
  }, 'None in its newest transactions.')
}

// ---- the pool --------------------------------------------------------------------------------------

const POOL_COLUMNS = [['Transaction'], ['Method'], ['From', 'second'], ['To', 'second to'],
  ['Nonce', 'number'],
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
    box.replaceChildren(group('Ready for the next block', pending), group('Waiting for a nonce before them',
      queued))
  }
  await load()
  for (const event of ['pending', 'head', 'state']) page.on(event, load)
  return { title: 'Pool', content: box }
}
