// A song with a large picture in it sounds before the picture could have come: it never crosses the network.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { freshPage, launch } from './kit/browser.mjs';
import { seekTo } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { hears } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const run = promisify(execFile);
const LENGTH_S = 60;
/** Of noise, so that nothing makes it smaller: about 2 MB. */
const PICTURE = 'nullsrc=size=1400x1400,geq=random(1)*255:random(2)*255:random(3)*255';
const PICTURE_BYTES_MIN = 1_900_000;
/**
 * What a home may have sent when a song is ready to sound: the beginning of the file, eight seconds of sound behind the picture, and
 * what came while the page was busy. With the picture it would be twice as much.
 */
const BYTES_TO_SOUND_MAX = PICTURE_BYTES_MIN / 2;
const SONGS = [
  { file: 'mp3.mp3', title: 'Picture mp3', first_hz: 440, second_hz: 1060, encoding: ['-c:a', 'libmp3lame', '-b:a', '96k', '-id3v2_version', '3'] },
  { file: 'mp3 of today.mp3', title: 'Picture mp3 v2.4', first_hz: 494, second_hz: 1170, encoding: ['-c:a', 'libmp3lame', '-b:a', '96k', '-id3v2_version', '4'] },
  { file: 'flac.flac', title: 'Picture flac', first_hz: 554, second_hz: 1290, encoding: ['-c:a', 'flac', '-ac', '1', '-ar', '24000'] },
  { file: 'm4a.m4a', title: 'Picture m4a', first_hz: 659, second_hz: 1490, encoding: ['-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart'] },
  { file: 'm4a, index last.m4a', title: 'Picture m4a index last', first_hz: 740, second_hz: 1660, encoding: ['-c:a', 'aac', '-b:a', '128k'] },
];

let folder;
let world;
let browser;
let page;

async function make(dir) {
  const ffmpeg = (...args) => run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args]);
  const picture = join(dir, 'picture.jpg');
  await ffmpeg('-f', 'lavfi', '-i', PICTURE, '-frames:v', '1', '-q:v', '2', picture);
  assert.ok((await stat(picture)).size > PICTURE_BYTES_MIN, 'the picture is large');
  await Promise.all(SONGS.map(({ file, title, first_hz, second_hz, encoding }) => {
    const tone = `aevalsrc=0.4*sin(2*PI*t*if(lt(t\\,${LENGTH_S / 2})\\,${first_hz}\\,${second_hz})):s=48000:d=${LENGTH_S}`;
    return ffmpeg(
      '-f', 'lavfi', '-i', tone, '-i', picture, '-map', '0:a', '-map', '1:v', '-c:v', 'copy', '-disposition:v', 'attached_pic',
      '-metadata', `title=${title}`, '-metadata', 'artist=Noise', '-metadata', `album=${title}`, ...encoding, join(dir, file),
    );
  }));
  await rm(picture);
}

/** Counts what comes in over WebSockets, and what had come when the element knew enough to sound: later it reads ahead. */
const COUNT = () => {
  window.__came = { bytes: 0, ready: null };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => { window.__came.bytes += data.byteLength ?? data.size ?? data.length; });
    }
  };
  document.addEventListener('loadedmetadata', () => { window.__came.ready ??= window.__came.bytes; }, true);
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroam-pictures-'));
  await make(folder);
  world = await World.withHome(folder);
  browser = await launch();
  page = await freshPage(browser);
  await page.addInitScript(COUNT);
  await page.goto(await world.signInLink());
  await page.goto(`${world.url}/player/#/songs`);
});

after(async () => {
  await browser?.close();
  await world?.end();
  await rm(folder, { recursive: true, force: true });
});

/** Waits until nothing more comes but what keeps the connection. */
async function quiet() {
  let before = -Infinity;
  await until('the rest of the song before', async () => {
    const { bytes } = await page.evaluate(() => window.__came);
    const came = bytes - before;
    before = bytes;
    return came < 2_000;
  }, 15_000, 500);
}

describe('a song with a picture of two megabytes', () => {
  for (const { title, first_hz, second_hz } of SONGS) {
    test(`${title} sounds after little, and after a seek, and the picture never comes`, async () => {
      const button = page.getByRole('button', { name: `Play ${title}`, exact: true }).first();
      await button.waitFor({ state: 'attached' });
      await quiet();
      await page.evaluate(() => Object.assign(window.__came, { bytes: 0, ready: null }));
      await button.click();
      await hears(page, first_hz);
      const { ready } = await page.evaluate(() => window.__came);
      assert.ok(ready > 20_000, `${ready} bytes are no sound: the count is wrong`);
      assert.ok(ready < BYTES_TO_SOUND_MAX, `${ready} bytes had come when it was ready to sound`);
      await seekTo(page, 40);
      await hears(page, second_hz);
      const { bytes } = await page.evaluate(() => window.__came);
      assert.ok(bytes < PICTURE_BYTES_MIN, `${bytes} bytes had come in the end`);
      await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
    });
  }

  test('nothing went wrong on the page', () => {
    assert.deepEqual(page.troubles, []);
  });
});
