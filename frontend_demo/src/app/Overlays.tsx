/** The dialogs over any page: one order's drawer, and the form for a new order. */
import { Suspense, lazy } from "react";
import { texts } from "../texts";
import { Boundary } from "./Boundary";
import { Dialog } from "./Dialog";
import { Loading } from "./blocks";
import { useNewOrder, useOrderDrawer } from "./overlay";

const OrderDrawer = lazy(() => import("../order/OrderDrawer"));
const NewOrder = lazy(() => import("../place/NewOrder"));

export function Overlays() {
  const drawer = useOrderDrawer();
  const form = useNewOrder();
  return (
    <>
      {drawer.number !== null && (
        <Dialog kind="drawer" title={texts.order.title(drawer.number)} close={drawer.close}>
          <Boundary key={drawer.number}>
            <Suspense fallback={<Loading />}>
              <OrderDrawer number={drawer.number} />
            </Suspense>
          </Boundary>
        </Dialog>
      )}
      {form.isOpen && (
        <Dialog title={texts.place.heading} close={form.close}>
          <Boundary>
            <Suspense fallback={<Loading />}>
              <NewOrder close={form.close} />
            </Suspense>
          </Boundary>
        </Dialog>
      )}
    </>
  );
}
