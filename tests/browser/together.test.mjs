// Several tabs of one account, and several people with one list: what they do at once is all kept, everybody ends with the same,
// and nobody is in another's way.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { anotherTab, freshPage, launch, picture } from './kit/browser.mjs';
import { addByKeys, go, inTree, main, make, openList, pause, SEEN_MS, shows, songRow, titles, tree } from './kit/lists.mjs';
import { library } from './kit/place.mjs';
import { openPlayer, running, says, seekTo } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { heard, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
const BERT = 'bert@example.org';
/** What is signed out is silent within this time. */
const ENDS_WITHIN_MS = 5_000;
/** What tabs hold at the portal. */
const HELD = ['iroam_event_listeners', 'iroam_relay_connections', 'iroam_relay_reservations', 'iroam_relay_circuits', 'iroam_listenings_open'];

let world;
let browsers;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL });
  await world.admin('credit', '--email', EMAIL, '--minutes', '30');
  browsers = await Promise.all([launch(), launch()]);
});

after(async () => {
  await Promise.all((browsers ?? []).map((browser) => browser.close()));
  await world?.end();
});

/** The songs of a list as the portal has them. */
async function kept(page, name) {
  const { playlists } = await (await page.request.get(`${world.url}/api/v1/playlists`)).json();
  const { id } = playlists.find((list) => list.name === name);
  const { items } = await (await page.request.get(`${world.url}/api/v1/playlists/${id}`)).json();
  return items.map(({ title }) => title);
}

