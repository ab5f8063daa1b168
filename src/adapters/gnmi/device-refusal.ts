/** What a failed call to a device means, as a refusal with a code, a remedy and the device's own words. */

import { Code, ConnectError } from '@connectrpc/connect';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';

const codes: Readonly<Partial<Record<Code, readonly [code: string, remedy: Refusal['remedy']]>>> = {
  [Code.Unavailable]: ['device-unreachable', 'wait'], [Code.DeadlineExceeded]: ['device-timeout', 'wait'], [Code.Canceled]: ['device-unreachable', 'wait'],
  [Code.FailedPrecondition]: ['device-busy', 'wait'], [Code.Aborted]: ['device-busy', 'wait'], [Code.ResourceExhausted]: ['device-busy', 'wait'],
  [Code.PermissionDenied]: ['device-denied', 'never'], [Code.Unauthenticated]: ['device-denied', 'never'],
  [Code.InvalidArgument]: ['device-rejected', 'never'], [Code.NotFound]: ['device-rejected', 'never'], [Code.Unimplemented]: ['device-rejected', 'never'],
};

/** What a failed call means. */
export function refusalOf(device: string, thrown: unknown): Refusal {
  const error = ConnectError.from(thrown);
  const [code, remedy] = codes[error.code] ?? ['device-failed', 'wait'];
  return refuse(code, remedy, `${device} answered ${Code[error.code] ?? error.code}: ${error.rawMessage}`);
}
