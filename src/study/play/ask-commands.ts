/** Commands that ask the controller for something: jobs, leases, maintenance, policies, and readings of devices that are not emulated. */

import { alarmKinds, quantities } from '../../control/reading.ts';
import type { LeaseRequest, Reading } from '../../control/reading.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Stage } from './stage.ts';
import type { SyntheticPhase } from './synthetic-job.ts';
import { allPairs, ringPairs, syntheticRequest } from './synthetic-job.ts';
import type { Words } from './words.ts';
import { WrongWord } from './words.ts';

type Command = (stage: Stage, words: Words) => void;

const tell = (stage: Stage, reading: Reading): void => void stage.world.tell(reading);

/** Ranks that all send to each other: a million pairs. */
const allRanksMax = 1024;

function readPairs(words: Words, count: number): SyntheticPhase['pairs'] {
  const pattern = words.choice('who sends to whom', ['ring', 'all', 'pair']);
  if (pattern === 'ring') return ringPairs(count);
  if (pattern === 'all' && count > allRanksMax) {
    throw new WrongWord({ code: 'too-many-pairs', message: `A play has up to ${allRanksMax} ranks that all send to each other`, remedy: 'Name fewer ranks, or let them send in a ring', value: String(count) });
  }
  if (pattern === 'all') return allPairs(count);
  const from = words.whole('the sending place');
  return [[from, words.whole('the receiving place')]];
}

const usualRestart = { checkpointNs: 10e9, restartNs: 60e9, steps: 1_000_000 } as const;

/** `job NAME ranks 0-7 compute 80ms phase allReduce 20ms 100Gbps ring [replicas 8] [block 1] [min 4] [steps N] [checkpoint 10s] [restart 60s] [tenant T]` */
function syntheticJob(id: string, words: Words, ranks: readonly number[]): JobRequest {
  const phases: SyntheticPhase[] = [];
  let computeNs = 0;
  let replicas = ranks.length;
  let replicasMin = 1;
  let replicaBlock = 1;
  let tenant = 'lab';
  let { steps, checkpointNs, restartNs } = usualRestart as { steps: number; checkpointNs: number; restartNs: number };
  while (!words.isDone) {
    switch (words.choice('a term of a job', ['compute', 'phase', 'replicas', 'min', 'block', 'tenant', 'steps', 'checkpoint', 'restart'])) {
      case 'compute': computeNs = words.amount('time', 'the compute time of a step'); break;
      case 'phase': {
        const trafficClass = words.choice('a traffic class', trafficClassNames);
        const timeNs = words.amount('time', 'the time of the phase with all its light');
        const rateGbps = words.amount('rate', 'the rate that each pair asks for');
        phases.push({ trafficClass, timeNs, rateGbps, pairs: readPairs(words, ranks.length) });
        break;
      }
      case 'replicas': replicas = words.whole('the number of replicas'); break;
      case 'min': replicasMin = words.whole('the fewest replicas'); break;
      case 'block': replicaBlock = words.whole('consecutive places of one replica'); break;
      case 'tenant': tenant = words.take('the tenant'); break;
      case 'steps': steps = words.whole('the number of steps'); break;
      case 'checkpoint': checkpointNs = words.amount('time', 'the time of a checkpoint'); break;
      case 'restart': restartNs = words.amount('time', 'the time of a restart'); break;
    }
  }
  return syntheticRequest({ id, tenant, ranks, computeNs, phases, replicas, replicaBlock, replicasMin, steps, checkpointNs, restartNs });
}

/** `job NAME workload FILE ranks 0-1023 share 60% [steps N] [checkpoint 60s] [restart 600s] [tenant T]` */
function workloadJob(stage: Stage, id: string, words: Words): JobRequest {
  const file = words.take('the workload file');
  words.expect('ranks');
  const ranks = words.wholes('the ranks');
  let shareOfRate = 0.5;
  let tenant = 'lab';
  let { steps, checkpointNs, restartNs } = usualRestart as { steps: number; checkpointNs: number; restartNs: number };
  while (!words.isDone) {
    switch (words.choice('a term of a job', ['share', 'steps', 'checkpoint', 'restart', 'tenant'])) {
      case 'share': shareOfRate = words.amount('fraction', 'the share of the network rate'); break;
      case 'steps': steps = words.whole('the number of steps'); break;
      case 'checkpoint': checkpointNs = words.amount('time', 'the time of a checkpoint'); break;
      case 'restart': restartNs = words.amount('time', 'the time of a restart'); break;
      case 'tenant': tenant = words.take('the tenant'); break;
    }
  }
  const read = stage.host.readJob(file, stage.cluster.cluster, { id, tenant, ranks, steps, checkpointNs, restartNs, checkpointEverySteps: 100, shareOfRate });
  if (!read.ok) throw new WrongWord(...read.issues);
  return read.value;
}

