/** Values that strangers send: words, numbers and JSON texts that have broken parsers, stores and logs before. */

import type { Dice } from '../../../src/base/dice.ts';

export const pick = <T>(dice: Dice, items: readonly T[]): T => {
  const item = items[dice.below(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};

export const chance = (dice: Dice, share: number): boolean => dice.uniform() < share;

const words: readonly string[] = [
  '', ' ', '.', '..', '../../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/', '/etc/shadow', 'C:\\windows', '\u0000', 'a\u0000b', '\r\nX-Injected: 1', '\u202e\u2066', '\ud800', '\udfff\ud83d',
  '\u{1f4a1}'.repeat(20), 'ﷺ'.repeat(50), 'e\u0301'.repeat(100), '\ufeff', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', 'Infinity', '-0',
  '1e309', '0x10', '1_000',
  "'; DROP TABLE entry; --", '" OR 1=1', '<script>alert(1)</script>', '${7*7}', '{{7*7}}', '%s%s%n', '$(id)', '`id`', 'a'.repeat(199), 'a'.repeat(201), 'x'.repeat(5000), '2026-02-30T25:61:61Z',
  '9'.repeat(40), 'site0', 'lease-0',
];

/** A hostile word, or random characters of every plane. */
export function hostileWord(dice: Dice): string {
  if (chance(dice, 0.7)) return pick(dice, words);
  return Array.from({ length: dice.below(40) }, () => String.fromCharCode(dice.below(chance(dice, 0.5) ? 128 : 65_536))).join('');
}

const numbers: readonly string[] = [
  '0', '-0', '-1', '1', '0.5', '1e-300', '5e-324', '1e300', '1e308', '1e309', '-1e309', '9007199254740991', '9007199254740992', '9223372036854775808', '4294967296', '2147483648', '-2147483649',
  '1e21', '0.1', '1E400', '123456789012345678901234567890',
];

/** A number as JSON writes it, so that also what no double holds can be sent. */
export const hostileNumber = (dice: Dice): string => (chance(dice, 0.8) ? pick(dice, numbers) : String((dice.uniform() - 0.5) * 10 ** dice.below(300)));

/** A text in place of a value, of whatever type. */
export function hostileJson(dice: Dice): string {
  switch (dice.below(12)) {
    case 0: return 'null';
    case 1: return 'true';
    case 2: return hostileNumber(dice);
    case 3: return JSON.stringify(hostileWord(dice));
    case 4: return '[]';
    case 5: return '{}';
    case 6: return `[${'null,'.repeat(dice.below(2000))}null]`;
    case 7: { const depth = 1 + dice.below(chance(dice, 0.1) ? 60_000 : 200); return '['.repeat(depth) + ']'.repeat(depth); }
    case 8: { const depth = 1 + dice.below(chance(dice, 0.1) ? 20_000 : 200); return '{"a":'.repeat(depth) + '0' + '}'.repeat(depth); }
    case 9: return '{"__proto__":{"role":"admin","isAdmin":true}}';
    case 10: return '{"constructor":{"prototype":{"role":"admin"}}}';
    default: return `{${Array.from({ length: dice.below(500) }, (_, at) => `"k${at}":${at}`).join(',')}}`;
  }
}

/** Texts that are nearly JSON. */
export function damagedJson(dice: Dice, text: string): string {
  const at = dice.below(text.length + 1);
  switch (dice.below(9)) {
    case 0: return text.slice(0, at);
    case 1: return text.slice(0, at) + hostileWord(dice) + text.slice(at);
    case 2: return `${text}${text}`;
    case 3: return `\ufeff${text}`;
    case 4: return text.replace(/:\s*[^,}]+/, ':NaN');
    case 5: return text.replace('{', '{"__proto__":{"role":"admin"},');
    case 6: return text.replace('{', '{"id":"first","id":"second","tenant":"a","tenant":"b",');
    case 7: return text.replace(/^\{/, '{"constructor":{"prototype":{"polluted":true}},');
    default: return `// comment\n${text}`;
  }
}
