// Megabytes a second into Chromium: ranges of one large file from home, through the relay, the page and the worker.
import { randomFillSync } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { freshPage, launch } from '../browser/kit/browser.mjs';
import { until } from '../browser/kit/process.mjs';
import { World } from '../browser/kit/world.mjs';
import { library, plainServer } from './kit.mjs';

const GOAL_MB_S = 12;
const FILE = 'large.wav';
const TONE = '01 Tone mp3.mp3';
/** 192 kHz, 8 channels, 32 bits: 6.1 MB for each second, so that 100 MB stay far below what a lease lets pass. */
const [RATE_HZ, CHANNELS, BYTES_PER_SAMPLE, LENGTH_S] = [192_000, 8, 4, 20];
const READ_BYTES = 100 * 1024 * 1024;
const EMAIL = 'mara@example.org';

function writeWav(path) {
  const block = CHANNELS * BYTES_PER_SAMPLE;
  const data = RATE_HZ * block * LENGTH_S;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(CHANNELS, 22);
  head.writeUInt32LE(RATE_HZ, 24);
  head.writeUInt32LE(RATE_HZ * block, 28);
  head.writeUInt16LE(block, 32);
  head.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
  head.write('data', 36);
  head.writeUInt32LE(data, 40);
  const file = openSync(path, 'w');
  writeSync(file, head);
  const second = Buffer.alloc(RATE_HZ * block);
  for (let n = 0; n < LENGTH_S; n += 1) writeSync(file, randomFillSync(second));
  closeSync(file);
}

/** Reads ranges of at most a MiB, two at a time as the player does; MB/s of the whole. */
const read = (page, address) => page.evaluate(async ([address, total]) => {
  const CHUNK = 1024 * 1024;
  let next = 0;
  let bytes = 0;
  const started = performance.now();
  const reader = async () => {
    while (next < total) {
      const first = next;
      next += CHUNK;
      const response = await fetch(address, { headers: { range: `bytes=${first}-${first + CHUNK - 1}` } });
      if (response.status !== 206) throw new Error(`${response.status} ${await response.text()}`);
      // Two readers: the sum is read after the wait, or one of them would be lost.
      const read = (await response.arrayBuffer()).byteLength;
      bytes += read;
    }
  };
  await Promise.all([reader(), reader()]);
  return bytes / 1e6 / ((performance.now() - started) / 1000);
}, [address, READ_BYTES]);

export async function intoBrowser(place) {
  const folder = join(place.scratch, 'wide');
  mkdirSync(folder);
  writeWav(join(folder, FILE));
  copyFileSync(join(library(place, 'tones'), TONE), join(folder, TONE));
  const world = await World.withHome(folder);
  const browser = await launch();
  const plain = await plainServer(folder);
  try {
    await world.admin('credit', '--email', EMAIL, '--minutes', '600');
    const page = await freshPage(browser);
    await page.goto(await world.signInLink());
    await page.goto(`${world.url}/player/#/songs`);
    const button = page.getByRole('button', { name: 'Play large' }).first();
    await button.waitFor({ state: 'attached' });
    // Media are read within a listening, and this one's address is known once it was asked for.
    const asked = page.waitForRequest(/\/home\/[^/]+\/v1\/media\//);
    await button.click({ force: true });
    const address = (await asked).url();
    // Then a small song plays in its place: the element must not read the large one while the ranges are timed.
    await page.getByRole('button', { name: 'Play Tone mp3' }).first().click({ force: true });
    await until('the small song', () => page.evaluate((large) => {
      const element = document.querySelector('video, audio');
      return element.currentSrc !== large && element.currentTime > 0;
    }, address), 30_000, 50);
    await page.evaluate(() => document.querySelector('video, audio').pause());
    const rate = await read(page, address);
    const other = await freshPage(browser);
    await other.goto(plain.url);
    const peer = await read(other, `/${FILE}`);
    return [{
      figure: 'into Chromium through the relay', goal: `≥ ${GOAL_MB_S} MB/s`, measured: `${rate.toFixed(1)} MB/s`, met: rate >= GOAL_MB_S,
      peer: `plain HTTP, same browser and file: ${peer.toFixed(0)} MB/s`,
    }];
  } finally {
    await browser.close();
    await plain.close();
    await world.end();
  }
}
