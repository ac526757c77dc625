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
