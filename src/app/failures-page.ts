/** How one part fails, as a page for the terminal. */

import type { LifeDistribution } from '../optics/reliability/distribution.ts';
import type { MechanismFailures, PartFailures } from '../optics/reliability/part-failures.ts';
import { numberText, percentText } from './number-text.ts';
import type { Colours } from './terminal.ts';
import { cleanText, wrapText } from './text-table.ts';

const lawText = (life: LifeDistribution): string => {
  switch (life.kind) {
    case 'exponential': return `exponential, mean ${numberText(life.meanH)} h`;
    case 'weibull': return `Weibull ${life.shape}, scale ${numberText(life.scaleH)} h`;
    case 'lognormal': return `lognormal ${life.sigma}, median ${numberText(life.medianH)} h`;
    case 'competing': return life.causes.map(lawText).join(' + ');
  }
};

const names: Readonly<Record<MechanismFailures['name'], string>> = {
  laser: 'laser', laserRandom: 'laser, any age', laserWearOut: 'laser wear-out', electronics: 'electronics', solder: 'solder and joints', contamination: 'contamination', hardware: 'hardware',
};

const unitText: Readonly<Record<MechanismFailures['replaces'], string>> = {
  cable: 'cable', module: 'module', laserModule: 'laser module', package: 'package', switch: 'switch', chassis: 'chassis', connector: 'cleaning',
};

function mechanismLines(mechanism: MechanismFailures, { colours, columns }: { readonly colours: Colours; readonly columns: number }): readonly string[] {
  const { name, units, spares, fitNow, fitInService, acceleration, replaces, repairH, basis, life, activationEnergyEv, referenceC } = mechanism;
  const head = `  ${names[name].padEnd(18)}${numberText(fitNow).padStart(10)}${numberText(fitInService).padStart(12)}${numberText(acceleration).padStart(8)}`
    + `  ${unitText[replaces].padEnd(13)}${numberText(repairH).padStart(6)}  ${basis}`;
  const spareWords = spares > 0 ? `; ${units - spares} of ${units} must live` : units > 1 ? `; ${units} units, all must live` : '';
  const heat = activationEnergyEv === 0 ? 'whatever the temperature' : `${numberText(activationEnergyEv)} eV from ${numberText(referenceC)} °C`;
  return [head, ...wrapText(`${lawText(life)} for one unit, ${heat}${spareWords}`, Math.max(40, columns - 6)).map((line) => `      ${colours.dim(line)}`)];
}

const flapWords = ({ meanIntervalH, shareOfLinksInAYear, basis }: NonNullable<PartFailures['flaps']>): string =>
  `one in ${numberText(meanIntervalH)} h per link; ${percentText(shareOfLinksInAYear)} of links flap in a year, a few of them often; ${basis}`;

/** The page; the source of the rate stands last. */
export function failuresPage(failures: PartFailures, style: { readonly colours: Colours; readonly columns: number }): string {
  const { bold, dim } = style.colours;
  const { flaps } = failures;
  const repairs = `${numberText(failures.repairHoursPerDay)} h of repair a day, ${numberText(failures.down)} down at any time`;
  const wrap = (text: string): readonly string[] => wrapText(cleanText(text), Math.max(40, style.columns - 2)).map((line) => `  ${dim(line)}`);
  return [
    bold(`${failures.partId}: failures of one ${failures.per} at a case of ${numberText(failures.temperatureC)} °C, ${numberText(failures.ageYears)} years old`),
    '', dim(`  ${'mechanism'.padEnd(18)}${'FIT now'.padStart(10)}${'FIT service'.padStart(12)}${'x time'.padStart(8)}  ${'exchanged'.padEnd(13)}${'hours'.padStart(6)}  basis`),
    ...failures.mechanisms.flatMap((mechanism) => mechanismLines(mechanism, style)), '',
    `  MTBF            ${bold(`${numberText(failures.mtbfInServiceH)} h`)}  ${dim(`mean over ${failures.serviceYears} years; ${numberText(failures.mtbfNowH)} h at this age; cleaning is not counted`)}`,
    `  a year          ${percentText(failures.annualFailureShare, 2)} fail  ${dim(`lasers cause ${percentText(failures.laserShare)} of it`)}`,
    `  basis           ${failures.basis}  ${dim(failures.basis === 'field' ? 'counted in service' : 'not counted in service; vendors predict about ten times too well')}`,
    `  ${numberText(failures.count).padEnd(14)}  ${numberText(failures.failuresPerDay)} failures a day at this age, cleaning included  ${dim(repairs)}`,
    flaps === null ? '  flaps           none stated' : `  flaps           ${numberText(flaps.perDay)} a day  ${dim(flapWords(flaps))}`,
    '', ...wrap(`Rate: ${failures.source}`), ...(flaps === null ? [] : wrap(`Flaps: ${flaps.source}`)),
  ].join('\n');
}
