// What anybody writes, a model included, is shown without doing anything. Only a real browser can tell.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForPage } from './support/bundle-for-page.ts';
import { launch } from './support/launch.ts';

let browser: Browser;
let page: Page;
const requested: string[] = [];

beforeAll(async () => {
  browser = await launch();
  page = await browser.newPage();
  // Without a content policy: the sanitiser alone must do.
  await page.route('**/*', (route) => {
    requested.push(route.request().url());
    return route.fulfill({ body: '<!doctype html><main></main>', contentType: 'text/html' });
  });
  await page.goto('http://client.test/');
  await page.addScriptTag({ content: await bundleForPage('src/web/components/render-markdown.ts') });
  requested.length = 0;
});
afterAll(() => browser?.close());

/** Puts Markdown into the page, and gives the HTML that it has become there. */
async function render(markdown: string): Promise<string> {
  return page.evaluate((source) => {
    const main = document.querySelector('main') as HTMLElement;
    const { bundled } = globalThis as unknown as { bundled: { renderMarkdown(source: string): string } };
    main.innerHTML = bundled.renderMarkdown(source);
    return main.innerHTML;
  }, markdown);
}

const attribute = async (markdown: string, name: string) => {
  await render(markdown);
  return page.locator('main a').first().getAttribute(name);
};

describe('Markdown', () => {
  it('is shown as what it means, below the headings of the page', async () => {
    const html = await render('# One\n\nSome *words* and `code`.\n\n###### Six\n\n> said\n\n| a |\n|---|\n| 1 |');
    for (const part of [
      '<h3>One</h3>',
      '<h6>Six</h6>',
      '<em>words</em>',
      '<code>code</code>',
      '<blockquote>',
      '<td>1</td>',
    ]) {
      expect(html).toContain(part);
    }
  });

  it('has checklists without controls', async () => {
    const html = await render('- [ ] open\n- [x] done');
    expect(await page.locator('main li').allTextContents()).toEqual(['☐ open', '☑ done']);
    expect(html).not.toContain('<input');
  });

  it('may be nothing at all', async () => {
    expect(await render('')).toBe('');
  });
});

describe('a link', () => {
  it('to elsewhere opens in a tab of its own, which learns nothing of this one', async () => {
    expect(await attribute('[there](https://example.org/x)', 'href')).toBe('https://example.org/x');
    expect(await attribute('[there](https://example.org/x)', 'target')).toBe('_blank');
    expect(await attribute('[there](https://example.org/x)', 'rel')).toBe('noopener noreferrer nofollow');
  });

  it('to a page of the client stays here', async () => {
    expect(await attribute('[todo](/todo)', 'href')).toBe('/todo');
    expect(await attribute('[todo](/todo)', 'target')).toBeNull();
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java&#115;cript:alert(1)',
    'java&#10;script:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example/x',
  ])('to %s leads nowhere', async (href) => {
    expect(await attribute(`[x](${href})`, 'href')).toBeNull();
    expect(await attribute(`[x][y]\n\n[y]: ${href}`, 'href')).toBeNull();
  });
});

describe('what could do something by itself', () => {
  it('is a link where it was a picture, and nothing is fetched for it', async () => {
    const html = await render('![a plan](https://evil.example/pixel.png)');
    expect(html).not.toContain('<img');
    expect(await page.locator('main a').textContent()).toBe('a plan');
    expect(requested).toEqual([]);
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)><path/></svg>',
    '<iframe src="https://evil.example"></iframe>',
    '<style>*{display:none}</style>',
    '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
    'text <b onmouseover=alert(1)>bold</b>',
    '<form action=/api><button>x</button></form>',
    '<math><mtext><table><mglyph><style><!--</style><img src=x onerror=alert(1)>',
  ])('%s is the text that it is', async (html) => {
    await render(html);
    expect(((await page.locator('main').textContent()) ?? '').trim()).toBe(html);
    expect(await page.locator('main :is(script, img, svg, iframe, style, b, form, button, math, a)').count()).toBe(0);
    expect(requested).toEqual([]);
  });

  it.each(['```"><img src=x>\ncode\n```', '[x](https://a.example/"onmouseover="alert(1))', '![<img src=x>](y)'])(
    'does not come in by %j',
    async (markdown) => {
      await render(markdown);
      const handlers = await page.evaluate(() =>
        [...document.querySelectorAll('main *')].flatMap((element) =>
          element.getAttributeNames().filter((name) => name.startsWith('on')),
        ),
      );
      expect(handlers).toEqual([]);
      expect(await page.locator('main img').count()).toBe(0);
      expect(requested).toEqual([]);
    },
  );
});
