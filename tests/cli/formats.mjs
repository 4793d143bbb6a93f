// Writes a block file in the forms that other programs have: node formats.mjs BLOCK FOLDER
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { createRequire } from 'node:module'
const { fromRlp, keccak256, parseTransaction, hexToBytes } = createRequire(process.cwd() + '/examples/erc20/package.json')('viem')

const [path, folder] = process.argv.slice(2)
const own = JSON.parse(readFileSync(path))
const [header, transactions, , withdrawals] = fromRlp(own.block, 'hex')
const names = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom', 'difficulty',
  'number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce', 'baseFeePerGas', 'withdrawalsRoot',
  'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash']
const numbers = new Set(['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas', 'blobGasUsed', 'excessBlobGas'])
const quantity = (value) => (value === '0x' || value == null ? '0x0' : '0x' + BigInt(value).toString(16))
const headerObject = (fields) => Object.fromEntries(fields.map((value, i) => [names[i], numbers.has(names[i]) ? quantity(value) : value]))
const rpcTransaction = (encoded) => {
  const tx = parseTransaction(encoded)
  const out = {
    type: { legacy: '0x0', eip2930: '0x1', eip1559: '0x2', eip7702: '0x4' }[tx.type], nonce: quantity(tx.nonce ?? 0),
    gas: quantity(tx.gas), to: tx.to ?? null, value: quantity(tx.value ?? 0), input: tx.data ?? '0x', r: quantity(tx.r), s: quantity(tx.s),
  }
  if (tx.chainId !== undefined) out.chainId = quantity(tx.chainId)
  if (tx.gasPrice !== undefined) out.gasPrice = quantity(tx.gasPrice)
  if (tx.type !== 'legacy') Object.assign(out, { accessList: tx.accessList ?? [], yParity: quantity(tx.yParity) })
  else out.v = quantity(tx.v)
  if (tx.maxFeePerGas !== undefined)
    Object.assign(out, { maxFeePerGas: quantity(tx.maxFeePerGas), maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas ?? 0) })
  if (tx.authorizationList)
    out.authorizationList = tx.authorizationList.map((a) => ({ chainId: quantity(a.chainId), address: a.address, nonce: quantity(a.nonce), yParity: quantity(a.yParity), r: a.r, s: a.s }))
  return out
}
const asBytes = (item) => (Array.isArray(item) ? null : item)
const { toRlp } = createRequire(process.cwd() + '/examples/erc20/package.json')('viem')
const list = transactions.map((t) => rpcTransaction(asBytes(t) ?? toRlp(t)))
const block = { ...headerObject(header), hash: keccak256(toRlp(header)), transactions: list, uncles: [], withdrawals: withdrawals ?? [] }
const headers = own.witness.headers.map((h) => headerObject(fromRlp(h, 'hex')))
const chainId = own.chainId
const map = (items) => Object.fromEntries(items.map((item) => [keccak256(item), item]))
const envelope = (result) => ({ jsonrpc: '2.0', id: 1, result })
const snake = (name) => name.replace(/[A-Z]/g, (letter) => '_' + letter.toLowerCase())
const write = (name, value) => writeFileSync(`${folder}/${name}`, typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value))

write('rpc.json', { block: envelope(block), witness: envelope(own.witness), chainId })
write('maps.json', { block, witness: { state: map(own.witness.state), codes: map(own.witness.codes), headers: [...headers].reverse() }, chainId })
write('reth.json', {
  block: { header: headerObject(header), body: { transactions: list, ommers: [], withdrawals: withdrawals ?? [] } },
  witness: { ...own.witness, keys: [] }, chain_config: { chainId, terminalTotalDifficulty: '@' },
})
write('keth.json', JSON.stringify({
  version: '', blocks: [{ header: headerObject(header), transaction: list, uncles: [], withdrawals: withdrawals ?? [] }],
  witness: { state: own.witness.state, codes: own.witness.codes, ancestors: headers }, chainConfig: { chainId, terminalTotalDifficulty: '@' },
}).replace('"@"', '58750000000000000000000'))
const renamed = { sha3Uncles: 'ommersHash', miner: 'beneficiary' }
const sbvHeader = Object.fromEntries(Object.entries(headerObject(header)).map(([k, v]) =>
  [snake(renamed[k] ?? k), numbers.has(k) && k !== 'difficulty' ? Number(v) : v]))
