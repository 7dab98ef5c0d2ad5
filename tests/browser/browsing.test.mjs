// A library as real ones are, 1,000 and more files with odd names and tags: seen while it is read, scrolled, searched, sorted,
// played.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { launch } from './kit/browser.mjs';
import { library, targetDir } from './kit/place.mjs';
import { openPlayer } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { heard, hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const run = promisify(execFile);
/** Copies of the large library: some seconds of reading on an idle machine, which reads 10,000 files in one. */
const COPIES = 24;
const EMAIL = 'mara@example.org';
/** The most row nodes that a long list may have in the document. */
const ROWS_MAX = 100;

let folder;
let world;
let browser;
let page;
let tracks;

before(async () => {
  // Beside the libraries, so that links to them can be made.
  folder = await mkdtemp(`${targetDir}/media/browsing-`);
  world = await World.start();
  await world.account(EMAIL);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await world?.end();
  await rm(folder, { recursive: true, force: true });
});

const main = () => page.getByRole('main');
const rows = () => main().locator('[role=row][data-row]');
const row = (n) => main().locator(`[role=row][data-row="${n}"]`);
const title = async (n) => (await row(n).getByRole('gridcell').nth(1).innerText()).trim();
const go = (view) => page.evaluate((hash) => { location.hash = hash; }, `#/${view}`);
const rowCount = async () => Number(await main().getByRole('grid').getAttribute('aria-rowcount'));
const nowPlaying = (words) => page.getByRole('contentinfo', { name: 'Player' }).getByText(words).first();
const search = () => page.getByRole('searchbox', { name: 'Search your library' });
const sounds = () => until('sound', async () => (await heard(page)) !== null);
const paused = () => page.evaluate(() => document.querySelector('video, audio').paused);

test('the library is seen, and grows, while it is still being read', async () => {
  const music = `${folder}/music`;
  await mkdir(music);
  await world.startAgent({ libraries: [music, library('tones')] });
  page = await openPlayer(browser, world, { view: 'songs' });
  await page.getByText(/is not connected yet/).waitFor();
  await world.approve(EMAIL);
  await row(0).waitFor();
  const few = await rowCount();
  // A folder that comes in one go, as a drive that is plugged in.
  await many(`${folder}/coming`);
  await rename(`${folder}/coming`, `${music}/come`);
  await page.waitForFunction((few) => {
    const reading = /Reading your library: [\d,]+ of [\d,]+ files/.test(document.querySelector('main').innerText);
    return reading && Number(document.querySelector('main [role=grid]').getAttribute('aria-rowcount')) > few;
  }, few, { polling: 'raf', timeout: 30_000 });
  await page.getByText(/Reading your library/).waitFor({ state: 'detached', timeout: 60_000 });
  tracks = (await world.scanned()).counts.tracks;
  await until(`every one of ${tracks} songs in the list`, async () => (await rowCount()) === tracks + 1);
});

/** The large library several times over, as links: enough to be seen while it is read. */
async function many(target) {
  await mkdir(target);
  for (let n = 0; n < COPIES; n += 1) await run('cp', ['--archive', '--link', library('large'), `${target}/${n}`]);
}

describe('the list of songs', () => {
  test('has few rows in the document and says how many there are', async () => {
    assert.ok(tracks > 6_000, `${tracks} tracks`);
    assert.ok((await rows().count()) <= ROWS_MAX);
  });

  test('scrolls to its last row, by wheel and by key', async () => {
    await row(0).waitFor();
    await main().locator('[data-scroller]').evaluate((view) => view.scrollTo(0, view.scrollHeight));
    await row(tracks - 1).getByRole('gridcell').nth(1).waitFor();
    await until('the words of the last row', async () => (await title(tracks - 1)) !== '');
    assert.ok((await rows().count()) <= ROWS_MAX);
    assert.equal(await row(tracks - 1).getAttribute('aria-rowindex'), String(tracks + 1));
    await row(tracks - 1).focus();
    await page.keyboard.press('Home');
    await until('the first row to have the focus', () => row(0).evaluate((node) => node === document.activeElement));
    await page.keyboard.press('End');
    await until('the last row to have the focus', () => row(tracks - 1).evaluate((node) => node === document.activeElement));
    await page.keyboard.press('Home');
  });

  test('sorts by a click on a head, and the other way round by a second one', async () => {
    const head = main().getByRole('columnheader', { name: 'Title' });
    await head.getByRole('button').click();
    await until('the sort to be told', async () => (await head.getAttribute('aria-sort')) === 'ascending');
    await until('the first row', async () => (await row(0).count()) > 0 && (await title(0)) !== '');
    const first = await title(0);
    await head.getByRole('button').click();
    await until('the other order', async () => (await head.getAttribute('aria-sort')) === 'descending' && (await title(0)) !== first);
    await main().locator('[data-scroller]').evaluate((view) => view.scrollTo(0, view.scrollHeight));
    await until('the first title at the end', async () => (await row(tracks - 1).count()) > 0 && (await title(tracks - 1)) === first);
    await head.getByRole('button').click();
  });

  test('shows odd titles as they are and runs none of them', async () => {
    await search().fill('onerror');
    await main().getByText('<img src=x onerror=alert(1)>').first().waitFor();
    assert.equal(await page.evaluate(() => document.querySelectorAll('img[src="x"], main script').length), 0);
    await search().fill('日本語の曲');
    await main().getByText('Odd 日本語の曲').first().waitFor();
  });
});

describe('search as one types', () => {
  test('folds accents and takes the first letters of each word', async () => {
    await page.keyboard.press('Escape');
    await go('albums');
    await main().getByRole('heading', { name: 'Albums', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await until('the field to have the focus', () => search().evaluate((node) => node === document.activeElement));
    await page.keyboard.type('elan har');
    await main().getByRole('link', { name: /Élan Harbour/ }).first().waitFor();
    await search().fill('strasse');
    await main().getByText(/Straße/).first().waitFor();
    await search().fill('fusse und arger');
    await main().getByText('Odd Füße und Ärger').first().waitFor();
  });

  test('says so when nothing is found', async () => {
    await search().fill('qqqqxyz');
    await main().getByText('Nothing found for “qqqqxyz”').waitFor();
  });
});

describe('playing from it', () => {
  test('an album plays from its page', async () => {
    await search().fill('known freq');
    await main().getByRole('link', { name: /Known Frequencies/ }).first().click();
    await main().getByRole('button', { name: 'Play album' }).click();
    await hears(page, 440);
    await nowPlaying('Tone mp3').waitFor();
  });

  test('the queue takes a song next, moves it, gives it up and takes it back', async () => {
    const queue = page.getByRole('complementary', { name: 'Queue' });
    const entry = (n) => queue.locator(`[data-row="${n}"]`);
    const order = async () => (await queue.locator('[data-row] .name').allInnerTexts()).slice(0, 4).map((name) => name.replace('Tone ', ''));
    const becomes = (wanted) => until(`the queue ${wanted}`, async () => (await order()).join(' ') === wanted).catch(async () => assert.equal((await order()).join(' '), wanted));
    await page.getByRole('button', { name: 'Queue', exact: true }).click();
    await becomes('mp3 flac m4a opus');
    await main().getByRole('row', { name: /Tone opus/ }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Play next' }).click();
    await becomes('mp3 opus flac m4a');
    await entry(1).hover();
    await queue.getByRole('button', { name: 'Move Tone flac up' }).focus();
    await page.keyboard.press('Enter');
    await becomes('mp3 flac opus m4a');
    await entry(2).hover();
    await queue.getByRole('button', { name: 'Remove Tone opus from the queue' }).first().click();
    await becomes('mp3 flac m4a opus');
    await queue.getByRole('button', { name: 'Undo' }).click();
    await becomes('mp3 flac opus m4a');
    await entry(2).getByRole('button', { name: /^Play Tone opus/ }).click();
    await hears(page, 784);
    await page.getByRole('button', { name: 'Queue', exact: true }).click();
  });

  test('the keyboard alone does it: Space, arrows, the sheet of keys', async () => {
    await main().getByRole('heading', { level: 1 }).focus();
    await page.keyboard.press('Space');
    await until('silence', paused);
    await page.keyboard.press('Space');
    await hears(page, 784);
    const before_s = await position(page);
    await page.keyboard.press('Shift+ArrowRight');
    await until('ten seconds ahead', async () => (await position(page)) > before_s + 8);
    await page.keyboard.press('ArrowRight');
    await hears(page, 659);
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Play or pause').waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  });

  test('a video is shown beside its sound, and can be made large', async () => {
    await go('videos');
    await main().getByRole('row', { name: /Tone video/ }).dblclick();
    await hears(page, 988);
    const stage = page.getByRole('region', { name: 'Video' });
    const width = async () => (await stage.boundingBox())?.width ?? 0;
    await until('a picture', () => page.evaluate(() => document.querySelector('video').videoWidth > 0));
    assert.ok((await width()) > 100, 'the picture is not seen');
    await stage.hover();
    const large = stage.getByRole('button', { name: 'Shrink the video' });
    if ((await large.count()) > 0) await large.click();
    const small = await width();
    await stage.hover();
    await stage.getByRole('button', { name: 'Enlarge the video' }).click();
    await until('a larger picture', async () => (await width()) > small);
    await stage.hover();
    await large.click();
  });

  test('songs of a second each follow one another', async () => {
    await search().fill('volume 4');
    await main().getByRole('link', { name: /Volume 4/ }).first().click();
    await main().getByRole('button', { name: 'Play album' }).click();
    await sounds();
    const heading = await main().getByRole('heading', { level: 1 }).innerText();
    assert.match(heading, /^Volume 4/);
    const first = await page.evaluate(() => document.querySelector('video').currentSrc);
    await until('the next song', () => page.evaluate((src) => { const now = document.querySelector('video'); return now.currentSrc !== src && now.currentTime > 0; }, first));
  });

  test('nothing went wrong on the page', () => assert.deepEqual(page.troubles, []));
});
