// A browser that sleeps in mid-song, as a laptop whose lid is closed: what happened meanwhile is known when it wakes.
// `IROAM_SLEEP_S` lets it sleep for so many seconds at least; without it, until the portal has closed its listening.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { launch, launchSleeper } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { charges, clear, heardFor, leave, openPlayer, outside, play, running, says, seekTo, silent } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
const SONG = { title: 'Tone wav', first_hz: 932, second_hz: 2090 };
/** Behind what was fetched ahead when it fell asleep: what sounds there was fetched afterwards. */
const FAR_S = 45;
/** The portal closes what is silent for so long, and looks every few seconds. The last word came at most 20 s before. */
const SILENCE_MS = 90_000;
const CLOSED_MS = SILENCE_MS + 30_000;
const HEARTBEAT_MS = 20_000;
const SLEEP_MS = Number(process.env.IROAM_SLEEP_S ?? 0) * 1_000;
const FREE_TO_START = 10;

let world;
let sleeper;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL });
  sleeper = await launchSleeper();
});

after(async () => {
  await sleeper?.close();
  await world?.end();
});

afterEach(async () => {
  sleeper.wake();
  await clear(sleeper.browser, world, EMAIL);
});

test('the browser sleeps until its listening is closed for silence: awake it plays on by itself, and each minute is charged once', async () => {
  const page = await openPlayer(sleeper.browser, world);
  const portal = await outside(page);
  await play(page, SONG.title, SONG.first_hz);
  await heardFor(page, 4);
  await tell(page, portal, 1);
  await page.getByRole('button', { name: 'Play', exact: true }).first().click();
  await hears(page, SONG.first_hz);
  const [slept] = await running(portal, world);
  const fell_s = await position(page);

  sleeper.sleep();
  const fell_ms = Date.now();
  await until('the portal to close the silent listening', async () => (await running(portal, world)).length === 0, CLOSED_MS, 500);
  assert.ok(Date.now() - fell_ms > SILENCE_MS - HEARTBEAT_MS - 1_000, 'it was closed by something else than its silence');
  await until('the end of the sleep', () => Date.now() - fell_ms >= SLEEP_MS, SLEEP_MS + 1_000, 500);
  sleeper.wake();
  const woke_ms = Date.now();

  await hears(page, SONG.first_hz, 30_000);
  const awake_s = await position(page);
  assert.ok(awake_s >= fell_s && awake_s - fell_s < 2 + (Date.now() - woke_ms) / 1_000, `it fell asleep at ${fell_s} s and went on at ${awake_s} s`);
  const [fresh] = await until('a listening that began anew', async () => {
    const found = await running(portal, world);
    return found.length > 0 ? found : null;
  });
  assert.notEqual(fresh.id, slept.id);
  await silent(page, /is offline|cannot be reached|Connecting to|stopped from another player/, 30_000);
  await heardFor(page, awake_s + 4);
  await seekTo(page, FAR_S);
  await hears(page, SONG.second_hz, 30_000);

  const paid = await tell(page, portal, 2);
  assert.deepEqual(paid.map(({ listening, minute }) => ({ listening, minute })), [fresh, slept].map(({ id }) => ({ listening: id, minute: 0 })));
  await leave(page, world);
  await world.admin('audit-ledger');
  const { balance_ms } = await (await portal.request.get(`${world.url}/api/v1/wallet`)).json();
  assert.equal(balance_ms, (FREE_TO_START - 2) * 60_000);
  assert.deepEqual(await charges(portal, world), paid, 'something was charged afterwards');
});

/** A pause is told to the portal at once, and with it what was heard: that makes so many charges. */
async function tell(page, portal, count) {
  await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
  return until(`${count} charges`, async () => {
    const found = await charges(portal, world);
    return found.length >= count ? found : null;
  });
}

test('its listening is stopped from another player while the browser sleeps: it says so, and goes on with a press of play', async () => {
  const page = await openPlayer(sleeper.browser, world);
  await play(page, SONG.title, SONG.first_hz);
  const other = await launch();
  try {
    const account = await other.newPage();
    await account.goto(await world.signInLink(EMAIL));
    sleeper.sleep();
    await account.goto(`${world.url}/account`);
    await account.getByRole('button', { name: /^Stop/ }).click();
    await account.getByText('Nothing plays.').waitFor();
  } finally {
    await other.close();
  }
  sleeper.wake();
  await says(page, /Playing here was stopped from another player/);
  await page.getByRole('button', { name: 'Play', exact: true }).first().click();
  await hears(page, SONG.first_hz, 20_000);
});
