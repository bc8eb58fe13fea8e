import { Copy } from "../components/Copy";
import { Mail } from "../components/Mail";
import { exact, money } from "../format/format";
import { useShown } from "../optimistic/store";
import { texts } from "../texts";
import type { Life } from "./life/useOrderLife";

const TONES = { PENDING: "new", RUNNING: "new", DONE: "good", FAILED: "bad" } as const;

export function Summary({ life }: { life: Life }) {
  const { status } = useShown(life);
  return (
    <section className="life-summary" aria-label={texts.order.title(life.number)}>
      <p className="life-total">{money(life.total)}</p>
      <p className="life-states">
        <span className="badge" data-status={status}>
          {texts.status[status]}
        </span>
        <span className="badge" data-tone={TONES[life.processingStatus]}>
          {texts.processing[life.processingStatus]}
        </span>
      </p>
      <dl className="life-facts">
        <Fact name={texts.order.customer}>
          {life.customerName || (!life.customerEmail && texts.order.noCustomer)}
          {life.customerEmail && (
            <span className="quiet">
              <span className="mail">
                <Mail address={life.customerEmail} />
              </span>
              <Copy sign text={life.customerEmail} label={texts.copyOf(texts.order.email)} />
            </span>
          )}
        </Fact>
        <Fact name={texts.order.placed}>
          <time dateTime={life.createdAt}>{exact(life.createdAt)}</time>
        </Fact>
        {life.externalReference && <Fact name={texts.order.reference}>{life.externalReference}</Fact>}
        {life.tags.length > 0 && <Fact name={texts.order.tags}>
            {life.tags.map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
          </Fact>}
        {life.notes && <Fact name={texts.order.notes}><span className="life-notes">{life.notes}</span></Fact>}
        {life.refunds.length > 0 && (
          <Fact name={texts.order.refunded}>
            {money(life.refundedTotal)}
            {life.refunds.map(({ id, amount, reason }) => reason && <span key={id} className="quiet">{`${money(amount)}: ${reason}`}</span>)}
          </Fact>
        )}
        <Fact name={texts.order.invoice}>
          {life.invoicePath ? (
            <a href={life.invoicePath} target="_blank" rel="noreferrer">
              {life.number}.pdf
            </a>
          ) : (
            <span className="quiet">{texts.order.invoiceLater}</span>
          )}
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
