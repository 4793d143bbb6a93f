// The pages about the chain: its latest blocks, lists, one block, one transaction, what waits in the pool.
import { call } from './rpc.js'
import { barChart } from './chart.js'
import { errorText, knownCall, knownLog, methodName, tokenOf } from './contracts.js'
import { addressLink, badge, blockLink, card, copyButton, count, decimal, ether, exactTime, facts, failure, foreign, gwei,
  h, hashLink, hexView, meter, mono, percent, plural, shortHash, table, tabs, time, valueView, valuesTable } from './dom.js'
import { decodeOutput } from './abi.js'
import { proofBadges, proofOfBlock, proverCard } from './proofs.js'

const CHART_BLOCKS = 60, LATEST = 10, BLOCKS_A_PAGE = 25, TRANSACTIONS_A_PAGE = 50
const LOOK_BACK_BLOCKS = 500 // for transactions, in one go

const hex = (number) => '0x' + BigInt(number).toString(16)
const blockAt = (number, full) => call('eth_getBlockByNumber', hex(number), full)
const headNumber = async () => BigInt(await call('eth_blockNumber'))

/* Numbers from `first` down, at most `most`, not below 0. */
function downFrom(first, most) {
  const numbers = []
  for (let n = first; n >= 0n && numbers.length < most; n--) numbers.push(n)
  return numbers
}
const blocksFrom = async (first, most, full) =>
  (await Promise.all(downFrom(first, most).map((n) => blockAt(n, full)))).filter(Boolean)

// ---- rows ------------------------------------------------------------------------------------------

const gasMeter = (block) =>
  meter(Number(block.gasUsed) / Number(block.gasLimit) * 100, `${percent(block.gasUsed, block.gasLimit)} % of the gas limit`)

const BLOCK_COLUMNS = [['Block'], ['Time'], ['Transactions', 'number'], ['Gas used', 'number'], ['', 'wide'], ['Base fee', 'number wide'],
  ['Hash', 'wide']]
const blockRow = (b) => [blockLink(b.number), time(b.timestamp), count(b.transactions.length), count(b.gasUsed), gasMeter(b),
  b.baseFeePerGas ? gwei(b.baseFeePerGas) : '–', h('a', { class: 'mono', href: `#/block/${b.hash}` }, shortHash(b.hash))]

export const TRANSACTION_COLUMNS = [['Transaction'], ['Method'], ['Block', 'wide'], ['Time', 'wide'], ['From', 'second'], ['To', 'second to'],
  ['Value', 'number']]
export const transactionRow = (tx, timestamp, failed) => [
  [hashLink(tx.hash), failed && [' ', badge('failed', 'bad')]], badge(methodName(tx.to, tx.input)),
  tx.blockNumber ? blockLink(tx.blockNumber) : badge('pending', 'wait'), timestamp ? time(timestamp) : '', addressLink(tx.from),
  tx.to ? addressLink(tx.to) : h('span', { class: 'faint' }, 'new contract'), ether(tx.value, 6)]

const rowsOf = (block) => block.transactions.map((tx) => transactionRow(tx, block.timestamp))

/* A list in pages, all of it at hand. */
export function paged(items, perPage, show) {
  const box = h('div', {})
  const turn = (page) => {
    const last = Math.max(0, Math.ceil(items.length / perPage) - 1)
    box.replaceChildren(show(items.slice(page * perPage, (page + 1) * perPage)), last === 0 ? '' : h('nav', { class: 'pager', 'aria-label': 'Pages' },
      h('button', { type: 'button', disabled: page === 0, onclick: () => turn(page - 1) }, '‹ Previous'),
      h('span', {}, `Page ${page + 1} of ${last + 1}`),
      h('button', { type: 'button', disabled: page === last, onclick: () => turn(page + 1) }, 'Next ›')))
  }
  turn(0)
  return box
}

const pagerLink = (text, href) => href ? h('a', { href }, text) : h('span', { class: 'faint', 'aria-disabled': 'true' }, text)
const pager = (...links) => h('nav', { class: 'pager', 'aria-label': 'Pages' }, links)

const spanText = (seconds) => {
  const least = Math.min(...seconds), most = Math.max(...seconds)
  return seconds.length === 0 ? 'one block so far' : least === most ? `${most} s` : `${least} to ${most} s`
}

