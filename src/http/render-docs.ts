import type { OpenAPIHono } from '@hono/zod-openapi';

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;
type Operation = NonNullable<NonNullable<NonNullable<Document['paths']>[string]>['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI document as one HTML page without scripts, so that it works offline and under a strict content policy. */
export function renderDocs(document: Document): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? '') === tag);
    return `<h2>${escapeHtml(tag)}</h2>${own.map(renderOperation).join('')}`;
  });
  const schemas = Object.entries(document.components?.schemas ?? {}).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(name)}"><summary>${escapeHtml(name)}</summary>${json(schema)}</details>`,
  );
  const { title, version, description } = document.info;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} API</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)} <small>${escapeHtml(version)}</small></h1><p>${escapeHtml(description ?? '')}</p>
<p>For programs: <a href="/openapi.json">/openapi.json</a>. Errors are <code>application/problem+json</code> with a stable <code>code</code>.</p>
${sections.join('\n')}
<h2>Schemas</h2>${schemas.join('')}
</main></body></html>`;
}

function renderOperation({ method, path, operation }: { method: string; path: string; operation: Operation }): string {
  const parameters = (operation.parameters ?? []).flatMap((parameter) => ('name' in parameter ? [parameter] : []));
  const body = operation.requestBody && 'content' in operation.requestBody ? operation.requestBody.content : undefined;
  return `<details><summary><code class="method">${method.toUpperCase()}</code> <code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary>
${operation.description ? `<p>${escapeHtml(operation.description)}</p>` : ''}
${parameters.map((parameter) => `<h3>${escapeHtml(parameter.in)} parameter <code>${escapeHtml(parameter.name)}</code></h3>${json(parameter.schema)}`).join('')}
${body ? `<h3>Body</h3>${json(body['application/json']?.schema)}` : ''}
${Object.entries(operation.responses ?? {})
  .map(([status, response]) => renderResponse(status, response))
  .join('')}
</details>`;
}

function renderResponse(status: string, response: NonNullable<Operation['responses']>[string]): string {
  const schema = response.content?.['application/json']?.schema;
  return `<h3><code>${escapeHtml(status)}</code> ${escapeHtml(response.description ?? '')}</h3>${schema ? json(schema) : ''}`;
}

function json(value: unknown): string {
  return value === undefined ? '' : `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}

/** Safe in text and in a double-quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1c1c1c;background:#fff}
main{max-width:56rem;margin:0 auto;padding:1.5rem}
small{font-weight:normal;color:#666}
h2{margin-top:2rem}
h3{font-size:1rem;margin:.75rem 0 .25rem}
details{border:1px solid #ddd;border-radius:.4rem;margin:.4rem 0;padding:.4rem .8rem}
summary{cursor:pointer}
.method{display:inline-block;min-width:4.5rem;font-weight:bold}
pre{background:#f5f5f5;padding:.6rem;overflow:auto;margin:.25rem 0;font-size:.85rem}
@media (prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}pre{background:#222}details{border-color:#444}a{color:#8ab4ff}}
`;
