/** Lets an act happen to a cluster at play: the truth changes, and whoever would notice says so. */

import type { TelemetryReading } from '../../control/reading.ts';
import type { Act } from './act.ts';
import type { Agent, Message } from './agents.ts';
import { askOf } from './asks.ts';
import type { PlayRun } from './play-run.ts';
import { testedDetail } from './tested.ts';

/** Readings that are on their way into the log at most when the controller falls over. */
const unacknowledgedMax = 4;

type Of<K extends Act['kind']> = Extract<Act, { kind: K }>;

const agentAt = ({ devices }: PlayRun, pick: number): Agent | null => devices.agents[pick % devices.agents.length] ?? null;

const switchAt = ({ devices }: PlayRun, pick: number): Agent | null => {
  const switches = devices.agents.filter(({ ocs }) => ocs >= 0);
  return switches[pick % Math.max(1, switches.length)] ?? null;
};

/** Hosts of some bodies tell how warm they are now. */
function tellCases(run: PlayRun, bodies: readonly number[]): void {
  const byAgent = new Map<Agent, number[]>();
  for (const body of bodies) {
    const agent = run.devices.agentOf(body);
    const own = byAgent.get(agent);
    if (own === undefined) byAgent.set(agent, [body]);
    else own.push(body);
  }
  for (const [agent, rows] of byAgent) run.send(run.devices.cases(agent, run.nowNs, rows));
}

function warmSupply(run: PlayRun, { loop, byK }: Of<'supply'>): void {
  const bodies = run.devices.cooledBy(loop);
  for (const body of bodies) run.devices.truth.supplyK[body] = byK;
  run.send([run.devices.supply(loop, run.nowNs, byK)]);
  tellCases(run, bodies);
}

function slowFans(run: PlayRun, { component, share }: Of<'flow'>): void {
  const bodies = run.devices.blownBy(component);
  for (const body of bodies) run.devices.truth.flow[body] = share;
  run.send([run.devices.flow(component, run.nowNs, share)]);
  tellCases(run, bodies);
}

/** What a lie about a quantity makes unknown; what lasers draw says nothing of their light. */
const liesOf = { caseC: 'ofCase', rxLossDb: 'ofLoss', txLossDb: 'ofLoss', preFecBer: 'ofLoss', biasRatio: null, supplyC: 'ofCase', outputShare: 'ofCase' } as const;

function lie(run: PlayRun, { component, quantity, value }: Of<'lie'>): void {
  const agent = run.devices.agentOf(component);
  run.devices.mention(component, quantity);
  run.send([run.devices.telemetry(agent, run.nowNs, quantity, new Map([[component, value]]), {
    isImpossible: false,
    tell({ lies }) {
      const of = liesOf[quantity];
      if (of !== null) lies[of][component] = 1;
    },
  })]);
}

/** One nonsense in this many is said three times over, as often as makes a liar. */
const insistsEvery = 3;
const liesInARow = 3;

/** Messages that no sound device sends, one thing wrong in each. */
function nonsense(run: PlayRun, { pick, of }: Of<'nonsense'>): void {
  const agent = agentAt(run, pick);
  if (agent === null || agent.isSilent) return;
  const component = agent.components[pick % agent.components.length] ?? 0;
  const messages = Array.from({ length: pick % insistsEvery === 0 ? liesInARow : 1 }, (): Message => {
    const message = run.devices.telemetry(agent, run.nowNs, 'caseC', new Map([[component, 40]]), { isImpossible: true, tell: () => undefined });
    const sound = message.reading as TelemetryReading;
    const wrong: Readonly<Record<typeof of, Message['reading']>> = {
      value: { ...sound, values: [[1e4, NaN, -400, Infinity][pick % 4] ?? NaN] },
      component: { ...sound, components: [[1e7, -1, 0.5][pick % 3] ?? -1] },
      shape: { ...sound, values: [] },
      clock: { ...sound, deviceNs: run.nowNs + 7200e9 },
      sequence: { ...sound, sequence: -7 },
      circuits: { kind: 'circuitsObserved', device: agent.name, sequence: sound.sequence, ocs: agent.ocs, circuits: [{ aPort: 0, bPort: 1 }, { aPort: 0, bPort: 2 }] },
    };
    return { ...message, isImpossible: of !== 'clock', reading: wrong[of] };
  });
  run.send(messages);
}

function silence(run: PlayRun, { pick, isSilent }: Of<'silent'>): void {
  const agent = agentAt(run, pick);
  if (agent !== null) run.seen(agent, isSilent ? 'silent' : 'up');
}

/** A switch that loses a circuit by itself, or finds it turned to a free port. */
function loseCircuits(run: PlayRun, { pick, port }: Of<'circuitsLost'>): void {
  const agent = switchAt(run, pick);
  const made = agent === null ? undefined : run.devices.circuits.get(agent.ocs);
  if (agent === null || made === undefined || made.size === 0) return;
  const aPort = [...made.keys()][port % made.size] ?? 0;
  const bPort = made.get(aPort) ?? 0;
  made.delete(aPort);
  if (port % 5 === 0) for (const key of [...made.keys()]) made.delete(key);
  if (port % 3 === 0) made.set(bPort, aPort === bPort ? bPort : [...made.values()].includes(aPort) ? bPort : aPort);
  run.send([run.devices.observed(agent)]);
}

