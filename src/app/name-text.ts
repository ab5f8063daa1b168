/** Inner names as words: parts, tiers and sub-parts the way the field writes them. */

const fieldSpelling: Readonly<Record<string, string>> = {
  nic: 'NIC', dsp: 'DSP', tia: 'TIA', tec: 'TEC', fec: 'FEC', els: 'ELS', ocs: 'OCS', serdes: 'SerDes', pdu: 'PDU', cpo: 'CPO', lpo: 'LPO',
};
/** Names that the field writes with a hyphen. */
const hyphenated: Readonly<Record<string, string>> = { scaleUp: 'scale-up', scaleOut: 'scale-out' };
const camelCase = /^[a-z]+(?:[A-Z][a-z0-9]*)+$/;

/** `hostSerdes` is `host SerDes`, `nic 400G network adapter` is `NIC 400G network adapter`; part ids stay as they are. */
export function plainName(name: string): string {
  return name
    .split(' ')
    .flatMap((word) => (Object.hasOwn(hyphenated, word) ? [hyphenated[word] ?? word] : camelCase.test(word) ? word.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' ') : [word]))
    .map((word) => (Object.hasOwn(fieldSpelling, word) ? (fieldSpelling[word] ?? word) : word))
    .join(' ');
}