/* Asks for more; where that fails, says so. */
export function moreButton(box, further, note) {
  const button = h('button', { type: 'button', onclick: async () => {
    button.disabled = true
    try {
      await further()
    } catch (error) {
      button.disabled = false
      box.append(failure(error))
    }
  } }, 'Look further back')
  return h('p', { class: 'more' }, button, ' ', h('span', { class: 'faint' }, note))
}

// ---- home ------------------------------------------------------------------------------------------

const tile = (name, value, note) => h('div', { class: 'tile' }, h('span', { class: 'name' }, name), h('span', { class: 'value' }, value),
  h('span', { class: 'note' }, note))

const item = (mark, first, second, side) => h('li', {}, h('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
  h('div', { class: 'main' }, h('div', {}, first), h('div', { class: 'faint' }, second)), h('div', { class: 'side' }, side))

export async function homePage(page) {
  const blocks = new Map() // the latest, by number
  let gasPrice, pool, shown, sent = []
  const content = h('div', { class: 'home' }), prover = page.proves ? await proverCard(page, [h('span', {}, 'Proofs'), h('a', { href: '#/proofs' }, 'All')]) : ''

  async function load() {
    const head = await headNumber()
    const numbers = downFrom(head, CHART_BLOCKS)
    for (const n of blocks.keys()) if (n > head || n < numbers.at(-1)) blocks.delete(n)
    // From the head down to where what we have fits: blocks may have been replaced.
    let missing = numbers.filter((n) => !blocks.has(n))
    if (missing.length === 0) missing = [head]
    for (;;) {
      for (const block of await Promise.all(missing.map((n) => blockAt(n, false)))) if (block) blocks.set(BigInt(block.number), block)
      const lowest = missing.at(-1), below = blocks.get(lowest - 1n)
      if (!below || below.hash === blocks.get(lowest)?.parentHash) break
      missing = [lowest - 1n]
    }
    const latest = numbers.map((n) => blocks.get(n)).filter(Boolean)
    const hashes = latest.flatMap((b) => b.transactions.slice(-LATEST).reverse()).slice(0, LATEST)
    const known = new Map(sent.map((tx) => [tx.hash, tx]))
    ;[gasPrice, pool, ...sent] = await Promise.all([call('eth_gasPrice'), page.serves('txpool_status') ? call('txpool_status') : null,
      ...hashes.map((hash) => known.get(hash) ?? call('eth_getTransactionByHash', hash))])
    sent = sent.filter((tx) => tx?.blockNumber) // a block may have been replaced just now
    draw(latest)
  }

  function draw(latest) {
    const [head] = latest
    const number = BigInt(head.number)
    // Genesis has no time of its own.
    const timed = latest.filter((b) => Number(b.timestamp) > 0)
    const span = timed.length > 1 ? Number(timed[0].timestamp) - Number(timed.at(-1).timestamp) : 0
    const transactions = latest.reduce((sum, b) => sum + b.transactions.length, 0)
    const waiting = pool && BigInt(pool.pending) + BigInt(pool.queued)
    const intervals = timed.slice(0, -1).map((b, i) => Number(b.timestamp) - Number(timed[i + 1].timestamp))
    const bars = [...latest].reverse()
    const mostGas = bars.reduce((most, b) => Math.max(most, Number(b.gasUsed)), 0)
    const isNew = (b) => shown !== undefined && BigInt(b.number) > shown
    const list = h('ul', { class: 'list' }, latest.slice(0, LATEST).map((b) => {
      const row = item('▦', ['Block ', blockLink(b.number)], time(b.timestamp),
        [h('div', {}, plural(b.transactions.length, 'transaction')), gasMeter(b)])
      if (isNew(b)) row.classList.add('new')
      return row
    }))
    const newest = h('ul', { class: 'list' }, sent.map((tx) => {
      const block = blocks.get(BigInt(tx.blockNumber))
      const row = item(tx.to ? '→' : '＋', [hashLink(tx.hash), ' ', badge(methodName(tx.to, tx.input))],
        [addressLink(tx.from), ' → ', tx.to ? addressLink(tx.to) : 'new contract'],
        [h('div', {}, ether(tx.value, 4)), h('div', { class: 'faint' }, block ? time(block.timestamp) : '')])
      if (shown !== undefined && BigInt(tx.blockNumber) > shown) row.classList.add('new')
      return row
    }))
    shown = number
    content.replaceChildren(
      h('div', { class: 'tiles' },
        tile('Latest block', blockLink(head.number), time(head.timestamp)),
        tile('Block time', intervals.length ? `${(span / intervals.length).toFixed(1)} s` : '–', `mean of ${plural(intervals.length, 'block')}`),
        tile('Gas price', gwei(gasPrice), head.baseFeePerGas ? `base fee ${gwei(head.baseFeePerGas)}` : ''),
        tile('Transactions', count(transactions), `in ${plural(latest.length, 'block')}${span > 0 ? `, ${(transactions / span).toFixed(2)} a second` : ''}`),
        waiting === null ? null : tile('Waiting', h('a', { href: '#/pool' }, count(waiting)), 'in the pool'),
        tile('Chain', String(BigInt(page.chainId)), page.client.split('/').slice(0, 2).join(' '))),
      prover,
      h('div', { class: 'card charts' },
        barChart('Gas used', `at most ${count(mostGas)} of ${count(head.gasLimit)}`,
          bars.map((b) => ({ number: BigInt(b.number), value: Number(b.gasUsed),
            label: `Block ${count(b.number)}: ${count(b.gasUsed)} gas, ${plural(b.transactions.length, 'transaction')}` })), mostGas, 'gas'),
        barChart('Seconds between blocks', spanText(intervals),
          intervals.map((s, i) => ({ number: BigInt(timed[i].number), value: s, label: `Block ${count(timed[i].number)}: ${s} s after the one before` })).reverse(),
          Math.max(1, ...intervals), 'time')),
      h('div', { class: 'columns' },
        card([h('span', {}, 'Latest blocks'), h('a', { href: '#/blocks' }, 'All')], list),
        card([h('span', {}, 'Latest transactions'), h('a', { href: '#/transactions' }, 'All')],
          sent.length ? newest : h('p', { class: 'empty' }, `None in these blocks. What is sent to ${location.origin} shows up here.`))))
  }
  await load()
  page.on('head', load)
  page.on('pending', load)
  page.on('state', load)
  return { title: 'Overview', content }
}

// ---- lists -----------------------------------------------------------------------------------------

export async function blocksPage(page, from) {
  const box = h('div', {})
  async function load() {
    const head = await headNumber()
    const first = from === undefined ? head : BigInt(from) > head ? head : BigInt(from)
    const blocks = await blocksFrom(first, BLOCKS_A_PAGE, false)
    const size = BigInt(BLOCKS_A_PAGE), newer = first + size >= head ? '#/blocks' : `#/blocks/${first + size}`
    const proofs = await proofBadges(page, blocks.map((b) => b.number))
    const rows = blocks.map((b, i) => (proofs ? [...blockRow(b), proofs[i]] : blockRow(b)))
    box.replaceChildren(card(null, table(proofs ? [...BLOCK_COLUMNS, ['Proof']] : BLOCK_COLUMNS, rows, 'No blocks.')), pager(
      pagerLink('« Newest', first < head && '#/blocks'), pagerLink('‹ Newer', first < head && newer),
      pagerLink('Older ›', first >= size && `#/blocks/${first - size}`), pagerLink('Oldest »', first >= size && `#/blocks/${size - 1n}`)))
  }
  await load()
  for (const event of from === undefined ? ['head', 'batch', 'state'] : ['batch']) page.on(event, load)
  return { title: 'Blocks', content: box }
}

/* Whole blocks from `first` down until there are enough transactions: {rows: [[tx, timestamp]], next, head}. */
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
    box.replaceChildren(card(null, table(TRANSACTION_COLUMNS, found.map(([tx, timestamp]) => transactionRow(tx, timestamp)),
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
    next >= 0n ? moreButton(box, further, `looked at down to block ${count(next + 1n)}`) : h('p', { class: 'faint' }, 'That is all since genesis.'))
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
    const found = blocks.flatMap((block) => [...block.transactions].reverse().filter(isWanted).map((tx) => [tx, block.timestamp]))
    newest = head
    if (found.length === 0) return
    rows = [...found, ...rows]
    draw()
  })
  return box
}

