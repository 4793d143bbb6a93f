// The worker's side of client.js: one file after another, so that a page stays alive meanwhile.
import { load } from './verifier.js'

const verifier = load()
verifier.then(({ version, programs, joiner }) => postMessage({ ready: { version, programs, joiner } }),
  (error) => postMessage({ failed: error.message }))

async function sourceOf({ url, source }) {
  return url === undefined ? source : fetch(url, { credentials: 'same-origin' })
}

let last = Promise.resolve()
addEventListener('message', ({ data: { id, options, ...from } }) => {
  last = last.then(async () => {
    try {
      const onProgress = (bytes, size) => postMessage({ id, progress: { bytes, size } })
      postMessage({ id, result: await (await verifier).verify(await sourceOf(from), { ...options, onProgress }) })
    } catch (error) {
      postMessage({ id, error: error.message })
    }
  })
})
