/** The machines that `heliostat stranded` compares, as asked on the command line: each option parsed, every problem collected. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { GroupMachine } from '../plan/placement/group-cut.ts';

export interface MachineOptions {
  readonly group: string;
  readonly domain: string;
  readonly cube: string;
  readonly ring: string;
  readonly servers: string;
  readonly gpusPerServer: string;
  readonly draws: string;
  readonly seed: string;
}

export interface AskedMachines {
  readonly groups: readonly number[];
  readonly machines: readonly { readonly name: string; readonly machine: GroupMachine }[];
  readonly servers: number;
  readonly gpusPerServer: number;
  readonly draws: number;
  readonly seed: number;
}

const serversMax = 100_000;
/** A domain or cube may be larger than the machine, which then has a part of one. */
const regionGpusMax = 1_048_576;
const listMax = 16;

/** Issue codes: `out-of-range`. */
export function parseMachines(options: MachineOptions): Parsed<AskedMachines> {
  const issues: Issue[] = [];
  const count = (text: string, path: string, most: number, least = 1): number => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    issues.push({ code: 'out-of-range', path, message: 'This is not a whole number in range', remedy: `Write a number from ${least} to ${most}`, value: text });
    return least;
  };
  const list = (text: string, path: string, most: number): readonly number[] => {
    const words = text === 'none' ? [] : text.split(',');
    if (words.length > listMax) issues.push({ code: 'out-of-range', path, message: `At most ${listMax} values are compared`, remedy: 'Write fewer', value: text });
    return words.slice(0, listMax).map((word) => count(word, path, most));
  };
  const servers = count(options.servers, '--servers', serversMax);
  const gpusPerServer = count(options.gpusPerServer, '--gpus-per-server', 1024);
  const gpusMax = servers * gpusPerServer;
  const groups = list(options.group, '--group', gpusMax);
  const serversOf = (gpus: number, path: string): number => {
    if (gpus % gpusPerServer !== 0) {
      issues.push({ code: 'out-of-range', path, message: `It does not hold whole servers of ${gpusPerServer} accelerators`, remedy: `Write a multiple of ${gpusPerServer}`, value: String(gpus) });
    }
    return Math.max(1, gpus / gpusPerServer);
  };
  const machines = [
    ...list(options.domain, '--domain', regionGpusMax).map((gpus) => ({ name: `domains of ${gpus}`, machine: { kind: 'domains' as const, serversPerDomain: serversOf(gpus, '--domain') } })),
    ...list(options.cube, '--cube', regionGpusMax).map((gpus) => ({ name: `cubes of ${gpus}`, machine: { kind: 'cubes' as const, serversPerCube: serversOf(gpus, '--cube') } })),
    ...list(options.ring, '--ring', servers).map((hops) => ({ name: `ring of ${hops} hops`, machine: { kind: 'ring' as const, hops } })),
  ];
  if (groups.length === 0) issues.push({ code: 'out-of-range', path: '--group', message: 'There is no group size', remedy: 'Write one or more, e.g. 16,32', value: options.group });
  const asked = { groups, machines, servers, gpusPerServer, draws: count(options.draws, '--draws', 1000), seed: count(options.seed, '--seed', 2 ** 32 - 1, 0) };
  return issues.length > 0 ? { ok: false, issues } : parsed(asked);
}