// ---- a block ---------------------------------------------------------------------------------------

export async function blockPage(page, name) {
  const isHash = name.length === 66
  const block = await (isHash ? call('eth_getBlockByHash', name, true) : blockAt(BigInt(name), true))
  if (!block) {
    if (!isHash) page.on('head', async () => (await headNumber()) >= BigInt(name) && page.reload())
    return { title: 'No such block', content: h('p', { class: 'empty' }, `There is no block ${name} here${isHash ? '' : ' yet'}.`) }
  }
  const number = BigInt(block.number)
  const [receipts, head, proof] = await Promise.all([call('eth_getBlockReceipts', block.hash).catch(() => []), headNumber(),
    proofOfBlock(page, number)])
  const turns = h('div', {})
  const drawTurns = (last) => turns.replaceChildren(pager(pagerLink('‹ Previous', number > 0n && `#/block/${number - 1n}`),
    pagerLink('Next ›', number < last && `#/block/${number + 1n}`)))
  drawTurns(head)
  if (number >= head) page.on('head', async () => drawTurns(await headNumber()))
  const failed = new Set(receipts.filter((r) => r.status === '0x0').map((r) => r.transactionHash))
  const fees = receipts.reduce((sum, r) => sum + BigInt(r.gasUsed) * BigInt(r.effectiveGasPrice), 0n)
  const share = percent(block.gasUsed, block.gasLimit)
  const overview = card(null, facts([
    ['Hash', mono(block.hash), copyButton(block.hash)],
    proof && ['Proof', proof],
    ['Time', exactTime(block.timestamp)],
    ['Transactions', plural(block.transactions.length, 'transaction'), failed.size ? `, ${count(failed.size)} failed` : ''],
    ['Gas used', `${count(block.gasUsed)} of ${count(block.gasLimit)} `, gasMeter(block), ` ${share} %`],
    block.baseFeePerGas && ['Base fee', gwei(block.baseFeePerGas)],
    receipts.length > 0 && ['Fees paid', ether(fees)],
    block.blobGasUsed && BigInt(block.blobGasUsed) > 0n && ['Blob gas', count(block.blobGasUsed)],
    ['Fee recipient', addressLink(block.miner, true)],
    ['Parent', number > 0n ? h('a', { class: 'mono', href: `#/block/${block.parentHash}` }, block.parentHash) : mono(block.parentHash)],
    ['State root', mono(block.stateRoot)],
    ['Size', `${count(block.size)} bytes`],
  ]), h('details', {}, h('summary', {}, 'Everything in the header'), facts(Object.entries(block)
    .filter(([, value]) => typeof value === 'string').map(([key, value]) => [key, h('span', { class: 'mono' }, value)]))))
  const items = [[`Transactions (${count(block.transactions.length)})`, () => paged(block.transactions, TRANSACTIONS_A_PAGE, (some) =>
    table(TRANSACTION_COLUMNS.filter(([title]) => title !== 'Block' && title !== 'Time'),
      some.map((tx) => transactionRow(tx, null, failed.has(tx.hash)).filter((_, i) => i !== 2 && i !== 3)), 'This block has no transactions.'))]]
  if (block.withdrawals?.length)
    items.push([`Withdrawals (${count(block.withdrawals.length)})`, () => paged(block.withdrawals, TRANSACTIONS_A_PAGE, (some) =>
      table([['Index'], ['Validator', 'number'], ['Address'], ['Amount', 'number']], some.map((w) =>
        [count(w.index), count(w.validatorIndex), addressLink(w.address), `${decimal(w.amount, 9)} ETH`])))])
  const logs = receipts.flatMap((r) => r.logs)
  if (logs.length) items.push([`Events (${count(logs.length)})`, () => logsView(logs)])
  return { title: `Block ${count(number)}`, content: [turns, overview, tabs(items)] }
}

