import { JsonSections } from './json-sections.ts';
import { entryOfJson, type OcelItem } from './ocel-item.ts';

const SECTIONS: ReadonlySet<string> = new Set(['objectTypes', 'eventTypes', 'objects', 'events']);

/** An OCEL 2.0 log in JSON, element by element. @throws ImportError where the document is not well-formed. */
export async function* readOcelJson(
  chunks: AsyncIterable<Buffer>,
  fileName: string,
  leftOut: Set<string>,
): AsyncGenerator<OcelItem> {
  const sections = new JsonSections(SECTIONS, fileName);
  for await (const chunk of chunks) {
    for (const { section, text, line } of sections.push(chunk))
      yield { entry: entryOfJson(section, text), line };
  }
  sections.end();
  for (const name of sections.unknown) leftOut.add(name);
}
