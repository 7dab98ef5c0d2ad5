// The player as a person uses it.
import { request } from 'playwright-core';

import { freshPage } from './browser.mjs';
import { until } from './process.mjs';
import { hears, position } from './sound.mjs';

/** How long a page may take for one step on a machine that is busy with tests. */
const WAIT_MS = 15_000;
/** How long the last words of pages that close are waited for. */
const LAST_WORDS_MS = 3_000;

/** A page of a browser of its own, signed in by a one-time link, with that view of the player open. */
export async function openPlayer(browser, world, { view = 'songs', email, ...looks } = {}) {
  const page = await freshPage(browser, looks);
  page.setDefaultTimeout(WAIT_MS);
  await page.goto(await world.signInLink(email));
  await page.goto(`${world.url}/player/#/${view}`);
  return page;
}

/** Presses the play button of a song and waits until it sounds. */
export async function play(page, title, hz) {
  await page.getByRole('button', { name: `Play ${title}` }).first().click();
  return hears(page, hz);
}

/** Clicks into the seek slider. Does not wait for the sound. */
export async function seekTo(page, seconds) {
  const box = await page.getByRole('slider', { name: 'Seek' }).first().boundingBox();
  const length_s = await page.evaluate(() => document.querySelector('video, audio').duration);
  await page.mouse.click(box.x + (box.width * seconds) / length_s, box.y + box.height / 2);
  await until(`position near ${seconds} s`, async () => Math.abs((await position(page)) - seconds) < 6);
}

/** The same session outside of the browser: asks the portal while the browser cannot. */
export const outside = async (page) => ({ request: await request.newContext({ storageState: await page.context().storageState() }) });

/** Waits until these words can be seen. */
export const says = (page, words, ms = 20_000) => page.getByText(words).filter({ visible: true }).first().waitFor({ timeout: ms });

/** Waits until these words can be seen no more. */
export const silent = (page, words, ms = 20_000) => until(`${words} to go`, async () => (await page.getByText(words).filter({ visible: true }).count()) === 0, ms);

/** Waits until the song stands behind that second. */
export const heardFor = (page, seconds) => until(`${seconds} s of music`, async () => (await position(page)) > seconds, 20_000);

/** Every charge of the account, the newest first. */
export async function charges(page, world) {
  const { items } = await (await page.request.get(`${world.url}/api/v1/wallet/entries?limit=100`)).json();
  return items.filter(({ kind }) => kind === 'charge');
}

/** The listenings of the account that run now. */
export const running = async (page, world) => (await page.request.get(`${world.url}/api/v1/listenings`)).json();

/** Closes the page as a person closes a tab; its listening has ended with it. */
export async function leave(page, world) {
  await page.goto('about:blank');
  await until('the listening to end with its page', async () => (await running(page, world)).length === 0);
  await page.context().close();
}

/** Closes every page, and every listening that one of them left behind: the next test begins from nothing. */
export async function clear(browser, world, email) {
  const contexts = browser.contexts();
  for (const context of contexts) for (const page of context.pages()) await page.goto('about:blank').catch(() => {});
  // A page's last word is on its way while the page is gone already: its profile ends after it. Those that had none to say
  // it to, as the visitor of a portal that is gone, are not waited for much longer.
  await until('the last words of the pages', async () => (await world.figures()).iroam_listenings_open === 0, LAST_WORDS_MS).catch(() => {});
  for (const context of contexts) await context.close();
  const context = await browser.newContext();
  const link = await world.signInLink(email);
  await context.request.get(link, { maxRedirects: 0 });
  for (const { id } of await (await context.request.get(`${world.url}/api/v1/listenings`)).json()) {
    await context.request.delete(`${world.url}/api/v1/listenings/${id}`, { headers: { origin: world.url } });
  }
  await context.close();
}
