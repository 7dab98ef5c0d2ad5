// Files a second of `iroam scan`: a new index with the files in the page cache, once more without a change, and cold.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

import { agentBin } from '../browser/kit/place.mjs';
import { library, quantile } from './kit.mjs';

const GOAL_FILES_S = 10_000;
const COPIES = 12;
const RUNS = 3;
/** Formats whose sound may be changed by a few bytes and stays whole. */
const CHANGEABLE = new Set(['.mp3', '.flac', '.wav']);

/** Twelve times the fine files of the large library, each with a few other bytes in its sound: no two alike. */
function makeLibrary(from, to) {
  const files = readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && CHANGEABLE.has(extname(entry.name)) && !/\/(Odd|Cut|Backup)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
  let count = 0;
  for (const file of files) {
    const bytes = readFileSync(file);
    const at = bytes.length - Math.floor(bytes.length / 4);
    for (let n = 0; n < COPIES; n += 1) {
      bytes.writeUInt32LE((count * 2_654_435_761) % 2 ** 32, at);
      const target = join(to, `part ${n}`, file.slice(from.length));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
      count += 1;
    }
  }
  return count;
}

function scanOnce(data, folder) {
  const out = execFileSync(agentBin, ['scan', '--data', data, '--library', folder, '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const report = JSON.parse(out.trim().split('\n').at(-1));
  return { ...report, rate: report.files / report.seconds };
}

/** Whether the page cache could be emptied, which only root may. */
function dropCaches() {
  return spawnSync('sh', ['-c', 'sync && echo 3 > /proc/sys/vm/drop_caches'], { stdio: 'ignore' }).status === 0;
}

export async function scan(place) {
  const folder = join(place.scratch, 'many');
  const count = makeLibrary(library(place, 'large'), folder);
  const started = process.hrtime.bigint();
  spawnSync('sh', ['-c', 'find "$1" -type f -print0 | xargs -0 cat > /dev/null', 'sh', folder]);
  const read_s = Number(process.hrtime.bigint() - started) / 1e9;
  const [fresh, again] = [[], []];
  for (let n = 0; n < RUNS; n += 1) {
    const data = join(place.scratch, `index-${n}`);
    fresh.push(scanOnce(data, folder).rate);
    again.push(scanOnce(data, folder).rate);
    rmSync(data, { recursive: true, force: true });
  }
  const rate = quantile(fresh, 0.5);
  const rows = [{
    figure: `scan, ${count} files in the page cache, new index`, goal: `≥ ${GOAL_FILES_S} files/s`, measured: `${rate.toFixed(0)} files/s`, met: rate >= GOAL_FILES_S,
    peer: `cat of every file: ${(count / read_s).toFixed(0)} files/s`,
  }, { figure: 'scan again, nothing changed', goal: '', measured: `${quantile(again, 0.5).toFixed(0)} files/s`, peer: '' }];
  if (dropCaches()) {
    const cold = scanOnce(join(place.scratch, 'index-cold'), folder);
    rows.push({ figure: 'scan, cold disk, new index', goal: '', measured: `${cold.rate.toFixed(0)} files/s`, peer: '' });
  } else {
    rows.push({ figure: 'scan, cold disk, new index', goal: '', measured: 'not measured: only root may empty the page cache', peer: '' });
  }
  return rows;
}
