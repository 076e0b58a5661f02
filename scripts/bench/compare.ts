import { median, type Ratio, ratioOf, shuffled } from './statistics.ts';

/** Something that is measured once a round. */
export interface Subject {
  name: string;
  /** Measures once; in the unit of the comparison. */
  measure(): Promise<number>;
  /** What the project aims at: at least so many times the floor's rate. */
  aim?: number;
}

export interface ComparisonOptions {
  title: string;
  /** `rows/s` and `commits/s`: more is better; `ms`: less is. */
  unit: 'rows/s' | 'commits/s' | 'ms';
  /** The least that does the same work: what the others are held against. */
  floor: Subject;
  others: Subject[];
}

export interface Comparison {
  title: string;
  unit: ComparisonOptions['unit'];
  rows: ComparedRow[];
}

export interface ComparedRow {
  name: string;
  /** Over the rounds. */
  median: number;
  toFloor: Ratio;
  aim?: number;
}

/**
 * Measures the subjects once a round, each round in another random order, after one time that does not count. The floor
 * is measured twice a round: the second against the first is the noise of the run, and the others are held against the
 * mean of both.
 */
export async function compare(
  { title, unit, floor, others }: ComparisonOptions,
  { rounds, onProgress }: { rounds: number; onProgress(line: string): void },
): Promise<Comparison> {
  const again: Subject = { ...floor, name: 'the same again: the noise' };
  const subjects = [floor, again, ...others];
  const measured = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
  const of = (subject: Subject) => measured.get(subject) as number[];

  for (let round = 0; round <= rounds; round++) {
    onProgress(round === 0 ? `${title}: warming up` : `${title}: round ${round} of ${rounds}`);
    for (const subject of shuffled(subjects)) {
      const value = await subject.measure();
      if (round > 0) of(subject).push(value);
    }
  }

  const base = of(floor).map((value, round) => (value + (of(again)[round] as number)) / 2);
  const rows = subjects.map((subject) => ({
    name: subject.name,
    median: median(of(subject)),
    toFloor: ratioOf(of(subject), subject === floor || subject === again ? of(floor) : base),
    ...(subject.aim === undefined ? {} : { aim: subject.aim }),
  }));
  return { title, unit, rows };
}
