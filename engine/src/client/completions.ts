import type { EngineError } from '../gateway/engine-error.ts';
import type { Variables } from '../gateway/requests.ts';
import type { Key } from '../protocol/key.ts';
import { errorOf, jsonOf, type Problem } from './http.ts';

type Waiting = {
  readonly jobKey: string;
  /** Of the variables: made when it was asked, like that of any request. */
  readonly variablesText: string;
  readonly resolve: () => void;
  readonly reject: (error: EngineError) => void;
};

/** As the gateway answers `POST /jobs/complete`. */
type Refusals = { readonly refused: readonly { readonly index: number; readonly problem: Problem }[] };

/** Sends a JSON text. Resolves with the answer's body, rejects with EngineError. */
export type Post = (path: string, text: string) => Promise<unknown>;

/** Of one request, well below what a gateway takes. */
const BATCH = { jobsMax: 256, charactersMax: 2 ** 20 };

/** What is refused as a whole was not done, be it that one of them is wrong or that an older gateway knows no lists. */
const REFUSED_AS_A_WHOLE: ReadonlySet<string> = new Set(['INVALID_ARGUMENT', 'NOT_FOUND', 'TOO_LARGE']);

/**
 * Completes jobs, those that are completed in the same turn of the event loop with one request: a worker that does many
 * at a time would otherwise spend most of its time, and the gateway's, on requests. Each is done or refused by itself.
 */
export class Completions {
  readonly #post: Post;
  #waiting: Waiting[] = [];
  #characters = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Resolves when the completion is durable. Rejects with EngineError. */
  async complete(key: Key, variables: Variables): Promise<void> {
    const variablesText = jsonOf(variables);
    await new Promise<void>((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#send());
      this.#waiting.push({ jobKey: String(key), variablesText, resolve, reject });
      this.#characters += variablesText.length;
      if (this.#waiting.length === BATCH.jobsMax || this.#characters > BATCH.charactersMax) this.#send();
    });
  }

  #send(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#characters = 0;
    const [first, second] = batch;
    if (first === undefined) return; // the batch was full before the turn was over
    void (second === undefined ? this.#sendOne(first) : this.#sendAll(batch));
  }

  async #sendOne({ jobKey, variablesText, resolve, reject }: Waiting): Promise<void> {
    try {
      await this.#post(`/jobs/${jobKey}/complete`, `{"variables":${variablesText}}`);
      resolve();
    } catch (error) {
      reject(error as EngineError); // as `Post` says
    }
  }

  async #sendAll(batch: readonly Waiting[]): Promise<void> {
    const jobs = batch.map(
      ({ jobKey, variablesText }) => `{"jobKey":"${jobKey}","variables":${variablesText}}`,
    );
    let refused: Refusals['refused'];
    try {
      ({ refused } = (await this.#post('/jobs/complete', `{"jobs":[${jobs.join(',')}]}`)) as Refusals);
    } catch (error) {
      const problem = error as EngineError; // as `Post` says
      if (REFUSED_AS_A_WHOLE.has(problem.code)) for (const one of batch) void this.#sendOne(one);
      else for (const { reject } of batch) reject(problem);
      return;
    }
    for (const { index, problem } of refused) batch[index]?.reject(errorOf(problem));
    for (const { resolve } of batch) resolve(); // nothing happens where it was rejected
  }
}
