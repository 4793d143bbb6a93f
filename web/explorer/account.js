// An account: what it holds, what it did, and for a contract its functions, events, code and storage.
import { call, quantity } from './rpc.js'
import { AbiError, decodeOutput, encodeCall, parseValue, typeText } from './abi.js'
import { addArtifacts, artifactCount, filesOfInput, forgetArtifacts } from './artifacts.js'
import { abiOf, errorText, functionsOfCode, givenAbi, recognize, removeAbi, setAbi,
  tokenOf } from './contracts.js'
import { addressLink, badge, card, copyButton, count, decimal, ether, facts, failure, faint, foreign, h,
  hashLink,
  hexView, mono, moreButton, plural, table, tabs, valueView } from './dom.js'
import { checksumAddress } from './keccak.js'
import { LONGEST_LABEL, labelOf, setLabel } from './labels.js'
import { innerOfAccount, tokenTransfersOf, transactionsOf } from './lists.js'
import { logsView } from './transaction.js'
import { parseEther, sendFrom, senderOf, signers } from './wallet.js'

const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const MOST_TOKENS = 100
const DELEGATION = '0xef0100' // EIP-7702
const word = (value) => BigInt(value).toString(16).padStart(64, '0')

export async function accountPage(page, address) {
  const state = () => Promise.all(
    ['eth_getBalance', 'eth_getTransactionCount'].map((method) => call(method, address, 'latest')))
  const [code, [balance, nonce]] = await Promise.all([call('eth_getCode', address, 'latest'), state()])
  const delegate = code.length === 48 && code.startsWith(DELEGATION) ? '0x' + code.slice(8) : null
  const isContract = code !== '0x' && delegate === null
  const made = isContract && recognize(address, code)
  const [token, supply] = isContract ? await Promise.all([tokenOf(address),
    call('eth_call', { to: address, data: '0x18160ddd' }, 'latest').catch(() => '0x')]) : []
  const money = h('span', {}, ether(balance)), sent = h('span', {}, count(nonce))
  page.on('head', async () => {
    const [nowBalance, nowNonce] = await state()
    money.textContent = ether(nowBalance)
    sent.textContent = count(nowNonce)
  })
  const full = checksumAddress(address)
  const overview = card(null, facts([
    ['Address', h('span', { class: 'mono' }, full), copyButton(full)],
    ['Label', labelView(address, page)],
    (token?.symbol || token?.name) &&
      ['Token', foreign(token.name || 'without a name', 80), ' ', token.symbol &&
        badge(foreign(token.symbol, 24))],
    token && token.decimals !== null && supply.length === 66 && ['Supply', decimal(supply, token.decimals)],
    ['Balance', money],
    [isContract ? 'Nonce' : 'Transactions sent', sent],
    delegate && ['Code', 'runs that of ', addressLink(delegate, true)],
    isContract && ['Code', plural((code.length - 2) / 2, 'byte')],
    made && ['Made from', foreign(made.artifact.name, 80), faint(' of ', foreign(made.artifact.source, 120)),
      ' ',
      made.equal === 'code' ? badge('same code', 'good') : badge('same instructions, other metadata',
        'wait')],
    isContract && ['ABI', givenAbi(address) ? 'given by you' : made ? 'of the artifact'
      : 'not known; what many contracts share is decoded'],
  ]))
  const items = [['Transactions', () => transactionsOf(address, page)],
    ['Token transfers', () => tokenTransfersOf(address, page)], ['Tokens', () => tokensView(address)]]
  if (page.serves('debug_traceTransaction')) items.splice(2, 0,
    ['Inner calls', () => innerOfAccount(address, page)])
  if (isContract)
    items.push(['Read', () => readView(address, code)], ['Write', () => writeView(address, code)],
      ['Events', () => eventsView(address)],
      ['Code', () => hexView(code)],
      ['Storage', () => storageView(address)], ['ABI', () => abiView(address, page)])
  return { title: delegate ? 'Account with code' : isContract ? 'Contract' : 'Account',
    content: [overview, tabs(items)] }
}

