import { useState } from "react";
import { texts } from "../../texts";
import type { Life } from "../life/useOrderLife";
import { EditDialog } from "./EditDialog";
import { RefundDialog, isRefundable } from "./RefundDialog";

/** Edit and refund, each in a dialog. */
export function ChangeButtons({ life }: { life: Life }) {
  const [open, setOpen] = useState<"edit" | "refund">();
  const close = () => setOpen(undefined);
  return (
    <div className="change">
      <button type="button" onClick={() => setOpen("edit")}>
        {texts.order.edit}
      </button>
      {isRefundable(life) && (
        <button type="button" className="danger" onClick={() => setOpen("refund")}>
          {texts.order.refund}
        </button>
      )}
      {open === "edit" && <EditDialog life={life} close={close} />}
      {open === "refund" && <RefundDialog life={life} close={close} />}
    </div>
  );
}
