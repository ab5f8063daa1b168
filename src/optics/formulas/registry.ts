/** Every formula of the optics room, in the order of its topics. */

import { budgetFormulas } from './budget.ts';
import { coherentFormulas } from './coherent-formulas.ts';
import { delayFormulas } from './delay.ts';
import { fecFormulas } from './fec.ts';
import type { Formula } from './formula.ts';
import { laserFormulas } from './laser.ts';
import { noiseFormulas } from './noise.ts';
import { receiverFormulas } from './receiver.ts';
import { reliabilityFormulas } from './reliability-formulas.ts';
import { ringFormulas } from './ring.ts';
import { signalFormulas } from './signal.ts';
import { spectrumFormulas } from './spectrum.ts';
import { switchingFormulas } from './switching.ts';

/** A group of formulas about one topic. */
export interface FormulaTopic {
  readonly topic: string;
  readonly formulas: readonly Formula[];
}

export const opticsFormulaTopics: readonly FormulaTopic[] = [
  { topic: 'Spectrum and levels', formulas: spectrumFormulas },
  { topic: 'Signal and bit error ratio', formulas: signalFormulas },
  { topic: 'Forward error correction', formulas: fecFormulas },
  { topic: 'Power budget', formulas: budgetFormulas },
  { topic: 'Receiver', formulas: receiverFormulas },
  { topic: 'Intensity noise, reflections and crosstalk', formulas: noiseFormulas },
  { topic: 'Micro-rings', formulas: ringFormulas },
  { topic: 'Lasers', formulas: laserFormulas },
  { topic: 'Coherent and amplified links', formulas: coherentFormulas },
  { topic: 'Switching and free space', formulas: switchingFormulas },
  { topic: 'Delay, energy and density', formulas: delayFormulas },
  { topic: 'Reliability', formulas: reliabilityFormulas },
];
