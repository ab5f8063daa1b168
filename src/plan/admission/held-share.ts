/** Dominant share that a tenant's leases of a class hold on some links within a span, read off the lease book. */

import type { TrafficClassName } from '../../traffic/classes.ts';
import type { LeaseBook } from './lease-book.ts';
import { takenKbps } from './lease-book.ts';
import type { Span } from './place.ts';
import { rowsAt } from './row-lists.ts';

/** The largest share of any of the links, 0 to 1. */
export function heldShare(book: LeaseBook, holder: { readonly tenant: string; readonly trafficClass: TrafficClassName }, links: readonly number[], span: Span): number {
  return links.reduce((most, link) => {
    const kbps = rowsAt(book.crossing, link).reduce((sum, row) => {
      const grant = book.grants[row] ?? null;
      if (grant === null || grant.tenant !== holder.tenant || grant.trafficClass !== holder.trafficClass || grant.endNs <= span.startNs || grant.startNs >= span.endNs) return sum;
      return sum + grant.paths.reduce((own, path) => own + (path.links.includes(link) ? takenKbps(book, path, path.links.indexOf(link)) : 0), 0);
    }, 0);
    return Math.max(most, kbps / Math.max(1, book.linkKbps[link] ?? 0));
  }, 0);
}
