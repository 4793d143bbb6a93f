// A page for people: a file in, what it proves out. All there is is fetched before the first file.
import { WorkerVerifier } from './client.js'
import { describe } from './describe.js'
import { startWorker } from './start.js'

const at = (id) => document.getElementById(id)
const drop = at('drop'), input = at('file'), state = at('state'), box = at('result'), program = at('program'),
  joiner = at('joiner')

function element(tag, attributes, ...children) {
  const made = Object.assign(document.createElement(tag), attributes)
  made.append(...children)
  return made
}
const table = (rows) => rows.map(([name, value, note]) => element('tr', {}, element('th', { scope: 'row' }, name),
  element('td', {}, value, ...note ? [element('span', {}, note)] : [])))

function show(name, { mark, headline, title, note, rows }, output) {
  box.className = mark
  box.replaceChildren(element('h2', {}, headline), element('p', {}, title), ...note ? [element('p', { className: 'note' }, note)] : [],
    element('table', {}, ...table([['File', name], ...rows])), ...output ? [element('pre', {}, output)] : [])
  box.hidden = false
}

/* What a program unknown here has made public: as text where it is text. */
function outputText({ statement, output }) {
  if (statement !== null) return ''
  const text = new TextDecoder().decode(output)
  return /^[\x20-\x7e\s]*$/.test(text) ? text : Array.from(output, (b) => b.toString(16).padStart(2, '0')).join('')
}

const verifier = new WorkerVerifier(startWorker())
let asked = 0
async function verify(file) {
  const number = ++asked, options = { withoutParent: at('without-parent').checked }
  if (!at('options').reportValidity()) return
  for (const [name, { value }] of Object.entries({ program, joiner })) if (value.trim() !== '') options[name] = value.trim()
  box.hidden = true
  state.textContent = `Reading ${file.name}…`
  options.onProgress = (bytes, size) => {
    if (number === asked) state.textContent = bytes === size ? `Verifying ${file.name}…` : `Reading ${file.name}, ${bytes} bytes…`
  }
  try {
    const result = await verifier.verify(file, options)
    if (number !== asked) return // another file has been dropped meanwhile
    show(file.name, describe(result), result.output ? outputText(result) : '')
    state.textContent = ''
  } catch (error) {
    if (number === asked) state.textContent = `${file.name} cannot be verified: ${error.message}`
  }
}

let last
function take(files) {
  if (files.length === 0 || input.disabled) return
  last = files[0]
  verify(last)
}
input.addEventListener('change', () => {
  take(input.files)
})
for (const event of ['dragover', 'dragleave', 'drop'])
  addEventListener(event, (dragged) => {
    dragged.preventDefault()
    drop.classList.toggle('over', event === 'dragover')
    if (event === 'drop') take(dragged.dataTransfer.files)
  })
at('options').addEventListener('submit', (event) => event.preventDefault())
at('options').addEventListener('change', () => last && verify(last))

verifier.ready.then(({ version, programs, joiner: id }) => {
  at('programs').append(...table([...Object.entries(programs), ['join', id]]))
  input.disabled = false
  state.textContent = `Ready: version ${version}.`
}, (error) => {
  state.textContent = `The verifier did not start: ${error.message}`
})
