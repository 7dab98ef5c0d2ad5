// The way from browser to home: begins at the relay, goes on without it, and comes back when the direct one dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { openPlayer, play, seekTo } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { hears } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
let world;
let browser;
let page;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL, direct: '127.0.0.1:0' });
  browser = await launch({ peers: true });
  page = await openPlayer(browser, world, { email: EMAIL });
  // The connections that the page makes, to break them as a network does.
  await page.addInitScript(() => {
    const made = (window.__peers = []);
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...args) {
        super(...args);
        made.push(this);
      }
    };
  });
  await page.reload();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

/** The path that the player shows. */
const path = () => page.locator('.path').first().innerText();
const goesBy = (name, ms = 10_000) => until(`the path ${name}`, async () => (await path()).toUpperCase().includes(name), ms, 50);

test('a song begins at once and comes without the relay soon', async () => {
  await play(page, 'Tone mp3', 440);
  await goesBy('LAN');
  await seekTo(page, 40);
  await hears(page, 1060);
});

test('every kind of file sounds on the direct path', async () => {
  for (const [title, hz] of [['Tone flac', 554], ['Tone m4a', 659], ['Tone opus', 784]]) {
    await play(page, title, hz);
    assert.match(await path(), /LAN/i);
  }
});

test('a direct path that dies without a word does not end the song: the relay carries on, and another one is found', async () => {
  await play(page, 'Tone flac', 554);
  const made = await page.evaluate(() => {
    window.__peers.forEach((peer) => peer.close());
    return window.__peers.length;
  });
  // Nothing tells the page that its path is gone: it finds out by what it asks.
  await seekTo(page, 45);
  await hears(page, 1290);
  await until('another direct path', () => page.evaluate((made) => window.__peers.length > made, made), 30_000, 100);
  await goesBy('LAN', 20_000);
});

test('nothing went wrong on the page', () => assert.deepEqual(page.troubles, []));
