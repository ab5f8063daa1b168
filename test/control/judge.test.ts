/** Light judged link by link with what neighbours share looked up once says what a judgement says that looks everything up for each wavelength. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import { lightWay } from '../../src/control/circuit-ports.ts';
import { createState } from '../../src/control/create-state.ts';
import type { JudgedGroup } from '../../src/control/fact.ts';
import type { Belief } from '../../src/control/health/belief.ts';
import { beliefsWith, judgeAllLinks, judgeLink, judgeLinks, linksOf } from '../../src/control/health/judge.ts';
import { forEachJudgedLink } from '../../src/control/light.ts';
import type { BodyHeat, LightCondition, Plant } from '../../src/control/plant.ts';
import { takeReading } from '../../src/control/run.ts';
import type { State } from '../../src/control/state.ts';
import { componentKinds } from '../../src/fabric/components.ts';
import type { MediumDesign } from '../../src/fabric/design.ts';
import { ringStateAt } from '../../src/thermal/light-response.ts';
import { bareDesign } from '../fabric/designs.ts';
import { plantOf, ringPlant, treePlant } from './plants.ts';

/** Rings that are on their line, heater off, in a case of 64 C, and whose heaters reach 3 nm. */
const lock = { wavelengthNm: 1310, hotC: 74, ringDriftNmPerK: 0.07, lineDriftNmPerK: 0, heaterRangeNm: 3, heaterMwPerNm: 10, fwhmGhz: 40 };

/** A plant whose light falls short of loss and heat lane by lane; two of three modules have rings and a settled case. */
function physical(plant: Plant): Plant {
  const kinds = plant.cluster.fabric.componentKind;
  const isBody = (component: number): boolean => componentKinds[kinds[component] ?? 0] === 'module';
  const body = (component: number): BodyHeat => ({
    caseC: 65, sink: 'coolant', sinkC: 30, laserLossDb: (caseC) => Math.max(0, (caseC - 60) / 4), ring: component % 3 > 0 ? { lock, lockStepNm: 1, dieOverCaseK: 10 } : null,
  });
  const known = new Map<string, LightCondition>();
  return {
    ...plant, bodyOf: (component) => (isBody(component) ? body(component) : null), settledCaseC: Float32Array.from(kinds, (_, component) => (isBody(component) && component % 3 > 0 ? 65 : NaN)),
    lightAt(link, { caseC, lossDb }) {
      const { linkWavelength } = plant.cluster.fabric;
      const count = (linkWavelength[link + 1] ?? 0) - (linkWavelength[link] ?? 0);
      const use = plant.cluster.fabric.cableUse[link >> 1] ?? -1;
      const key = `${use} ${Math.round(lossDb * 20)} ${caseC === null ? '' : Math.round(caseC)}`;
      const marginDb = 6 - 0.3 * use - Math.round(lossDb * 20) / 20 - (caseC === null ? 0 : Math.max(0, Math.round(caseC) - 60) / 10);
      const light = known.get(key) ?? { marginDb, preFecBer: 0, rateGbps: Array.from({ length: count }, (_, place) => (marginDb >= 1 || (marginDb >= 0 && place !== 1) ? 100 : 0)) };
      known.set(key, light);
      return light;
    },
  };
}

/** The same tree with few lasers for the wavelengths of a module, and more wavelengths on a link than a number has bits. */
function wideLinks(lasersPerModule: number): Plant {
  const design = bareDesign(8, { kind: 'fat-tree', tiers: 2, k: 8, routing: 'ecmp' });
  const shared = (medium: MediumDesign): MediumDesign => ({ ...medium, wavelengthsPerLink: 36, near: { ...medium.near, lasersPerModule }, far: { ...medium.far, lasersPerModule: 1 } });
  const { access, fabric, core, dci } = design.media;
  return plantOf({ ...design, media: { access: access.map(shared), fabric: fabric.map(shared), core: core.map(shared), dci } });
}

interface Asked {
  readonly state: State;
  readonly changed: ReadonlyMap<number, Belief>;
  readonly tuned: ReadonlyMap<number, number>;
}

