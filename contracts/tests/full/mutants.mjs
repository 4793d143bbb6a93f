// Breaks the contracts, one rule at a time, and demands that a test fails: node mutants.mjs [WORD…], only those that have a
// word in their name. Each takes as long as compiling.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const contracts = join(dirname(fileURLToPath(import.meta.url)), '../..')
// name, file, what stands there, what comes in its place
const mutants = [
  ['a proof need not verify', 'Rollup', 'if (!verifier.check(digest, proof)) revert ProofRefused();', ''],
  ['an overdue item may be left', 'Rollup', 'if (to != span.count && span.nextTime', 'if (false && span.nextTime'],
  ['a batch may have any gas of items', 'Rollup', 'if (span.gas > ITEM_GAS)', 'if (false)'],
  ['an item may be younger than its batch', 'Rollup', 'if (span.time > lastTime) revert LastTime();', ''],
  ['a commit may lie back as far as it likes', 'Rollup', ' || lastTime + MAX_LAG < block.timestamp', ''],
  ['the predecessor is not compared', 'Rollup', 'if (prevHash != expected) revert PreviousBatch(expected);', ''],
  ['anybody may commit', 'Rollup', 'if (!isOpenAt(head)) revert NotTheLeader(turn);', ''],
  ['drop needs no time', 'Rollup', 'if (block.timestamp < since + DROP_DELAY) revert TooEarly();', ''],
  ['late is in time', 'Rollup', 'fault || block.timestamp > since + PROVE_WINDOW', 'fault'],
  ['a fault costs no stake', 'Rollup', 'if (fault) slash(by);', 'if (fault) {}'],
  ['a bond comes back twice', 'Rollup', 'sum += BATCH_BOND;', 'sum += 2 * BATCH_BOND;'],
  ['fees are taken twice', 'Rollup', 'credit[account].fees = 0;', ''],
  ['the stake stays after it was paid', 'Rollup', 'delete stake[msg.sender];', ''],
  ['any number of batches waits', 'Rollup', '>= UNPROVEN_MAX) revert', '>= type(uint32).max) revert'],
  ['a place too few', 'Rollup', 'PLACES = PROOF_MAX + config.unprovenMax;', 'PLACES = PROOF_MAX + config.unprovenMax - 1;'],
  ['a batch that was written over', 'Rollup', ' || !isStored(first - 1)', ''],
  ['a stake is free at once', 'Rollup', '|| config.stakeDelay > type(uint32).max', ''],
  ['an older outcome may be proven', 'Rollup', ' || last <= before.index', ''],
  ['the queue does not freeze', 'Queue', 'state.frozen = true;', ''],
  ['anybody is paid by the queue', 'Queue', 'if (msg.sender != BRIDGE) revert OnlyBridge();', ''],
  ['a contract keeps its address', 'Queue', 'isOwnAccount() ? msg.sender : Predeploys.aliased(msg.sender)', 'msg.sender'],
  ['the fee is minted too', 'Queue', 'mint: msg.value - paid,', 'mint: msg.value,'],
  ['a claim is not marked', 'Bridge', 'if (!mark(claimed, index)) revert ClaimedAlready(index);', ''],
  ['a place beyond the tree', 'Bridge', 'index > type(uint32).max || ', ''],
  ['any sender orders tokens', 'Bridge', 'from == Predeploys.L2_BRIDGE && to == address(this)', 'to == address(this)'],
  ['an exit is not marked', 'Bridge', 'exited[token][account] = true;', ''],
  ['anybody exits for anybody', 'Bridge', 'account != msg.sender && ', 'false && '],
  ['accounts with code exit', 'Bridge', 'if (code.length != 0 && (code.length', 'if (false && (code.length'],
  ['a consumed item is paid back', 'Bridge', 'if (index < consumed) revert ItemConsumed(index);', ''],
  ['a refund is not marked', 'Bridge', 'if (!mark(refunded, index)) revert RefundedAlready(index);', ''],
  ['tokens go back twice', 'Bridge', 'if (mark(refundedTokens, index)) release', 'if (mark(refundedTokens, index) || true) release'],
  ['tokens alone go back twice', 'Bridge', 'if (!mark(refundedTokens, index)) revert RefundedAlready(index);', ''],
  ['what was asked for is deposited', 'Bridge', 'IERC20(token).balanceOf(address(this)) - before', 'amount'],
  ['deposits may nest', 'Bridge', 'external payable nonReentrant {\n        deposit(', 'external payable {\n        deposit('],
  ['another path in a trie', 'TrieProof', 'return matches ? (at, length) : (uint256(0), uint256(0));', 'return (at, length);'],
  ['nodes that are not needed', 'TrieProof', '&& length != 0 && used == proof.length', '&& length != 0'],
  ['a development verifier anywhere', 'DevVerifier', 'if (block.chainid != 1337 && block.chainid != 31337)', 'if (false)'],
  ['epochs by the last proposal', 'Verifiers', 'while (epochs[number].from > lastTime) --number;', ''],
]

