/**
 * Carries commands to devices: one at a time for each device, changed under a confirmed commit and kept only when the device has
 * done it.
 *
 * The commit carries the command's number, so that sending it again finds the change where it stands. A device that does not
 * answer leaves the command unanswered, and the controller's own policy sends it again. What is not confirmed is put back by the
 * device itself.
 */

import type { GnmiClient } from '../../adapters/gnmi/client.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Reading } from '../../control/reading.ts';
import type { DeviceCommand } from '../server/device-side.ts';
import type { Wanted } from './device-change.ts';
import { connectStatesPath, wantedOf } from './device-change.ts';
import type { FabricImage } from './fabric-image.ts';

type Outcome = Extract<Reading, { kind: 'commandAnswered' }>['outcome'];

/** `null`: nothing was heard. */
type Answer = { readonly outcome: Outcome; readonly detail: string } | null;

/** How a device is reached. */
export interface Route {
  readonly client: GnmiClient;
  /** Its name in `prefix.target`, '' where the address is the device. */
  readonly target: string;
  readonly canTune: boolean;
}

export interface CommandTerms {
  readonly image: FabricImage;
  routeOf(device: string): Route | null;
  tell(reading: Reading): void;
  /** Time after which a device puts back what was not confirmed. */
  readonly rollbackMs: number;
}

/** How often mirrors are looked at while they tune, and how long at most (design choices: a tenth of, and a hundred times, what the slowest switches of the catalogue take). */
const lookMs = 5;
const tunedWithinMs = 5000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A device that cannot be reached, or too late, has said nothing. */
function answerOf({ code, reasons }: Refusal): Answer {
  if (code === 'device-unreachable' || code === 'device-timeout') return null;
  return { outcome: code === 'device-busy' ? 'busy' : 'failed', detail: reasons.join(' ') };
}

const done: Answer = { outcome: 'done', detail: '' };

/** Members of what a device sent, whatever that is. */
const membersOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : {});

/** Status of the A side of each cross-connect that a switch has. */
async function connectStates({ client, target }: Route): Promise<ReadonlyMap<string, string> | Refusal> {
  const got = await client.get({ origin: 'sonic-db', target, paths: [connectStatesPath] });
  if (isRefusal(got)) return got;
  return new Map(Object.entries(membersOf(got[0]?.value)).map(([name, entry]) => [name, String(membersOf(entry)['a_side_status'] ?? '')]));
}

/** Waits until every mirror of the new cross-connects stands. */
async function tuned(route: Route, connects: readonly string[]): Promise<Answer> {
  for (const from = performance.now(); performance.now() - from < tunedWithinMs; await pause(lookMs)) {
    const states = await connectStates(route);
    if (isRefusal(states)) return answerOf(states);
    const failed = connects.find((name) => states.get(name) === 'failed' || states.get(name) === undefined);
    if (failed !== undefined) return { outcome: 'failed', detail: `Cross-connect ${failed} failed: a port is stuck.` };
    if (connects.every((name) => states.get(name) === 'tuned')) return done;
  }
  return { outcome: 'failed', detail: `Mirrors still moved after ${tunedWithinMs} ms.` };
}

export class CommandDesk {
  readonly #terms: CommandTerms;
  /** The last of the commands that wait for each device, and the commands under way. */
  readonly #queues = new Map<string, Promise<void>>();
  readonly #underWay = new Set<number>();
  /** Commits that were opened and neither confirmed nor cancelled, by device. */
  readonly #open = new Map<string, string>();
  #isStopped = false;

  constructor(terms: CommandTerms) {
    this.#terms = terms;
  }

  /** A command that is still under way is not begun twice. */
  send(command: DeviceCommand): void {
    if (this.#underWay.has(command.n)) return;
    this.#underWay.add(command.n);
    const before = this.#queues.get(command.device) ?? Promise.resolve();
    const mine = before.then(() => this.#carry(command)).finally(() => {
      this.#underWay.delete(command.n);
      if (this.#queues.get(command.device) === mine) this.#queues.delete(command.device);
    });
    this.#queues.set(command.device, mine);
  }

  async #carry(command: DeviceCommand): Promise<void> {
    if (this.#isStopped) return;
    const answer = await this.#do(command);
    if (answer !== null && !this.#isStopped) this.#terms.tell({ kind: 'commandAnswered', command: command.n, ...answer });
  }

  async #do({ n, device, action }: DeviceCommand): Promise<Answer> {
    const { image } = this.#terms;
    const route = this.#terms.routeOf(device);
    if (route === null) return { outcome: 'failed', detail: `No device is called ${device}.` };
    const wanted = wantedOf(image.devices, action, route);
    if (isRefusal(wanted)) return { outcome: 'failed', detail: wanted.reasons.join(' ') };
    if (wanted.change === null) return done;
    // Before the device hears it: the answer may come after the darkness, or never.
    image.noteOrdered(wanted.switched);
    const opened = await this.#commit({ n, device, route, wanted });
    if (opened !== done) return opened;
    const standing = wanted.connects.length === 0 ? done : await tuned(route, wanted.connects);
    if (standing === null) return null;
    if (standing.outcome === 'done') return this.#keep(device, route);
    await this.#putBack(device, route);
    return standing;
  }

  /** Makes the change under a commit; one that an earlier sending of the same command opened is taken up where it stands. */
  async #commit({ n, device, route, wanted }: { readonly n: number; readonly device: string; readonly route: Route; readonly wanted: Wanted }): Promise<Answer> {
    const id = `command-${n}`;
    const open = this.#open.get(device);
    if (open === id) return done;
    if (open !== undefined) await this.#putBack(device, route);
    const set = await route.client.set({ ...wanted.change, target: route.target, commit: { id, rollbackMs: this.#terms.rollbackMs } });
    // A change whose answer was lost may stand, under this number.
    if (!isRefusal(set) || set.code === 'device-timeout') this.#open.set(device, id);
    return isRefusal(set) ? answerOf(set) : done;
  }

  async #keep(device: string, { client, target }: Route): Promise<Answer> {
    const kept = await client.confirm(this.#open.get(device) ?? '', target);
    if (isRefusal(kept) && answerOf(kept) === null) return null;
    this.#open.delete(device);
    // The commit ran out before it was confirmed, so the device is as it was before.
    return isRefusal(kept) ? { outcome: 'busy', detail: kept.reasons.join(' ') } : done;
  }

  /** Takes back what is open; a device that does not hear it does so by itself in time. */
  async #putBack(device: string, { client, target }: Route): Promise<void> {
    const id = this.#open.get(device);
    if (id === undefined) return;
    await client.cancel(id, target);
    this.#open.delete(device);
  }

  stop(): void {
    this.#isStopped = true;
  }
}