// ---- a transaction ---------------------------------------------------------------------------------

const TYPES = { '0x0': 'legacy', '0x1': 'with access list (EIP-2930)', '0x2': 'dynamic fee (EIP-1559)', '0x3': 'with blobs (EIP-4844)',
  '0x4': 'sets code (EIP-7702)' }

export async function transactionPage(page, hash) {
  const [tx, receipt] = await Promise.all([call('eth_getTransactionByHash', hash), call('eth_getTransactionReceipt', hash)])
  if (!tx) {
    for (const event of ['head', 'pending', 'state'])
      page.on(event, async () => (await call('eth_getTransactionByHash', hash)) && page.reload())
    return { title: 'No such transaction', content: h('p', { class: 'empty' },
      'The node does not know ', mono(hash), '. If it comes, it shows up here.') }
  }
  if (!receipt) page.on('head', async () => (await call('eth_getTransactionReceipt', hash)) && page.reload())
  const failed = receipt?.status === '0x0'
  const canTrace = receipt && page.serves('debug_traceTransaction')
  const [block, proof, trace] = await Promise.all([receipt && call('eth_getBlockByHash', receipt.blockHash, false),
    receipt && proofOfBlock(page, BigInt(receipt.blockNumber)),
    canTrace ? call('debug_traceTransaction', hash, { tracer: 'callTracer' }).catch(() => null) : null])
  const known = tx.to ? knownCall(tx.to, tx.input) : null
  const fee = receipt && BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)
  const used = receipt && percent(receipt.gasUsed, tx.gas)
  const transfers = receipt ? await transfersOf(receipt.logs) : []
  const overview = card(null, facts([
    ['Hash', mono(tx.hash), copyButton(tx.hash)],
    ['Status', !receipt ? badge('pending', 'wait') : failed ? [badge('failed', 'bad'), ' ', trace && foreign(errorText(tx.to, trace.output), 500)]
      : badge('succeeded', 'good')],
    proof && ['Proof', proof],
    receipt && ['Block', blockLink(receipt.blockNumber), h('span', { class: 'faint' }, ` · index ${count(receipt.transactionIndex)}`)],
    block && ['Time', exactTime(block.timestamp)],
    ['From', addressLink(tx.from, true), copyButton(tx.from)],
    ['To', tx.to ? [addressLink(tx.to, true), copyButton(tx.to)] : receipt?.contractAddress
      ? [addressLink(receipt.contractAddress, true), ' ', badge('created')] : 'a new contract'],
    ['Method', badge(methodName(tx.to, tx.input))],
    ['Value', ether(tx.value)],
    transfers.length > 0 && ['Tokens', h('ul', { class: 'plain' }, transfers)],
    fee !== null && fee !== undefined && ['Fee', ether(fee), h('span', { class: 'faint' }, ` at ${gwei(receipt.effectiveGasPrice)}`)],
    ['Gas', receipt ? [`${count(receipt.gasUsed)} of ${count(tx.gas)} `, meter(used, `${used} % of the limit`), ` ${used} %`] : `at most ${count(tx.gas)}`],
    tx.maxFeePerGas && ['Fee cap', `${gwei(tx.maxFeePerGas)}, priority ${gwei(tx.maxPriorityFeePerGas)}`],
    ['Nonce', count(tx.nonce)],
    ['Type', TYPES[tx.type] ?? tx.type],
    tx.blobVersionedHashes?.length > 0 && ['Blobs', h('ul', { class: 'plain' }, tx.blobVersionedHashes.map((b) => h('li', {}, mono(b))))],
    tx.authorizationList?.length > 0 && ['Authorizations', h('ul', { class: 'plain' }, tx.authorizationList.map((a) =>
      h('li', {}, 'code of ', addressLink(a.address), ` on chain ${count(a.chainId)}, nonce ${count(a.nonce)}`)))],
  ]))
  const items = [[tx.to ? 'Input' : 'Init code', () => inputView(known, tx.input)]]
  if (receipt) items.push([`Events (${count(receipt.logs.length)})`, () => logsView(receipt.logs)])
  if (trace) items.push([`Calls (${count(callCount(trace))})`, () => h('ol', { class: 'calls' }, callView(trace, { left: 300 }))])
  if (tx.accessList?.length) items.push(['Access list', () => h('ul', { class: 'plain' }, tx.accessList.map((entry) => h('li', {},
    addressLink(entry.address, true), h('ul', { class: 'plain' }, entry.storageKeys.map((key) => h('li', {}, mono(key)))))))])
  return { title: 'Transaction', content: [overview, tabs(items)] }
}

