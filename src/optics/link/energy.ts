/**
 * Energy per bit by sub-part, with its boundary in words.
 *
 * A module carries its rate in both directions, so its power over its rate is also the energy of both ends together per
 * transported bit. The host SerDes is always added and always named: a module without DSP looks thrifty only as long as
 * the host that equalises for it is left out, and a 22 dB path to the face plate costs a long-reach SerDes where 4 dB on
 * the package does not.
 */

import type { EvidenceKind } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { PicojoulesPerBit, Watts } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { sharesOf, textOf } from '../catalogue/catalogue.ts';
import { energyPerBit } from '../formulas/delay.ts';
import { laserElectricalForLightMw } from '../formulas/laser.ts';
import type { Part } from '../part.ts';
import type { Chosen } from './figures.ts';
import type { EnergyShare } from './link-report.ts';
import type { RingState } from './ring-lock.ts';
import type { Setting } from './setting.ts';
import { standardPart } from './setting.ts';
import type { LaserLoad } from './laser-load.ts';

/** What one end draws beyond its stated total. */
export interface EndLoad {
  readonly lanes: number;
  readonly laneRateGbps: number;
  readonly laser: LaserLoad | null;
  readonly rings: readonly RingState[];
}

export interface EndEnergy {
  readonly shares: readonly EnergyShare[];
  /** One end, host SerDes excluded. */
  readonly powerW: Watts;
  readonly boundary: string;
}

/** Catalogue share names to report share names; a driver and TIA quoted together are split evenly. */
const reportNames: Readonly<Record<string, readonly string[]>> = { dsp: ['dsp'], laser: ['laser'], heater: ['heater'], driver_tia: ['driver', 'tia'], other: ['module'] };

const share = (name: string, pjPerBit: number, kind: EvidenceKind): EnergyShare => ({ name, pjPerBit: quantity(pjPerBit), kind });

/** pJ/bit of one end's part as its sources state it, `null` where the model must build it up. */
function statedEnergy(part: Part, rateGbps: number, setting: Setting): Chosen | null {
  const { read } = setting;
  const power = read.find(part, 'power_typ', 'power', 'power_end');
  if (power !== null) return { ...power, value: energyPerBit({ powerMw: power.value * 1000, rate: quantity(rateGbps) }) };
  return read.find(part, 'pj_bit_total', 'pj_bit');
}

/** Energy of one end, without host SerDes: the stated total split into sub-parts, or the sum of its sub-parts. */
export function endEnergy(part: Part, load: EndLoad, setting: Setting): EndEnergy {
  const rateGbps = load.lanes * load.laneRateGbps;
  const stated = statedEnergy(part, rateGbps, setting);
  const shares = stated === null ? builtShares(part, load, setting) : splitShares(part, stated, load);
  const total = shares.reduce((sum, { pjPerBit }) => sum + pjPerBit, 0);
  const scope = textOf(part, 'power_scope') ?? (stated === null ? 'laser from its light and wall-plug efficiency, its cooler where it has one, heaters, driver and TIA' : 'the whole part as its source states it');
  return { shares, powerW: quantity((total * rateGbps) / 1000), boundary: `${part.id}: ${scope}` };
}

/** At the reference temperature the shares add up to what is stated; beside it the laser and its cooler follow their drive and the heater its rings. */
function splitShares(part: Part, stated: Chosen, load: EndLoad): readonly EnergyShare[] {
  const split = sharesOf(part, 'power_split');
  if (split === null) return stated.value > 0 ? [share('module', stated.value, stated.kind)] : [];
  const shares: EnergyShare[] = [];
  for (const [name, fraction] of Object.entries(split)) {
    if (name === 'heater') {
      const changeMw = load.rings.reduce((sum, ring) => sum + ring.heaterMw - ring.referenceHeaterMw, 0);
      shares.push(share(name, Math.max(0, stated.value * fraction + changeMw / load.laneRateGbps), 'estimate'));
      continue;
    }
    if (name === 'tec') continue;
    const scale = name === 'laser' ? load.laser?.electricalRatio ?? 1 : 1;
    const names = reportNames[name] ?? ['module'];
    for (const reportName of names) shares.push(share(reportName, (stated.value * fraction * scale) / names.length, 'estimate'));
  }
  const cooler = statedCoolerShare(stated.value, split, load.laser);
  return cooler === null ? shares : [...shares, cooler];
}

