// Keccak-256 as Ethereum has it. A lane is two 32-bit halves, low before high: 25 lanes are 50 words.
const RATE_BYTES = 136

// Round constants by the LFSR of FIPS 202, 3.2.5; offsets of ρ and order of π by walking (x, y) → (y, 2x +
// 3y).
const CONSTANTS = new Int32Array(48)
for (let round = 0, lfsr = 1; round < 24; round++) {
  for (let j = 0; j < 7; j++) {
    const bit = (1 << j) - 1
    if (lfsr & 1) CONSTANTS[2 * round + (bit >> 5)] ^= 1 << (bit & 31)
    lfsr = (lfsr << 1) ^ (lfsr & 0x80 ? 0x171 : 0)
  }
}
const STEPS = []
for (let t = 0, x = 1, y = 0; t < 24; t++) {
  STEPS.push([x + 5 * y, ((t + 1) * (t + 2) / 2) % 64]);
  [x, y] = [y, (2 * x + 3 * y) % 5]
}

function permute(state) {
  const column = new Int32Array(10), row = new Int32Array(10)
  for (let round = 0; round < 24; round++) {
    for (let i = 0; i < 10; i++)
      column[i] = state[i] ^ state[i + 10] ^ state[i + 20] ^ state[i + 30] ^ state[i + 40]
    for (let x = 0; x < 5; x++) {
      const left = 2 * ((x + 4) % 5), right = 2 * ((x + 1) % 5)
      const low = column[left] ^ (column[right] << 1 | column[right + 1] >>> 31)
      const high = column[left + 1] ^ (column[right + 1] << 1 | column[right] >>> 31)
      for (let y = 0; y < 50; y += 10) {
        state[2 * x + y] ^= low
        state[2 * x + y + 1] ^= high
      }
    }
    // What a step reads is what the step before it wrote over.
    let low = state[2], high = state[3]
    for (let t = 0; t < 24; t++) {
      const offset = STEPS[t][1], to = 2 * STEPS[(t + 1) % 24][0]
      let a = low, b = high
      if (offset >= 32) [a, b] = [b, a]
      const by = offset & 31
      if (by > 0) [a, b] = [a << by | b >>> 32 - by, b << by | a >>> 32 - by]
      low = state[to]
      high = state[to + 1]
      state[to] = a
      state[to + 1] = b
    }
    for (let y = 0; y < 50; y += 10) {
      for (let i = 0; i < 10; i++) row[i] = state[y + i]
      for (let i = 0; i < 10; i++) state[y + i] = row[i] ^ (~row[(i + 2) % 10] & row[(i + 4) % 10])
    }
    state[0] ^= CONSTANTS[2 * round]
    state[1] ^= CONSTANTS[2 * round + 1]
  }
}

/* Of bytes; the digest as hex with 0x. */
export function keccak256(data) {
  const padded = new Uint8Array(Math.floor(data.length / RATE_BYTES + 1) * RATE_BYTES)
  padded.set(data)
  padded[data.length] ^= 0x01
  padded[padded.length - 1] ^= 0x80
  const words = new DataView(padded.buffer), state = new Int32Array(50)
  for (let at = 0; at < padded.length; at += RATE_BYTES) {
    for (let i = 0; i < RATE_BYTES / 4; i++) state[i] ^= words.getInt32(at + 4 * i, true)
    permute(state)
  }
  const digest = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 8; i++) digest.setInt32(4 * i, state[i], true)
  return '0x' + Array.from(new Uint8Array(digest.buffer), (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}

export const keccakText = (text) => keccak256(new TextEncoder().encode(text))

/* An address with its checksum in the case of its letters (EIP-55). */
const checksums = new Map()
export function checksumAddress(address) {
  const lower = address.toLowerCase()
  if (!checksums.has(lower)) {
    const digest = keccakText(lower.slice(2))
    checksums.set(lower, '0x' + [...lower.slice(2)].map((c, i) =>
      parseInt(digest[i + 2], 16) >= 8 ? c.toUpperCase() : c).join(''))
  }
  return checksums.get(lower)
}
