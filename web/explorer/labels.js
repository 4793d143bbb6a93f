// Names of addresses: those that are the same on every chain, the node's own accounts, and what the reader
// gave them. Knows no page, no node.

/* Checksums as EIP-55 has them. */
export const KNOWN = {
  '0x0000000000000000000000000000000000000000': 'Zero address',
  '0x000000000000000000000000000000000000dEaD': 'Burnt (dead)',
  // Precompiles: yellow paper, EIP-152, 196, 197, 198, 2537, 4844, 7951
  '0x0000000000000000000000000000000000000001': 'ecrecover',
  '0x0000000000000000000000000000000000000002': 'SHA-256',
  '0x0000000000000000000000000000000000000003': 'RIPEMD-160',
  '0x0000000000000000000000000000000000000004': 'Identity',
  '0x0000000000000000000000000000000000000005': 'modexp',
  '0x0000000000000000000000000000000000000006': 'BN254 add',
  '0x0000000000000000000000000000000000000007': 'BN254 multiply',
  '0x0000000000000000000000000000000000000008': 'BN254 pairing',
  '0x0000000000000000000000000000000000000009': 'BLAKE2 F',
  '0x000000000000000000000000000000000000000A': 'KZG point evaluation',
  '0x000000000000000000000000000000000000000b': 'BLS12-381 G1 add',
  '0x000000000000000000000000000000000000000C': 'BLS12-381 G1 MSM',
  '0x000000000000000000000000000000000000000d': 'BLS12-381 G2 add',
  '0x000000000000000000000000000000000000000E': 'BLS12-381 G2 MSM',
  '0x000000000000000000000000000000000000000F': 'BLS12-381 pairing',
  '0x0000000000000000000000000000000000000010': 'BLS12-381 map to G1',
  '0x0000000000000000000000000000000000000011': 'BLS12-381 map to G2',
  '0x0000000000000000000000000000000000000100': 'P-256 verify',
  // Contracts of the protocol: EIP-4788, 2935, 7002, 7251, 6110
  '0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02': 'Beacon roots',
  '0x0000F90827F1C53a10cb7A02335B175320002935': 'Block hashes',
  '0x00000961Ef480Eb55e80D19ad83579A64c007002': 'Withdrawal requests',
  '0x0000BBdDc7CE488642fb579F8B00f3a590007251': 'Consolidation requests',
  '0x00000000219ab540356cBB839Cbe05303d7705Fa': 'Deposit contract',
  '0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE': 'System',
  // Contracts that stand at one address on many chains
  '0x4e59b44847b379578588920cA78FbF26c0B4956C': 'CREATE2 deployer',
  '0xcA11bde05977b3631167028862bE2a173976CA11': 'Multicall3',
  '0x000000000022D473030F116dDEE9F6B43aC78BA3': 'Permit2',
  '0x1820A4B7618bDe71dce8CdC73AAB6C06905Fad24': 'ERC-1820 registry',
  '0xce0042B868300000d44A59004Da54A005ffdcf9f': 'ERC-2470 factory',
  '0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7': 'Safe singleton factory',
  '0xba5Ed099633D3B313e4D5F7bdc1305d3c28ba5Ed': 'CreateX',
  '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789': 'EntryPoint 0.6',
  '0x0000000071727De22E5E9d8BAf0edAc6f37da032': 'EntryPoint 0.7',
  '0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108': 'EntryPoint 0.8',
}

export const LONGEST_LABEL = 40
const known = new Map(Object.entries(KNOWN).map(([address, label]) => [address.toLowerCase(), label]))
const given = new Map()
let prefix

/* Once, before the others. `accounts`: those that the node signs for. */
export function openLabels(chainId, accounts) {
  prefix = `ashlar.label.${BigInt(chainId)}.`
  accounts.forEach((address, i) => known.set(address.toLowerCase(), `Account ${i}`))
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i)
      if (key.startsWith(prefix)) given.set(key.slice(prefix.length), localStorage.getItem(key).slice(0,
        LONGEST_LABEL))
    }
  } catch {
    // No storage: labels last as long as the page.
  }
}

/* undefined where it has none. */
export function labelOf(address) {
  const key = address.toLowerCase()
  return given.get(key) ?? known.get(key)
}

/* The reader's own; none where it is empty. */
export function setLabel(address, text) {
  const key = address.toLowerCase(), label = text.trim().slice(0, LONGEST_LABEL)
  label ? given.set(key, label) : given.delete(key)
  try {
    label ? localStorage.setItem(prefix + key, label) : localStorage.removeItem(prefix + key)
  } catch {
    // As above.
  }
}
