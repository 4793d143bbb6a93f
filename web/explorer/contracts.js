// What is known of contracts: signatures that everybody knows, the ABIs that the reader gave, kept by the
// browser for each chain and address, and artifacts whose code a contract has.
import { AbiError, decodeCall, decodeLog, parseAbi, parseLine, itemOf } from './abi.js'
import { artifactItems, artifactOf } from './artifacts.js'
import { call } from './rpc.js'
import { functionOf, functionsIn } from './selectors.js'

export const WELL_KNOWN = [
  // ERC-20, ERC-2612, wrapped ether
  'function name() view returns (string)', 'function symbol() view returns (string)',
    'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
    'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function transfer(address to, uint256 value) returns (bool)',
    'function approve(address spender, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'function mint(address to, uint256 value)', 'function burn(uint256 value)', 'function deposit() payable',
    'function withdraw(uint256 value)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
  'event Deposit(address indexed to, uint256 value)', 'event Withdrawal(address indexed from, uint256 value)',
  // ERC-721
  'function ownerOf(uint256 tokenId) view returns (address)',
    'function tokenURI(uint256 tokenId) view returns (string)',
  'function getApproved(uint256 tokenId) view returns (address)',
  'function setApprovalForAll(address operator, bool approved)',
  'function isApprovedForAll(address owner, address operator) view returns (bool)',
  'function safeTransferFrom(address from, address to, uint256 tokenId)',
  'function safeTransferFrom(address from, address to, uint256 tokenId, bytes data)',
  'function supportsInterface(bytes4 interfaceId) view returns (bool)',
  'event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)',
  'event ApprovalForAll(address indexed owner, address indexed operator, bool approved)',
  // ERC-1155
  'function balanceOf(address account, uint256 id) view returns (uint256)',
    'function uri(uint256 id) view returns (string)',
  'function balanceOfBatch(address[] accounts, uint256[] ids) view returns (uint256[])',
  'function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)',
  'function safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data)',
  'event TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, ' +
    'uint256 value)',
  'event TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, ' +
    'uint256[] values)',
  'event URI(string value, uint256 indexed id)',
  // ownership, multicall
  'function owner() view returns (address)', 'function transferOwnership(address newOwner)',
    'function renounceOwnership()',
  'function multicall(bytes[] data) returns (bytes[])',
  'event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
  // what Solidity and OpenZeppelin revert with (ERC-6093)
  'error Error(string message)', 'error Panic(uint256 code)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)',
  'error ERC721InsufficientApproval(address operator, uint256 tokenId)',
  'error ERC1155InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 tokenId)',
  'error OwnableUnauthorizedAccount(address account)',
].map(parseLine)

const PANICS = { 0x01: 'assertion failed', 0x11: 'arithmetic overflow', 0x12: 'division by zero',
  0x21: 'no such enum value',
  0x22: 'storage encoded wrongly', 0x31: 'pop of an empty array', 0x32: 'index out of bounds',
    0x41: 'too much memory',
  0x51: 'call of an uninitialized function' }

// ---- ABIs of the reader ----------------------------------------------------------------------------

const parsed = new Map() // address → items
let prefix

/* Once, before the others; the storage may be closed to us or hold anything. */
export function openContracts(chainId) {
  prefix = `ashlar.abi.${BigInt(chainId)}.`
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i)
      if (!key.startsWith(prefix)) continue
      try {
        parsed.set(key.slice(prefix.length), parseAbi(localStorage.getItem(key)))
      } catch {
        // What does not parse is as if it were not there.
      }
    }
  } catch {
    // No storage: ABIs last as long as the page.
  }
}

export const givenAbi = (address) => parsed.get(address.toLowerCase())
export const abiOf = (address) => givenAbi(address) ?? recognized.get(address.toLowerCase())?.items

/* {artifact, equal} of the artifact that a contract was made from, or undefined; its ABI counts from now
 * on. */
const recognized = new Map() // address → artifact
export function recognize(address, code) {
  const found = artifactOf(code)
  found ? recognized.set(address.toLowerCase(), found.artifact) : recognized.delete(address.toLowerCase())
  return found
}

