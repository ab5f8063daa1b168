/** Commands that look: jobs, leases, links, health, circuits, decisions and their explanations. */

import { countText, numberText, percentText } from '../../base/number-text.ts';
import type { Grant } from '../../plan/plan.ts';
import { askedGbps } from '../../control/lease-terms.ts';
import { freeGbps, linkGbps, wavelengthGbps } from '../../control/light.ts';
import { classShares } from '../../control/jobs/class-shares.ts';
import { phaseOf } from '../../control/jobs/interleaving.ts';
import { stepNs } from '../../control/job.ts';
import { healthNames } from '../../control/fact.ts';
import { decisionsIn, plansIn } from '../../control/explain/explain-decision.ts';
import { explainLines } from '../../control/explain/explain-text.ts';
import { gbpsText, linkName, listText, partName, spanText } from '../../control/explain/name-parts.ts';
import { amountText } from '../../control/explain/reading-text.ts';
import type { LeaseRequest } from '../../control/reading.ts';
import { digestOf } from '../../control/state-digest.ts';
import type { Lease } from '../../control/state.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Stage } from './stage.ts';
import { clockText } from './transcript.ts';
import type { Words } from './words.ts';
import { WrongWord } from './words.ts';

type Command = (stage: Stage, words: Words) => void;

function showJob(stage: Stage, id: string): void {
  const { world } = stage;
  const job = world.state.jobs.get(id);
  const progress = world.progress.get(id);
  if (job === undefined || progress === undefined) {
    stage.say(`no job ${id} runs`);
    return;
  }
  const shares = classShares(world.state, job);
  const classes = trafficClassNames.flatMap((name) => (shares[name] === undefined ? [] : [`${name} ${percentText(shares[name], 1)}`]));
  const step = world.stepNs(id);
  const size = `${job.replicas} of ${countText(job.request.replicas, 'replica')} on ${countText(job.ranks.length, 'accelerator')}`;
  stage.say(
    `job ${id}: ${size}, step ${Number.isFinite(step) ? spanText(step) : 'never ends'} (${spanText(stepNs(job.request.profile, {}))} with all its light)`,
    `  ${numberText(Math.floor(progress.steps), 9)} steps done, stood ${spanText(Math.round(progress.stoodNs))}, ${countText(job.restarts, 'restart')}; light: ${classes.join(', ') || 'none asked'}`,
  );
  const phase = phaseOf(world.state, job);
  if (phase !== null) stage.say(`  takes turns: a step begins at ${clockText(phase.startNs)} and every ${spanText(phase.stepNs)}`);
  if (job.shiftNs > 0) stage.say(`  a phase is put off by ${spanText(job.shiftNs)}`);
  if (job.held !== null) stage.say(`  held: ${job.held.reasons.join(' ')} [${job.held.code}, ${job.held.remedy}]`);
}

const waysText = (stage: Stage, { paths }: Grant): string => paths.map(({ links, wavelengths, rateGbps }) => {
  const held = wavelengths[0]?.length ?? 0;
  const ports = links.map((link) => partName(stage.cluster.plant, stage.cluster.cluster.fabric.linkPort[link] ?? -1));
  return `${ports.join(' > ')}${held > 0 ? ` (${countText(held, 'wavelength')} alone)` : ''}${paths.length > 1 ? ` ${gbpsText(rateGbps)}` : ''}`;
}).join(' + ');

/** What a lease asked for: a rate, or an amount by its end, for which a lower rate than it holds may do. */
const askedText = (request: LeaseRequest): string => (request.bits === null ? `of ${gbpsText(askedGbps(request))}` : `to move ${amountText(request.bits)} (${gbpsText(askedGbps(request))} would do)`);

function leaseLine(stage: Stage, { request, grant, promised, endNs }: Lease): string {
  const has = grant ?? promised;
  const held = grant === null ? (promised === null ? 'waits' : `promised ${gbpsText(promised.rateGbps)} from ${clockText(promised.startNs)}`) : gbpsText(grant.rateGbps);
  const way = has === null ? '' : `, floor ${gbpsText(has.floorGbps)}; ${waysText(stage, has)}`;
  return `${request.id} ${request.trafficClass} ${request.fromRank}->${request.toRank}: ${held} ${askedText(request)}, until ${clockText(endNs)}${way}`;
}

/** Leases shown one by one. */
const leasesMax = 40;

/** `show leases [of job J | on PORT]` */
function showLeases(stage: Stage, words: Words): void {
  const { state } = stage.world;
  let chosen = [...state.leases.values()];
  if (words.has('of')) {
    words.expect('job');
    const id = words.take('the job');
    chosen = chosen.filter(({ request }) => request.job === id);
  } else if (words.has('on')) {
    const on = new Set(state.leasesOfLink.get(linkAt(stage, words)));
    chosen = chosen.filter(({ request }) => on.has(request.id));
  }
  chosen.sort((a, b) => a.row - b.row);
  stage.say(...(chosen.length === 0 ? ['no leases'] : chosen.slice(0, leasesMax).map((lease) => leaseLine(stage, lease))));
  if (chosen.length > leasesMax) stage.say(`and ${chosen.length - leasesMax} more`);
}

