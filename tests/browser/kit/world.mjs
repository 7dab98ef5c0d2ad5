// A portal and a home on loopback, real processes with data of their own.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { agentBin, portalBin, targetDir } from './place.mjs';
import { freePort, Process, until, within } from './process.mjs';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery';

export class World {
  /** Homes beside the first one. */
  others = [];
  /** Where portal and homes run, when that is not loopback: see {@link World.start}. */
  elsewhere = {};

  /**
   * A portal that runs. `elsewhere` puts it and its homes into network namespaces: `portal` and `home` name those,
   * `url` and `listen` say where the portal is, `serve(dir)` gives its other flags, and `up(dir)` those of the homes.
   */
  static async start(elsewhere = {}) {
    const world = new World();
    world.elsewhere = elsewhere;
    world.dir = await mkdtemp(join(tmpdir(), 'iroam-world-'));
    world.port = elsewhere.url ? null : await freePort();
    world.url = elsewhere.url ?? `http://localhost:${world.port}`;
    await world.startPortal();
    return world;
  }

  /** A portal with an account, a home that is activated, and its library scanned. */
  static async withHome(folder, { email = 'mara@example.org', scanned = true, direct = 'off', elsewhere } = {}) {
    const world = await World.start(elsewhere);
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
    const { listen = `127.0.0.1:${this.port}`, serve = () => ['--stun-listen', '127.0.0.1:0'], portal } = this.elsewhere;
    const flags = ['--listen', listen, '--public-url', this.url, '--metrics-listen', '127.0.0.1:0', ...serve(this.dir)];
    this.portal = new Process(portalBin, ['serve', '--data', `${this.dir}/portal`, ...flags], { namespace: portal });
    await this.portal.line(/^listening: /);
  }

  async startAgent(flags) {
    this.agent = this.#up(flags);
    return this.agent;
  }

  #up({ libraries = [], data = 'agent', name = 'Attic PC', direct = 'off', extra = [] } = {}) {
    const flags = libraries.flatMap((folder) => ['--library', folder]);
    const { home, up = () => [] } = this.elsewhere;
    const args = ['up', '--portal', this.url, '--data', `${this.dir}/${data}`, '--listen', '127.0.0.1:0', '--direct', direct, '--name', name];
    return new Process(agentBin, [...args, ...flags, ...up(this.dir), ...extra], { namespace: home });
  }

  /** Another home, which asks to be added and ends with the world: its code, and the words that it shows. */
  async askingHome({ libraries = [], name }) {
    const data = `agent-${this.others.length}`;
    const home = this.#up({ libraries, data, name });
    this.others.push(home);
    const [, code] = await home.line(/^code: *(\S+)/);
    const [, words] = await home.line(/^words: *(.+)/);
    return { home, data, code, words: words.trim() };
  }

  /** Another home, activated by an account, with its library scanned. */
  async addHome(folder, { email, name }) {
    const { home, data, code } = await this.askingHome({ libraries: [folder], name });
    await this.admin('approve-device', '--code', code, '--email', email);
    await home.line(/^serving: /);
    await this.scanned(60_000, data);
  }

  /** The figures of the portal's `/metrics` that have no labels, by name. */
  async figures() {
    const [, url] = await this.portal.line(/^metrics: (\S+)/);
    const text = await (await fetch(url)).text();
    return Object.fromEntries([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
  }

  /** Lets the time of every shared link be over, since so many seconds. */
  async endLinks(seconds_ago) {
    await run(`${targetDir}/debug/iroam-test-time`, [`${this.dir}/portal/portal.sqlite`, String(seconds_ago)]);
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
  async scanned(ms = 60_000, data = 'agent') {
    return until('the scan to end', async () => {
      const { stdout } = await run(...within(this.elsewhere.home, agentBin, ['status', '--data', `${this.dir}/${data}`, '--json']));
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
    for (const child of [this.agent, ...this.others, this.portal]) {
      await child?.stop().catch((error) => trouble.push(error));
      if (child && /panicked at/.test(child.text)) trouble.push(new Error(`${child.name} panicked:\n${child.text}`));
    }
    await this.admin('audit-ledger').catch((error) => trouble.push(error));
    await rm(this.dir, { recursive: true, force: true });
    if (trouble.length > 0) throw trouble[0];
  }
}