const kinds = { '0x0': 'Legacy', '0x1': 'Eip2930', '0x2': 'Eip1559', '0x4': 'Eip7702' }
const tag = (tx, outside) => {
  const { r, s, v, yParity, type, gas, ...rest } = tx
  const parity = yParity ?? quantity((Number(v) + 1) % 2)
  const inside = Object.fromEntries(Object.entries({ ...rest, gasLimit: Number(gas) }).map(([k, value]) => [snake(k), value]))
  const signature = { r, s, yParity: parity, v: parity }
  return outside ? { [kinds[type]]: { signature, transaction: inside } } : { signature, transaction: { [kinds[type]]: inside } }
}
const parent = fromRlp(own.witness.headers.at(-1), 'hex')
for (const outside of [false, true])
  write(`sbv-${outside}.json`, {
    chain_id: chainId, header: sbvHeader, prev_state_root: parent[3], transactions: list.map((tx) => tag(tx, outside)),
    withdrawals: withdrawals ?? [], block_hashes: [header[0]], states: own.witness.state, codes: own.witness.codes,
  })
write('own.json.gz', gzipSync(readFileSync(path)))
write('cut.json.gz', gzipSync(readFileSync(path)).subarray(0, 900))
const u32 = (n) => new Uint8Array(new Uint32Array([n]).buffer)
const run = (data) => Buffer.concat([u32(data.length), data])
const section = (items) => run(Buffer.concat([u32(items.length), ...items.map((i) => run(hexToBytes(i)))]))
const zisk = Buffer.concat([u32(Number(chainId)), run(hexToBytes(own.block)), ...[own.witness.codes, own.witness.headers, [], own.witness.state].map(section)])
write('zisk.bin', zisk)
write('zisk-cut.bin', zisk.subarray(0, zisk.length - 1))
write('raiko.json', { block: {}, parent_state_trie: {}, contracts: [] })
write('rsp.json', { current_block: {}, parent_state: {}, state_requests: {} })
const u64 = (n) => new Uint8Array(new BigUint64Array([BigInt(n)]).buffer)
const bincode = (hex) => Buffer.concat([u64(hexToBytes(hex).length), hexToBytes(hex)])
const heads = header.slice(0, 3).map(bincode), parentHeads = parent.slice(0, 3).map(bincode)
write('rsp-2024.bin', Buffer.concat([...heads, Buffer.alloc(400)]))
write('rsp-2026.bin', Buffer.concat([bincode(own.block), u64(1), ...parentHeads, Buffer.alloc(400)]))
write('noise.bin', Buffer.concat([u64(32), Buffer.alloc(400, 7)]))
write('two.json', { blocks: [{}, {}], witness: { state: [] } })
write('other-hash.json', { block: { ...block, hash: '0x' + '11'.repeat(32) }, witness: own.witness, chainId })
write('witness.json', envelope(own.witness))
write('ommer.json', { block: { ...block, uncles: ['0x' + '11'.repeat(32)] }, witness: own.witness, chainId })
write('kind.json', { block: { ...block, transactions: [{ ...list[0], type: '0x7f' }] }, witness: own.witness, chainId })
write('no-state.json', { block, witness: { codes: [] }, chainId })
write('later.ssz', Buffer.concat([Buffer.from([0x15, 1, 20, 0, 0, 0]), Buffer.alloc(16), Buffer.from([44, 0, 0, 0]), Buffer.alloc(60)]))
