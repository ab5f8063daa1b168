/** Plays are text: what is written comes back as it was, and only transcripts change. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScript, writeScript } from '../../../src/study/play/script.ts';

const text = `# A comment stays.
first command   # and this is cut off
second command
----
what came of it

third
----
`;

test('a script is scenes of commands with their transcripts', () => {
  const scenes = readScript(text);
  assert.deepEqual(scenes.map(({ commands }) => commands), [[{ text: 'first command', line: 2 }, { text: 'second command', line: 3 }], [{ text: 'third', line: 7 }]]);
  assert.deepEqual(scenes.map(({ transcript }) => transcript), [['what came of it'], []]);
  assert.equal(scenes[0]?.transcriptLine, 5);
});

test('writing the same transcripts gives the same text, and others replace only them', () => {
  const scenes = readScript(text);
  assert.equal(writeScript(scenes, [['what came of it'], []]), text);
  assert.equal(writeScript(scenes, [['other'], ['more']]), text.replace('what came of it', 'other').replace('third\n----\n', 'third\n----\nmore\n'));
});

test('a new play without dashes gets them', () => {
  assert.equal(writeScript(readScript('only\n'), [['so']]), 'only\n----\nso\n');
});
