// A small internet on this machine: a home and a workplace, each behind a router of its own, and a portal between them.
// Every host is a network namespace of Linux, every router does NAT by nftables; nothing of it leaves the machine.
//
//   home 192.168.11.2 ── router A 198.18.0.11 ──┐
//                                               ├── portal 198.18.0.2
//   work 192.168.12.2 ── router B 198.18.0.12 ──┘
import { execFileSync } from 'node:child_process';

export const PORTAL = '198.18.0.2';
const SIDES = { home: { router: 'a', lan: '192.168.11', wan: '198.18.0.11' }, work: { router: 'b', lan: '192.168.12', wan: '198.18.0.12' } };

/** Lets in what nobody inside asked for, when `when` holds. */
const inbound = (host, when = '') => ({
  prerouting: `iifname "wan" ${when} udp dport 1024-65535 dnat to ${host}`,
  forward: 'iifname "wan" oifname "lan" ct status dnat accept',
});

/** What a router does, by the names of RFC 3489 and of RFC 4787: how it filters, and whether one port inside is one outside. */
export const FLAVOURS = {
  fullcone: { says: 'lets everybody in on a port that was used', rules: (host) => inbound(host) },
  addrcone: { says: 'lets in the hosts that were spoken to', rules: (host) => ({ ...inbound(host, 'ip saddr @spoken'), remembers: true }) },
  portcone: { says: 'lets in the hosts and ports that were spoken to', rules: () => ({}) },
  symmetric: { says: 'has another port for each host that is spoken to', rules: () => ({ masquerade: 'masquerade fully-random' }) },
  noudp: { says: 'lets no UDP out', rules: () => ({ outbound: 'meta l4proto udp drop' }) },
  tcp443: { says: 'lets only TCP to port 443 out', rules: () => ({ outbound: 'tcp dport != 443 drop; meta l4proto != tcp drop' }) },
};

/** Whether a path without the relay exists between such a home and such a workplace. */
export function meets(home, work) {
  const blocked = ['noudp', 'tcp443'];
  if (blocked.includes(home) || blocked.includes(work)) return false;
  const strict = ['portcone', 'symmetric'];
  return !((home === 'symmetric' && strict.includes(work)) || (work === 'symmetric' && strict.includes(home)));
}

function ruleset(flavour, host) {
  const { prerouting = '', forward = '', remembers = false, masquerade = 'masquerade', outbound = '' } = FLAVOURS[flavour].rules(host);
  // Dropped, not refused: what is refused at the router would take the port in its table that a hole needs.
  return `
    table ip router {
      set spoken { type ipv4_addr; flags dynamic; timeout 2m; size 1024; }
      chain before { type nat hook prerouting priority dstnat; ${prerouting}; }
      chain after { type nat hook postrouting priority srcnat; oifname "wan" ${masquerade}; }
      chain input { type filter hook input priority filter; iifname "wan" drop; }
      chain forward {
        type filter hook forward priority filter; policy drop;
        ${outbound ? outbound.split(';').map((rule) => `iifname "lan" ${rule.trim()};`).join(' ') : ''}
        ${remembers ? 'iifname "lan" oifname "wan" meta l4proto udp add @spoken { ip daddr };' : ''}
        iifname "lan" oifname "wan" accept;
        ct state established,related accept;
        ${forward};
      }
    }`.replace(/^\s*;$/gm, '').replace(/; ;/g, ';');
}

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Why this machine cannot hold the lab; `null` when it can. */
export function hindrance() {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid() !== 0) return 'it needs root, to make network namespaces';
  for (const [program, args] of [['ip', ['-V']], ['nft', ['--version']], ['sysctl', ['--version']]]) {
    try { execFileSync(program, args, { stdio: 'ignore' }); } catch { return `it needs the program ${program}: apt-get install iproute2 nftables procps`; }
  }
  try {
    Lab.make('addrcone', 'symmetric').end();
    return null;
  } catch (error) {
    return `this machine does not allow network namespaces with NAT: ${String(error.stderr || error).trim().split('\n')[0]}`;
  }
}

export class Lab {
  #prefix = `iroam-${process.pid}`;
  #hosts = [];

  /** Routers of these flavours, until {@link Lab.end}. */
  static make(home, work) {
    const lab = new Lab();
    process.once('exit', () => lab.end());
    try {
      for (const host of ['internet', 'portal', 'a', 'b', 'home', 'work']) lab.#add(host);
      lab.#in('internet', 'ip', 'link', 'add', 'bridge', 'type', 'bridge');
      lab.#in('internet', 'ip', 'link', 'set', 'bridge', 'up');
      lab.#connect('portal', 'eth0', `${PORTAL}/24`);
      for (const [side, flavour] of [['home', home], ['work', work]]) lab.#side(side, flavour);
      return lab;
    } catch (error) {
      lab.end();
      throw error;
    }
  }

  /** The namespace of a host: `portal`, `home` or `work`. */
  name(host) { return `${this.#prefix}-${host}`; }

  /** Ends it, with whatever still runs in it left without a network. */
  end() {
    for (const host of this.#hosts.splice(0)) ip('netns', 'del', this.name(host));
  }

  #add(host) {
    ip('netns', 'add', this.name(host));
    this.#hosts.push(host);
    this.#in(host, 'ip', 'link', 'set', 'lo', 'up');
  }

  #in(host, program, ...args) {
    return execFileSync('ip', ['netns', 'exec', this.name(host), program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  #cable(one, device, other, far) {
    ip('link', 'add', device, 'netns', this.name(one), 'type', 'veth', 'peer', 'name', far, 'netns', this.name(other));
    this.#in(one, 'ip', 'link', 'set', device, 'up');
    this.#in(other, 'ip', 'link', 'set', far, 'up');
  }

  /** A host on the bridge that is the internet. */
  #connect(host, device, address) {
    this.#cable(host, device, 'internet', `to-${host}`);
    this.#in('internet', 'ip', 'link', 'set', `to-${host}`, 'master', 'bridge');
    this.#in(host, 'ip', 'addr', 'add', address, 'dev', device);
  }

  #side(side, flavour) {
    const { router, lan, wan } = SIDES[side];
    this.#connect(router, 'wan', `${wan}/24`);
    this.#cable(router, 'lan', side, 'eth0');
    this.#in(router, 'ip', 'addr', 'add', `${lan}.1/24`, 'dev', 'lan');
    this.#in(side, 'ip', 'addr', 'add', `${lan}.2/24`, 'dev', 'eth0');
    this.#in(side, 'ip', 'route', 'add', 'default', 'via', `${lan}.1`);
    this.#in(router, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    execFileSync('ip', ['netns', 'exec', this.name(router), 'nft', '-f', '-'], { input: ruleset(flavour, `${lan}.2`), stdio: ['pipe', 'ignore', 'pipe'] });
  }
}