/** What a link carries, by the rules in the header of the judgement and nothing else: no answer is used twice. */
function plainLight({ state, changed, tuned }: Asked, link: number): { readonly marginDb: number; readonly gbps: readonly number[] } {
  const { plant, plant: { cluster: { fabric } }, components, circuits } = state;
  const lossDb = (component: number): number => changed.get(component)?.lossDb ?? components.lossDb[component] ?? 0;
  const caseC = (component: number): number => {
    const believed = changed.get(component)?.caseC ?? components.caseC[component] ?? NaN;
    return Number.isNaN(believed) ? plant.settledCaseC[component] ?? NaN : believed;
  };
  const causes = (row: number): number => [...changed].reduce((sum, [component, { isDead }]) => {
    const by = Number(isDead) - (components.isDead[component] ?? 0);
    return sum + (plant.lightDomains.blast(component as never).wavelengthRows.includes(row) ? by : 0);
  }, state.wavelengths.darkCauses[row] ?? 0);
  const way = lightWay(plant, circuits, link);
  const far = fabric.linkReverse[way.at(-1) ?? link] ?? -1;
  const isDark = (passed: readonly number[], place: number): boolean => passed.some((one) => causes((fabric.linkWavelength[one] ?? 0) + place) > 0);
  const count = (one: number): number => (fabric.linkWavelength[one + 1] ?? 0) - (fabric.linkWavelength[one] ?? 0);
  const places = Array.from({ length: count(link) }, (_, place) => place);
  const ends = [link, far].map((end) => fabric.componentParent[fabric.linkPort[end] ?? 0] ?? 0);
  const [near = 0, other = 0] = ends;
  const cases = ends.map(caseC).filter((one) => !Number.isNaN(one));
  const ports = Math.max(...[link, far].map((end) => lossDb(fabric.linkPort[end] ?? 0)));
  const lights = places.map((place) => {
    const row = (fabric.linkWavelength[link] ?? 0) + place;
    if (isDark(way, place)) return null;
    const laser = fabric.wavelengthLaser[row] ?? -1;
    const source = fabric.componentParent[laser] ?? -1;
    const warm = Number.isNaN(caseC(source)) ? 0 : plant.bodyOf(source)?.laserLossDb(caseC(source)) ?? 0;
    const ring = plant.bodyOf(near)?.ring ?? null;
    const tunedK = (tuned.get(row) ?? state.wavelengths.tunedNm[row] ?? 0) / lock.ringDriftNmPerK;
    const ringDb = ring === null || Number.isNaN(caseC(near)) ? 0 : ringStateAt(ring.lock, { ringC: caseC(near) + ring.dieOverCaseK - tunedK }).driftLossDb;
    const way0Db = ports + (lossDb(near) + lossDb(other)) + lossDb(fabric.linkCable[link >> 1] ?? -1);
    return plant.lightAt(link, { caseC: cases.length === 0 ? null : Math.max(...cases), lossDb: Math.min(100, way0Db + (laser < 0 ? 0 : lossDb(laser) + lossDb(source) + warm) + ringDb) });
  });
  const gbps = lights.map((light, place) => light?.rateGbps[place] ?? 0);
  // A link that nothing can be sent back on carries nothing.
  const back = lightWay(plant, circuits, far);
  const isMute = count(far) > 0 && Array.from({ length: count(far) }, (_, place) => place).every((place) => isDark(back, place));
  if (places.length > 0 && (isMute || gbps.every((rate) => rate === 0))) return { marginDb: -Infinity, gbps: gbps.map(() => 0) };
  const margins = lights.flatMap((light, place) => (light === null ? [] : [gbps[place] === 0 ? -Infinity : light.marginDb]));
  return { marginDb: Math.min(99, ...margins), gbps };
}

function plainLinks({ state, changed }: Asked): readonly number[] {
  const { plant, circuits } = state;
  const links = new Set<number>();
  for (const component of changed.keys()) {
    const { lostLinkRows, deratedLinkRows } = plant.lightDomains.blast(component as never);
    for (const row of [...lostLinkRows, ...deratedLinkRows]) for (const link of lightWay(plant, circuits, row)) links.add(link).add(plant.cluster.fabric.linkReverse[link] ?? link);
  }
  return [...links].sort((a, b) => a - b);
}

