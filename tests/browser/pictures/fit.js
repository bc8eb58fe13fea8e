// What does not fit on the page, one line for each: a page that scrolls sideways, text that is cut, text over text.
() => {
    const NEVER_CUT = "h1, h2, h3, h4, button, th, .amount, .number, .badge, .mail, a[href^='mailto:'], dt";
    const found = new Set();
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.add(`the page scrolls sideways: ${root.scrollWidth} > ${innerWidth}`);

    const described = (node, text) => `<${node.tagName.toLowerCase()} class="${node.className}"> ${text.trim().slice(0, 60)}`;
    const isSeen = (element) =>
        element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest(".unseen, .visually-hidden, .sr-only, [aria-hidden='true'], svg, .monaco-editor");

    // The lines of text on the page, each with its place.
    const lines = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (!node.data.trim() || ["SCRIPT", "STYLE", "OPTION", "NOSCRIPT"].includes(element.tagName) || !isSeen(element)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) lines.push({ node, element, box });
    }

    // Cut: an ancestor that hides what overflows, and does not scroll, ends before the text does.
    for (const { node, element, box } of lines) {
        for (let outer = element; outer && outer !== root; outer = outer.parentElement) {
            const style = getComputedStyle(outer);
            if (outer !== element && style.overflowX !== "visible" && /auto|scroll/.test(style.overflowX)) break;
            if (!/hidden|clip/.test(style.overflowX)) continue;
            const edge = outer.getBoundingClientRect();
            if (edge.width <= 1 || (box.right <= edge.right + 1 && box.left >= edge.left - 1)) continue;
            const mayEnd = style.textOverflow === "ellipsis" && !element.closest(NEVER_CUT);
            if (!mayEnd) found.add(`cut: ${described(element, node.data)}, by ${Math.round(box.right - edge.right)} px`);
            break;
        }
    }

    // Overlapping: both are on top somewhere in the window.
    const onTop = ({ element, box }) =>
        [0.1, 0.5, 0.9].some((part) => {
            const top = document.elementFromPoint(box.left + box.width * part, box.top + box.height / 2);
            return top && (top === element || element.contains(top));
        });
    const shown = lines.filter(({ box }) => box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth).filter(onTop);
    shown.sort((one, other) => one.box.top - other.box.top);
    for (const [place, one] of shown.entries()) {
        for (const other of shown.slice(place + 1)) {
            if (other.box.top >= one.box.bottom) break;
            if (one.node === other.node) continue;
            const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
            const height = one.box.bottom - other.box.top;
            if (width > 3 && height > one.box.height / 2) found.add(`${described(one.element, one.node.data)} overlaps ${described(other.element, other.node.data)}`);
        }
    }
    return [...found];
}
