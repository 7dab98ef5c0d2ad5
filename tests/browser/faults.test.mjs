// Trouble in mid-song: the page says what is happening and goes on by itself; the charge is exact afterwards.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { launch } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { charges, clear, heardFor, leave, openPlayer, play, running, says, seekTo, silent } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
/** Far behind what is fetched ahead when a song has just begun: what sounds there was fetched after the trouble. */
const FAR_S = 45;
const MP3 = { title: 'Tone mp3', first_hz: 440, second_hz: 1060 };
const WAV = { title: 'Tone wav', first_hz: 932, second_hz: 2090 };

let world;
let browser;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

afterEach(() => clear(browser, world, EMAIL));

describe('in mid-song', () => {
  test('the home is cut off: the page says so, and the song goes on where it was when the home is back', async () => {
    const page = await openPlayer(browser, world);
    await play(page, WAV.title, WAV.first_hz);
    await world.agent.kill();
    await says(page, /Attic PC is offline|Connecting to Attic PC|Still trying/);
    await seekTo(page, FAR_S);
    await says(page, /Your home cannot be reached; the music goes on when it is back/);
    await world.restartAgent();
    await hears(page, WAV.second_hz, 30_000);
    const at_s = await position(page);
    assert.ok(at_s >= FAR_S - 1 && at_s < FAR_S + 15, `it went on at ${at_s} s`);
    await silent(page, /is offline|cannot be reached/);
  });

  test('the portal is cut off: the music goes on, each minute is charged once, and a tab that is closed ends its listening', async () => {
    const page = await openPlayer(browser, world);
    const already = await charges(page, world);
    await play(page, WAV.title, WAV.first_hz);
    await heardFor(page, 4);
    // A pause is told to the portal at once, and with it what was heard.
    await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
    const paid = await until('the charge of the first minute', async () => {
      const found = await charges(page, world);
      return found.length > already.length ? found : null;
    });
    await page.getByRole('button', { name: 'Play', exact: true }).first().click();
    await hears(page, WAV.first_hz);
    await world.portal.kill();
    await says(page, /The portal cannot be reached/);
    const at_s = await position(page);
    await hears(page, WAV.first_hz);
    await world.startPortal();
    await silent(page, /The portal cannot be reached|Connecting to/, 30_000);
    await hears(page, WAV.first_hz);
    assert.ok((await position(page)) > at_s, 'it stood still');
    await seekTo(page, FAR_S);
    await hears(page, WAV.second_hz, 20_000);
    assert.equal((await running(page, world)).length, 1, 'the listening is another one or has ended');
    assert.equal(paid.length, already.length + 1);
    assert.deepEqual(await charges(page, world), paid, 'a minute was charged twice');
    await leave(page, world);
  });

  test('the service worker is stopped: the song goes on', async () => {
    const page = await openPlayer(browser, world);
    await play(page, WAV.title, WAV.first_hz);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.stopAllWorkers');
    await seekTo(page, FAR_S);
    await hears(page, WAV.second_hz, 20_000);
    await devtools.send('ServiceWorker.stopAllWorkers');
    await play(page, MP3.title, MP3.first_hz);
    assert.deepEqual(page.troubles, []);
  });

  test('a hard reload, which goes past the worker, is mended with one more reload at most', async () => {
    const page = await openPlayer(browser, world);
    await play(page, WAV.title, WAV.first_hz);
    const devtools = await page.context().newCDPSession(page);
    let loads = 0;
    page.on('load', () => { loads += 1; });
    await devtools.send('Page.reload', { ignoreCache: true });
    await until('the reload', () => loads > 0);
    await play(page, MP3.title, MP3.first_hz);
    assert.ok(loads <= 2, `loaded ${loads} times`);
    assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'the page is not controlled');
  });
});

describe('before the song', () => {
  test('the home is off when the page opens: it says since when, and the library comes by itself', async () => {
    await world.agent.stop();
    const page = await openPlayer(browser, world);
    await says(page, /Attic PC is offline/);
    await says(page, /It was last seen .+ Switch that computer on, or wake it up/);
    await world.restartAgent();
    await play(page, MP3.title, MP3.first_hz);
  });

  test('signing out in another tab is said here', async () => {
    const page = await openPlayer(browser, world);
    await page.getByRole('button', { name: 'Play Tone mp3' }).first().waitFor();
    const other = await page.context().newPage();
    await other.goto(`${world.url}/account`);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await says(page, /You are signed out/);
    await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
    await page.context().close();
  });
});

test('a fourth player may stop one of the three that listen, and plays then', async () => {
  const pages = [];
  for (let n = 0; n < 3; n += 1) {
    pages.push(await openPlayer(browser, world));
    await play(pages[n], MP3.title, MP3.first_hz);
    // At rest it holds its place, and leaves the machine to the others.
    await pages[n].getByRole('button', { name: 'Pause', exact: true }).first().click();
  }
  const fourth = await openPlayer(browser, world);
  await fourth.getByRole('button', { name: 'Play Tone mp3' }).first().click();
  await says(fourth, /Three players are listening/);
  assert.equal(await fourth.getByRole('button', { name: /^Stop it: / }).count(), 3);
  await fourth.getByRole('button', { name: /^Stop it: / }).first().click();
  await hears(fourth, MP3.first_hz, 20_000);
  await until('one of the three to say that it was stopped', async () => {
    for (const page of pages) if (await page.getByText('Playing here was stopped from another player').filter({ visible: true }).count()) return true;
    return false;
  });
});

test('at zero the song plays to its end, then the player stops and says how to go on; new minutes let it go on', async () => {
  const page = await openPlayer(browser, world);
  const opened = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/api/v1/listenings'));
  await play(page, MP3.title, MP3.first_hz);
  const { home, player_peer } = (await opened).postDataJSON();
  await page.goto('about:blank');
  await until('no listening', async () => (await running(page, world)).length === 0);
  await spendAll(page, { home, player_peer });
  await world.admin('credit', '--email', EMAIL, '--minutes', '1');
  await page.goto(`${world.url}/player/#/songs`);
  await play(page, MP3.title, MP3.first_hz);
  await heardFor(page, 4);
  await seekTo(page, 52);
  await hears(page, MP3.second_hz);
  await says(page, /Your minutes are used up/);
  await says(page, /No minutes left/);
  await until('the end of the song', async () => (await position(page)) > 63);
  await page.getByRole('link', { name: 'Add minutes' }).first().waitFor();
  await world.admin('credit', '--email', EMAIL, '--minutes', '5');
  await silent(page, /No minutes left/);
  await play(page, MP3.title, MP3.first_hz);
});

/** Uses up the balance as players of the account would: each opens a listening and hears the four seconds that cost a minute. */
async function spendAll(page, where) {
  const post = async (path, data) => {
    const answer = await page.request.post(`${world.url}/api/v1/listenings${path}`, { data, headers: { origin: world.url } });
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? null : answer.json();
  };
  for (let n = 0; (await (await page.request.get(`${world.url}/api/v1/wallet`)).json()).balance_ms > 0; n += 1) {
    assert.ok(n < 12, 'ten minutes are free to start with');
    const { id } = await post('', { ...where, idempotency_key: crypto.randomUUID() });
    await post(`/${id}/heartbeat`, { seq: 1, played_ms: 4_000, buffered_ms: 0, playing: true, path_report: null });
    await post(`/${id}/close`, { played_ms: 4_000 });
  }
}
