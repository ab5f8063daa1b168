/** Says in the words of the run format what the shape check of a run found. */

import type { z } from 'zod';
import type { Issue } from '../base/issue.ts';

type Problem = z.core.$ZodIssue;
type Words = Pick<Issue, 'code' | 'message' | 'remedy'>;

const kinds: Readonly<Record<string, string>> = {
  string: 'a text in quotes', number: 'a number', int: 'a whole number', boolean: 'true or false', object: 'an object in braces', array: 'a list in brackets',
};

const kindOf = (expected: string): string => kinds[expected] ?? expected;

/** The field as a reader types it: names joined by dots, places in lists in brackets. */
export const fieldPath = (root: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`), root);

function boundWords(problem: Problem & { readonly code: 'too_small' | 'too_big' }): Words {
  const small = problem.code === 'too_small';
  const bound = String(small ? problem.minimum : problem.maximum);
  if (problem.origin === 'string') return { code: 'out-of-range', message: 'This text is empty', remedy: 'Write a text in quotes' };
  if (problem.origin === 'array') {
    const entries = `${small ? 'at least' : 'at most'} ${bound} ${bound === '1' ? 'entry' : 'entries'}`;
    return { code: 'out-of-range', message: small ? 'This list is too short' : 'This list is too long', remedy: `Give ${entries}` };
  }
  const limit = small ? (problem.inclusive === false ? `above ${bound}` : `of at least ${bound}`) : `of at most ${bound}`;
  return { code: 'out-of-range', message: small ? 'This number is too small' : 'This number is too large', remedy: `Write a number ${limit}, or remove the field if it may stay open` };
}

/** Alternatives either name the values that may stand here, or the kinds of value. */
function unionWords(problem: Problem & { readonly code: 'invalid_union' }): Words {
  const first = problem.errors.flatMap((branch) => branch.slice(0, 1));
  const values = first.flatMap((one) => (one.code === 'invalid_value' ? one.values.map(String) : []));
  if (values.length > 0) return choiceWords(values);
  const expected = first.flatMap((one) => (one.code === 'invalid_type' ? [kindOf(one.expected)] : []));
  return { code: 'wrong-type', message: 'This value is of the wrong kind', remedy: `Write ${[...new Set(expected)].join(' or ')}` };
}

const choiceWords = (values: readonly string[]): Words => ({ code: 'unknown-choice', message: 'This is not one of the choices', remedy: `Write one of ${values.join(', ')}` });

/** `value` is what stands at the place, as written; undefined where nothing does. */
export function runProblemWords(problem: Problem, value: string | undefined): Words {
  if (problem.code === 'too_small' || problem.code === 'too_big') return boundWords(problem);
  if (problem.code === 'invalid_union') return value === undefined ? { code: 'missing-field', message: 'This field is required', remedy: unionWords(problem).remedy } : unionWords(problem);
  if (problem.code === 'invalid_value') return choiceWords(problem.values.map(String));
  const expected = problem.code === 'invalid_type' ? kindOf(problem.expected) : 'another value';
  if (value === undefined) return { code: 'missing-field', message: 'This field is required', remedy: `Write ${expected}` };
  return { code: 'wrong-type', message: 'This value is of the wrong kind', remedy: `Write ${expected}` };
}