const job: Command = (stage, words) => {
  const id = words.take('the name of the job');
  const kind = words.choice('how the job is described', ['ranks', 'workload']);
  tell(stage, { kind: 'jobAsked', job: kind === 'ranks' ? syntheticJob(id, words, words.wholes('the ranks')) : workloadJob(stage, id, words) });
};

/** `lease NAME CLASS 200Gbps from 0 to 4 [floor 100Gbps] [start 10s] [for 1h] [tenant T]`; `40GB` instead of a rate moves an amount. */
const lease: Command = (stage, words) => {
  const id = words.take('the name of the lease');
  const trafficClass = words.choice('a traffic class', trafficClassNames);
  const isAmount = words.has('move');
  const amount = words.amount(isAmount ? 'data' : 'rate', isAmount ? 'how much is moved' : 'the rate');
  words.expect('from');
  const fromRank = words.whole('the first rank');
  words.expect('to');
  const toRank = words.whole('the last rank');
  const own = stage.world.state.policy.classes[trafficClass];
  let [startNs, durationNs, floorGbps, tenant] = [stage.world.nowNs, own.windowNs, 0, 'lab'];
  while (!words.isDone) {
    switch (words.choice('a term of a lease', ['floor', 'start', 'for', 'tenant'])) {
      case 'floor': floorGbps = words.amount('rate', 'the floor'); break;
      case 'start': startNs = words.amount('time', 'when it begins'); break;
      case 'for': durationNs = words.amount('time', 'how long it lasts'); break;
      case 'tenant': tenant = words.take('the tenant'); break;
    }
  }
  const request: LeaseRequest = {
    id, tenant, job: null, trafficClass, fromRank, toRank, rateGbps: isAmount ? null : amount, bits: isAmount ? amount : null, floorGbps, startNs, endNs: startNs + durationNs,
  };
  tell(stage, { kind: 'leaseAsked', request });
};

/** `report DEVICE QUANTITY COMPONENT VALUE` or `report DEVICE alarm|clear ALARM COMPONENT`, `as N` for a message with that number. */
const report: Command = (stage, words) => {
  const device = words.take('the device');
  const what = words.choice('what is reported', [...quantities, 'alarm', 'clear']);
  const { world } = stage;
  if (what === 'alarm' || what === 'clear') {
    const alarm = words.choice('an alarm', alarmKinds);
    tell(stage, { kind: 'alarm', device, sequence: world.nextMessage(device), component: stage.component(words.take('the component')), alarm, raised: what === 'alarm' });
    return;
  }
  const component = stage.component(words.take('the component'));
  const text = words.take('the value');
  const value = Number(text);
  if (!Number.isFinite(value)) throw new WrongWord({ code: 'not-a-number', message: 'This is not a number', remedy: 'Write the value without its unit, which the quantity states', value: text });
  const sequence = words.has('as') ? words.whole('the number of the message') : world.nextMessage(device);
  tell(stage, { kind: 'telemetry', device, sequence, deviceNs: world.nowNs, quantity: what, components: [component], values: [value] });
};

const maintain = (action: 'drain' | 'repair' | 'verify' | 'return' | 'cancel'): Command => (stage, words) => {
  const component = stage.component(words.take('the component'));
  const by = words.has('by') ? words.take('who asks') : 'operator';
  tell(stage, { kind: 'maintenanceAsked', component, action, by });
};

const verdict = (passed: boolean): Command => (stage, words) => {
  const component = stage.component(words.take('the component'));
  tell(stage, { kind: 'verified', component, passed, detail: words.rest() });
};

/** `policy FILE`, or `policy health.holdDown=10s ...` over the policy in force. */
const policy: Command = (stage, words) => {
  if (words.isDone) words.take('a policy file or a setting', 'Write e.g. health.holdDown=10s, or name a Policy file');
  const settings = words.rest().split(' ').filter((word) => word !== '');
  const [first = ''] = settings;
  const read = first.includes('=') || first === '' ? stage.host.adjustPolicy(stage.policy, settings) : stage.host.readPolicy(first);
  if (!read.ok) throw new WrongWord(...read.issues);
  tell(stage, { kind: 'policySet', policy: read.value });
  stage.policy = stage.world.state.policy;
};

export const askCommands: Readonly<Record<string, Command>> = {
  job, lease, report, policy,
  end: (stage, words) => tell(stage, { kind: 'jobEnded', id: words.take('the job') }),
  renew: (stage, words) => {
    const id = words.take('the lease');
    words.expect('until');
    tell(stage, { kind: 'leaseRenewed', id, endNs: words.amount('time', 'the new end') });
  },
  release: (stage, words) => tell(stage, { kind: 'leaseReleased', id: words.take('the lease') }),
  drain: maintain('drain'), repair: maintain('repair'), verify: maintain('verify'), return: maintain('return'), cancel: maintain('cancel'),
  passed: verdict(true), failed: verdict(false),
};
