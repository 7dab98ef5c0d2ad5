// Shared links opened a second: what a mail to a large crowd brings. The peer is the same server's shortest answer that
// asks the database.
import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

import { World } from '../browser/kit/world.mjs';
import { library } from './kit.mjs';

const GOAL_PER_S = 200;
const CONNECTIONS = 8;
const LENGTH_MS = 4_000;
const EMAIL = 'mara@example.org';

const item = (title) => ({ track: randomBytes(16).toString('base64url'), title, artist: 'Somebody', album: 'Some record', duration_ms: 180_000 });

/** Sends one request and reads the whole answer. */
function send(agent, url, method, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers: { ...headers, ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}) } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() })).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

/** How many of a request are answered a second, several at a time. */
async function perSecond(url, method, body) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + LENGTH_MS;
  let answered = 0;
  const started = performance.now();
  const one = async () => {
    while (performance.now() < end) {
      const { status, text } = await send(agent, url, method, body);
      if (status !== 200) throw new Error(`${url} answers ${status}: ${text}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  agent.destroy();
  return answered / ((performance.now() - started) / 1000);
}

export async function sharesOpened(place) {
  const world = await World.withHome(library(place, 'tones'), { email: EMAIL });
  try {
    await world.admin('confirm-email', '--email', EMAIL);
    const agent = new Agent();
    const signedIn = await send(agent, await world.signInLink(EMAIL), 'GET');
    const cookie = signedIn.headers['set-cookie'][0].split(';')[0];
    const me = JSON.parse((await send(agent, `${world.url}/api/v1/me`, 'GET', undefined, { cookie })).text);
    const home = me.homes[0].id;
    const opened = async (count) => {
      const asked = JSON.stringify({ id: randomUUID(), home, kind: 'playlist', title: 'For you', items: Array.from({ length: count }, (_, n) => item(`Song ${n}`)) });
      const made = await send(agent, `${world.url}/api/v1/shares`, 'POST', asked, { cookie });
      if (made.status !== 201) throw new Error(`sharing answers ${made.status}: ${made.text}`);
      const { public_id: share, url } = JSON.parse(made.text).shares[0];
      // Any PeerId will do; the grant that it gets is of no use to anybody else.
      return perSecond(`${world.url}/api/v1/shared/open`, 'POST', JSON.stringify({ share, secret: url.split('#')[1], player_peer: home }));
    };
    const [album, list] = [await opened(12), await opened(500)];
    const health = await perSecond(`${world.url}/healthz`, 'GET');
    const row = (figure, rate, goal) => ({ figure, goal: `≥ ${goal} /s`, measured: `${rate.toFixed(0)} /s`, met: rate >= goal, peer: `/healthz: ${health.toFixed(0)} /s` });
    return [row('shares opened, 12 songs', album, GOAL_PER_S), row('shares opened, 500 songs', list, GOAL_PER_S / 4)];
  } finally {
    await world.end();
  }
}
