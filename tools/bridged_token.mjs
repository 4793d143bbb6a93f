// Of contracts/l2/predeploys.json the hashes of the bridged token's code, as definitions for C.
import { readFileSync } from 'node:fs'

const { bridgedToken } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
for (const [name, hash] of Object.entries(bridgedToken)) console.log(`#define BRIDGED_TOKEN_${name} "${hash}"`)
