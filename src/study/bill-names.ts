/** How a row of a bill is called where sums are taken apart. */

import type { BillRow } from '../fabric/bill.ts';

/** `module dr8-800g`; a part that names its role already stands alone. */
export const rowName = ({ role, part }: BillRow): string => (part.toLowerCase().includes(role.toLowerCase()) ? part : `${role} ${part}`);
