// One cell of the lab: a home behind one kind of router, a browser at work behind another, and the path that they find.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

import { Lab, PORTAL } from '../../nat/lab.mjs';
import { launch } from './browser.mjs';
import { library } from './place.mjs';
import { openPlayer } from './player.mjs';
import { until } from './process.mjs';
import { hears } from './sound.mjs';
import { World } from './world.mjs';

const EMAIL = 'mara@example.org';
const SONG = { title: 'Tone wav', hz: 932 };
/** The player gives up a try after 15 s; what has not met by then does not meet. */
const MEETS_MS = 20_000;
/** Read for the throughput, in ranges as the player reads them: less than the first minute of the song. */
const READ_BYTES = 6 << 20;
const RANGE_BYTES = 1 << 20;

/** A certificate for the portal's address, and the authority that made it, as files in `dir`. */
function certificate(dir) {
  mkdirSync(dir, { recursive: true });
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=A test', '-days', '1');
  openssl('req', ...key, '-keyout', 'portal.key', '-out', 'portal.csr', '-subj', '/CN=A portal');
  writeFileSync(`${dir}/names`, `subjectAltName=IP:${PORTAL}\n`);
  openssl('x509', '-req', '-in', 'portal.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names', '-out', 'portal.pem');
}

/** Portal and homes of a world in the lab. */
const inLab = (lab) => ({
  portal: lab.name('portal'),
  home: lab.name('home'),
  url: `https://${PORTAL}`,
  listen: `${PORTAL}:443`,
  serve: (dir) => {
    certificate(`${dir}/tls`);
    return ['--tls-cert', `${dir}/tls/portal.pem`, '--tls-key', `${dir}/tls/portal.key`];
  },
  up: (dir) => ['--ca', `${dir}/tls/ca.pem`],
});

/** The path that the player shows. */
const pathOf = (page) => page.locator('.path').first().innerText().then((text) => text.trim().toLowerCase().split(/\s/)[0]);

/** Reads a part of the song that plays, two ranges at a time; MB/s. */
const throughput = (page) =>
  page.evaluate(async ([total, range]) => {
    const url = document.querySelector('video, audio').currentSrc;
    let next = 0;
    const started = performance.now();
    const read = async () => {
      while (next < total) {
        const from = next;
        next += range;
        const answer = await fetch(url, { headers: { range: `bytes=${from}-${from + range - 1}` }, cache: 'no-store' });
        if (answer.status !== 206) throw new Error(`status ${answer.status}`);
        await answer.arrayBuffer();
      }
    };
    await Promise.all([read(), read()]);
    return total / 1e6 / ((performance.now() - started) / 1e3);
  }, [READ_BYTES, RANGE_BYTES]);

/**
 * What a browser finds: the `path` in the end, milliseconds from the click to the first sound (`sound_ms`) and to the
 * direct path (`direct_ms`, `null` without), and MB/s on the path.
 */
export async function cell(home, work, { meeting = MEETS_MS } = {}) {
  const lab = Lab.make(home, work);
  let world;
  let browser;
  try {
    world = await World.withHome(library('tones'), { email: EMAIL, direct: '192.168.11.2:4748', elsewhere: inLab(lab) });
    browser = await launch({ namespace: lab.name('work') });
    const page = await openPlayer(browser, world, { email: EMAIL });
    await page.getByRole('button', { name: `Play ${SONG.title}` }).first().waitFor();
    const clicked_ms = Date.now();
    await page.getByRole('button', { name: `Play ${SONG.title}` }).first().click();
    await page.waitForFunction(() => document.querySelector('video, audio')?.currentTime > 0, undefined, { polling: 20 });
    const sound_ms = Date.now() - clicked_ms;
    await hears(page, SONG.hz);
    const direct_ms = await until('a direct path', async () => (await pathOf(page)) === 'direct', meeting, 50).then(() => Date.now() - clicked_ms, () => null);
    const mb_s = await throughput(page);
    return { home, work, path: await pathOf(page), sound_ms, direct_ms, mb_s, troubles: page.troubles };
  } finally {
    await browser?.close();
    try { await world?.end(); } finally { lab.end(); }
  }
}
