/** A collective as asked on the command line: every option parsed with its unit, every fault named. */

import { parseQuantity } from '../adapters/quantity.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { CollectiveAlgorithm, PortNetwork } from '../traffic/collectives/closed-form.ts';
import { collectiveAlgorithms } from '../traffic/collectives/closed-form.ts';
import type { CollectiveOp } from '../traffic/collectives/operation.ts';
import { collectiveOps } from '../traffic/collectives/operation.ts';

export interface CollectiveOptions {
  readonly op: string;
  readonly algorithm: string;
  readonly ranks: string;
  readonly size: string;
  readonly bandwidth?: string;
  readonly latency?: string;
  readonly domain?: string;
  readonly domainBandwidth?: string;
  readonly domainLatency?: string;
  readonly cluster?: string;
  readonly zipf?: string;
  readonly json?: true;
}

/** Beyond it one rank gets all but everything. */
const zipfMax = 10;

export interface CollectiveQuestion {
  readonly op: CollectiveOp;
  /** `auto` takes the fastest. */
  readonly algorithm: CollectiveAlgorithm | 'auto';
  readonly ranks: number;
  readonly bits: number;
  /** Null when a cluster file gives all of it. */
  readonly network: PortNetwork | null;
  /** Exponent of the law by which receivers of an all-to-all share the traffic; 0 for alike. */
  readonly zipf: number;
}

export const ranksMax = 1_000_000;

/** `halvingDoubling` is `halving-doubling` on the command line. */
export const optionName = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const opAliases: Readonly<Record<string, CollectiveOp>> = { 'send-recv': 'pointToPoint', p2p: 'pointToPoint' };
const algorithmAliases: Readonly<Record<string, CollectiveAlgorithm>> = { tree: 'doubleBinaryTree' };

/** Finds a name among choices written as options; complains with all of them. */
function choice<T extends string>(text: string, choices: readonly T[], aliases: Readonly<Record<string, T>>, option: string, issues: Issue[]): T | null {
  const found = choices.find((one) => optionName(one) === text || one === text) ?? (Object.hasOwn(aliases, text) ? aliases[text] : undefined);
  if (found !== undefined) return found;
  issues.push({ code: 'unknown-choice', path: option, value: text, message: 'This name is not known', remedy: `Use one of ${choices.map(optionName).join(', ')}` });
  return null;
}

/** A quantity that must be above zero, or may be zero. */
function amount(text: string, dimension: 'rate' | 'time' | 'data', option: string, issues: Issue[]): number {
  const read = parseQuantity(text, dimension);
  if (!read.ok) {
    issues.push(...read.issues.map((issue) => ({ ...issue, path: option })));
    return NaN;
  }
  const allowed = dimension === 'rate' ? read.value > 0 : read.value >= 0;
  if (!allowed) issues.push({ code: 'out-of-range', path: option, value: text, message: `This must ${dimension === 'rate' ? 'be above' : 'not be below'} zero`, remedy: 'Write a positive amount' });
  return read.value;
}

function count(text: string, option: string, issues: Issue[]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= ranksMax) return value;
  issues.push({ code: 'out-of-range', path: option, value: text, message: `This is not a whole number between 1 and ${ranksMax}`, remedy: 'Write a whole number' });
  return 1;
}

function networkOf(options: CollectiveOptions, issues: Issue[]): PortNetwork | null {
  // Beside a cluster, a rate and a latency of the ranks override the cluster's in the closed form; without them it gives both.
  if (options.cluster !== undefined && options.bandwidth === undefined) {
    for (const name of ['latency', 'domain', 'domainBandwidth', 'domainLatency'] as const) {
      const value = options[name];
      if (value === undefined) continue;
      issues.push({ code: 'given-twice', path: `--${optionName(name)}`, value, message: 'The cluster file gives this already', remedy: 'Leave it out, or give --bandwidth with it to override the cluster’s ports' });
    }
    return null;
  }
  if (options.bandwidth === undefined) {
    issues.push({ code: 'missing-option', path: '--bandwidth', message: 'The rate of a rank is not given', remedy: 'Give --bandwidth, for example 400Gbps, or --cluster FILE' });
    return null;
  }
  const flat = { rateGbps: amount(options.bandwidth, 'rate', '--bandwidth', issues), latencyNs: amount(options.latency ?? '0', 'time', '--latency', issues) };
  const parts = [options.domain, options.domainBandwidth, options.domainLatency];
  if (parts.every((part) => part === undefined)) return { ...flat, domain: null };
  const [size, rate, latency] = parts;
  if (size === undefined || rate === undefined) {
    issues.push({ code: 'missing-option', path: '--domain', message: 'A scale-up domain needs its size and its rate', remedy: 'Give --domain 8 --domain-bandwidth 3600Gbps together' });
    return null;
  }
  return {
    ...flat,
    domain: {
      size: count(size, '--domain', issues),
      rateGbps: amount(rate, 'rate', '--domain-bandwidth', issues),
      latencyNs: amount(latency ?? options.latency ?? '0', 'time', '--domain-latency', issues),
    },
  };
}

/** Issue codes: `unknown-choice`, `out-of-range`, `missing-option`, `given-twice`, and those of quantities. */
export function parseCollective(options: CollectiveOptions): Parsed<CollectiveQuestion> {
  const issues: Issue[] = [];
  const op = choice(options.op, collectiveOps, opAliases, '--op', issues);
  const algorithm = options.algorithm === 'auto' ? 'auto' : choice(options.algorithm, collectiveAlgorithms, algorithmAliases, '--algorithm', issues);
  const ranks = count(options.ranks, '--ranks', issues);
  const bits = amount(options.size, 'data', '--size', issues);
  const network = networkOf(options, issues);
  if (op === 'pointToPoint' && ranks !== 2 && issues.length === 0) {
    issues.push({ code: 'out-of-range', path: '--ranks', value: options.ranks, message: 'Point-to-point has two ranks', remedy: 'Write --ranks 2' });
  }
  const zipf = options.zipf === undefined ? 0 : Number(options.zipf);
  if (!(zipf >= 0 && zipf <= zipfMax)) {
    issues.push({ code: 'out-of-range', path: '--zipf', value: options.zipf ?? '', message: `This is not a number between 0 and ${zipfMax}`, remedy: 'Write an exponent, for example 1.2' });
  }
  if (zipf > 0 && op !== null && (op !== 'allToAll' || algorithm !== 'auto' && algorithm !== 'direct')) {
    const remedy = 'Use --op all-to-all with --algorithm direct, or leave --zipf out';
    issues.push({ code: 'out-of-range', path: '--zipf', value: options.zipf ?? '', message: 'Only a direct all-to-all can be skewed', remedy });
  }
  if (issues.length > 0 || op === null || algorithm === null) return { ok: false, issues };
  return parsed({ op, algorithm, ranks, bits, network, zipf });
}
