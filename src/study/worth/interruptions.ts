/** What interrupted the longest published run: causes and counts of 54 days on 16,384 accelerators, and a seeded draw of when. */

import type { Dice } from '../../base/dice.ts';

/** Network causes: which component a draw of the cause breaks. Others stop the job whatever the network does. */
export type InterruptionCause = 'switch' | 'cable' | 'nic' | 'other';

export const reportedDays = 54;

export interface ReportedCause {
  readonly name: string;
  readonly count: number;
  readonly isNetwork: boolean;
}

/** The Llama 3 Herd of Models (Meta, arXiv 2407.21783), Table 5: 419 unexpected interruptions. Planned ones (47) are left out of every arm. */
export const reportedCauses: readonly ReportedCause[] = [
  { name: 'faulty GPU', count: 148, isNetwork: false },
  { name: 'GPU HBM3 memory', count: 72, isNetwork: false },
  { name: 'software bug', count: 54, isNetwork: false },
  { name: 'network switch or cable', count: 35, isNetwork: true },
  { name: 'host maintenance', count: 32, isNetwork: false },
  { name: 'GPU SRAM memory', count: 19, isNetwork: false },
  { name: 'GPU system processor', count: 17, isNetwork: false },
  { name: 'NIC', count: 7, isNetwork: true },
  { name: 'NCCL watchdog timeouts', count: 7, isNetwork: false },
  { name: 'silent data corruption', count: 6, isNetwork: false },
  { name: 'GPU thermal interface and sensor', count: 6, isNetwork: false },
  { name: 'SSD', count: 3, isNetwork: false },
  { name: 'power supply', count: 3, isNetwork: false },
  { name: 'server chassis', count: 2, isNetwork: false },
  { name: 'IO expansion board', count: 2, isNetwork: false },
  { name: 'dependency', count: 2, isNetwork: false },
  { name: 'CPU', count: 2, isNetwork: false },
  { name: 'system memory', count: 2, isNetwork: false },
];

/** The report counts switches and cables together; half of each is our estimate. */
export const switchShare = 0.5;

export interface Interruption {
  readonly atS: number;
  readonly cause: InterruptionCause;
}

/** As many interruptions of each cause as were reported, at times uniform over the run (a Poisson process given its count), in order. */
export function drawInterruptions(dice: Dice): readonly Interruption[] {
  const [times, kinds] = [dice.fork('times'), dice.fork('kinds')];
  const spanS = reportedDays * 86_400;
  const causeOf = ({ name, isNetwork }: ReportedCause): InterruptionCause => (!isNetwork ? 'other' : name === 'NIC' ? 'nic' : kinds.uniform() < switchShare ? 'switch' : 'cable');
  return reportedCauses.flatMap((cause) => Array.from({ length: cause.count }, (): Interruption => ({ atS: times.uniform() * spanS, cause: causeOf(cause) }))).sort((a, b) => a.atS - b.atS);
}
