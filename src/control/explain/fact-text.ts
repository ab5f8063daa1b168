/** A fact in one sentence: what was noted, believed, judged, decided or told to a device. */

import { countText } from '../../base/number-text.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Change, Grant } from '../../plan/plan.ts';
import type { DeviceAction, Fact, JudgedGroup } from '../fact.ts';
import { locksAnew } from '../ladder/relock.ts';
import type { Plant } from '../plant.ts';
import { deviceName, gbpsText, listText, partName, quantityName, rangeText, spanText, valueText } from './name-parts.ts';
import { requestText } from './reading-text.ts';

const refusalText = ({ code, remedy, reasons }: Refusal): string => `${reasons.join(' ')} [${code}, ${remedy}]`;

function believedText(plant: Plant, { components, caseC, lossDb, isDead }: Extract<Fact, { kind: 'believed' }>): string {
  const dead = components.filter((_, row) => isDead[row] === true);
  const warm = caseC.filter((value) => value !== null);
  const lossy = lossDb.filter((value) => value > 0);
  const said = [
    ...(dead.length > 0 ? [`${countText(dead.length, 'part')} without light or current`] : []),
    ...(warm.length > 0 ? [`case settles at ${rangeText('caseC', warm)}`] : []),
    ...(lossy.length > 0 ? [`${rangeText('rxLossDb', lossy)} lost on the way`] : []),
  ];
  return `${listText(components.map((row) => partName(plant, row)))}: ${said.join('; ') || 'as designed'}`;
}

const linksIn = ({ ranges }: JudgedGroup): number => ranges.reduce((sum, count, at) => (at % 2 === 1 ? sum + count : sum), 0);

function groupText(group: JudgedGroup): string {
  const lit = group.gbps.filter((rate) => rate > 0);
  const light = lit.length === 0 ? 'dark' : `${lit.length} of ${group.gbps.length} wavelengths at ${gbpsText(lit[0] ?? 0)}`;
  return `${countText(linksIn(group), 'link')} ${light}${group.marginDb === null ? '' : `, margin ${group.marginDb.toFixed(2)} dB`}`;
}

/** Groups told in one sentence. */
const groupsMax = 3;

function judgedText(groups: readonly JudgedGroup[]): string {
  const most = groups.toSorted((a, b) => linksIn(b) - linksIn(a)).slice(0, groupsMax).map(groupText).join('; ');
  return groups.length > groupsMax ? `${most}; and ${countText(groups.length - groupsMax, 'group')} more` : most;
}

const hopsOf = ({ paths }: Grant): string => paths.map(({ links }) => links.join('-')).join(' + ');

/** One change in words; ranks and links by row, as `show` names them. */
export function changeText(plant: Plant, change: Change): string {
  switch (change.kind) {
    case 'add': return `grant ${change.grant.id} ${gbpsText(change.grant.rateGbps)}`;
    case 'drop': return `drop ${change.grant.id} (${gbpsText(change.grant.rateGbps)})`;
    case 'move': {
      const isElsewhere = hopsOf(change.from) !== hopsOf(change.to);
      const isSame = Math.abs(change.from.rateGbps - change.to.rateGbps) < 1e-6;
      const rate = isSame ? gbpsText(change.to.rateGbps) : `${gbpsText(change.from.rateGbps)} to ${gbpsText(change.to.rateGbps)}`;
      if (!isElsewhere && isSame && locksAnew(change.from, change.to)) return `move ${change.to.id} ${rate} to other wavelengths of the same links`;
      return `${isElsewhere ? 'move' : 'set'} ${change.to.id} ${rate}`;
    }
    case 'connect': case 'disconnect': return `${change.kind} port ${change.circuit.aPort + 1}A to ${change.circuit.bPort + 1}B of ${partName(plant, change.circuit.ocs)}`;
    case 'setRate': return `wavelength ${change.wavelength} from ${gbpsText(change.fromGbps)} to ${gbpsText(change.toGbps)}`;
    case 'tune': return `wavelength ${change.wavelength} tuned from ${change.fromNm.toFixed(2)} nm to ${change.toNm.toFixed(2)} nm`;
  }
}

