// Frames while a list of 100,000 songs is scrolled, beside a plain document scrolled the same way.
import { freshPage, launch } from '../browser/kit/browser.mjs';
import { serveStories } from '../browser/kit/stories.mjs';
import { quantile } from './kit.mjs';

const STEPS = 120;
const STEP_PX = 300;
const GOAL_MS = 1000 / 60;

/** Milliseconds from frame to frame while the wheel turns. */
async function frames(page) {
  await page.evaluate(() => {
    const seen = { last: performance.now(), deltas: [], on: true };
    window.__frames = seen;
    const next = (now) => { seen.deltas.push(now - seen.last); seen.last = now; if (seen.on) requestAnimationFrame(next); };
    requestAnimationFrame(next);
  });
  for (let n = 0; n < STEPS; n += 1) await page.mouse.wheel(0, STEP_PX);
  return page.evaluate(() => { window.__frames.on = false; return window.__frames.deltas.slice(2); });
}

export async function scrolling() {
  const stories = await serveStories();
  const browser = await launch();
  try {
    const page = await freshPage(browser);
    await page.goto(stories.address('large', 'songs'));
    await page.getByRole('grid').locator('[data-row="0"]').waitFor();
    await page.getByRole('grid').hover();
    const ours = await frames(page);
    const plain = await freshPage(browser);
    await plain.setContent(`<!doctype html>${'<p>plain</p>'.repeat(20_000)}`);
    await plain.mouse.move(200, 200);
    const peer = await frames(plain);
    const p95 = quantile(ours, 0.95);
    return [{
      figure: `100,000 songs scrolled, frame p95 of ${ours.length}`, goal: `≤ ${GOAL_MS.toFixed(0)} ms`, measured: `${p95.toFixed(0)} ms, p50 ${quantile(ours, 0.5).toFixed(0)}`, met: p95 <= GOAL_MS + 1,
      peer: `a plain document: ${quantile(peer, 0.95).toFixed(0)} ms`,
    }];
  } finally {
    await browser.close();
    await stories.close();
  }
}
