import { expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';

test('the description of the gateway', async () => {
  await expect(`${JSON.stringify(openApiDocument(), null, 2)}\n`).toMatchFileSnapshot('openapi.golden.json');
});
