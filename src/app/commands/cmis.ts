/** `heliostat cmis FILE`: what the memory of a module or an external laser source says, and which of its own limits it is beyond. */

import type { DeviceReading } from '../../adapters/device-reading.ts';
import { decodeCmis } from '../../adapters/cmis/decode.ts';
import { readCmisDump } from '../../adapters/cmis/read-dump.ts';
import { formatIssue } from '../../base/issue.ts';
import type { CommandModule, ExitCode } from '../command.ts';
import { reportIssues } from '../command.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../terminal.ts';

const examples = `
Examples:
  heliostat cmis examples/module-memory.txt                    what the module measures, and what is beyond its limits
  heliostat cmis dump.bin --component leaf3/module12 --json    one JSON document
  heliostat cmis els.txt --laser-source                        an external laser source (OIF ELSFP)

FILE is text of hexadecimal lines under headings such as "Lower page 0h" and "Upper page 11h", as switches print them, or the bytes
themselves: lower memory, page 00h, then 01h, 02h, 10h, 11h as far as they were read.
Exit code 0: sound. 1: a value is beyond a limit, the module shows a fault, or what it says cannot be or is cut short. 2: bad input, all
issues listed.`;

interface CmisOptions {
  readonly component: string;
  readonly laserSource?: true;
  readonly json?: true;
}

/** Which limit bounds which quantity, and from which side. */
const bounds: readonly (readonly [limit: DeviceReading['quantity'], of: DeviceReading['quantity'], side: 'above' | 'below'])[] = [
  ['temperatureHighAlarm', 'temperature', 'above'], ['temperatureHighWarning', 'temperature', 'above'], ['temperatureLowAlarm', 'temperature', 'below'],
  ['txPowerHighAlarm', 'txPower', 'above'], ['txPowerHighWarning', 'txPower', 'above'], ['txPowerLowWarning', 'txPower', 'below'], ['txPowerLowAlarm', 'txPower', 'below'],
  ['rxPowerHighAlarm', 'rxPower', 'above'], ['rxPowerLowWarning', 'rxPower', 'below'], ['rxPowerLowAlarm', 'rxPower', 'below'],
  ['biasHighAlarm', 'bias', 'above'], ['biasHighWarning', 'bias', 'above'],
];

/** Flags that are wrong when they are set. */
const wrongFlags: ReadonlySet<DeviceReading['quantity']> = new Set(['fault', 'txFailure', 'rxLos', 'txLos', 'cdrLossOfLock']);

interface Finding {
  readonly quantity: string;
  readonly lane: number;
  readonly value: number | string;
  readonly unit: string;
  /** The limit that it is beyond, and its value; `null` for a flag. */
  readonly limit: string | null;
  readonly limitValue: number | null;
}

/** Values beyond the module's own limits, the worst limit of each, and flags that are set. */
function findingsOf(readings: readonly DeviceReading[]): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const [limit, of, side] of bounds) {
    const bound = readings.find(({ quantity }) => quantity === limit)?.value;
    if (typeof bound !== 'number') continue;
    for (const { quantity, lane, value, unit } of readings) {
      if (quantity !== of || typeof value !== 'number' || !(side === 'above' ? value > bound : value < bound)) continue;
      const key = `${quantity} ${lane}`;
      // Alarms are the last word; where both bind, the alarm stands.
      if (!findings.has(key) || limit.endsWith('Alarm')) findings.set(key, { quantity, lane, value, unit, limit, limitValue: bound });
    }
  }
  const flags = readings.filter(({ quantity, value }) => wrongFlags.has(quantity) && value === 1);
  return [...findings.values(), ...flags.map(({ quantity, lane, value, unit }): Finding => ({ quantity, lane, value, unit, limit: null, limitValue: null }))];
}

const shown = (value: number | string): string => (typeof value === 'string' ? value : Number.isInteger(value) ? String(value) : value.toPrecision(4));
const laneText = (lane: number): string => (lane < 0 ? '' : String(lane + 1));

function run(terminal: Terminal, file: string, options: CmisOptions): ExitCode {
  const json = options.json === true;
  const image = readCmisDump(file, { device: options.component, component: options.component, atNs: 0n, isLaserSource: options.laserSource === true });
  if (!image.ok) return reportIssues(terminal, image.issues, { json });
  const { readings, issues } = decodeCmis(image.value);
  const findings = findingsOf(readings);
  if (json) {
    terminal.printJson({
      schema: 'heliostat/cmis/1', component: options.component, findings, readings: readings.map(({ quantity, lane, value, unit }) => ({ quantity, lane, value, unit })), issues,
    });
    return findings.length > 0 || issues.length > 0 ? 1 : 0;
  }
  const { faint, red, green } = { faint: terminal.colours.dim, red: terminal.colours.red, green: terminal.colours.green };
  terminal.print(plainTable(['quantity', 'lane', 'value', 'unit'], 1, readings.map(({ quantity, lane, value, unit }) => [quantity, laneText(lane), shown(value), unit === 'flag' || unit === 'state' ? '' : unit]), faint));
  terminal.print('');
  for (const { quantity, lane, value, unit, limit, limitValue } of findings) {
    const where = lane < 0 ? '' : ` of lane ${lane + 1}`;
    terminal.print(red(limit === null ? `${quantity}${where} is set` : `${quantity}${where} is ${shown(value)} ${unit}, beyond ${limit} ${shown(limitValue ?? 0)} ${unit}`));
  }
  if (readings.length === 0) terminal.print(red('Nothing was measured.'));
  else if (findings.length === 0) terminal.print(green('Nothing is beyond the module\'s own limits.'));
  for (const issue of issues) terminal.complain(formatIssue(issue));
  return findings.length > 0 || issues.length > 0 ? 1 : 0;
}

export const cmisCommand: CommandModule = {
  register(program, terminal, finish) {
    program
      .command('cmis')
      .summary('decode the memory of a module')
      .description('Decodes a dump of the memory of a module or an external laser source (OIF CMIS), and names what is beyond its own limits.')
      .argument('<file>', 'dump of the memory')
      .option('--component <name>', 'name of the module in what is printed', 'module')
      .option('--laser-source', 'the memory is that of an external laser source')
      .option('--json', 'print one JSON document')
      .addHelpText('after', examples)
      .action((file: string, options: CmisOptions) => finish(run(terminal, file, options)));
  },
};
