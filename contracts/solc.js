#!/usr/bin/env node
// The compiler that npm brings, as forge asks for one: `--version`, and JSON in and out by `--standard-json`.
const solc = require('solc')
if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`)
} else if (process.argv.includes('--standard-json')) {
  const input = require('node:fs').readFileSync(0, 'utf8')
  process.stdout.write(solc.compile(input, { import: (path) => ({ error: `${path} was not given` }) }))
} else {
  console.error(`solc.js: nothing but --version and --standard-json is understood, not: ${process.argv.slice(2).join(' ')}`)
  process.exit(2)
}
