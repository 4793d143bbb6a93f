// The node's JSON-RPC: calls over HTTP, those of one moment in one batch; subscriptions over a WebSocket that
// comes back by itself when it is lost.
const BATCH_LIMIT = 100
const LONGEST_RETRY_MS = 8000
const SILENCE_MS = 15000

class RpcError extends Error {
  constructor({ code, message, data }) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const quantity = (number) => '0x' + BigInt(number).toString(16)

let waiting = []

export function call(method, ...params) {
  return new Promise((resolve, reject) => {
    if (waiting.push({ method, params, resolve, reject }) === 1) setTimeout(flush)
  })
}

function flush() {
  const all = waiting
  waiting = []
  for (let i = 0; i < all.length; i += BATCH_LIMIT) send(all.slice(i, i + BATCH_LIMIT))
}

async function send(calls) {
  try {
    const body = calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }))
    const answer = await fetch('/', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`the node answers with HTTP ${answer.status}`)
    for (const { id, result, error } of await answer.json())
      error ? calls[id].reject(new RpcError(error)) : calls[id].resolve(result)
  } catch (error) {
    const why = error instanceof TypeError ? new Error('the node does not answer') : error
    calls.forEach(({ reject }) => reject(why))
  }
}

// ---- subscriptions ---------------------------------------------------------------------------------

/* Events: 'state' when `isLive` changes; 'head' with a header, 'pending' with a hash,
  and whatever else is subscribed to. */
export const live = new EventTarget()
export let isLive = false
const emit = (name, detail) => live.dispatchEvent(new CustomEvent(name, { detail }))

const wanted = [] // [event, method, params]
let socket, names = new Map(), requests = new Map(), retry_ms = 250, heard

/* Before `connect`. */
export const subscribe = (event, method, ...params) => wanted.push([event, method, params])

export function connect() {
  socket = new WebSocket(location.origin.replace(/^http/, 'ws'))
  names = new Map()
  requests = new Map()
  socket.onopen = () => {
    wanted.forEach(([event, method, params], id) => {
      requests.set(id, event)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }
  socket.onmessage = ({ data }) => {
    heard = Date.now()
    const message = JSON.parse(data)
    if (message.params) {
      const event = names.get(message.params.subscription)
      if (event) emit(event, message.params.result)
    } else if (requests.has(message.id)) {
      if (message.result) names.set(message.result, requests.get(message.id))
      requests.delete(message.id)
      if (requests.size === 0) setLive(true)
    }
  }
  socket.onclose = () => {
    setLive(false)
    setTimeout(connect, retry_ms)
    retry_ms = Math.min(2 * retry_ms, LONGEST_RETRY_MS)
  }
}

function setLive(now) {
  if (now) retry_ms = 250
  if (now === isLive) return
  isLive = now
  emit('state')
}

// A connection may be gone without a word, after the machine slept for example.
setInterval(() => {
  if (!isLive) return
  if (Date.now() - heard > 2 * SILENCE_MS) socket.close()
  else socket.send('{"jsonrpc":"2.0","id":"alive","method":"net_version"}')
}, SILENCE_MS)
