// Hardhat 2 with the compiler that npm brings, so that nothing is downloaded. RPC_URL: the node; WORK: where it may write.
const { extendProvider, subtask } = require('hardhat/config')
const { ProviderWrapper } = require('hardhat/plugins')
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require('hardhat/builtin-tasks/task-names')
require('@nomicfoundation/hardhat-ethers')

const version = require('solc/package.json').version
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async () => ({
  compilerPath: require.resolve('solc/soljson.js'),
  isSolcJs: true,
  version,
  longVersion: require('solc').version(),
}))

// Its network helpers work with nodes of two names only; ours offers what they ask for under its own.
class UnderKnownName extends ProviderWrapper {
  async request(args) {
    const answer = await this._wrappedProvider.request(args)
    return args.method === 'web3_clientVersion' ? `HardhatNetwork/${answer}` : answer
  }
}
extendProvider(async (provider) => new UnderKnownName(provider))

const mnemonic = 'test test test test test test test test test test test junk'
module.exports = {
  solidity: { version, settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'prague' } },
  defaultNetwork: 'unlocked',
  networks: {
    unlocked: { url: process.env.RPC_URL ?? 'http://127.0.0.1:8545', chainId: 1337 }, // the node signs
    signed: { url: process.env.RPC_URL ?? 'http://127.0.0.1:8545', chainId: 1337, accounts: { mnemonic } },
  },
  paths: { sources: 'contracts', tests: 'hardhat', cache: `${process.env.WORK}/cache`, artifacts: `${process.env.WORK}/artifacts` },
  mocha: { reporter: 'tap', timeout: 20000 },
}
