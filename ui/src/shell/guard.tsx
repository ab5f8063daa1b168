/** Catches a defect of one view, so that the rest of the page stays usable: it says what broke and how to go on. */

import { Component } from 'react';
import type { ReactNode } from 'react';

interface GuardProps { readonly children: ReactNode }
interface GuardState { readonly error: Error | null }

export class Guard extends Component<GuardProps, GuardState> {
  override readonly state: GuardState = { error: null };

  static getDerivedStateFromError(error: unknown): GuardState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="sheet">
        <div className="problem" role="alert">
          <strong>This view broke.</strong> <span className="mono dim">{error.name}</span>
          <p>{error.message}</p>
          <p><span className="dim">What to do:</span> the cluster is not concerned; open another view, or load the page again. The command line shows the same: <code className="mono">heliostat status</code>.</p>
          <p><button type="button" onClick={() => this.setState({ error: null })}>Try this view again</button></p>
        </div>
      </div>
    );
  }
}