/** Waits until all pages show the same songs, and the portal has them; answers them. */
async function agreed(pages, name, count) {
  let seen;
  await until('the same songs everywhere', async () => {
    seen = await Promise.all(pages.map(titles));
    return seen.every((one) => one.length === count && one.join() === seen[0].join());
  }, SEEN_MS, 20).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify(seen)}`); });
  assert.deepEqual(await kept(pages[0], name), seen[0]);
  return seen[0];
}

const sounds = (page) => until('sound', async () => (await heard(page)) !== null, 15_000, 100);
const button = (page, name) => page.getByRole('button', { name, exact: true }).first();
const offer = (page) => page.getByRole('region', { name: 'There is a queue to go on with' });
const queue = async (page) => (await page.request.get(`${world.url}/api/v1/queue`)).json();
const tellsPause = (request) => request.url().endsWith('/api/v1/queue') && request.method() === 'PUT' && request.postDataJSON().playing === false;
const paused = (page) => page.evaluate(() => document.querySelector('video, audio')?.paused ?? true);

describe('three tabs in two browsers', () => {
  let one;
  let beside;
  let far;
  let tabs;
  let quiet;

  /** What is held now, of the figures that tabs move. */
  const held = async () => {
    const figures = await world.figures();
    return Object.fromEntries(HELD.map((name) => [name, figures[name]]));
  };

  before(async () => {
    await until('the home alone', async () => {
      quiet = await held();
      return quiet.iroam_relay_connections === 1 && quiet.iroam_relay_circuits === 0;
    });
    one = await openPlayer(browsers[0], world, { email: EMAIL });
    beside = await anotherTab(one.context());
    beside.setDefaultTimeout(15_000);
    await beside.goto(`${world.url}/player/#/songs`);
    far = await openPlayer(browsers[1], world, { email: EMAIL });
    tabs = [one, beside, far];
    for (const tab of tabs) await songRow(tab, 'Tone mp3').waitFor();
  });

  test('put songs into one list at the same time: none is lost, and all show the same within a second', async () => {
    await make(one, 'New playlist', 'Together');
    for (const tab of [beside, far]) await inTree(tab, 'Together').waitFor({ timeout: SEEN_MS });
    const shares = [[one, ['Tone mp3', 'Tone flac']], [beside, ['Tone m4a', 'Tone ogg']], [far, ['Tone opus', 'Tone wav']]];
    await Promise.all(shares.map(async ([tab, songs]) => { for (const song of songs) await addByKeys(tab, song, 'Together'); }));
    await Promise.all(tabs.map((tab) => openList(tab, 'Together')));
    const list = await agreed(tabs, 'Together', 6);
    assert.deepEqual([...list].sort(), shares.flatMap(([, songs]) => songs).sort());
    for (const [, [first, second]] of shares) assert.ok(list.indexOf(first) < list.indexOf(second), 'each one’s songs stay in their order');
  });

  test('move, remove and bring back in it at the same time, and end with the same', async () => {
    const [first, second, third, ...rest] = await titles(one);
    await Promise.all([songRow(one, first).focus(), songRow(beside, second).focus(), songRow(far, rest.at(-1)).focus()]);
    await Promise.all([
      one.keyboard.press('Alt+ArrowDown'),
      beside.keyboard.press('Delete'),
      far.keyboard.press('Alt+ArrowUp'),
    ]);
    const less = await agreed(tabs, 'Together', 5);
    assert.deepEqual([...less].sort(), [first, third, ...rest].sort());
    await Promise.all([
      beside.getByRole('button', { name: 'Undo' }).last().click(),
      songRow(one, third).focus().then(() => one.keyboard.press('Delete')),
    ]);
    const list = await agreed(tabs, 'Together', 5);
    assert.deepEqual([...list].sort(), [first, second, ...rest].sort());
  });

  test('mark songs at the same time, even the same song, and all see the same marks', async () => {
    await Promise.all(tabs.map((tab) => go(tab, 'songs')));
    const hearts = [[one, 'Tone mp3'], [beside, 'Tone flac'], [far, 'Tone ogg']];
    await Promise.all(hearts.map(async ([tab, song]) => {
      await songRow(tab, song).hover();
      await songRow(tab, song).getByRole('button', { name: `Favourite: ${song}` }).click();
    }));
    await Promise.all(tabs.map((tab) => songRow(tab, 'Tone mp3').focus()));
    await Promise.all(tabs.map((tab, i) => tab.keyboard.press(String(i + 2))));
    await Promise.all(tabs.map((tab) => go(tab, 'favourites')));
    const stars = (tab) => main(tab).getByRole('slider', { name: 'Stars for Tone mp3' }).getAttribute('aria-valuenow');
    await until('the same favourites and stars', async () => {
      const seen = await Promise.all(tabs.map(async (tab) => (await titles(tab)).join()));
      const given = await Promise.all(tabs.map(stars));
      return seen.every((titles) => titles === seen[0] && titles.split(',').length === 3) && given.every((each) => each === given[0] && Number(each) >= 2);
    }, SEEN_MS, 20);
    const { marks } = await (await one.request.get(`${world.url}/api/v1/marks`)).json();
    assert.deepEqual(marks.filter(({ favourite }) => favourite).map(({ item }) => item.title).sort(), hearts.map(([, song]) => song).sort());
    assert.equal(String(marks.find(({ stars }) => stars > 0).stars), await stars(far));
  });

  test('one plays, another goes on with it at its place, and then the third: each by its own word', async () => {
    await openList(far, 'Together');
    await main(far).getByRole('button', { name: 'Play Together' }).click();
    await sounds(far);
    await seekTo(far, 12);
    for (const tab of [one, beside]) await offer(tab).getByText(/playing on .+ now/).waitFor();
    assert.deepEqual([await heard(one), await heard(beside)], [null, null], 'nothing starts by itself');
    await until('the place at the portal', async () => (await queue(far)).position_ms > 10_000);
    await offer(one).getByRole('button', { name: 'Continue here' }).click();
    await sounds(one);
    assert.ok((await position(one)) > 10, 'it began anew');
    assert.ok(!(await paused(far)), 'whoever plays is not stopped by that');
    // The last word counts: the pause is told before the other one goes on elsewhere.
    await Promise.all([far.waitForResponse((answer) => tellsPause(answer.request())), pause(far)]);
    await seekTo(one, 30);
    await until('the place of the one that plays', async () => {
      const { playing, position_ms } = await queue(far);
      return playing && position_ms > 25_000;
    }, 20_000);
    await offer(beside).getByText(/at 0:[34]\d/).waitFor({ timeout: 20_000 });
    assert.equal(await offer(one).count(), 0, 'its own queue is not offered to a tab');
    await offer(beside).getByRole('button', { name: 'Continue here' }).click();
    await sounds(beside);
    const began_s = await position(beside);
    assert.ok(began_s > 25, `it began at ${began_s} s`);
    await sounds(one);
    const figures = await held();
    assert.ok(figures.iroam_event_listeners === quiet.iroam_event_listeners + 3 && figures.iroam_relay_circuits === 3, JSON.stringify(figures));
  });

  test('hold the three listenings of the account: a fourth tab is refused with words, and they go on', async () => {
    assert.equal((await running(far, world)).length, 3);
    const fourth = await anotherTab(far.context());
    fourth.setDefaultTimeout(15_000);
    await fourth.goto(`${world.url}/player/#/songs`);
    await fourth.getByRole('button', { name: 'Play Tone opus' }).first().click();
    await says(fourth, /Three players are listening/);
    assert.equal(await fourth.getByRole('button', { name: /^Stop it: / }).count(), 3);
    await Promise.all([sounds(one), sounds(beside)]);
    assert.equal(await heard(fourth), null);
    await fourth.close();
  });

  test('signing out in one ends its browser’s tabs within five seconds, and the other browser plays on', async () => {
    await button(far, 'Play').click();
    await sounds(far);
    await beside.getByRole('button', { name: /Account/ }).first().click();
    await beside.getByRole('menuitem', { name: 'Sign out' }).click();
    const since = Date.now();
    const left = () => Math.max(1, since + ENDS_WITHIN_MS - Date.now());
    await until('silence', () => paused(one), left(), 50);
    await says(one, 'You are signed out', left());
    await beside.waitForURL(`${world.url}/`);
    await until('one listening', async () => (await running(far, world)).length === 1, ENDS_WITHIN_MS);
    await sounds(far);
    assert.equal(await far.getByText('You are signed out').count(), 0);
    await openList(far, 'Together');
    await agreed([far], 'Together', 5);
  });

  test('leave nothing at the portal when they are closed', async () => {
    // What the browser says of a session that ended is no fault of the page.
    const faults = tabs.flatMap(({ troubles }) => troubles).filter((said) => !/Failed to load resource|net::ERR_/.test(said));
    assert.deepEqual(faults, []);
    for (const tab of tabs) await tab.goto('about:blank');
    let now;
    // Before the profiles end: a page's last word is on its way while the page is gone already.
    await until('the quiet of before', async () => {
      now = await held();
      return HELD.every((name) => now[name] === quiet[name]);
    }, 20_000, 200).catch((error) => { throw new Error(`${error.message}: ${JSON.stringify({ quiet, now })}`); });
    await Promise.all([one.context().close(), far.context().close()]);
  });
});

