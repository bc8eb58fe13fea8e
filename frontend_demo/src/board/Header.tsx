import { texts } from "../texts";
import type { Board, Connection } from "./useBoard";

export function Header({ viewer, connection }: Pick<Board, "viewer" | "connection">) {
  return (
    <header>
      <div>
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
      </div>
      {viewer && <p className="viewer">{texts.actingAs(viewer.actor, viewer.tenant.name)}</p>}
      <ConnectionState connection={connection} />
    </header>
  );
}

function ConnectionState({ connection }: { connection: Connection }) {
  return (
    <p className="connection" data-state={connection} role="status">
      {texts.connection[connection]}
    </p>
  );
}
