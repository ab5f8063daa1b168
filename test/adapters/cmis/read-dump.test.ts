/** Dumps of module memory are read as text and as bytes to the same image, and anything else is an issue. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { decodeCmis } from '../../../src/adapters/cmis/decode.ts';
import { readCmisDump } from '../../../src/adapters/cmis/read-dump.ts';

const folder = mkdtempSync(join(tmpdir(), 'heliostat-cmis-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'dump');
const about = { device: 'leaf0', component: 'leaf0/module0', atNs: 0n };
const read = (content: string | Uint8Array): ReturnType<typeof readCmisDump> => {
  writeFileSync(file, content);
  return readCmisDump(file, about);
};

test('text under headings and bytes in order give the same image', () => {
  const text = read('EEPROM hexdump for port Ethernet0\n  Lower page 0h\n  00000000 18 50 00 06\n  0000000e 36 80 80 e8  |6...|\n\n  Upper page 11h\n  000000ba 27 10\n');
  assert.ok(text.ok);
  // 0x3680 / 256 = 54.5 C, 0x80e8 x 100 uV = 3.3 V; 11h byte 186 (0xba) is the received power of lane 1: 10,000 x 0.1 uW = 0 dBm.
  const valueOf = (quantity: string, lane = -1): unknown => decodeCmis(text.value).readings.find((reading) => reading.quantity === quantity && reading.lane === lane)?.value;
  assert.deepEqual([valueOf('temperature'), valueOf('moduleState'), valueOf('rxPower', 0)], [54.5, 'ready', 0]);
  const memory = new Uint8Array(6 * 128);
  memory.set([0x18, 0x50, 0, 0x06], 0);
  memory.set([0x36, 0x80, 0x80, 0xe8], 14);
  memory.set([0x27, 0x10], 5 * 128 + 186 - 128);
  const bytes = read(memory);
  assert.ok(bytes.ok);
  const rows = decodeCmis(bytes.value).readings.filter(({ quantity, lane }) => quantity === 'temperature' || (quantity === 'rxPower' && lane === 0)).map(({ value }) => value);
  assert.deepEqual(rows, [54.5, 0]);
});

test('a second bank has lanes 9 to 16', () => {
  const dump = read('Page 11h Bank 1\n000000ba 27 10\n');
  assert.ok(dump.ok);
  assert.equal(decodeCmis(dump.value).readings.find(({ quantity, lane }) => quantity === 'rxPower' && lane === 8)?.value, 0);
});

test('what is no dump is an issue with a remedy', () => {
  for (const [content, code] of [['', 'empty-file'], ['hello\n', 'no-pages'], ['Page 11h Bank 7\n000000ba 27 10\n', 'unknown-bank']] as const) {
    const refused = read(content);
    assert.ok(!refused.ok && refused.issues[0]?.code === code && refused.issues[0].remedy.length > 0, code);
  }
  assert.ok(!readCmisDump(join(folder, 'none'), about).ok);
});

test('a memory full of ones is bytes, not text, and the command does not call it sound', () => {
  const ones = read(new Uint8Array(640).fill(0xff));
  assert.ok(ones.ok && ones.value.pages.size === 4);
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'cmis', file, '--json'], { cwd: fileURLToPath(new URL('../../../', import.meta.url)), encoding: 'utf8' });
  const { findings, readings, issues } = JSON.parse(run.stdout) as { findings: readonly unknown[]; readings: readonly unknown[]; issues: readonly { code: string }[] };
  assert.deepEqual([findings, readings, issues.map(({ code }) => code), run.status], [[], [], ['blank-page', 'blank-page', 'blank-page', 'blank-page', 'blank-page'], 1]);
});

test('any bytes are an image or issues', () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 900 }), fc.string({ maxLength: 300 })), (content) => {
    const image = read(content);
    if (image.ok) decodeCmis(image.value);
  }), { seed: 7, numRuns: 300 });
});

test('the command names what is beyond the limits of the module', () => {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'cmis', 'examples/module-memory.txt', '--json'], { cwd: fileURLToPath(new URL('../../../', import.meta.url)), encoding: 'utf8' });
  const { findings } = JSON.parse(run.stdout) as { findings: readonly { quantity: string; lane: number; value: number; limit: string; limitValue: number }[] };
  // 0x4780 / 256 = 71.5 C over the warning of 70 C and under the alarm of 75 C; lane 6 hears 0x04b0 = 1,200 x 0.1 uW = -9.21 dBm, under -8 dBm and over -10 dBm.
  assert.deepEqual(findings.map(({ quantity, lane, limit }) => [quantity, lane, limit]), [['temperature', -1, 'temperatureHighWarning'], ['rxPower', 5, 'rxPowerLowWarning']]);
  assert.ok(Math.abs((findings[1]?.value ?? 0) - 10 * Math.log10(0.12)) < 1e-9);
  assert.equal(run.status, 1);
});
