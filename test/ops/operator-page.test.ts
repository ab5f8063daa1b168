/** The operator's guide: every command in its blocks runs against a real server as it stands there, and every link leads somewhere. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { healthNames } from '../../src/control/fact.ts';
import { alarmKinds } from '../../src/control/reading.ts';
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

/** The words of a union of string literals, read from the source: types are gone when a test runs. */
function wordsOfUnion(file: string, field: string): readonly string[] {
  const union = new RegExp(`readonly ${field}: ((?:'\\w+'(?: \\| )?)+);`).exec(readFileSync(join(root, file), 'utf8'))?.[1] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
}

/** What stands under a heading, up to the next. */
const sectionOf = (anchor: string): string => page.split(/^(?=#+ )/m).find((section) => section.split('\n')[0]?.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-') === anchor) ?? '';

test('the runbook has a section with something to do for every alarm that the server raises', () => {
  const links = [...new Set(['src/app/southbound/device-book.ts', 'src/control/fact.ts', 'src/control/state.ts'].flatMap((file) => wordsOfUnion(file, 'link')))].filter((word) => word !== 'up' && word !== 'expected');
  for (const known of ['late', 'lying', 'silent']) assert.ok(links.includes(known), `${known} is not read from the source`);
  const raised = [...healthNames.filter((name) => name !== 'sound').map((name) => `component-${name}`), ...links.map((word) => `device-${word}`)];
  assert.deepEqual(raised.filter((anchor) => !anchors.has(anchor)), []);
  // A section says what to do: steps, or at least a sentence that begins with what to look at.
  assert.deepEqual(raised.filter((anchor) => !/^1\. |^Look |^Drain /m.test(sectionOf(anchor))), []);
});

test('the runbook names every alarm that a device may raise', () => {
  assert.deepEqual(alarmKinds.filter((alarm) => !sectionOf('what-devices-say').includes(`| \`${alarm}\` |`)), []);
});

test('every command of the page ends well on a running server', async () => {
  const data = temporaryFolder();
  const server = await startSmall(data);
  process.env['HELIOSTAT_SERVER'] = server.url;
  try {
    const commands = blockCommands(page);
    assert.ok(commands.length > 25);
    for (const command of commands) {
      const isLocal = /^heliostat (completion|replay)/.test(command);
      const here = command.replace('heliostat-data', data).replace('examples/cluster-liquid-1024.yaml', join(data, 'small.yaml'));
      const run = await runLine(here, { extra: isLocal ? [] : ['--server', server.url, '--data', data] });
      assert.equal(run.code, 0, `${command}\n${run.stderr}`);
    }
  } finally {
    await server.stop();
    removeFolder(data);
  }
});
