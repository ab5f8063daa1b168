/** External laser sources (ELSFP): lane states, faults and limits on page 1Ah, bias and power monitors on page 1Bh (OIF-ELSFP-CMIS-01.0). */

import { byteAt, u16At } from './coding.ts';
import type { Ledger } from './decode.ts';
import type { CmisImage } from './image.ts';
import { lanesPerBank, pageKey } from './image.ts';
import { sourcePowerDbm } from './vdm.ts';

/** Bias registers step 100 uA, power registers 10 uW. */
const biasStepMa = 0.1;

const laneStates = ['off', 'ramping', 'on', 'reserved'] as const;

/** Limits of the lasers of a source: bias, then power, each high alarm, low alarm, high warning, low warning. */
function limits(image: CmisImage, bank: number, ledger: Ledger): void {
  const page = image.pages.get(pageKey(bank, 0x1a));
  if (page === undefined) return;
  const bias = (address: number): number | null => {
    const value = u16At(page, address);
    return value === null ? null : value * biasStepMa;
  };
  const level = (address: number): number | null => {
    const value = u16At(page, address);
    return value === null ? null : sourcePowerDbm(value);
  };
  ledger.add('biasHighAlarm', 'mA', bias(141), { place: '1Ah 141' });
  ledger.add('biasHighWarning', 'mA', bias(145), { place: '1Ah 145' });
  ledger.add('txPowerHighAlarm', 'dBm', level(149), { place: '1Ah 149' });
  ledger.add('txPowerLowAlarm', 'dBm', level(151), { place: '1Ah 151' });
  ledger.add('txPowerHighWarning', 'dBm', level(153), { place: '1Ah 153' });
  ledger.add('txPowerLowWarning', 'dBm', level(155), { place: '1Ah 155' });
}

/** Readings of the eight lasers of one bank. */
export function laserSourceReadings(image: CmisImage, bank: number, ledger: Ledger): void {
  if (bank === 0) limits(image, bank, ledger);
  const control = image.pages.get(pageKey(bank, 0x1a));
  const monitors = image.pages.get(pageKey(bank, 0x1b));
  for (let at = 0; at < lanesPerBank; at++) {
    const lane = bank * lanesPerBank + at;
    if (control !== undefined) {
      const enabled = byteAt(control, 220);
      const states = byteAt(control, 221 + (at >> 2));
      const fault = byteAt(control, 166 + at);
      ledger.add('txEnabled', 'flag', enabled === null ? null : (enabled >> at) & 1, { lane, place: '1Ah 220' });
      ledger.add('lanePathState', 'state', states === null ? null : laneStates[(states >> (2 * (at & 3))) & 3] ?? null, { lane, place: `1Ah ${221 + (at >> 2)}` });
      ledger.add('txFailure', 'flag', fault === null ? null : Number(fault !== 0), { lane, place: `1Ah ${166 + at}` });
    }
    if (monitors !== undefined) {
      const bias = u16At(monitors, 184 + 2 * at);
      const power = u16At(monitors, 200 + 2 * at);
      ledger.add('bias', 'mA', bias === null ? null : bias * biasStepMa, { lane, place: `1Bh ${184 + 2 * at}` });
      ledger.add('txPower', 'dBm', power === null ? null : sourcePowerDbm(power), { lane, place: `1Bh ${200 + 2 * at}` });
    }
  }
}
