/** For the `ref` of what is chosen in a row that scrolls, such as the pages on a phone: it is in the row's middle, at any width. */
export const inSight = (element: HTMLElement | null): (() => void) | undefined => {
  const row = element?.parentElement;
  if (!row) return undefined;
  const observer = new ResizeObserver(() => {
    const [inner, outer] = [element.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  });
  observer.observe(row); // which calls it at once
  return () => observer.disconnect();
};