/** Changes told one by one; wavelengths are counted. */
const changesMax = 4;

export function changesText(plant: Plant, changes: readonly Change[]): string {
  const named = changes.filter(({ kind }) => kind !== 'setRate' && kind !== 'tune');
  const rates = changes.filter((change) => change.kind === 'setRate').length;
  const tunings = changes.filter((change) => change.kind === 'tune').length;
  const said = [
    ...named.slice(0, changesMax).map((change) => changeText(plant, change)),
    ...(named.length > changesMax ? [`${named.length - changesMax} more of leases and circuits`] : []),
    ...(rates > 0 ? [`rates of ${countText(rates, 'wavelength')}`] : []),
    ...(tunings > 0 ? [`tuning of ${countText(tunings, 'wavelength')}`] : []),
  ];
  return said.join(', ') || 'nothing changes hands';
}

function actionText(plant: Plant, action: DeviceAction): string {
  switch (action.kind) {
    case 'crossConnect': {
      const ends = (list: typeof action.create): string => listText(list.map(({ aPort, bPort }) => `${aPort + 1}A-${bPort + 1}B`));
      return [...(action.remove.length > 0 ? [`remove ${ends(action.remove)}`] : []), ...(action.create.length > 0 ? [`create ${ends(action.create)}`] : [])].join(', ');
    }
    case 'setRates': {
      const off = action.gbps.filter((rate) => rate <= 0).length;
      return `${countText(action.wavelengths.length - off, 'wavelength')} on, ${off} off`;
    }
    case 'tune': return `tune ${countText(action.wavelengths.length, 'ring')}`;
    case 'enable': return `${action.on ? 'enable' : 'disable'} ${partName(plant, action.component)}`;
  }
}

function turnsText({ jobs }: Extract<Fact, { kind: 'interleaved' }>['interleaving'], n: number): string {
  const begin = jobs.map(({ job, startNs, stepNs, holdNs }) => `${job} begins a step at ${spanText(startNs)} and every ${spanText(stepNs)}${holdNs > 0 ? `, of which it waits ${spanText(holdNs)}` : ''}`);
  return `turns ${n}: ${begin.join('; ')}`;
}

function jobText(fact: Extract<Fact, { kind: 'jobAdmitted' | 'jobRefused' | 'jobProgressed' | 'jobHeld' | 'jobShifted' | 'jobResized' | 'jobMoved' | 'jobEnded' }>): string {
  switch (fact.kind) {
    case 'jobAdmitted': return `job ${fact.job.id} is admitted`;
    case 'jobRefused': return `job ${fact.id} is refused: ${refusalText(fact.refusal)}`;
    case 'jobProgressed': return `job ${fact.id} has done ${countText(fact.steps, 'step')}`;
    case 'jobHeld': return fact.refusal === null ? `job ${fact.id} goes on` : `job ${fact.id} stands: ${refusalText(fact.refusal)}`;
    case 'jobShifted': return fact.byNs === 0 ? `job ${fact.id} has all its phases again` : `job ${fact.id} puts a phase off by ${spanText(fact.byNs)}`;
    case 'jobResized': return `job ${fact.id} runs with ${countText(fact.replicas, 'replica')}`;
    case 'jobMoved': return `job ${fact.id} ${fact.restarts ? 'restarts' : 'goes on'} on ranks ${listText(fact.ranks.map(String))}`;
    case 'jobEnded': return `job ${fact.id} has ended`;
    // A log of a newer version can be looked at as far as it is known.
    default: return 'this version does not know it';
  }
}

function commandText(plant: Plant, fact: Extract<Fact, { kind: 'commandIssued' }>, n: number): string {
  const again = fact.resends === null ? `command ${n}` : `command ${fact.resends} again (sending ${fact.attempt})`;
  return `${again} to ${deviceName(fact.device)}: ${actionText(plant, fact.action)}`;
}

