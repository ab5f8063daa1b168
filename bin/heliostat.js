#!/usr/bin/env node
// Starts the command line under the Node that came with the package, so that a machine with an older Node works too.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const oldestMajor = 26;
const main = fileURLToPath(new URL('../dist/app/main.js', import.meta.url));

/** Path of the Node binary installed beside this package, or null where none fits this machine. */
function bundledNode() {
  const require = createRequire(import.meta.url);
  for (const name of [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`]) {
    try {
      return fileURLToPath(new URL('bin/node', `file://${require.resolve(`${name}/package.json`)}`));
    } catch (absent) {
      if (absent.code !== 'MODULE_NOT_FOUND') throw absent;
    }
  }
  return null;
}

if (!existsSync(main)) {
  process.stderr.write('heliostat is not built here: run "npm run build" first, or use "npm start" and "npm run heliostat -- ..." from its sources.\n');
  process.exit(2);
}

if (Number(process.versions.node.split('.')[0]) >= oldestMajor) {
  await import(`file://${main}`);
} else {
  const node = bundledNode();
  if (node === null) {
    process.stderr.write(`heliostat needs Node ${oldestMajor} or newer, and no bundled Node fits ${process.platform}-${process.arch}: install Node ${oldestMajor}.\n`);
    process.exit(2);
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
