/** "Open in GraphiQL": the operations of a page. Every page has one. */
import { texts } from "../texts";

export interface Operation {
  readonly name: string;
  /** From graphiqlLink(). */
  readonly href: string;
}

export function InGraphiQL({ operations }: { operations: readonly Operation[] }) {
  return (
    <p className="in-graphiql quiet">
      {texts.inGraphiQL}
      {operations.map(({ name, href }) => (
        <a key={name} href={href}>
          {name}
        </a>
      ))}
    </p>
  );
}
