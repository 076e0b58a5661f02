import type { BrowserContext, Page } from 'playwright-core';
import { STRIKE } from './hostile-texts.ts';

/**
 * Collects what texts do that are taken for more than texts, in every page and frame of a context: code of theirs that
 * ran, what was fetched from anywhere but `origin`, dialogs, tabs that opened, pages that went away, and what the content
 * policy refused. What is fetched from elsewhere does not get there.
 */
export async function watchStrikes(context: BrowserContext, origin: string): Promise<string[]> {
  const strikes: string[] = [];
  const note = (what: string) => void strikes.push(what);
  await context.exposeFunction(STRIKE, (number: unknown) => note(`ran: ${number}`));
  await context.exposeFunction('refused', (what: string) => note(`refused: ${what}`));
  await context.addInitScript(() => {
    const { refused } = globalThis as unknown as { refused(what: string): void };
    addEventListener('securitypolicyviolation', (event) => refused(`${event.effectiveDirective} ${event.blockedURI}`));
  });
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      note(`fetched: ${route.request().url()}`);
      return route.abort();
    },
  );
  context.on('dialog', (dialog) => {
    note(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('page', (page) => {
    page.on('popup', (popup) => note(`opened: ${popup.url()}`));
    page.on('framenavigated', (frame) => {
      if (frame.parentFrame() || !frame.url().startsWith(`${origin}/`)) note(`went to: ${frame.url()}`);
    });
  });
  return strikes;
}

/** Waits until whatever is in the page has had its turn: errors of pictures, focus, animations. */
export async function letAct(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
}

/** What of a page could act, of all that texts may have become there: elements, attributes and addresses. */
export function activeParts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const FORBIDDEN =
      'img, image, iframe, frame, object, embed, portal, base, video, audio, source, track, meta[http-equiv], math, ' +
      'foreignObject, feImage, animate, set, use, template, form[action], [formaction], [srcset], [srcdoc], [ping], ' +
      'body style, body link, script:not([src]), main a[target]:not([rel~="noopener"]), .prose [style], .prose svg';
    const found = [...document.querySelectorAll(FORBIDDEN)];
    const all = [...document.querySelectorAll('body, body *')];
    found.push(...all.filter((element) => element.getAttributeNames().some((name) => name.startsWith('on'))));
    found.push(
      ...all.filter((element) => {
        const address = element.getAttribute('href') ?? element.getAttribute('src') ?? '#';
        const { protocol, origin } = new URL(address, location.href);
        if (!['http:', 'https:', 'mailto:', 'tel:'].includes(protocol)) return true;
        // A link to elsewhere says so, and learns nothing of this page.
        return /^https?:/.test(protocol) && origin !== location.origin && element.getAttribute('target') !== '_blank';
      }),
    );
    return [...new Set(found)].map((element) => element.outerHTML.slice(0, 300));
  });
}
