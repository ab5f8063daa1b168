/** A running play: its world, what happened since the last scene, and what broke an invariant. */

import { spanText } from '../../base/number-text.ts';
import type { Policy } from '../../plan/policy.ts';
import { defaultPolicy } from '../../plan/policy.ts';
import type { Entry } from '../../control/entry.ts';
import type { Violation } from '../../control/invariants.ts';
import { checkFold, checkInvariants, checkRedecide, checkWaiting } from '../../control/invariants.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { World, usualTimes } from '../closed-loop/world.ts';
import type { PlayCluster, PlayHost } from './host.ts';
import { transcriptLines } from './transcript.ts';
import { WrongWord } from './words.ts';

const harmless: ReadonlySet<Entry['body']['kind']> = new Set<Entry['body']['kind']>(['deviceHeard', 'measured', 'jobProgressed', 'setAside']);

/** Up to here a double holds every nanosecond (2^53 ns are 104 days). */
const playNsMax = 100 * 86400e9;

interface Staged {
  readonly cluster: PlayCluster;
  readonly world: World;
}

export class Stage {
  readonly host: PlayHost;
  readonly violations: Violation[] = [];
  policy: Policy = defaultPolicy;
  readonly #seed: number;
  #lines: string[] = [];
  #set: Staged | null = null;

  constructor(host: PlayHost, seed: number) {
    this.host = host;
    this.#seed = seed;
  }

  say(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  /** Takes what was said since the last call. */
  takeLines(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  open(cluster: PlayCluster): void {
    if (this.#set !== null) throw new WrongWord({ code: 'second-cluster', message: 'A play has one cluster', remedy: 'Write another play for another cluster' });
    const world = new World({ plant: cluster.plant, devices: cluster.devices, seed: this.#seed, ...usualTimes }, (entries) => this.#heard(entries));
    this.#set = { cluster, world };
  }

  get isOpen(): boolean {
    return this.#set !== null;
  }

  #current(): Staged {
    if (this.#set === null) throw new WrongWord({ code: 'no-cluster', message: 'The play has no cluster yet', remedy: 'Begin with `cluster FILE`' });
    return this.#set;
  }

  get world(): World {
    return this.#current().world;
  }

  get cluster(): PlayCluster {
    return this.#current().cluster;
  }

  /** Every entry is looked at as it comes; hearing and measuring alone changes nothing that could break. */
  #heard(entries: readonly Entry[]): void {
    const { world, plant } = { world: this.world, plant: this.cluster.plant };
    this.say(...transcriptLines(plant, entries));
    if (entries.some(({ kind, body }) => kind === 'fact' && !harmless.has(body.kind)) && !world.isDown) this.#note(checkInvariants(world.state, entries));
  }

  #note(found: readonly Violation[]): void {
    for (const violation of found) {
      this.violations.push(violation);
      this.say(`  BROKEN invariant ${violation.invariant}: ${violation.message}`);
    }
  }

  /** Invariants that cost a search or a fold of the whole log: nobody waits for light there is, the log folds and is decided again alike. */
  checkAll(): void {
    const { world, plant } = { world: this.world, plant: this.cluster.plant };
    if (world.isDown) return;
    this.#note([...checkWaiting(world.state), ...checkFold(plant, world.header, world.log, world.state), ...checkRedecide(plant, world.header, world.log)]);
  }

  /** The component of a name, as `heliostat blast` writes it; `ocs0/4A` is the port of a circuit switch that the maker calls so. */
  component(name: string): number {
    const found = this.cluster.cluster.fabric.findComponent(name) as number;
    if (found >= 0) return found;
    throw new WrongWord({ code: 'unknown-component', message: 'The cluster has no component of this name', remedy: 'Name one as `heliostat blast CLUSTER` does, e.g. leaf0/module3', value: name });
  }

  /** A time that a play may reach. */
  until(atNs: number): number {
    if (atNs <= playNsMax) return atNs;
    throw new WrongWord({ code: 'too-long', message: `A play may last ${spanText(playNsMax)}, as long as times are whole nanoseconds`, remedy: 'Name a shorter time', value: spanText(atNs) });
  }

  nameOf(component: number): string {
    return this.cluster.cluster.fabric.componentName(component as ComponentIx);
  }
}
