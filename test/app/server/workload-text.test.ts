/** Workloads that come over the network: no text, however it is written, makes the server open a file that is not one of its examples. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { examplesFolder, readWorkloadText } from '../../../src/app/server/workload-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'heliostat-workload-text-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const secret = join(dir, 'secret.json');
writeFileSync(secret, '{"model_type": "SECRET"}');

const frame = readFileSync(`${examplesFolder}workload-mixtral.yaml`, 'utf8').replace(/^description:.*\n/m, '').replace(/^model:[^\n]*\n(?:[ \t]+[^\n]*\n)*/m, '');

/** Ways to name the file; parsers differ on all but the first. */
const ways: Readonly<Record<string, string>> = {
  plainly: `${frame}model: {config: ${secret}}\n`,
  'through an alias': `description: &a ${secret}\n${frame}model: {config: *a}\n`,
  'beside a key that is given twice': `${frame}model: {config: ${secret}}\nname: b\nname: c\n`,
  'before a second document': `${frame}model: {config: ${secret}}\n---\na: 1\n`,
  'as a list': `${frame}model: {config: [${secret}]}\n`,
  'with a tag': `${frame}model: {config: !x ${secret}}\n`,
  'behind a directive': `%YAML 1.1\n---\n${frame}model: {<<: {config: ${secret}}}\n`,
  'by way of the folder above': `${frame}model: {config: hf/../../${'../'.repeat(20)}${secret.slice(1)}}\n`,
};

for (const [how, text] of Object.entries(ways)) {
  test(`a file of this computer that is named ${how} is not opened`, () => {
    const read = readWorkloadText(text);
    assert.ok(!read.ok);
    assert.ok(!JSON.stringify(read.issues).includes('SECRET'));
    assert.ok(read.issues.every(({ file, code }) => file !== secret && code !== 'missing-file' && code !== 'unknown-model-type'), JSON.stringify(read.issues));
  });
}

test('the configurations beside the examples may be named', () => {
  assert.ok(readWorkloadText(readFileSync(`${examplesFolder}workload-mixtral.yaml`, 'utf8')).ok);
});
