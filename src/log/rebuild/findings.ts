/** All that is found is counted, and the first of it listed: a projection may have been lost whole. */
export class Findings<T> {
  count = 0;
  readonly listed: T[] = [];

  add(found: T): void {
    this.count += 1;
    if (this.listed.length < LISTED) this.listed.push(found);
  }

  addAll({ count, listed }: Findings<T>): void {
    for (const found of listed) this.add(found);
    this.count += count - listed.length;
  }
}

const LISTED = 1_000;
