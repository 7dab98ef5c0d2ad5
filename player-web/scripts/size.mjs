// Prints the script that stands between a first visit and the painted library, against its goal.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** Compressed bytes of script before the library paints. */
const GOAL_BYTES = 250_000
const dist = new URL('../dist/', import.meta.url).pathname

/** Chunks that a module loads before it runs: its static imports, found in the built text. */
function staticImports(text) {
  const found = text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[^"'()]*?from\s*)?["']\.?\/?(?:assets\/)?([\w.-]+\.js)["']/g)
  return [...found].map((match) => match[1])
}

function closure(entries) {
  const seen = new Set()
  const queue = [...entries]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    queue.push(...staticImports(readFileSync(join(dist, 'assets', name), 'utf8')))
  }
  return seen
}

const html = readFileSync(join(dist, 'index.html'), 'utf8')
const entries = [...html.matchAll(/(?:src|href)="[^"]*\/assets\/([\w.-]+\.js)"/g)].map((match) => match[1])
const first = closure(entries)
const all = readdirSync(join(dist, 'assets')).filter((name) => name.endsWith('.js'))

let brotli = 0
let gzip = 0
const rows = []
for (const name of [...all.map((n) => join('assets', n)), 'sw.js']) {
  const bytes = readFileSync(join(dist, name))
  const [b, g] = [brotliCompressSync(bytes).length, gzipSync(bytes, { level: 9 }).length]
  const before = first.has(name.replace('assets/', ''))
  if (before) [brotli, gzip] = [brotli + b, gzip + g]
  rows.push(`${before ? 'before the library' : 'behind it         '}  ${name.padEnd(40)} ${String(b).padStart(8)} br ${String(g).padStart(8)} gz`)
}
console.log(rows.sort().join('\n'))
console.log(`script before the library paints: goal ≤ ${GOAL_BYTES} bytes, measured ${brotli} (brotli), ${gzip} (gzip)`)
