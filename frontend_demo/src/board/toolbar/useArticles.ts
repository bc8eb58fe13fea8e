/** The view of an address with the articles that its search means. While they are being found, it is the view before. */
import { useRef } from "react";
import { useClient } from "urql";
import { ArticlesDocument } from "../../api/generated";
import { useReading } from "../../loading/reading";
import type { View } from "../feed/engine";
import { type Articles, NO_ARTICLES } from "../filter/filter";

/** An article that is new since the last read is found after at most so long; then the orders are read again. */
const READ_EVERY_MS = 10_000;

/** Undefined: there is no view yet. */
export function useArticles(view: View): View | undefined {
  const client = useClient();
  const text = view.filter.text.trim();
  const { value, trouble } = useReading<Articles>(`articles ${text}`, {
    read: async () => {
      if (!text) return NO_ARTICLES;
      const { data, error } = await client.query(ArticlesDocument, { text }).toPromise();
      if (!data) throw error;
      return data.articles;
    },
    again: () => (text ? READ_EVERY_MS : undefined),
  });
  // Without an answer, the search is in the order's own fields; the list says what is wrong.
  const found = value ?? (trouble === undefined ? undefined : NO_ARTICLES);
  const shown = useRef<View>(undefined);
  if (!text) shown.current = view;
  else if (found && !isOf(shown.current, view, found)) shown.current = { ...view, articles: found };
  return shown.current;
}

/** Whether the view that is shown is this one, with these articles. */
function isOf(shown: View | undefined, { filter, sort }: View, found: Articles): boolean {
  return shown?.filter === filter && shown.sort === sort && JSON.stringify(shown.articles) === JSON.stringify(found);
}
