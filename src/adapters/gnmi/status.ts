/** The status codes that a gNMI server answers with, each with a sentence that says what to do. */

import { Code, ConnectError } from '@connectrpc/connect';

/** A planned no of the server: thrown by handlers because that is how gRPC carries it, never by what they call. */
export interface GnmiStatus {
  readonly code: Code;
  readonly message: string;
}

const status = (code: Code, message: string): GnmiStatus => ({ code, message });

export const invalid = (message: string): GnmiStatus => status(Code.InvalidArgument, message);
export const notFound = (message: string): GnmiStatus => status(Code.NotFound, message);
export const unimplemented = (message: string): GnmiStatus => status(Code.Unimplemented, message);
export const denied = (message: string): GnmiStatus => status(Code.PermissionDenied, message);
export const failedPrecondition = (message: string): GnmiStatus => status(Code.FailedPrecondition, message);
export const exhausted = (message: string): GnmiStatus => status(Code.ResourceExhausted, message);
export const unavailable = (message: string): GnmiStatus => status(Code.Unavailable, message);

export const isStatus = (value: unknown): value is GnmiStatus => typeof value === 'object' && value !== null && 'code' in value && 'message' in value && !(value instanceof Error);

export const asError = ({ code, message }: GnmiStatus): ConnectError => new ConnectError(message, code);

/** The value, or an exception that gRPC turns into the status. */
export function orThrow<T>(value: T | GnmiStatus): T {
  if (isStatus(value)) throw asError(value);
  return value;
}
