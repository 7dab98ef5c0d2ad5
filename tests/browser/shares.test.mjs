// Music is shared with friends: each hears it in a browser of their own, without an account, exactly it, until it is taken
// back.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { freshPage, launch, picture, SIZES } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { charges, clear, openPlayer, running } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { heard, hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
const FRIEND = 'friend@example.org';
const ALBUM = 'Known Frequencies';
const MP3 = { title: 'Tone mp3', hz: 440 };
const FLAC = { title: 'Tone flac', hz: 554 };
const WAV = { title: 'Tone wav', hz: 932 };
/** A revocation is heard within this time. */
const REVOKED_MS = 5_000;
/** One song may play out so long when the time of its link is over. */
const PLAY_OUT_S = 600;
/** A page that plays asks the portal so often, and room for a busy machine. */
const BEATS_MS = 25_000;
/** How often a waiting page looks again, and room for a busy machine. */
const LOOKS_AGAIN_MS = 40_000;

let world;
let browser;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL });
  await world.admin('credit', '--email', EMAIL, '--minutes', '30');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

afterEach(() => clear(browser, world, EMAIL));

const says = (page, words, ms = 15_000) => page.getByText(words).filter({ visible: true }).first().waitFor({ timeout: ms });
const button = (page, name) => page.getByRole('button', { name, exact: true }).first();
const heardFor = (page, seconds) => until(`${seconds} s of music`, async () => (await position(page)) > seconds, 20_000);

/** The newest mail to somebody that says so much. */
const mailTo = (to, pattern) =>
  until(`a mail to ${to} with ${pattern}`, async () => (await world.mails(to)).map(({ text }) => text.match(pattern)).find(Boolean));

/** The share dialog of the album. */
async function shareAlbum(page) {
  await page.goto(`${world.url}/player/#/search?q=known`);
  await page.getByRole('link', { name: new RegExp(ALBUM) }).first().click();
  await button(page, 'Share…').click();
}

/** The share dialog of a song, from its menu. */
const shareSong = (title) => async (page) => {
  await page.goto(`${world.url}/player/#/songs`);
  await page.getByRole('row', { name: new RegExp(title) }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Share…' }).click();
};

/** Shares as a person does; answers the links. */
async function share(page, open, { to = [], note = '', plays, atOnce } = {}) {
  await open(page);
  const dialog = page.getByRole('dialog');
  if (to.length > 0) await dialog.getByLabel('To', { exact: true }).fill(to.join(', '));
  await dialog.getByLabel('Note').fill(note);
  if (plays !== undefined) await dialog.getByLabel('Plays').fill(String(plays));
  if (atOnce !== undefined) await dialog.getByLabel('At the same time').fill(String(atOnce));
  await dialog.getByRole('button', { name: to.length > 0 ? /^Send to/ : 'Make a link' }).click();
  await says(page, /shown only in this window/);
  const links = await dialog.locator('input[readonly]').evaluateAll((fields) => fields.map(({ value }) => value));
  await dialog.getByRole('button', { name: 'Done' }).click();
  return links;
}

/** The page of a link in a browser of its own. */
async function visit(link, looks) {
  const page = await freshPage(browser, looks);
  page.setDefaultTimeout(15_000);
  await page.goto(link);
  return page;
}

const isGone = (page) => page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();

test('before the address is confirmed nothing is shared', async () => {
  const page = await openPlayer(browser, world);
  await shareSong(MP3.title)(page);
  await says(page, 'Confirm your e-mail address first');
  await button(page, 'I have confirmed it').click();
  await says(page, /not confirmed yet/);
  await world.admin('confirm-email', '--email', EMAIL);
  await button(page, 'I have confirmed it').click();
  await button(page, 'Make a link').waitFor();
});

describe('a friend', () => {
  test('hears the album of a link, song by song, and learns nothing of the home', async () => {
    const [link] = await share(await openPlayer(browser, world), shareAlbum, { note: 'The second one is for you.' });
    const friend = await visit(link);
    await friend.getByRole('heading', { level: 1, name: ALBUM }).waitFor();
    await says(friend, /shares an album with you/);
    await says(friend, 'The second one is for you.');
    assert.equal(await friend.getByRole('list', { name: 'What is in it' }).getByRole('listitem').count(), 7);
    await button(friend, 'Play').click();
    await hears(friend, MP3.hz);
    await button(friend, 'Next').click();
    await hears(friend, FLAC.hz);
    await button(friend, `Play ${WAV.title}`).click();
    await hears(friend, WAV.hz);
    assert.ok(!(await friend.content()).includes('Attic'), 'the page names the home');
    assert.deepEqual(await friend.context().cookies(), []);
    assert.deepEqual(friend.troubles, []);
  });

  test('keeps the link over a reload, and its secret out of the address', async () => {
    const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title));
    const friend = await visit(link);
    await button(friend, 'Play').waitFor();
    assert.equal(friend.url(), link.split('#')[0]);
    await friend.reload();
    await button(friend, 'Play').click();
    await hears(friend, MP3.hz);
    const bare = await visit(link.split('#')[0]);
    await isGone(bare);
  });

  test('reaches the one song of a link, and nothing else of the home', async () => {
    const sender = await openPlayer(browser, world);
    const [link] = await share(sender, shareSong(FLAC.title));
    const { home, other } = await sender.evaluate(async () => {
      const { homes } = await (await fetch('/api/v1/me')).json();
      const { items } = await (await fetch(`/home/${homes[0].id}/v1/tracks?limit=100`)).json();
      return { home: homes[0].id, other: items.find(({ title }) => title === 'Tone mp3').id };
    });
    const friend = await visit(link);
    await button(friend, 'Play').click();
    await hears(friend, FLAC.hz);
    const asked = await friend.evaluate(async ([id, track]) => {
      const ask = async (path) => (await fetch(`/home/${id}/v1/${path}`)).status;
      return [await ask(`media/${track}`), await ask('tracks?limit=10'), await ask('status'), await ask('search?q=tone&limit=5')];
    }, [home, other]);
    assert.deepEqual(asked, [403, 403, 403, 403]);
    await hears(friend, FLAC.hz);
  });

  test('is invited by mail; a mail scanner that opens the link uses nothing up', async () => {
    const sender = await openPlayer(browser, world);
    await share(sender, shareAlbum, { to: [FRIEND], note: 'Play it loud', plays: 1 });
    const [link] = await mailTo(FRIEND, /http\S+\/s\/\S+#\S+/);
    await mailTo(FRIEND, /Play it loud/);
    const scanner = await visit(link);
    await button(scanner, 'Play').waitFor();
    await scanner.context().close();
    const friend = await visit(link);
    await button(friend, 'Play').click();
    await hears(friend, MP3.hz);
  });

  test('may tell the operator of abuse', async () => {
    const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title));
    const friend = await visit(link);
    await button(friend, 'Report abuse').click();
    await friend.getByLabel('What is wrong').fill('It came as spam.');
    await button(friend, 'Send the report').click();
    await says(friend, /looks at it/);
    assert.match(await world.admin('reports'), /It came as spam\./);
  });
});

