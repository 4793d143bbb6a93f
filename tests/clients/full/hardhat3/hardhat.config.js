// Hardhat 3 on a node of our own. RPC_URL: the node.
import hardhatEthers from '@nomicfoundation/hardhat-ethers'
import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers'

// Its network helpers work with nodes of three names only; ours offers what they ask for under its own.
const underKnownName = {
  id: 'under-known-name',
  hookHandlers: {
    network: async () => ({
      default: async () => ({
        async onRequest(context, connection, request, next) {
          const answer = await next(context, connection, request)
          return request.method === 'web3_clientVersion' ? { ...answer, result: `hardhat/${answer.result}` }
            : answer
        },
      }),
    }),
  },
}

export default {
  plugins: [hardhatEthers, hardhatNetworkHelpers, underKnownName],
  networks: {
    ashlar: { type: 'http', chainType: 'l1', chainId: 1337, url: process.env.RPC_URL ??
      'http://127.0.0.1:8545' },
  },
}