function inputView(known, input) {
  const raw = h('details', { open: known === null && input !== '0x' }, h('summary', {}, 'Raw'), hexView(input))
  if (known === null)
    return h('div', {}, input.length >= 10 && h('p', { class: 'faint' },
      'No known ABI has this. An ABI can be given on the contract’s page.'), raw)
  return h('div', {}, h('p', { class: 'signature mono' }, known.item.signature), valuesTable(known.values), raw)
}

export function logsView(logs) {
  return paged(logs, 25, (some) => some.length === 0 ? h('p', { class: 'empty' }, 'No events.') : h('ol', { class: 'logs' }, some.map((log) => {
    const known = knownLog(log)
    return h('li', {}, h('div', { class: 'head' }, known ? h('strong', { class: 'event' }, known.item.name) : badge('unknown event'),
      h('span', { class: 'faint' }, ' by '), addressLink(log.address), h('span', { class: 'faint index' }, ` #${count(log.logIndex)}`)),
      known ? valuesTable(known.values) : '',
      h('details', { open: known === null }, h('summary', {}, 'Raw'), facts([...log.topics.map((t, i) => [`Topic ${i}`, mono(t)]), ['Data', hexView(log.data, 512)]])))
  })))
}

/* Movements of tokens that the logs tell of, one line each. */
async function transfersOf(logs) {
  const known = logs.slice(0, 50).map((log) => [log, knownLog(log)]).filter(([, k]) => k?.item.name === 'Transfer' && k.values.length === 3)
  return Promise.all(known.map(async ([log, { values: [from, to, amount] }]) => {
    if (from.type.kind !== 'address' || to.type.kind !== 'address' || typeof amount.value !== 'bigint') return ''
    const token = await tokenOf(log.address), isNft = amount.type.indexed
    const text = isNft ? `№ ${amount.value}` : decimal(amount.value, token.decimals ?? 0)
    return h('li', {}, `${text} `, h('a', { href: `#/address/${log.address}` }, foreign(token.symbol || 'token', 24)), ' from ', addressLink(from.value),
      ' to ', addressLink(to.value))
  }))
}

