// Who signs what is sent from the page: the accounts that the node has unlocked, and the wallets of the
// browser (EIP-6963; EIP-1193's window.ethereum where none announces itself).
import { call, quantity } from './rpc.js'
import { AbiError } from './abi.js'

const UNKNOWN_CHAIN = 4902 // EIP-3085, by wallet_switchEthereumChain
const LONGEST_NAME = 40

const wallets = new Map() // uuid → {name, provider}
let accounts = [], chainId

/* Once, before the others. `unlocked`: accounts that the node signs for. */
export function openWallets(chain, unlocked) {
  chainId = chain
  accounts = unlocked
  addEventListener('eip6963:announceProvider', ({ detail }) => {
    if (typeof detail?.provider?.request !== 'function') return
    wallets.set(String(detail.info?.uuid), { name: String(detail.info?.name ?? 'Wallet').slice(0,
      LONGEST_NAME),
      provider: detail.provider })
  })
  dispatchEvent(new Event('eip6963:requestProvider'))
}

/* [{key, address, wallet}]: `wallet` is a name where it is one, `address` null until it is asked. */
export function signers() {
  dispatchEvent(new Event('eip6963:requestProvider'))
  const injected = [...wallets].map(([uuid, { name }]) => ({ key: `wallet:${uuid}`, address: null,
    wallet: name }))
  if (injected.length === 0 && typeof globalThis.ethereum?.request === 'function')
    injected.push({ key: 'wallet:', address: null, wallet: 'The browser’s wallet' })
  return [...accounts.map((address) => ({ key: address, address, wallet: null })), ...injected]
}

const providerOf = (key) => wallets.get(key.slice('wallet:'.length))?.provider ?? globalThis.ethereum

/* The wallet's chain is the node's, if need be after it was told of it. */
async function bringToChain(provider) {
  const isThere = async () => BigInt(await provider.request({ method: 'eth_chainId' })) === BigInt(chainId)
  if (await isThere()) return
  const chain = { chainId: quantity(chainId) }
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [chain] })
  } catch (error) {
    if (error?.code !== UNKNOWN_CHAIN) throw error
    await provider.request({ method: 'wallet_addEthereumChain', params: [{ ...chain,
      chainName: `Ashlar ${BigInt(chainId)}`, rpcUrls: [location.origin],
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } }] })
  }
  if (!await isThere()) throw new Error('the wallet is on another chain')
}

/* The address that signs; a wallet may ask its owner. */
export async function senderOf({ key, address }) {
  if (address) return address
  const [first] = await providerOf(key).request({ method: 'eth_requestAccounts' })
  if (typeof first !== 'string') throw new Error('the wallet gave no account')
  return first
}

/* The hash. `tx`: from, to, data, value. */
export async function sendFrom({ key, address }, tx) {
  if (address) return call('eth_sendTransaction', tx)
  await bringToChain(providerOf(key))
  const hash = await providerOf(key).request({ method: 'eth_sendTransaction', params: [tx] })
  if (typeof hash !== 'string' || !/^0x[0-9a-f]{64}$/i.test(hash)) throw new Error('the wallet gave no hash')
  return hash
}

/* Wei of an amount of ether as it is typed; AbiError says what is wrong. */
export function parseEther(text) {
  const parts = /^(\d*)(?:\.(\d{0,18}))?$/.exec(text.trim())
  if (!parts) throw new AbiError('ether: a number with at most 18 digits after the point is needed')
  return BigInt(parts[1] || 0) * 10n ** 18n + BigInt((parts[2] ?? '').padEnd(18, '0'))
}
