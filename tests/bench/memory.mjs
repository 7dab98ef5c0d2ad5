// What agent and portal hold while nothing happens, and once somebody has listened.
import { readFileSync } from 'node:fs';

import { freshPage, launch } from '../browser/kit/browser.mjs';
import { until } from '../browser/kit/process.mjs';
import { position } from '../browser/kit/sound.mjs';
import { World } from '../browser/kit/world.mjs';
import { library } from './kit.mjs';

const GOAL_MB = 60;
/** Buffers of the scan are given back, and idle threads have ended, after this time. */
const SETTLE_MS = 8_000;

/** Resident memory of a process in MB (10^6 bytes). */
function resident(child) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024) / 1e6;
}

const settled = () => new Promise((resolve) => { setTimeout(resolve, SETTLE_MS); });

export async function idleMemory(place) {
  const world = await World.withHome(library(place, 'large'));
  let browser;
  try {
    await settled();
    const [agent, portal] = [resident(world.agent), resident(world.portal)];
    browser = await launch();
    const page = await freshPage(browser);
    await page.goto(await world.signInLink());
    await page.goto(`${world.url}/player/#/songs`);
    const button = page.getByRole('button', { name: /^Play .* No\. / }).first();
    await button.waitFor({ state: 'attached' });
    await button.click({ force: true });
    await until('some music', async () => (await position(page)) > 0.3);
    await browser.close();
    browser = undefined;
    await settled();
    return [
      { figure: 'agent, idle, 1,160 files', goal: `≤ ${GOAL_MB} MB`, measured: `${agent.toFixed(0)} MB`, met: agent <= GOAL_MB, peer: `after a visit: ${resident(world.agent).toFixed(0)} MB` },
      { figure: 'portal, idle, one home', goal: `≤ ${GOAL_MB} MB`, measured: `${portal.toFixed(0)} MB`, met: portal <= GOAL_MB, peer: `after a visit: ${resident(world.portal).toFixed(0)} MB` },
    ];
  } finally {
    await browser?.close();
    await world.end();
  }
}
