/** Whether devices are still at work on light that a component carries, so that it must not go dark under them. */

import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Change, CrossConnect, Grant } from '../../plan/plan.ts';
import { linksOf } from '../circuit-ports.ts';
import type { DeviceAction } from '../fact.ts';
import type { OpenPlan, State } from '../state.ts';

interface Light {
  readonly links: ReadonlySet<number>;
  readonly wavelengths: ReadonlySet<number>;
}

/**
 * Whether a plan that is not confirmed changes light of a component, or would when it is taken back: that is in its changes alone.
 * Other plans are not waited for, and nothing new is put on a component that is drained, so the wait ends however busy the rest is.
 */
export function isUnderWay(state: State, component: number): boolean {
  if (state.openPlans.size === 0) return false;
  const { wavelengthRows, lostLinkRows, deratedLinkRows } = state.plant.lightDomains.blast(component as ComponentIx);
  const light: Light = { links: new Set([...lostLinkRows, ...deratedLinkRows]), wavelengths: new Set(wavelengthRows) };
  for (const open of state.openPlans.values()) if (touches(state, open, light)) return true;
  return false;
}

function touches(state: State, { changes, commands }: OpenPlan, light: Light): boolean {
  if (changes.some((change) => changeTouches(state, change, light))) return true;
  for (const n of commands) {
    const action = state.commands.get(n)?.action;
    if (action !== undefined && actionTouches(state, action, light)) return true;
  }
  return false;
}

const grantTouches = ({ paths }: Grant, { links }: Light): boolean => paths.some((path) => path.links.some((link) => links.has(link)));

/** A circuit that does not exist in the plant is taken for one of the component's. */
function circuitTouches({ plant }: State, circuit: CrossConnect, { links }: Light): boolean {
  const joined = linksOf(plant, circuit);
  return joined === null || links.has(joined.entering) || links.has(joined.leaving);
}

function changeTouches(state: State, change: Change, light: Light): boolean {
  switch (change.kind) {
    case 'add': case 'drop': return grantTouches(change.grant, light);
    case 'move': return grantTouches(change.from, light) || grantTouches(change.to, light);
    case 'connect': case 'disconnect': return circuitTouches(state, change.circuit, light);
    case 'setRate': case 'tune': return light.wavelengths.has(change.wavelength);
  }
}

/** What a plan that changes no intent tells a device again stands in its commands alone. */
function actionTouches(state: State, action: DeviceAction, light: Light): boolean {
  switch (action.kind) {
    case 'setRates': case 'tune': return action.wavelengths.some((wavelength) => light.wavelengths.has(wavelength));
    case 'crossConnect': return [...action.remove, ...action.create].some(({ aPort, bPort }) => circuitTouches(state, { ocs: action.ocs, aPort, bPort }, light));
    case 'enable': return true;
  }
}
