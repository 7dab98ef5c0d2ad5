// Through routers: some of the cells of `make nat`, where this machine can hold the lab.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hindrance } from '../nat/lab.mjs';
import { cell } from './kit/cell.mjs';

const why = hindrance();
const skip = why === null ? false : `the lab of routers cannot be built: ${why}`;
/** What never meets is not waited for as long as a player would. */
const UNMET_MS = 8_000;

test('two strict routers: the song begins at the relay and goes on without it', { skip }, async () => {
  const found = await cell('portcone', 'portcone');
  assert.deepEqual([found.path, found.troubles], ['direct', []]);
});

test('a workplace that lets only TCP to port 443 out: the relay carries the song', { skip }, async () => {
  const found = await cell('portcone', 'tcp443', { meeting: UNMET_MS });
  assert.deepEqual([found.path, found.troubles], ['relay', []]);
});
