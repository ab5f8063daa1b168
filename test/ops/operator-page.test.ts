/** The operator's guide: every command in its blocks runs against a real server as it stands there, and every link leads somewhere. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { healthNames } from '../../src/control/fact.ts';
import { blockCommands, root, runLine } from '../docs/page-commands.ts';
import { removeFolder, startSmall, temporaryFolder } from '../app/server/server-process.ts';

const page = readFileSync(join(root, 'docs/operator.md'), 'utf8');
const anchors = new Set([...page.matchAll(/^#+ (.+)$/gm)].map((match) => (match[1] ?? '').toLowerCase().replaceAll(' ', '-').replace(/[^\w-]/g, '')));

test('links within the page and to files lead somewhere', () => {
  for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('#')) assert.ok(anchors.has(target.slice(1)), target);
    else assert.ok(existsSync(join(root, 'docs', target)), target);
  }
});

test('the runbook has a section for every alarm that the server raises', () => {
  const raised = [...healthNames.filter((name) => name !== 'sound').map((name) => `component-${name}`), 'device-silent', 'device-lying'];
  assert.deepEqual(raised.filter((anchor) => !anchors.has(anchor)), []);
});

test('every command of the page ends well on a running server', async () => {
  const data = temporaryFolder();
  const server = await startSmall(data);
  process.env['HELIOSTAT_SERVER'] = server.url;
  try {
    const commands = blockCommands(page);
    assert.ok(commands.length > 25);
    for (const command of commands) {
      const isLocal = command.startsWith('heliostat completion');
      const run = await runLine(command, { extra: isLocal ? [] : ['--server', server.url, '--data', data] });
      assert.equal(run.code, 0, `${command}\n${run.stderr}`);
    }
  } finally {
    await server.stop();
    removeFolder(data);
  }
});
