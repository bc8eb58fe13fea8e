import { texts } from "../texts";
import { Header } from "./Header";
import { OrderList } from "./OrderList";
import { Behind, Explore, PlaceOrder } from "./Panels";
import { useBoard } from "./useBoard";

export function Board() {
  const { feed, viewer, connection, problem, reload } = useBoard();
  return (
    <>
      <a className="skip" href="#orders">
        {texts.skip}
      </a>
      <Header viewer={viewer} connection={connection} />
      <div className="columns">
        <main id="orders" tabIndex={-1}>
          {problem !== undefined && <Problem reason={problem} retry={reload} />}
          <OrderList feed={feed} waits={problem === undefined} />
        </main>
        <aside>
          <PlaceOrder />
          <Behind />
          <Explore />
        </aside>
      </div>
    </>
  );
}

function Problem({ reason, retry }: { reason: string; retry: () => void }) {
  return (
    <section className="panel problem" role="alert">
      <h2>{texts.problem.heading}</h2>
      <p>{reason}</p>
      <p className="actions">
        <button type="button" onClick={retry}>
          {texts.problem.retry}
        </button>
        <a href="/login/">{texts.problem.signIn}</a>
      </p>
    </section>
  );
}
