// Every page in both themes at both sizes: nothing that axe finds, nothing that does not fit, a picture of each to look at.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { freshPage, launch, picture, SIZES } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { openPlayer } from './kit/player.mjs';
import { serveStories } from './kit/stories.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
const THEMES = ['light', 'dark'];
const SIZE_NAMES = Object.keys(SIZES);

let world;
let browser;
let code;

before(async () => {
  world = await World.start();
  await world.account(EMAIL);
  browser = await launch();
  await world.startAgent({ libraries: [library('tones'), library('large')] });
  code = await world.code();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

/** Looks at the page as it is in both themes. */
async function look(page, name, size) {
  const wrong = [];
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
    wrong.push(...(await findings(page)).map((finding) => `${theme}: ${finding}`));
    const px = await overflow(page);
    if (px > 0) wrong.push(`${theme}: ${px} px wider than the window`);
    await picture(page, `${name}-${size}-${theme}`);
  }
  assert.deepEqual(wrong, []);
}

async function visit(page, path, heading) {
  await page.goto(`${world.url}${path}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

for (const size of SIZE_NAMES) {
  describe(`the portal at ${size}`, () => {
    const strangers = { landing: ['/', /heard anywhere/], 'sign-up': ['/sign-up', 'Sign up'], 'sign-in': ['/sign-in', 'Sign in'], download: ['/download', 'Install at home'], 'not-found': ['/no-such-page', /./], forgot: ['/forgot', 'Choose a new password'], 'reset-gone': ['/reset/no-such-link', 'This link works no more'], 'confirm-gone': ['/confirm/no-such-link', 'This link works no more'], 'sign-in-qr': ['/sign-in/qr?look=still', 'Sign in with another device'] };
    let page;
    before(async () => { page = await freshPage(browser, { size }); });
    after(() => page?.context().close());

    for (const [name, [path, heading]] of Object.entries(strangers)) {
      test(`${name} is right for a stranger`, async () => {
        await visit(page, path, heading);
        await look(page, name, size);
      });
    }

    test('a wrong password is said at the form', async () => {
      await visit(page, '/sign-in', 'Sign in');
      await page.getByLabel('E-mail address').fill('nobody@example.org');
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('[role=alert], [aria-invalid=true]').first().waitFor();
      await look(page, 'sign-in-wrong', size);
    });

    test('the owner sees account, homes, minutes and the code page', async () => {
      await page.goto(await world.signInLink());
      for (const [name, path, heading] of [['account', '/account', 'Account'], ['account-homes', '/account/homes', 'Account'], ['account-minutes', '/account/minutes', 'Account'], ['account-sessions', '/account/sessions', 'Account'], ['account-settings', '/account/settings', 'Account'], ['approve-code', '/approve', 'Sign in another device'], ['device-code', '/device', 'Add a home']]) {
        await visit(page, path, heading);
        await look(page, name, size);
      }
    });

    test('the operator sees the outbox, and a stranger how to become the operator', async () => {
      await visit(page, '/operator/outbox', /not allowed/);
      await look(page, 'operator-stranger', size);
      await page.goto(await world.operatorLink());
      await page.getByRole('heading', { level: 1, name: 'Operator' }).waitFor();
      await look(page, 'operator-outbox', size);
    });

    test('the approval shows who asks', async () => {
      await visit(page, `/device?code=${code}`, 'Is this your home?');
      await look(page, 'device-approve', size);
    });

    test('a forgotten password and an address to confirm lead through their pages', async () => {
      const email = `${size}@example.org`;
      await world.account(email);
      const stranger = await freshPage(browser, { size });
      await visit(stranger, '/forgot', 'Choose a new password');
      await stranger.getByLabel('E-mail address').fill(email);
      await stranger.getByRole('button', { name: 'Send the link' }).click();
      await stranger.getByRole('heading', { name: 'Look into your mail' }).waitFor();
      await look(stranger, 'forgot-done', size);
      await visit(stranger, await world.mailedPath('reset', email), 'Choose a new password');
      await look(stranger, 'reset', size);
      await stranger.getByLabel('New password').fill(world.password);
      await stranger.getByRole('button', { name: 'Save it' }).click();
      await stranger.getByText('Your new password is in force').waitFor();
      await look(stranger, 'sign-in-after-reset', size);
      await stranger.goto(await world.signInLink(email));
      await visit(stranger, '/account', 'Account');
      await stranger.getByRole('button', { name: 'Send me the link' }).click();
      await stranger.getByText('The mail is on its way').waitFor();
      await look(stranger, 'account-confirm-sent', size);
      await visit(stranger, await world.mailedPath('confirm', email), 'Confirm your address');
      await look(stranger, 'confirm', size);
      await stranger.getByRole('button', { name: 'Yes, confirm it' }).click();
      await stranger.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
      await look(stranger, 'confirm-done', size);
      await stranger.context().close();
    });

    test('a device that asks to be let in is shown, refused, and told so', async () => {
      const device = await freshPage(browser, { size });
      await visit(device, '/sign-in/qr', 'Sign in with another device');
      const shown = await device.locator('.code-shown').textContent();
      await visit(page, `/approve?code=${shown}`, 'Is this your device?');
      await look(page, 'approve', size);
      await page.getByRole('button', { name: 'No, refuse it' }).click();
      await page.getByRole('heading', { name: 'Refused' }).waitFor();
      await look(page, 'approve-refused', size);
      await device.getByRole('heading', { name: 'Refused' }).waitFor();
      await look(device, 'sign-in-qr-refused', size);
      await device.context().close();
    });

    test('an invitation to a playlist, and the way to get no more of them', async () => {
      const guest = `guest-${size}@example.org`;
      await world.account(guest);
      await world.admin('confirm-email', '--email', EMAIL);
      const list = `01a1fddf-4862-7000-8000-00000000000${SIZE_NAMES.indexOf(size)}`;
      const headers = { origin: world.url };
      const made = await page.request.post(`${world.url}/api/v1/playlists`, { data: { id: list, name: 'For long evenings by the open window', kind: 'list' }, headers });
      assert.equal(made.status(), 201, await made.text());
      const asked = await page.request.post(`${world.url}/api/v1/playlists/${list}/invitations`, { data: { email: guest }, headers });
      assert.equal(asked.status(), 202, await asked.text());
      const stranger = await freshPage(browser, { size });
      await stranger.goto(await world.signInLink(guest));
      await visit(stranger, await world.mailedPath('playlist-invitation', guest), /invites you to/);
      await look(stranger, 'invite', size);
      await visit(stranger, '/invite/no-such-link', 'This invitation works no more');
      await look(stranger, 'invite-gone', size);
      const [mail] = await world.mails(guest);
      await visit(stranger, mail.text.match(/\/opt-out\/\S+/)[0], 'Get no more invitations?');
      await look(stranger, 'opt-out', size);
      await stranger.getByRole('button', { name: 'No more invitations' }).click();
      await stranger.getByRole('heading', { name: 'No more invitations' }).waitFor();
      await look(stranger, 'opt-out-done', size);
      await visit(stranger, '/one-time/no-such-link', /./);
      await look(stranger, 'one-time-gone', size);
      await stranger.context().close();
    });

    test('a second device is let in, and a home is added or refused', async () => {
      const device = await freshPage(browser, { size });
      await visit(device, '/sign-in/qr', 'Sign in with another device');
      await look(device, 'sign-in-qr-waiting', size);
      const owner = await freshPage(browser, { size });
      const email = `owner-${size}@example.org`;
      await world.account(email);
      await owner.goto(await world.signInLink(email));
      await visit(owner, `/approve?code=${await device.locator('.code-shown').textContent()}`, 'Is this your device?');
      await owner.getByRole('button', { name: 'Yes, sign it in' }).click();
      await owner.getByRole('heading', { name: /is signed in$/ }).waitFor();
      await look(owner, 'approve-done', size);
      await visit(owner, '/approve?code=BBBB-BBBB', 'Sign in another device');
      await look(owner, 'approve-code-wrong', size);
      for (const [button, heading, name] of [[/^No/, 'Refused', 'device-refused'], [/yes, add/i, /is yours$/, 'device-added']]) {
        const { code, words } = await world.askingHome({ libraries: [library('tones')], name: 'Cellar PC' });
        await visit(owner, `/device?code=${code}`, 'Is this your home?');
        await owner.getByRole('radio', { name: words }).check({ force: true });
        await owner.getByRole('button', { name: button }).click();
        await owner.getByRole('heading', { level: 1, name: heading }).waitFor();
        await look(owner, name, size);
      }
      await visit(owner, '/device?code=BBBB-BBBB', 'Add a home');
      await look(owner, 'device-code-wrong', size);
      await Promise.all([device.context().close(), owner.context().close()]);
    });

    test('the operator reads the mails that wait', async () => {
      await page.request.post(`${world.url}/forgot`, { form: { email: EMAIL }, headers: { origin: world.url } });
      await world.mailedPath('reset', EMAIL);
      const operator = await freshPage(browser, { size });
      await operator.goto(await world.operatorLink());
      await operator.getByRole('row').nth(1).waitFor();
      await look(operator, 'operator-outbox-mails', size);
      await operator.getByRole('row', { name: EMAIL }).first().getByRole('link').click();
      await operator.getByRole('heading', { level: 3 }).waitFor();
      await look(operator, 'operator-mail', size);
      await operator.goBack();
      await operator.getByRole('row', { name: 'guest-' }).first().getByRole('link').click();
      await operator.getByText('What it said is forgotten').waitFor();
      await look(operator, 'operator-mail-forgotten', size);
      await operator.getByRole('link', { name: 'Reports' }).click();
      await operator.getByText('Nobody complained.').waitFor();
      await look(operator, 'operator-reports-none', size);
      await visit(operator, '/operator/enter/no-such-link', 'This link works no more');
      await look(operator, 'operator-link-used', size);
      await operator.context().close();
    });

    test('a link that does not work says so', async () => {
      const friend = await freshPage(browser, { size });
      await visit(friend, '/s/AAAAAAAAAAAAAAAAAAAAAA#nothing', 'This link does not work any more');
      await look(friend, 'share-gone', size);
      await friend.context().close();
    });

    test('the player without a home says how to get one', async () => {
      await page.goto(`${world.url}/player/`);
      await page.getByText('iroam up --portal').waitFor();
      await look(page, 'player-no-home', size);
    });
  });
}

describe('with a home', () => {
  before(async () => {
    await world.approve(EMAIL);
    await world.scanned();
  });

  for (const size of SIZE_NAMES) {
    describe(`the player at ${size}`, () => {
      const phone = size === 'phone';
      let page;
      before(async () => {
        page = await openPlayer(browser, world, { size });
        // A song that has begun, at rest: the bar has something to show and nothing moves.
        await page.getByRole('button', { name: /^Play / }).first().waitFor();
        await page.goto(`${world.url}/player/#/search?q=tone`);
        await page.getByRole('button', { name: 'Play Tone flac' }).click({ force: true });
        await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
      });
      after(() => page?.context().close());

      const go = (view) => page.evaluate((hash) => { location.hash = hash; }, `#/${view}`);
      /** No placeholder is left, and every cover in view is there; those below come when they are scrolled to. */
      const settled = () => page.waitForFunction(() => !document.querySelector('main .bone, main .bones')
        && [...document.querySelectorAll('main img')].every((img) => img.complete || img.getBoundingClientRect().top > innerHeight));
      const views = {
        recent: () => page.getByRole('heading', { name: 'Recently added', level: 1 }),
        albums: () => page.getByRole('button', { name: /^Play Volume/ }).first(),
        artists: () => page.getByText('Tuning Fork').first(),
        songs: () => page.getByRole('row').nth(5),
        videos: () => page.getByRole('row', { name: /Tone video/ }),
        'search?q=silver': () => page.getByRole('row').nth(2),
        'search?q=xyzzyx': () => page.getByText('Nothing found'),
        homes: () => page.locator('main').getByText('Attic PC').first(),
      };

      for (const [view, ready] of Object.entries(views)) {
        test(`${view} is right`, async () => {
          await go(view);
          await ready().waitFor();
          await settled();
          await look(page, `player-${view.replace('?q=', '-')}`, size);
        });
      }

      test('an album is right', async () => {
        await go('search?q=known');
        await page.getByRole('link', { name: /Known Frequencies/ }).first().click();
        await page.getByRole('button', { name: 'Play album' }).waitFor();
        await settled();
        await look(page, 'player-album', size);
      });

      test('an artist is right', async () => {
        await go('search?q=tuning');
        await page.locator('main').getByRole('link', { name: /Tuning Fork/ }).first().click();
        await page.getByRole('button', { name: 'Play all' }).waitFor();
        await settled();
        await look(page, 'player-artist', size);
      });

      test('the menu of a song is right', async () => {
        await go('songs');
        await views.songs().waitFor();
        await page.locator('[data-row="1"]').hover();
        await page.locator('[data-row="1"]').getByRole('button', { name: /^More for/ }).click();
        await page.getByRole('menu').waitFor();
        await look(page, 'player-menu', size);
        await page.keyboard.press('Escape');
        await page.getByRole('menu').waitFor({ state: 'detached' });
      });

      test('the queue is right', async () => {
        if (phone) await page.getByRole('button', { name: /^Open the player/ }).click();
        await page.getByRole('button', { name: 'Queue', exact: true }).click();
        await page.getByRole('complementary', { name: 'Queue' }).waitFor();
        await look(page, 'player-queue', size);
        await page.getByRole('button', { name: 'Queue', exact: true }).click();
      });

      if (phone) {
        test('the sheet of what plays now is right', async () => {
          await page.getByRole('dialog', { name: 'Now playing' }).waitFor();
          await look(page, 'player-now-playing', size);
          await page.keyboard.press('Escape');
        });
      } else {
        test('the sheet of keys and the palette are right', async () => {
          await page.keyboard.press('?');
          await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
          await look(page, 'player-keys', size);
          // At once: the sheet's end is told later than it is seen, and must not end what came after it.
          await page.keyboard.press('Escape');
          await page.keyboard.press('Control+k');
          await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'hidden' });
          await page.getByRole('combobox', { name: /./ }).last().waitFor();
          await page.keyboard.type('silver');
          await page.getByRole('option').nth(2).waitFor();
          await look(page, 'player-palette', size);
          await page.keyboard.press('Escape');
        });

        test('the column browser is right', async () => {
          await page.getByRole('button', { name: 'Column browser' }).click();
          await page.getByText(/All \(\d+ genres?\)/).waitFor();
          await settled();
          await look(page, 'player-columns', size);
          await page.getByRole('button', { name: 'Column browser' }).click();
        });
      }

      test('nothing went wrong on the page', () => assert.deepEqual(page.troubles, []));
    });
  }

  test('the operator sees who complained of what', async () => {
    const page = await freshPage(browser);
    await page.goto(await world.signInLink());
    const headers = { origin: world.url };
    const { homes } = await (await page.request.get(`${world.url}/api/v1/me`)).json();
    const track = 'AQEBAQEBAQEBAQEBAQEBAQ';
    const item = { track, title: 'Tone mp3', artist: 'Tuning Fork', album: 'Known Frequencies', duration_ms: 64_000 };
    const share = { id: '01a1fddf-4862-7000-8000-000000000009', home: homes[0].id, kind: 'track', title: 'Tone mp3', items: [item] };
    const made = await page.request.post(`${world.url}/api/v1/shares`, { data: share, headers });
    assert.equal(made.status(), 201, await made.text());
    const [{ url }] = (await made.json()).shares;
    const [, name, secret] = url.match(/\/s\/([^#]+)#(.+)$/);
    const words = 'It came three times to an address that I never gave to anybody: http://a-very-long-address-without-a-break.example.org/and-its-path';
    const told = await page.request.post(`${world.url}/api/v1/shared/report`, { data: { share: name, secret, reason: words }, headers });
    assert.ok(told.ok(), await told.text());
    await page.context().close();
    for (const size of SIZE_NAMES) {
      const operator = await freshPage(browser, { size });
      await operator.goto(await world.operatorLink());
      await operator.getByRole('link', { name: 'Reports' }).click();
      await operator.getByText(/It came three times/).waitFor();
      await look(operator, 'operator-reports', size);
      await operator.context().close();
    }
  });

  test('the account shows what it has', async () => {
    for (const size of SIZE_NAMES) {
      const page = await freshPage(browser, { size });
      await page.goto(await world.signInLink());
      for (const path of ['account', 'account/homes']) {
        await visit(page, `/${path}`, 'Account');
        await look(page, `${path.replace('/', '-')}-with-home`, size);
      }
      await page.context().close();
    }
  });
});

test('signing up, signing in and the account work without JavaScript', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  const fill = async (button) => {
    await page.getByLabel('E-mail address').fill('plain@example.org');
    await page.getByLabel('Password').fill(world.password);
    await page.getByRole('main').getByRole('button', { name: button }).click();
  };
  await visit(page, '/sign-up?next=/account', 'Sign up');
  await fill('Sign up');
  await page.getByText('plain@example.org').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await visit(page, '/sign-in?next=/account/minutes', 'Sign in');
  await fill('Sign in');
  await page.getByRole('row', { name: /Free minutes/ }).waitFor();
  await page.getByRole('link', { name: 'Homes' }).first().click();
  await page.getByText('No home yet').waitFor();
  await context.close();
});

