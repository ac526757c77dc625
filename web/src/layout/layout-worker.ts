import { layoutWithDagre } from './dagre.ts';
import { dotOf, layoutOfJson } from './graphviz.ts';
import type { Layout, LayoutRequest } from './shape.ts';

export type LayoutJob = {
  readonly job: number;
  readonly engine: 'graphviz' | 'dagre';
  readonly request: LayoutRequest;
};
export type LayoutAnswer =
  | { readonly job: number; readonly layout: Layout }
  | { readonly job: number; readonly problem: string };

const scope = self as unknown as {
  onmessage: ((message: MessageEvent<LayoutJob>) => void) | null;
  postMessage: (answer: LayoutAnswer) => void;
};

scope.onmessage = async ({ data: { job, engine, request } }) => {
  try {
    scope.postMessage({
      job,
      layout: engine === 'dagre' ? layoutWithDagre(request) : await layoutWithGraphviz(request),
    });
  } catch (error) {
    scope.postMessage({ job, problem: error instanceof Error ? error.message : String(error) });
  }
};

async function layoutWithGraphviz(request: LayoutRequest): Promise<Layout> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return layoutOfJson(graphviz.layout(dotOf(request), 'json', 'dot'), request);
}
