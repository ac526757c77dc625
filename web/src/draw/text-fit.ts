/**
 * Widths of letters in IBM Plex Sans semibold, in thousandths of the font size; what is missing is as wide as `other`.
 * An estimate without a browser, so that a drawing is the same in tests, in the worker and on screen.
 */
const narrow = new Set([...'iljI.,:;|!\'"()[]{} ft-r/']);
const wide = new Set([...'mwMWGOQ@%&']);
const [narrowWidth, otherWidth, wideWidth] = [370, 580, 860];

export function widthOf(text: string, fontSize: number): number {
  let width = 0;
  for (const letter of text) {
    const isIdeograph = (letter.codePointAt(0) ?? 0) > 0x2e7f;
    width += isIdeograph
      ? 1_000
      : narrow.has(letter)
        ? narrowWidth
        : wide.has(letter)
          ? wideWidth
          : otherWidth;
  }
  return (width * fontSize) / 1_000;
}

/** Breaks a name into at most `most` lines of at most `width` pixels; what does not fit ends in an ellipsis. */
export function linesOf(text: string, width: number, fontSize: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '' && lines.length < most) {
    const isLast = lines.length === most - 1;
    if (widthOf(rest, fontSize) <= width) {
      lines.push(rest);
      break;
    }
    const fitting = prefixOf(rest, isLast ? width - widthOf('…', fontSize) : width, fontSize);
    const space = fitting.search(/[\s._/-][^\s._/-]*$/);
    const cut = !isLast && space > 0 ? space + 1 : fitting.length;
    lines.push(isLast ? `${fitting.trimEnd()}…` : rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return lines;
}

function prefixOf(text: string, width: number, fontSize: number): string {
  let prefix = '';
  for (const letter of text) {
    if (widthOf(prefix + letter, fontSize) > width) break;
    prefix += letter;
  }
  return prefix === '' ? text.slice(0, 1) : prefix;
}
