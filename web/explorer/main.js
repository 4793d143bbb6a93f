// Starts the explorer: which page is shown for the part of the address after #, the search, the theme.
import { call, connect, isLive, live, subscribe } from './rpc.js'
import { addArtifacts, filesOf, openArtifacts } from './artifacts.js'
import { openContracts } from './contracts.js'
import { failure, h, plural } from './dom.js'
import { openLabels } from './labels.js'
import { openWallets } from './wallet.js'
import { accountPage } from './account.js'
import { blockPage } from './block.js'
import { blocksPage, poolPage, transactionsPage } from './lists.js'
import { homePage } from './overview.js'
import { batchPage, proofsPage, provingOf } from './proofs.js'
import { l1BatchPage, rollupOf, rollupPage } from './rollup.js'
import { transactionPage } from './transaction.js'

const PAGES = [
  [/^\/?$/, homePage, '#/'],
  [/^\/blocks(?:\/(\d{1,20}))?$/, blocksPage, '#/blocks'],
  [/^\/block\/(\d{1,20}|0x[0-9a-fA-F]{64})$/, blockPage, '#/blocks'],
  [/^\/transactions(?:\/(\d{1,20}))?$/, transactionsPage, '#/transactions'],
  [/^\/tx\/(0x[0-9a-fA-F]{64})$/, transactionPage, '#/transactions'],
  [/^\/address\/(0x[0-9a-fA-F]{40})$/, accountPage, ''],
  [/^\/pool$/, poolPage, '#/pool'],
  [/^\/proofs(?:\/(\d{1,20}))?$/, proofsPage, '#/proofs'],
  [/^\/batch\/(\d{1,20})$/, batchPage, '#/proofs'],
  [/^\/l1(?:\/(batches|deposits|withdrawals)(?:\/(\d{1,20}))?)?$/, rollupPage, '#/l1'],
  [/^\/l1\/batch\/(\d{1,20})$/, l1BatchPage, '#/l1'],
]
const LEAST_BETWEEN_UPDATES_MS = 300

const main = document.querySelector('main')
const about = {} // of the node: chainId, client, methods, proves, rollup
let leave = () => {}

/* Runs `update` for events, never twice at once and not too often; the last event is never lost. */
function calmly(update) {
  let isRunning = false, isDue = false
  return async function run() {
    isDue = true
    if (isRunning) return
    isRunning = true
    while (isDue) {
      isDue = false
      try {
        await update()
      } catch (error) {
        console.info(`explorer: ${error.message}`) // the next event tries again
      }
      await new Promise((resolve) => setTimeout(resolve, LEAST_BETWEEN_UPDATES_MS))
    }
    isRunning = false
  }
}

/* Links are made anew when a page updates itself: the one that had the focus keeps it. */
async function keepingFocus(update) {
  const href = main.contains(document.activeElement) && document.activeElement.getAttribute('href')
  await update()
  if (href && document.activeElement === document.body)
    main.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true })
}

async function show() {
  const path = location.hash.slice(1)
  const [route, match] = PAGES.map((r) => [r, r[0].exec(path)]).find(([, m]) => m) ?? []
  leave()
  let isOpen = true
  const listeners = [], timers = []
  leave = () => {
    isOpen = false
    timers.forEach(clearInterval)
    listeners.forEach(([event, run]) => live.removeEventListener(event, run))
  }
  const on = (event, update) => {
    if (!isOpen) return
    const run = calmly(async () => isOpen && (event !== 'state' || isLive) && await keepingFocus(update))
    listeners.push([event, run])
    live.addEventListener(event, run)
  }
  const every = (ms, update) => {
    if (isOpen) timers.push(setInterval(calmly(async () => isOpen && !document.hidden &&
      await keepingFocus(update)), ms))
  }
  const page = { ...about, on, every, reload: () => isOpen && show(), serves: (method) =>
    about.methods.has(method) }
  for (const link of document.querySelectorAll('header nav a'))
    link.getAttribute('href') === route?.[2] ? link.setAttribute('aria-current', 'page')
      : link.removeAttribute('aria-current')
  const slow = setTimeout(() => main.replaceChildren(h('p', { class: 'loading' }, 'Loading…')), 250)
  let view
  try {
    view = route ? await route[1](page, ...match.slice(1).filter((part) => part !== undefined))
      : { title: 'Not found', content: h('p', { class: 'empty' }, 'There is no such page. ',
        h('a', { href: '#/' }, 'To the overview')) }
  } catch (error) {
    view = { title: 'This did not work', content: failure(error) }
    page.on('state', page.reload)
  }
  clearTimeout(slow)
  if (!isOpen) return
  const title = h('h1', { tabindex: -1 }, view.title)
  main.replaceChildren(title, ...[view.content].flat())
  document.title = `${view.title} · Ashlar`
  return title
}

async function navigate() {
  const title = await show()
  if (!title) return
  scrollTo(0, 0)
  if (document.activeElement === document.body) title.focus({ preventScroll: true })
}

