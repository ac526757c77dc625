/** How records stand in a body: one a line, or each after a line that says what Elasticsearch should do with it. */
export type RecordEncoding = 'json-lines' | 'bulk';

/** @param index of the record in its body, from 0. @param action the line before it in a bulk body, else empty. */
export type VisitRecord = (text: string, index: number, action: string) => void;

const NEWLINE = 0x0a;
const decoder = new TextDecoder();
const WITH_DOCUMENT = /^\s*\{\s*"(?:index|create)"\s*:/;
const WITHOUT_DOCUMENT = /^\s*\{\s*"delete"\s*:/;

/**
 * The records of a body, one by one, as text. Blank lines are none.
 *
 * @throws SyntaxError when a bulk body is not pairs of lines.
 */
export function eachRecord(body: Uint8Array, encoding: RecordEncoding, visit: VisitRecord): void {
  let index = 0;
  let action = '';
  eachLine(body, (line) => {
    if (encoding === 'json-lines') visit(line, index++, '');
    else if (action !== '') {
      visit(line, index++, action);
      action = '';
    } else if (WITH_DOCUMENT.test(line)) action = line;
    else if (!WITHOUT_DOCUMENT.test(line)) {
      throw new SyntaxError(`line before record ${index} is no action: expected {"index":{…}}`);
    }
  });
  if (action !== '') throw new SyntaxError(`the last action has no record`);
}

function eachLine(body: Uint8Array, visit: (line: string) => void): void {
  for (let from = 0; from < body.length; ) {
    const end = body.indexOf(NEWLINE, from);
    const to = end < 0 ? body.length : end;
    const line = decoder.decode(body.subarray(from, to));
    if (line.trim() !== '') visit(line);
    from = to + 1;
  }
}