function stickPort(run: PlayRun, { pick, port, isStuck }: Of<'portStuck'>): void {
  const agent = switchAt(run, pick);
  if (agent === null) return;
  const count = run.devices.circuits.get(agent.ocs)?.size ?? 0;
  const key = `${agent.ocs} ${port % Math.max(1, count)}`;
  if (isStuck) run.devices.stuck.add(key);
  else run.devices.stuck.delete(key);
}

function setDirt(run: PlayRun, { component, lossDb }: Of<'dirt'>): void {
  run.devices.truth.lossDb[component] = lossDb;
  run.send([run.devices.loss(component, run.nowNs)]);
}

function setPart(run: PlayRun, { component, isDead }: Of<'part'>): void {
  run.devices.truth.isDead[component] = isDead ? 1 : 0;
  run.send([run.devices.alarm(component)]);
}

function crashDevice(run: PlayRun, { pick }: Of<'deviceCrash'>): void {
  const agent = agentAt(run, pick);
  if (agent !== null) agent.crashesNext = true;
}

function retell(run: PlayRun, { pick }: Of<'retell'>): void {
  const agent = agentAt(run, pick);
  if (agent !== null && !agent.isSilent) run.send(run.devices.retell(agent, run.nowNs));
}

/** Things that are wrong now, each with the act that puts it right. */
function wrongs({ devices: { truth, supplies, flows } }: PlayRun): readonly Act[] {
  const found: Act[] = [];
  for (let component = 0; component < truth.isDead.length; component++) {
    if (truth.isDead[component] === 1) found.push({ kind: 'part', component, isDead: false });
    if (truth.lossDb[component] !== 0) found.push({ kind: 'dirt', component, lossDb: 0 });
    if (truth.ownK[component] !== 0) found.push({ kind: 'warmth', body: component, byK: 0 });
  }
  for (const [loop, byK] of supplies) if (byK !== 0) found.push({ kind: 'supply', loop, byK: 0 });
  for (const [component, share] of flows) if (share !== 1) found.push({ kind: 'flow', component, share: 1 });
  return found;
}

function mend(run: PlayRun, pick: number): void {
  const found = wrongs(run);
  const act = found[pick % Math.max(1, found.length)];
  if (act !== undefined) perform(run, act);
}

const nextAction = { drained: 'repair', verificationFailed: 'repair', repairing: 'verify', draining: 'cancel' } as const;

/** A part that is out for maintenance is taken one stage further; with none, a dead one is taken out. */
function tend(run: PlayRun, { pick, passed }: Of<'tend'>): void {
  const out = [...run.state.maintenance];
  const [component, stage] = out[pick % Math.max(1, out.length)] ?? [run.state.components.isDead.indexOf(1), null];
  if (component < 0) return;
  if (stage?.stage === 'verifying') return void run.take({ kind: 'verified', component, passed, detail: passed ? testedDetail : 'it failed its test' });
  const action = stage === null ? 'repair' : nextAction[stage.stage as keyof typeof nextAction];
  // Draining may take its time.
  if (stage?.stage !== 'draining' || pick % 3 === 0) run.take({ kind: 'maintenanceAsked', component, action, by: 'operator' });
}

/** Performs one act. Those that ask for something become a reading at once. */
export function perform(run: PlayRun, act: Act): void {
  switch (act.kind) {
    case 'part': return setPart(run, act);
    case 'mend': return mend(run, act.pick);
    case 'tend': return tend(run, act);
    case 'supply': return warmSupply(run, act);
    case 'warmth':
      run.devices.truth.ownK[act.body] = act.byK;
      return tellCases(run, [act.body]);
    case 'flow': return slowFans(run, act);
    case 'dirt': return setDirt(run, act);
    case 'wear':
      run.devices.truth.wear[act.laser] = act.ratio;
      return run.send([run.devices.bias(act.laser, run.nowNs)]);
    case 'lie': return lie(run, act);
    case 'falseAlarm': return run.send([run.devices.alarm(act.component, run.devices.truth.isDead[act.component] !== 1)]);
    case 'nonsense': return nonsense(run, act);
    case 'silent': return silence(run, act);
    case 'deviceClock': {
      const agent = agentAt(run, act.pick);
      if (agent !== null) agent.clockOffNs = act.offNs;
      return;
    }
    case 'deviceCrash': return crashDevice(run, act);
    case 'circuitsLost': return loseCircuits(run, act);
    case 'portStuck': return stickPort(run, act);
    case 'controllerClock': run.clockOffNs = act.offNs; return;
    case 'controllerCrash': run.crash = { share: act.share, readings: 1 + run.dice.below(unacknowledgedMax) }; return;
    case 'retell': return retell(run, act);
    default: {
      const reading = askOf(run.state, act, Math.max(run.state.nowNs, run.nowNs + run.clockOffNs));
      if (reading !== null) run.take(reading);
    }
  }
}