describe('the sender', () => {
  test('sees who listens, takes the link back, and within five seconds it is silent', async () => {
    const sender = await openPlayer(browser, world);
    const [link] = await share(sender, shareSong(WAV.title));
    const friend = await visit(link);
    await button(friend, 'Play').click();
    await hears(friend, WAV.hz);
    await heardFor(friend, 4);
    await sender.goto(`${world.url}/player/#/shared`);
    await says(sender, 'listening now', LOOKS_AGAIN_MS);
    await button(sender, `Revoke “${WAV.title}” for Anyone with the link`).click();
    await sender.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    const since = Date.now();
    await until('silence', async () => (await heard(friend)) === null, REVOKED_MS, 100);
    await friend.getByRole('heading', { name: 'This link does not work any more' }).waitFor({ timeout: Math.max(1, since + REVOKED_MS - Date.now()) });
    await says(sender, 'revoked');
    await isGone(await visit(link));
  });

  test('lets only so many listen at once: the next one waits, and plays when there is room', async () => {
    const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title), { atOnce: 1 });
    const first = await visit(link);
    await button(first, 'Play').click();
    await hears(first, MP3.hz);
    const second = await visit(link);
    await says(second, 'Others are listening with this link');
    await first.goto('about:blank');
    await button(second, 'Play').waitFor({ timeout: LOOKS_AGAIN_MS });
    await button(second, 'Play').click();
    await hears(second, MP3.hz);
  });

  test('gives so many plays: whoever has begun the last one hears it to its end, the next one finds the link gone', async () => {
    const sender = await openPlayer(browser, world);
    const [link] = await share(sender, shareSong(FLAC.title), { plays: 1 });
    const friend = await visit(link);
    await button(friend, 'Play').click();
    await hears(friend, FLAC.hz);
    await heardFor(friend, 4);
    // A pause is told to the portal at once, and with it what was heard.
    await button(friend, 'Pause').click();
    await until('the play to count', async () => {
      const late = await visit(link);
      const gone = await isGone(late).then(() => true, () => false);
      await late.context().close();
      return gone;
    }, 30_000);
    await button(friend, 'Play').click();
    await hears(friend, FLAC.hz);
    await sender.goto(`${world.url}/player/#/shared`);
    await says(sender, '1 of 1 play');
    await says(sender, 'used up');
  });
});

