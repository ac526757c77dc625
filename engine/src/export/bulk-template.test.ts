import { expect, test } from 'vitest';
import { documentFields, indexTemplate, schemas } from './bulk-template.ts';

test('what holds variables is not indexed, in every value type that has it', () => {
  expect(documentFields()).toEqual(['customHeaders', 'variables']);
  for (const { fields, documents } of schemas()) {
    // A name that stood for a document here and for something else there would be left out of the index there.
    expect(fields.filter((field) => documentFields().includes(field))).toEqual([...documents].sort(byField));
    function byField(a: string, b: string): number {
      return fields.indexOf(a) - fields.indexOf(b);
    }
  }
});

test('the template is for the indices of its prefix alone', () => {
  expect(indexTemplate('shop')).toMatchObject({ index_patterns: ['shop_*'], priority: 10 });
});
