/** Leases and counter-offers as an operator reads them. */

import type { Cluster } from '../contract/cluster.ts';
import type { LeaseView } from '../contract/work.ts';
import { leaseRequestSchema } from '../contract/work.ts';
import { fixedText } from '../number-text.ts';
import type { Colours } from '../terminal.ts';
import { cleanText } from '../text-table.ts';
import { durationText, instantText, paintWords, paintedTable, rateText } from './server-text.ts';

/** Calendars count whole kb/s, and a lease over several ways may be off by one on each, as the controller has it. */
const calendarStepGbps = 1e-5;

const stateOf = ({ askedGbps, grantedGbps, paths }: LeaseView): string => {
  if (grantedGbps <= 0 && paths.length > 0) return 'promised';
  return askedGbps !== null && grantedGbps + calendarStepGbps < askedGbps ? 'short' : 'full';
};

export function leaseTable(leases: readonly LeaseView[], colours: Colours): string {
  const rows = leases.map((lease) => [
    lease.id, lease.trafficClass, lease.tenant, lease.job ?? 'none', `${lease.fromRank} to ${lease.toRank}`, stateOf(lease),
    rateText(lease.askedGbps), rateText(lease.grantedGbps), rateText(lease.floorGbps), durationText((lease.endNs - lease.startNs) / 1e9),
  ]);
  return paintedTable(['lease', 'class', 'tenant', 'job', 'ranks', 'state', 'asked', 'granted', 'floor', 'for'], 6, rows, colours, { drops: [3, 2, 8, 9] });
}

/** Wavelengths of a path that are told one by one. */
const heldMax = 8;

export function leaseText(lease: LeaseView, { epoch }: Cluster, colours: Colours): string {
  const paths = lease.paths.map(({ names, wavelengths, rateGbps }) => {
    const held = wavelengths.reduce((sum, rows) => sum + rows.length, 0);
    const rows = wavelengths.flat().slice(0, heldMax).join(', ');
    return `  ${rateText(rateGbps)} over ${names.map(cleanText).join(', ')}${held === 0 ? ', shared' : `, alone on wavelengths ${rows}${held > heldMax ? ` and ${fixedText(held - heldMax, 0)} more` : ''}`}`;
  });
  return [
    `${colours.bold(cleanText(lease.id))} ${lease.trafficClass} of ${cleanText(lease.tenant)}${lease.job === null ? '' : `, job ${cleanText(lease.job)}`}: ${paintWords(stateOf(lease), colours)}`,
    `  rank ${lease.fromRank} to rank ${lease.toRank}: ${rateText(lease.grantedGbps)} of ${rateText(lease.askedGbps)}, never below ${rateText(lease.floorGbps)}`,
    `  from ${instantText(epoch, lease.startNs)} to ${instantText(epoch, lease.endNs)}`, ...paths,
  ].join('\n');
}

/** What would be granted, as the options to ask for it. */
export function offerLines(offers: readonly unknown[], nowNs: number): readonly string[] {
  const known = offers.flatMap((offer) => leaseRequestSchema.safeParse(offer).data ?? []);
  if (known.length === 0) return [];
  return ['This would be granted instead:', ...known.map(({ trafficClass, fromRank, toRank, rateGbps, bits, floorGbps, startNs = nowNs, endNs = nowNs, tenant }) => {
    const wanted = rateGbps === null ? `--amount ${Number(((bits ?? 0) / 8e9).toPrecision(6))}GB` : `--rate ${Number(rateGbps.toPrecision(6))}Gbps`;
    const later = startNs > nowNs + 2e9 ? ` --in ${Math.ceil((startNs - nowNs) / 1e9)}s` : '';
    const floor = floorGbps > 0 ? ` --floor ${Number(floorGbps.toPrecision(6))}Gbps` : '';
    return `  heliostat lease ask --class ${trafficClass} --from ${fromRank} --to ${toRank} ${wanted}${floor} --for ${Math.floor((endNs - Math.max(startNs, nowNs)) / 1e9)}s${later} --tenant ${cleanText(tenant)}`;
  })];
}
