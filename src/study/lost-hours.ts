/** Accelerator hours that hard failures of the fabric take in a year, by part. */

import { hoursPerYear } from '../base/constants.ts';
import type { Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Bill, BillRow } from '../fabric/bill.ts';
import type { CompiledFabric } from '../fabric/compiled.ts';
import type { ComponentKind } from '../fabric/components.ts';
import { kindOf } from '../fabric/components.ts';
import type { ComponentIx } from '../fabric/fabric.ts';
import type { FaultDomains } from '../fabric/fault-domain.ts';
import type { FindPartFigures } from '../fabric/part-figures.ts';
import { repairTimes } from '../optics/reliability/evidence.ts';
import { rowName } from './bill-names.ts';
import type { LostGpuHours } from './compare-result.ts';

const hoursPerDay = 24;

/** Kinds of components that a row of the bill counts. */
const kindsOfRole: Readonly<Record<string, readonly ComponentKind[]>> = {
  module: ['module'], plug: ['module'], engine: ['engine'], laserSource: ['laserSource'], switch: ['leaf', 'spine', 'core', 'gateway'], nic: ['nic'], ocs: ['ocs'], awgr: ['awgr'],
};
/** Roles whose components name the catalogue part they are. */
const rolesWithPart: ReadonlySet<string> = new Set(['module', 'plug', 'engine', 'laserSource']);

/** No catalogue part states it: the server is emptied, opened and started again. */
const nicRepair: Figure = { value: 2, unit: 'h', kind: 'estimate', source: 'adapter exchange in a server, restart included (engineering estimate)' };
const repairOfRole: Readonly<Record<string, Figure>> = {
  module: repairTimes.module, plug: repairTimes.cable, engine: repairTimes.switch, laserSource: repairTimes.laserModule, switch: repairTimes.switch, nic: nicRepair, ocs: repairTimes.chassis, awgr: repairTimes.chassis,
};

interface Reach {
  count: number;
  cut: number;
  slowed: number;
}

/** Sums of fault domains by kind and part: a part's mean over its places, because a module at a spine takes less with it than one at a leaf. */
function reachByPart(fabric: CompiledFabric, domains: FaultDomains): ReadonlyMap<string, Reach> {
  const { components } = fabric;
  const counted = new Set(Object.values(kindsOfRole).flat());
  const reaches = new Map<string, Reach>();
  for (let row = 0; row < components.count; row++) {
    const kind = kindOf(components, row);
    if (!counted.has(kind)) continue;
    const key = `${kind} ${components.parts[components.part[row] ?? 0] ?? ''}`;
    let reach = reaches.get(key);
    if (reach === undefined) reaches.set(key, (reach = { count: 0, cut: 0, slowed: 0 }));
    const { gpusCut, gpusSlowed } = domains.measure(row as ComponentIx);
    reach.count++;
    reach.cut += gpusCut;
    reach.slowed += gpusSlowed;
  }
  return reaches;
}

/** Mean accelerators in the fault domain of one piece of a row. */
function meanReach(row: BillRow, reaches: ReadonlyMap<string, Reach>): { readonly cut: number; readonly slowed: number } {
  const kinds = kindsOfRole[row.role] ?? [];
  const matching = [...reaches].filter(([key]) => kinds.some((kind) => (rolesWithPart.has(row.role) ? key === `${kind} ${row.part}` : key.startsWith(`${kind} `)))).map(([, reach]) => reach);
  const count = matching.reduce((sum, reach) => sum + reach.count, 0);
  if (count === 0) return { cut: 0, slowed: 0 };
  return { cut: matching.reduce((sum, reach) => sum + reach.cut, 0) / count, slowed: matching.reduce((sum, reach) => sum + reach.slowed, 0) / count };
}

/**
 * Failures per year x mean accelerators in the fault domain x hours of repair, summed over parts that fail. The stated repair time
 * of a catalogue part comes first, then that of its kind. Jobs that must stop with their first lost accelerator lose more.
 */
export function lostGpuHours(bill: Bill, fabric: CompiledFabric, domains: FaultDomains, find: FindPartFigures): LostGpuHours {
  const reaches = reachByPart(fabric, domains);
  const failing = bill.rows.filter((row) => row.failuresPerDay.value > 0);
  const parts = failing.map((row) => {
    const stated = rolesWithPart.has(row.role) ? find(row.part)?.repairH : undefined;
    const repairH = stated ?? repairOfRole[row.role] ?? repairTimes.chassis;
    const reach = meanReach(row, reaches);
    const hours = ((row.failuresPerDay.value * hoursPerYear) / hoursPerDay) * repairH.value;
    return { name: rowName(row), cutPerYear: hours * reach.cut, slowedPerYear: hours * reach.slowed, repairH };
  });
  return {
    cutPerYear: parts.reduce((sum, part) => sum + part.cutPerYear, 0), slowedPerYear: parts.reduce((sum, part) => sum + part.slowedPerYear, 0),
    kind: weakestKind([...failing.map((row) => row.failuresPerDay.kind), ...parts.map((part) => part.repairH.kind)]), parts,
  };
}