// ---- calls within a transaction --------------------------------------------------------------------

const callCount = (frame) => 1 + (frame.calls ?? []).reduce((sum, f) => sum + callCount(f), 0)

function callView(frame, budget) {
  if (--budget.left < 0) return budget.left === -1 ? h('li', { class: 'faint' }, '… more calls than are shown') : ''
  const isCreate = frame.type.startsWith('CREATE'), known = isCreate ? null : knownCall(frame.to, frame.input)
  const output = known && !frame.error && frame.output && frame.output !== '0x' && outputOf(known.item, frame.output)
  return h('li', {}, h('div', { class: frame.error ? 'call bad' : 'call' },
    h('div', {}, badge(frame.type, 'kind'), ' ', frame.to ? addressLink(frame.to) : '', ' ',
      isCreate ? '' : h('span', { class: 'mono' }, frame.input.length >= 10 ? methodName(frame.to, frame.input) : frame.input === '0x' ? '' : 'data'),
      BigInt(frame.value ?? 0) > 0n ? [' ', ether(frame.value, 6)] : '', h('span', { class: 'faint' }, ` ${count(frame.gasUsed)} gas`)),
    known && known.values.length > 0 ? h('details', {}, h('summary', {}, 'Values'), valuesTable(known.values)) : '',
    output ? h('div', { class: 'result' }, h('span', { class: 'faint' }, 'gives '), output.map((v) => valueView(v))) : '',
    frame.error ? h('div', { class: 'result' }, badge(frame.error, 'bad'), ' ', frame.output ? foreign(errorText(frame.to, frame.output), 500) : '') : ''),
  frame.calls?.length ? h('ol', { class: 'calls' }, frame.calls.map((f) => callView(f, budget))) : '')
}

function outputOf(item, output) {
  try {
    return decodeOutput(item, output)
  } catch {
    return null
  }
}

// ---- the pool --------------------------------------------------------------------------------------

export async function poolPage(page) {
  if (!page.serves('txpool_content'))
    return { title: 'Pool', content: h('p', { class: 'empty' }, 'This node does not show its pool (txpool_content).') }
  const box = h('div', {})
  const columns = [['Transaction'], ['Method'], ['From', 'second'], ['To', 'second to'], ['Nonce', 'number'], ['Fee cap', 'number wide'], ['Value', 'number']]
  const row = (tx) => [hashLink(tx.hash), badge(methodName(tx.to, tx.input)), addressLink(tx.from),
    tx.to ? addressLink(tx.to) : h('span', { class: 'faint' }, 'new contract'), count(tx.nonce), gwei(tx.maxFeePerGas ?? tx.gasPrice), ether(tx.value, 6)]
  const all = (group) => Object.values(group).flatMap((byNonce) => Object.values(byNonce))
  async function load() {
    const content = await call('txpool_content')
    const pending = all(content.pending), queued = all(content.queued)
    box.replaceChildren(
      card(`Ready for the next block (${count(pending.length)})`, paged(pending, TRANSACTIONS_A_PAGE, (some) => table(columns, some.map(row), 'Nothing waits.'))),
      card(`Waiting for a nonce before them (${count(queued.length)})`, paged(queued, TRANSACTIONS_A_PAGE, (some) => table(columns, some.map(row), 'Nothing waits.'))))
  }
  await load()
  for (const event of ['pending', 'head', 'state']) page.on(event, load)
  return { title: 'Pool', content: box }
}
