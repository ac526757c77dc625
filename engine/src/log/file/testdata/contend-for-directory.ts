/**
 * Takes and lets go of a directory over and over, and prints how often it had it and how often it was not
 * alone. Arguments: directory, how often; "die" as the third: ends without letting go.
 */
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LogError } from '../../index.ts';
import { ownDirectory } from '../owner-lock.ts';

const [directory = '', times = '0', ending = ''] = process.argv.slice(2);
const alone = join(directory, 'alone');
let owned = 0;
let violations = 0;
while (owned < Number(times)) {
  try {
    const letGo = ownDirectory(directory);
    owned += 1;
    try {
      closeSync(openSync(alone, 'wx'));
      unlinkSync(alone);
    } catch {
      violations += 1;
    }
    if (ending === 'die' && owned === Number(times)) break;
    letGo();
  } catch (error) {
    if (!(error instanceof LogError && error.code === 'locked')) throw error;
  }
}
process.stdout.write(JSON.stringify({ owned, violations }));
