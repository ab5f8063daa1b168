/** The fast writer and reader of notifications agree with the generated code, paths survive their text, and no bytes harm anybody. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type { DeviceReading } from '../../../src/adapters/device-reading.ts';
import { Encoding, NotificationSchema } from '../../../src/adapters/gnmi/generated/gnmi_pb.js';
import type { Entity, Leaf, LeafType, LeafValue } from '../../../src/adapters/gnmi/leaf.ts';
import { jsonIetf } from '../../../src/adapters/gnmi/leaf.ts';
import { createNotificationReader } from '../../../src/adapters/gnmi/notification-reader.ts';
import { leafPathBytes, prefixBytes, writeNotification } from '../../../src/adapters/gnmi/notification-writer.ts';
import { covers, parsePath, pathText } from '../../../src/adapters/gnmi/path.ts';
import { createWatch } from '../../../src/adapters/gnmi/watch.ts';

const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'Z', '0', '-', '.', '/', 'é', '|', ' ') });
const elem = fc.tuple(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.option(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ maxLength: 8 }), { maxKeys: 2 }), { nil: undefined }))
  .map(([name, key]) => ({ module: 'm', name, ...(key === undefined ? {} : { key: { ...key } }) }));
const elems = fc.array(elem, { minLength: 1, maxLength: 6 });
const value: fc.Arbitrary<readonly [LeafType, Exclude<LeafValue, null>]> = fc.oneof(
  fc.tuple(fc.constant<LeafType>({ kind: 'string' }), fc.string({ maxLength: 300, unit: 'grapheme' })),
  fc.tuple(fc.constant<LeafType>({ kind: 'boolean' }), fc.boolean()),
  fc.tuple(fc.constant<LeafType>({ kind: 'uint64' }), fc.integer({ min: 0 })),
  fc.tuple(fc.constant<LeafType>({ kind: 'uint16' }), fc.integer({ min: 0, max: 65_535 })),
  fc.tuple(fc.integer({ min: 0, max: 18 }).map((digits): LeafType => ({ kind: 'decimal64', digits })), fc.double({ min: -1000, max: 1000, noNaN: true })),
);

test('what the fast writer writes, the generated code reads', () => {
  const updates = fc.array(fc.tuple(elems, value, fc.integer({ min: 0, max: 70_000 })), { maxLength: 20 });
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), elems, word, updates, fc.array(elems, { maxLength: 3 }), (timestamp, prefix, target, list, removed) => {
    const bytes = writeNotification(Encoding.JSON_IETF, {
      timestamp, prefix: prefixBytes(prefix, { origin: 'openconfig', target }), removed, updates: list.map(([path, [type, read], duplicates]) => ({ path: leafPathBytes(path), type, value: read, duplicates })),
    });
    const message = fromBinary(NotificationSchema, bytes);
    assert.deepEqual([message.timestamp, message.prefix?.target, message.prefix?.origin], [timestamp, target, 'openconfig']);
    assert.deepEqual(message.prefix?.elem.map(({ name }) => name), prefix.map(({ name }) => name));
    assert.equal(message.delete.length, removed.length);
    message.update.forEach((update, at) => {
      const [path, [type, read], duplicates] = list[at] ?? [[], [{ kind: 'string' }, ''], 0];
      assert.deepEqual(update.path?.elem.map(({ name, key }) => ({ name, key: { ...key } })), path.map(({ name, key }) => ({ name, key: key ?? {} })));
      assert.equal(update.duplicates, duplicates);
      assert.deepEqual(update.val?.value.case === 'jsonIetfVal' ? JSON.parse(new TextDecoder().decode(update.val.value.value)) : null, jsonIetf(type, read));
    });
  }), { seed: 8, numRuns: 300 });
});

test('paths survive their text', () => {
  fc.assert(fc.property(elems, (path) => {
    const plain = path.map(({ name, key }) => (key === undefined || Object.keys(key).length === 0 ? { name } : { name, key }));
    assert.deepEqual(parsePath(pathText(plain)), plain);
  }), { seed: 8, numRuns: 1000 });
  for (const wrong of ['/a[b', '/a[b=c', '/a]b', '//a', '/a[b=c]d']) assert.equal(parsePath(wrong), null, wrong);
  assert.ok(covers({ name: 'component', key: { name: '*' } }, { name: 'component', key: { name: 'x' } }) && covers({ name: '*' }, { name: 'y' }));
  assert.ok(!covers({ name: 'component', key: { name: 'y' } }, { name: 'component', key: { name: 'x' } }));
});

const component = [{ name: 'components' }, { name: 'component', key: { name: 'm1' } }];
const channel = [{ name: 'transceiver' }, { name: 'physical-channels' }, { name: 'channel', key: { index: '2' } }, { name: 'state' }];

test('leaves, containers and every kind of scalar are read to the same values', () => {
  const reader = createNotificationReader('box');
  const readings: DeviceReading[] = [];
  const text = new TextEncoder();
  const tree = '{"state":{"pre-fec-ber":{"instant":"0.000000012000000000"}},"physical-channels":{"channel":[{"index":2,"state":{"laser-bias-current":{"instant":"61.20"}}}]}}';
  const path = (names: readonly { name: string; key?: Record<string, string> }[]) => ({ elem: names.map(({ name, key = {} }) => ({ name, key })) });
  const message = create(NotificationSchema, {
    timestamp: 1_795_335_124_729_278_439n, prefix: { ...path(component), target: 'leaf0' },
    update: [
      { path: path([...channel, { name: 'output-power' }, { name: 'instant' }]), val: { value: { case: 'jsonIetfVal', value: text.encode('"-1.25"') } } },
      { path: path([...channel, { name: 'input-power' }, { name: 'instant' }]), val: { value: { case: 'doubleVal', value: -4.5 } } },
      { path: path([...channel, { name: 'rx-los' }]), val: { value: { case: 'boolVal', value: true } } },
      { path: path([{ name: 'transceiver' }]), val: { value: { case: 'jsonIetfVal', value: text.encode(tree) } } },
      { path: path([{ name: 'state' }, { name: 'serial-no' }]), val: { value: { case: 'stringVal', value: 'nobody asks' } } },
      { path: path([{ name: 'state' }, { name: 'temperature' }, { name: 'instant' }]), val: { value: { case: 'jsonIetfVal', value: text.encode('"NaN"') } }, duplicates: 3 },
    ],
  });
  const bytes = toBinary(NotificationSchema, message);
  // Read twice: the second time every path is known.
  for (const _ of [1, 2]) assert.deepEqual({ ...reader.read(bytes, readings), removed: [] }, { device: 'leaf0', atNs: 1_795_335_124_729_278_439n, updates: 6, duplicates: 3, removed: [] });
  const values = readings.map(({ component: name, lane, quantity, value: read, unit }) => [name, lane, quantity, read, unit]);
  const once = [['m1', 2, 'txPower', -1.25, 'dBm'], ['m1', 2, 'rxPower', -4.5, 'dBm'], ['m1', 2, 'rxLos', 1, 'flag'], ['m1', -1, 'preFecBer', 1.2e-8, '1'], ['m1', 2, 'bias', 61.2, 'mA']];
  assert.deepEqual(values, [...once, ...once]);
});

test('any bytes are read to readings or end the stream with an error, and nothing else', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const readings: DeviceReading[] = [];
    try {
      createNotificationReader('box').read(bytes, readings);
    } catch (fault) {
      assert.ok(fault instanceof Error && !(fault instanceof TypeError), String(fault));
    }
  }), { seed: 8, numRuns: 5000 });
});

test('a slow subscriber gets the newest value and how many it missed', () => {
  let read = 1;
  const leaf: Leaf = { elems: [{ module: '', name: 'power' }], type: { kind: 'decimal64', digits: 1 }, isConfig: false, isSampled: true, read: () => read };
  const gone: Leaf = { ...leaf, elems: [{ module: '', name: 'gone' }] };
  let leaves = [leaf, gone];
  const entity: Entity = { target: 't', origin: 'openconfig', elems: [], isAside: false, leaves: () => leaves };
  const watch = createWatch(entity, { elems: [], depth: 0, keep: () => true }, 't');
  const drained = (): unknown => {
    const bytes = watch.drain(Encoding.PROTO);
    if (bytes === null) return null;
    const { update, delete: removed } = fromBinary(NotificationSchema, bytes);
    return [update.map(({ path, val, duplicates }) => [path?.elem[0]?.name, val?.value.value, duplicates]), removed.map(({ elem: names }) => names[0]?.name)];
  };
  watch.sample(0);
  assert.deepEqual(drained(), [[['power', 1, 0], ['gone', 1, 0]], []]);
  // Changes below the leaf's own resolution are none.
  read = 1.01;
  assert.equal(watch.changes(1), false);
  for (read = 2; read < 5; read++) watch.changes(read);
  leaves = [leaf];
  read = 5;
  watch.changes(6);
  assert.deepEqual(drained(), [[['power', 5, 3]], ['gone']]);
  assert.equal(drained(), null);
  assert.deepEqual([watch.changes(10), watch.heartbeat(10, 100)], [false, false]);
  assert.equal(watch.heartbeat(200, 100), true);
});
