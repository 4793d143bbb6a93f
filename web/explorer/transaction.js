// One transaction: what it says, what came of it, and the calls within it.
import { call, quantity } from './rpc.js'
import { errorText, knownCall, knownLog, methodName, tokenOf } from './contracts.js'
import { addressLink, badge, blockLink, card, copyButton, count, decimal, ether, exactTime, facts, faint,
  foreign,
  gwei, h, hexView, meter, mono, paged, pager, pagerLink, percent, plainList, tabs, valuesTable,
    valueView } from './dom.js'
import { decodeOutput } from './abi.js'
import { proofOfBlock } from './proofs.js'
import { messagesOf } from './rollup.js'

const MOST_CALLS = 300, MOST_TRANSFERS = 50, LOGS_A_PAGE = 25

const TYPES = { '0x0': 'legacy', '0x1': 'with access list (EIP-2930)', '0x2': 'dynamic fee (EIP-1559)',
  '0x3': 'with blobs (EIP-4844)',
  '0x4': 'sets code (EIP-7702)', '0x7e': 'sent by L1' }

export async function transactionPage(page, hash) {
  const [tx, receipt] = await Promise.all(
    ['eth_getTransactionByHash', 'eth_getTransactionReceipt'].map((method) => call(method, hash)))
  if (!tx) {
    for (const event of ['head', 'pending', 'state'])
      page.on(event, async () => (await call('eth_getTransactionByHash', hash)) && page.reload())
    return { title: 'No such transaction', content: h('p', { class: 'empty' },
      'The node does not know ', mono(hash), '. If it comes, it shows up here.') }
  }
  if (!receipt) page.on('head', async () => (await call('eth_getTransactionReceipt', hash)) && page.reload())
  const canTrace = receipt && page.serves('debug_traceTransaction')
  const [block, proof, trace, messages] = await Promise.all([receipt && call('eth_getBlockByHash',
    receipt.blockHash, false),
    receipt && proofOfBlock(page, BigInt(receipt.blockNumber)),
    canTrace ? call('debug_traceTransaction', hash, { tracer: 'callTracer' }).catch(() => null) : null,
    messagesOf(page, tx, receipt)])
  const known = tx.to ? knownCall(tx.to, tx.input) : null
  const used = receipt && percent(receipt.gasUsed, tx.gas)
  const transfers = receipt ? await transfersOf(receipt.logs) : []
  const overview = card(null, facts([
    ['Hash', mono(tx.hash), copyButton(tx.hash)],
    ['Status', statusView(tx, receipt, trace)],
    proof && ['Proof', proof],
    messages && ['To L1', messages],
    receipt && ['Block', blockLink(receipt.blockNumber),
      faint(` · index ${count(receipt.transactionIndex)}`)],
    block && ['Time', exactTime(block.timestamp)],
    ['From', addressLink(tx.from, true), copyButton(tx.from)],
    ['To', tx.to ? [addressLink(tx.to, true), copyButton(tx.to)] : receipt?.contractAddress
      ? [addressLink(receipt.contractAddress, true), ' ', badge('created')] : 'a new contract'],
    ['Method', badge(methodName(tx.to, tx.input))],
    ['Value', ether(tx.value)],
    transfers.length > 0 && ['Tokens', plainList(transfers)],
    receipt && ['Fee', ether(BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)),
      faint(` at ${gwei(receipt.effectiveGasPrice)}`)],
    receipt && ['Gas', `${count(receipt.gasUsed)} of ${count(tx.gas)} `,
      meter(used, `${used} % of the limit`),
      ` ${used} %`],
    !receipt && ['Gas', `at most ${count(tx.gas)}`],
    tx.maxFeePerGas && ['Fee cap', `${gwei(tx.maxFeePerGas)}, priority ${gwei(tx.maxPriorityFeePerGas)}`],
    ['Nonce', count(tx.nonce)],
    ['Type', TYPES[tx.type] ?? tx.type],
    tx.blobVersionedHashes?.length > 0 && ['Blobs', plainList(tx.blobVersionedHashes.map(mono))],
    tx.authorizationList?.length > 0 && ['Authorizations', plainList(tx.authorizationList.map((a) =>
      ['code of ', addressLink(a.address), ` on chain ${BigInt(a.chainId)}, nonce ${count(a.nonce)}`]))],
  ]))
  const items = [[tx.to ? 'Input' : 'Init code', () => inputView(known, tx.input)]]
  if (receipt) items.push([`Events (${count(receipt.logs.length)})`, () => logsView(receipt.logs)])
  if (trace)
    items.push([`Calls (${count(callCount(trace))})`,
      () => h('ol', { class: 'calls' }, callView(trace, { left: MOST_CALLS }))])
  if (tx.accessList?.length)
    items.push(['Access list', () => plainList(tx.accessList.map((entry) =>
      [addressLink(entry.address, true), plainList(entry.storageKeys.map(mono))]))])
  return { title: 'Transaction', content: [await turnsOfSender(page, tx), overview, tabs(items)] }
}

