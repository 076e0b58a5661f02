export interface IssueWords {
  required: string;
  tooLong: (characters: string) => string;
  notAfterStart: string;
  positive: string;
  notZero: string;
  number: string;
  atLeast: (number: string) => string;
  atMost: (number: string) => string;
  day: string;
  moment: string;
  choice: string;
  flag: string;
  unknown: string;
  text: string;
  unreadable: string;
  owned: string;
}

/** What the shared schemas say of a field, and how a person is told. `(\S+)` is a number. */
const RULES: [pattern: RegExp, explain: (words: IssueWords, number: string) => string][] = [
  [/^(is required|must not be empty|must not be blank)$/, (words) => words.required],
  [/^(?:must be|a record id has) at most (\d+) characters$/, (words, characters) => words.tooLong(characters)],
  [/^must be after startsAt$/, (words) => words.notAfterStart],
  [/^must be greater than 0$/, (words) => words.positive],
  [/^must not be 0$/, (words) => words.notZero],
  [/^must be a real date as /, (words) => words.day],
  [/^must be a time with an offset/, (words) => words.moment],
  [/expected boolean\b/, (words) => words.flag],
  [/^Invalid option: /, (words) => words.choice],
  [/^is not a known field$/, (words) => words.unknown],
  [/^is (?:reserved: delete|kept by) /, (words) => words.owned],
  [/holds a NUL character or half of a surrogate pair$/, (words) => words.unreadable],
  [/expected string\b(?!.* to (?:be|have))/, (words) => words.text],
  [/expected (?:number|int)\b(?!.* to be)/, (words) => words.number],
  [/^Too small: .*>=?\s*(-?[\d.]+)/, (words, number) => words.atLeast(number)],
  [/^Too big: .*<=?\s*(-?[\d.]+)/, (words, number) => words.atMost(number)],
];

/** An issue of the schemas in a person's language; what has no words of its own stays as the schema has it. */
export function explainIssue(message: string, words: IssueWords): string {
  for (const [pattern, explain] of RULES) {
    const match = pattern.exec(message);
    if (match) return explain(words, match[1] ?? '');
  }
  return message;
}
