/** Joins the fabric to its heat: which rows of the heat state belong to a component, and to the light of each wavelength. */

import { placedPackages } from '../thermal/cluster-course.ts';
import type { ClusterHeat } from '../thermal/cluster-heat.ts';
import type { PackageType } from '../thermal/package-type.ts';
import { laserSurfaceNode, nodeRow } from '../thermal/package-type.ts';
import type { WavelengthRows } from '../thermal/wavelength-heat.ts';
import type { CompiledFabric } from './compiled.ts';
import type { HeatPlan } from './heat-plan.ts';

/** Rows of the heat state by component; -1 for components that are no package. */
export interface ComponentHeatRows {
  readonly caseRow: Int32Array;
  /** Photonic die under the rings. */
  readonly ringRow: Int32Array;
  /** Surface on which the lasers sit. */
  readonly laserRow: Int32Array;
}

/** Finds the rows of every component of a plan. */
export function componentHeatRows(fabric: CompiledFabric, plan: HeatPlan, heat: ClusterHeat): ComponentHeatRows {
  const none = (): Int32Array => new Int32Array(fabric.componentCount).fill(-1);
  const rows: ComponentHeatRows = { caseRow: none(), ringRow: none(), laserRow: none() };
  const at = (type: PackageType, first: number, node: string | null): number => (node === null ? -1 : first + nodeRow(type, node));
  for (const placed of placedPackages(heat)) {
    const { type } = placed.group.group;
    const components = plan.componentsOf.get(`${placed.zone.name}/${placed.cell.name}/${placed.group.group.name}`);
    const component = components?.[placed.unit] ?? -1;
    if (component < 0) throw new Error(`${placed.name} stands for no component of this plan`);
    rows.caseRow[component] = at(type, placed.row, type.caseNode);
    rows.ringRow[component] = at(type, placed.row, type.ringNode);
    rows.laserRow[component] = at(type, placed.row, laserSurfaceNode(type));
  }
  return rows;
}

/**
 * The rows that decide each wavelength's light: the rings of the engine that sends it, and the surface of the laser that
 * lights it, wherever that laser sits. -1 where a wavelength has no such thing.
 */
export function wavelengthHeatRows(fabric: CompiledFabric, rows: ComponentHeatRows): WavelengthRows {
  const ringRow = new Int32Array(fabric.wavelengthCount).fill(-1);
  const laserRow = new Int32Array(fabric.wavelengthCount).fill(-1);
  for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) {
    const port = fabric.linkPort[fabric.wavelengthLink[wavelength] ?? 0] ?? 0;
    ringRow[wavelength] = rows.ringRow[fabric.componentParent[port] ?? 0] ?? -1;
    const laser = fabric.wavelengthLaser[wavelength] ?? -1;
    if (laser >= 0) laserRow[wavelength] = rows.laserRow[fabric.componentParent[laser] ?? 0] ?? -1;
  }
  return { ringRow, laserRow };
}
