import { type DescribedService, outcomeOf, undocumented } from '../../support/described-service.ts';
import type { SentAnswer } from '../../support/read-answer.ts';
import type { SentRequest } from './target.ts';

/** What must not stand in an answer, whatever was asked: it would tell how the service is made. */
const INSIDES = [
  /\n\s+at \S/,
  /node_modules|file:\/\/|node:internal/,
  /\.(ts|mjs|js):\d+/,
  /\/(src|dist|db)\/\w/,
  /\b(insert into|update \w+ set|delete from|select .{1,80} from|current_user_id|search_path)\b/i,
  /\b(relation|column|constraint|function|operator) "?\w+"? (does not|of relation)/,
  /syntax error at|invalid input syntax|violates|SQLSTATE|PL\/pgSQL/i,
  /Cannot read propert|is not a function|is not iterable|undefined|\[object Object\]/,
];

/** Holds an answer against the laws that every answer is under. Throws an error that names the one that is broken; returns the outcome. */
export function judgeAnswer(
  service: DescribedService,
  { method, path }: SentRequest,
  answer: SentAnswer,
  /** What no answer may hold. */
  secrets: readonly string[],
): string {
  const { status, headers, text } = answer;
  if (status >= 500) throw new Error(`a ${status}: ${text.slice(0, 500)}`);
  const all = `${[...headers].map(([name, value]) => `${name}: ${value}`).join('\n')}\n${text}`;
  for (const secret of secrets) if (all.includes(secret)) throw new Error(`${secret} stands in the answer`);
  if (Object.hasOwn(Object.prototype, 'polluted')) throw new Error('the prototype of all objects was written to');

  const isJson = /json/.test(headers.get('content-type') ?? '');
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : text || null;
  if (status >= 400) {
    for (const inside of INSIDES) if (inside.test(text)) throw new Error(`${inside} in a refusal: ${text}`);
    if (text.length > MAX_REFUSAL) throw new Error(`a refusal of ${text.length} characters`);
  }
  const operation = service.operationOf(method, new URL(path, 'http://localhost').pathname);
  const code = (body as { code?: string } | null)?.code;
  if (operation) {
    const fault = undocumented(operation, method, { status, headers, body });
    if (fault) throw new Error(`the documentation does not mention the ${fault}`);
  } else if (!(method === 'HEAD' || (status === 404 && code === 'not_found') || (status === 405 && code))) {
    throw new Error(`${status} ${code} where the description has nothing`);
  }
  return operation ? outcomeOf(operation, status, code) : `${method} ${status}`;
}

/** A refusal names what is wrong; it does not send back what was sent. */
const MAX_REFUSAL = 40_000;
