/** Reads the file that says where real devices answer: one address for each device, or one for several that are told apart by target. */

import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { readFileText } from '../../adapters/spec/files.ts';
import { inputSchema, nameField, textField } from '../../adapters/spec/fields.ts';
import { checkShape, settle, sourceOf } from '../../adapters/spec/read-spec.ts';
import { issueAt } from '../../adapters/spec/shape-issues.ts';

/** One address. */
export interface ListedAddress {
  readonly address: string;
  /** Names of the devices there; `null` for every device that is named nowhere else. */
  readonly devices: readonly string[] | null;
  readonly hasTargets: boolean;
}

export interface DeviceList {
  /** Folder with `ca.pem`, `controller.pem` and `controller.key`. */
  readonly certificates: string;
  readonly addresses: readonly ListedAddress[];
}

const addressesMax = 100_000;
const addressText = /^[^\s/:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/;

const address = textField({ about: 'Host and port at which gNMI is served.', example: '10.0.3.7:9339' });
const device = nameField({ about: 'A device of the cluster as the cluster file names it: a switch, an adapter, a circuit switch.', example: 'leaf3' });

const shape = z.strictObject({
  kind: z.literal('Devices'), version: z.literal(1),
  certificates: textField({ about: 'Folder with ca.pem, controller.pem and controller.key, from where this file lies.', example: 'tls' }),
  devices: z.array(z.union([
    z.strictObject({ address, device }),
    z.strictObject({ address, targets: z.union([z.literal('all'), z.array(device).min(1)]) }),
  ])).min(1).max(addressesMax),
});

/**
 * Reads a list of devices. `resolve` gives the full name of a device, `null` where the cluster has none. Issue codes: those of every
 * spec file, and `bad-address`, `unknown-device`, `device-twice`.
 */
export function readDeviceList(file: string, resolve: (name: string) => string | null): Parsed<DeviceList> {
  const text = readFileText(file);
  if (!text.ok) return text;
  const source = sourceOf(text.value);
  if (!source.ok) return source;
  const shaped = checkShape({ tree: source.value.tree, schema: inputSchema(shape), prefix: [] }, shape);
  const issues: Issue[] = [...source.value.issues, ...shaped.issues];
  const seen = new Set<string>();
  const addresses = (shaped.value?.devices ?? []).map((entry, row): ListedAddress => {
    const add = (key: string, code: string, message: string, remedy: string, value: string): void => void issues.push({ ...issueAt(source.value, ['devices', row, key], { code, message, remedy }), value });
    if (!addressText.test(entry.address)) add('address', 'bad-address', 'This is not host and port', 'Write for example 10.0.3.7:9339', entry.address);
    const key = 'device' in entry ? 'device' : 'targets';
    const named = 'device' in entry ? [entry.device] : entry.targets === 'all' ? ['*'] : entry.targets;
    const names = named.map((name) => {
      const full = name === '*' ? name : resolve(name);
      if (full === null) add(key, 'unknown-device', 'The cluster has no such device', 'Name a switch, an adapter or a circuit switch of the cluster file', name);
      else if (seen.has(full)) add(key, 'device-twice', name === '*' ? 'Two addresses answer for all devices' : 'Two addresses answer for this device', 'Keep one of them', name);
      seen.add(full ?? name);
      return full ?? name;
    });
    return { address: entry.address, devices: names[0] === '*' ? null : names, hasTargets: !('device' in entry) };
  });
  const whole = settle(shaped.value, issues);
  if (!whole.ok) return whole;
  const { certificates } = whole.value;
  return parsed({ certificates: isAbsolute(certificates) ? certificates : join(dirname(file), certificates), addresses });
}