/* The label, and a form to give it another. */
function labelView(address, page) {
  const input = h('input', { type: 'text', maxlength: LONGEST_LABEL, value: labelOf(address) ?? '',
    autocomplete: 'off', 'aria-label': 'Label' })
  const form = h('form', { class: 'row label', hidden: true, onsubmit: (event) => {
    event.preventDefault()
    setLabel(address, input.value)
    page.reload()
  } }, input, h('button', { type: 'submit' }, 'Keep'))
  const change = h('button', { type: 'button', class: 'quiet', onclick: () => {
    form.hidden = false
    change.remove()
    input.focus()
  } }, labelOf(address) ? 'Change' : 'Give it a label')
  return [labelOf(address) && [foreign(labelOf(address)), ' '], change, form]
}

// ---- tokens ----------------------------------------------------------------------------------------

async function tokensView(address) {
  const logs = await call('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest',
    topics: [TRANSFER, null, '0x' + word(address)] })
  const senders = logs.filter((log) => log.topics.length >= 3).map((log) => log.address)
  const contracts = [...new Set(senders)].slice(0, MOST_TOKENS)
  const rows = await Promise.all(contracts.map(async (contract) => {
    const [token, held] = await Promise.all([tokenOf(contract),
      call('eth_call', { to: contract, data: '0x70a08231' + word(address) }, 'latest').catch(() => '0x')])
    const amount = held.length !== 66 ? '–'
      : token.decimals === null ? plural(held, 'token') : decimal(held, token.decimals)
    const name = [foreign(token.name || 'without a name', 60), ' ', token.symbol &&
      badge(foreign(token.symbol, 24))]
    return [name, addressLink(contract), amount]
  }))
  return table([['Token'], ['Contract'], ['Balance', 'number']], rows, 'No token ever came to this account.')
}

// ---- functions -------------------------------------------------------------------------------------

const isRead = (item) => item.mutability === 'view' || item.mutability === 'pure'

const functionsOf = (address, code) => abiOf(address)?.filter((item) => item.kind === 'function') ??
  functionsOfCode(code)
const withoutAbi = (address) => !abiOf(address) && h('p', { class: 'faint' },
  'Without an ABI these are the well-known functions that the code seems to have.')
const NO_FUNCTION = 'No such function is known. An ABI can be given under “ABI”.'

function readView(address, code) {
  const reads = functionsOf(address, code).filter(isRead)
  return h('div', { class: 'functions' }, withoutAbi(address),
    reads.length ? reads.map((item) => readForm(address, item)) : h('p', { class: 'empty' }, NO_FUNCTION))
}

const inputsOf = (item) => item.inputs.map((type, i) => h('input', { type: 'text', autocomplete: 'off',
  spellcheck: 'false', 'aria-label': type.name || `value ${i}`, placeholder: typeText(type) }))
const signatureView = (item) => h('span', { class: 'mono' }, h('strong', {}, item.name),
  faint(item.signature.slice(item.name.length),
    item.outputs.length ? ` → ${item.outputs.map(typeText).join(', ')}` : ''))
const labelled = (item, inputs) => item.inputs.map((type, i) =>
  h('label', {}, faint(type.name || typeText(type)), inputs[i]))
const failureOf = (address, error) =>
  failure(error?.code === 3 ? new Error(errorText(address, error.data)) : error)

function outputView(item, output) {
  if (item.outputs.length === 0) return output === '0x' ? [] : [h('div', { class: 'value' }, hexView(output))]
  if (output === '0x') throw new AbiError('the contract gave nothing back: it has no such function')
  return decodeOutput(item, output).map((v) => h('div', { class: 'value' },
    v.type.name ? faint(`${v.type.name} `) : '', valueView(v)))
}

function readForm(address, item) {
  const inputs = inputsOf(item), result = h('div', { class: 'result', 'aria-live': 'polite' })
  async function read(event) {
    event?.preventDefault()
    try {
      const values = item.inputs.map((type, i) => parseValue(type, inputs[i].value))
      const output = await call('eth_call', { to: address, data: encodeCall(item, values) }, 'latest')
      result.replaceChildren(...outputView(item, output))
    } catch (error) {
      result.replaceChildren(failureOf(address, error))
    }
  }
  const button = h('button', { type: 'submit' }, 'Read')
  if (inputs.length === 0) read()
  return h('form', { class: 'function', onsubmit: read },
    h('div', { class: 'head' }, signatureView(item), inputs.length ? '' : button),
    inputs.length ? h('div', { class: 'row' }, labelled(item, inputs), button) : '', result)
}

