// The everyday life of an account: devices, settings, and what goes without script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freshPage, launch } from './kit/browser.mjs';
import { library } from './kit/place.mjs';
import { leave, openPlayer, play, running } from './kit/player.mjs';
import { until } from './kit/process.mjs';
import { position } from './kit/sound.mjs';
import { World } from './kit/world.mjs';

const EMAIL = 'mara@example.org';
/** What ends at the portal ends at home and in the tab within this time. */
const ENDS_WITHIN_MS = 5_000;

let world;
let browser;

before(async () => {
  world = await World.withHome(library('tones'), { email: EMAIL });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const paused = (page) => page.evaluate(() => document.querySelector('video, audio')?.paused ?? true);

for (const javaScriptEnabled of [true, false]) {
  test(`a second device is signed in by the first ${javaScriptEnabled ? 'and comes to the player' : 'without JavaScript'}`, async () => {
    const context = await browser.newContext({ javaScriptEnabled, userAgent: 'Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0' });
    const device = await context.newPage();
    await device.goto(`${world.url}/sign-in`);
    await device.getByRole('link', { name: 'Let it sign you in here' }).click();
    await heading(device, 'Sign in with another device');
    const code = await device.locator('.code-shown').textContent();

    const phone = await freshPage(browser, { size: 'phone' });
    await phone.goto(await world.signInLink());
    await phone.goto(`${world.url}/account/sessions`);
    await phone.getByRole('link', { name: 'Sign in another' }).click();
    await phone.getByLabel('Code').fill(code.toLowerCase().replace('-', ' '));
    await phone.getByRole('button', { name: 'Go on' }).click();
    await heading(phone, 'Is this your device?');
    await phone.getByText('Chrome on ChromeOS').waitFor();
    await phone.getByRole('button', { name: 'Yes, sign it in' }).click();
    await heading(phone, 'Chrome on ChromeOS is signed in');
    await device.waitForURL(/\/player\//);
    await device.goto(`${world.url}/account`);
    await device.getByText(EMAIL).first().waitFor();

    await phone.goto(`${world.url}/account/sessions`);
    await phone.getByRole('button', { name: /^Sign out Chrome on ChromeOS/ }).first().click();
    await phone.getByText('That device is signed out').waitFor();
    await device.goto(`${world.url}/account`);
    await heading(device, 'Sign in');
    assert.deepEqual(phone.troubles, []);
    await Promise.all([context.close(), phone.context().close()]);
  });
}

test('music in a browser that is signed out elsewhere ends within five seconds', async () => {
  const office = await openPlayer(browser, world);
  await play(office, 'Tone mp3', 440);
  const phone = await freshPage(browser, { size: 'phone' });
  await phone.goto(await world.signInLink());
  await phone.goto(`${world.url}/account/sessions`);
  await phone.getByRole('button', { name: 'Sign out every other device' }).click();
  await phone.getByText('Every other device is signed out').waitFor();
  await until('the listening to end', async () => (await running(phone, world)).length === 0, ENDS_WITHIN_MS, 100);
  await office.getByText('You are signed out').first().waitFor({ timeout: ENDS_WITHIN_MS });
  await until('the sound to end', () => paused(office), ENDS_WITHIN_MS, 100);
  await phone.getByText('Nobody else is signed in').waitFor();
  await Promise.all([office.context().close(), phone.context().close()]);
});

test('a forgotten password is replaced without JavaScript, and whoever used the old one is out', async () => {
  const email = 'oblivious@example.org';
  await world.account(email);
  const thief = await freshPage(browser);
  await thief.goto(await world.signInLink(email));
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${world.url}/sign-in`);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  for (const typed of ['nobody@example.org', ` ${email.toUpperCase()}`]) {
    await page.goto(`${world.url}/forgot`);
    await page.getByLabel('E-mail address').fill(typed);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await heading(page, 'Look into your mail');
  }
  const path = await world.mailedPath('reset', email);
  await page.goto(`${world.url}${path}`);
  await page.getByLabel('New password').fill('another horse entirely');
  await page.getByRole('button', { name: 'Save it' }).click();
  await page.getByText('Your new password is in force').waitFor();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill('another horse entirely');
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.goto(`${world.url}/account`);
  await page.getByText(email).first().waitFor();
  await thief.goto(`${world.url}/account`);
  await heading(thief, 'Sign in');
  await page.goto(`${world.url}${path}`);
  await heading(page, 'This link works no more');
  await world.mailedPath('password-changed', email);
  const mails = (await world.admin('outbox', '--json')).split('\n').map((line) => JSON.parse(line).to);
  assert.ok(!mails.includes('nobody@example.org'), 'an address without an account gets no mail');
  await Promise.all([context.close(), thief.context().close()]);
});

test('the first minute of listening asks for the address, and confirming it brings fifty minutes', async () => {
  const page = await openPlayer(browser, world);
  await play(page, 'Tone mp3', 440);
  await until('four seconds of music', async () => (await position(page)) > 4);
  await leave(page, world);
  const path = await world.mailedPath('confirm', EMAIL);
  const mail = await freshPage(browser, { size: 'phone' });
  await mail.goto(await world.signInLink());
  const left = async () => {
    await mail.goto(`${world.url}/account`);
    return Number(await mail.locator('.readout span').textContent());
  };
  const before = await left();
  await mail.getByText('Your address is not confirmed yet').waitFor();
  await mail.goto(`${world.url}${path}`);
  await heading(mail, 'Confirm your address');
  assert.equal(await left(), before, 'a link that was only opened confirms nothing');
  await mail.goto(`${world.url}${path}`);
  await mail.getByRole('button', { name: 'Yes, confirm it' }).click();
  await heading(mail, 'Your address is confirmed');
  assert.equal(await left(), before + 50);
  assert.equal(await mail.getByText('Your address is not confirmed yet').count(), 0);
  await mail.context().close();
});

test('the time zone of the settings is that of the statement', async () => {
  const page = await freshPage(browser);
  await page.goto(await world.signInLink());
  const firstRow = async () => {
    await page.goto(`${world.url}/account/minutes`);
    return page.getByRole('row').last().getByRole('cell').first().textContent();
  };
  assert.match(await firstRow(), /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Time zone').selectOption({ label: 'Tokyo' });
  await page.getByLabel('Your name in shares').fill('Mara & Söhne');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your settings are saved').waitFor();
  assert.equal(await page.getByLabel('Your name in shares').inputValue(), 'Mara & Söhne');
  assert.match(await firstRow(), /^\d{4}-\d\d-\d\d \d\d:\d\d$/);

  await page.goto(`${world.url}/account/settings`);
  await page.getByLabel('Your name in shares').fill('www.evil.example');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('A name has no links in it.').waitFor();
  assert.equal(await page.getByLabel('Your name in shares').getAttribute('aria-invalid'), 'true');
  await page.context().close();
});

test('an account holds a second home, and its page tells how to add it', async () => {
  const page = await freshPage(browser);
  await page.goto(await world.signInLink());
  await page.goto(`${world.url}/account/homes`);
  await page.getByText(`iroam up --portal ${world.url}`).waitFor();
  await page.getByRole('link', { name: 'Type the code' }).click();
  await heading(page, 'Add a home');
  await page.context().close();
});
