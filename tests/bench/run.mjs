// `make bench`: prints each figure with its goal, what was measured, and a peer or limit measured in the same run.
// Figures are told, never asserted: a busy machine is no bug. It fails only when something cannot be measured.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('../..', import.meta.url));
const target = resolve(workspace, process.env.CARGO_TARGET_DIR ?? 'target');
const profile = existsSync(`${target}/release/iroam`) && existsSync(`${target}/release/iroam-portal`) ? 'release' : 'debug';
process.env.IROAM_BIN ??= `${target}/${profile}/iroam`;
process.env.IROAM_PORTAL_BIN ??= `${target}/${profile}/iroam-portal`;

const { clickToSound } = await import('./sound.mjs');
const { intoBrowser } = await import('./throughput.mjs');
const { scan } = await import('./scan.mjs');
const { idleMemory } = await import('./memory.mjs');
const { scrolling } = await import('./scroll.mjs');
const { scriptBeforeLibrary } = await import('./script.mjs');
const { playlists } = await import('./lists.mjs');
const { storeWrites } = await import('./store.mjs');
const { sharesOpened } = await import('./shares.mjs');

const figures = { script: scriptBeforeLibrary, sound: clickToSound, throughput: intoBrowser, memory: idleMemory, scan, scroll: scrolling, lists: playlists, store: storeWrites, shares: sharesOpened };
const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in figures));
if (unknown.length > 0) {
  console.error(`bench: no figure ${unknown.join(', ')}; there are ${Object.keys(figures).join(', ')}`);
  process.exit(2);
}

await mkdir(join(target, 'bench'), { recursive: true });
const place = {
  target,
  corpusBin: [`${target}/${profile}/iroam-test-library`, `${target}/debug/iroam-test-library`].find(existsSync),
  storeBench: `${target}/${profile}/examples/store_bench`,
  scratch: await mkdtemp(join(target, 'bench', 'run-')),
};
if (!place.corpusBin) {
  console.error('bench: build first: cargo build --release -p iroam-portal -p iroam-agent -p iroam-tests -p iroam-store --bins --examples');
  process.exit(2);
}

const rows = [];
let failed = false;
try {
  for (const name of named.length > 0 ? named : Object.keys(figures)) {
    process.stderr.write(`bench: ${name}\n`);
    try {
      rows.push(...await figures[name](place));
    } catch (error) {
      failed = true;
      rows.push({ figure: name, goal: '', measured: `could not be measured: ${String(error.message).split('\n')[0]}`, peer: '' });
      process.stderr.write(`${error.stack}\n`);
    }
  }
} finally {
  await rm(place.scratch, { recursive: true, force: true });
}

const head = { figure: 'figure', goal: 'goal', measured: 'measured', met: '', peer: 'in the same run' };
const columns = Object.keys(head);
const lines = [head, ...rows.map((row) => ({ ...row, met: row.met === undefined ? '' : row.met ? 'met' : 'MISSED' }))];
const widths = columns.map((column) => Math.max(...lines.map((line) => String(line[column] ?? '').length)));
console.log(`\n${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, ${profile} build`);
for (const line of lines) console.log(columns.map((column, n) => String(line[column] ?? '').padEnd(widths[n])).join('  ').trimEnd());
process.exit(failed ? 1 : 0);