describe('the page of a shared link', () => {
  const STATES = [
    'playlist', 'plain', 'trackPlaying', 'opening', 'connecting', 'off', 'offFull', 'gone', 'portalAway', 'noWorker', 'senderOut', 'busy',
    'blocked', 'lostWhilePlaying', 'cannotPlay',
  ];
  let stories;
  before(async () => { stories = await serveStories(); });
  after(() => stories?.close());

  for (const size of SIZE_NAMES) {
    test(`is right in every state at ${size}`, async () => {
      const page = await freshPage(browser, { size });
      for (const state of STATES) {
        await page.goto(stories.visit(state));
        await page.locator('.visitor main').waitFor();
        await look(page, `visitor-${state}`, size);
      }
      await page.goto(stories.visit('offFull'));
      await page.getByLabel('Your e-mail address').or(page.getByLabel('Tell me when it is back')).first().fill('friend@example.org');
      await page.getByRole('button', { name: 'Tell me', exact: true }).click();
      await page.getByText('As many wait already').waitFor();
      await look(page, 'visitor-offFull-refused', size);
      await page.getByRole('button', { name: 'Report abuse' }).click();
      await page.getByLabel('What is wrong').fill('It came as spam.');
      await look(page, 'visitor-report', size);
      await page.getByRole('button', { name: 'Send the report' }).click();
      await page.getByText('The report could not be sent').waitFor();
      await look(page, 'visitor-report-failed', size);
      // The stories have no icon.
      assert.deepEqual(page.troubles.filter((said) => !/favicon\.ico/.test(said)), []);
      await page.context().close();
    });
  }
});