const ordinal = (count: number): string => `${count}${count % 100 >= 11 && count % 100 <= 13 ? 'th' : ['th', 'st', 'nd', 'rd'][count % 10] ?? 'th'}`;

/** `n` is the fact's number. */
export function factText(plant: Plant, fact: Fact, n: number): string {
  switch (fact.kind) {
    case 'policySet': return `policy ${fact.policy.name} is in force`;
    case 'measured': {
      const rising = fact.perHour[0] ?? null;
      const trend = fact.components.length === 1 && rising !== null && Math.abs(rising) >= 1e-9 ? `, ${rising > 0 ? '+' : ''}${valueText(fact.quantity, rising)} an hour` : '';
      return `${quantityName(fact.quantity)} ${rangeText(fact.quantity, fact.values)} noted at ${listText(fact.components.map((row) => partName(plant, row)))}${trend}`;
    }
    case 'deviceHeard': return fact.link === 'lying' ? `${deviceName(fact.device)} counts as lying` : fact.link === 'silent' ? `${deviceName(fact.device)} is silent`
      : fact.link === 'stale' ? `${deviceName(fact.device)} has not been heard for longer than the policy allows: its telemetry is stale`
      : `${deviceName(fact.device)} is heard${fact.missed > 0 ? `; ${countText(fact.missed, 'message')} of it ${fact.missed === 1 ? 'was' : 'were'} lost` : ''}${fact.strikes > 0 ? `; strike ${fact.strikes}` : ''}`;
    case 'setAside': return `set aside: ${refusalText(fact.refusal)}`;
    case 'believed': return believedText(plant, fact);
    case 'judged': return judgedText(fact.groups);
    case 'healthSet': return `${partName(plant, fact.component)} ${fact.from === fact.to ? `is ${fact.to} still` : `${fact.from} -> ${fact.to}`}: ${fact.reason}`;
    case 'flapped': return fact.count === 0 ? `earlier failures of ${partName(plant, fact.component)} count no more` : `${partName(plant, fact.component)} went down for the ${ordinal(fact.count)} time within the window`;
    case 'decided': return `${fact.decision.rung}: ${changesText(plant, fact.decision.plan.changes)}`;
    case 'planned': return `${fact.reason} ${changesText(plant, fact.plan.changes)}`;
    case 'confirmed': return `plan ${fact.of} is in force`;
    case 'rolledBack': return `plan ${fact.of} is taken back${fact.restStands === true ? ' in part' : ''}: ${fact.reason} ${changesText(plant, fact.changes)}`;
    case 'commandIssued': return commandText(plant, fact, n);
    case 'commandEnded': return `command ${fact.command} is ${fact.outcome === 'gaveUp' ? 'given up' : fact.outcome}${fact.detail === '' ? '' : `: ${fact.detail}`}`;
    case 'lanesApart': return `${deviceName(fact.device)} shows ${countText(fact.rates.length, 'rate')} and ${countText(fact.tunings.length, 'tuning')} otherwise than intended`;
    case 'circuitsObserved': return `${partName(plant, fact.ocs)} shows ${countText(fact.circuits.length, 'circuit')}`;
    case 'leaseAccepted': return `lease ${requestText(fact.request)} is accepted until ${spanText(fact.endNs)}`;
    case 'leaseRefused': return `lease ${requestText(fact.request)} is refused: ${refusalText(fact.refusal)}`;
    case 'leaseRenewed': return `lease ${fact.id} stands until ${spanText(fact.endNs)}`;
    case 'leaseEnded': return `lease ${fact.id} has ended (${fact.why})`;
    case 'maintenanceSet': return `${partName(plant, fact.component)} is ${fact.stage}${fact.by === '' ? '' : ` (${fact.by})`}${fact.detail === '' ? '' : `: ${fact.detail}`}`;
    case 'interleaved': return turnsText(fact.interleaving, n);
    case 'interleavingEnded': return `turns ${fact.of} end: ${fact.reason}`;
    default: return jobText(fact);
  }
}
