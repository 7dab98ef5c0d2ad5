// A portal and a home on loopback, real processes with data of their own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { agentBin, portalBin } from './place.mjs';
import { freePort, Process, until } from './process.mjs';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery';

export class World {
  /** A portal that runs. */
  static async start() {
    const world = new World();
    world.dir = await mkdtemp(join(tmpdir(), 'iroam-world-'));
    world.port = await freePort();
    world.url = `http://localhost:${world.port}`;
    await world.startPortal();
    return world;
  }

  /** A portal with an account, a home that is activated, and its library scanned. */
  static async withHome(folder, { email = 'mara@example.org', scanned = true, direct = 'off' } = {}) {
    const world = await World.start();
    try {
      await world.account(email);
      await world.startAgent({ libraries: [folder], direct });
      await world.approve(email);
      if (scanned) await world.scanned();
    } catch (error) {
      await world.end().catch(() => {});
      throw error;
    }
    return world;
  }

  get password() { return PASSWORD; }

  async startPortal() {
    this.portal = new Process(portalBin, ['serve', '--data', `${this.dir}/portal`, '--listen', `127.0.0.1:${this.port}`, '--public-url', this.url]);
    await this.portal.line(/^listening: /);
  }

  async startAgent({ libraries = [], data = 'agent', direct = 'off', extra = [] } = {}) {
    const flags = libraries.flatMap((folder) => ['--library', folder]);
    this.agent = new Process(agentBin, ['up', '--portal', this.url, '--data', `${this.dir}/${data}`, '--listen', '127.0.0.1:0', '--direct', direct, '--name', 'Attic PC', ...flags, ...extra]);
    return this.agent;
  }

  /** Starts the agent again as its owner does: without flags, from what it kept. */
  async restartAgent() {
    this.agent = new Process(agentBin, ['up', '--data', `${this.dir}/agent`, '--listen', '127.0.0.1:0']);
    await this.agent.line(/^serving: /);
  }

  async admin(verb, ...args) {
    const { stdout } = await run(portalBin, ['admin', verb, '--data', `${this.dir}/portal`, ...args]);
    return stdout.trim();
  }

  async account(email) {
    const child = run(portalBin, ['admin', 'create-account', '--data', `${this.dir}/portal`, '--email', email, '--password-stdin']);
    child.child.stdin.end(`${PASSWORD}\n`);
    await child;
  }

  /** The code that the agent shows. */
  async code() { return (await this.agent.line(/^code: *(\S+)/))[1]; }

  async approve(email) {
    await this.admin('approve-device', '--code', await this.code(), '--email', email);
    await this.agent.line(/^serving: /);
  }

  /** Waits until the whole library is indexed. */
  async scanned(ms = 60_000) {
    return until('the scan to end', async () => {
      const { stdout } = await run(agentBin, ['status', '--data', `${this.dir}/agent`, '--json']);
      const status = JSON.parse(stdout);
      return status.scan === null && status.counts?.tracks > 0 ? status : null;
    }, ms, 200);
  }

  /** Waits for the mail of that kind to an address, and answers the path of the link in it; without SMTP mails wait in the outbox. */
  async mailedPath(kind, email) {
    const mail = await until(`a mail ${kind} to ${email}`, async () => {
      const lines = (await this.admin('outbox', '--json')).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line)).find((each) => each.kind === kind && each.to === email);
    });
    const link = mail.text.split(/\s+/).find((word) => word.startsWith(`${this.url}/`));
    return link.slice(this.url.length);
  }

  signInLink(email = 'mara@example.org') { return this.admin('sign-in-link', '--email', email, '--public-url', this.url); }

  /** The mails in the outbox, newest first: what their recipients would find. Without `to` all of them. */
  async mails(to) {
    const lines = (await this.admin('outbox', '--json')).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line)).filter((mail) => to === undefined || mail.to === to);
  }

  operatorLink() { return this.admin('operator-link', '--public-url', this.url); }

  /** Ends everything; fails when something did not end by itself or the books are broken. */
  async end() {
    const trouble = [];
    for (const child of [this.agent, this.portal]) {
      await child?.stop().catch((error) => trouble.push(error));
      if (child && /panicked at/.test(child.text)) trouble.push(new Error(`${child.name} panicked:\n${child.text}`));
    }
    await this.admin('audit-ledger').catch((error) => trouble.push(error));
    await rm(this.dir, { recursive: true, force: true });
    if (trouble.length > 0) throw trouble[0];
  }
}
