/** A page that fails does not break the shell, and offers ways to go on; a part that fails does not break the page. */
import { Component, type ReactNode } from "react";
import { texts } from "../texts";
import { Problem } from "../components/blocks";

interface State {
  readonly reason: string | undefined;
}

export class Boundary extends Component<{ children: ReactNode; instead?: ReactNode }, State> {
  override state: State = { reason: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { reason: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { reason } = this.state;
    if (reason === undefined) return this.props.children;
    if (this.props.instead !== undefined) return this.props.instead;
    return (
      <Problem title={texts.problem.page} reason={reason}>
        <button type="button" onClick={() => window.location.reload()}>
          {texts.problem.reload}
        </button>
      </Problem>
    );
  }
}
