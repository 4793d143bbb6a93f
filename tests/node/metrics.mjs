// Holds /metrics against the rules of Prometheus' text format and against what the node did; /health and
// /ready. Arguments: URL of the RPC, URL of the metrics. A line each: "ok" or "not ok", the name, what is
// wrong.
import { createRequire } from 'node:module'
const { WebSocket } = createRequire(new URL('../../examples/erc20/package.json', import.meta.url))('ws')
const [rpc, watched] = process.argv.slice(2)
const check = (name, wrong) => console.log([wrong ? "not ok" : "ok", name, wrong || ""].join("\t"))
const equal = (name, got, expected) => check(name, got === expected ? "" : `${got}, not ${expected}`)

// The format, by https://prometheus.io/docs/instrumenting/exposition_formats/.
function parse(text) {
    const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*", LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
    const sample = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)$`)
    const families = new Map(), series = new Map()
    let family = null
    if (!text.endsWith("\n")) throw Error("the last line is not ended")
    for (const line of text.slice(0, -1).split("\n")) {
        const comment = line.match(new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`))
        if (comment) {
            const [, what, name, rest] = comment
            if (what === "HELP") {
                if (families.has(name)) throw Error(`${name} begins twice`)
                families.set(name, (family = { name }))
            } else {
                if (name !== family?.name || family.type) throw Error(`TYPE of ${name} out of place`)
                if (!["counter", "gauge", "histogram"].includes(rest)) throw Error(`type ${rest}`)
                family.type = rest
            }
            continue
        }
        const found = line.match(sample)
        if (!found) throw Error(`no sample: ${line}`)
        const [, name, labels = "", value] = found
        const base = family?.type === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name
        if (base !== family?.name || !family.type) throw Error(`${name} stands outside its family`)
        if (family.type === "counter" &&
          !name.endsWith("_total")) throw Error(`${name} is a counter without _total`)
        if (family.type !== "counter" && name.endsWith("_total")) throw Error(`${name} is no counter`)
        const key = labels ? `${name}{${labels}}` : name
        if (series.has(key)) throw Error(`${key} twice`)
        series.set(key, Number(value))
    }
    return { families, series }
}

function checkHistograms({ families, series }) {
    for (const { name, type } of families.values()) {
        if (type !== "histogram") continue
        const groups = new Map()
        for (const [key, value] of series) {
            const bucket = key.match(new RegExp(`^${name}_bucket\\{(.*?),?le="(.*)"\\}$`))
            if (bucket) groups.set(bucket[1], [...(groups.get(bucket[1]) ?? []), [bucket[2], value]])
        }
        for (const [labels, buckets] of groups) {
            const braces = labels ? `{${labels}}` : "",
              bounds = buckets.map(([b]) => (b === "+Inf" ? Infinity : Number(b)))
            if (bounds.at(-1) !== Infinity || bounds.some((b, i) => i && !(b > bounds[i - 1]))) throw Error(
              `${name}: bounds`)
            if (buckets.some(([, v], i) => i && v < buckets[i - 1][1])) throw Error(`${name}: not cumulative`)
            if (series.get(`${name}_count${braces}`) !== buckets.at(-1)[1]) throw Error(`${name}: count`)
            const sum = series.get(`${name}_sum${braces}`)
            if (!(sum >= 0)) throw Error(`${name}: sum`)
        }
    }
}

const scrape = async () => {
    const response = await fetch(watched + "/metrics")
    return { type: response.headers.get("content-type"), ...parse(await response.text()) }
}
let got
try {
    got = await scrape()
    checkHistograms(got)
    check("metrics are Prometheus' text format", "")
} catch (error) {
    check("metrics are Prometheus' text format", error.message)
    process.exit(0)
}
equal("its version is in the content type", got.type, "text/plain; version=0.0.4; charset=utf-8")
const value = (key) => got.series.get(key)
equal("head", value("ashlar_head_block_number"), 1)
equal("transactions", value("ashlar_transactions_total"), 1)
equal("gas", value("ashlar_gas_used_total"), 21000)
equal("blocks and their time", `${value("ashlar_blocks_total")} ${value("ashlar_block_seconds_count")}`,
  "1 1")
equal("refused transactions", value("ashlar_mempool_refused_total"), 1)
const requests = (method, outcome) =>
  value(`ashlar_rpc_requests_total{method="${method}",outcome="${outcome}"}`)
equal("requests that succeeded", requests("eth_sendTransaction", "success"), 1)
equal("requests that failed", requests("eth_sendRawTransaction", "error"), 1)
equal("requests of no method", requests("unknown", "error"), 1)
equal("latency by method", value('ashlar_rpc_request_seconds_count{method="eth_sendTransaction"}'), 1)
check("memory, files and start of the process", [
    value("process_resident_memory_bytes") > 1e6 && value("process_resident_memory_bytes") < 1e10,
    value("process_open_fds") > 5 && value("process_open_fds") < value("process_max_fds"),
    Math.abs(value("process_start_time_seconds") - Date.now() / 1000) < 120,
    value("process_cpu_seconds_total") > 0 && value("process_cpu_seconds_total") < 60,
    value("ashlar_database_bytes") > 4096].every(Boolean) ? "" : "out of bounds")

const socket = new WebSocket(rpc.replace("http", "ws"))
await new Promise((done) => (socket.onopen = done))
socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}')
await new Promise((done) => (socket.onmessage = done))
got = await scrape()
equal("connections and subscriptions",
  `${value("ashlar_websocket_connections")} ${value("ashlar_subscriptions")}`, "1 1")
socket.close()
await new Promise((done) => (socket.onclose = done))
for (let i = 0; i < 50; i++) {
    got = await scrape()
    if (value("ashlar_subscriptions") === 0) break
    await new Promise((done) => setTimeout(done, 20))
}
equal("and none once it is closed",
  `${value("ashlar_websocket_connections")} ${value("ashlar_subscriptions")}`, "0 0")

for (const path of ["/health", "/ready"]) {
    const response = await fetch(watched + path), body = await response.json()
    equal(path, `${response.status} ${body.status} ${body.head} ${body.database} ${body.headAgeSeconds < 60}`,
      "200 ok 1 ok true")
}
equal("no other pages", (await fetch(watched + "/blocks")).status, 404)
const posted = await fetch(watched, { method: "POST", headers: { "content-type": "application/json" },
  body: "{}" })
equal("no RPC on that port", posted.status, 405)
