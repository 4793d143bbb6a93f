/** What the program `block` makes public. */
export interface BlockStatement {
  kind: 'block'
  /** The chain whose rules were applied, and its id; null: the prover's own rules. */
  chain: string | null
  chainId: bigint | null
  /** What the rules call their chain id, whoever made them. */
  saysChainId: bigint
  /** The hash of the chain's configuration. */
  rules: string
  firstNumber: bigint
  lastNumber: bigint
  /** Of the last block. */
  blockHash: string
  /** Of the first block. */
  parentHash: string
  preStateRoot: string
  postStateRoot: string
  /** Of each block F = Keccak-256(F, its receipts root): F before the first, and after the last. */
  receiptsBefore: string
  receiptsAfter: string
  /** Seconds since 1970, of the last block. */
  timestamp: bigint
  gasUsed: bigint
  /** False: what a header takes from its parent, and the state before, are the prover's word. */
  heldAgainstParent: boolean
}

/** What the program `batch` makes public: batches of a rollup, to be compared with what its contract on L1 has. */
export interface BatchStatement {
  kind: 'batch'
  l1ChainId: bigint
  chainId: bigint
  rollup: string
  rules: string
  firstBatch: bigint
  lastBatch: bigint
  batchHashBefore: string
  batchHash: string
  outcomeBefore: string
  outcome: string
  queueHashBefore: string
  queueHash: string
  /** Batches of which something was not taken. */
  faults: bigint[]
  prover: string
}

/** What the program `stateless` makes public (EIP-8025). A payload that is not valid has a proof, too. */
export interface StatelessStatement {
  kind: 'stateless'
  newPayloadRequestRoot: string
  successfulValidation: boolean
  chainId: bigint
  /** The fork and its revision, as EIP-8025 numbers them; null: a test's form, which has none. */
  schemaId: number | null
}

export type Statement = BlockStatement | BatchStatement | StatelessStatement

/** Of a file whose proof holds. */
export interface Proven {
  /** The id of the program that was run. */
  program: string
  /** Its name, if it is one of the programs of this build. */
  name: 'block' | 'batch' | 'stateless' | null
  /** What it made public, as bytes and read; null: of no form that is known. */
  output: Uint8Array
  statement: Statement | null
  /** Of a joined proof: whether it is about one run, or about one or more that follow each other. */
  joined: 'run' | 'runs' | null
  /** Of the run whose proof was verified: of a joined proof that of the program `join`. */
  cycles: bigint
  segments: number
  ledgerParts: number
  /** Of the file, in bytes. */
  size: number
  milliseconds: number
}

export interface Valid extends Proven {
  valid: true
  verdict: 'VERIFIED'
}

/** The proof holds, but its block was not held against its parent. */
export interface NotHeld extends Proven {
  valid: false
  verdict: 'NOT_HELD'
  reason: string
  part: null
}

export interface Refused {
  valid: false
  verdict: 'MALFORMED' | 'OTHER_VERSION' | 'OTHER_PROGRAM' | 'SHAPE' | 'CHAIN' | 'GRINDING' | 'BUS' | 'CONSTRAINTS' | 'OPENING' |
    'FOLDING' | 'STATEMENT'
  /** A sentence in lower case, without a full stop. */
  reason: string
  /** The part of the proof that is to blame, from 1; null: none alone. */
  part: number | null
  statement?: undefined
}

export type Result = Valid | NotHeld | Refused

export interface Options {
  /** The program that the proof must be about, by name or id; without it one of this build's. */
  program?: string
  /** The id of the program `join` that a joined proof must be of; without it this build's. */
  joiner?: string
  /** Accept blocks that were not held against their parents. */
  withoutParent?: boolean
  /** Larger files are not read: a RangeError. 1 GiB by default. */
  limit?: number
  /** Bytes read, and how many there are, or null. */
  onProgress?: (bytes: number, size: number | null) => void
}

/** Bytes; or what they can be read from, piece by piece. */
export type Source = ArrayBuffer | ArrayBufferView | Blob | Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

export class Verifier {
  constructor(module: BufferSource | WebAssembly.Module)
  readonly version: string
  /** The ids of this build's programs. */
  readonly programs: Readonly<Record<'block' | 'batch' | 'stateless', string>>
  /** The id of this build's `join`, which verifies proofs and says in one what they prove. */
  readonly joiner: string
  /** Throws where the file cannot be read or an option is wrong. Whatever the file's bytes are, it gives a result. */
  verify(source: Source, options?: Options): Promise<Result>
}

/** The verifier, from the module beside the package's files or from elsewhere. */
export function load(source?: URL | string | Response | BufferSource | WebAssembly.Module): Promise<Verifier>

/** The same in a worker of a browser. */
export class WorkerVerifier {
  /** `worker` runs `ashlar-verify/worker.js`; without it this module starts one. */
  constructor(worker?: Worker)
  readonly ready: Promise<{ version: string, programs: Verifier['programs'], joiner: string }>
  /** A source is bytes or a Blob, or a URL that the worker fetches. */
  verify(source: ArrayBuffer | ArrayBufferView | Blob | string | URL, options?: Options): Promise<Result>
  close(): void
}

export function outputOf(output: Uint8Array, chains?: readonly Chain[]): Statement | null

/** A result in words, for people. */
export function describe(result: Result): {
  mark: 'good' | 'warn' | 'bad'
  headline: string
  title: string
  note: string
  rows: [name: string, value: string, note?: string][]
}

export interface Chain { chainId: number, name: string, rules: string }
export const chains: readonly Chain[]
