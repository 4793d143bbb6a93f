// One block.
import { call } from './rpc.js'
import { addressLink, card, copyButton, count, decimal, ether, exactTime, facts, gwei, h, mono, paged, pager,
  pagerLink, percent, plural, table, tabs } from './dom.js'
import { proofOfBlock } from './proofs.js'
import { blockAt, gasMeter, headNumber, TRANSACTION_COLUMNS, TRANSACTIONS_A_PAGE,
  transactionRow } from './lists.js'
import { logsView } from './transaction.js'

export async function blockPage(page, name) {
  const isHash = name.length === 66
  const block = await (isHash ? call('eth_getBlockByHash', name, true) : blockAt(BigInt(name), true))
  if (!block) {
    if (!isHash) page.on('head', async () => (await headNumber()) >= BigInt(name) && page.reload())
    return { title: 'No such block', content: h('p', { class: 'empty' },
      `There is no block ${name} here${isHash ? '' : ' yet'}.`) }
  }
  const number = BigInt(block.number)
  const [receipts, head, proof] = await Promise.all([
    call('eth_getBlockReceipts', block.hash).catch(() => []), headNumber(), proofOfBlock(page, number)])
  const turns = h('div', {})
  const drawTurns = (last) => turns.replaceChildren(pager(
    pagerLink('‹ Previous', number > 0n && `#/block/${number - 1n}`),
    pagerLink('Next ›', number < last && `#/block/${number + 1n}`)))
  drawTurns(head)
  if (number >= head) page.on('head', async () => drawTurns(await headNumber()))
  const failed = new Set(receipts.filter((r) => r.status === '0x0').map((r) => r.transactionHash))
  const logs = receipts.flatMap((r) => r.logs), withdrawals = block.withdrawals ?? []
  const accesses = block.blockAccessListHash &&
    await call('eth_getBlockAccessList', block.hash).catch(() => null) // of a state that is not kept
  const items = [[`Transactions (${count(block.transactions.length)})`, () => transactionsView(block,
    failed)]]
  if (withdrawals.length)
    items.push([`Withdrawals (${count(withdrawals.length)})`, () => withdrawalsView(withdrawals)])
  if (logs.length) items.push([`Events (${count(logs.length)})`, () => logsView(logs)])
  if (accesses) items.push([`Access list (${count(accesses.length)})`, () => accessListView(accesses)])
  return { title: `Block ${count(number)}`, content: [turns, overview(block, receipts, failed, proof),
    tabs(items)] }
}

function overview(block, receipts, failed, proof) {
  const fees = receipts.reduce((sum, r) => sum + BigInt(r.gasUsed) * BigInt(r.effectiveGasPrice), 0n)
  const strings = Object.entries(block).filter(([, value]) => typeof value === 'string')
  return card(null, facts([
    ['Hash', mono(block.hash), copyButton(block.hash)],
    proof && ['Proof', proof],
    ['Time', exactTime(block.timestamp)],
    block.slotNumber && ['Slot', count(block.slotNumber)],
    ['Transactions', plural(block.transactions.length, 'transaction'),
      failed.size > 0 && `, ${count(failed.size)} failed`],
    ['Gas used', `${count(block.gasUsed)} of ${count(block.gasLimit)} `, gasMeter(block),
      ` ${percent(block.gasUsed, block.gasLimit)} %`],
    block.baseFeePerGas && ['Base fee', gwei(block.baseFeePerGas)],
    receipts.length > 0 && ['Fees paid', ether(fees)],
    block.blobGasUsed && BigInt(block.blobGasUsed) > 0n && ['Blob gas', count(block.blobGasUsed)],
    ['Fee recipient', addressLink(block.miner, true)],
    ['Parent', BigInt(block.number) === 0n ? mono(block.parentHash)
      : h('a', { class: 'mono', href: `#/block/${block.parentHash}` }, block.parentHash)],
    ['State root', mono(block.stateRoot)],
    block.blockAccessListHash && ['Access list', mono(block.blockAccessListHash)],
    ['Size', `${count(block.size)} bytes`],
  ]), h('details', {}, h('summary', {}, 'Everything in the header'),
    facts(strings.map(([name, value]) => [name, mono(value)]))))
}

function transactionsView(block, failed) {
  const isShown = TRANSACTION_COLUMNS.map(([title]) => title !== 'Block' && title !== 'Time')
  const row = (tx) => transactionRow(tx, null, failed.has(tx.hash)).filter((_, i) => isShown[i])
  return paged(block.transactions, TRANSACTIONS_A_PAGE, (some) =>
    table(TRANSACTION_COLUMNS.filter((_, i) => isShown[i]), some.map(row), 'This block has no transactions.'))
}

function withdrawalsView(withdrawals) {
  const columns = [['Index'], ['Validator', 'number'], ['Address'], ['Amount', 'number']]
  const row = (w) => [count(w.index), count(w.validatorIndex), addressLink(w.address),
    `${decimal(w.amount, 9)} ETH`]
  return paged(withdrawals, TRANSACTIONS_A_PAGE, (some) => table(columns, some.map(row)))
}

// EIP-7928: what the block has read, and what it has changed to what, each with the transaction that did it.
// Index 0 is what comes before the transactions, the last what comes after them.
function accessListView(accounts) {
  const changes = (name, list, value) => list.map((c) =>
    h('div', {}, `${name} → `, h('span', { class: 'mono' }, value(c)), ` at ${count(c.index)}`))
  const slots = (account) => account.storageChanges.flatMap(({ key, changes: list }) =>
    changes(word(key), list, (c) => word(c.value)))
  const reads = (account) => account.storageReads.map((key) => h('div', { class: 'mono' }, word(key)))
  const row = (account) => [addressLink(account.address, true), [
    changes('balance', account.balanceChanges, (c) => ether(c.value)),
    changes('nonce', account.nonceChanges, (c) => count(c.value)),
    changes('code', account.codeChanges, (c) => plural(c.code.length / 2 - 1, 'byte'))].flat(),
    slots(account), reads(account)]
  const columns = [['Account'], ['Changed'], ['Slots written'], ['Slots read']]
  return paged(accounts, TRANSACTIONS_A_PAGE, (some) => table(columns, some.map(row)))
}

// A word without its leading zeros.
const word = (hex) => `0x${BigInt(hex).toString(16)}`
