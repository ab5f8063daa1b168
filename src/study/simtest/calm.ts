/**
 * The calm after a play: faults stop, then everything is repaired, and the controller must find its way back.
 *
 * First the network is sound and every device tells all it knows: plans end, switches show what is intended. Then parts work again,
 * people finish their maintenance, and after the hold-down every part is sound and every wavelength carries its design.
 */

import type { ComponentIx } from '../../fabric/fabric.ts';
import { healthNames } from '../../control/fact.ts';
import type { Policy } from '../../plan/policy.ts';
import { isShort } from '../../control/lease-terms.ts';
import { testedDetail } from './tested.ts';
import { isSent } from './truth.ts';
import { PlayBroken } from './play-run.ts';
import type { PlayRun } from './play-run.ts';

const second = 1e9;

/** Ticks that plans may take to end when calm has lasted. */
const lastTicksMax = 5;

function tickFor(run: PlayRun, { forNs, everyNs }: { readonly forNs: number; readonly everyNs: number }): void {
  const endNs = run.nowNs + forNs;
  while (run.nowNs < endNs) {
    run.advance(run.nowNs + everyNs);
    run.take({ kind: 'tick' });
  }
}

/** Devices are reached again with sound clocks, and tell everything. */
function wake(run: PlayRun): void {
  for (const agent of run.devices.agents) {
    agent.clockOffNs = run.state.nowNs - run.nowNs > 250e9 || run.clockOffNs < -250e9 ? run.state.nowNs - run.nowNs : run.clockOffNs;
    agent.crashesNext = false;
    run.seen(agent, 'up');
  }
}

const demand = (isSo: boolean, message: () => string): void => {
  if (!isSo) throw new PlayBroken({ rule: 'calm', message: message() });
};

const name = (run: PlayRun, component: number): string => run.plant.cluster.fabric.componentName(component as ComponentIx);

/** Every plan has ended, every lane is set as intended, and every switch shows what is intended. */
function checkSettled(run: PlayRun): void {
  const { state, devices } = run;
  demand(state.openPlans.size === 0 && state.commands.size === 0, () => `plans ${[...state.openPlans.keys()].join(', ')} and commands ${[...state.commands.keys()].join(', ')} are open after calm`);
  const { rateGbps, tunedNm } = state.wavelengths;
  const apart = rateGbps.findIndex((gbps, row) => isSent(run.plant, row) && (devices.orders.rateGbps[row] !== gbps || devices.orders.tunedNm[row] !== tunedNm[row]));
  const { orders } = devices;
  demand(apart < 0, () => `wavelength ${apart} is set to ${orders.rateGbps[apart] ?? 0} Gb/s, ${orders.tunedNm[apart] ?? 0} nm; ${rateGbps[apart] ?? 0} Gb/s, ${tunedNm[apart] ?? 0} nm are intended`);
  for (const [ocs, intended] of state.circuits) {
    const shown = devices.circuits.get(ocs) ?? new Map<number, number>();
    const differs = [...new Set([...intended.keys(), ...shown.keys()])].find((port) => intended.get(port) !== shown.get(port));
    demand(differs === undefined, () => `${name(run, ocs)} shows port ${differs ?? -1} joined to ${shown.get(differs ?? -1) ?? 'nothing'} and ${intended.get(differs ?? -1) ?? 'nothing'} is intended`);
  }
}

/** People finish what they have begun, and look at what stays out. */
function service(run: PlayRun): void {
  const { state } = run;
  const ask = (component: number, action: 'repair' | 'verify' | 'return' | 'cancel'): void => void run.take({ kind: 'maintenanceAsked', component, action, by: 'operator' });
  const finish = (component: number): void => {
    ask(component, 'repair');
    ask(component, 'verify');
    run.take({ kind: 'verified', component, passed: true, detail: testedDetail });
  };
  for (const [component, { stage }] of [...state.maintenance]) {
    if (stage === 'draining') ask(component, 'cancel');
    else finish(component);
  }
  for (let component = 0; component < state.components.isDead.length; component++) if (run.state.components.isDead[component] === 1) finish(component);
}

function mendAll(run: PlayRun): void {
  const { truth, stuck } = run.devices;
  truth.isDead.fill(0);
  for (const rows of [truth.ownK, truth.supplyK, truth.lossDb]) rows.fill(0);
  truth.flow.fill(1);
  truth.wear.fill(1);
  stuck.clear();
  run.devices.mendCooling();
}

function checkSound(run: PlayRun): void {
  const { components, wavelengths, maintenance } = run.state;
  const { wavelengthRateGbps } = run.plant.cluster.fabric;
  const sick = components.health.findIndex((health) => health !== 0);
  demand(sick < 0, () => `${name(run, sick)} is ${healthNames[components.health[sick] ?? 0] ?? ''} after everything was repaired and told (${components.flaps[sick] ?? 0} flaps)`);
  const dead = components.isDead.indexOf(1);
  demand(dead < 0, () => `${name(run, dead)} is believed dead after everything was repaired and told`);
  demand(maintenance.size === 0, () => `${maintenance.size} components are in maintenance still`);
  const dark = wavelengths.physicsGbps.findIndex((gbps, row) => gbps < (wavelengthRateGbps[row] ?? 0));
  demand(dark < 0, () => `wavelength ${dark} is believed to carry ${wavelengths.physicsGbps[dark] ?? 0} Gb/s after everything was repaired and told`);
  const ordered = wavelengths.rateGbps.findIndex((gbps, row) => gbps < (wavelengthRateGbps[row] ?? 0));
  demand(ordered < 0, () => `wavelength ${ordered} is still ordered to carry ${wavelengths.rateGbps[ordered] ?? 0} Gb/s`);
  for (const [id, job] of run.state.jobs) {
    const isWhole = [...job.leases].every((lease) => { const held = run.state.leases.get(lease); return held === undefined || !isShort(held); });
    demand(!isWhole || job.held === null, () => `job ${id} has all its light and is held: ${job.held?.reasons[0] ?? ''}`);
  }
}

/** `policy` is the one that the operators return to: under another the cluster might never be well. */
export function calmDown(run: PlayRun, policy: Policy): void {
  run.isCalm = true;
  run.settle();
  // A controller whose clock was set back stands still in time until the clock has caught up.
  const behindNs = Math.max(0, run.state.nowNs - run.nowNs - run.clockOffNs);
  run.advance(run.nowNs + behindNs + 120 * second);
  run.devices.stuck.clear();
  wake(run);
  tickFor(run, { forNs: 60 * second, everyNs: 2 * second });
  wake(run);
  tickFor(run, { forNs: 60 * second, everyNs: 2 * second });
  // What returns by itself may have begun a plan just now.
  for (let tick = 0; tick < lastTicksMax && run.state.openPlans.size > 0; tick++) tickFor(run, { forNs: 2 * second, everyNs: 2 * second });
  checkSettled(run);
  run.take({ kind: 'policySet', policy });
  mendAll(run);
  wake(run);
  tickFor(run, { forNs: 10 * second, everyNs: 2 * second });
  service(run);
  wake(run);
  tickFor(run, { forNs: 2 * run.state.policy.health.holdDownNs + 120 * second, everyNs: 60 * second });
  checkSound(run);
  const [broken] = run.compareFold();
  if (broken !== undefined) throw new PlayBroken(broken);
}
