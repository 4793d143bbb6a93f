// Sends ether on a chain: node transfer.mjs URL KEY_FILE TO AMOUNT
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [url, keyFile, to, amount] = process.argv.slice(2)
const require = createRequire(new URL('../erc20/package.json', import.meta.url))
const { createWalletClient, http, parseEther, publicActions } = require('viem')
const { privateKeyToAccount } = require('viem/accounts')

const client = createWalletClient({ account: privateKeyToAccount(`0x${readFileSync(keyFile, 'utf8').trim()}`),
  transport: http(url) }).extend(publicActions)
const hash = await client.sendTransaction({ chain: null, to, value: parseEther(amount) })
const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 200 })
if (status !== 'success') throw new Error(`the transaction failed: ${hash}`)
console.log(hash)
