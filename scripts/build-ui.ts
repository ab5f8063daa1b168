/** Builds the browser application from ui/ to ui/dist. `node scripts/build-ui.ts` builds always; `ensureUi` only where the build is missing or older than its source. */

import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ui = fileURLToPath(new URL('../ui/', import.meta.url));
/** What the build reads; from the rest of the project it takes types, the words shared with the command line, and the operator's guide. */
const sources = ['src', 'index.html', 'vite.config.ts', '../src/app/words', '../docs/operator.md'] as const;
const built = `${ui}dist/index.html`;

/** Builds beside `ui/dist` and puts the result in its place, so that whoever reads it or builds at the same time never meets half of it; answers its path. */
export async function buildUi(): Promise<string> {
  const [{ build }, { uiConfig }] = await Promise.all([import('vite'), import('../ui/vite.config.ts')]);
  const fresh = fileURLToPath(new URL(`../node_modules/.ui-${process.pid}`, import.meta.url));
  await build(uiConfig(fresh));
  rmSync(`${ui}dist`, { recursive: true, force: true });
  try {
    renameSync(fresh, `${ui}dist`);
  } catch (fault) {
    // Another build of the same source was put there a moment ago.
    if (!existsSync(built)) throw fault;
    rmSync(fresh, { recursive: true, force: true });
  }
  return `${ui}dist`;
}

function newestMs(path: string): number {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(`${path}/${name}`)), mtimeMs);
}

/** The folder of the built application, built first where it has to be. A published package carries the build without its source. */
export async function ensureUi(): Promise<string> {
  if (!existsSync(`${ui}src`)) return `${ui}dist`;
  const isFresh = existsSync(built) && sources.every((name) => newestMs(`${ui}${name}`) <= statSync(built).mtimeMs);
  return isFresh ? `${ui}dist` : buildUi();
}

if (import.meta.main) {
  const startedMs = performance.now();
  const folder = await buildUi();
  console.log(`built ${folder} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
