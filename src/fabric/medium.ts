/** Asks the optics room, once per medium and distinct length, what a link of that kind delivers. */

import type { Refusal } from '../base/refusal.ts';
import type { LinkReport } from '../optics/link/link-report.ts';
import type { MediumDesign } from './design.ts';

export interface MediumQuestion {
  readonly medium: MediumDesign;
  /** From transmitter to receiver, passive switches between them included. */
  readonly lengthM: number;
  /** `null`: as the ends settle in their packages. */
  readonly caseTemperatureC: number | null;
  /** Catalogue id of the circuit switch that the light passes, or `null`. */
  readonly throughPart: string | null;
}

export interface MediumAnswer {
  /** Usable rate of each wavelength; all zero when the link does not close. */
  readonly rateGbps: readonly number[];
  /** Slot of each wavelength in the channel plan or fibre lane, -1 for an electrical lane. */
  readonly slot: readonly number[];
  /** One way between the two ends, FEC and flight included. */
  readonly latencyNs: number;
  readonly refusal: Refusal | null;
  /** The budget of the weaker end, when physics made one. */
  readonly report: LinkReport | null;
}

export type EvaluateMedium = (question: MediumQuestion) => MediumAnswer;

/** What a link of a tier got: one row per medium and distinct length that the cluster really uses. */
export interface MediumUse {
  /** Row in the fabric's media. */
  readonly mediumIx: number;
  readonly medium: MediumDesign;
  readonly lengthM: number;
  readonly throughPart: string | null;
  readonly answer: MediumAnswer;
  /** Refusals of the preferred media that were passed over at this length, most preferred first. */
  readonly passedOver: readonly { readonly medium: MediumDesign; readonly refusal: Refusal }[];
}

/** Same question, same answer: evaluates each (medium, length, circuit switch) once. */
export function memoised(evaluate: EvaluateMedium): EvaluateMedium {
  const known = new Map<MediumDesign, Map<string, MediumAnswer>>();
  return (question) => {
    let answers = known.get(question.medium);
    if (answers === undefined) known.set(question.medium, (answers = new Map()));
    const key = `${question.lengthM}|${question.throughPart ?? ''}|${question.caseTemperatureC}`;
    let answer = answers.get(key);
    if (answer === undefined) answers.set(key, (answer = evaluate(question)));
    return answer;
  };
}

/** The first medium in order of preference that closes; the last one, refused, when none does. */
export function chooseMedium(
  evaluate: EvaluateMedium,
  choices: readonly MediumDesign[],
  asked: Omit<MediumQuestion, 'medium'>,
): { readonly medium: MediumDesign; readonly answer: MediumAnswer; readonly passedOver: MediumUse['passedOver'] } | null {
  const passedOver: { medium: MediumDesign; refusal: Refusal }[] = [];
  let last: { readonly medium: MediumDesign; readonly answer: MediumAnswer } | null = null;
  for (const medium of choices) {
    const answer = evaluate({ ...asked, medium });
    last = { medium, answer };
    if (answer.refusal === null) break;
    passedOver.push({ medium, refusal: answer.refusal });
  }
  return last === null ? null : { ...last, passedOver };
}
