/**
 * Readings of devices that wait to be taken. What may cost light now, and answers that let a plan go on, stand before what is only
 * noted; readings of one device keep their order whatever they say.
 */

import type { Quantity, Reading, TelemetryReading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';

/** Readings that wait at most; beyond it the oldest are given up, those that are only noted first, since newer ones say more. */
export const inboxMax = 200_000;

/** A reading and when it was heard, on the steady clock. */
export interface Heard {
  readonly reading: Reading;
  readonly heardMs: number;
}

/** First in, first out, without moving what waits each time something is taken. */
class Line<T> {
  #waiting: T[] = [];
  #taken = 0;

  get length(): number {
    return this.#waiting.length - this.#taken;
  }

  push(one: T): void {
    this.#waiting.push(one);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const first = this.#waiting[this.#taken];
    this.#taken += 1;
    if (this.#taken * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#taken);
      this.#taken = 0;
    }
    return first;
  }
}

interface Sudden {
  /** Worse by this much than what was noted last is sudden; `null` where nothing of the quantity is, because it wears and drifts. */
  readonly step: number | null;
  /** What stands for the noted value of a part of which nothing was noted yet; `null`: its first value is never sudden. */
  readonly usual: number | null;
  /** How bad a value is, in the unit of the step. */
  badness(value: number): number;
}

const asIs = (value: number): number => value;
const least = 1e-18;

/** Steps are design choices: well above what sensors step by (`noteStep` of control/health), well below what makes links fail. Of error ratios a step is a decade. */
const suddenness: Readonly<Record<Quantity, Sudden>> = {
  rxLossDb: { step: 0.5, usual: 0, badness: asIs }, txLossDb: { step: 0.5, usual: 0, badness: asIs },
  outputShare: { step: 0.05, usual: 1, badness: (share) => -share },
  supplyC: { step: 1, usual: null, badness: asIs }, caseC: { step: 2, usual: null, badness: asIs },
  preFecBer: { step: 1, usual: 1e-6, badness: (ratio) => Math.log10(Math.max(least, ratio)) },
  biasRatio: { step: null, usual: null, badness: asIs },
};

function isSudden({ measured }: State, { quantity, components, values }: TelemetryReading): boolean {
  const { step, usual, badness } = suddenness[quantity];
  if (step === null) return false;
  const noted = measured.get(quantity);
  return components.some((component, row) => {
    const before = noted?.get(component)?.value ?? usual;
    return before !== null && badness(values[row] ?? 0) - badness(before) >= step;
  });
}

/** True for a reading that others wait for: light may be lost now, or a device has done what it was told. */
export function isUrgent(state: State, reading: Reading): boolean {
  switch (reading.kind) {
    case 'alarm': case 'commandAnswered': return true;
    case 'telemetry': return isSudden(state, reading);
    default: return false;
  }
}

/** Whose word it is; `null` for what no device says. */
function deviceOf(state: State, reading: Reading): string | null {
  if ('device' in reading) return reading.device;
  return reading.kind === 'commandAnswered' ? state.commands.get(reading.command)?.device ?? null : null;
}

/** A reading that is only noted. */
interface Usual {
  readonly heard: Heard;
  readonly device: string | null;
  /** It stands in the urgent line now, and here no more. */
  isUrged: boolean;
}

export class Inbox {
  readonly #state: State;
  readonly #urgent = new Line<Heard>();
  readonly #usual = new Line<Usual>();
  /** What each device has in the usual line, in its order. */
  readonly #usualOf = new Map<string, Line<Usual>>();
  /** Places of the usual line whose readings were urged. */
  #urged = 0;
  /** Readings that were given up because too many waited. */
  dropped = 0;

  /** The state tells what was noted before; it is read as it is when a reading comes in. */
  constructor(state: State) {
    this.#state = state;
  }

  get length(): number {
    return this.#urgent.length + this.#usual.length - this.#urged;
  }

  get hasUrgent(): boolean {
    return this.#urgent.length > 0;
  }

  add(heard: Heard): void {
    const device = deviceOf(this.#state, heard.reading);
    if (isUrgent(this.#state, heard.reading)) {
      if (device !== null) this.#urge(device);
      this.#urgent.push(heard);
    } else this.#addUsual({ heard, device, isUrged: false });
    if (this.length <= inboxMax) return;
    if (this.#takeUsual() === undefined) this.#urgent.shift();
    this.dropped += 1;
  }

  #addUsual(usual: Usual): void {
    this.#usual.push(usual);
    if (usual.device === null) return;
    let own = this.#usualOf.get(usual.device);
    if (own === undefined) this.#usualOf.set(usual.device, (own = new Line()));
    own.push(usual);
  }

  /** What a device said before something urgent goes with it. */
  #urge(device: string): void {
    const own = this.#usualOf.get(device);
    for (let usual = own?.shift(); usual !== undefined; usual = own?.shift()) {
      usual.isUrged = true;
      this.#urged += 1;
      this.#urgent.push(usual.heard);
    }
    this.#usualOf.delete(device);
  }

  #takeUsual(): Heard | undefined {
    for (let usual = this.#usual.shift(); usual !== undefined; usual = this.#usual.shift()) {
      if (usual.isUrged) {
        this.#urged -= 1;
        continue;
      }
      const own = usual.device === null ? undefined : this.#usualOf.get(usual.device);
      own?.shift();
      if (usual.device !== null && own?.length === 0) this.#usualOf.delete(usual.device);
      return usual.heard;
    }
    return undefined;
  }

  nextUrgent(): Heard | undefined {
    return this.#urgent.shift();
  }

  next(): Heard | undefined {
    return this.#urgent.shift() ?? this.#takeUsual();
  }
}
