// Playlists as a person handles them.
import { until } from './process.mjs';

/** From one browser to the other. */
export const SEEN_MS = 1_000;

/** The playlists beside the page, and one of them. */
export const tree = (page) => page.getByRole('navigation', { name: 'Playlists' });
export const inTree = (page, name) =>
  tree(page).getByRole('treeitem', { name, exact: true }).or(tree(page).getByRole('treeitem', { name: `${name} edited together`, exact: true }));
/** The page itself, and a song in it. */
export const main = (page) => page.getByRole('main');
export const songRow = (page, title) => main(page).getByRole('row', { name: new RegExp(title) });
/** Opens a view. */
export const go = (page, view) => page.evaluate((hash) => { location.hash = hash; }, `#/${view}`);
/** The songs that are shown, in order. */
export const titles = (page) => main(page).locator('[role=row][data-row] .c-title').evaluateAll((cells) => cells.map((cell) => cell.firstChild.textContent.trim()));

/** Waits until the page shows these songs in this order; fails when that takes longer. */
export const shows = (page, wanted, ms = SEEN_MS) => until(`${wanted.join(', ')}`, async () => (await titles(page)).join() === wanted.join(), ms, 20);

/** Presses the player's pause. */
export const pause = (page) => page.getByRole('contentinfo', { name: 'Player' }).getByRole('button', { name: 'Pause' }).click();

/** Opens a playlist from the side. */
export async function openList(page, name) {
  await inTree(page, name).click();
  await main(page).getByRole('heading', { level: 1, name }).waitFor();
}

/** Makes a playlist by the plus and types its name. */
export async function make(page, what, name) {
  await tree(page).getByRole('button', { name: /^New playlist/ }).click();
  await page.getByRole('menuitem', { name: what }).click();
  await tree(page).getByRole('textbox', { name: 'Name' }).fill(name);
  await page.keyboard.press('Enter');
  await inTree(page, name).waitFor();
}

/** Adds a song by its row and the keyboard alone. */
export async function addByKeys(page, title, list) {
  await go(page, 'songs');
  await songRow(page, title).focus();
  await page.keyboard.press('a');
  await page.getByRole('dialog').getByRole('combobox').fill(list);
  await page.getByRole('option', { name: list }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByText(`1 song added to ${list}`).first().waitFor();
}