const words = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'mutants-'))
process.on('exit', () => rmSync(work, { recursive: true, force: true }))
cpSync(contracts, join(work, 'contracts'), { recursive: true, filter: (path) => !path.endsWith('node_modules') })
symlinkSync(join(contracts, 'node_modules'), join(work, 'contracts/node_modules'))
cpSync(join(contracts, '../build/contracts'), join(work, 'build/contracts'), { recursive: true })
const env = { ...process.env, HOME: work, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', FOUNDRY_INVARIANT_RUNS: '4',
  FOUNDRY_INVARIANT_DEPTH: '500', FOUNDRY_INVARIANT_FAIL_ON_REVERT: 'true', FOUNDRY_FUZZ_RUNS: '32',
  FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT: '0', FOUNDRY_FUZZ_SEED: '0x1' }
const run = (command, args) => spawnSync(command, args, { cwd: join(work, 'contracts'), env, encoding: 'utf8', maxBuffer: 1 << 28 })
const suite = (...which) => run('node_modules/@foundry-rs/forge-linux-amd64/bin/forge', ['test', '--offline', '--use',
  './solc.js', '--gas-snapshot-emit', 'false', '--fail-fast', ...which])
// The campaign only where the short tests see nothing. Not those of tests/batches: they need what the guest program made of
// batches (tests/rollup/full/l1_test.sh).
const forge = () => {
  const short = suite('--no-match-path', 'tests/{full,batches}/*')
  return short.status === 0 ? suite('--match-path', 'tests/full/*') : short
}

// Names of the tests that fail: an invariant's stands behind the calls that broke it, some lines below.
const failing = (text) => [...new Set(text.split(/^\[FAIL/m).slice(1)
  .map((part) => part.match(/(\w+)\([\w, ]*\) \((?:runs|gas):/)?.[1]).filter(Boolean))]

let n = 0, failed = 0
function tap(ok, name, why = '') {
  console.log(`${ok ? 'ok' : 'not ok'} ${++n} - ${name}`)
  if (!ok) {
    failed = 1
    console.log(why.split('\n').slice(-20).map((line) => `# ${line}`).join('\n'))
  }
}
const whole = forge()
tap(whole.status === 0, 'unbroken, all pass', whole.stdout + whole.stderr)
for (const [name, file, from, to] of mutants) {
  if (words.length && !words.some((word) => name.includes(word))) continue
  const path = join(work, `contracts/l1/${file}.sol`)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) {
    tap(false, name, `${file}.sol does not have once: ${from}`)
    continue
  }
  writeFileSync(path, text.replace(from, () => to))
  const changed = file === 'TrieProof' ? ['Rollup', 'Bridge'] : [file]
  const compiled = run('node', ['compile.mjs', '../build/contracts', '--warnings', '--only', ...changed])
  if (compiled.status !== 0) tap(false, name, compiled.stderr)
  else {
    const tested = forge()
    const caught = failing(tested.stdout)
    tap(tested.status !== 0 && caught.length !== 0, `${name}: ${caught.slice(0, 3).join(', ')}`, tested.stdout)
  }
  writeFileSync(path, text)
  for (const name of changed) for (const made of [`${name}.json`, `${name}.bin`])
    cpSync(join(contracts, '../build/contracts', made), join(work, 'build/contracts', made))
}
console.log(`1..${n}`)
process.exit(failed)