test('a home that is off: the page says since when, tells by mail when it is back, and goes on by itself', async () => {
  const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title));
  await world.agent.stop();
  const friend = await visit(link);
  await says(friend, 'The music is asleep');
  await says(friend, /It was last awake/);
  await friend.getByLabel('Tell me when it is back').fill(FRIEND);
  await button(friend, 'Tell me').click();
  await says(friend, /You will get one mail/);
  assert.ok(!(await friend.content()).includes('Attic'), 'the page names the home');
  await world.restartAgent();
  await button(friend, 'Play').waitFor({ timeout: LOOKS_AGAIN_MS });
  await button(friend, 'Play').click();
  await hears(friend, MP3.hz);
  await until('the mail that it is back', async () => (await world.mails(FRIEND)).some(({ kind }) => kind === 'home-is-back'), LOOKS_AGAIN_MS);
});

describe('where the page cannot play', () => {
  test('a network that lets no WebSocket through is named', async () => {
    const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title));
    const friend = await freshPage(browser);
    await friend.routeWebSocket(/.*/, (socket) => socket.close());
    await friend.goto(link);
    await says(friend, 'This network blocks the connection', 30_000);
    await says(friend, MP3.title);
  });

  test('a browser without service workers is told which one to take', async () => {
    const [link] = await share(await openPlayer(browser, world), shareSong(MP3.title));
    const friend = await freshPage(browser);
    await friend.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
    await friend.goto(link);
    await says(friend, 'This browser does not let the page play');
  });
});

test('a sender who opens the own link hears it beside the player, each through its own page', async () => {
  const sender = await openPlayer(browser, world);
  const [link] = await share(sender, shareSong(FLAC.title));
  await sender.goto(`${world.url}/player/#/songs`);
  await sender.getByRole('button', { name: `Play ${MP3.title}` }).first().click();
  await hears(sender, MP3.hz);
  const own = await sender.context().newPage();
  await own.goto(link);
  await button(own, 'Play').click();
  await hears(own, FLAC.hz);
  await hears(sender, MP3.hz);
});

test('links that never were, with a wrong secret, or taken back look alike', async () => {
  const sender = await openPlayer(browser, world);
  const [link] = await share(sender, shareSong(MP3.title));
  const secret = link.split('#')[1];
  const links = [`${world.url}/s/AAAAAAAAAAAAAAAAAAAAAA#${secret}`, `${link.slice(0, -4)}AAAA`, `${world.url}/s/AAAAAAAAAAAAAAAAAAAAAA`];
  const texts = [];
  for (const dead of links) {
    const page = await visit(dead);
    await isGone(page);
    texts.push(await page.locator('body').innerText());
    await page.context().close();
  }
  assert.equal(new Set(texts).size, 1);
});

for (const size of Object.keys(SIZES)) {
  test(`the pages of sharing are right at ${size}`, async () => {
    const sender = await openPlayer(browser, world, { size });
    await shareAlbum(sender);
    await button(sender, 'Make a link').waitFor();
    await look(sender, 'share-dialog', size);
    await button(sender, 'Make a link').click();
    await says(sender, /shown only in this window/);
    await look(sender, 'share-links', size);
    const link = await sender.getByRole('dialog').locator('input[readonly]').inputValue();
    await button(sender, 'All shared links').click();
    await sender.getByRole('heading', { level: 1, name: 'Shared' }).waitFor();
    await button(sender, `Revoke “${ALBUM}” for Anyone with the link`).waitFor();
    await look(sender, 'shared', size);
    const friend = await visit(link, { size });
    await button(friend, 'Play').click();
    await hears(friend, MP3.hz);
    await button(friend, 'Pause').click();
    await friend.waitForFunction(() => [...document.querySelectorAll('img')].every((img) => img.complete && img.naturalWidth > 0));
    await look(friend, 'share-page', size);
    assert.deepEqual([...sender.troubles, ...friend.troubles], []);
  });
}

/** Looks at the page as it is in both themes. */
async function look(page, name, size) {
  const wrong = [];
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
    wrong.push(...(await findings(page)).map((finding) => `${theme}: ${finding}`));
    const px = await overflow(page);
    if (px > 0) wrong.push(`${theme}: ${px} px wider than the window`);
    await picture(page, `${name}-${size}-${theme}`);
  }
  assert.deepEqual(wrong, []);
}

