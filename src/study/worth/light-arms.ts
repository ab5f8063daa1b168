/**
 * Who decides what happens to the light that is left, three ways: our controller, a network that knows no classes, and an operator
 * who takes hurt servers out and restarts the job on the rest.
 */

import { droppedLeases } from '../../control/jobs/replicas.ts';
import { createState } from '../../control/create-state.ts';
import type { Plant } from '../../control/plant.ts';
import type { State } from '../../control/state.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { RungName } from '../../plan/policy.ts';
import { obey } from './obey.ts';
import type { Way, WaysOf } from './mix-truth.ts';
import { ownRoute } from './mix-truth.ts';
import type { ReferenceMix } from './reference-mix.ts';

const second = 1e9;
/** Ticks after a batch of losses, so that leases which gave way find light again; each looks at a limited number of them. */
const ticksAfterLoss = 12;

/** Our controller over a plant, fed with what its devices say. */
export class ControlledLight {
  readonly state: State;
  readonly rungs = new Map<RungName, number>();
  restarts = 0;
  #nowNs = 0;
  #sequence = 0;

  constructor(plant: Plant, mix: ReferenceMix) {
    this.state = createState(plant);
    const facts = [...this.#tell({ kind: 'jobAsked', job: mix.request }), ...mix.others.flatMap((request) => this.#tell({ kind: 'leaseAsked', request }))];
    for (const { body } of facts) if (body.kind === 'jobRefused' || body.kind === 'leaseRefused') throw new Error(`the mix does not fit: ${body.refusal.reasons.join(' ')}`);
  }

  #tell(reading: Parameters<typeof obey>[2]): ReturnType<typeof obey> {
    const facts = obey(this.state, this.#nowNs, reading);
    for (const { body } of facts) {
      if (body.kind === 'decided') this.rungs.set(body.decision.rung, (this.rungs.get(body.decision.rung) ?? 0) + 1);
      if (body.kind === 'jobMoved' && body.restarts) this.restarts += 1;
    }
    return facts;
  }

  /** A component gives no more light. */
  fail(component: number): void {
    this.#nowNs += second / 1000;
    this.#tell({ kind: 'alarm', device: 'light', sequence: ++this.#sequence, component, alarm: 'laserFault', raised: true });
  }

  settle(): void {
    for (let turn = 0; turn < ticksAfterLoss; turn++) {
      this.#nowNs += second;
      this.#tell({ kind: 'tick' });
    }
  }

  /** Share of a job's replicas that still run. */
  replicaShare(id: string): number {
    const job = this.state.jobs.get(id);
    return job === undefined ? 0 : job.replicas / job.request.replicas;
  }

  /** Ways of all pairs as they are leased now. */
  ways(): WaysOf {
    const grants = new Map<string, readonly Way[] | null>();
    const dropped = new Set([...this.state.jobs.values()].flatMap((job) => [...droppedLeases(this.state, job)]));
    for (const { request, grant } of this.state.leases.values()) {
      const ways = dropped.has(request.id) ? null : grant === null || grant.rateGbps <= 0 ? [] : grant.paths.map(({ links, rateGbps }): Way => ({ links, part: rateGbps / grant.rateGbps }));
      grants.set(`${request.trafficClass}|${request.fromRank}|${request.toRank}`, ways);
    }
    return (trafficClass, { from, to }) => {
      const ways = grants.get(`${trafficClass}|${from}|${to}`);
      return ways === undefined ? [] : ways;
    };
  }
}

/** Hashes tried for equal-cost ways. */
const hashesMax = 32;

/**
 * Ways of a network that knows neither classes nor leases, at its best: each pair is spread over all equal-cost ways that have light,
 * in proportion to it, as adaptive routing with weights does. Dark ways are left out by routing; there is no way through other servers.
 */
export function spreadWays(cluster: CompiledCluster, linkRateGbps: Float64Array): WaysOf {
  const known = new Map<string, readonly Way[]>();
  return (_, { from, to }) => {
    const key = `${from}|${to}`;
    let ways = known.get(key);
    if (ways !== undefined) return ways;
    const found = new Map<string, { readonly links: readonly number[]; readonly gbps: number }>();
    for (let choice = 0; choice < hashesMax; choice++) {
      const links = ownRoute(cluster, { from, to }, Math.imul(choice, 0x9e3779b1) | 0);
      const gbps = links.reduce((least, link) => Math.min(least, linkRateGbps[link] ?? 0), Infinity);
      if (links.length > 0 && gbps > 0) found.set(links.join(','), { links, gbps });
    }
    const sum = [...found.values()].reduce((total, { gbps }) => total + gbps, 0);
    known.set(key, (ways = [...found.values()].map(({ links, gbps }) => ({ links, part: gbps / sum }))));
    return ways;
  };
}

/** Nodes (servers) whose every network port has all its light: what is left for an operator who takes a link with a dead lane out of service. */
export function soundNodes({ fabric, design }: CompiledCluster, dark: Uint8Array): number {
  const scaleUp = linkTiers.indexOf('scaleUp');
  const nodeOf = new Map<number, number>();
  fabric.gpuNode.forEach((node, rank) => void nodeOf.set(node, Math.floor(rank / design.gpusPerNode)));
  const hurt = new Set<number>();
  dark.forEach((isDark, wavelength) => {
    const link = fabric.wavelengthLink[wavelength] ?? 0;
    if (isDark !== 1 || fabric.linkTier[link] === scaleUp) return;
    for (const end of [fabric.linkSource[link] ?? 0, fabric.linkTarget[link] ?? 0]) {
      const server = nodeOf.get(end);
      if (server !== undefined) hurt.add(server);
    }
  });
  return design.gpus / design.gpusPerNode - hurt.size;
}
