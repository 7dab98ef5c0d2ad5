// Compressed script that a first visit fetches before the library is painted, as the network sees it.
import { freshPage, launch } from '../browser/kit/browser.mjs';
import { World } from '../browser/kit/world.mjs';
import { library } from './kit.mjs';

const GOAL_KB = 250;

export async function scriptBeforeLibrary(place) {
  const world = await World.withHome(library(place, 'tones'));
  const browser = await launch();
  try {
    const page = await freshPage(browser);
    const link = await world.signInLink();
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    const scripts = new Map();
    network.on('Network.responseReceived', ({ requestId, type, response }) => { if (type === 'Script') scripts.set(requestId, { url: response.url, bytes: 0 }); });
    network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (scripts.has(requestId)) scripts.get(requestId).bytes = encodedDataLength; });
    await page.goto(link);
    await page.waitForFunction(() => document.querySelector('[data-row], .card, [role=row]') !== null);
    const kb = [...scripts.values()].reduce((sum, script) => sum + script.bytes, 0) / 1000;
    const all = await page.evaluate(() => performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('.js')).reduce((sum, entry) => sum + entry.decodedBodySize, 0)) / 1000;
    return [{
      figure: `script fetched before the library paints (${scripts.size} files)`, goal: `≤ ${GOAL_KB} kB`, measured: `${kb.toFixed(0)} kB`, met: kb > 0 && kb <= GOAL_KB,
      peer: `uncompressed: ${all.toFixed(0)} kB`,
    }];
  } finally {
    await browser.close();
    await world.end();
  }
}
