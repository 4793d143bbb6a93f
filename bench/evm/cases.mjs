// Writes what the EVM benchmark runs, one step a line, for programs in any language:
//
//   case KIND NAME            KIND: opcode, workload
//   code ADDRESS CODE         an account with this code
//   create ADDRESS INIT_CODE  the sender's next transaction creates this contract
//   run ADDRESS INPUT NATIVE GUEST   calls with INPUT and a number of 32 bytes, how often: natively, in the guest
//   counts NAME=NUMBER ...    the instructions of one turn; only this case's name is new, so that the cost of
//                             one instruction follows from the cases before
//
//   node cases.mjs OPCODES_DEF >cases.txt
import { readFileSync } from 'node:fs'
import { workloads } from '../contracts/compile.mjs'

const sender = '0x00000000000000000000000000000000000a11ce'
const target = '0x000000000000000000000000000000000000b0b0'

const opcodes = new Map()
for (const [, value, name] of readFileSync(process.argv[2], 'utf8').matchAll(/^OPCODE\((0x\w\w), (\w+)/gm))
  opcodes.set(name, value.slice(2))

// "PUSH2 0x1234 ADD 3*POP": hex follows a PUSH; "@label:" places a JUMPDEST, "@label" is its place in two
// bytes.
function assemble(text) {
  let code = ''
  const labels = new Map()
  const words = text.trim().split(/\s+/).flatMap((word) => {
    const repeated = word.match(/^(\d+)\*(\w+)$/)
    return repeated ? Array(Number(repeated[1])).fill(repeated[2]) : [word]
  })
  const put = () => {
    code = ''
    for (const word of words) {
      if (word.endsWith(':')) labels.set(word.slice(0, -1), code.length / 2)
      if (word.endsWith(':')) code += opcodes.get('JUMPDEST')
      else if (word.startsWith('@')) code += (labels.get(word) ?? 0).toString(16).padStart(4, '0')
      else if (word.startsWith('0x')) code += word.slice(2)
      else if (opcodes.has(word)) code += opcodes.get(word)
      else throw new Error(`no opcode ${word}`)
    }
  }
  put()
  put()
  return code
}

const lines = []
// Rounds are short, below a millisecond, and many: the fastest is then one that nothing has interrupted.
const inRound = (nativeTimes) => Math.ceil(nativeTimes / 20)

function opcodeCase(name, code, nativeTimes, guestTimes, counts) {
  lines.push(`case opcode ${name}`, `code ${target} 0x${code}`,
    `run ${target} 0x ${inRound(nativeTimes)} ${guestTimes}`)
  const named = Object.entries(counts).map(([key, count]) => `${key.replaceAll(' ', '_')}=${count}`)
  lines.push(`counts ${named.join(' ')}`)
}

const bodies = 100
const bodiesPerCase = 1_000_000 // natively
// `setup` leaves words on the stack; the body leaves the stack as it was. The counter is out of the way: in memory,
// at an offset that no body uses.
function loop(name, setup, body, counts, { repeat = bodies, native = bodiesPerCase } = {}) {
  const text = typeof body === 'function' ? Array.from({ length: repeat }, (_, i) => body(i)).join(' ')
    : Array(repeat).fill(body).join(' ')
  const code = assemble(`PUSH1 0x00 CALLDATALOAD PUSH2 0x0400 MSTORE ${setup} @loop: ${text}
    PUSH1 0x01 PUSH2 0x0400 MLOAD SUB DUP1 PUSH2 0x0400 MSTORE PUSH2 @loop JUMPI STOP`)
  const all = { loop: 1 }
  for (const [key, count] of Object.entries(counts)) all[key] = count * repeat
  opcodeCase(name, code, Math.ceil(native / repeat), 4, all)
}

const wide = '0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95'
const wide2 = '0xc2b2ae3d27d4eb4f165667b19e3779f985ebca77c2b2ae63d1b54a32d192ed03'
const middle = '0x0000000000000000000000000000003bc0605cedc8341082276bf3a27251f86c'
const two = `PUSH32 ${wide2} PUSH32 ${wide}`

opcodeCase('loop', assemble(`PUSH1 0x00 CALLDATALOAD PUSH2 0x0400 MSTORE @loop:
    PUSH1 0x01 PUSH2 0x0400 MLOAD SUB DUP1 PUSH2 0x0400 MSTORE PUSH2 @loop JUMPI STOP`), 300_000, 100, { loop: 1 })
loop('JUMPDEST', '', 'JUMPDEST', { JUMPDEST: 1 })
// No loop can tell a PUSH from the POP that must follow: here the number says how many of them are run, by where
// it jumps to. As many as the stack holds.
{
  const steps = 1000
  opcodeCase('PUSH1', assemble(`PUSH1 0x00 CALLDATALOAD PUSH1 0x03 MUL PUSH2 @end SUB JUMP
    ${Array(steps).fill('JUMPDEST PUSH1 0x01').join(' ')} @end: STOP`), 20 * steps, 400, { JUMPDEST: 1, PUSH1: 1 })
}
loop('POP', '', 'PUSH1 0x01 POP', { PUSH1: 1, POP: 1 })
loop('PUSH0', '', 'PUSH0 POP', { PUSH0: 1, POP: 1 })
for (const size of [2, 4, 8, 20, 32])
  loop(`PUSH${size}`, '', `PUSH${size} 0x${wide.slice(2, 2 + 2 * size)} POP`, { [`PUSH${size}`]: 1, POP: 1 })
loop('DUP1', two, 'DUP1 POP', { DUP1: 1, POP: 1 })
loop('DUP16', `16*PUSH0`, 'DUP16 POP', { DUP16: 1, POP: 1 })
loop('SWAP1', two, 'SWAP1', { SWAP1: 1 })
loop('SWAP16', '17*PUSH0', 'SWAP16', { SWAP16: 1 })

for (const name of ['ADD', 'SUB', 'AND', 'OR', 'XOR', 'LT', 'GT', 'SLT', 'SGT', 'EQ', 'MUL'])
  loop(name, two, `DUP2 ${name}`, { DUP1: 1, [name]: 1 })
loop('MUL, 64 bits', 'PUSH8 0x9e3779b97f4a7c15', 'DUP1 DUP1 MUL POP', { DUP1: 2, 'MUL, 64 bits': 1, POP: 1 })
for (const name of ['NOT', 'ISZERO']) loop(name, two, name, { [name]: 1 })
loop('CLZ', two, 'DUP1 CLZ POP', { DUP1: 1, CLZ: 1, POP: 1 })
for (const name of ['DIV', 'SDIV', 'MOD', 'SMOD'])
  loop(name, `PUSH32 ${wide} PUSH32 ${middle}`, `DUP1 DUP3 ${name} POP`, { DUP1: 2, [name]: 1, POP: 1 })
loop('DIV, by 10^18', `PUSH32 ${wide} PUSH8 0x0de0b6b3a7640000`, 'DUP1 DUP3 DIV POP',
  { DUP1: 2, 'DIV, by 10^18': 1, POP: 1 })
loop('DIV, 64 bits', 'PUSH8 0x9e3779b97f4a7c15 PUSH4 0x3b9aca00', 'DUP1 DUP3 DIV POP',
  { DUP1: 2, 'DIV, 64 bits': 1, POP: 1 })
for (const name of ['ADDMOD', 'MULMOD'])
  loop(name, `PUSH32 ${wide} PUSH32 ${wide2}`, `DUP2 DUP2 DUP2 ${name} POP`, { DUP1: 3, [name]: 1, POP: 1 },
    { native: 1_000_000 })
loop('EXP, 256 bits', `PUSH32 ${wide} PUSH32 ${wide2}`, 'DUP2 DUP2 EXP POP', { DUP1: 2, 'EXP, 256 bits': 1, POP: 1 },
  { native: 100_000 })
loop('EXP, 8 bits', `PUSH1 0x12 PUSH1 0x0a`, 'DUP2 DUP2 EXP POP', { DUP1: 2, 'EXP, 8 bits': 1, POP: 1 },
  { native: 500_000 })
for (const [name, amount] of [['SIGNEXTEND', '0x0f'], ['BYTE', '0x1d'], ['SHL', '0x60'], ['SHR', '0xe0'], ['SAR', '0x07']])
  loop(name, two, `DUP1 PUSH1 ${amount} ${name} POP`, { DUP1: 1, PUSH1: 1, [name]: 1, POP: 1 })

loop('MLOAD', `${two} PUSH1 0x40 MSTORE`, 'PUSH1 0x40 MLOAD POP', { PUSH1: 1, MLOAD: 1, POP: 1 })
loop('MLOAD, 64 bits', `PUSH8 0x9e3779b97f4a7c15 PUSH1 0x40 MSTORE`, 'PUSH1 0x40 MLOAD POP',
  { PUSH1: 1, 'MLOAD, 64 bits': 1, POP: 1 })
loop('MSTORE', two, 'DUP1 PUSH1 0x40 MSTORE', { DUP1: 1, PUSH1: 1, MSTORE: 1 })
loop('MSTORE, 64 bits', 'PUSH8 0x9e3779b97f4a7c15', 'DUP1 PUSH1 0x40 MSTORE',
  { DUP1: 1, PUSH1: 1, 'MSTORE, 64 bits': 1 })
loop('MSTORE8', two, 'DUP1 PUSH1 0x40 MSTORE8', { DUP1: 1, PUSH1: 1, MSTORE8: 1 })
loop('JUMP', '', (i) => `PUSH2 @l${i} JUMP @l${i}:`, { PUSH2: 1, JUMP: 1, JUMPDEST: 1 })
loop('JUMPI, taken', '', (i) => `PUSH1 0x01 PUSH2 @l${i} JUMPI @l${i}:`,
  { PUSH1: 1, PUSH2: 1, 'JUMPI, taken': 1, JUMPDEST: 1 })
loop('JUMPI, not taken', '', 'PUSH1 0x00 PUSH2 @loop JUMPI', { PUSH1: 1, PUSH2: 1, 'JUMPI, not taken': 1 })

for (const name of ['ADDRESS', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'TIMESTAMP', 'SELFBALANCE', 'PC', 'MSIZE', 'GAS'])
  loop(name, '', `${name} POP`, { [name]: 1, POP: 1 })
loop('CALLDATALOAD', '', 'PUSH1 0x00 CALLDATALOAD POP', { PUSH1: 1, CALLDATALOAD: 1, POP: 1 })
loop('CALLDATACOPY, 32 bytes', '', 'PUSH1 0x20 PUSH1 0x00 PUSH1 0x00 CALLDATACOPY',
  { PUSH1: 3, 'CALLDATACOPY, 32 bytes': 1 }, { native: 1_000_000 })
loop('MCOPY, 32 bytes', '', 'PUSH1 0x20 PUSH1 0x00 PUSH1 0x40 MCOPY', { PUSH1: 3, 'MCOPY, 32 bytes': 1 },
  { native: 1_000_000 })
loop('MCOPY, 1 KiB', '', 'PUSH2 0x0400 PUSH2 0x0800 PUSH2 0x1000 MCOPY', { PUSH2: 3, 'MCOPY, 1 KiB': 1 },
  { native: 500_000 })
for (const [name, size] of [['KECCAK256, 32 bytes', '0x20'], ['KECCAK256, 64 bytes', '0x40'], ['KECCAK256, 200 bytes', '0xc8']])
  loop(name, '', `PUSH1 ${size} PUSH1 0x00 KECCAK256 POP`, { PUSH1: 2, [name]: 1, POP: 1 }, { native: 200_000 })
for (const name of ['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'])
  loop(`${name}, warm`, 'ADDRESS', `DUP1 ${name} POP`, { DUP1: 1, [`${name}, warm`]: 1, POP: 1 }, { native: 500_000 })
loop('SLOAD, warm', '', 'PUSH1 0x01 SLOAD POP', { PUSH1: 1, 'SLOAD, warm': 1, POP: 1 }, { native: 500_000 })
loop('SSTORE, warm', '', (i) => `PUSH1 0x${i % 2 ? '07' : '09'} PUSH1 0x01 SSTORE`, { PUSH1: 2, 'SSTORE, warm': 1 },
  { native: 500_000 })
loop('TLOAD', '', 'PUSH1 0x01 TLOAD POP', { PUSH1: 1, TLOAD: 1, POP: 1 }, { native: 500_000 })
loop('TSTORE', '', (i) => `PUSH1 0x${i % 2 ? '07' : '09'} PUSH1 0x01 TSTORE`, { PUSH1: 2, TSTORE: 1 },
  { native: 500_000 })
loop('LOG1, 32 bytes', '', 'PUSH1 0x01 PUSH1 0x20 PUSH1 0x00 LOG1', { PUSH1: 3, 'LOG1, 32 bytes': 1 },
  { native: 100_000 })
loop('CALL, no code', '', 'PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH2 0xdead PUSH2 0xffff CALL POP',
  { PUSH1: 5, PUSH2: 2, 'CALL, no code': 1, POP: 1 }, { native: 200_000 })
// The callee is the loop itself, which stops where a call brings no data: CALLDATASIZE, PUSH2, JUMPI, STOP.
{
  const body = Array(100).fill('PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 PUSH1 0x00 ADDRESS PUSH2 0xffff STATICCALL POP').join(' ')
  const code = assemble(`CALLDATASIZE PUSH2 @main JUMPI STOP @main: PUSH1 0x00 CALLDATALOAD PUSH2 0x0400 MSTORE
    @loop: ${body} PUSH1 0x01 PUSH2 0x0400 MLOAD SUB DUP1 PUSH2 0x0400 MSTORE PUSH2 @loop JUMPI STOP`)
  opcodeCase('STATICCALL, a frame of 4', code, 2000, 4, {
    loop: 1, PUSH1: 400, ADDRESS: 100, PUSH2: 100, 'STATICCALL, a frame of 4': 100, POP: 100 })
}

for (const { name, steps, address, input, nativeTimes, guestTimes } of workloads(sender)) {
  lines.push(`case workload ${name}`)
  for (const step of steps) lines.push(step.join(' '))
  lines.push(`run ${address} ${input} ${inRound(nativeTimes)} ${guestTimes}`)
}
process.stdout.write(`sender ${sender}\n` + lines.join('\n') + '\n')
