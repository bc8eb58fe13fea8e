/** The shell: the parts around every page. */
import { Suspense, useEffect, useRef } from "react";
import { Route, Switch, useLocation } from "wouter";
import { texts } from "../texts";
import { useUnseen } from "../browser/attention";
import { Header } from "./Header";
import { Overlays } from "./Overlays";
import { Toasts } from "../components/Toasts";
import { Boundary } from "../loading/Boundary";
import { Loading, Nothing } from "../components/blocks";
import { VIEWS } from "./views";

export function App() {
  const main = useRef<HTMLElement>(null);
  const [path] = useLocation();
  const unseen = useUnseen();
  useEffect(() => {
    const name = VIEWS.find((view) => view.path === path)?.name ?? texts.views.unknown;
    document.title = `${unseen ? `(${unseen}) ` : ""}${name} · ${texts.title}`;
  }, [path, unseen]);
  useFocusAtChange(path, main);
  return (
    <>
      <a className="skip" href="#main">
        {texts.skip}
      </a>
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <Boundary key={path}>
          <Suspense fallback={<Loading />}>
            <Switch>
              {VIEWS.map(({ path, Page }) => (
                <Route key={path} path={path} component={Page} />
              ))}
              <Route>
                <Nothing title={texts.views.unknown}>{texts.views.unknownHint}</Nothing>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
      <Overlays />
      <Toasts />
    </>
  );
}

/** After a link, keyboards and screen readers begin at the new page's top, as after a load. */
function useFocusAtChange(path: string, main: React.RefObject<HTMLElement | null>) {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path, main]);
}
