// The player in another language: it fits its window, comes without being asked for, and costs nobody else anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { freshPage, launch } from './kit/browser.mjs';
import { account, playerAlone } from './kit/front.mjs';
import { until } from './kit/process.mjs';
import { serveStories } from './kit/stories.mjs';

const GERMAN = /\/words\/de\.ts/;
const SIGNED_OUT = 'Du bist abgemeldet';

let stories;
let browser;

before(async () => {
  stories = await serveStories();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stories?.close();
});

const lang = (page) => page.evaluate(() => document.documentElement.lang);
/** Texts of controls that are wider than their control; what only screen readers get has no width. */
const cut = (page) => page.evaluate(() => [...document.querySelectorAll('main button, main a, main h1, .below button, nav a')]
  .filter((element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 8 && getComputedStyle(element).textOverflow !== 'ellipsis')
  .map((element) => element.textContent.trim()));

const VIEWS = ['recent', 'albums', 'albums/album-4', 'artists/artist-3', 'songs', 'shared', 'playlists', 'favourites', 'homes', 'search'];
const STORIES = ['homeOffline', 'blocked', 'noMinutes', 'final', 'tooMany', 'continueUnnamed'];
const VISITS = ['album', 'off', 'senderOut', 'busy', 'gone', 'playing'];

for (const size of ['wide', 'phone']) {
  test(`German fits everywhere, ${size}`, async () => {
    const page = await freshPage(browser, { size });
    const addresses = [
      ...VIEWS.map((view) => stories.address('library', view, 'de')), ...STORIES.map((story) => stories.address(story, 'songs', 'de')),
      ...VISITS.map((visit) => stories.visit(visit, 'de')),
    ];
    for (const address of addresses) {
      // Another hash alone would leave the page as it is.
      await page.goto('about:blank');
      await page.goto(address);
      await page.locator('main h1, main h2').first().waitFor();
      assert.equal(await lang(page), 'de', address);
      assert.equal(await overflow(page), 0, address);
      assert.deepEqual(await cut(page), [], address);
    }
    await page.context().close();
  });
}

for (const [name, address] of [['the songs', () => stories.address('final', 'songs', 'de')], ['a shared link', () => stories.visit('off', 'de')]]) {
  test(`in German ${name} can be used by everybody`, async () => {
    const page = await freshPage(browser, { size: 'phone' });
    await page.goto(address());
    await page.locator('main h1').first().waitFor();
    assert.deepEqual(await findings(page), []);
    await page.context().close();
  });
}

const player = (locale, me) => playerAlone(browser, { locale, me });
const open = (page) => page.goto(`${stories.origin}/player/`);

test('whoever is not known gets the language of the browser', async () => {
  const page = await player('de-AT', null);
  await open(page);
  await page.getByRole('heading', { name: SIGNED_OUT }).waitFor();
  assert.equal(await lang(page), 'de');
  await page.context().close();
});

test('whoever speaks English fetches no other words', async () => {
  const page = await player('en-GB', null);
  await open(page);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  assert.deepEqual(page.asked.filter((url) => GERMAN.test(url)), []);
  await page.context().close();
});

test('the account says which language it is, and the next start knows it before the portal has answered', async () => {
  const page = await player('en-US', account('de'));
  await open(page);
  await until('the page speaks German', async () => (await lang(page)) === 'de', 10_000, 20);
  await page.unroute('**/api/v1/me');
  await page.route('**/api/v1/me', () => undefined);
  await page.reload();
  await page.getByRole('navigation', { name: 'Mediathek' }).waitFor();
  assert.equal(await lang(page), 'de');
  await page.context().close();
});

test('an English account is spoken to in English, whatever the browser speaks', async () => {
  const page = await player('de-DE', account('en'));
  await open(page);
  await until('the page speaks English', async () => (await lang(page)) === 'en', 10_000, 20);
  await page.getByRole('navigation', { name: 'Library' }).waitFor();
  await page.context().close();
});

test('words that do not come are English ones', async () => {
  const page = await player('de-DE', null);
  await page.route(GERMAN, (route) => route.abort());
  await open(page);
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  assert.equal(await lang(page), 'en');
  await page.context().close();
});
