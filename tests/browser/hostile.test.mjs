// A home that means harm: whatever it sends, it gains nothing in the player's origin, and the player lives on.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { freshPage, launch, picture } from './kit/browser.mjs';
import { library, targetDir } from './kit/place.mjs';
import { Process, until } from './kit/process.mjs';
import { hears } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'victim@example.org';
/** What the worker lets through, and the headers that it keeps or sets. */
const PASSES = /^(audio\/|video\/|image\/(jpeg|png|webp|avif)\b|application\/(problem\+)?json\b|text\/vtt\b|(application|audio|video)\/(vnd\.apple\.|x-)?mpegurl\b)/;
const HEADERS = new Set([
  'accept-ranges', 'cache-control', 'content-length', 'content-range', 'content-security-policy', 'content-type',
  'cross-origin-resource-policy', 'etag', 'x-content-type-options',
]);
/** An attack that has no end is given up by the test after this time; the player's own limits are shorter or longer. */
const PATIENCE_MS = 2_000;

let world;
let browser;
let page;
let hostile;
let sink;
let home;
let attacks;

before(async () => {
  sink = await listen();
  world = await World.start();
  await world.account(EMAIL);
  hostile = new Process(`${targetDir}/debug/iroam-hostile-home`, [world.url, sink.url, `${library('tones')}/01 Tone mp3.mp3`]);
  const [, code] = await hostile.line(/^code: *(\S+)/);
  await world.admin('approve-device', '--code', code, '--email', EMAIL);
  attacks = JSON.parse((await hostile.line(/^attacks: (.*)/))[1]);
  [, home] = await hostile.line(/^serving: (\S+)/);
  browser = await launch();
  page = await freshPage(browser);
  page.on('dialog', (dialog) => { page.troubles.push(`dialog: ${dialog.message()}`); return dialog.dismiss(); });
  page.on('download', (download) => page.troubles.push(`download: ${download.url()}`));
  await page.goto(await world.signInLink(EMAIL));
  await page.goto(`${world.url}/player/#/songs`);
  await page.getByRole('button', { name: 'Play Honest tone' }).first().waitFor({ state: 'attached' });
});

after(async () => {
  await browser?.close();
  await hostile?.stop();
  await sink?.close();
  await world?.end();
});

/** A server that nobody has a reason to ask. */
async function listen() {
  const asked = [];
  const server = createServer((request, response) => { asked.push(request.url); response.end('self.pwned = 1'); });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}

const url = (attack) => `/home/${home}/v1/attack/${attack}`;

/** What a page's own `fetch` gets to see of an address. */
function fetched(address, range) {
  return page.evaluate(async ([address, range, patience]) => {
    const late = AbortSignal.timeout(patience);
    try {
      const response = await fetch(address, { signal: late, headers: range ? { range } : {} });
      const head = { status: response.status, ok: response.ok, redirected: response.redirected, url: response.url, headers: [...response.headers] };
      try {
        const bytes = new Uint8Array(await response.arrayBuffer());
        return { ...head, bytes: bytes.length, text: new TextDecoder().decode(bytes.slice(0, 10_000)) };
      } catch (error) {
        return { ...head, broken: String(error) };
      }
    } catch (error) {
      return { refused: String(error) };
    }
  }, [address, range ?? null, PATIENCE_MS]);
}

function harmless(name, answer) {
  if (answer.refused) return;
  const headers = new Map(answer.headers);
  assert.equal(answer.redirected, false, `${name} was redirected`);
  assert.ok(answer.url.startsWith(`${world.url}/home/${home}/`), `${name} led to ${answer.url}`);
  assert.match(headers.get('content-type') ?? '', PASSES, `${name} came with another type`);
  assert.equal(headers.get('x-content-type-options'), 'nosniff', name);
  assert.match(headers.get('content-security-policy') ?? '', /sandbox/, name);
  for (const header of headers.keys()) assert.ok(HEADERS.has(header), `${name} kept the header ${header}`);
  assert.ok((answer.bytes ?? 0) <= 4 * 1024 * 1024, `${name} gave ${answer.bytes} bytes`);
}

/** That nothing of the home ever ran, was stored, or was led elsewhere. */
async function unharmed() {
  for (const frame of page.frames()) assert.equal(await frame.evaluate(() => self.pwned), undefined, `something ran in ${frame.url()}`);
  assert.deepEqual(sink.asked, [], 'somebody was led elsewhere');
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map((cookie) => cookie.name), ['iroam'], 'a cookie was set or lost');
  assert.notEqual(cookies[0].value, 'stolen');
  const { workers, kept } = await page.evaluate(async () => {
    const registrations = await navigator.serviceWorker.getRegistrations();
    const kept = [];
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
    return { workers: registrations.map((registration) => registration.active?.scriptURL), kept };
  });
  assert.deepEqual(workers, [`${world.url}/sw.js`], 'another worker was registered');
  assert.deepEqual(kept.filter((address) => !address.includes('/v1/covers/')), [], 'something but covers was kept');
  assert.ok(page.url().startsWith(`${world.url}/player/`), `the page was led to ${page.url()}`);
}

