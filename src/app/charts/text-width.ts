/** Estimates the width of a text without a font, from the advance widths of a wide sans serif, so that labels never collide. */

/** Advance widths in em of DejaVu Sans, the widest of the common system fonts, by group of characters. */
const groups: readonly (readonly [characters: string, em: number])[] = [
  [" iIlj.,:;|'!", 0.32],
  ['frtJ()[]{}/-\\"', 0.42],
  ['mwMW@%—', 0.98],
  ['<>=+#~^±×−', 0.84],
  ['\ufffd…', 1.03],
  ['ABCDEFGHKNOPQRSTUVXYZ&', 0.7],
];
const otherEm = 0.62;
const wideEm = 1.05;

const emByCharacter = new Map(groups.flatMap(([characters, em]) => [...characters].map((character): [string, number] => [character, em])));

/** Pixels that `text` needs at most at `fontPx`. */
export function textWidthPx(text: string, fontPx: number): number {
  let em = 0;
  for (const character of text) em += emByCharacter.get(character) ?? ((character.codePointAt(0) ?? 0) > 0x2e80 ? wideEm : otherEm);
  return em * fontPx;
}

/** Cuts `text` to the width and ends it with an ellipsis; a text that fits is returned as it is. */
export function fitText(text: string, room: { readonly widthPx: number; readonly fontPx: number }): string {
  const { widthPx, fontPx } = room;
  if (textWidthPx(text, fontPx) <= widthPx) return text;
  const characters = [...text];
  while (characters.length > 1 && textWidthPx(`${characters.join('').trimEnd()}…`, fontPx) > widthPx) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
