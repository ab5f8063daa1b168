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

/** What the system or TLS says of a connection has a code of its own (`ECONNREFUSED`, `CERT_HAS_EXPIRED`); what the device says has none. */
const isOfConnection = ({ cause }: ConnectError): boolean => cause instanceof Error && typeof (cause as NodeJS.ErrnoException).code === 'string';

/** What a failed call means. */
export function refusalOf(device: string, thrown: unknown): Refusal {
  const error = ConnectError.from(thrown);
  if (isOfConnection(error)) return refuse('device-unreachable', 'wait', `${device} cannot be reached: ${error.rawMessage}`);
  const [code, remedy] = codes[error.code] ?? ['device-failed', 'wait'];
  return refuse(code, remedy, `${device} answered ${Code[error.code] ?? error.code}: ${error.rawMessage}`);
}
