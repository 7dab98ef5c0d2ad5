// The portal's pages to a browser that speaks German: its longer words fit both sizes, and axe finds nothing.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { findings, overflow } from './kit/axe.mjs';
import { freshPage, launch, picture, SIZES } from './kit/browser.mjs';
import { World } from './kit/world.mjs';

const STRANGERS = {
  landing: ['/', 'Deine Musik von zu Hause, überall gehört.'],
  'sign-up': ['/sign-up', 'Registrieren'],
  'sign-in': ['/sign-in?next=/approve', 'Anmelden'],
  'sign-in-qr': ['/sign-in/qr?look=still', 'Mit einem anderen Gerät anmelden'],
  download: ['/download', 'Zu Hause installieren'],
  forgot: ['/forgot', 'Neues Passwort wählen'],
  'reset-gone': ['/reset/no-such-link', 'Dieser Link gilt nicht mehr'],
  'confirm-gone': ['/confirm/no-such-link', 'Dieser Link gilt nicht mehr'],
  'not-found': ['/no-such-page', 'Das gibt es hier nicht'],
};
const OWNERS = {
  account: ['/account', 'Konto'],
  'account-homes': ['/account/homes', 'Konto'],
  'account-minutes': ['/account/minutes', 'Konto'],
  'account-sessions': ['/account/sessions', 'Konto'],
  'account-settings': ['/account/settings', 'Konto'],
  'approve-code': ['/approve', 'Ein anderes Gerät anmelden'],
  'device-code': ['/device', 'Zuhause hinzufügen'],
};

let world;
let browser;
let code;

before(async () => {
  world = await World.start();
  browser = await launch();
  const folder = `${world.dir}/music`;
  await mkdir(folder);
  await world.startAgent({ libraries: [folder] });
  code = await world.code();
});

after(async () => {
  await browser?.close();
  await world?.end();
});

async function look(page, name, size) {
  const wrong = await findings(page);
  const px = await overflow(page);
  if (px > 0) wrong.push(`${px} px wider than the window`);
  await picture(page, `german-${name}-${size}`);
  assert.deepEqual(wrong, []);
}

async function visit(page, path, heading) {
  await page.goto(`${world.url}${path}`);
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
}

for (const size of Object.keys(SIZES)) {
  describe(`the portal in German at ${size}`, () => {
    let page;
    before(async () => { page = await freshPage(browser, { size, locale: 'de-DE' }); });
    after(() => page?.context().close());

    for (const [name, [path, heading]] of Object.entries(STRANGERS)) {
      test(`${name} fits`, async () => {
        await visit(page, path, heading);
        await look(page, name, size);
      });
    }

    test('somebody who signs up in German finds an account that speaks it', async () => {
      await visit(page, '/sign-up?next=/account', 'Registrieren');
      await page.getByLabel('E-Mail-Adresse').fill(`${size}@example.org`);
      await page.getByLabel('Passwort').fill('kurz kurz kurz');
      await page.getByRole('main').getByRole('button', { name: 'Registrieren' }).click();
      await page.getByRole('heading', { level: 1, name: 'Konto' }).waitFor();
      for (const [name, [path, heading]] of Object.entries(OWNERS)) {
        await visit(page, path, heading);
        await look(page, name, size);
      }
      await visit(page, `/device?code=${code}`, 'Ist das dein Zuhause?');
      await look(page, 'device-approve', size);
    });

    test('the settings turn the pages to English and back', async () => {
      await visit(page, '/account/settings', 'Konto');
      await page.getByLabel('Sprache der Seiten und Mails').selectOption('English');
      await page.getByRole('button', { name: 'Speichern' }).click();
      await page.getByText('Your settings are saved.').waitFor();
      await page.getByLabel('Language of pages and mails').selectOption('Deutsch');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Deine Einstellungen sind gespeichert.').waitFor();
      await look(page, 'account-settings-saved', size);
    });
  });
}
