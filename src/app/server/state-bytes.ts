/** About how much memory a state takes, for limits on copies of it. */

import type { State } from '../../control/state.ts';
import { leaseBookBytes } from '../../plan/admission/lease-book.ts';

/** Memory of one row of a table that is kept as objects, and of a lease with its paths (estimates, from heap snapshots at 4,096 accelerators). */
const rowBytes = 100;
const leaseBytes = 1500;

/** About what a copy of a state takes beside what all share. */
export function stateBytes({ components, wavelengths, links, book, measured, leases, devices }: State): number {
  const columns = [components, wavelengths, links].flatMap((table) => Object.values(table) as ArrayBufferView[]);
  const rows = devices.size + [...measured.values()].reduce((sum, values) => sum + values.size, 0);
  return columns.reduce((sum, column) => sum + column.byteLength, 0) + leaseBookBytes(book) + rowBytes * rows + leaseBytes * leases.size;
}