describe('a hostile home gains nothing', { concurrency: false }, () => {
  test('no answer reaches a page with a forbidden type or header', async (t) => {
    for (const name of attacks) {
      await t.test(name, async () => {
        const answer = await fetched(url(name));
        harmless(name, answer);
        if (/^(type|redirect|status|list|no-http|header|chunk-huge|length-negative|length-two)/.test(name) && name !== 'headers-that-act') {
          assert.ok(answer.refused || answer.broken || !answer.ok, `${name} passed: ${JSON.stringify(answer)}`);
        }
        if (/^(type|redirect|status|list)/.test(name)) assert.ok(!(answer.text ?? '').includes('PWNED'), `${name} passed its body`);
      });
    }
    await unharmed();
  });

  test('media of each kind are no better: as ranges, and in the media element', async () => {
    for (const number of attacks.keys()) {
      const id = Buffer.from([...Array(15).fill(7), number + 1]).toString('base64url');
      const answer = await fetched(`/home/${home}/v1/media/${id}`, 'bytes=0-99');
      harmless(`media ${attacks[number]}`, answer);
    }
    await unharmed();
  });

  test('no element makes a page, a script, a style or a worker of it', async () => {
    for (const name of ['type-html', 'type-svg', 'type-script', 'type-module', 'type-css', 'type-bytes', 'lie-audio', 'lie-image', 'lie-json', 'redirect-away', 'headers-that-act', 'list-foreign']) {
      await page.evaluate(async ([address, patience]) => {
        const settled = (element, place = document.body) => new Promise((resolve) => {
          element.onload = element.onerror = () => resolve();
          setTimeout(resolve, patience);
          place.append(element);
        });
        const make = (tag, fields) => Object.assign(document.createElement(tag), fields);
        const elements = [
          make('script', { src: address }), make('script', { src: address, type: 'module' }), make('link', { rel: 'stylesheet', href: address }),
          make('img', { src: address }), make('iframe', { src: address }), make('object', { data: address }), make('embed', { src: address }),
        ];
        await Promise.all(elements.map((element) => settled(element)));
        elements.forEach((element) => element.remove());
        await import(address).catch(() => {});
        try { new Worker(address).terminate(); } catch { /* refused at once */ }
        try { new SharedWorker(address); } catch { /* refused at once */ }
        await navigator.serviceWorker.register(address, { scope: '/home/' }).catch(() => {});
      }, [url(name), 400]);
    }
    await unharmed();
  });

  test('a tab that is sent there sees the portal\'s own "not found"', async () => {
    const tab = await page.context().newPage();
    for (const name of ['type-html', 'type-svg', 'lie-audio', 'redirect-away']) {
      const response = await tab.goto(world.url + url(name));
      assert.equal(response.status(), 404, name);
      assert.ok(!(await tab.content()).includes('PWNED'), name);
      assert.equal(await tab.evaluate(() => self.pwned), undefined, name);
    }
    await tab.close();
    await unharmed();
  });

  test('its titles and names are shown as the text that they are', async () => {
    await page.goto(`${world.url}/player/#/songs`);
    await page.getByText('<img src=x onerror=').first().waitFor();
    for (const view of ['recent', 'albums', 'artists', 'videos', 'search', 'homes']) {
      await page.goto(`${world.url}/player/#/${view}`);
      await page.getByRole('main').waitFor();
    }
    await page.goto(`${world.url}/player/#/songs`);
    await page.getByRole('searchbox', { name: 'Search your library' }).fill('tone');
    await page.getByText('<img src=x onerror=').first().waitFor();
    await picture(page, 'hostile-search-wide-light');
    await unharmed();
  });

  test('pressing play on what it offers ends in words, and its honest song still sounds', async () => {
    await page.goto(`${world.url}/player/#/songs`);
    for (const name of ['type-html', 'lie-audio', 'length-short', 'body-endless', 'list-foreign']) {
      const row = page.locator(`[role=row]:has-text("${name} <img")`);
      await page.mouse.move(700, 500);
      await until(`the row of ${name}`, async () => (await row.count()) > 0 || page.mouse.wheel(0, 300));
      await row.dblclick({ position: { x: 300, y: 10 } });
      await until(`${name} to be the current song`, () => page.evaluate((name) => document.title.includes(name) || document.body.innerText.includes(name), name));
    }
    await page.mouse.wheel(0, -10_000);
    await page.getByRole('button', { name: 'Play Honest tone' }).first().click({ force: true });
    await hears(page, 440, 30_000);
    await unharmed();
  });

  test('the control: what it sends would run, and a visit to its sink would be seen', async () => {
    const open = await browser.newPage();
    await open.setContent("<!doctype html><script>self.pwned='page'</script>");
    assert.equal(await open.evaluate(() => self.pwned), 'page');
    await open.goto(`${sink.url}/control`);
    await open.close();
    assert.deepEqual(sink.asked.splice(0).filter((path) => path !== '/favicon.ico'), ['/control']);
  });

  test('no script of the page failed in all of this', () => {
    assert.deepEqual(page.troubles.filter((trouble) => trouble.startsWith('uncaught') || trouble.startsWith('dialog') || trouble.startsWith('download')), []);
  });
});
