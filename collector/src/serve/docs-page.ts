import type { RequestHandler } from 'express';
import type { openApiDocument } from './openapi.ts';

type Description = ReturnType<typeof openApiDocument>;

/** `/api/docs`: the description as a page to read; no script, nothing from elsewhere. */
export function docsPage(description: Description): RequestHandler {
  const html = render(description);
  return (_request, response) => {
    response.type('html').send(html);
  };
}

type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: object };

function render(description: Description): string {
  const operations = Object.entries(description.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, { summary?: string; parameters?: Parameter[] }>).map(
      ([method, operation]) => renderOperation(method, path, operation),
    ),
  );
  const schemas = Object.entries(description.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escaped(name)}"><summary><code>${escaped(name)}</code></summary><pre>${escaped(
        JSON.stringify(schema, null, 2),
      )}</pre></details>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Throughline API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style>
<main><h1>Throughline API</h1><p>${escaped(description.info.description ?? '')}</p>
<p><a href="/api/v1/openapi.json">OpenAPI 3.1 description</a> · <a href="/">Dashboard</a></p>
${operations.join('\n')}<h2>Shapes</h2>${schemas.join('\n')}</main></html>`;
}

function renderOperation(
  method: string,
  path: string,
  operation: { summary?: string; parameters?: Parameter[] },
): string {
  const rows = (operation.parameters ?? []).map(
    (parameter) =>
      `<tr><td><code>${escaped(parameter.name)}</code></td><td>${parameter.in}</td><td>${escaped(
        parameter.description ?? '',
      )}</td><td><code>${escaped(JSON.stringify(parameter.schema ?? {}))}</code></td></tr>`,
  );
  const table = rows.length === 0 ? '' : `<table><tbody>${rows.join('')}</tbody></table>`;
  return `<section><h3><code>${method.toUpperCase()} ${escaped(path)}</code></h3><p>${escaped(
    operation.summary ?? '',
  )}</p>${table}</section>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const STYLE = `:root{color-scheme:light dark;font-family:'IBM Plex Sans',system-ui,sans-serif}main{max-width:60rem;margin:2rem auto;
padding:0 1rem}table{border-collapse:collapse;width:100%}td{border-top:1px solid #8884;padding:.25rem .5rem;vertical-align:top;
overflow-wrap:anywhere}pre{overflow:auto}section{border-top:1px solid #8886;margin-top:1rem}`;
