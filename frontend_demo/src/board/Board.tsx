import { BoardEventsDocument, BoardPageDocument } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { InGraphiQL } from "../app/InGraphiQL";
import { PageHeading, Problem } from "../app/blocks";
import { texts } from "../texts";
import { OrderList } from "./OrderList";
import "./board.css";
import { PAGE_SIZE, useBoard } from "./useBoard";

const OPERATIONS = [
  { name: texts.orders.thisPage, href: graphiqlLink(BoardPageDocument, { first: PAGE_SIZE }) },
  { name: texts.orders.thisFeed, href: graphiqlLink(BoardEventsDocument, {}) },
];

export default function Board() {
  const { feed, problem, reload } = useBoard();
  return (
    <>
      <PageHeading title={texts.orders.heading} lead={feed && texts.orders.arrived(feed.arrived)}>
        <InGraphiQL operations={OPERATIONS} />
      </PageHeading>
      {problem !== undefined && (
        <Problem title={texts.problem.heading} reason={problem}>
          <button type="button" onClick={reload}>
            {texts.problem.retry}
          </button>
          <a href="/login/">{texts.problem.signIn}</a>
        </Problem>
      )}
      <OrderList feed={feed} waits={problem === undefined} />
    </>
  );
}
