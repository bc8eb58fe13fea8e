/** The dialogs over any page: one order's drawer, the form for a new order, and the keys. */
import { Suspense, lazy, useEffect } from "react";
import { texts } from "../texts";
import { Boundary } from "../loading/Boundary";
import { ConnectionTrouble } from "./ConnectionState";
import { Copy } from "../components/Copy";
import { Dialog } from "../components/Dialog";
import { Keys } from "./Keys";
import { Loading } from "../components/blocks";
import { useNewOrder, useOrderDrawer } from "../browser/overlay";
import { orReload } from "../loading/orReload";

const loadDrawer = () => import("../order/OrderDrawer");
const loadForm = () => import("../place/NewOrder");
const OrderDrawer = lazy(() => orReload(loadDrawer));
const NewOrder = lazy(() => orReload(loadForm));

/** The page has this long for itself before the dialogs are loaded. */
const AFTER_MS = 1_000;

export function Overlays() {
  const drawer = useOrderDrawer();
  const form = useNewOrder();
  useBeforeNeeded();
  return (
    <>
      {drawer.number !== null && (
        <Dialog
          kind="drawer"
          title={texts.order.title(drawer.number)}
          aside={
            <>
              <Copy sign text={drawer.number} label={texts.copyOf(texts.order.number)} />
              <ConnectionTrouble />
            </>
          }
          close={drawer.close}
        >
          <Boundary key={drawer.number}>
            <Suspense fallback={<Loading />}>
              <OrderDrawer number={drawer.number} />
            </Suspense>
          </Boundary>
        </Dialog>
      )}
      {form.isOpen && (
        <Dialog title={texts.place.heading} aside={<ConnectionTrouble />} close={form.close}>
          <Boundary>
            <Suspense fallback={<Loading />}>
              <NewOrder close={form.close} />
            </Suspense>
          </Boundary>
        </Dialog>
      )}
      <Keys />
    </>
  );
}

/** Loads the dialogs' code and styles once the page stands, so that they open without a network. */
function useBeforeNeeded(): void {
  useEffect(() => {
    const load = () => {
      for (const one of [loadDrawer, loadForm]) one().catch(() => {}); // it is loaded again, and reported, when it is opened
    };
    const timer = setTimeout(load, AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
}