/* The one before and the one after, by the sender's nonce. */
async function turnsOfSender(page, tx) {
  const turns = h('div', {}), nonce = BigInt(tx.nonce)
  const at = (n) => n < 0n ? null : call('eth_getTransactionBySenderAndNonce', tx.from, quantity(n))
  async function draw() {
    const [before, after] = await Promise.all([at(nonce - 1n), at(nonce + 1n)])
    turns.replaceChildren(pager(pagerLink('‹ Previous of sender', before && `#/tx/${before.hash}`),
      pagerLink('Next of sender ›', after && `#/tx/${after.hash}`)))
    return after !== null
  }
  if (!await draw()) for (const event of ['head', 'pending', 'state']) page.on(event, draw)
  return turns
}

function statusView(tx, receipt, trace) {
  if (!receipt) return badge('pending', 'wait')
  if (receipt.status !== '0x0') return badge('succeeded', 'good')
  return [badge('failed', 'bad'), ' ', trace && foreign(errorText(tx.to, trace.output), 500)]
}

function inputView(known, input) {
  const raw = h('details', { open: known === null && input !== '0x' }, h('summary', {}, 'Raw'),
    hexView(input))
  if (known === null)
    return h('div', {}, input.length >= 10 && h('p', { class: 'faint' },
      'No known ABI has this. An ABI can be given on the contract’s page.'), raw)
  return h('div', {}, h('p', { class: 'signature mono' }, known.item.signature),
    known.item.mutability === 'unknown' && h('p', { class: 'faint' },
      'Named by its selector alone. An ABI on the contract’s page says more.'), valuesTable(known.values),
      raw)
}

export function logsView(logs) {
  return paged(logs, LOGS_A_PAGE, (some) => some.length === 0 ? h('p', { class: 'empty' }, 'No events.')
    : h('ol', { class: 'logs' }, some.map(logView)))
}

function logView(log) {
  const known = knownLog(log)
  const raw = facts([...log.topics.map((topic, i) => [`Topic ${i}`, mono(topic)]),
    ['Data', hexView(log.data, 512)]])
  return h('li', {},
    h('div', { class: 'head' },
      known ? h('strong', { class: 'event' }, known.item.name) : badge('unknown event'),
      faint(' by '), addressLink(log.address), h('span', { class: 'faint index' },
        ` #${count(log.logIndex)}`)),
    known && valuesTable(known.values),
    h('details', { open: known === null }, h('summary', {}, 'Raw'), raw))
}

/* Movements of tokens that the logs tell of, one line each. */
async function transfersOf(logs) {
  const all = logs.slice(0, MOST_TRANSFERS).map((log) => ({ address: log.address, known: knownLog(log) }))
  const moves = all.filter(({ known }) => known?.item.name === 'Transfer' &&
    ['address', 'address', 'uint'].join() === known.values.map((v) => v.type.kind).join())
  return Promise.all(moves.map(async ({ address, known: { values: [from, to, amount] } }) => {
    const token = await tokenOf(address)
    const text = amount.type.indexed ? `№ ${amount.value}` : decimal(amount.value, token.decimals ?? 0)
    const name = h('a', { href: `#/address/${address}` }, foreign(token.symbol || 'token', 24))
    return [`${text} `, name, ' from ', addressLink(from.value), ' to ', addressLink(to.value)]
  }))
}

// ---- calls within a transaction --------------------------------------------------------------------

const callCount = (frame) => 1 + (frame.calls ?? []).reduce((sum, f) => sum + callCount(f), 0)

function callView(frame, budget) {
  if (--budget.left < 0) return budget.left === -1 ? h('li', {}, faint('… more calls than are shown')) : ''
  const isCreate = frame.type.startsWith('CREATE'), known = isCreate ? null : knownCall(frame.to, frame.input)
  const output = known && !frame.error && frame.output && frame.output !== '0x' && outputOf(known.item,
    frame.output)
  const name = isCreate || frame.input === '0x' ? '' : methodName(frame.to, frame.input)
  return h('li', {}, h('div', { class: 'call' },
    h('div', {}, badge(frame.type, 'kind'), ' ', frame.to && addressLink(frame.to), ' ', mono(name),
      BigInt(frame.value ?? 0) > 0n && [' ', ether(frame.value, 6)], faint(` ${count(frame.gasUsed)} gas`)),
    known?.values.length > 0 && h('details', {}, h('summary', {}, 'Values'), valuesTable(known.values)),
    output && h('div', { class: 'result' }, faint('gives '), output.map(valueView)),
    frame.error && h('div', { class: 'result' }, badge(frame.error, 'bad'), ' ',
      frame.output && foreign(errorText(frame.to, frame.output), 500))),
  frame.calls?.length > 0 && h('ol', { class: 'calls' }, frame.calls.map((f) => callView(f, budget))))
}

function outputOf(item, output) {
  try {
    return decodeOutput(item, output)
  } catch {
    return null
  }
}
