// What a page does to people who see, hear or move otherwise, by axe-core; and whether it fits its window.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = readFileSync(fileURLToPath(new URL('../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');

/** What axe finds, one line for each element; the page needs no change for it. */
export async function findings(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'], elementRef: false });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) => {
      const why = (failureSummary ?? '').split('\n').slice(1).map((line) => line.trim()).join('; ');
      return `${id}: ${help} at ${target.join(' ')}: ${why}`;
    }));
  });
}

/** How many px the page is wider than its window; 0 when it fits. */
export const overflow = (page) =>
  page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - document.documentElement.clientWidth);
