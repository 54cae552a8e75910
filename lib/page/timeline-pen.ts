// The drawing tools of the time axis: the canvas's context, and the colors and the font of the style sheet.

export interface Pen {
  context: CanvasRenderingContext2D;
  colors: Colors;
}

export interface Colors {
  accent: string;
  ping: string;
  good: string;
  bad: string;
  quiet: string;
  line: string;
  grid: string;
  gap: string;
  font: string;
}

export function readColors(canvas: HTMLElement): Colors {
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    accent: color("accent"),
    ping: color("warn"),
    good: color("good"),
    bad: color("bad"),
    quiet: color("quiet"),
    line: color("line"),
    grid: color("grid"),
    gap: color("gap"),
    font: `11px ${style.fontFamily}`,
  };
}
