// "Verify here": the proof of a batch is fetched from the node and verified by this browser, in a worker.
import { WorkerVerifier } from './verify/client.js'
import { describe } from './verify/describe.js'
import { startWorker } from './verify/start.js'
import { badge, count, faint, h } from './dom.js'

const MARKS = { good: 'good', warn: 'wait', bad: 'bad' }

/* What the node says of the batch must be what its proof proves. */
function isAbout({ statement }, batch) {
  return statement?.kind === 'block' && statement.firstNumber === BigInt(batch.firstBlock) &&
    statement.lastNumber === BigInt(batch.lastBlock) && statement.blockHash === batch.blockHash &&
    statement.parentHash === batch.parentHash && statement.preStateRoot === batch.preStateRoot &&
    statement.postStateRoot === batch.postStateRoot
}

function resultView(result, batch) {
  const said = describe(result)
  if (result.valid && !isAbout(result, batch)) {
    said.mark = 'bad'
    said.title = 'But it is not about this batch\'s blocks.'
  }
  return [badge(said.headline, MARKS[said.mark]), ' ', said.title, ' ', faint(said.note), ' ',
    result.valid ? faint(`${count(result.cycles)} cycles of a program of this build, verified in ` +
      `${result.milliseconds.toFixed(0)} ms by this browser.`) : '']
}

/* Gives, for a batch and where its proof is, always the same element: it stays when the page around it is
 * made anew. */
export function verifyHere() {
  const box = h('span', { role: 'status' })
  async function verify(batch, path) {
    const verifier = new WorkerVerifier(startWorker())
    const progress = (text) => box.replaceChildren(faint(text))
    progress('Starting the verifier…')
    try {
      const onProgress = (bytes, size) => progress(bytes === size ? 'Verifying…'
        : `Fetching the proof, ${count(bytes)} bytes…`)
      box.replaceChildren(...resultView(await verifier.verify(path, { onProgress }), batch))
    } catch (error) {
      box.replaceChildren(badge('not verified', 'wait'), ' ', error.message)
    }
    verifier.close()
  }
  return (batch, path) => {
    if (!box.hasChildNodes())
      box.append(h('button', { type: 'button', onclick: () => verify(batch, path) }, 'Verify here'), ' ',
        faint('in this browser, from the proof alone'))
    return box
  }
}
