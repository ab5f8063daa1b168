/** Problem documents (RFC 9457) as an error that a view can show: what happened, why, and what to do. */

import type { Problem } from '../../../src/app/contract/words.ts';

class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && typeof (value as Problem).detail === 'string';

/** A problem from whatever an answer that is no success carries. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const text = await answer.text();
  try {
    const value: unknown = JSON.parse(text);
    if (isProblem(value)) return new ProblemError({ ...value, reasons: value.reasons ?? [] });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new ProblemError({
    type: 'about:blank', title: answer.statusText, status: answer.status, detail: text.slice(0, 400) || `The server answered ${answer.status}.`, code: `http-${answer.status}`,
      remedy: 'Look at the log of the server.', reasons: [],
  });
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: 'about:blank', title: 'No answer', status: 0, detail: `The server gave no answer: ${detail}.`, code: 'no-answer', remedy: 'Check that heliostat serve is running.', reasons: [] };
}
