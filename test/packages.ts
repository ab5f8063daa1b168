/** Tests that drive an outside program: skipped, saying so, where it is missing, unless the run requires every package. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

/** Set to 1 where every package must be present: a missing one then fails its tests. */
export const requireVariable = 'HELIOSTAT_REQUIRE_PACKAGES';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Full path of an executable on PATH, or null. */
export function findCommand(command: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, command);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** A test that runs `command`, an executable that scripts/install-test-packages.sh installs; `run` gets its full path. */
export function packageTest(name: string, command: string, run: (path: string) => void | Promise<void>): void {
  const path = findCommand(command);
  const remedy = `${command} is not on PATH; scripts/install-test-packages.sh installs it`;
  if (path !== null) test(name, () => run(path));
  else if (process.env[requireVariable] === '1') test(name, () => { throw new Error(remedy); });
  else test(name, { skip: remedy }, () => {});
}
