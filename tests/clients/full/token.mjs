// The demonstration's token as JSON, ABI and code, for clients in other languages. node token.mjs FILE
import { writeFileSync } from 'node:fs'
import { compile, tokenSource } from '../tap.mjs'

const { Token } = compile({ 'Token.sol': tokenSource() })
writeFileSync(process.argv[2], JSON.stringify(Token))