describe('a list of two people', () => {
  let mara;
  let bert;

  before(async () => {
    await world.account(BERT);
    await world.addHome(library('tones'), { email: BERT, name: 'Cellar PC' });
    await world.admin('confirm-email', '--email', EMAIL);
    mara = await openPlayer(browsers[0], world, { email: EMAIL });
    await songRow(mara, 'Tone mp3').waitFor();
    await make(mara, 'New playlist', 'Ours');
    for (const song of ['Tone mp3', 'Tone flac']) await addByKeys(mara, song, 'Ours');
    await openList(mara, 'Ours');
  });

  after(() => Promise.all([mara, bert].map((page) => page?.context().close())));

  const people = async () => {
    await main(mara).getByRole('button', { name: 'Edit together…' }).click();
    return mara.getByRole('dialog');
  };

  test('begins with an invitation by mail, which is taken up on its page', async () => {
    const dialog = await people();
    await dialog.getByLabel('E-mail address').fill(BERT);
    await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
    await dialog.getByText(BERT).waitFor();
    await mara.keyboard.press('Escape');
    bert = await freshPage(browsers[1]);
    bert.setDefaultTimeout(15_000);
    await bert.goto(await world.signInLink(BERT));
    await bert.goto(`${world.url}${await world.mailedPath('playlist-invitation', BERT)}`);
    await bert.getByRole('heading', { level: 1, name: 'mara invites you to “Ours”' }).waitFor();
    await bert.getByText('A playlist with 2 songs').waitFor();
    assert.equal(await main(mara).getByText('edited with bert').count(), 0, 'looking takes nothing up');
    await bert.getByRole('button', { name: 'Share this list' }).click();
    await main(bert).getByRole('heading', { level: 1, name: 'Ours' }).waitFor();
    await main(mara).getByText('edited with bert').waitFor({ timeout: SEEN_MS });
    await shows(bert, ['Tone mp3', 'Tone flac']);
  });

  test('says whose home the songs lie in, and plays nothing from somebody else’s', async () => {
    await main(bert).getByText('2 songs lie in somebody else’s home: only they can play them.').waitFor();
    await songRow(bert, 'Tone mp3').hover();
    await main(bert).getByText('Not playable here: it lies in somebody else’s home').first().waitFor({ state: 'attached' });
    await songRow(bert, 'Tone mp3').dblclick();
    await until('words for it', async () => (await bert.getByText(/somebody else’s home/).filter({ visible: true }).count()) > 0);
    assert.equal(await heard(bert), null);
    assert.deepEqual(await running(bert, world), [], 'a listening was opened for what cannot be played');
    for (const theme of ['light', 'dark']) {
      await bert.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await bert.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
      assert.deepEqual([await findings(bert), await overflow(bert)], [[], 0]);
      await picture(bert, `player-list-of-two-wide-${theme}`);
    }
  });

  test('takes what both do at once, and both see it within a second', async () => {
    await Promise.all([addByKeys(mara, 'Tone wav', 'Ours'), addByKeys(bert, 'Tone opus', 'Ours')]);
    await Promise.all([openList(mara, 'Ours'), openList(bert, 'Ours')]);
    const list = await agreed([mara, bert], 'Ours', 4);
    assert.deepEqual([list.slice(0, 2), [...list.slice(2)].sort()], [['Tone mp3', 'Tone flac'], ['Tone opus', 'Tone wav']]);
    await main(mara).getByText('One song lies in somebody else’s home: only they can play it.').waitFor();
    await main(bert).getByText('3 songs lie in somebody else’s home').waitFor();
    await Promise.all([songRow(mara, 'Tone mp3').focus(), songRow(bert, 'Tone flac').focus()]);
    await Promise.all([mara.keyboard.press('Alt+ArrowDown'), bert.keyboard.press('Delete')]);
    assert.deepEqual([...await agreed([mara, bert], 'Ours', 3)].sort(), ['Tone mp3', 'Tone opus', 'Tone wav']);
    // What is one's own plays, whoever made the list.
    await songRow(bert, 'Tone opus').dblclick();
    await sounds(bert);
    await pause(bert);
  });

  test('calls each by the name they chose, as soon as they choose it', async () => {
    const change = { display_name: 'Mara & Söhne' };
    const answer = await mara.request.patch(`${world.url}/api/v1/me`, { data: change, headers: { origin: world.url } });
    assert.equal(answer.status(), 200, await answer.text());
    await main(bert).getByText('edited with Mara & Söhne').waitFor({ timeout: SEEN_MS });
  });

  test('ends for whoever is taken off: it goes with words, and what was on its way is refused with words', async () => {
    let let_go;
    const held = new Promise((resolve) => { let_go = resolve; });
    await bert.route('**/api/v1/playlists/*/operations', async (route) => {
      await held;
      await route.continue();
    });
    await songRow(bert, 'Tone opus').focus();
    await bert.keyboard.press('Delete');
    await until('the song to be gone here', async () => (await titles(bert)).length === 2, SEEN_MS, 20);
    const dialog = await people();
    await dialog.getByRole('button', { name: 'Remove bert' }).click();
    const since = Date.now();
    await main(bert).getByText('This playlist is gone').waitFor({ timeout: SEEN_MS });
    await main(bert).getByText('It was deleted, or is no longer shared with you.').waitFor();
    await inTree(bert, 'Ours').waitFor({ state: 'detached', timeout: Math.max(1, since + 2 * SEEN_MS - Date.now()) });
    let_go();
    await bert.getByText('Ours was deleted, or is no longer shared with you; 1 change could not be saved.').first().waitFor();
    await tree(bert).getByText(/waiting for the portal/).waitFor({ state: 'detached' });
    await mara.keyboard.press('Escape');
    assert.equal((await titles(mara)).length, 3);
    assert.equal((await kept(mara, 'Ours')).length, 3);
    assert.equal(await main(mara).getByText(/edited with/).count(), 0);
    const faults = [...mara.troubles, ...bert.troubles].filter((said) => !/Failed to load resource/.test(said));
    assert.deepEqual(faults, []);
  });
});
