// Debian's Chromium with a fresh profile.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { screenshots } from './place.mjs';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
const inNamespace = fileURLToPath(new URL('chromium-in-namespace', import.meta.url));
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
export const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/**
 * A browser; close it when done. `peers` lets it reach peers on loopback, as it does those in its own network. `namespace`
 * is the network that it runs in, where certificates of a test's own are taken as they are.
 */
export function launch({ peers = false, namespace } = {}) {
  if (namespace) {
    const env = { ...process.env, IROAM_NETNS: namespace, IROAM_CHROMIUM: executablePath };
    return chromium.launch({ executablePath: inNamespace, env, args: [...FLAGS, '--ignore-certificate-errors'] });
  }
  return chromium.launch({ executablePath, args: peers ? [...FLAGS, '--allow-loopback-in-peer-connection'] : FLAGS });
}

/**
 * A browser that can be put to sleep: every process of it stops, as when a lid is closed. Unlike then, the clocks of its
 * pages go on.
 */
export async function launchSleeper() {
  const server = await chromium.launchServer({ executablePath, args: FLAGS });
  const browser = await chromium.connect(server.wsEndpoint());
  // It leads a process group of its own.
  const signal = (name) => process.kill(-server.process().pid, name);
  return {
    browser,
    sleep: () => signal('SIGSTOP'),
    wake: () => signal('SIGCONT'),
    close: async () => {
      signal('SIGCONT');
      await browser.close();
      await server.close();
    },
  };
}

/** A page of a profile of its own, which keeps what goes wrong in it. */
export async function freshPage(browser, { size = 'wide', theme = 'light', locale = 'en-US' } = {}) {
  return anotherTab(await browser.newContext({ viewport: SIZES[size], colorScheme: theme, locale }));
}

/** A tab of the same profile, which keeps what goes wrong in it. */
export async function anotherTab(context) {
  const page = await context.newPage();
  page.troubles = [];
  page.on('pageerror', (error) => page.troubles.push(`uncaught: ${error.stack ?? error}`));
  page.on('console', (message) => { if (message.type() === 'error') page.troubles.push(`console: ${message.text()} ${message.location().url}`); });
  return page;
}

/** Keeps a picture for people to look at. */
export async function picture(page, name) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png` });
}
