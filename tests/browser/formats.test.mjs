// Every format sounds from home through the relay, and again after a seek.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { freshPage, launch } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { until } from './kit/process.mjs';
import { hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const TONES = [
  { title: 'Tone mp3', first_hz: 440, second_hz: 1060 },
  { title: 'Tone flac', first_hz: 554, second_hz: 1290 },
  { title: 'Tone m4a', first_hz: 659, second_hz: 1490 },
  { title: 'Tone opus', first_hz: 784, second_hz: 1730 },
  { title: 'Tone ogg', first_hz: 830, second_hz: 1890 },
  { title: 'Tone wav', first_hz: 932, second_hz: 2090 },
  { title: 'Tone video', first_hz: 988, second_hz: 2310 },
];
const SECOND_HALF_S = 40;

let world;
let browser;
let page;

before(async () => {
  world = await World.withHome(library('tones'));
  browser = await launch();
  page = await freshPage(browser);
  await page.goto(await world.signInLink());
  await page.goto(`${world.url}/player/#/songs`);
});

after(async () => {
  await browser?.close();
  await world?.end();
});

/** Moves the seek slider as a hand on the keyboard does: Page Up and arrows would do; a click on its track is quicker. */
async function seekTo(seconds) {
  const slider = page.getByRole('slider', { name: 'Seek' }).first();
  const box = await slider.boundingBox();
  const length_s = await page.evaluate(() => document.querySelector('video, audio').duration);
  await page.mouse.click(box.x + (box.width * seconds) / length_s, box.y + box.height / 2);
  await until(`position near ${seconds} s`, async () => Math.abs((await position(page)) - seconds) < 6);
}

describe('each format plays from home', () => {
  for (const { title, first_hz, second_hz } of TONES) {
    test(`${title} sounds at ${first_hz} Hz, and at ${second_hz} Hz after a seek`, async () => {
      await page.getByRole('button', { name: `Play ${title}` }).first().click();
      await hears(page, first_hz);
      await seekTo(SECOND_HALF_S);
      await hears(page, second_hz);
    });
  }

  test('next and previous go through the queue, and the position starts anew', async () => {
    await page.getByRole('button', { name: 'Play Tone mp3' }).first().click();
    await hears(page, 440);
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await hears(page, 554);
    await page.getByRole('button', { name: 'Previous', exact: true }).click();
    await hears(page, 440);
  });

  test('pause silences it, play goes on from there, volume follows the slider', async () => {
    await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
    const at_s = await position(page);
    await page.getByRole('button', { name: 'Play', exact: true }).first().click();
    await hears(page, 440);
    assert.ok((await position(page)) >= at_s - 0.5);
    const volume = page.getByRole('slider', { name: 'Volume' });
    await volume.focus();
    const before_v = await page.evaluate(() => document.querySelector('video, audio').volume);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await until('a lower volume', () => page.evaluate((v) => document.querySelector('video, audio').volume < v, before_v));
  });

  test('nothing went wrong on the page', () => {
    assert.deepEqual(page.troubles, []);
  });
});
