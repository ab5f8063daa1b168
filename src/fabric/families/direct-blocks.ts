/** Aggregation blocks joined directly over circuit switches, without a spine (Poutievski et al., Jupiter Evolving, SIGCOMM 2022). */

import type { Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { enoughPorts, enoughSeats, fewEnoughSwitches, needsOcs, wholeNumber } from './family-check.ts';
import type { DirectBlocksDesign } from './family-design.ts';
import { opponentOf, roundOf, roundsOf } from './matchings.ts';
import type { FamilyPlan, Network, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

interface Tables {
  readonly plot: Plot;
  readonly family: DirectBlocksDesign;
  readonly access: Int32Array;
  /** Leaf l to aggregation switch s of its block at l * aggregationsPerBlock + s. */
  readonly up: Int32Array;
  /** Uplink r of block b to its circuit switch at b * uplinks + r; uplink r leaves aggregation switch r mod aggregationsPerBlock. */
  readonly uplink: Int32Array;
  readonly uplinks: number;
}

/** Uplink r of every block follows matching r mod rounds, so each pair of blocks has uplinks / rounds circuits, give or take one. */
const copiesOf = (uplinks: number, rounds: number, round: number): number => Math.floor((uplinks - 1 - round) / rounds) + 1;

function directRoute(tables: Tables): RankRoute {
  const { plot, family, access, up, uplink, uplinks } = tables;
  const { blocks, leavesPerBlock, aggregationsPerBlock, gpusPerLeaf } = family;
  const rounds = roundsOf(blocks);
  return (from, to, flowHash, into, at) => {
    const source = from - plot.firstRank;
    const target = to - plot.firstRank;
    const toLeaf = Math.floor(target / gpusPerLeaf);
    const toBlock = Math.floor(toLeaf / leavesPerBlock);
    let leaf = Math.floor(source / gpusPerLeaf);
    let next = at;
    const upLink = (leafAt: number, aggregation: number): number => 2 * (up[leafAt * aggregationsPerBlock + aggregation] ?? 0);
    /** Leaf, aggregation, circuit switch, aggregation of another block; returns that aggregation, -1 when no circuit joins the blocks. */
    const cross = (peer: number, stage: number): number => {
      const block = Math.floor(leaf / leavesPerBlock);
      const round = roundOf(blocks, block, peer);
      const copies = copiesOf(uplinks, rounds, round);
      if (copies < 1) return -1;
      const port = round + rounds * chooseOf(copies, flowHash, stage);
      into[next++] = upLink(leaf, port % aggregationsPerBlock);
      into[next++] = 2 * (uplink[block * uplinks + port] ?? 0);
      into[next++] = 2 * (uplink[peer * uplinks + port] ?? 0) + 1;
      return port % aggregationsPerBlock;
    };
    into[next++] = 2 * (access[source] ?? 0);
    if (leaf !== toLeaf) {
      const fromBlock = Math.floor(leaf / leavesPerBlock);
      let aggregation: number;
      if (fromBlock === toBlock) {
        aggregation = chooseOf(aggregationsPerBlock, flowHash, 0);
        into[next++] = upLink(leaf, aggregation);
      } else {
        if (family.routing === 'valiant' && blocks > 2) {
          let middle = chooseOf(blocks - 2, flowHash, 1);
          if (middle >= Math.min(fromBlock, toBlock)) middle++;
          if (middle >= Math.max(fromBlock, toBlock)) middle++;
          const arrived = cross(middle, 2);
          if (arrived < 0) return -1;
          leaf = middle * leavesPerBlock + chooseOf(leavesPerBlock, flowHash, 3);
          into[next++] = upLink(leaf, arrived) + 1;
        }
        aggregation = cross(toBlock, 4);
        if (aggregation < 0) return -1;
      }
      into[next++] = upLink(toLeaf, aggregation) + 1;
    }
    into[next++] = 2 * (access[target] ?? 0) + 1;
    return next;
  };
}

function draw(plot: Plot, family: DirectBlocksDesign): Network {
  const { blocks, leavesPerBlock, aggregationsPerBlock, gpusPerLeaf, uplinksPerAggregation } = family;
  const uplinks = aggregationsPerBlock * uplinksPerAggregation;
  const rounds = roundsOf(blocks);
  const leaf = addSwitches(plot, 'leaf', blocks * leavesPerBlock, (index) => Math.floor(index / leavesPerBlock));
  const aggregation = addSwitches(plot, 'spine', blocks * aggregationsPerBlock, (index) => Math.floor(index / aggregationsPerBlock));
  const uplinksPerOcs = Math.max(1, Math.floor((plot.design.ocs?.radix ?? 0) / blocks));
  const ocs = addSwitches(plot, 'ocs', Math.ceil(uplinks / uplinksPerOcs), () => -1);
  const access = addAccess(plot, (index) => leaf[Math.floor(index / gpusPerLeaf)] ?? 0);
  const up = new Int32Array(leaf.length * aggregationsPerBlock);
  for (let at = 0; at < up.length; at++) {
    const leafAt = Math.floor(at / aggregationsPerBlock);
    const far = (aggregation[Math.floor(leafAt / leavesPerBlock) * aggregationsPerBlock + (at % aggregationsPerBlock)] ?? 0) as NodeIx;
    up[at] = plot.draft.addCable({ near: (leaf[leafAt] ?? 0) as NodeIx, far, tier: 'fabric' });
  }
  const uplink = new Int32Array(blocks * uplinks);
  for (let at = 0; at < uplink.length; at++) {
    const port = at % uplinks;
    const near = (aggregation[Math.floor(at / uplinks) * aggregationsPerBlock + (port % aggregationsPerBlock)] ?? 0) as NodeIx;
    uplink[at] = plot.draft.addCable({ near, far: (ocs[Math.floor(port / uplinksPerOcs)] ?? 0) as NodeIx, tier: 'core' });
  }
  for (let block = 0; block < blocks; block++) {
    for (let port = 0; port < uplinks; port++) {
      const peer = opponentOf(blocks, block, port % rounds);
      if (peer > block) plot.draft.addCircuit({ one: uplink[block * uplinks + port] ?? 0, other: uplink[peer * uplinks + port] ?? 0 });
    }
  }
  return {
    hopsMax: family.routing === 'valiant' ? 10 : 6, routingName: `blocks ${family.routing}`, top: aggregation,
    createRoute: () => directRoute({ plot, family, access, up, uplink, uplinks }),
  };
}

export function planDirectBlocks(design: ClusterDesign, family: DirectBlocksDesign): Parsed<FamilyPlan> {
  const { blocks, leavesPerBlock, aggregationsPerBlock, gpusPerLeaf, uplinksPerAggregation } = family;
  const ports = { path: 'switch.radix', value: design.switch.radix };
  const whole = (name: keyof DirectBlocksDesign, value: number, what: string) => wholeNumber({ path: `fabric.${name}`, value, min: name === 'blocks' ? 2 : 1, what });
  const issues = [
    ...whole('blocks', blocks, 'The number of blocks'), ...whole('leavesPerBlock', leavesPerBlock, 'The leaves per block'),
    ...whole('aggregationsPerBlock', aggregationsPerBlock, 'The aggregation switches per block'), ...whole('gpusPerLeaf', gpusPerLeaf, 'The GPUs per leaf'),
    ...whole('uplinksPerAggregation', uplinksPerAggregation, 'The uplinks per aggregation switch'),
    ...fewEnoughSwitches(blocks * (leavesPerBlock + aggregationsPerBlock), 'fabric.blocks'),
    ...enoughPorts(design, { ...ports, count: gpusPerLeaf + aggregationsPerBlock, formula: 'gpusPerLeaf + aggregationsPerBlock' }),
    ...enoughPorts(design, { ...ports, count: leavesPerBlock + uplinksPerAggregation, formula: 'leavesPerBlock + uplinksPerAggregation' }),
    ...enoughSeats(design, { count: blocks * leavesPerBlock * gpusPerLeaf, path: 'fabric.blocks', formula: 'blocks x leavesPerBlock x gpusPerLeaf' }),
    ...needsOcs(design, { ports: blocks, formula: 'one uplink of every block' }),
  ];
  if (issues.length === 0 && aggregationsPerBlock * uplinksPerAggregation < roundsOf(blocks)) {
    issues.push({
      code: 'blocks-not-joined', path: 'fabric.uplinksPerAggregation', value: String(uplinksPerAggregation),
      message: `A block has ${aggregationsPerBlock * uplinksPerAggregation} uplinks for ${blocks - 1} other blocks`, remedy: `Give each block at least ${roundsOf(blocks)} uplinks`,
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `direct-connect: ${blocks} blocks of ${leavesPerBlock} leaves and ${aggregationsPerBlock} aggregation switches over circuit switches`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / (leavesPerBlock * gpusPerLeaf)),
    draw: (plot) => draw(plot, family),
  });
}