/** The directed link that leaves a port. */
function linkAt(stage: Stage, words: Words): number {
  const name = words.take('the port that the link leaves');
  const link = stage.cluster.plant.linkOfPort[stage.component(name)] ?? -1;
  if (link < 0) throw new WrongWord({ code: 'not-a-port', message: 'No link leaves this component', remedy: 'Name a port, e.g. leaf0/module3/port0', value: name });
  return link;
}

function showLink(stage: Stage, words: Words): void {
  const link = linkAt(stage, words);
  const { state } = stage.world;
  const { linkWavelength } = stage.cluster.cluster.fabric;
  const rows = Array.from({ length: (linkWavelength[link + 1] ?? 0) - (linkWavelength[link] ?? 0) }, (_, at) => (linkWavelength[link] ?? 0) + at);
  const margin = state.links.marginDb[link] ?? NaN;
  const held = rows.filter((row) => (state.wavelengths.holder[row] ?? -1) >= 0).length;
  const marginText = Number.isNaN(margin) ? 'margin as designed' : margin === -Infinity ? 'dark' : `margin ${margin.toFixed(2)} dB`;
  const lit = rows.filter((row) => wavelengthGbps(state, row) > 0).length;
  const light = `${gbpsText(linkGbps(state, link))} on ${lit} of ${countText(rows.length, 'wavelength')} (${held} held alone)`;
  stage.say(`${linkName(stage.cluster.plant, link)}: ${light}, ${gbpsText(state.links.sharedGbps[link] ?? 0)} shared, ${gbpsText(freeGbps(state, link))} free, ${marginText}`);
}

function showHealth(stage: Stage): void {
  const { health, sinceNs } = stage.world.state.components;
  const byState = new Map<string, string[]>();
  health.forEach((value, row) => {
    if (value === 0) return;
    const key = `${healthNames[value] ?? ''} since ${clockText(sinceNs[row] ?? 0)}`;
    byState.set(key, [...(byState.get(key) ?? []), partName(stage.cluster.plant, row)]);
  });
  stage.say(...(byState.size === 0 ? ['everything is sound'] : [...byState].map(([key, names]) => `${key}: ${listText(names)}`)));
}

/** `last`, or a number. */
function entryNumber(words: Words, known: readonly number[]): number {
  if (words.has('last')) return known.at(-1) ?? 0;
  return words.whole('`last` or the number of an entry');
}

function showCircuits(stage: Stage, words: Words): void {
  const ocs = stage.component(words.take('the circuit switch'));
  const device = stage.cluster.devices.switches.find(({ component }) => component === ocs);
  const intended = [...(stage.world.state.circuits.get(ocs) ?? [])].sort((a, b) => a[0] - b[0]).map(([a, b]) => `${a + 1}A-${b + 1}B`);
  const lit = device === undefined ? [] : Array.from(device.lit, (b, a) => ({ a, b })).filter(({ b }) => b >= 0).map(({ a, b }) => `${a + 1}A-${b + 1}B`);
  stage.say(`intended ${intended.join(' ') || 'none'}`, `lit      ${lit.join(' ') || 'none'}`);
}

function showPrice(stage: Stage): void {
  const { world } = stage;
  const decided = decisionsIn(world.log);
  stage.say(`${countText(decided.length, 'decision')}, ${countText(plansIn(world.log).length - decided.length, 'other plan')}, ${numberText(world.log.length, 9)} entries`);
}

const show: Command = (stage, words) => {
  switch (words.choice('what to show', ['job', 'jobs', 'leases', 'link', 'health', 'circuits', 'log', 'devices'])) {
    case 'job': showJob(stage, words.take('the job')); break;
    case 'jobs': for (const id of stage.world.state.jobs.keys()) showJob(stage, id); break;
    case 'leases': showLeases(stage, words); break;
    case 'link': showLink(stage, words); break;
    case 'health': showHealth(stage); break;
    case 'circuits': showCircuits(stage, words); break;
    case 'log': showPrice(stage); break;
    case 'devices': showDevices(stage); break;
  }
};

function showDevices(stage: Stage): void {
  const troubled = [...stage.world.state.devices].filter(([, { link, strikes }]) => link !== 'up' || strikes > 0);
  stage.say(...(troubled.length === 0 ? ['every device is heard'] : troubled.map(([name, { link, strikes }]) => `${name.replace(/^site0\//, '')}: ${link}${strikes > 0 ? `, ${countText(strikes, 'strike')}` : ''}`)));
}

export const showCommands: Readonly<Record<string, Command>> = {
  show,
  explain: (stage, words) => stage.say(...explainLines(stage.cluster.plant, stage.world.log, entryNumber(words, decisionsIn(stage.world.log)))),
  /** Everything that can be checked holds now. */
  check: (stage) => {
    const before = stage.violations.length;
    stage.checkAll();
    if (stage.violations.length === before) stage.say('all invariants hold; the log folds to the live state and decides alike again');
  },
  digest: (stage) => stage.say(digestOf(stage.world.state)),
};
