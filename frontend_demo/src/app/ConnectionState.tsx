import { useConnection } from "../api/live";
import { texts } from "../texts";

export function ConnectionState() {
  const connection = useConnection();
  return (
    <p className="connection" data-state={connection} role="status">
      {texts.connection[connection]}
    </p>
  );
}
