/** What a chart says about the moment under the pointer, in a box beside it. */
import type uPlot from "uplot";

/** The text for a place in the data; null shows nothing. */
export type Say = (index: number) => string | null;

const GAP_PX = 10;

export function tooltip(say: () => Say): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "chart-tip";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const { idx, left = -1 } = plot.cursor;
        const text = idx === null || idx === undefined || left < 0 ? null : say()(idx);
        box.hidden = text === null;
        if (text === null) return;
        box.textContent = text;
        const isRight = left > plot.over.clientWidth / 2;
        box.style.left = `${left + (isRight ? -GAP_PX : GAP_PX)}px`;
        box.style.translate = isRight ? "-100%" : "0";
      },
    },
  };
}
