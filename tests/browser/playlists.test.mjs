// Playlists, favourites, stars and the queue in two browsers of one account: edits of both survive and show in the other at
// once, lists are read while the home is off, and the music follows to the next browser.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { launch, picture, SIZES } from './kit/browser.mjs';
import { addByKeys, go, inTree, main, make, openList, pause, SEEN_MS, shows, songRow, titles, tree } from './kit/lists.mjs';
import { library } from './kit/place.mjs';
import { openPlayer, play, seekTo } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { heard, hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
/** A queue is offered by then. */
const OFFERED_MS = 2_000;

let world;
let browser;
let one;
let two;

before(async () => {
  world = await World.withHome(library('tones'));
  browser = await launch();
  one = await openPlayer(browser, world, { email: EMAIL });
  two = await openPlayer(browser, world, { email: EMAIL });
  for (const page of [one, two]) await songRow(page, 'Tone mp3').waitFor();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('data-row'));

describe('a playlist in two browsers', () => {
  test('is seen in the other within a second, with its name', async () => {
    await make(one, 'New playlist', 'Evening');
    await inTree(two, 'Evening').waitFor({ timeout: SEEN_MS });
    await openList(two, 'Evening');
    await main(two).getByText('This playlist is empty').waitFor();
  });

  test('takes songs by keyboard, by menu and by dragging onto its name', async () => {
    await addByKeys(one, 'Tone mp3', 'Evening');
    await shows(two, ['Tone mp3']);
    await songRow(one, 'Tone flac').click({ button: 'right' });
    await one.getByRole('menuitem', { name: 'Add to playlist…' }).click();
    await one.getByRole('option', { name: /^Evening/ }).click();
    await shows(two, ['Tone mp3', 'Tone flac']);
    await songRow(one, 'Tone m4a').dragTo(inTree(one, 'Evening'));
    await shows(two, ['Tone mp3', 'Tone flac', 'Tone m4a']);
  });

  test('keeps what both do at the same time, and both end with the same', async () => {
    await go(two, 'songs');
    await songRow(two, 'Tone opus').waitFor();
    await Promise.all([
      songRow(one, 'Tone ogg').dragTo(inTree(one, 'Evening')),
      songRow(two, 'Tone opus').dragTo(inTree(two, 'Evening')),
    ]);
    await Promise.all([openList(one, 'Evening'), openList(two, 'Evening')]);
    await until('five songs in both', async () => (await titles(one)).length === 5 && (await titles(two)).length === 5, SEEN_MS, 20);
    const list = await titles(one);
    assert.deepEqual(list.slice(0, 3), ['Tone mp3', 'Tone flac', 'Tone m4a']);
    assert.deepEqual([...list.slice(3)].sort(), ['Tone ogg', 'Tone opus']);
    assert.deepEqual(await titles(two), list);
  });

  test('is put in order by keys, by buttons and by dragging, and the focus stays on the song', async () => {
    const list = await titles(one);
    await songRow(one, 'Tone m4a').focus();
    await one.keyboard.press('Alt+ArrowUp');
    await one.keyboard.press('Alt+ArrowUp');
    const [a, b, c, d, e] = list;
    await shows(two, [c, a, b, d, e]);
    await until('the focus on the moved row', async () => (await focused(one)) === '0');
    await songRow(two, a).hover();
    await songRow(two, a).getByRole('button', { name: `Move ${a} down` }).click();
    await shows(one, [c, b, a, d, e]);
    await songRow(one, c).dragTo(songRow(one, e), { targetPosition: { x: 200, y: 30 } });
    await shows(two, [b, a, d, e, c]);
    await shows(one, [b, a, d, e, c]);
  });

  test('loses a song by a key, and has it back by undo', async () => {
    const list = await titles(one);
    await songRow(one, list[1]).focus();
    await one.keyboard.press('Delete');
    await shows(two, list.filter((_, i) => i !== 1));
    await one.getByRole('button', { name: 'Undo' }).last().click();
    await shows(two, list);
  });

  test('is renamed in its place, deleted and brought back', async () => {
    await inTree(one, 'Evening').focus();
    await one.keyboard.press('F2');
    await tree(one).getByRole('textbox', { name: 'Name' }).fill('Night');
    await one.keyboard.press('Enter');
    await main(two).getByRole('heading', { level: 1, name: 'Night' }).waitFor({ timeout: SEEN_MS });
    await inTree(one, 'Night').focus();
    await one.keyboard.press('Delete');
    await main(two).getByText('This playlist is gone').waitFor({ timeout: SEEN_MS });
    await one.getByRole('button', { name: 'Undo' }).last().click();
    await inTree(two, 'Night').waitFor({ timeout: SEEN_MS });
    await openList(one, 'Night');
    assert.equal((await titles(one)).length, 5);
  });

  test('goes into a folder by dragging, moves among its neighbours by keys, and has a copy', async () => {
    await make(one, 'New folder', 'Work');
    await inTree(one, 'Night').dragTo(inTree(one, 'Work'));
    await until('the list within the folder', async () => (await inTree(two, 'Work').getAttribute('aria-expanded')) === 'false', SEEN_MS, 20);
    await inTree(two, 'Work').click();
    await inTree(two, 'Night').waitFor({ timeout: SEEN_MS });
    assert.equal(await inTree(two, 'Night').getAttribute('aria-level'), '2');
    await make(one, 'New playlist', 'First');
    await inTree(one, 'First').focus();
    await one.keyboard.press('Alt+ArrowUp');
    const order = (page) => tree(page).getByRole('treeitem').evaluateAll((lines) => lines.map((line) => line.innerText.trim()));
    await until('the new order in both', async () => (await order(one)).join() === 'First,Work,Night' && (await order(two)).join() === 'First,Work,Night', SEEN_MS, 20);
    await inTree(one, 'Night').click({ button: 'right' });
    await one.getByRole('menuitem', { name: 'Duplicate' }).click();
    await inTree(two, 'Night (copy)').waitFor({ timeout: SEEN_MS });
  });
});

describe('favourites and stars', () => {
  test('are set by the heart, the key and a digit, and seen in the other browser', async () => {
    await go(two, 'favourites');
    await main(two).getByText('No favourites yet').waitFor();
    await go(one, 'songs');
    await songRow(one, 'Tone flac').hover();
    await songRow(one, 'Tone flac').getByRole('button', { name: 'Favourite: Tone flac' }).click();
    await shows(two, ['Tone flac']);
    await songRow(one, 'Tone flac').focus();
    await one.keyboard.press('4');
    await main(two).getByRole('slider', { name: 'Stars for Tone flac' }).and(two.locator('[aria-valuenow="4"]')).waitFor({ timeout: SEEN_MS });
    await play(one, 'Tone mp3', 440);
    await one.keyboard.press('l');
    await shows(two, ['Tone mp3', 'Tone flac']);
    await one.keyboard.press('l');
    await shows(two, ['Tone flac']);
    await pause(one);
  });
});

describe('while the portal is away', () => {
  test('changes are shown, wait, and arrive when it is back', async () => {
    await openList(two, 'First');
    await world.portal.stop();
    await addByKeys(one, 'Tone wav', 'First');
    await openList(one, 'First');
    await shows(one, ['Tone wav']);
    await main(one).getByText(/1 change is waiting for the portal/).waitFor();
    await world.startPortal();
    await shows(two, ['Tone wav'], 30_000);
    await main(one).getByText(/waiting for the portal/).waitFor({ state: 'detached', timeout: 30_000 });
  });

  test('a change of a tab that was closed meanwhile is sent by the next one', async () => {
    const context = await browser.newContext({ viewport: SIZES.wide });
    await context.route('**/api/v1/playlists/*/operations', (route) => route.abort());
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(await world.signInLink(EMAIL));
    await page.goto(`${world.url}/player/#/songs`);
    await addByKeys(page, 'Tone opus', 'First');
    await until('the change to be waiting', () => page.evaluate(async () => (await indexedDB.databases()).some(({ name }) => name === 'iroam-lists')), 5_000);
    await tree(page).getByText(/1 change is waiting/).waitFor();
    await page.close();
    assert.deepEqual(await titles(two), ['Tone wav']);
    await context.unroute('**/api/v1/playlists/*/operations');
    const next = await context.newPage();
    await next.goto(`${world.url}/player/#/playlists`);
    await shows(two, ['Tone wav', 'Tone opus'], 15_000);
    await context.close();
  });
});

describe('an M3U', () => {
  let text;

  test('is written with names and addresses', async () => {
    await openList(one, 'Night');
    const wanted = await titles(one);
    await main(one).getByRole('button', { name: 'More for Night' }).first().click();
    const [download] = await Promise.all([one.waitForEvent('download'), one.getByRole('menuitem', { name: 'Export as M3U' }).click()]);
    assert.equal(download.suggestedFilename(), 'Night.m3u8');
    text = await readFile(await download.path(), 'utf8');
    assert.match(text, /^#EXTM3U\n#PLAYLIST:Night\n/);
    assert.deepEqual([...text.matchAll(/^#EXTINF:\d+,.* - (.*)$/gm)].map(([, title]) => title), wanted);
  });

  async function importFile(page, name, buffer) {
    await tree(page).getByRole('button', { name: /^New playlist/ }).click();
    await page.getByRole('menuitem', { name: 'Import M3U…' }).click();
    await page.getByRole('dialog').locator('input[type=file]').setInputFiles({ name, mimeType: 'audio/x-mpegurl', buffer: Buffer.from(buffer) });
  }

  test('comes back as the same list', async () => {
    const wanted = await titles(one);
    await importFile(two, 'back.m3u8', text.replace('#PLAYLIST:Night', '#PLAYLIST:Came back'));
    await two.getByRole('button', { name: 'Import 5 songs' }).click();
    await main(two).getByRole('heading', { level: 1, name: 'Came back' }).waitFor();
    await shows(two, wanted);
    await inTree(one, 'Came back').waitFor({ timeout: SEEN_MS });
  });

  test('of another player is matched by names and files, and what is missing is named', async () => {
    const foreign = '#EXTM3U\r\n#EXTINF:20,Tone opus\r\nD:\\Music\\x.opus\r\n/home/u/02 - Tone_flac.flac\r\n#EXTINF:99,Nobody - Nothing\r\ny.mp3\r\n';
    await importFile(two, 'Foreign list.m3u', foreign);
    await two.getByRole('dialog').getByText('2 of 3 songs found').waitFor();
    await two.getByRole('dialog').getByText('Nobody – Nothing').waitFor();
    await two.getByRole('button', { name: 'Import 2 songs' }).click();
    await main(two).getByRole('heading', { level: 1, name: 'Foreign list' }).waitFor();
    await shows(two, ['Tone opus', 'Tone flac']);
  });
});

describe('the queue', () => {
  let three;

  test('is offered in the next browser within two seconds, and goes on there only when asked', async () => {
    await openList(one, 'Night');
    await main(one).getByRole('button', { name: 'Play Night' }).click();
    await until('sound', async () => (await heard(one)) !== null);
    await seekTo(one, 12);
    const title = (await titles(one))[0];
    await pause(one);
    await until('the place at the portal', async () => {
      const queue = await one.request.get(`${world.url}/api/v1/queue`);
      const kept = queue.status() === 200 ? await queue.json() : null;
      return kept && !kept.playing && kept.position_ms > 10_000;
    }, 5_000, 50);
    three = await openPlayer(browser, world, { email: EMAIL, view: 'songs' });
    const started = Date.now();
    const offer = three.getByRole('region', { name: 'There is a queue to go on with' });
    await offer.getByText(new RegExp(`Continue ${title} at 0:1\\d`)).waitFor();
    const tookMs = Date.now() - started;
    assert.ok(tookMs < OFFERED_MS, `offered after ${tookMs} ms`);
    assert.match(await offer.innerText(), /from Chrome(?:ium)? on Linux|from .+ on .+/);
    assert.equal(await heard(three), null);
    await picture(three, 'player-continue-wide-light');
    await offer.getByRole('button', { name: 'Continue here' }).click();
    await until('sound there', async () => (await heard(three)) !== null, 15_000);
    assert.ok((await position(three)) > 10, 'it began anew');
    await three.keyboard.press('q');
    const queue = three.getByRole('complementary', { name: 'Queue' });
    await until('the whole queue', async () => (await queue.getByRole('listitem').count()) >= 5);
    assert.doesNotMatch(await queue.innerText(), /Unknown song/);
    await pause(three);
  });

  test('is told of while the home is off, by what this browser knows', async () => {
    await until('the pause at the portal', async () => {
      const kept = await (await three.request.get(`${world.url}/api/v1/queue`)).json();
      return !kept.playing;
    }, 5_000, 50);
    await world.agent.stop();
    await three.reload();
    const offer = three.getByRole('region', { name: 'There is a queue to go on with' });
    await offer.getByText(/Continue Tone .* at 0:1\d/).waitFor();
    await three.context().close();
  });
});

describe('while the home is off', () => {
  test('lists and favourites are read, and it is said why nothing plays', async () => {
    const page = await openPlayer(browser, world, { email: EMAIL, view: 'playlists' });
    await inTree(page, 'Came back').click();
    await main(page).getByText(/Attic PC is off: its 5 songs can be read here, but not played/).waitFor();
    assert.equal((await titles(page)).length, 5);
    await go(page, 'favourites');
    await until('the favourite', async () => (await titles(page)).join() === 'Tone flac');
    // Lists change all the same.
    await inTree(page, 'Came back').click();
    await songRow(page, (await titles(page))[0]).focus();
    await page.keyboard.press('Delete');
    await openList(two, 'Came back');
    await until('one song less in the other', async () => (await titles(two)).length === 4, SEEN_MS, 20);
    await page.context().close();
    await world.restartAgent();
  });
});

describe('the pages of lists', () => {
  for (const size of Object.keys(SIZES)) {
    test(`are right at ${size}`, async () => {
      const page = await openPlayer(browser, world, { email: EMAIL, view: 'playlists', size });
      page.on('response', (response) => { if (response.status() >= 400) page.troubles.push(`${response.status()} from ${response.url()}`); });
      const look = async (name) => {
        const wrong = [];
        for (const theme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
          await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
          wrong.push(...(await findings(page)).map((finding) => `${name} ${theme}: ${finding}`));
          if ((await overflow(page)) > 0) wrong.push(`${name} ${theme} is wider than the window`);
          await picture(page, `player-${name}-${size}-${theme}`);
        }
        assert.deepEqual(wrong, []);
      };
      const list = main(page).getByRole('treeitem', { name: /Came back/ });
      await list.waitFor();
      await look('playlists');
      await list.click();
      await songRow(page, 'Tone').first().waitFor();
      await look('playlist');
      await go(page, 'favourites');
      await songRow(page, 'Tone flac').waitFor();
      await look('favourites');
      await go(page, 'songs');
      await songRow(page, 'Tone mp3').focus();
      await page.keyboard.press('a');
      await page.getByRole('dialog').getByRole('option').nth(1).waitFor();
      await look('add');
      assert.deepEqual(page.troubles, []);
      await page.context().close();
    });
  }
});

test('nothing went wrong on the pages', () => {
  // The portal and the home were away for a while: what the browser says of that is no fault of the page.
  const faults = [...one.troubles, ...two.troubles].filter((said) => !/Failed to load resource|net::ERR_|WebSocket connection/.test(said));
  assert.deepEqual(faults, []);
});
