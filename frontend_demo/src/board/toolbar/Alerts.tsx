/** How new orders are announced: by a sound, by a notification. */
import { useState } from "react";
import { Menu } from "../../components/Menu";
import { ALERTS, type Alert, isWanted, permission, want } from "../../browser/attention";
import { texts } from "../../texts";

export function Alerts() {
  const [on, setOn] = useState(() => ALERTS.filter(isWanted));
  const change = async (alert: Alert, wanted: boolean) => {
    const now = await want(alert, wanted);
    setOn((before) => [...before.filter((one) => one !== alert), ...(now ? [alert] : [])]);
  };
  return (
    <Menu name={texts.alerts.menu}>
      {ALERTS.map((alert) => (
        <label key={alert} className="check">
          <input type="checkbox" checked={on.includes(alert)} disabled={alert === "notification" && permission() === "unsupported"} onChange={({ target }) => void change(alert, target.checked)} />
          {texts.alerts[alert]}
        </label>
      ))}
      <p className="quiet">{permission() === "denied" ? texts.alerts.denied : texts.alerts.hint}</p>
    </Menu>
  );
}
