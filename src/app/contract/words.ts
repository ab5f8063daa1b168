/** What every resource of the API shares: problems by RFC 9457, pages, versions, and the words of the product. */

import { z } from 'zod';
import { healthNames } from '../../control/fact.ts';
import { rungNames } from '../../plan/policy.ts';
import { trafficClassNames } from '../../traffic/classes.ts';

export const trafficClassSchema = z.enum(trafficClassNames);
export const healthSchema = z.enum(healthNames);
export const rungSchema = z.enum(rungNames);

/** No controls, line or paragraph separators and no marks that turn the direction of writing: what is named from outside is shown in terminals and logs. */
const shownCharacters = /^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]*$/;

/** A name or word of a person or program outside, which others will read. */
export const shownText = (charsMax: number): z.ZodString => z.string().max(charsMax).regex(shownCharacters, 'Write printable characters without line ends, controls and marks that turn the direction of writing');

/** Roles in rising order of what they may do; each may do what those before it may. */
export const roles = ['viewer', 'scheduler', 'operator', 'admin'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

/** A problem document (RFC 9457) with the refusal's or issue's own fields. */
export const problemSchema = z.object({
  type: z.string().describe('URI of the kind of problem, stable'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What happened, in full sentences'),
  instance: z.string().optional().describe('The request, by its id'),
  code: z.string().describe('Stable kebab-case code of the refusal or issue'),
  remedy: z.string().describe('What to do about it, as a sentence'),
  doNext: z.enum(['wait', 'preempt', 'never']).optional().describe('The remedy of a refusal in one word'),
  reasons: z.array(z.string()).default([]),
  issues: z.array(z.object({
    code: z.string(), path: z.string().optional(), line: z.number().int().optional(), column: z.number().int().optional(), value: z.string().optional(), message: z.string(), remedy: z.string(),
  })).optional(),
  offers: z.array(z.record(z.string(), z.unknown())).optional().describe('Requests that would be granted, ready to be sent'),
});
export type Problem = z.infer<typeof problemSchema>;

/** Long lists come in pages; `next` is the cursor of the page after, `null` on the last. */
export const pageOf = <T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T>; next: z.ZodNullable<z.ZodString> }> => z.object({ items: z.array(item), next: z.string().nullable() });

/** The version that a change must name in If-Match: the number of the last log entry that touched the resource. */
export const versionSchema = z.number().int().describe('Number of the last log entry that touched this; also the ETag');

export const nsSchema = z.number().describe('ns since the log began');

/** An instant that is asked for: within thirty years of the log's beginning, and not before it. */
export const instantNsSchema = nsSchema.min(0).max(1e18);
