// Interfaces of compiled contracts as Solidity, for tests that run the code as it is deployed and compile only themselves.
const located = (type, where) => (/\[|^struct |^string$|^bytes$/.test(type) ? `${type.replace(/^struct /, '')} ${where}` : type)
const typeOf = ({ type, internalType }) => {
  if (!internalType?.startsWith('struct ')) return type
  return internalType
}

// contracts: name → { abi }. The text of one file.
export function interfaces(contracts) {
  const structs = new Map() // name → its components; "Owner.Name" or "Name"
  const collect = ({ type, internalType, components }) => {
    if (!components) return
    components.forEach(collect)
    if (!type.startsWith('tuple')) throw new Error(`components of ${type}`)
    structs.set(internalType.replace(/^struct /, '').replace(/(\[\d*\])+$/, ''), components)
  }
  const bodies = new Map(Object.keys(contracts).map((name) => [name, []]))
  for (const [name, { abi }] of Object.entries(contracts))
    for (const part of abi) {
      ;[...(part.inputs ?? []), ...(part.outputs ?? [])].forEach(collect)
      const list = (parameters, where) => parameters.map((p) => located(typeOf(p), where)).join(', ')
      const plain = (parameters) => parameters.map((p) => typeOf(p).replace(/^struct /, '') + (p.indexed ? ' indexed' : '')).join(', ')
      if (part.type === 'function')
        bodies.get(name).push(`function ${part.name}(${list(part.inputs, 'calldata')}) external` +
          (part.stateMutability === 'nonpayable' ? '' : ` ${part.stateMutability}`) +
          (part.outputs.length ? ` returns (${list(part.outputs, 'memory')})` : '') + ';')
      if (part.type === 'error') bodies.get(name).push(`error ${part.name}(${plain(part.inputs)});`)
      if (part.type === 'event') bodies.get(name).push(`event ${part.name}(${plain(part.inputs)});`)
      if (part.type === 'receive') bodies.get(name).push('receive() external payable;')
    }
  let text = '// SPDX-License-Identifier: Apache-2.0\n// Made by compile.mjs.\npragma solidity ^0.8.30;\n'
  for (const [name, components] of structs) {
    const own = name.split('.')
    const body = `struct ${own.at(-1)} { ${components.map((c) => `${typeOf(c).replace(/^struct /, '')} ${c.name};`).join(' ')} }`
    if (own.length === 1) text += body + '\n'
    else if (bodies.has(own[0])) bodies.get(own[0]).unshift(body)
    else bodies.set(own[0], [body])
  }
  for (const [name, body] of bodies) text += `interface ${name} {\n${body.map((line) => `    ${line}\n`).join('')}}\n`
  return text
}
