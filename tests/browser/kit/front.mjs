// The player itself from its sources, before any home: its portal tells who uses it, and nothing else.
import { freshPage } from './browser.mjs';

/** A page for the player that {@link serveStories} serves. `me` is what the portal says of the account; null for nobody. `asked` collects addresses. */
export async function playerAlone(browser, { locale = 'en-US', me = null } = {}) {
  const page = await freshPage(browser, { locale });
  page.asked = [];
  page.on('request', (request) => page.asked.push(request.url()));
  await page.route('**/api/v1/**', (route) => route.fulfill({ status: 503, json: {} }));
  await page.route('**/api/v1/boot', (route) => route.fulfill({ json: { mode: 'portal' } }));
  await page.route('**/api/v1/me', (route) => (me ? route.fulfill({ json: me }) : route.fulfill({ status: 401, json: {} })));
  return page;
}

/** An account without homes. */
export const account = (language) => ({
  account: { id: 'a', email: 'ida@example.org', email_confirmed: true, language }, homes: [], time_ms: Date.now(),
  wallet: { currency: 'EUR', available_micros: 0, held_micros: 0, balance_ms: 0, prices: [] },
});
