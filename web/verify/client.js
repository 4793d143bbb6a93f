// The verifier in a worker of a browser.

export class WorkerVerifier {
  #worker
  #waiting = new Map()
  #number = 0

  /* `worker`: one that runs worker.js, where the page cannot let this module start it. */
  constructor(worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })) {
    this.#worker = worker
    this.ready = new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => {
        if (data.ready) resolve(data.ready)
        else if (data.failed) reject(new Error(data.failed))
        else this.#hear(data)
      })
      worker.addEventListener('error', (event) => {
        const error = new Error(event.message ?? 'the verifier did not start')
        reject(error)
        for (const { reject: give } of this.#waiting.values()) give(error)
        this.#waiting.clear()
      })
    })
    this.ready.catch(() => {}) // whoever waits for it, or verifies, hears of it
  }

  #hear({ id, progress, result, error }) {
    const call = this.#waiting.get(id)
    if (progress) {
      call?.onProgress?.(progress.bytes, progress.size)
      return
    }
    this.#waiting.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error))
  }

  /* As Verifier.verify; a source is bytes or a Blob, or a URL as text or as URL, which the worker fetches. */
  async verify(source, { onProgress, ...options } = {}) {
    await this.ready
    const from = typeof source === 'string' || source instanceof URL
      ? { url: new URL(source, globalThis.location?.href).href } : { source }
    return new Promise((resolve, reject) => {
      const id = ++this.#number
      this.#waiting.set(id, { resolve, reject, onProgress })
      this.#worker.postMessage({ id, options, ...from })
    })
  }

  close() { this.#worker.terminate() }
}
