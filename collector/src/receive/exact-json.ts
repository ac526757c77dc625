const LONG_DIGITS = /\d{16}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
/** Any escape, so that an escaped backslash is not taken for the beginning of one; a pair of surrogates is one. */
const ESCAPE =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;
const BOM = '\ufeff';
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON without loss: an integer that a double can't hold becomes text instead of another integer, since it may be a key. Texts are
 * well-formed: half a surrogate pair, which JSON can carry, becomes U+FFFD.
 *
 * @throws TypeError when it is not UTF-8, SyntaxError when it is not JSON.
 */
export function parseExactJson(body: Uint8Array): unknown {
  return parseExactText(decoder.decode(body));
}

/** The same of a text. @throws SyntaxError */
export function parseExactText(json: string): unknown {
  let text = json.startsWith(BOM) ? json.slice(1) : json;
  if (SURROGATE_ESCAPE.test(text)) {
    text = text.replace(ESCAPE, (whole, half: string | undefined) =>
      half === undefined ? whole : '\\ufffd',
    );
  }
  return JSON.parse(LONG_DIGITS.test(text) ? withLongIntegersQuoted(text) : text);
}

/** What is between the texts is looked through for numbers; the texts are left alone. */
function withLongIntegersQuoted(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('"', at);
    const between = text.slice(at, open < 0 ? text.length : open);
    parts.push(LONG_DIGITS.test(between) ? between.replace(NUMBER, quotedWhereInexact) : between);
    if (open < 0) break;
    const end = endOfText(text, open + 1);
    parts.push(text.slice(open, end));
    at = end;
  }
  return parts.join('');
}

/** Behind the quote that closes the text, or the end of everything where none does. */
function endOfText(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (first > from && text.charCodeAt(first - 1) === 92) first--;
    if ((quote - first) % 2 === 0) return quote + 1;
  }
  return text.length;
}

function quotedWhereInexact(number: string): string {
  if (number.length < 16 || /[.eE]|^-?0\d/.test(number) || Number.isSafeInteger(Number(number)))
    return number;
  return `"${number}"`;
}
