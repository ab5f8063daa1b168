/** Where every package of a cluster settles at full load: the case temperature that a sensor there would show, by component. */

import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { compileClusterHeat, initialHeatState } from '../thermal/cluster-compile.ts';
import { stepClusterHeat } from '../thermal/cluster-step.ts';
import { packageForPart } from '../thermal/package-catalogue.ts';
import { fullFlow } from '../thermal/package-type.ts';
import { typicalInlet } from '../thermal/steady.ts';
import { makeBill } from './bill.ts';
import type { CompiledCluster } from './compiled.ts';
import { planHeat } from './heat-plan.ts';
import { componentHeatRows } from './heat-rows.ts';
import type { FindPartFigures } from './part-figures.ts';

/**
 * Case of each component that is a package, NaN for the others, at typical inlets of air and coolant. The whole power of an
 * accelerator counts as its own here: loops and racks are sized for the load they carry, so their rise does not depend on it.
 */
export function settledCases(cluster: CompiledCluster, { catalogue, find }: { readonly catalogue: Catalogue; readonly find: FindPartFigures }): Float32Array {
  const { fabric, design } = cluster;
  const plan = planHeat(cluster, {
    find, rackPowerW: makeBill(cluster, find).bill.rackPowerW, acceleratorW: design.accelerator.powerW.value,
    packageOf(partId) {
      const part = catalogue.find(partId);
      return part === undefined ? null : packageForPart({ kind: part.kind, powerW: find(partId)?.powerW.value ?? 0 });
    },
    airC: typicalInlet.airC.value, coolantC: typicalInlet.coolantC.value, flow: fullFlow, activity: 1,
  });
  const heat = compileClusterHeat(plan.spec);
  const cases = new Float32Array(fabric.componentCount).fill(NaN);
  if (!heat.ok) return cases;
  const state = initialHeatState(heat.value, plan.spec, { startC: typicalInlet.airC.value });
  stepClusterHeat(heat.value, state, Infinity);
  componentHeatRows(fabric, plan, heat.value).caseRow.forEach((row, component) => {
    if (row >= 0) cases[component] = state.nodeTemperatureC[row] ?? NaN;
  });
  return cases;
}
