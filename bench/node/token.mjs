// The init code of the token that the node's benchmark transfers; its constructor takes the owner, in 32 bytes more.
import { compile } from '../contracts/compile.mjs'

console.log(compile('Workloads.sol').Token.evm.bytecode.object)
