/** The current page, the other pages, the user, and whether the page is live. */
import "./header.css";
import { Link, useLocation } from "wouter";
import { useViewer } from "../api/viewer";
import { texts } from "../texts";
import { Account } from "./Account";
import { ConnectionState } from "./ConnectionState";
import { ThemeSwitch } from "./ThemeSwitch";
import { TrafficSwitch } from "./TrafficSwitch";
import { inSight } from "../browser/inSight";
import { VIEWS, isOffered } from "./views";
import { useNewOrder } from "../browser/overlay";

export function Header() {
  const newOrder = useNewOrder();
  return (
    <header className="app-header">
      <Link className="brand" href="/">
        <Mark />
        {texts.title}
      </Link>
      <Navigation />
      <div className="app-tools">
        <Account />
        <ConnectionState />
        <TrafficSwitch />
        <ThemeSwitch />
        <button type="button" className="primary" onClick={newOrder.open}>
          {texts.place.heading}
        </button>
      </div>
    </header>
  );
}

function Navigation() {
  const [path] = useLocation();
  const { viewer } = useViewer();
  return (
    <nav className="app-nav fades" aria-label={texts.navigation}>
      {VIEWS.filter((view) => isOffered(view, viewer)).map((view) => (
        <Link key={view.path} ref={view.path === path ? inSight : null} href={view.path} aria-current={view.path === path ? "page" : undefined}>
          {view.name}
        </Link>
      ))}
      {texts.elsewhere.map(([href, name]) => (
        <a key={href} href={href}>
          {name}
        </a>
      ))}
    </nav>
  );
}

/** A parcel. */
function Mark() {
  return (
    <svg className="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2 3 6.5v11L12 22l9-4.5v-11zM3.5 6.8 12 11l8.5-4.2M12 11v10.6M7.6 4.5l8.6 4.3" />
    </svg>
  );
}
