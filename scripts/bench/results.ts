// Collects the samples of a run, computes medians and ratios to a base, and detects figures that are too noisy.
import { figures as contenderFigures, type Figure } from "./figures.ts";
import { median, spread } from "../statistics.ts";

export interface Cell {
  median: number;
  /** The interquartile range, relative to the median. */
  spread: number;
  /** The median of the ratios to the base in the same round. A slow machine affects both alike, so the ratio stays steady. */
  ratio: number | undefined;
  samples: number[];
}

export interface StageFailure {
  contender: string;
  stage: string;
  message: string;
}

/** A contender that could not be built, or whose output was wrong. */
export interface LeftOut {
  contender: string;
  message: string;
}

interface ResultsOptions {
  leftOut?: LeftOut[];
  /** Default: `floor`. */
  base?: string;
  /** Default: those of the contenders. */
  figures?: Figure[];
}

/** A figure with a larger spread is too uncertain to compare. */
const noisy = 0.35;

export class Results {
  readonly names: string[];
  readonly leftOut: LeftOut[];
  /** The name of the contender or delivery with which the others are compared. */
  readonly base: string;
  readonly #figures: Figure[];
  readonly failures: StageFailure[] = [];
  /** The stages that this machine cannot run. */
  readonly missingStages: { stage: string; reason: string }[] = [];
  /** Sentences for the report about the conditions of this run. */
  readonly notes: string[] = [];
  /** The product's ways to deliver an answer, beside each other. Undefined if they were not measured. */
  deliveries: Results | undefined;
  readonly #samples = new Map<string, number[]>();

  constructor(
    names: string[],
    { leftOut = [], base = "floor", figures = contenderFigures }: ResultsOptions = {},
  ) {
    this.names = names;
    this.leftOut = leftOut;
    this.base = base;
    this.#figures = figures;
  }

  add(name: string, found: Record<string, number>): void {
    for (const [figure, value] of Object.entries(found)) {
      const key = `${name} ${figure}`;
      this.#samples.set(key, [...(this.#samples.get(key) ?? []), value]);
    }
  }

  samples(name: string, figure: string): number[] {
    return this.#samples.get(`${name} ${figure}`) ?? [];
  }

  median(name: string, figure: string): number {
    return median(this.samples(name, figure));
  }

  /** The median, over all rounds, of the ratio in each round. */
  ratio(name: string, to: string, figure: string): number {
    return this.#compare(name, to, figure, (mine, other) => mine / other);
  }

  /** The median, over all rounds, of the difference in each round. */
  difference(name: string, from: string, figure: string): number {
    return this.#compare(name, from, figure, (mine, other) => mine - other);
  }

  #compare(name: string, to: string, figure: string, how: (mine: number, other: number) => number): number {
    const others = this.samples(to, figure);
    const mine = this.samples(name, figure);
    if (mine.length !== others.length) return how(median(mine), median(others));
    return median(mine.map((value, round) => how(value, others[round] ?? NaN)));
  }

  cell(name: string, { key, isDifference, isCondition }: Figure): Cell | undefined {
    const samples = this.samples(name, key);
    if (samples.length === 0) return undefined;
    const hasRatio = !isDifference && !isCondition && this.samples(this.base, key).length > 0;
    return {
      median: median(samples),
      spread: isDifference || isCondition ? 0 : spread(samples),
      ratio: hasRatio ? this.ratio(name, this.base, key) : undefined,
      samples,
    };
  }

  /** The measured figures, in the order in which they are reported. */
  get measured(): Figure[] {
    return this.#figures.filter(({ key }) => this.names.some((name) => this.samples(name, key).length > 0));
  }

  isNoisy(name: string, figure: Figure): boolean {
    return (this.cell(name, figure)?.spread ?? 0) > noisy;
  }

  /** The figures in which the base or Deltapipe varied too much. */
  get noisyFigures(): Figure[] {
    return this.measured.filter((figure) =>
      [this.base, "deltapipe"].some((name) => this.isNoisy(name, figure)),
    );
  }
}
