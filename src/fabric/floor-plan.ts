/** Puts units into racks and racks onto the floor, and measures each cable along the overhead trays. */

import type { Issue } from '../base/issue.ts';
import type { FloorPlan } from './design.ts';
import type { GraphDraft } from './draft.ts';

/** Where every unit stands. Racks are numbered along rows, site after site. */
export interface Placement {
  readonly unitRack: Int32Array;
  readonly rackRow: Int32Array;
  readonly rackSite: Int32Array;
  /** Centre of each rack in its hall. */
  readonly rackX: Float64Array;
  readonly rackY: Float64Array;
  readonly rackCount: number;
  readonly rowCount: number;
  readonly rowSite: Int32Array;
  readonly siteCount: number;
}

interface Zone {
  readonly servers: number[];
  readonly switches: number[];
}

function unitsByZone(draft: GraphDraft, site: number): Map<number, Zone> {
  const zones = new Map<number, Zone>();
  for (let unit = 0; unit < draft.unitZone.length; unit++) {
    if (draft.unitSite.at(unit) !== site) continue;
    const key = draft.unitZone.at(unit);
    let zone = zones.get(key);
    if (zone === undefined) zones.set(key, (zone = { servers: [], switches: [] }));
    (draft.unitIsServer.at(unit) === 1 ? zone.servers : zone.switches).push(unit);
  }
  return zones;
}

const chunked = (units: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(units.length / size) }, (_, rack) => units.slice(rack * size, (rack + 1) * size));

/** The racks of one zone in floor order. */
function racksOfZone(zone: Zone, plan: FloorPlan): number[][] {
  const servers = chunked(zone.servers, plan.nodesPerRack);
  if (plan.leafPlacement === 'topOfRack' && servers.length > 0) {
    zone.switches.forEach((unit, index) => servers[index % servers.length]?.push(unit));
    return servers;
  }
  const switches = chunked(zone.switches, plan.switchesPerRack);
  const before = plan.leafPlacement === 'middleOfPod' ? Math.ceil(servers.length / 2) : servers.length;
  return [...servers.slice(0, before), ...switches, ...servers.slice(before)];
}

/** All racks of a site in floor order: pods one after another, shared switches in the middle of them or behind the last. */
function racksOfSite(draft: GraphDraft, plan: FloorPlan, site: number): number[][] {
  const zones = unitsByZone(draft, site);
  const shared = zones.get(-1);
  const pods = [...zones.keys()].filter((key) => key >= 0).sort((a, b) => a - b);
  const sharedRacks = shared === undefined ? [] : [...chunked(shared.servers, plan.nodesPerRack), ...chunked(shared.switches, plan.switchesPerRack)];
  const before = plan.spinePlacement === 'middle' ? Math.ceil(pods.length / 2) : pods.length;
  const racks: number[][] = [];
  pods.forEach((key, index) => {
    if (index === before) racks.push(...sharedRacks);
    racks.push(...racksOfZone(zones.get(key) ?? { servers: [], switches: [] }, plan));
  });
  if (pods.length <= before) racks.push(...sharedRacks);
  return racks;
}

/** Places every unit. Issue `floor-too-small` when a site needs more rows than its hall has. */
export function placeUnits(draft: GraphDraft, plan: FloorPlan): { readonly placement: Placement; readonly issues: readonly Issue[] } {
  const unitRack = new Int32Array(draft.unitZone.length);
  const rackRow: number[] = [];
  const rackSite: number[] = [];
  const rackX: number[] = [];
  const rackY: number[] = [];
  const rowSite: number[] = [];
  const issues: Issue[] = [];
  let siteCount = 0;
  for (let unit = 0; unit < draft.unitSite.length; unit++) siteCount = Math.max(siteCount, draft.unitSite.at(unit) + 1);
  for (let site = 0; site < siteCount; site++) {
    const racks = racksOfSite(draft, plan, site);
    const rows = Math.ceil(racks.length / plan.racksPerRow);
    const firstRow = rowSite.length;
    if (rows > plan.rows) {
      issues.push({
        code: 'floor-too-small', path: 'floor.rows', value: String(plan.rows),
        message: `The cluster needs ${racks.length} racks, ${rows} rows of ${plan.racksPerRow}, and the hall has ${plan.rows} rows`,
        remedy: `Give the hall ${rows} rows, longer rows, or more nodes per rack`,
      });
    }
    for (let row = 0; row < rows; row++) rowSite.push(site);
    racks.forEach((units, index) => {
      const row = Math.floor(index / plan.racksPerRow);
      for (const unit of units) unitRack[unit] = rackRow.length;
      rackRow.push(firstRow + row);
      rackSite.push(site);
      rackX.push((index % plan.racksPerRow) * plan.rackPitchM);
      rackY.push(row * plan.rowPitchM);
    });
  }
  const placement: Placement = {
    unitRack, rackRow: Int32Array.from(rackRow), rackSite: Int32Array.from(rackSite),
    rackX: Float64Array.from(rackX), rackY: Float64Array.from(rackY), rackCount: rackRow.length,
    rowCount: rowSite.length, rowSite: Int32Array.from(rowSite), siteCount,
  };
  return { placement, issues };
}

/**
 * Cable between two racks of one hall in whole metres, rounded up as cables are bought: up to the tray, along row and aisle
 * (Manhattan distance), down again, plus slack; inside one rack the plan's in-rack length.
 */
export function cableLengthM(placement: Placement, plan: FloorPlan, ends: { readonly fromRack: number; readonly toRack: number }): number {
  const { fromRack, toRack } = ends;
  if (fromRack === toRack) return Math.ceil(plan.inRackM);
  const along = Math.abs((placement.rackX[fromRack] ?? 0) - (placement.rackX[toRack] ?? 0));
  const across = Math.abs((placement.rackY[fromRack] ?? 0) - (placement.rackY[toRack] ?? 0));
  // A hair is taken off so that floating-point noise on a whole number of metres does not buy one more.
  return Math.ceil(along + across + 2 * plan.trayRiseM + plan.slackM - 1e-9);
}
