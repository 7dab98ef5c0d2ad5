// Runs every browser test. The files wait for the clock about as much as for the machine, so two run at once; beside them
// the one that only waits.
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const WAITING = ['sleep.test.mjs'];
/** Those that take longest begin first, so that none of them is left over at the end. */
const LONGEST = ['shares.test.mjs', 'pages.test.mjs', 'together.test.mjs', 'faults.test.mjs'];
const AT_ONCE = 2;
/** For one file. */
const TIMEOUT_MS = 400_000;

const found = readdirSync('.').filter((name) => name.endsWith('.test.mjs')).sort();
const named = [...WAITING, ...LONGEST];
const missing = named.filter((name) => !found.includes(name));
if (missing.length > 0) throw new Error(`no file ${missing.join(', ')}`);

/** Runs these files, so many at once, and shows what they say; resolves when they are done. */
function show(files, concurrency) {
  return new Promise((resolve) => {
    run({ files, concurrency, timeout: TIMEOUT_MS })
      .on('test:fail', () => { process.exitCode = 1; })
      .on('end', resolve)
      .compose(new spec())
      .pipe(process.stdout, { end: false });
  });
}

await Promise.all([show(WAITING, 1), show([...LONGEST, ...found.filter((name) => !named.includes(name))], AT_ONCE)]);