// ---- search ----------------------------------------------------------------------------------------

async function find(text) {
  if (/^\d{1,20}$/.test(text)) return `#/block/${text}`
  if (/^0x[0-9a-f]{40}$/i.test(text)) return `#/address/${text}`
  if (/^0x[0-9a-f]{64}$/i.test(text)) {
    const [block, tx] = await Promise.all([call('eth_getBlockByHash', text, false),
      call('eth_getTransactionByHash',
      text)])
    return tx ? `#/tx/${text}` : block ? `#/block/${text}` : null
  }
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return `#/block/${BigInt(text)}`
  if (/^(latest|head)$/i.test(text)) return `#/block/${BigInt(await call('eth_blockNumber'))}`
  return null
}

function startSearch() {
  const form = document.querySelector('form.search'), input = form.querySelector('input'),
    said = form.querySelector('.said')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const text = input.value.trim().replace(/,/g, '')
    if (text === '') return
    try {
      const found = await find(/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(text) && !/^\d{1,20}$/.test(text)
        ? `0x${text}`
        : text)
      said.textContent = found ? ''
        : 'Nothing found: a block number, a hash of a block or transaction, or an address is needed'
      if (!found) return
      input.value = ''
      input.blur()
      location.hash = found
    } catch (error) {
      said.textContent = error.message
    }
  })
  input.addEventListener('input', () => { said.textContent = '' })
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey ||
      /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) return
    event.preventDefault()
    input.focus()
  })
}

// ---- artifacts -------------------------------------------------------------------------------------

/* A folder that is dropped anywhere; what was found in it is said above the page. */
function startDrops() {
  const isOurs = (event) => event.dataTransfer?.types.includes('Files')
  addEventListener('dragover', (event) => isOurs(event) && event.preventDefault())
  addEventListener('drop', async (event) => {
    if (!isOurs(event)) return
    event.preventDefault()
    let said
    try {
      const files = await filesOf(event.dataTransfer.items), { contracts, fresh } = await addArtifacts(files)
      said = h('p', { class: 'notice' }, contracts === 0
        ? `No contract with code in ${plural(files.length, 'JSON file')}: the artifacts of Foundry or Hardhat are needed.`
        : `${plural(contracts, 'contract')} in ${plural(files.length, 'file')}, ${fresh} new. They stay in this browser.`)
    } catch (error) {
      said = failure(error)
    }
    await show()
    said.setAttribute('role', 'status')
    main.prepend(said)
  })
}

// ---- theme and state -------------------------------------------------------------------------------

function startTheme() {
  const button = document.querySelector('button.theme'), root = document.documentElement
  const use = (theme) => {
    if (theme) root.dataset.theme = theme
    const isDark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
    button.setAttribute('aria-label', isDark ? 'Light colours' : 'Dark colours')
    return isDark
  }
  let kept = null
  try {
    kept = localStorage.getItem('ashlar.theme')
  } catch {
    // No storage: as the system has it.
  }
  let isDark = use(kept === 'dark' || kept === 'light' ? kept : null)
  button.addEventListener('click', () => {
    const theme = isDark ? 'light' : 'dark'
    isDark = use(theme)
    try {
      localStorage.setItem('ashlar.theme', theme)
    } catch {
      // As above.
    }
  })
}

function showState() {
  const state = document.querySelector('.state')
  state.classList.toggle('live', isLive)
  state.querySelector('span').textContent = isLive ? 'live' : 'connecting…'
}

async function start() {
  const [chainId, client, document_] = await Promise.all([call('eth_chainId'), call('web3_clientVersion'),
    call('rpc_discover')])
  Object.assign(about, { chainId, client, methods: new Set(document_.methods.map((m) => m.name)) })
  about.proves = (await provingOf(about.methods)) !== null
  about.rollup = await rollupOf(about.methods)
  openContracts(chainId)
  await openArtifacts()
  const unlocked = about.methods.has('eth_sendTransaction') ? await call('eth_accounts') : []
  openLabels(chainId, unlocked)
  openWallets(chainId, unlocked)
  document.querySelector('a[href="#/pool"]').hidden = !about.methods.has('txpool_content')
  subscribe('head', 'eth_subscribe', 'newHeads')
  document.querySelector('a[href="#/proofs"]').hidden = !about.proves
  document.querySelector('a[href="#/l1"]').hidden = !about.rollup
  subscribe('pending', 'eth_subscribe', 'newPendingTransactions')
  if (about.proves) subscribe('batch', 'eth_subscribe', 'ashlarBatches')
  connect()
  addEventListener('hashchange', navigate)
  await show()
}

// Its target cannot be a part of the address: that names the page.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault()
  main.focus()
})
startTheme()
startSearch()
startDrops()
live.addEventListener('state', showState)
start().catch((error) => {
  main.replaceChildren(h('h1', {}, 'The node does not answer'), failure(error),
    h('p', {}, h('button', { type: 'button', onclick: () => location.reload() }, 'Try again')))
})