/* AbiError says what is wrong with the text. */
export function setAbi(address, text) {
  let items
  try {
    items = parseAbi(text)
  } catch (error) {
    throw error instanceof AbiError ? error : new AbiError('this ABI cannot be read')
  }
  parsed.set(address.toLowerCase(), items)
  try {
    localStorage.setItem(prefix + address.toLowerCase(), text)
  } catch {
    throw new AbiError('the ABI is used, but the browser has no room to keep it')
  }
}

export function removeAbi(address) {
  parsed.delete(address.toLowerCase())
  localStorage.removeItem(prefix + address.toLowerCase())
}

/* Of this contract first, then what everybody knows, then ABIs of others, then what a selector hints at. */
function* candidates(address, kind, selector) {
  const lists = [abiOf(address ?? '') ?? [], WELL_KNOWN, ...parsed.values(), artifactItems(kind, selector)]
  for (const list of lists)
    for (const item of list) if (item.kind === kind && item.selector === selector) yield item
  const hinted = kind === 'function' && functionOf(selector)
  if (hinted) yield hinted
}

/* Functions that the code of a contract without an ABI seems to have. */
export function functionsOfCode(code) {
  const sure = WELL_KNOWN.filter((item) => item.kind === 'function' &&
    code.includes('63' + item.selector.slice(2)))
  const names = new Set(sure.map((item) => item.selector))
  return [...sure, ...functionsIn(code).filter((item) => !names.has(item.selector))]
}

function first(items, decodeWith) {
  for (const item of items)
    try {
      return { item, values: decodeWith(item) }
    } catch {
      // Another with the same selector may fit.
    }
  return null
}

/* {item, values}, or null where nothing fits. */
export const knownCall = (address, input) =>
  first(candidates(address, 'function', input.slice(0, 10)), (item) => decodeCall(item, input))
export const knownLog = (log) =>
  log.topics.length === 0 ? null : first(candidates(log.address, 'event', log.topics[0]), (item) =>
    decodeLog(item, log.topics, log.data))
const knownError = (address, data) =>
  first(candidates(address, 'error', data.slice(0, 10)), (item) => decodeCall(item, data))

/* What a call is called: transfer, 0x12345678, "ether", "creation". */
export function methodName(to, input) {
  if (to === null || to === undefined) return 'creation'
  if (input.length < 10) return input === '0x' ? 'ether' : 'data'
  return knownCall(to, input)?.item.name ?? input.slice(0, 10)
}

/* One line of what a revert's data says. */
export function errorText(address, data) {
  if (!data || data === '0x') return 'reverted without a reason'
  const known = knownError(address, data)
  if (known === null) return `reverted with ${data.length > 74 ? data.slice(0, 74) + '…' : data}`
  if (known.item.name === 'Error') return known.values[0].value
  if (known.item.name === 'Panic') return `panic: ${PANICS[known.values[0].value] ??
    'code ' + known.values[0].value}`
  return `${known.item.name}(${known.values.map((v) => String(v.value)).join(', ')})`
}

// ---- tokens ----------------------------------------------------------------------------------------

const tokens = new Map()
const read = async (address, selector) => {
  try {
    return await call('eth_call', { to: address, data: selector }, 'latest')
  } catch {
    return '0x'
  }
}

/* A string, or bytes32 as some old tokens have it. */
function textOf(hex) {
  if (hex.length === 66) {
    const bytes = hex.slice(2).replace(/(00)+$/, '').match(/../g) ?? []
    return new TextDecoder().decode(Uint8Array.from(bytes, (b) => parseInt(b, 16)))
  }
  const item = itemOf({ name: 'text', inputs: [{ type: 'string' }] })
  try {
    return decodeCall(item, item.selector + hex.slice(2))[0].value
  } catch {
    return ''
  }
}

/* {symbol, name, decimals}: symbol '' where it has none, decimals null where it is no ERC-20. */
export function tokenOf(address) {
  const key = address.toLowerCase()
  if (!tokens.has(key))
    tokens.set(key, Promise.all(['0x95d89b41', '0x06fdde03', '0x313ce567'].map((s) =>
      read(address, s))).then(([symbol, name, decimals]) => {
      const places = decimals.length === 66 ? BigInt(decimals) : null
      return { symbol: textOf(symbol), name: textOf(name), decimals: places !== null && places <= 77n
        ? Number(places) : null }
    }))
  return tokens.get(key)
}
