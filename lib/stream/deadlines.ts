// Several named deadlines on one timer. Moving one to a later time costs no more than an assignment.

/** Times are milliseconds of `performance.now()`, which no clock change moves. */
export class Alarms<Name extends string> {
  readonly #onDue: (name: Name) => void;
  readonly #due = new Map<Name, number>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  constructor(onDue: (name: Name) => void) {
    this.#onDue = onDue;
  }

  /** Each delta moves the stall and ping alarms: the timer wakes at their old time and goes back to sleep. */
  set(name: Name, at: number): void {
    this.#due.set(name, at);
    if (at < this.#armedFor) this.#arm();
  }

  clear(name: Name): void {
    this.#due.delete(name);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
    this.#armedFor = Infinity;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Math.min(...this.#due.values());
    if (this.#armedFor === Infinity) return;
    const wait = Math.max(0, Math.ceil(this.#armedFor - performance.now()));
    // A longer wait overflows to 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
    this.#timer = setTimeout(() => this.#wake(), Math.min(wait, 2 ** 31 - 1));
  }

  #wake(): void {
    const now = performance.now();
    const due = [...this.#due].filter(([, at]) => at <= now);
    for (const [name] of due) this.#due.delete(name);
    this.#armedFor = Infinity;
    this.#arm();
    for (const [name] of due) this.#onDue(name);
  }
}
