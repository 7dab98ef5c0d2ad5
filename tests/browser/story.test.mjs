// The first listen, as a person does it: sign up, add the home, press play, see the minute.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freshPage, launch, picture } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { until } from './kit/process.mjs';
import { hears, position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'first@example.org';
let world;
let browser;

before(async () => {
  world = await World.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

test('a person signs up, adds the home by its words, listens in another browser and sees the minute charged', async (t) => {
  const agent = await world.startAgent({ libraries: [library('tones')] });
  const [, url] = await agent.line(/^open: *(\S+)/);
  const [, words] = await agent.line(/^words: *(.+)/);

  const home = await freshPage(browser);
  await t.test('signing up leads on to the approval that the agent asked for', async () => {
    await home.goto(url);
    await home.getByRole('link', { name: /sign up|create an account/i }).first().click();
    await home.getByLabel('E-mail address').fill(EMAIL);
    await home.getByLabel('Password').fill(world.password);
    await home.getByRole('button', { name: 'Sign up' }).click();
    await home.getByRole('heading', { name: 'Is this your home?' }).waitFor();
    await home.getByText(await world.code(), { exact: true }).waitFor();
    await picture(home, 'device-approve-wide-light');
  });

  await t.test('picking the words that the machine shows adds the home', async () => {
    await home.getByRole('radio', { name: words.trim() }).check({ force: true });
    await home.getByRole('button', { name: /yes, add/i }).click();
    await home.getByRole('heading', { name: /is yours/ }).waitFor();
    await agent.line(/^serving: /);
  });

  const work = await freshPage(browser);
  await t.test('in another browser the library is there after sign-in', async () => {
    await work.goto(`${world.url}/sign-in`);
    await work.getByLabel('E-mail address').fill(EMAIL);
    await work.getByLabel('Password').fill(world.password);
    await work.getByRole('button', { name: 'Sign in' }).click();
    await work.goto(`${world.url}/player/#/songs`);
    await work.getByRole('button', { name: 'Play Tone mp3' }).first().waitFor();
  });

  await t.test('a double-click on a row plays it, and it sounds', async () => {
    await work.getByRole('row', { name: /Tone mp3/ }).dblclick();
    await hears(work, 440);
    assert.ok(await work.evaluate(() => document.querySelector('video, audio').isConnected), 'the media element left the document');
  });

  await t.test('the minute is charged after three seconds and stands in the statement', async () => {
    await until('four seconds of music', async () => (await position(work)) > 4);
    const statement = await work.context().newPage();
    await until('the charge in the statement', async () => {
      await statement.goto(`${world.url}/account/minutes`);
      return (await statement.getByRole('row', { name: /relay/i }).count()) > 0;
    }, 40_000, 500);
    await picture(statement, 'account-minutes-wide-light');
  });

  assert.deepEqual(home.troubles.concat(work.troubles), []);
});
