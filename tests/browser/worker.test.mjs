// A browser that has no service workers in this window, as in some private ones.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './kit/browser.mjs';
import { account, playerAlone } from './kit/front.mjs';
import { serveStories } from './kit/stories.mjs';

const TOLD = 'This browser does not let iRoam play in this window.';

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

test('a browser without service workers is told so, and nothing else before', async () => {
  const page = await playerAlone(browser, { me: account('en') });
  await page.addInitScript(() => {
    delete Navigator.prototype.serviceWorker;
    window.headings = [];
    const look = () => window.headings.push(...[...document.querySelectorAll('main h1, main h2')].map((heading) => heading.textContent));
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await page.goto(`${stories.origin}/player/`);
  await page.getByRole('heading', { name: TOLD }).waitFor();
  assert.deepEqual([...new Set(await page.evaluate(() => window.headings))], [TOLD]);
  await page.context().close();
});
