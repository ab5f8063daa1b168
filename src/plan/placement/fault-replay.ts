/**
 * Replays a record of server faults on a machine of many servers and sums, over time, what is healthy and yet of no use.
 *
 * The record says which of its servers were down and when, not where they stood, so that each draw deals the servers onto the
 * places of the machine at random; the mean over draws is the answer, and its spread says how much the dealing matters.
 */

import type { Dice } from '../../base/dice.ts';

/** Faults of named servers, in the order of time. Servers that never failed are not in the record. */
export interface ServerFaults {
  readonly serverNames: readonly string[];
  /** Days since the record began, ascending. */
  readonly eventDays: Float64Array;
  /** Row of `serverNames`. */
  readonly eventServer: Int32Array;
  /** 1 where a fault starts, -1 where one ends; a server with several faults is down until the last of them ends. */
  readonly eventChange: Int8Array;
  readonly spanDays: number;
}

/** What a machine can still use, in accelerators, while the servers marked 1 are up. */
export type CountUsable = (isUp: Uint8Array) => number;

export interface ReplayQuestion {
  readonly faults: ServerFaults;
  /** Servers of the machine; at least as many as the record names. */
  readonly servers: number;
  readonly gpusPerServer: number;
  /** The machines that are asked, each on the same dealing. */
  readonly machines: readonly CountUsable[];
  readonly draws: number;
  readonly dice: Dice;
}

/** Means over time and draws, in shares of all accelerators, 0 to 1. */
export interface StrandedShare {
  /** Healthy but in no group. */
  readonly stranded: number;
  /** Standard deviation of `stranded` between draws. */
  readonly spread: number;
}

export interface ReplayResult {
  readonly downShare: number;
  readonly downServersMax: number;
  /** One entry per machine. */
  readonly machines: readonly StrandedShare[];
}

/** One dealing, every stretch of time between two events once. */
function replayOnce(question: ReplayQuestion, placeOf: Int32Array, sums: Float64Array): { readonly downDays: number; readonly downMax: number } {
  const { faults, servers, gpusPerServer, machines } = question;
  const faultsOf = new Int32Array(faults.serverNames.length);
  const isUp = new Uint8Array(servers).fill(1);
  let down = 0;
  let downDays = 0;
  let downMax = 0;
  let lastDay = 0;
  const account = (untilDay: number): void => {
    const days = untilDay - lastDay;
    if (days <= 0) return;
    downDays += days * down;
    for (let machine = 0; machine < machines.length; machine++) {
      const usable = machines[machine]?.(isUp) ?? 0;
      sums[machine] = (sums[machine] ?? 0) + days * ((servers - down) * gpusPerServer - usable);
    }
    lastDay = untilDay;
  };
  for (let event = 0; event < faults.eventDays.length; event++) {
    account(faults.eventDays[event] ?? 0);
    const server = faults.eventServer[event] ?? 0;
    const open = (faultsOf[server] ?? 0) + (faults.eventChange[event] ?? 0);
    faultsOf[server] = open;
    const place = placeOf[server] ?? 0;
    const wasUp = isUp[place] ?? 0;
    isUp[place] = open > 0 ? 0 : 1;
    down += wasUp - (isUp[place] ?? 0);
    downMax = Math.max(downMax, down);
  }
  account(faults.spanDays);
  return { downDays, downMax };
}

/** Replays the record `draws` times. The record must not name more servers than the machine has. */
export function replayFaults(question: ReplayQuestion): ReplayResult {
  const { faults, servers, gpusPerServer, machines, draws, dice } = question;
  if (faults.serverNames.length > servers) throw new Error(`${faults.serverNames.length} servers do not stand in ${servers} places.`);
  const total = servers * gpusPerServer * faults.spanDays;
  const perDraw: Float64Array[] = [];
  let downShare = 0;
  let downServersMax = 0;
  for (let draw = 0; draw < draws; draw++) {
    const placeOf = Int32Array.from({ length: servers }, (_, place) => place);
    dice.fork(`draw ${draw}`).shuffle(placeOf);
    const sums = new Float64Array(machines.length);
    const { downDays, downMax } = replayOnce(question, placeOf, sums);
    perDraw.push(sums.map((sum) => sum / total));
    downShare = downDays / (servers * faults.spanDays);
    downServersMax = downMax;
  }
  return {
    downShare, downServersMax,
    machines: machines.map((_, machine): StrandedShare => {
      const shares = perDraw.map((sums) => sums[machine] ?? 0);
      const stranded = shares.reduce((sum, share) => sum + share, 0) / draws;
      const variance = draws < 2 ? 0 : shares.reduce((sum, share) => sum + (share - stranded) ** 2, 0) / (draws - 1);
      return { stranded, spread: Math.sqrt(variance) };
    }),
  };
}
