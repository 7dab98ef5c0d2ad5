// A child process whose output is kept, and that is always ended by its own pid.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const LINES_KEPT = 5_000;
const STOP_MS = 10_000;

/** A port of loopback that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits until `holds()` gives something true; says `what` when `ms` have passed. */
export async function until(what, holds, ms = 15_000, every = 50) {
  const deadline = Date.now() + ms;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** A program and its arguments, so that it runs in that network namespace; in that of this process without. */
export const within = (namespace, program, args) => (namespace ? ['ip', ['netns', 'exec', namespace, program, ...args]] : [program, args]);

export class Process {
  #child;
  #ended;
  lines = [];

  /** `namespace`: see {@link within}. */
  constructor(program, args, { env = {}, namespace } = {}) {
    this.name = program.split('/').at(-1);
    this.#child = spawn(...within(namespace, program, args), { env: { ...process.env, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => { this.#keep(String(error)); resolve({ code: null, signal: 'error' }); });
      this.#child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (piece) => {
        const parts = (rest + piece).split('\n');
        rest = parts.pop();
        parts.forEach((line) => this.#keep(line));
      });
    }
  }

  #keep(line) {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
  }

  get pid() { return this.#child.pid; }
  get running() { return this.#child.exitCode === null && this.#child.signalCode === null; }
  get text() { return this.lines.join('\n'); }

  /** The first match of `pattern` in a line, waited for. */
  async line(pattern, ms = 30_000) {
    return until(`${pattern} from ${this.name}; it said:\n${this.lines.slice(-25).join('\n')}`, () => {
      for (const line of this.lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      if (!this.running) throw new Error(`${this.name} ended before it said ${pattern}:\n${this.lines.slice(-25).join('\n')}`);
      return null;
    }, ms);
  }

  /** Ends it as Ctrl-C does; kills it when it does not listen, and says so. */
  async stop() {
    if (!this.running) return this.#ended;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    const end = await this.#ended;
    clearTimeout(timer);
    if (end.signal === 'SIGKILL') throw new Error(`${this.name} did not end within ${STOP_MS} ms:\n${this.lines.slice(-25).join('\n')}`);
    return end;
  }

  /** Ends it as a power cut does. */
  async kill() {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  /** Its exit code, waited for. */
  async exit() { return this.#ended; }
}
