import { median, quantile, type Ratio, ratioOf, shuffled } from './statistics.ts';
import { isLessBetter, type Unit } from './units.ts';

/** Something that is measured in each round. */
export interface Subject {
  name: string;
  /** `ours` unless said: what the project does; `peer`: what another project does; `part`: what is there to explain. */
  kind?: 'ours' | 'peer' | 'part';
  /** Measures once, in the unit of the comparison; a latency may give all its samples. */
  measure(): Promise<number | number[]>;
  aims?: Aim[];
}

/** `peer`: every peer's. At least, or at most, so many times that figure. */
export interface Aim {
  to: 'floor' | 'peer';
  atLeast?: number;
  atMost?: number;
}

export interface ComparisonOptions {
  title: string;
  unit: Unit;
  /** The least that does the same work: what the others are held against. */
  floor: Omit<Subject, 'kind' | 'aims'>;
  others: Subject[];
  /** How often the rows take turns within a round: more where the weather changes faster than a round ends. */
  turns?: number;
}

export interface Comparison {
  title: string;
  unit: Unit;
  rounds: number;
  rows: ComparedRow[];
}

export interface ComparedRow {
  name: string;
  kind: 'floor' | 'noise' | 'ours' | 'peer' | 'part';
  /** Of the rounds' medians. */
  median: number;
  /** Of all samples, where there are samples. */
  p99?: number;
  toFloor: Ratio;
  /** To the best of the peers. */
  toPeer?: Ratio;
  aims?: Aim[];
}

export interface Rounds {
  rounds: number;
  /** Whether each row is measured once before those that count. */
  warmUp: boolean;
  onProgress(line: string): void;
}

/**
 * Measures the rows in each round in another random order. The floor is measured twice: the second against the first is
 * the noise of the run, and the others are held, round by round, against the mean of both.
 */
export async function compare(
  { title, unit, floor, others, turns = 1 }: ComparisonOptions,
  { rounds, warmUp, onProgress }: Rounds,
): Promise<Comparison> {
  const again = { ...floor, name: 'the same again: the noise' };
  const subjects: Subject[] = [floor, again, ...others];
  const measured = new Map<Subject, number[][]>(subjects.map((subject) => [subject, []]));
  const samplesOf = (subject: Subject) => measured.get(subject) as number[][];

  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    onProgress(round === 0 ? `${title}: warming up` : `${title}: round ${round} of ${rounds}`);
    const ofRound = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]));
    for (let turn = 0; turn < turns; turn++) {
      for (const subject of shuffled(subjects)) ofRound.get(subject)?.push(...[await subject.measure()].flat());
    }
    if (round > 0) for (const [subject, samples] of ofRound) samplesOf(subject).push(samples);
  }

  const mediansOf = (subject: Subject) => samplesOf(subject).map(median);
  const base = mediansOf(floor).map((value, round) => (value + (mediansOf(again)[round] as number)) / 2);
  const peer = bestOf(
    others.filter(({ kind }) => kind === 'peer').map((subject) => mediansOf(subject)),
    unit,
  );
  const rows = subjects.map((subject): ComparedRow => {
    const kind = subject === floor ? 'floor' : subject === again ? 'noise' : (subject.kind ?? 'ours');
    const samples = samplesOf(subject).flat();
    return {
      name: subject.name,
      kind,
      median: median(mediansOf(subject)),
      ...(samples.length > rounds * turns ? { p99: quantile(samples, 0.99) } : {}),
      toFloor: ratioOf(mediansOf(subject), kind === 'floor' || kind === 'noise' ? mediansOf(floor) : base),
      ...(kind === 'ours' && peer ? { toPeer: ratioOf(mediansOf(subject), peer) } : {}),
      ...(subject.aims ? { aims: subject.aims } : {}),
    };
  });
  return { title, unit, rounds, rows };
}

function bestOf(peers: number[][], unit: Unit): number[] | undefined {
  const ordered = [...peers].sort((a, b) => median(a) - median(b));
  return isLessBetter(unit) ? ordered[0] : ordered.at(-1);
}
