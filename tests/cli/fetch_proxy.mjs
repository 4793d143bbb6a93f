// A node as others are: passes requests on to the node of the first argument, and changes what comes back as
// the path of the URL says. Prints its own URL.
import { createServer } from 'node:http'

const [upstream] = process.argv.slice(2)
const ask = async (body) =>
    (await fetch(upstream, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json()
const result = async (method, ...params) =>
    (await ask(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).result
const refuse = (method) =>
    ({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: `the method ${method} does not exist/is not available` } })
// What came back, if the method is that one, with its result changed.
const changed = (request, answer, method, change) =>
    request.method.startsWith(method) ? { ...answer, result: { ...answer.result, ...change } } : answer

// What each kind of node does to an answer.
const kinds = {
    plain: (request, answer) => answer,
    // Serves no raw blocks.
    noraw: (request, answer) => (request.method === 'debug_getRawBlock' ? refuse(request.method) : answer),
    // Serves no witnesses.
    nowitness: (request, answer) => (request.method === 'debug_executionWitness' ? refuse(request.method) : answer),
    // geth: headers as objects, the parent first; older: nodes and codes by their hash.
    geth: async (request, answer) => {
        if (request.method === 'debug_getRawBlock') return refuse(request.method)
        if (request.method !== 'debug_executionWitness') return answer
        const { state, codes, headers } = answer.result, number = Number(request.params[0])
        const objects = await Promise.all(headers.map((h, i) =>
            result('eth_getBlockByNumber', '0x' + (number - 1 - i).toString(16), false)))
        return { ...answer, result: {
            state: Object.fromEntries(state.map((node, i) => [i, node])),
            codes: Object.fromEntries(codes.map((c, i) => [i, c])), headers: objects } }
    },
    // A witness without headers.
    noheaders: (request, answer) => changed(request, answer, 'debug_executionWitness', { headers: undefined }),
    // Lies about a field, or lacks one.
    lies: (request, answer) => kinds.noraw(request, changed(request, answer, 'eth_getBlock', { gasUsed: '0x1' })),
    nofield: (request, answer) => kinds.noraw(request, changed(request, answer, 'eth_getBlock', { miner: undefined })),
    // Gives another block than the one asked for.
    another: async (request, answer) =>
        request.method.startsWith('eth_getBlock') ? { ...answer, result: await result('eth_getBlockByNumber', '0x2', true) } : answer,
    // A transaction of no type; an error that would write on the terminal.
    notype: (request, answer) => kinds.noraw(request, changed(request, answer, 'eth_getBlock',
        { transactions: answer.result.transactions?.map((t) => ({ ...t, type: '' })) })),
    painted: () => ({ jsonrpc: '2.0', id: 1, error: { code: -1, message: '\x1b]0;title\x07\x1b[2Jgone' } }),
    norpc: () => ({ hello: 'world' }),
}

createServer(async (request, response) => {
    const kind = request.url.slice(1).split('?')[0]
    let body = ''
    for await (const piece of request) body += piece
    if (kind === 'code500') return response.writeHead(500).end('internal error')
    if (kind === 'html') return response.end('<html>')
    if (kind === 'cut') {
        response.writeHead(200, { 'content-length': 1000 })
        return response.write('{"jsonrpc"', () => response.destroy())
    }
    if (kind === 'hang') return
    if (kind === 'huge') {
        const piece = Buffer.alloc(1 << 22, 32)
        const more = () => { while (!response.destroyed && response.write(piece)); }
        response.on('drain', more)
        return more()
    }
    const parsed = JSON.parse(body)
    const answer = await kinds[kind](parsed, await ask(body))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}).listen(0, '127.0.0.1', function () { console.log(`http://127.0.0.1:${this.address().port}`) })
