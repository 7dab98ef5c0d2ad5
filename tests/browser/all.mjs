// Runs every browser test: the files one after another, since each has a browser and two cores are few; beside them those
// that mostly wait. What those say is printed when the others are done.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';

const WAITING = ['sleep.test.mjs'];
const FLAGS = ['--test', '--test-concurrency=1', '--test-reporter=spec', '--test-timeout=240000'];

/** Runs these files and answers with what they said and their exit code; shows it at once when `shown`. */
function run(files, shown) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...FLAGS, ...files], { stdio: ['ignore', shown ? 'inherit' : 'pipe', 'inherit'] });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece) => { text += piece; });
    child.on('error', reject).on('close', (code) => resolve({ text, code }));
  });
}

const files = readdirSync('.').filter((name) => name.endsWith('.test.mjs')).sort();
const waiting = run(WAITING, false);
const others = await run(files.filter((name) => !WAITING.includes(name)), true);
const { text, code } = await waiting;
process.stdout.write(text);
process.exitCode = others.code || code;