test('a sender without minutes: the page says so without amounts, and plays once there are some', async () => {
  const sender = await openPlayer(browser, world);
  const [link] = await share(sender, shareSong(MP3.title));
  await spendAll(sender);
  const friend = await visit(link);
  await says(friend, 'This cannot be played right now');
  assert.ok(!/€|\d+ min|EUR/.test(await friend.getByRole('region', { name: 'This cannot be played right now' }).innerText()), 'an amount is told');
  await world.admin('credit', '--email', EMAIL, '--minutes', '5');
  await button(friend, 'Try again').click();
  await button(friend, 'Play').click();
  await hears(friend, MP3.hz);
});

test('the time of a link ends in mid-song: the song plays on, nobody else comes in, and at the end of its respite it is silent and the page says why', async () => {
  const [link] = await share(await openPlayer(browser, world), shareAlbum);
  const friend = await visit(link);
  await button(friend, `Play ${WAV.title}`).click();
  await hears(friend, WAV.hz);
  await heardFor(friend, 4);
  await world.endLinks(1);
  await isGone(await visit(link));
  await button(friend, 'Pause').click();
  await button(friend, 'Play').click();
  await hears(friend, WAV.hz);
  await world.endLinks(PLAY_OUT_S);
  const since = Date.now();
  await until('silence', async () => (await heard(friend)) === null, BEATS_MS, 100);
  await friend.getByRole('heading', { name: 'This link does not work any more' }).waitFor({ timeout: Math.max(1, since + BEATS_MS - Date.now()) });
  await says(friend, /its time or its plays may be over/);
  const sender = await openPlayer(browser, world);
  await until('the listening to end', async () => (await world.figures()).iroam_listenings_open === 0);
  await sender.goto(`${world.url}/player/#/shared`);
  await says(sender, 'expired');
});

test('the sender’s last minute ends while a friend listens: what is paid plays, then it is silent, and the page says why without amounts', async () => {
  const sender = await openPlayer(browser, world);
  const [link] = await share(sender, shareAlbum);
  await spendAll(sender);
  await world.admin('credit', '--email', EMAIL, '--minutes', '1');
  const paid = (await charges(sender, world)).length;
  const friend = await visit(link);
  await button(friend, 'Play').click();
  await hears(friend, MP3.hz);
  // Listened to faster, a minute of music is over sooner.
  await friend.evaluate(() => { document.querySelector('video, audio').playbackRate = 2.5; });
  await says(friend, 'This cannot be played right now', 60_000);
  await until('silence', async () => (await heard(friend)) === null, 5_000, 100);
  const words = await friend.locator('body').innerText();
  assert.ok(!/€|\d+ min|EUR|balance/.test(words), `an amount is told: ${words}`);
  assert.equal((await charges(sender, world)).length, paid + 1, 'the one minute was charged, and no other');
  assert.equal((await (await sender.request.get(`${world.url}/api/v1/wallet`)).json()).balance_ms, 0);
  await world.admin('credit', '--email', EMAIL, '--minutes', '5');
  await button(friend, 'Try again').click();
  await button(friend, `Play ${FLAC.title}`).click();
  await hears(friend, FLAC.hz);
});

/** Uses up the balance as players of the account would: each opens a listening and hears the four seconds that cost a minute. */
async function spendAll(page) {
  const { homes } = await (await page.request.get(`${world.url}/api/v1/me`)).json();
  const opened = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().endsWith('/api/v1/listenings'));
  await page.getByRole('button', { name: `Play ${MP3.title}` }).first().click();
  const { player_peer } = (await opened).request().postDataJSON();
  await page.goto('about:blank');
  await until('no listening', async () => (await running(page, world)).length === 0);
  const post = async (path, data) => {
    const answer = await page.request.post(`${world.url}/api/v1/listenings${path}`, { data, headers: { origin: world.url } });
    if (answer.status() === 402) return null;
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? {} : answer.json();
  };
  for (let n = 0; ; n += 1) {
    assert.ok(n < 50, 'forty minutes were there to start with');
    const opened = await post('', { home: homes[0].id, player_peer, idempotency_key: crypto.randomUUID() });
    if (opened === null) return;
    const { id } = opened;
    await post(`/${id}/heartbeat`, { seq: 1, played_ms: 4_000, buffered_ms: 0, playing: true, path_report: null });
    await post(`/${id}/close`, { played_ms: 4_000 });
  }
}
