/** The scheduler integrator's guide and the API reference: each command runs against a real server, and the reference is what that server serves. */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { OpenApi } from '../../scripts/api-reference.ts';
import { apiReference } from '../../scripts/api-reference.ts';
import type { ServerProcess } from '../app/server/server-process.ts';
import { removeFolder, startSmall, temporaryFolder } from '../app/server/server-process.ts';
import { packageTest } from '../packages.ts';
import { blockCommands, linkProject, readPage, root, runLine } from './page-commands.ts';

const folder = temporaryFolder();
const data = join(folder, 'heliostat-data');
let server: ServerProcess;

before(async () => {
  linkProject(folder);
  mkdirSync(data);
  server = await startSmall(data);
  process.chdir(folder);
  process.env['HELIOSTAT_SERVER'] = server.url;
});

after(async () => {
  process.chdir(root);
  await server.stop();
  removeFolder(folder);
});

packageTest('every command of the page ends well on a running server', 'python3', async () => {
  const commands = blockCommands(readPage('docs/scheduler.md'));
  assert.ok(commands.length > 6);
  for (const line of commands) {
    const run = await runLine(line);
    assert.equal(run.code, 0, `${line}\n${run.stdout}\n${run.stderr}`);
  }
});

test('docs/api.md is the reference of the document that the server serves', async () => {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  assert.equal(readPage('docs/api.md'), apiReference(document), `write it anew: node scripts/api-reference.ts ${server.url} (any server of this version)`);
});
