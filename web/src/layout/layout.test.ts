import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LayoutRunner, layOut } from './layout.ts';
import type { LayoutJob } from './layout-worker.ts';
import type { Layout, LayoutRequest } from './shape.ts';

const request: LayoutRequest = { direction: 'right', nodes: [], edges: [] };
const layout: Layout = { width: 1, height: 1, nodes: {}, edges: {} };

type Script = (job: LayoutJob, runner: LayoutRunner) => void;
function scripted(script: Script) {
  const stopped: string[] = [];
  const start = (): LayoutRunner => {
    let engine = '';
    const runner: LayoutRunner = {
      onAnswer: null,
      onFault: null,
      run(job) {
        engine = job.engine;
        script(job, runner);
      },
      stop: () => stopped.push(engine),
    };
    return runner;
  };
  return { start, stopped };
}

describe('laying out', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('takes the first engine where it answers', async () => {
    const { start, stopped } = scripted(({ job }, runner) => runner.onAnswer?.({ job, layout }));
    expect(await layOut(request, new AbortController().signal, start)).toEqual({
      layout,
      engine: 'graphviz',
    });
    expect(stopped).toEqual(['graphviz']);
  });

  it('ends an engine that takes too long and takes the plainer one', async () => {
    const { start, stopped } = scripted(({ job, engine }, runner) => {
      if (engine === 'dagre') runner.onAnswer?.({ job, layout });
    });
    const answer = layOut(request, new AbortController().signal, start);
    await vi.advanceTimersByTimeAsync(6_000);
    expect((await answer).engine).toBe('dagre');
    expect(stopped).toEqual(['graphviz', 'dagre']);
  });

  it('takes the plainer one where the first can not be loaded', async () => {
    const { start } = scripted(({ job, engine }, runner) => {
      if (engine === 'graphviz') runner.onFault?.('WebAssembly is not allowed');
      else runner.onAnswer?.({ job, layout });
    });
    expect((await layOut(request, new AbortController().signal, start)).engine).toBe('dagre');
  });

  it('stops at once when the picture is no longer wanted', async () => {
    const { start, stopped } = scripted(() => undefined);
    const stop = new AbortController();
    const answer = layOut(request, stop.signal, start);
    stop.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(stopped).toEqual(['graphviz']);
  });
});
