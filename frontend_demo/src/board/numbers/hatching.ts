/** Hatches the part of a chart of which nothing is known, from its begin to a moment. */
import type uPlot from "uplot";

const GAP_PX = 7;

/** `end` is in seconds; undefined hatches nothing. */
export function hatching(end: () => number | undefined, colour: string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const to = end();
        if (to === undefined) return;
        const { ctx, bbox } = plot;
        const width = Math.min(bbox.width, plot.valToPos(to, "x", true) - bbox.left);
        if (width <= 0) return;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, width, bbox.height);
        ctx.clip();
        ctx.beginPath();
        for (let x = bbox.left - bbox.height; x < bbox.left + width; x += GAP_PX * devicePixelRatio) {
          ctx.moveTo(x, bbox.top + bbox.height);
          ctx.lineTo(x + bbox.height, bbox.top);
        }
        ctx.strokeStyle = colour;
        ctx.lineWidth = devicePixelRatio;
        ctx.stroke();
        ctx.restore();
      },
    },
  };
}
