/** Keeps the faults of the emulated fabric in a file, so that a restarted server emulates the same fabric that it left. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import { faultKinds } from '../../sim/devices/device-fault.ts';
import type { DeviceFault, FaultName } from '../../sim/devices/device-fault.ts';

const names = faultKinds.map(({ name }) => name) as [FaultName, ...FaultName[]];
const fileSchema = z.object({ faults: z.array(z.object({ component: z.number().int(), name: z.enum(names), by: z.number(), sinceNs: z.number() })) });

const faultFile = (dir: string): string => join(dir, 'emulated-faults.json');

/** None where nothing was kept, or where it cannot be read: an emulation may begin without faults. */
export function readEmulatedFaults(dir: string): readonly DeviceFault[] {
  if (!existsSync(faultFile(dir))) return [];
  try {
    return fileSchema.safeParse(JSON.parse(readFileSync(faultFile(dir), 'utf8'))).data?.faults ?? [];
  } catch {
    return [];
  }
}

export function keepEmulatedFaults(dir: string, faults: readonly DeviceFault[]): void {
  writeWholeFile(faultFile(dir), `${JSON.stringify({ faults })}\n`);
}