function told(groups: readonly JudgedGroup[]): ReadonlyMap<number, { readonly marginDb: number; readonly gbps: readonly number[] }> {
  const byLink = new Map<number, { readonly marginDb: number; readonly gbps: readonly number[] }>();
  for (const group of groups) forEachJudgedLink(group, (link) => void byLink.set(link, { marginDb: group.marginDb ?? -Infinity, gbps: group.gbps }));
  return byLink;
}

/** Groups tell margins to the thousandth of a decibel. */
const isSame = (one: { readonly marginDb: number; readonly gbps: readonly number[] } | undefined, other: { readonly marginDb: number; readonly gbps: readonly number[] }, byDb: number): boolean =>
  one !== undefined && (one.marginDb === other.marginDb || Math.abs(one.marginDb - other.marginDb) < byDb) && one.gbps.join() === other.gbps.join();

function someBelief(dice: Dice): Belief {
  return { caseC: dice.below(3) === 0 ? NaN : 58 + dice.below(10), lossDb: dice.below(2) === 0 ? 0 : dice.below(80) / 10, isDead: dice.below(4) === 0 };
}

function check(asked: Asked): void {
  const { state, changed, tuned } = asked;
  const links = linksOf(state, changed.keys());
  assert.deepEqual(links, plainLinks(asked));
  const beliefs = beliefsWith(state, changed, tuned);
  const all = told(judgeAllLinks(state, beliefs, links));
  const news = told(judgeLinks(state, beliefsWith(state, changed, tuned), links));
  for (const link of links) {
    const plain = plainLight(asked, link);
    assert.ok(isSame(all.get(link), plain, 1e-3), `link ${link}: ${JSON.stringify([all.get(link), plain])}`);
    assert.ok(isSame(judgeLink(state, beliefs, link), plain, 1e-9), `link ${link} alone`);
    const first = state.plant.cluster.fabric.linkWavelength[link] ?? 0;
    const stood = { marginDb: state.links.marginDb[link] ?? NaN, gbps: plain.gbps.map((_, place) => state.wavelengths.physicsGbps[first + place] ?? 0) };
    assert.equal(news.has(link), !isSame(stood, plain, 0.01), `news of link ${link}`);
  }
}

for (const [name, plant] of [['a tree', treePlant], ['a tree with wide links', () => wideLinks(4)], ['a tree with a laser for each wide link', () => wideLinks(1)], ['circuits', ringPlant]] as const) {
  test(`light of ${name} is judged as by looking everything up for each wavelength, under 300 sets of beliefs`, () => {
    const dice = createDice(7);
    const state = createState(physical(plant()));
    const { componentCount, linkCount, linkWavelength, wavelengthCount, wavelengthLaser } = state.plant.cluster.fabric;
    let judged = 0;
    for (let turn = 0; turn < 300; turn++) {
      // Some of what was believed is folded as it stands, with the light that follows from it, and some is asked about.
      const component = dice.below(componentCount);
      if (dice.below(3) === 0) takeReading(state, turn * 1e9, { kind: 'alarm', device: 'd', sequence: turn, component, alarm: 'partFault', raised: dice.below(2) === 0 });
      if (dice.below(3) === 0) takeReading(state, turn * 1e9, { kind: 'telemetry', device: 'e', sequence: turn, deviceNs: turn * 1e9, quantity: 'txLossDb', components: [component], values: [dice.below(60) / 10] });
      if (dice.below(9) === 0) state.wavelengths.tunedNm[dice.below(wavelengthCount)] = dice.below(30) / 100;
      const changed = new Map(Array.from({ length: dice.below(5) }, () => [dice.below(componentCount), someBelief(dice)] as const));
      // All lasers of one direction dead leave the other one without an answer.
      const link = dice.below(3 * linkCount);
      if (link < linkCount) for (const laser of wavelengthLaser.subarray(linkWavelength[link], linkWavelength[link + 1])) changed.set(laser, { caseC: NaN, lossDb: 0, isDead: true });
      const tuned = new Map(Array.from({ length: 30 * dice.below(3) }, () => [dice.below(wavelengthCount), dice.below(30) / 100] as const));
      check({ state, changed, tuned });
      judged += linksOf(state, changed.keys()).length;
    }
    assert.ok(judged > 300);
  });
}
