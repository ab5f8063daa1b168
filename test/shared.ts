/** Where the facts and cases that live beside the checkout are found; tests that need them skip, saying so, when they are absent. */

import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Path of a file under ../shared, or null when that folder is not there. */
export function sharedPath(relative: string): string | null {
  const path = fileURLToPath(new URL(`../../shared/${relative}`, import.meta.url));
  return existsSync(path) ? path : null;
}

/** A test that reads `relative` from ../shared; skipped, with the reason, where that file is absent. */
export function sharedTest(name: string, relative: string, run: (path: string) => void | Promise<void>): void {
  const path = sharedPath(relative);
  if (path === null) test(name, { skip: `../shared/${relative} is not here` }, () => {});
  else test(name, () => run(path));
}
