/** Which parallelism dimensions of a job use the rails, and how long each collective takes on a share of the ports. */

import type { PhaseDuration } from '../../traffic/combine-step.ts';
import type { CommunicationPhase } from '../../traffic/phases.ts';
import type { TimedStep } from '../../traffic/timeline/job-timeline.ts';
import { chooseStrides } from '../topology/ring-strides.ts';

/** Phases whose groups have the same members use the same circuits. */
export interface RailDimension {
  /** E.g. `pipeline`, `data`, `expert`. */
  readonly name: string;
  /** Rows of phases. */
  readonly phases: readonly number[];
  /** Ports that it cannot do without: two directions of a pipeline, one of a ring. */
  readonly portsMin: number;
  /** Bits are moved so many times on so many ports: an exchange over few ports is forwarded by those between. */
  readonly stretch: (ports: number) => number;
}

const nameOf = (phase: CommunicationPhase): string => {
  if (phase.op === 'allToAll') return 'expert';
  if (phase.op === 'pointToPoint') return 'pipeline';
  const [first = ''] = phase.name.split(' ');
  if (first === 'tensor' || first === 'context' || first === 'replica') return first;
  return first === 'expert' ? 'expert data' : 'data';
};

/**
 * A ring needs one port, lit out to the next and in from the last. A pipeline sends both ways at once, so half of its ports carry
 * either direction. An all-to-all of D domains over p ports reaches all at once when p >= D - 1, else it runs over stride circuits
 * and every bit takes their mean hops.
 */
function dimensionOf(name: string, rows: readonly number[], { phases }: TimedStep, domains: number): RailDimension {
  const ops = new Set(rows.map((row) => phases[row]?.op));
  if (ops.has('pointToPoint')) return { name, phases: rows, portsMin: 2, stretch: () => 2 };
  if (!ops.has('allToAll')) return { name, phases: rows, portsMin: 1, stretch: () => 1 };
  const known = new Map<number, number>();
  const stretch = (ports: number): number => {
    if (ports >= domains - 1) return 1;
    const found = known.get(ports) ?? (chooseStrides(domains, ports).loads.loadMax * ports) / (domains - 1);
    known.set(ports, found);
    return found;
  };
  return { name, phases: rows, portsMin: 1, stretch };
}

/** Dimensions that leave the scale-up domain, in the order of their phases. */
export function railDimensions(step: TimedStep, scaleUpSize: number): readonly RailDimension[] {
  const rowsOf = new Map<string, number[]>();
  step.phases.forEach((phase, row) => {
    if (step.durations[row]?.tier === 'scaleUp') return;
    const key = `${phase.group.size}@${phase.group.stride}`;
    rowsOf.set(key, [...(rowsOf.get(key) ?? []), row]);
  });
  return [...rowsOf.values()].flatMap((rows) => {
    const first = step.phases[rows[0] ?? 0];
    if (first === undefined) return [];
    const { size, stride } = first.group;
    const perDomain = Math.max(1, Math.min(size, Math.floor(scaleUpSize / stride)));
    return [dimensionOf(nameOf(first), rows, step, Math.ceil(size / perDomain))];
  });
}

/** Durations on the ports that each dimension has while it holds them; `durations` of the step are those on all ports with packets between. */
export function durationsOnPorts(step: TimedStep, dimensions: readonly RailDimension[], ports: readonly number[], portsPerRail: number): readonly PhaseDuration[] {
  const durations = [...step.durations];
  dimensions.forEach((dimension, at) => {
    const own = ports[at] ?? 1;
    const slower = (portsPerRail / own) * dimension.stretch(own);
    for (const row of dimension.phases) {
      const full = durations[row];
      if (full !== undefined) durations[row] = { ...full, timeNs: full.latencyNs + (full.timeNs - full.latencyNs) * slower };
    }
  });
  return durations;
}
