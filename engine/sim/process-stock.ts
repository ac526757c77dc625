import { Random } from './random.ts';
import { randomProcess } from './random-process.ts';

/** How many processes of each name there are: each is read only once for many simulations. */
const PROCESSES = 300;
const stock = new Map<string, string>();

/** One of the random processes of this id. */
export function processOf(id: string, random: Random): string {
  const number = random.between(1, PROCESSES);
  const known = stock.get(`${id} ${number}`) ?? randomProcess(new Random(number), id);
  stock.set(`${id} ${number}`, known);
  return known;
}
