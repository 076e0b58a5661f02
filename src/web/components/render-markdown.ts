import DOMPurify, { type Config } from 'dompurify';
import { Marked, type Tokens } from 'marked';
import type { TrustedHTML } from 'trusted-types/lib/index.js';

/** Where a link may lead. Everything else loses its target: `javascript:`, `data:`, and `/\x`, which to a browser is `//x`. */
const LINK = /^(https?:|mailto:|tel:|\/(?![/\\])|#)/i;

const marked = new Marked({
  gfm: true,
  breaks: true,
  async: false,
  renderer: {
    // The page has its own headings above these.
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    // A picture would be fetched from somewhere else as soon as it is looked at; a link is fetched when it is followed.
    image({ href, text }: Tokens.Image) {
      return `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`;
    },
    checkbox({ checked }: Tokens.Checkbox) {
      return checked ? '<span class="task">☑ </span>' : '<span class="task">☐ </span>';
    },
    // HTML within Markdown is shown as what it is: text.
    html({ text }: Tokens.HTML | Tokens.Tag) {
      return escapeHtml(text);
    },
  },
});

const purifier = DOMPurify(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('rel', 'noopener noreferrer nofollow');
  if (/^https?:/i.test(node.getAttribute('href') ?? '')) node.setAttribute('target', '_blank');
});

const ALLOWED: Config & { RETURN_TRUSTED_TYPE: true } = {
  ALLOWED_TAGS: [
    ...['h3', 'h4', 'h5', 'h6', 'p', 'br', 'hr', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 'del'],
    ...['a', 'span', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'class', 'start', 'align'],
  ALLOWED_URI_REGEXP: LINK,
  ALLOW_DATA_ATTR: false,
  RETURN_TRUSTED_TYPE: true,
};

/** Markdown as HTML that is safe to put into the page, whoever wrote it: no scripts, no styles, no pictures, no forms. */
export function renderMarkdown(markdown: string): TrustedHTML {
  return purifier.sanitize(marked.parse(markdown, { async: false }), ALLOWED);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
