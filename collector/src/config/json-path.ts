import { z } from 'zod';
import { parsePath } from './path.ts';

/** A path of the path language; what is wrong with it is said with the character. */
export const jsonPath = z.string().superRefine((text, context) => {
  try {
    parsePath(text);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : String(error),
      input: text,
    });
  }
});

/** What paths into a record of Kafka begin with. */
const RECORD_PARTS = ['value', 'headers', 'key'];

/** A path into a record of Kafka; one that begins otherwise would never find anything. */
export const recordPath = jsonPath.refine(
  (text) => RECORD_PARTS.includes(/^\w*/.exec(text)?.[0] ?? ''),
  'a path into a record begins with value, headers or key',
);
