// Where the binaries and libraries under test lie.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const workspace = fileURLToPath(new URL('../../..', import.meta.url));
export const targetDir = resolve(workspace, process.env.CARGO_TARGET_DIR ?? 'target');
const binary = (variable, name) => process.env[variable] ?? `${targetDir}/debug/${name}`;
export const agentBin = binary('IROAM_BIN', 'iroam');
export const portalBin = binary('IROAM_PORTAL_BIN', 'iroam-portal');
export const screenshots = `${targetDir}/screenshots`;

/** The folder of a library that the tests make: `tones` or `large`. Made at the first call. */
export const library = (name) =>
  execFileSync(`${targetDir}/debug/iroam-test-library`, [name], { encoding: 'utf8', env: { ...process.env, CARGO_TARGET_DIR: targetDir } }).trim();
