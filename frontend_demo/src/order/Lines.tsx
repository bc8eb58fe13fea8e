import { money } from "../format/format";
import { texts } from "../texts";
import type { Life } from "./life/useOrderLife";

export function Lines({ life: { lines, total } }: { life: Life }) {
  return (
    <section aria-labelledby="life-lines">
      <h3 id="life-lines">{texts.order.lines}</h3>
      {lines.length ? (
        <ul className="life-lines">
          {lines.map(({ id, sku, name, quantity, unitPrice, total }) => (
            <li key={id}>
              <span>
                {name || sku}
                {name && <span className="quiet number">{sku}</span>}
              </span>
              <span className="quiet">{texts.order.pieces(quantity, money(unitPrice))}</span>
              <span className="amount">{money(total)}</span>
            </li>
          ))}
          <li className="life-sum">
            <span>{texts.order.total}</span>
            <span />
            <span className="amount">{money(total)}</span>
          </li>
        </ul>
      ) : (
        <p className="quiet">{texts.order.bareTotal}</p>
      )}
    </section>
  );
}
