// The worker of a page whose Content-Security-Policy demands Trusted Types: its address is this one and no other.
const address = new URL('./worker.js', import.meta.url).href
const policy = globalThis.trustedTypes?.createPolicy('ashlar-verify', { createScriptURL: () => address })

export const startWorker = () => new Worker(policy ? policy.createScriptURL('') : address, { type: 'module' })
