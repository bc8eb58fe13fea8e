/** For the `ref` of what is chosen in a row that scrolls, such as the pages on a phone: it is in sight. */
export const inSight = (element: HTMLElement | null): void => element?.scrollIntoView({ block: "nearest", inline: "nearest" });
