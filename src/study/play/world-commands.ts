/** Commands that change the world: its cluster, time, faults, hands at a console, spoilt messages, and crashes of the controller. */

import { countText } from '../../base/number-text.ts';
import { findFaultKind } from '../../sim/devices/device-fault.ts';
import { spanText } from '../../control/explain/name-parts.ts';
import { mischiefNames } from '../closed-loop/mischief.ts';
import type { Stage } from './stage.ts';
import type { PlayAmount } from './host.ts';
import type { Words } from './words.ts';
import { WrongWord } from './words.ts';

type Command = (stage: Stage, words: Words) => void;

const cluster: Command = (stage, words) => {
  const read = stage.host.readCluster(words.take('the cluster file'));
  if (!read.ok) throw new WrongWord(...read.issues);
  stage.open(read.value);
  const { cluster: { design, fabric }, devices } = read.value;
  const counts = [countText(design.gpus, 'accelerator'), countText(fabric.linkCount, 'directed link'), countText(fabric.wavelengthCount, 'wavelength'), countText(devices.modules.length, 'emulated module')];
  stage.say(`${design.name}: ${counts.join(', ')}`);
};

/** `times telemetry 10min tick 1min` */
const times: Command = (stage, words) => {
  do {
    const which = words.choice('which time', ['telemetry', 'tick', 'management', 'heartbeat']);
    // Messages may be under way for as short as one likes.
    const ns = which === 'management' ? words.amount('time', 'the management time') : words.period(`the ${which} time`);
    stage.world.setTimes({ [`${which}Ns`]: ns });
  } while (!words.isDone);
};

/** Steps of one fault that grows. */
const growthsMax = 100_000;

const dimensionOf = { K: 'kelvin', dB: 'ratio', ms: 'time' } as const satisfies Record<string, PlayAmount>;

/** `inject DEVICE FAULT [AMOUNT]` */
const inject: Command = (stage, words) => {
  const device = words.take('the component');
  const fault = words.take('the fault');
  const unit = findFaultKind(fault)?.unit ?? null;
  const by = unit === null || words.isDone ? null : words.amount(dimensionOf[unit], `how much, in ${unit}`) / (unit === 'ms' ? 1e6 : 1);
  const done = stage.world.inject({ device, fault, ...(by === null ? {} : { by }) });
  if (!done.ok) throw new WrongWord(...done.issues);
  stage.say(done.value.summary);
};

const clear: Command = (stage, words) => {
  const done = stage.world.inject({ device: words.take('the component'), fault: 'clear' });
  if (!done.ok) throw new WrongWord(...done.issues);
  stage.say(done.value.summary);
};

/** `drift DEVICE dirty 0.05dB every 1h for 2d`: the fault grows by that much each time. */
const drift: Command = (stage, words) => {
  const device = words.take('the component');
  const fault = words.choice('a fault that grows', ['dirty', 'warm']);
  const stepBy = words.amount(fault === 'dirty' ? 'ratio' : 'kelvin', 'how much it grows each time');
  words.expect('every');
  const everyNs = words.period('how often it grows');
  words.expect('for');
  const untilNs = stage.until(stage.world.nowNs + words.amount('time', 'how long it grows'));
  const { world } = stage;
  const growths = Math.floor((untilNs - world.nowNs) / everyNs);
  if (growths > growthsMax) throw new WrongWord({ code: 'too-often', message: `A fault grows at most ${growthsMax} times in one command`, remedy: 'Let it grow by more and less often', value: String(growths) });
  for (let times_ = 1; world.nowNs + everyNs <= untilNs; times_++) {
    world.advance(world.nowNs + everyNs);
    const done = world.inject({ device, fault, by: stepBy * times_ });
    if (!done.ok) throw new WrongWord(...done.issues);
  }
};

/** The device of a name: a component, or one of those that speak under a name of their own. */
function speakerOf(stage: Stage, word: string): string {
  const { hosts, switches } = stage.cluster.devices;
  const speaks = [...hosts, ...switches].some(({ name }) => name === word || name.startsWith(`${word}/`));
  return speaks ? word : stage.nameOf(stage.component(word));
}

/** `messages lost from DEVICE for 30s`; delayed ones say `by 5s`. */
const messages: Command = (stage, words) => {
  const name = words.choice('what happens to messages', mischiefNames);
  const byNs = name === 'delayed' ? words.amount('time', 'how late they are') : 0;
  words.expect('from');
  const word = words.take('the device');
  const device = speakerOf(stage, word);
  words.expect('for');
  const forNs = words.amount('time', 'for how long');
  stage.world.trouble({ device, name, byNs, untilNs: stage.world.nowNs + forNs });
};

/** `switch ocs0 disconnect 1A 2B`: somebody does it at the console. */
const handSwitch: Command = (stage, words) => {
  const component = stage.component(words.take('the circuit switch'));
  const action = words.choice('what is done', ['connect', 'disconnect']);
  const port = (side: 'A' | 'B'): number => {
    const word = words.take(`a port such as 4${side}`);
    if (!new RegExp(`^[1-9]\\d{0,4}${side}$`).test(word)) throw new WrongWord({ code: 'not-a-port', message: `This is no port of side ${side}`, remedy: `Write e.g. 4${side}; ports count from 1`, value: word });
    return Number(word.slice(0, -1)) - 1;
  };
  const change = { component, action, aPort: port('A'), bPort: port('B') };
  stage.say(stage.world.handSet(change) ? 'done by hand' : 'the switch refuses');
};

/** `crash after 3 entries for 5s`: of its next plan only so many entries reach the log. */
const crash: Command = (stage, words) => {
  words.expect('after');
  const keeps = words.whole('how many entries reach the log');
  if (keeps < 1) throw new WrongWord({ code: 'too-small', message: 'At least the reading itself reaches the log, or there would be nothing to complete', remedy: 'Write 1 or more', value: String(keeps) });
  words.expect('entries');
  words.expect('for');
  stage.world.crashAtNextPlan({ keeps, downNs: words.amount('time', 'how long the controller is down') });
};

const run: Command = (stage, words) => {
  const isUntil = words.has('to');
  const ns = words.amount('time', 'how long, or `to` and until when');
  const untilNs = isUntil ? ns : stage.world.nowNs + ns;
  if (untilNs < stage.world.nowNs) throw new WrongWord({ code: 'time-goes-back', message: `It is ${spanText(stage.world.nowNs)} already`, remedy: 'Name a later time', value: spanText(untilNs) });
  stage.world.advance(stage.until(untilNs));
};

export const worldCommands: Readonly<Record<string, Command>> = { cluster, times, inject, clear, drift, messages, switch: handSwitch, crash, run };
