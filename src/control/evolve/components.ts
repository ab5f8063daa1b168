/** Folds what is known of components and devices: measurements, beliefs, judgements of light, health, maintenance and talk. */

import type { ComponentIx } from '../../fabric/fabric.ts';
import { noteTalk } from '../devices/unheard.ts';
import type { Fact } from '../fact.ts';
import { healthNames } from '../fact.ts';
import { trendAfter } from '../health/trend.ts';
import { noteHealth } from '../health/unsound.ts';
import { noteService } from '../ladder/fitness.ts';
import { noteLight } from '../light.ts';
import type { State } from '../state.ts';
import { tellBook } from './changes.ts';

type ComponentFact = Extract<Fact, { kind: 'measured' | 'deviceHeard' | 'believed' | 'judged' | 'healthSet' | 'flapped' | 'maintenanceSet' | 'circuitsObserved' }>;

const inTable = (state: State, component: number): boolean => component >= 0 && component < state.plant.cluster.fabric.componentCount;

function measure(state: State, { quantity, components, values, perHour }: Extract<ComponentFact, { kind: 'measured' }>, atNs: number): string | null {
  for (const component of components) if (!inTable(state, component)) return `component ${component} does not exist`;
  let rows = state.measured.get(quantity);
  if (rows === undefined) state.measured.set(quantity, (rows = new Map()));
  for (let at = 0; at < components.length; at++) {
    const component = components[at] ?? 0;
    const value = values[at] ?? 0;
    rows.set(component, { value, perHour: perHour[at] ?? null, atNs, trend: trendAfter(quantity, rows.get(component), value, atNs) });
    state.components.heardNs[component] = atNs;
  }
  return null;
}

/** A component that goes dark takes its fault domain with it; one that lights again gives back what no other keeps dark. */
function countDark(state: State, component: number, isDead: boolean): void {
  if ((state.components.isDead[component] === 1) === isDead) return;
  const { darkCauses } = state.wavelengths;
  for (const wavelength of state.plant.lightDomains.blast(component as ComponentIx).wavelengthRows) darkCauses[wavelength] = (darkCauses[wavelength] ?? 0) + (isDead ? 1 : -1);
  state.components.isDead[component] = isDead ? 1 : 0;
}

function believe(state: State, fact: Extract<ComponentFact, { kind: 'believed' }>): string | null {
  for (const component of fact.components) if (!inTable(state, component)) return `component ${component} does not exist`;
  const { caseC, lossDb } = state.components;
  fact.components.forEach((component, at) => {
    caseC[component] = fact.caseC[at] ?? NaN;
    lossDb[component] = fact.lossDb[at] ?? 0;
    countDark(state, component, fact.isDead[at] === true);
  });
  return null;
}

/** Sets what physics lets the wavelengths of a link carry; true when any of them carries other than before. */
function setPhysics(state: State, link: number, gbps: readonly number[]): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  const { physicsGbps } = state.wavelengths;
  const first = linkWavelength[link] ?? 0;
  const count = (linkWavelength[link + 1] ?? first) - first;
  let isChanged = false;
  for (let place = 0; place < count; place++) {
    const told = gbps[place] ?? 0;
    if (physicsGbps[first + place] === told) continue;
    physicsGbps[first + place] = told;
    tellBook(state, first + place);
    isChanged = true;
  }
  return isChanged;
}

interface Judged {
  readonly first: number;
  readonly count: number;
  readonly marginDb: number;
  readonly gbps: readonly number[];
}

/** Folds what was judged of links in a row. */
function foldRange(state: State, { first, count, marginDb, gbps }: Judged): void {
  for (let link = first; link < first + count; link++) {
    state.links.marginDb[link] = marginDb;
    if (setPhysics(state, link, gbps)) noteLight(state, link);
  }
}

function judge(state: State, { groups }: Extract<ComponentFact, { kind: 'judged' }>): string | null {
  const { linkCount } = state.plant.cluster.fabric;
  for (const { ranges } of groups) {
    for (let at = 0; at < ranges.length; at += 2) {
      const first = ranges[at] ?? -1;
      if (first < 0 || first + (ranges[at + 1] ?? 0) > linkCount) return `links from ${first} do not exist`;
    }
  }
  for (const { ranges, marginDb, gbps } of groups) {
    for (let at = 0; at < ranges.length; at += 2) foldRange(state, { first: ranges[at] ?? 0, count: ranges[at + 1] ?? 0, marginDb: marginDb ?? -Infinity, gbps });
  }
  return null;
}

function setHealth(state: State, { component, from, to }: Extract<ComponentFact, { kind: 'healthSet' }>, atNs: number): string | null {
  if (!inTable(state, component)) return `component ${component} does not exist`;
  const held = healthNames[state.components.health[component] ?? 0];
  if (held !== from) return `component ${component} is ${held ?? 'nothing'} and not ${from}`;
  state.components.health[component] = healthNames.indexOf(to);
  noteHealth(state, component);
  noteService(state, component, { from: healthNames.indexOf(from), to: healthNames.indexOf(to) });
  state.components.sinceNs[component] = atNs;
  return null;
}

/** Whether a component that is being taken out of service is dark by itself: once it is drained, it is because it was told so. */
function wasDead({ components, maintenance }: State, { component, stage }: Extract<ComponentFact, { kind: 'maintenanceSet' }>): boolean {
  return stage === 'draining' || stage === 'drained' ? components.isDead[component] === 1 : maintenance.get(component)?.wasDead === true;
}

export function evolveComponents(state: State, fact: ComponentFact, atNs: number): string | null {
  switch (fact.kind) {
    case 'measured': return measure(state, fact, atNs);
    case 'believed': return believe(state, fact);
    case 'judged': return judge(state, fact);
    case 'healthSet': return setHealth(state, fact, atNs);
    case 'flapped':
      if (!inTable(state, fact.component)) return `component ${fact.component} does not exist`;
      state.components.flaps[fact.component] = fact.count;
      return null;
    case 'deviceHeard':
      state.devices.set(fact.device, { sequence: fact.sequence, link: fact.link, strikes: fact.strikes, atNs });
      noteTalk(state, fact.device, fact.link);
      return null;
    case 'maintenanceSet':
      if (!inTable(state, fact.component)) return `component ${fact.component} does not exist`;
      if (fact.stage === 'returned' || fact.stage === 'cancelled') state.maintenance.delete(fact.component);
      else state.maintenance.set(fact.component, { stage: fact.stage, sinceNs: atNs, by: fact.by, wasDead: wasDead(state, fact) });
      return null;
    case 'circuitsObserved':
      state.observedCircuits.set(fact.ocs, new Map(fact.circuits.map(({ aPort, bPort }) => [aPort, bPort])));
      return null;
  }
}
