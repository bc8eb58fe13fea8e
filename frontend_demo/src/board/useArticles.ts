/** The view of an address with the articles that its search means. While they are being found, it is the view before. */
import { useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { ArticlesDocument } from "../api/generated";
import type { View } from "./engine";
import { type Articles, NO_ARTICLES } from "./filter";

/** Undefined: there is no view yet. */
export function useArticles(view: View): View | undefined {
  const client = useClient();
  const text = view.filter.text.trim();
  const [found, setFound] = useState<{ readonly text: string; readonly articles: Articles }>({ text: "", articles: NO_ARTICLES });
  const before = useRef<View>(undefined);
  useEffect(() => {
    if (!text) return undefined;
    let isOver = false;
    // Without an answer, the search is in the order's own fields; the list says what is wrong.
    void client
      .query(ArticlesDocument, { text })
      .toPromise()
      .then(({ data }) => isOver || setFound({ text, articles: data?.articles ?? NO_ARTICLES }));
    return () => {
      isOver = true;
    };
  }, [client, text]);
  if (!text) before.current = view;
  else if (found.text === text && (before.current?.filter !== view.filter || before.current.sort !== view.sort || before.current.articles !== found.articles)) before.current = { ...view, articles: found.articles };
  return before.current;
}
