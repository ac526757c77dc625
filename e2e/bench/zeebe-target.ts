import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type EngineTarget, PROCESS, Progress, VARIABLES } from './engine-target.ts';
import { note } from './figure.ts';

const PORT = 19_600;
const RECIPE = resolve('../shared/recipes/zeebe.sh');

/**
 * Starts a real Zeebe with the recipe beside the repository and talks to its REST API with kept connections. Undefined,
 * with a line that says why, when it can't be started here. `ZJAVA` names the home of a JDK 21 or newer; `ZEEBE` a
 * directory in which it may be installed already.
 */
export async function startZeebe(): Promise<EngineTarget | undefined> {
  if (process.env['ZJAVA'] === undefined || !existsSync(RECIPE)) {
    note(`Zeebe is left out: it needs ${RECIPE} and ZJAVA=<home of a JDK 21 or newer>`);
    return undefined;
  }
  const directory = process.env['ZEEBE'] ?? mkdtempSync(join(tmpdir(), 'throughline-zeebe-'));
  const script = spawn('bash', [RECIPE, '8.6.0', '1'], {
    cwd: dirname(RECIPE),
    env: { ...process.env, R: directory },
    stdio: ['ignore', 2, 2],
  });
  const status = await new Promise((done) => script.on('exit', done));
  if (status !== 0) {
    note(`Zeebe is left out: ${RECIPE} ended with ${status}`);
    return undefined;
  }
  const processId = Number(readFileSync(join(directory, 'run-8.6.0-1', 'pid'), 'utf8'));
  const zeebe = new Zeebe();
  try {
    await zeebe.deploy();
  } catch (error) {
    process.kill(processId);
    throw error;
  }
  return zeebe.target(() => process.kill(processId));
}

class Zeebe {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });

  target(stop: () => void): EngineTarget {
    const creation = { processDefinitionId: 'order', variables: VARIABLES };
    return {
      create: async () => void (await this.#untilTaken('/v2/process-instances', creation)),
      createWithResult: async () =>
        void (await this.#untilTaken('/v2/process-instances', { ...creation, awaitCompletion: true })),
      work: (workers) => this.#work(workers),
      close: async () => {
        this.#agent.destroy();
        stop();
      },
    };
  }

  async deploy(): Promise<void> {
    const boundary = 'throughline';
    const body = [
      `--${boundary}`,
      'Content-Disposition: form-data; name="resources"; filename="order.bpmn"',
      'Content-Type: application/xml',
      '',
      PROCESS,
      `--${boundary}--`,
      '',
    ].join('\r\n');
    const { status, text } = await this.#send(
      '/v2/deployments',
      body,
      `multipart/form-data; boundary=${boundary}`,
    );
    if (status !== 200) throw new Error(`Zeebe answered the deployment with ${status}: ${text}`);
  }

  #work(workers: number): ReturnType<EngineTarget['work']> {
    const progress = new Progress();
    let isOver = false;
    const activation = {
      type: 'pay',
      maxJobsToActivate: 32,
      timeout: 60_000,
      requestTimeout: 1_000,
      worker: 'bench',
    };
    const worker = async (): Promise<void> => {
      while (!isOver) {
        const { jobs = [] } = (await this.#untilTaken('/v2/jobs/activation', activation)) as {
          readonly jobs?: readonly Record<string, number>[];
        };
        await Promise.all(
          jobs.map(async (job) => {
            const key = job['jobKey'] ?? job['key'];
            await this.#untilTaken(`/v2/jobs/${key}/completion`, { variables: { paid: true } });
            progress.note();
          }),
        );
      }
    };
    const all = Promise.all(Array.from({ length: workers }, worker));
    return {
      progress,
      stop: async () => {
        isOver = true;
        await all;
      },
    };
  }

  /** Again and again while it has too much to do: its back-pressure refuses at once. */
  async #untilTaken(path: string, content: object): Promise<unknown> {
    for (;;) {
      const { status, text } = await this.#send(path, JSON.stringify(content), 'application/json');
      if (status < 300) return text === '' ? {} : JSON.parse(text);
      const isTooMuch = status === 429 || status === 503 || text.includes('RESOURCE_EXHAUSTED');
      if (!isTooMuch) throw new Error(`Zeebe answered ${path} with ${status}: ${text}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  #send(
    path: string,
    body: string,
    type: string,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((done, fail) => {
      const headers = {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
      };
      const call = request({ port: PORT, path, method: 'POST', agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, text }));
      });
      call.on('error', fail);
      call.end(body);
    });
  }
}
