/** Which requests make sense at all, before any physics: kinds of parts, ends that can meet, numbers that exist. */

import { absoluteZeroC } from '../../base/constants.ts';
import { plainNumber } from '../../base/plain-number.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Part } from '../part.ts';
import type { LinkRequest } from './request.ts';

const linkKinds: ReadonlySet<string> = new Set([
  'copper', 'coherent', 'pluggable-dsp', 'pluggable-tro', 'pluggable-lro', 'pluggable-startup', 'pluggable-mm', 'lpo', 'cpo', 'npo', 'optical-io', 'optical-io-spec',
  'vcsel-array', 'microled', 'awgr', 'free-space',
]);
const laserKinds: ReadonlySet<string> = new Set(['laser', 'laser-source', 'comb-laser']);

/** True for parts that carry bits from end to end by themselves. */
export const isLinkPart = (part: Part): boolean => linkKinds.has(part.kind);

/** Kinds whose ends only ever meet their own kind. */
const closedKinds = ['copper', 'coherent', 'awgr', 'free-space'] as const;

const notALink = ({ id, kind }: Part): Refusal =>
  refuse('not-a-link', 'never', `${id} is of kind ${kind}, which is not a link by itself; name a cable, a pluggable, a co-packaged engine or an optical I/O part.`);

const wrongKind = (part: Part, wanted: string): Refusal => refuse('wrong-kind-of-part', 'never', `${part.id} is of kind ${part.kind}, not ${wanted}.`);

function numbersRefused({ lengthM, connectors, caseTemperatureC, extraLossDb = 0, failedChannels = 0, ageYears = 0 }: LinkRequest): Refusal | null {
  const refused = (what: string): Refusal => refuse('impossible-request', 'never', what);
  if (!(Number.isFinite(lengthM) && lengthM >= 0)) return refused(`A length of ${lengthM} m does not exist.`);
  if (!(Number.isInteger(connectors) && connectors >= 0)) return refused(`${connectors} connections do not exist.`);
  if (!(Number.isFinite(caseTemperatureC) && caseTemperatureC > absoluteZeroC)) return refused(`A case temperature of ${plainNumber(caseTemperatureC)} °C is not above absolute zero (${absoluteZeroC} °C).`);
  if (!(Number.isInteger(failedChannels) && failedChannels >= 0)) return refused(`${failedChannels} failed channels do not exist.`);
  return Number.isFinite(extraLossDb) && Number.isFinite(ageYears) && ageYears >= 0 ? null : refused('The extra loss and the age of the lasers must be finite, and the age at least 0 years.');
}

function endsRefused(near: Part, far: Part): Refusal | null {
  if (near.id === far.id) return null;
  const closed = closedKinds.find((kind) => near.kind === kind || far.kind === kind);
  return closed === undefined ? null
    : refuse('incompatible-ends', 'never', `${near.id} (${near.kind}) and ${far.id} (${far.kind}) cannot face each other: a link of kind ${closed} has the same part at both ends.`);
}

/** Why a request cannot be evaluated whatever the figures say, or `null`. */
export function unaskable(request: LinkRequest): Refusal | null {
  const { part, farPart = part, laserPart, fibrePart, circuit } = request;
  if (!isLinkPart(part)) return notALink(part);
  if (!isLinkPart(farPart)) return notALink(farPart);
  const ends = endsRefused(part, farPart);
  if (ends !== null) return ends;
  if (laserPart !== undefined && !laserKinds.has(laserPart.kind)) return wrongKind(laserPart, 'a laser');
  if (fibrePart !== undefined && fibrePart.kind !== 'fibre') return wrongKind(fibrePart, 'a fibre');
  if (circuit !== undefined && circuit.switchPart.kind !== 'ocs') return wrongKind(circuit.switchPart, 'an optical circuit switch');
  if (circuit !== undefined && part.kind === 'copper') return refuse('no-light-to-switch', 'never', `${part.id} is copper; an optical circuit switch passes light only.`);
  return numbersRefused(request);
}
