import type { DuckDBConnection } from '@duckdb/node-api';
import { TableWriter } from './table-writer.ts';

/** Words that repeat, by number. Numbers start at 1 and are never reused; 0 is the empty word. */
export class Names {
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #words: string[] = [''];
  #written = 1;

  async load(connection: DuckDBConnection): Promise<void> {
    const result = await connection.runAndReadAll('SELECT no, name FROM names ORDER BY no');
    this.#numbers.clear();
    this.#numbers.set('', 0);
    this.#words.length = 1;
    for (const [no, name] of result.getRows()) {
      this.#words[Number(no)] = String(name);
      this.#numbers.set(String(name), Number(no));
    }
    this.#written = this.#words.length;
  }

  /** The number of a word; a new one is given when it has none. */
  number(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const no = this.#words.length;
    this.#words.push(word);
    this.#numbers.set(word, no);
    return no;
  }

  /** The number of a word, -1 when it was never seen: no row has it. */
  find(word: string): number {
    return this.#numbers.get(word) ?? -1;
  }

  word(no: unknown): string {
    return this.#words[Number(no)] ?? '';
  }

  /** Numbers of all words that contain the text, without regard to case. */
  containing(text: string): number[] {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    this.#words.forEach((word, no) => {
      if (no > 0 && word.toLowerCase().includes(wanted)) found.push(no);
    });
    return found;
  }

  /** Writes the words given since the last call, within the connection's transaction. */
  async flush(connection: DuckDBConnection): Promise<void> {
    if (this.#written === this.#words.length) return;
    const writer = await TableWriter.open(connection, 'names');
    for (let no = this.#written; no < this.#words.length; no++)
      writer.add({ no, name: this.#words[no] ?? '' });
    writer.close();
  }

  /** After the commit. */
  flushed(): void {
    this.#written = this.#words.length;
  }
}