// ---- functions that change the state ---------------------------------------------------------------

const RECEIPT_EVERY_MS = 500, RECEIPT_TRIES = 240
let lastSigner // of any form

function writeView(address, code) {
  const all = signers(), writes = functionsOf(address, code).filter((item) => !isRead(item))
  if (all.length === 0)
    return h('p', { class: 'empty' },
      'Nobody here can sign: the browser has no wallet, and this node has no ' +
      'unlocked accounts (they come with a development node).')
  const choice = h('select', { 'aria-label': 'From', onchange: () => { lastSigner = choice.value } },
    all.map((signer) => h('option', { value: signer.key, selected: signer.key === lastSigner }, signer.wallet
      ?? `${labelOf(signer.address) ?? 'Account'} · ${checksumAddress(signer.address)}`)))
  const signer = () => all.find(({ key }) => key === choice.value)
  return h('div', { class: 'functions' }, h('label', { class: 'signer' }, faint('From'), choice),
    withoutAbi(address),
    writes.length ? writes.map((item) => writeForm(address, item, signer))
      : h('p', { class: 'empty' }, NO_FUNCTION))
}

function writeForm(address, item, signer) {
  const inputs = inputsOf(item), result = h('div', { class: 'result', 'aria-live': 'polite' })
  const value = item.mutability === 'nonpayable' ? null
    : h('input', { type: 'text', autocomplete: 'off', 'aria-label': 'Ether', placeholder: '0' })
  /* What is typed, as a transaction; `run` says what came of it. Nothing is sent twice by a second press. */
  const on = (run) => async (event) => {
    event.preventDefault()
    buttons.forEach((button) => { button.disabled = true })
    try {
      const data = encodeCall(item, item.inputs.map((type, i) => parseValue(type, inputs[i].value)))
      const wei = quantity(value ? parseEther(value.value) : 0n), chosen = signer()
      await run(chosen, { from: await senderOf(chosen), to: address, data, value: wei })
    } catch (error) {
      result.replaceChildren(failureOf(address, error))
    }
    buttons.forEach((button) => { button.disabled = false })
  }
  const simulate = on(async (_, tx) => {
    const shown = outputView(item, await call('eth_call', tx, 'latest'))
    result.replaceChildren(badge('would succeed', 'good'), ...shown)
  })
  const send = on(async (chosen, tx) => {
    await call('eth_estimateGas', tx) // what would fail is said here, and not paid for
    const hash = await sendFrom(chosen, tx)
    result.replaceChildren(badge('sent', 'wait'), ' ', hashLink(hash))
    watch(hash, result)
  })
  const buttons = [h('button', { type: 'submit' }, 'Send'), h('button', { type: 'button', onclick: simulate },
    'Simulate')]
  return h('form', { class: 'function', onsubmit: send },
    h('div', { class: 'head' }, signatureView(item), item.mutability === 'payable' && badge('payable')),
    h('div', { class: 'row' }, labelled(item, inputs), value && h('label', {}, faint('ETH to send along'),
      value), buttons),
    result)
}

/* Until it is in a block; what is shown meanwhile may be something else. */
async function watch(hash, result) {
  for (let i = 0; i < RECEIPT_TRIES; i++) {
    const receipt = await call('eth_getTransactionReceipt', hash).catch(() => null)
    if (!result.isConnected || !result.textContent.startsWith('sent')) return
    if (receipt) {
      const isGood = receipt.status !== '0x0'
      result.replaceChildren(badge(isGood ? 'succeeded' : 'failed', isGood ? 'good' : 'bad'), ' ',
        hashLink(hash),
        faint(` in block ${count(receipt.blockNumber)}, ${count(receipt.gasUsed)} gas`))
      return
    }
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_EVERY_MS))
  }
}

// ---- events ----------------------------------------------------------------------------------------

const EVENTS_BACK = 10000n

async function eventsView(address) {
  const head = BigInt(await call('eth_blockNumber')), box = h('div', {})
  let first = head + 1n, logs = []
  async function further() {
    const from = first > EVENTS_BACK ? first - EVENTS_BACK : 0n
    const older = await call('eth_getLogs', { fromBlock: quantity(from), toBlock: quantity(first - 1n),
      address })
    first = from
    logs = [...logs, ...older.reverse()]
    box.replaceChildren(logsView(logs), first > 0n ? moreButton(box, further,
      `looked at down to block ${count(first)}`) : '')
  }
  await further()
  return box
}

