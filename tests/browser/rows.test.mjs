// A hundred thousand songs: the list has few rows in the document wherever one scrolls, and says truly where it is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freshPage, launch } from './kit/browser.mjs';
import { until } from './kit/process.mjs';
import { serveStories } from './kit/stories.mjs';

const SONGS = 100_000;
/** The most row nodes that a long list may have in the document. */
const ROWS_MAX = 100;

let stories;
let browser;
let page;

before(async () => {
  stories = await serveStories();
  browser = await launch();
  page = await freshPage(browser);
  await page.goto(stories.address('large', 'songs'));
  await page.getByRole('grid').locator('[data-row="0"]').waitFor();
});

after(async () => {
  await browser?.close();
  await stories?.close();
});

const rows = () => page.evaluate(() => [...document.querySelectorAll('main [role=row][data-row]')].map((row) => ({
  index: Number(row.dataset.row), ariaIndex: Number(row.getAttribute('aria-rowindex')), top: row.getBoundingClientRect().top,
})));
/** Rows that lie within the view and are filled. */
const filled = () => page.evaluate(() => [...document.querySelectorAll('main [role=row][data-row]')]
  .filter((row) => row.getBoundingClientRect().top < innerHeight && row.getBoundingClientRect().bottom > 0)
  .every((row) => row.querySelectorAll('[role=gridcell]')[1].textContent.trim() !== ''));

test('the list says how many songs there are', async () => {
  assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), String(SONGS + 1));
});

test('wherever it is scrolled to, few rows are in the document and each says which it is', async () => {
  await page.getByRole('grid').hover();
  let last = -1;
  for (let n = 1; n <= 20; n += 1) {
    await page.mouse.wheel(0, (SONGS / 20) * 28);
    await until(`the list has moved past row ${last}`, async () => (await rows()).at(-1).index > last, 10_000, 20);
    const seen = await rows();
    assert.ok(seen.length <= ROWS_MAX, `${seen.length} rows are in the document`);
    for (const row of seen) assert.equal(row.ariaIndex, row.index + 2);
    last = seen.at(-1).index;
    await until('the rows in view are filled', filled, 10_000, 20);
  }
});

test('End goes to the last song, Home to the first', async () => {
  await page.locator('[role=row][data-row]').last().focus();
  await page.keyboard.press('End');
  const end = page.locator(`[role=row][data-row="${SONGS - 1}"]`);
  await end.waitFor();
  assert.ok(await end.evaluate((row) => row === document.activeElement), 'the last row has the focus');
  await page.keyboard.press('Home');
  await page.locator('[role=row][data-row="0"]').waitFor();
  // The story has no covers to load; what the page itself throws is another matter.
  assert.deepEqual(page.troubles.filter((trouble) => trouble.startsWith('uncaught')), []);
});
