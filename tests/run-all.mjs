// Runs every suite, or those named (rust, player, browser), and ends with one line: `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const hasNextest = spawnSync('cargo', ['nextest', '--version'], { stdio: 'ignore' }).status === 0;

/** Tests wait for servers and timers about as much as they work. */
const TESTS_PER_CORE = 2;

/** Sums what a pattern finds in a suite's output. */
const sum = (text, pattern) => [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

const suites = {
  rust: {
    // Binaries and tests in one go: asked for apart, cargo would build their dependencies twice, with other features.
    before: ['cargo', ['test', '--workspace', '--no-run', '--quiet']],
    command: hasNextest
      ? ['cargo', ['nextest', 'run', '--workspace', '--no-fail-fast', '--status-level', 'fail', '--final-status-level', 'fail', '--hide-progress-bar', '--test-threads', String(TESTS_PER_CORE * availableParallelism())]]
      : ['cargo', ['test', '--workspace', '--no-fail-fast', '--quiet']],
    passed: hasNextest ? /tests run: (\d+) passed/g : /test result: \w+\. (\d+) passed/g,
    failed: hasNextest ? /, (\d+) (?:failed|timed out|exec failed)/g : /passed; (\d+) failed/g,
  },
  player: {
    cwd: 'player-web',
    command: ['npm', ['test', '--silent']],
    passed: /Tests\s+(?:\d+ failed \| )?(\d+) passed/g,
    failed: /Tests\s+(\d+) failed/g,
  },
  browser: {
    before: ['cargo', ['test', '--workspace', '--no-run', '--quiet']],
    cwd: 'tests/browser',
    command: ['npm', ['test', '--silent']],
    passed: /^[#ℹ] pass (\d+)/gm,
    failed: /^[#ℹ] (?:fail|cancelled) (\d+)/gm,
  },
};

/** Runs a command, shows what it prints, and gives its text and exit code. */
function run([program, args], cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', CARGO_TERM_COLOR: 'never' } });
    let text = '';
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      from.setEncoding('utf8').on('data', (piece) => { text += piece; to.write(piece); });
    }
    child.on('error', reject).on('close', (code) => resolve({ text: text.replace(/\u001b\[[0-9;]*m/g, ''), code }));
  });
}

async function runSuite(name, { before, command, cwd = '.', passed, failed }) {
  console.log(`\n== ${name}`);
  const started = process.hrtime.bigint();
  if (before) {
    const built = await run(before, root);
    if (built.code !== 0) return { passed: 0, failed: 1, broken: `${name} did not build` };
  }
  const built_s = Number(process.hrtime.bigint() - started) / 1e9;
  const { text, code } = await run(command, new URL(`../${cwd}/`, import.meta.url));
  const counts = { passed: sum(text, passed), failed: sum(text, failed) };
  console.log(`== ${name}: ${counts.passed} passed, ${counts.failed} failed (built in ${built_s.toFixed(0)} s, all in ${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(0)} s)`);
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1, broken: `${name} ended with status ${code}` };
  if (counts.passed === 0) return { ...counts, failed: counts.failed + 1, broken: `${name} ran no test` };
  return counts;
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}
let total = { passed: 0, failed: 0 };
for (const name of named.length > 0 ? named : Object.keys(suites)) {
  const counts = await runSuite(name, suites[name]);
  if (counts.broken) console.log(`== ${counts.broken}`);
  total = { passed: total.passed + counts.passed, failed: total.failed + counts.failed };
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