// ---- storage ---------------------------------------------------------------------------------------

const SLOTS = 8

async function storageView(address) {
  const input = h('input', { type: 'text', value: '0', autocomplete: 'off', spellcheck: 'false',
    'aria-label': 'First slot' })
  const result = h('div', { 'aria-live': 'polite' })
  async function read(event) {
    event?.preventDefault()
    try {
      const first = parseValue({ kind: 'uint', bits: 256 }, input.value)
      const slots = Array.from({ length: SLOTS }, (_, i) => BigInt.asUintN(256, first + BigInt(i)))
      const words = await Promise.all(slots.map((slot) => call('eth_getStorageAt', address, '0x' + word(slot),
        'latest')))
      result.replaceChildren(table([['Slot'], ['Word'], ['As a number', 'wide']], slots.map((slot, i) =>
        [mono(slot < 1n << 64n ? String(slot) : '0x' + word(slot)), mono(words[i]),
          BigInt(words[i]) < 1n << 128n
          ? count(words[i]) : ''])))
    } catch (error) {
      result.replaceChildren(failure(error))
    }
  }
  await read()
  return h('div', {}, h('form', { class: 'row', onsubmit: read },
    h('label', {}, faint('First slot, decimal or hexadecimal'), input),
    h('button', { type: 'submit' }, 'Read')), result)
}

// ---- ABI -------------------------------------------------------------------------------------------

function abiView(address, page) {
  const text = h('textarea', { rows: 8, spellcheck: 'false', 'aria-label': 'ABI',
    placeholder: '[{"type":"function","name":…}]  or a compiler’s artifact' })
  const said = h('div', { 'aria-live': 'polite' })
  const file = h('input', { type: 'file', accept: '.json,application/json', 'aria-label': 'ABI file',
    onchange: () => file.files[0] && take(file.files[0]) })
  async function take(from) {
    text.value = await from.text()
    use()
  }
  function use(event) {
    event?.preventDefault()
    try {
      setAbi(address, text.value)
      page.reload()
    } catch (error) {
      said.replaceChildren(failure(error))
    }
  }
  const known = givenAbi(address)
  /* A single file is this contract's; a folder is everybody's business (main.js). */
  const drop = (event) => {
    const { items, files } = event.dataTransfer
    if (files.length !== 1 || items[0].webkitGetAsEntry()?.isDirectory) return
    event.preventDefault()
    event.stopPropagation()
    take(files[0])
  }
  return h('div', { ondrop: drop }, h('form', { class: 'abi', onsubmit: use },
  known && h('p', {}, `This contract’s ABI has ${plural(known.length, 'item')}. `,
    h('button', { type: 'button', onclick: () => { removeAbi(address); page.reload() } }, 'Forget it')),
  h('p', { class: 'faint' }, 'Paste the ABI, or drop its file here. It stays in this browser.'), text,
    h('div', { class: 'row' }, h('button', { type: 'submit' }, 'Use this ABI'), file), said),
    artifactsView(page))
}

function artifactsView(page) {
  const said = h('div', { 'aria-live': 'polite' }), kept = artifactCount()
  const folder = h('input', { type: 'file', webkitdirectory: true, 'aria-label': 'Artifacts folder',
    onchange: async () => {
    try {
      await addArtifacts(filesOfInput(folder))
      page.reload()
    } catch (error) {
      said.replaceChildren(failure(error))
    }
  } })
  return h('section', { class: 'artifacts' }, h('h2', {}, 'Artifacts'),
    h('p', { class: 'faint' }, 'Drop the folder of artifacts that Foundry (out) or Hardhat (artifacts) made anywhere on ' +
      'this page, or choose it: contracts are then known by their code. It stays in this browser.'),
    kept > 0 && h('p', {}, `${plural(kept, 'contract')} from artifacts. `,
      h('button', { type: 'button', onclick: async () => {
      await forgetArtifacts()
      page.reload()
    } }, 'Forget them')),
    h('div', { class: 'row' }, folder), said)
}
