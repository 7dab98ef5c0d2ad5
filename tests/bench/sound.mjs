// From the click on "Play" to the first sample that is not silent, through the relay on loopback.
import { readdirSync } from 'node:fs';

import { freshPage, launch } from '../browser/kit/browser.mjs';
import { until } from '../browser/kit/process.mjs';
import { World } from '../browser/kit/world.mjs';
import { library, plainServer, quantile } from './kit.mjs';

const CLICKS = 24;
const GOAL_MS = 400;
const EMAIL = 'mara@example.org';
/** The element is connected to Web Audio once; 256 samples at 48 kHz are 5 ms. */
const EAR = () => {
  const element = document.querySelector('video, audio');
  const context = new AudioContext({ latencyHint: 'interactive' });
  const source = context.createMediaElementSource(element);
  const ear = context.createScriptProcessor(256, 2, 2);
  window.__heard = { clicked_ms: null, sound_ms: null, context };
  document.addEventListener('click', (event) => Object.assign(window.__heard, { clicked_ms: event.timeStamp, sound_ms: null }), true);
  ear.onaudioprocess = ({ inputBuffer }) => {
    if (window.__heard.clicked_ms === null || window.__heard.sound_ms !== null) return;
    if (inputBuffer.getChannelData(0).some((sample) => Math.abs(sample) > 0.01)) window.__heard.sound_ms = performance.now();
  };
  source.connect(ear).connect(context.destination);
  source.connect(context.destination);
  return context.resume();
};

const pause = (page) => page.evaluate(async () => {
  document.querySelector('video, audio').pause();
  // What is on its way through Web Audio has passed after this.
  await new Promise((resolve) => setTimeout(resolve, 300));
  window.__heard.clicked_ms = null;
});

const took = async (page) => {
  const { clicked_ms, sound_ms } = await until('sound', () => page.evaluate(() => {
    const { clicked_ms, sound_ms } = window.__heard;
    return sound_ms === null ? null : { clicked_ms, sound_ms };
  }), 30_000, 20);
  return sound_ms - clicked_ms;
};

export async function clickToSound(place) {
  const folder = library(place, 'tones');
  const world = await World.withHome(folder);
  const browser = await launch();
  const plain = await plainServer(folder);
  try {
    await world.admin('credit', '--email', EMAIL, '--minutes', '600');
    const ours = await throughRelay(browser, world);
    const peers = await plainly(browser, plain, readdirSync(folder).filter((name) => !name.endsWith('.mp4')).sort());
    const p50 = quantile(ours.again, 0.5);
    return [
      {
        figure: `click to first sound, p50 of ${ours.again.length} clicks`, goal: `≤ ${GOAL_MS} ms`, measured: `${p50.toFixed(0)} ms`, met: p50 <= GOAL_MS,
        peer: `plain HTTP, same browser and files: ${quantile(peers, 0.5).toFixed(0)} ms`,
      },
      { figure: 'the same, p95', goal: '', measured: `${quantile(ours.again, 0.95).toFixed(0)} ms`, peer: `plain HTTP: ${quantile(peers, 0.95).toFixed(0)} ms` },
      { figure: 'the first click of a visit (opens the listening)', goal: '', measured: `${ours.first.toFixed(0)} ms`, peer: '' },
    ];
  } finally {
    await browser.close();
    await plain.close();
    await world.end();
  }
}

async function throughRelay(browser, world) {
  const page = await freshPage(browser);
  await page.goto(await world.signInLink());
  await page.goto(`${world.url}/player/#/songs`);
  const buttons = page.getByRole('button', { name: /^Play Tone (mp3|flac|m4a|opus|ogg|wav)$/ });
  await buttons.first().waitFor({ state: 'attached' });
  await page.evaluate(EAR);
  await buttons.first().click({ force: true });
  const first = await took(page);
  const again = [];
  for (let n = 0; n < CLICKS; n += 1) {
    await pause(page);
    await buttons.nth(n % 6).click({ force: true });
    again.push(await took(page));
  }
  return { first, again };
}

/** A bare element and a plain server: what the browser itself needs. */
async function plainly(browser, plain, names) {
  const page = await freshPage(browser);
  await page.goto(plain.url);
  await page.evaluate(() => document.querySelector('button').addEventListener('click', () => {
    const element = document.querySelector('video');
    element.src = window.__next;
    element.play();
  }));
  await page.evaluate(EAR);
  const all = [];
  for (let n = 0; n < CLICKS; n += 1) {
    await pause(page);
    await page.evaluate((name) => { window.__next = `/${encodeURIComponent(name)}`; }, names[n % names.length]);
    await page.getByRole('button', { name: 'Play' }).click();
    all.push(await took(page));
  }
  return all;
}
