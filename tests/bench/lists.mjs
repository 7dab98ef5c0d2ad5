// Playlists over HTTP: operations a second, and the time from one browser's operation to the other browser's event.
import { randomBytes } from 'node:crypto';

import { World } from '../browser/kit/world.mjs';
import { quantile } from './kit.mjs';

const GOAL_MS = 1_000;
const OPERATIONS = 300;
const AT_ONCE = 8;
const CHANGES = 100;
const HOME = '12D3KooW9tHTtS3inCZiYykw4u5G4frbjVFqhkmJX12gSNCVeH3e';
const TRACK = 'BQUFBQUFBQUFBQUFBQUFBQ';

/** A UUIDv7 (RFC 9562 §5.7). */
function rowId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A browser of the account: its cookie, as a person gets it. */
async function browser(world) {
  const link = await world.signInLink();
  const answer = await fetch(link, { redirect: 'manual' });
  const cookie = answer.headers.get('set-cookie').split(';')[0];
  const headers = { cookie, origin: world.url, 'content-type': 'application/json' };
  return {
    headers,
    async post(path, body) {
      const response = await fetch(`${world.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    },
  };
}

/** Calls `heard` with each event's name, data and the time it came. */
async function listen(world, who, heard) {
  const abort = new AbortController();
  const response = await fetch(`${world.url}/api/v1/events`, { headers: who.headers, signal: abort.signal });
  const read = async () => {
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const now = performance.now();
      const events = (rest + chunk).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const field = (name) => event.split('\n').find((line) => line.startsWith(name))?.slice(name.length).trim();
        if (field('event:')) heard(field('event:'), JSON.parse(field('data:')), now);
      }
    }
  };
  const reading = read().catch((error) => { if (error.name !== 'AbortError') throw error; });
  return async () => { abort.abort(); await reading; };
}

const insert = (n, after) => {
  const id = rowId();
  const item = { id, home: HOME, track: TRACK, title: `Number ${n}`, artist: 'Somebody', duration_ms: 180_000, kind: 'audio' };
  return { op: rowId(), kind: 'insert', item, after };
};

export async function playlists() {
  const world = await World.start();
  let quiet = async () => {};
  try {
    await world.account('mara@example.org');
    const [desk, phone] = [await browser(world), await browser(world)];
    const list = async (name) => (await desk.post('/playlists', { id: rowId(), name, kind: 'list' })).id;

    const lists = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => list(`List ${n}`)));
    const one = performance.now();
    for (let n = 0; n < OPERATIONS; n += 1) await desk.post(`/playlists/${lists[0]}/operations`, { operations: [insert(n, null)] });
    const alone = OPERATIONS / ((performance.now() - one) / 1000);
    const many = performance.now();
    await Promise.all(lists.map(async (id) => {
      for (let n = 0; n < OPERATIONS / AT_ONCE; n += 1) await desk.post(`/playlists/${id}/operations`, { operations: [insert(n, null)] });
    }));
    const together = (Math.ceil(OPERATIONS / AT_ONCE) * AT_ONCE) / ((performance.now() - many) / 1000);
    const album = Array.from({ length: 500 }, (_, n) => insert(n, null));
    const whole = performance.now();
    await desk.post(`/playlists/${await list('Album')}/operations`, { operations: album });
    const album_ms = performance.now() - whole;

    let waiting = null;
    quiet = await listen(world, phone, (name, data, at) => {
      if (name === 'playlists' && data.changed.includes(waiting?.id)) waiting.heard(at);
    });
    const took = [];
    for (let n = 0; n < CHANGES; n += 1) {
      const heard = new Promise((resolve, reject) => {
        waiting = { id: lists[1], heard: resolve };
        AbortSignal.timeout(30_000).addEventListener('abort', () => reject(new Error('the other browser heard nothing')));
      });
      const begun = performance.now();
      await desk.post(`/playlists/${lists[1]}/operations`, { operations: [insert(n, null)] });
      took.push(await heard - begun);
    }
    const p50 = quantile(took, 0.5);
    return [
      { figure: 'playlist operations a second over HTTP, one browser', goal: '', measured: `${alone.toFixed(0)}/s`, peer: `${AT_ONCE} at once: ${together.toFixed(0)}/s` },
      { figure: 'an album of 500 in one request', goal: '', measured: `${album_ms.toFixed(0)} ms`, peer: `${(500 / (album_ms / 1000)).toFixed(0)} operations/s` },
      { figure: "one browser's operation to the other's event, p50", goal: `≤ ${GOAL_MS} ms`, measured: `${p50.toFixed(1)} ms`, met: p50 <= GOAL_MS, peer: `p95 ${quantile(took, 0.95).toFixed(1)} ms of ${CHANGES}` },
    ];
  } finally {
    await quiet();
    await world.end();
  }
}
