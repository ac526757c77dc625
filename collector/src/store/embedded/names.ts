/** Words that repeat, by number. Numbers start at 1 and are never reused; 0 is the empty word. */
export class Names {
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #words: string[] = [''];

  /** @param words in the order of their numbers, from 1 on. */
  constructor(words: readonly string[]) {
    this.extend(1, words);
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

  /** Number of the word that is given next. */
  get next(): number {
    return this.#words.length;
  }

  /** All words from this number on. */
  since(no: number): readonly string[] {
    return this.#words.slice(no);
  }

  /**
   * Takes over words that were numbered elsewhere.
   *
   * @param first number of the first of them.
   * @throws RangeError when that is not the next number: words were lost on the way.
   */
  extend(first: number, words: readonly string[]): void {
    if (first !== this.next) throw new RangeError(`the next word has number ${this.next}, got ${first}`);
    for (const word of words) this.number(word);
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
}
