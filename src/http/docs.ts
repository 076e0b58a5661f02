import { createHash } from 'node:crypto';
import type { App } from './app.ts';
import { renderDocs, STYLE } from './render-docs.ts';
import { VERSION } from './version.ts';

const CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

/** The description of every operation added before: as an OpenAPI document, and as a page that needs no script. */
export function docsRoutes(app: App): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  // Made when somebody asks, and kept: to make it takes a tenth of what a start does.
  let described: ReturnType<typeof describeOperations> | undefined;
  const description = () => {
    described ??= describeOperations(app);
    return described;
  };

  app.get('/openapi.json', (c) => {
    c.set('route', '/openapi.json');
    return c.json(description().document);
  });
  app.get('/docs', (c) => {
    c.set('route', '/docs');
    return c.html(description().page, 200, { 'Content-Security-Policy': CSP });
  });
}

function describeOperations(app: App) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'pg-missions',
      version: VERSION,
      description:
        'Missions become plans, plans become proposals, and what you approve becomes a record that says why it is there.',
    },
  });
  return { document, page: renderDocs(document) };
}
