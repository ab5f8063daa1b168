/** Words and figures that completions of several kinds share. */

import type { Param } from '../part.ts';
import { estimate } from './evidence.ts';

export type Params = Readonly<Record<string, Param>>;

export const inWords = 'the sources of this part, in one vocabulary';

export const signal = (signalling: 'PAM4' | 'NRZ', fecScheme: string): Params => ({
  signalling: estimate(signalling, '', inWords),
  fec_scheme: estimate(fecScheme, '', inWords),
});

export const singleMode = { medium: estimate('smf-g652', '', inWords) };
