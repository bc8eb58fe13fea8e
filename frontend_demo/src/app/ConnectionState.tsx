import { socket, useConnection } from "../api/live";
import { texts } from "../texts";

/** In the heading of a dialog, which covers the page's: shown while the connection is not there. */
export function ConnectionTrouble() {
  const connection = useConnection();
  return connection === "live" || connection === "connecting" ? null : <ConnectionState />;
}

export function ConnectionState() {
  const connection = useConnection();
  return (
    <div className="connection-state">
      <p className="connection" data-state={connection} role="status">
        {texts.connection[connection]}
      </p>
      {(connection === "lost" || connection === "silent") && (
        <button type="button" className="link" onClick={() => socket.hurry()}>
          {texts.connectNow}
        </button>
      )}
      {connection === "failed" && <a href="/login/">{texts.problem.signIn}</a>}
    </div>
  );
}
