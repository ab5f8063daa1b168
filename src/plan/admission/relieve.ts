/** After light is lost: which leases of lower classes yield so that the links carry what they still promise. */

import { numberText } from '../../base/number-text.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { Plan } from '../plan.ts';
import { affectedText } from './admit.ts';
import type { LeaseBook } from './lease-book.ts';
import { toGbps } from './lease-book.ts';
import type { Span } from './place.ts';
import type { OtherRoutes } from './preempt.ts';
import { changesOf, makeRoom } from './preempt.ts';
import type { AffectedLease } from './request.ts';
import { maxOver } from './step-table.ts';

export interface Relief {
  readonly plan: Plan;
  readonly affected: readonly AffectedLease[];
}

/** By how much a link promises more than it carries within a span, Gb/s; 0 for a sound link. */
export const overloadGbps = (book: LeaseBook, link: number, span: Span): number =>
  Math.max(0, toGbps(maxOver(book.load, link, span.startNs, span.endNs) - (book.linkKbps[link] ?? 0)));

export interface ReliefTerms {
  /** Only classes below this one yield. */
  readonly protects: TrafficClassName;
  readonly otherRoutes?: OtherRoutes;
}

/**
 * A plan after which none of the links is overfull in the span. Refusal `still-overfull` when classes below the protected one do not
 * hold enough above their floors: then a rung of the ladder other than `preempt` has to help. The book is left as it was.
 */
export function relieve(book: LeaseBook, links: readonly number[], span: Span, { protects, otherRoutes = () => [] }: ReliefTerms): Relief | Refusal {
  const { priority } = book.policy.classes[protects];
  const overfull = links.filter((link) => overloadGbps(book, link, span) > 0);
  // One leg per link that asks for nothing: room for it is exactly relief of the link.
  const legs = overfull.map((link) => ({ paths: [{ links: [link] }] }));
  const made = makeRoom(book, legs, { ...span, serves: 'shared', rateKbps: 0, tenant: '', shareCap: 1 }, { priority, otherRoutes });
  const stated = overfull.map((link) => `Link ${link} promises ${numberText(overloadGbps(book, link, span), 4)} Gb/s more than it carries.`);
  if (made === null) return refuse('still-overfull', 'wait', ...stated, `What classes below ${protects} hold above their floors does not make up for it.`);
  return { plan: { changes: changesOf(made.affected), reasons: [...stated, ...made.affected.map(affectedText)] }, affected: made.affected };
}