/** The cooler's stated share, and what it draws more or less than at the reference temperature; `null` for uncooled lasers. */
function statedCoolerShare(pjPerBit: number, split: Readonly<Record<string, number>>, laser: LaserLoad | null): EnergyShare | null {
  const cooler = laser?.cooler ?? null;
  if (split['tec'] === undefined && cooler === null) return null;
  const laserPj = pjPerBit * (split['laser'] ?? 0);
  const changePj = laser === null || cooler === null ? 0 : laserPj * (laser.electricalRatio * cooler.ratio - cooler.referenceRatio);
  return share('tec', Math.max(0, pjPerBit * (split['tec'] ?? 0) + changePj), 'estimate');
}

/** Heaters of one wavelength's rings, as they stand at this temperature; `null` without rings. */
function heaterShare({ rings, laneRateGbps }: EndLoad): EnergyShare | null {
  if (rings.length === 0) return null;
  const heaterMw = rings.reduce((sum, ring) => sum + ring.heaterMw, 0);
  return share('heater', energyPerBit({ powerMw: heaterMw, rate: quantity(laneRateGbps) }), weakestKind(rings.map((ring) => ring.kind)));
}

function builtShares(part: Part, load: EndLoad, setting: Setting): readonly EnergyShare[] {
  const { laser, laneRateGbps } = load;
  const electronics = setting.read.need(part, 'driver_tia_energy');
  const wallPlug = laser?.wallPlugEfficiency ?? null;
  const shares: EnergyShare[] = [];
  if (laser !== null && wallPlug !== null) {
    const laserMw = laserElectricalForLightMw({ opticalMw: laser.sourceMwPerLane, efficiency: wallPlug.value }) * laser.wallPlugRatio;
    shares.push(share('laser', energyPerBit({ powerMw: laserMw, rate: quantity(laneRateGbps) }), wallPlug.kind));
    if (laser.cooler !== null) shares.push(share('tec', energyPerBit({ powerMw: laserMw * laser.cooler.ratio, rate: quantity(laneRateGbps) }), 'estimate'));
  }
  const heater = heaterShare(load);
  if (heater !== null) shares.push(heater);
  return [...shares, share('driver', electronics.value / 2, electronics.kind), share('tia', electronics.value / 2, electronics.kind)];
}

export interface HostEnergy {
  readonly share: EnergyShare;
  readonly lossDb: number;
}

/** Host SerDes of both ends: linear in the insertion loss between a short and a long path of known energy (estimate). */
export function hostEnergy(part: Part, setting: Setting): HostEnergy {
  const { read, request } = setting;
  const host = standardPart(request.catalogue, 'host-channel-pluggable');
  const long = read.need(host, 'serdes_energy_long');
  const short = read.need(host, 'serdes_energy_short');
  const longDb = read.need(host, 'insertion_loss').value;
  const shortDb = read.need(host, 'cpo_insertion_loss').value;
  const lossDb = read.find(part, 'electrical_loss')?.value ?? longDb;
  const slope = (long.value - short.value) / (longDb - shortDb);
  const equalisation = read.find(part, 'host_equalisation')?.value ?? 0;
  return { share: share('hostSerdes', Math.max(short.value, short.value + slope * (lossDb - shortDb)) + equalisation, weakestKind([long.kind, short.kind])), lossDb };
}

/** The mean of both ends, share by share, in the order of the first end. */
export function meanShares(near: readonly EnergyShare[], far: readonly EnergyShare[]): readonly EnergyShare[] {
  const names = [...new Set([...near, ...far].map(({ name }) => name))];
  return names.map((name) => {
    const of = (shares: readonly EnergyShare[]): readonly EnergyShare[] => shares.filter((candidate) => candidate.name === name);
    const both = [...of(near), ...of(far)];
    return share(name, both.reduce((sum, { pjPerBit }) => sum + pjPerBit, 0) / 2, weakestKind(both.map(({ kind }) => kind)));
  });
}

export const totalEnergy = (shares: readonly EnergyShare[]): PicojoulesPerBit => quantity(shares.reduce((sum, { pjPerBit }) => sum + pjPerBit, 0));
