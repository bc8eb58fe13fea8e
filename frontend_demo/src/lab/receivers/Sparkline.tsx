import { type Backlog, points } from "../state/backlog";

const WIDTH = 240;
const HEIGHT = 36;

/** The backlog of the last minute; the numbers beside it show the same. */
export function Sparkline({ backlog }: { backlog: Backlog }) {
  return (
    <svg className="sparkline" viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points(backlog, WIDTH, HEIGHT)} />
    </svg>
  );
}
