/** Common parts of pages: headings, and the states without anything to show. */
import type { ReactNode } from "react";
import { texts } from "../texts";

/** The top of a page: its name as h1, a sentence, and the actions on the right. */
export function PageHeading({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <div className="page-heading">
      <div>
        <h1>{title}</h1>
        {lead && <p className="quiet">{lead}</p>}
      </div>
      {children && <div className="actions">{children}</div>}
    </div>
  );
}

export function Loading({ children = texts.loading }: { children?: ReactNode }) {
  return (
    <p className="nothing" role="status">
      <span className="spinner" aria-hidden="true" />
      {children}
    </p>
  );
}

/** Nothing to show, and how to change that. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="nothing">
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

/** Something has failed; the children are the ways to go on. */
export function Problem({ title, reason, children }: { title: string; reason: string; children?: ReactNode }) {
  return (
    <section className="panel problem" role="alert">
      <h2>{title}</h2>
      <p>{reason}</p>
      {children && <p className="actions">{children}</p>}
    </section>
  );
}
